// SPDX-License-Identifier: GPL-3.0-or-later
#include "libav.hpp"

#include <array>
#include <cerrno>
#include <new>
#include <sys/stat.h>
#include <unistd.h>

namespace neural_style::film_files {
namespace {

struct File {
    int descriptor;
    std::int64_t place = 0;
};

int read_piece(void* opaque, std::uint8_t* to, int size) {
    auto& file = *static_cast<File*>(opaque);
    const ssize_t count = pread(file.descriptor, to, std::size_t(size), file.place);
    if (count < 0)
        return AVERROR(errno);
    file.place += count;
    return count == 0 ? AVERROR_EOF : int(count);
}

int write_piece(void* opaque, const std::uint8_t* from, int size) {
    auto& file = *static_cast<File*>(opaque);
    for (int done = 0; done < size;) {
        const ssize_t count = pwrite(file.descriptor, from + done, std::size_t(size - done), file.place);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return AVERROR(count < 0 ? errno : ENOSPC);
        file.place += count;
        done += int(count);
    }
    return size;
}

std::int64_t move_to(void* opaque, std::int64_t place, int whence) {
    auto& file = *static_cast<File*>(opaque);
    struct stat status {};
    if (fstat(file.descriptor, &status) != 0)
        return AVERROR(errno);
    if (whence & AVSEEK_SIZE)
        return status.st_size;
    whence &= ~AVSEEK_FORCE;
    place += whence == SEEK_CUR ? file.place : whence == SEEK_END ? std::int64_t(status.st_size) : 0;
    return place < 0 ? AVERROR(EINVAL) : file.place = place;
}

int no_other_file(AVFormatContext*, AVIOContext**, const char*, int, AVDictionary**) {
    return AVERROR(EACCES);
}

} // namespace

void free_io(AVIOContext** io) {
    delete static_cast<File*>((*io)->opaque);
    av_freep(&(*io)->buffer);
    avio_context_free(io);
}

void free_output(AVFormatContext** output) {
    avformat_free_context(*output);
}

Io io_of(int descriptor, Access access) {
    constexpr int buffer_bytes = 1 << 16;
    auto file = std::make_unique<File>(descriptor);
    auto* const buffer = static_cast<unsigned char*>(av_malloc(buffer_bytes));
    AVIOContext* const io = avio_alloc_context(buffer, buffer_bytes, access == Access::write, file.get(),
                                               access == Access::read ? read_piece : nullptr,
                                               access == Access::write ? write_piece : nullptr, move_to);
    if (!buffer || !io)
        throw std::bad_alloc();
    [[maybe_unused]] const auto* owned = file.release();
    return Io(io);
}

Input opened_film(AVIOContext* io) {
    AVFormatContext* format = avformat_alloc_context();
    if (!format)
        throw std::bad_alloc();
    format->pb = io;
    format->io_open = no_other_file;
    // Lists of other films open them by themselves, and only ask whether they may use the protocol.
    format->protocol_whitelist = av_strdup("none");
    if (const int error = avformat_open_input(&format, nullptr, nullptr, nullptr); error < 0)
        throw Refused{{error == AVERROR(ENOMEM) ? FilmReason::no_memory : FilmReason::not_a_film}};
    Input input(format);
    if (avformat_find_stream_info(format, nullptr) < 0)
        throw Refused{{FilmReason::damaged}};
    return input;
}

std::string words_for(int error) {
    std::array<char, AV_ERROR_MAX_STRING_SIZE> text{};
    av_strerror(error, text.data(), text.size());
    return text.data();
}

} // namespace neural_style::film_files
