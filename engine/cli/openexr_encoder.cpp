// SPDX-License-Identifier: GPL-3.0-or-later
#include "encoded_rows.hpp"
#include "picture_encoders.hpp"

#include <ImathBox.h>
#include <ImfChannelList.h>
#include <ImfChromaticitiesAttribute.h>
#include <ImfFrameBuffer.h>
#include <ImfHeader.h>
#include <ImfIO.h>
#include <ImfOutputFile.h>
#include <ImfStandardAttributes.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <exception>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace neural_style::cli {
namespace {

/// OpenEXR writes through this.
class Stream : public Imf::OStream {
  public:
    explicit Stream(int file) : Imf::OStream("painting"), file_(file) {}

    void write(const char bytes[], int count) override {
        while (count > 0) {
            const ssize_t written = pwrite(file_, bytes, std::size_t(count), off_t(at_));
            if (written < 0 && errno != EINTR)
                throw std::system_error(errno, std::generic_category());
            if (written > 0) {
                bytes += written;
                count -= int(written);
                at_ += std::uint64_t(written);
            }
        }
    }
    std::uint64_t tellp() override { return at_; }
    void seekp(std::uint64_t at) override { at_ = at; }

  private:
    int file_;
    std::uint64_t at_ = 0;
};

Imf::Chromaticities chromaticities_of(const Babl* space) {
    std::array<double, 8> xy{};
    babl_space_get(space, &xy[0], &xy[1], &xy[2], &xy[3], &xy[4], &xy[5], &xy[6], &xy[7], nullptr, nullptr,
                   nullptr);
    const auto point = [&](int at) {
        return Imath::V2f(float(xy[std::size_t(at)]), float(xy[std::size_t(at) + 1]));
    };
    return {point(2), point(4), point(6), point(0)};
}

constexpr std::array<const char*, 4> names{"R", "G", "B", "A"};

Imf::Header header_of(const PictureToEncode& picture, const EncodedRows& rows) {
    const Imath::V2i first(picture.left, picture.top);
    const Imath::Box2i window(first, first + Imath::V2i(rows.width() - 1, rows.height() - 1));
    Imf::Header header(window, window, float(picture.pixel_aspect));
    header.compression() = Imf::ZIP_COMPRESSION;
    const Babl* space = babl_format_get_space(gegl_buffer_get_format(picture.buffer));
    if (space != babl_space("sRGB"))
        Imf::addChromaticities(header, chromaticities_of(space));
    if (picture.dots_per_inch > 0)
        Imf::addXDensity(header, float(picture.dots_per_inch));
    for (int i = 0; i < rows.channels(); ++i)
        header.channels().insert(names[std::size_t(i)], Imf::Channel(Imf::FLOAT));
    return header;
}

/// Colours of OpenEXR are weighted by alpha.
void multiply_by_alpha(std::vector<float>& pixels) {
    for (std::size_t i = 0; i + 3 < pixels.size(); i += 4)
        for (std::size_t c = 0; c < 3; ++c)
            pixels[i + c] *= pixels[i + 3];
}

} // namespace

std::string encode_openexr(const PictureToEncode& picture, int file) try {
    const EncodedRows rows(picture.buffer);
    Stream stream(file);
    Imf::OutputFile output(stream, header_of(picture, rows));
    constexpr int band_rows = 64;
    std::vector<float> band;
    for (int y = 0; y < rows.height(); y += band_rows) {
        const int count = std::min(band_rows, rows.height() - y);
        band.resize(rows.row_bytes() / sizeof(float) * std::size_t(count));
        rows.read(y, count, band.data());
        if (rows.alpha())
            multiply_by_alpha(band);
        Imf::FrameBuffer frame;
        const std::size_t pixel = std::size_t(rows.channels()) * sizeof(float);
        char* const corner = reinterpret_cast<char*>(band.data()) -
                             std::ptrdiff_t(picture.left) * std::ptrdiff_t(pixel) -
                             std::ptrdiff_t(picture.top + y) * std::ptrdiff_t(rows.row_bytes());
        for (int i = 0; i < rows.channels(); ++i)
            frame.insert(
                names[std::size_t(i)],
                Imf::Slice(Imf::FLOAT, corner + std::size_t(i) * sizeof(float), pixel, rows.row_bytes()));
        output.setFrameBuffer(frame);
        output.writePixels(count);
    }
    return "";
} catch (const std::bad_alloc&) {
    throw;
} catch (const std::exception& error) {
    return error.what();
}

} // namespace neural_style::cli
