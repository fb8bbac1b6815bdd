// SPDX-License-Identifier: GPL-3.0-or-later
// OpenEXR through its own library, which is asked for channels by name.
#include "color_space.hpp"
#include "decoding.hpp"

#include <neural_style/formatted.hpp>

#include <ImathBox.h>
#include <ImfChannelList.h>
#include <ImfChromaticitiesAttribute.h>
#include <ImfFrameBuffer.h>
#include <ImfIO.h>
#include <ImfInputPart.h>
#include <ImfMultiPartInputFile.h>
#include <ImfPartType.h>
#include <ImfRgbaFile.h>
#include <ImfStandardAttributes.h>
#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <map>
#include <new>
#include <stdexcept>
#include <unistd.h>

namespace neural_style::reader {
namespace {

/// The file as OpenEXR's stream.
class Stream : public Imf::IStream {
  public:
    explicit Stream(const Source& source) : Imf::IStream("picture"), source_(source) {}

    bool read(char bytes[], int count) override {
        const std::string found = source_.bytes(at_, std::size_t(std::max(count, 0)));
        if (found.size() != std::size_t(count))
            throw std::runtime_error("end of file");
        std::memcpy(bytes, found.data(), found.size());
        at_ += found.size();
        return at_ < source_.size();
    }
    std::uint64_t tellg() override { return at_; }
    void seekg(std::uint64_t at) override { at_ = at; }

  private:
    const Source& source_;
    std::uint64_t at_ = 0;
};

/// The names of the picture's channels.
struct Channels {
    std::vector<std::string> colors; ///< three; one if grey
    std::string alpha = {};          ///< empty: none
    std::string layer = {};          ///< empty: none
    bool luminance_chroma = false;   ///< Y, RY, BY
};

std::expected<Channels, Refusal> channels_of(const Imf::Header& header) {
    const Imf::ChannelList& list = header.channels();
    std::string names;
    std::map<std::string, std::array<std::string, 4>> layers;
    int count = 0;
    for (auto i = list.begin(); i != list.end(); ++i, ++count) {
        const std::string name = i.name();
        names += (names.empty() ? "" : ", ") + name;
        const std::size_t dot = name.rfind('.');
        const std::string last = dot == std::string::npos ? name : name.substr(dot + 1);
        constexpr std::string_view rgba = "RGBA", small = "rgba";
        const std::size_t at =
            last.size() == 1 ? std::min(rgba.find(last[0]), small.find(last[0])) : rgba.npos;
        if (at != rgba.npos)
            layers[dot == std::string::npos ? "" : name.substr(0, dot)][at] = name;
    }
    std::erase_if(layers, [](const auto& layer) {
        return layer.second[0].empty() || layer.second[1].empty() || layer.second[2].empty();
    });
    const auto take = [](const auto& layer) {
        const auto& [name, found] = layer;
        return Channels{.colors = {found[0], found[1], found[2]}, .alpha = found[3], .layer = name};
    };
    if (layers.contains(""))
        return take(*layers.find(""));
    if (list.findChannel("Y"))
        return Channels{.colors = {"Y"},
                        .alpha = list.findChannel("A") ? "A" : "",
                        .luminance_chroma = list.findChannel("RY") && list.findChannel("BY")};
    if (layers.size() == 1)
        return take(*layers.begin());
    if (layers.size() > 1) {
        // Blender's name for the picture itself.
        const auto combined = std::ranges::find_if(layers, [](const auto& layer) {
            return layer.first == "Combined" || layer.first.ends_with(".Combined");
        });
        if (combined != layers.end())
            return take(*combined);
        std::string all;
        for (const auto& [name, found] : layers)
            all += (all.empty() ? "" : ", ") + name;
        return refused(Reason::several_layers, all);
    }
    if (count == 1)
        return Channels{.colors = {list.begin().name()}};
    return refused(Reason::no_channels, names);
}

bool is_default(const Imf::Chromaticities& own) {
    const Imf::Chromaticities usual;
    const auto near = [](const Imath::V2f& a, const Imath::V2f& b) {
        return std::abs(a.x - b.x) < 1e-3f && std::abs(a.y - b.y) < 1e-3f;
    };
    return near(own.red, usual.red) && near(own.green, usual.green) && near(own.blue, usual.blue) &&
           near(own.white, usual.white);
}

std::optional<ColorSpace> space_in(const Imf::Header& header) {
    if (!Imf::hasChromaticities(header) || is_default(Imf::chromaticities(header)))
        return std::nullopt;
    const Imf::Chromaticities& own = Imf::chromaticities(header);
    const auto point = [](const Imath::V2f& at) { return cmsCIExyY{at.x, at.y, 1}; };
    return space_of({point(own.white), {point(own.red), point(own.green), point(own.blue)}}, Curve::linear, 1,
                    "chromaticities");
}

double pixel_aspect_of(const Imf::Header& header) {
    const double aspect = header.pixelAspectRatio();
    return std::isfinite(aspect) && aspect > 0 ? aspect : 1;
}

/// The rows of the display window: what the data window covers of it, transparent or black elsewhere.
class Rows {
  public:
    Rows(const Imath::Box2i& display, const Imath::Box2i& data, int channels)
        : display_(display), data_(data), channels_(channels),
          width_(std::size_t(display.max.x - display.min.x) + 1) {}

