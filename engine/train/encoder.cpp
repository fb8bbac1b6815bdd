// SPDX-License-Identifier: GPL-3.0-or-later
#include "autograd_network.hpp"
#include "guarded.hpp"
#include "training.hpp"
#include "weights_file.hpp"

#include <neural_style/formatted.hpp>

#include <algorithm>
#include <array>
#include <torch/torch.h>

namespace neural_style {

namespace {

constexpr std::array taps{"relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu4_2", "relu5_1"};
constexpr double teacher_at_first = 0.95, teacher_until = 0.75;
constexpr double input_mean = 0.45, input_deviation = 0.25;
constexpr int calibration_batches = 8, held_out_side = 224;

// Narrower than VGG-19 by a factor of four and shallower by four layers.
struct Layer {
    const char* name;
    int channels;
};
constexpr std::array student_layers{Layer{"1_1", 16},  Layer{"1_2", 16},  Layer{"2_1", 32}, Layer{"2_2", 32},
                                    Layer{"3_1", 64},  Layer{"3_2", 64},  Layer{"3_3", 64}, Layer{"4_1", 128},
                                    Layer{"4_2", 128}, Layer{"4_3", 128}, Layer{"5_1", 128}};

struct Student {
    Graph graph;
    Tensors parameters;
};

Student new_student(std::uint64_t seed) {
    Student student;
    int channels = 3;
    char block = '1';
    for (const auto& [name, out] : student_layers) {
        if (name[0] != block) {
            student.graph.emplace_back(PoolingStep{});
            block = name[0];
        }
        const auto convolution = std::string("conv") + name;
        initialize(student.parameters, convolution, out, channels, 3, true, seed);
        student.graph.emplace_back(tapped(convolution, std::string("relu") + name));
        channels = out;
    }
    return student;
}

torch::Tensor student_input(const torch::Tensor& pictures, torch::ScalarType type) {
    return pictures.sub(input_mean)
        .div(input_deviation)
        .to(type, false, false, torch::MemoryFormat::ChannelsLast);
}

// A teacher of another width is regressed through a 1x1 convolution that is trained too and finally dropped
// (Romero et al. 2015, section 2.2).
std::string adapter_of(const std::string& tap) {
    return "adapter_" + tap;
}

torch::Tensor adapted(const std::string& tap, const torch::Tensor& features, const Tensors& parameters) {
    const auto weight = parameters.find(adapter_of(tap) + ".weight");
    if (weight == parameters.end())
        return features;
    return torch::conv2d(features, weight->second, parameters.at(adapter_of(tap) + ".bias"));
}

// Factors of the teacher's taps, and the resulting variances.
struct Scale {
    double factor = 1;
    double variance = 1;
};
using Scales = std::map<std::string, Scale>;

Tensors student_features(const Graph& graph, const Tensors& parameters, const torch::Tensor& pictures,
                         torch::ScalarType type) {
    Tensors found;
    run(graph, parameters, student_input(pictures, type),
        [&](const std::string& tap, torch::Tensor features) {
            found.emplace(tap, features);
            return features;
        });
    return found;
}

class EncoderTraining {
  public:
    EncoderTraining(const EncoderRequest& request, const Photos& photos)
        : request_(request), photos_(photos), device_(request.options.device),
          teacher_weights_(Weights::read(request.teacher)),
          teacher_(teacher_weights_, device_, request.options.bfloat16 ? torch::kBFloat16 : torch::kFloat32),
          exact_teacher_(teacher_weights_, device_, torch::kFloat32), student_(first_student()),
          training_(scaled_parameters(), {"encoder", settings()}, request.options) {}

    TrainingReport train(const WriteFile& write, const ShowTraining& show, const std::stop_token& stop) {
        const auto before = held_out(student_.parameters);
        training_.resume();
        TrainingReport report{.step = 0, .steps = request_.options.steps, .text = {}};
        const auto noting = [&](const TrainingUpdate& update) {
            if (update.seconds > 0)
                report.seconds_per_step = update.seconds;
            show(update);
        };
        const auto publish = [&] { return write(request_.options.output, file(before)); };
        training_.run([&](std::int64_t step, Random& random) { return loss(step, random); }, publish, write,
                      noting, stop);
        report.step = training_.step();
        report.before = total(before);
        const auto after = held_out(training_.averaged());
        report.after = total(after);
        report.text = table(before, after);
        if (report.step == report.steps)
            training_.forget();
        return report;
    }

