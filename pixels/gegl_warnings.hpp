// SPDX-License-Identifier: GPL-3.0-or-later
/// Collects what GEGL's loaders and savers log while it exists: they report failures in no other way.
///
///     GeglWarnings warnings;
///     gegl_node_process(save);
///     if (!warnings.text().empty())
///         return failure(ErrorCode::not_written, warnings.text());
#pragma once

#include <glib.h>
#include <string>

namespace neural_style {

/// For one thread at a time. Meanwhile GEGL and its operations print nothing.
class GeglWarnings {
  public:
    GeglWarnings();
    GeglWarnings(const GeglWarnings&) = delete;
    GeglWarnings& operator=(const GeglWarnings&) = delete;
    ~GeglWarnings();

    /// The log, one message per line; empty if all went well.
    const std::string& text() const { return text_; }

  private:
    static void keep(const char* domain, GLogLevelFlags level, const char* message, void* warnings);

    std::string text_;
    unsigned operations_; ///< operations log without a domain
    unsigned gegl_;
};

} // namespace neural_style
