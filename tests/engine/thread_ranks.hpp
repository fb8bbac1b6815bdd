// SPDX-License-Identifier: GPL-3.0-or-later
/// Ranks that are threads of the test.
///
///     in_ranks(4, [&](Ranks& ranks) { paint(ranks); });
#pragma once

#include <neural_style/ranks.hpp>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <map>
#include <mutex>
#include <queue>
#include <span>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

namespace tests {

class ThreadRanks : public neural_style::Ranks {
  public:
    /// What they have in common.
    struct Mail {
        std::mutex mutex;
        std::condition_variable arrived;
        std::map<std::pair<int, int>, std::queue<std::vector<double>>> messages; // by sender and receiver
    };
    ThreadRanks(Mail& mail, int rank, int count) : mail_(mail), rank_(rank), count_(count) {}

    int rank() const override { return rank_; }
    int count() const override { return count_; }
    int count_here() const override { return count_; }
    void sum(std::span<double> values) override {
        if (rank_ > 0) {
            send({values.begin(), values.end()}, 0);
            const auto sums = received(0);
            std::ranges::copy(sums, values.begin());
            return;
        }
        for (int r = 1; r < count_; ++r) {
            const auto more = received(r);
            for (std::size_t i = 0; i < values.size(); ++i)
                values[i] += more.at(i);
        }
        for (int r = 1; r < count_; ++r)
            send({values.begin(), values.end()}, r);
    }
    void exchange(std::span<const float> sent, int to, std::span<float> received, int from) override {
        if (to >= 0 && to < count_)
            send({sent.begin(), sent.end()}, to);
        if (from < 0 || from >= count_)
            return;
        const auto values = this->received(from);
        if (values.size() != received.size())
            throw std::length_error("as many values as were sent are received");
        std::ranges::copy(values, received.begin());
    }

  private:
    void send(std::vector<double> values, int to) {
        const std::lock_guard lock(mail_.mutex);
        mail_.messages[{rank_, to}].push(std::move(values));
        mail_.arrived.notify_all();
    }
    std::vector<double> received(int from) {
        std::unique_lock lock(mail_.mutex);
        auto& waiting = mail_.messages[{from, rank_}];
        if (!mail_.arrived.wait_for(lock, std::chrono::seconds(60), [&] { return !waiting.empty(); }))
            throw std::runtime_error("a rank does not answer");
        auto values = std::move(waiting.front());
        waiting.pop();
        return values;
    }

    Mail& mail_;
    int rank_, count_;
};

/// Calls `work` in as many threads; the first exception is thrown again.
template <typename Work>
void in_ranks(int count, Work work) {
    ThreadRanks::Mail mail;
    std::vector<std::exception_ptr> errors(std::size_t(count), nullptr);
    {
        std::vector<std::jthread> threads;
        for (int rank = 0; rank < count; ++rank)
            threads.emplace_back([&, rank] {
                try {
                    ThreadRanks ranks(mail, rank, count);
                    work(ranks);
                } catch (...) {
                    errors[std::size_t(rank)] = std::current_exception();
                }
            });
    }
    for (const auto& error : errors)
        if (error)
            std::rethrow_exception(error);
}

} // namespace tests
