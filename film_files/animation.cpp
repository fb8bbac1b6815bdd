// SPDX-License-Identifier: GPL-3.0-or-later
// Animated GIF and WebP through libvips, which composes their frames, keeps every delay and finds good
// palettes. To it, an animation is one picture with the frames below each other.
#include "film_sink.hpp"
#include "film_source.hpp"
#include "libav.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>
#include <vips/vips.h>

namespace neural_style::film_files {
namespace {

/// Of all frames.
constexpr std::uint64_t most_bytes = std::uint64_t(3) << 29;
/// In milliseconds: what players take instead of none.
constexpr int usual_delay = 100;

struct Unref {
    void operator()(void* object) const { g_object_unref(object); }
};
using Vips = std::unique_ptr<VipsImage, Unref>;
using Pixels = std::unique_ptr<void, decltype(&g_free)>;

class DecodedAnimation : public FilmSource {
  public:
    explicit DecodedAnimation(const SourceWish& wish);

    const FilmHead& head() const override { return head_; }
    std::span<const std::byte> frame(std::size_t number) override {
        return std::span(static_cast<const std::byte*>(pixels_.get()),
                         head_.frames.size() * head_.frame_bytes())
            .subspan(number * head_.frame_bytes(), head_.frame_bytes());
    }

  private:
    /// Every GIF can be transparent, few are.
    void drop_opaque_alpha(std::size_t count);

    FilmHead head_;
    Pixels pixels_{nullptr, g_free};
};

DecodedAnimation::DecodedAnimation(const SourceWish& wish) {
    const std::string path = "/proc/self/fd/" + std::to_string(wish.descriptor);
    const Vips file(
        vips_image_new_from_file(path.c_str(), "n", -1, "access", VIPS_ACCESS_SEQUENTIAL, nullptr));
    if (!file)
        throw Refused{{FilmReason::damaged}};
    const int pages = vips_image_get_n_pages(file.get());
    if (pages < 2 || vips_image_get_page_height(file.get()) * pages != vips_image_get_height(file.get()))
        throw Refused{{FilmReason::a_picture}};
    if (std::uint64_t(file->Xsize) * std::uint64_t(file->Ysize) * 4 > most_bytes)
        throw Refused{{FilmReason::too_long}};
    VipsImage* colored = nullptr;
    if (vips_colourspace(file.get(), &colored, VIPS_INTERPRETATION_sRGB, nullptr) != 0)
        throw Refused{{FilmReason::damaged}};
    const Vips srgb(colored);
    head_.kind = "animation";
    head_.width = srgb->Xsize;
    head_.height = srgb->Ysize / pages;
    head_.channels = srgb->Bands;
    const int* delays = nullptr;
    int count = 0;
    if (vips_image_get_array_int(file.get(), "delay", const_cast<int**>(&delays), &count) != 0)
        count = 0;
    std::int64_t at = 0;
    const std::size_t most = std::min(wish.most_frames, std::size_t(pages));
    for (std::size_t i = 0; i < most; ++i) {
        const int delay = i < std::size_t(count) && delays[i] > 0 ? delays[i] : usual_delay;
        head_.frames.push_back({at, delay});
        at += delay;
    }
    std::size_t size = 0;
    pixels_.reset(vips_image_write_to_memory(srgb.get(), &size));
    if (!pixels_ || srgb->BandFmt != VIPS_FORMAT_UCHAR || size < head_.frames.size() * head_.frame_bytes())
        throw Refused{{FilmReason::damaged}};
    drop_opaque_alpha(std::size_t(head_.width) * std::size_t(srgb->Ysize));
    if (wish.looked)
        wish.looked(head_.frames.size());
}

void DecodedAnimation::drop_opaque_alpha(std::size_t count) {
    if (head_.channels != 4)
        return;
    auto* const pixels = static_cast<std::uint8_t*>(pixels_.get());
    for (std::size_t i = 0; i < count; ++i)
        if (pixels[i * 4 + 3] != 255)
            return;
    for (std::size_t i = 0; i < count; ++i)
        std::memmove(pixels + i * 3, pixels + i * 4, 3);
    head_.channels = 3;
}

class EncodedAnimation : public FilmSink {
  public:
    explicit EncodedAnimation(FilmOrder order) : order_(std::move(order)) {
        const std::uint64_t bytes = order_.film.frame_bytes() / sample_bytes(order_.film.sample) *
                                    std::uint64_t(order_.film.frames.size());
        if (bytes > most_bytes)
            throw Refused{{FilmReason::too_long}};
        pixels_.reserve(bytes);
    }
    void add(std::span<const std::byte> rows) override {
        const Bytes in_8_bits =
            order_.film.sample == Sample::u8 ? Bytes() : pack(unpack(rows, order_.film.sample), Sample::u8);
        if (!in_8_bits.empty())
            rows = in_8_bits;
        pixels_.insert(pixels_.end(), rows.begin(), rows.end());
    }
    std::vector<FilmRemark> end() override;

  private:
    FilmOrder order_;
    std::vector<std::byte> pixels_;
};

std::vector<FilmRemark> EncodedAnimation::end() {
    const FilmHead& film = order_.film;
    const Vips picture(vips_image_new_from_memory(pixels_.data(), pixels_.size(), film.width,
                                                  film.height * int(film.frames.size()), film.channels,
                                                  VIPS_FORMAT_UCHAR));
    if (!picture)
        throw std::bad_alloc();
    picture->Type = VIPS_INTERPRETATION_sRGB;
    // Delays are whole milliseconds: rounding the times keeps their sum.
    const auto milliseconds = [&](std::int64_t ticks) {
        return int(av_rescale_q(ticks, {film.tick.numerator, film.tick.denominator}, {1, 1000}));
    };
    std::vector<int> delays;
    for (const auto& [begin, duration] : film.frames)
        delays.push_back(std::max(milliseconds(begin + duration) - milliseconds(begin), 1));
    vips_image_set_array_int(picture.get(), "delay", delays.data(), int(delays.size()));
    vips_image_set_int(picture.get(), "loop", 0);
    vips_image_set_int(picture.get(), "page-height", film.height);
    void* bytes = nullptr;
    std::size_t size = 0;
    const bool gif = order_.kind == "gif";
    const int failed =
        gif ? vips_gifsave_buffer(picture.get(), &bytes, &size, nullptr)
            : vips_webpsave_buffer(picture.get(), &bytes, &size, "Q", 90, "mixed", TRUE, nullptr);
    if (failed != 0)
        throw Refused{{FilmReason::no_encoder, order_.kind}};
    const Pixels file(bytes, g_free);
    if (!send_all(film_descriptor, std::span(static_cast<const std::byte*>(bytes), size)))
        throw Refused{{FilmReason::not_written, words_for(AVERROR(errno))}};
    std::vector<FilmRemark> remarks;
    if (film.pixel != Ratio{1, 1})
        remarks.push_back({FilmNote::square_pixels});
    if (film.sample == Sample::u16)
        remarks.push_back({FilmNote::rounded_to_8_bits});
    return remarks;
}

} // namespace

std::unique_ptr<FilmSource> decoded_animation(const SourceWish& wish) {
    return std::make_unique<DecodedAnimation>(wish);
}

std::unique_ptr<FilmSink> encoded_animation(FilmOrder order) {
    return std::make_unique<EncodedAnimation>(std::move(order));
}

} // namespace neural_style::film_files
