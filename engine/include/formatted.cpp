// SPDX-License-Identifier: GPL-3.0-or-later
#include <neural_style/formatted.hpp>

namespace neural_style {

std::string filled_in(std::string_view text, std::format_args values) {
    return std::vformat(text, values);
}

} // namespace neural_style
