// SPDX-License-Identifier: GPL-3.0-or-later
/// neural-style-film-files: reads and writes films for the command line, in a limited process, so that a
/// broken film costs a sentence and FFmpeg is only loaded where there is one.
///
///     neural-style-film-files read [FRAMES]    frames of the film at descriptor 3, by their numbers
///     neural-style-film-files write            a film to descriptor 3, with the sound of the one at 4
#include "film_sink.hpp"
#include "film_source.hpp"
#include "libav.hpp"
#include "limits.hpp"

#include <charconv>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <functional>
#include <new>
#include <string_view>
#include <sys/prctl.h>
#include <unistd.h>
#include <vips/vips.h>

namespace {

using namespace neural_style::film_files;

void send_or_leave(Message kind, auto what) {
    if (!send(STDOUT_FILENO, kind, what))
        std::_Exit(1);
}

void read_film(std::string_view most) {
    neural_style::reader::limit_this_process({.granted_time = true});
    SourceWish wish{.descriptor = film_descriptor, .looked = [](std::size_t count) {
                        if (count % 16 == 0)
                            send_or_leave(Message::looked, std::string_view(std::to_string(count)));
                    }};
    std::from_chars(most.data(), most.data() + most.size(), wish.most_frames);
    const auto film = opened_source(wish);
    send_or_leave(Message::head, std::string_view(text_of(film->head())));
    std::uint64_t number = 0;
    while (receive_all(STDIN_FILENO, std::as_writable_bytes(std::span(&number, 1)))) {
        neural_style::reader::grant_time();
        if (number >= film->head().frames.size())
            return;
        send_or_leave(Message::frame, film->frame(std::size_t(number)));
    }
}

void write_film() {
    std::signal(SIGXFSZ, SIG_IGN); // a file that grows too large becomes a write error
    neural_style::reader::limit_this_process({.granted_time = true, .writes_files = true});
    std::uint32_t size = 0;
    if (!receive_all(STDIN_FILENO, std::as_writable_bytes(std::span(&size, 1))))
        return;
    std::string text(size, 0);
    if (!receive_all(STDIN_FILENO, std::as_writable_bytes(std::span(text))))
        return;
    auto order = film_order_in(text);
    if (!order)
        throw Refused{};
    const std::size_t frames = order->film.frames.size();
    std::vector<std::byte> rows(order->film.frame_bytes());
    const auto film = opened_sink(*std::move(order));
    for (std::size_t i = 0; i < frames; ++i) {
        neural_style::reader::grant_time();
        if (!receive_all(STDIN_FILENO, rows))
            return;
        film->add(rows);
    }
    send_or_leave(Message::written, std::string_view(text_of(film->end())));
}

void refuse(const FilmRefusal& refusal) {
    send_or_leave(Message::refusal, std::string_view(text_of(refusal)));
}

} // namespace

int main(int count, char** arguments) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGINT, SIG_IGN); // Ctrl-C is for the one that asks; it ends this program as well
    av_log_set_level(AV_LOG_QUIET);
    if (VIPS_INIT(arguments[0]) != 0 || count < 2)
        return 2;
    vips_cache_set_max(0);
    vips_concurrency_set(1);
    try {
        if (std::string_view(arguments[1]) == "write")
            write_film();
        else
            read_film(count > 2 ? arguments[2] : "");
    } catch (const Refused& refused) {
        refuse(refused.refusal);
    } catch (const std::bad_alloc&) {
        refuse({FilmReason::no_memory});
    } catch (const std::exception&) {
        refuse({});
    }
    std::_Exit(0);
}
