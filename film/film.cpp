// SPDX-License-Identifier: GPL-3.0-or-later
#include "film.hpp"

#include "cuts.hpp"
#include "earlier_paintings.hpp"
#include "strip.hpp"
#include "tone.hpp"

#include <neural_style/formatted.hpp>

#include <algorithm>
#include <utility>

namespace neural_style {

namespace {

// A loop is closed over this share of its frames, and over no more than this many: a second or two.
constexpr double closing_share = 0.5;
constexpr std::size_t most_closing = 32;
// How much of the neighbour's painting a frame takes over in the passes after the first: delta of Ruder,
// Dosovitskiy and Brox 2016, section 5.
constexpr double taken_over = 0.5;

Error cancelled() {
    return {ErrorCode::cancelled, "The film was stopped."};
}

// A film on its way.
class Way {
  public:
    Way(Frames& frames, Paintings& paintings, const FilmSettings& settings, const PaintFrame& paint,
        const FrameKept& kept, const std::stop_token& stop)
        : frames_(frames), paintings_(paintings), earlier_(frames, paintings), settings_(settings),
          paint_(paint), kept_(kept), stop_(stop) {}

    Result<void> through(const Shot& shot) {
        strip_ = {};
        for (int pass = 0; pass < settings_.passes; ++pass) {
            const bool forwards = pass % 2 == 0;
            for (auto i = shot.begin; i < shot.end; ++i) {
                const auto number = forwards ? i : shot.end - 1 - (i - shot.begin);
                const auto neighbor = forwards ? number - 1 : number + 1;
                const bool first = i == shot.begin;
                auto done = paintings_.has(number, pass) ? Result<void>()
                            : pass == 0                  ? paint_first_pass(shot, number)
                            : first                      ? take_over(number, pass)
                                    : paint_again(shot, number, pass, neighbor, taken_over);
                if (!done)
                    return done;
            }
        }
        return {};
    }

    // Lets the last frames lead to the first one, backwards, the less the earlier they are.
    Result<void> close(const Shot& last) {
        const int pass = settings_.passes;
        const auto count = frames_.count();
        const auto leads = earlier_.kin(count - 1, 0);
        if (!leads)
            return std::unexpected(leads.error());
        const auto steps = std::min(most_closing, std::size_t(closing_share * double(last.end - last.begin)));
        strip_ = {};
        for (std::size_t number = count; number-- > 0;) {
            const auto from_end = count - 1 - number;
            auto done = paintings_.has(number, pass)   ? Result<void>()
                        : !*leads || from_end >= steps ? take_over(number, pass)
                                                       : paint_again(last, number, pass, (number + 1) % count,
                                                                     1 - double(from_end) / double(steps));
            if (!done)
                return done;
        }
        return {};
    }

  private:
    Result<void> paint_first_pass(const Shot& shot, std::size_t number) {
        if (number == shot.begin)
            return paint(shot, {.number = number}, {});
        const auto same = earlier_.same(number - 1, number);
        if (!same)
            return std::unexpected(same.error());
        if (*same) { // nothing moves, nothing drifts
            const auto before = earlier_.painting(number - 1, 0);
            return before ? keep(number, 0, **before) : std::unexpected(before.error());
        }
        auto known = earlier_.known(number, shot.begin, 0);
        return known ? paint(shot, {.number = number}, std::move(*known)) : std::unexpected(known.error());
    }

    // From the neighbour's painting in this pass and the frame's own of the pass before.
    Result<void> paint_again(const Shot& shot, std::size_t number, int pass, std::size_t neighbor,
                             double share) {
        const int neighbors_pass = neighbor == 0 && pass == settings_.passes ? pass - 1 : pass;
        auto known = earlier_.known_from(number, neighbor, neighbors_pass);
        if (!known)
            return std::unexpected(known.error());
        const auto own = paintings_.painting(number, pass - 1);
        if (!own)
            return std::unexpected(own.error());
        for (std::size_t i = 0; i < known->trusted.size(); ++i) {
            const auto taken = float(share) * known->trusted[i];
            for (std::size_t c = 3 * i; c < 3 * i + 3; ++c)
                known->moved.span()[c] = own->span()[c] + taken * (known->moved.span()[c] - own->span()[c]);
        }
        std::ranges::fill(known->trusted, 1.0f);
        return paint(shot, {.number = number, .pass = pass}, std::move(*known));
    }

