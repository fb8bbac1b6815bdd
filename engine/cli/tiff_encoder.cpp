// SPDX-License-Identifier: GPL-3.0-or-later
#include "encoded_rows.hpp"
#include "picture_encoders.hpp"

#include <cstdarg>
#include <cstdio>
#include <memory>
#include <tiffio.h>
#include <unistd.h>
#include <vector>

namespace neural_style::cli {
namespace {

struct Close {
    void operator()(TIFF* file) const { TIFFClose(file); }
};

struct FreeOptions {
    void operator()(TIFFOpenOptions* options) const { TIFFOpenOptionsFree(options); }
};

/// Keeps the first message; returning 1 prevents that it is printed.
int keep_error(TIFF*, void* to, const char*, const char* format, va_list values) {
    auto& message = *static_cast<std::string*>(to);
    char text[200];
    std::vsnprintf(text, sizeof text, format, values);
    if (message.empty())
        message = text;
    return 1;
}

int no_warning(TIFF*, void*, const char*, const char*, va_list) {
    return 1;
}

void describe(TIFF* tiff, const PictureToEncode& picture, const EncodedRows& rows) {
    TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, std::uint32_t(rows.width()));
    TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, std::uint32_t(rows.height()));
    TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, rows.channels());
    TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, rows.bytes() * 8);
    TIFFSetField(tiff, TIFFTAG_SAMPLEFORMAT, rows.bytes() == 4 ? SAMPLEFORMAT_IEEEFP : SAMPLEFORMAT_UINT);
    TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_RGB);
    TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
    TIFFSetField(tiff, TIFFTAG_COMPRESSION, COMPRESSION_NONE);
    TIFFSetField(tiff, TIFFTAG_ORIENTATION, ORIENTATION_TOPLEFT);
    TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, TIFFDefaultStripSize(tiff, 0));
    if (rows.alpha()) {
        const std::uint16_t extra = EXTRASAMPLE_UNASSALPHA;
        TIFFSetField(tiff, TIFFTAG_EXTRASAMPLES, 1, &extra);
    }
    if (!picture.profile.empty())
        TIFFSetField(tiff, TIFFTAG_ICCPROFILE, std::uint32_t(picture.profile.size()), picture.profile.data());
    if (!picture.xmp.empty())
        TIFFSetField(tiff, TIFFTAG_XMLPACKET, std::uint32_t(picture.xmp.size()), picture.xmp.data());
    if (picture.dots_per_inch > 0) {
        TIFFSetField(tiff, TIFFTAG_XRESOLUTION, picture.dots_per_inch);
        TIFFSetField(tiff, TIFFTAG_YRESOLUTION, picture.dots_per_inch);
        TIFFSetField(tiff, TIFFTAG_RESOLUTIONUNIT, RESUNIT_INCH);
    }
}

} // namespace

bool needs_big_tiff(std::uint64_t pixel_bytes) {
    // Room for metadata, which comes last.
    constexpr std::uint64_t most = std::uint64_t(1) << 32, metadata = 64 << 20;
    return pixel_bytes > most - metadata;
}

std::string encode_tiff(const PictureToEncode& picture, int file, bool big) {
    const EncodedRows rows(picture.buffer);
    std::string error;
    const std::unique_ptr<TIFFOpenOptions, FreeOptions> options(TIFFOpenOptionsAlloc());
    TIFFOpenOptionsSetErrorHandlerExtR(options.get(), keep_error, &error);
    TIFFOpenOptionsSetWarningHandlerExtR(options.get(), no_warning, nullptr);
    const int own = dup(file); // closing the TIFF closes it
    std::unique_ptr<TIFF, Close> tiff(TIFFFdOpenExt(own, "painting", big ? "w8" : "w", options.get()));
    if (!tiff) {
        close(own);
        return error.empty() ? "libtiff" : error;
    }
    describe(tiff.get(), picture, rows);
    std::vector<std::byte> row(rows.row_bytes());
    for (int y = 0; y < rows.height() && error.empty(); ++y) {
        rows.read(y, 1, row.data());
        if (TIFFWriteScanline(tiff.get(), row.data(), std::uint32_t(y)) != 1 && error.empty())
            error = "libtiff";
    }
    if (error.empty() && TIFFFlush(tiff.get()) != 1 && error.empty())
        error = "libtiff";
    return error;
}

} // namespace neural_style::cli
