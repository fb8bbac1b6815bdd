// SPDX-License-Identifier: GPL-3.0-or-later
#include "weights.hpp"

#include "guarded.hpp"

#include <neural_style/formatted.hpp>
#include <neural_style/plain_text.hpp>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

namespace neural_style {

namespace {

static_assert(std::endian::native == std::endian::little, "safetensors files are little endian");

// The format's own limit on the header is 100 MB; feature networks need a few kilobytes.
constexpr std::uint64_t largest_header = 16u << 20;
constexpr std::uint64_t largest_file = std::uint64_t(4) << 30;
constexpr std::size_t most_dimensions = 8;
// Of what is wrong, which may name a tensor.
constexpr std::size_t reason_bytes_max = 500;
constexpr const char* metadata_key = "__metadata__";
constexpr const char* not_of_the_format = "its header is not that of a safetensors file";

[[noreturn]] void refuse_file(const std::filesystem::path& file, std::string_view why) {
    throw Failure(ErrorCode::bad_weights,
                  formatted("The network file {} cannot be used: {}. Install it again, or name another.",
                            file.string(), plain_line(why, reason_bytes_max)));
}

struct SampleType {
    std::uint64_t bytes;
    std::optional<torch::ScalarType> type{}; // none: not weights, ignored
};

SampleType sample_type(const std::filesystem::path& file, const std::string& name) {
    static const std::map<std::string, SampleType> known{{"F16", {2, torch::kFloat16}},
                                                         {"BF16", {2, torch::kBFloat16}},
                                                         {"F32", {4, torch::kFloat32}},
                                                         {"F64", {8, torch::kFloat64}},
                                                         {"BOOL", {1}},
                                                         {"U8", {1}},
                                                         {"I8", {1}},
                                                         {"U16", {2}},
                                                         {"I16", {2}},
                                                         {"U32", {4}},
                                                         {"I32", {4}},
                                                         {"U64", {8}},
                                                         {"I64", {8}}};
    if (const auto found = known.find(name); found != known.end())
        return found->second;
    refuse_file(file, formatted("it holds numbers of the kind \"{}\"", name));
}

// Bytes that the shape requires; at most `largest_file` + 1, so nothing can overflow. The other sides of a
// tensor without numbers are limited as well: LibTorch multiplies them, too.
std::uint64_t bytes_of(const std::vector<std::int64_t>& shape, std::uint64_t sample_bytes) {
    std::uint64_t bytes = sample_bytes;
    for (const auto side : shape) {
        if (side < 0)
            return largest_file + 1;
        const auto factor = std::max(std::uint64_t(side), std::uint64_t(1));
        if (bytes > largest_file / factor)
            return largest_file + 1;
        bytes *= factor;
    }
    return std::ranges::contains(shape, 0) ? 0 : bytes;
}

// http://www.isthe.com/chongo/tech/comp/fnv/
class Fnv1a {
  public:
    void add(std::string_view bytes) {
        for (const char byte : bytes)
            state_ = (state_ ^ std::uint8_t(byte)) * 1099511628211u;
    }
    std::string digits() const { return formatted("{:016x}", state_); }

