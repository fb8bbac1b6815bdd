// SPDX-License-Identifier: GPL-3.0-or-later
#include "cuda_graph.hpp"

#include "guarded.hpp"

#include <ATen/cuda/CUDAGraph.h>
#include <c10/core/Event.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <optional>
#include <tuple>

namespace neural_style {

namespace {

namespace allocator = c10::cuda::CUDACachingAllocator;

const c10::impl::DeviceGuardImplInterface& driver() {
    return *c10::impl::getDeviceGuardImpl(torch::kCUDA);
}

// Whatever `later` is given from now on comes after what `sooner` has been given.
void in_order(const c10::Stream& sooner, const c10::Stream& later) {
    c10::Event given(torch::kCUDA);
    given.record(sooner);
    given.block(later);
}

class CudaGraph final : public Capture {
  public:
    void take(torch::Device device, const std::function<void()>& work) override {
        // CUDA captures no default stream. What LibTorch prepares for a stream, such as the workspaces of its
        // libraries, is prepared by the first call, outside of the graph's memory.
        const auto usual = driver().getStream(device), own = driver().getStreamFromGlobalPool(device);
        in_order(usual, own);
        struct Return {
            const c10::Stream &own, &usual;
            ~Return() {
                std::ignore = guarded([&] { in_order(own, usual); }); // a card that is lost orders nothing
            }
        } const back{own, usual};
        const c10::StreamGuard guard(own);
        work();
        // While a graph is taken, memory that is kept for later cannot be given back to make room.
        allocator::emptyCache();
        keep(device, work);
    }

    void replay() override { graph_->replay(); }

  private:
    void keep(torch::Device device, const std::function<void()>& work) {
        const auto pool = at::cuda::graph_pool_handle();
        graph_.emplace();
        try {
            // Other threads may do as they like.
            graph_->capture_begin(pool, cudaStreamCaptureModeThreadLocal);
            work();
            graph_->capture_end();
        } catch (...) {
            // CUDA still believes in the capture if it was `work` that failed; LibTorch's allocator does if
            // CUDA refuses to end it, and keeps everything for its pool.
            std::ignore = guarded([&] { graph_->capture_end(); });
            std::ignore = guarded([&] {
                allocator::endAllocateToPool(device.index(), pool); // fails where that has ended properly
                allocator::releasePool(device.index(), pool);
            });
            graph_.reset();
            std::ignore = guarded([&] { allocator::emptyCache(); });
            throw;
        }
    }

    std::optional<at::cuda::CUDAGraph> graph_;
};

} // namespace

std::unique_ptr<Capture> new_cuda_graph() {
    return std::make_unique<CudaGraph>();
}

} // namespace neural_style
