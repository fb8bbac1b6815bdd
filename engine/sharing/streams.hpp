// SPDX-License-Identifier: GPL-3.0-or-later
/// A client's standard streams, handed to the shared engine over a Unix socket: it then reads and writes them
/// itself, and nothing is copied.
///
///     send_streams(connection);                          // the one: its standard streams
///     auto streams = received_streams(connection, 1s);   // the other
#pragma once

#include <neural_style/descriptor.hpp>

#include <chrono>
#include <optional>

namespace neural_style::sharing {

struct Streams {
    Descriptor in, out, errors;
};

/// Sends descriptors 0, 1 and 2; whether that was possible.
bool send_streams(int connection);

/// Nothing if they do not come within `patience`, or if something else does.
std::optional<Streams> received_streams(int connection, std::chrono::milliseconds patience);

/// Whether there is something to read, or the other end is closed, within `patience`.
bool is_heard(int connection, std::chrono::milliseconds patience);

} // namespace neural_style::sharing
