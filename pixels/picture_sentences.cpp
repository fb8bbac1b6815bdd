// SPDX-License-Identifier: GPL-3.0-or-later
#include "picture_sentences.hpp"

#include "translation.hpp"

namespace neural_style {
namespace {

std::string text_of(const reader::Refusal& refusal, const std::string& name) {
    using enum reader::Reason;
    switch (refusal.reason) {
    case damaged:
        if (!refusal.words.empty() && refusal.words != "0")
            return sentence(
                _("{} is damaged or cut off, only {} percent of it can be read: copy it again, or open "
                  "it in GIMP and export it anew."),
                name, refusal.words);
        break;
    case unknown_kind:
        return sentence(
            _("{} is not a picture of a known kind: convert it to PNG, JPEG, TIFF, WebP or OpenEXR."), name);
    case camera_raw:
        return sentence(
            _("{} is a camera raw file: develop it in GIMP, darktable or RawTherapee, and export it "
              "as TIFF or JPEG."),
            name);
    case film:
        return sentence(_("{} is a film: neural-style video paints films."), name);
    case too_large:
        return sentence(_("{} has {} pixels: make it smaller, at most {} megapixels can be read."), name,
                        refusal.words, reader::largest_picture / 1'000'000);
    case no_memory:
        return sentence(
            _("There is not enough memory to read {}: close other programs or use a smaller picture."), name);
    case no_channels:
        return sentence(_("{} has no color channels, only {}: save it with R, G and B."), name,
                        refusal.words.empty() ? "?" : refusal.words);
    case several_layers:
        return sentence(_("{} has several layers ({}): save the one to paint as a file of its own."), name,
                        refusal.words);
    case deep:
        return sentence(_("{} is an OpenEXR file of deep data: flatten it in the program that made it."),
                        name);
    case complex_numbers:
        return sentence(_("{} holds complex numbers, not colors: choose another picture."), name);
    }
    return sentence(_("{} is damaged or cut off: copy it again, or open it in GIMP and export it anew."),
                    name);
}

} // namespace

Error error_of(const reader::Refusal& refusal, const std::string& name) {
    return {refusal.reason == reader::Reason::no_memory ? ErrorCode::out_of_memory : ErrorCode::bad_picture,
            text_of(refusal, name)};
}

std::string sentence_of(const reader::Remark& remark, const std::string& name) {
    using enum reader::Note;
    switch (remark.note) {
    case first_of_several:
        return sentence(_("{} holds {} pictures: the first one is used."), name, remark.words);
    case profile_ignored:
        return sentence(_("The ICC profile in {} is damaged: its colors are taken for sRGB."), name);
    case not_alpha:
        return sentence(_("{} has a channel that is neither color nor transparency: it is left out."), name);
    case layer_taken:
        return sentence(_("Layer {} of {} is used."), remark.words, name);
    case tone_mapped:
        return sentence(_("{} has a high dynamic range ({}): its highlights were compressed."), name,
                        remark.words);
    case naive_cmyk:
        return sentence(_("{} is in CMYK without a profile: its colors are taken for those of usual "
                          "printing inks."),
                        name);
    case oblong_pixels:
        return sentence(_("The pixels of {} are {} times as wide as high: they are painted as they are "
                          "stored, and the strokes are stretched with them."),
                        name, remark.words);
    case metadata_lost:
        return sentence(_("The EXIF, XMP and IPTC of {} cannot be read: the painting is without them."),
                        name);
    }
    return {};
}

} // namespace neural_style
