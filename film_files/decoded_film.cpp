// SPDX-License-Identifier: GPL-3.0-or-later
// Films through FFmpeg. A decoder goes on from where it is, or begins at a key frame before the frame that is
// wanted; what it decodes on the way is kept, so that going backwards costs one run through a group of
// pictures for each time that the memory for them is full.
#include "film_source.hpp"
#include "frame_pixels.hpp"
#include "limits.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <string_view>
#include <unordered_map>

extern "C" {
#include <libavutil/display.h>
#include <libavutil/imgutils.h>
}

namespace neural_style::film_files {
namespace {

/// Of decoded frames: 1.4 s of 1080p at 60 a second.
constexpr std::size_t most_kept_bytes = 256 << 20;
/// Frames that are rather decoded than skipped by going to a key frame.
constexpr std::size_t near = 48;

/// What has frames and is no film: FFmpeg shows texts, too.
bool is_text(std::string_view format) {
    constexpr std::array<std::string_view, 5> texts{"tty", "bin", "xbin", "adf", "idf"};
    return std::ranges::find(texts, format) != texts.end();
}

bool is_cover(const AVStream& stream) {
    return stream.disposition & (AV_DISPOSITION_ATTACHED_PIC | AV_DISPOSITION_TIMED_THUMBNAILS);
}

class DecodedFilm : public FilmSource {
  public:
    explicit DecodedFilm(const SourceWish& wish) : descriptor_(wish.descriptor) {
        open();
        look(wish);
        next_.reset();
    }

    const FilmHead& head() const override { return head_; }
    std::span<const std::byte> frame(std::size_t number) override;

  private:
    struct Kept {
        std::size_t number;
        Picture picture;
    };

    void open();
    void look(const SourceWish& wish);
    void set_times(const std::vector<std::int64_t>& durations);
    /// The next one in the order in which they are shown; false: there is none.
    bool decode();
    bool seek(std::size_t number);
    const AVFrame* kept(std::size_t number) const;
    bool decode_until(std::size_t number);
    void keep(std::size_t number);

    const AVStream& stream() const { return *input_->streams[stream_]; }

