// SPDX-License-Identifier: GPL-3.0-or-later
#include "earlier_paintings.hpp"

#include "borrowed_ways.hpp"
#include "cuts.hpp"
#include "moving.hpp"
#include "tone.hpp"
#include "trust.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace neural_style {

namespace {

constexpr std::array<std::size_t, 3> frames_back{1, 2, 4}; // Ruder et al., section 5
constexpr std::size_t most_brightness = frames_back.back() + 2;
// Most pairs are neighbours; whole frames are large.
constexpr std::size_t most_pictures = 2;
// Up to this share of hidden pixels, frames further back are not asked: as many are wrongly taken for hidden.
constexpr double few = 0.01;

double hidden_share(const Flow& back, const std::vector<float>& trusted) {
    std::size_t hidden = 0;
    for (int y = 0; y < back.height; ++y)
        for (int x = 0; x < back.width; ++x) {
            const float* way = back.at(x, y);
            hidden += trusted[std::size_t(y) * std::size_t(back.width) + std::size_t(x)] == 0 &&
                      back.covers(float(x) + way[0], float(y) + way[1]);
        }
    return double(hidden) / double(trusted.size());
}

// The picture of that number, which `make` gives if it is not among the last `most`.
template <typename Remembered, typename Make>
Result<std::shared_ptr<const Samples>> remembered(Remembered& pictures, std::size_t most, std::size_t number,
                                                  Make make) {
    const auto found = std::ranges::find(pictures, number, [](const auto& entry) { return entry.first; });
    if (found != pictures.end())
        return found->second;
    return make().transform([&](Samples picture) {
        if (pictures.size() == most)
            pictures.pop_front();
        return pictures.emplace_back(number, std::make_shared<const Samples>(std::move(picture))).second;
    });
}

// Adds what `other` knows and `known` does not: the loss of several targets is that of their mean, except for
// a constant.
void add(KnownBefore& known, const KnownBefore& other) {
    for (std::size_t i = 0; i < known.trusted.size(); ++i) {
        const float more = std::max(other.trusted[i] - known.trusted[i], 0.0f);
        if (more == 0)
            continue;
        const float share = more / (known.trusted[i] + more);
        for (const auto part : {&KnownBefore::moved, &KnownBefore::offset})
            for (std::size_t c = 3 * i; c < 3 * i + 3; ++c) {
                float& to = (known.*part).span()[c];
                to += share * ((other.*part).span()[c] - to);
            }
        known.trusted[i] += more;
    }
}

} // namespace

Result<EarlierPaintings::Picture> EarlierPaintings::frame(std::size_t number) {
    return remembered(pictures_, most_pictures, number, [&] { return frames_.frame(number); });
}

Result<EarlierPaintings::Picture> EarlierPaintings::brightness_of(std::size_t number) {
    return remembered(brightness_, most_brightness, number, [&] {
        return frame(number).transform([](const Picture& picture) { return brightness(*picture); });
    });
}

Result<EarlierPaintings::Pair> EarlierPaintings::both(Result<Picture> (EarlierPaintings::*of)(std::size_t),
                                                      std::size_t one, std::size_t other) {
    return (this->*of)(one).and_then([&](const Picture& first) {
        return (this->*of)(other).transform([&](Picture second) { return Pair{first, std::move(second)}; });
    });
}

Result<const Image*> EarlierPaintings::painting(std::size_t number, int pass) {
    if (painting_pass_ != pass || painting_number_ != number) {
        auto read = paintings_.painting(number, pass);
        if (!read)
            return std::unexpected(read.error());
        painting_ = std::move(*read);
        painting_number_ = number;
        painting_pass_ = pass;
    }
    return &painting_;
}

Result<KnownBefore> EarlierPaintings::known_from(std::size_t number, std::size_t other, int pass,
                                                 Finest finest) {
    const auto seen = both(&EarlierPaintings::brightness_of, other, number);
    if (!seen)
        return std::unexpected(seen.error());
    auto ways = flows(*seen->one, *seen->other, finest);
    const auto shown = both(&EarlierPaintings::frame, other, number);
    if (!shown)
        return std::unexpected(shown.error());
    const auto there = unpacked(*shown->one), here = unpacked(*shown->other);
    auto trust = trusted(ways);
    borrow_ways(ways, trust, there, here);
    const double hidden = hidden_share(ways.back, trust);
    const auto painted = painting(other, pass);
    if (!painted)
        return std::unexpected(painted.error());
    auto [known, before] = moved({ImageView(**painted), ImageView(there)}, ways.back);
    auto offset = difference(known, before);
    add_tone(known, before, here, trust);
    fill_in(known, before, here, trust); // what is painted anew begins in the painting's colors
    return KnownBefore{std::move(known), std::move(trust), hidden, std::move(offset)};
}

Result<KnownBefore> EarlierPaintings::known(std::size_t number, std::size_t begin, int pass) {
    KnownBefore known;
    for (const auto back : frames_back) {
        if (number < begin + back || (!known.trusted.empty() && known.hidden < few))
            break;
        // Frames further back are only asked for what the neighbour does not know: following their motion
        // down to each pixel changes the flicker by a fiftieth, for better or worse.
        auto other =
            known_from(number, number - back, pass, back == 1 ? Finest::pixel : Finest::every_other_pixel);
        if (!other)
            return other;
        if (known.trusted.empty())
            known = std::move(*other);
        else
            add(known, *other);
    }
    return known;
}

Result<bool> EarlierPaintings::same(std::size_t one, std::size_t other) {
    return both(&EarlierPaintings::frame, one, other).transform([](const Pair& frames) {
        return *frames.one == *frames.other;
    });
}

Result<bool> EarlierPaintings::kin(std::size_t one, std::size_t other) {
    return both(&EarlierPaintings::brightness_of, one, other).transform([](const Pair& brightness) {
        return are_kin(*brightness.one, *brightness.other);
    });
}

} // namespace neural_style
