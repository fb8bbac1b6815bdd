// SPDX-License-Identifier: GPL-3.0-or-later
#include "autograd_network.hpp"
#include "feature_matching.hpp"
#include "guarded.hpp"
#include "network_formats.hpp"
#include "style_distance.hpp"
#include "training.hpp"
#include "weights_file.hpp"

#include <neural_style/formatted.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>
#include <torch/torch.h>

namespace neural_style {

namespace {

using Json = nlohmann::ordered_json;

// Output of block d: index 0 is the picture, d = 1..5 the encoder's first layer of its block d.
constexpr std::array targets{"picture", "relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1"};
constexpr int depths = int(targets.size()) - 1;

// Share of the run in which each block learns alone on true features.
constexpr double alone_until = 0.4;

constexpr double pixel_weight = 4;       // of the picture's error over variance
constexpr double reencoded_weight = 0.5; // of the encoder's features of a decoded picture
constexpr double matched_weight = 1;     // of the encoder's features of a picture decoded from matched ones
constexpr double style_weight = 0.5;     // of the style distance at the earlier taps; chosen by eye
constexpr double consistency_weight = 0.15;
constexpr double variation_weight = 2; // of squared differences between neighbours
constexpr double outside_weight = 10;  // of samples outside 0..1, squared
constexpr int calibration_batches = 6, held_out_side = 256;
constexpr std::size_t most_measured = 24; // pictures; each takes a second

// The picture and the encoder's features of it, indexed as `targets`.
using Layers = std::array<torch::Tensor, depths + 1>;

struct Block {
    int depth = 1; ///< from targets[depth] to targets[depth - 1]
    Graph graph;
};

struct Decoder {
    std::vector<Block> blocks; ///< deepest first
    Tensors parameters;
};

// Mirrors the encoder with fewer multiplications per pixel. Where the encoder has several layers between two
// taps, so has the decoder, most of them where positions are few.
Decoder new_decoder(const std::array<std::int64_t, depths + 1>& channels, std::uint64_t seed) {
    Decoder decoder;
    for (int depth = depths; depth >= 1; --depth) {
        Block block{depth, {}};
        const auto in = channels[std::size_t(depth)], out = channels[std::size_t(depth - 1)];
        int number = 0;
        const auto add = [&](std::int64_t from, std::int64_t to, bool relu) {
            const auto name = formatted("back{}_{}", depth, ++number);
            initialize(decoder.parameters, name, to, from, 3, relu, seed);
            block.graph.emplace_back(convolution(name, relu));
        };
        if (depth == 1) {
            add(in, in, true);
            add(in, out, false);
        } else {
            add(in, out, true);
            if (depth >= 4)
                add(out, out, true);
            block.graph.emplace_back(UpsamplingStep{.size = 2, .smooth = true});
            add(out, out, true);
        }
        decoder.blocks.push_back(std::move(block));
    }
    return decoder;
}

FeatureMoments moments_of(const torch::Tensor& features) {
    const auto flat = features.squeeze(0).flatten(1).to(torch::kCPU, torch::kFloat64);
    const auto mean = flat.mean(1);
    return {mean, torch::matmul(flat, flat.t()) / double(flat.size(1)) - torch::outer(mean, mean)};
}

// Matches features as the engine does (engine/statistics/feature_matching.hpp), each picture's to its own
// style.
torch::Tensor matched(const torch::Tensor& features, const torch::Tensor& styles, Matching how) {
    const torch::NoGradGuard no_grad;
    std::vector<torch::Tensor> all;
    for (std::int64_t i = 0; i < features.size(0); ++i) {
        const auto one = features.narrow(0, i, 1);
        const auto map = matching(moments_of(one), StyleFeatures(moments_of(styles.narrow(0, i, 1))), how);
        const auto channels = map.offset.size(0);
        all.push_back(torch::conv2d(one, map.factor.to(one.options()).view({channels, channels, 1, 1}),
                                    map.offset.to(one.options())));
    }
    return torch::cat(all);
}

double decibels(double squared_error) {
    return -10 * std::log10(std::max(squared_error, 1e-12));
}

class DecoderTraining {
  public:
    DecoderTraining(const DecoderRequest& request, const Photos& photos, const Photos& styles)
        : request_(request), photos_(photos), styles_(styles.training() > 0 ? styles : photos),
          device_(request.options.device), encoder_weights_(Weights::read(request.encoder)),
          encoder_(encoder_weights_, device_, request.options.bfloat16 ? torch::kBFloat16 : torch::kFloat32),
          exact_encoder_(encoder_weights_, device_, torch::kFloat32), decoder_(first_decoder()),
          training_(decoder_.parameters, {"decoder", settings()}, request.options) {
        calibrate();
    }

