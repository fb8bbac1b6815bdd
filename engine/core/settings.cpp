// SPDX-License-Identifier: GPL-3.0-or-later
#include <neural_style/settings.hpp>

#include <format>

namespace neural_style {

namespace {

std::optional<Error> out_of_range(std::string_view what, double value, double least, double most) {
    if (value >= least && value <= most)
        return std::nullopt;
    return Error{ErrorCode::invalid_request,
                 std::format("{} is {}; choose a value from {} to {}.", what, value, least, most)};
}

// Weights of several things: none negative or too large, and not all of them 0.
std::optional<Error> weights_out_of_range(std::string_view what, const std::vector<double>& weights) {
    double sum = 0;
    for (const double weight : weights) {
        if (auto e = out_of_range(what, weight, 0, SettingsRange::weight_max))
            return e;
        sum += weight;
    }
    if (!weights.empty() && sum == 0)
        return Error{ErrorCode::invalid_request,
                     std::format("{} is 0, and so are all others; make at least one larger.", what)};
    return std::nullopt;
}

} // namespace

std::optional<Error> check(const Settings& s) {
    using Range = SettingsRange;
    if (auto e = out_of_range("The strength", s.strength, Range::strength_min, Range::strength_max))
        return e;
    if (auto e =
            out_of_range("The stroke size", s.stroke_size, Range::stroke_size_min, Range::stroke_size_max))
        return e;
    if (auto e = out_of_range("The size limit", s.size_limit, 0, Range::size_limit_max))
        return e;
    if (s.model.size() > Range::model_length_max ||
        s.model.find_first_of(std::string_view("/\\\0", 3)) != s.model.npos || s.model.starts_with('.'))
        return Error{ErrorCode::invalid_request,
                     "The trained style is not given by a name; choose one of those that are listed."};
    if (s.size_limit != 0 && s.size_limit < Range::size_min)
        return Error{ErrorCode::invalid_request,
                     std::format("The size limit is {}; choose 0 for no limit, or at least {} pixels.",
                                 s.size_limit, Range::size_min)};
    if (auto e = out_of_range("The time limit", s.time_limit, 0, Range::time_limit_max))
        return e;
    if (s.iterations)
        if (auto e = out_of_range("The number of iterations", *s.iterations, 1, Range::iterations_max))
            return e;
    if (auto e = out_of_range("The content weight", s.content_weight, 0, Range::weight_max))
        return e;
    if (auto e = out_of_range("The style weight", s.style_weight, 0, Range::weight_max))
        return e;
    if (auto e = out_of_range("The total variation weight", s.tv_weight, 0, Range::weight_max))
        return e;
    if (auto e = out_of_range("The detail", s.detail, 0, 1))
        return e;
    if (auto e = out_of_range("The averaging", s.averaging, 0, Range::averaging_max))
        return e;
    if (auto e = out_of_range("The early stop", s.early_stop, 0, Range::early_stop_max))
        return e;
    if (auto e = weights_out_of_range("A style's share", s.blend))
        return e;
    if (auto e = weights_out_of_range("A layer's weight", s.layer_weights))
        return e;
    if (!s.layer_weights.empty() && s.layer_weights.size() != s.style_layers.size())
        return Error{ErrorCode::invalid_request,
                     std::format("There are {} layer weights for {} style layers; give one for each.",
                                 s.layer_weights.size(), s.style_layers.size())};
    return out_of_range("The L-BFGS history", s.history, 1, Range::history_max);
}

} // namespace neural_style
