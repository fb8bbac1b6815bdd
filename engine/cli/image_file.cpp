// SPDX-License-Identifier: GPL-3.0-or-later
#include "image_file.hpp"

#include "buffer_pixels.hpp"
#include "gegl_warnings.hpp"
#include "new_file.hpp"
#include "translation.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exiv2/exiv2.hpp>
#include <fcntl.h>
#include <new>
#include <optional>
#include <string_view>
#include <sys/mman.h>
#include <unistd.h>

namespace neural_style::cli {
namespace {

/// The codecs' longest sides: libjpeg's JPEG_MAX_DIMENSION, libwebp's WEBP_MAX_DIMENSION; others allow more
/// than we read.
int largest_side(PictureKind kind) {
    switch (kind) {
    case PictureKind::jpeg:
        return 65500;
    case PictureKind::webp:
        return 16383;
    default:
        return 1 << 30;
    }
}

/// JPEG and WebP quality, 1 to 100: lower ones show blocks in brush strokes.
constexpr int lossy_quality = 95;

/// A nameless file in memory: encoders that end the process on a full disk never see the disk.
class MemoryFile {
  public:
    MemoryFile() : descriptor_(memfd_create("painting", MFD_CLOEXEC)) {}
    MemoryFile(const MemoryFile&) = delete;
    MemoryFile& operator=(const MemoryFile&) = delete;
    ~MemoryFile() {
        if (descriptor_ >= 0)
            close(descriptor_);
    }

    int descriptor() const { return descriptor_; }
    std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

  private:
    int descriptor_;
};

/// Silences standard error while it exists: for every 8-bit PNG with alpha, GEGL's saver makes libpng
/// complain about a background colour that nobody requested.
class QuietStandardError {
  public:
    QuietStandardError() : kept_(dup(STDERR_FILENO)) {
        std::fflush(stderr);
        const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
        if (kept_ >= 0 && nowhere >= 0)
            dup2(nowhere, STDERR_FILENO);
        close(nowhere);
    }
    QuietStandardError(const QuietStandardError&) = delete;
    QuietStandardError& operator=(const QuietStandardError&) = delete;
    ~QuietStandardError() {
        std::fflush(stderr);
        if (kept_ >= 0)
            dup2(kept_, STDERR_FILENO);
        close(kept_);
    }

