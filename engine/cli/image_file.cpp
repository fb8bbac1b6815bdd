// SPDX-License-Identifier: GPL-3.0-or-later
#include "image_file.hpp"

#include "buffer_pixels.hpp"
#include "gegl_warnings.hpp"
#include "new_file.hpp"
#include "photo_metadata.hpp"
#include "picture_encoders.hpp"
#include "translation.hpp"

#include <neural_style/descriptor.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <exiv2/exiv2.hpp>
#include <fcntl.h>
#include <new>
#include <optional>
#include <string_view>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

namespace neural_style::cli {
namespace {

/// The codecs' longest sides: libjpeg's JPEG_MAX_DIMENSION, libwebp's WEBP_MAX_DIMENSION, what libavif reads;
/// others allow more than we read.
int largest_side(PictureKind kind) {
    switch (kind) {
    case PictureKind::jpeg:
        return 65500;
    case PictureKind::webp:
        return 16383;
    case PictureKind::avif:
        return 32768;
    default:
        return 1 << 30;
    }
}

/// A nameless file in memory, so that a full disk is met when the painting is whole. The limit of file sizes
/// (`ulimit -f`) holds for it too.
class MemoryFile {
  public:
    MemoryFile() : descriptor_(memfd_create("painting", MFD_CLOEXEC)) {}

    int descriptor() const { return descriptor_.get(); }
    std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor()); }
    bool reached_the_limit() const {
        struct stat status {};
        struct rlimit limit {};
        return fstat(descriptor(), &status) == 0 && getrlimit(RLIMIT_FSIZE, &limit) == 0 &&
               rlim_t(status.st_size) >= limit.rlim_cur;
    }

  private:
    Descriptor descriptor_;
};

std::unexpected<Error> too_large(const PaintingFile& file) {
    return failure(ErrorCode::not_written,
                   sentence(_("{} would be larger than this program may write: raise the limit of file "
                              "sizes (ulimit -f), or use a --size-limit."),
                            file.path.filename().string()));
}

std::unexpected<Error> not_encoded(const PaintingFile& file, const MemoryFile& bytes,
                                   const std::string& reason) {
    if (bytes.reached_the_limit())
        return too_large(file);
    return failure(ErrorCode::not_written,
                   sentence(_("The painting could not be written as {} ({}): choose PNG or TIFF."),
                            file.path.filename().string(), reason));
}

/// The painting on white, for files without transparency.
Image on_white(ImageView painting, std::span<const float> alpha) {
    Image flat(painting.width, painting.height);
    for (std::size_t i = 0; i < alpha.size(); ++i) {
        const float cover = std::clamp(alpha[i], 0.0f, 1.0f);
        for (int c = 0; c < 3; ++c)
            flat.span()[i * 3 + c] = cover * painting.span()[i * 3 + c] + (1 - cover);
    }
    return flat;
}

/// Runs GEGL's saver; returns the error, empty if there is none.
std::string encode_webp(GeglBuffer* buffer, const MemoryFile& file) {
    const GeglWarnings warnings;
    GObjectPointer<GeglNode> graph(gegl_node_new());
    const std::string path = file.path();
    GeglNode* source =
        gegl_node_new_child(graph.get(), "operation", "gegl:buffer-source", "buffer", buffer, nullptr);
    // The bytes do not change, only the space that the saver assumes for them; it would convert to sRGB.
    GeglNode* cast = gegl_node_new_child(graph.get(), "operation", "gegl:cast-space", "pointer",
                                         babl_space("sRGB"), nullptr);
    GeglNode* save = gegl_node_new_child(graph.get(), "operation", "gegl:webp-save", "path", path.c_str(),
                                         "quality", lossy_quality, nullptr);
    gegl_node_link_many(source, cast, save, nullptr);
    gegl_node_process(save);
    return warnings.text().substr(0, warnings.text().find('\n'));
}

/// Whether it is a TIFF of more than 4 GB.
bool is_big(const PaintingFile& file, PictureKind kind, const Babl* format) {
    const auto pixels = std::uint64_t(file.painting.width) * std::uint64_t(file.painting.height);
    return kind == PictureKind::tiff &&
           needs_big_tiff(pixels * std::uint64_t(babl_format_get_bytes_per_pixel(format)));
}

std::string encode(const PictureToEncode& picture, PictureKind kind, bool big, const MemoryFile& file) {
    switch (kind) {
    case PictureKind::png:
        return encode_png(picture, file.descriptor());
    case PictureKind::tiff:
        return encode_tiff(picture, file.descriptor(), big);
    case PictureKind::jpeg_xl:
        return encode_jpeg_xl(picture, file.descriptor());
    case PictureKind::avif:
        return encode_avif(picture, file.descriptor());
    case PictureKind::exr:
        return encode_openexr(picture, file.descriptor());
    case PictureKind::jpeg:
        return encode_jpeg(picture, file.descriptor());
    case PictureKind::webp:
        break;
    }
    return encode_webp(picture.buffer, file);
}

