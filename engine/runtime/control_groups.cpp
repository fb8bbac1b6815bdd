// SPDX-License-Identifier: GPL-3.0-or-later
#include "control_groups.hpp"

#include <algorithm>
#include <fstream>
#include <limits>
#include <optional>
#include <ranges>
#include <sstream>
#include <string_view>

namespace neural_style {

namespace {

namespace fs = std::filesystem;

// The first number in a file; nothing for a word such as "max" or if there is no such file.
std::optional<std::int64_t> number_in(const fs::path& file) {
    std::ifstream stream(file);
    std::int64_t value = 0;
    return stream >> value ? std::optional(value) : std::nullopt;
}

// The number after a key, in lines of "key number".
std::int64_t number_of(const std::string& key, const fs::path& file) {
    std::ifstream stream(file);
    std::string word;
    for (std::int64_t value = 0; stream >> word >> value;)
        if (word == key)
            return value;
    return 0;
}

bool among(std::string_view names, const std::string& name) {
    return std::ranges::any_of(names | std::views::split(','),
                               [&](auto part) { return std::string_view(part) == name; });
}

} // namespace

void ControlGroups::each_group(const std::string& controller,
                               const std::function<void(const fs::path&)>& visit) const {
    std::ifstream stream(root_ / "proc/self/cgroup");
    for (std::string line; std::getline(stream, line);) { // "4:cpu,cpuacct:/group", "0::/group"
        const auto first = line.find(':'), second = line.find(':', first + 1);
        if (first == line.npos || second == line.npos)
            continue;
        const auto names = std::string_view(line).substr(first + 1, second - first - 1);
        if (controller.empty() ? !names.empty() || !line.starts_with("0:") : !among(names, controller))
            continue;
        const auto hierarchy = root_ / "sys/fs/cgroup" / controller;
        // In a container the path is often that of the host, and the root of the visible tree is the
        // container's own group.
        for (fs::path group = line.substr(second + 1);; group = group.parent_path()) {
            visit(hierarchy / group.relative_path());
            if (!group.has_relative_path())
                break;
        }
    }
}

std::uint64_t ControlGroups::free_memory() const {
    std::uint64_t least = std::numeric_limits<std::uint64_t>::max();
    const auto look = [&](const std::string& controller, const char* most_in, const char* used_in,
                          const char* droppable) {
        each_group(controller, [&](const fs::path& folder) {
            const auto most = number_in(folder / most_in), used = number_in(folder / used_in);
            if (!most || !used)
                return;
            const auto taken = *used - std::min(*used, number_of(droppable, folder / "memory.stat"));
            least = std::min(least, std::uint64_t(std::max<std::int64_t>(0, *most - taken)));
        });
    };
    look("", "memory.max", "memory.current", "inactive_file");
    look("memory", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file");
    return least;
}

double ControlGroups::processors() const {
    double least = std::numeric_limits<double>::infinity();
    const auto take = [&](double quota, double period) {
        if (quota > 0 && period > 0)
            least = std::min(least, quota / period);
    };
    each_group("", [&](const fs::path& folder) { // "150000 100000", "max 100000"
        std::ifstream stream(folder / "cpu.max");
        double quota = 0, period = 0;
        if (stream >> quota >> period)
            take(quota, period);
    });
    each_group("cpu", [&](const fs::path& folder) {
        take(double(number_in(folder / "cpu.cfs_quota_us").value_or(-1)),
             double(number_in(folder / "cpu.cfs_period_us").value_or(0)));
    });
    return least;
}

} // namespace neural_style
