// SPDX-License-Identifier: GPL-3.0-or-later
/// What neural-style-downloading.so exports: the function of download.hpp, with libcurl, which only
/// `networks get` loads.
///
///     extern "C" const DownloadingModule neural_style_downloading; // of the type below
#pragma once

#include "download.hpp"

namespace neural_style::cli {

struct DownloadingModule {
    decltype(&neural_style::cli::download) download;
};

} // namespace neural_style::cli
