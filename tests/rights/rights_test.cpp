// SPDX-License-Identifier: GPL-3.0-or-later
/// What a process can no longer do that has given up what it does not need, and what it still can.
#include "cmocka.hpp"
#include "landlock_here.hpp"
#include "rights.hpp"
#include "test_folder.hpp"

#include <neural_style/descriptor.hpp>

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <initializer_list>
#include <iterator>
#include <netinet/in.h>
#include <string>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace neural_style;
namespace fs = std::filesystem;

namespace {

/// The status of a process that keeps only those rights and tries something: what that returns.
int with(const Rights& kept, const std::function<int()>& attempt) {
    const pid_t child = fork();
    if (child == 0) {
        keep_only(kept);
        _exit(attempt());
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/// Of a system call: 0, or errno.
int reason(long result) {
    return result < 0 ? errno : 0;
}

void skip_without_landlock() {
    if (!tests::has_landlock())
        tests::skip_test("this kernel has no Landlock");
}

#if defined(__x86_64__) || defined(__aarch64__)
constexpr bool has_seccomp = true;
#else
constexpr bool has_seccomp = false;
#endif

void skip_without_seccomp() {
    if (!has_seccomp)
        tests::skip_test("the calls of this processor are not known");
}

/// Listens at a free port of this computer.
struct Listener {
    Descriptor socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    sockaddr_in address{};

    Listener() {
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t length = sizeof address;
        CHECK(bind(socket.get(), any(), length) == 0 && listen(socket.get(), 1) == 0 &&
              getsockname(socket.get(), any(), &length) == 0);
    }
    sockaddr* any() { return reinterpret_cast<sockaddr*>(&address); }
};

/// A file in a folder.
struct Kept {
    tests::Folder folder;
    fs::path file = folder.path / "file";

    Kept() { std::ofstream(file) << "kept"; }
    bool is_whole() const { return fs::is_regular_file(file) && fs::file_size(file) == 4; }
};

int makes(const fs::path& file) {
    return reason(open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
}
int writes(const fs::path& file) {
    return reason(open(file.c_str(), O_WRONLY | O_CLOEXEC));
}

/// How many of them this process has open, each as often as it has.
int open_ones(const std::vector<fs::path>& folders) {
    int count = 0;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator("/proc/self/fd"))
        count += int(std::ranges::count(folders, fs::read_symlink(entry, ignored)));
    return count;
}

} // namespace

static void what_is_in_force_is_told() {
    CHECK(with({}, [] {
              const auto again = keep_only({}); // stricter still
              return again.landlock == tests::has_landlock() && again.seccomp == has_seccomp ? 0 : 1;
          }) == 0);
}

static void files_are_read() {
    const Kept kept;
    CHECK(with({}, [&] {
              std::ifstream file(kept.file);
              return std::string(std::istreambuf_iterator<char>(file), {}) == "kept" ? 0 : 1;
          }) == 0);
}

static void files_elsewhere_stay_as_they_are() {
    skip_without_landlock();
    const Kept kept;
    const tests::Folder mine;
    const auto other = (kept.folder.path / "other"), file = kept.file, own = mine.path / "own";
    for (const auto& attempt : std::initializer_list<std::function<long()>>{
             [&] { return open(file.c_str(), O_WRONLY | O_CLOEXEC); },
             [&] { return open(file.c_str(), O_RDONLY | O_TRUNC | O_CLOEXEC); },
             [&] { return open(kept.folder.path.c_str(), O_WRONLY | O_TMPFILE | O_CLOEXEC, 0600); },
             [&] { return open(other.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600); },
             [&] { return truncate(file.c_str(), 0); },
             [&] { return rename(file.c_str(), other.c_str()); },
             [&] { return rename(file.c_str(), own.c_str()); },
             [&] { return link(file.c_str(), other.c_str()); },
             [&] { return symlink(file.c_str(), other.c_str()); },
             [&] { return unlink(file.c_str()); },
             [&] { return mkdir(other.c_str(), 0700); },
             [&] { return mkfifo(other.c_str(), 0600); },
         }) {
        const int told = with({.below = {mine.path}}, [&] { return reason(attempt()); });
        CHECK(told == EACCES || told == EXDEV);
        CHECK(kept.is_whole() && !fs::exists(other) && !fs::exists(own));
        CHECK(with({.writes_anywhere = true}, [&] { return reason(attempt()); }) == 0);
        fs::remove(other);
        fs::remove(own);
        std::ofstream(file) << "kept";
    }
}

static void below_its_folders_it_does_as_it_likes() {
    const tests::Folder folder;
    const auto file = folder.path / "file", other = folder.path / "below" / "other";
    CHECK(with({.below = {folder.path, "/a folder that is nowhere"}}, [&] {
              const int nameless = open(folder.path.c_str(), O_WRONLY | O_TMPFILE | O_CLOEXEC, 0600);
              const auto in_proc = "/proc/self/fd/" + std::to_string(nameless);
              return nameless >= 0 && makes(file) == 0 && writes(file) == 0 &&
                             mkdir(other.parent_path().c_str(), 0700) == 0 &&
                             rename(file.c_str(), other.c_str()) == 0 && truncate(other.c_str(), 0) == 0 &&
                             linkat(AT_FDCWD, in_proc.c_str(), AT_FDCWD, file.c_str(), AT_SYMLINK_FOLLOW) ==
                                 0 &&
                             unlink(file.c_str()) == 0 && unlink(other.c_str()) == 0 &&
                             rmdir(other.parent_path().c_str()) == 0
                         ? 0
                         : reason(-1);
          }) == 0);
}

/// Else an automounter could put another folder in its place, for which no rule is.
static void its_folders_stay_open_but_not_all_of_an_album() {
    skip_without_landlock();
    const tests::Folder folder;
    const auto one = folder.path / "one", file = folder.path / "file";
    fs::create_directory(one);
    std::ofstream(file) << "kept";
    const std::vector places{folder.path, one, file};
    CHECK(with({.below = {one, folder.path, one}, .existing = {file}}, [&] { return open_ones(places); }) ==
          2);
    std::vector<fs::path> many;
    for (int i = 0; i < 100; ++i)
        fs::create_directory(many.emplace_back(folder.path / std::to_string(i)));
    CHECK(with({.below = many}, [&] { return open_ones(many) < 100 ? makes(many.back() / "file") : -1; }) ==
          0);
}

static void an_existing_file_is_written_and_no_other_made_beside_it() {
    const Kept kept;
    const Rights rights{.existing = {kept.file, "/dev", "/a file that is nowhere"}};
    CHECK(with(rights, [&] { return writes(kept.file); }) == 0);
    CHECK(with(rights, [&] { return reason(truncate(kept.file.c_str(), 0)); }) == 0);
    CHECK(with(rights, [&] { return writes("/dev/null"); }) == 0);
    skip_without_landlock();
    CHECK(with(rights, [&] { return makes(kept.folder.path / "other"); }) == EACCES);
    CHECK(with(rights, [&] { return reason(unlink(kept.file.c_str())); }) == EACCES);
    CHECK(with(rights, [&] { return makes("/dev/shm/neural-style-rights-test"); }) == EACCES);
}

static void open_files_are_written() {
    const Kept kept;
    const Descriptor file(open(kept.file.c_str(), O_WRONLY | O_CLOEXEC));
    CHECK(with({}, [&] { return reason(write(file.get(), "more", 4)); }) == 0);
}

static void no_program_is_started() {
    skip_without_seccomp();
    const auto start = [] {
        execl("/bin/true", "true", nullptr);
        return errno;
    };
    CHECK(with({}, start) == EPERM);
    CHECK(with({.starts_programs = true}, start) == 0);
}

static void the_network_is_out_of_reach() {
    skip_without_seccomp();
    const auto family = [](int number) { return reason(socket(number, SOCK_DGRAM, 0)); };
    for (const int other : {AF_INET, AF_INET6, AF_PACKET, AF_VSOCK}) {
        CHECK(with({}, [&] { return family(other); }) == EPERM);
        CHECK(with({.sockets = Sockets::none}, [&] { return family(other); }) == EPERM);
    }
    CHECK(with({}, [&] { return family(AF_UNIX); }) == 0);
    CHECK(with({.sockets = Sockets::none}, [&] { return family(AF_UNIX); }) == EPERM);
    CHECK(with({.sockets = Sockets::all}, [&] { return family(AF_INET); }) == 0);
}

static void neither_is_this_computer_through_it() {
    skip_without_seccomp();
    Listener listener;
    const auto call = [&] {
        const int caller = socket(AF_INET, SOCK_STREAM, 0);
        return caller < 0 ? errno : reason(connect(caller, listener.any(), sizeof listener.address));
    };
    CHECK(with({}, call) == EPERM);
    CHECK(with({.sockets = Sockets::all}, call) == 0);
}

static void a_socket_from_before_makes_no_new_connection() {
    skip_without_landlock();
    constexpr long with_network = 4;
    if (syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION) < with_network)
        tests::skip_test("this kernel's Landlock knows no network");
    Listener listener;
    const Descriptor caller(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const auto call = [&] { return reason(connect(caller.get(), listener.any(), sizeof listener.address)); };
    CHECK(with({}, call) == EACCES);
    CHECK(with({.sockets = Sockets::all}, call) == 0);
}

static void there_is_no_way_around_the_filter() {
    skip_without_seccomp();
    CHECK(with({}, [] { return reason(syscall(SYS_io_uring_setup, 1, nullptr)); }) == EPERM);
#if defined(__x86_64__)
    constexpr long x32 = 0x40000000;
    CHECK(with({}, [] { return reason(syscall(x32 | SYS_getpid)); }) == EPERM);
#endif
}

static void other_processes_are_left_alone() {
    skip_without_seccomp();
    const pid_t parent = getpid();
    CHECK(with({}, [&] { return reason(kill(parent, 0)); }) == EPERM);
    CHECK(with({}, [&] { return reason(ptrace(PTRACE_ATTACH, parent, nullptr, nullptr)); }) == EPERM);
    CHECK(with({.sends_signals = true}, [&] { return reason(kill(parent, 0)); }) == 0);
    CHECK(with({}, [] { return raise(0); }) == 0);
}

static void threads_from_before_start_no_programs_either() {
    skip_without_seccomp();
    CHECK(with({.sends_signals = true}, [] {
              std::promise<void> given_up;
              int told = 0;
              const pid_t child = fork(); // where no other thread has filters of its own
              if (child == 0) {
                  std::jthread other([&, seen = given_up.get_future()]() mutable {
                      seen.wait();
                      told = reason(socket(AF_INET, SOCK_STREAM, 0));
                  });
                  keep_only({.sends_signals = true});
                  given_up.set_value();
                  other.join();
                  _exit(told);
              }
              int status = 0;
              waitpid(child, &status, 0);
              return WEXITSTATUS(status);
          }) == EPERM);
}

static void programs_that_are_started_inherit_it() {
    skip_without_landlock();
    const Kept kept;
    const auto remove = [&] {
        execlp("rm", "rm", "-f", kept.file.c_str(), nullptr);
        return 126;
    };
    CHECK(with({.starts_programs = true}, [&] {
              close(STDERR_FILENO);
              return remove();
          }) == 1);
    CHECK(kept.is_whole());
    CHECK(with({.writes_anywhere = true, .starts_programs = true}, remove) == 0 && !fs::exists(kept.file));
}

static void a_program_that_computes_writes_to_devices_and_shared_memory() {
    const tests::Folder cache;
    const auto rights = rights_to_compute({cache.path});
    CHECK(with(rights, [] { return writes("/dev/null"); }) == 0);
    CHECK(with(rights, [&] { return makes(cache.path / "compiled"); }) == 0);
    CHECK(with(rights, [] {
              const fs::path name = "/dev/shm/neural-style-rights-test-" + std::to_string(getpid());
              return !fs::exists("/dev/shm") || (makes(name) == 0 && unlink(name.c_str()) == 0) ? 0 : 1;
          }) == 0);
}

int main() {
    return tests::run_tests(
        {TEST(what_is_in_force_is_told), TEST(files_are_read), TEST(files_elsewhere_stay_as_they_are),
         TEST(below_its_folders_it_does_as_it_likes), TEST(its_folders_stay_open_but_not_all_of_an_album),
         TEST(an_existing_file_is_written_and_no_other_made_beside_it), TEST(open_files_are_written),
         TEST(no_program_is_started), TEST(the_network_is_out_of_reach),
         TEST(neither_is_this_computer_through_it), TEST(a_socket_from_before_makes_no_new_connection),
         TEST(there_is_no_way_around_the_filter), TEST(other_processes_are_left_alone),
         TEST(threads_from_before_start_no_programs_either), TEST(programs_that_are_started_inherit_it),
         TEST(a_program_that_computes_writes_to_devices_and_shared_memory)});
}
