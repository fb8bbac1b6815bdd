// SPDX-License-Identifier: GPL-3.0-or-later
// neural-style-ranks.so: the ranks of MPI's world, through the process group of LibTorch's c10d.
#include "joined_ranks.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <mpi.h>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <torch/csrc/distributed/c10d/ProcessGroupMPI.hpp>
#include <torch/types.h>
#include <type_traits>
#include <utility>
#include <vector>

namespace neural_style::cli {
namespace {

using Clock = std::chrono::steady_clock;
using Work = c10::intrusive_ptr<c10d::Work>;

// MPI counts in int.
constexpr std::size_t most_at_once = std::size_t(1) << 30;

// Long: one that paints the first scales lets all others wait.
std::chrono::seconds patience() {
    const char* const wanted = std::getenv("NEURAL_STYLE_PATIENCE");
    const int seconds = wanted ? std::atoi(wanted) : 0;
    return std::chrono::seconds(seconds > 0 ? seconds : 3600);
}

// One tensor without gaps, as ProcessGroupMPI takes it.
template <typename Value>
std::vector<torch::Tensor> tensor(std::span<Value> values, torch::ScalarType type) {
    return {torch::from_blob(const_cast<std::remove_const_t<Value>*>(values.data()),
                             {std::int64_t(values.size())}, type)};
}

class MpiRanks : public JoinedRanks {
  public:
    explicit MpiRanks(std::string no_answer)
        : no_answer_(std::move(no_answer)), patience_(patience()),
          group_(c10d::ProcessGroupMPI::createProcessGroupMPI()) {
        MPI_Comm here = MPI_COMM_NULL;
        MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, rank(), MPI_INFO_NULL, &here);
        MPI_Comm_size(here, &count_here_);
        MPI_Comm_free(&here);
    }

    int rank() const override { return group_->getRank(); }
    int count() const override { return group_->getSize(); }
    int count_here() const override { return count_here_; }

    void sum(std::span<double> values) override {
        auto sums = tensor(values, torch::kFloat64);
        wait({group_->allreduce(sums)});
    }

    void exchange(std::span<const float> sent, int to, std::span<float> received, int from) override {
        const auto piece = [](auto span, std::size_t start) {
            start = std::min(start, span.size());
            return span.subspan(start, std::min(most_at_once, span.size() - start));
        };
        if (!is_there(to))
            sent = {};
        if (!is_there(from))
            received = {};
        for (std::size_t start = 0; start < std::max(sent.size(), received.size()); start += most_at_once) {
            std::vector<Work> works;
            if (const auto out = piece(sent, start); !out.empty()) {
                auto values = tensor(out, torch::kFloat32);
                works.push_back(group_->send(values, to, 0));
            }
            if (const auto in = piece(received, start); !in.empty()) {
                auto values = tensor(in, torch::kFloat32);
                works.push_back(group_->recv(values, from, 0));
            }
            wait(std::move(works));
        }
    }

    void finish() override {
        group_.reset();
        MPI_Finalize();
    }
    void end_all(int status) override {
        std::fflush(nullptr);
        MPI_Abort(MPI_COMM_WORLD, status);
        std::_Exit(status);
    }

  private:
    bool is_there(int rank) const { return rank >= 0 && rank < count(); }

    // MPI waits without end, and so does the process group, whatever limit it is given. Looks often at first,
    // then with pauses, so that a process that waits leaves its core to the others.
    void wait(std::vector<Work> works) const {
        const auto start = Clock::now();
        while (!std::ranges::all_of(works, [](const Work& work) { return work->isCompleted(); })) {
            const auto waited = Clock::now() - start;
            if (waited > patience_) {
                for (auto& work : works)
                    work.release(); // their destructors end a program whose work is not done
                throw std::runtime_error(no_answer_);
            }
            if (waited > std::chrono::microseconds(200))
                std::this_thread::sleep_for(std::chrono::microseconds(100));
        }
        for (const auto& work : works)
            if (const auto error = work->exception())
                std::rethrow_exception(error);
    }

    std::string no_answer_;
    std::chrono::seconds patience_;
    c10::intrusive_ptr<c10d::ProcessGroupMPI> group_;
    int count_here_ = 1;
};

} // namespace
} // namespace neural_style::cli

extern "C" [[gnu::visibility("default")]] const neural_style::cli::RanksModule neural_style_ranks{
    [](std::string no_answer) -> std::unique_ptr<neural_style::cli::JoinedRanks> {
        return std::make_unique<neural_style::cli::MpiRanks>(std::move(no_answer));
    }};
