// SPDX-License-Identifier: GPL-3.0-or-later
#include "autograd_network.hpp"
#include "guarded.hpp"
#include "network_formats.hpp"
#include "style_distance.hpp"
#include "tensor.hpp"
#include "training.hpp"
#include "weights_file.hpp"

#include <neural_style/formatted.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <torch/torch.h>

namespace neural_style {

namespace {

constexpr const char* content_tap = "relu4_2";

constexpr double style_factor = 1.2; // of --style-weight 1; chosen by eye
// Share of the run over which the style is faded in: a network that has lost the photo does not find it
// again.
constexpr double style_until = 0.2;
// Of squared differences between neighbours. With seventeen times as much there was a mesh along the axes.
constexpr double variation_weight = 0.3;
constexpr double outside_weight = 10; // of samples outside 0..1, squared
constexpr int held_out_side = 256, most_measured = 24;

// Johnson et al. 2016 with half the width, three residual blocks, and bilinear upsampling, which avoids
// checkerboards (Odena et al. 2016) and threads along the axes: 33 thousand multiplications per pixel.
struct Painter {
    Graph graph;
    Tensors parameters;

    explicit Painter(std::uint64_t seed) {
        const auto layer = [&](Graph& into, const char* name, int in, int out, int size, int stride,
                               bool last = false) {
            initialize(parameters, name, out, in, size, !last, seed);
            into.emplace_back(convolution(name, false, size, stride));
            if (last)
                return;
            const auto norm_name = std::string(name) + "_norm";
            parameters[norm_name + ".weight"] = torch::ones({out});
            parameters[norm_name + ".bias"] = torch::zeros({out});
            into.emplace_back(NormStep{.name = norm_name});
        };
        const auto with_relu = [&](const char* name, int in, int out, int size, int stride) {
            layer(graph, name, in, out, size, stride);
            graph.emplace_back(ReluStep{});
        };
        with_relu("in", 3, 16, 9, 1);
        with_relu("down1", 16, 32, 3, 2);
        with_relu("down2", 32, 64, 3, 2);
        for (const auto& [first, second] :
             {std::pair("residual1a", "residual1b"), std::pair("residual2a", "residual2b"),
              std::pair("residual3a", "residual3b")}) {
            Graph inside;
            layer(inside, first, 64, 64, 3, 1);
            inside.emplace_back(ReluStep{});
            layer(inside, second, 64, 64, 3, 1);
            graph.emplace_back(ResidualStep{std::move(inside), {}});
        }
        graph.emplace_back(UpsamplingStep{.size = 2, .smooth = true});
        with_relu("up1", 64, 32, 3, 1);
        graph.emplace_back(UpsamplingStep{.size = 2, .smooth = true});
        with_relu("up2", 32, 16, 3, 1);
        layer(graph, "out", 16, 3, 9, 1, /*last=*/true);
        parameters.at("out.weight").mul_(0.3);
        parameters.at("out.bias").fill_(0.5);
    }
};

class StyleTraining {
  public:
    StyleTraining(const StyleRequest& request, ImageView style, const Photos& photos)
        : request_(request), photos_(photos), device_(request.options.device),
          encoder_weights_(Weights::read(request.encoder)),
          encoder_(encoder_weights_, device_, request.options.bfloat16 ? torch::kBFloat16 : torch::kFloat32),
          painter_(request.options.seed), training_(start(), {"style", settings(style)}, request.options) {
        for (const auto* tap : style_taps)
            require(tap);
        require(content_tap);
        look_at(style);
    }

    TrainingReport train(const WriteFile& write, const ShowTraining& show, const std::stop_token& stop) {
        before_ = held_out();
        training_.resume();
        TrainingReport report{.step = 0, .steps = request_.options.steps, .text = {}};
        const auto noting = [&](const TrainingUpdate& update) {
            if (update.seconds > 0)
                report.seconds_per_step = update.seconds;
            show(update);
        };
        const auto publish = [&] { return write(request_.options.output, file()); };
        training_.run([&](std::int64_t step, Random& random) { return loss(step, random); }, publish, write,
                      noting, stop);
        report.step = training_.step();
        report.before = total(before_);
        const auto after = held_out();
        report.after = total(after);
        report.text = table(after);
        if (report.step == report.steps)
            training_.forget();
        return report;
    }

  private:
    struct Losses {
        torch::Tensor content, style;
    };

    void require(const char* tap) const {
        if (std::ranges::find(encoder_.taps(), tap) == encoder_.taps().end())
            throw Failure(
                ErrorCode::bad_weights,
                formatted("The feature network {} has no layer {}: choose one that \"train encoder\" made.",
                          request_.encoder.string(), tap));
    }

    Tensors start() const {
        auto parameters = painter_.parameters;
        if (request_.start.empty())
            return parameters;
        const auto weights = Weights::read(request_.start);
        for (auto& [name, tensor] : parameters) {
            if (!weights.contains(name) || weights.tensor(name).sizes() != tensor.sizes())
                throw Failure(ErrorCode::bad_weights,
                              formatted("{} is no network of one style to go on from: leave out --start.",
                                        request_.start.string()));
            tensor = weights.tensor(name);
        }
        return parameters;
    }

    std::string settings(ImageView style) const {
        double sum = 0;
        for (const float sample : style.span())
            sum += sample;
        return formatted(
            "encoder={} start={} photos={} style={}x{}:{:.6f} style-size={} style-weight={}",
            encoder_weights_.hash(), request_.start.empty() ? "anew" : Weights::read(request_.start).hash(),
            photos_.training(), style.width, style.height, sum, request_.style_size, request_.style_weight);
    }

