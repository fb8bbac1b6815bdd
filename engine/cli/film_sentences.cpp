// SPDX-License-Identifier: GPL-3.0-or-later
#include "film_sentences.hpp"

#include "answer.hpp"
#include "translation.hpp"

namespace neural_style::cli {
namespace {

std::string text_of(const film_files::FilmRefusal& refusal, const std::string& name) {
    using enum film_files::FilmReason;
    switch (refusal.reason) {
    case damaged:
        break;
    case not_a_film:
        return sentence(
            _("{} is not a film of a known kind: convert it to MP4, MKV or WebM, or name a folder of "
              "numbered pictures."),
            name);
    case only_sound:
        return sentence(_("There are no pictures in {}, only sound: name a film."), name);
    case a_picture:
        return sentence(_("{} is a single picture: paint it with neural-style paint."), name);
    case encrypted:
        return sentence(_("{} is encrypted: name a copy without protection."), name);
    case no_decoder:
        return sentence(_("{} is stored as {}, which cannot be decoded here: convert it to H.264 or FFV1."),
                        name, refusal.words);
    case too_large:
        return sentence(_("{} has frames of {} pixels: make it smaller, at most {} megapixels can be read."),
                        name, refusal.words, reader::largest_picture / 1'000'000);
    case too_long:
        return sentence(_("{} is too long for an animation: use a film such as .mp4 or .webm."), name);
    case no_memory:
        return sentence(_("There is not enough memory for {}: close other programs or use a smaller film."),
                        name);
    case no_encoder:
        return sentence(_("This computer has no encoder {} for {}: choose another kind of file."),
                        refusal.words, name);
    case not_written:
        return sentence(_("{} cannot be written ({}): free some space, or choose another folder."), name,
                        refusal.words);
    }
    return sentence(_("{} is damaged: copy it again, or convert it anew."), name);
}

} // namespace

Error error_of(const film_files::FilmRefusal& refusal, const std::string& name) {
    using enum film_files::FilmReason;
    const auto code = refusal.reason == no_memory ? ErrorCode::out_of_memory
                      : refusal.reason == not_written || refusal.reason == no_encoder
                          ? ErrorCode::not_written
                          : ErrorCode::bad_picture;
    return {code, text_of(refusal, name)};
}

std::string sentence_of(const film_files::FilmRemark& remark, const std::string& name) {
    using enum film_files::FilmNote;
    switch (remark.note) {
    case lost_frames:
        return sentence(_("In {} {} places cannot be decoded: the frame before each is shown longer."), name,
                        remark.words);
    case damaged_frames:
        return sentence(_("In {} {} frames are damaged: they are painted as far as they can be decoded."),
                        name, remark.words);
    case interlaced:
        return sentence(_("{} is interlaced, and moving edges are painted as combs: deinterlace it before."),
                        name);
    case tone_mapped:
        return sentence(_("{} has a high dynamic range ({}): its highlights were compressed."), name,
                        remark.words);
    case untagged:
        return sentence(_("{} does not say how its colors are stored: they are taken for {}, as players do."),
                        name, remark.words);
    case other_sizes:
        return sentence(_("In {} {} frames have another size: they are scaled to that of the first."), name,
                        remark.words);
    case no_times:
        return sentence(_("{} does not say when its frames are shown: they are shown evenly."), name);
    case repaired_times:
        return sentence(
            _("In {} {} frames are shown before the one before them: their times were put right."), name,
            remark.words);
    case rounded_to_8_bits:
        return sentence(_("{} holds 8 bits of each color: --lossless with an .mkv file keeps all of them."),
                        name);
    case padded:
        return sentence(_("{} has even sizes only: its last row or column is there twice."), name);
    case left_out:
        return sentence(
            _("{} cannot hold the sound or subtitles stored as {}: they are left out, and an .mkv file "
              "keeps them."),
            name, remark.words);
    case square_pixels:
        return sentence(_("{} cannot say that its pixels are not square: it looks stretched."), name);
    }
    return {};
}

} // namespace neural_style::cli
