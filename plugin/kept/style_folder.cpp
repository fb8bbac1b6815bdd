// SPDX-License-Identifier: GPL-3.0-or-later
#include "style_folder.hpp"

#include "new_file.hpp"
#include "translation.hpp"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <span>
#include <string>
#include <system_error>

namespace neural_style::plugin {
namespace {

namespace fs = std::filesystem;

bool same_bytes(const fs::path& one, const fs::path& other) {
    std::error_code problem;
    if (fs::file_size(one, problem) != fs::file_size(other, problem) || problem)
        return false;
    std::ifstream a(one, std::ios::binary), b(other, std::ios::binary);
    return std::equal(std::istreambuf_iterator<char>(a), {}, std::istreambuf_iterator<char>(b));
}

} // namespace

bool StyleFolder::is_picture(const fs::path& file) const {
    std::string name = file.filename().string();
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return char(std::tolower(c)); });
    return endings_.empty() || std::ranges::any_of(endings_, [&](const std::string& ending) {
               return name.ends_with("." + ending);
           });
}

std::vector<fs::path> StyleFolder::files() const {
    std::vector<fs::path> files;
    std::error_code problem;
    for (fs::directory_iterator entry(pictures(), problem), end;
         !problem && entry != end && files.size() < files_max; entry.increment(problem)) {
        std::error_code ignored;
        if (is_picture(entry->path()) && entry->is_regular_file(ignored) &&
            !entry->path().filename().string().starts_with("."))
            files.push_back(entry->path());
    }
    std::ranges::sort(files);
    return files;
}

bool StyleFolder::holds(const fs::path& file) const {
    std::error_code ignored;
    return fs::equivalent(file.parent_path(), pictures(), ignored);
}

Result<fs::path> StyleFolder::add(const fs::path& file) const {
    if (holds(file))
        return file;
    std::error_code problem;
    fs::create_directories(pictures(), problem);
    fs::path target = pictures() / file.filename();
    for (int number = 2; fs::exists(target, problem) && !same_bytes(file, target); ++number)
        target =
            pictures() / (file.stem().string() + "-" + std::to_string(number) + file.extension().string());
    if (fs::exists(target, problem))
        return target;
    const fs::path beside = target.parent_path() / ("." + target.filename().string());
    fs::copy_file(file, beside, fs::copy_options::overwrite_existing, problem);
    if (!problem)
        fs::rename(beside, target, problem);
    if (problem)
        return failure(ErrorCode::not_written,
                       sentence(_("“{}” could not be copied into your gallery; make room on the disk: {}"),
                                file.filename().string(), problem.message()));
    return target;
}

std::vector<fs::path> StyleFolder::recent() const {
    std::vector<fs::path> files;
    std::ifstream stream(list());
    for (std::string line; files.size() < recent_max && std::getline(stream, line);) {
        std::error_code ignored;
        if (fs::path(line).is_absolute() && fs::is_regular_file(line, ignored) &&
            std::ranges::find(files, fs::path(line)) == files.end())
            files.emplace_back(line);
    }
    return files;
}

void StyleFolder::note(const fs::path& file) const {
    if (!file.is_absolute() || holds(file) || file.string().contains('\n'))
        return;
    auto files = recent();
    std::erase(files, file);
    files.insert(files.begin(), file);
    std::string text;
    for (std::size_t i = 0; i < std::min(files.size(), recent_max); ++i)
        text += files[i].string() + "\n";
    std::error_code problem;
    fs::create_directories(folder_, problem);
    [[maybe_unused]] const auto written = write_new_file(list(), std::as_bytes(std::span(text)));
}

fs::path StyleFolder::find(const std::string& base_name) const {
    for (const auto& list : {files(), recent()})
        for (const auto& file : list)
            if (file.filename() == base_name)
                return file;
    return {};
}

} // namespace neural_style::plugin
