// SPDX-License-Identifier: GPL-3.0-or-later
// Memory as it is counted before a painting; that the count holds is tested with the command line.
#include "cmocka.hpp"
#include "engine_tests.hpp"
#include "estimate.hpp"
#include "feature_network.hpp"

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <torch/types.h>

using namespace neural_style;
using namespace tests;

namespace {

constexpr std::uint64_t mebibyte = 1 << 20;

// In bfloat16, as processors that have it paint.
const FeatureNetwork& network() {
    static const FeatureNetwork feature_network =
        FeatureNetwork(Weights::read(std::filesystem::path(std::getenv("NEURAL_STYLE_DATA")) / "models" /
                                     "painter.safetensors"),
                       torch::kCPU)
            .adapted(torch::kCPU, torch::kBFloat16, Pooling::network);
    return feature_network;
}

// A photo in 8 bits; its margin as the engine paints it around large ones.
JobSizes sizes(int width, int height, Size style) {
    return {.content = {width, height},
            .content_bytes = std::uint64_t(width) * height * 3,
            .painted = {width + 256, height + 256},
            .styles = {style}};
}

// What is counted within a limit; nothing where that is refused.
std::optional<std::uint64_t> counted(const JobSizes& sizes, const Settings& settings, std::uint64_t limit) {
    auto plan = plan_optimize(network(), settings, sizes.painted, sizes.styles);
    const bool fits = fit_tiles(network(), plan, settings, sizes, limit);
    const auto needed = memory_needed(network(), plan, settings, sizes);
    CHECK((needed <= limit) == fits);
    return fits ? std::optional(needed) : std::nullopt;
}

} // namespace

static void twenty_four_megapixels_fit_into_two_and_a_half_gibibytes() {
    for (const auto quality : {Quality::draft, Quality::fine, Quality::print}) {
        Settings settings;
        settings.quality = quality;
        CHECK(counted(sizes(6000, 4000, {1280, 1014}), settings, 2560 * mebibyte));
    }
}

static void a_photo_counts_in_the_samples_that_it_is_held_in() {
    auto in_floats = sizes(3000, 2000, {1280, 1014});
    in_floats.content_bytes *= sizeof(float);
    const std::uint64_t limit = 2048 * mebibyte;
    const auto plan = [&](const JobSizes& job) {
        auto plan = plan_optimize(network(), {}, job.painted, job.styles);
        CHECK(fit_tiles(network(), plan, {}, job, limit));
        return plan;
    };
    const auto in_bytes = sizes(3000, 2000, {1280, 1014});
    const auto tiles = plan(in_floats);
    const auto saved =
        memory_needed(network(), tiles, {}, in_floats) - memory_needed(network(), tiles, {}, in_bytes);
    CHECK(saved >= 3000ull * 2000 * 3 * 3);
}

// What fits into less fits into more, whatever is cut: the picture, or a style that is laid out large.
static void a_larger_limit_refuses_nothing_that_a_smaller_one_allows() {
    for (const auto manner : {Manner::strokes, Manner::brush})
        for (const double stroke_size : {100.0, 400.0})
            for (const auto& job : {sizes(300, 280, {1280, 1014}), sizes(700, 500, {400, 300}),
                                    sizes(1700, 1100, {1280, 1014}), sizes(6000, 4000, {4000, 3000})}) {
                Settings settings;
                settings.manner = manner;
                settings.stroke_size = stroke_size;
                bool allowed = false;
                for (std::uint64_t limit = 300; limit < 6000; limit += limit / 40) {
                    const bool fits = counted(job, settings, limit * mebibyte).has_value();
                    CHECK(fits || !allowed);
                    allowed = fits;
                }
                CHECK(allowed);
            }
}

// The sentence of a refusal names it.
static void the_least_that_is_named_is_the_least_that_is_allowed() {
    for (const auto& job :
         {sizes(200, 150, {700, 500}), sizes(1700, 1100, {1280, 1014}), sizes(6000, 4000, {1280, 1014})}) {
        auto plan = plan_optimize(network(), {}, job.painted, job.styles);
        CHECK(!fit_tiles(network(), plan, {}, job, mebibyte));
        const auto least = memory_needed(network(), plan, {}, job);
        CHECK(counted(job, {}, least) == least);
        CHECK(!counted(job, {}, least - 1));
    }
}

int estimate_tests() {
    return run_tests({TEST(twenty_four_megapixels_fit_into_two_and_a_half_gibibytes),
                      TEST(a_photo_counts_in_the_samples_that_it_is_held_in),
                      TEST(a_larger_limit_refuses_nothing_that_a_smaller_one_allows),
                      TEST(the_least_that_is_named_is_the_least_that_is_allowed)});
}
