// SPDX-License-Identifier: GPL-3.0-or-later
#include "new_file.hpp"

#include "translation.hpp"
#include "write_bytes.hpp"

#include <neural_style/descriptor.hpp>
#include <neural_style/formatted.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <fcntl.h>
#include <random>
#include <string>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <utility>
#include <vector>

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
    case ENAMETOOLONG:
        message = sentence(_("The name of {} is too long for a file here: choose a shorter one."), name);
        break;
    default:
        message =
            sentence(_("{} could not be written ({}): choose another folder."), name, std::strerror(reason));
    }
    return failure(ErrorCode::not_written, std::move(message));
}

/// Gives a file the owner, the permissions and the access list of another; false: that is not allowed.
bool liken(int file, const fs::path& other, const struct stat& status) {
    struct stat own {};
    if (fstat(file, &own) != 0)
        return false;
    if ((own.st_uid != status.st_uid || own.st_gid != status.st_gid) &&
        fchown(file, status.st_uid, status.st_gid) != 0)
        return false;
    if (fchmod(file, status.st_mode & 07777) != 0)
        return false;
    constexpr const char* list = "system.posix_acl_access";
    const ssize_t size = getxattr(other.c_str(), list, nullptr, 0);
    if (size <= 0)
        return true;
    std::vector<char> value(std::size_t(size), 0);
    return getxattr(other.c_str(), list, value.data(), value.size()) == size &&
           fsetxattr(file, list, value.data(), value.size(), 0) == 0;
}

/// A file beside `path` that gets that name when it is whole. Until then it has none where the file system
/// knows nameless files, so that nothing stays of a process that is killed; elsewhere (NFS, for one) it has a
/// name of its own, and is removed unless it was renamed.
class FileBeside {
  public:
    enum class Until { nameless, named };
    /// In the order in which they are tried.
    static constexpr std::array ways{Until::nameless, Until::named};

