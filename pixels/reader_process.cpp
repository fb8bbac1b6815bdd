// SPDX-License-Identifier: GPL-3.0-or-later
#include "reader_process.hpp"

#include "installation.hpp"
#include "picture_sentences.hpp"
#include "translation.hpp"
#include "write_bytes.hpp"

#include <neural_style/descriptor.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <optional>
#include <spawn.h>
#include <string>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

extern char** environ;

namespace neural_style {
namespace {

using reader::Frame;
using reader::FrameHead;

/// The most bytes of a pipe that are kept in memory.
constexpr std::uint64_t longest_pipe = std::uint64_t(2) << 30;

std::unexpected<Error> unreadable(std::string message) {
    return failure(ErrorCode::bad_picture, std::move(message));
}

std::unexpected<Error> not_opened(const std::string& name, int reason) {
    if (reason == ENOENT || reason == ENOTDIR)
        return unreadable(sentence(_("{} does not exist: check the name of the picture."), name));
    return unreadable(
        sentence(_("{} cannot be opened ({}): check its permissions."), name, std::strerror(reason)));
}

std::unexpected<Error> reader_missing() {
    return failure(
        ErrorCode::internal,
        sentence(_("The program {} cannot be started: install Neural Style again."), "neural-style-reader"));
}

/// Reads a pipe to its end into memory.
Result<Descriptor> drained(int pipe, const std::string& name) {
    Descriptor kept(memfd_create("picture", MFD_CLOEXEC));
    std::vector<std::byte> piece(1 << 20);
    std::uint64_t size = 0;
    for (;;) {
        const ssize_t count = ::read(pipe, piece.data(), piece.size());
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return unreadable(
                sentence(_("{} cannot be read ({}): copy it to this computer."), name, std::strerror(errno)));
        if (count == 0)
            return kept;
        size += std::uint64_t(count);
        if (size > longest_pipe || write_bytes(kept.get(), std::span(piece).first(std::size_t(count))) != 0)
            return std::unexpected(error_of({reader::Reason::no_memory}, name));
    }
}

/// A seekable file that is not empty.
Result<Descriptor> readable(int file, const std::string& name) {
    struct stat status {};
    if (fstat(file, &status) != 0)
        return not_opened(name, errno);
    if (S_ISDIR(status.st_mode))
        return unreadable(sentence(_("{} is a folder: name a picture file."), name));
    if (S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode))
        return unreadable(sentence(_("{} is a device: name a picture file."), name));
    Descriptor kept;
    if (S_ISREG(status.st_mode)) {
        kept = Descriptor(fcntl(file, F_DUPFD_CLOEXEC, 0));
    } else {
        auto all = drained(file, name);
        if (!all)
            return all;
        kept = std::move(*all);
        fstat(kept.get(), &status);
    }
    if (status.st_size == 0)
        return unreadable(sentence(_("{} is empty: choose another picture, or copy it again."), name));
    return kept;
}

/// Whether the file was not written to in between.
bool same_state(const struct stat& a, const struct stat& b) {
    return a.st_size == b.st_size && a.st_mtim.tv_sec == b.st_mtim.tv_sec &&
           a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

bool read_all(int pipe, void* to, std::size_t size) {
    auto* next = static_cast<char*>(to);
    while (size > 0) {
        const ssize_t count = ::read(pipe, next, size);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return false;
        next += count;
        size -= std::size_t(count);
    }
    return true;
}

/// Sends the descriptors of file and pipe, with what is wanted.
bool send_ask(int socket, reader::Ask ask, int file, int pipe) {
    iovec data{&ask, sizeof ask};
    const std::array<int, 2> descriptors{file, pipe};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof descriptors)> room{};
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = room.data();
    message.msg_controllen = room.size();
    cmsghdr* const files = CMSG_FIRSTHDR(&message);
    files->cmsg_level = SOL_SOCKET;
    files->cmsg_type = SCM_RIGHTS;
    files->cmsg_len = CMSG_LEN(sizeof descriptors);
    std::memcpy(CMSG_DATA(files), descriptors.data(), sizeof descriptors);
    return sendmsg(socket, &message, MSG_NOSIGNAL) == sizeof ask;
}

/// The result of one answer.
struct Outcome {
    std::optional<PictureHead> head = std::nullopt;
    std::optional<reader::Refusal> refusal = std::nullopt;
    bool decoded = false; ///< all rows have come
    bool whole = false;
};

/// Trusts no announced size: memory is allocated for what has arrived.
Outcome frames_from(int pipe, const ReaderProcess::Take& take) {
    Outcome outcome;
    std::vector<std::byte> bytes;
    int row = 0;
    bool begun = false;
    const auto text = [&] {
        return std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    };
    for (;;) {
        FrameHead frame;
        if (!read_all(pipe, &frame, sizeof frame) || frame.bytes > reader::longest_frame)
            return outcome;
        if (Frame(frame.kind) == Frame::rows) {
            if (!outcome.head || !take || frame.bytes % outcome.head->row_bytes() != 0)
                return outcome;
            const int rows = int(frame.bytes / outcome.head->row_bytes());
            if (rows > outcome.head->height - row)
                return outcome;
            begun = true;
            if (!read_all(pipe, take(*outcome.head, row, frame.bytes), frame.bytes))
                return outcome;
            row += rows;
            continue;
        }
        bytes.resize(frame.bytes);
        if (!read_all(pipe, bytes.data(), bytes.size()))
            return outcome;
        switch (Frame(frame.kind)) {
        case Frame::head:
            if (outcome.head || !(outcome.head = reader::head_in(text())))
                return outcome;
            break;
        case Frame::space:
        case Frame::profile:
            if (!outcome.head || begun)
                return outcome;
            (Frame(frame.kind) == Frame::space ? outcome.head->space : outcome.head->profile) = bytes;
            break;
        case Frame::decoded:
            outcome.decoded = outcome.head && row == outcome.head->height;
            break;
        case Frame::exif:
        case Frame::iptc:
            if (!outcome.decoded)
                return outcome;
            (Frame(frame.kind) == Frame::exif ? outcome.head->metadata.exif : outcome.head->metadata.iptc) =
                bytes;
            break;
        case Frame::xmp:
        case Frame::comment:
            if (!outcome.decoded)
                return outcome;
            (Frame(frame.kind) == Frame::xmp ? outcome.head->metadata.xmp : outcome.head->metadata.comment) =
                text();
            break;
        case Frame::end:
            outcome.whole = outcome.head && (!take || row == outcome.head->height);
            return outcome;
        case Frame::refusal:
            outcome.refusal = reader::refusal_in(text());
            return outcome;
        default:
            return outcome;
        }
    }
}

/// Why the answer is incomplete. `status`: the decoder's wait status.
Error no_answer(const Outcome& outcome, int status, const std::string& name) {
    if (outcome.refusal)
        return error_of(*outcome.refusal, name);
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU)
        return {ErrorCode::bad_picture,
                sentence(_("{} takes too long to read: open it in GIMP and export it anew."), name)};
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
        return error_of({reader::Reason::no_memory}, name);
    return {
        ErrorCode::bad_picture,
        sentence(_("{} crashes the program that reads pictures: open it in GIMP and export it anew."), name)};
}

} // namespace

