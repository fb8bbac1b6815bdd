// SPDX-License-Identifier: GPL-3.0-or-later
/// Talks with neural-style-film-files, so that a crashing decoder ends in an error message.
///
///     auto process = FilmProcess::reading("film.mp4", all, looked);
///     auto pixels = process->frame(12);
#pragma once

#include "film_answer.hpp"

#include <neural_style/descriptor.hpp>
#include <neural_style/error.hpp>
#include <neural_style/samples.hpp>

#include <cstddef>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <sys/types.h>
#include <vector>

namespace neural_style::cli {

/// The program, and the conversation with it.
class FilmProcess {
  public:
    /// `arguments` of the program; the descriptors become `film_descriptor` and, if it is one,
    /// `source_descriptor`. `name`: what errors call the file. Errors, translated: internal.
    static Result<FilmProcess> start(const std::vector<std::string>& arguments, int film, int source,
                                     std::string name);
    FilmProcess(FilmProcess&& other) noexcept;
    FilmProcess& operator=(FilmProcess&& other) noexcept;
    ~FilmProcess();

    /// False if the program has ended.
    bool say(std::span<const std::byte> bytes) const;
    /// The next message of that kind, into `to`; `looked` is called with those that come before. Errors,
    /// translated: what the program refuses, or that it has died.
    Result<void> hear(film_files::Message kind, Bytes& to,
                      const std::function<void(std::size_t)>& looked = {});

  private:
    FilmProcess(pid_t process, Descriptor to, Descriptor from, std::string name)
        : process_(process), to_(std::move(to)), from_(std::move(from)), name_(std::move(name)) {}
    Error death();

    pid_t process_;
    Descriptor to_, from_;
    std::string name_;
};

} // namespace neural_style::cli
