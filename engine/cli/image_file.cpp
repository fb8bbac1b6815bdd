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
#include <fcntl.h>
#include <gexiv2/gexiv2.h>
#include <new>
#include <optional>
#include <sys/mman.h>
#include <unistd.h>
#include <webp/mux.h>

namespace neural_style::cli {
namespace {

/// What the codecs can hold on a side: libjpeg's JPEG_MAX_DIMENSION, libwebp's WEBP_MAX_DIMENSION; others
/// more than we read.
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

/// JPEG and WebP quality, 1 to 100: brush strokes show the blocks of lower ones.
constexpr int lossy_quality = 95;

/// A file without a name, in memory: encoders that end the process when the disk is full never see the disk.
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
    std::size_t size() const { return std::size_t(std::max<off_t>(0, lseek(descriptor_, 0, SEEK_END))); }

    std::vector<std::uint8_t> bytes() const {
        std::vector<std::uint8_t> bytes(size());
        for (std::size_t done = 0; done < bytes.size();) {
            const ssize_t count = pread(descriptor_, bytes.data() + done, bytes.size() - done, off_t(done));
            if (count <= 0)
                return {};
            done += std::size_t(count);
        }
        return bytes;
    }
    bool replace(const std::uint8_t* bytes, std::size_t size) {
        if (ftruncate(descriptor_, 0) != 0)
            return false;
        for (std::size_t done = 0; done < size;) {
            const ssize_t count = pwrite(descriptor_, bytes + done, size - done, off_t(done));
            if (count <= 0)
                return false;
            done += std::size_t(count);
        }
        return true;
    }

