// SPDX-License-Identifier: GPL-3.0-or-later
/// What the stand-in device's kernels have been given to do while a capture was taken, and can do again on
/// the same memory. As on a graphics card nothing of it counts as done meanwhile: what was there before is
/// there again afterwards, and what has been made is not a number until it is replayed.
///
///     Recording recording;
///     {
///         const Recording::Taking taking(recording);
///         work();
///     }
///     recording.replay();
#pragma once

#include "memory.hpp"

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/stack.h>
#include <functional>
#include <optional>
#include <set>
#include <string_view>
#include <torch/types.h>
#include <tuple>
#include <utility>
#include <vector>

namespace tests::stand_in {

/// A tensor that a replay uses. Memory that was there before the capture belongs to others, who may free it:
/// then the replay throws. Of the processor's only the value then is kept.
class SavedTensor {
  public:
    SavedTensor() = default;
    SavedTensor(const at::Tensor& tensor, bool owned);
    at::Tensor tensor() const;

  private:
    at::Tensor kept_;
    std::optional<c10::weak_intrusive_ptr<c10::StorageImpl>> storage_;
    c10::ScalarType type_{};
    std::vector<std::int64_t> sizes_, strides_;
    std::int64_t offset_ = 0;
};

class Recording {
  public:
    /// The one that is being taken by this thread; or null.
    static Recording* of_this_thread();
    /// Throws while one is taken, as a graphics card does for all that would need the processor.
    static void refuse(std::string_view what);

    class Taking {
      public:
        explicit Taking(Recording& recording);
        ~Taking();
        Taking(const Taking&) = delete;
        Taking& operator=(const Taking&) = delete;

      private:
        Recording* recording_;
    };

    void allocated(void* start) { own_.insert(start); }
    SavedTensor saved(const at::Tensor& tensor) const;
    /// Before something is written to it.
    void overwrites(const at::Tensor& tensor);
    /// After it has been done, with what it has made, which `again` returns, too: a replay puts it in the
    /// same place.
    void add(std::function<std::vector<at::Tensor>()> again, const std::vector<at::Tensor>& made);
    void replay() const;

  private:
    struct Bytes {
        at::Tensor tensor; // keeps the memory
        std::vector<char> bytes;
    };
    struct Operation {
        std::function<std::vector<at::Tensor>()> again;
        std::vector<SavedTensor> made;
    };
    bool owns(const at::Tensor& tensor) const;
    void undo();

    std::set<const void*> own_; // memory allocated meanwhile
    std::vector<Bytes> before_;
    std::vector<at::Tensor> made_;
    std::vector<Operation> operations_;
};

/// compute(tensors…), which makes one tensor; remembered if a recording is taken.
template <typename Compute, typename... Tensors>
at::Tensor recorded(const Compute& compute, const Tensors&... tensors) {
    const auto made = compute(tensors...);
    if (auto* const recording = Recording::of_this_thread())
        recording->add(
            [compute, saved = std::tuple{recording->saved(tensors)...}] {
                return std::vector{
                    std::apply([&](const auto&... each) { return compute(each.tensor()...); }, saved)};
            },
            {made});
    return made;
}

/// An operation in the dispatcher's form; `compute` replaces its arguments at the end of the stack by
/// results.
void record_boxed(const c10::OperatorHandle& operation, torch::jit::Stack* stack,
                  const std::function<void(torch::jit::Stack*)>& compute);

} // namespace tests::stand_in
