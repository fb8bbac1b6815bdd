// SPDX-License-Identifier: GPL-3.0-or-later
/// Lists the trained styles in a folder.
#pragma once

#include <neural_style/engine.hpp>

#include <filesystem>

namespace neural_style {

/// Sorted by name; unusable files are left out, with a sentence each. A folder that does not exist has none.
TrainedStyles styles_in(const std::filesystem::path& folder);

} // namespace neural_style