/// Whether Exiv2 puts metadata into a file of that kind.
bool completed_by_exiv2(PictureKind kind, bool big) {
    return kind != PictureKind::jpeg_xl && kind != PictureKind::avif && kind != PictureKind::exr && !big;
}

/// Whether the kind has a place of its own for the resolution, so that EXIF need not tell it.
bool tells_resolution(PictureKind kind) {
    return kind == PictureKind::png || kind == PictureKind::jpeg || kind == PictureKind::tiff;
}

/// JFIF, the first segment: version 1.1, then the unit and two numbers, with the most significant byte first.
void set_jfif_resolution(const MemoryFile& file, double dots_per_inch) {
    constexpr off_t unit = 13;
    std::array<char, unit> head{};
    if (pread(file.descriptor(), head.data(), head.size(), 0) != ssize_t(head.size()) ||
        std::memcmp(head.data() + 6, "JFIF", 5) != 0)
        return;
    const long dots = std::clamp(std::lround(dots_per_inch), 1l, 65535l);
    const std::array<char, 5> resolution{1, char(dots >> 8), char(dots), char(dots >> 8), char(dots)};
    [[maybe_unused]] const auto written =
        pwrite(file.descriptor(), resolution.data(), resolution.size(), unit);
}

/// Replaces the saver's profile, if any.
bool embed(const std::vector<std::byte>& profile, const MemoryFile& target) try {
    const auto painting = Exiv2::ImageFactory::open(target.path());
    painting->readMetadata();
    painting->setIccProfile(
        Exiv2::DataBuf(reinterpret_cast<const Exiv2::byte*>(profile.data()), profile.size()));
    painting->writeMetadata();
    return true;
} catch (const Exiv2::Error&) {
    return false;
}

/// ICC.1:2010, 7.2.6: bytes 16 to 19 of a profile name its kind of colours.
bool describes_rgb(const std::vector<std::byte>& profile) {
    return profile.size() >= 20 && std::memcmp(profile.data() + 16, "RGB ", 4) == 0;
}

/// The profile to embed: the photo's own if the painting is in its space, or babl's description of a space
/// without one (for example of an OpenEXR photo).
std::vector<std::byte> profile_for(const Picture& photo, const Babl* space) {
    if (space == babl_format_get_space(gegl_buffer_get_format(photo.buffer.get())) &&
        describes_rgb(photo.profile))
        return photo.profile;
    int size = 0;
    const char* profile = space == babl_space("sRGB") ? nullptr : babl_space_get_icc(space, &size);
    if (!profile)
        return {};
    const auto* first = reinterpret_cast<const std::byte*>(profile);
    return {first, first + size};
}

/// The photo's cICP, where the painting is still in that space: not after tone mapping, nor where the photo
/// has a profile too, which was not what its colours were read by.
std::optional<reader::ColorCode> color_beside(const std::vector<std::byte>& profile, const Picture& photo) {
    if (!photo.color_code || !photo.profile.empty())
        return std::nullopt;
    constexpr std::uint8_t srgb_primaries = 1, srgb_transfer = 13, pq = 16, hlg = 18;
    const auto [primaries, transfer, matrix, full_range] = *photo.color_code;
    const bool srgb = primaries == srgb_primaries && transfer == srgb_transfer;
    const bool plain = transfer != pq && transfer != hlg && matrix == 0 && full_range == 1;
    return plain && srgb == profile.empty() ? photo.color_code : std::nullopt;
}

std::string not_copied(const PaintingFile& file, const std::string& reason) {
    return sentence(_("The photo's EXIF, XMP and IPTC could not be copied to {} ({})."),
                    file.path.filename().string(), reason);
}

/// Returns a sentence if the metadata could not be copied.
std::string copied(const PhotoMetadata& metadata, const PaintingFile& file, const MemoryFile& target) try {
    write(metadata, target.path());
    return {};
} catch (const Exiv2::Error& error) {
    return not_copied(file, error.what());
}

} // namespace

const Babl* format_for(PictureKind kind, const Babl* photo_format) {
    // All kinds but OpenEXR are stored with the space's curve.
    const Babl* space = babl_format_get_space(photo_format);
    if (babl_space_is_gray(space) || babl_space_is_cmyk(space))
        space = babl_space("sRGB");
    const std::string photo_type = babl_get_name(babl_format_get_type(photo_format, 0));
    const bool alpha = babl_format_has_alpha(photo_format) && kind != PictureKind::jpeg;
    std::string type = "u8";
    switch (kind) {
    case PictureKind::png:
        type = photo_type == "u8" ? "u8" : "u16";
        break;
    case PictureKind::tiff:
        type = photo_type;
        break;
    case PictureKind::jpeg_xl:
        type = photo_type == "u8" || photo_type == "u16" ? photo_type : "float";
        break;
    case PictureKind::avif:
        type = photo_type == "u8" ? "u8" : "u16";
        break;
    case PictureKind::exr:
        type = "float";
        break;
    case PictureKind::jpeg:
    case PictureKind::webp:
        break;
    }
    const std::string name =
        std::string(kind == PictureKind::exr ? "RGB" : "R'G'B'") + (alpha ? "A " : " ") + type;
    return babl_format_with_space(name.c_str(), space);
}