  private:
    int kept_;
};

std::unexpected<Error> not_encoded(const PaintingFile& file, const std::string& reason) {
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

/// Whether the last chunk of a PNG is there.
bool ends_as_png(int file) {
    constexpr std::string_view end("IEND\xae\x42\x60\x82", 8);
    std::array<char, end.size()> tail{};
    const off_t size = lseek(file, 0, SEEK_END);
    return size > off_t(tail.size()) &&
           pread(file, tail.data(), tail.size(), size - off_t(tail.size())) == ssize_t(tail.size()) &&
           std::string_view(tail.data(), tail.size()) == end;
}

/// Runs GEGL's saver; returns the error, empty if there is none. `profile`: one will be embedded.
std::string encode(GeglBuffer* buffer, PictureKind kind, bool profile, const MemoryFile& file) {
    std::optional<QuietStandardError> quiet;
    if (kind == PictureKind::png)
        quiet.emplace();
    const GeglWarnings warnings;
    GObjectPointer<GeglNode> graph(gegl_node_new());
    const std::string path = file.path();
    GeglNode* source =
        gegl_node_new_child(graph.get(), "operation", "gegl:buffer-source", "buffer", buffer, nullptr);
    GeglNode* save = nullptr;
    // The bytes do not change, only the space that the saver assumes for them.
    const auto cast = [&](const char* space) {
        GeglNode* node = gegl_node_new_child(graph.get(), "operation", "gegl:cast-space", "pointer",
                                             babl_space(space), nullptr);
        gegl_node_link(source, node);
        source = node;
    };
    switch (kind) {
    case PictureKind::png: {
        const int bits = babl_format_get_type(gegl_buffer_get_format(buffer), 0) == babl_type("u8") ? 8 : 16;
        save = gegl_node_new_child(graph.get(), "operation", "gegl:png-save", "path", path.c_str(),
                                   "bitdepth", bits, nullptr);
        // Exiv2 replaces a profile, but misnames a new one, so the saver must write one, as it does for any
        // space but sRGB.
        if (profile)
            cast("Adobish");
        break;
    }
    case PictureKind::jpeg:
        save = gegl_node_new_child(graph.get(), "operation", "gegl:jpg-save", "path", path.c_str(), "quality",
                                   lossy_quality, nullptr);
        break;
    case PictureKind::tiff:
        save = gegl_node_new_child(graph.get(), "operation", "gegl:tiff-save", "path", path.c_str(), nullptr);
        break;
    case PictureKind::webp:
        save = gegl_node_new_child(graph.get(), "operation", "gegl:webp-save", "path", path.c_str(),
                                   "quality", lossy_quality, nullptr);
        cast("sRGB"); // otherwise the saver would convert to it
        break;
    case PictureKind::exr:
        save = gegl_node_new_child(graph.get(), "operation", "gegl:exr-save", "path", path.c_str(), nullptr);
        break;
    }
    gegl_node_link(source, save);
    gegl_node_process(save);
    if (!warnings.text().empty())
        return warnings.text().substr(0, warnings.text().find('\n'));
    // The PNG saver does not report errors while writing.
    return kind == PictureKind::png && !ends_as_png(file.descriptor()) ? "incomplete" : "";
}

/// EXIF tags that describe how a TIFF stores its rows; they must not be copied to another file.
constexpr std::array storage_tags{"Exif.Image.NewSubfileType",
                                  "Exif.Image.SubfileType",
                                  "Exif.Image.ImageWidth",
                                  "Exif.Image.ImageLength",
                                  "Exif.Image.BitsPerSample",
                                  "Exif.Image.Compression",
                                  "Exif.Image.PhotometricInterpretation",
                                  "Exif.Image.FillOrder",
                                  "Exif.Image.StripOffsets",
                                  "Exif.Image.SamplesPerPixel",
                                  "Exif.Image.RowsPerStrip",
                                  "Exif.Image.StripByteCounts",
                                  "Exif.Image.PlanarConfiguration",
                                  "Exif.Image.Predictor",
                                  "Exif.Image.ColorMap",
                                  "Exif.Image.TileWidth",
                                  "Exif.Image.TileLength",
                                  "Exif.Image.TileOffsets",
                                  "Exif.Image.TileByteCounts",
                                  "Exif.Image.ExtraSamples",
                                  "Exif.Image.SampleFormat",
                                  "Exif.Image.SMinSampleValue",
                                  "Exif.Image.SMaxSampleValue",
                                  "Exif.Image.JPEGTables",
                                  "Exif.Image.YCbCrSubSampling",
                                  "Exif.Image.YCbCrCoefficients",
                                  "Exif.Image.YCbCrPositioning",
                                  "Exif.Image.ReferenceBlackWhite",
                                  "Exif.Image.InterColorProfile"};

/// Sets a tag if the photo has it.
template <typename Data, typename Key>
void correct(Data& data, const char* tag, const std::string& value) {
    if (const auto found = data.findKey(Key(tag)); found != data.end())
        found->setValue(value);
}

/// Corrects the photo's metadata: the painting is upright and has its own size.
void correct_all(Exiv2::Image& photo, ImageView painting) {
    Exiv2::ExifData& exif = photo.exifData();
    Exiv2::XmpData& xmp = photo.xmpData();
    for (const char* tag : storage_tags)
        if (const auto found = exif.findKey(Exiv2::ExifKey(tag)); found != exif.end())
            exif.erase(found);
    Exiv2::ExifThumb(exif).erase(); // shows the photo
    const std::string width = std::to_string(painting.width), height = std::to_string(painting.height);
    correct<Exiv2::ExifData, Exiv2::ExifKey>(exif, "Exif.Image.Orientation", "1");
    correct<Exiv2::ExifData, Exiv2::ExifKey>(exif, "Exif.Photo.PixelXDimension", width);
    correct<Exiv2::ExifData, Exiv2::ExifKey>(exif, "Exif.Photo.PixelYDimension", height);
    correct<Exiv2::XmpData, Exiv2::XmpKey>(xmp, "Xmp.tiff.Orientation", "1");
    correct<Exiv2::XmpData, Exiv2::XmpKey>(xmp, "Xmp.tiff.ImageWidth", width);
    correct<Exiv2::XmpData, Exiv2::XmpKey>(xmp, "Xmp.tiff.ImageLength", height);
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

/// The photo's metadata; nullptr if there are none or they cannot be read.
Exiv2::Image::UniquePtr metadata_of(const PaintingFile& file) try {
    auto photo = Exiv2::ImageFactory::open(file.photo_path.string());
    photo->readMetadata();
    const bool any = !photo->exifData().empty() || !photo->xmpData().empty() || !photo->iptcData().empty() ||
                     !photo->comment().empty();
    return any ? std::move(photo) : nullptr;
} catch (const Exiv2::Error&) {
    return nullptr;
}

/// Copies EXIF, XMP, IPTC and comment. Returns a sentence if that failed.
std::string copy_metadata(const PaintingFile& file, PictureKind kind, const MemoryFile& target) {
    const std::string name = file.path.filename().string();
    const auto photo = metadata_of(file);
    if (!photo)
        return {};
    if (kind == PictureKind::exr)
        return sentence(_("OpenEXR files cannot hold EXIF, XMP and IPTC: {} is without the photo's."), name);
    try {
        correct_all(*photo, file.painting);
        const auto painting = Exiv2::ImageFactory::open(target.path());
        painting->readMetadata(); // the rest of the file does not change
        const auto holds = [&](Exiv2::MetadataId kind_of_data) {
            return (painting->checkMode(kind_of_data) & Exiv2::amWrite) != 0;
        };
        painting->setExifData(photo->exifData());
        painting->setXmpData(photo->xmpData());
        if (holds(Exiv2::mdIptc))
            painting->setIptcData(photo->iptcData());
        if (holds(Exiv2::mdComment))
            painting->setComment(photo->comment());
        painting->writeMetadata();
        return {};
    } catch (const Exiv2::Error& error) {
        return sentence(_("The photo's EXIF, XMP and IPTC could not be copied to {} ({})."), name,
                        std::string(error.what()));
    }
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

} // namespace

const Babl* format_for(PictureKind kind, const Babl* photo_format) {
    // GEGL's savers store all kinds but OpenEXR with the space's curve.
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

Result<std::vector<std::string>> save_painting(const PaintingFile& file,
                                               const std::function<void()>& encoded) try {
    std::vector<std::string> notes;
    const auto kind = kind_of_name(file.path);
    if (!kind)
        return failure(
            ErrorCode::invalid_request,
            sentence(_("{} does not say which kind of picture to write: end its name in .png, .jpg, .tiff, "
                       ".webp or .exr."),
                     file.path.string()));
    if (std::max(file.painting.width, file.painting.height) > largest_side(*kind))
        return failure(ErrorCode::invalid_request,
                       sentence(_("{} pictures have at most {} pixels on a side: choose PNG or TIFF, or a "
                                  "--size-limit."),
                                name_of(*kind), largest_side(*kind)));

    const Babl* format = format_for(*kind, gegl_buffer_get_format(file.photo.buffer.get()));
    const auto profile = profile_for(file.photo, babl_format_get_space(format));
    const GeglRectangle extent{0, 0, file.painting.width, file.painting.height};
    MemoryFile bytes;
    if (bytes.descriptor() < 0)
        return not_encoded(file, std::strerror(errno));
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
        if (const std::string failed = encode(buffer.get(), *kind, !profile.empty(), bytes); !failed.empty())
            return not_encoded(file, failed);
    }
    if (*kind != PictureKind::exr && !profile.empty() && !embed(profile, bytes))
        return not_encoded(file, "profile");
    if (std::string note = copy_metadata(file, *kind, bytes); !note.empty())
        notes.push_back(std::move(note));
    if (encoded)
        encoded();
    if (auto written = write_new_file(file.path, bytes.descriptor()); !written)
        return std::unexpected(written.error());
    return notes;
} catch (const std::bad_alloc&) {
    return failure(
        ErrorCode::out_of_memory,
        sentence(_("There is not enough memory to write {}: close other programs or use a --size-limit."),
                 file.path.string()));
}

} // namespace neural_style::cli
