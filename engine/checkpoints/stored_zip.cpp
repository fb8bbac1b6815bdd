// SPDX-License-Identifier: GPL-3.0-or-later
#include "stored_zip.hpp"

#include <neural_style/formatted.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>
#include <zlib.h>

namespace neural_style {

namespace {

constexpr std::size_t most_entries = 100'000;
constexpr std::uint32_t in_zip64 = 0xffffffff;
constexpr const char* cut_off = "it is cut off: the end of its zip archive is missing";
constexpr const char* sizes_lie = "its zip archive is damaged: what it says about sizes is not true";

// Unsigned and little endian; the caller has checked that it is inside.
template <typename Number>
Number number_at(std::string_view bytes, std::size_t place) {
    std::uint64_t value = 0;
    for (std::size_t i = sizeof(Number); i-- > 0;)
        value = value << 8 | std::uint8_t(bytes[place + i]);
    return Number(value);
}

struct Directory {
    std::uint64_t begin = 0, end = 0, entries = 0;
};

// Where the end record is: in the last 22 bytes and 64 KiB of comment.
std::optional<std::size_t> end_record(std::string_view bytes) {
    constexpr std::size_t length = 22, longest_comment = 0xffff;
    if (bytes.size() < length)
        return std::nullopt;
    const std::size_t last = bytes.size() - length, first = last - std::min(last, longest_comment);
    for (std::size_t place = last + 1; place-- > first;)
        if (bytes.substr(place, 4) == "PK\5\6" && number_at<std::uint16_t>(bytes, place + 20) == last - place)
            return place;
    return std::nullopt;
}

Accepted<Directory> directory_of(const ByteSource& source) {
    const auto bytes = source.all();
    constexpr std::size_t most_at_the_end = 0xffff + 22 + 20; // comment, end record, locator
    if (auto loaded = source.load(bytes.substr(bytes.size() - std::min(bytes.size(), most_at_the_end)));
        !loaded)
        return std::unexpected(loaded.error());
    const auto end = end_record(bytes);
    if (!end)
        return refused(cut_off);
    Directory found{.begin = number_at<std::uint32_t>(bytes, *end + 16),
                    .end = number_at<std::uint32_t>(bytes, *end + 12), // its length, so far
                    .entries = number_at<std::uint16_t>(bytes, *end + 10)};
    constexpr std::size_t locator_length = 20, record_length = 56;
    if (*end >= locator_length && bytes.substr(*end - locator_length, 4) == "PK\6\7") {
        const auto record = number_at<std::uint64_t>(bytes, *end - locator_length + 8);
        if (bytes.size() < record_length || record > bytes.size() - record_length)
            return refused(sizes_lie);
        if (auto loaded = source.load(bytes.substr(record, record_length)); !loaded)
            return std::unexpected(loaded.error());
        if (bytes.substr(record, 4) != "PK\6\6")
            return refused(sizes_lie);
        found = {.begin = number_at<std::uint64_t>(bytes, record + 48),
                 .end = number_at<std::uint64_t>(bytes, record + 40),
                 .entries = number_at<std::uint64_t>(bytes, record + 32)};
    }
    if (found.begin > *end || found.end > *end - found.begin)
        return refused(sizes_lie);
    found.end += found.begin;
    if (found.entries > most_entries)
        return refused(formatted("its zip archive has more than {} entries", most_entries));
    return found;
}

struct Entry {
    std::string_view name;
    std::uint64_t size = 0, packed = 0, header = 0;
    std::uint32_t checksum = 0; // CRC-32; 0: torch.save was told not to compute any
};

// ZIP64's eight-byte numbers stand in the extra fields, in this order, for those that do not fit.
bool read_large_numbers(std::string_view extra, Entry& entry) {
    for (std::size_t place = 0; extra.size() - place >= 4;) {
        const auto kind = number_at<std::uint16_t>(extra, place);
        const std::size_t length = number_at<std::uint16_t>(extra, place + 2);
        place += 4;
        if (length > extra.size() - place)
            return false;
        if (kind == 1) {
            std::size_t within = 0;
            for (auto* const number : {&entry.size, &entry.packed, &entry.header})
                if (*number == in_zip64) {
                    if (within + 8 > length)
                        return false;
                    *number = number_at<std::uint64_t>(extra, place + within);
                    within += 8;
                }
            return true;
        }
        place += length;
    }
    return true;
}

// Piece by piece, of which hardly anything stays in memory.
Accepted<std::uint32_t> checksum_of(const ByteSource& source, std::string_view data) {
    constexpr std::size_t most = 4u << 20;
    uLong checksum = 0;
    while (!data.empty()) {
        const auto piece = data.substr(0, most);
        if (auto loaded = source.load(piece); !loaded)
            return std::unexpected(loaded.error());
        checksum = crc32_z(checksum, reinterpret_cast<const Bytef*>(piece.data()), piece.size());
        source.release(piece);
        data.remove_prefix(piece.size());
    }
    return std::uint32_t(checksum);
}

std::string said(std::string_view name) {
    std::string out(name.substr(0, 80));
    std::ranges::replace_if(
        out, [](char c) { return c < ' ' || c > 126; }, '?');
    return out;
}

// The data of an entry, behind its own header, which must agree with the directory.
Accepted<std::string_view> data_of(const ByteSource& source, const Entry& entry) {
    const auto bytes = source.all();
    constexpr std::size_t header_length = 30;
    if (bytes.size() < header_length || entry.header > bytes.size() - header_length)
        return refused(sizes_lie);
    if (auto loaded = source.load(bytes.substr(entry.header, header_length + entry.name.size())); !loaded)
        return std::unexpected(loaded.error());
    if (bytes.substr(entry.header, 4) != "PK\3\4")
        return refused(sizes_lie);
    const std::uint64_t behind = std::uint64_t(number_at<std::uint16_t>(bytes, entry.header + 26)) +
                                 number_at<std::uint16_t>(bytes, entry.header + 28);
    const std::uint64_t name_begin = entry.header + header_length;
    if (behind > bytes.size() - name_begin || bytes.substr(name_begin, entry.name.size()) != entry.name ||
        number_at<std::uint16_t>(bytes, entry.header + 26) != entry.name.size())
        return refused(sizes_lie);
    const std::uint64_t begin = name_begin + behind;
    const bool told_later = number_at<std::uint16_t>(bytes, entry.header + 6) & 8;
    const auto told = number_at<std::uint32_t>(bytes, entry.header + 22);
    if (entry.size > bytes.size() - begin || entry.packed != entry.size ||
        (!told_later && told != in_zip64 && told != entry.size))
        return refused(sizes_lie);
    return bytes.substr(begin, entry.size);
}

} // namespace

Accepted<ZipEntries> stored_zip_entries(const ByteSource& source) {
    const auto bytes = source.all();
    const auto directory = directory_of(source);
    if (!directory)
        return std::unexpected(directory.error());
    if (auto loaded = source.load(bytes.substr(directory->begin, directory->end - directory->begin)); !loaded)
        return std::unexpected(loaded.error());
    ZipEntries entries;
    std::vector<std::pair<std::string_view, std::uint32_t>> checksums;
    constexpr std::size_t header_length = 46;
    std::uint64_t place = directory->begin;
    for (std::uint64_t i = 0; i < directory->entries; ++i) {
        if (directory->end - place < header_length || bytes.substr(place, 4) != "PK\1\2")
            return refused(sizes_lie);
        const std::size_t name_length = number_at<std::uint16_t>(bytes, place + 28);
        const std::size_t extra_length = number_at<std::uint16_t>(bytes, place + 30);
        const std::size_t comment_length = number_at<std::uint16_t>(bytes, place + 32);
        if (name_length + extra_length + comment_length > directory->end - place - header_length)
            return refused(sizes_lie);
        Entry entry{.name = bytes.substr(place + header_length, name_length),
                    .size = number_at<std::uint32_t>(bytes, place + 24),
                    .packed = number_at<std::uint32_t>(bytes, place + 20),
                    .header = number_at<std::uint32_t>(bytes, place + 42),
                    .checksum = number_at<std::uint32_t>(bytes, place + 16)};
        if (number_at<std::uint16_t>(bytes, place + 8) & 1)
            return refused(formatted("its entry \"{}\" is encrypted", said(entry.name)), save_the_weights);
        if (number_at<std::uint16_t>(bytes, place + 10) != 0)
            return refused(
                formatted("its entry \"{}\" is compressed, as torch.save never does", said(entry.name)),
                "Unpack the archive and pack it again without compression, or save the weights again with "
                "torch.save.");
        if (!read_large_numbers(bytes.substr(place + header_length + name_length, extra_length), entry))
            return refused(sizes_lie);
        const auto data = data_of(source, entry);
        if (!data)
            return std::unexpected(data.error());
        if (data->data() + data->size() > bytes.data() + directory->begin)
            return refused(sizes_lie);
        if (!entries.emplace(entry.name, *data).second)
            return refused(formatted("its zip archive has two entries \"{}\"", said(entry.name)));
        if (entry.checksum != 0)
            checksums.emplace_back(entry.name, entry.checksum);
        place += header_length + name_length + extra_length + comment_length;
    }
    std::vector<std::string_view> in_place;
    for (const auto& [name, data] : entries)
        if (!data.empty())
            in_place.push_back(data);
    std::ranges::sort(in_place, {}, [](std::string_view data) { return data.data(); });
    for (std::size_t i = 1; i < in_place.size(); ++i)
        if (in_place[i - 1].data() + in_place[i - 1].size() > in_place[i].data())
            return refused("its zip archive is damaged: two entries share bytes");
    // Last: entries that share bytes would have them summed again and again.
    for (const auto& [name, told] : checksums) {
        const auto checksum = checksum_of(source, entries.at(name));
        if (!checksum)
            return std::unexpected(checksum.error());
        if (*checksum != told)
            return refused(
                formatted("its entry \"{}\" is damaged: its checksum (CRC-32) does not match", said(name)));
    }
    return entries;
}

} // namespace neural_style
