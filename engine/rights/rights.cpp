// SPDX-License-Identifier: GPL-3.0-or-later
#include "rights.hpp"

#include "landlock.hpp"
#include "seccomp.hpp"

#include <sys/prctl.h>
#include <utility>

namespace neural_style {

Rights rights_to_compute(std::vector<std::filesystem::path> driver_folders) {
    driver_folders.emplace_back("/dev/shm");
    return {.below = std::move(driver_folders), .existing = {"/dev"}};
}

InForce keep_only(const Rights& kept) {
    // Without it the kernel takes neither.
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return {};
    return {.landlock = rights::restrict_files(kept), .seccomp = rights::refuse_calls(kept)};
}

} // namespace neural_style
