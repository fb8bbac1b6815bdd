// SPDX-License-Identifier: GPL-3.0-or-later
// https://docs.kernel.org/userspace-api/landlock.html; the C library has no functions for it.
#include "landlock.hpp"

#include <neural_style/descriptor.hpp>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace neural_style::rights {
namespace {

namespace fs = std::filesystem;

// The kernel's interface, the same for all processors. Its header has all of it only since Linux 6.12, and
// compilers for older systems have older headers.
constexpr long create_ruleset = 444, add_rule = 445, restrict_self = 446; // numbers of calls
constexpr unsigned version_only = 1, path_beneath = 1;
constexpr std::uint64_t write_file = 1 << 1, remove_dir = 1 << 4, remove_file = 1 << 5, make_char = 1 << 6,
                        make_dir = 1 << 7, make_reg = 1 << 8, make_sock = 1 << 9, make_fifo = 1 << 10,
                        make_block = 1 << 11, make_sym = 1 << 12, refer = 1 << 13, truncate = 1 << 14;
constexpr std::uint64_t bind_tcp = 1 << 0, connect_tcp = 1 << 1;
constexpr std::uint64_t scope_signal = 1 << 1;
struct Ruleset {
    std::uint64_t files = 0, network = 0, scoped = 0;
};
struct [[gnu::packed]] PathBeneath {
    std::uint64_t allowed = 0;
    std::int32_t parent = -1;
};

/// What can be done to a file that is there.
constexpr std::uint64_t written = write_file | truncate;
/// What changes files and folders. Reading, running programs and a device's own commands are left alone.
constexpr std::uint64_t changed = written | remove_dir | remove_file | make_char | make_dir | make_reg |
                                  make_sock | make_fifo | make_block | make_sym | refer;

/// So many folders are held open. An album's may have a link for each picture.
constexpr std::size_t held_most = 64;

/// As far as this kernel knows it.
struct Handled {
    Ruleset all;
    std::size_t bytes = 0; ///< of the structure that the kernel knows
};

Handled handled(const Rights& kept, long version) {
    constexpr long with_links_between_folders = 2, with_truncation = 3, with_network = 4, with_scopes = 6;
    Handled rules{.all = {}, .bytes = offsetof(Ruleset, network)};
    if (!kept.writes_anywhere) {
        rules.all.files = changed;
        if (version < with_links_between_folders)
            rules.all.files &= ~refer;
        if (version < with_truncation)
            rules.all.files &= ~truncate;
    }
    if (version >= with_network) {
        rules.bytes = offsetof(Ruleset, scoped);
        if (kept.sockets != Sockets::all)
            rules.all.network = bind_tcp | connect_tcp;
    }
    if (version >= with_scopes) {
        rules.bytes = sizeof(Ruleset);
        if (!kept.sends_signals)
            rules.all.scoped = scope_signal;
    }
    return rules;
}

/// Allows it at the path and below. A path that does not exist needs nothing; false: the kernel cannot do it.
/// A folder that is `held` stays open until the process ends: rules belong to inodes, and automounters and 9p
/// without a cache give a folder another one once nobody has it open.
bool allow(int ruleset, const fs::path& path, std::uint64_t accesses, bool held) {
    Descriptor place(open(path.c_str(), O_PATH | O_CLOEXEC));
    struct stat status {};
    if (!place)
        return errno == ENOENT || errno == ENOTDIR || errno == EACCES;
    if (fstat(place.get(), &status) != 0)
        return false;
    const PathBeneath rule{.allowed = S_ISDIR(status.st_mode) ? accesses : accesses & written,
                           .parent = place.get()};
    if (syscall(add_rule, ruleset, path_beneath, &rule, 0) != 0)
        return false;
    if (held)
        place.release();
    return true;
}

} // namespace

bool restrict_files(const Rights& kept) {
    const long version = syscall(create_ruleset, nullptr, 0, version_only);
    if (version < 1)
        return false;
    const auto rules = handled(kept, version);
    const auto accesses = rules.all.files;
    const Descriptor ruleset(int(syscall(create_ruleset, &rules.all, rules.bytes, 0)));
    if (!ruleset)
        return false;
    const auto all_allowed = [&](std::vector<fs::path> paths, std::uint64_t what, std::size_t held) {
        std::ranges::sort(paths);
        paths.erase(std::ranges::unique(paths).begin(), paths.end());
        for (std::size_t i = 0; what != 0 && i < paths.size(); ++i)
            if (!allow(ruleset.get(), paths[i], what, i < held))
                return false;
        return true;
    };
    return all_allowed(kept.below, accesses, held_most) &&
           all_allowed(kept.existing, accesses & written, 0) && syscall(restrict_self, ruleset.get(), 0) == 0;
}

} // namespace neural_style::rights