    TrainingReport train(const WriteFile& write, const ShowTraining& show, const std::stop_token& stop) {
        const double before = total(held_out(decoder_.parameters));
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
        report.before = before;
        const auto after = held_out(training_.averaged());
        report.after = total(after);
        report.text = table(after);
        if (report.step == report.steps)
            training_.forget();
        return report;
    }

  private:
    Decoder first_decoder() const {
        std::array<std::int64_t, depths + 1> channels{3};
        const torch::NoGradGuard no_grad;
        const auto seen = exact_encoder_.features(torch::zeros({1, 3, 64, 64}, device_));
        for (int depth = 1; depth <= depths; ++depth) {
            const auto found = seen.find(targets[std::size_t(depth)]);
            if (found == seen.end())
                throw Failure(
                    ErrorCode::bad_weights,
                    formatted("The encoder {} has no layer {}: choose one that \"train encoder\" made.",
                              request_.encoder.string(), targets[std::size_t(depth)]));
            channels[std::size_t(depth)] = found->second.size(1);
        }
        auto decoder = new_decoder(channels, request_.options.seed);
        if (!request_.start.empty()) {
            const auto start = Weights::read(request_.start);
            for (auto& [name, tensor] : decoder.parameters) {
                if (!start.contains(name) || start.tensor(name).sizes() != tensor.sizes())
                    throw Failure(ErrorCode::bad_weights,
                                  formatted("{} is no decoder to go on from: leave out --start.",
                                            request_.start.string()));
                tensor = start.tensor(name);
            }
        }
        return decoder;
    }

    std::string settings() const {
        return formatted("encoder={} start={} photos={} styles={}", encoder_weights_.hash(),
                         request_.start.empty() ? "anew" : Weights::read(request_.start).hash(),
                         photos_.training(), styles_.training());
    }

    void calibrate() {
        const torch::NoGradGuard no_grad;
        std::array<double, depths + 1> mean{}, square{};
        for (int i = 0; i < calibration_batches; ++i) {
            auto random = random_of(2, i);
            const auto pictures =
                crops(photos_, {.count = 8, .side = 128, .vary = false}, random).to(device_);
            auto seen = encoder_.features(pictures);
            seen["picture"] = pictures;
            for (std::size_t d = 0; d < targets.size(); ++d) {
                mean[d] += seen.at(targets[d]).mean().item<double>() / calibration_batches;
                square[d] += seen.at(targets[d]).square().mean().item<double>() / calibration_batches;
            }
        }
        for (std::size_t d = 0; d < targets.size(); ++d)
            variance_[d] = std::max(square[d] - mean[d] * mean[d], 1e-6);
    }

    // The chain's outputs from `depth` on: index d holds targets[d], 0 <= d < depth.
    std::vector<torch::Tensor> decoded(const Tensors& parameters, const torch::Tensor& features, int depth,
                                       torch::ScalarType type) const {
        std::vector<torch::Tensor> outputs(static_cast<std::size_t>(depth));
        auto now = features.to(type, false, false, torch::MemoryFormat::ChannelsLast);
        for (const auto& block : decoder_.blocks) {
            if (block.depth > depth)
                continue;
            now = neural_style::run(block.graph, parameters, now);
            outputs[std::size_t(block.depth - 1)] = now.to(torch::kFloat32);
        }
        return outputs;
    }

    torch::Tensor error(const torch::Tensor& found, const torch::Tensor& wanted, int depth) const {
        return (found - wanted).square().mean() / variance_[std::size_t(depth)];
    }

    // The picture itself and every layer that is decoded, without gradients.
    static Layers layers_of(const torch::Tensor& pictures, const AutogradNetwork& encoder) {
        const torch::NoGradGuard no_grad;
        auto seen = encoder.features(pictures);
        Layers layers;
        layers[0] = pictures;
        for (std::size_t d = 1; d < targets.size(); ++d)
            layers[d] = seen.at(targets[d]);
        return layers;
    }

