// SPDX-License-Identifier: GPL-3.0-or-later
#include "effect_style.hpp"

#include "style_catalog.hpp"
#include "visible_part.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

namespace neural_style {
namespace {

constexpr std::size_t kept_most = 4;
/// More pixels of a style than a painting of bounded size can use.
constexpr std::uint64_t enough_pixels = 6'000'000;

Result<EffectStyle> read_style(const std::filesystem::path& file, const std::filesystem::path& program) {
    ReaderProcess reader(program);
    std::vector<std::string> untold;
    auto seen = load_visible_part(reader, file, enough_pixels, untold);
    if (!seen)
        return std::unexpected(seen.error());
    EffectStyle style{.picture = protocol::NamedPicture(std::move(seen->image))};
    if (!seen->alpha.empty())
        style.alpha.emplace(std::move(seen->alpha));
    return style;
}

} // namespace

Result<std::filesystem::path> EffectStyles::file_of(const std::string& style) const {
    auto file = style_file(style, folder_);
    std::error_code ignored;
    if (style.contains('/') || (file && std::filesystem::exists(*file, ignored)))
        return file;
    for (const auto& gallery : galleries_)
        for (const auto& own : std::filesystem::directory_iterator(gallery, ignored))
            if (own.path().filename() == style || own.path().stem() == style)
                return own.path();
    return file;
}

Result<std::shared_ptr<const EffectStyle>> EffectStyles::read(const std::string& style) {
    const auto file = file_of(style);
    if (!file)
        return std::unexpected(file.error());
    std::error_code ignored;
    const auto written = std::filesystem::last_write_time(*file, ignored);
    const auto bytes = std::filesystem::file_size(*file, ignored);
    const auto found = std::ranges::find_if(kept_, [&](const Kept& kept) {
        return kept.file == *file && kept.written == written && kept.bytes == bytes;
    });
    if (found != kept_.end()) {
        std::rotate(kept_.begin(), found, found + 1);
        return kept_.front().style;
    }
    auto read = read_style(*file, reader_);
    if (!read)
        return std::unexpected(read.error());
    kept_.push_front({*file, written, bytes, std::make_shared<const EffectStyle>(*std::move(read))});
    if (kept_.size() > kept_most)
        kept_.pop_back();
    return kept_.front().style;
}

} // namespace neural_style
