// SPDX-License-Identifier: GPL-3.0-or-later
#include "frame_pixels.hpp"

#include <cstring>

extern "C" {
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
}

namespace neural_style::film_files {
namespace {

bool is_rgb(const AVFrame& frame) {
    const auto* const format = av_pix_fmt_desc_get(AVPixelFormat(frame.format));
    return format->flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL);
}

/// By the numbers of ITU-T H.273, which are swscale's, too.
int matrix_of(const AVFrame& frame) {
    if (frame.colorspace != AVCOL_SPC_UNSPECIFIED && frame.colorspace != AVCOL_SPC_RGB)
        return frame.colorspace;
    return frame.width >= 1280 || frame.height > 576 ? SWS_CS_ITU709 : SWS_CS_ITU601;
}

reader::HighRange range_of(const AVFrame& frame) {
    return frame.color_trc == AVCOL_TRC_SMPTE2084      ? reader::HighRange::pq
           : frame.color_trc == AVCOL_TRC_ARIB_STD_B67 ? reader::HighRange::hlg
                                                       : reader::HighRange::none;
}

const reader::Primaries& primaries_of(const AVFrame& frame) {
    if (frame.color_primaries == AVCOL_PRI_BT2020)
        return reader::bt2020_primaries;
    if (frame.color_primaries == AVCOL_PRI_SMPTE432)
        return reader::display_p3_primaries;
    // Those of BT.601 differ by less than what players care about.
    return range_of(frame) == reader::HighRange::none ? reader::srgb_primaries : reader::bt2020_primaries;
}

} // namespace

Turn Turn::of(const std::int32_t* matrix) {
    const auto sign = [](std::int32_t value) { return value > 0x8000 ? 1 : value < -0x8000 ? -1 : 0; };
    const Turn turn{.right_x = sign(matrix[0]),
                    .right_y = sign(matrix[3]),
                    .down_x = sign(matrix[1]),
                    .down_y = sign(matrix[4])};
    const bool straight = turn.right_x && turn.down_y && !turn.right_y && !turn.down_x;
    const bool quarter = turn.right_y && turn.down_x && !turn.right_x && !turn.down_y;
    return straight || quarter ? turn : Turn{};
}

FramePixels::FramePixels(const AVFrame& first, Turn turn)
    : turn_(turn), width_(first.width), height_(first.height) {
    const auto* const format = av_pix_fmt_desc_get(AVPixelFormat(first.format));
    channels_ = format->flags & AV_PIX_FMT_FLAG_ALPHA ? 4 : 3;
    sample_ = format->comp[0].depth > 8 ? Sample::u16 : Sample::u8;
    const auto range = range_of(first);
    const auto& primaries = primaries_of(first);
    if (range != reader::HighRange::none || &primaries != &reader::srgb_primaries)
        tones_.emplace(range, primaries, sample_, channels_ == 4);
}

void FramePixels::set_up(const AVFrame& frame) {
    const bool full = frame.color_range == AVCOL_RANGE_JPEG;
    const std::array<int, 5> from{frame.width, frame.height, frame.format, matrix_of(frame), int(full)};
    if (scaler_ && from == scaled_from_)
        return;
    scaled_from_ = from;
    const auto to = sample_ == Sample::u8 ? (channels_ == 4 ? AV_PIX_FMT_RGBA : AV_PIX_FMT_RGB24)
                                          : (channels_ == 4 ? AV_PIX_FMT_RGBA64 : AV_PIX_FMT_RGB48);
    constexpr int exact = SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT | SWS_BITEXACT;
    scaler_ = present(Scaler(sws_alloc_context()));
    const auto set = [&](const char* name, int value) { av_opt_set_int(scaler_.get(), name, value, 0); };
    set("srcw", frame.width);
    set("srch", frame.height);
    set("src_format", frame.format);
    set("dstw", width_);
    set("dsth", height_);
    set("dst_format", to);
    set("sws_flags", exact);
    if (sws_init_context(scaler_.get(), nullptr, nullptr) < 0)
        throw Refused{{FilmReason::no_decoder, av_get_pix_fmt_name(AVPixelFormat(frame.format))}};
    // Between two kinds of RGB there is nothing to set, and what is set makes swscale go by way of Y'CbCr.
    if (!is_rgb(frame))
        sws_setColorspaceDetails(scaler_.get(), sws_getCoefficients(matrix_of(frame)), full,
                                 sws_getCoefficients(SWS_CS_DEFAULT), 1, 0, 1 << 16, 1 << 16);
}

std::span<const std::byte> FramePixels::of(const AVFrame& frame) {
    set_up(frame);
    const std::size_t pixel = std::size_t(channels_) * sample_bytes(sample_);
    const std::size_t row = std::size_t(width_) * pixel;
    // swscale writes whole vectors, also beyond the last row.
    constexpr std::size_t vector = 64;
    stored_.resize(row * std::size_t(height_) + vector);
    auto* const planes = reinterpret_cast<std::uint8_t*>(stored_.data());
    std::uint8_t* const to[4] = {planes};
    const int strides[4] = {int(row)};
    if (sws_scale(scaler_.get(), frame.data, frame.linesize, 0, frame.height, to, strides) < 0)
        throw std::bad_alloc();
    if (tones_)
        for (int y = 0; y < height_; ++y) {
            std::byte* const pixels = stored_.data() + std::size_t(y) * row;
            tones_->row(pixels, pixels, std::size_t(width_));
        }
    const std::span stored(stored_.data(), row * std::size_t(height_));
    if (turn_.none())
        return stored;
    turned_.resize(stored.size());
    const int left = turn_.right_x < 0 || turn_.right_y < 0 ? width() - 1 : 0;
    const int top = turn_.down_x < 0 || turn_.down_y < 0 ? height() - 1 : 0;
    const std::byte* from = stored.data();
    for (int y = 0; y < height_; ++y)
        for (int x = 0; x < width_; ++x, from += pixel) {
            const int right = left + turn_.right_x * x + turn_.right_y * y;
            const int down = top + turn_.down_x * x + turn_.down_y * y;
            std::memcpy(turned_.data() +
                            (std::size_t(down) * std::size_t(width()) + std::size_t(right)) * pixel,
                        from, pixel);
        }
    return turned_;
}

std::vector<FilmRemark> FramePixels::remarks(const AVFrame& frame) {
    std::vector<FilmRemark> remarks;
    if (const auto range = range_of(frame); range != reader::HighRange::none)
        remarks.push_back({FilmNote::tone_mapped, range == reader::HighRange::pq ? "PQ" : "HLG"});
    const auto* const format = av_pix_fmt_desc_get(AVPixelFormat(frame.format));
    if (!is_rgb(frame) && format->nb_components >= 3 && frame.colorspace == AVCOL_SPC_UNSPECIFIED)
        remarks.push_back({FilmNote::untagged, matrix_of(frame) == SWS_CS_ITU709 ? "BT.709" : "BT.601"});
    if (frame.flags & AV_FRAME_FLAG_INTERLACED)
        remarks.push_back({FilmNote::interlaced});
    return remarks;
}

} // namespace neural_style::film_files
