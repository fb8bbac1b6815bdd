// SPDX-License-Identifier: GPL-3.0-or-later
// https://docs.kernel.org/userspace-api/landlock.html; the C library has no functions for it.
#include "landlock.hpp"

#include <neural_style/descriptor.hpp>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace neural_style::rights {
namespace {

namespace fs = std::filesystem;

/// What can be done to a file that is there.
constexpr std::uint64_t written = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE;
/// What changes files and folders. Reading, running programs and a device's own commands are left alone.
constexpr std::uint64_t changed = written | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
                                  LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR |
                                  LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |
                                  LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |
                                  LANDLOCK_ACCESS_FS_MAKE_SYM | LANDLOCK_ACCESS_FS_REFER;

/// As far as this kernel knows it.
struct Handled {
    landlock_ruleset_attr all{};
    std::size_t bytes = 0; ///< of the structure that the kernel knows
};

Handled handled(const Rights& kept, long version) {
    constexpr long with_links_between_folders = 2, with_truncation = 3, with_network = 4;
    Handled rules{.bytes = offsetof(landlock_ruleset_attr, handled_access_fs) + sizeof(std::uint64_t)};
    if (!kept.writes_anywhere) {
        rules.all.handled_access_fs = changed;
        if (version < with_links_between_folders)
            rules.all.handled_access_fs &= ~std::uint64_t(LANDLOCK_ACCESS_FS_REFER);
        if (version < with_truncation)
            rules.all.handled_access_fs &= ~std::uint64_t(LANDLOCK_ACCESS_FS_TRUNCATE);
    }
    if (version >= with_network) {
        rules.bytes = offsetof(landlock_ruleset_attr, handled_access_net) + sizeof(std::uint64_t);
        if (kept.sockets != Sockets::all)
            rules.all.handled_access_net = LANDLOCK_ACCESS_NET_BIND_TCP | LANDLOCK_ACCESS_NET_CONNECT_TCP;
    }
#ifdef LANDLOCK_SCOPE_SIGNAL // else the kernel's headers are older
    constexpr long with_scopes = 6;
    if (version >= with_scopes) {
        rules.bytes = offsetof(landlock_ruleset_attr, scoped) + sizeof(std::uint64_t);
        if (!kept.sends_signals)
            rules.all.scoped = LANDLOCK_SCOPE_SIGNAL;
    }
#endif
    return rules;
}

/// Allows it at the path and below. A path that does not exist needs nothing; false: the kernel cannot do it.
bool allow(int ruleset, const fs::path& path, std::uint64_t accesses) {
    const Descriptor place(open(path.c_str(), O_PATH | O_CLOEXEC));
    struct stat status {};
    if (!place)
        return errno == ENOENT || errno == ENOTDIR || errno == EACCES;
    if (fstat(place.get(), &status) != 0)
        return false;
    landlock_path_beneath_attr rule{};
    rule.allowed_access = S_ISDIR(status.st_mode) ? accesses : accesses & written;
    rule.parent_fd = place.get();
    return syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
}

} // namespace

bool restrict_files(const Rights& kept) {
    const long version = syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (version < 1)
        return false;
    const auto rules = handled(kept, version);
    const auto accesses = rules.all.handled_access_fs;
    const Descriptor ruleset(int(syscall(SYS_landlock_create_ruleset, &rules.all, rules.bytes, 0)));
    if (!ruleset)
        return false;
    const auto all_allowed = [&](const std::vector<fs::path>& paths, std::uint64_t what) {
        return what == 0 || std::ranges::all_of(paths, [&](const fs::path& path) {
                   return allow(ruleset.get(), path, what);
               });
    };
    return all_allowed(kept.below, accesses) && all_allowed(kept.existing, accesses & written) &&
           syscall(SYS_landlock_restrict_self, ruleset.get(), 0) == 0;
}

} // namespace neural_style::rights
