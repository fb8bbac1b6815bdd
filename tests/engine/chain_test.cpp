// SPDX-License-Identifier: GPL-3.0-or-later
#include "chain.hpp"
#include "cmocka.hpp"
#include "engine_tests.hpp"
#include "guarded.hpp"
#include "random_network.hpp"
#include "test_device.hpp"
#include "test_folder.hpp"

#include <nlohmann/json.hpp>
#include <torch/types.h>

using namespace neural_style;
using namespace tests;

namespace {

// Tensors "a" to "d" and norms "n" of 4 channels, and a graph over them.
Chain chain_of(const char* graph, std::int64_t channels = 4) {
    const Folder folder;
    const auto file = folder.path / "chain.safetensors";
    nlohmann::json header;
    std::string data;
    torch::manual_seed(3);
    const auto add = [&](const std::string& name, const std::vector<std::int64_t>& shape) {
        const auto values = torch::randn(shape) * 0.3;
        const auto begin = data.size();
        data.append(static_cast<const char*>(values.data_ptr()), values.nbytes());
        header[name] = {{"dtype", "F32"}, {"shape", shape}, {"data_offsets", {begin, data.size()}}};
    };
    for (const auto* name : {"a", "b", "c"}) {
        add(name + std::string(".weight"), {4, 4, 3, 3});
        add(name + std::string(".bias"), {4});
    }
    add("large.weight", {4, 4, 9, 9});
    add("large.bias", {4});
    add("n.weight", {4});
    add("n.bias", {4});
    write_safetensors(file, header.dump(), data);
    return Chain::read(Weights::read(file), nlohmann::json::parse(graph), channels);
}

torch::Tensor features(int height, int width) {
    torch::manual_seed(8);
    return channels_last(torch::rand({1, 4, height, width}).to(test_device()));
}

Chain ready(const Chain& chain) {
    return chain.adapted(test_device(), torch::kFloat32, Chain::End::plain);
}

} // namespace

static void enlarging_with_the_convolution_behind_it_is_the_same_in_one() {
    for (const auto* border : {"reflect", "replicate"}) {
        const auto graph = std::string(R"([{"up":"nearest","size":2},{"conv":"a","relu":true,"padding":")") +
                           border + R"("}])";
        const auto together = ready(chain_of(graph.c_str()));
        const auto in = features(5, 7);
        const auto out = together.run(in, {});
        const auto convolution = ready(
            chain_of((std::string(R"([{"conv":"a","relu":true,"padding":")") + border + R"("}])").c_str()));
        const auto apart = convolution.run(channels_last(torch::upsample_nearest2d(in, {10, 14})), {});
        CHECK(out.sizes() == apart.sizes() && out.allclose(apart, 1e-4, 1e-5));
    }
}

static void a_smooth_enlargement_is_bilinear() {
    const auto in = features(5, 7);
    CHECK(ready(chain_of(R"([{"up":"bilinear","size":2}])"))
              .run(in, {})
              .allclose(torch::upsample_bilinear2d(in, {10, 14}, /*align_corners=*/false)));
}

static void a_relu_behind_a_convolution_is_its_own() {
    const auto in = features(6, 6);
    CHECK(ready(chain_of(R"([{"conv":"a","padding":"reflect"},{"relu":true}])"))
              .run(in, {})
              .equal(ready(chain_of(R"([{"conv":"a","padding":"reflect","relu":true}])")).run(in, {})));
}

static void norms_that_were_measured_become_part_of_the_convolutions() {
    const auto chain = chain_of(R"([{"conv":"a","padding":"reflect"},{"norm":"n"},{"relu":true},
        {"residual":[{"conv":"b","padding":"reflect"},{"norm":"n"},{"relu":true},{"conv":"c","padding":"reflect"},{"norm":"n"}]},
        {"norm":"n"},{"relu":true}])");
    const auto in = features(9, 8);
    NormStatistics measured;
    const auto out = ready(chain).run(in, {}, &measured);
    CHECK(measured.norms.size() == 4 && chain.has_norms());
    const auto fixed = chain.with_norms(measured);
    CHECK(!fixed.has_norms());
    CHECK(ready(fixed).run(in, {}).allclose(out, 1e-3, 1e-4));
    // Positions are independent: a part gives the same as the whole, away from its border.
    const auto part = ready(fixed).run(in.narrow(3, 0, 6), {});
    CHECK(part.narrow(3, 0, 2).allclose(out.narrow(3, 0, 2), 1e-3, 1e-4));
}

