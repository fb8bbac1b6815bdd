// SPDX-License-Identifier: GPL-3.0-or-later
/// What a loss is to the objective: it is shown a picture's features layer by layer and tile by tile, says
/// what they amount to, and adds its gradient at each of them.
///
///     auto evaluation = loss.evaluation({.height = 384, .width = 512});
///     evaluation->look(part);                        // each layer of each tile
///     double value = evaluation->finish();
///     evaluation->add_gradient(part, of_features);   // each layer of each tile again
///
/// Losses of two kinds: of features at their positions, which derive from `FeatureLoss` itself, and of sums
/// over positions, which derive from `SumsLoss` and only say how sums are compared.
#pragma once

#include "style_loss.hpp"
#include "tiling.hpp"
#include "viewer.hpp"

#include <neural_style/losses.hpp>

#include <map>
#include <memory>
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

    /// Of what has the shape of `features`: the tile's own positions.
    torch::Tensor own(const torch::Tensor& of_window) const;
    /// The same positions of the whole picture's features.
    torch::Tensor own_in(const torch::Tensor& of_picture) const;
};

/// The picture that is evaluated.
struct Evaluated {
    std::int64_t height = 0, width = 0;
    double gradient_scale = 1; ///< by which gradients are multiplied, for types that cannot hold small ones
};

class FeatureLoss {
  public:
    virtual ~FeatureLoss() = default;

    virtual LossTerm term() const = 0;
    virtual double weight() const = 0;
    virtual Reach reach() const = 0;

    /// One look at a picture.
    class Evaluation {
      public:
        virtual ~Evaluation() = default;
        /// Of any layer, those that the loss does not ask for included; so also below.
        virtual void look(const FeaturePart& part) = 0;
        /// When all has been looked at: the loss, with its weight.
        virtual double finish() = 0;
        /// After that: adds the derivative in the features, times the gradient's scale, to `of_features`, of
        /// their shape and type.
        virtual void add_gradient(const FeaturePart& part, torch::Tensor& of_features) const = 0;
    };
    /// The loss must outlive it and stay as it is meanwhile.
    virtual std::unique_ptr<Evaluation> evaluation(const Evaluated& picture) const = 0;
};

/// A loss of sums over positions, each with a weight, of some layers, in one or more places of the picture.
class SumsLoss : public FeatureLoss {
  public:
    Reach reach() const override;
    std::unique_ptr<Evaluation> evaluation(const Evaluated& picture) const override;

    struct Place {
        torch::Tensor weights; ///< [height, width] of the pictures to come, 0..1; undefined: everywhere
        std::set<int> layers;
    };
    /// Of one place, by layer.
    using Sums = std::map<int, FeatureSums>;
    using Gradients = std::map<int, SumsGradient>;

    /// The loss, given each place's sums; sets the derivatives in them, times the gradient's scale. `places`
    /// and `gradients` are in the order of places().
    virtual double compare(const std::vector<Sums>& places, const Evaluated& picture,
                           std::vector<Gradients>& gradients) const = 0;
    const std::vector<Place>& places() const { return places_; }

  protected:
    std::vector<Place> places_;
};

} // namespace neural_style
