// SPDX-License-Identifier: GPL-3.0-or-later
/// The SHA-256 of a file, as `sha256sum` tells it.
#pragma once

#include "refusal.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace neural_style {

/// 64 hexadecimal digits. Reads the file piece by piece.
Accepted<std::string> sha256_of(const std::filesystem::path& file);
/// The same of an open file that can be read at any place; where it stands does not matter.
Accepted<std::string> sha256_of(int file);
/// The same of bytes in memory.
std::string sha256_of(std::string_view bytes);

} // namespace neural_style
