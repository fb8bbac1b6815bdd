// SPDX-License-Identifier: GPL-3.0-or-later
#include "partial_file.hpp"

#include "translation.hpp"
#include "write_bytes.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace neural_style::cli {

namespace fs = std::filesystem;

PartialFile::PartialFile(fs::path whole, Descriptor file)
    : whole_(std::move(whole)), part_(whole_.string() + ".part"), note_(whole_.string() + ".source"),
      file_(std::move(file)) {}

std::unexpected<Error> PartialFile::not_written(int reason) const {
    const auto name = whole_.string();
    return failure(
        ErrorCode::not_written,
        reason == ENOSPC || reason == EDQUOT
            ? sentence(_("There is no room left for {}: free some space or choose another folder."), name)
        : reason == EFBIG
            ? sentence(_("{} would be larger than files may be here: choose another folder."), name)
            : sentence(_("{} could not be written ({}): choose another folder."), name,
                       std::strerror(reason)));
}

Result<PartialFile> PartialFile::open(const fs::path& whole, const std::string& url) {
    std::error_code error;
    fs::create_directories(whole.parent_path(), error);
    if (error)
        return failure(ErrorCode::not_written, sentence(_("The folder {} cannot be made: {}."),
                                                        whole.parent_path().string(), error.message()));
    PartialFile part(whole, Descriptor());
    part.url_ = url;
    part.file_ = Descriptor(::open(part.part_.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666));
    if (!part.file_)
        return part.not_written(errno);
    if (flock(part.file_.get(), LOCK_EX | LOCK_NB) != 0)
        return failure(
            ErrorCode::not_written,
            sentence(_("{} is being downloaded already: wait until that is done."), whole.string()));
    std::ifstream note(part.note_);
    std::string from;
    std::getline(note, from);
    std::getline(note, part.state_);
    struct stat status {};
    if (fstat(part.file_.get(), &status) != 0)
        return part.not_written(errno);
    if (!note || from != url || part.state_.empty()) {
        if (auto begun = part.begin({}); !begun)
            return std::unexpected(begun.error());
        return part;
    }
    part.size_ = std::uint64_t(status.st_size);
    if (lseek(part.file_.get(), 0, SEEK_END) < 0)
        return part.not_written(errno);
    return part;
}

Result<void> PartialFile::begin(const std::string& state) {
    size_ = 0;
    state_ = state.contains('\n') ? std::string() : state;
    if (ftruncate(file_.get(), 0) != 0 || lseek(file_.get(), 0, SEEK_SET) < 0)
        return not_written(errno);
    std::ofstream note(note_, std::ios::trunc);
    note << url_ << '\n' << state_ << '\n';
    note.close();
    return note ? Result<void>() : not_written(errno);
}

Result<void> PartialFile::append(std::span<const std::byte> bytes) {
    if (const int reason = write_bytes(file_.get(), bytes))
        return not_written(reason);
    size_ += bytes.size();
    return {};
}

Result<void> PartialFile::become_whole() {
    if (fsync(file_.get()) != 0 || std::rename(part_.c_str(), whole_.c_str()) != 0)
        return not_written(errno);
    unlink(note_.c_str());
    return {};
}

void PartialFile::remove() {
    unlink(part_.c_str());
    unlink(note_.c_str());
}

} // namespace neural_style::cli
