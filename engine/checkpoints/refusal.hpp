// SPDX-License-Identifier: GPL-3.0-or-later
/// Why a file of weights cannot be used, before it is known what the file is called.
///
///     return refused("it is cut off", download_again);
#pragma once

#include <neural_style/error.hpp>
#include <neural_style/formatted.hpp>
#include <neural_style/plain_text.hpp>

#include <expected>
#include <filesystem>
#include <string>
#include <utility>

namespace neural_style {

struct Refusal {
    std::string why;        ///< goes on after "The file FILE cannot be used: "
    std::string what_to_do; ///< a sentence
};

template <typename T>
using Accepted = std::expected<T, Refusal>;

inline constexpr const char* download_again = "Download it again, or choose another file.";
inline constexpr const char* save_the_weights =
    "Save only the weights in Python, with torch.save(model.state_dict(), \"weights.pth\"), and use that "
    "file.";

inline std::unexpected<Refusal> refused(std::string why, std::string what_to_do = download_again) {
    return std::unexpected(Refusal{std::move(why), std::move(what_to_do)});
}

inline std::unexpected<Error> failure(const std::filesystem::path& file, const Refusal& refusal) {
    constexpr std::size_t why_bytes_max = 500; // it may name a tensor
    return failure(ErrorCode::bad_weights,
                   formatted("The file {} cannot be used: {}. {}", file.string(),
                             plain_line(refusal.why, why_bytes_max), refusal.what_to_do));
}

} // namespace neural_style
