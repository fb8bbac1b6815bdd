// SPDX-License-Identifier: GPL-3.0-or-later
// What happens to a painting if its device fails.
#include "cmocka.hpp"
#include "device.hpp"
#include "engine_tests.hpp"
#include "test_network.hpp"
#include "test_pictures.hpp"

#include <neural_style/engine.hpp>

#include <ATen/Context.h>
#include <cmath>
#include <cstdio>
#include <string>
#include <utility>

using namespace neural_style;
using namespace tests;

namespace {

// Some loops are specific to the processor, and statistics of a style may come from the lost device.
constexpr double small_difference = 2e-3;

const Image photo = waves(72, 56, 0.05), style = waves(64, 64, 0.7);

Result<Engine> open(const NetworkFiles& files, const std::string& device) {
    return Engine::open({.feature_network = files.network, .decoder = files.decoder, .device = device});
}

Settings quick(Quality quality = Quality::fine) {
    Settings settings;
    settings.quality = quality;
    settings.precision = Precision::float32;
    settings.iterations = 4;
    settings.style_loss = StyleLoss::gram;
    settings.optimizer = Optimizer::adam; // a few of its steps do not diverge
    return settings;
}

struct Painted {
    Result<Image> painting;
    std::string notices;
};

Painted paint(Engine& engine, const Settings& settings) {
    std::string notices;
    auto painting = engine.paint({.content = photo, .styles = {{.picture = style}}, .settings = settings},
                                 [&](const Update& update) { notices += update.notice; });
    return {std::move(painting), std::move(notices)};
}

// Paintings by every method, of an engine whose device fails and of one on the CPU.
template <typename Failing>
void check_goes_on(Failing failing) {
    const NetworkFiles files;
    for (const auto quality : {Quality::instant, Quality::fine}) {
        auto cpu = open(files, "cpu"), there = open(files, "standin");
        CHECK(cpu && there);
        const auto expected = paint(*cpu, quick(quality));
        CHECK(expected.painting && expected.notices.empty());
        const auto result = failing([&] { return paint(*there, quick(quality)); });
        if (!result.painting)
            std::fprintf(stderr, "%s\n", result.painting.error().message.c_str());
        CHECK(result.painting);
        CHECK(result.notices.contains("CPU"));
        CHECK_NEAR(mean_difference(*result.painting, *expected.painting), 0, small_difference);
    }
}

} // namespace

static void another_device_paints_what_the_cpu_paints() {
    const NetworkFiles files;
    for (const auto quality : {Quality::instant, Quality::fine}) {
        auto cpu = open(files, "cpu"), there = open(files, "standin:0");
        CHECK(cpu && there && there->device().name == "standin:0");
        const auto expected = paint(*cpu, quick(quality)), result = paint(*there, quick(quality));
        CHECK(expected.painting && result.painting && result.notices.empty());
        CHECK_NEAR(mean_difference(*result.painting, *expected.painting), 0, small_difference);
    }
}

static void without_memory_for_preparing_the_cpu_paints() {
    check_goes_on([](auto work) {
        const stand_in::MemoryLimit limit(1 << 14);
        return work();
    });
}

static void a_lost_device_leaves_the_painting_to_the_cpu() {
    for (const std::int64_t operations : {0, 20, 60})
        check_goes_on([&](auto work) {
            const stand_in::Failing failing(operations, "the device is lost");
            return work();
        });
}

static void a_device_without_memory_is_asked_again_and_a_lost_one_is_not() {
    const NetworkFiles files;
    auto engine = open(files, "standin");
    CHECK(engine);
    {
        const stand_in::MemoryLimit limit(1 << 14);
        CHECK(paint(*engine, quick()).painting);
    }
    CHECK(engine->device().name == "standin:0");
    {
        const stand_in::Failing failing(0, "the device is lost");
        CHECK(paint(*engine, quick()).painting);
    }
    CHECK(engine->device().name == "cpu");
    CHECK(paint(*engine, quick()).notices.empty());
}

static void a_full_device_is_refused_with_what_to_do_about_it() {
    const NetworkFiles files;
    const stand_in::MemoryLimit limit(0);
    const auto engine = open(files, "standin");
    CHECK(!engine && engine.error().code == ErrorCode::no_device);
    CHECK(engine.error().message.contains("Close other programs that use its memory"));
}

static void a_device_that_is_not_there_is_refused_with_what_there_is() {
    const NetworkFiles files;
    const auto engine = open(files, "standin:7");
    CHECK(!engine && engine.error().code == ErrorCode::no_device);
    CHECK(engine.error().message.contains("choose standin:0"));
}

static void a_card_is_refused_by_a_libtorch_without_cuda() {
    if (at::hasCUDA())
        skip_test("LibTorch has CUDA");
    const NetworkFiles files;
    const auto engine = open(files, "cuda:7");
    CHECK(!engine && engine.error().code == ErrorCode::no_device);
    CHECK(engine.error().message == "This LibTorch was built without CUDA. Install one with CUDA, or choose "
                                    "automatic or cpu.");
}

