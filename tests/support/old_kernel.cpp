// SPDX-License-Identifier: GPL-3.0-or-later
/// Preloaded into a program: a kernel without what $OLD_KERNEL_LACKS names, "landlock", "seccomp" or both.
#include <cerrno>
#include <cstdarg>
#include <cstdlib>
#include <dlfcn.h>
#include <string_view>
#include <sys/syscall.h>

namespace {

bool lacks(std::string_view what) {
    const char* const all = std::getenv("OLD_KERNEL_LACKS");
    return all && std::string_view(all).contains(what);
}

} // namespace

extern "C" long syscall(long number, ...) noexcept {
    using Syscall = long (*)(long, ...);
    static const auto next = reinterpret_cast<Syscall>(dlsym(RTLD_NEXT, "syscall"));
    const bool landlock = number == SYS_landlock_create_ruleset || number == SYS_landlock_add_rule ||
                          number == SYS_landlock_restrict_self;
    if ((landlock && lacks("landlock")) || (number == SYS_seccomp && lacks("seccomp"))) {
        errno = ENOSYS;
        return -1;
    }
    std::va_list list;
    va_start(list, number);
    long words[6];
    for (long& word : words)
        word = va_arg(list, long);
    va_end(list);
    return next(number, words[0], words[1], words[2], words[3], words[4], words[5]);
}
