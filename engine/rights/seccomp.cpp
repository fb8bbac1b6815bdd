// SPDX-License-Identifier: GPL-3.0-or-later
// https://docs.kernel.org/userspace-api/seccomp_filter.html
#include "seccomp.hpp"

#include <bit>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <vector>

namespace neural_style::rights {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t architecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t architecture = AUDIT_ARCH_AARCH64;
#else
constexpr std::uint32_t architecture = 0;
#endif

// As all processors have them; the headers of systems before Linux 5.6 lack some.
constexpr long pidfd_send_signal = 424, io_uring_setup = 425, pidfd_getfd = 438;

/// From here on x86-64 has the same calls again, with pointers of 32 bits (x32).
constexpr std::uint32_t second_numbers = 0x40000000;

/// The statements that the kernel runs before each call.
class Filter {
  public:
    Filter() {
        load(offsetof(seccomp_data, arch));
        skip(architecture, 1, 0);
        refuse_this();
        load(offsetof(seccomp_data, nr));
        statements_.push_back(BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, second_numbers, 0, 1));
        refuse_this();
    }

    void refuse(std::initializer_list<long> calls) {
        for (const long call : calls) {
            skip(std::uint32_t(call), 0, 1);
            refuse_this();
        }
    }
    /// The last: what follows sees no number of a call any more.
    void only_local_sockets() {
        // Else the family is in the other half.
        static_assert(architecture == 0 || std::endian::native == std::endian::little);
        skip(SYS_socket, 0, 4);
        load(offsetof(seccomp_data, args));
        skip(AF_UNIX, 2, 0);
        skip(AF_NETLINK, 1, 0);
        refuse_this();
    }
    bool install() {
        statements_.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
        const sock_fprog program{.len = static_cast<unsigned short>(statements_.size()),
                                 .filter = statements_.data()};
        // For all threads. Kernels before 5.16 would also let the processor guess less, which costs a program
        // that computes some per cent.
        const unsigned flags = SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_SPEC_ALLOW;
        return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program) == 0;
    }

  private:
    void load(std::size_t offset) {
        statements_.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, std::uint32_t(offset)));
    }
    /// Passes over `equal` statements if what is loaded equals the value, else over `other`.
    void skip(std::uint32_t value, std::uint8_t equal, std::uint8_t other) {
        statements_.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, equal, other));
    }
    void refuse_this() { statements_.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM)); }

    std::vector<sock_filter> statements_;
};

} // namespace

bool refuse_calls(const Rights& kept) {
    if (architecture == 0)
        return false;
    Filter filter;
    // What reaches into other processes, and what makes other calls unseen.
    filter.refuse({SYS_ptrace, SYS_process_vm_writev, SYS_process_vm_readv, pidfd_getfd, io_uring_setup});
    if (!kept.sends_signals) // but tgkill, which abort() needs
        filter.refuse({SYS_kill, SYS_tkill, SYS_rt_sigqueueinfo, SYS_rt_tgsigqueueinfo, pidfd_send_signal});
    if (!kept.starts_programs)
        filter.refuse({SYS_execve, SYS_execveat});
    if (kept.sockets == Sockets::none)
        filter.refuse({SYS_socket, SYS_socketpair, SYS_connect, SYS_bind});
    else if (kept.sockets == Sockets::local)
        filter.only_local_sockets();
    return filter.install();
}

} // namespace neural_style::rights
