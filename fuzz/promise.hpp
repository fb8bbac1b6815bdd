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

} // namespace neural_style::fuzz
