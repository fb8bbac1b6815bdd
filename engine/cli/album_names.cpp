// SPDX-License-Identifier: GPL-3.0-or-later
#include "album_names.hpp"

#include "translation.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace neural_style::cli {

Result<NamePattern> NamePattern::read(const std::string& text, bool kind_given) {
    constexpr std::array<std::pair<std::string_view, Piece>, 4> placeholders{{{"name", Piece::name},
                                                                              {"ending", Piece::ending},
                                                                              {"style", Piece::style},
                                                                              {"number", Piece::number}}};
    const auto wrong = [&] {
        return failure(
            ErrorCode::invalid_request,
            sentence(_("--name takes a pattern with {{name}} or {{number}} in it, without slashes, such "
                       "as {{name}}-{{style}}.{{ending}}, not \"{}\"."),
                     text));
    };
    NamePattern pattern;
    std::string_view rest = text.empty() ? "{name}.{ending}" : std::string_view(text);
    if (rest.contains('/'))
        return wrong();
    while (!rest.empty()) {
        if (rest.front() != '{') {
            const auto plain = rest.substr(0, rest.find('{'));
            pattern.pieces_.emplace_back(Piece::text, plain);
            rest.remove_prefix(plain.size());
            continue;
        }
        const auto close = std::min(rest.find('}'), rest.size());
        const auto found = std::ranges::find(placeholders, rest.substr(1, close - 1),
                                             [](const auto& known) { return known.first; });
        if (found == placeholders.end() || close == rest.size())
            return wrong();
        pattern.pieces_.emplace_back(found->second, "");
        rest.remove_prefix(close + 1);
    }
    const auto has = [&](Piece piece) {
        return std::ranges::any_of(pattern.pieces_, [&](const auto& one) { return one.first == piece; });
    };
    if (!has(Piece::name) && !has(Piece::number))
        return wrong();
    if (!kind_given && !has(Piece::ending) && !pattern.kind())
        return failure(
            ErrorCode::invalid_request,
            sentence(_("{} does not say which kind of picture to write: end its name in .png, .jpg, .tiff, "
                       ".webp, .jxl, .avif or .exr."),
                     text));
    return pattern;
}

std::string NamePattern::filled(const Values& values) const {
    std::string name;
    for (const auto& [piece, text] : pieces_)
        name += piece == Piece::text     ? text
                : piece == Piece::name   ? values.name
                : piece == Piece::ending ? values.ending
                : piece == Piece::style  ? values.style
                                         : values.number;
    return name;
}

bool NamePattern::has_number() const {
    return std::ranges::any_of(pieces_, [](const auto& one) { return one.first == Piece::number; });
}

std::optional<PictureKind> NamePattern::kind() const {
    const auto& [piece, text] = pieces_.back();
    return piece == Piece::text ? kind_of_name("picture" + text) : std::nullopt;
}

} // namespace neural_style::cli
