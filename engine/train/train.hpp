// SPDX-License-Identifier: GPL-3.0-or-later
/// The trainings that the program offers: their requests and results. Without LibTorch.
///
///     auto report = train_encoder({.teacher = "vgg19.safetensors", .options = options}, photos, write, show,
///     stop); if (!report)
///         std::cerr << report.error().message << '\n';
#pragma once

#include "photos.hpp"

#include <neural_style/error.hpp>
#include <neural_style/image.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>

namespace neural_style {

/// Writes a file, whole or not at all. Errors: not_written.
using WriteFile = std::function<Result<void>(const std::filesystem::path& path, std::string_view bytes)>;

/// How far a training is.
struct TrainingUpdate {
    std::int64_t step = 0; ///< steps done
    std::int64_t steps = 0;
    double loss = 0;    ///< recent average
    double seconds = 0; ///< per step
    std::string notice; ///< a sentence for the user, usually empty
};
using ShowTraining = std::function<void(const TrainingUpdate&)>;

struct TrainingOptions {
    std::int64_t steps = 10'000;
    double learning_rate = 1e-3; ///< after the warm-up; decays to 0 along a cosine
    std::int64_t warm_up = 200;  ///< steps, at most a tenth of all
    int batch = 8;
    int crop = 128; ///< side in pixels
    std::uint64_t seed = 0;
    std::string device = "cpu";
    bool bfloat16 = false; ///< features and gradients; weights and losses stay float32

    std::filesystem::path output;      ///< the network; written at every checkpoint as well
    double checkpoint_seconds = 90;    ///< between checkpoints
    std::int64_t checkpoint_steps = 0; ///< between checkpoints, instead of seconds; 0: seconds count
    std::filesystem::path checkpoint() const { return output.string() + ".training"; }
};

struct EncoderRequest {
    std::filesystem::path teacher;
    std::filesystem::path start; ///< student to continue from; empty: from scratch
    std::filesystem::path
        scale_of; ///< student whose tap scale to adopt; empty: `start`'s, else mean activations of 1
    std::string name = "encoder";
    std::string command; ///< for the card
    std::string corpus;  ///< for the card: what the photos are
    std::string license; ///< for the card: the teacher's
    TrainingOptions options;
};

/// The result of a training, besides the network.
struct TrainingReport {
    std::int64_t step = 0; ///< steps in total; fewer than requested if stopped
    std::int64_t steps = 0;
    double seconds_per_step = 0;
    double before = 0; ///< total error on held-out photos before training
    double after = 0;  ///< the same for the current network
    std::string text;  ///< held-out figures as a Markdown table
};

/// The student regresses the teacher's features, each tap divided by its mean activation: mean squared error
/// over variance, summed over the taps. From scratch, the student's features after every tap are replaced by
/// the teacher's with a probability that falls from 0.95 to 0 at three quarters of the run, so that deep
/// layers can learn before the shallow ones are good. With `start` it always uses its own features, and its
/// taps keep their scale. Errors: bad_weights, invalid_request (no photos), not_written.
Result<TrainingReport> train_encoder(const EncoderRequest& request, const Photos& photos,
                                     const WriteFile& write, const ShowTraining& show,
                                     const std::stop_token& stop);

struct DecoderRequest {
    std::filesystem::path encoder;
    std::filesystem::path start; ///< decoder to continue from; empty: from scratch
    std::string name = "decoder";
    std::string command; ///< for the card
    std::string corpus;  ///< for the card: what the photos are
    TrainingOptions options;
};

/// A chain of blocks, each from one of the encoder's layers relu5_1, relu4_1, ... to the next shallower one,
/// the last to the picture. First each block learns alone on true features; then they learn together, from
/// all depths, to reproduce the photo, the encoder's features of it, and its features of the decoded picture.
/// They also learn from features matched to the mean and covariance, or mean and deviation, of another
/// picture, from `styles` or, if that is empty, `photos`: the result must show the decoded features, and the
/// other picture's statistics at the earlier layers. With `start` the first part is skipped. Errors: as for
/// `train_encoder`.
Result<TrainingReport> train_decoder(const DecoderRequest& request, const Photos& photos,
                                     const Photos& styles, const WriteFile& write, const ShowTraining& show,
                                     const std::stop_token& stop);

struct StyleRequest {
    std::filesystem::path encoder; ///< feature network of the losses
    std::filesystem::path start;   ///< network of another style to continue from; empty: from scratch
    std::string name = "style";
    std::string title;
    int style_size = 384; ///< longest side of the style in pixels
    double style_weight = 1;
    std::string command; ///< for the card
    std::string corpus;  ///< for the card: what the photos are
    TrainingOptions options;
};

/// A small network that paints in one style: photos keep the encoder's features at its content layer and get
/// the style's Gram matrices, means and deviations at its style layers. Errors: as for `train_encoder`.
Result<TrainingReport> train_style(const StyleRequest& request, ImageView style, const Photos& photos,
                                   const WriteFile& write, const ShowTraining& show,
                                   const std::stop_token& stop);

} // namespace neural_style
