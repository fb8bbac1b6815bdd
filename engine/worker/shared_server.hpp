// SPDX-License-Identifier: GPL-3.0-or-later
/// The process of an engine that several clients share, each with a conversation on a thread of its own.
///
///     SharedServer(path, turns).serve([&](ClientLine& line) { … session.serve(line.in(), line.tether()); });
#pragma once

#include "streams.hpp"
#include "turns.hpp"

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <list>
#include <thread>
#include <utility>

namespace neural_style::worker {

/// Time limits. Tests shorten them.
struct SharingLimits {
    /// From the last painting, or the last client that came, until the process ends; while there are clients
    /// it stays.
    std::chrono::milliseconds idle{60'000};
    /// From the end of a conversation until its painting has stopped. One that has not by then never will,
    /// and the process ends.
    std::chrono::milliseconds stop{10'000};
};

/// To one client. The process that the client has started for an engine only holds `tether`.
class ClientLine {
  public:
    ClientLine(sharing::Streams streams, Descriptor tether)
        : streams_(std::move(streams)), tether_(std::move(tether)) {}

    int in() const { return streams_.in.get(); }
    int out() const { return streams_.out.get(); }
    int errors() const { return streams_.errors.get(); }
    int tether() const { return tether_.get(); }

    /// Ends the conversation, from any thread: the client's process ends with that status, and whoever reads
    /// finds the tether closed. Only the first call counts.
    void leave(int status);

  private:
    friend class SharedServer;

    sharing::Streams streams_;
    Descriptor tether_;
    std::atomic<bool> left_ = false;
    std::atomic<bool> is_over_ = false;
};

class SharedServer {
  public:
    /// Listens at the descriptor that `sharing::join_shared_engine` names, whose path `socket` is.
    SharedServer(std::filesystem::path socket, const Turns& turns, SharingLimits limits = {})
        : socket_(std::move(socket)), turns_(turns), limits_(limits) {}

    /// From now on clients may come. `converse` runs on a thread for each, and returns soon after `leave`.
    /// Ends the process.
    [[noreturn]] void serve(std::function<void(ClientLine&)> converse);

  private:
    struct Conversation {
        Conversation(sharing::Streams streams, Descriptor tether)
            : line(std::move(streams), std::move(tether)) {}

        ClientLine line;
        std::thread thread{};
        int looks_since_left = 0;
    };

    void accept_client(const std::function<void(ClientLine&)>& converse);
    void look_after_conversations();
    void end_unless_somebody_comes();

    std::filesystem::path socket_;
    const Turns& turns_;
    SharingLimits limits_;
    std::list<Conversation> conversations_;
};

} // namespace neural_style::worker