static void a_chain_leaves_what_it_is_given_as_it_is() {
    const auto in = features(6, 6), before = in.clone();
    ready(chain_of(R"([{"norm":"n"},{"relu":true}])")).run(in, {});
    ready(chain_of(R"([{"residual":[{"norm":"n"}]}])")).run(in, {});
    CHECK(in.equal(before));
}

static void what_lies_further_than_around_makes_no_difference() {
    for (
        const auto* graph :
        {R"([{"conv":"a","padding":"reflect"}])", R"([{"conv":"large","size":9,"padding":"reflect"}])",
         R"([{"conv":"a","padding":"reflect"},{"up":"nearest","size":2},{"conv":"b","padding":"reflect"},{"conv":"c","padding":"reflect"}])",
         R"([{"conv":"a","padding":"reflect"},{"up":"bilinear","size":2},{"conv":"b","padding":"reflect"}])",
         R"([{"conv":"a","stride":2,"padding":"reflect"},{"residual":[{"conv":"b","padding":"reflect"}]},{"up":"nearest","size":2},{"conv":"c","padding":"reflect"}])"}) {
        const auto chain = ready(chain_of(graph));
        const auto in = features(24, 40);
        const int around = chain.around(0);
        auto changed = in.clone();
        changed.narrow(3, 20 + around, 40 - 20 - around).add_(1);
        const auto own = std::int64_t(20 * chain.enlargement());
        const auto before = chain.run(in, {}), behind = chain.run(changed, {});
        CHECK(before.narrow(3, 0, own).equal(behind.narrow(3, 0, own)));
        auto sooner = in.clone();
        sooner.narrow(3, 20, 1).add_(1);
        CHECK(!chain.run(sooner, {}).narrow(3, 0, own).equal(before.narrow(3, 0, own)));
    }
}

static void an_exact_end_is_float32() {
    const auto chain =
        chain_of(R"([{"conv":"a","padding":"reflect","relu":true},{"conv":"b","padding":"reflect"}])");
    const auto in = features(8, 8).to(torch::kBFloat16);
    CHECK(chain.adapted(test_device(), torch::kBFloat16, Chain::End::exact).run(in, {}).scalar_type() ==
          torch::kFloat32);
    CHECK(chain.adapted(test_device(), torch::kBFloat16, Chain::End::plain).run(in, {}).scalar_type() ==
          torch::kBFloat16);
}

static void inputs_of_a_multiple_come_out_at_their_size() {
    const auto chain = ready(chain_of(
        R"([{"conv":"a","stride":2,"padding":"reflect"},{"conv":"b","stride":2,"padding":"reflect"},{"up":"nearest","size":2},{"conv":"c","padding":"reflect"},{"up":"nearest","size":2}])"));
    CHECK(chain.multiple() == 4 && chain.enlargement() == 1);
    CHECK((chain.run(features(8, 12), {}).sizes() == std::vector<std::int64_t>{1, 4, 8, 12}));
}

static void strides_of_several_kinds_have_a_multiple_that_fits_them_all() {
    const auto chain = ready(chain_of(
        R"([{"conv":"a","stride":2,"padding":"reflect"},{"up":"nearest","size":2},{"conv":"b","stride":3,"padding":"reflect"},{"up":"nearest","size":3}])"));
    CHECK(chain.multiple() == 6);
    CHECK((chain.run(features(12, 18), {}).sizes() == std::vector<std::int64_t>{1, 4, 12, 18}));
}

