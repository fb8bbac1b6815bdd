// SPDX-License-Identifier: GPL-3.0-or-later
/// What an engine sends to a client: everything that it says to one painting.
#include "engine_client.hpp"
#include "frame_mutation.hpp"
#include "input_file.hpp"
#include "promise.hpp"

using namespace neural_style;

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most,
                                               unsigned seed) {
    return fuzz::mutated_frames(data, size, most, seed);
}

namespace {

const protocol::NamedPicture& picture() {
    static const protocol::NamedPicture named(
        {.sample = Sample::u8, .width = 2, .height = 1, .bytes = protocol::Bytes(6)});
    return named;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const fuzz::InputFile said({data, size});
    // The engine: a program that says all that, waits for nothing, and is gone.
    EngineClient client(
        {"/bin/cat", "/proc/" + std::to_string(getpid()) + "/fd/" + std::to_string(said.descriptor())});
    const auto painting = client.paint({.settings = {}, .content = picture(), .styles = {{picture()}}});
    if (fuzz::is_taken_or_told(painting))
        fuzz::promise(painting->picture.width == 2 && painting->picture.height == 1 &&
                      painting->picture.bytes.size() == protocol::picture_bytes(Sample::u8, 2, 1));
    return 0;
}
