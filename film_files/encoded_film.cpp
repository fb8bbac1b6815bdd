// SPDX-License-Identifier: GPL-3.0-or-later
// Films through FFmpeg: BT.709 in limited range, tagged, or RGB where nothing is to be lost.
#include "film_sink.hpp"
#include "libav.hpp"

#include <neural_style/formatted.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <optional>
#include <string_view>

extern "C" {
#include <libavutil/opt.h>
}

namespace neural_style::film_files {
namespace {

struct Way {
    std::string_view kind;
    const char* muxer;
    const char* encoder;
    std::array<const char*, 6> options; ///< names and values
};

constexpr std::array ways{
    Way{"mp4", "mp4", "libx264", {"crf", "17", "preset", "medium"}},
    Way{"mov", "mov", "libx264", {"crf", "17", "preset", "medium"}},
    Way{"mkv", "matroska", "libx264", {"crf", "17", "preset", "medium"}},
    Way{"webm", "webm", "libvpx-vp9", {"crf", "24", "cpu-used", "4", "row-mt", "1"}},
    Way{"apng", "apng", "apng", {}},
};
constexpr Way lossless{"mkv", "matroska", "ffv1", {"level", "3", "slicecrc", "1"}};

const Way& way_of(const FilmOrder& order) {
    if (order.lossless)
        return lossless;
    const auto found = std::ranges::find(ways, std::string_view(order.kind), &Way::kind);
    if (found == ways.end())
        throw Refused{{FilmReason::no_encoder, order.kind}};
    return *found;
}

void checked(int result) {
    if (result == AVERROR(ENOMEM))
        throw std::bad_alloc();
    if (result < 0)
        throw Refused{{FilmReason::not_written, words_for(result)}};
}

/// Sound and subtitles of the source on their way to the new film, a packet at a time.
class CopiedStreams {
  public:
    /// Adds those to the film that fit into it.
    CopiedStreams(const FilmOrder& order, AVFormatContext& film, std::vector<FilmRemark>& remarks)
        : io_(io_of(source_descriptor, Access::read)),
          source_(opened_film(io_.get())), tick_{order.film.tick.numerator, order.film.tick.denominator},
          start_(order.film.start), end_(order.end) {
        for (AVStream* const from : std::span(source_->streams, source_->nb_streams)) {
            const AVMediaType type = from->codecpar->codec_type;
            const bool wanted = type == AVMEDIA_TYPE_AUDIO || type == AVMEDIA_TYPE_SUBTITLE;
            if (wanted &&
                avformat_query_codec(film.oformat, from->codecpar->codec_id, FF_COMPLIANCE_NORMAL) == 1) {
                AVStream* const to = avformat_new_stream(&film, nullptr);
                if (!to || avcodec_parameters_copy(to->codecpar, from->codecpar) < 0)
                    throw std::bad_alloc();
                to->codecpar->codec_tag = 0;
                to->time_base = from->time_base;
                to->disposition = from->disposition;
                av_dict_copy(&to->metadata, from->metadata, 0);
                streams_[from->index] = to;
                continue;
            }
            from->discard = AVDISCARD_ALL;
            if (wanted)
                remarks.push_back({FilmNote::left_out, avcodec_get_name(from->codecpar->codec_id)});
        }
        done_ = streams_.empty();
        av_dict_copy(&film.metadata, source_->metadata, 0);
    }

    /// Writes what begins before that time of the new film, in the order's ticks.
    void write_until(std::int64_t time, AVFormatContext& film) {
        while (!done_) {
            if (!waiting_ && !read())
                return;
            if (at_ >= time)
                return;
            waiting_ = false;
            const AVStream& to = *streams_.at(packet_->stream_index);
            const AVRational from = source_->streams[packet_->stream_index]->time_base;
            const std::int64_t shift = av_rescale_q(start_, tick_, from);
            for (std::int64_t* const stamp : {&packet_->pts, &packet_->dts})
                if (*stamp != AV_NOPTS_VALUE)
                    *stamp -= shift;
            av_packet_rescale_ts(packet_.get(), from, to.time_base);
            packet_->stream_index = to.index;
            packet_->pos = -1;
            checked(av_interleaved_write_frame(&film, packet_.get()));
        }
    }

