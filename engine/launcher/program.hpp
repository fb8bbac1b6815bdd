// SPDX-License-Identifier: GPL-3.0-or-later
/// The program of an executable: the module PROGRAM beside it.
///
///     return start_program(arguments);
#pragma once

#include <filesystem>

/// This executable.
std::filesystem::path this_file();

/// The module: beside the executable, as in a build folder, or in the installed location.
std::filesystem::path program_module();

/// Loads the program, with large pages and patient threads, and runs it; returns its exit status. The process
/// may start itself again first.
int start_program(int count, char** arguments);
