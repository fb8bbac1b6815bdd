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

struct PaintArguments {
    std::filesystem::path photo;
    std::string style; ///< a file, or the name of a bundled style
    std::filesystem::path output;
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

struct StylesArguments {
    Talk talk = Talk::people;
    std::string help;
};

/// Each takes the words after the command's name. Values have been checked: ranges, choices, needed files
/// named. Errors: invalid_request, in a sentence for people.
Result<PaintArguments> paint_arguments(const std::vector<std::string>& words);
Result<DevicesArguments> devices_arguments(const std::vector<std::string>& words);
Result<StylesArguments> styles_arguments(const std::vector<std::string>& words);

} // namespace neural_style::cli
