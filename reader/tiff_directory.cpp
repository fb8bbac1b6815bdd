// SPDX-License-Identifier: GPL-3.0-or-later
#include "tiff_directory.hpp"

#include <algorithm>
#include <memory>
#include <tiffio.h>
#include <unistd.h>

namespace neural_style::reader {
namespace {

/// The most directories read.
constexpr int most_directories = 64;

int quiet(TIFF*, void*, const char*, const char*, va_list) {
    return 1;
}

using Tiff = std::unique_ptr<TIFF, decltype(&TIFFClose)>;

Tiff open(const Source& source) {
    TIFFOpenOptions* options = TIFFOpenOptionsAlloc();
    TIFFOpenOptionsSetErrorHandlerExtR(options, quiet, nullptr);
    TIFFOpenOptionsSetWarningHandlerExtR(options, quiet, nullptr);
    TIFFOpenOptionsSetMaxSingleMemAlloc(options, tmsize_t(1) << 30);
    lseek(source.descriptor(), 0, SEEK_SET);
    Tiff tiff(TIFFFdOpenExt(dup(source.descriptor()), "picture", "rm", options), TIFFClose);
    TIFFOpenOptionsFree(options);
    return tiff;
}

/// Whether the directory is no picture of its own but a smaller copy or a mask.
bool is_beside(TIFF* tiff) {
    std::uint32_t kind = 0;
    return TIFFGetField(tiff, TIFFTAG_SUBFILETYPE, &kind) &&
           (kind & (FILETYPE_REDUCEDIMAGE | FILETYPE_MASK)) != 0;
}

bool is_raw(TIFF* tiff) {
    constexpr std::uint32_t dng_version = 50706, linear_raw = 34892;
    std::uint16_t photometric = 0;
    std::uint32_t count = 0;
    const void* version = nullptr;
    TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &photometric);
    return photometric == PHOTOMETRIC_CFA || photometric == linear_raw ||
           TIFFGetField(tiff, dng_version, &count, &version) == 1;
}

std::vector<Extra> extras_of(TIFF* tiff) {
    std::uint16_t count = 0, samples = 1, photometric = PHOTOMETRIC_MINISBLACK;
    const std::uint16_t* kinds = nullptr;
    std::vector<Extra> extras;
    if (TIFFGetField(tiff, TIFFTAG_EXTRASAMPLES, &count, &kinds))
        for (int i = 0; i < count; ++i)
            extras.push_back(kinds[i] == EXTRASAMPLE_UNSPECIFIED ? Extra::unspecified : Extra::alpha);
    // Channels without an entry are unspecified.
    TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &samples);
    TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &photometric);
    const int colors = photometric == PHOTOMETRIC_SEPARATED ? 4
                       : photometric <= PHOTOMETRIC_MINISBLACK || photometric == PHOTOMETRIC_PALETTE ||
                               photometric == PHOTOMETRIC_LOGL
                           ? 1
                           : 3;
    while (colors + int(extras.size()) < samples)
        extras.push_back(Extra::unspecified);
    return extras;
}

/// The most bytes that one compressed byte expands to: a blank line of 17 000 pixels takes one bit in CCITT
/// group 4, and runs in Zstandard take an eighth of that.
constexpr std::uint64_t largest_expansion = 1 << 16;

/// Whether the file is long enough to fill its strips or tiles; checked before memory is allocated for them.
bool can_be_filled(TIFF* tiff, std::uint64_t file_size) {
    const tmsize_t part = TIFFIsTiled(tiff) ? TIFFTileSize(tiff) : TIFFStripSize(tiff);
    std::uint16_t compression = COMPRESSION_NONE;
    TIFFGetFieldDefaulted(tiff, TIFFTAG_COMPRESSION, &compression);
    return part > 0 && std::uint64_t(part) <=
                           (compression == COMPRESSION_NONE ? file_size : file_size * largest_expansion);
}

bool is_rare(TIFF* tiff) {
    std::uint16_t bits = 1, planes = PLANARCONFIG_CONTIG;
    TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &bits);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_PLANARCONFIG, &planes);
    return (TIFFIsTiled(tiff) && planes == PLANARCONFIG_SEPARATE) || (bits > 8 && bits < 16) || bits == 64;
}

struct Candidate {
    TiffDirectory directory;
    bool beside = false;
};

std::optional<Candidate> candidate(TIFF* tiff, std::uint64_t file_size, int page, int sub) {
    std::uint32_t width = 0, height = 0;
    if (!TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &width) || !TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &height))
        return std::nullopt;
    return Candidate{{.page = page,
                      .sub = sub,
                      .width = width,
                      .height = height,
                      .extras = extras_of(tiff),
                      .can_be_filled = can_be_filled(tiff, file_size),
                      .rare = is_rare(tiff)},
                     is_beside(tiff)};
}

} // namespace

std::optional<TiffDirectory> tiff_directory(const Source& source) {
    const Tiff tiff = open(source);
    if (!tiff)
        return std::nullopt;
    std::vector<Candidate> pages, subs;
    bool raw = false;
    for (int page = 0; page < most_directories; ++page) {
        if (page > 0 && !TIFFSetDirectory(tiff.get(), tdir_t(page)))
            break;
        raw = raw || is_raw(tiff.get());
        if (const auto found = candidate(tiff.get(), source.size(), page, -1))
            pages.push_back(*found);
        std::uint16_t count = 0;
        const std::uint64_t* offsets = nullptr;
        TIFFGetField(tiff.get(), TIFFTAG_SUBIFD, &count, &offsets);
        const std::vector<std::uint64_t> places(offsets, offsets + std::min<int>(count, most_directories));
        for (std::size_t sub = 0; sub < places.size() && subs.size() < most_directories; ++sub) {
            if (!TIFFSetSubDirectory(tiff.get(), places[sub]))
                continue;
            raw = raw || is_raw(tiff.get());
            if (const auto found = candidate(tiff.get(), source.size(), page, int(sub)))
                subs.push_back(*found);
        }
    }
    if (raw)
        return TiffDirectory{.camera_raw = true};
    const auto whole = [](const Candidate& one) { return !one.beside; };
    const auto pictures = int(std::ranges::count_if(pages, whole));
    for (const auto* list : {&pages, &subs})
        if (const auto found = std::ranges::find_if(*list, whole); found != list->end()) {
            TiffDirectory directory = found->directory;
            directory.pictures = std::max(pictures, 1);
            return directory;
        }
    pages.insert(pages.end(), subs.begin(), subs.end());
    const auto area = [](const Candidate& one) {
        return std::uint64_t(one.directory.width) * one.directory.height;
    };
    const auto largest = std::ranges::max_element(pages, {}, area);
    return largest == pages.end() ? std::nullopt : std::optional(largest->directory);
}

} // namespace neural_style::reader