    bool has_data(int y) const { return y >= data_.min.y && y <= data_.max.y; }
    /// `row`: of the data window; its colours are divided by alpha, the last of 2 or 4 channels.
    void copy(const float* row, float* to) const {
        std::fill_n(to, width_ * std::size_t(channels_), 0.0f);
        const int first = std::max(display_.min.x, data_.min.x), last = std::min(display_.max.x, data_.max.x);
        if (first > last)
            return;
        const auto count = std::size_t(last - first + 1), channels = std::size_t(channels_);
        float* out = to + std::size_t(first - display_.min.x) * channels;
        std::memcpy(out, row + std::size_t(first - data_.min.x) * channels, count * channels * sizeof(float));
        if (channels_ % 2 != 0)
            return;
        for (std::size_t i = 0; i < count; ++i, out += channels)
            if (const float alpha = out[channels - 1]; alpha > 0)
                for (std::size_t c = 0; c + 1 < channels; ++c)
                    out[c] /= alpha;
    }
    std::size_t width() const { return width_; }

  private:
    Imath::Box2i display_, data_;
    int channels_;
    std::size_t width_;
};

constexpr int band_rows = 64;

template <typename ReadBand>
void send_rows(const Imath::Box2i& display, const Imath::Box2i& data, int channels, Answer& answer,
               ReadBand read) {
    const Rows rows(display, data, channels);
    const std::size_t data_width = std::size_t(data.max.x - data.min.x) + 1,
                      values = rows.width() * std::size_t(channels);
    std::vector<float> band, out;
    for (int y = display.min.y; y <= display.max.y; y += band_rows) {
        const int last = std::min(display.max.y, y + band_rows - 1);
        const int from = std::max(y, data.min.y), to = std::min(last, data.max.y);
        if (from <= to) {
            band.assign(data_width * std::size_t(to - from + 1) * std::size_t(channels), 0.0f);
            read(from, to, band.data());
        }
        out.assign(values * std::size_t(last - y + 1), 0.0f);
        for (int row = from; row <= to; ++row)
            rows.copy(band.data() + std::size_t(row - from) * data_width * std::size_t(channels),
                      out.data() + std::size_t(row - y) * values);
        answer.rows(std::as_bytes(std::span(out)));
    }
}

/// Luminance at every pixel and chroma at every second; the library combines them.
Decoded decode_luminance_chroma(const Order& order, PictureHead head, Answer& answer) {
    Stream stream(order.source);
    Imf::RgbaInputFile file(stream);
    head.channels = head.channels == 2 ? 4 : 3;
    answer.begin(head);
    if (order.head_only)
        return {};
    const Imath::Box2i data = file.dataWindow();
    const std::size_t width = std::size_t(data.max.x - data.min.x) + 1;
    std::vector<Imf::Rgba> pixels(width * band_rows);
    send_rows(file.displayWindow(), data, head.channels, answer, [&](int from, int to, float* band) {
        file.setFrameBuffer(pixels.data() - std::ptrdiff_t(from) * std::ptrdiff_t(width) - data.min.x, 1,
                            width);
        file.readPixels(from, to);
        for (std::size_t i = 0; i < width * std::size_t(to - from + 1); ++i) {
            *band++ = pixels[i].r;
            *band++ = pixels[i].g;
            *band++ = pixels[i].b;
            if (head.channels == 4)
                *band++ = pixels[i].a;
        }
    });
    return {};
}

bool sampled_alike(const Imf::Header& header, const Channels& channels) {
    const auto whole = [&](const std::string& name) {
        const Imf::Channel* channel = header.channels().findChannel(name);
        return channel && channel->xSampling == 1 && channel->ySampling == 1;
    };
    return std::ranges::all_of(channels.colors, whole) && (channels.alpha.empty() || whole(channels.alpha));
}

Decoded decode_file(const Order& order, Answer& answer) {
    Stream stream(order.source);
    Imf::MultiPartInputFile file(stream);
    // The first part with colours; depth and the like come as parts of one channel.
    std::expected<Channels, Refusal> channels = refused(Reason::deep);
    int part = 0, colored = 0;
    for (int i = 0; i < file.parts(); ++i) {
        const Imf::Header& header = file.header(i);
        if (header.hasType() && Imf::isDeepData(header.type()))
            continue;
        auto found = channels_of(header);
        const bool colors = found && (found->colors.size() > 1 || found->luminance_chroma);
        colored += colors;
        if ((colors && colored == 1) || (found && !channels) ||
            (!found && !channels && channels.error().reason == Reason::deep)) {
            channels = std::move(found);
            part = i;
        }
    }
    if (!channels)
        return std::unexpected(channels.error());
    const Imf::Header& header = file.header(part);
    const Imath::Box2i display = header.displayWindow(), data = header.dataWindow();
    const auto side = [](int least, int most) { return std::uint64_t(std::int64_t(most) - least + 1); };
    const std::uint64_t width = side(display.min.x, display.max.x),
                        height = side(display.min.y, display.max.y);
    for (const auto& checked :
         {check_size(width, height), check_size(side(data.min.x, data.max.x), side(data.min.y, data.max.y))})
        if (!checked)
            return checked;

    PictureHead head{.kind = "OpenEXR",
                     .width = int(width),
                     .height = int(height),
                     .channels = int(channels->colors.size()) + (channels->alpha.empty() ? 0 : 1),
                     .sample = Sample::f32,
                     .linear = true,
                     .stored = channels->colors.size() == 1 ? "grey" : "RGB",
                     .pages = file.parts(),
                     .left = display.min.x,
                     .top = display.min.y,
                     .pixel_aspect = pixel_aspect_of(header)};
    if (head.pixel_aspect != 1)
        head.notes.push_back({Note::oblong_pixels, formatted("{:.4g}", head.pixel_aspect)});
    if (auto space = space_in(header)) {
        head.space = std::move(space->plain);
        head.color = space->name;
    }
    if (colored > 1)
        head.notes.push_back({Note::first_of_several, std::to_string(colored)});
    if (!channels->layer.empty())
        head.notes.push_back({Note::layer_taken, channels->layer});
    if (channels->luminance_chroma)
        return decode_luminance_chroma(order, std::move(head), answer);
    if (!sampled_alike(header, *channels))
        return refused(Reason::no_channels, "");
    answer.begin(head);
    if (order.head_only)
        return {};

    auto names = channels->colors;
    if (!channels->alpha.empty())
        names.push_back(channels->alpha);
    Imf::InputPart input(file, part);
    const std::size_t pixel = names.size() * sizeof(float),
                      row = pixel * (std::size_t(data.max.x - data.min.x) + 1);
    send_rows(display, data, int(names.size()), answer, [&](int from, int to, float* band) {
        Imf::FrameBuffer frame;
        char* const corner = reinterpret_cast<char*>(band) -
                             std::ptrdiff_t(data.min.x) * std::ptrdiff_t(pixel) -
                             std::ptrdiff_t(from) * std::ptrdiff_t(row);
        for (std::size_t i = 0; i < names.size(); ++i)
            frame.insert(names[i], Imf::Slice(Imf::FLOAT, corner + i * sizeof(float), pixel, row));
        input.setFrameBuffer(frame);
        input.readPixels(from, to);
    });
    return {};
}

} // namespace

Decoded decode_openexr(const Order& order, Answer& answer) try {
    return decode_file(order, answer);
} catch (const std::bad_alloc&) {
    return refused(Reason::no_memory);
} catch (const std::exception&) {
    return refused(Reason::damaged);
}

} // namespace neural_style::reader
