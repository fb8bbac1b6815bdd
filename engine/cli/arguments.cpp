// SPDX-License-Identifier: GPL-3.0-or-later
#include "arguments.hpp"

#include "data_folder.hpp"
#include "options.hpp"
#include "picture_check.hpp"
#include "preset_catalog.hpp"
#include "protocol/settings_json.hpp"
#include "translation.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <fstream>
#include <functional>
#include <glib.h>
#include <iterator>
#include <memory>
#include <optional>
#include <utility>

namespace neural_style::cli {
namespace {

/// Stores a number; ranges are checked once, for all settings together.
template <typename Arguments, typename Number>
auto number(const char* option, Number Settings::*member) {
    return [=](Arguments& arguments, const std::string& value) -> Result<void> {
        const auto given = number_in<Number>(value);
        if (!given && std::is_integral_v<Number>)
            return wrong(sentence(_("--{} takes a whole number, not \"{}\"."), option, value));
        if (!given)
            return wrong(sentence(_("--{} takes a number such as 0.75, not \"{}\"."), option, value));
        arguments.settings.*member = *given;
        return {};
    };
}

template <typename Arguments, typename Choice>
auto choice(const char* option, Choice Settings::*member) {
    return [=](Arguments& arguments, const std::string& value) -> Result<void> {
        if (const auto given = choice_named<Choice>(value)) {
            arguments.settings.*member = *given;
            return {};
        }
        std::string all;
        for (const auto name : names<Choice>)
            all += (all.empty() ? "" : ", ") + std::string(name);
        return wrong(sentence(_("--{} is one of {}, not \"{}\"."), option, all, value));
    };
}

/// The parts between commas that are not empty.
std::vector<std::string> parts_of(const std::string& value) {
    std::vector<std::string> parts;
    for (std::size_t start = 0; start <= value.size();) {
        const std::size_t comma = std::min(value.find(',', start), value.size());
        if (comma > start)
            parts.push_back(value.substr(start, comma - start));
        start = comma + 1;
    }
    return parts;
}

template <typename Arguments>
auto layers(std::vector<std::string> Settings::*member) {
    return [=](Arguments& arguments, const std::string& value) -> Result<void> {
        arguments.settings.*member = parts_of(value);
        return {};
    };
}

template <typename Arguments>
auto weights(const char* option, std::vector<double> Settings::*member) {
    return [=](Arguments& arguments, const std::string& value) -> Result<void> {
        std::vector<double> list;
        for (const auto& part : parts_of(value)) {
            const auto given = number_in<double>(part);
            if (!given)
                return wrong(sentence(_("--{} takes numbers such as 2,1, not \"{}\"."), option, value));
            list.push_back(*given);
        }
        arguments.settings.*member = std::move(list);
        return {};
    };
}

template <typename Arguments>
auto flag(bool Settings::*member) {
    return [=](Arguments& arguments, const std::string&) -> Result<void> {
        arguments.settings.*member = true;
        return {};
    };
}

/// "640x480".
Result<void> read_size(PaintArguments& arguments, const std::string& value) {
    const std::size_t cross = std::min(value.find('x'), value.size());
    const auto width = number_in<int>(std::string_view(value).substr(0, cross));
    const auto height = number_in<int>(std::string_view(value).substr(std::min(cross + 1, value.size())));
    if (!width || !height || *width < SettingsRange::size_min || *height < SettingsRange::size_min)
        return wrong(sentence(_("--size takes a size such as 1024x768, from {0} x {0} pixels, not \"{1}\"."),
                              SettingsRange::size_min, value));
    if (std::uint64_t(*width) * std::uint64_t(*height) > largest_picture)
        return wrong(
            sentence(_("--size is {} x {}, but pictures have at most {} megapixels: choose a smaller "
                       "one."),
                     *width, *height, largest_picture / 1'000'000));
    arguments.width = *width;
    arguments.height = *height;
    return {};
}

Result<void> add_region(PaintArguments& arguments, const std::string& value) {
    if (arguments.styles.empty())
        return wrong(_("--region says where the --style before it paints: give the style first."));
    if (!arguments.styles.back().region.empty())
        return wrong(sentence(_("The style {} has two regions: join them in one mask."),
                              arguments.styles.back().picture));
    arguments.styles.back().region = value;
    return {};
}

Result<void> add_style(PaintArguments& arguments, const std::string& value) {
    if (arguments.styles.size() == SettingsRange::styles_max)
        return wrong(
            sentence(_("There are more than {} styles: leave some out."), SettingsRange::styles_max));
    arguments.styles.push_back({.picture = value, .region = {}});
    return {};
}

Result<void> read_snapshot_every(PaintArguments& arguments, const std::string& value) {
    const auto steps = number_in<int>(value);
    if (!steps || *steps < 1 || *steps > SettingsRange::snapshot_every_max)
        return wrong(sentence(_("--snapshot-every takes a number of steps from 1 to {}, not \"{}\"."),
                              SettingsRange::snapshot_every_max, value));
    arguments.snapshot_every = *steps;
    return {};
}

/// "2G", "1.5GiB", "512M", "800000000": letters are powers of 1024.
std::optional<std::uint64_t> bytes_in(std::string_view text) {
    for (const std::string_view ending : {"iB", "B"})
        if (text.ends_with(ending)) {
            text.remove_suffix(ending.size());
            break;
        }
    double unit = 1;
    if (!text.empty()) {
        const std::size_t power = std::string_view("KMGT").find(char(g_ascii_toupper(text.back())));
        if (power != std::string_view::npos) {
            unit = std::pow(1024.0, double(power + 1));
            text.remove_suffix(1);
        }
    }
    const auto number = number_in<double>(text);
    // 2^53: larger counts are not exact as a double, and no machine has them.
    if (!number || *number <= 0 || *number * unit > 9007199254740992.0)
        return std::nullopt;
    return std::uint64_t(*number * unit);
}

template <typename Arguments>
std::vector<Option<Arguments>> engine_options() {
    return {
        {"device", 0, _("NAME"),
         _("where to compute: automatic, cpu, cuda or cuda:1 (see the command devices)"),
         [](Arguments& arguments, const std::string& value) -> Result<void> {
             arguments.open.device = value;
             return {};
         }},
        {"backbone", 0, _("FILE"), _("feature network, a safetensors file (default: the bundled one)"),
         [](Arguments& arguments, const std::string& value) -> Result<void> {
             arguments.open.backbone = value;
             return {};
         }},
        {"decoder", 0, _("FILE"), _("its decoder, for --quality instant (default: the bundled one)"),
         [](Arguments& arguments, const std::string& value) -> Result<void> {
             arguments.open.decoder = value;
             return {};
         }},
        {"memory-limit", 0, _("SIZE"),
         _("most memory to use, such as 2G; large pictures are painted in tiles to stay below (default: a "
           "fair share of "
           "what is free)"),
         [](Arguments& arguments, const std::string& value) -> Result<void> {
             const auto bytes = bytes_in(value);
             if (!bytes)
                 return wrong(
                     sentence(_("--memory-limit takes a size such as 2G or 800M, not \"{}\"."), value));
             arguments.open.memory_limit = *bytes;
             return {};
         }},
    };
}

Result<void> read_settings(PaintArguments& arguments, const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file)
        return wrong(sentence(_("The settings file {} cannot be opened: check its name."), path));
    const std::string json{std::istreambuf_iterator<char>(file), {}};
    auto settings = protocol::settings_from_json(json);
    if (!settings)
        return wrong(sentence(_("{} cannot be used: {}"), path, settings.error().message));
    arguments.settings = std::move(*settings);
    return {};
}

Result<void> read_preset(PaintArguments& arguments, const std::string& name) {
    const auto catalog = PresetCatalog::read(data_folder() / "presets");
    if (!catalog)
        return std::unexpected(catalog.error());
    const auto preset = catalog->find(name);
    if (!preset)
        return std::unexpected(preset.error());
    auto settings = protocol::settings_from_json(preset->settings);
    if (!settings)
        return std::unexpected(settings.error());
    arguments.settings = std::move(*settings);
    arguments.preset_style = preset->style;
    return {};
}

std::vector<Option<PaintArguments>> paint_options() {
    using A = PaintArguments;
    std::vector<Option<A>> options{
        {"style", 's', _("PICTURE"),
         _("the painting to learn from: a file, or a name from the command styles; may be given up to 8 "
           "times"),
         add_style},
        {"region", 0, _("MASK"),
         _("where the --style before it paints: a picture of the photo's size, white here, black not"),
         add_region},
        {"blend", 0, _("A,B,C"),
         _("shares of the styles in their order, such as 2,1 (default: all the same)"),
         weights<A>("blend", &Settings::blend)},
        {"output", 'o', _("FILE"), _("where to write: .png, .jpg, .tiff, .webp or .exr"), path(&A::output)},
        {"quality", 0, _("WORD"),
         _("instant (one pass), draft, fine (default) or print: how much work goes into it"),
         choice<A>("quality", &Settings::quality)},
        {"model", 0, _("NAME"),
         _("a trained style, which then paints instead of --style: see the command styles"),
         [](A& arguments, const std::string& value) -> Result<void> {
             arguments.settings.model = value;
             return {};
         }},
        {"manner", 0, _("WORD"),
         _("strokes (default), brush (dry brush, long streaks) or dream (no style at all: what the network "
           "sees grows)"),
         choice<A>("manner", &Settings::manner)},
        {"strength", 0, _("NUMBER"),
         _("0 gives the photo back, 1 (default) is the whole style, up to 2 is stronger than the painting"),
         number<A>("strength", &Settings::strength)},
        {"stroke-size", 0, _("PERCENT"), _("size of the brush strokes, 10 to 1000 (default: 100)"),
         number<A>("stroke-size", &Settings::stroke_size)},
        {"colors", 0, _("WORD"),
         _("whose colours: style (default), content (the photo's), palette (the style's without its "
           "strokes) or harmony (the style's hues on the photo's layout)"),
         choice<A>("colors", &Settings::colors)},
        {"detail", 0, _("NUMBER"),
         _("how much of the photo's fine detail stays, 0 (default) to 1: for eyes, text and edges"),
         number<A>("detail", &Settings::detail)},
        {"protect", 0, _("MASK"), _("where the photo stays as it is: a picture of its size, white here"),
         path(&A::protect)},
        {"refine", 0, _("PAINTING"), _("go on from a finished painting of the photo's size"),
         path(&A::refine)},
        {"seamless", 0, nullptr, _("the painting tiles without a visible edge"),
         flag<A>(&Settings::seamless)},
        {"texture", 0, nullptr, _("style without content; the photo only gives the size"),
         flag<A>(&Settings::texture)},
        {"size", 0, _("WxH"), _("with --texture instead of a photo: size of the painting, such as 1024x768"),
         read_size},
        {"seed", 0, _("NUMBER"), _("another number, another painting (default: 0)"),
         number<A>("seed", &Settings::seed)},
        {"size-limit", 0, _("PIXELS"), _("longest side of the painting (default: 0, as large as the photo)"),
         number<A>("size-limit", &Settings::size_limit)},
        {"time-limit", 0, _("SECONDS"),
         _("be done by then: with a lesser quality where that is needed, and with what is painted when the "
           "time is over"),
         number<A>("time-limit", &Settings::time_limit)},
        {"preset", 0, _("NAME"),
         _("settings that come with the program: see the command presets; options given as well win over "
           "them"),
         read_preset},
        {"settings", 0, _("FILE"), _("settings as JSON; options given as well win over it"), read_settings},
        {"estimate", 0, nullptr, _("say how much memory and time it takes, and paint nothing"),
         [](A& arguments, const std::string&) -> Result<void> {
             arguments.estimate = true;
             return {};
         }},
        {"snapshots", 0, _("FOLDER"), _("keep the painting on its way there: painting-0001.png and so on"),
         path(&A::snapshots)},
        {"snapshot-every", 0, _("STEPS"), _("with --snapshots: one every so many steps (default: 10)"),
         read_snapshot_every},
        {"losses", 0, _("FILE"), _("write what is minimised as a table, tab separated, one line a step"),
         path(&A::losses)},
    };
    for (auto& option : engine_options<A>())
        options.push_back(std::move(option));
    options.push_back(talk_option<A>(Talk::programs));
    options.push_back(talk_option<A>(Talk::nobody));
    std::vector<Option<A>> advanced{
        {"iterations", 0, _("NUMBER"), _("steps at full size (default: what the quality means)"),
         [](A& arguments, const std::string& value) -> Result<void> {
             const auto given = number_in<int>(value);
             if (!given)
                 return wrong(sentence(_("--{} takes a whole number, not \"{}\"."), "iterations", value));
             arguments.settings.iterations = *given;
             return {};
         }},
        {"style-loss", 0, _("WORD"),
         _("gaussian (default), gram, moments, formula (Gatys 2016) or classic (the textbook program)"),
         choice<A>("style-loss", &Settings::style_loss)},
        {"optimizer", 0, _("WORD"), _("lbfgs (default) or adam"),
         choice<A>("optimizer", &Settings::optimizer)},
        {"start", 0, _("WORD"), _("begin from content (default), noise, or instant: what one pass paints"),
         choice<A>("start", &Settings::start)},
        {"content-weight", 0, _("NUMBER"), _("how much the photo counts (default: 1)"),
         number<A>("content-weight", &Settings::content_weight)},
        {"style-weight", 0, _("NUMBER"), _("how much the style counts (default: 1)"),
         number<A>("style-weight", &Settings::style_weight)},
        {"tv-weight", 0, _("NUMBER"), _("how much smoothness counts (default: 1)"),
         number<A>("tv-weight", &Settings::tv_weight)},
        {"history", 0, _("NUMBER"), _("past steps that lbfgs remembers, 1 to 20 (default: 10)"),
         number<A>("history", &Settings::history)},
        {"averaging", 0, _("NUMBER"),
         _("adam: the painting is the average of its steps, decaying by this, such as 0.99 (default: 0, the "
           "best "
           "step)"),
         number<A>("averaging", &Settings::averaging)},
        {"early-stop", 0, _("NUMBER"),
         _("end a scale when ten steps gain less than this share, such as 0.001 (default: 0, never)"),
         number<A>("early-stop", &Settings::early_stop)},
        {"pooling", 0, _("WORD"), _("network (default: as it was trained), average or max"),
         choice<A>("pooling", &Settings::pooling)},
        {"precision", 0, _("WORD"), _("of the features: automatic (default), float32, bfloat16 or float16"),
         choice<A>("precision", &Settings::precision)},
        {"color-transfer", 0, _("WORD"),
         _("how --colors content keeps the photo's: luminance (default) or match (recolours the style "
           "first)"),
         choice<A>("color-transfer", &Settings::color_transfer)},
        {"style-layers", 0, _("A,B,C"), _("layers of the network that see the style"),
         layers<A>(&Settings::style_layers)},
        {"content-layers", 0, _("A,B,C"), _("layers of the network that see the photo"),
         layers<A>(&Settings::content_layers)},
        {"layer-weights", 0, _("A,B,C"),
         _("weights of --style-layers in their order (default: the style loss's own)"),
         weights<A>("layer-weights", &Settings::layer_weights)},
    };
    for (auto& option : advanced) {
        option.advanced = true;
        options.push_back(std::move(option));
    }
    return options;
}

/// Whether both names lead to one existing file.
bool same_file(const std::filesystem::path& a, const std::filesystem::path& b) {
    std::error_code error;
    return std::filesystem::equivalent(a, b, error) && !error;
}

/// Whether that file is one of those to read.
bool reads(const PaintArguments& arguments, const std::filesystem::path& file) {
    const auto same = [&](const std::filesystem::path& other) { return same_file(file, other); };
    return same(arguments.photo) || same(arguments.protect) || same(arguments.refine) ||
           std::ranges::any_of(arguments.styles,
                               [&](const auto& style) { return same(style.picture) || same(style.region); });
}

/// What does not fit together, once all options are known.
std::optional<Error> contradiction(const PaintArguments& arguments) {
    const Settings& settings = arguments.settings;
    const auto error = [](std::string message) {
        return Error{ErrorCode::invalid_request, std::move(message)};
    };
    if (auto range = check(settings))
        return range;
    if (!settings.blend.empty() && settings.blend.size() != arguments.styles.size())
        return error(
            sentence(_("There must be as many shares as styles, but there are {} and {}: give one for each."),
                     settings.blend.size(), arguments.styles.size()));
    if (arguments.width > 0 && !arguments.photo.empty())
        return error(
            _("--size is for --texture without a photo: leave one of them out, or use --size-limit."));
    if (arguments.photo.empty() && arguments.width == 0)
        return error(_("A texture needs a size: give --size, as in --size 1024x768, or a photo."));
    return std::nullopt;
}

Result<ListArguments> list_arguments(const std::vector<std::string>& words, const Text& text) {
    ListArguments arguments;
    const std::vector<Option<ListArguments>> options{talk_option<ListArguments>(Talk::programs)};
    const auto rest = parse(arguments, options, words, text);
    if (!rest)
        return std::unexpected(rest.error());
    if (arguments.help.empty() && !rest->empty())
        return wrong(sentence(_("The command {} takes no \"{}\"."),
                              std::string_view(text.program).substr(std::string_view("neural-style ").size()),
                              rest->front()));
    return arguments;
}

} // namespace

