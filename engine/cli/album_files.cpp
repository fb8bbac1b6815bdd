// SPDX-License-Identifier: GPL-3.0-or-later
#include "album_files.hpp"

#include "album_names.hpp"
#include "translation.hpp"

#include <neural_style/formatted.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <set>
#include <string_view>
#include <sys/stat.h>
#include <system_error>
#include <utility>

namespace neural_style::cli {
namespace {

namespace fs = std::filesystem;

std::unexpected<Error> wrong(std::string message) {
    return failure(ErrorCode::invalid_request, std::move(message));
}

/// A file as the kernel tells it apart from others, whatever its names; nothing if there is none.
using FileIdentity = std::optional<std::pair<dev_t, ino_t>>;

FileIdentity identity(const fs::path& path) {
    struct stat status {};
    if (path.empty() || stat(path.c_str(), &status) != 0)
        return std::nullopt;
    return std::pair(status.st_dev, status.st_ino);
}

struct Found {
    fs::path photo;
    fs::path folder;    ///< of its painting, below the output
    bool named = false; ///< by the caller, not found in a folder
};

/// The pictures in one folder; unreadable folders below it are passed over.
Result<void> find_in(const fs::path& folder, const fs::path& below, bool recursive,
                     const FileIdentity& output, std::vector<Found>& found) {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(folder, error)) {
        const auto name = entry.path().filename();
        std::error_code ignored;
        if (name.string().starts_with('.'))
            continue;
        if (!entry.is_directory(ignored)) {
            if (looks_like_a_picture(name))
                found.push_back({.photo = entry.path(), .folder = below});
            continue;
        }
        // Links to folders could lead round and round.
        if (!recursive || entry.is_symlink(ignored) || (output && identity(entry.path()) == output))
            continue;
        [[maybe_unused]] const auto told = find_in(entry.path(), below / name, true, output, found);
    }
    if (error)
        return wrong(sentence(_("{} cannot be opened ({}): check its permissions."), folder.string(),
                              error.message()));
    return {};
}

/// The names in a list: ended by NUL if there is one, else by the end of the line.
Result<std::vector<std::string>> names_in(const fs::path& list) {
    std::ifstream file;
    if (list != "-") {
        file.open(list, std::ios::binary);
        if (!file)
            return wrong(sentence(_("{} cannot be opened ({}): check its permissions."), list.string(),
                                  std::strerror(errno)));
    }
    std::istream& stream = list == "-" ? std::cin : file;
    const std::string text{std::istreambuf_iterator<char>(stream), {}};
    const bool by_nul = text.contains('\0');
    std::vector<std::string> names;
    for (std::size_t start = 0; start < text.size();) {
        const auto end = std::min(text.find(by_nul ? '\0' : '\n', start), text.size());
        std::string name = text.substr(start, end - start);
        if (!by_nul && name.ends_with('\r'))
            name.pop_back();
        if (!name.empty())
            names.push_back(name == "-" ? "./-" : std::move(name));
        start = end + 1;
    }
    return names;
}

Result<std::vector<Found>> find_photos(const AlbumArguments& album, const FileIdentity& output) {
    std::vector<fs::path> named = album.photos;
    if (!album.list.empty()) {
        auto names = names_in(album.list);
        if (!names)
            return std::unexpected(names.error());
        named.insert(named.end(), names->begin(), names->end());
        if (named.empty())
            return wrong(sentence(_("The list {} is empty: give the names of photos."), album.list.string()));
    }
    std::vector<Found> found;
    for (const auto& name : named) {
        std::error_code ignored;
        if (!fs::is_directory(name, ignored)) {
            found.push_back({.photo = name, .folder = {}, .named = true});
            continue;
        }
        const auto before = found.size();
        if (auto told = find_in(name, {}, album.recursive, output, found); !told)
            return std::unexpected(told.error());
        if (found.size() == before)
            return wrong(
                sentence(_("There are no pictures in {}: choose another folder, or take those in the "
                           "folders below it, too, with --recursive."),
                         name.string()));
    }
    // Named twice is painted once, and counts as named.
    std::ranges::stable_sort(found, {}, [](const Found& one) {
        return std::pair(one.photo.lexically_normal().string(), !one.named);
    });
    const auto twice = std::ranges::unique(
        found, {}, [](const Found& one) { return one.photo.lexically_normal().string(); });
    found.erase(twice.begin(), twice.end());
    return found;
}

/// Names the painting of each.
class Naming {
  public:
    Naming(const NamePattern& pattern, const AlbumTarget& target, std::size_t count)
        : pattern_(pattern), target_(target), digits_(std::to_string(count).size()) {}

