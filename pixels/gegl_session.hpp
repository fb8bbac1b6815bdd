// SPDX-License-Identifier: GPL-3.0-or-later
/// GEGL for a program that converts a few pictures and exits.
///
///     const GeglSession gegl;   // once, before anything of GEGL
#pragma once

namespace neural_style {

/// Before anything else initialises babl: disables its tables (BABL_LUT, unless it is set in the
/// environment). To decide whether they pay off, babl writes 366 MB of memory at startup, which takes up to a
/// second (findings/cached-conversions-cost.sh); and their contents are rounded.
void forbid_tables_of_babl();

/// Keeps GEGL initialised, without babl's tables.
class GeglSession {
  public:
    GeglSession();
    ~GeglSession();
    GeglSession(const GeglSession&) = delete;
    GeglSession& operator=(const GeglSession&) = delete;
};

} // namespace neural_style
