// SPDX-License-Identifier: GPL-3.0-or-later
#include <neural_style/large_pages.hpp>

// Only what works before the constructors of the C and the C++ library: getenv and environ do not.
#include <array>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace neural_style {
namespace {

constexpr const char* variable = "GLIBC_TUNABLES=";
constexpr const char* tunable = "glibc.malloc.hugetlb";

bool kernel_waits_to_be_asked() {
    std::array<char, 64> text{};
    const int file = open("/sys/kernel/mm/transparent_hugepage/enabled", O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return false;
    const bool read_it = read(file, text.data(), text.size() - 1) > 0;
    close(file);
    return read_it && std::strstr(text.data(), "[madvise]");
}

} // namespace

void use_large_pages([[maybe_unused]] int count, [[maybe_unused]] char** arguments,
                     [[maybe_unused]] char** environment) {
#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__)
    std::array<char*, 1024> with_tunable{};
    std::array<char, 4096> tunables{};
    const char* others = "";
    std::size_t variables = 1;
    for (char** entry = environment; *entry; ++entry) {
        if (std::strncmp(*entry, variable, std::strlen(variable)) == 0)
            others = *entry + std::strlen(variable);
        else if (variables + 1 < with_tunable.size())
            with_tunable[variables++] = *entry;
        else
            return;
    }
    if (std::strstr(others, tunable) || !kernel_waits_to_be_asked())
        return;
    const int length = std::snprintf(tunables.data(), tunables.size(), "%s%s=1%s%s", variable, tunable,
                                     *others ? ":" : "", others);
    std::array<char, 4096> program{};
    if (std::size_t(length) >= tunables.size() ||
        readlink("/proc/self/exe", program.data(), program.size() - 1) <= 0)
        return;
    with_tunable[0] = tunables.data();
    execve(program.data(), arguments, with_tunable.data());
#endif
}

} // namespace neural_style
