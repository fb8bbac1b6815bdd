// SPDX-License-Identifier: GPL-3.0-or-later
#include "arguments.hpp"

#include "album_names.hpp"
#include "installation.hpp"
#include "look_options.hpp"
#include "options.hpp"
#include "picture_kind.hpp"
#include "preset_catalog.hpp"
#include "reader_process.hpp"
#include "settings_json.hpp"
#include "translation.hpp"

#include <neural_style/formatted.hpp>
#include <neural_style/setting_table.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <concepts>
#include <fstream>
#include <glib.h>
#include <iterator>
#include <memory>
#include <optional>
#include <utility>

namespace neural_style::cli {
namespace {

/// More would not find a core each. Chosen.
constexpr int most_jobs = 64;

/// The placeholder of an option's value in the help; nullptr: none.
template <typename Value>
const char* value_name(const Setting<Value>& setting) {
    if constexpr (std::is_enum_v<Value>)
        return _("WORD");
    else if constexpr (std::same_as<Value, bool>)
        return nullptr;
    else if constexpr (std::same_as<Value, std::string>)
        return _("NAME");
    else if constexpr (requires(Value value) { value.push_back({}); })
        return _("A,B,C");
    else
        return _(unit_texts[std::size_t(setting.unit)]);
}

template <typename Value>
std::string description(const Setting<Value>& setting) {
    std::string text = _(setting.help);
    for (std::size_t i = 0; i < setting.choices.size(); ++i)
        text += formatted("{} {} ({})", i ? "," : ":", names<Value>[i], _(setting.choices[i].help));
    const std::string otherwise = text_of(default_of(setting));
    const auto& [least, most, or_zero] = setting.bounds;
    if constexpr (std::same_as<Value, std::optional<int>>)
        return sentence(_("{0} [{1:.10g} to {2:.10g}]"), text, least, most);
    if (!value_name(setting) || otherwise.empty())
        return text;
    if (most > least && std::isfinite(most))
        return sentence(_("{0} [{1:.10g} to {2:.10g}; default: {3}]"), text, least, most, otherwise);
    return sentence(_("{} [default: {}]"), text, otherwise);
}

template <typename Value>
std::vector<std::string> choices_of(const Setting<Value>&) {
    if constexpr (std::is_enum_v<Value>)
        return {names<Value>.begin(), names<Value>.end()};
    else
        return {};
}

/// Why a value could not be parsed.
template <typename Value>
std::string misread(const char* option, const std::string& value) {
    if constexpr (std::is_enum_v<Value>) {
        std::string all;
        for (const auto name : names<Value>)
            all += (all.empty() ? "" : ", ") + std::string(name);
        return sentence(_("--{} is one of {}, not \"{}\"."), option, all, value);
    } else if constexpr (std::same_as<Value, std::vector<double>>)
        return sentence(_("--{} takes numbers such as 2,1, not \"{}\"."), option, value);
    else if constexpr (std::same_as<Value, double>)
        return sentence(_("--{} takes a number such as 0.75, not \"{}\"."), option, value);
    else
        return sentence(_("--{} takes a whole number, not \"{}\"."), option, value);
}

/// Lets the option that was added last, of the network, take a file instead of a name, too.
void take_a_file(std::vector<Option<PaintArguments>>& options) {
    auto& option = options.back();
    option.description += std::string("; ") + _("or a safetensors file");
    option.apply = [by_name = std::move(option.apply)](PaintArguments& arguments,
                                                       const std::string& value) -> Result<void> {
        std::error_code ignored;
        if (!value.ends_with(".safetensors") &&
            !(value.contains('/') && std::filesystem::is_regular_file(value, ignored)))
            return by_name(arguments, value);
        arguments.open.feature_network = value;
        return {};
    };
    options.push_back(former(option, "backbone"));
}

/// The options of all settings; ranges are checked together afterwards.
std::vector<Option<PaintArguments>> setting_options() {
    std::vector<Option<PaintArguments>> options;
    each_setting([&]<typename Value>(const Setting<Value>& setting) {
        const auto apply = [&setting](PaintArguments& arguments, const std::string& value) -> Result<void> {
            const auto given = value_in<Value>(std::same_as<Value, bool> ? "true" : value);
            if (!given)
                return wrong(misread<Value>(setting.key, value));
            arguments.settings.*setting.member = *given;
            return {};
        };
        options.push_back({setting.key, 0, value_name(setting), description(setting), apply,
                           setting.audience != Audience::everybody, false, choices_of(setting)});
        if (std::string_view(setting.key) == "network")
            take_a_file(options);
        if (setting.former_key)
            options.push_back(former(options.back(), setting.former_key));
    });
    return options;
}

/// "640x480".
Result<void> read_size(PaintArguments& arguments, const std::string& value) {
    const std::size_t cross = std::min(value.find('x'), value.size());
    const auto width = number_in<int>(std::string_view(value).substr(0, cross));
    const auto height = number_in<int>(std::string_view(value).substr(std::min(cross + 1, value.size())));
    if (!width || !height || *width < SettingsRange::size_min || *height < SettingsRange::size_min)
        return wrong(sentence(_("--size takes a size such as 1024x768, from {0} x {0} pixels, not \"{1}\"."),
                              SettingsRange::size_min, value));
    if (std::uint64_t(*width) * std::uint64_t(*height) > reader::largest_picture)
        return wrong(
            sentence(_("--size is {} x {}, but pictures have at most {} megapixels: choose a smaller "
                       "one."),
                     *width, *height, reader::largest_picture / 1'000'000));
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

/// Options that only albums have make the call one.
AlbumArguments& album_of(PaintArguments& arguments) {
    return arguments.album ? *arguments.album : arguments.album.emplace();
}

Result<void> read_shard(PaintArguments& arguments, const std::string& value) {
    return shard_in(value).transform([&](Shard shard) { album_of(arguments).shard = shard; });
}

Result<void> read_jobs(PaintArguments& arguments, const std::string& value) {
    const auto jobs = number_in<int>(value);
    if (!jobs || *jobs < 1 || *jobs > most_jobs)
        return wrong(
            sentence(_("--jobs takes a number of photos from 1 to {}, not \"{}\"."), most_jobs, value));
    album_of(arguments).jobs = *jobs;
    return {};
}

std::vector<Option<PaintArguments>> album_options() {
    using A = PaintArguments;
    const auto flag = [](bool AlbumArguments::*member) {
        return [=](A& arguments, const std::string&) -> Result<void> {
            album_of(arguments).*member = true;
            return {};
        };
    };
    return {
        {"recursive", 0, nullptr,
         _("with folders as photos: those below them, too; the paintings lie in the same folders below the "
           "one of --output"),
         flag(&AlbumArguments::recursive)},
        {"list", 0, _("FILE"),
         _("more photos: their names, one a line, or as find -print0 writes them; - is standard input"),
         [](A& arguments, const std::string& value) -> Result<void> {
             album_of(arguments).list = value;
             return {};
         }},
        {"name", 0, _("PATTERN"),
         _("names of the paintings of several photos, from {name} and {ending} of the photo, {style} and "
           "{number} [default: {name}.{ending}]"),
         [](A& arguments, const std::string& value) -> Result<void> {
             album_of(arguments).name = value;
             return {};
         }},
        {"again", 0, nullptr, _("with several photos: paint also those whose painting is there already"),
         flag(&AlbumArguments::again)},
        {"match-album", 0, nullptr,
         _("with several photos: strokes as large in pixels on each as on the one of middle size, instead of "
           "the same share of each; in one pass also statistics of the whole album, so that a dark photo "
           "stays "
           "darker than the others"),
         flag(&AlbumArguments::match)},
        {"shard", 0, _("PART/PARTS"),
         _("with several photos: only a part of them, such as 3/8, for one of several computers"),
         read_shard},
        {"jobs", 0, _("NUMBER"),
         _("with several photos: paint so many at the same time, which share the cores: faster for small "
           "ones"),
         read_jobs},
    };
}

/// "2G", "1.5GiB", "512M", "800000000"; suffixes are powers of 1024.
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

/// All that `paint` takes.
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
        {"output", 'o', _("FILE"),
         _("where to write: .png, .jpg, .tiff, .webp, .jxl, .avif or .exr; - is "
           "standard output"),
         path(&A::output)},
    };
    const auto add = [&](std::vector<Option<A>> more) {
        std::ranges::move(more, std::back_inserter(options));
    };
    options.push_back({"format",
                       0,
                       _("ENDING"),
                       _("kind of picture to write, such as png or tiff (default: as the file's ending says; "
                         "to standard output: png)"),
                       [](A& arguments, const std::string& value) -> Result<void> {
                           const auto kind = kind_of_name("picture." + value);
                           if (!kind)
                               return wrong(sentence(_("--{} is one of {}, not \"{}\"."), "format",
                                                     "png, jpg, tiff, webp, jxl, avif, exr", value));
                           arguments.kind = kind;
                           return {};
                       },
                       false,
                       false,
                       {"png", "jpg", "tiff", "webp", "jxl", "avif", "exr"}});
    add(setting_options());
    add({
        {"protect", 0, _("MASK"), _("where the photo stays as it is: a picture of its size, white here"),
         path(&A::protect)},
        {"refine", 0, _("PAINTING"), _("go on from a finished painting of the photo's size"),
         path(&A::refine)},
        {"size", 0, _("WxH"), _("with --texture instead of a photo: size of the painting, such as 1024x768"),
         read_size},
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
    });
    add(album_options());
    add(engine_options<A>());
    add({talk_option<A>(Talk::programs), talk_option<A>(Talk::nobody)});
    return options;
}

/// Whether both names refer to one existing file.
bool same_file(const std::filesystem::path& a, const std::filesystem::path& b) {
    std::error_code error;
    return std::filesystem::equivalent(a, b, error) && !error;
}

/// Whether that file is one of the inputs.
bool reads(const PaintArguments& arguments, const std::filesystem::path& file) {
    const auto same = [&](const std::filesystem::path& other) { return same_file(file, other); };
    return same(arguments.photo) || same(arguments.protect) || same(arguments.refine) ||
           std::ranges::any_of(arguments.styles,
                               [&](const auto& style) { return same(style.picture) || same(style.region); });
}

/// What is inconsistent in a call for several photos, or cannot be asked for them.
std::optional<Error> album_contradiction(const PaintArguments& arguments) {
    const auto error = [](std::string message) {
        return Error{ErrorCode::invalid_request, std::move(message)};
    };
    const auto& album = *arguments.album;
    if (album.photos.empty() && album.list.empty())
        return error(
            _("Name the photo to paint, as in: neural-style paint boats.jpg --style waves -o painted.png"));
    if (std::ranges::find(album.photos, "-") != album.photos.end())
        return error(_("Standard input has no name for its painting: give files where there are several "
                       "photos."));
    const auto region = [](const StyleArgument& style) { return !style.region.empty(); };
    const std::pair<const char*, bool> of_one_photo[] = {
        {"region", std::ranges::any_of(arguments.styles, region)},
        {"protect", !arguments.protect.empty()},
        {"refine", !arguments.refine.empty()},
        {"size", arguments.width > 0},
        {"snapshots", !arguments.snapshots.empty()},
        {"losses", !arguments.losses.empty()}};
    for (const auto& [option, given] : of_one_photo)
        if (given)
            return error(
                sentence(_("--{} is for one photo: leave it out, or paint the photos one by one."), option));
    if (const auto pattern = NamePattern::read(album.name, arguments.kind.has_value()); !pattern)
        return pattern.error();
    std::error_code ignored;
    const bool file = kind_of_name(arguments.output) || arguments.output == "-";
    if (file && !std::filesystem::is_directory(arguments.output, ignored))
        return error(
            sentence(_("Several paintings need a folder, and {} is a file: give a folder with -o, as "
                       "in: -o painted/"),
                     arguments.output.string()));
    if (arguments.output.empty() && !arguments.estimate)
        return error(_("Say in which folder to write the paintings with -o, as in: -o painted/"));
    return std::nullopt;
}

/// Whether photos or output are folders.
bool names_folders(const std::vector<std::string>& photos, const std::filesystem::path& output) {
    std::error_code ignored;
    const auto folder = [&](const auto& name) { return std::filesystem::is_directory(name, ignored); };
    return std::ranges::any_of(photos, folder) ||
           (!photos.empty() && (output.string().ends_with('/') || folder(output)));
}

/// What is inconsistent in settings and styles.
std::optional<Error> look_contradiction(const PaintArguments& arguments) {
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
    return std::nullopt;
}

/// What is inconsistent about the photo, once all options are known.
std::optional<Error> contradiction(const PaintArguments& arguments) {
    const auto error = [](std::string message) {
        return Error{ErrorCode::invalid_request, std::move(message)};
    };
    if (arguments.width > 0 && !arguments.photo.empty())
        return error(
            _("--size is for --texture without a photo: leave one of them out, or use --size-limit."));
    if (arguments.photo.empty() && !arguments.album && arguments.width == 0)
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

Result<Shard> shard_in(const std::string& value) {
    const std::size_t slash = std::min(value.find('/'), value.size());
    const auto part = number_in<int>(std::string_view(value).substr(0, slash));
    const auto parts = number_in<int>(std::string_view(value).substr(std::min(slash + 1, value.size())));
    if (!part || !parts || *part < 1 || *part > *parts)
        return wrong(sentence(_("--shard takes a part such as 3/8, the third of eight, not \"{}\"."), value));
    return Shard{.part = *part, .parts = *parts};
}

std::vector<Option<PaintArguments>> look_options() {
    auto options = paint_options();
    constexpr std::array of_photos{"output",         "format",      "refine",    "size", "snapshots",
                                   "snapshot-every", "losses",      "recursive", "list", "name",
                                   "again",          "match-album", "shard",     "jobs"};
    std::erase_if(options, [&](const auto& option) {
        return std::ranges::find(of_photos, std::string_view(option.name)) != of_photos.end();
    });
    return options;
}

std::optional<Error> complete_look(PaintArguments& arguments) {
    if (arguments.styles.empty() && !arguments.preset_style.empty())
        arguments.styles.push_back({.picture = arguments.preset_style, .region = {}});
    if (arguments.styles.empty() && needs_style(arguments.settings))
        return Error{
            ErrorCode::invalid_request,
            _("Name the painting to learn from with --style: a picture file, or a name that \"neural-style "
              "styles\" lists.")};
    return look_contradiction(arguments);
}

Result<PaintArguments> paint_arguments(const std::vector<std::string>& words) {
    PaintArguments arguments;
    const auto rest = parse(arguments, paint_options(), words,
                            {"neural-style paint", _("PHOTO… --style PICTURE --output FILE"),
                             _("Paints a photo in the manner of a picture. The file written keeps the "
                               "photo's size, bit depth, colour\n"
                               "profile, transparency and metadata where its kind can.\n"
                               "\n"
                               "A mask is a picture file of the photo's size: as white as it looks, so much. "
                               "Transparent is not here. Where\n"
                               "a mask has only one colour, its transparency alone counts.\n"
                               "\n"
                               "Several photos, or a folder of them, become paintings in the folder of "
                               "--output. What is there already is\n"
                               "left as it is, and a photo that cannot be painted does not keep the others "
                               "from it."),
                             _("Examples:\n"
                               "  neural-style paint boats.jpg --style starry-night -o painted.png\n"
                               "  neural-style paint boats.tif -s my-painting.jpg -o painted.tif --quality "
                               "print --colors content\n"
                               "  neural-style paint boats.jpg -s waves --estimate\n"
                               "  neural-style paint boats.jpg -s waves --region sea.png -s starry-night "
                               "--region sky.png -o painted.png\n"
                               "  neural-style paint --texture --seamless --size 512x512 -s waves -o "
                               "tile.png\n"
                               "  neural-style paint *.jpg -s waves --quality instant -o painted/\n"
                               "\n"
                               "Ctrl-C stops within a second, and no painting is written.\n"
                               "Exit status: 0 done, 1 failed, 2 wrongly called, 130 stopped."),
                             _("For those who want to steer the optimisation:")});
    if (!rest)
        return std::unexpected(rest.error());
    if (!arguments.help.empty())
        return arguments;
    if (rest->size() > 1 || names_folders(*rest, arguments.output))
        album_of(arguments);
    if (arguments.album)
        arguments.album->photos.assign(rest->begin(), rest->end());
    else if (!rest->empty())
        arguments.photo = rest->front();
    else if (!arguments.settings.texture)
        return wrong(
            _("Name the photo to paint, as in: neural-style paint boats.jpg --style waves -o painted.png"));
    if (auto error = complete_look(arguments))
        return std::unexpected(*error);
    if (auto error = contradiction(arguments))
        return std::unexpected(*error);
    if (arguments.album) {
        if (auto error = album_contradiction(arguments))
            return std::unexpected(*error);
        return arguments;
    }
    if (arguments.estimate)
        return arguments;
    if (arguments.output.empty())
        return wrong(_("Say where to write the painting with -o, as in: -o painted.png"));
    const bool to_stream = arguments.output == "-";
    if (to_stream && arguments.talk == Talk::programs)
        return wrong(_("--json writes to standard output, too: give the name of a file with -o."));
    if (!arguments.kind)
        arguments.kind = to_stream ? PictureKind::png : kind_of_name(arguments.output);
    if (!arguments.kind)
        return wrong(
            sentence(_("{} does not say which kind of picture to write: end its name in .png, .jpg, .tiff, "
                       ".webp, .jxl, .avif or .exr."),
                     arguments.output.string()));
    for (const auto& file : {arguments.output, arguments.losses})
        if (!file.empty() && file != "-" && reads(arguments, file))
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

Result<InfoArguments> info_arguments(const std::vector<std::string>& words) {
    InfoArguments arguments;
    const std::vector<Option<InfoArguments>> options{talk_option<InfoArguments>(Talk::programs)};
    auto files =
        parse(arguments, options, words,
              {"neural-style info", _("FILE…"),
               _("Tells what is understood of picture files: kind, size, samples, colours, transparency, "
                 "orientation,\n"
                 "resolution and how many pictures there are. The file - is standard input."),
               _("Exit status: 0 all can be read, 1 one cannot, 2 wrongly called.")});
    if (!files)
        return std::unexpected(files.error());
    if (arguments.help.empty() && files->empty())
        return wrong(_("Name the pictures to look at, as in: neural-style info boats.jpg"));
    arguments.files = *std::move(files);
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
