// SPDX-License-Identifier: GPL-3.0-or-later
/// What cannot be sent is told.
#include "cmocka.hpp"
#include "codec.hpp"
#include "outbox.hpp"

#include <chrono>
#include <cstdlib>
#include <functional>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace neural_style;
using namespace neural_style::protocol;
using neural_style::worker::Outbox;

namespace {

struct Heard {
    std::vector<Message> messages;
    int status = 0; ///< of the process that sent them; 7: it went on
};

/// What a process sends that posts some messages and waits.
Heard heard(const std::function<void(Outbox&)>& post) {
    int ends[2];
    CHECK(pipe(ends) == 0);
    const pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        Outbox outbox(ends[1], [](int status) { std::_Exit(status); });
        post(outbox);
        std::this_thread::sleep_for(std::chrono::seconds(2));
        std::_Exit(7);
    }
    close(ends[1]);
    Heard heard;
    Decoder decoder;
    std::vector<std::byte> piece(4096);
    for (ssize_t length = 0; (length = read(ends[0], piece.data(), piece.size())) > 0;) {
        decoder.feed(std::span(piece).first(std::size_t(length)));
        for (auto message = decoder.next(); message && *message; message = decoder.next())
            heard.messages.push_back(**message);
    }
    close(ends[0]);
    int status = 0;
    waitpid(child, &status, 0);
    heard.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return heard;
}

void a_greeting_that_cannot_be_sent_ends_the_engine() {
    const auto told = heard([](Outbox& outbox) {
        outbox.post(Hello{.engine_version = std::string(100'000, 'v')});
        outbox.post(Cancelled{.id = 1});
    });
    CHECK(told.messages.size() == 1 && std::get<Failed>(told.messages[0]).id == 0);
    CHECK(told.status == EXIT_FAILURE);
}

void a_jobs_message_that_cannot_be_sent_ends_the_job_alone() {
    const auto told = heard([](Outbox& outbox) {
        outbox.post(Done{.id = 5, .device = std::string(100'000, 'd')});
        outbox.post(Cancelled{.id = 6});
    });
    CHECK(told.messages.size() == 2 && std::get<Failed>(told.messages[0]).id == 5);
    CHECK(std::get<Cancelled>(told.messages[1]).id == 6 && told.status == 7);
}

void a_long_error_is_cut_and_keeps_its_code() {
    const auto told = heard([](Outbox& outbox) {
        outbox.post(
            Failed{.id = 3, .error = {ErrorCode::bad_weights, "The layer \"" + std::string(3'000'000, 'n')}});
    });
    CHECK(told.messages.size() == 1);
    const auto& failed = std::get<Failed>(told.messages[0]);
    CHECK(failed.id == 3 && failed.error.code == ErrorCode::bad_weights);
    CHECK(failed.error.message.starts_with("The layer \"nnn") && failed.error.message.ends_with("n…"));
}

} // namespace

int main() {
    return tests::run_tests({TEST(a_greeting_that_cannot_be_sent_ends_the_engine),
                             TEST(a_jobs_message_that_cannot_be_sent_ends_the_job_alone),
                             TEST(a_long_error_is_cut_and_keeps_its_code)});
}
