// SPDX-License-Identifier: GPL-3.0-or-later
/// What a process that decodes files of strangers cannot do.
#include "cmocka.hpp"
#include "landlock_here.hpp"
#include "limits.hpp"
#include "test_folder.hpp"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <functional>
#include <initializer_list>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace neural_style;

namespace {

/// The status of a limited process that tries something: what it returns, or 128 and the signal that ended
/// it.
int limited(const std::function<int()>& attempt, reader::Limits limits = {}) {
    const pid_t child = fork();
    if (child == 0) {
        reader::limit_this_process(limits);
        _exit(attempt());
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

#if defined(__x86_64__) || defined(__aarch64__)
void it_starts_no_program_and_opens_no_connection() {
    CHECK(limited([] {
              execl("/bin/true", "true", nullptr);
              return errno;
          }) == EPERM);
    for (const int family : {AF_INET, AF_INET6, AF_UNIX})
        CHECK(limited([&] { return socket(family, SOCK_STREAM, 0) < 0 ? errno : 0; }) == EPERM);
    const pid_t parent = getpid();
    CHECK(limited([&] { return kill(parent, 0) < 0 ? errno : 0; }) == EPERM);
}
#endif

void it_writes_no_file() {
    const tests::Folder folder;
    const int file = open((folder.path / "file").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    const auto write_one = [&] {
        std::signal(SIGXFSZ, SIG_IGN);
        return write(file, "x", 1) < 0 ? errno : 0;
    };
    CHECK(limited(write_one) == EFBIG);
    CHECK(limited(write_one, {.writes_files = true}) == 0);
    close(file);
}

void it_makes_empties_renames_and_removes_no_file() {
    if (!tests::has_landlock())
        tests::skip_test("this kernel has no Landlock");
    const tests::Folder folder;
    const auto file = (folder.path / "file").string(), other = (folder.path / "other").string();
    for (const bool writes : {false, true})
        for (const auto& attempt : std::initializer_list<std::function<int()>>{
                 [&] { return open(other.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600); },
                 [&] { return open(file.c_str(), O_RDONLY | O_TRUNC | O_CLOEXEC); },
                 [&] { return truncate(file.c_str(), 0); },
                 [&] { return rename(file.c_str(), other.c_str()); },
                 [&] { return unlink(file.c_str()); },
                 [&] { return mkdir(other.c_str(), 0700); },
             }) {
            std::ofstream(file) << "kept";
            CHECK(limited([&] { return attempt() < 0 ? errno : 0; }, {.writes_files = writes}) == EACCES);
            CHECK(std::filesystem::file_size(file) == 4 && !std::filesystem::exists(other));
        }
}

#ifndef __SANITIZE_ADDRESS__
void its_memory_has_an_end() {
    CHECK(limited([] {
              const auto most = std::size_t(9) << 30;
              return mmap(nullptr, most, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0) ==
                             MAP_FAILED
                         ? errno
                         : 0;
          }) == ENOMEM);
}
#endif

void its_time_has_an_end() {
    for (const bool granted : {false, true})
        CHECK(limited(
                  [] {
                      rlimit time{};
                      getrlimit(RLIMIT_CPU, &time);
                      return time.rlim_cur > 0 && time.rlim_cur <= 301 ? 0 : 1;
                  },
                  {.granted_time = granted}) == 0);
}

} // namespace

int main() {
    return tests::run_tests({
#if defined(__x86_64__) || defined(__aarch64__)
        TEST(it_starts_no_program_and_opens_no_connection),
#endif
            TEST(it_writes_no_file), TEST(it_makes_empties_renames_and_removes_no_file),
#ifndef __SANITIZE_ADDRESS__
            TEST(its_memory_has_an_end),
#endif
            TEST(its_time_has_an_end),
    });
}