Result<PaintArguments> paint_arguments(const std::vector<std::string>& words) {
    PaintArguments arguments;
    const auto rest = parse(arguments, paint_options(), words,
                            {"neural-style paint", _("PHOTO --style PICTURE --output FILE"),
                             _("Paints a photo in the manner of a picture. The file written keeps the "
                               "photo's size, bit depth, colour\n"
                               "profile, transparency and metadata where its kind can.\n"
                               "\n"
                               "A mask is a picture file of the photo's size: as white as it looks, so much. "
                               "Transparent is not here. Where\n"
                               "a mask has only one colour, its transparency alone counts."),
                             _("Examples:\n"
                               "  neural-style paint boats.jpg --style starry-night -o painted.png\n"
                               "  neural-style paint boats.tif -s my-painting.jpg -o painted.tif --quality "
                               "print --colors content\n"
                               "  neural-style paint boats.jpg -s waves --estimate\n"
                               "  neural-style paint boats.jpg -s waves --region sea.png -s starry-night "
                               "--region sky.png -o painted.png\n"
                               "  neural-style paint --texture --seamless --size 512x512 -s waves -o "
                               "tile.png\n"
                               "\n"
                               "Ctrl-C stops within a second, and no painting is written.\n"
                               "Exit status: 0 done, 1 failed, 2 wrongly called, 130 stopped."),
                             _("For those who want to steer the optimisation:")});
    if (!rest)
        return std::unexpected(rest.error());
    if (!arguments.help.empty())
        return arguments;
    if (rest->empty() && !arguments.settings.texture)
        return wrong(
            _("Name the photo to paint, as in: neural-style paint boats.jpg --style waves -o painted.png"));
    if (rest->size() > 1)
        return wrong(sentence(_("One photo is painted at a time: there is \"{}\" after \"{}\"."), (*rest)[1],
                              (*rest)[0]));
    if (!rest->empty())
        arguments.photo = rest->front();
    if (arguments.styles.empty() && !arguments.preset_style.empty())
        arguments.styles.push_back({.picture = arguments.preset_style, .region = {}});
    if (arguments.styles.empty() && needs_style(arguments.settings))
        return wrong(
            _("Name the painting to learn from with --style: a picture file, or a name that \"neural-style "
              "styles\" lists."));
    if (auto error = contradiction(arguments))
        return std::unexpected(*error);
    if (arguments.estimate)
        return arguments;
    if (arguments.output.empty())
        return wrong(_("Say where to write the painting with -o, as in: -o painted.png"));
    if (!kind_of_name(arguments.output))
        return wrong(
            sentence(_("{} does not say which kind of picture to write: end its name in .png, .jpg, .tiff, "
                       ".webp or .exr."),
                     arguments.output.string()));
    for (const auto& file : {arguments.output, arguments.losses})
        if (!file.empty() && reads(arguments, file))
            return wrong(
                sentence(_("{} is one of the pictures to read: choose another name for the painting."),
                         file.string()));
    if (same_file(arguments.output, arguments.losses) || arguments.output == arguments.losses)
        return wrong(
            sentence(_("{} is to be both the painting and the table of losses: choose another name for "
                       "one of them."),
                     arguments.output.string()));
    return arguments;
}

