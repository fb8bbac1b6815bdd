// SPDX-License-Identifier: GPL-3.0-or-later
/// Fetches a file whose SHA-256 is known from the network.
///
///     auto digits = download({.url = "https://download.pytorch.org/models/vgg19-dcbb9e9d.pth",
///                             .file = cache / "vgg19-dcbb9e9d.pth",
///                             .sha256 = "dcbb9e9d"},
///                            show, signals.token());
#pragma once

#include <neural_style/error.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>

namespace neural_style::cli {

struct Download {
    std::string url;
    std::filesystem::path file; ///< exists only when it is whole; until then FILE.part does
    std::string sha256;         ///< its 64 digits or the first of them, in small letters
    bool plain_http = false;    ///< http is allowed, too; to this computer itself it always is
    int patience = 60;          ///< seconds without a byte that are waited
    std::uint64_t largest = std::uint64_t(2) << 30; ///< bytes
};

/// Bytes that are there, of how many; 0: that is not known.
using DownloadProgress = std::function<void(std::uint64_t bytes, std::uint64_t all)>;

/// Returns the 64 digits. Goes on from a part that is there, if the source says that its file is still the
/// same one; takes a whole file that is there as it is. Proxies as the environment names them (https_proxy,
/// no_proxy), certificates as the system trusts them. A part is left behind by a connection that broke off
/// and by `stop`, never by wrong content. Errors, translated: cancelled, bad_weights, not_written.
Result<std::string> download(const Download& order, const DownloadProgress& progress, std::stop_token stop);

} // namespace neural_style::cli
