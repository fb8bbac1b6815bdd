// SPDX-License-Identifier: GPL-3.0-or-later
// The engine's part of `./run bench`: reads requests from stdin, one JSON object per line, and writes one
// result each to stdout, so that the caller can measure something else in between.
//
// {"measure": "step", "network": FILE, "type": "float32"|"bfloat16", "side": N, "loss": NAME}: seconds
// {"measure": "captured step", …}: seconds, captured: whether it was, which it is from the fifth request on, if ever
// {"measure": "convolutions", …, "way": "contiguous"|"channels_last"|"prepared"}: seconds
// {"measure": "profile", …, "unpadded": FILE, "poolings": [FILE, …], "rounds": N}: pieces, seconds by name
// {"measure": "painting", "network": FILE, "precision": NAME, "photo": PICTURE, "style": PICTURE, "rounds":
// N, "into": FILE}: seconds of the last round
// {"measure": "plan", …}: the default's scales, layers and weights
// {"measure": "losses", …, "pictures": [FILE, …]}: losses, the default objective's of each
// {"measure": "one pass", "network": FILE, "decoder": FILE, "trained_styles": FOLDER, "trained_style": NAME, "photo":
// PICTURE, "style": PICTURE}: seconds
// {"measure": "versions"}: versions
//
// PICTURE is {"file": FILE of float32 samples, "width": N, "height": N}. "device": NAME may be added to
// what computes; without it the processor does. "bench-engine --plain-memory" uses
// the C library's own memory management; otherwise memory is kept as in a job.
#include "allocation.hpp"
#include "bare_convolutions.hpp"
#include "device.hpp"
#include "measured.hpp"
#include "one_pass.hpp"
#include "painting.hpp"
#include "profile.hpp"
#include "step.hpp"

#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <cstdlib>
#include <iostream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <torch/version.h>

using namespace neural_style;
using nlohmann::json;

namespace {

torch::ScalarType type_of(const json& request) {
    return request.at("type") == "bfloat16" ? torch::kBFloat16 : torch::kFloat32;
}

bench::BareConvolutions::Way way_of(const json& request) {
    using Way = bench::BareConvolutions::Way;
    const auto name = request.at("way").get<std::string>();
    return name == "contiguous" ? Way::contiguous : name == "prepared" ? Way::prepared : Way::channels_last;
}

std::vector<std::filesystem::path> files(const json& names) {
    std::vector<std::filesystem::path> result;
    for (const auto& name : names)
        result.emplace_back(name.get<std::string>());
    return result;
}

Image pixels(const json& picture) {
    return bench::read_pixels(picture.at("file").get<std::string>(), picture.at("width"),
                              picture.at("height"));
}

std::string device_name(const json& request) {
    return request.value("device", "cpu");
}

FeatureNetwork network(const json& request) {
    return bench::network(request.at("network").get<std::string>(), type_of(request),
                          torch::Device(device_name(request)));
}

bench::Painting painting(const json& request) {
    const auto precision = request.value("precision", "float32");
    return {.network = request.at("network").get<std::string>(),
            .photo = pixels(request.at("photo")),
            .style = pixels(request.at("style")),
            .precision = choice_named<Precision>(precision).value(),
            .device = device_name(request),
            .rounds = request.value("rounds", 1)};
}

json plan(const json& request) {
    const auto plan = bench::default_plan(painting(request));
    json scales = json::array();
    for (std::size_t i = 0; i < plan.scales.size(); ++i)
        scales.push_back({{"width", plan.scales[i].width},
                          {"height", plan.scales[i].height},
                          {"iterations", plan.scales[i].iterations},
                          {"style_width", plan.style_sizes[i].front().width},
                          {"style_height", plan.style_sizes[i].front().height}});
    return {{"scales", scales},
            {"content", plan.weights.content},
            {"style", plan.weights.style},
            {"tv", plan.weights.tv},
            {"content_layers", plan.content_layers},
            {"style_layers", plan.style_layers}};
}

// Keeps what has been prepared, so that only the first of many equal requests is slow.
class Bench {
  public:
    json answer(const json& request) {
        const auto what = request.at("measure").get<std::string>();
        if (what == "step")
            return {{"seconds", seconds_of_step(request)}};
        if (what == "captured step")
            return captured_step(request);
        if (what == "convolutions")
            return {{"seconds", seconds_of_convolutions(request)}};
        if (what == "profile")
            return {{"pieces", bench::profile({.network = request.at("network").get<std::string>(),
                                               .unpadded = request.at("unpadded").get<std::string>(),
                                               .poolings = files(request.at("poolings")),
                                               .type = type_of(request),
                                               .side = request.at("side")},
                                              request.at("rounds"))}};
        if (what == "painting")
            return {
                {"seconds", bench::paint_default(painting(request), request.at("into").get<std::string>())}};
        if (what == "plan")
            return plan(request);
        if (what == "losses")
            return losses(request);
        if (what == "one pass")
            return {{"seconds", seconds_of_one_pass(request)}};
        if (what == "versions")
            return {{"LibTorch", TORCH_VERSION},
                    {"built", at::show_config()},
                    {"threads", at::get_num_threads()}};
        return {{"error", "nothing is known about " + what}};
    }

