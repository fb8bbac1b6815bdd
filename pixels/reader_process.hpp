// SPDX-License-Identifier: GPL-3.0-or-later
/// Reads picture files through neural-style-reader, so that a crashing decoder ends in an error message.
///
///     ReaderProcess reader;                       // starts in the background
///     auto photo = reader.read("photo.jpg", [&](const PictureHead& head, int row, std::size_t bytes) {
///         ...                                     // memory for the rows from the top that come next
///     });
#pragma once

#include "answer.hpp"

#include <neural_style/error.hpp>

#include <filesystem>
#include <functional>
#include <span>
#include <sys/types.h>

namespace neural_style {

using reader::PictureHead;

struct PictureWish {
    /// Larger pictures are made smaller while they are read, but not below that; 0: they are not.
    std::uint64_t enough_pixels = 0;
    bool metadata = false;
};

/// For one thread at a time.
class ReaderProcess {
  public:
    /// Starts the program without waiting for it: that which belongs to the running program.
    ReaderProcess();
    /// Or another.
    explicit ReaderProcess(std::filesystem::path program);
    ReaderProcess(const ReaderProcess&) = delete;
    ReaderProcess& operator=(const ReaderProcess&) = delete;
    ~ReaderProcess();

    /// Gives memory for the next `bytes`, whole rows that begin with `row`. The ones before are complete.
    using Take = std::function<std::byte*(const PictureHead& head, int row, std::size_t bytes)>;

    /// Pipes, FIFOs and standard input are read to their end first. Without `take` only the head is read.
    /// Errors: bad_picture, out_of_memory, with the file's name and what to do.
    Result<PictureHead> read(const std::filesystem::path& path, const Take& take = {}, PictureWish wish = {});
    /// The same for an open file, called `name` in error messages.
    Result<PictureHead> read(int file, const std::string& name, const Take& take = {}, PictureWish wish = {});

  private:
    void start();
    void stop();
    /// Of earlier files.
    void forget_statuses();

    std::filesystem::path program_;
    pid_t process_ = -1;
    int socket_ = -1;
    bool status_due_ = false; ///< of the file before
};

} // namespace neural_style
