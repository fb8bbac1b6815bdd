// SPDX-License-Identifier: GPL-3.0-or-later
/// Turns exceptions into error values: the only way by which they leave the engine.
///
///     return guarded([&] { return paint_or_throw(request); });   // Result<Image>
#pragma once

#include <neural_style/error.hpp>

#include <stdexcept>
#include <stop_token>
#include <type_traits>
#include <utility>

namespace neural_style {

/// Thrown inside the engine, with everything that `Error` needs.
class Failure : public std::runtime_error {
  public:
    Failure(ErrorCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
    ErrorCode code() const { return code_; }

  private:
    ErrorCode code_;
};

/// Throws if somebody has asked to stop.
inline void stop_if_asked(const std::stop_token& stop) {
    if (stop.stop_requested())
        throw Failure(ErrorCode::cancelled, "Cancelled.");
}

/// The exception in flight as an error. Call inside a catch block only.
Error error_in_flight();

template <typename Work>
auto guarded(Work&& work) -> Result<std::invoke_result_t<Work>> {
    try {
        if constexpr (std::is_void_v<std::invoke_result_t<Work>>) {
            std::forward<Work>(work)();
            return {};
        } else {
            return std::forward<Work>(work)();
        }
    } catch (...) {
        return std::unexpected(error_in_flight());
    }
}

} // namespace neural_style
