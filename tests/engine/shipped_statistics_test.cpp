// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "content_hash.hpp"
#include "engine_tests.hpp"
#include "guarded.hpp"
#include "instant.hpp"
#include "random_network.hpp"
#include "shipped_statistics.hpp"
#include "style_statistics.hpp"
#include "take_statistics.hpp"
#include "tensor.hpp"
#include "test_device.hpp"
#include "test_folder.hpp"

#include <array>
#include <fstream>
#include <torch/types.h>

using namespace neural_style;
using namespace tests;

namespace {

constexpr double side = 256; // smaller than the picture's own

// A picture, two networks, and the file with the picture's statistics.
struct Shipped {
    Folder folder;
    std::filesystem::path network = folder.path / "network.safetensors",
                          decoder = folder.path / "decoder.safetensors",
                          file = folder.path / shipped_statistics_name;
    torch::Tensor picture;

    Shipped() {
        write_random_network(network);
        write_random_decoder(decoder, network);
        torch::manual_seed(3);
        picture = torch::rand({1, 3, 300, 320}).to(test_device());
        const auto image = to_image(picture);
        const auto bytes =
            take_statistics({.feature_network = network, .decoder = decoder}, std::array{ImageView(image)});
        CHECK(bytes);
        std::ofstream(file, std::ios::binary) << *bytes;
    }
};

std::vector<int> taps(const Shipped& shipped, const FeatureNetwork& encoder) {
    const Decoder decoder(Weights::read(shipped.decoder), encoder);
    return InstantNetworks{encoder, decoder}.taps();
}

// What is known about the picture without running the network.
auto without_a_pass(const Shipped& shipped, const FeatureNetwork& encoder, const std::filesystem::path& file,
                    const torch::Tensor& picture) {
    std::stop_source stop;
    stop.request_stop();
    return guarded([&] {
        return StyleStatistics(file).of({picture}, content_hash(picture), side,
                                        {encoder, taps(shipped, encoder)}, stop.get_token());
    });
}

} // namespace

static void shipped_statistics_are_those_that_a_pass_gives() {
    const Shipped shipped;
    const FeatureNetwork encoder(Weights::read(shipped.network), test_device());
    const auto known = without_a_pass(shipped, encoder, shipped.file, shipped.picture);
    CHECK(known);
    const auto computed = StyleStatistics().of({shipped.picture}, content_hash(shipped.picture), side,
                                               {encoder, taps(shipped, encoder)}, {});
    CHECK((*known)->size() == computed->size());
    // Stored as float32; devices other than the CPU also sum longer in it.
    const double tolerance = test_device().is_cpu() ? 1e-5 : 1e-4;
    for (std::size_t i = 0; i < computed->size(); ++i) {
        CHECK((**known)[i].moments.mean.allclose((*computed)[i].moments.mean, tolerance, 1e-6));
        CHECK((**known)[i].moments.covariance.allclose((*computed)[i].moments.covariance, tolerance,
                                                       tolerance / 10));
    }
}

static void other_pictures_are_computed() {
    const Shipped shipped;
    const FeatureNetwork encoder(Weights::read(shipped.network), test_device());
    const auto result = without_a_pass(shipped, encoder, shipped.file, shipped.picture.flip({3}));
    CHECK(!result && result.error().code == ErrorCode::cancelled);
}

static void statistics_of_another_encoder_are_left_aside() {
    const Shipped shipped;
    write_random_network(shipped.network, {.seed = 99});
    write_random_decoder(shipped.decoder, shipped.network);
    const FeatureNetwork encoder(Weights::read(shipped.network), test_device());
    const auto result = without_a_pass(shipped, encoder, shipped.file, shipped.picture);
    CHECK(!result && result.error().code == ErrorCode::cancelled);
}

static void a_missing_or_broken_file_only_costs_the_pass() {
    const Shipped shipped;
    const FeatureNetwork encoder(Weights::read(shipped.network), test_device());
    const auto broken = shipped.folder.path / "broken.safetensors";
    std::ofstream(broken) << "nothing of the kind";
    for (const auto& file : {broken, shipped.folder.path / "missing.safetensors"}) {
        const auto computed = StyleStatistics(file).of({shipped.picture}, content_hash(shipped.picture), side,
                                                       {encoder, taps(shipped, encoder)}, {});
        CHECK(!computed->empty());
    }
}

static void what_is_not_seen_of_a_style_has_statistics_of_its_own() {
    const Shipped shipped;
    const FeatureNetwork encoder(Weights::read(shipped.network), test_device());
    StyleStatistics statistics;
    const auto mean = [&](const SeenStyle& style) {
        const auto found = statistics.of(style, content_hash(style.picture, style.alpha), side,
                                         {encoder, taps(shipped, encoder)}, {});
        return found->front().moments.mean;
    };
    // Dark on the left, light on the right.
    auto picture = shipped.picture * 0.3;
    picture.narrow(3, 160, 160).add_(0.6);
    const auto alpha = torch::ones({1, 1, 300, 320}, picture.options());
    const auto all = mean({picture});
    CHECK(mean({picture, alpha * 0.5}).allclose(all, 1e-3, 1e-4)); // half of everything is everything
    auto left = alpha.clone();
    left.narrow(3, 160, 160).zero_();
    const auto dark = mean({picture.narrow(3, 0, 160).repeat({1, 1, 1, 2})});
    const auto apart = [&](const torch::Tensor& one) { return (one - dark).abs().mean().item<double>(); };
    CHECK(apart(mean({picture, left})) < 0.15 * apart(all));
}

int shipped_statistics_tests() {
    return run_tests({TEST(shipped_statistics_are_those_that_a_pass_gives), TEST(other_pictures_are_computed),
                      TEST(statistics_of_another_encoder_are_left_aside),
                      TEST(a_missing_or_broken_file_only_costs_the_pass),
                      TEST(what_is_not_seen_of_a_style_has_statistics_of_its_own)});
}
