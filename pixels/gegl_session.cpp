// SPDX-License-Identifier: GPL-3.0-or-later
#include "gegl_session.hpp"

#include <gegl.h>

namespace neural_style {

void forbid_tables_of_babl() {
    g_setenv("BABL_LUT", "0", false);
}

GeglSession::GeglSession() {
    forbid_tables_of_babl();
    gegl_init(nullptr, nullptr);
}

GeglSession::~GeglSession() {
    gegl_exit();
}

} // namespace neural_style
