// SPDX-License-Identifier: GPL-3.0-or-later
#include "safetensors_file.hpp"

#include <neural_style/formatted.hpp>

#include <algorithm>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

namespace neural_style {

namespace {

constexpr std::uint64_t largest_header = 16u << 20;
constexpr std::size_t length_bytes = 8;
constexpr const char* not_of_the_format = "its header is not that of a safetensors file";

std::uint64_t header_length(std::string_view bytes) {
    std::uint64_t length = 0;
    for (std::size_t i = length_bytes; i-- > 0;)
        length = length << 8 | std::uint8_t(bytes[i]);
    return length;
}

std::vector<std::int64_t> dense_strides(const std::vector<std::int64_t>& shape) {
    std::vector<std::int64_t> strides(shape.size(), 1);
    for (std::size_t i = shape.size(); i-- > 1;)
        if (__builtin_mul_overflow(strides[i], shape[i], &strides[i - 1]))
            strides[i - 1] = -1; // refused by `check`
    return strides;
}

// The header's text.
Accepted<std::string_view> header_of(const ByteSource& source) {
    const auto bytes = source.all();
    if (auto loaded = source.load(bytes.substr(0, length_bytes + 1)); !loaded)
        return std::unexpected(loaded.error());
    if (!is_safetensors(bytes))
        return refused(not_of_the_format);
    const auto length = header_length(bytes);
    if (length > bytes.size() - length_bytes)
        return refused("it is cut off inside its header");
    if (length > largest_header)
        return refused("its header is too large");
    const auto text = bytes.substr(length_bytes, length);
    return source.load(text).transform([&] { return text; });
}

/// The library would convert others, such as 1e300, which the language leaves open.
bool all_whole(const nlohmann::json& numbers) {
    return numbers.is_array() &&
           std::ranges::all_of(numbers, [](const auto& number) { return number.is_number_integer(); });
}

} // namespace

bool is_safetensors(std::string_view bytes) {
    return bytes.size() > length_bytes && bytes[length_bytes] == '{' &&
           header_length(bytes) < std::uint64_t(1) << 32;
}

Accepted<std::map<std::string, std::string>> safetensors_metadata(const ByteSource& source) {
    const auto text = header_of(source);
    if (!text)
        return std::unexpected(text.error());
    try {
        return nlohmann::json::parse(*text).value("__metadata__", std::map<std::string, std::string>());
    } catch (const nlohmann::json::exception&) {
        return refused(not_of_the_format);
    }
}

Accepted<std::vector<StoredTensor>> safetensors_tensors(const ByteSource& source) {
    const auto text = header_of(source);
    if (!text)
        return std::unexpected(text.error());
    const auto data = source.all().substr(length_bytes + text->size());
    static const std::map<std::string, FloatType> types{{"F16", FloatType::float16},
                                                        {"BF16", FloatType::bfloat16},
                                                        {"F32", FloatType::float32},
                                                        {"F64", FloatType::float64}};
    std::vector<StoredTensor> tensors;
    try {
        const auto header = nlohmann::json::parse(*text);
        for (const auto& [name, entry] : header.items()) {
            if (name == "__metadata__")
                continue;
            const auto type = types.find(entry.at("dtype").get<std::string>());
            if (type == types.end())
                continue;
            if (!all_whole(entry.at("shape")) || !all_whole(entry.at("data_offsets")))
                return refused(not_of_the_format);
            auto shape = entry.at("shape").get<std::vector<std::int64_t>>();
            const auto [begin, end] = entry.at("data_offsets").get<std::pair<std::uint64_t, std::uint64_t>>();
            if (begin > end || end > data.size())
                return refused(formatted("it is cut off inside \"{}\"", name));
            auto strides = dense_strides(shape);
            StoredTensor tensor{.name = name,
                                .type = type->second,
                                .shape = std::move(shape),
                                .strides = std::move(strides),
                                .bytes = data.substr(begin, end - begin)};
            if (const auto inside = check(tensor); !inside)
                return std::unexpected(inside.error());
            if (tensor.numbers() * bytes_of(tensor.type) != end - begin)
                return refused(formatted("\"{}\" has another size than its shape says", name));
            tensors.push_back(std::move(tensor));
        }
    } catch (const nlohmann::json::exception&) {
        return refused(not_of_the_format);
    }
    if (tensors.empty())
        return refused("it holds no weights in floating point numbers");
    return tensors;
}

} // namespace neural_style
