// SPDX-License-Identifier: GPL-3.0-or-later
/// Starts a program of ours with large pages and patient threads: neural-style and neural-style-engine are
/// this file, and what they do is in the module PROGRAM beside them.
///
/// The kernel zeroes each page that a program touches first, and where pages have 4 KB that takes a cold
/// painting as long as the painting itself. Pages of 2 MB are given only to those who ask where "madvise" is
/// the kernel's setting (Debian's), and the C library asks when it is told to as the process starts
/// (glibc 2.35; `info libc`, "Memory Allocation Tunables"). So this process starts itself again, before it
/// loads LibTorch, which takes a quarter of a second.
///
/// OpenMP's threads wait for each other after every loop. GNU's spin for a while as long as nobody else seems
/// to want the core; where another program does, the thread that everybody waits for has no core to run on,
/// and the spinning goes on until its turn comes, thousands of times a second. So they spin for a short while
/// only (libgomp manual, GOMP_SPINCOUNT), which is enough on an idle machine.
#include <cstdio>
#include <cstdlib>
#include <dlfcn.h>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <unistd.h>

namespace {

constexpr const char* variable = "GLIBC_TUNABLES";
constexpr const char* tunable = "glibc.malloc.hugetlb";
// Turns of the waiting loop. docs/performance.md has what others do.
constexpr const char* turns = "10000";

std::filesystem::path this_file() {
    std::error_code ignored;
    return std::filesystem::read_symlink("/proc/self/exe", ignored);
}

bool kernel_waits_to_be_asked() {
    std::ifstream file("/sys/kernel/mm/transparent_hugepage/enabled");
    std::string setting;
    std::getline(file, setting);
    return setting.contains("[madvise]");
}

// Comes back where there is nothing to ask for, or where it was asked for, or refused, before.
void ask_for_large_pages([[maybe_unused]] char** arguments) {
#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__)
    const char* value = std::getenv(variable);
    const std::string others = value ? value : "";
    if (others.contains(tunable) || !kernel_waits_to_be_asked())
        return;
    setenv(variable, (std::string(tunable) + "=1" + (others.empty() ? "" : ":") + others).c_str(), 1);
    execv(this_file().c_str(), arguments);
#endif
}

// Read by the OpenMP library as it is loaded. What the user has decided stays.
void let_threads_sleep() {
    if (!std::getenv("OMP_WAIT_POLICY") && !std::getenv("GOMP_SPINCOUNT"))
        setenv("GOMP_SPINCOUNT", turns, 1);
}

// Beside the executable, as in a build folder, or where it is installed. By its whole path: under the address
// sanitizer, dlopen does not know the executable's search path.
void* load_program() {
    std::error_code ignored;
    auto file = this_file().parent_path() / PROGRAM;
    if (!std::filesystem::exists(file, ignored))
        file = std::filesystem::path(MODULE_DIR) / PROGRAM;
    return dlopen(file.c_str(), RTLD_NOW | RTLD_GLOBAL);
}

} // namespace

int main(int count, char** arguments) {
    ask_for_large_pages(arguments);
    let_threads_sleep();
    void* const program = load_program();
    void* const entry = program ? dlsym(program, "run_program") : nullptr;
    if (!entry) {
        std::fprintf(stderr, "%s: this program is incomplete (%s). Install it again.\n", arguments[0],
                     dlerror());
        return 127;
    }
    return reinterpret_cast<int (*)(int, char**)>(entry)(count, arguments);
}
