// SPDX-License-Identifier: GPL-3.0-or-later
/// Preloaded into a program: somebody who has taken it over. At SIGUSR2 it tries what such a person would,
/// and tells how each attempt ended, by a line in the file $INTRUDER_REPORT: "make 13" and so on, with errno
/// or 0.
///
///     INTRUDER_REPORT  opened at the start, since a file that is open can be written
///     INTRUDER_VICTIM  an existing file, which it tries to write, empty and remove; and it makes others
///     beside INTRUDER_PORT    of this computer, where somebody listens
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

/// All that allocates memory is done at the start: the signal may come in the middle of an allocation.
struct Prepared {
    int report = -1;
    std::string victim, made, link, folder, renamed;
    std::uint16_t port = 0;
};
Prepared& prepared() {
    static Prepared it;
    return it;
}

void tell(const char* attempt, long result) {
    const int reason = result < 0 ? errno : 0;
    std::array<char, 64> line;
    const int length = std::snprintf(line.data(), line.size(), "%s %d\n", attempt, reason);
    [[maybe_unused]] const auto written = write(prepared().report, line.data(), std::size_t(length));
}

long connect_to(std::uint16_t port) {
    const int caller = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (caller < 0)
        return -1;
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const long result = connect(caller, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    const int reason = errno;
    close(caller);
    errno = reason;
    return result;
}

long start_a_program() {
    const pid_t child = _Fork(); // which may be called here, unlike fork
    if (child == 0) {
        execl("/bin/true", "true", nullptr);
        _exit(errno);
    }
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    errno = WEXITSTATUS(status);
    return errno == 0 ? 0 : -1;
}

void intrude(int) {
    const int before = errno;
    const auto& [report, victim, made, link, folder, renamed, port] = prepared();
    tell("write", open(victim.c_str(), O_WRONLY | O_CLOEXEC));
    tell("empty", open(victim.c_str(), O_RDONLY | O_TRUNC | O_CLOEXEC));
    tell("make", open(made.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    tell("link", symlink("/", link.c_str()));
    tell("folder", mkdir(folder.c_str(), 0700));
    tell("rename", rename(victim.c_str(), renamed.c_str()));
    tell("remove", unlink(victim.c_str()));
    tell("connect", connect_to(port));
    tell("program", start_a_program());
    tell("end", 0);
    errno = before;
}

[[gnu::constructor]] void wait_for_the_signal() {
    const char* const file = std::getenv("INTRUDER_REPORT");
    if (!file)
        return;
    const std::string victim = std::getenv("INTRUDER_VICTIM");
    prepared() = {.report = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600),
                  .victim = victim,
                  .made = victim + ".made",
                  .link = victim + ".link",
                  .folder = victim + ".folder",
                  .renamed = victim + ".renamed",
                  .port = std::uint16_t(std::atoi(std::getenv("INTRUDER_PORT")))};
    struct sigaction action = {};
    action.sa_handler = intrude;
    action.sa_flags = SA_RESTART;
    sigaction(SIGUSR2, &action, nullptr);
}

} // namespace
