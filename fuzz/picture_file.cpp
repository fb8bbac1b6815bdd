// SPDX-License-Identifier: GPL-3.0-or-later
/// Picture files, through our own parsers and the libraries that decode them; their metadata too.
#include "answer.hpp"
#include "decoding.hpp"
#include "file_metadata.hpp"
#include "input_file.hpp"
#include "libvips_ready.hpp"
#include "promise.hpp"

#include <fcntl.h>
#include <optional>
#include <string>
#include <unistd.h>

using namespace neural_style;

namespace {

/// Larger pictures are only known by their heads: a few bytes can stand for much work.
constexpr std::int64_t most_pixels = 1 << 18;

/// What the answer to a client would begin with; nothing if the file is refused.
std::optional<reader::PictureHead> head_of(const reader::Source& source) {
    const fuzz::InputFile answered({});
    reader::Answer answer(answered.descriptor());
    if (!reader::decode({source, true}, answer))
        return std::nullopt;
    reader::FrameHead frame;
    fuzz::promise(pread(answered.descriptor(), &frame, sizeof frame, 0) == sizeof frame &&
                  reader::Frame(frame.kind) == reader::Frame::head);
    std::string text(frame.bytes, '\0');
    fuzz::promise(pread(answered.descriptor(), text.data(), text.size(), sizeof frame) ==
                  ssize_t(text.size()));
    const auto head = reader::head_in(text);
    fuzz::promise(head.has_value());
    return head;
}

} // namespace

extern "C" int LLVMFuzzerInitialize(int*, char*** arguments) {
    fuzz::make_libvips_ready(**arguments);
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const fuzz::InputFile file({data, size});
    const reader::Source source(file.descriptor());
    reader::metadata_in(source);
    if (const auto head = head_of(source); head && head->width * std::int64_t(head->height) <= most_pixels) {
        static const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
        reader::Answer answer(nowhere, most_pixels / 16);
        reader::decode({source}, answer);
    }
    return 0;
}
