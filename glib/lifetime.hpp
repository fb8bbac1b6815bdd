// SPDX-License-Identifier: GPL-3.0-or-later
/// Protects delayed calls from reaching a destroyed object.
///
///     engine.watch({.ready = lifetime_.bound([this](const protocol::Hello& hello) { show(hello); })});
#pragma once

#include <memory>
#include <utility>

namespace neural_style {

/// A member of the object that the calls target.
class Lifetime {
  public:
    Lifetime() = default;
    Lifetime(const Lifetime&) = delete;
    Lifetime& operator=(const Lifetime&) = delete;

    /// The same call, but without effect once this object is destroyed.
    template <typename Call>
    auto bound(Call call) const {
        return [living = std::weak_ptr(living_), call = std::move(call)](auto&&... arguments) {
            if (!living.expired())
                call(std::forward<decltype(arguments)>(arguments)...);
        };
    }

  private:
    std::shared_ptr<bool> living_ = std::make_shared<bool>(true);
};

} // namespace neural_style
