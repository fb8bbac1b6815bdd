// SPDX-License-Identifier: GPL-3.0-or-later
/// Where the effect's library finds what was installed with it: it runs in programs that know nothing of us.
///
///     const auto programs = EffectPrograms::of_library();
#pragma once

#include <neural_style/error.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace neural_style {

struct EffectPrograms {
    Result<std::vector<std::string>> engine; ///< the command line that starts it
    std::filesystem::path reader;            ///< the program that decodes pictures
    std::filesystem::path styles;            ///< folder of the bundled paintings
    std::filesystem::path locale;            ///< folder of the translations
    /// Folders of the user's own paintings, the one to look in first at the beginning.
    std::vector<std::filesystem::path> galleries = {};

    /// What belongs to the library with this code in it; $NEURAL_STYLE_ENGINE is another engine.
    static EffectPrograms of_library();
};

} // namespace neural_style
