// SPDX-License-Identifier: GPL-3.0-or-later
/// Copies between the processor's memory and a device's while the device computes.
///
///     Transfers transfers(device);
///     auto uploaded = transfers.upload({&tile});      // `tile` is there, but must not be used yet
///     transfers.wait_for(uploaded);                   // from now on the device may use it
///     auto download = transfers.download(compute(tile));
///     put(download.ended());                          // the processor waits for this copy alone
#pragma once

#include <c10/core/Event.h>
#include <c10/core/Stream.h>
#include <torch/types.h>
#include <utility>
#include <vector>

namespace neural_style {

/// Whether the device copies to and from its memory while it computes.
bool copies_overlap(torch::Device device);

class Transfers {
  public:
    /// For a device of which copies_overlap is true.
    explicit Transfers(torch::Device device);

    /// Begins to bring them there, and puts the copies in their place. Undefined ones stay so.
    c10::Event upload(const std::vector<torch::Tensor*>& tensors) const;
    /// What the device is given to compute from now on comes after that upload.
    void wait_for(const c10::Event& uploaded) const { uploaded.block(computing_); }

    class Download {
      public:
        Download(torch::Tensor here, c10::Event copied)
            : here_(std::move(here)), copied_(std::move(copied)) {}
        /// The result, when all of it is here.
        torch::Tensor ended() const {
            copied_.synchronize();
            return here_;
        }

      private:
        torch::Tensor here_;
        c10::Event copied_;
    };
    /// Begins to bring it here as soon as it is computed.
    Download download(const torch::Tensor& there) const;

  private:
    torch::Device device_;
    c10::Stream computing_, copying_;
};

} // namespace neural_style
