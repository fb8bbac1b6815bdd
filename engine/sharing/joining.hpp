// SPDX-License-Identifier: GPL-3.0-or-later
/// Has a client painted for by an engine that others use, too; starts that if there is none.
///
///     if (const auto status = join_shared_engine(program_module(), arguments))
///         return *status;
///     return paint_alone();
///
/// The engine is a process of its own session, without a terminal. It gets descriptor `listener_descriptor`,
/// which listens at the meeting place, and `lock_descriptor`, the locked file, which it unlocks when it is
/// ready. It accepts connections, takes the streams that come over each, answers with a byte, and at the end
/// of the conversation sends its exit status as another.
#pragma once

#include <filesystem>
#include <optional>
#include <span>

namespace neural_style::sharing {

inline constexpr int listener_descriptor = 3;
inline constexpr int lock_descriptor = 4;
/// The option of the shared engine; its value is the path of the socket.
inline constexpr const char* serving_option = "--serve=";

/// Hands the standard streams to the shared engine and returns the exit status at the end of the
/// conversation. `arguments` are those of the engine, with the program's name. Nothing, with the streams
/// still here, if no engine can be shared.
std::optional<int> join_shared_engine(const std::filesystem::path& module, std::span<char*> arguments);

} // namespace neural_style::sharing
