// SPDX-License-Identifier: GPL-3.0-or-later
/// Writes a file so that its name always stands for a whole file: beside it first, then renamed.
///
///     if (auto written = write_new_file("out.png", bytes); !written)
///         return report(written.error());     // out.png is as it was
#pragma once

#include <neural_style/error.hpp>

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>

namespace neural_style {

/// Why `path` could not be written later, found out before the long work; nothing when it can.
/// Errors: not_written (no such folder, no permission, is a folder).
std::optional<Error> obstacle_to_writing(const std::filesystem::path& path);

/// Copies everything of the open file `source` to `path`, which keeps its permissions when it exists. On
/// failure nothing is left behind. Errors: not_written (disk full, no permission), in a sentence.
Result<void> write_new_file(const std::filesystem::path& path, int source);
/// The same with bytes.
Result<void> write_new_file(const std::filesystem::path& path, std::span<const std::byte> bytes);

} // namespace neural_style
