// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "engine_tests.hpp"
#include "objective.hpp"
#include "painting_objective.hpp"
#include "test_network.hpp"

#include <array>
#include <memory>
#include <torch/types.h>

using namespace neural_style;
using namespace tests;

namespace {

torch::Tensor picture(std::uint64_t seed, int width = 160, int height = 96) {
    torch::manual_seed(seed);
    return torch::rand({1, 3, height, width});
}

// A loss of features at their positions: the sum of their cubes at two layers.
class Cubes : public FeatureLoss {
  public:
    Cubes(const FeatureNetwork& feature_network, double weight)
        : layers_{feature_network.layer("relu1_1"), feature_network.layer("relu2_1")}, weight_(weight) {}

    LossTerm term() const override { return LossTerm::neighbors; }
    double weight() const override { return weight_; }
    Reach reach() const override { return {.deepest = layers_.back()}; }
    std::unique_ptr<Evaluation> evaluation(const Evaluated& picture) const override {
        return std::make_unique<Sum>(*this, picture.gradient_scale);
    }

  private:
    class Sum : public Evaluation {
      public:
        Sum(const Cubes& loss, double scale) : loss_(&loss), scale_(scale) {}
        void look(const FeaturePart& part) override {
            if (loss_->asks_for(part.layer))
                sum_ += part.own(part.features).pow(3).sum(torch::kFloat64).item<double>();
        }
        Amount finish() override { return loss_->weight_ * sum_; }
        void add_gradient(const FeaturePart& part, torch::Tensor& of_features) const override {
            if (loss_->asks_for(part.layer))
                part.own(of_features).add_(part.own(part.features).square(), 3 * scale_ * loss_->weight_);
        }

      private:
        const Cubes* loss_;
        double scale_, sum_ = 0;
    };
    bool asks_for(int layer) const { return layer == layers_[0] || layer == layers_[1]; }

    std::array<int, 2> layers_;
    double weight_;
};

// A loss of sums: the mean of the features of one layer, in one place.
class Brightness : public SumsLoss {
  public:
    Brightness(const FeatureNetwork& feature_network, double weight, const torch::Tensor& where)
        : weight_(weight) {
        places_ = {{where, {feature_network.layer("relu2_1")}}};
    }
    LossTerm term() const override { return LossTerm::style; }
    double weight() const override { return weight_; }
    Amount compare(const std::vector<Sums>& places, const Evaluated& picture,
                   std::vector<Gradients>& gradients) const override {
        const auto& [layer, sums] = *places.front().begin();
        const double factor = weight_ / sums.positions;
        gradients.front()[layer] = {.products = torch::zeros_like(sums.products),
                                    .values = torch::full_like(sums.values, factor * picture.gradient_scale)};
        return factor * sums.values.sum().item<double>();
    }

  private:
    double weight_;
};

void check_slope(Objective& objective) {
    const auto here = picture(4);
    torch::Tensor gradient;
    objective.evaluate(here, &gradient, {});
    const auto direction = gradient / gradient.norm();
    const double step = 0.02;
    const auto at = [&](double distance) {
        return objective.evaluate(here + distance * direction, nullptr, {}).total();
    };
    CHECK_NEAR((at(step) - at(-step)) / (2 * step) / gradient.norm().item<double>(), 1, 0.01);
}

torch::Tensor left_to_right() {
    return torch::linspace(0, 1, 160).expand({96, 160}).contiguous();
}

} // namespace

static void a_loss_of_positions_needs_nothing_but_its_class() {
    const TestNetwork network;
    Objective objective(network.feature_network);
    objective.add(std::make_unique<Cubes>(network.feature_network, 0.5));
    check_slope(objective);
}

static void a_loss_of_sums_needs_nothing_but_its_comparison() {
    const TestNetwork network;
    Objective objective(network.feature_network);
    objective.add(std::make_unique<Brightness>(network.feature_network, 2, left_to_right()));
    check_slope(objective);
}

static void losses_are_told_by_their_terms_and_add_up() {
    const TestNetwork network;
    const auto here = picture(4);
    const auto losses_of = [&](auto... losses) {
        PaintingObjective objective(network.feature_network, StyleLoss::gaussian,
                                    {.content = 1, .style = 3, .tv = 0.5});
        objective.content_like(picture(1), {{"relu2_1", 1}}, {});
        objective.style_like(picture(2).square(), {{"relu1_1", 1}}, {}, {});
        (objective.add(std::move(losses)), ...);
        return objective.evaluate(here, nullptr, {});
    };
    const auto cubes = [&] { return std::make_unique<Cubes>(network.feature_network, 0.5); };
    const auto plain = losses_of(), once = losses_of(cubes()), twice = losses_of(cubes(), cubes());
    CHECK(plain[LossTerm::neighbors] == Loss{});
    CHECK(plain[LossTerm::content].weight == 1 && plain[LossTerm::style].weight == 3 &&
          plain[LossTerm::tv].weight == 0.5);
    CHECK(once[LossTerm::neighbors].weight == 0.5 && once[LossTerm::neighbors].value > 0);
    CHECK(twice[LossTerm::neighbors] == (Loss{.weight = 1, .value = 2 * once[LossTerm::neighbors].value}));
    for (const auto term : {LossTerm::content, LossTerm::style, LossTerm::tv})
        CHECK(once[term] == plain[term] && plain[term].value > 0);
}

static void both_kinds_stand_beside_the_style_in_tiles() {
    const TestNetwork network;
    const auto evaluated = [&](int side) {
        PaintingObjective objective(network.feature_network, StyleLoss::gaussian,
                                    {.content = 1, .style = 3, .tv = 0.5}, {.tile_side = side});
        objective.content_like(picture(1), {{"relu2_1", 1}}, {});
        objective.style_like(picture(2).square(), {{"relu1_1", 1}, {"relu3_1", 1}}, {}, {});
        objective.add(std::make_unique<Cubes>(network.feature_network, 1e-4));
        objective.add(std::make_unique<Brightness>(network.feature_network, 2, left_to_right()));
        torch::Tensor gradient;
        const double total = objective.evaluate(picture(4), &gradient, {}).total();
        return std::pair(total, gradient);
    };
    const auto [whole, of_whole] = evaluated(0);
    const auto [tiled, of_tiles] = evaluated(64);
    CHECK_NEAR(tiled / whole, 1, 1e-5);
    CHECK_NEAR(((of_tiles - of_whole).abs().max() / of_whole.abs().max()).item<double>(), 0, 5e-5);
}

int feature_loss_tests() {
    return run_tests({TEST(a_loss_of_positions_needs_nothing_but_its_class),
                      TEST(a_loss_of_sums_needs_nothing_but_its_comparison),
                      TEST(losses_are_told_by_their_terms_and_add_up),
                      TEST(both_kinds_stand_beside_the_style_in_tiles)});
}
