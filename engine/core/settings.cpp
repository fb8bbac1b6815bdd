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
    if (s.size_limit != 0 && s.size_limit < Range::size_min)
        return Error{ErrorCode::invalid_request,
                     std::format("The size limit is {}; choose 0 for no limit, or at least {} pixels.",
                                 s.size_limit, Range::size_min)};
    if (s.iterations)
        if (auto e = out_of_range("The number of iterations", *s.iterations, 1, Range::iterations_max))
            return e;
    if (auto e = out_of_range("The content weight", s.content_weight, 0, Range::weight_max))
        return e;
    if (auto e = out_of_range("The style weight", s.style_weight, 0, Range::weight_max))
        return e;
    if (auto e = out_of_range("The total variation weight", s.tv_weight, 0, Range::weight_max))
        return e;
    return out_of_range("The L-BFGS history", s.history, 1, Range::history_max);
}

} // namespace neural_style
