// SPDX-License-Identifier: GPL-3.0-or-later
#include "autograd_graph.hpp"
#include "autograd_network.hpp"
#include "cmocka.hpp"
#include "feature_network.hpp"
#include "guarded.hpp"
#include "test_folder.hpp"
#include "train_tests.hpp"
#include "weights_file.hpp"

#include <neural_style/formatted.hpp>

#include <functional>
#include <torch/torch.h>

using namespace neural_style;
using namespace tests;

static void a_missing_tensor_is_named() {
    const auto result = guarded([&] {
        return run({convolution("nothing", true)}, {}, torch::zeros({1, 3, 8, 8}));
    });
    CHECK(!result && result.error().message.contains("\"nothing."));
}

static void each_step_is_what_libtorch_calls_so() {
    torch::manual_seed(3);
    Tensors parameters{{"a.weight", torch::randn({4, 3, 5, 5})}, {"a.bias", torch::randn({4})},
                       {"n.weight", torch::randn({4})},          {"n.bias", torch::randn({4})},
                       {"r.weight", torch::randn({4, 4, 3, 3})}, {"r.bias", torch::randn({4})}};
    const auto in = torch::rand({2, 3, 12, 10});
    const auto out =
        run({convolution("a", false, 5, 2), NormStep{"n"}, ReluStep{},
             ResidualStep{{convolution("r", true)}, {}}, UpsamplingStep{2}, UpsamplingStep{2, true}},
            parameters, in);
    auto expected = torch::conv2d(torch::reflection_pad2d(in, {2, 2, 2, 2}), parameters["a.weight"],
                                  parameters["a.bias"], 2);
    expected = torch::instance_norm(expected, parameters["n.weight"], parameters["n.bias"], {}, {}, true, 0.1,
                                    1e-5, false);
    expected = expected.relu();
    expected = expected + torch::conv2d(torch::reflection_pad2d(expected, {1, 1, 1, 1}),
                                        parameters["r.weight"], parameters["r.bias"])
                              .relu();
    expected = torch::upsample_nearest2d(expected, {expected.size(2) * 2, expected.size(3) * 2});
    expected = torch::upsample_bilinear2d(expected, {expected.size(2) * 2, expected.size(3) * 2}, false);
    CHECK(torch::allclose(out, expected, 1e-4, 1e-5));
}

static void the_gradient_of_a_mirrored_margin_is_libtorchs() {
    torch::manual_seed(4);
    for (const int margin : {1, 4}) {
        const auto a = torch::randn({2, 3, 11, 9}, torch::requires_grad());
        const auto b = a.detach().clone().requires_grad_();
        const auto shares = torch::randn({2, 3, 11 + 2 * margin, 9 + 2 * margin});
        (reflected(a, margin) * shares).sum().backward();
        (torch::reflection_pad2d(b, {margin, margin, margin, margin}) * shares).sum().backward();
        CHECK(torch::allclose(a.grad(), b.grad(), 1e-5, 1e-5));
    }
}

static void the_gradient_of_a_norm_is_libtorchs() {
    torch::manual_seed(5);
    const auto leaf = [](at::IntArrayRef sizes) { return torch::randn(sizes).requires_grad_(); };
    const auto copy = [](const torch::Tensor& tensor) { return tensor.detach().clone().requires_grad_(); };
    const auto in = leaf({2, 4, 6, 5}), weight = leaf({4}), bias = leaf({4});
    const auto in2 = copy(in), weight2 = copy(weight), bias2 = copy(bias);
    const auto shares = torch::randn({2, 4, 6, 5});
    (run({NormStep{"n"}}, {{"n.weight", weight}, {"n.bias", bias}}, in) * shares).sum().backward();
    (torch::instance_norm(in2, weight2, bias2, {}, {}, true, 0.1, 1e-5, false) * shares).sum().backward();
    CHECK(torch::allclose(in.grad(), in2.grad(), 1e-3, 1e-5));
    CHECK(torch::allclose(weight.grad(), weight2.grad(), 1e-3, 1e-5));
    CHECK(torch::allclose(bias.grad(), bias2.grad(), 1e-3, 1e-5));
}

// d(sum of the outputs times random factors) agrees with central differences along a random direction of
// `leaf`.
static void check_gradient(const std::function<torch::Tensor()>& out, torch::Tensor& leaf, double step,
                           double tolerance) {
    const auto factors = torch::randn_like(out());
    leaf.requires_grad_();
    (out() * factors).sum().backward();
    const auto gradient = leaf.grad();
    leaf = leaf.detach();
    const auto direction = torch::randn_like(leaf), start = leaf;
    const auto at = [&](double along) {
        leaf = start + along * direction;
        return (out() * factors).sum(torch::kFloat64).item<double>();
    };
    const double numeric = (at(step) - at(-step)) / (2 * step);
    leaf = start;
    CHECK_NEAR((gradient * direction).sum(torch::kFloat64).item<double>(), numeric,
               tolerance * gradient.norm().item<double>());
}

