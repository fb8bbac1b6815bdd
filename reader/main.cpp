// SPDX-License-Identifier: GPL-3.0-or-later
/// neural-style-reader: decodes picture files for the other programs, each in a limited process of its own.
///
/// Loading libvips takes longer than decoding a small picture, so one process keeps everything loaded and
/// always has a limited copy of itself waiting for the next file. Requests arrive on standard input, a
/// socket: an `Ask`, with the descriptors of the file and of the pipe for the answer (answer.hpp). The copy's
/// wait status is sent back.
#include "answer.hpp"
#include "decoding.hpp"
#include "file_metadata.hpp"
#include "limits.hpp"

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <malloc.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vips/vips.h>

namespace {

using namespace neural_style::reader;

struct Request {
    int file = -1;
    int answer = -1;
    Ask ask;
};

/// False if the client has gone.
bool receive(Request& request) {
    iovec data{&request.ask, sizeof request.ask};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(2 * sizeof(int))> room{};
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = room.data();
    message.msg_controllen = room.size();
    if (recvmsg(STDIN_FILENO, &message, MSG_CMSG_CLOEXEC) != sizeof request.ask)
        return false;
    const cmsghdr* files = CMSG_FIRSTHDR(&message);
    if (!files || files->cmsg_type != SCM_RIGHTS || files->cmsg_len != CMSG_LEN(2 * sizeof(int)))
        return false;
    std::array<int, 2> descriptors{};
    std::memcpy(descriptors.data(), CMSG_DATA(files), sizeof descriptors);
    request.file = descriptors[0];
    request.answer = descriptors[1];
    return true;
}

/// The exit status of a copy that nobody asked for a picture.
constexpr int no_request = 2;

/// Fresh memory costs more than decoding: strips and rows are allocated again and again, so what is freed
/// stays with the process, in one piece that the kernel can back with large pages.
void keep_freed_memory() {
    mallopt(M_ARENA_MAX, 1);
    mallopt(M_TOP_PAD, 32 << 20);
    mallopt(M_TRIM_THRESHOLD, 1 << 30);
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
}

[[noreturn]] void read_picture() {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    keep_freed_memory();
    Request request;
    if (!receive(request))
        std::_Exit(no_request);
    limit_this_process();
    Answer answer(request.answer, request.ask.enough_pixels);
    try {
        const Source source(request.file);
        if (const auto decoded = decode({source, request.ask.wish == Wish::head}, answer); !decoded) {
            answer.refuse(decoded.error());
        } else {
            if (request.ask.wish == Wish::picture_with_metadata) {
                answer.decoded();
                answer.metadata(metadata_in(source));
            }
            answer.end();
        }
    } catch (const std::bad_alloc&) {
        answer.refuse({Reason::no_memory});
    } catch (const std::exception&) {
        answer.refuse({});
    }
    std::_Exit(0);
}

} // namespace

int main(int, char** arguments) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    // Keeps turned pictures in memory, which is limited, instead of temporary files.
    setenv("VIPS_DISC_THRESHOLD", "64g", 1);
    if (VIPS_INIT(arguments[0]) != 0)
        return 1;
    vips_cache_set_max(0);
    // Decoders give one row after the other. Threads that take turns at that only wait for each other.
    vips_concurrency_set(1);
    // libvips prepares all its operations when the first one is asked for, which takes longer than decoding a
    // small picture: here once, not in every copy.
    if (VipsOperation* const any = vips_operation_new("copy"))
        g_object_unref(any);
    int status = 0;
    do {
        const pid_t copy = fork();
        if (copy == 0)
            read_picture();
        if (copy < 0 || waitpid(copy, &status, 0) != copy ||
            (WIFEXITED(status) && WEXITSTATUS(status) == no_request))
            break;
    } while (send(STDIN_FILENO, &status, sizeof status, MSG_NOSIGNAL) == sizeof status);
    std::_Exit(0);
}
