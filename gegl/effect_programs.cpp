// SPDX-License-Identifier: GPL-3.0-or-later
#include "effect_programs.hpp"

#include "engine_command.hpp"
#include "installation.hpp"

#include <cstdlib>

namespace neural_style {

EffectPrograms EffectPrograms::of_library() {
    const auto folder = library_programs_folder(reinterpret_cast<const void*>(&EffectPrograms::of_library));
    const char* const wanted = std::getenv("NEURAL_STYLE_ENGINE");
    return {.engine = engine_command({.setting = {},
                                      .environment = wanted ? wanted : "",
                                      .plug_in_folder = folder,
                                      .bin_folder = NEURAL_STYLE_BIN_DIR}),
            .reader = reader_program(folder),
            .styles = data_folder(folder) / "styles",
            .locale = locale_folder(folder),
            .galleries = user_styles_folders()};
}

} // namespace neural_style
