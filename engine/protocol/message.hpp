// SPDX-License-Identifier: GPL-3.0-or-later
/// All messages between the two sides, as values.
///
///     send(Job{.id = 1, .settings = settings, .content = photo_name, .styles = {{.picture = style_name}}});
///     ...
///     std::visit(overloaded{[&](const Done& done) { insert_layer(painting); },
///                           [&](const auto&) {}}, answer);
///
/// The conversation: the engine sends Hello as soon as it is ready. The client uploads each picture once, in
/// chunks, then sends any number of Jobs that name them. Jobs run one at a time, in order. Each is followed
/// by Updates, with snapshots between them if requested, and finally by exactly one of: Estimate (if only
/// that was requested), Done (after all painting chunks), Cancelled, Failed. The end of the client's stream
/// ends the engine at once. No message needs a reply from the client.
#pragma once

#include "picture.hpp"

#include <neural_style/engine.hpp>
#include <neural_style/error.hpp>
#include <neural_style/settings.hpp>

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace neural_style::protocol {

/// Version of this header. It changes whenever a message changes; both sides must have the same.
inline constexpr int version = 10;

// Client to engine.

/// A piece of a picture that jobs will name. Pictures are sent one at a time.
struct PictureChunk {
    std::string name = {}; ///< picture_name of the whole picture, verified by the engine at the end
    Chunk chunk = {};

    bool operator==(const PictureChunk&) const = default;
};

/// The wire's form of neural_style::Style.
struct JobStyle {
    std::string picture = {}; ///< picture name
    std::string region = {};  ///< name of a mask of the content's size; empty: everywhere
    std::string alpha = {};   ///< name of a mask of the picture's size; empty: all of it is seen

    bool operator==(const JobStyle&) const = default;
};

/// A painting to make, or to estimate: the wire's form of neural_style::Request.
struct Job {
    std::uint64_t id = 0; ///< chosen by the client: not 0, not that of a job still under way
    Settings settings = {};
    std::string content = {};          ///< picture name
    std::vector<JobStyle> styles = {}; ///< 1 to `SettingsRange::styles_max`; none only with a trained style
    std::string protect = {};          ///< name of a mask of the content's size; empty: nowhere
    std::string refine = {};           ///< name of a picture of the content's size; empty: begin anew
    std::string moved = {};            ///< name of a picture of the content's size; see `Motion`; empty: none
    std::string trusted = {};          ///< name of a mask of the content's size; comes with `moved`
    double steadiness = 1;             ///< see `Motion`
    std::string shot = {};             ///< name of a picture of any size; empty: the content alone
    std::uint64_t memory_limit = 0;    ///< bytes; 0: the limit that the engine was started with
    int snapshot_every = 0;            ///< steps, at most `SettingsRange::snapshot_every_max`; 0: none
    Sample sample = Sample::u8;        ///< of the painting and the snapshots that come back
    /// Reply with an Estimate and paint nothing. The pictures need not be uploaded: names include the sizes.
    bool estimate_only = false;

    bool operator==(const Job&) const = default;
};

/// Stop that job, running or waiting. Answered by Cancelled unless the job's final message is already on its
/// way; an unknown id is ignored.
struct Cancel {
    std::uint64_t id = 0;

    bool operator==(const Cancel&) const = default;
};

/// End that running job with the current result, as if it were done. A job ends no earlier than after its
/// first step; waiting jobs and unknown ids are unaffected.
struct Keep {
    std::uint64_t id = 0;

    bool operator==(const Keep&) const = default;
};

/// That picture is no longer needed. Accepted jobs keep theirs.
struct Forget {
    std::string name = {};

    bool operator==(const Forget&) const = default;
};

// Engine to client.

/// A feature network.
struct NetworkDescription {
    std::string name = {};                ///< of its file, without folder and extension
    std::string title = {};               ///< for people
    std::uint64_t bytes = 0;              ///< of its file
    double operations = 0;                ///< for each pixel, as in `AddedNetwork`; 0: not known
    std::vector<std::string> layers = {}; ///< that can be tapped; empty: it is not loaded

    bool operator==(const NetworkDescription&) const = default;
};

/// The first message. The decoder turns a Hello of another protocol version into the error `other_version`.
struct Hello {
    int protocol_version = version;
    std::string engine_version = {};             ///< "0.1.0"
    std::string device = {};                     ///< the one in use: "cpu", "cuda:0"
    std::vector<DeviceDescription> devices = {}; ///< all that exist
    /// The one that is loaded and paints unless `Settings::network` names one of the others.
    std::vector<NetworkDescription> networks = {};
    bool instant = false;                          ///< `Quality::instant` is available
    std::vector<TrainedStyle> trained_styles = {}; ///< values for `Settings::trained_style`

    bool operator==(const Hello&) const;
};

/// Longest notice and longest message of an error; longer ones are shortened before they are sent.
inline constexpr std::size_t notice_bytes_max = 4096, message_bytes_max = 4096;

/// The progress of a job: the wire's form of neural_style::Update.
struct Update {
    std::uint64_t id = 0;
    double fraction = 0; ///< 0..1 of the whole job, never goes back
    Stage stage = Stage::preparing;
    int iteration = 0;  ///< of this scale, 1-based
    int iterations = 0; ///< of this scale
    int width = 0;      ///< of this scale, in pixels
    int height = 0;
    Losses losses = {};
    int preview_width = 0; ///< 0: no preview this time
    int preview_height = 0;
    Bytes preview = {}; ///< u8 rows, at most `chunk_bytes`
    /// Something the user should know, in English, at most `notice_bytes_max`; almost always empty.
    std::string notice = {};

    bool operator==(const Update&) const = default;
};

/// The answer to a job with `estimate_only`.
struct Estimate {
    std::uint64_t id = 0;
    std::uint64_t memory_needed = 0; ///< bytes on the device at the peak
    double time_needed = 0;          ///< seconds
    int tiles = 1;                   ///< into which the largest scale is cut
    std::string device = {};

    bool operator==(const Estimate&) const = default;
};

/// A piece of the painting in progress, at the size of its scale. Snapshots follow each other, each complete
/// unless the job ends first.
struct SnapshotChunk {
    std::uint64_t id = 0;
    int number = 0;    ///< of the snapshot within its job, from 1
    int iteration = 0; ///< of the scale, as in the Update before it
    Chunk chunk = {};

    bool operator==(const SnapshotChunk&) const = default;
};

/// A piece of the painting; Done follows the last one.
struct PaintingChunk {
    std::uint64_t id = 0;
    Chunk chunk = {};

    bool operator==(const PaintingChunk&) const = default;
};

struct Done {
    std::uint64_t id = 0;
    double seconds = 0; ///< that the painting took, without waiting and transport
    std::string device = {};

    bool operator==(const Done&) const = default;
};

/// An answer like Done: the client asked for it.
struct Cancelled {
    std::uint64_t id = 0;

    bool operator==(const Cancelled&) const = default;
};

struct Failed {
    /// 0: no job but the engine itself, which then ends (weights cannot be read, a message cannot be
    /// understood).
    std::uint64_t id = 0;
    Error error = {};
    /// Names of pictures that the job needs and the engine does not hold (any more): upload them, send the
    /// job again. Not empty only with the code `invalid_request`.
    std::vector<std::string> missing = {};

    bool operator==(const Failed&) const;
};

using Message = std::variant<PictureChunk, Job, Cancel, Forget, Hello, Update, Estimate, PaintingChunk, Done,
                             Cancelled, Failed, SnapshotChunk, Keep>;

/// Makes one visitor out of a lambda for each message: `std::visit(overloaded{...}, message)`.
template <typename... Takers>
struct overloaded : Takers... {
    using Takers::operator()...;
};

} // namespace neural_style::protocol

namespace neural_style {
/// Error codes as words: on the wire, and for programs that read the command line's `--json`.
template <>
inline constexpr std::array<std::string_view, 12> names<ErrorCode>{
    "cancelled", "invalid-request", "bad-weights",   "bad-picture", "over-limit",  "out-of-memory",
    "no-device", "bad-message",     "other-version", "engine-lost", "not-written", "internal"};
template <>
inline constexpr std::array<std::string_view, 4> names<Stage>{"preparing", "painting", "finishing",
                                                              "waiting"};
} // namespace neural_style
