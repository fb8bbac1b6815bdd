// SPDX-License-Identifier: GPL-3.0-or-later
#include "film_sink.hpp"

#include <utility>

namespace neural_style::film_files {

std::unique_ptr<FilmSink> opened_sink(FilmOrder order) {
    const bool animation = order.kind == "gif" || order.kind == "webp";
    return animation ? encoded_animation(std::move(order)) : encoded_film(std::move(order));
}

} // namespace neural_style::film_files
