// SPDX-License-Identifier: GPL-3.0-or-later
/// Colour spaces of pictures, and their conversion to sRGB, through Little CMS.
///
///     auto space = space_of(profile, Model::rgb);
///     if (space && space->plain.empty())
///         // has to be converted
///
/// Profiles of primaries and curves are not converted: the values stay, and the client gets a minimal profile
/// of the same space. All others are converted to sRGB, relative colorimetric with black point compensation.
#pragma once

#include <neural_style/samples.hpp>

#include <cstddef>
#include <lcms2.h>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace neural_style::reader {

enum class Model { grey, rgb, cmyk, lab };

struct ProfileClose {
    void operator()(void* profile) const { cmsCloseProfile(profile); }
};
using Profile = std::unique_ptr<void, ProfileClose>;

struct ColorSpace {
    Profile profile;
    std::string name = {};             ///< the profile's own, for people
    std::vector<std::byte> plain = {}; ///< the same space as a minimal profile; empty: it has to be converted
};

/// Nothing if the profile is broken or of another model.
std::optional<ColorSpace> space_of(std::span<const std::byte> profile, Model model);

/// A space given by a few numbers, as in PNG, EXIF and OpenEXR.
struct Primaries {
    cmsCIExyY white;
    cmsCIExyYTRIPLE colors;
};
extern const Primaries srgb_primaries, adobe_rgb_primaries, display_p3_primaries, bt2020_primaries,
    dci_p3_primaries;

enum class Curve { srgb, linear, gamma, bt709 };

/// Nothing if the primaries are impossible.
std::optional<ColorSpace> space_of(const Primaries& primaries, Curve curve, double gamma,
                                   const std::string& name);
/// Grey with that gamma.
std::optional<ColorSpace> grey_space(double gamma);

/// CIELab under D50, encoded as in TIFF and libvips.
ColorSpace lab_space();

/// Converts rows to sRGB; alpha is copied.
class ToSrgb {
  public:
    /// `alpha`: follows the model's channels.
    ToSrgb(const ColorSpace& space, Model model, Sample sample, bool alpha);
    /// False if Little CMS cannot convert.
    explicit operator bool() const { return bool(transform_); }
    /// Writes RGB, or RGB and alpha, in the same sample type.
    void row(const std::byte* from, std::byte* to, std::size_t pixels) const;

  private:
    struct Delete {
        void operator()(void* transform) const { cmsDeleteTransform(transform); }
    };
    std::unique_ptr<void, Delete> transform_;
};

} // namespace neural_style::reader
