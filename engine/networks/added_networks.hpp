// SPDX-License-Identifier: GPL-3.0-or-later
/// The feature networks that were added: a folder of files in our format, each called by its name.
///
///     for (const auto& network : networks_in(folder))
///         offer(network.name);
///     FeatureNetwork network(Weights::read(network_named("vgg19", folder)), device);
#pragma once

#include <neural_style/engine.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace neural_style {

/// Sorted by name. Files that are no feature networks, or whose names cannot be chosen, are left out. A
/// folder that does not exist has none.
std::vector<AddedNetwork> networks_in(const std::filesystem::path& folder);

/// The network's file. `name` has been checked. Errors: Failure(invalid_request) if there is none.
std::filesystem::path network_named(const std::string& name, const std::filesystem::path& folder);

} // namespace neural_style
