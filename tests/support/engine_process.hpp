// SPDX-License-Identifier: GPL-3.0-or-later
/// A simple client of an engine process, with blocking calls that time out loudly.
///
///     EngineProcess engine({"build/tests/support/echo-engine"});
///     engine.expect<protocol::Hello>();
///     engine.send(protocol::Cancel{.id = 1});
#pragma once

#include "codec.hpp"

#include <chrono>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace tests {

namespace protocol = neural_style::protocol;

class EngineProcess {
  public:
    /// `errors_in`: file for standard error; empty: the test's own.
    explicit EngineProcess(const std::vector<std::string>& command, const std::string& errors_in = {}) {
        std::signal(SIGPIPE, SIG_IGN);
        int to_engine[2], from_engine[2];
        if (pipe2(to_engine, O_CLOEXEC) != 0 || pipe2(from_engine, O_CLOEXEC) != 0)
            throw std::runtime_error("no pipes");
        std::vector<char*> arguments;
        for (const auto& argument : command)
            arguments.push_back(const_cast<char*>(argument.c_str()));
        arguments.push_back(nullptr);
        pid_ = fork();
        if (pid_ == 0) {
            dup2(to_engine[0], STDIN_FILENO);
            dup2(from_engine[1], STDOUT_FILENO);
            if (!errors_in.empty())
                dup2(open(errors_in.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDERR_FILENO);
            std::signal(SIGPIPE, SIG_DFL);
            execvp(arguments[0], arguments.data());
            _exit(127);
        }
        close(to_engine[0]);
        close(from_engine[1]);
        in_ = to_engine[1];
        out_ = from_engine[0];
    }
    EngineProcess(const EngineProcess&) = delete;
    EngineProcess& operator=(const EngineProcess&) = delete;
    ~EngineProcess() {
        close_input();
        close(out_);
        if (pid_ > 0) {
            ::kill(pid_, SIGKILL);
            waitpid(pid_, nullptr, 0);
        }
    }

    pid_t pid() const { return pid_; }

    void send(const protocol::Message& message) { send_bytes(protocol::encode(message).value()); }

    /// False if nobody reads them.
    bool send_bytes(std::span<const std::byte> bytes) {
        while (!bytes.empty()) {
            const ssize_t length = write(in_, bytes.data(), bytes.size());
            if (length <= 0)
                return false;
            bytes = bytes.subspan(static_cast<std::size_t>(length));
        }
        return true;
    }

    /// Uploads a picture; returns its name.
    std::string upload(const protocol::Picture& picture) {
        const std::string name = protocol::picture_name(picture);
        for (std::uint64_t offset = 0; offset < picture.bytes.size(); offset += protocol::chunk_bytes)
            send(protocol::PictureChunk{name, protocol::chunk_at(picture, offset)});
        return name;
    }

    /// The next message, or why there is none. Throws if nothing arrives within a minute.
    neural_style::Result<protocol::Message> receive() {
        for (;;) {
            auto message = decoder_.next();
            if (!message)
                return std::unexpected(message.error());
            if (*message)
                return **std::move(message);
            pollfd ready{.fd = out_, .events = POLLIN, .revents = 0};
            if (poll(&ready, 1, 60'000) <= 0)
                throw std::runtime_error("the engine says nothing for a minute");
            protocol::Bytes piece(65536);
            const ssize_t length = read(out_, piece.data(), piece.size());
            if (length <= 0)
                return std::unexpected(decoder_.end());
            decoder_.feed(std::span(piece).first(static_cast<std::size_t>(length)));
        }
    }

    /// The next message, which must be of this kind.
    template <typename Kind>
    Kind expect() {
        auto message = receive();
        if (!message)
            throw std::runtime_error("instead of a message: " + message.error().message);
        if (auto* kind = std::get_if<Kind>(&*message))
            return std::move(*kind);
        if (auto* failed = std::get_if<protocol::Failed>(&*message))
            throw std::runtime_error("unexpected failure: " + failed->error.message);
        throw std::runtime_error("another kind of message: number " + std::to_string(message->index()));
    }

    /// Reads to the end of the stream; returns how it ended.
    neural_style::Error last_words() {
        for (;;)
            if (auto message = receive(); !message)
                return message.error();
    }

    void close_input() {
        if (in_ >= 0)
            close(std::exchange(in_, -1));
    }
    void kill(int signal = SIGKILL) { ::kill(pid_, signal); }

    /// As from waitpid; -1 if it still runs after that time.
    int wait_status(std::chrono::milliseconds limit) {
        const auto until = std::chrono::steady_clock::now() + limit;
        int status = 0;
        while (waitpid(pid_, &status, WNOHANG) == 0) {
            if (std::chrono::steady_clock::now() > until)
                return -1;
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
        }
        pid_ = -1;
        return status;
    }
    /// The exit status; -1 if it still runs after that time or was killed.
    int exit_status(std::chrono::milliseconds limit) {
        const int status = wait_status(limit);
        return status >= 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }

    const protocol::Decoder& decoder() const { return decoder_; }

  private:
    pid_t pid_ = -1;
    int in_ = -1;
    int out_ = -1;
    protocol::Decoder decoder_{{.skip_banner = true}};
};

/// A picture without repetition, identical on every call.
inline protocol::Picture pattern(protocol::Sample sample, int width, int height, std::uint32_t seed = 1,
                                 int channels = protocol::picture_channels) {
    protocol::Picture picture{sample, width, height, channels, {}};
    const std::size_t count = std::size_t(width) * std::size_t(height) * std::size_t(channels);
    if (sample == protocol::Sample::f32) {
        std::vector<float> samples(count);
        for (float& value : samples) // some beyond 0..1, as layers may have
            value = float((seed = seed * 1664525 + 1013904223) >> 8) / float(1 << 24) * 1.25f - 0.125f;
        picture.bytes = protocol::pack(samples, sample);
    } else {
        picture.bytes.resize(count * protocol::sample_bytes(sample));
        for (std::byte& byte : picture.bytes)
            byte = std::byte((seed = seed * 1664525 + 1013904223) >> 24);
    }
    return picture;
}

/// The same as a mask.
inline protocol::Picture mask_pattern(protocol::Sample sample, int width, int height,
                                      std::uint32_t seed = 1) {
    return pattern(sample, width, height, seed, protocol::mask_channels);
}

/// How a job ended, and all its messages.
struct JobAnswer {
    struct Snapshot {
        int number = 0;
        int iteration = 0;
        protocol::Picture picture;
    };

    std::vector<protocol::Update> updates;
    std::vector<Snapshot> snapshots; ///< whole ones
    protocol::Picture painting;      ///< empty unless done
    protocol::Message last;

    template <typename Kind>
    bool is() const {
        return std::holds_alternative<Kind>(last);
    }
};

/// Reads up to the job's last message. `at_update` is called after each update, `at_chunk` after each chunk
/// of a painting or a snapshot.
template <typename AtUpdate, typename AtChunk>
JobAnswer answer_of(EngineProcess& engine, std::uint64_t id, AtUpdate at_update, AtChunk at_chunk) {
    JobAnswer answer;
    protocol::PictureAssembly painting, snapshot;
    auto ours = [&](std::uint64_t got) {
        if (got != id)
            throw std::runtime_error("an answer to job " + std::to_string(got));
    };
    for (;;) {
        auto message = engine.receive();
        if (!message)
            throw std::runtime_error("the engine is lost: " + message.error().message);
        if (auto* update = std::get_if<protocol::Update>(&*message)) {
            ours(update->id);
            answer.updates.push_back(*update);
            at_update(answer);
        } else if (auto* chunk = std::get_if<protocol::PaintingChunk>(&*message)) {
            ours(chunk->id);
            if (auto added = painting.add(chunk->chunk); !added)
                throw std::runtime_error(added.error().message);
            at_chunk();
        } else if (auto* piece = std::get_if<protocol::SnapshotChunk>(&*message)) {
            ours(piece->id);
            if (auto added = snapshot.add(piece->chunk); !added)
                throw std::runtime_error(added.error().message);
            if (snapshot.complete())
                answer.snapshots.push_back({piece->number, piece->iteration, snapshot.take()});
            at_chunk();
        } else {
            std::visit(
                [&](const auto& last) {
                    if constexpr (requires { last.id; })
                        ours(last.id);
                },
                *message);
            if (painting.complete() && std::holds_alternative<protocol::Done>(*message))
                answer.painting = painting.take();
            answer.last = *std::move(message);
            return answer;
        }
    }
}

inline JobAnswer answer_of(EngineProcess& engine, std::uint64_t id) {
    return answer_of(
        engine, id, [](const JobAnswer&) {}, [] {});
}

} // namespace tests
