// SPDX-License-Identifier: GPL-3.0-or-later
/// Decodes one picture file for the client.
#pragma once

#include "answer.hpp"
#include "file_kind.hpp"
#include "source.hpp"

#include <expected>

namespace neural_style::reader {

using Decoded = std::expected<void, Refusal>;

inline std::unexpected<Refusal> refused(Reason reason, std::string words = {}) {
    return std::unexpected(Refusal{reason, std::move(words)});
}

/// Answers with the head only, or the head and all rows.
struct Order {
    Source source;
    bool head_only = false;
};

/// Identifies the file and decodes it.
Decoded decode(const Order& order, Answer& answer);

/// One for each `Way` of file_kind.hpp.
Decoded decode_with_library(const FileKind& kind, const Order& order, Answer& answer);
Decoded decode_openexr(const Order& order, Answer& answer);

/// Refuses sizes that cannot be painted.
Decoded check_size(std::uint64_t width, std::uint64_t height);

} // namespace neural_style::reader
