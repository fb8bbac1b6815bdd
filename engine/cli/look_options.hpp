// SPDX-License-Identifier: GPL-3.0-or-later
/// The options that say how to paint, whatever is painted.
///
///     auto options = look_options();
///     auto rest = parse(arguments, options, words, text);
///     if (auto error = complete_look(arguments))
///         return std::unexpected(*error);
#pragma once

#include "options.hpp"

#include <optional>
#include <string>
#include <vector>

namespace neural_style::cli {

/// Those of `paint`, without what only photos have.
std::vector<Option<PaintArguments>> look_options();

/// Once all options are known: takes the preset's style where none is given. What is inconsistent,
/// translated.
std::optional<Error> complete_look(PaintArguments& arguments);

/// "3/8". Errors, translated: invalid_request.
Result<Shard> shard_in(const std::string& value);

} // namespace neural_style::cli
