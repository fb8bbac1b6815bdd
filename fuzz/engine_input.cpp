// SPDX-License-Identifier: GPL-3.0-or-later
/// What a client sends to an engine: whole conversations with a session that paints by giving the content
/// back.
#include "frame_mutation.hpp"
#include "input_file.hpp"
#include "outbox.hpp"
#include "promise.hpp"
#include "session.hpp"

#include <fcntl.h>

using namespace neural_style;

namespace {

struct ContentPainter : worker::Painter {
    Result<Image> paint(const Request& request, const UpdateCallback& update, std::stop_token stop) override {
        if (stop.stop_requested())
            return failure(ErrorCode::cancelled, "Cancelled.");
        fuzz::promise(!request.content.empty());
        update({.fraction = 1, .stage = Stage::finishing});
        return Image(request.content.width(), request.content.height());
    }
    Result<Estimate> estimate(const Request&) override { return Estimate{}; }
    std::string device() const override { return "cpu"; }
};

} // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most,
                                               unsigned seed) {
    return fuzz::mutated_frames(data, size, most, seed);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    const fuzz::InputFile conversation({data, size});
    const auto stay = [](int) {};
    ContentPainter painter;
    worker::Outbox outbox(nowhere, stay);
    worker::Session(painter, outbox, stay, {.pictures_bytes_max = 1 << 20, .jobs_max = 4})
        .serve(conversation.descriptor());
    return 0;
}
