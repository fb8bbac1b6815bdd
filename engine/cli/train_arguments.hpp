// SPDX-License-Identifier: GPL-3.0-or-later
/// The user's training request, parsed from the command line.
///
///     auto arguments = train_arguments({"style", "--style", "waves.jpg", "--photos", "Pictures", "-o",
///     "waves.safetensors"});
#pragma once

#include "arguments.hpp"
#include "train.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace neural_style::cli {

enum class Trained { encoder, decoder, style };

struct TrainArguments {
    Trained what = Trained::style;
    std::vector<std::filesystem::path> photos; ///< folders
    std::filesystem::path teacher;             ///< of an encoder
    std::filesystem::path start;               ///< network to continue from; empty: from scratch
    std::filesystem::path scale_of;            ///< student whose tap scale to adopt; empty: the start's
    std::filesystem::path encoder;             ///< of a decoder or style; empty: the bundled one
    std::filesystem::path styles;              ///< folder of paintings for a decoder; empty: none
    std::filesystem::path style;               ///< picture of the style
    std::string name;                          ///< of the network; empty: the output's
    std::string title;                         ///< of a style, for people; empty: the name
    int style_size = 384;                      ///< longest side of the style in pixels
    double style_weight = 1;
    std::string teacher_license; ///< for the card
    TrainingOptions options;
    Talk talk = Talk::people;
    std::string command; ///< the command line, for the card
    std::string help;    ///< if not empty, print it and do nothing else
};

/// Parses the words after `train`. Errors: invalid_request, in a sentence for people.
Result<TrainArguments> train_arguments(const std::vector<std::string>& words);

} // namespace neural_style::cli
