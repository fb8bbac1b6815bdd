// SPDX-License-Identifier: GPL-3.0-or-later
#include "picture.hpp"

#include <neural_style/formatted.hpp>

#include <algorithm>
#include <bit>
#include <charconv>
#include <utility>

namespace neural_style::protocol {

namespace {

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
            .bytes =
                in_wire_order(Bytes(begin, begin + static_cast<std::ptrdiff_t>(length)), picture.sample)};
}

void ContentHash::add(std::span<const std::byte> bytes) {
    std::uint64_t value = value_;
    for (std::byte byte : bytes)
        value = (value ^ std::to_integer<std::uint64_t>(byte)) * 0x100000001b3;
    value_ = value;
}

std::string picture_name(const Picture& picture) {
    ContentHash hash;
    if constexpr (std::endian::native == std::endian::little)
        hash.add(picture.bytes);
    else
        hash.add(in_wire_order(picture.bytes, picture.sample));
    return picture_name(picture.sample, picture.width, picture.height, hash.value(), picture.channels);
}

std::string picture_name(Sample sample, int width, int height, std::uint64_t hash, int channels) {
    return formatted("{}-{}x{}x{}-{:016x}", name_of(sample), width, height, channels, hash);
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
    // A picture has exactly one name: no leading zeros, no capitals.
    if (picture_name(*sample, *width, *height, *hash, *channels) != name)
        return std::nullopt;
    return PictureDescription{*sample, *width, *height, *channels, *hash};
}

Bytes in_wire_order(Bytes bytes, Sample sample) {
    if constexpr (std::endian::native == std::endian::big) {
        const auto length = std::ptrdiff_t(sample_bytes(sample));
        for (auto value = bytes.begin(); bytes.end() - value >= length; value += length)
            std::reverse(value, value + length);
    }
    return bytes;
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

    // At most eight times what has arrived: a claim alone takes no memory, yet a large picture is only moved
    // while it is small.
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
    picture_.bytes = in_wire_order(std::move(picture_.bytes), picture_.sample);
    return std::exchange(picture_, {});
}

} // namespace neural_style::protocol
