// SPDX-License-Identifier: GPL-3.0-or-later
#include "film_input.hpp"

#include "buffer_pixels.hpp"
#include "film_process.hpp"
#include "film_sentences.hpp"
#include "frame_names.hpp"
#include "hidden_colors.hpp"
#include "picture_file.hpp"
#include "sample_depth.hpp"
#include "scaled_plane.hpp"
#include "sha256.hpp"
#include "translation.hpp"

#include <neural_style/formatted.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <fcntl.h>
#include <string_view>
#include <sys/stat.h>
#include <system_error>
#include <utility>

namespace neural_style::cli {
namespace {

namespace fs = std::filesystem;
using film_files::FilmHead;

/// The hash of what is at the file's beginning and end: of gigabytes it reads two megabytes.
std::string digest_of(int file) {
    struct stat status {};
    fstat(file, &status);
    constexpr std::size_t piece = 1 << 20;
    std::string bytes;
    for (const auto at : {off_t(0), std::max(status.st_size - off_t(piece), off_t(0))}) {
        const auto before = bytes.size();
        bytes.resize(before + piece);
        const ssize_t count = pread(file, bytes.data() + before, piece, at);
        bytes.resize(before + std::size_t(std::max<ssize_t>(count, 0)));
    }
    return formatted("{} {}", status.st_size, sha256_of(std::string_view(bytes)));
}

/// Splits interleaved RGBA.
FilmFrame parted(const FilmHead& head, const Bytes& pixels) {
    const Samples picture{.sample = head.sample, .width = head.width, .height = head.height};
    FilmFrame frame{.image = picture, .alpha = {}};
    if (head.channels == picture_channels) {
        frame.image.bytes = pixels;
        return frame;
    }
    frame.alpha = picture;
    frame.alpha.channels = mask_channels;
    const std::size_t value = sample_bytes(head.sample), color = value * picture_channels;
    const std::size_t count = std::size_t(head.width) * std::size_t(head.height);
    frame.image.bytes.resize(count * color);
    frame.alpha.bytes.resize(count * value);
    const std::byte* from = pixels.data();
    for (std::size_t i = 0; i < count; ++i, from += color + value) {
        std::memcpy(frame.image.bytes.data() + i * color, from, color);
        std::memcpy(frame.alpha.bytes.data() + i * value, from + color, value);
    }
    fill_hidden_colors(frame.image, frame.alpha);
    return frame;
}

/// Frames of a film's file.
class FilmFile : public FrameSource {
  public:
    FilmFile(FilmProcess process, FilmHead head, std::string name)
        : process_(std::move(process)), head_(std::move(head)), name_(std::move(name)) {}

    Result<FilmFrame> frame(std::size_t number) override {
        const std::uint64_t wanted = number;
        process_.say(std::as_bytes(std::span(&wanted, 1))); // if it has died, hearing tells why
        if (auto heard = process_.hear(film_files::Message::frame, pixels_); !heard)
            return std::unexpected(heard.error());
        if (pixels_.size() != head_.frame_bytes())
            return std::unexpected(error_of({}, name_));
        return parted(head_, pixels_);
    }

  private:
    FilmProcess process_;
    FilmHead head_;
    std::string name_;
    Bytes pixels_;
};

/// Frames that are pictures.
class FrameFolder : public FrameSource {
  public:
    FrameFolder(ReaderProcess& reader, std::vector<fs::path> files, int width, int height)
        : reader_(reader), files_(std::move(files)), width_(width), height_(height) {}

    Result<FilmFrame> frame(std::size_t number) override {
        const auto& file = files_[number];
        const auto picture = load_picture(reader_, file);
        if (!picture)
            return std::unexpected(picture.error());
        auto pixels = read_samples(picture->buffer.get(), *gegl_buffer_get_extent(picture->buffer.get()));
        if (!pixels)
            return std::unexpected(pixels.error());
        if (pixels->image.width != width_ || pixels->image.height != height_)
            return failure(
                ErrorCode::bad_picture,
                sentence(_("{} has {} x {} pixels, but the first frame has {} x {}: all frames need one "
                           "size."),
                         file.string(), pixels->image.width, pixels->image.height, width_, height_));
        return FilmFrame{.image = std::move(pixels->image), .alpha = std::move(pixels->alpha)};
    }

