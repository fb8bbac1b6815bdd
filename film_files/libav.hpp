// SPDX-License-Identifier: GPL-3.0-or-later
/// FFmpeg's objects with owners, and films behind descriptors.
///
///     auto io = io_of(film_descriptor, Access::read);
///     Packet packet(av_packet_alloc());
#pragma once

#include "film_answer.hpp"

#include <memory>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libswscale/swscale.h>
}

namespace neural_style::film_files {

/// FFmpeg frees through the address of the pointer.
template <auto free>
struct Freed {
    template <typename Object>
    void operator()(Object* object) const {
        free(&object);
    }
};
void free_io(AVIOContext** io);
void free_output(AVFormatContext** output);
inline void free_scaler(SwsContext** scaler) {
    sws_freeContext(*scaler);
}

using Packet = std::unique_ptr<AVPacket, Freed<av_packet_free>>;
using Picture = std::unique_ptr<AVFrame, Freed<av_frame_free>>;
using Codec = std::unique_ptr<AVCodecContext, Freed<avcodec_free_context>>;
using Input = std::unique_ptr<AVFormatContext, Freed<avformat_close_input>>;
using Output = std::unique_ptr<AVFormatContext, Freed<free_output>>;
using Scaler = std::unique_ptr<SwsContext, Freed<free_scaler>>;
using Io = std::unique_ptr<AVIOContext, Freed<free_io>>;

/// Why reading or writing ends here.
struct Refused {
    FilmRefusal refusal;
};

enum class Access { read, write };
/// Has a place of its own in the file. Throws std::bad_alloc.
Io io_of(int descriptor, Access access);

/// A film with its streams known. It opens no other files, whatever it refers to. Throws `Refused`.
Input opened_film(AVIOContext* io);

/// What FFmpeg or the system says about it.
std::string words_for(int error);

/// The object, or std::bad_alloc.
template <typename Owner>
Owner present(Owner owner) {
    if (!owner)
        throw std::bad_alloc();
    return owner;
}

} // namespace neural_style::film_files
