// SPDX-License-Identifier: GPL-3.0-or-later
#include "painting_in_turn.hpp"

#include <algorithm>

namespace neural_style::worker {

namespace {

// A draft takes about a hundred times as long as a painting in one pass of the same size.
constexpr double passes_of_an_optimisation = 100;

} // namespace

double PaintingInTurn::work(const Request& request) {
    const auto& settings = request.settings;
    const double width = request.content.width(), height = request.content.height();
    const double share = painted_share(settings, width, height);
    const bool in_one_pass = settings.quality == Quality::instant || !settings.trained_style.empty() ||
                             settings.colors == Colors::palette;
    return width * height * share * share * (in_one_pass ? 1 : passes_of_an_optimisation);
}

Result<Image> PaintingInTurn::paint(const Request& request, const UpdateCallback& update,
                                    std::stop_token stop) {
    using Clock = std::chrono::steady_clock;
    waited_ = {};
    Update last{
        .stage = Stage::preparing, .width = request.content.width(), .height = request.content.height()};
    const auto sign_of_life = [&] {
        auto sign = last;
        sign.stage = Stage::waiting;
        update(sign);
    };
    Turns::Place place(turns_, work(request));
    const auto wait = [&] {
        const auto begin = Clock::now();
        const bool mine = place.wait(stop, sign_of_life);
        waited_ += Clock::now() - begin;
        return mine;
    };
    if (!wait())
        return failure(ErrorCode::cancelled, "The painting was cancelled while it waited.");
    return painter_.paint(
        request,
        [&](const Update& news) {
            update(news);
            last = news;
            last.preview = last.snapshot = {};
            last.notice = {};
            wait(); // the painter looks at `stop` by itself
        },
        stop);
}

Result<Estimate> PaintingInTurn::estimate(const Request& request) {
    Turns::Place place(turns_, 0);
    place.wait({}, [] {});
    return painter_.estimate(request);
}

} // namespace neural_style::worker