    torch::Tensor loss(std::int64_t step, Random& random) {
        const auto& options = request_.options;
        const bool alone = request_.start.empty() && double(step) < alone_until * double(options.steps);
        // Shuffled and distorted colours teach rare cases, but features that tell little about colours then
        // decode to grey.
        const bool vary = step % 3 == 0;
        // Statistics of deep layers need many positions: fewer, larger crops.
        const Cut cut = alone
                            ? Cut{options.batch, options.crop, vary, /*turn=*/true}
                            : Cut{std::max(1, options.batch / 2), options.crop * 3 / 2 / 16 * 16, vary, true};
        const auto pictures = crops(photos_, cut, random).to(device_);
        const auto truth = layers_of(pictures, encoder_);
        const auto parameters = converted(training_.parameters(), training_.type());
        auto sum = torch::zeros({}, torch::TensorOptions(device_));
        for (const auto& block : decoder_.blocks)
            // Afterwards the shallow ones, and the deep ones every third time.
            if (alone || block.depth <= 2 || step % 3 == 0)
                sum = sum + loss_alone(block, parameters, truth);
        if (alone)
            return sum;
        // Starts from each depth in turn; the deep ones are harder and come more often.
        constexpr std::array choice{2, 3, 4, 5, 3, 4, 5};
        const int depth = choice[std::size_t(step / 3 % std::int64_t(choice.size()))];
        if (step % 3 == 0)
            return sum + loss_of_photos(parameters, truth, depth);
        return sum + loss_of_matched(parameters, truth, depth, cut, random);
    }

    // One block on the encoder's true features.
    torch::Tensor loss_alone(const Block& block, const Tensors& parameters, const Layers& truth) const {
        const auto in = truth[std::size_t(block.depth)].to(training_.type(), false, false,
                                                           torch::MemoryFormat::ChannelsLast);
        const auto out = neural_style::run(block.graph, parameters, in).to(torch::kFloat32);
        return error(out, truth[std::size_t(block.depth - 1)], block.depth - 1) *
               (block.depth == 1 ? pixel_weight : 1.0);
    }

    torch::Tensor loss_of_photos(const Tensors& parameters, const Layers& truth, int depth) const {
        auto sum = torch::zeros({}, torch::TensorOptions(device_));
        const auto outputs = decoded(parameters, truth[std::size_t(depth)], depth, training_.type());
        for (int d = depth - 1; d >= 0; --d)
            sum = sum +
                  error(outputs[std::size_t(d)], truth[std::size_t(d)], d) * (d == 0 ? pixel_weight : 1.0);
        const auto seen = encoder_.features(outputs[0]);
        for (int d = 1; d <= depth; ++d)
            sum = sum + error(seen.at(targets[std::size_t(d)]), truth[std::size_t(d)], d) * reencoded_weight;
        return sum;
    }

    // Features as in painting: there is no picture to compare with, but the encoder's features of the decoded
    // picture must be those that were decoded, with the style's statistics at the earlier layers.
    torch::Tensor loss_of_matched(const Tensors& parameters, const Layers& truth, int depth, Cut cut,
                                  Random& random) const {
        const auto uniform = [&](double low, double high) {
            return std::uniform_real_distribution<double>(low, high)(random);
        };
        cut.vary = uniform(0, 1) < 0.3;
        // Photos too, so that it learns more styles than there are paintings.
        const auto& pictures = uniform(0, 1) < 0.6 ? styles_ : photos_;
        const auto style = layers_of(crops(pictures, cut, random).to(device_), encoder_);
        const auto how = uniform(0, 1) < 0.8 ? Matching::covariance : Matching::deviation;
        const double strength = uniform(0.4, 1);
        const auto at = std::size_t(depth);
        const auto wanted = torch::lerp(truth[at], matched(truth[at], style[at], how), strength);
        const auto outputs = decoded(parameters, wanted, depth, training_.type());
        const auto seen = encoder_.features(outputs[0]);
        auto sum = error(seen.at(targets[at]), wanted, depth) * matched_weight;
        for (int d = 1; d < depth; ++d) {
            const auto here = std::size_t(d);
            const auto& layer = seen.at(targets[here]);
            // The blocks' outputs must agree with the features of their picture.
            sum = sum + error(outputs[here], layer, d) * consistency_weight +
                  style_distance(statistics_of(layer), statistics_of(style[here])) *
                      (style_weight * strength * strength);
        }
        const auto difference = [&](int dimension) {
            const auto length = outputs[0].size(dimension) - 1;
            return (outputs[0].narrow(dimension, 1, length) - outputs[0].narrow(dimension, 0, length))
                .square()
                .mean();
        };
        return sum + (difference(2) + difference(3)) * variation_weight +
               (outputs[0] - outputs[0].clamp(0, 1)).square().mean() * outside_weight;
    }

    struct Figures {
        std::array<double, depths + 1> decibels{}; ///< of the picture decoded from each depth
        std::array<double, depths + 1> alone{};    ///< error over variance of the block that starts there
        std::array<double, depths + 1> matched{};  ///< features of the decoded picture against the matched
    };

    std::size_t measured() const { return std::min(photos_.held_out(), most_measured); }