    void look_at(ImageView style) {
        const torch::NoGradGuard no_grad;
        const double scale = double(request_.style_size) / std::max(style.width, style.height);
        const auto side = [&](int length) { return std::max(32, int(std::lround(length * scale))); };
        const auto picture = resized(to_tensor(style, device_), side(style.width), side(style.height));
        const auto seen = encoder_.features(picture);
        for (const auto* tap : style_taps)
            wanted_[tap] = statistics_of(seen.at(tap));
    }

    torch::Tensor painted(const Tensors& parameters, const torch::Tensor& pictures,
                          torch::ScalarType type) const {
        // Centred, as every layer after a norm is.
        const auto in = pictures.to(type, false, false, torch::MemoryFormat::ChannelsLast);
        return neural_style::run(painter_.graph, parameters, in).to(torch::kFloat32);
    }

    Losses losses(const torch::Tensor& pictures, const torch::Tensor& paintings) const {
        torch::Tensor content;
        {
            const torch::NoGradGuard no_grad;
            content = encoder_.features(pictures).at(content_tap);
        }
        const auto seen = encoder_.features(paintings);
        Losses result;
        result.content = (seen.at(content_tap) - content).square().mean() / content.var();
        result.style = torch::zeros({}, torch::TensorOptions(device_));
        for (std::size_t i = 0; i < style_taps.size(); ++i)
            result.style = result.style +
                           style_distance(statistics_of(seen.at(style_taps[i])), wanted_.at(style_taps[i])) *
                               style_tap_weights[i];
        return result;
    }

    torch::Tensor loss(std::int64_t step, Random& random) const {
        const auto& options = request_.options;
        const auto pictures = crops(photos_, {options.batch, options.crop, false}, random).to(device_);
        const auto paintings =
            painted(converted(training_.parameters(), training_.type()), pictures, training_.type());
        const auto parts = losses(pictures, paintings);
        const auto difference = [&](int dimension) {
            const auto length = paintings.size(dimension) - 1;
            return (paintings.narrow(dimension, 1, length) - paintings.narrow(dimension, 0, length))
                .square()
                .mean();
        };
        const double share = std::min(1.0, double(step + 1) / (style_until * double(options.steps)));
        return parts.content + parts.style * (share * style_factor * request_.style_weight) +
               (difference(2) + difference(3)) * variation_weight +
               (paintings - paintings.clamp(0, 1)).square().mean() * outside_weight;
    }

    struct Figures {
        double content = 0, style = 0; ///< of the paintings
        double photo_style = 0;        ///< of the photos as they are
    };

    double total(const Figures& figures) const {
        return figures.content + figures.style * style_factor * request_.style_weight;
    }

    Figures held_out() const {
        const torch::NoGradGuard no_grad;
        Figures figures;
        const std::size_t count = std::min<std::size_t>(photos_.held_out(), most_measured);
        for (std::size_t i = 0; i < count; ++i) {
            const auto picture = held_out_crop(photos_, i, held_out_side).to(device_);
            const auto painting = painted(training_.averaged(), picture, torch::kFloat32).clamp(0, 1);
            const auto parts = losses(picture, painting), plain = losses(picture, picture);
            figures.content += parts.content.item<double>() / double(count);
            figures.style += parts.style.item<double>() / double(count);
            figures.photo_style += plain.style.item<double>() / double(count);
        }
        return figures;
    }

    std::string table(const Figures& after) const {
        if (photos_.held_out() == 0)
            return "No photos were held out.\n";
        return formatted("{} held-out photos ({} px crops), after {} of {} steps. Content: error over "
                         "variance at {}. Style: relative "
                         "error of Gram matrices and moments, weighted over {} layers.\n\n| | content | "
                         "style |\n|---|---|---|\n| the photos themselves | 0 | "
                         "{:.3f} |\n| before | {:.3f} | {:.3f} |\n| after | {:.3f} | {:.3f} |\n",
                         std::min<std::size_t>(photos_.held_out(), most_measured), held_out_side,
                         training_.step(), request_.options.steps, content_tap, style_taps.size(),
                         after.photo_style, before_.content, before_.style, after.content, after.style);
    }

    std::string file() const {
        const auto& options = request_.options;
        const std::string card = formatted(
            "Paints in one style, in one pass (Johnson et al. 2016).\nCommand: {}\nStyle: {}, {} "
            "px.\nFeature network of the losses: {} "
            "({}).\nPhotos: {} to train on, {} held out. {}\nTraining: AdamW, {} of {} steps, learning rate "
            "{}, batch {}, {} px crops, seed {}, {}; "
            "averaged weights.\n\n{}",
            request_.command, request_.title, request_.style_size, request_.encoder.stem().string(),
            encoder_weights_.hash(), photos_.training(), photos_.held_out(), request_.corpus,
            training_.step(), options.steps, options.learning_rate, options.batch, options.crop, options.seed,
            options.bfloat16 ? "bfloat16 features" : "float32", table(held_out()));
        return safetensors(training_.averaged(),
                           {{"format", trained_style_format},
                            {"name", request_.name},
                            {"title", request_.title},
                            {"style_scale", std::to_string(request_.style_size)},
                            {"graph", graph_text(painter_.graph)},
                            {"license", "GPL-3.0-or-later"},
                            {"card", card}},
                           torch::kFloat16);
    }

    const StyleRequest& request_;
    const Photos& photos_;
    torch::Device device_;
    Weights encoder_weights_;
    AutogradNetwork encoder_;
    Painter painter_;
    Training training_;
    std::map<std::string, TapStatistics> wanted_;
    Figures before_;
};

} // namespace

Result<TrainingReport> train_style(const StyleRequest& request, ImageView style, const Photos& photos,
                                   const WriteFile& write, const ShowTraining& show,
                                   const std::stop_token& stop) {
    return guarded([&] { return StyleTraining(request, style, photos).train(write, show, stop); });
}

} // namespace neural_style