    AlbumFile operator()(const Found& found, std::size_t number) const {
        const auto own = kind_of_name(found.photo);
        const auto kind = target_.kind      ? *target_.kind
                          : pattern_.kind() ? *pattern_.kind()
                                            : own.value_or(PictureKind::png);
        const auto name = pattern_.filled({.name = found.photo.stem().string(),
                                           .ending = own == kind ? found.photo.extension().string().substr(1)
                                                                 : std::string(ending_of(kind)),
                                           .style = target_.style,
                                           .number = formatted("{:0{}}", number, digits_)});
        return {.photo = found.photo,
                .painting = target_.output.empty() ? fs::path() : target_.output / found.folder / name,
                .kind = kind};
    }

  private:
    const NamePattern& pattern_;
    const AlbumTarget& target_;
    std::size_t digits_;
};

/// Leaves out what earlier calls like this one made from the other photos.
void leave_out_paintings(std::vector<Found>& found, std::vector<AlbumFile>& files) {
    std::map<FileIdentity, std::size_t> painting_of;
    for (std::size_t i = 0; i < files.size(); ++i)
        if (const auto made = identity(files[i].painting))
            painting_of.emplace(made, i);
    std::size_t kept = 0;
    for (std::size_t i = 0; i < files.size(); ++i) {
        const auto photo = found[i].named ? painting_of.end() : painting_of.find(identity(files[i].photo));
        if (photo != painting_of.end() && photo->second != i)
            continue;
        files[kept++] = std::move(files[i]);
    }
    files.resize(kept);
}

/// What would be lost, or written twice.
std::optional<Error> clash(const std::vector<AlbumFile>& files, const AlbumTarget& target) {
    std::set<FileIdentity> read;
    for (const auto& file : files)
        read.insert(identity(file.photo));
    for (const auto& file : target.reads)
        read.insert(identity(file));
    read.erase(std::nullopt);
    std::map<std::string, const AlbumFile*> painted;
    for (const auto& file : files) {
        if (const auto there = identity(file.painting); there && read.contains(there))
            return Error{
                ErrorCode::invalid_request,
                sentence(_("The painting of {} would replace {}, which is read: choose another folder "
                           "with -o, or a --name such as {{name}}-painted.{{ending}}"),
                         file.photo.string(), file.painting.string())};
        const auto [other, first] = painted.emplace(file.painting.lexically_normal().string(), &file);
        if (!first)
            return Error{
                ErrorCode::invalid_request,
                sentence(_("{} and {} would both become {}: leave one of them out, or choose a --name "
                           "such as {{name}}-{{number}}.{{ending}}"),
                         other->second->photo.string(), file.photo.string(), file.painting.string())};
    }
    return std::nullopt;
}

} // namespace

bool looks_like_a_picture(const fs::path& path) {
    constexpr std::array<std::string_view, 28> endings{
        ".png",  ".jpg",  ".jpeg", ".jpe",  ".jfif", ".tif", ".tiff", ".webp", ".exr", ".jxl",
        ".heic", ".heif", ".hif",  ".avif", ".jp2",  ".j2k", ".jpx",  ".gif",  ".psd", ".psb",
        ".tga",  ".bmp",  ".hdr",  ".ppm",  ".pgm",  ".pbm", ".pnm",  ".pfm"};
    std::string ending = path.extension().string();
    std::ranges::transform(ending, ending.begin(), [](unsigned char c) { return char(std::tolower(c)); });
    return std::ranges::find(endings, ending) != endings.end();
}

Result<std::vector<AlbumFile>> album_files(const AlbumArguments& album, const AlbumTarget& target) {
    const auto pattern = NamePattern::read(album.name, target.kind.has_value());
    if (!pattern)
        return std::unexpected(pattern.error());
    auto found = find_photos(album, identity(target.output));
    if (!found)
        return std::unexpected(found.error());
    std::vector<AlbumFile> files;
    const Naming name(*pattern, target, found->size());
    for (const auto& photo : *found)
        files.push_back(name(photo, files.size() + 1));
    if (target.output.empty())
        return files;
    // A number says nothing of whose painting it is.
    if (!pattern->has_number())
        leave_out_paintings(*found, files);
    if (auto error = clash(files, target))
        return std::unexpected(*std::move(error));
    return files;
}

Range range_of(const Shard& shard, std::size_t count) {
    const auto parts = std::size_t(shard.parts), part = std::size_t(shard.part);
    return {.begin = count * (part - 1) / parts, .end = count * part / parts};
}

} // namespace neural_style::cli
