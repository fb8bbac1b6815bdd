// SPDX-License-Identifier: GPL-3.0-or-later
/// GEGL for a program that converts a few pictures and leaves.
///
///     const GeglSession gegl;   // once, before anything of GEGL
#pragma once

namespace neural_style {

/// GEGL runs for as long as it lives. babl has no tables then (BABL_LUT, unless the environment says
/// something about it): to find out whether they pay it writes 366 MB of memory while it starts, which takes
/// up to a second; and what they hold is rounded.
class GeglSession {
  public:
    GeglSession();
    ~GeglSession();
    GeglSession(const GeglSession&) = delete;
    GeglSession& operator=(const GeglSession&) = delete;
};

} // namespace neural_style
