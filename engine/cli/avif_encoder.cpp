// SPDX-License-Identifier: GPL-3.0-or-later
#include "encoded_rows.hpp"
#include "picture_encoders.hpp"
#include "write_bytes.hpp"

#include <cstring>
#include <libheif/heif_cxx.h>
#include <vector>

namespace neural_style::cli {
namespace {

/// 1 to 100: lower ones show smears in brush strokes.
constexpr int quality = 90;
/// The most that AVIF has.
constexpr int most_bits = 12;

class Writer : public heif::Context::Writer {
  public:
    explicit Writer(int file) : file_(file) {}

    heif_error write(const void* data, std::size_t size) override {
        if (const int reason = write_bytes(file_, {static_cast<const std::byte*>(data), size}))
            return {heif_error_Encoding_error, heif_suberror_Cannot_write_output_data, std::strerror(reason)};
        return {heif_error_Ok, heif_suberror_Unspecified, "Success"};
    }

  private:
    int file_;
};

/// The buffer's pixels as libheif has them.
heif::Image pixels_of(const EncodedRows& rows) {
    heif::Image image;
    const bool deep = rows.bytes() > 1;
    image.create(
        rows.width(), rows.height(), heif_colorspace_RGB,
        deep ? (rows.alpha() ? heif_chroma_interleaved_RRGGBBAA_LE : heif_chroma_interleaved_RRGGBB_LE)
             : (rows.alpha() ? heif_chroma_interleaved_RGBA : heif_chroma_interleaved_RGB));
    image.add_plane(heif_channel_interleaved, rows.width(), rows.height(), deep ? most_bits : 8);
    std::size_t stride = 0;
    std::uint8_t* const plane = image.get_plane2(heif_channel_interleaved, &stride);
    std::vector<std::uint16_t> row(deep ? rows.row_bytes() / 2 : 0);
    for (int y = 0; y < rows.height(); ++y) {
        std::uint8_t* to = plane + std::size_t(y) * stride;
        if (!deep) {
            rows.read(y, 1, to);
            continue;
        }
        rows.read(y, 1, row.data());
        constexpr std::uint32_t from = 65535, most = (1 << most_bits) - 1;
        for (const std::uint32_t sample : row) {
            const std::uint32_t value = (sample * most + from / 2) / from;
            *to++ = std::uint8_t(value);
            *to++ = std::uint8_t(value >> 8);
        }
    }
    return image;
}

void tell_colors(heif::Image& image, const PictureToEncode& picture) {
    if (!picture.profile.empty()) {
        const auto* first = reinterpret_cast<const std::uint8_t*>(picture.profile.data());
        image.set_raw_color_profile(heif_color_profile_type_prof, {first, first + picture.profile.size()});
        return;
    }
    heif::ColorProfile_nclx srgb;
    srgb.set_color_primaries(heif_color_primaries_ITU_R_BT_709_5);
    srgb.set_transfer_characteristics(heif_transfer_characteristic_IEC_61966_2_1);
    srgb.set_matrix_coefficients(heif_matrix_coefficients_ITU_R_BT_601_6);
    srgb.set_full_range_flag(true);
    image.set_nclx_color_profile(srgb);
}

} // namespace

bool avif_has_encoder() {
    return heif_have_encoder_for_format(heif_compression_AV1) != 0;
}

std::string encode_avif(const PictureToEncode& picture, int file) try {
    const EncodedRows rows(picture.buffer);
    heif::Image image = pixels_of(rows);
    tell_colors(image, picture);
    heif::Encoder encoder(heif_compression_AV1);
    encoder.set_lossy_quality(quality);
    encoder.set_string_parameter("chroma", "444");
    heif::Context context;
    const heif::ImageHandle handle = context.encode_image(image, encoder);
    if (!picture.exif.empty())
        context.add_exif_metadata(handle, picture.exif.data(), int(picture.exif.size()));
    if (!picture.xmp.empty())
        context.add_XMP_metadata(handle, picture.xmp.data(), int(picture.xmp.size()));
    Writer writer(file);
    context.write(writer);
    return "";
} catch (const heif::Error& error) {
    return error.get_message();
}

} // namespace neural_style::cli
