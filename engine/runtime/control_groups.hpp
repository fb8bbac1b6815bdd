// SPDX-License-Identifier: GPL-3.0-or-later
/// The limits that control groups, such as a container's, set for this process: versions 1 and 2 of the
/// kernel's interface (https://docs.kernel.org/admin-guide/cgroup-v2.html and cgroup-v1/).
///
///     const ControlGroups groups;
///     const auto bytes = std::min(free_in_the_machine, groups.free_memory());
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

namespace neural_style {

class ControlGroups {
  public:
    /// `root` is that of the file system.
    explicit ControlGroups(std::filesystem::path root = "/") : root_(std::move(root)) {}

    /// Bytes that may still be allocated; the page cache, which the kernel can drop at any time, does not
    /// count as used. The largest number if nothing limits them.
    std::uint64_t free_memory() const;
    /// Processors' worth of time; infinite if nothing limits it.
    double processors() const;

  private:
    // Calls visit(folder) for the process's group and its visible ancestors. `controller`: "memory", "cpu";
    // empty for the single hierarchy of version 2.
    void each_group(const std::string& controller,
                    const std::function<void(const std::filesystem::path&)>& visit) const;

    std::filesystem::path root_;
};

} // namespace neural_style
