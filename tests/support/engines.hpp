// SPDX-License-Identifier: GPL-3.0-or-later
/// Command lines of the engines for tests; Meson provides their paths.
///
///     EngineClient engine(echo_engine({"--slow", "100"}));
#pragma once

#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

namespace tests {

using Words = std::vector<std::string>;

inline std::string program_in(const char* variable) {
    const char* path = std::getenv(variable);
    if (!path)
        throw std::runtime_error(std::string(variable) + " is not set: run this test with meson test");
    return path;
}

inline Words operator+(Words words, const Words& more) {
    words.insert(words.end(), more.begin(), more.end());
    return words;
}

/// Returns the content, and misbehaves as its options request.
inline Words echo_engine(const Words& options = {}) {
    return Words{program_in("NEURAL_STYLE_TEST_ECHO_ENGINE")} + options;
}

/// The same through a connection with 50 ms latency that starts with a banner.
inline Words far_engine(const Words& ssh_options, const Words& options = {}) {
    return Words{program_in("NEURAL_STYLE_TEST_FLAKY_SSH")} + ssh_options + echo_engine(options);
}

} // namespace tests
