// SPDX-License-Identifier: GPL-3.0-or-later
/// Whether this kernel has Landlock.
///
///     if (!tests::has_landlock())
///         tests::skip_test("this kernel has no Landlock");
#pragma once

#include <linux/landlock.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace tests {

inline bool has_landlock() {
    return syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION) >= 1;
}

} // namespace tests
