// SPDX-License-Identifier: GPL-3.0-or-later
#include "one_pass.hpp"

#include "measured.hpp"

#include <stdexcept>

using namespace neural_style;

namespace bench {

namespace {

template <typename T>
T checked(Result<T> result) {
    if (!result)
        throw std::runtime_error(result.error().message);
    return std::move(*result);
}

} // namespace

OnePassPaintings::OnePassPaintings(const OpenOptions& options) : engine_(checked(Engine::open(options))) {}

double OnePassPaintings::seconds(ImageView photo, ImageView style, const std::string& trained_style) {
    Request request{.content = photo, .styles = {{.picture = style}}};
    request.settings.quality = Quality::instant;
    request.settings.trained_style = trained_style;
    return bench::seconds([&] { checked(engine_.paint(request)); });
}

} // namespace bench
