// SPDX-License-Identifier: GPL-3.0-or-later
/// The interface of the engine that a session needs, so that the protocol can be tested without LibTorch.
#pragma once

#include <neural_style/engine.hpp>

#include <chrono>
#include <stop_token>
#include <string>

namespace neural_style::worker {

/// Paints one job at a time, always on the thread that runs Session::serve, by the rules of
/// neural_style::Engine.
class Painter {
  public:
    virtual ~Painter() = default;
    virtual Result<Image> paint(const Request& request, const UpdateCallback& update,
                                std::stop_token stop) = 0;
    /// The views of the request have no data.
    virtual Result<Estimate> estimate(const Request& request) = 0;
    /// Name of the device in use.
    virtual std::string device() const = 0;
    /// How long the last painting has waited for those of other clients.
    virtual std::chrono::duration<double> waited() const { return {}; }
};

} // namespace neural_style::worker
