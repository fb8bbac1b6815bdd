// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "engines.hpp"
#include "live_preview.hpp"
#include "test_folder.hpp"

#include <csignal>
#include <string>
#include <vector>

using namespace neural_style;
using namespace neural_style::plugin;
using namespace std::chrono_literals;
using tests::echo_engine;

namespace {

SharedPicture even(int width, int height, int value) {
    protocol::Picture picture{.sample = protocol::Sample::u8, .width = width, .height = height, .bytes = {}};
    picture.bytes.assign(std::size_t(width) * height * 3, std::byte(value));
    return std::make_shared<const protocol::NamedPicture>(std::move(picture));
}

/// A preview and everything that it reported.
struct Studio {
    EngineClient engine;
    int value = 10;     // of the content's pixels
    bool ready = true;  // pictures have been read
    bool loads = false; // like the window, provides the engine only after Hello
    std::vector<std::pair<int, bool>> painted;
    int growing = 0;
    std::vector<std::string> failures;
    LivePreview preview;

    explicit Studio(const tests::Words& options = {}) : Studio(Command{echo_engine(options)}) {}

    struct Command {
        tests::Words words;
    };
    explicit Studio(const Command& command)
        : engine(command.words),
          preview([this]() -> Result<EngineClient*> { return loads ? loaded() : &engine; },
                  [this](bool) -> Result<std::optional<PreviewOrder>> {
                      if (!ready)
                          return std::optional<PreviewOrder>();
                      return std::optional(PreviewOrder{
                          .settings = {}, .content = even(64, 48, value), .styles = {{even(16, 16, 0)}}});
                  },
                  {.painted = [this](const PreviewOrder&, const protocol::Picture& picture,
                                     bool chosen) { painted.emplace_back(int(picture.bytes[0]), chosen); },
                   .growing = [this](const PreviewOrder&, const protocol::Update&) { ++growing; },
                   .step = {},
                   .failed = [this](const Error& error) { failures.push_back(error.message); }},
                  {.after_change = 20ms, .rest = 60ms}) {}

    Result<EngineClient*> loaded() {
        if (engine.hello())
            return &engine;
        if (auto started = engine.start(); !started)
            return std::unexpected(started.error());
        engine.watch({.ready = [this](const protocol::Hello&) { preview.arrived(); },
                      .lost = [this](const Error& error) { preview.lost(error); }});
        return nullptr;
    }

    void kill_engine() { CHECK(kill(std::stoi(engine.process_id()), SIGKILL) == 0); }

