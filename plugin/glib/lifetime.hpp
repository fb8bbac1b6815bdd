// SPDX-License-Identifier: GPL-3.0-or-later
/// Calls that come later and must not reach an object that is gone.
///
///     engine.watch({.ready = lifetime_.bound([this](const protocol::Hello& hello) { show(hello); })});
#pragma once

#include <memory>
#include <utility>

namespace neural_style::plugin {

/// A member of the object that the calls are for.
class Lifetime {
  public:
    Lifetime() = default;
    Lifetime(const Lifetime&) = delete;
    Lifetime& operator=(const Lifetime&) = delete;

    /// The same call, which does nothing once this object has ended.
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

} // namespace neural_style::plugin
