// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "engine_tests.hpp"
#include "feature_network.hpp"
#include "guarded.hpp"
#include "random_network.hpp"
#include "test_device.hpp"
#include "test_folder.hpp"

#include <nlohmann/json.hpp>
#include <torch/types.h>

using namespace neural_style;
using namespace tests;

namespace {

FeatureNetwork random_feature_network(const RandomNetwork& network = {}) {
    const Folder folder;
    const auto file = folder.path / "network.safetensors";
    write_random_network(file, network);
    return FeatureNetwork(Weights::read(file), test_device());
}

torch::Tensor random_picture(int width, int height) {
    torch::manual_seed(11);
    return torch::rand({1, 3, height, width}).to(test_device());
}

// The sum of a layer's features times fixed random factors, as a function of the picture.
double projection(const FeatureNetwork& feature_network, const torch::Tensor& picture, int layer,
                  const torch::Tensor& factors) {
    return (feature_network.forward(picture, layer, {}).back() * factors).sum().item<double>();
}

// The backward pass agrees with central differences along a random direction, computed in float64 with a step
// so small that hardly any ReLU or maximum switches within it.
void check_gradient(const RandomNetwork& network, int width, int height) {
    const auto feature_network = random_feature_network(network);
    const auto picture = random_picture(width, height);
    const int deepest = feature_network.layer("relu3_1");
    const auto outputs = feature_network.forward(picture, deepest, {});
    const auto factors = torch::randn_like(outputs.back());
    const auto gradient =
        feature_network.backward(picture, outputs,
                                 [&](int layer, const torch::Tensor&, torch::Tensor& of_features) {
                                     if (layer == deepest)
                                         of_features.add_(factors);
                                 },
                                 {});
    CHECK(gradient.sizes() == picture.sizes());
    const auto direction = torch::randn_like(picture);
    const double step = 1e-7;
    const auto exact = feature_network.adapted(test_device(), torch::kFloat64, Pooling::network);
    const auto at = [&](double along) {
        return projection(exact, picture.to(torch::kFloat64) + along * direction, deepest, factors);
    };
    const double numeric = (at(step) - at(-step)) / (2 * step);
    const double analytic = (gradient * direction).sum(torch::kFloat64).item<double>();
    CHECK_NEAR(analytic, numeric, 1e-4 * (std::abs(numeric) + gradient.norm().item<double>()));
}

} // namespace

static void the_gradient_agrees_with_differences_for_every_padding() {
    for (const auto* padding : {"reflect", "replicate", "zeros"})
        check_gradient({.padding = padding}, 24, 20);
}

static void the_gradient_agrees_with_differences_for_both_poolings() {
    for (const auto* pool : {"average", "max"})
        check_gradient({.pool = pool}, 24, 20);
}

static void the_gradient_agrees_with_differences_for_odd_sizes() {
    check_gradient({}, 21, 17);
}

static void the_gradient_knows_that_blue_comes_first() {
    check_gradient({.channels = "BGR"}, 16, 16);
}

static void blue_first_networks_see_turned_channels() {
    const auto rgb = random_feature_network(), bgr = random_feature_network({.channels = "BGR"});
    const auto picture = random_picture(16, 16);
    // Mean and deviation follow the picture's order, so only the order after them differs.
    CHECK(!rgb.forward(picture, 0, {}).back().allclose(bgr.forward(picture, 0, {}).back()));
}

static void layers_are_listed_shallow_to_deep() {
    CHECK((random_feature_network().layers() ==
           std::vector<std::string>{"relu1_1", "relu1_2", "relu2_1", "relu3_1"}));
}

static void an_unknown_layer_is_refused_with_those_that_exist() {
    const auto feature_network = random_feature_network();
    const auto result = guarded([&] { return feature_network.layer("relu9_9"); });
    CHECK(!result && result.error().code == ErrorCode::invalid_request);
    CHECK(result.error().message.contains("relu9_9") && result.error().message.contains("relu3_1"));
}

