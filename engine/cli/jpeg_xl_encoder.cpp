// SPDX-License-Identifier: GPL-3.0-or-later
#include "encoded_rows.hpp"
#include "picture_encoders.hpp"
#include "write_bytes.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <jxl/encode_cxx.h>
#include <jxl/thread_parallel_runner_cxx.h>
#include <vector>

namespace neural_style::cli {
namespace {

bool add_box(JxlEncoder* encoder, const char* type, std::span<const unsigned char> bytes) {
    return JxlEncoderAddBox(encoder, type, bytes.data(), bytes.size(), JXL_FALSE) == JXL_ENC_SUCCESS;
}

bool add_metadata(JxlEncoder* encoder, const PictureToEncode& picture) {
    if (picture.exif.empty() && picture.xmp.empty())
        return true;
    if (JxlEncoderUseBoxes(encoder) != JXL_ENC_SUCCESS)
        return false;
    if (!picture.exif.empty()) {
        std::vector<unsigned char> box(4); // where it begins after these bytes: at once
        box.insert(box.end(), picture.exif.begin(), picture.exif.end());
        if (!add_box(encoder, "Exif", box))
            return false;
    }
    const auto* text = reinterpret_cast<const unsigned char*>(picture.xmp.data());
    return picture.xmp.empty() || add_box(encoder, "xml ", {text, picture.xmp.size()});
}

bool describe(JxlEncoder* encoder, const PictureToEncode& picture, const EncodedRows& rows) {
    JxlBasicInfo info;
    JxlEncoderInitBasicInfo(&info);
    info.xsize = std::uint32_t(rows.width());
    info.ysize = std::uint32_t(rows.height());
    info.bits_per_sample = std::uint32_t(rows.bytes() * 8);
    info.exponent_bits_per_sample = rows.bytes() == 4 ? 8 : 0;
    info.num_color_channels = 3;
    info.uses_original_profile = JXL_TRUE;
    if (rows.alpha()) {
        info.num_extra_channels = 1;
        info.alpha_bits = info.bits_per_sample;
        info.alpha_exponent_bits = info.exponent_bits_per_sample;
    }
    if (JxlEncoderSetBasicInfo(encoder, &info) != JXL_ENC_SUCCESS)
        return false;
    if (!picture.profile.empty())
        return JxlEncoderSetICCProfile(encoder, reinterpret_cast<const std::uint8_t*>(picture.profile.data()),
                                       picture.profile.size()) == JXL_ENC_SUCCESS;
    JxlColorEncoding srgb;
    JxlColorEncodingSetToSRGB(&srgb, JXL_FALSE);
    return JxlEncoderSetColorEncoding(encoder, &srgb) == JXL_ENC_SUCCESS;
}

bool add_pixels(JxlEncoder* encoder, const EncodedRows& rows) {
    JxlEncoderFrameSettings* const settings = JxlEncoderFrameSettingsCreate(encoder, nullptr);
    // Higher efforts take many times as long for a twentieth less.
    if (JxlEncoderSetFrameLossless(settings, JXL_TRUE) != JXL_ENC_SUCCESS ||
        JxlEncoderFrameSettingsSetOption(settings, JXL_ENC_FRAME_SETTING_EFFORT, 3) != JXL_ENC_SUCCESS)
        return false;
    const JxlDataType type = rows.bytes() == 1   ? JXL_TYPE_UINT8
                             : rows.bytes() == 2 ? JXL_TYPE_UINT16
                                                 : JXL_TYPE_FLOAT;
    const JxlPixelFormat format{std::uint32_t(rows.channels()), type, JXL_NATIVE_ENDIAN, 0};
    std::vector<std::byte> pixels(rows.row_bytes() * std::size_t(rows.height()));
    rows.read(0, rows.height(), pixels.data());
    return JxlEncoderAddImageFrame(settings, &format, pixels.data(), pixels.size()) == JXL_ENC_SUCCESS;
}

/// Returns errno, or -1 for the encoder's own error; 0: done.
int write_output(JxlEncoder* encoder, int file) {
    std::vector<std::uint8_t> piece(1 << 20);
    for (;;) {
        std::uint8_t* next = piece.data();
        std::size_t room = piece.size();
        const JxlEncoderStatus status = JxlEncoderProcessOutput(encoder, &next, &room);
        if (const int reason = write_bytes(file, std::as_bytes(std::span(piece.data(), next))))
            return reason;
        if (status != JXL_ENC_NEED_MORE_OUTPUT)
            return status == JXL_ENC_SUCCESS ? 0 : -1;
    }
}

} // namespace

std::string encode_jpeg_xl(const PictureToEncode& picture, int file) {
    const EncodedRows rows(picture.buffer);
    const JxlThreadParallelRunnerPtr threads =
        JxlThreadParallelRunnerMake(nullptr, JxlThreadParallelRunnerDefaultNumWorkerThreads());
    const JxlEncoderPtr encoder = JxlEncoderMake(nullptr);
    if (!encoder || !threads)
        return std::strerror(ENOMEM);
    bool done =
        JxlEncoderSetParallelRunner(encoder.get(), JxlThreadParallelRunner, threads.get()) == JXL_ENC_SUCCESS;
    done = done && add_metadata(encoder.get(), picture);
    done = done && describe(encoder.get(), picture, rows);
    done = done && add_pixels(encoder.get(), rows);
    if (!done)
        return "libjxl " + std::to_string(int(JxlEncoderGetError(encoder.get())));
    JxlEncoderCloseInput(encoder.get());
    const int reason = write_output(encoder.get(), file);
    if (reason > 0)
        return std::strerror(reason);
    return reason == 0 ? "" : "libjxl " + std::to_string(int(JxlEncoderGetError(encoder.get())));
}

} // namespace neural_style::cli
