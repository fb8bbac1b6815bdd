// SPDX-License-Identifier: GPL-3.0-or-later
#include "process.hpp"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <string>
#include <sys/prctl.h>
#include <unistd.h>

namespace neural_style::worker {

int reserve_stdout() {
    std::signal(SIGPIPE, SIG_IGN);
    const int frames_out = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    if (frames_out < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0) {
        std::fputs("neural-style-engine: standard output or standard error is closed. Start it with both.\n",
                   stderr);
        std::_Exit(EXIT_FAILURE);
    }
    return frames_out;
}

void follow_parent() {
    const pid_t parent = getppid();
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        std::_Exit(EXIT_FAILURE);
}

void step_back() {
    // The result may be -1 without an error, and an error is harmless.
    const int level = nice(5);
    // Where the kernel shares the processor out by session first, only the session's own level counts among
    // others (sched(7), autogroup). This one is ours alone if we began it.
    if (getsid(0) == getpid())
        if (const int session = open("/proc/self/autogroup", O_WRONLY | O_CLOEXEC); session >= 0) {
            write_all(session, std::to_string(level));
            close(session);
        }
}

void write_all(int out, std::string_view text) {
    while (!text.empty()) {
        const auto written = write(out, text.data(), text.size());
        if (written <= 0)
            return;
        text.remove_prefix(std::size_t(written));
    }
}

void widen_pipe(int descriptor) {
    fcntl(descriptor, F_SETPIPE_SZ, 1 << 20);
}

} // namespace neural_style::worker
