// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "new_file.hpp"
#include "test_folder.hpp"

#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace neural_style;
using namespace tests;

namespace {

/// An open file with these bytes.
struct Source {
    int descriptor;

    explicit Source(const std::string& bytes) : descriptor(memfd_create("source", 0)) {
        if (write(descriptor, bytes.data(), bytes.size()) != ssize_t(bytes.size()))
            throw std::runtime_error("no source");
    }
    ~Source() { close(descriptor); }
};

std::string content(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::size_t files_in(const std::filesystem::path& folder) {
    return std::size_t(std::distance(std::filesystem::directory_iterator(folder), {}));
}

void a_new_file_has_everything() {
    const Folder folder;
    const std::string bytes(300'000, 'x');
    const Source source(bytes);
    CHECK(write_new_file(folder.path / "out.png", source.descriptor));
    CHECK(content(folder.path / "out.png") == bytes);
    CHECK(files_in(folder.path) == 1);
}

void bytes_become_a_file_as_well() {
    const Folder folder;
    const std::string text(300'000, 'y');
    CHECK(write_new_file(folder.path / "out.png", std::as_bytes(std::span(text))));
    CHECK(content(folder.path / "out.png") == text);
    CHECK(write_new_file(folder.path / "out.png", std::span<const std::byte>()));
    CHECK(content(folder.path / "out.png").empty());
    CHECK(files_in(folder.path) == 1);
}

void an_old_file_is_replaced_and_keeps_its_permissions() {
    const Folder folder;
    std::ofstream(folder.path / "out.png") << "old";
    chmod((folder.path / "out.png").c_str(), 0600);
    const Source source("new");
    CHECK(write_new_file(folder.path / "out.png", source.descriptor));
    CHECK(content(folder.path / "out.png") == "new");
    struct stat now;
    CHECK(stat((folder.path / "out.png").c_str(), &now) == 0 && (now.st_mode & 0777) == 0600);
}

/// A limit on file sizes imitates a full disk: `write` fails midway in the same way.
void a_failure_in_the_middle_leaves_the_old_file_and_nothing_else() {
    const Folder folder;
    std::ofstream(folder.path / "out.png") << "old";
    const Source source(std::string(300'000, 'x'));
    std::signal(SIGXFSZ, SIG_IGN);
    rlimit before;
    getrlimit(RLIMIT_FSIZE, &before);
    const rlimit small{100'000, before.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
    const auto written = write_new_file(folder.path / "out.png", source.descriptor);
    setrlimit(RLIMIT_FSIZE, &before);
    CHECK(!written);
    CHECK(written.error().code == ErrorCode::not_written);
    CHECK(written.error().message.find("out.png") != std::string::npos);
    CHECK(content(folder.path / "out.png") == "old");
    CHECK(files_in(folder.path) == 1);
}

/// In a shared folder, somebody may foresee the temporary name of a file.
void a_link_under_the_name_with_the_process_is_not_followed() {
    const Folder folder;
    std::ofstream(folder.path / "precious") << "mine";
    const auto foreseen = ".out.png." + std::to_string(getpid()) + ".part";
    std::filesystem::create_symlink("precious", folder.path / foreseen);
    const Source source("new");
    CHECK(write_new_file(folder.path / "out.png", source.descriptor));
    CHECK(content(folder.path / "out.png") == "new" && content(folder.path / "precious") == "mine");
    CHECK(!obstacle_to_writing(folder.path / "out.png") && content(folder.path / "precious") == "mine");
    CHECK(std::filesystem::is_regular_file(std::filesystem::symlink_status(folder.path / "out.png")));
}

void obstacles_are_found_before_the_work() {
    const Folder folder;
    CHECK(!obstacle_to_writing(folder.path / "out.png"));
    CHECK(files_in(folder.path) == 0);
    const auto missing = obstacle_to_writing(folder.path / "nowhere" / "out.png");
    CHECK(missing && missing->message.find("nowhere") != std::string::npos);
    const auto directory = obstacle_to_writing(folder.path);
    CHECK(directory && directory->message.find("is a folder") != std::string::npos);
    const auto file = obstacle_to_writing("/dev/null/out.png");
    CHECK(file && file->code == ErrorCode::not_written);
}

void a_folder_that_may_not_be_written_is_an_obstacle() {
    if (geteuid() == 0) {
        // Permissions do not restrict root, but the kernel's own folder does.
        const auto obstacle = obstacle_to_writing("/proc/out.png");
        CHECK(obstacle && obstacle->code == ErrorCode::not_written);
        return;
    }
    const Folder folder;
    chmod(folder.path.c_str(), 0500);
    const auto obstacle = obstacle_to_writing(folder.path / "out.png");
    chmod(folder.path.c_str(), 0700);
    CHECK(obstacle && obstacle->message.find("may not be written") != std::string::npos);
}

} // namespace

int main() {
    return tests::run_tests({
        TEST(a_new_file_has_everything),
        TEST(bytes_become_a_file_as_well),
        TEST(an_old_file_is_replaced_and_keeps_its_permissions),
        TEST(a_failure_in_the_middle_leaves_the_old_file_and_nothing_else),
        TEST(a_link_under_the_name_with_the_process_is_not_followed),
        TEST(obstacles_are_found_before_the_work),
        TEST(a_folder_that_may_not_be_written_is_an_obstacle),
    });
}
