// SPDX-License-Identifier: GPL-3.0-or-later
#include "frame_names.hpp"

#include "album_files.hpp"
#include "translation.hpp"

#include <neural_style/formatted.hpp>

#include <algorithm>
#include <charconv>
#include <map>
#include <system_error>
#include <utility>

namespace neural_style::cli {
namespace {

namespace fs = std::filesystem;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// The end of the run of digits that begins there.
std::size_t digits_end(std::string_view text, std::size_t at) {
    while (at < text.size() && is_digit(text[at]))
        ++at;
    return at;
}

std::unexpected<Error> unusable(std::string message) {
    return failure(ErrorCode::bad_picture, std::move(message));
}

/// The last number in the name, which counts the frames.
std::optional<std::pair<std::string, std::uint64_t>> counted(const fs::path& file) {
    const std::string stem = file.stem().string();
    auto begin = stem.size();
    while (begin > 0 && !is_digit(stem[begin - 1]))
        --begin;
    const auto end = begin;
    while (begin > 0 && is_digit(stem[begin - 1]))
        --begin;
    std::uint64_t number = 0;
    if (begin == end || std::from_chars(stem.data() + begin, stem.data() + end, number).ec != std::errc())
        return std::nullopt;
    return std::pair(stem.substr(0, begin) + "#" + stem.substr(end), number);
}

Result<FrameFiles> of_pattern(const FramePattern& pattern, const fs::path& named) {
    std::map<std::uint64_t, fs::path> found;
    std::error_code error;
    for (const auto& entry :
         fs::directory_iterator(pattern.folder().empty() ? fs::path(".") : pattern.folder(), error))
        if (const auto number = pattern.number_in(entry.path().filename().string()))
            found.emplace(*number, pattern.folder() / entry.path().filename());
    if (found.empty())
        return unusable(sentence(_("There is no file named {}: check folder and name."), named.string()));
    FrameFiles frames;
    auto expected = found.begin()->first;
    for (auto& [number, file] : found) {
        if (number != expected++)
            return unusable(
                sentence(_("{} is missing, and the frames go on at {}: add it, or name the folder "
                           "to take the frames that are there."),
                         pattern.name(expected - 1).string(), number));
        frames.files.push_back(std::move(file));
    }
    return frames;
}

Result<FrameFiles> of_folder(const fs::path& folder) {
    FrameFiles frames;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(folder, error))
        if (looks_like_a_picture(entry.path()) && !entry.path().filename().string().starts_with('.'))
            frames.files.push_back(entry.path());
    if (error)
        return unusable(sentence(_("{} cannot be opened ({}): check its permissions."), folder.string(),
                                 error.message()));
    if (frames.files.empty())
        return unusable(
            sentence(_("There are no pictures in {}: name a film, or a folder of frames."), folder.string()));
    std::ranges::sort(frames.files, natural_order,
                      [](const fs::path& file) { return file.filename().string(); });
    for (std::size_t i = 1; i < frames.files.size() && frames.gap.empty(); ++i) {
        const auto before = counted(frames.files[i - 1]), here = counted(frames.files[i]);
        if (before && here && before->first == here->first && here->second > before->second + 1)
            frames.gap = frames.files[i].filename().string();
    }
    return frames;
}

} // namespace

std::optional<FramePattern> FramePattern::in(const fs::path& path) {
    const std::string name = path.filename().string();
    const auto percent = name.find('%');
    if (percent == std::string::npos)
        return std::nullopt;
    const auto end = digits_end(name, percent + 1);
    if (end >= name.size() || name[end] != 'd' || name.find('%', end) != std::string::npos)
        return std::nullopt;
    FramePattern pattern;
    pattern.folder_ = path.parent_path();
    pattern.before_ = name.substr(0, percent);
    pattern.after_ = name.substr(end + 1);
    if (end > percent + 1 &&
        (std::from_chars(name.data() + percent + 1, name.data() + end, pattern.digits_).ec != std::errc() ||
         pattern.digits_ > 19))
        return std::nullopt;
    return pattern;
}

fs::path FramePattern::name(std::uint64_t number) const {
    return folder_ / formatted("{}{:0{}}{}", before_, number, digits_, after_);
}

std::optional<std::uint64_t> FramePattern::number_in(const std::string& name) const {
    if (name.size() <= before_.size() + after_.size() || !name.starts_with(before_) ||
        !name.ends_with(after_))
        return std::nullopt;
    const auto text =
        std::string_view(name).substr(before_.size(), name.size() - before_.size() - after_.size());
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || this->name(number).filename() != name)
        return std::nullopt;
    return number;
}

bool natural_order(std::string_view a, std::string_view b) {
    std::size_t i = 0, k = 0;
    while (i < a.size() && k < b.size()) {
        if (!is_digit(a[i]) || !is_digit(b[k])) {
            if (a[i] != b[k])
                return a[i] < b[k];
            ++i;
            ++k;
            continue;
        }
        const auto i_end = digits_end(a, i), k_end = digits_end(b, k);
        const auto significant = [](std::string_view digits) {
            return digits.substr(std::min(digits.find_first_not_of('0'), digits.size()));
        };
        const auto left = significant(a.substr(i, i_end - i)), right = significant(b.substr(k, k_end - k));
        if (left.size() != right.size())
            return left.size() < right.size();
        if (left != right)
            return left < right;
        i = i_end;
        k = k_end;
    }
    const auto rest_a = a.size() - i, rest_b = b.size() - k;
    return rest_a != rest_b ? rest_a < rest_b : a < b; // img1 and img01 are told apart
}

Result<FrameFiles> frame_files(const fs::path& folder_or_pattern) {
    std::error_code ignored;
    if (fs::is_directory(folder_or_pattern, ignored))
        return of_folder(folder_or_pattern);
    const auto pattern = FramePattern::in(folder_or_pattern);
    if (!pattern)
        return unusable(
            sentence(_("There is no file named {}: check folder and name."), folder_or_pattern.string()));
    return of_pattern(*pattern, folder_or_pattern);
}

} // namespace neural_style::cli
