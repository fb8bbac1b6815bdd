// SPDX-License-Identifier: GPL-3.0-or-later
#include "photo_painting.hpp"

#include "direct_samples.hpp"
#include "installation.hpp"
#include "mask.hpp"
#include "report.hpp"
#include "style_catalog.hpp"
#include "translation.hpp"
#include "visible_part.hpp"

#include <algorithm>
#include <utility>

namespace neural_style::cli {
namespace {

/// Whether a file of that kind can be written from the samples alone, bit for bit, without the buffer that
/// they were read from: it stores the same integers.
bool samples_suffice(const Babl* format, PictureKind kind) {
    const auto direct = DirectSamples::of(format);
    if (!direct || kind == PictureKind::exr)
        return false;
    return direct->sample() == Sample::u8 || (kind != PictureKind::jpeg && kind != PictureKind::webp);
}

/// As many pixels of a style as a painting of that photo can show. Below the least, no style is made smaller,
/// so that the same file is the same style for every photo.
std::uint64_t enough_style_pixels(SamplesView photo, const Settings& settings) {
    constexpr double least = 6e6;
    const double share = painted_share(settings, photo.width(), photo.height());
    const double strokes = settings.stroke_size / 100;
    const double painted = double(photo.width()) * photo.height() * share * share;
    return std::uint64_t(std::max(least, painted * strokes * strokes));
}

/// The first requested layer that the network lacks, or why that cannot be told.
std::optional<Error> missing_layer(Engine& engine, const Settings& settings) {
    const auto missing = engine.missing_layer(settings);
    if (!missing)
        return missing.error();
    if (missing->empty())
        return std::nullopt;
    std::string all;
    const auto layers = engine.layers(settings.network).value_or(std::vector<std::string>());
    if (layers.empty())
        return Error{
            ErrorCode::invalid_request,
            sentence(_("The network has no layer \"{}\", nor any other: choose another network."), *missing)};
    for (const auto& name : layers)
        all += (all.empty() ? "" : ", ") + name;
    return Error{ErrorCode::invalid_request,
                 sentence(_("The network has no layer \"{}\": choose among {}."), *missing, all)};
}

} // namespace

GeglBuffer* empty_buffer(const Babl* format) {
    const GeglRectangle dot{0, 0, 1, 1};
    return gegl_buffer_new(&dot, format);
}

Result<LoadedPhoto> load_photo(ReaderProcess& reader, const std::filesystem::path& path,
                               std::optional<PictureKind> kind) {
    auto file = load_picture(reader, path, {.metadata = true});
    if (!file)
        return std::unexpected(file.error());
    auto pixels = read_samples(file->buffer.get(), *gegl_buffer_get_extent(file->buffer.get()));
    if (!pixels)
        return std::unexpected(pixels.error());
    const Babl* format = gegl_buffer_get_format(file->buffer.get());
    if (!kind || samples_suffice(format, *kind))
        file->buffer.reset(empty_buffer(format));
    return LoadedPhoto{std::move(*file), std::move(*pixels)};
}

Result<Image> load_image(ReaderProcess& reader, const std::filesystem::path& path,
                         std::vector<std::string>& notes) {
    return load_picture(reader, path).and_then([&](const Picture& file) {
        notes.insert(notes.end(), file.notes.begin(), file.notes.end());
        return read_pixels(file.buffer.get(), *gegl_buffer_get_extent(file.buffer.get()))
            .transform([](BufferPixels pixels) { return std::move(pixels.image); });
    });
}

std::optional<Error> size_differs(const std::filesystem::path& path, PlaneSize size, PlaneSize photo) {
    if (size.width == photo.width && size.height == photo.height)
        return std::nullopt;
    return Error{ErrorCode::invalid_request,
                 sentence(_("{} has {} x {} pixels, but the photo has {} x {}: give a picture of the photo's "
                            "size."),
                          path.string(), size.width, size.height, photo.width, photo.height)};
}

Result<std::vector<float>> load_mask(ReaderProcess& reader, const std::filesystem::path& path,
                                     PlaneSize photo, std::vector<std::string>& notes) {
    if (path.empty())
        return {};
    auto file = load_picture(reader, path);
    if (!file)
        return std::unexpected(file.error());
    const GeglRectangle extent = *gegl_buffer_get_extent(file->buffer.get());
    if (auto error = size_differs(path, {extent.width, extent.height}, photo))
        return std::unexpected(*std::move(error));
    notes.insert(notes.end(), file->notes.begin(), file->notes.end());
    return read_mask(file->buffer.get(), extent);
}

Style LoadedStyle::style(MaskView region) const {
    const MaskView seen =
        alpha.empty() ? MaskView{} : MaskView{alpha.data(), picture.width(), picture.height()};
    return {.picture = picture, .region = region, .alpha = seen};
}

Result<StylePictures> StylePictures::named(const std::vector<StyleArgument>& styles,
                                           const std::filesystem::path& bundled) {
    StylePictures pictures;
    for (const auto& style : styles) {
        auto file = style_file(style.picture, bundled);
        if (!file)
            return std::unexpected(file.error());
        pictures.files_.push_back(*std::move(file));
    }
    return pictures;
}

Result<std::span<const LoadedStyle>> StylePictures::of(ReaderProcess& reader, SamplesView photo,
                                                       const Settings& settings,
                                                       std::vector<std::string>& notes) {
    const auto enough = enough_style_pixels(photo, settings);
    if (enough == enough_)
        return styles_;
    enough_ = 0;
    styles_.clear();
    for (const auto& file : files_) {
        const auto seen = load_visible_part(reader, file, enough, notes);
        if (!seen)
            return std::unexpected(seen.error());
        styles_.push_back(
            {.picture = unpacked(seen->image), .alpha = unpack(seen->alpha.bytes, seen->alpha.sample)});
    }
    enough_ = enough;
    return styles_;
}

PaintedPhoto to_write(LoadedPhoto photo, Image painting) {
    const PlaneSize from{photo.pixels.image.width, photo.pixels.image.height};
    const PlaneSize to{painting.width(), painting.height()};
    photo.pixels.image = {};
    const auto stored = std::exchange(photo.pixels.alpha, {});
    std::vector<float> alpha = unpack(stored.bytes, stored.sample);
    if (!alpha.empty() && (from.width != to.width || from.height != to.height))
        alpha = scaled_plane(alpha, from, to);
    return {.painting = std::move(painting), .alpha = std::move(alpha), .file = std::move(photo.file)};
}

std::expected<Engine, ExitStatus> opened_engine(PaintArguments& arguments,
                                                const std::filesystem::path& data) {
    open_from(data, arguments.open);
    arguments.open.preview_size = 0;
    auto engine = Engine::open(arguments.open);
    if (!engine)
        return std::unexpected(report(engine.error(), arguments.talk));
    if (const auto error = missing_layer(*engine, arguments.settings)) {
        report(*error, arguments.talk);
        return std::unexpected(exit_usage);
    }
    return *std::move(engine);
}

} // namespace neural_style::cli
