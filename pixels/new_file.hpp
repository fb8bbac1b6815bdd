// SPDX-License-Identifier: GPL-3.0-or-later
/// Writes a file so that its name always refers to a complete file: first beside it, then renamed.
///
///     if (auto written = write_new_file("out.png", bytes); !written)
///         return report(written.error());     // out.png is unchanged
#pragma once

#include <neural_style/error.hpp>

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>

namespace neural_style {

/// Why `path` could not be written later, checked before the long work; nothing if it could. Errors:
/// not_written (no such folder, no permission, is a folder).
std::optional<Error> obstacle_to_writing(const std::filesystem::path& path);

/// Copies the open file `source` to `path`, which keeps its permissions if it exists. On failure nothing is
/// left behind. Errors: not_written (disk full, no permission), as a sentence.
Result<void> write_new_file(const std::filesystem::path& path, int source);
/// The same from memory.
Result<void> write_new_file(const std::filesystem::path& path, std::span<const std::byte> bytes);

} // namespace neural_style
