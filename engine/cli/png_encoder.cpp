// SPDX-License-Identifier: GPL-3.0-or-later
#include "encoded_rows.hpp"
#include "picture_encoders.hpp"
#include "write_bytes.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <spng.h>
#include <vector>

namespace neural_style::cli {
namespace {

struct ContextFree {
    void operator()(spng_ctx* context) const { spng_ctx_free(context); }
};

int write_piece(spng_ctx*, void* file, void* bytes, std::size_t size) {
    const std::span piece(static_cast<const std::byte*>(bytes), size);
    return write_bytes(*static_cast<const int*>(file), piece) == 0 ? 0 : SPNG_IO_ERROR;
}

std::uint32_t dots_per_meter(double dots_per_inch) {
    return std::uint32_t(std::lround(dots_per_inch / 0.0254));
}

} // namespace

std::string encode_png(const PictureToEncode& picture, int file) {
    const EncodedRows rows(picture.buffer);
    const std::unique_ptr<spng_ctx, ContextFree> context(spng_ctx_new(SPNG_CTX_ENCODER));
    if (!context)
        return spng_strerror(SPNG_EMEM);
    int error = 0;
    const auto step = [&](int result) { error = error ? error : result; };
    step(spng_set_png_stream(context.get(), write_piece, &file));
    // As fast as reading; higher levels make paintings hardly smaller.
    step(spng_set_option(context.get(), SPNG_IMG_COMPRESSION_LEVEL, 3));
    spng_ihdr head{.width = std::uint32_t(rows.width()),
                   .height = std::uint32_t(rows.height()),
                   .bit_depth = std::uint8_t(rows.bytes() * 8),
                   .color_type = std::uint8_t(rows.alpha() ? SPNG_COLOR_TYPE_TRUECOLOR_ALPHA
                                                           : SPNG_COLOR_TYPE_TRUECOLOR),
                   .compression_method = 0,
                   .filter_method = 0,
                   .interlace_method = 0};
    step(spng_set_ihdr(context.get(), &head));
    // One statement on colours: those that read only gAMA and cHRM would take them for another one.
    std::vector<char> profile(picture.profile.size());
    std::ranges::transform(picture.profile, profile.begin(), [](std::byte b) { return char(b); });
    spng_iccp icc{.profile_name = "ICC profile", .profile_len = profile.size(), .profile = profile.data()};
    if (!profile.empty())
        step(spng_set_iccp(context.get(), &icc));
    else
        step(spng_set_srgb(context.get(), 0));
    if (picture.dots_per_inch > 0) {
        const std::uint32_t dots = dots_per_meter(picture.dots_per_inch);
        spng_phys size{.ppu_x = dots, .ppu_y = dots, .unit_specifier = 1};
        step(spng_set_phys(context.get(), &size));
    }
    auto code = picture.color.value_or(reader::ColorCode{});
    spng_unknown_chunk color{.type = {'c', 'I', 'C', 'P'},
                             .length = code.size(),
                             .data = code.data(),
                             .location = SPNG_AFTER_IHDR};
    if (picture.color)
        step(spng_set_unknown_chunks(context.get(), &color, 1));
    if (!error)
        step(spng_encode_image(context.get(), nullptr, 0, SPNG_FMT_PNG,
                               SPNG_ENCODE_PROGRESSIVE | SPNG_ENCODE_FINALIZE));
    constexpr int band_rows = 64;
    std::vector<std::byte> band(rows.row_bytes() * band_rows);
    for (int y = 0; y < rows.height() && !error; y += band_rows) {
        const int count = std::min(band_rows, rows.height() - y);
        rows.read(y, count, band.data());
        for (int row = 0; row < count && !error; ++row)
            step(spng_encode_row(context.get(), band.data() + std::size_t(row) * rows.row_bytes(),
                                 rows.row_bytes()));
    }
    return error == SPNG_EOI || error == 0 ? "" : spng_strerror(error);
}

} // namespace neural_style::cli
