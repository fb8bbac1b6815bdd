// SPDX-License-Identifier: GPL-3.0-or-later
#include "video_arguments.hpp"

#include "film_kind.hpp"
#include "look_options.hpp"
#include "options.hpp"
#include "translation.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <string_view>
#include <system_error>
#include <utility>

namespace neural_style::cli {
namespace {

using A = VideoArguments;

constexpr int most_passes = 16;
/// Of `--preview` alone.
constexpr const char* usual_preview = "--preview=25";

/// "100-200", "100-", "-200", "100": from 1, both included.
Result<void> read_frames(A& arguments, const std::string& value) {
    const std::size_t dash = std::min(value.find('-'), value.size());
    const std::string_view text = value, from = text.substr(0, dash),
                           to = dash < text.size() ? text.substr(dash + 1) : from;
    const auto first = from.empty() ? 1 : number_in<int>(from).value_or(0);
    const auto last = to.empty() ? 0 : number_in<int>(to).value_or(-1);
    if (first < 1 || last < 0 || (last > 0 && last < first) || value == "-")
        return wrong(sentence(_("--frames takes a range such as 100-200, from 1 on, not \"{}\"."), value));
    arguments.film.begin = std::size_t(first - 1);
    if (last > 0)
        arguments.film.end = std::size_t(last);
    return {};
}

Result<void> read_rate(A& arguments, const std::string& value) {
    const auto rate = number_in<double>(value);
    if (!rate || !(*rate >= 0.01 && *rate <= 1000))
        return wrong(
            sentence(_("--fps takes a number of frames a second from 0.01 to 1000, not \"{}\"."), value));
    // 29.97 and the like are thousands of 1001.
    const double whole = std::round(*rate), ntsc = std::round(*rate * 1.001);
    if (std::abs(*rate - whole) > 0.004 && std::abs(ntsc * 1000 / 1001 - *rate) < 0.006)
        arguments.film.rate = {int(ntsc) * 1000, 1001};
    else
        arguments.film.rate = {int(std::lround(*rate * 1000)), 1000};
    return {};
}

std::vector<Option<A>> video_options() {
    const auto flag = [](bool A::*member) {
        return [=](A& arguments, const std::string&) -> Result<void> {
            arguments.*member = true;
            return {};
        };
    };
    std::vector<Option<A>> options;
    std::ranges::transform(look_options(), std::back_inserter(options), [](Option<PaintArguments> option) {
        return Option<A>{option.name,  option.letter,   option.value_name, option.description,
                         option.apply, option.advanced, option.hidden,     option.choices};
    });
    // What is painted by then depends on the computer, and a film that goes on would not be the same.
    std::erase_if(options, [](const auto& option) { return std::string_view(option.name) == "time-limit"; });
    std::vector<Option<A>> own{
        {"output", 'o', _("FILE"),
         _("where to write: .mp4, .mov, .mkv, .webm, .gif, .webp or .apng; a folder, or numbered pictures "
           "such as "
           "painted/%04d.png"),
         [](A& arguments, const std::string& value) -> Result<void> {
             arguments.output = value;
             return {};
         }},
        {"frames", 0, _("FIRST-LAST"), _("only these frames, such as 100-200, counted from 1"), read_frames},
        {"preview", 0, _("N"),
         _("paint every Nth frame by itself and write them on one picture, such as -o sheet.png [default: "
           "25]"),
         [](A& arguments, const std::string& value) -> Result<void> {
             const auto every = number_in<int>(value);
             if (!every || *every < 1)
                 return wrong(sentence(
                     _("--preview takes a whole number from 1 on, as in --preview=25, not \"{}\"."), value));
             arguments.preview_every = *every;
             return {};
         }},
        {"loop", 0, nullptr, _("the film's end leads to its beginning"),
         [](A& arguments, const std::string&) -> Result<void> {
             arguments.film_settings.loop = true;
             return {};
         }},
        {"passes", 0, _("N"),
         _("how often to go through the film, forwards and backwards in turns [1 to 16; default: 1]"),
         [](A& arguments, const std::string& value) -> Result<void> {
             const auto passes = number_in<int>(value);
             if (!passes || *passes < 1 || *passes > most_passes)
                 return wrong(sentence(_("--passes takes a whole number from 1 to {}, not \"{}\"."),
                                       most_passes, value));
             arguments.film_settings.passes = *passes;
             return {};
         }},
        {"steadiness", 0, _("NUMBER"),
         _("how strongly a frame is held to those before it; 0: it only begins there [default: 1]"),
         [](A& arguments, const std::string& value) -> Result<void> {
             const auto steadiness = number_in<double>(value);
             if (!steadiness || !(*steadiness >= 0 && *steadiness <= Motion::steadiness_max))
                 return wrong(sentence(_("--steadiness takes a number from 0 to {}, not \"{}\"."),
                                       Motion::steadiness_max, value));
             arguments.film_settings.steadiness = *steadiness;
             return {};
         }},
        {"fps", 0, _("NUMBER"), _("with numbered pictures: how many are shown a second [default: 25]"),
         read_rate},
        {"lossless", 0, nullptr, _("with an .mkv file: keep every number of the paintings (FFV1)"),
         flag(&A::lossless)},
        {"shard", 0, _("PART/PARTS"),
         _("paint only a part of the shots, such as 3/8, for one of several computers; when all are painted, "
           "a call "
           "without it writes the film"),
         [](A& arguments, const std::string& value) -> Result<void> {
             return shard_in(value).transform([&](Shard shard) { arguments.shard = shard; });
         }},
        {"again", 0, nullptr, _("paint also the frames that are painted already"), flag(&A::again)},
        {"keep-frames", 0, nullptr, _("leave the folder of painted frames when the film is whole"),
         flag(&A::keep_frames)},
    };
    // After the styles.
    options.insert(options.begin() + 2, std::make_move_iterator(own.begin()),
                   std::make_move_iterator(own.end()));
    return options;
}

std::optional<Error> video_contradiction(A& arguments) {
    const auto error = [](std::string message) {
        return Error{ErrorCode::invalid_request, std::move(message)};
    };
    if (arguments.settings.texture)
        return error(_("A texture has no film: leave --texture out."));
    if (arguments.film_settings.loop && arguments.shard.parts > 1)
        return error(_("With --loop the parts of a film depend on each other: leave --shard out."));
    if (arguments.estimate)
        return std::nullopt;
    if (arguments.preview_every > 0) {
        arguments.kind = kind_of_name(arguments.output);
        if (!arguments.kind)
            return error(_("--preview writes a picture: say where with -o, as in: -o sheet.png"));
    } else if (arguments.output.empty()) {
        return error(_("Say where to write the film with -o, as in: -o painted.mp4"));
    } else if (!film_kind_of(arguments.output, arguments.lossless)) {
        return error(
            arguments.lossless
                ? sentence(_("{} cannot be without loss: end its name in .mkv."), arguments.output.string())
                : sentence(_("{} does not say which kind of film to write: end its name in .mp4, .mov, .mkv, "
                             ".webm, .gif, .webp or .apng, or give a folder or a pattern such as "
                             "painted/%04d.png."),
                           arguments.output.string()));
    }
    std::error_code ignored;
    if (arguments.output == arguments.film.path ||
        std::filesystem::equivalent(arguments.output, arguments.film.path, ignored))
        return error(sentence(_("{} is the film to paint: choose another name for the painted one."),
                              arguments.output.string()));
    return std::nullopt;
}

} // namespace

Result<VideoArguments> video_arguments(const std::vector<std::string>& words) {
    VideoArguments arguments;
    auto known = words;
    std::ranges::replace(known, std::string("--preview"), std::string(usual_preview));
    const auto rest =
        parse(arguments, video_options(), known,
              {"neural-style video", _("FILM --style PICTURE --output FILE"),
               _("Paints a film in the manner of a picture: a file, or a folder or a pattern of numbered "
                 "pictures. Times, shape of\n"
                 "the pixels, sound and subtitles are kept; a film that is turned when it is shown is "
                 "painted and written upright.\n"
                 "\n"
                 "Painted frames are kept in the folder FILE.frames until the film is whole: a call that "
                 "was stopped goes on there,\n"
                 "and the film is the same."),
               _("Examples:\n"
                 "  neural-style video boats.mp4 -s waves --quality instant -o painted.mp4\n"
                 "  neural-style video boats.mp4 -s waves --preview -o sheet.png\n"
                 "  neural-style video frames/img_%04d.png --fps 24 -s waves -o painted.webm\n"
                 "  neural-style video boats.mp4 -s waves -o painted.mp4 --shard 3/8\n"
                 "\n"
                 "Ctrl-C stops within a second, and keeps the frames that are painted.\n"
                 "Exit status: 0 done, 1 failed, 2 wrongly called, 130 stopped."),
               _("For those who want to steer the optimisation:")});
    if (!rest)
        return std::unexpected(rest.error());
    if (!arguments.help.empty())
        return arguments;
    if (rest->size() != 1)
        return wrong(
            _("Name one film to paint, as in: neural-style video boats.mp4 --style waves -o painted.mp4"));
    arguments.film.path = rest->front();
    if (auto error = complete_look(arguments))
        return std::unexpected(*error);
    if (auto error = video_contradiction(arguments))
        return std::unexpected(*error);
    arguments.settings.time_limit = 0; // of a settings file
    // Frames are made smaller before anything else sees them.
    arguments.film.size_limit = std::exchange(arguments.settings.size_limit, 0);
    return arguments;
}

} // namespace neural_style::cli
