// SPDX-License-Identifier: GPL-3.0-or-later
#include "kept_paintings.hpp"

#include "image_file.hpp"
#include "new_file.hpp"
#include "photo_painting.hpp"
#include "translation.hpp"

#include <neural_style/formatted.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <span>
#include <system_error>

namespace neural_style::cli {
namespace {

namespace fs = std::filesystem;

/// As many as the frames before that a painting is held to.
constexpr std::size_t most_recent = 5;

fs::path record_in(const fs::path& folder) {
    return folder / "film.json";
}

void empty(const fs::path& folder) {
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(folder, ignored)) {
        const auto name = entry.path().filename().string();
        if (name == record_in(folder).filename() || (name.starts_with("frame-") && name.ends_with(".png")))
            fs::remove(entry.path(), ignored);
    }
}

} // namespace

fs::path KeptPaintings::folder_of(const fs::path& film) {
    std::string name = film.string();
    while (name.size() > 1 && name.ends_with('/'))
        name.pop_back();
    return name + ".frames";
}

Result<KeptPaintings> KeptPaintings::open(const KeptWish& wish, ReaderProcess& reader) {
    std::error_code ignored;
    if (wish.again)
        empty(wish.folder);
    fs::create_directories(wish.folder, ignored); // the next line reports any error
    const fs::path record = record_in(wish.folder);
    if (auto obstacle = obstacle_to_writing(record))
        return std::unexpected(*std::move(obstacle));
    if (std::ifstream file(record, std::ios::binary); file) {
        const std::string found{std::istreambuf_iterator<char>(file), {}};
        if (found != wish.record)
            return failure(
                ErrorCode::not_written,
                sentence(_("{} keeps frames of another film, or painted with other settings: choose "
                           "another name with -o, or paint anew with --again."),
                         wish.folder.string()));
    } else if (auto written = write_new_file(record, std::as_bytes(std::span(wish.record))); !written)
        return std::unexpected(written.error());
    return KeptPaintings(wish, reader);
}

fs::path KeptPaintings::file(std::size_t number, int pass) const {
    const auto frame = wish_.first_number + number;
    return wish_.folder / (pass == 0 ? formatted("frame-{:06}.png", frame)
                                     : formatted("frame-{:06}-pass-{}.png", frame, pass + 1));
}

bool KeptPaintings::has(std::size_t number, int pass) const {
    std::error_code ignored;
    return fs::exists(file(number, pass), ignored);
}

Result<Samples> KeptPaintings::samples(std::size_t number, int pass) {
    const fs::path path = file(number, pass);
    const auto known = std::ranges::find(recent_, path, [](const auto& one) { return one.first; });
    if (known != recent_.end())
        return known->second;
    Samples painting;
    const auto head = reader_->read(path, [&](const PictureHead& told, int, std::size_t bytes) {
        painting.sample = told.sample;
        painting.width = told.width;
        painting.height = told.height;
        painting.bytes.resize(painting.bytes.size() + bytes);
        return painting.bytes.data() + painting.bytes.size() - bytes;
    });
    if (!head)
        return std::unexpected(head.error());
    if (head->channels != picture_channels || head->sample != wish_.sample)
        return failure(
            ErrorCode::bad_picture,
            sentence(_("{} was not painted by this program: remove it, and its frame is painted anew."),
                     path.string()));
    return painting;
}

Result<Image> KeptPaintings::painting(std::size_t number, int pass) {
    return samples(number, pass).transform([](const Samples& kept) { return unpacked(kept); });
}

Result<void> KeptPaintings::keep(std::size_t number, int pass, const Image& painting) {
    const fs::path path = file(number, pass);
    // Exactly the numbers that the file will have.
    Samples rounded = packed(painting, wish_.sample);
    const Picture like{.buffer = GObjectPointer<GeglBuffer>(empty_buffer(
                           babl_format(wish_.sample == Sample::u8 ? "R'G'B' u8" : "R'G'B' u16")))};
    const Image exact = unpacked(rounded);
    if (auto saved = save_painting({.path = path, .painting = exact, .alpha = {}, .photo = like}); !saved)
        return std::unexpected(saved.error());
    recent_.emplace_back(path, std::move(rounded));
    if (recent_.size() > most_recent)
        recent_.pop_front();
    return {};
}

void KeptPaintings::remove() const {
    empty(wish_.folder);
    std::error_code ignored;
    fs::remove(wish_.folder, ignored); // unless there is something else in it
}

} // namespace neural_style::cli