  private:
    /// The next packet of the part.
    bool read() {
        for (;;) {
            av_packet_unref(packet_.get());
            if (av_read_frame(source_.get(), packet_.get()) < 0)
                break;
            if (!streams_.contains(packet_->stream_index))
                continue;
            const auto stamp = packet_->dts != AV_NOPTS_VALUE ? packet_->dts : packet_->pts;
            const AVRational from = source_->streams[packet_->stream_index]->time_base;
            const auto time = stamp == AV_NOPTS_VALUE ? start_ : av_rescale_q(stamp, from, tick_);
            // What precedes a film's beginning primes its decoders; a part has no such thing.
            if (end_ > 0 && time < start_)
                continue;
            if (end_ > 0 && time >= end_)
                continue; // other streams may not be there yet
            at_ = time - start_;
            return waiting_ = true;
        }
        done_ = true;
        return false;
    }

    Io io_;
    Input source_;
    AVRational tick_;
    std::int64_t start_, end_;
    std::map<int, AVStream*> streams_; ///< of the film, by their numbers in the source
    Packet packet_ = present(Packet(av_packet_alloc()));
    bool waiting_ = false, done_ = false;
    std::int64_t at_ = 0; ///< of the packet that waits, in the new film
};

class EncodedFilm : public FilmSink {
  public:
    explicit EncodedFilm(FilmOrder order);
    void add(std::span<const std::byte> rows) override;
    std::vector<FilmRemark> end() override;

  private:
    bool is_rgb() const { return way_.encoder == lossless.encoder || order_.kind == "apng"; }
    AVPixelFormat stored_format() const;
    void open_encoder(const AVCodec& codec);
    void make_scaler();
    void encode(const AVFrame* frame);

