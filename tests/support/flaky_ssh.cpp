// SPDX-License-Identifier: GPL-3.0-or-later
/// flaky-ssh: runs a command like ssh on a bad day: with a banner, with latency in each direction, and with a
/// connection that breaks.
///
///     flaky-ssh --latency 50 --banner "Welcome to studio" --drop-after 100000 neural-style-engine
#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <fcntl.h>
#include <mutex>
#include <string>
#include <string_view>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

constexpr int connection_lost = 255; // ssh's own exit status

struct Options {
    std::chrono::milliseconds latency{50};
    std::string banner = "Welcome to studio.\nLast login: yesterday from elsewhere\n";
    long long drop_after = -1; // bytes from the command
    char** command = nullptr;
};

[[noreturn]] void usage() {
    std::fputs("Usage: flaky-ssh [--latency MS] [--banner TEXT] [--drop-after BYTES] COMMAND...\n", stderr);
    std::_Exit(2);
}

Options options_in(char** values) {
    Options options;
    for (++values; *values && std::string_view(*values).starts_with("--"); values += 2) {
        const std::string_view name = values[0];
        if (!values[1])
            usage();
        if (name == "--latency")
            options.latency = std::chrono::milliseconds(std::atoi(values[1]));
        else if (name == "--banner")
            options.banner = std::string(values[1]) + "\n";
        else if (name == "--drop-after")
            options.drop_after = std::atoll(values[1]);
        else
            usage();
    }
    if (!*values)
        usage();
    options.command = values;
    return options;
}

bool write_all(int out, const char* bytes, std::size_t length) {
    while (length > 0) {
        const ssize_t written = write(out, bytes, length);
        if (written <= 0)
            return false;
        bytes += written;
        length -= static_cast<std::size_t>(written);
    }
    return true;
}

/// One direction: input is written `latency` later. At most 32 MiB are in transit, as in a long pipe.
class Line {
  public:
    Line(int in, int out, Clock::duration latency, long long drop_after)
        : in_(in), out_(out), latency_(latency), left_(drop_after), reader_([this] { read_all(); }),
          writer_([this] { write_due(); }) {}

    void wait_for_end() {
        reader_.join();
        writer_.join();
    }
    /// For the direction whose source may stay open for ever.
    void abandon() {
        reader_.detach();
        writer_.detach();
    }

  private:
    struct Piece {
        Clock::time_point due;
        std::string bytes; // empty: the end
    };

    void read_all() {
        std::array<char, 65536> buffer;
        for (;;) {
            const ssize_t length = read(in_, buffer.data(), buffer.size());
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [&] { return pieces_.size() < 512; });
            pieces_.push_back({Clock::now() + latency_,
                               std::string(buffer.data(), std::size_t(std::max<ssize_t>(length, 0)))});
            changed_.notify_all();
            if (length <= 0)
                return;
        }
    }

    void write_due() {
        for (;;) {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [&] { return !pieces_.empty(); });
            Piece piece = std::move(pieces_.front());
            pieces_.pop_front();
            changed_.notify_all();
            lock.unlock();
            std::this_thread::sleep_until(piece.due);
            if (left_ >= 0 && left_ < static_cast<long long>(piece.bytes.size())) {
                write_all(out_, piece.bytes.data(), static_cast<std::size_t>(left_));
                std::fputs("Connection to studio closed by remote host.\n", stderr);
                std::_Exit(connection_lost);
            }
            if (left_ >= 0)
                left_ -= static_cast<long long>(piece.bytes.size());
            if (piece.bytes.empty() || !write_all(out_, piece.bytes.data(), piece.bytes.size())) {
                close(out_);
                return;
            }
        }
    }

    int in_;
    int out_;
    Clock::duration latency_;
    long long left_; // bytes until the connection breaks; negative: never
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Piece> pieces_;
    std::thread reader_; // these two last: they use the members above
    std::thread writer_;
};

} // namespace

int main(int, char** values) {
    const Options options = options_in(values);
    std::signal(SIGPIPE, SIG_IGN);
    int to_command[2], from_command[2];
    if (pipe2(to_command, O_CLOEXEC) != 0 || pipe2(from_command, O_CLOEXEC) != 0)
        return connection_lost;
    const pid_t command = fork();
    if (command == 0) {
        dup2(to_command[0], STDIN_FILENO);
        dup2(from_command[1], STDOUT_FILENO);
        std::signal(SIGPIPE, SIG_DFL);
        execvp(options.command[0], options.command);
        std::printf("sh: 1: %s: not found\n", options.command[0]);
        std::fflush(stdout);
        std::_Exit(127);
    }
    close(to_command[0]);
    close(from_command[1]);
    if (!write_all(STDOUT_FILENO, options.banner.data(), options.banner.size()))
        return connection_lost;

    Line there(STDIN_FILENO, to_command[1], options.latency, -1);
    Line back(from_command[0], STDOUT_FILENO, options.latency, options.drop_after);
    back.wait_for_end();
    there.abandon();
    int status = 0;
    waitpid(command, &status, 0);
    std::_Exit(WIFEXITED(status) ? WEXITSTATUS(status) : connection_lost);
}
