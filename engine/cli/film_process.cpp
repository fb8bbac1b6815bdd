// SPDX-License-Identifier: GPL-3.0-or-later
#include "film_process.hpp"

#include "film_sentences.hpp"
#include "installation.hpp"
#include "translation.hpp"

#include <array>
#include <charconv>
#include <csignal>
#include <fcntl.h>
#include <glib.h>
#include <string_view>
#include <sys/wait.h>
#include <utility>

namespace neural_style::cli {

using film_files::Message;

Result<FilmProcess> FilmProcess::start(const std::vector<std::string>& arguments, int film, int source,
                                       std::string name) {
    std::signal(SIGPIPE, SIG_IGN); // a program that has died is an error message
    std::string program = film_files_program().string();
    std::vector<std::string> words = arguments;
    std::vector<char*> list{program.data()};
    for (auto& word : words)
        list.push_back(word.data());
    list.push_back(nullptr);
    const std::array from{film, source}, to{film_files::film_descriptor, film_files::source_descriptor};
    GPid process = -1;
    int input = -1, output = -1;
    if (!g_spawn_async_with_pipes_and_fds(nullptr, list.data(), nullptr,
                                          GSpawnFlags(G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDERR_TO_DEV_NULL),
                                          nullptr, nullptr, -1, -1, -1, from.data(), to.data(),
                                          source >= 0 ? 2 : 1, &process, &input, &output, nullptr, nullptr))
        return failure(ErrorCode::internal,
                       sentence(_("The program {} cannot be started: install Neural Style again."),
                                "neural-style-film-files"));
    fcntl(output, F_SETPIPE_SZ, 1 << 20);
    fcntl(input, F_SETPIPE_SZ, 1 << 20);
    return FilmProcess(process, Descriptor(input), Descriptor(output), std::move(name));
}

FilmProcess::FilmProcess(FilmProcess&& other) noexcept
    : process_(std::exchange(other.process_, -1)), to_(std::move(other.to_)), from_(std::move(other.from_)),
      name_(std::move(other.name_)) {}

FilmProcess& FilmProcess::operator=(FilmProcess&& other) noexcept {
    std::swap(process_, other.process_);
    std::swap(to_, other.to_);
    std::swap(from_, other.from_);
    std::swap(name_, other.name_);
    return *this;
}

FilmProcess::~FilmProcess() {
    to_.reset();
    from_.reset();
    if (process_ > 0)
        waitpid(process_, nullptr, 0);
}

bool FilmProcess::say(std::span<const std::byte> bytes) const {
    return film_files::send_all(to_.get(), bytes);
}

Result<void> FilmProcess::hear(Message kind, Bytes& to, const std::function<void(std::size_t)>& looked) {
    for (;;) {
        film_files::MessageHead head;
        if (!film_files::receive_all(from_.get(), std::as_writable_bytes(std::span(&head, 1))))
            return std::unexpected(death());
        to.resize(head.bytes);
        if (!film_files::receive_all(from_.get(), to))
            return std::unexpected(death());
        const std::string_view text(reinterpret_cast<const char*>(to.data()), to.size());
        if (Message(head.kind) == kind)
            return {};
        if (Message(head.kind) == Message::refusal)
            return std::unexpected(error_of(film_files::film_refusal_in(text), name_));
        std::size_t count = 0;
        std::from_chars(text.data(), text.data() + text.size(), count);
        if (looked)
            looked(count);
    }
}

Error FilmProcess::death() {
    int status = 0;
    to_.reset();
    if (process_ > 0)
        waitpid(std::exchange(process_, -1), &status, 0);
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU)
        return {ErrorCode::bad_picture, sentence(_("A frame of {} takes too long: convert it anew."), name_)};
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
        return error_of({film_files::FilmReason::no_memory}, name_);
    return {ErrorCode::bad_picture,
            sentence(_("{} crashes the program that reads and writes films: convert it anew."), name_)};
}

} // namespace neural_style::cli
