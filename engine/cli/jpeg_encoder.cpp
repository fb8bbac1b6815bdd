// SPDX-License-Identifier: GPL-3.0-or-later
#include "encoded_rows.hpp"
#include "picture_encoders.hpp"
#include "write_bytes.hpp"

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <memory>
#include <turbojpeg.h>
#include <vector>

namespace neural_style::cli {
namespace {

struct Destroy {
    void operator()(void* compressor) const { tjDestroy(compressor); }
};

struct Free {
    void operator()(unsigned char* bytes) const { tjFree(bytes); }
};

} // namespace

std::string encode_jpeg(const PictureToEncode& picture, int file) {
    const EncodedRows rows(picture.buffer);
    std::vector<unsigned char> pixels(rows.row_bytes() * std::size_t(rows.height()));
    rows.read(0, rows.height(), pixels.data());
    const std::unique_ptr<void, Destroy> compressor(tjInitCompress());
    if (!compressor)
        return std::strerror(ENOMEM);
    unsigned char* compressed = nullptr;
    unsigned long size = 0;
    const int failed = tjCompress2(compressor.get(), pixels.data(), rows.width(), int(rows.row_bytes()),
                                   rows.height(), TJPF_RGB, &compressed, &size, TJSAMP_444, lossy_quality,
                                   TJFLAG_PROGRESSIVE | TJFLAG_ACCURATEDCT);
    const std::unique_ptr<unsigned char, Free> owned(compressed);
    if (failed != 0)
        return tjGetErrorStr2(compressor.get());
    const int reason = write_bytes(file, std::as_bytes(std::span(compressed, size)));
    return reason != 0 ? std::strerror(reason) : "";
}

} // namespace neural_style::cli
