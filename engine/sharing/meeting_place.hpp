// SPDX-License-Identifier: GPL-3.0-or-later
/// Where clients find the engine that they share.
///
///     const auto place = meeting_place(engine_identity(program_module(), arguments));
///     if (!place)
///         return paint_alone();
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>

namespace neural_style::sharing {

struct MeetingPlace {
    std::filesystem::path socket; ///< where the engine listens
    std::filesystem::path lock;   ///< locked (flock) by whoever starts, joins or ends it
};

/// Everything that makes one engine paint unlike another: this executable and the module, so that an engine
/// of another version or build is another one; the arguments; the environment, as far as the engine, LibTorch
/// or the libraries beneath look at it; and what the kernel grants: processors, limits, control groups.
std::string engine_identity(const std::filesystem::path& module, std::span<char*> arguments);

/// In the folder neural-style of $XDG_RUNTIME_DIR, which is made. Nothing if there is no such folder, or if
/// not only this user can get into it, or if its path is too long for a socket.
std::optional<MeetingPlace> meeting_place(const std::string& identity);

} // namespace neural_style::sharing