    int descriptor_;
    Io io_;
    Input input_;
    int stream_ = -1;
    Codec decoder_;
    Packet packet_ = present(Packet(av_packet_alloc()));
    Picture picture_ = present(Picture(av_frame_alloc()));
    std::optional<FramePixels> pixels_;
    FilmHead head_;
    std::size_t lost_ = 0;
    std::vector<std::int64_t> stamps_;                         ///< of the frames, as the file has them
    std::unordered_map<std::int64_t, std::size_t> by_stamp_{}; ///< empty: they do not tell the frames apart
    std::optional<std::size_t> next_; ///< that the decoder gives; nothing: it does not stand anywhere
    std::deque<Kept> kept_;
    std::size_t kept_bytes_ = 0;
};

void DecodedFilm::open() {
    decoder_.reset();
    input_.reset();
    io_ = io_of(descriptor_, Access::read);
    input_ = opened_film(io_.get());
    if (is_text(input_->iformat->name))
        throw Refused{{FilmReason::not_a_film}};
    const std::span streams(input_->streams, input_->nb_streams);
    const auto has = [&](AVMediaType type) {
        return std::ranges::any_of(streams,
                                   [&](const AVStream* one) { return one->codecpar->codec_type == type; });
    };
    for (AVStream* const one : streams)
        if (is_cover(*one))
            one->discard = AVDISCARD_ALL;
    const AVCodec* codec = nullptr;
    stream_ = av_find_best_stream(input_.get(), AVMEDIA_TYPE_VIDEO, -1, -1, &codec, 0);
    if (stream_ == AVERROR_DECODER_NOT_FOUND) {
        const int found = av_find_best_stream(input_.get(), AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
        throw Refused{
            {FilmReason::no_decoder, avcodec_get_name(streams[std::size_t(found)]->codecpar->codec_id)}};
    }
    if (stream_ < 0 || is_cover(stream()))
        throw Refused{{has(AVMEDIA_TYPE_AUDIO) ? FilmReason::only_sound : FilmReason::not_a_film}};
    for (AVStream* const one : streams)
        if (one->index != stream_)
            one->discard = AVDISCARD_ALL;
    const AVCodecParameters& parameters = *stream().codecpar;
    if (parameters.codec_tag == MKTAG('e', 'n', 'c', 'v'))
        throw Refused{{FilmReason::encrypted}};
    if (std::uint64_t(parameters.width) * std::uint64_t(parameters.height) > reader::largest_picture)
        throw Refused{{FilmReason::too_large,
                       std::to_string(parameters.width) + " x " + std::to_string(parameters.height)}};
    decoder_ = present(Codec(avcodec_alloc_context3(codec)));
    if (avcodec_parameters_to_context(decoder_.get(), &parameters) < 0)
        throw std::bad_alloc();
    decoder_->pkt_timebase = stream().time_base;
    decoder_->thread_count = 1; // painting needs the others
    if (avcodec_open2(decoder_.get(), codec, nullptr) < 0)
        throw Refused{{FilmReason::no_decoder, codec->name}};
    next_ = 0;
}

bool DecodedFilm::decode() {
    for (;;) {
        reader::grant_time();
        const int received = avcodec_receive_frame(decoder_.get(), picture_.get());
        if (received == 0)
            return true;
        if (received == AVERROR_EOF)
            return false;
        if (received == AVERROR(ENOMEM))
            throw std::bad_alloc();
        if (received != AVERROR(EAGAIN))
            ++lost_;
        if (av_read_frame(input_.get(), packet_.get()) < 0) {
            avcodec_send_packet(decoder_.get(), nullptr);
            continue;
        }
        if (packet_->stream_index == stream_) {
            if (av_packet_get_side_data(packet_.get(), AV_PKT_DATA_ENCRYPTION_INFO, nullptr))
                throw Refused{{FilmReason::encrypted}};
            const int sent = avcodec_send_packet(decoder_.get(), packet_.get());
            if (sent == AVERROR(ENOMEM))
                throw std::bad_alloc();
            lost_ += sent < 0;
        }
        av_packet_unref(packet_.get());
    }
}

void DecodedFilm::look(const SourceWish& wish) {
    std::vector<std::int64_t> durations;
    std::size_t other_sizes = 0, damaged = 0;
    int width = 0, height = 0; // of the first
    while (stamps_.size() < wish.most_frames && decode()) {
        const AVFrame& frame = *picture_;
        if (!pixels_) {
            const auto* const matrix =
                av_packet_side_data_get(stream().codecpar->coded_side_data,
                                        stream().codecpar->nb_coded_side_data, AV_PKT_DATA_DISPLAYMATRIX);
            pixels_.emplace(frame,
                            matrix ? Turn::of(reinterpret_cast<const std::int32_t*>(matrix->data)) : Turn{});
            width = frame.width;
            height = frame.height;
            head_.kind = input_->iformat->name;
            head_.width = pixels_->width();
            head_.height = pixels_->height();
            head_.channels = pixels_->channels();
            head_.sample = pixels_->sample();
            head_.notes = FramePixels::remarks(frame);
            const AVRational pixel =
                av_guess_sample_aspect_ratio(input_.get(), input_->streams[stream_], picture_.get());
            if (pixel.num > 0 && pixel.den > 0)
                head_.pixel =
                    head_.width == frame.width ? Ratio{pixel.num, pixel.den} : Ratio{pixel.den, pixel.num};
        }
        stamps_.push_back(frame.best_effort_timestamp);
        durations.push_back(frame.duration);
        other_sizes += frame.width != width || frame.height != height;
        damaged += (frame.flags & AV_FRAME_FLAG_CORRUPT) != 0 || frame.decode_error_flags != 0;
        if (wish.looked)
            wish.looked(stamps_.size());
    }
    if (stamps_.empty())
        throw Refused{{FilmReason::damaged}};
    const std::string_view kind = head_.kind;
    if (stamps_.size() == 1 && wish.most_frames > 1 &&
        (kind.ends_with("_pipe") || kind == "image2" || kind == "apng"))
        throw Refused{{FilmReason::a_picture}};
    const auto note = [&](FilmNote what, std::size_t times) {
        if (times > 0)
            head_.notes.push_back({what, std::to_string(times)});
    };
    note(FilmNote::lost_frames, lost_);
    note(FilmNote::damaged_frames, damaged);
    note(FilmNote::other_sizes, other_sizes);
    set_times(durations);
}

void DecodedFilm::set_times(const std::vector<std::int64_t>& durations) {
    const AVRational rate = av_guess_frame_rate(input_.get(), input_->streams[stream_], nullptr);
    const bool known = rate.num > 0 && rate.den > 0;
    if (std::ranges::find(stamps_, AV_NOPTS_VALUE) != stamps_.end()) {
        head_.notes.push_back({FilmNote::no_times});
        head_.tick = known ? Ratio{rate.den, rate.num} : Ratio{1, 25};
        for (std::size_t i = 0; i < stamps_.size(); ++i)
            head_.frames.push_back({std::int64_t(i), 1});
        return;
    }
    const AVRational tick = stream().time_base;
    head_.tick = {tick.num, tick.den};
    if (input_->start_time != AV_NOPTS_VALUE && input_->start_time > 0)
        head_.start = av_rescale_q(input_->start_time, AV_TIME_BASE_Q, tick);
    std::size_t repaired = 0;
    for (std::size_t i = 0; i < stamps_.size(); ++i) {
        by_stamp_.emplace(stamps_[i], i);
        auto begin = stamps_[i];
        if (i > 0 && begin <= head_.frames.back().begin) {
            ++repaired;
            begin = head_.frames.back().begin + 1;
        }
        head_.frames.push_back({begin, 0});
    }
    if (by_stamp_.size() != stamps_.size())
        by_stamp_.clear();
    if (repaired > 0)
        head_.notes.push_back({FilmNote::repaired_times, std::to_string(repaired)});
    auto& times = head_.frames;
    for (std::size_t i = 0; i + 1 < times.size(); ++i)
        times[i].duration = times[i + 1].begin - times[i].begin;
    const auto mean = times.size() > 1
                          ? (times.back().begin - times.front().begin) / std::int64_t(times.size() - 1)
                      : known ? av_rescale_q(1, av_inv_q(rate), tick)
                              : av_rescale_q(1, {1, 25}, tick);
    times.back().duration = durations.back() > 0 ? durations.back() : std::max<std::int64_t>(mean, 1);
}

const AVFrame* DecodedFilm::kept(std::size_t number) const {
    const auto found = std::ranges::find(kept_, number, &Kept::number);
    return found == kept_.end() ? nullptr : found->picture.get();
}

void DecodedFilm::keep(std::size_t number) {
    const auto bytes = [](const AVFrame& frame) {
        return std::size_t(
            std::max(av_image_get_buffer_size(AVPixelFormat(frame.format), frame.width, frame.height, 1), 1));
    };
    Picture picture = present(Picture(av_frame_clone(picture_.get())));
    kept_bytes_ += bytes(*picture);
    kept_.push_back({number, std::move(picture)});
    while (kept_bytes_ > most_kept_bytes && kept_.size() > 1) {
        kept_bytes_ -= bytes(*kept_.front().picture);
        kept_.pop_front();
    }
}

bool DecodedFilm::seek(std::size_t number) {
    if (by_stamp_.empty() || av_seek_frame(input_.get(), stream_, stamps_[number], AVSEEK_FLAG_BACKWARD) < 0)
        return false;
    avcodec_flush_buffers(decoder_.get());
    next_.reset();
    return true;
}

/// False if the decoder does not come by there.
bool DecodedFilm::decode_until(std::size_t number) {
    while (decode()) {
        const AVFrame& frame = *picture_;
        if (!next_) {
            // Frames before the key frame may refer to what was not decoded.
            const auto found = by_stamp_.find(frame.best_effort_timestamp);
            if (!(frame.flags & AV_FRAME_FLAG_KEY))
                continue;
            if (found == by_stamp_.end() || found->second > number)
                return false;
            next_ = found->second;
        } else if (!by_stamp_.empty() &&
                   (*next_ >= stamps_.size() || stamps_[*next_] != frame.best_effort_timestamp)) {
            return false;
        }
        keep(*next_);
        if ((*next_)++ == number)
            return true;
    }
    return false;
}

std::span<const std::byte> DecodedFilm::frame(std::size_t number) {
    if (const AVFrame* const known = kept(number))
        return pixels_->of(*known);
    const bool ahead = next_ && *next_ <= number && number - *next_ <= near;
    if (!ahead) {
        kept_.clear();
        kept_bytes_ = 0;
    }
    if ((ahead || seek(number)) && decode_until(number))
        return pixels_->of(*kept(number));
    // The long way, which needs no times and no index.
    open();
    if (!decode_until(number))
        throw Refused{{FilmReason::damaged}};
    return pixels_->of(*kept(number));
}

} // namespace

std::unique_ptr<FilmSource> decoded_film(const SourceWish& wish) {
    return std::make_unique<DecodedFilm>(wish);
}

} // namespace neural_style::film_files