  private:
    // The student's, once its taps have their final scale.
    const Tensors& scaled_parameters() {
        for (const char* tap : taps)
            if (std::ranges::find(teacher_.taps(), tap) == teacher_.taps().end())
                throw Failure(ErrorCode::bad_weights,
                              formatted("The teacher {} has no layer {}: choose a network of the VGG family.",
                                        request_.teacher.string(), tap));
        calibrate();
        return student_.parameters;
    }

    Student first_student() const {
        return request_.start.empty() ? new_student(request_.options.seed) : student_of(request_.start);
    }

    Student student_of(const std::filesystem::path& file) const {
        const AutogradNetwork network(Weights::read(file), device_, torch::kFloat32);
        if (graph_text(network.graph()) != graph_text(new_student(0).graph))
            throw Failure(
                ErrorCode::bad_weights,
                formatted(
                    "The network {} has another architecture than the one that is trained: choose one that "
                    "\"train encoder\" made.",
                    file.string()));
        return {network.graph(), network.parameters()};
    }

    std::string settings() const {
        std::string start = "anew";
        if (!request_.start.empty())
            start = Weights::read(request_.start).hash();
        return formatted("teacher={} start={} photos={}", teacher_weights_.hash(), start, photos_.training());
    }

    // Calls `measure` with the same few batches of crops each time.
    template <typename Measure>
    void for_calibration(Measure measure) const {
        for (int i = 0; i < calibration_batches; ++i) {
            auto random = random_of(1, i);
            measure(crops(photos_, {.count = 8, .side = request_.options.crop, .vary = false}, random)
                        .to(device_));
        }
    }

    // The factors of the teacher's taps: from scratch, those that give each a mean activation of 1; otherwise
    // those that fit the given student best. (Its means would not do: a student's sparse features are too
    // small.)
    std::map<std::string, double> factors(const Student* fitted) {
        const torch::NoGradGuard no_grad;
        if (adapts_)
            fitted = nullptr; // their features are not the teacher's
        std::map<std::string, double> sums, own, shared;
        for_calibration([&](const torch::Tensor& pictures) {
            const auto theirs = exact_teacher_.features(pictures);
            Tensors ours;
            if (fitted)
                ours = student_features(fitted->graph, fitted->parameters, pictures, torch::kFloat32);
            for (const std::string tap : taps) {
                sums[tap] += theirs.at(tap).mean().item<double>() / calibration_batches;
                if (fitted) {
                    own[tap] += ours.at(tap).square().mean().item<double>();
                    shared[tap] += (ours.at(tap) * theirs.at(tap)).mean().item<double>();
                }
            }
        });
        std::map<std::string, double> result;
        for (const std::string tap : taps)
            result[tap] = fitted ? own[tap] / std::max(shared[tap], 1e-12) : 1 / std::max(sums[tap], 1e-12);
        return result;
    }

    // Scales a tap's output, and divides the next convolution's weights by the same factor. ReLU and pooling
    // commute with that.
    void rescale(Tensors& parameters, const std::string& tap, double factor) const {
        const torch::NoGradGuard no_grad;
        bool next = false;
        for (const auto& step : student_.graph) {
            const auto* convolution = std::get_if<ConvolutionStep>(&step);
            if (!convolution)
                continue;
            auto& weight = parameters.at(convolution->name + ".weight");
            if (next)
                weight = weight / factor;
            next = convolution->tap == tap;
            if (next) {
                weight = weight * factor;
                auto& bias = parameters.at(convolution->name + ".bias");
                bias = bias * factor;
            }
        }
    }

