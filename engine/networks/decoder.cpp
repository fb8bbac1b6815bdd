// SPDX-License-Identifier: GPL-3.0-or-later
#include "decoder.hpp"

#include "guarded.hpp"
#include "network_formats.hpp"

#include <neural_style/formatted.hpp>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <torch/types.h>

namespace neural_style {

namespace {

constexpr std::size_t most_blocks = 32;

// The layer that a decoder file names. The file may belong to another network, so the sentence blames the
// file.
int layer_named(const Weights& weights, const FeatureNetwork& encoder, const std::string& name) {
    const auto known = encoder.layers();
    if (std::ranges::find(known, name) == known.end())
        weights.refuse(formatted("it begins at \"{}\", which the feature network lacks", name));
    return encoder.layer(name);
}

} // namespace

Decoder::Decoder(const Weights& weights, const FeatureNetwork& encoder) {
    if (weights.metadata("format") != decoder_format)
        weights.refuse("it does not describe a decoder that this version knows");
    if (weights.metadata("encoder_hash") != encoder.hash())
        weights.refuse("it was made for another feature network");
    const auto list = nlohmann::json::parse(weights.metadata("blocks"), nullptr, /*allow_exceptions=*/false);
    if (!list.is_array() || list.empty() || list.size() > most_blocks)
        weights.refuse("its metadata \"blocks\" are missing or not a list");
    try {
        for (const auto& entry : list) {
            Block block;
            block.from = layer_named(weights, encoder, entry.at("from").get<std::string>());
            const bool last = blocks_.size() + 1 == list.size();
            const auto to = entry.at("to").get<std::string>();
            if (last != (to == "picture"))
                weights.refuse("its last block and no other must lead to the picture");
            block.to = last ? picture : layer_named(weights, encoder, to);
            if (block.to >= block.from || (!blocks_.empty() && blocks_.back().to != block.from))
                weights.refuse("its blocks do not lead from tap to tap");
            block.chain = Chain::read(weights, entry.at("graph"), encoder.channels(block.from));
            const double stride = encoder.stride(block.from), behind = last ? 1 : encoder.stride(block.to);
            if (block.chain.channels_out() != (last ? 3 : encoder.channels(block.to)) ||
                block.chain.enlargement() != stride / behind || block.chain.multiple() != 1)
                weights.refuse(formatted("its block to \"{}\" gives features of another shape", to));
            blocks_.push_back(std::move(block));
        }
    } catch (const nlohmann::json::exception&) {
        weights.refuse("its blocks are not described as expected");
    }
}

Decoder Decoder::adapted(torch::Device device, torch::ScalarType type) const {
    auto other = *this;
    for (auto& block : other.blocks_)
        block.chain =
            block.chain.adapted(device, type, block.to == picture ? Chain::End::exact : Chain::End::plain);
    return other;
}

} // namespace neural_style
