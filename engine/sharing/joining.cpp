// SPDX-License-Identifier: GPL-3.0-or-later
#include "joining.hpp"

#include "codec.hpp"
#include "meeting_place.hpp"
#include "streams.hpp"

#include <neural_style/descriptor.hpp>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <string>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace neural_style::sharing {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {

using Clock = std::chrono::steady_clock;

/// For an engine that starts: with a cold disk and a cold graphics card.
constexpr auto patience_to_start = 60s;
/// For the answer of an engine that is ready: it has a thread that does nothing else. In parts, of which only
/// one passes while this process stands still as well.
constexpr auto patience_to_join = 500ms;
constexpr int parts_to_join = 10;

bool client_is_gone() {
    pollfd input{.fd = STDIN_FILENO, .events = 0, .revents = 0};
    return poll(&input, 1, 0) == 1 && (input.revents & (POLLHUP | POLLERR)) != 0;
}

/// Nothing if that is not possible in time.
Descriptor locked(const fs::path& file) {
    Descriptor lock(open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR));
    const auto until = Clock::now() + patience_to_start;
    while (lock && flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
        if ((errno != EWOULDBLOCK && errno != EINTR) || Clock::now() > until || client_is_gone())
            return Descriptor();
        std::this_thread::sleep_for(10ms);
    }
    return lock;
}

sockaddr_un address_of(const fs::path& socket) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, socket.c_str(), sizeof address.sun_path - 1);
    return address;
}

Descriptor unix_socket() {
    return Descriptor(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

Descriptor connected(const fs::path& socket) {
    auto connection = unix_socket();
    const auto address = address_of(socket);
    if (connection &&
        connect(connection.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
        return connection;
    return Descriptor();
}

/// The process that listens; 0: unknown.
pid_t process_behind(int connection) {
    ucred peer{};
    socklen_t length = sizeof peer;
    if (getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0 || peer.uid != geteuid())
        return 0;
    std::error_code failed;
    const auto theirs = fs::read_symlink("/proc/" + std::to_string(peer.pid) + "/exe", failed);
    return !failed && theirs == fs::read_symlink("/proc/self/exe", failed) ? peer.pid : 0;
}

enum class Joined { yes, engine_is_gone, engine_stands_still };

Joined join(int connection) {
    char answer = 0;
    if (!send_streams(connection))
        return Joined::engine_is_gone;
    for (int part = 0; !is_heard(connection, patience_to_join); ++part)
        if (part == parts_to_join)
            return Joined::engine_stands_still;
    return recv(connection, &answer, 1, 0) == 1 ? Joined::yes : Joined::engine_is_gone;
}

/// From fork to exec.
[[noreturn]] void become_engine(int listener, int lock, char** words) {
    setsid();
    std::signal(SIGPIPE, SIG_DFL);
    std::signal(SIGHUP, SIG_DFL);
    std::signal(SIGINT, SIG_DFL);
    std::signal(SIGTERM, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    // Beyond the numbers that they get.
    listener = fcntl(listener, F_DUPFD, 16);
    lock = fcntl(lock, F_DUPFD, 16);
    const int nothing = open("/dev/null", O_RDWR);
    for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
        dup2(nothing, stream);
    // Here, so that the socket tells this process's number.
    if (listen(listener, SOMAXCONN) != 0 || dup2(listener, listener_descriptor) < 0 ||
        dup2(lock, lock_descriptor) < 0)
        _exit(EXIT_FAILURE);
    close_range(lock_descriptor + 1, ~0U, 0);
    execv("/proc/self/exe", words);
    _exit(EXIT_FAILURE);
}

/// Starts an engine at that place, whose lock it takes over.
bool start_engine(const MeetingPlace& place, Descriptor lock, std::span<char*> arguments) {
    const auto listener = unix_socket();
    const auto address = address_of(place.socket);
    unlink(place.socket.c_str()); // of an engine that was killed
    if (!listener || bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        return false;
    std::string serving = serving_option + place.socket.string();
    std::vector<char*> words(arguments.begin(), arguments.end());
    words.insert(words.end(), {serving.data(), nullptr});
    const pid_t engine = fork();
    if (engine == 0)
        become_engine(listener.get(), lock.get(), words.data());
    return engine > 0;
}

/// The streams are with the engine; only this process has the client's ear.
int status_at_the_end(int connection) {
    const Descriptor nothing(open("/dev/null", O_RDWR | O_CLOEXEC));
    for (const int stream : {STDIN_FILENO, STDOUT_FILENO})
        dup2(nothing.get(), stream);
    unsigned char status = 0;
    ssize_t length = 0;
    while ((length = recv(connection, &status, 1, 0)) < 0 && errno == EINTR)
        ;
    if (length == 1)
        return status;
    std::fputs("neural-style-engine: the shared engine has ended.\n", stderr);
    return EXIT_FAILURE;
}

void say_that_it_starts() {
    [[maybe_unused]] const auto written =
        write(STDOUT_FILENO, protocol::still_starting.data(), protocol::still_starting.size());
}

} // namespace

std::optional<int> join_shared_engine(const fs::path& module, std::span<char*> arguments) {
    if (isatty(STDIN_FILENO))
        return {};
    const auto place = meeting_place(engine_identity(module, arguments.subspan(1)));
    if (!place)
        return {};
    say_that_it_starts();
    // One that cannot start ends, and tells nobody; alone it tells the client.
    for (bool started = false;;) {
        auto lock = locked(place->lock);
        if (!lock)
            return client_is_gone() ? std::optional(EXIT_SUCCESS) : std::nullopt;
        if (const auto connection = connected(place->socket)) {
            const auto joined = join(connection.get());
            if (joined == Joined::yes) {
                lock = Descriptor();
                return status_at_the_end(connection.get());
            }
            if (joined == Joined::engine_stands_still) {
                // It has the streams, so nobody else can use them while it lives.
                const pid_t engine = process_behind(connection.get());
                if (engine == 0 || kill(engine, SIGKILL) != 0)
                    return EXIT_FAILURE;
            }
        }
        if (std::exchange(started, true) || !start_engine(*place, std::move(lock), arguments))
            return {};
    }
}

} // namespace neural_style::sharing
