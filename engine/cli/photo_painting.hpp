// SPDX-License-Identifier: GPL-3.0-or-later
/// A photo's way to the engine and from there to its file, as one photo and each of an album go it.
///
///     auto photo = load_photo(reader, "boats.jpg", PictureKind::png);
///     auto pictures = styles.of(reader, photo->pixels.image, settings, notes);
///     ... engine.paint ...
///     const auto painted = to_write(std::move(*photo), std::move(*painting));
#pragma once

#include "arguments.hpp"
#include "buffer_pixels.hpp"
#include "exit_status.hpp"
#include "picture_file.hpp"
#include "picture_kind.hpp"
#include "reader_process.hpp"
#include "scaled_plane.hpp"

#include <neural_style/engine.hpp>

#include <cstdint>
#include <expected>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace neural_style::cli {

/// The photo as the engine sees it, and as it was stored.
struct LoadedPhoto {
    Picture file;
    BufferSamples pixels;
};

/// Tells a format and has no pixels to speak of.
GeglBuffer* empty_buffer(const Babl* format);

/// `kind`: of the file that will be written; nothing: none. Errors: those of `load_picture` and
/// `read_samples`.
Result<LoadedPhoto> load_photo(ReaderProcess& reader, const std::filesystem::path& path,
                               std::optional<PictureKind> kind);

/// `notes` collects what the reader remarks on the file.
Result<Image> load_image(ReaderProcess& reader, const std::filesystem::path& path,
                         std::vector<std::string>& notes);

/// The sentence if a picture that belongs to the photo has another size.
std::optional<Error> size_differs(const std::filesystem::path& path, PlaneSize size, PlaneSize photo);

/// One value per pixel of the photo; empty if there is no file.
Result<std::vector<float>> load_mask(ReaderProcess& reader, const std::filesystem::path& path,
                                     PlaneSize photo, std::vector<std::string>& notes);

/// What is seen of a style, and how much: one value per pixel; empty: all alike.
struct LoadedStyle {
    Image picture;
    std::vector<float> alpha;

    /// As the engine takes it. Valid as long as this is.
    Style style(MaskView region = {}) const;
};

/// The style pictures, read once for all photos that can show as much of them: each photo has the very
/// pictures that it would have alone.
class StylePictures {
  public:
    /// Errors, translated: those of `style_file`.
    static Result<StylePictures> named(const std::vector<StyleArgument>& styles,
                                       const std::filesystem::path& bundled);

    /// In order; valid until the next call. `notes` collects what the reader remarks when it reads them.
    Result<std::span<const LoadedStyle>> of(ReaderProcess& reader, SamplesView photo,
                                            const Settings& settings, std::vector<std::string>& notes);

    const std::vector<std::filesystem::path>& files() const { return files_; }

  private:
    std::vector<std::filesystem::path> files_;
    std::vector<LoadedStyle> styles_;
    std::uint64_t enough_ = 0; ///< pixels that they were read for; 0: they were not
};

/// A painting and what its file takes from the photo's.
struct PaintedPhoto {
    Image painting;
    std::vector<float> alpha; ///< of the painting's size; empty: opaque
    Picture file;
};

/// Lets the photo's pixels go.
PaintedPhoto to_write(LoadedPhoto photo, Image painting);

/// Opens the engine with what comes along, and checks that its network has the layers that the settings name.
/// Errors are reported; what remains is the exit status.
std::expected<Engine, ExitStatus> opened_engine(PaintArguments& arguments, const std::filesystem::path& data);

} // namespace neural_style::cli
