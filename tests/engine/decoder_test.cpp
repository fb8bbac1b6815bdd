// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "decoder.hpp"
#include "engine_tests.hpp"
#include "guarded.hpp"
#include "random_network.hpp"
#include "test_device.hpp"
#include "test_folder.hpp"

#include <torch/types.h>

using namespace neural_style;
using namespace tests;

namespace {

struct Files {
    Folder folder;
    std::filesystem::path network = folder.path / "network.safetensors",
                          decoder = folder.path / "decoder.safetensors";

    Files() {
        write_random_network(network);
        write_random_decoder(decoder, network);
    }
    FeatureNetwork encoder() const { return FeatureNetwork(Weights::read(network), test_device()); }
};

} // namespace

static void each_block_leads_to_the_shape_of_the_next_tap() {
    const Files files;
    const auto encoder = files.encoder();
    const auto decoder =
        Decoder(Weights::read(files.decoder), encoder).adapted(test_device(), torch::kFloat32);
    const auto picture = torch::rand({1, 3, 32, 24}).to(test_device());
    const auto outputs = encoder.forward(picture, encoder.layer("relu3_1"), {});
    auto features = outputs.back();
    CHECK(decoder.blocks().size() == 3);
    for (const auto& block : decoder.blocks()) {
        CHECK(features.sizes() == outputs[std::size_t(block.from)].sizes());
        features = block.chain.run(features, {});
    }
    CHECK(features.sizes() == picture.sizes() && features.scalar_type() == torch::kFloat32);
}

static void a_picture_comes_out_in_float32_of_any_type() {
    const Files files;
    const auto encoder = files.encoder().adapted(test_device(), torch::kBFloat16, Pooling::network);
    const auto decoder =
        Decoder(Weights::read(files.decoder), encoder).adapted(test_device(), torch::kBFloat16);
    const auto& last = decoder.blocks().back();
    const auto features =
        encoder.forward(torch::rand({1, 3, 16, 16}).to(test_device()), last.from, {}).back();
    CHECK(last.chain.run(features, {}).scalar_type() == torch::kFloat32);
}

static void the_decoder_of_another_network_is_refused() {
    const Files files;
    write_random_decoder(files.decoder, files.network, 1, "0123456789abcdef");
    const auto result = guarded([&] { return Decoder(Weights::read(files.decoder), files.encoder()); });
    CHECK(!result && result.error().code == ErrorCode::bad_weights);
    CHECK(result.error().message.contains("another feature network"));
}

static void broken_descriptions_are_refused() {
    const Files files;
    const auto encoder = files.encoder();
    const auto refused = [&](const std::string& blocks) {
        const auto header = R"({"__metadata__":{"format":"neural-style-decoder/1","encoder_hash":")" +
                            encoder.hash() + R"(","blocks":)" + blocks + "}}";
        write_safetensors(files.decoder, header, "");
        const auto result = guarded([&] { return Decoder(Weights::read(files.decoder), encoder); });
        return !result && result.error().code == ErrorCode::bad_weights;
    };
    for (const auto* blocks :
         {R"("")", R"("[]")", R"("[1]")", R"("{}")",
          R"("[{\"from\":\"relu9_9\",\"to\":\"picture\",\"graph\":[]}]")",
          R"("[{\"from\":\"relu1_1\",\"to\":\"relu1_1\",\"graph\":[]}]")",
          R"("[{\"from\":\"relu1_1\",\"to\":\"picture\",\"graph\":[]}]")",
          R"("[{\"from\":\"relu1_1\",\"to\":\"picture\",\"graph\":[{\"relu\":true}]}]")",
          R"("[{\"from\":\"relu3_1\",\"to\":\"relu2_1\",\"graph\":[{\"relu\":true}]}]")"})
        CHECK(refused(blocks));
    write_safetensors(files.decoder, R"({"__metadata__":{"format":"neural-style-decoder/2"}})", "");
    CHECK(!guarded([&] { return Decoder(Weights::read(files.decoder), encoder); }));
    CHECK(!guarded([&] { return Decoder(Weights::read(files.network), encoder); }));
}

int decoder_tests() {
    return run_tests({TEST(each_block_leads_to_the_shape_of_the_next_tap),
                      TEST(a_picture_comes_out_in_float32_of_any_type),
                      TEST(the_decoder_of_another_network_is_refused),
                      TEST(broken_descriptions_are_refused)});
}