  private:
    std::uint64_t state_ = 14695981039346656037u;
};

std::uint64_t size_of(const std::filesystem::path& file) {
    std::error_code missing;
    const auto size = std::filesystem::file_size(file, missing);
    if (missing)
        throw Failure(ErrorCode::bad_weights,
                      formatted("The network file {} cannot be read: {}. Install it again, or name another.",
                                file.string(), missing.message()));
    if (size < 8)
        refuse_file(file, size == 0 ? "it is empty" : "it is cut off");
    if (size > largest_file)
        refuse_file(file, "it is larger than 4 GiB");
    return size;
}

// The JSON object at the start of the file; the tensors' bytes follow it.
nlohmann::json header_in(std::ifstream& stream, const std::filesystem::path& file, std::uint64_t size) {
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
    auto json = nlohmann::json::parse(header, nullptr, /*allow_exceptions=*/false);
    if (!json.is_object())
        refuse_file(file, "its header is not JSON");
    return json;
}

// A tensor as the header describes it.
struct Entry {
    std::string name, kind;
    std::vector<std::int64_t> shape;
    std::optional<torch::ScalarType> type;
    std::uint64_t begin = 0, bytes = 0; // relative to the end of the header
};

// The library would convert others, such as 1e300, which the language leaves open.
bool all_whole(const nlohmann::json& numbers) {
    return numbers.is_array() &&
           std::ranges::all_of(numbers, [](const auto& number) { return number.is_number_integer(); });
}

Entry entry_in(const std::filesystem::path& file, const std::string& name, const nlohmann::json& json,
               std::uint64_t data_bytes) {
    if (!all_whole(json.at("shape")) || !all_whole(json.at("data_offsets")))
        refuse_file(file, formatted("\"{}\" has a size or a place that is no whole number", name));
    Entry entry{.name = name,
                .kind = json.at("dtype").get<std::string>(),
                .shape = json.at("shape").get<std::vector<std::int64_t>>(),
                .type = {}};
    const auto sample = sample_type(file, entry.kind);
    const auto [begin, end] = json.at("data_offsets").get<std::pair<std::uint64_t, std::uint64_t>>();
    if (entry.shape.size() > most_dimensions)
        refuse_file(file, formatted("\"{}\" has too many dimensions", name));
    if (begin > end || end > data_bytes)
        refuse_file(file, formatted("it is cut off inside \"{}\"", name));
    if (bytes_of(entry.shape, sample.bytes) != end - begin)
        refuse_file(file, formatted("\"{}\" has another size than its shape says", name));
    entry.type = sample.type;
    entry.begin = begin;
    entry.bytes = end - begin;
    return entry;
}

// Otherwise a header of a few megabytes could request more memory than the file has bytes.
void refuse_shared_bytes(const std::filesystem::path& file, const std::vector<Entry>& entries) {
    std::vector<const Entry*> in_place;
    for (const auto& entry : entries)
        if (entry.bytes > 0)
            in_place.push_back(&entry);
    std::ranges::stable_sort(in_place, {}, &Entry::begin);
    for (std::size_t i = 1; i < in_place.size(); ++i)
        if (in_place[i]->begin < in_place[i - 1]->begin + in_place[i - 1]->bytes)
            refuse_file(file, formatted("\"{}\" takes bytes that are another tensor's", in_place[i]->name));
}

} // namespace

Weights::Outline Weights::outline_of(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    const auto json = header_in(stream, file, size_of(file));
    Outline outline;
    try {
        for (const auto& [name, entry] : json.items())
            if (name == metadata_key)
                outline.metadata = entry.get<std::map<std::string, std::string>>();
            else
                outline.names.push_back(name);
    } catch (const nlohmann::json::exception&) {
        refuse_file(file, not_of_the_format);
    }
    return outline;
}

Weights Weights::read(const std::filesystem::path& file) {
    const auto size = size_of(file);
    std::ifstream stream(file, std::ios::binary);
    const auto json = header_in(stream, file, size);
    std::vector<char> data(size - std::uint64_t(stream.tellg()));
    if (!stream.read(data.data(), std::streamsize(data.size())))
        refuse_file(file, "it cannot be read");

    Weights weights;
    weights.file_ = file;
    std::vector<Entry> entries;
    try {
        // nlohmann-json orders an object's members by name.
        for (const auto& [name, entry] : json.items())
            if (name == metadata_key)
                weights.metadata_ = entry.get<std::map<std::string, std::string>>();
            else
                entries.push_back(entry_in(file, name, entry, data.size()));
    } catch (const nlohmann::json::exception&) {
        refuse_file(file, not_of_the_format);
    }
    refuse_shared_bytes(file, entries);
    Fnv1a hash;
    for (const auto& entry : entries) {
        const auto bytes = std::string_view(data.data(), data.size()).substr(entry.begin, entry.bytes);
        hash.add(entry.name);
        hash.add(bytes);
        if (!entry.type) {
            weights.other_kinds_.emplace(entry.name, entry.kind);
            continue;
        }
        auto raw = torch::empty(entry.shape, *entry.type);
        std::ranges::copy(bytes, static_cast<char*>(raw.data_ptr()));
        auto values = raw.to(torch::kFloat32);
        if (!torch::isfinite(values).all().item<bool>())
            refuse_file(file, formatted("\"{}\" holds values that are not finite", entry.name));
        weights.tensors_.emplace(entry.name, std::move(values));
    }
    weights.hash_ = hash.digits();
    return weights;
}

torch::Tensor Weights::tensor(const std::string& name) const {
    const auto found = tensors_.find(name);
    if (const auto other = other_kinds_.find(name); other != other_kinds_.end())
        refuse(formatted("\"{}\" holds numbers of the kind \"{}\"", name, other->second));
    if (found == tensors_.end())
        refuse(formatted("it lacks \"{}\"", name));
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
