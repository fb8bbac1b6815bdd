// SPDX-License-Identifier: GPL-3.0-or-later
#include "needed_rights.hpp"

#include "frame_names.hpp"
#include "installation.hpp"
#include "kept_paintings.hpp"
#include "networks_arguments.hpp"
#include "new_file.hpp"
#include "train_arguments.hpp"
#include "train_command.hpp"
#include "video_arguments.hpp"

#include <cstdlib>
#include <filesystem>
#include <glib.h>
#include <system_error>
#include <vector>

namespace neural_style::cli {
namespace {

namespace fs = std::filesystem;

/// The folder itself, or the nearest one above it that is there.
fs::path existing_folder(fs::path folder) {
    std::error_code ignored;
    while (!folder.empty() && !fs::exists(folder, ignored))
        folder = folder == folder.parent_path() ? fs::path() : folder.parent_path();
    return folder.empty() ? fs::path(".") : folder;
}

/// A file that is written anew beside the old one, or into it.
void add_file(Rights& rights, const fs::path& path) {
    if (path.empty() || path == "-")
        return;
    const auto file = behind_links(path);
    rights.below.push_back(existing_folder(file.parent_path()));
    rights.existing.push_back(file);
}

/// A folder, and where the links in it lead.
void add_folder(Rights& rights, const fs::path& folder) {
    if (folder.empty())
        return;
    rights.below.push_back(existing_folder(behind_links(folder)));
    std::error_code failed;
    for (fs::directory_iterator entry(folder, failed), end; !failed && entry != end; entry.increment(failed))
        if (std::error_code ignored; entry->is_symlink(ignored))
            add_file(rights, entry->path());
}

/// Where GEGL puts what its memory does not hold: below the cache, which GLib knows without $HOME too, or
/// where the user wants it.
std::vector<fs::path> swap_folders() {
    std::vector<fs::path> folders{g_get_user_cache_dir()};
    if (const char* wanted = std::getenv("GEGL_SWAP"); wanted && fs::path(wanted).is_absolute())
        folders.emplace_back(wanted);
    std::error_code ignored;
    for (const auto& folder : folders)
        fs::create_directories(folder, ignored);
    return folders;
}

/// With GEGL's and all libraries' files of the moment.
Rights rights_to_convert() {
    auto rights = rights_to_read();
    for (const auto& folders : {passing_folders(), swap_folders()})
        rights.below.insert(rights.below.end(), folders.begin(), folders.end());
    return rights;
}

} // namespace

Rights rights_to_read() {
    auto rights = rights_to_compute(graphics_driver_folders());
    rights.existing.push_back("/proc"); // where programs that it starts rank themselves, for lack of memory
    rights.starts_programs = rights.sends_signals = true;
    return rights;
}

Rights needed_rights(const PaintArguments& arguments) {
    auto rights = rights_to_convert();
    if (arguments.estimate)
        return rights;
    if (arguments.album) {
        add_folder(rights, arguments.output);
        // It has folders of its own there, with links of their own.
        rights.writes_anywhere = arguments.album->recursive;
    } else {
        add_file(rights, arguments.output);
    }
    add_folder(rights, arguments.snapshots);
    add_file(rights, arguments.losses);
    return rights;
}

Rights needed_rights(const VideoArguments& arguments) {
    const PaintArguments& painting = arguments;
    auto rights = needed_rights(painting);
    if (arguments.estimate)
        return rights;
    const auto pattern = FramePattern::in(arguments.output);
    add_folder(rights, pattern ? pattern->folder() : arguments.output);
    const auto frames = KeptPaintings::folder_of(arguments.output);
    add_folder(rights, frames);
    rights.below.push_back(existing_folder(frames.parent_path())); // where it is removed from
    return rights;
}

Rights needed_rights(const TrainArguments& arguments) {
    auto rights = rights_to_convert();
    add_file(rights, arguments.options.output);
    add_file(rights, arguments.options.checkpoint());
    add_file(rights, report_of(arguments.options.output));
    return rights;
}

Rights needed_rights(const NetworksArguments& arguments) {
    Rights rights = rights_to_read();
    if (arguments.task == NetworksTask::add || arguments.task == NetworksTask::get ||
        arguments.task == NetworksTask::remove)
        add_folder(rights, user_networks_folder());
    if (arguments.task == NetworksTask::get) {
        add_folder(rights, user_downloads_folder());
        rights.sockets = Sockets::all;
    }
    return rights;
}

} // namespace neural_style::cli