  private:
    int descriptor_;
};

/// Sends standard error nowhere while it lives: for every 8-bit PNG with alpha, GEGL's saver makes libpng
/// complain of a background colour that nobody asked for.
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

/// Runs GEGL's saver; the answer is what went wrong, empty when nothing did.
std::string encode(GeglBuffer* buffer, PictureKind kind, const MemoryFile& file) {
    std::optional<QuietStandardError> quiet;
    if (kind == PictureKind::png)
        quiet.emplace();
    const GeglWarnings warnings;
    GObjectPointer<GeglNode> graph(gegl_node_new());
    const std::string path = file.path();
    GeglNode* source =
        gegl_node_new_child(graph.get(), "operation", "gegl:buffer-source", "buffer", buffer, nullptr);
    GeglNode* save = nullptr;
    switch (kind) {
    case PictureKind::png: {
        const int bits = babl_format_get_type(gegl_buffer_get_format(buffer), 0) == babl_type("u8") ? 8 : 16;
        save = gegl_node_new_child(graph.get(), "operation", "gegl:png-save", "path", path.c_str(),
                                   "bitdepth", bits, nullptr);
        break;
    }
    case PictureKind::jpeg:
        save = gegl_node_new_child(graph.get(), "operation", "gegl:jpg-save", "path", path.c_str(), "quality",
                                   lossy_quality, nullptr);
        break;
    case PictureKind::tiff:
        save = gegl_node_new_child(graph.get(), "operation", "gegl:tiff-save", "path", path.c_str(), nullptr);
        break;
    case PictureKind::webp: {
        // The saver converts to sRGB. The pixels are to stay in the photo's space, whose profile is added
        // below.
        save = gegl_node_new_child(graph.get(), "operation", "gegl:webp-save", "path", path.c_str(),
                                   "quality", lossy_quality, nullptr);
        GeglNode* cast = gegl_node_new_child(graph.get(), "operation", "gegl:cast-space", "pointer",
                                             babl_space("sRGB"), nullptr);
        gegl_node_link(source, cast);
        source = cast;
        break;
    }
    case PictureKind::exr:
        save = gegl_node_new_child(graph.get(), "operation", "gegl:exr-save", "path", path.c_str(), nullptr);
        break;
    }
    gegl_node_link(source, save);
    gegl_node_process(save);
    if (!warnings.text().empty())
        return warnings.text().substr(0, warnings.text().find('\n'));
    // The PNG saver tells of nothing that goes wrong while it writes.
    const auto written = check_picture(file.path());
    return written ? "" : "incomplete";
}

/// GEGL writes WebP without a profile.
bool add_webp_profile(MemoryFile& file, const Babl* space) {
    int length = 0;
    const char* profile = babl_space_get_icc(space, &length);
    if (!profile)
        return false;
    const auto bytes = file.bytes();
    const WebPData data{bytes.data(), bytes.size()};
    std::unique_ptr<WebPMux, decltype(&WebPMuxDelete)> mux(WebPMuxCreate(&data, 0), WebPMuxDelete);
    const WebPData chunk{reinterpret_cast<const std::uint8_t*>(profile), std::size_t(length)};
    WebPData assembled{};
    const bool added = mux && WebPMuxSetChunk(mux.get(), "ICCP", &chunk, 0) == WEBP_MUX_OK &&
                       WebPMuxAssemble(mux.get(), &assembled) == WEBP_MUX_OK &&
                       file.replace(assembled.bytes, assembled.size);
    WebPDataClear(&assembled);
    return added;
}

/// EXIF tags that describe how a TIFF stores its rows; they must not travel to another file.
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

bool has_any(GExiv2Metadata* metadata) {
    return gexiv2_metadata_has_exif(metadata) || gexiv2_metadata_has_xmp(metadata) ||
           gexiv2_metadata_has_iptc(metadata);
}

/// Copies EXIF, XMP and IPTC, with what is no longer true put right.
/// The answer is a sentence when the photo has metadata that could not be kept.
std::string copy_metadata(const PaintingFile& file, PictureKind kind, const MemoryFile& target) {
    GObjectPointer<GExiv2Metadata> metadata(gexiv2_metadata_new());
    GError* error = nullptr;
    if (file.photo.kind == PictureKind::exr ||
        !gexiv2_metadata_open_path(metadata.get(), file.photo_path.c_str(), nullptr) ||
        !has_any(metadata.get()))
        return {};
    if (kind == PictureKind::exr)
        return sentence(_("OpenEXR files cannot hold EXIF, XMP and IPTC: {} is without the photo's."),
                        file.path.filename().string());
    if (file.photo.kind == PictureKind::tiff || kind == PictureKind::tiff)
        for (const char* tag : storage_tags)
            gexiv2_metadata_try_clear_tag(metadata.get(), tag, nullptr);
    gexiv2_metadata_try_erase_exif_thumbnail(metadata.get(), nullptr); // shows the photo
    if (gexiv2_metadata_try_has_tag(metadata.get(), "Exif.Image.Orientation", nullptr))
        gexiv2_metadata_try_set_orientation(metadata.get(), GEXIV2_ORIENTATION_NORMAL, nullptr);
    if (gexiv2_metadata_try_has_tag(metadata.get(), "Xmp.tiff.Orientation", nullptr))
        gexiv2_metadata_try_set_tag_string(metadata.get(), "Xmp.tiff.Orientation", "1", nullptr);
    const std::array<std::pair<const char*, int>, 4> sizes{
        {{"Exif.Photo.PixelXDimension", file.painting.width},
         {"Exif.Photo.PixelYDimension", file.painting.height},
         {"Xmp.tiff.ImageWidth", file.painting.width},
         {"Xmp.tiff.ImageLength", file.painting.height}}};
    for (const auto& [tag, size] : sizes)
        if (gexiv2_metadata_try_has_tag(metadata.get(), tag, nullptr))
            gexiv2_metadata_try_set_tag_string(metadata.get(), tag, std::to_string(size).c_str(), nullptr);
    if (gexiv2_metadata_save_file(metadata.get(), target.path().c_str(), &error))
        return {};
    const std::string reason = error ? error->message : "";
    g_clear_error(&error);
    return sentence(_("The photo's EXIF, XMP and IPTC could not be copied to {} ({})."),
                    file.path.filename().string(), reason);
}

} // namespace

const Babl* format_for(PictureKind kind, const Babl* photo_format) {
    // GEGL's savers store all kinds but OpenEXR with the curve of the space.
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

Result<std::vector<std::string>> save_painting(const PaintingFile& file) try {
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
    const GeglRectangle extent{0, 0, file.painting.width, file.painting.height};
    MemoryFile encoded;
    if (encoded.descriptor() < 0)
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
        if (const std::string failed = encode(buffer.get(), *kind, encoded); !failed.empty())
            return not_encoded(file, failed);
    }
    const Babl* space = babl_format_get_space(format);
    if (*kind == PictureKind::webp && space != babl_space("sRGB") && !add_webp_profile(encoded, space))
        return not_encoded(file, "profile");
    if (std::string note = copy_metadata(file, *kind, encoded); !note.empty())
        notes.push_back(std::move(note));
    if (auto written = write_new_file(file.path, encoded.descriptor()); !written)
        return std::unexpected(written.error());
    return notes;
} catch (const std::bad_alloc&) {
    return failure(
        ErrorCode::out_of_memory,
        sentence(_("There is not enough memory to write {}: close other programs or use a --size-limit."),
                 file.path.string()));
}

} // namespace neural_style::cli
