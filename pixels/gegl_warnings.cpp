// SPDX-License-Identifier: GPL-3.0-or-later
#include "gegl_warnings.hpp"

namespace neural_style {

GeglWarnings::GeglWarnings() {
    const auto levels = GLogLevelFlags(G_LOG_LEVEL_MASK);
    operations_ = g_log_set_handler(nullptr, levels, keep, this);
    gegl_ = g_log_set_handler("GEGL", levels, keep, this);
}

GeglWarnings::~GeglWarnings() {
    g_log_remove_handler("GEGL", gegl_);
    g_log_remove_handler(nullptr, operations_);
}

void GeglWarnings::keep(const char*, GLogLevelFlags level, const char* message, void* warnings) {
    // libtiff's warnings about unknown tags arrive as plain messages.
    if (level & (G_LOG_LEVEL_WARNING | G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_ERROR))
        static_cast<GeglWarnings*>(warnings)->text_.append(message).append("\n");
}

} // namespace neural_style
