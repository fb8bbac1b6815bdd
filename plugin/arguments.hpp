// SPDX-License-Identifier: GPL-3.0-or-later
/// The procedure's arguments: declared once, from which GIMP makes the PDB call, the widgets and the stored
/// values.
///
///     add_arguments(procedure);
///     auto arguments = read_arguments(config, GIMP_RUN_NONINTERACTIVE);
#pragma once

#include "paint_layer.hpp"

#include <neural_style/error.hpp>

#include <libgimp/gimp.h>
#include <string>

namespace neural_style::plugin {

/// Argument names, where more than one place needs them.
namespace argument {
inline constexpr const char* style = "style";
inline constexpr const char* style_file = "style-file";
inline constexpr const char* style_drawable = "style-drawable";
/// Not part of the PDB call: GIMP does not store drawables with the last values, so we do (`LayerMemory`).
inline constexpr const char* style_memory = "style-memory";
inline constexpr const char* engine = "engine";
// Scripts alone: the dialog does not offer them.
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

/// Notes the layer in `style-drawable` with the values that GIMP stores, or that there is none.
void remember_style_layer(GimpProcedureConfig* config);

/// The layer that was noted, when it is still there in this run of GIMP; nullptr otherwise.
GimpDrawable* remembered_style_layer(GimpProcedureConfig* config);

} // namespace neural_style::plugin
