// SPDX-License-Identifier: GPL-3.0-or-later
#include "limits.hpp"

#include "rights.hpp"

#include <algorithm>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace neural_style::reader {
namespace {

/// The largest accepted picture has 300 megapixels; decoders need up to 24 bytes per pixel.
constexpr rlim_t most_memory = rlim_t(8) << 30;
/// The slowest valid file, a JPEG XL of that size, takes a fraction of this.
constexpr rlim_t most_seconds = 300;

void set(int resource, rlim_t value) {
    const rlimit limit{.rlim_cur = value, .rlim_max = value};
    setrlimit(__rlimit_resource_t(resource), &limit);
}

} // namespace

void grant_time() {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    rlimit limit{};
    getrlimit(RLIMIT_CPU, &limit);
    limit.rlim_cur =
        std::min(rlim_t(used.ru_utime.tv_sec + used.ru_stime.tv_sec) + most_seconds, limit.rlim_max);
    setrlimit(RLIMIT_CPU, &limit);
}

void limit_this_process(Limits limits) {
#ifndef __SANITIZE_ADDRESS__
    const rlim_t machine = rlim_t(sysconf(_SC_PHYS_PAGES)) * rlim_t(sysconf(_SC_PAGESIZE));
    set(RLIMIT_AS, std::min(most_memory, machine / 4 * 3));
#endif
    if (limits.granted_time)
        grant_time();
    else
        set(RLIMIT_CPU, most_seconds);
    if (!limits.writes_files)
        set(RLIMIT_FSIZE, 0);
    set(RLIMIT_CORE, 0);
    // If memory still runs out, the kernel ends this process first.
    if (const int file = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC); file >= 0) {
        [[maybe_unused]] const auto written = write(file, "1000", 4);
        close(file);
    }
    // No limit on sizes keeps a file from being emptied, renamed or removed.
    keep_only({.sockets = Sockets::none});
}

} // namespace neural_style::reader