Result<DevicesArguments> devices_arguments(const std::vector<std::string>& words) {
    DevicesArguments arguments;
    auto options = engine_options<DevicesArguments>();
    std::erase_if(options,
                  [](const auto& option) { return std::string_view(option.name) == "memory-limit"; });
    options.push_back(talk_option<DevicesArguments>(Talk::programs));
    const auto rest = parse(arguments, options, words,
                            {"neural-style devices", nullptr,
                             _("Lists where paintings can be computed and measures how fast: a convolution "
                               "and a matrix product,\n"
                               "which is what painting consists of. Takes a few seconds for each device."),
                             nullptr});
    if (!rest)
        return std::unexpected(rest.error());
    if (arguments.help.empty() && !rest->empty())
        return wrong(sentence(_("The command devices takes no \"{}\"."), rest->front()));
    return arguments;
}

Result<ListArguments> styles_arguments(const std::vector<std::string>& words) {
    return list_arguments(words, {"neural-style styles", nullptr,
                                  _("Lists the paintings that come with the program."), nullptr});
}

Result<ListArguments> presets_arguments(const std::vector<std::string>& words) {
    return list_arguments(
        words, {"neural-style presets", nullptr,
                _("Lists the settings that come with the program under a name, for --preset."), nullptr});
}

} // namespace neural_style::cli
