// SPDX-License-Identifier: GPL-3.0-or-later
// The functions of film.hpp for programs: they load the module that has them when they are called.
#include "film_module.hpp"

#include <dlfcn.h>
#include <utility>

namespace neural_style {

namespace {

// Found by the run path of the program or module that this is linked into.
const FilmModule* film_module() {
    void* const module =
        dlopen("neural-style-film.so", RTLD_LAZY | RTLD_LOCAL); // later calls return the same
    return module ? static_cast<const FilmModule*>(dlsym(module, "neural_style_film")) : nullptr;
}

std::unexpected<Error> incomplete() {
    return failure(ErrorCode::internal,
                   "neural-style-film.so cannot be loaded: install Neural Style again, with OpenCV.");
}

} // namespace

Result<std::vector<Shot>> find_shots(Frames& frames, std::stop_token stop) {
    const auto* const module = film_module();
    return module ? module->find_shots(frames, std::move(stop)) : incomplete();
}

Result<void> paint_film(Frames& frames, const std::vector<Shot>& shots, Paintings& paintings,
                        const FilmSettings& settings, const PaintFrame& paint, const FrameKept& kept,
                        std::stop_token stop) {
    const auto* const module = film_module();
    return module ? module->paint_film(frames, shots, paintings, settings, paint, kept, std::move(stop))
                  : incomplete();
}

} // namespace neural_style
