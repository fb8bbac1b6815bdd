// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "control_groups.hpp"
#include "engine_tests.hpp"
#include "test_folder.hpp"

#include <cmath>
#include <fstream>
#include <limits>

using namespace neural_style;
using namespace tests;

namespace {

constexpr std::uint64_t unlimited = std::numeric_limits<std::uint64_t>::max();

// A file system with these files.
struct System {
    Folder folder;

    System(std::initializer_list<std::pair<const char*, const char*>> files) {
        for (const auto& [name, text] : files) {
            const auto file = folder.path / name;
            std::filesystem::create_directories(file.parent_path());
            std::ofstream(file) << text;
        }
    }
    ControlGroups groups() const { return ControlGroups(folder.path); }
};

} // namespace

static void files_that_can_be_dropped_are_free_memory() {
    const System system{
        {"proc/self/cgroup", "0::/box\n"},
        {"sys/fs/cgroup/box/memory.max", "1000\n"},
        {"sys/fs/cgroup/box/memory.current", "900\n"},
        {"sys/fs/cgroup/box/memory.stat", "anon 150\nfile 750\ninactive_file 600\nactive_file 150\n"}};
    CHECK(system.groups().free_memory() == 700);
}

static void the_tightest_group_on_the_way_up_counts() {
    const System system{{"proc/self/cgroup", "0::/outer/inner\n"},
                        {"sys/fs/cgroup/outer/inner/memory.max", "max\n"},
                        {"sys/fs/cgroup/outer/inner/memory.current", "10\n"},
                        {"sys/fs/cgroup/outer/memory.max", "500\n"},
                        {"sys/fs/cgroup/outer/memory.current", "200\n"},
                        {"sys/fs/cgroup/memory.max", "900\n"},
                        {"sys/fs/cgroup/memory.current", "300\n"}};
    CHECK(system.groups().free_memory() == 300);
}

static void a_container_sees_its_own_group_as_the_root() {
    const System system{{"proc/self/cgroup", "0::/docker/0123\n"},
                        {"sys/fs/cgroup/memory.max", "500\n"},
                        {"sys/fs/cgroup/memory.current", "200\n"},
                        {"sys/fs/cgroup/cpu.max", "150000 100000\n"}};
    CHECK(system.groups().free_memory() == 300);
    CHECK(system.groups().processors() == 1.5);
}

static void version_1_is_read_too() {
    const System system{
        {"proc/self/cgroup", "5:memory:/box\n4:cpu,cpuacct:/box\n3:cpuset:/\n"},
        {"sys/fs/cgroup/memory/box/memory.limit_in_bytes", "1000\n"},
        {"sys/fs/cgroup/memory/box/memory.usage_in_bytes", "900\n"},
        {"sys/fs/cgroup/memory/box/memory.stat", "inactive_file 1\ntotal_inactive_file 600\n"},
        {"sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n"},
        {"sys/fs/cgroup/memory/memory.usage_in_bytes", "5000\n"},
        {"sys/fs/cgroup/cpu/box/cpu.cfs_quota_us", "250000\n"},
        {"sys/fs/cgroup/cpu/box/cpu.cfs_period_us", "100000\n"},
        {"sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n"},
        {"sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n"}};
    CHECK(system.groups().free_memory() == 700);
    CHECK(system.groups().processors() == 2.5);
}

static void a_group_over_its_limit_has_nothing_free() {
    const System system{{"proc/self/cgroup", "0::/\n"},
                        {"sys/fs/cgroup/memory.max", "100\n"},
                        {"sys/fs/cgroup/memory.current", "200\n"},
                        {"sys/fs/cgroup/memory.stat", "inactive_file 50\n"}};
    CHECK(system.groups().free_memory() == 0);
}

static void where_nothing_limits_everything_is_free() {
    for (const auto& system : {System{}, System{{"proc/self/cgroup", "0::/\n"},
                                                {"sys/fs/cgroup/cpu.max", "max 100000\n"},
                                                {"sys/fs/cgroup/memory.max", "max\n"},
                                                {"sys/fs/cgroup/memory.current", "7\n"}}}) {
        CHECK(system.groups().free_memory() == unlimited);
        CHECK(std::isinf(system.groups().processors()));
    }
}

static void odd_files_limit_nothing() {
    const System system{{"proc/self/cgroup", "\n:\nnonsense\n0:\n0::\n1:name=systemd:/box\n"},
                        {"sys/fs/cgroup/memory.max", "-\n"},
                        {"sys/fs/cgroup/memory.current", ""},
                        {"sys/fs/cgroup/cpu.max", "0 0\n"}};
    CHECK(system.groups().free_memory() == unlimited);
    CHECK(std::isinf(system.groups().processors()));
}

int control_groups_tests() {
    return run_tests({TEST(files_that_can_be_dropped_are_free_memory),
                      TEST(the_tightest_group_on_the_way_up_counts),
                      TEST(a_container_sees_its_own_group_as_the_root), TEST(version_1_is_read_too),
                      TEST(a_group_over_its_limit_has_nothing_free),
                      TEST(where_nothing_limits_everything_is_free), TEST(odd_files_limit_nothing)});
}
