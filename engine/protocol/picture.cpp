// SPDX-License-Identifier: GPL-3.0-or-later
#include "picture.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <format>
#include <utility>

namespace neural_style::protocol {

namespace {

// Rows are little endian whatever this machine is.
template <typename Value>
Value in_wire_order(Value value) {
    return std::endian::native == std::endian::little ? value : std::byteswap(value);
}

template <typename Value>
Bytes pack_integers(std::span<const float> samples) {
    constexpr float top = std::numeric_limits<Value>::max();
    Bytes bytes(samples.size() * sizeof(Value));
    std::byte* out = bytes.data();
    for (float sample : samples) {
        // NaN fails both comparisons and becomes 0.
        const float clamped = sample > 0 ? (sample < 1 ? sample : 1) : 0;
        const auto value = in_wire_order(static_cast<Value>(clamped * top + 0.5f));
        std::memcpy(out, &value, sizeof(Value));
        out += sizeof(Value);
    }
    return bytes;
}

template <typename Value>
std::vector<float> unpack_integers(std::span<const std::byte> bytes) {
    constexpr float top = std::numeric_limits<Value>::max();
    std::vector<float> samples(bytes.size() / sizeof(Value));
    const std::byte* in = bytes.data();
    for (float& sample : samples) {
        Value value;
        std::memcpy(&value, in, sizeof(Value));
        sample = static_cast<float>(in_wire_order(value)) / top;
        in += sizeof(Value);
    }
    return samples;
}

template <typename Number>
std::optional<Number> number_in(std::string_view text, int base) {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
    if (error != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    return number;
}

} // namespace

Chunk chunk_at(const Picture& picture, std::uint64_t offset) {
    const auto begin = picture.bytes.begin() + static_cast<std::ptrdiff_t>(offset);
    const auto length = std::min<std::uint64_t>(chunk_bytes, picture.bytes.size() - offset);
    return {.sample = picture.sample,
            .width = picture.width,
            .height = picture.height,
            .channels = picture.channels,
            .offset = offset,
            .bytes = Bytes(begin, begin + static_cast<std::ptrdiff_t>(length))};
}

void ContentHash::add(std::span<const std::byte> bytes) {
    std::uint64_t value = value_;
    for (std::byte byte : bytes)
        value = (value ^ std::to_integer<std::uint64_t>(byte)) * 0x100000001b3;
    value_ = value;
}

std::string picture_name(const Picture& picture) {
    ContentHash hash;
    hash.add(picture.bytes);
    return picture_name(picture.sample, picture.width, picture.height, hash.value(), picture.channels);
}

std::string picture_name(Sample sample, int width, int height, std::uint64_t hash, int channels) {
    return std::format("{}-{}x{}x{}-{:016x}", name_of(sample), width, height, channels, hash);
}

std::optional<PictureDescription> described_by(std::string_view name) {
    const auto first = name.find('-');
    const auto cross = name.find('x', first);
    const auto second_cross = cross == name.npos ? name.npos : name.find('x', cross + 1);
    const auto last = name.find('-', second_cross);
    if (last == name.npos)
        return std::nullopt;
    const auto sample = choice_named<Sample>(name.substr(0, first));
    const auto width = number_in<int>(name.substr(first + 1, cross - first - 1), 10);
    const auto height = number_in<int>(name.substr(cross + 1, second_cross - cross - 1), 10);
    const auto channels = number_in<int>(name.substr(second_cross + 1, last - second_cross - 1), 10);
    const auto hash = number_in<std::uint64_t>(name.substr(last + 1), 16);
    if (!sample || !width || !height || !channels || !hash || !size_allowed(*width, *height) ||
        !channels_allowed(*channels))
        return std::nullopt;
    // A picture has one name only: no leading zeros, no capitals.
    if (picture_name(*sample, *width, *height, *hash, *channels) != name)
        return std::nullopt;
    return PictureDescription{*sample, *width, *height, *channels, *hash};
}

Bytes pack(std::span<const float> samples, Sample sample) {
    if (sample == Sample::u8)
        return pack_integers<std::uint8_t>(samples);
    if (sample == Sample::u16)
        return pack_integers<std::uint16_t>(samples);
    Bytes bytes(samples.size_bytes());
    if constexpr (std::endian::native == std::endian::little) {
        if (!samples.empty())
            std::memcpy(bytes.data(), samples.data(), bytes.size());
    } else {
        for (std::size_t i = 0; i < samples.size(); ++i) {
            const auto bits = in_wire_order(std::bit_cast<std::uint32_t>(samples[i]));
            std::memcpy(bytes.data() + 4 * i, &bits, 4);
        }
    }
    return bytes;
}

std::vector<float> unpack(std::span<const std::byte> bytes, Sample sample) {
    if (sample == Sample::u8)
        return unpack_integers<std::uint8_t>(bytes);
    if (sample == Sample::u16)
        return unpack_integers<std::uint16_t>(bytes);
    std::vector<float> samples(bytes.size() / 4);
    if constexpr (std::endian::native == std::endian::little) {
        if (!samples.empty())
            std::memcpy(samples.data(), bytes.data(), samples.size() * 4);
    } else {
        for (std::size_t i = 0; i < samples.size(); ++i) {
            std::uint32_t bits;
            std::memcpy(&bits, bytes.data() + 4 * i, 4);
            samples[i] = std::bit_cast<float>(in_wire_order(bits));
        }
    }
    return samples;
}

Result<void> PictureAssembly::add(const Chunk& chunk) {
    auto refused = [](const char* what) {
        return failure(ErrorCode::bad_message,
                       std::string("A piece of a picture ") + what +
                           ". Start the job again; if this comes back, please report it.");
    };
    if (!size_allowed(chunk.width, chunk.height) || !channels_allowed(chunk.channels))
        return refused("claims a size that is not allowed");
    const std::uint64_t arrived = picture_.bytes.size();
    const std::uint64_t total = picture_bytes(chunk.sample, chunk.width, chunk.height, chunk.channels);
    if (chunk.offset != arrived)
        return refused("is out of order");
    if (arrived > 0 && (chunk.sample != picture_.sample || chunk.width != picture_.width ||
                        chunk.height != picture_.height || chunk.channels != picture_.channels))
        return refused("belongs to another picture");
    if (chunk.bytes.empty() || chunk.bytes.size() > total - arrived)
        return refused("is longer than its picture");

    // At most eight times what has arrived, so that a claim alone takes no memory, yet a large picture moves
    // only while it is small.
    const std::uint64_t needed = arrived + chunk.bytes.size();
    if (needed > picture_.bytes.capacity())
        picture_.bytes.reserve(std::min(total, 8 * needed));
    picture_.sample = chunk.sample;
    picture_.width = chunk.width;
    picture_.height = chunk.height;
    picture_.channels = chunk.channels;
    picture_.bytes.insert(picture_.bytes.end(), chunk.bytes.begin(), chunk.bytes.end());
    hash_.add(chunk.bytes);
    return {};
}

bool PictureAssembly::complete() const {
    return picture_.width > 0 && picture_.bytes.size() == picture_bytes(picture_.sample, picture_.width,
                                                                        picture_.height, picture_.channels);
}

Picture PictureAssembly::take() {
    hash_ = {};
    return std::exchange(picture_, {});
}

} // namespace neural_style::protocol
