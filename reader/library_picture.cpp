// SPDX-License-Identifier: GPL-3.0-or-later
// Pictures that libvips reads, plus what it leaves to its callers: which directory of a TIFF is the picture,
// which channel is alpha, what the colours mean.
#include "color_space.hpp"
#include "decoding.hpp"
#include "gif_head.hpp"
#include "high_range.hpp"
#include "png_colors.hpp"
#include "pnm_head.hpp"
#include "shrinking.hpp"
#include "tiff_directory.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <vips/vips.h>

namespace neural_style::reader {
namespace {

struct Unref {
    void operator()(void* object) const { g_object_unref(object); }
};
using Picture = std::unique_ptr<VipsImage, Unref>;

/// Owns the result of a libvips operation; empty if it failed.
template <typename Operation>
Picture made(Operation operation) {
    VipsImage* image = nullptr;
    return operation(&image) == 0 ? Picture(image) : Picture();
}

Picture opened_by_magick(const std::string& name) {
    return made([&](VipsImage** out) {
        return vips_magickload(name.c_str(), out, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on",
                               VIPS_FAIL_ON_ERROR, nullptr);
    });
}

/// ImageMagick reads more kinds of TIFF than libvips, as 16 bits or as floats of that scale.
Picture rare_tiff(const Source& source, const TiffDirectory& directory) {
    if (directory.sub >= 0)
        return {};
    Picture image = opened_by_magick("tiff:" + source.path() + "[" + std::to_string(directory.page) + "]");
    if (!image || vips_band_format_isint(vips_image_get_format(image.get())))
        return image;
    return made([&](VipsImage** out) { return vips_linear1(image.get(), out, 1 / 65535.0, 0, nullptr); });
}

Picture opened(const FileKind& kind, const Source& source, const TiffDirectory& directory) {
    if (kind.way == Way::magick)
        return opened_by_magick(std::string(kind.loader) + ":" + source.path());
    if (directory.rare)
        return rare_tiff(source, directory);
    lseek(source.descriptor(), 0, SEEK_SET);
    const std::unique_ptr<VipsSource, Unref> from(vips_source_new_from_descriptor(source.descriptor()));
    if (!from)
        return {};
    if (kind.way == Way::tiff)
        return made([&](VipsImage** out) {
            return vips_tiffload_source(from.get(), out, "page", directory.page, "subifd", directory.sub,
                                        "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_ERROR,
                                        nullptr);
        });
    return made([&](VipsImage** out) {
        return vips_call(kind.loader, from.get(), out, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on",
                         VIPS_FAIL_ON_ERROR, nullptr);
    });
}

/// Channels of the picture as it is stored.
struct Bands {
    Model model = Model::rgb;
    int colors = 3;
    int alpha = -1;      ///< index of its band; -1: none
    bool others = false; ///< there are bands that are neither
};

Bands bands_of(VipsImage* image, bool tiff, const std::vector<Extra>& extras) {
    const int count = vips_image_get_bands(image);
    const auto meaning = vips_image_get_interpretation(image);
    Bands bands;
    if (meaning == VIPS_INTERPRETATION_CMYK && count >= 4)
        bands = {.model = Model::cmyk, .colors = 4};
    else if (meaning == VIPS_INTERPRETATION_LAB && count >= 3)
        bands = {.model = Model::lab, .colors = 3};
    else if (count < 3)
        bands = {.model = Model::grey, .colors = 1};
    if (!tiff) {
        bands.alpha = count > bands.colors ? bands.colors : -1;
        bands.others = count > bands.colors + 1;
        return bands;
    }
    // libvips takes grey with several extra channels for RGB.
    if (count - int(extras.size()) == 1)
        bands = {.model = Model::grey, .colors = 1};
    for (int i = 0; bands.colors + i < count; ++i) {
        const Extra extra = std::size_t(i) < extras.size() ? extras[std::size_t(i)] : Extra::unspecified;
        if (extra == Extra::unspecified || bands.alpha >= 0)
            bands.others = true;
        else
            bands.alpha = bands.colors + i;
    }
    return bands;
}

Sample sample_of(VipsImage* image) {
    switch (vips_image_get_format(image)) {
    case VIPS_FORMAT_UCHAR:
        return Sample::u8;
    case VIPS_FORMAT_USHORT:
        return Sample::u16;
    default:
        return Sample::f32;
    }
}

/// The value that means 1 in integers that are read as floats.
double full_scale(VipsBandFormat format) {
    switch (format) {
    case VIPS_FORMAT_UINT:
        return 4294967295.0;
    case VIPS_FORMAT_INT:
        return 2147483647.0;
    case VIPS_FORMAT_SHORT:
        return 32767.0;
    case VIPS_FORMAT_CHAR:
        return 127.0;
    default:
        return 1.0;
    }
}

/// Integers of which `white` is the largest over the range of their type.
Picture scaled_to_white(Picture image, int white) {
    const auto format = vips_image_get_format(image.get());
    const int largest = format == VIPS_FORMAT_UCHAR ? 255 : 65535;
    if (white == 0 || white == largest || sample_of(image.get()) == Sample::f32)
        return image;
    const Picture scaled = made([&](VipsImage** out) { // what is cast is rounded down
        return vips_linear1(image.get(), out, double(largest) / white, 0.5, nullptr);
    });
    return scaled ? made([&](VipsImage** out) { return vips_cast(scaled.get(), out, format, nullptr); })
                  : Picture();
}

/// The frame alone on a transparent screen.
Picture on_clear_screen(const Picture& image, const GifFrame& frame) {
    const Picture part = made([&](VipsImage** out) {
        return vips_extract_area(image.get(), out, frame.left, frame.top, frame.width, frame.height, nullptr);
    });
    const Picture opaque =
        part ? made([&](VipsImage** out) { return vips_addalpha(part.get(), out, nullptr); }) : Picture();
    return opaque ? made([&](VipsImage** out) {
        return vips_embed(opaque.get(), out, frame.left, frame.top, vips_image_get_width(image.get()),
                          vips_image_get_height(image.get()), nullptr);
    })
                  : Picture();
}

/// Only the colours, then alpha, as 8 bits, 16 bits or floats.
Picture reduced(Picture image, const Bands& bands) {
    if (vips_image_get_bands(image.get()) > bands.colors + (bands.alpha >= 0 ? 1 : 0) ||
        (bands.alpha >= 0 && bands.alpha != bands.colors)) {
        Picture colors = made([&](VipsImage** out) {
            return vips_extract_band(image.get(), out, 0, "n", bands.colors, nullptr);
        });
        if (colors && bands.alpha >= 0) {
            const Picture alpha = made(
                [&](VipsImage** out) { return vips_extract_band(image.get(), out, bands.alpha, nullptr); });
            colors = alpha ? made([&](VipsImage** out) {
                return vips_bandjoin2(colors.get(), alpha.get(), out, nullptr);
            })
                           : Picture();
        }
        image = std::move(colors);
    }
    if (image && sample_of(image.get()) == Sample::f32 &&
        vips_image_get_format(image.get()) != VIPS_FORMAT_FLOAT) {
        const double scale = full_scale(vips_image_get_format(image.get()));
        image = made([&](VipsImage** out) { return vips_linear1(image.get(), out, 1 / scale, 0, nullptr); });
        image = image ? made([&](VipsImage** out) { return vips_cast_float(image.get(), out, nullptr); })
                      : Picture();
    }
    return image;
}

/// Converts libvips' rows and sends them to the client.
class Rows {
  public:
    Rows(Answer& answer, int width, int height, int channels, Sample sample)
        : answer_(answer), width_(std::size_t(width)), height_(height), channels_(std::size_t(channels)),
          sample_(sample) {}

