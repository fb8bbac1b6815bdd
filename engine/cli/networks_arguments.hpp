// SPDX-License-Identifier: GPL-3.0-or-later
/// What the user wants of `neural-style networks`, parsed from the command line.
#pragma once

#include "added_network.hpp"
#include "arguments.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace neural_style::cli {

enum class NetworksTask { add, list, show, remove };

struct NetworksArguments {
    NetworksTask task = NetworksTask::list;
    std::filesystem::path file; ///< to add
    std::string name;           ///< to show or remove; to add: empty, as the file tells
    bool float16 = false;
    std::optional<InputScale> input; ///< empty: as the file tells
    Talk talk = Talk::people;
    std::string help;
};

/// Whether a network may have that name: it becomes a file's.
bool is_network_name(const std::string& name);

/// Errors: invalid_request, in a sentence for people.
Result<NetworksArguments> networks_arguments(const std::vector<std::string>& words);

} // namespace neural_style::cli
