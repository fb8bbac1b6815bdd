// SPDX-License-Identifier: GPL-3.0-or-later
/// Reading the words of an architecture's layout (architectures.hpp).
///
///     for (const auto word : split(architecture.layout, ' '))
///         channels = number(word);
#pragma once

#include "architectures.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string_view>
#include <vector>

namespace neural_style {

inline std::vector<std::string_view> split(std::string_view text, char between) {
    std::vector<std::string_view> parts;
    for (std::size_t begin = 0; begin <= text.size();) {
        const auto end = std::min(text.find(between, begin), text.size());
        parts.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return parts;
}

/// 0 for what is none.
inline std::int64_t number(std::string_view text) {
    std::int64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

/// Has the walker's function for its family read the layout.
template <typename Walker>
void walk(Walker& walker, const Architecture& architecture) {
    switch (architecture.family) {
    case Family::vgg:
        return walker.vgg(architecture);
    case Family::resnet:
        return walker.resnet(architecture);
    case Family::mobilenet_v2:
        return walker.mobilenet(architecture);
    case Family::squeezenet:
        return walker.squeezenet(architecture);
    }
}

} // namespace neural_style
