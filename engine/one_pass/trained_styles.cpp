// SPDX-License-Identifier: GPL-3.0-or-later
#include "trained_styles.hpp"

#include "guarded.hpp"
#include "trained_network.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

namespace neural_style {

TrainedStyles styles_in(const std::filesystem::path& folder) {
    TrainedStyles found;
    const auto look_at = [&](const std::filesystem::path& file) {
        if (auto style = TrainedNetwork::described(file))
            found.styles.push_back(*std::move(style));
    };
    std::error_code failed;
    for (std::filesystem::directory_iterator entry(folder, failed), end; !failed && entry != end;
         entry.increment(failed))
        if (entry->path().extension() == ".safetensors")
            if (const auto looked = guarded([&] { look_at(entry->path()); }); !looked)
                found.left_out.push_back(looked.error().message);
    std::ranges::sort(found.styles, {}, &TrainedStyle::name);
    std::ranges::sort(found.left_out);
    return found;
}

} // namespace neural_style
