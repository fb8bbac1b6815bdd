// SPDX-License-Identifier: GPL-3.0-or-later
/// Downloads the weights of a known architecture, once the user has agreed.
///
///     auto got = get_network(arguments);
///     if (got)
///         add(got->file, got->sha256);
#pragma once

#include "networks_arguments.hpp"

#include <neural_style/error.hpp>

#include <filesystem>
#include <string>

namespace neural_style::cli {

struct GotNetwork {
    std::filesystem::path file;
    std::string sha256; ///< 64 digits
};

/// Says what is downloaded and from where, asks if there is a terminal, and shows how far it is. Errors,
/// translated: invalid_request, and those of `download`.
Result<GotNetwork> get_network(const NetworksArguments& arguments);

} // namespace neural_style::cli