static void a_device_without_kernels_is_refused_with_libtorchs_reason() {
    const NetworkFiles files;
    const stand_in::Failing failing(0, "no kernel image is available for execution on the device");
    const auto engine = open(files, "standin");
    CHECK(!engine && engine.error().code == ErrorCode::no_device);
    CHECK(engine.error().message.contains("no kernel image is available"));
    CHECK(engine.error().message.contains("choose automatic or cpu") ||
          engine.error().message.contains("Choose automatic or cpu"));
}

// Opened while `limit` is in force, which is over when it paints.
template <typename Limit>
static void check_cpu_instead(const char* why, auto... limit) {
    const NetworkFiles files;
    auto engine = [&] {
        const Limit in_force(limit...);
        return open(files, "automatic:standin");
    }();
    CHECK(engine && engine->device().name == "cpu");
    const auto first = paint(*engine, quick()), second = paint(*engine, quick());
    CHECK(first.painting && first.notices.starts_with("The CPU paints"));
    CHECK(first.notices.contains(why) && first.notices.contains("choose cpu"));
    CHECK(second.painting && second.notices.empty());
}

static void automatic_takes_a_device_that_works_without_a_word() {
    const NetworkFiles files;
    auto engine = open(files, "automatic:standin");
    CHECK(engine && engine->device().name == "standin:0");
    CHECK(paint(*engine, quick()).notices.empty());
}

static void automatic_tells_once_why_a_device_is_not_used() {
    check_cpu_instead<stand_in::MemoryLimit>("Close other programs that use its memory", 0);
    check_cpu_instead<stand_in::Failing>("Close other programs that use its memory", 0,
                                         "CUDA error: out of memory");
    check_cpu_instead<stand_in::Failing>("no kernel image is available", 0,
                                         "no kernel image is available for execution on the device");
}

static void automatic_takes_the_first_card_that_works_and_says_why_not_another() {
    const NetworkFiles files;
    const auto opened = [&](int broken) {
        const stand_in::TwoCards cards(broken);
        auto engine = open(files, "automatic:standin");
        CHECK(engine);
        const auto device = engine->device().name;
        return std::pair(device, paint(*engine, quick()).notices);
    };
    CHECK(opened(0) == std::pair(std::string("standin:0"), std::string()));
    const auto [second, passed_over] = opened(1);
    CHECK(second == "standin:1");
    CHECK(passed_over.starts_with("The card standin:1 paints, since LibTorch cannot compute on standin:0: no "
                                  "kernel image is available for execution on standin:0. Install"));
    CHECK(passed_over.ends_with(", or choose standin:1."));
    const auto [none, why] = opened(2);
    CHECK(none == "cpu" && why.starts_with("The CPU paints, since LibTorch cannot compute on standin:0: no"));
    CHECK(why.contains(". Nor can it on standin:1: no kernel image") && why.ends_with(", or choose cpu."));
}

static void a_device_too_full_for_the_network_is_refused_or_left_alone() {
    constexpr std::uint64_t enough_to_try = 1 << 14;
    check_cpu_instead<stand_in::MemoryLimit>("Close other programs that use its memory", enough_to_try);
    const NetworkFiles files;
    const stand_in::MemoryLimit limit(enough_to_try);
    const auto engine = open(files, "standin");
    CHECK(!engine && engine.error().code == ErrorCode::no_device);
    CHECK(engine.error().message.contains("Close other programs that use its memory"));
}

static void an_estimate_does_not_need_the_device() {
    const NetworkFiles files;
    auto engine = open(files, "standin");
    CHECK(engine);
    const stand_in::MemoryLimit limit(1 << 14);
    CHECK(engine->estimate({.content = photo, .styles = {{.picture = style}}, .settings = quick()}));
    auto hurried = quick();
    hurried.time_limit = 1000;
    CHECK(paint(*engine, hurried).painting);
    CHECK(engine->device().name == "standin:0");
}

int hand_over_tests() {
    return run_tests({TEST(another_device_paints_what_the_cpu_paints),
                      TEST(without_memory_for_preparing_the_cpu_paints),
                      TEST(a_lost_device_leaves_the_painting_to_the_cpu),
                      TEST(a_device_without_memory_is_asked_again_and_a_lost_one_is_not),
                      TEST(a_full_device_is_refused_with_what_to_do_about_it),
                      TEST(a_device_that_is_not_there_is_refused_with_what_there_is),
                      TEST(a_card_is_refused_by_a_libtorch_without_cuda),
                      TEST(a_device_without_kernels_is_refused_with_libtorchs_reason),
                      TEST(automatic_takes_a_device_that_works_without_a_word),
                      TEST(automatic_takes_the_first_card_that_works_and_says_why_not_another),
                      TEST(automatic_tells_once_why_a_device_is_not_used),
                      TEST(a_device_too_full_for_the_network_is_refused_or_left_alone),
                      TEST(an_estimate_does_not_need_the_device)});
}