    bool wait(const auto& done, std::chrono::milliseconds limit = 8s) {
        const auto end = std::chrono::steady_clock::now() + limit;
        // Wakes up the loop if nothing happens.
        const guint tick = g_timeout_add(
            10, [](void*) -> gboolean { return G_SOURCE_CONTINUE; }, nullptr);
        while (!done() && std::chrono::steady_clock::now() < end)
            g_main_context_iteration(nullptr, TRUE);
        g_source_remove(tick);
        return done();
    }
};

using Painted = std::vector<std::pair<int, bool>>;

void a_first_look_comes_and_the_chosen_quality_grows_over_it() {
    Studio studio;
    studio.preview.changed();
    CHECK(studio.wait([&] { return studio.preview.step() == PreviewStep::finished; }));
    CHECK(studio.painted == (Painted{{10, false}, {10, true}}));
    CHECK(studio.growing > 0 && studio.preview.latency() > 0ms && studio.failures.empty());
}

void the_first_look_is_one_pass_where_there_is_such_a_thing() {
    Settings chosen;
    chosen.strength = 0.5;
    chosen.iterations = 7;
    const auto instant = first_look(chosen, true);
    CHECK(instant.quality == Quality::instant && instant.strength == 0.5 && instant.size_limit == 0);
    const auto draft = first_look(chosen, false);
    CHECK(draft.quality == Quality::draft && draft.size_limit > 0 && !draft.iterations);
    // One pass starts anew.
    CHECK(first_look(chosen, true, /*refines=*/true).quality == Quality::draft);
    chosen.size_limit = 50;
    CHECK(first_look(chosen, false).size_limit == 50);
    chosen.quality = Quality::instant;
    CHECK(first_look(chosen, false) == chosen);
}

void a_dream_never_begins_with_one_pass() {
    Settings chosen;
    chosen.manner = Manner::dream;
    const auto look = first_look(chosen, true);
    CHECK(look.manner == Manner::dream && look.quality == Quality::draft && look.size_limit > 0);
}

void many_changes_make_one_first_look() {
    Studio studio;
    for (int i = 0; i < 20; ++i) {
        studio.value = 20 + i;
        studio.preview.changed();
    }
    CHECK(studio.wait([&] { return studio.preview.step() == PreviewStep::finished; }));
    CHECK(studio.painted == (Painted{{39, false}, {39, true}}));
}

void a_change_cancels_what_is_stale() {
    Studio studio({"--updates", "40", "--slow", "25"}); // a second each
    studio.preview.changed();
    CHECK(studio.wait([&] { return studio.preview.step() == PreviewStep::first_look; }));
    studio.wait([] { return false; }, 200ms);
    studio.value = 50;
    studio.preview.changed();
    CHECK(studio.wait([&] { return !studio.painted.empty(); }));
    CHECK(studio.painted == (Painted{{50, false}}));
    const auto process = studio.engine.process_id();
    CHECK(studio.wait([&] { return studio.preview.step() == PreviewStep::growing; }));
    studio.value = 60;
    studio.preview.changed();
    CHECK(studio.wait([&] { return studio.painted.size() == 2; }));
    CHECK(studio.painted.back() == std::pair(60, false));
    CHECK(studio.engine.process_id() == process); // cancelled, not killed
}

void a_pause_leaves_the_engine_to_others() {
    Studio studio({"--updates", "20", "--slow", "25"});
    studio.preview.changed();
    CHECK(studio.wait([&] { return studio.preview.step() == PreviewStep::first_look; }));
    studio.preview.pause();
    const auto content = even(32, 32, 99), style = even(16, 16, 0);
    const auto painting = studio.engine.paint({.settings = {}, .content = *content, .styles = {{*style}}});
    CHECK(painting && int(painting->picture.bytes[0]) == 99);
    CHECK(studio.painted.empty());
    studio.preview.resume();
    CHECK(studio.wait([&] { return studio.painted.size() == 1; }));
}

void pictures_that_are_still_read_are_waited_for() {
    Studio studio;
    studio.ready = false;
    studio.preview.changed();
    CHECK(!studio.wait([&] { return !studio.painted.empty(); }, 300ms));
    studio.ready = true;
    studio.preview.arrived();
    CHECK(studio.preview.step() == PreviewStep::first_look);
    CHECK(studio.wait([&] { return !studio.painted.empty(); }));
    CHECK(studio.failures.empty());
}

void what_arrives_does_not_hurry_a_hand_that_still_moves() {
    Studio studio;
    studio.preview.changed();
    studio.preview.arrived();
    CHECK(studio.preview.step() == PreviewStep::waiting);
    CHECK(studio.wait([&] { return studio.preview.step() == PreviewStep::finished; }));
    studio.preview.arrived(); // nothing waits for it
    CHECK(studio.preview.step() == PreviewStep::finished);
    CHECK(studio.painted == (Painted{{10, false}, {10, true}}));
}

void a_first_look_can_come_at_once() {
    Studio studio;
    studio.preview.changed(/*at_once=*/true);
    CHECK(studio.preview.step() == PreviewStep::first_look);
    CHECK(studio.wait([&] { return studio.painted.size() == 2; }));
}

void a_killed_engine_is_started_once_more() {
    Studio studio({"--updates", "20", "--slow", "25"});
    studio.preview.changed();
    CHECK(studio.wait([&] { return studio.preview.step() == PreviewStep::first_look; }));
    studio.wait([] { return false; }, 200ms);
    studio.kill_engine();
    CHECK(studio.wait([&] { return !studio.painted.empty(); }));
    CHECK(studio.failures.empty());
}

void an_engine_killed_in_any_step_is_waited_for_until_it_has_loaded() {
    for (const auto step : {PreviewStep::first_look, PreviewStep::resting, PreviewStep::growing}) {
        Studio studio({"--updates", "4", "--slow", "25"});
        studio.loads = true;
        studio.preview.changed();
        CHECK(studio.wait([&] { return studio.preview.step() == step; }));
        const auto killed = studio.engine.process_id();
        studio.kill_engine();
        CHECK(studio.wait([&] { return studio.preview.step() == PreviewStep::finished; }));
        CHECK(studio.painted.back() == std::pair(10, true) && studio.failures.empty());
        CHECK(studio.engine.process_id() != killed);
    }
}

void an_engine_that_ends_while_it_loads_is_started_once_more() {
    const tests::Folder folder;
    const auto begun = (folder.path / "begun").string();
    const auto engine = echo_engine().front();
    Studio studio(Studio::Command{
        {"sh", "-c", "if [ -e '" + begun + "' ]; then exec '" + engine + "'; fi; touch '" + begun + "'"}});
    studio.loads = true;
    studio.preview.changed();
    CHECK(studio.wait([&] { return studio.painted.size() == 2; }));
    CHECK(studio.failures.empty());
}

void an_engine_that_never_loads_is_told_once_and_nothing_is_waited_for() {
    Studio studio(Studio::Command{{"true"}});
    studio.loads = true;
    studio.preview.changed();
    CHECK(studio.wait([&] { return !studio.failures.empty(); }));
    CHECK(studio.preview.step() == PreviewStep::finished && studio.failures.size() == 1);
}

void an_engine_that_always_dies_is_told_once() {
    Studio studio({"--die-after", "1"});
    studio.preview.changed();
    CHECK(studio.wait([&] { return !studio.failures.empty(); }));
    studio.wait([] { return false; }, 300ms);
    CHECK(studio.failures.size() == 1 && studio.painted.empty());
}

void an_error_of_the_engine_is_told() {
    Studio studio({"--fail", "out-of-memory"});
    studio.preview.changed();
    CHECK(studio.wait([&] { return !studio.failures.empty(); }));
    CHECK(studio.failures[0].contains("Memory ran out"));
}

} // namespace

int main() {
    return tests::run_tests({
        TEST(a_first_look_comes_and_the_chosen_quality_grows_over_it),
        TEST(the_first_look_is_one_pass_where_there_is_such_a_thing),
        TEST(a_dream_never_begins_with_one_pass),
        TEST(many_changes_make_one_first_look),
        TEST(a_change_cancels_what_is_stale),
        TEST(a_pause_leaves_the_engine_to_others),
        TEST(pictures_that_are_still_read_are_waited_for),
        TEST(what_arrives_does_not_hurry_a_hand_that_still_moves),
        TEST(a_first_look_can_come_at_once),
        TEST(a_killed_engine_is_started_once_more),
        TEST(an_engine_killed_in_any_step_is_waited_for_until_it_has_loaded),
        TEST(an_engine_that_ends_while_it_loads_is_started_once_more),
        TEST(an_engine_that_never_loads_is_told_once_and_nothing_is_waited_for),
        TEST(an_engine_that_always_dies_is_told_once),
        TEST(an_error_of_the_engine_is_told),
    });
}
