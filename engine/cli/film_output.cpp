// SPDX-License-Identifier: GPL-3.0-or-later
#include "film_output.hpp"

#include "film_kind.hpp"
#include "film_process.hpp"
#include "film_sentences.hpp"
#include "frame_names.hpp"
#include "image_file.hpp"
#include "new_file.hpp"
#include "photo_painting.hpp"
#include "translation.hpp"

#include <algorithm>
#include <cstring>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <utility>

namespace neural_style::cli {
namespace {

namespace fs = std::filesystem;

/// A file without a name that ends with this process, beside the output, where the film will need the space.
Descriptor nameless_file(const fs::path& output) {
    const fs::path folder = output.parent_path().empty() ? fs::path(".") : output.parent_path();
    Descriptor file(open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    if (!file) { // not every file system has them
        std::string name = (folder / ".neural-style-XXXXXX").string();
        file = Descriptor(mkostemp(name.data(), O_CLOEXEC));
        if (file)
            unlink(name.c_str());
    }
    return file;
}

/// On white, as players show what is transparent.
Samples flat(const Samples& painting, const Samples& alpha) {
    Image image = unpacked(painting);
    const auto shares = unpack(alpha.bytes, alpha.sample);
    auto values = image.span();
    for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = 1 - (1 - values[i]) * shares[i / picture_channels];
    return packed(image, painting.sample);
}

class FilmFileOutput : public FilmOutput {
  public:
    FilmFileOutput(const OutputWish& wish, Descriptor file, FilmProcess process)
        : wish_(wish), file_(std::move(file)), process_(std::move(process)) {}

    Result<void> add(const Samples& painting, const Samples& alpha) override {
        if (wish_.head.channels == picture_channels)
            return send(!alpha.empty() ? flat(painting, alpha).bytes : painting.bytes);
        const std::size_t value = sample_bytes(painting.sample), color = value * picture_channels;
        pixels_.assign(wish_.head.frame_bytes(), std::byte(0xff));
        std::byte* to = pixels_.data();
        for (std::size_t i = 0; i * color < painting.bytes.size(); ++i, to += color + value) {
            std::memcpy(to, painting.bytes.data() + i * color, color);
            if (!alpha.empty())
                std::memcpy(to + color, alpha.bytes.data() + i * value, value);
        }
        return send(pixels_);
    }

    Result<std::vector<std::string>> end() override {
        Bytes text;
        if (auto heard = process_.hear(film_files::Message::written, text); !heard)
            return std::unexpected(heard.error());
        if (auto written = write_new_file(wish_.path, file_.get()); !written)
            return std::unexpected(written.error());
        std::vector<std::string> notes;
        for (const auto& remark :
             film_files::film_remarks_in({reinterpret_cast<const char*>(text.data()), text.size()}))
            notes.push_back(sentence_of(remark, wish_.path.string()));
        return notes;
    }

  private:
    Result<void> send(std::span<const std::byte> bytes) {
        if (process_.say(bytes))
            return {};
        Bytes ignored;
        auto heard = process_.hear(film_files::Message::written, ignored);
        return heard ? std::unexpected(error_of({}, wish_.path.string())) : heard;
    }

    OutputWish wish_;
    Descriptor file_;
    FilmProcess process_;
    Bytes pixels_;
};

class PicturesOutput : public FilmOutput {
  public:
    explicit PicturesOutput(const OutputWish& wish)
        : wish_(wish), pattern_(FramePattern::in(wish.path)), number_(wish.first_number) {
        if (!pattern_)
            pattern_ = FramePattern::in(wish.path / "%06d.png");
    }

    Result<void> add(const Samples& painting, const Samples& alpha) override {
        const std::string type = painting.sample == Sample::u8 ? "u8" : "u16";
        const Picture like{.buffer = GObjectPointer<GeglBuffer>(empty_buffer(
                               babl_format((alpha.empty() ? "R'G'B' " + type : "R'G'B'A " + type).c_str())))};
        const auto shares = unpack(alpha.bytes, alpha.sample);
        const Image image = unpacked(painting);
        auto told = save_painting(
            {.path = pattern_->name(number_++), .painting = image, .alpha = shares, .photo = like});
        if (!told)
            return std::unexpected(told.error());
        for (auto& note : *told)
            if (std::ranges::find(notes_, note) == notes_.end())
                notes_.push_back(std::move(note));
        return {};
    }

    Result<std::vector<std::string>> end() override { return notes_; }

  private:
    OutputWish wish_;
    std::optional<FramePattern> pattern_;
    std::uint64_t number_;
    std::vector<std::string> notes_;
};

} // namespace

Result<std::unique_ptr<FilmOutput>> FilmOutput::open(const OutputWish& wish) {
    const auto kind = film_kind_of(wish.path, wish.lossless);
    if (kind->name == "frames")
        return std::make_unique<PicturesOutput>(wish);
    Descriptor file = nameless_file(wish.path);
    const Descriptor source(wish.source.empty() ? -1 : ::open(wish.source.c_str(), O_RDONLY | O_CLOEXEC));
    const bool animation = kind->name == "gif" || kind->name == "webp";
    OutputWish known = wish;
    if (!kind->alpha)
        known.head.channels = picture_channels;
    auto process = FilmProcess::start({"write"}, file.get(), source.get(), wish.path.string());
    if (!process)
        return std::unexpected(process.error());
    const std::string order = film_files::text_of(
        film_files::FilmOrder{.kind = kind->name,
                              .lossless = wish.lossless,
                              .film = known.head,
                              .copies = bool(source) && !animation && kind->name != "apng",
                              .end = wish.source_end});
    const std::uint32_t size = std::uint32_t(order.size());
    process->say(std::as_bytes(std::span(&size, 1))); // if it has died, the frames tell why
    process->say(std::as_bytes(std::span(order.data(), order.size())));
    return std::make_unique<FilmFileOutput>(known, std::move(file), *std::move(process));
}

} // namespace neural_style::cli
