// SPDX-License-Identifier: GPL-3.0-or-later
/// The user's request, parsed from the command line.
///
///     auto arguments = paint_arguments({"boats.jpg", "--style", "waves", "-o", "out.png"});
///     if (!arguments)
///         return usage_error(arguments.error());
#pragma once

#include "picture_kind.hpp"

#include <neural_style/engine.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace neural_style::cli {

/// How much the program prints while it works.
enum class Talk { people, programs, nobody };

struct StyleArgument {
    std::string picture;          ///< a file, or the name of a bundled style
    std::filesystem::path region; ///< mask of where it paints; empty: everywhere
};

/// One of several parts of an album or a film, from 1.
struct Shard {
    int part = 1;
    int parts = 1;
};

/// Several photos that are painted alike.
struct AlbumArguments {
    std::vector<std::filesystem::path> photos = {}; ///< files and folders, as they were named
    std::filesystem::path list = {};                ///< file that names more of them; "-": standard input
    bool recursive = false;                         ///< folders below the named ones, too
    std::string name = {};                          ///< pattern of the paintings' names
    bool again = false;                             ///< also what is painted already
    bool match = false;                     ///< strokes and statistics of the album instead of each photo's
    Shard shard = {};
    int jobs = 1; ///< photos that are painted at the same time
};

struct PaintArguments {
    std::filesystem::path photo; ///< empty only for a texture of its own size, and for an album
    std::optional<AlbumArguments> album;
    std::vector<StyleArgument> styles; ///< at most `SettingsRange::styles_max`; empty if none is needed
    std::string preset_style;          ///< the preset's style, used if none is given
    std::filesystem::path protect;     ///< mask; empty: nowhere
    std::filesystem::path refine;      ///< painting to continue from; empty: start anew
    int width = 0;                     ///< of a texture without a photo, in pixels; 0: the photo's
    int height = 0;
    std::filesystem::path output;    ///< "-": standard output; of an album: folder
    std::optional<PictureKind> kind; ///< of the output; with --estimate and albums only if it was given
    std::filesystem::path snapshots; ///< folder; empty: none
    int snapshot_every = 10;         ///< steps
    std::filesystem::path losses;    ///< table file; empty: none
    Settings settings;
    OpenOptions open;
    Talk talk = Talk::people;
    bool estimate = false; ///< only print the cost
    std::string help;      ///< if not empty, print it and do nothing else
};

struct DevicesArguments {
    OpenOptions open;
    Talk talk = Talk::people;
    std::string help;
};

struct InfoArguments {
    std::vector<std::string> files; ///< at least one; "-": standard input
    Talk talk = Talk::people;
    std::string help;
};

/// For the commands that list bundled files.
struct ListArguments {
    Talk talk = Talk::people;
    std::string help;
};

/// Each parses the words after the command's name and checks ranges, choices and required files. Errors:
/// invalid_request, in a sentence for people.
Result<PaintArguments> paint_arguments(const std::vector<std::string>& words);
Result<DevicesArguments> devices_arguments(const std::vector<std::string>& words);
Result<InfoArguments> info_arguments(const std::vector<std::string>& words);
Result<ListArguments> styles_arguments(const std::vector<std::string>& words);
Result<ListArguments> presets_arguments(const std::vector<std::string>& words);

} // namespace neural_style::cli
