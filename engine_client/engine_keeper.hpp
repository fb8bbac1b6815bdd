// SPDX-License-Identifier: GPL-3.0-or-later
/// The engine of one plug-in call. It stays loaded for the next painting while its command line is the same.
///
///     EngineKeeper engines({.environment = "neural-style-engine", .plug_in_folder = folder});
///     auto engine = engines.engine(setting);
#pragma once

#include "engine_client.hpp"
#include "engine_command.hpp"

#include <optional>
#include <string>
#include <utility>

namespace neural_style {

class EngineKeeper {
  public:
    /// Where to look; `setting` is ignored.
    explicit EngineKeeper(EngineSources sources) : sources_(std::move(sources)) {}

    /// Ends the previous engine if `setting` differs and is valid. Errors: those of `engine_command`.
    Result<EngineClient*> engine(const std::string& setting) {
        if (engine_ && setting == sources_.setting)
            return &*engine_;
        auto sources = sources_;
        sources.setting = setting;
        auto command = engine_command(sources);
        if (!command)
            return std::unexpected(command.error());
        engine_.emplace(std::move(*command));
        sources_ = std::move(sources);
        return &*engine_;
    }

    /// Of the last engine used.
    std::string log() const { return engine_ ? engine_->log() : std::string(); }

  private:
    EngineSources sources_;
    std::optional<EngineClient> engine_;
};

} // namespace neural_style