static void the_smallest_side_reaches_the_deepest_layer() {
    const auto feature_network = random_feature_network();
    const int deepest = feature_network.layer("relu3_1");
    const int side = feature_network.smallest_side(deepest);
    CHECK(side == 8);
    CHECK(feature_network.forward(random_picture(side, side), deepest, {}).back().numel() > 0);
}

static void visiting_sees_what_forward_returns() {
    const auto feature_network = random_feature_network();
    const auto picture = random_picture(16, 12);
    const auto outputs = feature_network.forward(picture, 5, {});
    feature_network.visit(picture, 5, {}, [&](int layer, const torch::Tensor& features) {
        CHECK(features.equal(outputs[std::size_t(layer)]));
    });
}

static void a_stopped_pass_ends_as_cancelled() {
    std::stop_source source;
    source.request_stop();
    const auto feature_network = random_feature_network();
    const auto result =
        guarded([&] { return feature_network.forward(random_picture(16, 16), 3, source.get_token()); });
    CHECK(!result && result.error().code == ErrorCode::cancelled);
}

static void features_stay_channels_last() {
    for (const auto& features : random_feature_network().forward(random_picture(16, 16), 5, {}))
        CHECK(features.is_contiguous(torch::MemoryFormat::ChannelsLast));
}

static void broken_descriptions_are_refused() {
    const Folder folder;
    const auto file = folder.path / "network.safetensors";
    for (const auto* metadata :
         {R"({})", R"({"format":"neural-style-backbone/2"})", R"({"format":"neural-style-backbone/1"})",
          R"({"format":"neural-style-backbone/1","input":"{}","graph":"{"})",
          R"({"format":"neural-style-backbone/1","input":"{}","graph":"[]"})",
          R"({"format":"neural-style-backbone/1","input":"{}","graph":"[{\"pool\":\"odd\"}]"})",
          R"({"format":"neural-style-backbone/1","input":"{}","graph":"[{\"conv\":\"a\",\"relu\":\"b\"}]"})",
          R"({"format":"neural-style-backbone/1","input":"{}","graph":"[{\"pool\":\"max\"}]"})"}) {
        write_safetensors(file, std::string(R"({"__metadata__":)") + metadata + "}", "");
        const auto result = guarded([&] { return FeatureNetwork(Weights::read(file), test_device()); });
        CHECK(!result && result.error().code == ErrorCode::bad_weights);
    }
}

// Why a network of three-channel convolutions with that graph is refused; empty if it is not.
static std::string refusal_of(const std::string& graph, const std::string& taps = "relu1",
                              const std::string& input = "{}") {
    const Folder folder;
    const auto file = folder.path / "odd.safetensors";
    const nlohmann::json header{
        {"__metadata__",
         {{"format", "neural-style-backbone/1"},
          {"graph", graph},
          {"input", input},
          {"style_taps", taps},
          {"content_tap", taps}}},
        {"c.weight", {{"dtype", "F32"}, {"shape", {3, 3, 3, 3}}, {"data_offsets", {0, 324}}}},
        {"c.bias", {{"dtype", "F32"}, {"shape", {3}}, {"data_offsets", {324, 336}}}}};
    write_safetensors(file, header.dump(), std::string(336, '\0'));
    const auto result = guarded([&] { return FeatureNetwork(Weights::read(file), test_device()); });
    if (result)
        return {};
    CHECK(result.error().code == ErrorCode::bad_weights && result.error().message.contains(file.string()));
    return result.error().message;
}

static void networks_that_pool_more_often_than_pictures_allow_are_refused() {
    const auto with_poolings = [](int count) {
        std::string graph = R"([{"conv":"c","relu":"relu1"})";
        for (int i = 0; i < count; ++i)
            graph += R"(,{"pool":"max"})";
        return refusal_of(graph + R"(,{"conv":"c","relu":"relu2"}])", "relu2");
    };
    CHECK(with_poolings(5).empty());
    for (const int count : {9, 31, 32, 64, 200})
        CHECK(with_poolings(count).contains("pool"));
}

static void a_network_without_convolutions_is_refused() {
    CHECK(refusal_of(R"([{"pool":"max"}])", "pool0").contains("no step with a name"));
}

static void only_convolutions_can_be_tapped() {
    CHECK(refusal_of(R"([{"conv":"c","relu":"relu1"},{"pool":"max"}])", "pool1").contains("\"pool1\""));
}

static void steps_without_a_way_back_are_refused() {
    for (const auto* step :
         {R"({"up":"nearest"})", R"({"residual":[{"up":"nearest"},{"conv":"c","stride":2}]})"}) {
        const auto why = refusal_of(std::string(R"([{"conv":"c","relu":"relu1"},)") + step + "]");
        CHECK(why.contains("no feature network can have"));
    }
}

static void networks_begin_with_a_convolution() {
    CHECK(refusal_of(R"([{"pool":"max"},{"conv":"c","relu":"relu1"}])").contains("begin"));
}

static void residuals_strides_and_relus_of_their_own_can_be_tapped() {
    CHECK(
        refusal_of(
            R"([{"conv":"c","relu":true},{"conv":"c","stride":2},{"residual":[{"conv":"c"}]},{"relu":"relu1"}])")
            .empty());
}

static void layers_have_names_of_their_own_that_can_be_said() {
    CHECK(refusal_of(R"([{"conv":"c","relu":"relu1"},{"conv":"c","relu":"relu1"}])").contains("\"relu1\""));
    CHECK(refusal_of(R"([{"conv":"c","relu":"relu1"},{"pool":"max"},{"conv":"c","relu":"pool1"}])", "pool1")
              .empty());
    CHECK(refusal_of(R"([{"conv":"c","relu":"relu1"},{"conv":"c","relu":"two words"}])").contains("name"));
    CHECK(refusal_of(R"([{"conv":"c","relu":"relu1"},{"conv":"c","relu":""}])").contains("name"));
    CHECK(refusal_of(R"([{"conv":"c","relu":"relu1"},{"conv":"c","relu":")" + std::string(65, 'a') + R"("}])")
              .contains("name"));
}

static void an_input_that_leaves_the_numbers_is_refused() {
    const std::string graph = R"([{"conv":"c","relu":"relu1"}])";
    CHECK(refusal_of(graph, "relu1", R"({"std":[1e-300,1,1]})").contains("input"));
    CHECK(refusal_of(graph, "relu1", R"({"range":[0,1e300]})").contains("input"));
}

int feature_network_tests() {
    return run_tests({TEST(the_gradient_agrees_with_differences_for_every_padding),
                      TEST(the_gradient_agrees_with_differences_for_both_poolings),
                      TEST(the_gradient_agrees_with_differences_for_odd_sizes),
                      TEST(the_gradient_knows_that_blue_comes_first),
                      TEST(blue_first_networks_see_turned_channels),
                      TEST(layers_are_listed_shallow_to_deep),
                      TEST(an_unknown_layer_is_refused_with_those_that_exist),
                      TEST(the_smallest_side_reaches_the_deepest_layer),
                      TEST(visiting_sees_what_forward_returns),
                      TEST(a_stopped_pass_ends_as_cancelled),
                      TEST(features_stay_channels_last),
                      TEST(broken_descriptions_are_refused),
                      TEST(networks_that_pool_more_often_than_pictures_allow_are_refused),
                      TEST(a_network_without_convolutions_is_refused),
                      TEST(only_convolutions_can_be_tapped),
                      TEST(steps_without_a_way_back_are_refused),
                      TEST(networks_begin_with_a_convolution),
                      TEST(residuals_strides_and_relus_of_their_own_can_be_tapped),
                      TEST(layers_have_names_of_their_own_that_can_be_said),
                      TEST(an_input_that_leaves_the_numbers_is_refused)});
}
