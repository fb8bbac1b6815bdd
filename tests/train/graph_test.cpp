// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "graph.hpp"
#include "guarded.hpp"
#include "train_tests.hpp"

#include <torch/torch.h>

using namespace neural_style;
using namespace tests;

static void a_graph_is_read_back_as_it_was_written() {
    const Graph graph{convolution("a", true, 9, 1),
                      norm("n"),
                      relu(),
                      convolution("b", false, 3, 2),
                      residual({convolution("c", false), relu()}),
                      upsampling(2),
                      upsampling(2, /*smooth=*/true)};
    const auto text = graph_text(graph);
    CHECK(graph_text(parsed_graph(text)) == text);
    CHECK(parsed_graph(text).at(4).inside.at(0).name == "c");
}

static void steps_that_nobody_knows_are_refused() {
    for (const char* text :
         {"", "{}", "[1]", R"([{"dense": "a"}])", R"([{"conv": 5}])", R"([{"conv": "a", "size": 0}])",
          R"([{"conv": "a", "stride": 100}])", R"([{"conv": "a", "padding": "zeros"}])",
          R"([{"up": "bicubic"}])", R"([{"pool": "median"}])", R"([{"residual": 1}])",
          R"([{"residual": [{"residual": [{"residual": [{"residual": [{"residual": []}]}]}]}]}])"}) {
        const auto result = guarded([&] { return parsed_graph(text); });
        CHECK(!result && result.error().code == ErrorCode::bad_weights);
    }
}

static void a_missing_tensor_is_named() {
    const auto result =
        guarded([&] { return run({convolution("nothing", true)}, {}, torch::zeros({1, 3, 8, 8})); });
    CHECK(!result && result.error().message.contains("\"nothing."));
}

static void each_step_is_what_libtorch_calls_so() {
    torch::manual_seed(3);
    Tensors parameters{{"a.weight", torch::randn({4, 3, 5, 5})}, {"a.bias", torch::randn({4})},
                       {"n.weight", torch::randn({4})},          {"n.bias", torch::randn({4})},
                       {"r.weight", torch::randn({4, 4, 3, 3})}, {"r.bias", torch::randn({4})}};
    const auto in = torch::rand({2, 3, 12, 10});
    const auto out = run({convolution("a", false, 5, 2), norm("n"), relu(),
                          residual({convolution("r", true)}), upsampling(2), upsampling(2, /*smooth=*/true)},
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
    (run({norm("n")}, {{"n.weight", weight}, {"n.bias", bias}}, in) * shares).sum().backward();
    (torch::instance_norm(in2, weight2, bias2, {}, {}, true, 0.1, 1e-5, false) * shares).sum().backward();
    CHECK(torch::allclose(in.grad(), in2.grad(), 1e-3, 1e-5));
    CHECK(torch::allclose(weight.grad(), weight2.grad(), 1e-3, 1e-5));
    CHECK(torch::allclose(bias.grad(), bias2.grad(), 1e-3, 1e-5));
}

static void what_happens_at_a_tap_goes_on() {
    auto step = convolution("a", true);
    step.tap = "relu1_1";
    const Tensors parameters{{"a.weight", torch::ones({1, 1, 3, 3})}, {"a.bias", torch::zeros({1})}};
    const auto out =
        run({step, upsampling(2)}, parameters, torch::ones({1, 1, 4, 4}),
            [](const std::string& tap, torch::Tensor features) { return features * double(tap.size()); });
    CHECK(out.min().item<double>() == 63 && out.max().item<double>() == 63);
}

int graph_tests() {
    return run_tests({TEST(a_graph_is_read_back_as_it_was_written), TEST(steps_that_nobody_knows_are_refused),
                      TEST(a_missing_tensor_is_named), TEST(each_step_is_what_libtorch_calls_so),
                      TEST(the_gradient_of_a_mirrored_margin_is_libtorchs),
                      TEST(the_gradient_of_a_norm_is_libtorchs), TEST(what_happens_at_a_tap_goes_on)});
}
