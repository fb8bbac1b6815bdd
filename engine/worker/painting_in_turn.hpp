// SPDX-License-Identifier: GPL-3.0-or-later
/// A painter of one conversation among several, which paint in turn.
///
///     PaintingInTurn painter(own_painter, turns);
///     Session session(painter, outbox, leave);
#pragma once

#include "painter.hpp"
#include "turns.hpp"

namespace neural_style::worker {

/// While a painting waits, its last update is repeated as a sign of life.
class PaintingInTurn final : public Painter {
  public:
    PaintingInTurn(Painter& painter, Turns& turns) : painter_(painter), turns_(turns) {}

    Result<Image> paint(const Request& request, const UpdateCallback& update, std::stop_token stop) override;
    Result<Estimate> estimate(const Request& request) override;
    std::string device() const override { return painter_.device(); }
    std::chrono::duration<double> waited() const override { return waited_; }

    /// What a painting roughly costs, in pixels painted in one pass: it only has to tell small from large.
    static double work(const Request& request);

  private:
    Painter& painter_;
    Turns& turns_;
    std::chrono::duration<double> waited_{};
};

} // namespace neural_style::worker
