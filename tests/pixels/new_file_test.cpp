// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "new_file.hpp"
#include "test_folder.hpp"

#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <functional>
#include <iterator>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>
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

/// Where a link leads to, as text.
std::string link_at(const std::filesystem::path& path) {
    return std::filesystem::is_symlink(path) ? std::filesystem::read_symlink(path).string() : "no link";
}

struct stat status_of(const std::filesystem::path& path) {
    struct stat status {};
    if (stat(path.c_str(), &status) != 0)
        throw std::runtime_error(path.string() + " is not there");
    return status;
}

void links_stay_and_the_file_behind_them_is_written() {
    const Folder folder;
    const auto in = [&](const char* name) { return folder.path / name; };
    std::filesystem::create_directories(in("album/old"));
    std::ofstream(in("album/painted.png")) << "old";
    const std::vector<std::pair<const char*, std::filesystem::path>> links{
        {"relative.png", "album/painted.png"},
        {"absolute.png", in("album/painted.png")},
        {"of-a-link.png", "relative.png"},
        {"album/old/up.png", "../painted.png"},
        {"to-nothing-yet.png", "album/new.png"}};
    for (const auto& [name, target] : links)
        std::filesystem::create_symlink(target, in(name));
    for (const auto& [name, target] : links) {
        const std::string text = std::string("new by ") + name;
        CHECK(!obstacle_to_writing(in(name)));
        CHECK(write_new_file(in(name), std::as_bytes(std::span(text))));
        CHECK(link_at(in(name)) == target.string());
        CHECK(content(in(name)) == text);
    }
    CHECK(content(in("album/painted.png")) == "new by album/old/up.png");
    CHECK(content(in("album/new.png")) == "new by to-nothing-yet.png");
}

void a_circle_of_links_is_an_obstacle() {
    const Folder folder;
    std::filesystem::create_symlink("b.png", folder.path / "a.png");
    std::filesystem::create_symlink("a.png", folder.path / "b.png");
    CHECK(obstacle_to_writing(folder.path / "a.png"));
    const Source source("new");
    CHECK(!write_new_file(folder.path / "a.png", source.descriptor));
    CHECK(link_at(folder.path / "a.png") == "b.png" && files_in(folder.path) == 2);
}

void permissions_stay_whatever_new_files_get() {
    const Folder folder;
    const Source source("new");
    const mode_t before = umask(077);
    for (const mode_t mode : {0666, 0640, 0604, 0755}) {
        std::ofstream(folder.path / "out.png") << "old";
        chmod((folder.path / "out.png").c_str(), mode);
        CHECK(write_new_file(folder.path / "out.png", source.descriptor));
        CHECK((status_of(folder.path / "out.png").st_mode & 07777) == mode);
    }
    umask(before);
}

void a_file_of_somebody_else_stays_theirs() {
    if (geteuid() != 0)
        return; // only root may give files away
    const Folder folder;
    const auto path = folder.path / "out.png";
    std::ofstream(path) << "old";
    CHECK(chown(path.c_str(), 1234, 5678) == 0);
    const Source source("new");
    CHECK(write_new_file(path, source.descriptor));
    CHECK(content(path) == "new");
    CHECK(status_of(path).st_uid == 1234 && status_of(path).st_gid == 5678);
}

