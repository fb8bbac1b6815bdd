// SPDX-License-Identifier: GPL-3.0-or-later
#include "info_command.hpp"

#include "output.hpp"
#include "picture_sentences.hpp"
#include "report.hpp"
#include "translation.hpp"

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

namespace neural_style::cli {
namespace {

/// Two decimals at most, and none for what is whole but for rounding.
double rounded(double dots_per_inch) {
    return std::round(dots_per_inch * 100) / 100;
}

std::string samples_of(const PictureHead& head) {
    std::string text = head.stored;
    if (text.starts_with("grey"))
        text.replace(0, 4, _("grey"));
    if (text.contains(','))
        return text;
    return sentence(head.sample == Sample::f32 ? _("{}, float") : _("{}, {} bits"), text,
                    sample_bytes(head.sample) * 8);
}

std::string colors_of(const PictureHead& head) {
    const std::string name = head.color.empty() ? "sRGB" : head.color;
    if (!head.profile.empty())
        return sentence(_("{} (ICC profile)"), name);
    return head.linear ? sentence(_("{}, proportional to light"), name) : name;
}

void tell(const std::string& file, const PictureHead& head, Talk talk) {
    std::vector<std::string> notes;
    for (const auto& remark : head.notes)
        notes.push_back(sentence_of(remark, file));
    if (talk == Talk::programs)
        return print_json({{"type", "picture"},
                           {"file", file},
                           {"kind", head.kind},
                           {"width", head.width},
                           {"height", head.height},
                           {"stored", head.stored},
                           {"bits-per-sample", sample_bytes(head.sample) * 8},
                           {"float", head.sample == Sample::f32},
                           {"color", head.color.empty() ? "sRGB" : head.color},
                           {"linear", head.linear},
                           {"profile-bytes", head.profile.size()},
                           {"alpha", head.alpha()},
                           {"orientation", head.orientation},
                           {"dots-per-inch", rounded(head.dots_per_inch)},
                           {"pixel-aspect", head.pixel_aspect},
                           {"pages", head.pages},
                           {"notes", notes}});
    const std::string turned =
        head.orientation > 1 ? sentence(_("{}, is turned upright"), head.orientation) : _("upright");
    const std::string dots =
        head.dots_per_inch > 0 ? sentence(_("{:.10g} dpi"), rounded(head.dots_per_inch)) : _("not told");
    print_text(sentence(_("{}: {}, {} x {} pixels\n"
                          "  samples       {}\n"
                          "  colours       {}\n"
                          "  transparency  {}\n"
                          "  orientation   {}\n"
                          "  resolution    {}\n"
                          "  pictures      {}"),
                        file, head.kind, head.width, head.height, samples_of(head), colors_of(head),
                        std::string(head.alpha() ? _("yes") : _("no")), turned, dots, head.pages) +
               '\n');
    for (const auto& note : notes)
        print_line("  " + note);
}

} // namespace

ExitStatus tell_pictures(const InfoArguments& arguments, ReaderProcess& reader) {
    ExitStatus status = exit_done;
    for (const auto& file : arguments.files) {
        const std::string name = file == "-" ? _("standard input") : file;
        const auto head = file == "-" ? reader.read(STDIN_FILENO, name) : reader.read(file);
        if (head)
            tell(name, *head, arguments.talk);
        else
            status = report(head.error(), arguments.talk);
    }
    return status;
}

} // namespace neural_style::cli
