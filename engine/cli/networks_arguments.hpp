// SPDX-License-Identifier: GPL-3.0-or-later
/// What the user wants of `neural-style networks`, parsed from the command line.
#pragma once

#include "added_network.hpp"
#include "arguments.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace neural_style::cli {

enum class NetworksTask { add, get, list, show, remove };

struct NetworksArguments {
    NetworksTask task = NetworksTask::list;
    std::filesystem::path file; ///< to add
    std::string name;           ///< to show or remove; to add or get: empty, as the file tells
    std::string architecture;   ///< to get
    std::string from;           ///< address of a file or a folder to get it from; empty: the usual one
    std::string sha256;         ///< of that file, its first digits at least; empty: as its name tells
    bool agreed = false;        ///< to download without a question
    bool keep = false;          ///< the download
    bool plain_http = false;
    int patience = 60; ///< seconds
    bool float16 = false;
    std::optional<InputScale> input; ///< empty: as the file tells
    Talk talk = Talk::people;
    std::string help;
};

/// Whether a network may have that name: it becomes a file's.
bool is_network_name(const std::string& name);

/// Whether these can be the first digits of a SHA-256, 8 at least.
bool is_digest(std::string_view digits);

/// Errors: invalid_request, in a sentence for people.
Result<NetworksArguments> networks_arguments(const std::vector<std::string>& words);

} // namespace neural_style::cli