    void calibrate() {
        {
            const torch::NoGradGuard no_grad;
            const auto nothing = torch::zeros({1, 3, 32, 32}, device_);
            const auto theirs = exact_teacher_.features(nothing);
            const auto ours = student_features(student_.graph, student_.parameters, nothing, torch::kFloat32);
            for (const std::string tap : taps) {
                const auto width = theirs.at(tap).size(1), own_width = ours.at(tap).size(1);
                if (width == own_width)
                    continue;
                adapts_ = true;
                initialize(student_.parameters, adapter_of(tap), width, own_width, 1, false,
                           request_.options.seed);
            }
        }
        auto wanted = factors(request_.start.empty() ? nullptr : &student_);
        if (!request_.scale_of.empty()) {
            const auto reference = student_of(request_.scale_of);
            const auto kept = factors(&reference);
            for (const std::string tap : taps)
                if (!request_.start.empty())
                    rescale(student_.parameters, tap, kept.at(tap) / wanted.at(tap));
            wanted = kept;
        }
        const torch::NoGradGuard no_grad;
        std::map<std::string, double> variance;
        for_calibration([&](const torch::Tensor& pictures) {
            const auto theirs = exact_teacher_.features(pictures);
            for (const std::string tap : taps)
                variance[tap] += theirs.at(tap).var().item<double>() / calibration_batches;
        });
        for (const std::string tap : taps)
            scales_[tap] = {wanted.at(tap), wanted.at(tap) * wanted.at(tap) * variance[tap]};
    }

    torch::Tensor loss(std::int64_t step, Random& random) {
        const auto& options = request_.options;
        const auto pictures =
            crops(photos_, {.count = options.batch, .side = options.crop, .vary = true}, random).to(device_);
        Tensors targets;
        {
            const torch::NoGradGuard no_grad;
            targets = teacher_.features(pictures);
            for (const std::string tap : taps)
                targets.at(tap) = targets.at(tap).mul_(scales_.at(tap).factor);
        }
        const double way = double(step) / double(options.steps);
        const double help =
            request_.start.empty() ? teacher_at_first * std::max(0.0, 1 - way / teacher_until) : 0.0;
        auto sum = torch::zeros({}, torch::TensorOptions(device_));
        const auto parameters = converted(training_.parameters(), training_.type());
        run(student_.graph, parameters, student_input(pictures, training_.type()),
            [&](const std::string& tap, torch::Tensor features) {
                const auto target = targets.find(tap);
                const auto scale = scales_.find(tap);
                if (scale == scales_.end())
                    return features;
                const auto like_theirs = adapted(tap, features, parameters).to(torch::kFloat32);
                sum = sum + (like_theirs - target->second).square().mean() / scale->second.variance;
                if (target->second.size(1) == features.size(1) &&
                    std::uniform_real_distribution<double>(0, 1)(random) < help)
                    return target->second.to(features.scalar_type());
                return features;
            });
        return sum;
    }

    // Mean squared error over variance of each tap, on held-out photos.
    std::map<std::string, double> held_out(const Tensors& parameters) const {
        const torch::NoGradGuard no_grad;
        std::map<std::string, double> error, sum, square;
        std::map<std::string, std::int64_t> count;
        for (std::size_t i = 0; i < photos_.held_out(); ++i) {
            const auto picture = held_out_crop(photos_, i, held_out_side).to(device_);
            const auto theirs = exact_teacher_.features(picture);
            const auto ours = student_features(student_.graph, parameters, picture, torch::kFloat32);
            for (const std::string tap : taps) {
                const auto target = theirs.at(tap) * scales_.at(tap).factor;
                error[tap] += (adapted(tap, ours.at(tap), parameters) - target)
                                  .square()
                                  .sum(torch::kFloat64)
                                  .item<double>();
                sum[tap] += target.sum(torch::kFloat64).item<double>();
                square[tap] += target.square().sum(torch::kFloat64).item<double>();
                count[tap] += target.numel();
            }
        }
        std::map<std::string, double> relative;
        for (const auto& [tap, number] : count) {
            const double mean = sum[tap] / double(number);
            relative[tap] = error[tap] / double(number) / (square[tap] / double(number) - mean * mean);
        }
        return relative;
    }

    static double total(const std::map<std::string, double>& errors) {
        double sum = 0;
        for (const auto& [tap, error] : errors)
            sum += error;
        return sum;
    }

