// SPDX-License-Identifier: GPL-3.0-or-later
// The function of download.hpp for neural-style: it loads the module that has it when it is called.
#include "downloading_module.hpp"
#include "module_beside.hpp"

#include <utility>

namespace neural_style::cli {

Result<std::string> download(const Download& order, const DownloadProgress& progress, std::stop_token stop) {
    constexpr const char* file_name = "neural-style-downloading.so";
    const auto* const module = module_beside<DownloadingModule>(file_name, "neural_style_downloading");
    return module ? module->download(order, progress, std::move(stop))
                  : std::unexpected(incomplete(file_name));
}

} // namespace neural_style::cli
