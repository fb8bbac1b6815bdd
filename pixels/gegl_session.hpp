// SPDX-License-Identifier: GPL-3.0-or-later
/// GEGL for a program that converts a few pictures and exits.
///
///     const GeglSession gegl;   // once, before anything of GEGL
#pragma once

namespace neural_style {

/// Keeps GEGL initialised. Disables babl's tables (BABL_LUT, unless it is set in the environment): to decide
/// whether they pay off, babl writes 366 MB of memory at startup, which takes up to a second; and their
/// contents are rounded.
class GeglSession {
  public:
    GeglSession();
    ~GeglSession();
    GeglSession(const GeglSession&) = delete;
    GeglSession& operator=(const GeglSession&) = delete;
};

} // namespace neural_style