  private:
    ReaderProcess& reader_;
    std::vector<fs::path> files_;
    int width_, height_;
};

/// Each value is the mean of those that it covers.
Samples scaled(const Samples& from, int width, int height) {
    const auto to = scaled_pixels(unpack(from.bytes, from.sample), from.channels, {from.width, from.height},
                                  {width, height});
    return {.sample = from.sample,
            .width = width,
            .height = height,
            .channels = from.channels,
            .bytes = pack(to, from.sample)};
}

/// Even, for films that need it.
int scaled_side(int side, double share) {
    return std::max(int(std::lround(side * share / 2)) * 2, 2);
}

std::unexpected<Error> no_such_frames(const FilmWish& wish, std::size_t count) {
    return failure(ErrorCode::invalid_request,
                   sentence(_("{} has {} frames: choose --frames among them."), wish.path.string(), count));
}

} // namespace

Result<FilmInput> FilmInput::open(const FilmWish& wish, ReaderProcess& reader,
                                  const std::function<void(std::size_t)>& looked) {
    FilmInput film;
    film.begin_ = wish.begin;
    const std::string name = wish.path.string();
    std::error_code ignored;
    FilmHead& head = film.head_;
    if (fs::is_directory(wish.path, ignored) ||
        (FramePattern::in(wish.path) && !fs::exists(wish.path, ignored))) {
        auto frames = frame_files(wish.path);
        if (!frames)
            return std::unexpected(frames.error());
        const auto first = reader.read(frames->files.front());
        if (!first)
            return std::unexpected(first.error());
        if (!frames->gap.empty())
            film.notes_.push_back(sentence(
                _("In {} numbers are missing before {}: the frames that are there follow each other."), name,
                frames->gap));
        head = {.kind = "frames",
                .width = first->width,
                .height = first->height,
                .channels = first->alpha() ? 4 : 3,
                .sample = first->sample == Sample::u8 ? Sample::u8 : Sample::u16,
                .tick = {wish.rate.denominator, wish.rate.numerator}};
        for (std::size_t i = 0; i < frames->files.size(); ++i)
            head.frames.push_back({std::int64_t(i), 1});
        std::string all;
        for (const auto& file : frames->files) {
            const Descriptor opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
            all += file.filename().string() + " " + digest_of(opened.get()) + "\n";
        }
        film.identity_ = sha256_of(std::string_view(all));
        if (const auto pattern = FramePattern::in(wish.path))
            film.first_number_ = pattern->number_in(frames->files.front().filename().string()).value_or(1);
        film.source_ =
            std::make_unique<FrameFolder>(reader, std::move(frames->files), head.width, head.height);
    } else {
        const Descriptor file(::open(wish.path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
        if (!file)
            return failure(ErrorCode::bad_picture,
                           errno == ENOENT || errno == ENOTDIR
                               ? sentence(_("There is no file named {}: check folder and name."), name)
                               : sentence(_("{} cannot be opened ({}): check its permissions."), name,
                                          std::strerror(errno)));
        std::vector<std::string> arguments{"read"};
        if (wish.end != FilmWish{}.end)
            arguments.push_back(std::to_string(wish.end));
        auto process = FilmProcess::start(arguments, file.get(), -1, name);
        if (!process)
            return std::unexpected(process.error());
        Bytes text;
        if (auto heard = process->hear(film_files::Message::head, text, looked); !heard) {
            // Many a picture is no film at all to FFmpeg.
            const bool picture = heard.error().code == ErrorCode::bad_picture && reader.read(wish.path);
            return std::unexpected(picture ? error_of({film_files::FilmReason::a_picture}, name)
                                           : heard.error());
        }
        auto told = film_files::film_head_in({reinterpret_cast<const char*>(text.data()), text.size()});
        if (!told)
            return std::unexpected(error_of({}, name));
        head = *std::move(told);
        for (const auto& note : head.notes)
            film.notes_.push_back(sentence_of(note, name));
        film.is_file_ = true;
        film.identity_ = digest_of(file.get());
        film.source_ = std::make_unique<FilmFile>(*std::move(process), head, name);
    }
    film.first_number_ += wish.begin;
    film.stored_width_ = head.width;
    film.stored_height_ = head.height;
    auto& times = head.frames;
    if (wish.begin >= times.size())
        return no_such_frames(wish, times.size());
    times.resize(std::min(wish.end, times.size()));
    times.erase(times.begin(), times.begin() + std::ptrdiff_t(wish.begin));
    if (wish.begin > 0)
        head.start = times.front().begin;
    for (auto& time : times)
        time.begin -= head.start;
    if (const int longest = std::max(head.width, head.height);
        wish.size_limit > 0 && longest > wish.size_limit) {
        const double share = double(wish.size_limit) / longest;
        head.width = scaled_side(head.width, share);
        head.height = scaled_side(head.height, share);
    }
    return film;
}

Result<void> FilmInput::load(std::size_t number) {
    if (loaded_ == number)
        return {};
    loaded_.reset();
    auto frame = source_->frame(begin_ + number);
    if (!frame)
        return std::unexpected(frame.error());
    frame_ = *std::move(frame);
    if (frame_.image.width != head_.width || frame_.image.height != head_.height) {
        frame_.image = scaled(frame_.image, head_.width, head_.height);
        if (!frame_.alpha.empty())
            frame_.alpha = scaled(frame_.alpha, head_.width, head_.height);
    }
    loaded_ = number;
    return {};
}

Result<Samples> FilmInput::frame(std::size_t number) {
    return load(number).transform([&] { return frame_.image; });
}

Result<Samples> FilmInput::alpha(std::size_t number) {
    return load(number).transform([&] { return frame_.alpha; });
}

} // namespace neural_style::cli
