// SPDX-License-Identifier: GPL-3.0-or-later
/// Starts a program with large pages and patient threads.
///
/// Too little memory for LibTorch within a limit is told, and never waited for without end.
///
/// Ctrl-C and requests to end have the same status at any time, 130: also while LibTorch is being loaded,
/// before the program looks after them itself.
///
/// The kernel zeroes each page when a program first touches it; with 4 KB pages that takes a cold painting as
/// long as the painting itself. If the kernel's setting is "madvise" (Debian's), only programs that ask get 2
/// MB pages, and the C library asks if it is told to when the process starts (glibc 2.35; `info libc`,
/// "Memory Allocation Tunables"). So this process restarts itself before loading LibTorch, which takes a
/// quarter of a second.
///
/// OpenMP's threads wait for each other after every loop. GNU's spin for a while as long as nobody else seems
/// to want the core. If another program does, the last thread has no core to run on and the others spin until
/// its turn comes, thousands of times a second. So they spin only briefly (libgomp manual, GOMP_SPINCOUNT),
/// which is enough on an idle machine.
#include "program.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <dlfcn.h>
#include <fstream>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <system_error>
#include <unistd.h>

namespace {

constexpr const char* variable = "GLIBC_TUNABLES";
constexpr const char* tunable = "glibc.malloc.hugetlb";
// Iterations of the waiting loop. docs/performance.md compares alternatives.
constexpr const char* turns = "10000";

bool kernel_waits_to_be_asked() {
    std::ifstream file("/sys/kernel/mm/transparent_hugepage/enabled");
    std::string setting;
    std::getline(file, setting);
    return setting.contains("[madvise]");
}

// Returns if there is nothing to ask for, or if it was already asked for or refused.
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

// Those that are ignored stay so: nohup's, or of a shell's background job.
void end_with_one_status() {
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
        constexpr int stopped = 130; // 128 + SIGINT, as shells count
        if (std::signal(signal, [](int) { _exit(stopped); }) == SIG_IGN)
            std::signal(signal, SIG_IGN);
    }
}

bool memory_is_limited() {
    return std::ranges::any_of(std::array{RLIMIT_AS, RLIMIT_DATA}, [](auto resource) {
        rlimit limit{};
        return getrlimit(resource, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
    });
}

// May be called from a signal's handler.
[[noreturn]] void end_without_memory(int = 0) {
    constexpr std::string_view sentence =
        "There is too little memory to start the program within the limit that is "
        "set for it. Raise the limit (ulimit -v).\n";
    [[maybe_unused]] const auto written = write(STDERR_FILENO, sentence.data(), sentence.size());
    _exit(EXIT_FAILURE);
}

// While libraries are loaded under a limit on memory, which some of them try to get for ever: OpenBLAS does.
// Counts the processor's time of this thread, which neither a slow disk takes nor the threads that OpenBLAS
// starts on each core. Loading takes less than one second of it, with CUDA several.
class LoadingEnds {
  public:
    LoadingEnds() {
        if (!limited_)
            return;
        std::signal(SIGPROF, end_without_memory);
        sigevent event{};
        event.sigev_notify = SIGEV_SIGNAL;
        event.sigev_signo = SIGPROF;
        const itimerspec at{.it_interval = {}, .it_value = {.tv_sec = patience, .tv_nsec = 0}};
        armed_ = timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &timer_) == 0 &&
                 timer_settime(timer_, 0, &at, nullptr) == 0;
    }
    ~LoadingEnds() {
        if (!limited_)
            return;
        if (armed_)
            timer_delete(timer_);
        std::signal(SIGPROF, SIG_DFL);
    }
    LoadingEnds(const LoadingEnds&) = delete;

  private:
    static constexpr time_t patience = 10; // seconds
    const bool limited_ = memory_is_limited();
    timer_t timer_ = {};
    bool armed_ = false;
};

// OpenBLAS takes its buffer at the first product otherwise, and asks for it without end if there is no
// memory.
void let_blas_take_its_buffer() {
    const auto take = reinterpret_cast<void* (*)(int)>(dlsym(RTLD_DEFAULT, "blas_memory_alloc"));
    const auto give_back = reinterpret_cast<void (*)(void*)>(dlsym(RTLD_DEFAULT, "blas_memory_free"));
    if (take && give_back) // it keeps what is given back
        give_back(take(0));
}

// What signals do, as it was before libraries were loaded. UCX catches crashes, to print where they happened:
// that takes locks which the crashed thread may hold, the process stands still, and whoever waits for it waits
// for ever. And a hangup no longer ends anything (findings/crash-signals-caught.sh).
class KeepsSignals {
  public:
    KeepsSignals() {
        for (int signal = 1; signal < SIGRTMIN; ++signal)
            sigaction(signal, nullptr, &before_[std::size_t(signal)]);
    }
    ~KeepsSignals() {
        for (int signal = 1; signal < SIGRTMIN; ++signal)
            sigaction(signal, &before_[std::size_t(signal)], nullptr);
    }
    KeepsSignals(const KeepsSignals&) = delete;

  private:
    std::array<struct sigaction, 64> before_ = {};
};

void* loaded_program() {
    const KeepsSignals keeps;
    const LoadingEnds ends;
    void* const program = dlopen(program_module().c_str(), RTLD_NOW | RTLD_GLOBAL);
    if (program && memory_is_limited())
        let_blas_take_its_buffer();
    return program;
}

// In the C library's words (elf/dl-load.c, dl-lookup.c, dl-version.c). For lack of memory it has many others.
bool tells_of_an_incomplete_program(std::string_view why) {
    return std::ranges::any_of(
        std::array{"No such file", "undefined symbol", "not found", "invalid ELF header", "file too short"},
        [&](std::string_view words) { return why.contains(words); });
}

// Read by the OpenMP library when it is loaded. The user's own choice is kept.
void let_threads_sleep() {
    if (!std::getenv("OMP_WAIT_POLICY") && !std::getenv("GOMP_SPINCOUNT"))
        setenv("GOMP_SPINCOUNT", turns, 1);
}

// UCX, which Debian's LibTorch loads for MPI, would start a thread that shows its inner state as files: it
// would keep the rights that the process gives up (findings/thread-before-main.sh).
void start_no_thread() {
    setenv("UCX_VFS_ENABLE", "n", 0);
}

} // namespace

std::filesystem::path this_file() {
    std::error_code ignored;
    return std::filesystem::read_symlink("/proc/self/exe", ignored);
}

// An absolute path: under the address sanitizer, dlopen does not know the executable's search path.
std::filesystem::path program_module() {
    std::error_code ignored;
    const auto file = this_file().parent_path() / PROGRAM;
    return std::filesystem::exists(file, ignored) ? file : std::filesystem::path(MODULE_DIR) / PROGRAM;
}

int start_program(int count, char** arguments) {
    end_with_one_status();
    ask_for_large_pages(arguments);
    let_threads_sleep();
    start_no_thread();
    void* const program = loaded_program();
    void* const entry = program ? dlsym(program, "run_program") : nullptr;
    if (!entry) {
        const char* const text = dlerror();
        const std::string why = text ? text : "";
        if (!program && memory_is_limited() && !tells_of_an_incomplete_program(why))
            end_without_memory();
        std::fprintf(stderr, "%s: this program is incomplete (%s). Install it again.\n", arguments[0],
                     why.c_str());
        return 127;
    }
    return reinterpret_cast<int (*)(int, char**)>(entry)(count, arguments);
}
