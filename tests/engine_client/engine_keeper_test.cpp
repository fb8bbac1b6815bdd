// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "engine_keeper.hpp"
#include "engines.hpp"

using namespace neural_style;
using tests::echo_engine;

namespace {

const std::string unfinished = "neural-style-engine 'of mine";

void an_engine_stays_as_long_as_its_command_line() {
    EngineKeeper engines({});
    const auto engine = engines.engine(echo_engine().front());
    CHECK(engine && (*engine)->start());
    const auto process = (*engine)->process_id();
    CHECK((*engines.engine(echo_engine().front()))->process_id() == process);
    CHECK((*engines.engine(echo_engine().front() + " --updates 3"))->process_id().empty());
}

void a_command_line_that_cannot_be_understood_is_refused_every_time() {
    EngineKeeper engines({});
    CHECK(engines.engine(echo_engine().front()));
    for (int attempt = 0; attempt < 2; ++attempt) {
        const auto refused = engines.engine(unfinished);
        CHECK(!refused && refused.error().message.contains("quotation marks"));
    }
}

void the_engine_before_a_refused_one_is_still_there() {
    EngineKeeper engines({});
    const auto engine = engines.engine(echo_engine().front());
    CHECK(engine && (*engine)->start());
    const auto process = (*engine)->process_id();
    CHECK(!engines.engine(unfinished));
    CHECK((*engines.engine(echo_engine().front()))->process_id() == process);
}

} // namespace

int main() {
    return tests::run_tests({
        TEST(an_engine_stays_as_long_as_its_command_line),
        TEST(a_command_line_that_cannot_be_understood_is_refused_every_time),
        TEST(the_engine_before_a_refused_one_is_still_there),
    });
}
