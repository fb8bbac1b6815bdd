// SPDX-License-Identifier: GPL-3.0-or-later
/// Styles by their names or files, read once.
///
///     EffectStyles styles(programs);
///     auto waves = styles.read("waves");
#pragma once

#include "effect_programs.hpp"
#include "picture.hpp"

#include <neural_style/error.hpp>

#include <deque>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace neural_style {

/// A style, ready to send.
struct EffectStyle {
    protocol::NamedPicture picture;
    std::optional<protocol::NamedPicture> alpha = {}; ///< mask of the picture's size; none: all of it is seen
};

class EffectStyles {
  public:
    explicit EffectStyles(const EffectPrograms& programs)
        : reader_(programs.reader), folder_(programs.styles), galleries_(programs.galleries) {}

    /// The name of a bundled painting or of one of the user's own, with or without its ending, or the path of
    /// a picture file. The last few are kept until their files change. Errors, translated: invalid_request
    /// for an unknown name, bad_picture, out_of_memory.
    Result<std::shared_ptr<const EffectStyle>> read(const std::string& style);

  private:
    struct Kept {
        std::filesystem::path file;
        std::filesystem::file_time_type written;
        std::uintmax_t bytes = 0;
        std::shared_ptr<const EffectStyle> style;
    };

    std::filesystem::path reader_;
    Result<std::filesystem::path> file_of(const std::string& style) const;

    std::filesystem::path folder_;
    std::vector<std::filesystem::path> galleries_;
    std::deque<Kept> kept_; // the last one used first
};

} // namespace neural_style