    std::optional<ToSrgb> to_srgb;
    std::optional<ToneMap> tone_map;

    double share() const { return double(done_) / height_; }

    static int take(VipsRegion* region, VipsRect* area, void* rows) {
        static_cast<Rows*>(rows)->send(region, *area);
        return 0;
    }

  private:
    void send(VipsRegion* region, const VipsRect& area) {
        const std::size_t bytes = width_ * channels_ * sample_bytes(sample_);
        strip_.resize(bytes * std::size_t(area.height));
        for (int y = 0; y < area.height; ++y) {
            const auto* from =
                reinterpret_cast<const std::byte*>(VIPS_REGION_ADDR(region, area.left, area.top + y));
            std::byte* const to = strip_.data() + bytes * std::size_t(y);
            if (to_srgb)
                to_srgb->row(from, to, width_);
            else if (tone_map)
                tone_map->row(from, to, width_);
            else
                std::memcpy(to, from, bytes);
        }
        answer_.rows(strip_);
        done_ += area.height;
    }

    Answer& answer_;
    std::size_t width_;
    int height_;
    std::size_t channels_;
    Sample sample_;
    int done_ = 0;
    std::vector<std::byte> strip_;
};

/// An entry of the picture's metadata as text; empty if there is none.
std::string text_at(VipsImage* image, const char* name) {
    const char* text = nullptr;
    if (vips_image_get_typeof(image, name) == 0 || vips_image_get_string(image, name, &text) != 0)
        return {};
    return text;
}

/// Cameras declare Adobe RGB only in EXIF (DCF 2.0, 3.2.2).
bool is_adobe_rgb_by_exif(VipsImage* image) {
    return text_at(image, "exif-ifd4-InteroperabilityIndex").starts_with("R03") ||
           text_at(image, "exif-ifd2-ColorSpace").starts_with("2 ");
}

/// In dots per inch; 0: nothing. libvips makes a pixel a millimetre up where the file tells nothing.
double resolution_in_exif(VipsImage* image) {
    const std::string dots = text_at(image, "exif-ifd0-XResolution"),
                      unit = text_at(image, "exif-ifd0-ResolutionUnit");
    double above = 0, below = 0;
    constexpr double made_up = 25.4;
    if (std::sscanf(dots.c_str(), "%lf/%lf", &above, &below) != 2 || !(above > 0) || !(below > 0) ||
        unit.starts_with("1 ") || above / below == made_up)
        return 0;
    return above / below * (unit.starts_with("3 ") ? 2.54 : 1);
}

std::span<const std::byte> profile_in(VipsImage* image) {
    const void* bytes = nullptr;
    std::size_t size = 0;
    if (vips_image_get_typeof(image, VIPS_META_ICC_NAME) == 0 ||
        vips_image_get_blob(image, VIPS_META_ICC_NAME, &bytes, &size) != 0)
        return {};
    return {static_cast<const std::byte*>(bytes), size};
}

/// libvips' own profile for CMYK without one.
std::optional<ColorSpace> usual_inks() {
    VipsBlob* blob = nullptr;
    if (vips_profile_load("cmyk", &blob, nullptr) != 0 || !blob)
        return std::nullopt;
    std::size_t size = 0;
    const void* bytes = vips_blob_get(blob, &size);
    auto space = space_of({static_cast<const std::byte*>(bytes), size}, Model::cmyk);
    vips_area_unref(VIPS_AREA(blob));
    return space;
}

/// What the colours mean and how they have to be converted.
struct Meaning {
    std::optional<ColorSpace> space = std::nullopt; ///< none: sRGB
    bool from_profile = false;
    HighRange high_range = HighRange::none;
    Primaries bright = srgb_primaries;
};

Meaning meaning_of(VipsImage* image, const FileKind& kind, const Source& source, Model model,
                   PictureHead& head) {
    Meaning meaning;
    if (kind.way == Way::png) {
        PngColors colors = png_colors(source, model == Model::grey);
        head.pages = colors.pictures;
        head.color_code = colors.code;
        meaning.space = std::move(colors.space);
        meaning.high_range = colors.high_range;
        meaning.bright = colors.bright;
        if (colors.over_profile)
            return meaning;
    }
    if (const auto profile = profile_in(image); !profile.empty()) {
        if (auto space = space_of(profile, model)) {
            meaning.space = std::move(space);
            meaning.from_profile = true;
            return meaning;
        }
        head.notes.push_back({Note::profile_ignored});
    } else if (model == Model::rgb && is_adobe_rgb_by_exif(image)) {
        meaning.space = space_of(adobe_rgb_primaries, Curve::gamma, 563.0 / 256, "Adobe RGB (1998)");
    }
    if (!meaning.space && model == Model::lab)
        meaning.space = lab_space();
    if (!meaning.space && model == Model::cmyk) {
        meaning.space = usual_inks();
        head.notes.push_back({Note::naive_cmyk});
    }
    return meaning;
}

std::string stored_as(VipsImage* image, Model model) {
    constexpr std::array<const char*, 4> names{"grey", "RGB", "CMYK", "CIELab"};
    constexpr std::array<const char*, 10> depths{"8 bits",  "8 bits", "16 bits", "16 bits", "32 bits",
                                                 "32 bits", "float",  "complex", "double",  "complex"};
    const auto format = std::size_t(vips_image_get_format(image));
    return std::string(names[std::size_t(model)]) + ", " + (format < depths.size() ? depths[format] : "?");
}

/// Read from the lines of libvips' error buffer.
bool memory_ran_out() {
    const std::string_view text = vips_error_buffer();
    return text.contains("ut of memory") || text.contains("unable to allocate");
}

std::unexpected<Refusal> library_failed(double share = 0) {
    if (memory_ran_out())
        return refused(Reason::no_memory);
    return refused(Reason::damaged, std::to_string(int(share * 100)));
}

} // namespace

Decoded decode_with_library(const FileKind& kind, const Order& order, Answer& answer) {
    TiffDirectory directory;
    if (kind.way == Way::tiff) {
        const auto found = tiff_directory(order.source);
        if (!found)
            return refused(Reason::damaged);
        if (found->camera_raw)
            return refused(Reason::camera_raw);
        directory = *found;
        if (auto checked = check_size(directory.width, directory.height); !checked)
            return checked;
        if (!directory.can_be_filled)
            return refused(Reason::damaged);
    }
    Picture image = opened(kind, order.source, directory);
    if (!image)
        return library_failed();
    if (auto checked = check_size(std::uint64_t(vips_image_get_width(image.get())),
                                  std::uint64_t(vips_image_get_height(image.get())));
        !checked)
        return checked;
    if (vips_band_format_iscomplex(vips_image_get_format(image.get())))
        return refused(Reason::complex_numbers);

    if (vips_image_get_coding(image.get()) == VIPS_CODING_RAD)
        image = made([&](VipsImage** out) { return vips_rad2float(image.get(), out, nullptr); });
    else if (vips_image_get_coding(image.get()) == VIPS_CODING_LABQ)
        image = made([&](VipsImage** out) { return vips_LabQ2Lab(image.get(), out, nullptr); });
    else if (vips_image_get_interpretation(image.get()) == VIPS_INTERPRETATION_LABS)
        image = made([&](VipsImage** out) { return vips_LabS2Lab(image.get(), out, nullptr); });
    else if (vips_image_get_interpretation(image.get()) == VIPS_INTERPRETATION_XYZ)
        image = made([&](VipsImage** out) { return vips_XYZ2scRGB(image.get(), out, nullptr); });
    if (image && kind.name == "PNM")
        image = scaled_to_white(std::move(image), white_of_pnm(order.source));
    if (image && kind.name == "GIF" && !vips_image_hasalpha(image.get()))
        if (const auto frame = part_of_screen(order.source))
            image = on_clear_screen(image, *frame);
    if (!image)
        return library_failed();

    const bool tiff = kind.way == Way::tiff;
    const Bands bands = bands_of(image.get(), tiff && !directory.rare, directory.extras);
    PictureHead head{.kind = std::string(kind.name),
                     .orientation = vips_image_get_orientation(image.get()),
                     .pages = tiff           ? directory.pictures
                              : kind.several ? vips_image_get_n_pages(image.get())
                                             : 1};
    head.stored = stored_as(image.get(), bands.model);
    // libvips names no unit for a PNG. Of files that tell nothing it says a pixel a millimetre, with a unit
    // or without, or 72 an inch, which a PNG cannot tell exactly.
    const double dots = vips_image_get_xres(image.get());
    constexpr double usual = 72 / 25.4;
    if (dots != 1 &&
        (vips_image_get_typeof(image.get(), VIPS_META_RESOLUTION_UNIT) != 0 || std::abs(dots - usual) > 1e-6))
        head.dots_per_inch = dots * 25.4;
    else if (dots == 1) // libvips takes EXIF's resolution over for some kinds only
        head.dots_per_inch = resolution_in_exif(image.get());
    Meaning meaning = meaning_of(image.get(), kind, order.source, bands.model, head);
    const bool linear =
        !meaning.space && !tiff &&
        (kind.bottom_up || vips_image_get_interpretation(image.get()) == VIPS_INTERPRETATION_scRGB);
    if (head.pages > 1)
        head.notes.push_back({Note::first_of_several, std::to_string(head.pages)});
    if (bands.others)
        head.notes.push_back({Note::not_alpha});

    const bool converted = meaning.space && meaning.space->plain.empty();
    if (meaning.space) {
        head.color = meaning.space->name;
        if (!converted) {
            head.space = meaning.space->plain;
            if (const auto profile = profile_in(image.get()); meaning.from_profile)
                head.profile.assign(profile.begin(), profile.end());
        }
    }
    image = reduced(std::move(image), bands);
    if (image && (head.orientation > 1 || kind.bottom_up) && !order.head_only) {
        // Turning needs the rows in another order than they are decoded.
        const int times = shrinkage(std::uint64_t(vips_image_get_width(image.get())) *
                                        std::uint64_t(vips_image_get_height(image.get())),
                                    answer.enough_pixels());
        if (times > 1 && bands.alpha < 0)
            image = made([&](VipsImage** out) {
                return vips_shrink(image.get(), out, times, times, "ceil", TRUE, nullptr);
            });
        if (!image)
            return library_failed();
        image = Picture(vips_image_copy_memory(image.get()));
        if (image && kind.bottom_up)
            image = made([&](VipsImage** out) {
                return vips_flip(image.get(), out, VIPS_DIRECTION_VERTICAL, nullptr);
            });
        image = image ? made([&](VipsImage** out) { return vips_autorot(image.get(), out, nullptr); })
                      : Picture();
    }
    if (!image)
        return library_failed();
    head.width = vips_image_get_width(image.get());
    head.height = vips_image_get_height(image.get());
    if (order.head_only && head.orientation > 4)
        std::swap(head.width, head.height);
    head.sample = sample_of(image.get());
    head.linear = linear && head.sample == Sample::f32;
    const bool alpha = bands.alpha >= 0;
    const bool to_rgb = converted || meaning.high_range != HighRange::none;
    head.channels = (to_rgb ? 3 : bands.colors) + (alpha ? 1 : 0);

    Rows rows(answer, head.width, head.height, head.channels, head.sample);
    if (converted) {
        rows.to_srgb.emplace(*meaning.space, bands.model, head.sample, alpha);
        if (!*rows.to_srgb)
            return refused(Reason::damaged);
    } else if (meaning.high_range != HighRange::none) {
        rows.tone_map.emplace(meaning.high_range, meaning.bright, head.sample, alpha);
        head.notes.push_back({Note::tone_mapped, meaning.high_range == HighRange::pq ? "PQ" : "HLG"});
    }
    answer.begin(head);
    if (order.head_only)
        return {};
    if (vips_sink_disc(image.get(), Rows::take, &rows) != 0)
        return library_failed(rows.share());
    return {};
}

} // namespace neural_style::reader
