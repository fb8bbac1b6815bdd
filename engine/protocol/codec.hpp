// SPDX-License-Identifier: GPL-3.0-or-later
/// Messages to bytes and back. No I/O: the caller reads and writes.
///
///     send(*encode(Cancel{.id = 1}));
///
///     Decoder decoder{{.skip_banner = true}};
///     decoder.feed(piece_from_the_pipe); // any length
///     for (;;) {
///         Result<std::optional<Message>> message = decoder.next();
///         if (!message)
///             return lost(message.error());
///         if (!*message)
///             break; // more bytes are needed
///         take(std::move(**message));
///     }
///
/// A frame is "NSE1", u32 type, u32 head length, u64 payload length (all little endian), a JSON head, raw
/// rows.
#pragma once

#include "message.hpp"

#include <neural_style/error.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace neural_style::protocol {

/// Bytes before the head: magic, type, two lengths.
inline constexpr std::size_t frame_start_bytes = 4 + 4 + 4 + 8;
/// Largest head; in practice a Job or a Hello has at most 2 KiB.
inline constexpr std::size_t head_bytes_max = std::size_t(64) << 10;
/// Most text that is skipped before the first frame. OpenSSH limits its own banners to the same order.
inline constexpr std::size_t banner_bytes_max = std::size_t(64) << 10;
/// The text with which an engine says that it is there and has still to load: who reads it may wait longer.
inline constexpr std::string_view still_starting = "neural-style-engine is starting\n";

/// The message as one frame; the message of a Failed is shortened. Errors: invalid_request, or internal
/// unless it is a Job, if it exceeds a limit of the wire (head longer than 64 KiB, preview or chunk larger
/// than `chunk_bytes`, no style or too many, settings that cannot be read back).
Result<Bytes> encode(const Message& message);

struct DecoderOptions {
    /// Skip text before the first frame, such as ssh and login scripts print, up to `banner_bytes_max`.
    bool skip_banner = false;
};

/// Parses a stream. Total and bounded: for any input `next` returns a message or an error, and holds at most
/// one frame (about 1.1 MiB) besides the last input.
class Decoder {
  public:
    explicit Decoder(DecoderOptions options = {}) : options_(options), in_banner_(options.skip_banner) {}

    /// Adds bytes from the stream. Call `next` until it returns nothing before feeding more.
    void feed(std::span<const std::byte> bytes);

    /// The next message; nothing if more bytes are needed. Errors: bad_message, and other_version for the
    /// Hello of another version. After an error the stream is unusable, and the same error is returned again.
    Result<std::optional<Message>> next();

    /// Why a stream that has ended is incomplete: it ended inside a frame, or before the first one (the
    /// sentence then quotes the last line received, such as "command not found"). Code: engine_lost.
    Error end() const;

    /// What was skipped before the first frame, for the log.
    const std::string& banner() const { return banner_; }

  private:
    Result<std::optional<Message>> next_in_buffer();
    bool skip_banner();
    std::span<const std::byte> waiting() const;

    DecoderOptions options_;
    Bytes buffer_;
    std::size_t used_ = 0; // bytes of buffer_ already taken
    std::string banner_;
    bool in_banner_;
    std::optional<Error> error_;
};

} // namespace neural_style::protocol
