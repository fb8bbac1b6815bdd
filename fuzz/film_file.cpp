// SPDX-License-Identifier: GPL-3.0-or-later
/// Films and animations: what is found at the first look, and the first frames.
#include "film_source.hpp"
#include "input_file.hpp"
#include "libav.hpp"
#include "libvips_ready.hpp"
#include "promise.hpp"

using namespace neural_style;

extern "C" int LLVMFuzzerInitialize(int*, char*** arguments) {
    fuzz::make_libvips_ready(**arguments);
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::size_t frames = 3;
    const fuzz::InputFile file({data, size});
    try {
        const auto film = film_files::opened_source({.descriptor = file.descriptor(), .most_frames = frames});
        for (std::size_t i = 0; i < film->head().frames.size() && i < frames; ++i)
            fuzz::promise(film->frame(i).size() == film->head().frame_bytes());
    } catch (const film_files::Refused&) {
    }
    return 0;
}
