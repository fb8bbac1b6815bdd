// SPDX-License-Identifier: GPL-3.0-or-later
/// What must hold for every input.
///
///     promise(!error.message.empty());
#pragma once

#include <cstdio>
#include <cstdlib>
#include <source_location>

namespace neural_style::fuzz {

/// Ends the program, which the fuzzer reports with the input, unless it is kept.
inline void promise(bool kept, std::source_location where = std::source_location::current()) {
    if (kept)
        return;
    std::fprintf(stderr, "%s:%u: a promise is not kept\n", where.file_name(), unsigned(where.line()));
    std::abort();
}

/// What is refused is told in a sentence. Returns whether it was not refused.
inline bool is_taken_or_told(const auto& result) {
    promise(result || !result.error().message.empty());
    return result.has_value();
}

} // namespace neural_style::fuzz
