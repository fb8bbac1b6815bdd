// SPDX-License-Identifier: GPL-3.0-or-later
#include "painting.hpp"

#include "measured.hpp"
#include "painting_objective.hpp"
#include "step.hpp"
#include "tensor.hpp"

#include <neural_style/engine.hpp>

#include <fstream>
#include <stdexcept>

using namespace neural_style;

namespace bench {

Image read_pixels(const std::filesystem::path& file, int width, int height) {
    Image image(width, height);
    std::ifstream stream(file, std::ios::binary);
    if (!stream.read(reinterpret_cast<char*>(image.data()), std::streamsize(image.span().size_bytes())))
        throw std::runtime_error("cannot read " + file.string());
    return image;
}

double paint_default(const Painting& painting, const std::filesystem::path& file) {
    auto engine = Engine::open({.feature_network = painting.network, .device = painting.device});
    if (!engine)
        throw std::runtime_error(engine.error().message);
    Request request{.content = painting.photo, .styles = {{.picture = painting.style}}};
    request.settings.precision = painting.precision;
    Result<Image> result;
    double took = 0;
    for (int round = 0; round < painting.rounds; ++round)
        took = seconds([&] { result = engine->paint(request); });
    if (!result)
        throw std::runtime_error(result.error().message);
    std::ofstream(file, std::ios::binary)
        .write(reinterpret_cast<const char*>(result->data()), std::streamsize(result->span().size_bytes()));
    return took;
}

OptimizePlan default_plan(const Painting& painting) {
    return plan_optimize(network(painting.network, torch::kFloat32), {},
                         {painting.photo.width(), painting.photo.height()},
                         {{painting.style.width(), painting.style.height()}});
}

Losses default_losses(const Painting& painting, const Image& picture) {
    const auto feature_network = network(painting.network, torch::kFloat32);
    const auto plan = default_plan(painting);
    const auto style_size = plan.style_sizes.back().front();
    PaintingObjective objective(feature_network, Settings{}.style_loss, plan.weights);
    objective.style_like(resized(to_tensor(painting.style, torch::kCPU), style_size.width, style_size.height),
                         plan.style_layers, {}, {});
    objective.content_like(to_tensor(painting.photo, torch::kCPU), plan.content_layers, {});
    return objective.evaluate(to_tensor(picture, torch::kCPU), nullptr, {});
}

} // namespace bench
