// SPDX-License-Identifier: GPL-3.0-or-later
#include "limits.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
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

#if defined(__x86_64__)
constexpr std::uint32_t architecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t architecture = AUDIT_ARCH_AARCH64;
#else
constexpr std::uint32_t architecture = 0;
#endif

/// Forbids starting programs and opening connections; decoders need neither.
void forbid_calls() {
    if (architecture == 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return;
    constexpr auto number = offsetof(seccomp_data, nr), arch = offsetof(seccomp_data, arch);
    const auto refuse_if = [](std::uint32_t call) {
        return std::array<sock_filter, 2>{sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1),
                                          sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM)};
    };
    constexpr std::array calls{SYS_execve, SYS_execveat, SYS_socket, SYS_socketpair, SYS_connect,
                               SYS_bind,   SYS_ptrace,   SYS_kill,   SYS_tkill,      SYS_process_vm_writev};
    std::array<sock_filter, 4 + 2 * calls.size() + 1> program{};
    auto out = program.begin();
    *out++ = sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS, arch);
    *out++ = sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, architecture, 1, 0);
    *out++ = sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
    *out++ = sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS, number);
    for (const auto call : calls)
        out = std::ranges::copy(refuse_if(std::uint32_t(call)), out).out;
    *out = sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    const sock_fprog filter{.len = static_cast<unsigned short>(program.size()), .filter = program.data()};
    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0);
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
    forbid_calls();
}

} // namespace neural_style::reader