std::optional<Error> obstacle_to_encoding(PictureKind kind) {
    if (kind != PictureKind::avif || avif_has_encoder())
        return std::nullopt;
    return Error{
        ErrorCode::not_written,
        sentence(_("This computer has no encoder for AVIF: install {}, or choose another kind of file."),
                 "libheif-plugin-aomenc")};
}

Result<std::vector<std::string>> save_painting(const PaintingFile& file,
                                               const std::function<void()>& encoded) try {
    std::vector<std::string> notes;
    const auto kind = file.kind ? file.kind : kind_of_name(file.path);
    if (!kind)
        return failure(
            ErrorCode::invalid_request,
            sentence(_("{} does not say which kind of picture to write: end its name in .png, .jpg, .tiff, "
                       ".webp, .jxl, .avif or .exr."),
                     file.path.string()));
    if (std::max(file.painting.width, file.painting.height) > largest_side(*kind))
        return failure(ErrorCode::invalid_request,
                       sentence(_("{} pictures have at most {} pixels on a side: choose PNG or TIFF, or a "
                                  "--size-limit."),
                                name_of(*kind), largest_side(*kind)));

    const Babl* format = format_for(*kind, gegl_buffer_get_format(file.photo.buffer.get()));
    const auto profile = profile_for(file.photo, babl_format_get_space(format));
    PhotoMetadata metadata = metadata_of(file.photo.metadata);
    const double told = dots_per_inch_in(metadata), dots = told > 0 ? told : file.photo.dots_per_inch;
    if (!metadata.empty() && *kind == PictureKind::exr)
        notes.push_back(
            sentence(_("OpenEXR files cannot hold EXIF, XMP and IPTC: {} is without the photo's."),
                     file.path.filename().string()));
    fit(metadata, {.width = file.painting.width,
                   .height = file.painting.height,
                   .has_profile = !profile.empty(),
                   .dots_per_inch = tells_resolution(*kind) ? 0 : dots});
    std::vector<unsigned char> exif;
    std::string xmp;
    const bool big = is_big(file, *kind, format), by_exiv2 = completed_by_exiv2(*kind, big);
    if (big && !metadata.exif.empty())
        notes.push_back(not_copied(file, "BigTIFF"));
    if (!by_exiv2) {
        exif = exif_bytes(metadata);
        xmp = xmp_text(metadata);
    }
    const GeglRectangle extent{0, 0, file.painting.width, file.painting.height};
    MemoryFile bytes;
    if (bytes.descriptor() < 0)
        return not_encoded(file, bytes, std::strerror(errno));
    {
        GObjectPointer<GeglBuffer> buffer(gegl_buffer_new(&extent, format));
        const bool flatten = !file.alpha.empty() && !babl_format_has_alpha(format);
        Result<void> written;
        if (flatten) {
            const Image flat = on_white(file.painting, file.alpha);
            written = write_pixels(buffer.get(), 0, 0, flat);
            notes.push_back(
                sentence(_("{} files have no transparency: the painting stands on white."), name_of(*kind)));
        } else {
            const GeglRectangle photo = *gegl_buffer_get_extent(file.photo.buffer.get());
            const bool same_size = photo.width == extent.width && photo.height == extent.height;
            written = write_pixels(buffer.get(), 0, 0, file.painting, file.alpha,
                                   {.buffer = same_size ? file.photo.buffer.get() : nullptr});
        }
        if (!written)
            return std::unexpected(written.error());
        PictureToEncode picture{.buffer = buffer.get(),
                                .profile = profile,
                                .dots_per_inch = dots,
                                .left = file.photo.left,
                                .top = file.photo.top,
                                .pixel_aspect = file.photo.pixel_aspect,
                                .exif = exif,
                                .xmp = xmp};
        if (*kind == PictureKind::png)
            picture.color = color_beside(profile, file.photo);
        if (const std::string failed = encode(picture, *kind, big, bytes); !failed.empty())
            return not_encoded(file, bytes, failed);
    }
    if (*kind == PictureKind::jpeg && dots > 0)
        set_jfif_resolution(bytes, dots);
    if ((*kind == PictureKind::jpeg || *kind == PictureKind::webp) && !profile.empty() &&
        !embed(profile, bytes))
        return not_encoded(file, bytes, "profile");
    if (by_exiv2 && !metadata.empty())
        if (std::string note = copied(metadata, file, bytes); !note.empty())
            notes.push_back(std::move(note));
    // Not every library tells that it could not write to the end.
    if (bytes.reached_the_limit())
        return too_large(file);
    if (encoded)
        encoded();
    if (const auto written = file.stream < 0 ? write_new_file(file.path, bytes.descriptor())
                                             : write_to_stream(file.stream, file.path, bytes.descriptor());
        !written)
        return std::unexpected(written.error());
    return notes;
} catch (const std::bad_alloc&) {
    return failure(
        ErrorCode::out_of_memory,
        sentence(_("There is not enough memory to write {}: close other programs or use a --size-limit."),
                 file.path.string()));
}

} // namespace neural_style::cli