  private:
    bench::Step& step(const json& request) {
        auto& step = steps_[request.dump()];
        if (!step)
            step = std::make_unique<bench::Step>(
                network(request), choice_named<StyleLoss>(request.at("loss").get<std::string>()).value(), request.at("side"));
        return *step;
    }

    double seconds_of_step(const json& request) {
        auto& step = this->step(request);
        return bench::seconds([&] {
            step.run();
            synchronize(torch::Device(device_name(request)));
        });
    }

    json captured_step(const json& request) {
        auto& step = this->step(request);
        bool captured = false;
        const double took = bench::seconds([&] {
            captured = step.run_captured();
            synchronize(torch::Device(device_name(request)));
        });
        return {{"seconds", took}, {"captured", captured}};
    }

    double seconds_of_convolutions(const json& request) {
        auto& bare = convolutions_[request.dump()];
        if (!bare)
            bare = std::make_unique<bench::BareConvolutions>(
                network(request), request.at("side"), way_of(request));
        return bench::seconds([&] {
            bare->forward(false);
            bare->backward();
            synchronize(torch::Device(device_name(request)));
        });
    }

    double seconds_of_one_pass(const json& request) {
        if (!one_pass_)
            one_pass_ = std::make_unique<bench::OnePassPaintings>(
                OpenOptions{.feature_network = request.at("network").get<std::string>(),
                            .decoder = request.at("decoder").get<std::string>(),
                            .trained_styles = request.at("trained_styles").get<std::string>(),
                            .device = device_name(request)});
        return one_pass_->seconds(pixels(request.at("photo")), pixels(request.at("style")),
                                  request.at("trained_style").get<std::string>());
    }

    static json losses(const json& request) {
        const auto subject = painting(request);
        json result = json::array();
        for (const auto& file : request.at("pictures")) {
            const auto losses = bench::default_losses(
                subject,
                bench::read_pixels(file.get<std::string>(), subject.photo.width(), subject.photo.height()));
            json& terms = result.emplace_back(json{{"total", losses.total()}});
            losses.each(
                [&](std::string_view name, const Loss& loss) { terms[std::string(name)] = loss.value; });
        }
        return {{"losses", result}};
    }

    std::map<std::string, std::unique_ptr<bench::Step>> steps_;
    std::map<std::string, std::unique_ptr<bench::BareConvolutions>> convolutions_;
    std::unique_ptr<bench::OnePassPaintings> one_pass_;
};

} // namespace

int main(int count, char** arguments) {
    const torch::NoGradGuard no_grad;
    if (!std::getenv("OMP_NUM_THREADS"))
        Engine::use_all_cores();
    std::optional<KeptMemory> kept;
    if (count < 2 || std::string_view(arguments[1]) != "--plain-memory") {
        kept.emplace();
        keep_blocks_up_to(std::size_t(1) << 30); // any layer to be measured
    }
    Bench bench;
    for (std::string line; std::getline(std::cin, line);) {
        json answer;
        try {
            answer = bench.answer(json::parse(line));
        } catch (const std::exception& error) {
            answer = {{"error", error.what()}};
        }
        std::cout << answer << std::endl;
    }
}
