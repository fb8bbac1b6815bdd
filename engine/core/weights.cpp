// SPDX-License-Identifier: GPL-3.0-or-later
#include "weights.hpp"

#include "guarded.hpp"

#include <bit>
#include <cstdint>
#include <cstring>
#include <format>
#include <fstream>
#include <nlohmann/json.hpp>
#include <utility>

namespace neural_style {

namespace {

static_assert(std::endian::native == std::endian::little, "safetensors files are little endian");

// The format's own limit on the header is 100 MB; feature networks need a few kilobytes.
constexpr std::uint64_t largest_header = 16u << 20;
constexpr std::uint64_t largest_file = std::uint64_t(4) << 30;
constexpr std::size_t most_dimensions = 8;

[[noreturn]] void refuse_file(const std::filesystem::path& file, std::string_view why) {
    throw Failure(ErrorCode::bad_weights,
                  std::format("The network file {} cannot be used: {}. Install it again, or name another.",
                              file.string(), why));
}

struct SampleType {
    torch::ScalarType type;
    std::uint64_t bytes;
};

SampleType sample_type(const std::filesystem::path& file, const std::string& name) {
    if (name == "F16")
        return {torch::kFloat16, 2};
    if (name == "BF16")
        return {torch::kBFloat16, 2};
    if (name == "F32")
        return {torch::kFloat32, 4};
    if (name == "F64")
        return {torch::kFloat64, 8};
    refuse_file(file, std::format("it holds numbers of the kind \"{}\"", name));
}

// Bytes that the shape asks for; at most `available`, so nothing can overflow.
std::uint64_t bytes_of(const std::vector<std::int64_t>& shape, std::uint64_t sample_bytes,
                       std::uint64_t available) {
    std::uint64_t bytes = sample_bytes;
    for (auto side : shape) {
        if (side < 0)
            return available + 1;
        if (side != 0 && bytes > available / std::uint64_t(side))
            return available + 1;
        bytes *= std::uint64_t(side);
    }
    return bytes;
}

// http://www.isthe.com/chongo/tech/comp/fnv/
class Fnv1a {
  public:
    void add(std::string_view bytes) {
        for (const char byte : bytes)
            state_ = (state_ ^ std::uint8_t(byte)) * 1099511628211u;
    }
    std::string digits() const { return std::format("{:016x}", state_); }

  private:
    std::uint64_t state_ = 14695981039346656037u;
};

// The JSON text at the file's beginning.
std::string header_in(std::ifstream& stream, const std::filesystem::path& file, std::uint64_t size) {
    std::uint64_t header_bytes = 0;
    if (!stream.read(reinterpret_cast<char*>(&header_bytes), sizeof header_bytes))
        refuse_file(file, "it cannot be read");
    if (header_bytes > size - 8)
        refuse_file(file, "it is cut off, or not a safetensors file");
    if (header_bytes > largest_header)
        refuse_file(file, "its header is too large");
    std::string header(header_bytes, '\0');
    if (!stream.read(header.data(), std::streamsize(header.size())))
        refuse_file(file, "it cannot be read");
    return header;
}

} // namespace

Weights::Outline Weights::outline_of(const std::filesystem::path& file) {
    std::error_code missing;
    const auto size = std::filesystem::file_size(file, missing);
    if (missing || size < 8)
        return {};
    try {
        std::ifstream stream(file, std::ios::binary);
        const auto json = nlohmann::json::parse(header_in(stream, file, size));
        Outline outline;
        for (const auto& [name, entry] : json.items())
            if (name == "__metadata__")
                outline.metadata = entry.get<std::map<std::string, std::string>>();
            else
                outline.names.push_back(name);
        return outline;
    } catch (const nlohmann::json::exception&) {
        return {};
    } catch (const Failure&) {
        return {};
    }
}

Weights Weights::read(const std::filesystem::path& file) {
    std::error_code missing;
    const auto size = std::filesystem::file_size(file, missing);
    if (missing)
        throw Failure(
            ErrorCode::bad_weights,
            std::format("The network file {} cannot be read: {}. Install it again, or name another.",
                        file.string(), missing.message()));
    if (size < 8)
        refuse_file(file, size == 0 ? "it is empty" : "it is cut off");
    if (size > largest_file)
        refuse_file(file, "it is larger than 4 GiB");

    std::ifstream stream(file, std::ios::binary);
    const auto header = header_in(stream, file, size);
    const std::uint64_t data_bytes = size - 8 - header.size();
    std::vector<char> data(data_bytes);
    if (!stream.read(data.data(), std::streamsize(data.size())))
        refuse_file(file, "it cannot be read");

    const auto json = nlohmann::json::parse(header, nullptr, /*allow_exceptions=*/false);
    if (!json.is_object())
        refuse_file(file, "its header is not JSON");

    Weights weights;
    weights.file_ = file;
    Fnv1a hash;
    try {
        // nlohmann-json gives an object's members in the order of their names.
        for (const auto& [name, entry] : json.items()) {
            if (name == "__metadata__") {
                weights.metadata_ = entry.get<std::map<std::string, std::string>>();
                continue;
            }
            const auto [type, sample_bytes] = sample_type(file, entry.at("dtype").get<std::string>());
            const auto shape = entry.at("shape").get<std::vector<std::int64_t>>();
            const auto [begin, end] = entry.at("data_offsets").get<std::pair<std::uint64_t, std::uint64_t>>();
            if (shape.size() > most_dimensions)
                refuse_file(file, std::format("\"{}\" has too many dimensions", name));
            if (begin > end || end > data_bytes)
                refuse_file(file, std::format("it is cut off inside \"{}\"", name));
            if (bytes_of(shape, sample_bytes, data_bytes) != end - begin)
                refuse_file(file, std::format("\"{}\" has another size than its shape says", name));
            auto raw = torch::empty(shape, type);
            std::memcpy(raw.data_ptr(), data.data() + begin, end - begin);
            hash.add(name);
            hash.add({data.data() + begin, end - begin});
            auto values = raw.to(torch::kFloat32);
            if (!torch::isfinite(values).all().item<bool>())
                refuse_file(file, std::format("\"{}\" holds values that are not finite", name));
            weights.tensors_.emplace(name, std::move(values));
        }
    } catch (const nlohmann::json::exception&) {
        refuse_file(file, "its header is not that of a safetensors file");
    }
    weights.hash_ = hash.digits();
    return weights;
}

torch::Tensor Weights::tensor(const std::string& name) const {
    const auto found = tensors_.find(name);
    if (found == tensors_.end())
        refuse(std::format("it lacks \"{}\"", name));
    return found->second;
}

void Weights::refuse(std::string_view why) const {
    refuse_file(file_, why);
}

std::string Weights::metadata(const std::string& key) const {
    const auto found = metadata_.find(key);
    return found == metadata_.end() ? std::string() : found->second;
}

} // namespace neural_style