    std::string table(const std::map<std::string, double>& before,
                      const std::map<std::string, double>& after) const {
        std::string text = formatted(
            "Mean squared error over variance on {} held-out photos ({} px crops), after {} of {} steps\n\n"
            "| tap | before | after |\n|---|---|---|\n",
            photos_.held_out(), held_out_side, training_.step(), request_.options.steps);
        for (const std::string tap : taps)
            if (after.contains(tap))
                text += formatted("| {} | {:.5f} | {:.5f} |\n", tap, before.at(tap), after.at(tap));
        return text;
    }

    // The network to ship: without adapters, its taps scaled to a mean activation of 1.
    Tensors shipped() const {
        auto parameters = training_.averaged();
        if (!adapts_)
            return parameters;
        const torch::NoGradGuard no_grad;
        std::erase_if(parameters, [](const auto& entry) { return entry.first.starts_with(adapter_of("")); });
        std::map<std::string, double> means;
        for_calibration([&](const torch::Tensor& pictures) {
            const auto ours = student_features(student_.graph, parameters, pictures, torch::kFloat32);
            for (const std::string tap : taps)
                means[tap] += ours.at(tap).mean().item<double>() / calibration_batches;
        });
        for (const std::string tap : taps)
            rescale(parameters, tap, 1 / std::max(means[tap], 1e-6));
        return parameters;
    }

    // How the network that this training started from was made.
    std::string history() const {
        if (request_.start.empty())
            return {};
        const auto card = Weights::read(request_.start).metadata("card");
        return card.empty() ? "" : "\n\nThe card of the network that this training went on from:\n\n" + card;
    }

    std::string file(const std::map<std::string, double>& before) const {
        std::string all, style;
        for (const std::string tap : taps) {
            all += (all.empty() ? "" : " ") + tap;
            if (tap != "relu4_2")
                style += (style.empty() ? "" : " ") + tap;
        }
        const auto& options = request_.options;
        const std::string card = formatted(
            "Feature network: 3x3 convolutions with ReLU and average pooling, 626 thousand weights.\n"
            "Command: {}\nTeacher: {} ({}). License of the teacher: {}.\nStart: {}.\nPhotos: {} to train on, "
            "{} held out. {}\n"
            "Training: AdamW, {} of {} steps, learning rate {}, batch {}, {} px crops, seed {}, {}; averaged "
            "weights.\n\n{}{}",
            request_.command, request_.teacher.filename().string(), teacher_weights_.hash(),
            request_.license.empty() ? "not stated" : request_.license,
            request_.start.empty() ? "from scratch" : request_.start.filename().string(), photos_.training(),
            photos_.held_out(), request_.corpus, training_.step(), options.steps, options.learning_rate,
            options.batch, options.crop, options.seed, options.bfloat16 ? "bfloat16 features" : "float32",
            table(before, held_out(training_.averaged())), history());
        return safetensors(
            shipped(),
            {{"format", "neural-style-backbone/1"},
             {"name", request_.name},
             {"graph", graph_text(student_.graph)},
             {"input",
              formatted(
                  R"({{"space": "sRGB", "range": [0, 1], "mean": [{0}, {0}, {0}], "std": [{1}, {1}, {1}]}})",
                  input_mean, input_deviation)},
             {"taps", all},
             {"style_taps", style},
             {"content_tap", "relu4_2"},
             {"scale", "every tap has mean activation about 1 on photos"},
             {"license", "GPL-3.0-or-later"},
             {"card", card}},
            torch::kFloat16);
    }

    const EncoderRequest& request_;
    const Photos& photos_;
    torch::Device device_;
    Weights teacher_weights_;
    AutogradNetwork teacher_, exact_teacher_;
    Student student_;
    bool adapts_ = false; ///< the teacher has other widths at some taps
    Scales scales_;
    Training training_;
};

} // namespace

Result<TrainingReport> train_encoder(const EncoderRequest& request, const Photos& photos,
                                     const WriteFile& write, const ShowTraining& show,
                                     const std::stop_token& stop) {
    return guarded([&] { return EncoderTraining(request, photos).train(write, show, stop); });
}

} // namespace neural_style
