// SPDX-License-Identifier: GPL-3.0-or-later
/// The procedure's arguments: one declaration, from which GIMP makes the PDB call, the widgets and the stored
/// values.
///
///     add_arguments(procedure);
///     auto arguments = read_arguments(config, GIMP_RUN_NONINTERACTIVE);
#pragma once

#include "film.hpp"
#include "layer_job.hpp"
#include "presets.hpp"
#include "setting_arguments.hpp"

#include <neural_style/error.hpp>

#include <libgimp/gimp.h>
#include <optional>
#include <string>
#include <vector>

namespace neural_style::plugin {

/// Names of arguments that are used in more than one place.
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
inline constexpr const char* steadiness = "steadiness";
inline constexpr const char* loop = "loop";
} // namespace argument

/// The style of an untouched dialog, and of scripts that name none.
inline constexpr const char* default_style = "starry-night";

/// What a procedure paints.
enum class Subject { layers, animation };

/// What the user or the script requested.
struct Arguments {
    LayerJob job;       ///< without the styles' folder
    FilmSettings film;  ///< of an animation
    std::string engine; ///< command line; empty: find one
};

/// Declares every argument with range, default, label and tooltip. Choices are choice arguments, so GIMP
/// replaces an unknown word by the default before we see it. The bundled style's name is a string argument
/// instead, so that a misspelt style causes an error, not another painting. An animation has no painting to
/// go on from and no record of its steps; instead it has what holds its frames together. The functions below
/// take what is not declared as not given.
void add_arguments(GimpProcedure* procedure, Subject subject = Subject::layers);

/// For each style, a drawable takes precedence over a file, and a file over a name; numbers without a style
/// are skipped. Errors, translated: bad_picture if the layer used as style in the last run is gone (only for
/// GIMP_RUN_WITH_LAST_VALS), invalid_request for an invalid list, and for a region without its style.
Result<Arguments> read_arguments(GimpProcedureConfig* config, GimpRunMode run_mode);

/// Applies the named preset to all arguments that have their defaults, and clears the name. Errors,
/// translated: those of `chosen_preset` and `read_settings`.
Result<void> apply_preset(GimpProcedureConfig* config, const Presets& mine,
                          const std::filesystem::path& bundled_folder);

/// The styles in the arguments, at least one, without gaps. Unreadable ones are left out.
std::vector<StyleSlot> read_styles(GimpProcedureConfig* config);
/// The inverse; shares are written only if they differ.
void write_styles(GimpProcedureConfig* config, const std::vector<StyleSlot>& styles);

/// A text argument; empty for NULL.
std::string read_text(GimpProcedureConfig* config, const char* name);

/// The id of a drawable argument.
std::optional<int> drawable_of(GimpProcedureConfig* config, const char* name);
void set_drawable(GimpProcedureConfig* config, const char* name, std::optional<int> id);

/// The ids of all drawables in the arguments: styles, regions, protected part, painting to go on from.
std::vector<int> chosen_drawables(GimpProcedureConfig* config);

/// Clears all arguments whose drawables no longer exist; a style that was such a layer is removed. Returns a
/// translated sentence; empty if all exist.
std::string forget_gone_drawables(GimpProcedureConfig* config);

/// Records the drawables of all arguments along with the values that GIMP stores.
void remember_drawables(GimpProcedureConfig* config);
/// Restores recorded drawables, if they still exist in this run of GIMP, to arguments that are empty. Returns
/// the name of one that is gone; empty: none is.
std::string recall_drawables(GimpProcedureConfig* config);

} // namespace neural_style::plugin
