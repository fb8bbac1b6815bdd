// SPDX-License-Identifier: GPL-3.0-or-later
#include "picture_check.hpp"

#include "translation.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <csetjmp>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <jpeglib.h>
#include <memory>
#include <new>
#include <string>
// jerror.h lists its codes only for those who define what to do with them.
#include <jerror.h>
#include <png.h>
#include <sys/stat.h>
#include <tiffio.h>
#include <webp/decode.h>
#include <webp/mux.h>

namespace neural_style {
namespace {

struct FileClose {
    void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, FileClose>;

/// In bytes; 0 if it is not a regular file.
std::uint64_t size_of(std::FILE* file) {
    struct stat status;
    return fstat(fileno(file), &status) == 0 && S_ISREG(status.st_mode) ? std::uint64_t(status.st_size) : 0;
}

/// A decoder's findings. Outlives the decoder's frame, which libpng and libjpeg leave by longjmp.
struct Decoded {
    std::uint64_t width = 0;
    std::uint64_t height = 0;
    std::vector<std::byte> profile;
    bool too_large = false;
    bool sound = false;
};

bool too_large(std::uint64_t width, std::uint64_t height) {
    return width > largest_picture || height > largest_picture || width * height > largest_picture;
}

void keep_profile(Decoded& decoded, const void* bytes, std::size_t size) {
    const auto* first = static_cast<const std::byte*>(bytes);
    decoded.profile.assign(first, first + size);
}

void leave_png(png_structp png, png_const_charp) {
    png_longjmp(png, 1);
}
void ignore_png(png_structp, png_const_charp) {}

void decode_png(std::FILE* file, Decoded& decoded) {
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, nullptr, leave_png, ignore_png);
    png_infop info = png ? png_create_info_struct(png) : nullptr;
    png_bytep volatile row = nullptr; // changed between setjmp and longjmp
    if (!info || setjmp(png_jmpbuf(png))) {
        if (png)
            png_free(png, row);
        png_destroy_read_struct(&png, &info, nullptr);
        return;
    }
    png_init_io(png, file);
    png_set_user_limits(png, largest_picture, largest_picture);
    png_read_info(png, info);
    decoded.width = png_get_image_width(png, info);
    decoded.height = png_get_image_height(png, info);
    decoded.too_large = too_large(decoded.width, decoded.height);
    if (!decoded.too_large) {
        png_charp name = nullptr;
        png_bytep profile = nullptr;
        png_uint_32 size = 0;
        int compression = 0;
        if (png_get_iCCP(png, info, &name, &compression, &profile, &size) == PNG_INFO_iCCP)
            keep_profile(decoded, profile, size);
        const int passes = png_set_interlace_handling(png);
        png_read_update_info(png, info);
        row = static_cast<png_bytep>(png_malloc(png, png_get_rowbytes(png, info)));
        for (int pass = 0; pass < passes; ++pass)
            for (std::uint64_t y = 0; y < decoded.height; ++y)
                png_read_row(png, row, nullptr);
        png_read_end(png, nullptr);
        png_free(png, row);
        decoded.sound = true;
    }
    png_destroy_read_struct(&png, &info, nullptr);
}

struct JpegErrors {
    jpeg_error_mgr manager; // first, so that libjpeg's pointer also points to this
    std::jmp_buf leave;
    int damages;
};

[[noreturn]] void leave_jpeg(j_common_ptr jpeg) {
    std::longjmp(reinterpret_cast<JpegErrors*>(jpeg->err)->leave, 1);
}

void count_jpeg(j_common_ptr jpeg, int level) {
    // Harmless: bytes between segments, odd version numbers.
    const int code = jpeg->err->msg_code;
    if (level < 0 && code != JWRN_EXTRANEOUS_DATA && code != JWRN_JFIF_MAJOR && code != JWRN_ADOBE_XFORM &&
        code != JWRN_TOO_MUCH_DATA)
        ++reinterpret_cast<JpegErrors*>(jpeg->err)->damages;
}

void decode_jpeg(std::FILE* file, Decoded& decoded) {
    jpeg_decompress_struct jpeg;
    JpegErrors errors;
    errors.damages = 0;
    jpeg.err = jpeg_std_error(&errors.manager);
    errors.manager.error_exit = leave_jpeg;
    errors.manager.emit_message = count_jpeg;
    if (setjmp(errors.leave)) {
        jpeg_destroy_decompress(&jpeg);
        return;
    }
    jpeg_create_decompress(&jpeg);
    jpeg_stdio_src(&jpeg, file);
    jpeg_save_markers(&jpeg, JPEG_APP0 + 2, 0xffff); // where profiles are
    jpeg_read_header(&jpeg, TRUE);
    JOCTET* profile = nullptr;
    unsigned size = 0;
    if (jpeg_read_icc_profile(&jpeg, &profile, &size)) {
        keep_profile(decoded, profile, size);
        std::free(profile);
    }
    decoded.width = jpeg.image_width;
    decoded.height = jpeg.image_height;
    decoded.too_large = too_large(decoded.width, decoded.height);
    if (!decoded.too_large) {
        jpeg.do_fancy_upsampling = FALSE; // the pixels are discarded
        jpeg.dct_method = JDCT_FASTEST;
        jpeg_start_decompress(&jpeg);
        JSAMPARRAY row = (*jpeg.mem->alloc_sarray)(reinterpret_cast<j_common_ptr>(&jpeg), JPOOL_IMAGE,
                                                   jpeg.output_width * jpeg.output_components, 1);
        while (jpeg.output_scanline < jpeg.output_height)
            jpeg_read_scanlines(&jpeg, row, 1);
        jpeg_finish_decompress(&jpeg);
        decoded.sound = errors.damages == 0;
    }
    jpeg_destroy_decompress(&jpeg);
}

int count_tiff(TIFF*, void* damages, const char*, const char*, va_list) {
    ++*static_cast<int*>(damages);
    return 1;
}
int ignore_tiff(TIFF*, void*, const char*, const char*, va_list) {
    return 1;
}

// Largest expansion of a compressed byte: blank lines of 17 000 pixels in CCITT's group 4 take a bit each,
// and Zstandard's runs an eighth of that.
constexpr std::uint64_t largest_expansion = 1 << 16;

void decode_tiff(const std::filesystem::path& path, std::uint64_t file_size, Decoded& decoded) {
    int damages = 0;
    TIFFOpenOptions* options = TIFFOpenOptionsAlloc();
    TIFFOpenOptionsSetErrorHandlerExtR(options, count_tiff, &damages);
    TIFFOpenOptionsSetWarningHandlerExtR(options, ignore_tiff, nullptr);
    // Limits single allocations for directories and tags of hostile files.
    TIFFOpenOptionsSetMaxSingleMemAlloc(options, tmsize_t(4) << 30);
    std::unique_ptr<TIFF, decltype(&TIFFClose)> tiff(TIFFOpenExt(path.c_str(), "r", options), TIFFClose);
    TIFFOpenOptionsFree(options);
    std::uint32_t width = 0, height = 0;
    if (!tiff || !TIFFGetField(tiff.get(), TIFFTAG_IMAGEWIDTH, &width) ||
        !TIFFGetField(tiff.get(), TIFFTAG_IMAGELENGTH, &height))
        return;
    decoded.width = width;
    decoded.height = height;
    decoded.too_large = too_large(width, height);
    if (decoded.too_large)
        return;
    const void* profile = nullptr;
    std::uint32_t profile_size = 0;
    if (TIFFGetField(tiff.get(), TIFFTAG_ICCPROFILE, &profile_size, &profile))
        keep_profile(decoded, profile, profile_size);
    const bool tiled = TIFFIsTiled(tiff.get());
    const tmsize_t size = tiled ? TIFFTileSize(tiff.get()) : TIFFStripSize(tiff.get());
    std::uint16_t compression = COMPRESSION_NONE;
    TIFFGetFieldDefaulted(tiff.get(), TIFFTAG_COMPRESSION, &compression);
    // No part is larger than the largest picture with four doubles per pixel, or than its file can hold.
    const std::uint64_t most = compression == COMPRESSION_NONE ? file_size : file_size * largest_expansion;
    if (size <= 0 || std::uint64_t(size) > std::min(most, largest_picture * 32))
        return;
    // Pages that the decoder does not write to are never allocated.
    const auto part = std::make_unique_for_overwrite<std::byte[]>(std::size_t(size));
    const std::uint32_t parts = tiled ? TIFFNumberOfTiles(tiff.get()) : TIFFNumberOfStrips(tiff.get());
    bool complete = true;
    for (std::uint32_t i = 0; i < parts && complete; ++i)
        complete = (tiled ? TIFFReadEncodedTile(tiff.get(), i, part.get(), size)
                          : TIFFReadEncodedStrip(tiff.get(), i, part.get(), size)) >= 0;
    decoded.sound = complete && damages == 0;
}

// A WebP's profile and other metadata; and what may follow the data that its header announces.
constexpr std::uint64_t most_webp_notes = 64 << 20, most_webp_rest = 1 << 20;

void decode_webp(std::FILE* file, std::uint64_t file_size, Decoded& decoded) {
    // Decoded from memory; the header tells the maximal size.
    std::vector<std::uint8_t> bytes(std::min<std::uint64_t>(file_size, 1 << 16));
    WebPBitstreamFeatures features;
    if (std::fread(bytes.data(), 1, bytes.size(), file) != bytes.size() || bytes.size() < 12 ||
        WebPGetFeatures(bytes.data(), bytes.size(), &features) != VP8_STATUS_OK)
        return;
    const auto length = 8 + (std::uint64_t(bytes[4]) | std::uint64_t(bytes[5]) << 8 |
                             std::uint64_t(bytes[6]) << 16 | std::uint64_t(bytes[7]) << 24);
    const auto pixels = std::uint64_t(features.width) * std::uint64_t(features.height);
    if (length > file_size || length + most_webp_rest < file_size || length > 8 * pixels + most_webp_notes)
        return;
    const auto read = std::min<std::uint64_t>(bytes.size(), length);
    bytes.resize(length);
    if (std::fread(bytes.data() + read, 1, length - read, file) != length - read)
        return;
    WebPDecoderConfig config;
    if (!WebPInitDecoderConfig(&config) ||
        WebPGetFeatures(bytes.data(), bytes.size(), &config.input) != VP8_STATUS_OK)
        return;
    decoded.width = config.input.width;
    decoded.height = config.input.height;
    decoded.too_large = too_large(decoded.width, decoded.height);
    if (decoded.too_large || config.input.has_animation)
        return;
    config.options.no_fancy_upsampling = 1;
    config.output.colorspace = config.input.has_alpha ? MODE_RGBA : MODE_RGB;
    decoded.sound = WebPDecode(bytes.data(), bytes.size(), &config) == VP8_STATUS_OK;
    WebPFreeDecBuffer(&config.output);
    const WebPData data{bytes.data(), bytes.size()};
    std::unique_ptr<WebPMux, decltype(&WebPMuxDelete)> mux(WebPMuxCreate(&data, 0), WebPMuxDelete);
    WebPData found{};
    if (mux && WebPMuxGetChunk(mux.get(), "ICCP", &found) == WEBP_MUX_OK)
        keep_profile(decoded, found.bytes, found.size);
}

std::optional<PictureKind> kind_of_content(std::string_view head) {
    using namespace std::string_view_literals;
    if (head.starts_with("\x89PNG\r\n\x1a\n"sv))
        return PictureKind::png;
    if (head.starts_with("\xff\xd8\xff"sv))
        return PictureKind::jpeg;
    if (head.starts_with("II*\0"sv) || head.starts_with("MM\0*"sv) || head.starts_with("II+\0"sv) ||
        head.starts_with("MM\0+"sv))
        return PictureKind::tiff;
    if (head.size() >= 12 && head.starts_with("RIFF"sv) && head.substr(8).starts_with("WEBP"sv))
        return PictureKind::webp;
    if (head.starts_with("v/1\x01"sv))
        return PictureKind::exr;
    return std::nullopt;
}

std::unexpected<Error> unreadable(std::string message) {
    return failure(ErrorCode::bad_picture, std::move(message));
}

} // namespace

std::string_view name_of(PictureKind kind) {
    constexpr std::array<std::string_view, 5> names{"PNG", "JPEG", "TIFF", "WebP", "OpenEXR"};
    return names[std::size_t(kind)];
}

std::optional<PictureKind> kind_of_name(const std::filesystem::path& path) {
    std::string ending = path.extension().string();
    std::ranges::transform(ending, ending.begin(), [](unsigned char c) { return char(std::tolower(c)); });
    if (ending == ".png")
        return PictureKind::png;
    if (ending == ".jpg" || ending == ".jpeg")
        return PictureKind::jpeg;
    if (ending == ".tif" || ending == ".tiff")
        return PictureKind::tiff;
    if (ending == ".webp")
        return PictureKind::webp;
    if (ending == ".exr")
        return PictureKind::exr;
    return std::nullopt;
}

std::optional<Error> check_size(const std::filesystem::path& path, std::uint64_t width,
                                std::uint64_t height) {
    if (!too_large(width, height))
        return std::nullopt;
    return Error{ErrorCode::bad_picture,
                 sentence(_("{} has {} x {} pixels: make it smaller, at most {} megapixels can be read."),
                          path.string(), width, height, largest_picture / 1'000'000)};
}

Error damaged_picture(const std::filesystem::path& path) {
    return {ErrorCode::bad_picture,
            sentence(_("{} is damaged or cut off: copy it again, or open it in GIMP and export it anew."),
                     path.string())};
}

Error no_memory_for(const std::filesystem::path& path) {
    return {
        ErrorCode::out_of_memory,
        sentence(_("There is not enough memory to read {}: close other programs or use a smaller picture."),
                 path.string())};
}

Result<PictureFacts> check_picture(const std::filesystem::path& path) try {
    const std::string name = path.string();
    std::error_code ignored;
    if (std::filesystem::is_directory(path, ignored))
        return unreadable(sentence(_("{} is a folder: name a picture file."), name));
    File file(std::fopen(path.c_str(), "rb"));
    if (!file)
        return unreadable(errno == ENOENT
                              ? sentence(_("{} does not exist: check the name of the picture."), name)
                              : sentence(_("{} cannot be opened ({}): check its permissions."), name,
                                         std::strerror(errno)));
    std::array<char, 16> head{};
    const std::size_t length = std::fread(head.data(), 1, head.size(), file.get());
    if (length == 0)
        return unreadable(sentence(_("{} is empty: choose another picture, or copy it again."), name));
    std::rewind(file.get());
    const auto kind = kind_of_content({head.data(), length});
    if (!kind)
        return unreadable(sentence(
            _("{} is not a picture of a known kind: convert it to PNG, JPEG, TIFF, WebP or OpenEXR."), name));

    PictureFacts facts;
    facts.kind = *kind;
    Decoded decoded;
    switch (*kind) {
    case PictureKind::png:
        decode_png(file.get(), decoded);
        break;
    case PictureKind::jpeg:
        decode_jpeg(file.get(), decoded);
        break;
    case PictureKind::tiff:
        decode_tiff(path, size_of(file.get()), decoded);
        break;
    case PictureKind::webp:
        decode_webp(file.get(), size_of(file.get()), decoded);
        break;
    case PictureKind::exr: // GEGL's loader reports what is wrong
        return facts;
    }
    if (auto error = check_size(path, decoded.width, decoded.height))
        return std::unexpected(*error);
    if (!decoded.sound)
        return std::unexpected(damaged_picture(path));
    facts.width = int(decoded.width);
    facts.height = int(decoded.height);
    facts.profile = std::move(decoded.profile);
    return facts;
} catch (const std::bad_alloc&) {
    return std::unexpected(no_memory_for(path));
}

} // namespace neural_style