    static double total(const Figures& figures) {
        return std::accumulate(figures.alone.begin(), figures.alone.end(), 0.0);
    }

    Figures held_out(const Tensors& parameters) const {
        const torch::NoGradGuard no_grad;
        Figures figures;
        const std::size_t count = measured();
        for (std::size_t i = 0; i < count; ++i) {
            const auto content =
                layers_of(held_out_crop(photos_, i, held_out_side).to(device_), exact_encoder_);
            const auto style =
                layers_of(held_out_crop(photos_, (i + 1) % count, held_out_side).to(device_), exact_encoder_);
            for (int depth = 1; depth <= depths; ++depth) {
                const auto at = std::size_t(depth);
                const auto outputs = decoded(parameters, content[at], depth, torch::kFloat32);
                // The mean of the pictures' own ratios, since each is viewed on its own.
                figures.decibels[at] +=
                    decibels((outputs[0].clamp(0, 1) - content[0]).square().mean().item<double>()) /
                    double(count);
                figures.alone[at] +=
                    error(outputs[at - 1], content[at - 1], depth - 1).item<double>() / double(count);
                const auto target = matched(content[at], style[at], Matching::covariance);
                const auto painting = decoded(parameters, target, depth, torch::kFloat32)[0].clamp(0, 1);
                figures.matched[at] +=
                    error(exact_encoder_.features(painting).at(targets[at]), target, depth).item<double>() /
                    double(count);
            }
        }
        return figures;
    }

    std::string table(const Figures& figures) const {
        if (photos_.held_out() == 0)
            return "No photos were held out.\n";
        std::string text =
            formatted("{} held-out photos ({} px crops), after {} of {} steps. PSNR: of the picture "
                      "decoded from the tap. Block: error over variance of what the one block behind the "
                      "tap gives. Matched: error over variance of the tap, when features with another "
                      "photo's mean and covariance are decoded and encoded again.\n\n"
                      "| from | PSNR | block | matched |\n|---|---|---|---|\n",
                      measured(), held_out_side, training_.step(), request_.options.steps);
        for (std::size_t d = 1; d < targets.size(); ++d)
            text += formatted("| {} | {:.1f} dB | {:.4f} | {:.3f} |\n", targets[d], figures.decibels[d],
                              figures.alone[d], figures.matched[d]);
        return text;
    }

    std::string file() const {
        const auto& options = request_.options;
        Json blocks = Json::array();
        for (const auto& block : decoder_.blocks)
            blocks.push_back({{"from", targets[std::size_t(block.depth)]},
                              {"to", targets[std::size_t(block.depth - 1)]},
                              {"graph", Json::parse(graph_text(block.graph))}});
        auto encoder = encoder_weights_.metadata("name");
        if (encoder.empty())
            encoder = request_.encoder.stem().string();
        const std::string card = formatted(
            "Decoder: from each tap of the feature network back to the picture, a block of 3x3 "
            "convolutions for each step.\n"
            "Command: {}\nEncoder: {} ({}).\nPhotos: {} to train on, {} held out; {} pictures "
            "gave the statistics of moved "
            "features. {}\nTraining: AdamW, {} of {} steps, learning rate {}, batch {}, {} px "
            "crops, seed {}, {}; averaged weights.\n\n{}",
            request_.command, encoder, encoder_weights_.hash(), photos_.training(), photos_.held_out(),
            styles_.training(), request_.corpus, training_.step(), options.steps, options.learning_rate,
            options.batch, options.crop, options.seed, options.bfloat16 ? "bfloat16 features" : "float32",
            table(held_out(training_.averaged())));
        return safetensors(training_.averaged(),
                           {{"format", decoder_format},
                            {"name", request_.name},
                            {"encoder", encoder},
                            {"encoder_hash", encoder_weights_.hash()},
                            {"blocks", blocks.dump()},
                            {"license", "GPL-3.0-or-later"},
                            {"card", card}},
                           torch::kFloat16);
    }

    const DecoderRequest& request_;
    const Photos& photos_;
    const Photos& styles_;
    torch::Device device_;
    Weights encoder_weights_;
    AutogradNetwork encoder_, exact_encoder_;
    Decoder decoder_;
    Training training_;
    std::array<double, depths + 1> variance_{};
};

} // namespace

Result<TrainingReport> train_decoder(const DecoderRequest& request, const Photos& photos,
                                     const Photos& styles, const WriteFile& write, const ShowTraining& show,
                                     const std::stop_token& stop) {
    return guarded([&] { return DecoderTraining(request, photos, styles).train(write, show, stop); });
}

} // namespace neural_style
