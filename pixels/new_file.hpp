// SPDX-License-Identifier: GPL-3.0-or-later
/// Writes a file so that its name always refers to a complete file: it gets the name when it is whole. Until
/// then it has none, if the file system can do that, so that nothing stays even of a process that is killed.
/// Links are followed. A file that is replaced keeps its owner and its permissions. Where nothing may be put
/// beside it or where its owner could not be kept, the file itself is written, and what was in it comes back
/// if that fails. Pipes and devices are written to as they are.
///
///     if (auto written = write_new_file("out.png", bytes); !written)
///         return report(written.error());     // out.png is unchanged
#pragma once

#include <neural_style/error.hpp>

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>

namespace neural_style {

/// The file that is meant: links are followed, also to a file that does not exist yet. A circle of links is
/// returned as it is, and opening it fails.
std::filesystem::path behind_links(std::filesystem::path path);

/// Why `path` could not be written later, checked before the long work; nothing if it could. Errors:
/// not_written (no such folder, no permission, is a folder, too long a name).
std::optional<Error> obstacle_to_writing(const std::filesystem::path& path);

/// Copies the open file `source` to `path`. On failure nothing is left behind. Errors: not_written (disk
/// full, no permission), as a sentence.
Result<void> write_new_file(const std::filesystem::path& path, int source);
/// The same from memory.
Result<void> write_new_file(const std::filesystem::path& path, std::span<const std::byte> bytes);

/// Copies the open file `source` to an open pipe, terminal or file that is called `name` in sentences.
/// Errors: not_written.
Result<void> write_to_stream(int stream, const std::string& name, int source);

} // namespace neural_style