    FilmOrder order_;
    const Way& way_;
    AVRational tick_;
    int width_, height_; ///< as stored
    Io io_;
    Output film_;
    Codec encoder_;
    AVStream* stream_ = nullptr;
    Scaler scaler_;
    Packet packet_ = present(Packet(av_packet_alloc()));
    std::optional<CopiedStreams> copied_;
    std::vector<FilmRemark> remarks_;
    std::vector<std::byte> padded_;
    std::size_t next_ = 0;
};

AVPixelFormat EncodedFilm::stored_format() const {
    const bool deep = order_.film.sample == Sample::u16, alpha = order_.film.channels == 4;
    if (order_.kind == "apng")
        return deep ? (alpha ? AV_PIX_FMT_RGBA64BE : AV_PIX_FMT_RGB48BE)
                    : (alpha ? AV_PIX_FMT_RGBA : AV_PIX_FMT_RGB24);
    if (order_.lossless)
        return deep ? (alpha ? AV_PIX_FMT_RGBA64 : AV_PIX_FMT_GBRP16)
                    : (alpha ? AV_PIX_FMT_RGB32 : AV_PIX_FMT_0RGB32);
    return AV_PIX_FMT_YUV420P;
}

EncodedFilm::EncodedFilm(FilmOrder order)
    : order_(std::move(order)),
      way_(way_of(order_)), tick_{order_.film.tick.numerator, order_.film.tick.denominator},
      width_(order_.film.width), height_(order_.film.height), io_(io_of(film_descriptor, Access::write)) {
    const AVCodec* const codec = avcodec_find_encoder_by_name(way_.encoder);
    if (!codec)
        throw Refused{{FilmReason::no_encoder, way_.encoder}};
    if (!is_rgb()) {
        width_ += width_ % 2;
        height_ += height_ % 2;
        if (width_ != order_.film.width || height_ != order_.film.height)
            remarks_.push_back({FilmNote::padded});
        if (order_.film.sample == Sample::u16)
            remarks_.push_back({FilmNote::rounded_to_8_bits});
    }
    AVFormatContext* film = nullptr;
    checked(avformat_alloc_output_context2(&film, nullptr, way_.muxer, nullptr));
    film_.reset(film);
    film->pb = io_.get();
    film->flags |= AVFMT_FLAG_BITEXACT; // the same frames are the same file
    open_encoder(*codec);
    stream_ = avformat_new_stream(film, nullptr);
    if (!stream_)
        throw std::bad_alloc();
    checked(avcodec_parameters_from_context(stream_->codecpar, encoder_.get()));
    stream_->time_base = tick_;
    stream_->sample_aspect_ratio = encoder_->sample_aspect_ratio;
    if (order_.copies)
        copied_.emplace(order_, *film, remarks_);
    AVDictionary* options = nullptr;
    if (order_.kind == "apng") {
        av_dict_set(&options, "plays", "0", 0); // for ever
        // Or the last frame is shown as long as the one before.
        const auto last = order_.film.frames.back().duration * tick_.num;
        av_dict_set(&options, "final_delay", formatted("{}/{}", last, tick_.den).c_str(), 0);
    }
    const int written = avformat_write_header(film, &options);
    av_dict_free(&options);
    checked(written);
    make_scaler();
}

void EncodedFilm::open_encoder(const AVCodec& codec) {
    encoder_ = present(Codec(avcodec_alloc_context3(&codec)));
    encoder_->width = width_;
    encoder_->height = height_;
    encoder_->pix_fmt = stored_format();
    encoder_->time_base = tick_;
    encoder_->sample_aspect_ratio = {order_.film.pixel.numerator, order_.film.pixel.denominator};
    encoder_->color_primaries = AVCOL_PRI_BT709;
    encoder_->color_trc = is_rgb() ? AVCOL_TRC_IEC61966_2_1 : AVCOL_TRC_BT709;
    encoder_->colorspace = is_rgb() ? AVCOL_SPC_RGB : AVCOL_SPC_BT709;
    encoder_->color_range = is_rgb() ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
    encoder_->chroma_sample_location = is_rgb() ? AVCHROMA_LOC_UNSPECIFIED : AVCHROMA_LOC_LEFT;
    if (codec.capabilities & AV_CODEC_CAP_ENCODER_REORDERED_OPAQUE || codec.id == AV_CODEC_ID_H264)
        encoder_->flags |= AV_CODEC_FLAG_FRAME_DURATION;
    if (film_->oformat->flags & AVFMT_GLOBALHEADER)
        encoder_->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    // MP4 tells how long a film is by distances in the order of decoding, which is not the order of showing
    // where there are B-frames.
    const auto [least, most] = std::ranges::minmax(order_.film.frames, {}, &FrameTime::duration);
    if (most.duration - least.duration > 1)
        encoder_->max_b_frames = 0;
    // Rate control and players' buffers want to know about how many frames there are a second.
    const auto& times = order_.film.frames;
    const auto whole = times.back().begin + times.back().duration - times.front().begin;
    AVRational rate{25, 1};
    if (whole > 0)
        av_reduce(&rate.num, &rate.den, std::int64_t(times.size()) * tick_.den, whole * tick_.num, 60000);
    encoder_->framerate = rate;
    AVDictionary* options = nullptr;
    for (std::size_t i = 0; i + 1 < way_.options.size() && way_.options[i]; i += 2)
        av_dict_set(&options, way_.options[i], way_.options[i + 1], 0);
    const int opened = avcodec_open2(encoder_.get(), &codec, &options);
    av_dict_free(&options);
    checked(opened);
}

void EncodedFilm::make_scaler() {
    const bool alpha = order_.film.channels == 4;
    const auto from = order_.film.sample == Sample::u8 ? (alpha ? AV_PIX_FMT_RGBA : AV_PIX_FMT_RGB24)
                                                       : (alpha ? AV_PIX_FMT_RGBA64 : AV_PIX_FMT_RGB48);
    scaler_ = present(Scaler(sws_alloc_context()));
    const auto set = [&](const char* name, int value) { av_opt_set_int(scaler_.get(), name, value, 0); };
    set("srcw", width_);
    set("srch", height_);
    set("src_format", from);
    set("dstw", width_);
    set("dsth", height_);
    set("dst_format", encoder_->pix_fmt);
    set("sws_flags", SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INP | SWS_BITEXACT);
    if (!is_rgb()) { // to the left, in the middle between rows, in 256ths of a pixel
        set("dst_h_chr_pos", 0);
        set("dst_v_chr_pos", 128);
    }
    checked(sws_init_context(scaler_.get(), nullptr, nullptr));
    if (!is_rgb()) // see frame_pixels.cpp
        sws_setColorspaceDetails(scaler_.get(), sws_getCoefficients(SWS_CS_DEFAULT), 1,
                                 sws_getCoefficients(SWS_CS_ITU709), 0, 0, 1 << 16, 1 << 16);
}

void EncodedFilm::add(std::span<const std::byte> rows) {
    const FilmHead& film = order_.film;
    const std::size_t pixel = std::size_t(film.channels) * sample_bytes(film.sample);
    const std::size_t row = std::size_t(film.width) * pixel, to_row = std::size_t(width_) * pixel;
    const std::byte* pixels = rows.data();
    if (width_ != film.width || height_ != film.height) {
        padded_.resize(to_row * std::size_t(height_));
        for (int y = 0; y < height_; ++y) {
            const std::byte* const from = pixels + std::size_t(std::min(y, film.height - 1)) * row;
            std::byte* const to = padded_.data() + std::size_t(y) * to_row;
            std::memcpy(to, from, row);
            if (to_row > row)
                std::memcpy(to + row, from + row - pixel, pixel);
        }
        pixels = padded_.data();
    }
    // Encoders keep what they are given.
    const Picture frame = present(Picture(av_frame_alloc()));
    frame->format = encoder_->pix_fmt;
    frame->width = width_;
    frame->height = height_;
    checked(av_frame_get_buffer(frame.get(), 0));
    const std::uint8_t* const from[4] = {reinterpret_cast<const std::uint8_t*>(pixels)};
    const int stride[4] = {int(to_row)};
    checked(sws_scale(scaler_.get(), from, stride, 0, height_, frame->data, frame->linesize));
    const auto& [begin, duration] = film.frames.at(next_++);
    frame->pts = begin;
    frame->duration = duration;
    frame->sample_aspect_ratio = encoder_->sample_aspect_ratio;
    frame->color_primaries = encoder_->color_primaries;
    frame->color_trc = encoder_->color_trc;
    frame->colorspace = encoder_->colorspace;
    frame->color_range = encoder_->color_range;
    encode(frame.get());
    if (copied_)
        copied_->write_until(begin + duration, *film_);
}

void EncodedFilm::encode(const AVFrame* frame) {
    checked(avcodec_send_frame(encoder_.get(), frame));
    for (;;) {
        const int received = avcodec_receive_packet(encoder_.get(), packet_.get());
        if (received == AVERROR(EAGAIN) || received == AVERROR_EOF)
            return;
        checked(received);
        if (packet_->duration == 0) { // its frame's
            const auto time =
                std::ranges::lower_bound(order_.film.frames, packet_->pts, {}, &FrameTime::begin);
            if (time != order_.film.frames.end() && time->begin == packet_->pts)
                packet_->duration = time->duration;
        }
        av_packet_rescale_ts(packet_.get(), tick_, stream_->time_base);
        packet_->stream_index = stream_->index;
        checked(av_interleaved_write_frame(film_.get(), packet_.get()));
    }
}

std::vector<FilmRemark> EncodedFilm::end() {
    encode(nullptr);
    if (copied_)
        copied_->write_until(INT64_MAX, *film_);
    checked(av_write_trailer(film_.get()));
    avio_flush(io_.get());
    checked(io_->error);
    if (order_.kind == "apng" && order_.film.pixel != Ratio{1, 1})
        remarks_.push_back({FilmNote::square_pixels});
    return remarks_;
}

} // namespace

std::unique_ptr<FilmSink> encoded_film(FilmOrder order) {
    return std::make_unique<EncodedFilm>(std::move(order));
}

} // namespace neural_style::film_files
