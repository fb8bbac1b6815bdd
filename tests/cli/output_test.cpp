// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "output.hpp"

#include <array>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace neural_style;
using namespace neural_style::cli;

namespace {

// What a process that runs `body` writes to its standard output, and its status.
template <typename Body>
std::pair<std::string, int> of_a_process(Body body) {
    std::array<int, 2> ends{};
    CHECK(pipe(ends.data()) == 0);
    const pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        body();
        _exit(99);
    }
    close(ends[1]);
    std::string said;
    std::array<char, 4096> piece{};
    for (ssize_t count = 0; (count = read(ends[0], piece.data(), piece.size())) > 0;)
        said.append(piece.data(), std::size_t(count));
    close(ends[0]);
    int status = 0;
    waitpid(child, &status, 0);
    return {said, WIFEXITED(status) ? WEXITSTATUS(status) : -1};
}

void nothing_is_printed_after_the_last_words() {
    const auto [said, status] = of_a_process([] {
        for (int i = 0; i < 4; ++i)
            std::thread([] {
                for (;;)
                    print_line("progress");
            }).detach();
        usleep(20'000);
        end_after([] {
            print_line("stopped");
            usleep(100'000); // the others would have their say
            return exit_stopped;
        });
    });
    CHECK(status == exit_stopped);
    CHECK(said.starts_with("progress\n"));
    CHECK(said.ends_with("progress\nstopped\n"));
}

} // namespace

int main() {
    return tests::run_tests({TEST(nothing_is_printed_after_the_last_words)});
}