    /// `existing`: the status of the file at `path`, which it is to resemble; nullptr: there is none.
    FileBeside(const fs::path& path, const struct stat* existing, Until until)
        : name_(path.filename()), folder_(open(path.has_parent_path() ? path.parent_path().c_str() : ".",
                                               O_PATH | O_DIRECTORY | O_CLOEXEC)) {
        if (!folder_) {
            reason_ = errno;
            return;
        }
        const mode_t mode = existing ? 0600 : 0666;
        if (until == Until::nameless)
            file_ = Descriptor(openat(folder_.get(), ".", O_WRONLY | O_TMPFILE | O_CLOEXEC, mode));
        else
            under_a_new_name([&] {
                file_ = Descriptor(openat(folder_.get(), temporary_.c_str(),
                                          O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
                return bool(file_);
            });
        reason_ = !file_ ? errno : existing && !liken(file_.get(), path, *existing) ? EPERM : 0;
    }
    FileBeside(const FileBeside&) = delete;
    FileBeside& operator=(const FileBeside&) = delete;
    ~FileBeside() {
        if (!temporary_.empty())
            unlinkat(folder_.get(), temporary_.c_str(), 0);
    }

    /// Why it cannot be used, as errno; 0: it can.
    int reason() const { return reason_; }
    int descriptor() const { return file_.get(); }
    /// Gives it the name, instead of another file if there is one. Returns 0, or errno.
    int take_name() {
        if (temporary_.empty()) {
            if (link(name_))
                return 0;
            // A link replaces nothing, so it gets there by another name.
            if (errno != EEXIST || !under_a_new_name([&] { return link(temporary_); }))
                return errno;
        }
        if (renameat(folder_.get(), temporary_.c_str(), folder_.get(), name_.c_str()) != 0)
            return errno;
        temporary_.clear();
        return 0;
    }

  private:
    /// Makes a file of that name with `make`, which tells whether it did; if it did not, there is no name.
    template <typename Make>
    bool under_a_new_name(Make make) {
        std::random_device chance;
        bool made = false;
        do {
            // Hidden and unpredictable: in a shared folder a predictable name might be somebody else's link.
            // Without the file's own name, which may be as long as names can be.
            temporary_ = formatted(".neural-style-{:08x}{:08x}.part", chance(), chance());
            made = make();
        } while (!made && errno == EEXIST);
        if (!made)
            temporary_.clear();
        return made;
    }
    bool link(const std::string& name) const {
        return linkat(AT_FDCWD, formatted("/proc/self/fd/{}", file_.get()).c_str(), folder_.get(),
                      name.c_str(), AT_SYMLINK_FOLLOW) == 0;
    }

    std::string name_, temporary_; ///< the latter is empty while it has none
    Descriptor folder_, file_;
    int reason_ = 0;
};

/// What is to be written.
class Source {
  public:
    explicit Source(int file) : file_(file) {}
    explicit Source(std::span<const std::byte> bytes) : bytes_(bytes) {}

    off_t size() const {
        struct stat status {};
        return file_ < 0 ? off_t(bytes_.size()) : fstat(file_, &status) == 0 ? status.st_size : 0;
    }
    /// Returns 0, or errno.
    int copy_to(int file) const {
        if (file_ < 0)
            return write_bytes(file, bytes_);
        std::array<std::byte, 1 << 16> chunk;
        for (off_t position = 0;;) {
            const ssize_t count = pread(file_, chunk.data(), chunk.size(), position);
            if (count < 0 && errno == EINTR)
                continue;
            if (count <= 0)
                return count < 0 ? errno : 0;
            if (const int reason = write_bytes(file, std::span(chunk).first(std::size_t(count))))
                return reason;
            position += count;
        }
    }

  private:
    int file_ = -1;
    std::span<const std::byte> bytes_;
};

/// Some file systems report a full disk only here. Returns 0, or errno.
int flush(int file) {
    return fsync(file) != 0 && errno != EINVAL && errno != EROFS ? errno : 0;
}

/// The bytes of an open file in memory; none: they could not be kept.
Descriptor kept(int file) {
    Descriptor copy(memfd_create("before", MFD_CLOEXEC));
    return copy && Source(file).copy_to(copy.get()) == 0 ? std::move(copy) : Descriptor();
}

bool says_no_room(int reason) {
    return reason == ENOSPC || reason == EDQUOT || reason == EFBIG;
}

/// Writes into the file itself, where nothing can be put beside it. What was in it comes back if that fails.
Result<void> write_in_place(const fs::path& path, const Source& source) {
    const Descriptor readable(open(path.c_str(), O_RDWR | O_CLOEXEC)),
        writable(readable ? -1 : open(path.c_str(), O_WRONLY | O_CLOEXEC));
    const int file = readable ? readable.get() : writable.get();
    struct stat status {};
    if (file < 0 || fstat(file, &status) != 0)
        return not_written(path, errno);
    // A full disk is noticed while nothing has changed, if the file system can tell.
    if (source.size() > 0 && fallocate(file, FALLOC_FL_KEEP_SIZE, 0, source.size()) != 0 &&
        says_no_room(errno)) {
        const int reason = errno;
        [[maybe_unused]] const int given_back = ftruncate(file, status.st_size);
        return not_written(path, reason);
    }
    const Descriptor before = readable ? kept(file) : Descriptor();
    const auto replace = [&](const Source& bytes) {
        if (lseek(file, 0, SEEK_SET) != 0)
            return errno;
        if (const int reason = bytes.copy_to(file))
            return reason;
        return ftruncate(file, bytes.size()) == 0 ? flush(file) : errno;
    };
    const int reason = replace(source);
    if (reason == 0)
        return {};
    if (before && replace(Source(before.get())) == 0)
        return not_written(path, reason);
    return failure(ErrorCode::not_written,
                   sentence(_("{} was only written in part ({}) and is damaged: choose another folder."),
                            path.string(), std::strerror(reason)));
}

/// Whether a reason that forbids a file beside another leaves the other one writable.
bool concerns_the_folder(int reason) {
    return reason == EACCES || reason == EPERM || reason == EROFS || reason == EBUSY;
}

Result<void> write_whole(const fs::path& path, const Source& source) {
    struct stat status {};
    const bool exists = stat(path.c_str(), &status) == 0;
    if (!exists && errno != ENOENT)
        return not_written(path, errno);
    if (exists && S_ISDIR(status.st_mode))
        return not_written(path, EISDIR);
    if (exists && !S_ISREG(status.st_mode)) {
        const Descriptor stream(open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY));
        const int reason = stream ? source.copy_to(stream.get()) : errno;
        return reason ? Result<void>(not_written(path, reason)) : Result<void>();
    }
    const fs::path target = behind_links(path);
    if (exists && access(target.c_str(), W_OK) != 0)
        return not_written(path, errno);
    int reason = 0;
    for (const auto until : FileBeside::ways) {
        FileBeside file(target, exists ? &status : nullptr, until);
        reason = file.reason();
        if (reason == 0)
            reason = source.copy_to(file.descriptor());
        if (reason == 0)
            reason = flush(file.descriptor());
        if (reason == 0)
            reason = file.take_name();
        if (reason == 0)
            return {};
        if (says_no_room(reason))
            break;
    }
    if (!exists || !concerns_the_folder(reason))
        return not_written(path, reason);
    return write_in_place(target, source);
}

} // namespace

fs::path behind_links(fs::path path) {
    constexpr int most_links = 40; // as the kernel
    for (int i = 0; i < most_links; ++i) {
        std::error_code none;
        const fs::path next = fs::read_symlink(path, none);
        if (none)
            break;
        path = path.parent_path() / next; // an absolute one replaces all
    }
    return path;
}

std::optional<Error> obstacle_to_writing(const fs::path& path) {
    struct stat existing {};
    if (stat(path.c_str(), &existing) == 0) {
        if (S_ISDIR(existing.st_mode))
            return not_written(path, EISDIR).error();
        // What is writable is written in place, if nothing else is allowed.
        if (access(path.c_str(), W_OK) != 0)
            return not_written(path, errno).error();
        return std::nullopt;
    }
    if (errno != ENOENT)
        return not_written(path, errno).error();
    int reason = 0;
    for (const auto until : FileBeside::ways) {
        reason = FileBeside(behind_links(path), nullptr, until).reason();
        if (reason == 0)
            return std::nullopt;
    }
    return not_written(path, reason).error();
}

Result<void> write_new_file(const fs::path& path, int source) {
    return write_whole(path, Source(source));
}

Result<void> write_new_file(const fs::path& path, std::span<const std::byte> bytes) {
    return write_whole(path, Source(bytes));
}

Result<void> write_to_stream(int stream, const std::string& name, int source) {
    if (const int reason = Source(source).copy_to(stream))
        return not_written(name, reason);
    return {};
}

} // namespace neural_style
