// SPDX-License-Identifier: GPL-3.0-or-later
/// The procedure's arguments: declared once, from which GIMP makes the PDB call, the widgets and the stored
/// values.
///
///     add_arguments(procedure);
///     auto arguments = read_arguments(config, GIMP_RUN_NONINTERACTIVE);
#pragma once

#include "paint_layer.hpp"
#include "presets.hpp"
#include "setting_arguments.hpp"

#include <neural_style/error.hpp>

#include <libgimp/gimp.h>
#include <optional>
#include <string>
#include <vector>

namespace neural_style::plugin {

/// Argument names, where more than one place needs them.
namespace argument {
inline constexpr const char* preset = "preset";
inline constexpr const char* style = "style";
inline constexpr const char* style_file = "style-file";
inline constexpr const char* style_drawable = "style-drawable";
/// Not part of the PDB call: GIMP does not store drawables with the last values, so we do (`LayerMemory`).
inline constexpr const char* drawable_memory = "style-memory";
inline constexpr const char* blend = "blend";
inline constexpr const char* feather = "feather";
inline constexpr const char* output = "output";
inline constexpr const char* snapshot_every = "snapshot-every";
inline constexpr const char* snapshot_layers = "snapshot-layers";
inline constexpr const char* engine = "engine";
inline constexpr const char* protect = "protect";
inline constexpr const char* refine = "refine";
inline constexpr const char* snapshot_folder = "snapshot-folder";
inline constexpr const char* losses_file = "losses-file";
} // namespace argument

/// The style of an untouched dialog, and of a script that names none.
inline constexpr const char* default_style = "starry-night";

/// What the user or the script asked for.
struct Arguments {
    LayerJob job;       ///< without the styles' folder
    std::string engine; ///< command line; empty: find one
};

/// Declares every argument, with range, default, label and tooltip. Choices are choice arguments, so GIMP
/// replaces an unknown word by the default before we see it. The bundled style's name is a string argument
/// instead: a misspelt style gets an error, not another painting.
void add_arguments(GimpProcedure* procedure);

/// Of each style, a drawable goes before a file, and a file before a name; numbers without a style are
/// skipped. Errors, translated: bad_picture when the layer that was the style of the last run is gone (only
/// for GIMP_RUN_WITH_LAST_VALS), invalid_request for a list that is none, and for a region without its style.
Result<Arguments> read_arguments(GimpProcedureConfig* config, GimpRunMode run_mode);

/// Puts the preset that is named into the arguments, all but those that differ from their defaults, and takes
/// the name out. Errors, translated: those of `chosen_preset`, and of `read_settings`.
Result<void> apply_preset(GimpProcedureConfig* config, const Presets& mine,
                          const std::filesystem::path& bundled_folder);

/// The styles as they stand in the arguments, at least one, without gaps. What cannot be read is left out.
std::vector<StyleSlot> read_styles(GimpProcedureConfig* config);
/// The reverse; shares are written only where they differ.
void write_styles(GimpProcedureConfig* config, const std::vector<StyleSlot>& styles);

/// A text argument; empty where it is NULL.
std::string read_text(GimpProcedureConfig* config, const char* name);

/// A drawable argument by the drawable's number.
std::optional<int> drawable_of(GimpProcedureConfig* config, const char* name);
void set_drawable(GimpProcedureConfig* config, const char* name, std::optional<int> id);

/// Takes drawables that GIMP has no more out of all arguments: the choice is then none, and a style that was
/// such a layer is left out. Answers with a sentence, translated; empty: all are there.
std::string forget_gone_drawables(GimpProcedureConfig* config);

/// Notes the drawables in all arguments with the values that GIMP stores.
void remember_drawables(GimpProcedureConfig* config);
/// Puts those that were noted, and are still there in this run of GIMP, into arguments that are empty.
/// Answers with the name of one that is gone; empty: none is.
std::string recall_drawables(GimpProcedureConfig* config);

} // namespace neural_style::plugin
