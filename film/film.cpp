// SPDX-License-Identifier: GPL-3.0-or-later
#include "film.hpp"

namespace neural_style {

Result<std::vector<Shot>> find_shots(Frames& frames, std::stop_token) {
    return std::vector<Shot>{{0, frames.count()}};
}

Result<void> paint_film(Frames& frames, const std::vector<Shot>& shots, Paintings& paintings,
                        const FilmSettings&, const PaintFrame& paint, const FrameKept& kept,
                        std::stop_token stop) {
    for (const auto& shot : shots)
        for (auto number = shot.begin; number < shot.end; ++number) {
            if (paintings.has(number, 0))
                continue;
            if (stop.stop_requested())
                return failure(ErrorCode::cancelled, "The film was stopped.");
            const auto frame = frames.frame(number);
            if (!frame)
                return std::unexpected(frame.error());
            const auto painting = paint({.number = number, .content = *frame});
            if (!painting)
                return std::unexpected(painting.error());
            if (auto done = paintings.keep(number, 0, *painting); !done)
                return done;
            if (kept)
                kept(number, 0);
        }
    return {};
}

} // namespace neural_style
