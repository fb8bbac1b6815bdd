// SPDX-License-Identifier: GPL-3.0-or-later
/// The pattern of the names of an album's paintings.
///
///     const auto pattern = NamePattern::read("{name}-{style}.{ending}", false);
///     const auto name = pattern->filled({.name = "boats", .ending = "jpg", .style = "waves"});
///     // boats-waves.jpg
#pragma once

#include "picture_kind.hpp"

#include <neural_style/error.hpp>

#include <optional>
#include <string>
#include <vector>

namespace neural_style::cli {

class NamePattern {
  public:
    /// Empty: {name}.{ending}. `kind_given`: the name need not tell the kind of picture. Errors, translated:
    /// invalid_request (placeholders that do not exist, a slash, paintings that all have one name).
    static Result<NamePattern> read(const std::string& text, bool kind_given);

    /// What stands for the placeholders of the same names.
    struct Values {
        std::string name, ending, style = {}, number = {};
    };
    std::string filled(const Values& values) const;

    bool has_number() const;
    /// What the name says in every painting; nothing: the photo decides.
    std::optional<PictureKind> kind() const;

  private:
    enum class Piece { text, name, ending, style, number };

    std::vector<std::pair<Piece, std::string>> pieces_; ///< with the text, if it is one
};

} // namespace neural_style::cli
