// SPDX-License-Identifier: GPL-3.0-or-later
#include "color_space.hpp"

#include <array>
#include <cstring>

namespace neural_style::reader {
namespace {

struct CurveFree {
    void operator()(cmsToneCurve* curve) const { cmsFreeToneCurve(curve); }
};
using ToneCurve = std::unique_ptr<cmsToneCurve, CurveFree>;

ToneCurve curve_of(Curve curve, double gamma) {
    // IEC 61966-2-1 and ITU-R BT.709, as the parametric curve of type 4 of ICC.1:2010, 10.16.
    constexpr std::array<double, 5> srgb{2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045};
    constexpr std::array<double, 5> bt709{1 / 0.45, 1 / 1.099, 0.099 / 1.099, 1 / 4.5, 0.081};
    switch (curve) {
    case Curve::srgb:
        return ToneCurve(cmsBuildParametricToneCurve(nullptr, 4, srgb.data()));
    case Curve::bt709:
        return ToneCurve(cmsBuildParametricToneCurve(nullptr, 4, bt709.data()));
    case Curve::linear:
        return ToneCurve(cmsBuildGamma(nullptr, 1.0));
    case Curve::gamma:
        break;
    }
    return ToneCurve(cmsBuildGamma(nullptr, gamma));
}

std::vector<std::byte> saved(cmsHPROFILE profile) {
    cmsUInt32Number size = 0;
    if (!cmsSaveProfileToMem(profile, nullptr, &size))
        return {};
    std::vector<std::byte> bytes(size);
    if (!cmsSaveProfileToMem(profile, bytes.data(), &size))
        return {};
    return bytes;
}

std::string name_of(cmsHPROFILE profile) {
    std::array<char, 256> name{};
    cmsGetProfileInfoUTF8(profile, cmsInfoDescription, "en", "US", name.data(),
                          cmsUInt32Number(name.size() - 1));
    return name.data();
}

cmsColorSpaceSignature signature_of(Model model) {
    switch (model) {
    case Model::grey:
        return cmsSigGrayData;
    case Model::rgb:
        return cmsSigRgbData;
    case Model::cmyk:
        return cmsSigCmykData;
    case Model::lab:
        break;
    }
    return cmsSigLabData;
}

/// A minimal profile of a matrix or grey space: its primaries and curves, nothing else.
std::vector<std::byte> plain_profile(cmsHPROFILE profile, Model model) {
    const bool grey = model == Model::grey;
    const Profile plain(cmsCreateProfilePlaceholder(nullptr));
    cmsSetProfileVersion(plain.get(), 4.3);
    cmsSetDeviceClass(plain.get(), cmsSigDisplayClass);
    cmsSetColorSpace(plain.get(), signature_of(model));
    cmsSetPCS(plain.get(), cmsSigXYZData);
    const cmsCIEXYZ* white = cmsD50_XYZ();
    bool complete = cmsWriteTag(plain.get(), cmsSigMediaWhitePointTag, white);
    constexpr std::array color_tags{cmsSigRedColorantTag, cmsSigGreenColorantTag, cmsSigBlueColorantTag,
                                    cmsSigRedTRCTag,      cmsSigGreenTRCTag,      cmsSigBlueTRCTag};
    constexpr std::array grey_tags{cmsSigGrayTRCTag};
    for (const auto tag :
         grey ? std::span<const cmsTagSignature>(grey_tags) : std::span<const cmsTagSignature>(color_tags)) {
        const void* value = cmsReadTag(profile, tag);
        complete = complete && value && cmsWriteTag(plain.get(), tag, value);
    }
    const std::unique_ptr<cmsMLU, decltype(&cmsMLUfree)> name(cmsMLUalloc(nullptr, 1), cmsMLUfree);
    cmsMLUsetASCII(name.get(), "en", "US", "picture");
    complete = complete && cmsWriteTag(plain.get(), cmsSigProfileDescriptionTag, name.get()) &&
               cmsWriteTag(plain.get(), cmsSigCopyrightTag, name.get());
    return complete ? saved(plain.get()) : std::vector<std::byte>();
}

/// Whether the profile converts from its colours by primaries and curves only, without tables.
bool is_plain(cmsHPROFILE profile, Model model) {
    for (const auto tag : {cmsSigAToB0Tag, cmsSigAToB1Tag, cmsSigDToB0Tag, cmsSigDToB1Tag})
        if (cmsIsTag(profile, tag))
            return false;
    return (model == Model::rgb || model == Model::grey) && cmsIsMatrixShaper(profile);
}

ColorSpace space_from(Profile profile, Model model, std::string name) {
    ColorSpace space{.profile = std::move(profile), .name = std::move(name)};
    if (is_plain(space.profile.get(), model))
        space.plain = plain_profile(space.profile.get(), model);
    return space;
}

/// Little CMS's code for such pixels.
cmsUInt32Number format_of(Model model, Sample sample, bool alpha) {
    const int channels = model == Model::grey ? 1 : model == Model::cmyk ? 4 : 3;
    const int kind = model == Model::grey   ? PT_GRAY
                     : model == Model::rgb  ? PT_RGB
                     : model == Model::cmyk ? PT_CMYK
                                            : PT_Lab;
    const bool floating = sample == Sample::f32;
    return COLORSPACE_SH(kind) | CHANNELS_SH(channels) | EXTRA_SH(alpha ? 1 : 0) |
           BYTES_SH(sample_bytes(sample)) | FLOAT_SH(floating ? 1 : 0);
}

} // namespace

const Primaries srgb_primaries{{0.3127, 0.3290, 1}, {{0.64, 0.33, 1}, {0.30, 0.60, 1}, {0.15, 0.06, 1}}};
const Primaries adobe_rgb_primaries{{0.3127, 0.3290, 1}, {{0.64, 0.33, 1}, {0.21, 0.71, 1}, {0.15, 0.06, 1}}};
const Primaries display_p3_primaries{{0.3127, 0.3290, 1},
                                     {{0.680, 0.320, 1}, {0.265, 0.690, 1}, {0.150, 0.060, 1}}};
const Primaries dci_p3_primaries{{0.314, 0.351, 1},
                                 {{0.680, 0.320, 1}, {0.265, 0.690, 1}, {0.150, 0.060, 1}}};
const Primaries bt2020_primaries{{0.3127, 0.3290, 1},
                                 {{0.708, 0.292, 1}, {0.170, 0.797, 1}, {0.131, 0.046, 1}}};

std::optional<ColorSpace> space_of(std::span<const std::byte> bytes, Model model) {
    Profile profile(cmsOpenProfileFromMem(bytes.data(), cmsUInt32Number(bytes.size())));
    if (!profile || cmsGetColorSpace(profile.get()) != signature_of(model))
        return std::nullopt;
    std::string name = name_of(profile.get());
    ColorSpace space = space_from(std::move(profile), model, std::move(name));
    if (space.plain.empty() && !ToSrgb(space, model, Sample::u8, false))
        return std::nullopt;
    return space;
}

std::optional<ColorSpace> space_of(const Primaries& primaries, Curve curve, double gamma,
                                   const std::string& name) {
    const ToneCurve tone = curve_of(curve, gamma);
    if (!tone)
        return std::nullopt;
    const std::array<cmsToneCurve*, 3> curves{tone.get(), tone.get(), tone.get()};
    Profile profile(cmsCreateRGBProfile(&primaries.white, &primaries.colors, curves.data()));
    if (!profile)
        return std::nullopt;
    ColorSpace space = space_from(std::move(profile), Model::rgb, name);
    if (space.plain.empty())
        return std::nullopt;
    return space;
}

std::optional<ColorSpace> grey_space(double gamma) {
    const ToneCurve tone = curve_of(Curve::gamma, gamma);
    Profile profile(tone ? cmsCreateGrayProfile(cmsD50_xyY(), tone.get()) : nullptr);
    if (!profile)
        return std::nullopt;
    return space_from(std::move(profile), Model::grey, "");
}

ColorSpace lab_space() {
    return {.profile = Profile(cmsCreateLab4Profile(nullptr)), .name = "CIELab"};
}

ToSrgb::ToSrgb(const ColorSpace& space, Model model, Sample sample, bool alpha) {
    // Lab has no black point of its own to compensate.
    const cmsUInt32Number flags =
        (model == Model::lab ? 0 : cmsFLAGS_BLACKPOINTCOMPENSATION) | (alpha ? cmsFLAGS_COPY_ALPHA : 0);
    const Profile srgb(cmsCreate_sRGBProfile());
    transform_.reset(cmsCreateTransform(space.profile.get(), format_of(model, sample, alpha), srgb.get(),
                                        format_of(Model::rgb, sample, alpha), INTENT_RELATIVE_COLORIMETRIC,
                                        flags));
}

void ToSrgb::row(const std::byte* from, std::byte* to, std::size_t pixels) const {
    cmsDoTransform(transform_.get(), from, to, cmsUInt32Number(pixels));
}

} // namespace neural_style::reader