static void the_gradient_of_a_mirrored_margin_agrees_with_differences() {
    torch::manual_seed(6);
    for (const int margin : {1, 4}) {
        auto in = torch::randn({2, 3, 11, 9}, torch::kFloat64);
        check_gradient([&] { return reflected(in, margin); }, in, 1e-4, 1e-8);
    }
}

static void the_gradients_of_a_norm_agree_with_differences() {
    torch::manual_seed(7);
    auto in = torch::randn({2, 4, 6, 5}), weight = torch::randn({4}), bias = torch::randn({4});
    const auto out = [&] { return run({NormStep{"n"}}, {{"n.weight", weight}, {"n.bias", bias}}, in); };
    for (auto* leaf : {&in, &weight, &bias})
        check_gradient(out, *leaf, 1e-2, 1e-2);
}

static void what_nobody_learns_records_nothing() {
    const auto in = torch::rand({1, 3, 8, 8});
    CHECK(!reflected(in, 2).requires_grad());
    const torch::NoGradGuard no_grad;
    CHECK(!reflected(torch::rand({1, 3, 8, 8}, torch::requires_grad()), 2).requires_grad());
}

static void a_gradient_is_there_once_and_then_its_features_are_let_go() {
    auto in = torch::rand({1, 3, 8, 8}, torch::requires_grad());
    const auto sum =
        run({NormStep{"n"}}, {{"n.weight", torch::ones({3})}, {"n.bias", torch::ones({3})}}, in).sum();
    sum.backward();
    CHECK(!guarded([&] { sum.backward(); }));
}

static void each_border_is_the_engines() {
    torch::manual_seed(8);
    const Tensors parameters{{"a.weight", torch::randn({2, 3, 5, 5})}, {"a.bias", torch::randn({2})}};
    const auto in = torch::rand({1, 3, 9, 10});
    for (const auto border : {Border::zeros, Border::reflect, Border::replicate}) {
        auto step = convolution("a", false, 5);
        step.border = border;
        CHECK(run({step}, parameters, in)
                  .allclose(torch::conv2d(padded(in, border, 2), parameters.at("a.weight"),
                                          parameters.at("a.bias"))));
    }
}

static void what_the_engine_sees_is_what_a_training_sees() {
    const Folder folder;
    const auto file = folder.path / "network.safetensors";
    Tensors tensors;
    initialize(tensors, "a", 4, 3, 3, true, 1);
    for (const auto* order : {"RGB", "BGR"}) {
        write_file(file,
                   safetensors(
                       tensors,
                       {{"format", "neural-style-backbone/1"},
                        {"graph", graph_text({tapped("a", "relu1_1")})},
                        {"input",
                         formatted(R"({{"mean":[0.1,0.5,0.9],"std":[0.2,0.3,0.4],"channels":"{}"}})", order)},
                        {"taps", "relu1_1"},
                        {"style_taps", "relu1_1"},
                        {"content_tap", "relu1_1"}},
                       torch::kFloat32))
            .value();
        const auto weights = Weights::read(file);
        const auto picture = torch::rand({1, 3, 12, 12});
        const auto ours =
            AutogradNetwork(weights, torch::kCPU, torch::kFloat32).features(picture).at("relu1_1");
        CHECK(ours.allclose(FeatureNetwork(weights, torch::kCPU).forward(picture, 0, {}).back(), 1e-4, 1e-5));
    }
}

static void what_happens_at_a_tap_goes_on() {
    const Tensors parameters{{"a.weight", torch::ones({1, 1, 3, 3})}, {"a.bias", torch::zeros({1})}};
    const auto out =
        run({tapped("a", "relu1_1"), UpsamplingStep{2}}, parameters, torch::ones({1, 1, 4, 4}),
            [](const std::string& tap, torch::Tensor features) { return features * double(tap.size()); });
    CHECK(out.min().item<double>() == 63 && out.max().item<double>() == 63);
}

int autograd_graph_tests() {
    return run_tests(
        {TEST(a_missing_tensor_is_named), TEST(each_step_is_what_libtorch_calls_so),
         TEST(the_gradient_of_a_mirrored_margin_is_libtorchs), TEST(the_gradient_of_a_norm_is_libtorchs),
         TEST(the_gradient_of_a_mirrored_margin_agrees_with_differences),
         TEST(the_gradients_of_a_norm_agree_with_differences), TEST(what_nobody_learns_records_nothing),
         TEST(a_gradient_is_there_once_and_then_its_features_are_let_go), TEST(each_border_is_the_engines),
         TEST(what_the_engine_sees_is_what_a_training_sees), TEST(what_happens_at_a_tap_goes_on)});
}