ReaderProcess::ReaderProcess() : ReaderProcess(reader_program()) {}

ReaderProcess::ReaderProcess(std::filesystem::path program) : program_(std::move(program)) {
    start();
}

ReaderProcess::~ReaderProcess() {
    stop();
}

void ReaderProcess::start() {
    std::array<int, 2> ends{-1, -1};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
        return;
    const Descriptor theirs(ends[1]);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, theirs.get(), STDIN_FILENO);
    // Libraries print warnings.
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    // The caller may have blocked signals, to wait for them.
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t none, usual;
    sigemptyset(&none);
    sigfillset(&usual);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &usual);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    char* const arguments[] = {const_cast<char*>(program_.c_str()), nullptr};
    if (posix_spawn(&process_, program_.c_str(), &actions, &attributes, arguments, environ) == 0)
        socket_ = ends[0];
    else {
        process_ = -1;
        close(ends[0]);
    }
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
}

void ReaderProcess::stop() {
    status_due_ = false;
    if (socket_ >= 0)
        close(std::exchange(socket_, -1));
    if (process_ > 0)
        waitpid(std::exchange(process_, -1), nullptr, 0);
}

void ReaderProcess::forget_statuses() {
    int status = 0;
    if (status_due_ && recv(socket_, &status, sizeof status, 0) != sizeof status)
        stop();
    status_due_ = false;
    // A copy that waited for a file may have been killed.
    while (socket_ >= 0 && recv(socket_, &status, sizeof status, MSG_DONTWAIT) == sizeof status)
        ;
}

Result<PictureHead> ReaderProcess::read(const std::filesystem::path& path, const Take& take,
                                        PictureWish wish) {
    const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
    if (file.get() < 0)
        return not_opened(path.string(), errno);
    return read(file.get(), path.string(), take, wish);
}

Result<PictureHead> ReaderProcess::read(int file, const std::string& name, const Take& take,
                                        PictureWish wish) {
    const auto source = readable(file, name);
    if (!source)
        return std::unexpected(source.error());
    struct stat before {
    }, after{};
    fstat(source->get(), &before);
    std::array<int, 2> ends{-1, -1};
    if (pipe2(ends.data(), O_CLOEXEC) != 0)
        return reader_missing();
    Descriptor ours(ends[0]), theirs(ends[1]);
    forget_statuses();
    if (socket_ < 0)
        start();
    using reader::Wish;
    const reader::Ask ask{.wish = !take           ? Wish::head
                                  : wish.metadata ? Wish::picture_with_metadata
                                                  : Wish::picture,
                          .enough_pixels = wish.enough_pixels};
    if (socket_ < 0 || !send_ask(socket_, ask, source->get(), theirs.get())) {
        stop();
        return reader_missing();
    }
    theirs.reset();
    fcntl(ours.get(), F_SETPIPE_SZ, 1 << 20);
    auto outcome = frames_from(ours.get(), take);
    ours.reset();
    status_due_ = true;
    if (outcome.whole) // its process need not have ended
        return *std::move(outcome.head);
    int status = 0;
    const bool told = recv(socket_, &status, sizeof status, 0) == sizeof status;
    status_due_ = false;
    if (!told)
        stop();
    if (!told && !outcome.head && !outcome.refusal)
        return reader_missing();
    if (outcome.decoded) {
        outcome.head->metadata = {};
        outcome.head->notes.push_back({reader::Note::metadata_lost});
        return *std::move(outcome.head);
    }
    fstat(source->get(), &after);
    if (!same_state(before, after))
        return unreadable(
            sentence(_("{} changes while it is read: wait until it is complete, then try again."), name));
    return std::unexpected(no_answer(outcome, status, name));
}

} // namespace neural_style
