// SPDX-License-Identifier: GPL-3.0-or-later
/// Gives up what a process does not need, for good, so that whoever takes it over finds little in his hands.
///
///     keep_only({.below = {folder_of_paintings}, .starts_programs = true});
///
/// The kernel refuses the rest: Landlock what concerns files, seccomp what concerns programs and the network.
/// Where it lacks one of them, nothing fails. Reading stays allowed, and so is everything about descriptors
/// that are open. Programs that are started afterwards inherit it. Takes a fifth of a millisecond.
#pragma once

#include <filesystem>
#include <vector>

namespace neural_style {

enum class Sockets {
    none,
    local, ///< of this computer: Unix, and Linux's own (netlink)
    all,
};

/// What a process keeps.
struct Rights {
    /// Folders below which it makes, changes and removes files. Those that do not exist are left out; the
    /// others, 64 of them at most, stay open until the process ends.
    std::vector<std::filesystem::path> below = {};
    /// Files and devices that it writes to where they are, or folders with such. Likewise.
    std::vector<std::filesystem::path> existing = {};
    bool writes_anywhere = false;
    bool starts_programs = false;
    bool sends_signals = false; ///< to other processes
    Sockets sockets = Sockets::local;
};

/// Those of a program that only computes: it writes to devices, to memory that processes share (some OpenMP
/// libraries put their names there), and to the folders of a graphics card's driver.
Rights rights_to_compute(std::vector<std::filesystem::path> driver_folders);

/// Which of the kernel's two ways are in force.
struct InForce {
    bool landlock = false;
    bool seccomp = false;
};

/// From now on this thread, and what it starts, keeps only those rights; as regards programs and the network
/// every thread of the process does. Threads that are there already keep their rights on files, so call it
/// before others are started.
InForce keep_only(const Rights& kept);

} // namespace neural_style
