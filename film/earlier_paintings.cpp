// SPDX-License-Identifier: GPL-3.0-or-later
#include "earlier_paintings.hpp"

#include "cuts.hpp"
#include "flow.hpp"
#include "moving.hpp"
#include "tone.hpp"
#include "trust.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace neural_style {

namespace {

constexpr std::array<std::size_t, 3> frames_back{1, 2, 4}; // Ruder et al., section 5
constexpr std::size_t remembered = frames_back.back() + 2;
// Up to this share of hidden pixels, frames further back are not asked: as many are wrongly taken for hidden.
constexpr double few = 0.01;

double hidden_share(const Flow& back, const std::vector<float>& trusted) {
    std::size_t hidden = 0;
    for (int y = 0; y < back.height; ++y)
        for (int x = 0; x < back.width; ++x) {
            const float there_x = float(x) + back.at(x, y)[0], there_y = float(y) + back.at(x, y)[1];
            hidden += trusted[std::size_t(y) * std::size_t(back.width) + std::size_t(x)] == 0 &&
                      there_x >= 0 && there_y >= 0 && there_x <= float(back.width - 1) &&
                      there_y <= float(back.height - 1);
        }
    return double(hidden) / double(trusted.size());
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

Result<EarlierPaintings::Brightness> EarlierPaintings::brightness_of(std::size_t number) {
    const auto found = std::ranges::find(brightness_, number, [](const auto& entry) { return entry.first; });
    if (found != brightness_.end())
        return found->second;
    const auto frame = frames_.frame(number);
    if (!frame)
        return std::unexpected(frame.error());
    if (brightness_.size() == remembered)
        brightness_.pop_front();
    return brightness_.emplace_back(number, std::make_shared<const Samples>(brightness(*frame))).second;
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

Result<KnownBefore> EarlierPaintings::known_from(std::size_t number, std::size_t other, int pass) {
    const auto before = brightness_of(other);
    if (!before)
        return std::unexpected(before.error());
    const auto here = brightness_of(number);
    if (!here)
        return std::unexpected(here.error());
    const auto both = flows(**before, **here);
    const auto painted = painting(other, pass);
    if (!painted)
        return std::unexpected(painted.error());
    const auto there = frames_.frame(other);
    if (!there)
        return std::unexpected(there.error());
    const auto now = frames_.frame(number);
    if (!now)
        return std::unexpected(now.error());
    auto trust = trusted(both);
    const double hidden = hidden_share(both.back, trust);
    auto known = moved(**painted, both.back);
    const auto shown = moved(unpacked(*there), both.back);
    auto offset = difference(known, shown);
    add_tone(known, shown, unpacked(*now), trust);
    return KnownBefore{std::move(known), std::move(trust), hidden, std::move(offset)};
}

Result<KnownBefore> EarlierPaintings::known(std::size_t number, std::size_t begin, int pass) {
    KnownBefore known;
    for (const auto back : frames_back) {
        if (number < begin + back || (!known.trusted.empty() && known.hidden < few))
            break;
        auto other = known_from(number, number - back, pass);
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
    const auto a = brightness_of(one);
    if (!a)
        return std::unexpected(a.error());
    const auto b = brightness_of(other);
    if (!b)
        return std::unexpected(b.error());
    if (**a != **b)
        return false;
    const auto frame = frames_.frame(one), next = frames_.frame(other);
    if (!frame)
        return std::unexpected(frame.error());
    if (!next)
        return std::unexpected(next.error());
    return *frame == *next;
}

Result<bool> EarlierPaintings::kin(std::size_t one, std::size_t other) {
    const auto a = brightness_of(one);
    if (!a)
        return std::unexpected(a.error());
    const auto b = brightness_of(other);
    if (!b)
        return std::unexpected(b.error());
    return are_kin(**a, **b);
}

} // namespace neural_style
