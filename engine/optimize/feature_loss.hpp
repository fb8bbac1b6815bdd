// SPDX-License-Identifier: GPL-3.0-or-later
/// The objective's interface to a loss of features: it receives a picture's features layer by layer and tile
/// by tile, computes its value, and adds its gradient at each layer.
///
///     auto evaluation = loss.evaluation({.height = 384, .width = 512});
///     evaluation->look(part);                        // each layer of each tile
///     Amount value = evaluation->finish();
///     evaluation->add_gradient(part, of_features);   // each layer of each tile again
///
/// Losses are of two kinds. Those of features at their positions derive from `FeatureLoss`; those of sums
/// over positions derive from `SumsLoss` and only define how sums are compared.
#pragma once

#include "amount.hpp"
#include "smoothing.hpp"
#include "tiling.hpp"
#include "viewer.hpp"

#include <neural_style/losses.hpp>

#include <array>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <torch/types.h>
#include <vector>

namespace neural_style {

/// A layer's features in a tile's window.
struct FeaturePart {
    int layer = 0;
    int stride = 1; ///< pixels between two positions of the layer
    const Tile& tile;
    const torch::Tensor& features; ///< [1, channels, height, width] of any float type

    /// The tile's own positions of a tensor shaped like `features`.
    torch::Tensor own(const torch::Tensor& of_window) const;
    /// The same positions in the features of the whole picture.
    torch::Tensor own_in(const torch::Tensor& of_picture) const;
};

/// The picture being evaluated, all of it.
struct Evaluated {
    std::int64_t height = 0, width = 0;
    double gradient_scale = 1; ///< factor on gradients, for types that cannot hold small ones
    Ranks* ranks = nullptr;    ///< those that see the rest of it, if only a strip is seen here
};

class FeatureLoss {
  public:
    virtual ~FeatureLoss() = default;

    virtual LossTerm term() const = 0;
    virtual double weight() const = 0;
    virtual Reach reach() const = 0;

    /// One evaluation of a picture.
    class Evaluation {
      public:
        virtual ~Evaluation() = default;
        /// Called for every layer, including those that the loss does not use; likewise below.
        virtual void look(const FeaturePart& part) = 0;
        /// When all has been looked at: the loss, with its weight.
        virtual Amount finish() = 0;
        /// After that: adds the derivative in the features, times the gradient's scale, to `of_features`, of
        /// their shape and type.
        virtual void add_gradient(const FeaturePart& part, torch::Tensor& of_features) const = 0;
    };
    /// The loss must outlive the evaluation and not change meanwhile.
    virtual std::unique_ptr<Evaluation> evaluation(const Evaluated& picture) const = 0;
};

/// A loss of weighted sums over positions, for some layers, in one or more places of the picture.
class SumsLoss : public FeatureLoss {
  public:
    /// `smoothed`: of smoothed features (smoothing.hpp).
    explicit SumsLoss(bool smoothed = false) : smoothed_(smoothed) {}
    Reach reach() const override;
    std::unique_ptr<Evaluation> evaluation(const Evaluated& picture) const override;

    struct Place {
        torch::Tensor weights; ///< [height, width] of the pictures to evaluate, 0..1; undefined: everywhere
        std::set<int> layers;
    };
    /// Of one place, by layer.
    using Sums = std::map<int, FeatureSums>;
    using Gradients = std::map<int, SumsGradient>;

    /// The loss, given each place's sums; sets the derivatives in them, times the gradient's scale. `places`
    /// and `gradients` are in the order of places().
    virtual Amount compare(const std::vector<Sums>& places, const Evaluated& picture,
                           std::vector<Gradients>& gradients) const = 0;
    const std::vector<Place>& places() const { return places_; }
    bool is_smoothed() const { return smoothed_; }
    /// Of a part of a place, which is asked for at every step: of another device it is fetched once. Nothing
    /// on the CPU, or where there are no weights.
    std::optional<double> sum_of_weights(std::size_t place, const FeaturePart& part,
                                         const torch::Tensor& weights) const;

  protected:
    std::vector<Place> places_;

  private:
    bool smoothed_;
    mutable std::map<std::array<int, 6>, double> sums_of_weights_; // by place, stride and tile
};

} // namespace neural_style