static void graphs_that_leave_all_sizes_behind_are_refused() {
    const auto refusal = [](const std::string& step, int count, const std::string& end) {
        std::string graph = "[";
        for (int i = 0; i < count; ++i)
            graph += step + ",";
        const auto result = guarded([&] { return chain_of((graph + end + "]").c_str()); });
        return !result && result.error().code == ErrorCode::bad_weights ? result.error().message
                                                                        : std::string();
    };
    const std::string convolution = R"({"conv":"a","padding":"reflect"})";
    for (const int count : {3, 40, 200}) {
        CHECK(refusal(R"({"up":"nearest","size":8})", count, convolution).contains("enlarges"));
        CHECK(refusal(R"({"conv":"a","stride":8})", count, convolution).contains("strides"));
    }
    // As large at the end as at the start, but not in between.
    CHECK(
        refusal(
            R"({"up":"nearest","size":8},{"up":"nearest","size":8},{"conv":"a","stride":8},{"conv":"a","stride":8})",
            1, convolution)
            .contains("enlarges"));
    for (const auto* step : {R"({"conv":"a","stride":1e300})", R"({"conv":"a","size":4294967299})",
                             R"({"up":"nearest","size":2.5})", R"({"up":"nearest","size":-1e300})"})
        CHECK(!refusal(step, 1, convolution).empty());
}

static void the_smallest_input_is_large_enough_for_every_mirrored_border() {
    const auto chain = ready(chain_of(
        R"([{"conv":"a","stride":2,"padding":"reflect"},{"conv":"b","stride":2,"padding":"reflect"},{"conv":"large","size":9,"padding":"reflect"},{"up":"nearest","size":4}])"));
    const int side = chain.smallest_side();
    CHECK(side == 20);
    CHECK(chain.run(features(side, side), {}).size(2) == side);
    CHECK(!guarded([&] { return chain.run(features(side - 4, side - 4), {}); }));
}

static void broken_graphs_are_refused() {
    for (const auto* graph :
         {"{}", "[]", R"([{"conv":"missing"}])", R"([{"conv":"a","padding":"odd"}])",
          R"([{"conv":"a","size":5}])", R"([{"conv":"a","stride":0}])", R"([{"up":"cubic"}])",
          R"([{"up":"nearest","size":99}])", R"([{"norm":"a"}])", R"([{"odd":1}])", R"([{"conv":7}])",
          R"([{"residual":[{"up":"nearest","size":2}]}])",
          R"([{"residual":[{"residual":[{"residual":[{"residual":[{"residual":[{"relu":true}]}]}]}]}]}])"}) {
        const auto result = guarded([&] { return chain_of(graph); });
        CHECK(!result && result.error().code == ErrorCode::bad_weights);
    }
    CHECK(!guarded([] { return chain_of(R"([{"conv":"a"}])", 5); }));
}

static void a_stopped_chain_ends_as_cancelled() {
    std::stop_source source;
    source.request_stop();
    const auto chain = ready(chain_of(R"([{"conv":"a"}])"));
    const auto result = guarded([&] { return chain.run(features(8, 8), source.get_token()); });
    CHECK(!result && result.error().code == ErrorCode::cancelled);
}

int chain_tests() {
    return run_tests({TEST(enlarging_with_the_convolution_behind_it_is_the_same_in_one),
                      TEST(a_smooth_enlargement_is_bilinear), TEST(a_relu_behind_a_convolution_is_its_own),
                      TEST(norms_that_were_measured_become_part_of_the_convolutions),
                      TEST(a_chain_leaves_what_it_is_given_as_it_is),
                      TEST(what_lies_further_than_around_makes_no_difference), TEST(an_exact_end_is_float32),
                      TEST(inputs_of_a_multiple_come_out_at_their_size),
                      TEST(strides_of_several_kinds_have_a_multiple_that_fits_them_all),
                      TEST(graphs_that_leave_all_sizes_behind_are_refused),
                      TEST(the_smallest_input_is_large_enough_for_every_mirrored_border),
                      TEST(broken_graphs_are_refused), TEST(a_stopped_chain_ends_as_cancelled)});
}
