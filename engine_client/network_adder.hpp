// SPDX-License-Identifier: GPL-3.0-or-later
/// Adds a network from a file by running `neural-style networks add`, so that neither a large nor a hostile
/// file concerns this process.
///
///     NetworkAdder adder(bin_folder / "neural-style");
///     adder.add(file, [&](Result<AddedNetwork> added) { ... });
#pragma once

#include "gobject_pointer.hpp"

#include <neural_style/engine.hpp>
#include <neural_style/error.hpp>

#include <filesystem>
#include <functional>
#include <gio/gio.h>
#include <string_view>
#include <utility>

namespace neural_style {

class NetworkAdder {
  public:
    using Answered = std::function<void(Result<AddedNetwork>)>;

    explicit NetworkAdder(std::filesystem::path program) : program_(std::move(program)) {}
    /// Ends the program if it runs.
    ~NetworkAdder();
    NetworkAdder(const NetworkAdder&) = delete;
    NetworkAdder& operator=(const NetworkAdder&) = delete;

    /// `answered` is called once, later, on the main context, unless this is destroyed first. One at a time.
    /// Errors, translated: those of the command line, internal if it is not installed.
    void add(const std::filesystem::path& file, Answered answered);

  private:
    std::filesystem::path program_;
    GObjectPointer<GSubprocess> process_;
    GObjectPointer<GCancellable> gone_;
};

/// What the program printed for programs. Errors: its own, or internal if that cannot be understood.
Result<AddedNetwork> added_network_in(std::string_view lines);

} // namespace neural_style
