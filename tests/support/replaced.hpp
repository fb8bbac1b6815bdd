// SPDX-License-Identifier: GPL-3.0-or-later
/// A sound text with one part made wrong.
///
///     head_in(replaced(text_of(example), "\"width\":5", "\"width\":1e300"));
#pragma once

#include "cmocka.hpp"

#include <string>

namespace tests {

/// `part` must be in the text.
inline std::string replaced(std::string text, const std::string& part, const std::string& other) {
    const auto at = text.find(part);
    CHECK(at != std::string::npos);
    return text.replace(at, part.size(), other);
}

} // namespace tests
