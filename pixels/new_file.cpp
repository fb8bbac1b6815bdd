// SPDX-License-Identifier: GPL-3.0-or-later
#include "new_file.hpp"

#include "translation.hpp"

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <fcntl.h>
#include <format>
#include <random>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace neural_style {

namespace fs = std::filesystem;

namespace {

std::unexpected<Error> not_written(const fs::path& path, int reason) {
    const std::string name = path.string();
    const std::string folder = path.has_parent_path() ? path.parent_path().string() : ".";
    std::string message;
    switch (reason) {
    case ENOSPC:
    case EDQUOT:
        message =
            sentence(_("There is no room left for {}: free some space or choose another folder."), name);
        break;
    case EFBIG:
        message = sentence(_("{} would be larger than files may be here: choose another folder."), name);
        break;
    case ENOENT:
    case ENOTDIR:
        message = sentence(_("The folder {} does not exist: make it, or choose another."), folder);
        break;
    case EACCES:
    case EPERM:
    case EROFS:
        message = sentence(_("{} may not be written: choose a folder that is yours."), name);
        break;
    case EISDIR:
        message = sentence(_("{} is a folder: give the name of a file in it."), name);
        break;
    default:
        message =
            sentence(_("{} could not be written ({}): choose another folder."), name, std::strerror(reason));
    }
    return failure(ErrorCode::not_written, std::move(message));
}

/// A temporary file beside `path`, removed unless it was renamed.
class FileBeside {
  public:
    explicit FileBeside(const fs::path& path) {
        struct stat existing;
        const mode_t mode = stat(path.c_str(), &existing) == 0 ? existing.st_mode & 0777 : 0666;
        std::random_device chance;
        do {
            // Hidden and unpredictable: in a shared folder a predictable name might be somebody else's link.
            name_ = path.parent_path() /
                    std::format(".{}.{:08x}{:08x}.part", path.filename().string(), chance(), chance());
            descriptor_ = open(name_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
        } while (descriptor_ < 0 && errno == EEXIST);
    }
    FileBeside(const FileBeside&) = delete;
    FileBeside& operator=(const FileBeside&) = delete;
    ~FileBeside() {
        if (descriptor_ < 0)
            return;
        close(descriptor_);
        if (!renamed_)
            unlink(name_.c_str());
    }

    int descriptor() const { return descriptor_; }
    bool rename_to(const fs::path& path) { return renamed_ = rename(name_.c_str(), path.c_str()) == 0; }

  private:
    fs::path name_;
    int descriptor_ = -1;
    bool renamed_ = false;
};

/// Writes the pieces returned by `more` until one is empty; none means a failure with errno set.
template <typename More>
Result<void> write_all(const fs::path& path, More more) {
    FileBeside file(path);
    if (file.descriptor() < 0)
        return not_written(path, errno);
    for (;;) {
        const std::optional<std::span<const std::byte>> piece = more();
        if (!piece)
            return not_written(path, errno);
        if (piece->empty())
            break;
        for (std::size_t done = 0; done < piece->size();) {
            const ssize_t written = write(file.descriptor(), piece->data() + done, piece->size() - done);
            if (written < 0 && errno != EINTR)
                return not_written(path, errno);
            if (written > 0)
                done += std::size_t(written);
        }
    }
    // Some file systems report a full disk only here.
    if (fsync(file.descriptor()) != 0 && errno != EINVAL && errno != EROFS)
        return not_written(path, errno);
    if (!file.rename_to(path))
        return not_written(path, errno);
    return {};
}

} // namespace

std::optional<Error> obstacle_to_writing(const fs::path& path) {
    struct stat existing;
    if (stat(path.c_str(), &existing) == 0 && S_ISDIR(existing.st_mode))
        return not_written(path, EISDIR).error();
    const FileBeside attempt(path);
    if (attempt.descriptor() < 0)
        return not_written(path, errno).error();
    return std::nullopt;
}

Result<void> write_new_file(const fs::path& path, int source) {
    std::array<std::byte, 1 << 16> chunk;
    off_t position = 0;
    return write_all(path, [&]() -> std::optional<std::span<const std::byte>> {
        ssize_t count = -1;
        do
            count = pread(source, chunk.data(), chunk.size(), position);
        while (count < 0 && errno == EINTR);
        if (count < 0)
            return std::nullopt;
        position += count;
        return std::span<const std::byte>(chunk).first(std::size_t(count));
    });
}

Result<void> write_new_file(const fs::path& path, std::span<const std::byte> bytes) {
    return write_all(path,
                     [&]() -> std::optional<std::span<const std::byte>> { return std::exchange(bytes, {}); });
}

} // namespace neural_style
