// SPDX-License-Identifier: GPL-3.0-or-later
/// What the user asked for, from the words of the command line.
///
///     auto arguments = paint_arguments({"boats.jpg", "--style", "waves", "-o", "out.png"});
///     if (!arguments)
///         return usage_error(arguments.error());
#pragma once

#include <neural_style/engine.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace neural_style::cli {

/// How much the program tells while it works.
enum class Talk { people, programs, nobody };

struct StyleArgument {
    std::string picture;          ///< a file, or the name of a bundled style
    std::filesystem::path region; ///< mask of where it paints; empty: everywhere
};

struct PaintArguments {
    std::filesystem::path photo;       ///< empty only for a texture of its own size
    std::vector<StyleArgument> styles; ///< up to `SettingsRange::styles_max`; none only where none is needed
    std::string preset_style;          ///< what the preset paints with, taken where no style is given
    std::filesystem::path protect;     ///< mask; empty: nowhere
    std::filesystem::path refine;      ///< painting to go on from; empty: begin anew
    int width = 0;                     ///< of a texture without a photo, in pixels; 0: as the photo
    int height = 0;
    std::filesystem::path output;
    std::filesystem::path snapshots; ///< folder; empty: none
    int snapshot_every = 10;         ///< steps
    std::filesystem::path losses;    ///< table file; empty: none
    Settings settings;
    OpenOptions open;
    Talk talk = Talk::people;
    bool estimate = false; ///< only say what it would cost
    std::string help;      ///< not empty: to be printed, and nothing else to be done
};

struct DevicesArguments {
    OpenOptions open;
    Talk talk = Talk::people;
    std::string help;
};

/// Of the commands that list what comes along.
struct ListArguments {
    Talk talk = Talk::people;
    std::string help;
};

/// Each takes the words after the command's name. Values have been checked: ranges, choices, needed files
/// named. Errors: invalid_request, in a sentence for people.
Result<PaintArguments> paint_arguments(const std::vector<std::string>& words);
Result<DevicesArguments> devices_arguments(const std::vector<std::string>& words);
Result<ListArguments> styles_arguments(const std::vector<std::string>& words);
Result<ListArguments> presets_arguments(const std::vector<std::string>& words);

} // namespace neural_style::cli
