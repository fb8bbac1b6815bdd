// SPDX-License-Identifier: GPL-3.0-or-later
#include "file_kind.hpp"

#include <array>

namespace neural_style::reader {
namespace {

using namespace std::string_view_literals;

struct Mark {
    std::size_t at;
    std::string_view bytes;
    FileKind kind;
};

// The order matters: camera raw files begin like a TIFF, and HEIF files like a film.
constexpr std::array marks{
    Mark{0, "\x89PNG\r\n\x1a\n"sv, {"PNG", Way::png, "pngload_source"}},
    Mark{0, "\xff\xd8\xff"sv, {"JPEG", Way::library, "jpegload_source"}},
    Mark{8, "CR\x02"sv, {"CR2", Way::camera_raw}},
    Mark{0, "II*\0"sv, {"TIFF", Way::tiff}},
    Mark{0, "MM\0*"sv, {"TIFF", Way::tiff}},
    Mark{0, "II+\0"sv, {"TIFF", Way::tiff}},
    Mark{0, "MM\0+"sv, {"TIFF", Way::tiff}},
    Mark{8, "WEBP"sv, {"WebP", Way::library, "webpload_source", false, true}},
    Mark{0, "v/1\x01"sv, {"OpenEXR", Way::openexr}},
    Mark{0, "GIF8"sv, {"GIF", Way::library, "gifload_source", false, true}},
    Mark{0, "\xff\x0a"sv, {"JPEG XL", Way::library, "jxlload_source"}},
    Mark{0, "\0\0\0\x0cJXL \r\n\x87\n"sv, {"JPEG XL", Way::library, "jxlload_source"}},
    Mark{0, "\0\0\0\x0cjP  \r\n\x87\n"sv, {"JPEG 2000", Way::library, "jp2kload_source"}},
    Mark{0, "\xff\x4f\xff\x51"sv, {"JPEG 2000", Way::library, "jp2kload_source"}},
    Mark{4, "ftypcrx"sv, {"CR3", Way::camera_raw}},
    Mark{4, "ftypavif"sv, {"AVIF", Way::library, "heifload_source", false, true}},
    Mark{4, "ftypavis"sv, {"AVIF", Way::library, "heifload_source", false, true}},
    Mark{4, "ftyphei"sv, {"HEIF", Way::library, "heifload_source", false, true}},
    Mark{4, "ftyphev"sv, {"HEIF", Way::library, "heifload_source", false, true}},
    Mark{4, "ftypmif1"sv, {"HEIF", Way::library, "heifload_source", false, true}},
    Mark{4, "ftypmsf1"sv, {"HEIF", Way::library, "heifload_source", false, true}},
    Mark{0, "#?RADIANCE"sv, {"Radiance HDR", Way::library, "radload_source"}},
    Mark{0, "#?RGBE"sv, {"Radiance HDR", Way::library, "radload_source"}},
    Mark{0, "8BPS"sv, {"Photoshop", Way::magick, "psd"}},
    Mark{0, "BM"sv, {"BMP", Way::magick, "bmp"}},
    Mark{0, "IIRO"sv, {"ORF", Way::camera_raw}},
    Mark{0, "IIRS"sv, {"ORF", Way::camera_raw}},
    Mark{0, "MMOR"sv, {"ORF", Way::camera_raw}},
    Mark{0, "IIU\0"sv, {"RW2", Way::camera_raw}},
    Mark{0, "FUJIFILMCCD-RAW"sv, {"RAF", Way::camera_raw}},
    Mark{0, "FOVb"sv, {"X3F", Way::camera_raw}},
    Mark{0, "\0MRM"sv, {"MRW", Way::camera_raw}},
    Mark{4, "ftyp"sv, {"MP4", Way::film}},
    Mark{4, "moov"sv, {"QuickTime", Way::film}},
    Mark{0, "\x1a\x45\xdf\xa3"sv, {"Matroska", Way::film}},
    Mark{8, "AVI "sv, {"AVI", Way::film}},
    Mark{0, "\0\0\x01\xba"sv, {"MPEG", Way::film}},
    Mark{0, "FLV\x01"sv, {"FLV", Way::film}},
    Mark{0, "OggS"sv, {"Ogg", Way::film}},
};

bool has(std::string_view text, std::size_t at, std::string_view mark) {
    return text.size() >= at + mark.size() && text.substr(at, mark.size()) == mark;
}

/// A BMP whose colours share 16 bits, which libvips reads in wrong colours.
bool is_bitmap_of_16_bits(std::string_view head) {
    return has(head, 0, "BM"sv) && has(head, 28, "\x10\0"sv);
}

/// "P1" to "P7", "PF" or "Pf", then white space.
bool is_portable_map(std::string_view head) {
    return head.size() > 3 && head[0] == 'P' && "1234567Ff"sv.contains(head[1]) &&
           " \t\r\n"sv.contains(head[2]);
}

/// Truevision's files have no mark in front: the kinds of the specification's tables 1 and 2, a size, a
/// depth.
bool is_targa(std::string_view head, std::string_view tail) {
    if (head.size() < 18)
        return false;
    const auto byte = [&](std::size_t at) { return unsigned(static_cast<unsigned char>(head[at])); };
    const unsigned map = byte(1), kind = byte(2), depth = byte(16);
    const bool kinds = kind == 1 || kind == 2 || kind == 3 || kind == 9 || kind == 10 || kind == 11;
    const bool sizes = byte(12) + byte(13) > 0 && byte(14) + byte(15) > 0;
    const bool depths = depth == 8 || depth == 15 || depth == 16 || depth == 24 || depth == 32;
    const bool mapped = kind == 1 || kind == 9;
    return kinds && sizes && depths && map == unsigned(mapped) &&
           (tail.ends_with("TRUEVISION-XFILE.\0"sv) || (byte(17) & 0xc0) == 0);
}

bool is_svg(std::string_view head) {
    while (!head.empty() && "\xef\xbb\xbf \t\r\n"sv.contains(head.front()))
        head.remove_prefix(1);
    return head.starts_with("<svg") || (head.starts_with("<?xml") && head.contains("<svg"));
}

} // namespace

std::optional<FileKind> kind_of(std::string_view head, std::string_view tail) {
    if (is_bitmap_of_16_bits(head))
        return std::nullopt;
    for (const auto& mark : marks)
        if (has(head, mark.at, mark.bytes))
            return mark.kind;
    if (is_portable_map(head))
        return FileKind{"PNM", Way::library, "ppmload_source", head[1] == 'F' || head[1] == 'f'};
    if (is_svg(head))
        return FileKind{"SVG", Way::library, "svgload_source"};
    if (is_targa(head, tail))
        return FileKind{"TGA", Way::magick, "tga"};
    return std::nullopt;
}

} // namespace neural_style::reader
