// SPDX-License-Identifier: GPL-3.0-or-later
/// The trainings that the program offers: what they are asked, and what they leave behind. Without LibTorch.
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

/// How a file is written: whole or not at all. Errors: not_written.
using WriteFile = std::function<Result<void>(const std::filesystem::path& path, std::string_view bytes)>;

/// How far a training is.
struct TrainingUpdate {
    std::int64_t step = 0; ///< steps done
    std::int64_t steps = 0;
    double loss = 0;    ///< of late
    double seconds = 0; ///< a step takes
    std::string notice; ///< a sentence to be shown, usually empty
};
using ShowTraining = std::function<void(const TrainingUpdate&)>;

struct TrainingOptions {
    std::int64_t steps = 10'000;
    double learning_rate = 1e-3; ///< after the warm-up; decays to 0 as a cosine
    std::int64_t warm_up = 200;  ///< steps, at most a tenth of all
    int batch = 8;
    int crop = 128; ///< side in pixels
    std::uint64_t seed = 0;
    std::string device = "cpu";
    bool bfloat16 = false; ///< features and gradients; weights and losses stay float32

    std::filesystem::path output;      ///< the network; written at every checkpoint as well
    double checkpoint_seconds = 90;    ///< between two checkpoints
    std::int64_t checkpoint_steps = 0; ///< instead of seconds; 0: seconds count
    std::filesystem::path checkpoint() const { return output.string() + ".training"; }
};

struct EncoderRequest {
    std::filesystem::path teacher;
    std::filesystem::path start; ///< student to go on from; empty: from scratch
    std::filesystem::path
        scale_of; ///< student whose taps' scale is taken; empty: `start`'s, else mean activations of 1
    std::string name = "encoder";
    std::string command; ///< for the card
    std::string corpus;  ///< for the card: what the photos are
    std::string license; ///< for the card: the teacher's
    TrainingOptions options;
};

/// What a training leaves behind besides the network.
struct TrainingReport {
    std::int64_t step = 0; ///< steps made in all; fewer than asked for: stopped
    std::int64_t steps = 0;
    double seconds_per_step = 0;
    double before = 0; ///< error on held-out photos, all parts together, as the training began anew
    double after = 0;  ///< and of the network as it is
    std::string text;  ///< held-out figures as a table, Markdown
};

/// The student regresses the teacher's features, each tap divided by its mean activation: mean squared error
/// over variance, summed over the taps. From scratch, the student goes on behind every tap with the teacher's
/// features instead of its own, with a probability that falls from 0.95 to 0 at three quarters of the run: so
/// the deep layers learn before the shallow ones are good. With `start` it goes on from its own features, and
/// its taps keep their scale. Errors: bad_weights, invalid_request (no photos), not_written.
Result<TrainingReport> train_encoder(const EncoderRequest& request, const Photos& photos,
                                     const WriteFile& write, const ShowTraining& show,
                                     const std::stop_token& stop);

struct DecoderRequest {
    std::filesystem::path encoder;
    std::filesystem::path start; ///< decoder to go on from; empty: from scratch
    std::string name = "decoder";
    std::string command; ///< for the card
    std::string corpus;  ///< for the card: what the photos are
    TrainingOptions options;
};

/// A chain of blocks, each from one of the encoder's layers relu5_1, relu4_1, ... to the one before it, the
/// last one to the picture. First each block learns on true features, then they learn together, from all
/// depths: to give back the photo, what the encoder saw in between, and what it sees in the decoded picture;
/// also for features that have the mean and covariance, or the mean and deviation, of another picture's, one
/// of `styles` or, where that is empty, of `photos`: their picture must show what was decoded, and the
/// statistics of that other picture at the layers before. With `start` the first part is left out. Errors: as
/// `train_encoder`.
Result<TrainingReport> train_decoder(const DecoderRequest& request, const Photos& photos,
                                     const Photos& styles, const WriteFile& write, const ShowTraining& show,
                                     const std::stop_token& stop);

struct StyleRequest {
    std::filesystem::path encoder; ///< feature network of the losses
    std::filesystem::path start;   ///< network of another style to go on from; empty: from scratch
    std::string name = "style";
    std::string title;
    int style_size = 384; ///< longest side in pixels at which the style is looked at
    double style_weight = 1;
    std::string command; ///< for the card
    std::string corpus;  ///< for the card: what the photos are
    TrainingOptions options;
};

/// A small network that paints in one style: photos keep what the encoder sees in its content layer, and get
/// the Gram matrices, means and deviations of the style in its style layers. Errors: as `train_encoder`.
Result<TrainingReport> train_style(const StyleRequest& request, ImageView style, const Photos& photos,
                                   const WriteFile& write, const ShowTraining& show,
                                   const std::stop_token& stop);

} // namespace neural_style