/// Runs `test` in a process that permissions restrict; returns its number.
int as_ordinary_user(const std::function<int()>& test) {
    const pid_t child = fork();
    if (child == 0) {
        if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
            _exit(100);
        _exit(test());
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 101;
}

/// A writable file, or one that is not, in a folder in which nobody may make another one.
struct ClosedFolder {
    Folder folder;
    std::filesystem::path file;

    explicit ClosedFolder(mode_t mode) : file(folder.path / "out.png") {
        std::ofstream(file) << "old";
        chmod(file.c_str(), mode);
        chmod(folder.path.c_str(), 0555);
    }
    ~ClosedFolder() { chmod(folder.path.c_str(), 0755); }
};

void a_writable_file_in_a_folder_that_is_not_is_written_in_place() {
    const ClosedFolder closed(0666);
    const auto before = status_of(closed.file);
    for (const std::string text : {"longer than before", "now"}) {
        CHECK(as_ordinary_user([&] {
                  const bool foreseen = !obstacle_to_writing(closed.file);
                  return foreseen && write_new_file(closed.file, std::as_bytes(std::span(text))) ? 0 : 1;
              }) == 0);
        CHECK(content(closed.file) == text);
    }
    const auto after = status_of(closed.file);
    CHECK(after.st_ino == before.st_ino && after.st_mode == before.st_mode && after.st_uid == before.st_uid);
    CHECK(files_in(closed.folder.path) == 1);
}

void a_failure_in_place_brings_the_old_file_back() {
    const ClosedFolder closed(0666);
    const Source source(std::string(300'000, 'x'));
    CHECK(as_ordinary_user([&] {
              std::signal(SIGXFSZ, SIG_IGN);
              const rlimit small{100'000, 100'000};
              setrlimit(RLIMIT_FSIZE, &small);
              const auto written = write_new_file(closed.file, source.descriptor);
              return !written && written.error().code == ErrorCode::not_written ? 0 : 1;
          }) == 0);
    CHECK(content(closed.file) == "old");
}

void a_file_that_may_not_be_written_is_not_replaced() {
    const Folder folder;
    const auto path = folder.path / "out.png";
    std::ofstream(path) << "old";
    chmod(path.c_str(), 0444);
    chmod(folder.path.c_str(), 0777);
    const Source source("new");
    CHECK(as_ordinary_user([&] {
              const auto obstacle = obstacle_to_writing(path);
              return obstacle && obstacle->message.find("may not be written") != std::string::npos &&
                             !write_new_file(path, source.descriptor)
                         ? 0
                         : 1;
          }) == 0);
    CHECK(content(path) == "old");
}

/// The limit on file sizes kills it in the middle of the file, without any cleaning up.
void a_killed_process_leaves_the_old_file_and_nothing_else() {
    const Folder folder;
    std::ofstream(folder.path / "out.png") << "old";
    const Source source(std::string(300'000, 'x'));
    for (const char* name : {"out.png", "new.png"}) {
        const pid_t child = fork();
        if (child == 0) {
            const rlimit small{100'000, 100'000}, none{0, 0};
            setrlimit(RLIMIT_FSIZE, &small);
            setrlimit(RLIMIT_CORE, &none);
            std::signal(SIGXFSZ, SIG_DFL);
            _exit(write_new_file(folder.path / name, source.descriptor) ? 0 : 1);
        }
        int status = 0;
        waitpid(child, &status, 0);
        CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGXFSZ);
    }
    CHECK(content(folder.path / "out.png") == "old" && files_in(folder.path) == 1);
}

void new_files_get_the_permissions_that_new_files_get() {
    const Folder folder;
    const Source source("new");
    for (const mode_t mask : {0022, 0027, 0077}) {
        const mode_t before = umask(mask);
        CHECK(write_new_file(folder.path / std::to_string(mask), source.descriptor));
        umask(before);
        CHECK((status_of(folder.path / std::to_string(mask)).st_mode & 07777) == (0666 & ~mask));
    }
}

void names_may_be_as_long_as_names_can_be() {
    const Folder folder;
    const Source source("new");
    const auto longest = folder.path / (std::string(251, 'n') + ".png");
    CHECK(!obstacle_to_writing(longest));
    CHECK(write_new_file(longest, source.descriptor));
    CHECK(write_new_file(longest, source.descriptor));
    CHECK(content(longest) == "new" && files_in(folder.path) == 1);
    const auto longer = folder.path / (std::string(252, 'n') + ".png");
    const auto obstacle = obstacle_to_writing(longer);
    CHECK(obstacle && obstacle->message.find("shorter") != std::string::npos);
    CHECK(!write_new_file(longer, source.descriptor));
    CHECK(files_in(folder.path) == 1);
}

void a_fifo_is_written_to_and_stays_one() {
    const Folder folder;
    const auto path = folder.path / "out.png";
    CHECK(mkfifo(path.c_str(), 0600) == 0);
    CHECK(!obstacle_to_writing(path));
    std::string read;
    std::jthread reader([&] { read = content(path); });
    const std::string bytes(300'000, 'z');
    CHECK(write_new_file(path, std::as_bytes(std::span(bytes))));
    reader.join();
    CHECK(read == bytes);
    CHECK(std::filesystem::is_fifo(path) && files_in(folder.path) == 1);
}

void an_open_pipe_gets_everything() {
    int ends[2];
    CHECK(pipe(ends) == 0);
    const std::string bytes(300'000, 'w');
    const Source source(bytes);
    std::string read;
    std::jthread reader([&] {
        char piece[4096];
        for (ssize_t count = 0; (count = ::read(ends[0], piece, sizeof piece)) > 0;)
            read.append(piece, std::size_t(count));
    });
    CHECK(write_to_stream(ends[1], "standard output", source.descriptor));
    close(ends[1]);
    reader.join();
    close(ends[0]);
    CHECK(read == bytes);
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
        TEST(links_stay_and_the_file_behind_them_is_written),
        TEST(a_circle_of_links_is_an_obstacle),
        TEST(permissions_stay_whatever_new_files_get),
        TEST(a_file_of_somebody_else_stays_theirs),
        TEST(a_writable_file_in_a_folder_that_is_not_is_written_in_place),
        TEST(a_failure_in_place_brings_the_old_file_back),
        TEST(a_file_that_may_not_be_written_is_not_replaced),
        TEST(a_killed_process_leaves_the_old_file_and_nothing_else),
        TEST(new_files_get_the_permissions_that_new_files_get),
        TEST(names_may_be_as_long_as_names_can_be),
        TEST(a_fifo_is_written_to_and_stays_one),
        TEST(an_open_pipe_gets_everything),
    });
}
