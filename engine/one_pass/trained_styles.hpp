// SPDX-License-Identifier: GPL-3.0-or-later
/// Which trained styles a folder has.
#pragma once

#include <neural_style/engine.hpp>

#include <filesystem>

namespace neural_style {

/// By name; files that cannot be used are left out, each with a sentence. A folder that is not there has
/// none.
TrainedStyles styles_in(const std::filesystem::path& folder);

} // namespace neural_style