    Result<void> take_over(std::size_t number, int pass) {
        const auto painting = paintings_.painting(number, pass - 1);
        return painting ? keep(number, pass, *painting) : std::unexpected(painting.error());
    }

    Result<void> paint(const Shot& shot, FrameJob job, KnownBefore known) {
        if (stop_.stop_requested())
            return std::unexpected(cancelled());
        if (strip_.empty()) {
            auto strip = neural_style::strip(frames_, shot);
            if (!strip)
                return std::unexpected(strip.error());
            strip_ = std::move(*strip);
        }
        const auto seen = earlier_.frame(job.number);
        if (!seen)
            return std::unexpected(seen.error());
        const Samples& frame = **seen;
        job.content = frame;
        job.shot = strip_;
        if (!known.moved.empty())
            job.motion = {.moved = known.moved,
                          .trusted = {known.trusted.data(), known.moved.width(), known.moved.height()},
                          .steadiness = settings_.steadiness};
        auto painting = paint_(job);
        if (!painting)
            return std::unexpected(painting.error());
        if (painting->width() != frame.width || painting->height() != frame.height)
            return failure(
                ErrorCode::invalid_request,
                formatted("The painting of a frame of {} x {} pixels has {} x {}. Leave out the size "
                          "limit, and make the frames smaller instead.",
                          frame.width, frame.height, painting->width(), painting->height()));
        // Over large areas the painting differs from its frame as those before did: else it would drift.
        if (job.pass == 0 && settings_.steadiness > 0 && !known.offset.empty())
            add_tone(*painting, difference(*painting, unpacked(frame)), known.offset, known.trusted);
        return keep(job.number, job.pass, *painting);
    }

    Result<void> keep(std::size_t number, int pass, const Image& painting) {
        if (auto done = paintings_.keep(number, pass, painting); !done)
            return done;
        if (kept_)
            kept_(number, pass);
        return {};
    }

    Frames& frames_;
    Paintings& paintings_;
    EarlierPaintings earlier_;
    const FilmSettings& settings_;
    const PaintFrame& paint_;
    const FrameKept& kept_;
    const std::stop_token& stop_;
    Samples strip_; // of the current shot; empty: not yet made
};

} // namespace

Result<std::vector<Shot>> find_shots(Frames& frames, std::stop_token stop) {
    Cuts cuts;
    const auto count = frames.count();
    for (std::size_t number = 0; number < count; ++number) {
        if (stop.stop_requested())
            return std::unexpected(cancelled());
        const auto frame = frames.frame(number);
        if (!frame)
            return std::unexpected(frame.error());
        cuts.look(*frame);
    }
    std::vector<Shot> shots;
    std::size_t begin = 0;
    for (const auto cut : cuts.found())
        shots.push_back({std::exchange(begin, cut), cut});
    if (begin < count)
        shots.push_back({begin, count});
    return shots;
}

Result<void> paint_film(Frames& frames, const std::vector<Shot>& shots, Paintings& paintings,
                        const FilmSettings& settings, const PaintFrame& paint, const FrameKept& kept,
                        std::stop_token stop) {
    Way way(frames, paintings, settings, paint, kept, stop);
    for (const auto& shot : shots)
        if (auto done = way.through(shot); !done)
            return done;
    const bool whole = !shots.empty() && shots.front().begin == 0 && shots.back().end == frames.count();
    return settings.loop && whole ? way.close(shots.back()) : Result<void>();
}

} // namespace neural_style
