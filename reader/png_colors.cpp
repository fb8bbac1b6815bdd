// SPDX-License-Identifier: GPL-3.0-or-later
#include "png_colors.hpp"

#include <algorithm>
#include <cmath>

namespace neural_style::reader {
namespace {

/// The most chunks read before the pixels, so that a file of chunks alone ends here.
constexpr int most_chunks = 1000;

std::uint32_t number(std::string_view bytes, std::size_t at) {
    const auto byte = [&](std::size_t i) { return std::uint32_t(static_cast<unsigned char>(bytes[at + i])); };
    return byte(0) << 24 | byte(1) << 16 | byte(2) << 8 | byte(3);
}

struct Chunks {
    std::string coding, gamma, primaries;
    bool srgb = false, profile = false;
    int pictures = 1;
};

Chunks chunks_of(const Source& source) {
    Chunks chunks;
    std::uint64_t at = 8;
    for (int i = 0; i < most_chunks; ++i) {
        const std::string head = source.bytes(at, 8);
        if (head.size() < 8)
            break;
        const std::string_view kind = std::string_view(head).substr(4);
        const std::uint64_t length = number(head, 0);
        if (kind == "IDAT" || kind == "IEND")
            break;
        const auto data = [&](std::size_t expected) {
            return length == expected ? source.bytes(at + 8, expected) : std::string();
        };
        if (kind == "cICP")
            chunks.coding = data(4);
        else if (kind == "gAMA")
            chunks.gamma = data(4);
        else if (kind == "cHRM")
            chunks.primaries = data(32);
        else if (kind == "sRGB")
            chunks.srgb = true;
        else if (kind == "iCCP")
            chunks.profile = true;
        else if (kind == "acTL")
            if (const std::string counts = data(8); counts.size() == 8)
                chunks.pictures = int(std::min<std::uint32_t>(number(counts, 0), 1'000'000));
        at += 12 + length;
    }
    return chunks;
}

/// ITU-T H.273, table 2, with the name to show.
std::optional<std::pair<Primaries, const char*>> primaries_of(int code) {
    switch (code) {
    case 1:
        return std::pair(srgb_primaries, "BT.709 (cICP)");
    case 9:
        return std::pair(bt2020_primaries, "BT.2020 (cICP)");
    case 11:
        return std::pair(dci_p3_primaries, "DCI-P3 (cICP)");
    case 12:
        return std::pair(display_p3_primaries, "Display P3 (cICP)");
    default:
        return std::nullopt;
    }
}

/// H.273, table 3. BT.709 values are shown on sRGB screens, so they are read as sRGB.
std::optional<std::pair<Curve, double>> curve_of(int code) {
    switch (code) {
    case 1:
    case 6:
    case 13:
    case 14:
    case 15:
        return std::pair(Curve::srgb, 0.0);
    case 4:
        return std::pair(Curve::gamma, 2.2);
    case 5:
        return std::pair(Curve::gamma, 2.8);
    case 8:
        return std::pair(Curve::linear, 1.0);
    default:
        return std::nullopt;
    }
}

bool near(double a, double b) {
    return std::abs(a - b) < 0.002;
}

bool are_srgb(const Primaries& own) {
    const auto same = [](const cmsCIExyY& a, const cmsCIExyY& b) { return near(a.x, b.x) && near(a.y, b.y); };
    return same(own.white, srgb_primaries.white) && same(own.colors.Red, srgb_primaries.colors.Red) &&
           same(own.colors.Green, srgb_primaries.colors.Green) &&
           same(own.colors.Blue, srgb_primaries.colors.Blue);
}

Primaries primaries_in(std::string_view chunk) {
    const auto point = [&](std::size_t i) {
        return cmsCIExyY{number(chunk, 8 * i) / 1e5, number(chunk, 8 * i + 4) / 1e5, 1};
    };
    return {point(0), {point(1), point(2), point(3)}};
}

} // namespace

PngColors png_colors(const Source& source, bool grey) {
    const Chunks chunks = chunks_of(source);
    PngColors colors{.pictures = std::max(1, chunks.pictures)};
    if (chunks.coding.size() == 4)
        std::ranges::copy(chunks.coding, colors.code.emplace().begin());
    if (chunks.coding.size() == 4 && !grey) {
        const auto primaries = primaries_of(static_cast<unsigned char>(chunks.coding[0]));
        const int transfer = static_cast<unsigned char>(chunks.coding[1]);
        if (primaries && (transfer == 16 || transfer == 18)) {
            colors.high_range = transfer == 16 ? HighRange::pq : HighRange::hlg;
            colors.bright = primaries->first;
            colors.over_profile = true;
            return colors;
        }
        if (const auto curve = curve_of(transfer); primaries && curve) {
            colors.over_profile = true;
            if (curve->first != Curve::srgb || !are_srgb(primaries->first))
                colors.space = space_of(primaries->first, curve->first, curve->second, primaries->second);
            return colors;
        }
    }
    if (chunks.profile || chunks.srgb || chunks.gamma.size() != 4)
        return colors;
    const double stored = number(chunks.gamma, 0) / 1e5;
    if (stored < 0.01 || stored > 10)
        return colors;
    const bool like_srgb = std::abs(stored - 0.45455) < 0.005;
    if (grey) {
        if (!like_srgb)
            colors.space = grey_space(1 / stored);
        return colors;
    }
    const Primaries primaries =
        chunks.primaries.size() == 32 ? primaries_in(chunks.primaries) : srgb_primaries;
    // 1/2.2 beside sRGB's primaries means sRGB's own curve (PNG, third edition, 13.13).
    if (like_srgb && are_srgb(primaries))
        return colors;
    colors.space =
        space_of(primaries, like_srgb && chunks.primaries.size() != 32 ? Curve::srgb : Curve::gamma,
                 1 / stored, "gAMA, cHRM");
    return colors;
}

} // namespace neural_style::reader
