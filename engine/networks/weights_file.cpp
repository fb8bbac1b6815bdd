// SPDX-License-Identifier: GPL-3.0-or-later
#include "weights_file.hpp"

#include "guarded.hpp"

#include <cstdint>
#include <cstring>
#include <nlohmann/json.hpp>
#include <torch/types.h>

namespace neural_style {

namespace {

const char* name_of(torch::ScalarType type) {
    switch (type) {
    case torch::kFloat16:
        return "F16";
    case torch::kBFloat16:
        return "BF16";
    case torch::kFloat32:
        return "F32";
    case torch::kFloat64:
        return "F64";
    default:
        throw Failure(ErrorCode::internal, "Networks are stored as floating point numbers only.");
    }
}

} // namespace

std::string safetensors(const std::map<std::string, torch::Tensor>& tensors,
                        const std::map<std::string, std::string>& metadata, torch::ScalarType type) {
    nlohmann::ordered_json header;
    if (!metadata.empty())
        header["__metadata__"] = metadata;
    std::string data;
    for (const auto& [name, tensor] : tensors) {
        const auto stored = tensor.detach().to(torch::kCPU, type).contiguous();
        const std::size_t begin = data.size();
        data.append(static_cast<const char*>(stored.data_ptr()), stored.nbytes());
        header[name] = {{"dtype", name_of(type)},
                        {"shape", stored.sizes().vec()},
                        {"data_offsets", {begin, data.size()}}};
    }
    std::string text = header.dump();
    text.resize((text.size() + 7) / 8 * 8, ' '); // tensors begin at a multiple of eight
    std::string bytes(sizeof(std::uint64_t), '\0');
    const std::uint64_t header_bytes = text.size();
    std::memcpy(bytes.data(), &header_bytes, sizeof header_bytes);
    return bytes + text + data;
}

} // namespace neural_style
