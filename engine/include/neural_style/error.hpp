// SPDX-License-Identifier: GPL-3.0-or-later
/// What can go wrong, as a value that crosses every seam of the program.
///
///     Result<Image> painting = engine.paint(request);
///     if (!painting)
///         std::cerr << painting.error().message << '\n';
#pragma once

#include <expected>
#include <string>
#include <string_view>

namespace neural_style {

/// What happened, for programs. The plug-in picks its translated sentence by this code.
enum class ErrorCode {
    cancelled,       ///< somebody asked to stop; a result, not a failure
    invalid_request, ///< a setting or a picture is unusable
    bad_weights,     ///< a network file is missing, cut off or not what it claims
    bad_picture,     ///< a picture could not be read
    over_limit,      ///< the job needs more memory than allowed
    out_of_memory,   ///< memory ran out while painting
    no_device,       ///< the device asked for does not exist here
    bad_message,     ///< the other side said something that cannot be understood
    other_version,   ///< the other side speaks another version of the protocol
    engine_lost,     ///< the engine process could not be started or went away
    not_written,     ///< a result could not be written (disk full, no permission)
    internal,        ///< a bug in this program
};

/// A code for programs and one English sentence that says what to do.
struct Error {
    ErrorCode code = ErrorCode::internal;
    std::string message;
};

template <typename T>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> failure(ErrorCode code, std::string message) {
    return std::unexpected(Error{code, std::move(message)});
}

} // namespace neural_style
