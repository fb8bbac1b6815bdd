// SPDX-License-Identifier: GPL-3.0-or-later
#include "get_network.hpp"

#include "download.hpp"
#include "installation.hpp"
#include "output.hpp"
#include "progress_line.hpp"
#include "published_weights.hpp"
#include "stop_signals.hpp"
#include "translation.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string_view>
#include <unistd.h>

namespace neural_style::cli {
namespace {

/// The name of the file that an address leads to; empty if it leads to a folder.
std::string file_name_in(std::string_view url) {
    const auto path = url.substr(0, url.find_first_of("?#"));
    const auto name = path.substr(path.rfind('/') + 1);
    static constexpr std::array endings{".pth", ".pt", ".safetensors"};
    const bool is_file =
        std::ranges::any_of(endings, [&](const char* ending) { return name.ends_with(ending); });
    return is_file ? std::string(name) : std::string();
}

/// torchvision's way of naming: the digits between the last - and the ending.
std::string digits_in(std::string_view file_name) {
    const auto stem = file_name.substr(0, file_name.rfind('.'));
    const auto dash = stem.rfind('-');
    const auto digits = dash == stem.npos ? std::string_view() : stem.substr(dash + 1);
    return is_digest(digits) ? std::string(digits) : std::string();
}

struct Wanted {
    Download download;
    const Architecture* architecture = nullptr;
    bool from_publisher = false;
    int megabytes = 0;
};

Result<Wanted> wanted(const NetworksArguments& arguments) {
    const auto known = architectures();
    const auto architecture = std::ranges::find(known, arguments.architecture, &Architecture::name);
    const auto* const published = published_weights(arguments.architecture);
    if (architecture == known.end() || !published) {
        std::string names;
        for (const auto& one : known)
            names += (names.empty() ? "" : ", ") + std::string(one.name);
        return failure(ErrorCode::invalid_request,
                       sentence(_("There is no network \"{}\" to download: choose one of {}."),
                                arguments.architecture, names));
    }
    const auto folder = user_downloads_folder();
    if (folder.empty())
        return failure(ErrorCode::not_written,
                       _("There is no folder for downloads: set XDG_CACHE_HOME or HOME."));
    const char* const variable = std::getenv("NEURAL_STYLE_NETWORKS_URL");
    std::string url = !arguments.from.empty() ? arguments.from
                      : variable && *variable ? variable
                                              : std::string(publisher);
    auto file = file_name_in(url);
    if (file.empty()) {
        file = published->file;
        url += (url.ends_with('/') ? "" : "/") + file;
    }
    const bool same_file = file == published->file;
    auto digits = !arguments.sha256.empty()                 ? arguments.sha256
                  : same_file && !published->sha256.empty() ? std::string(published->sha256)
                                                            : digits_in(file);
    if (digits.empty())
        return failure(ErrorCode::invalid_request,
                       sentence(_("Nothing tells the SHA-256 of {}: give it with --sha256."), file));
    return Wanted{.download = {.url = url,
                               .file = folder / file,
                               .sha256 = std::move(digits),
                               .plain_http = arguments.plain_http,
                               .patience = arguments.patience},
                  .architecture = &*architecture,
                  .from_publisher = url.starts_with(publisher),
                  .megabytes = published->megabytes};
}

Result<void> agreement(const Wanted& wanted, const NetworksArguments& arguments) {
    const auto& url = wanted.download.url;
    note(sentence(_("{}, about {} MB, from {}"), wanted.architecture->title, wanted.megabytes, url));
    note(wanted.from_publisher
             ? _("Licence: torchvision's weights come under BSD 3-Clause and were trained on ImageNet.")
             : _("Licence: what its publisher says applies."));
    if (arguments.agreed)
        return {};
    if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
        return failure(ErrorCode::invalid_request,
                       _("Nothing is downloaded without being asked for: repeat the command with --yes."));
    std::fputs(_("Download it? [y/N] "), stderr);
    std::string answer;
    std::getline(std::cin, answer);
    // The translated question names the letter, y being understood everywhere.
    const std::string_view yes = _("y");
    if (answer.empty() || (!answer.starts_with('y') && !answer.starts_with('Y') && !answer.starts_with(yes)))
        return failure(ErrorCode::invalid_request, _("Nothing was downloaded."));
    return {};
}

} // namespace

Result<GotNetwork> get_network(const NetworksArguments& arguments) {
    auto order = wanted(arguments);
    if (!order)
        return std::unexpected(order.error());
    if (auto agreed = agreement(*order, arguments); !agreed)
        return std::unexpected(agreed.error());
    const StopSignals signals; // not before the question, which Ctrl-C ends
    ProgressLine line(arguments.talk);
    auto digits = download(
        order->download,
        [&](std::uint64_t bytes, std::uint64_t all) {
            const std::uint64_t expected = all > 0 ? all : std::uint64_t(order->megabytes) * 1'000'000;
            line.show(std::min(1.0, double(bytes) / double(std::max<std::uint64_t>(expected, 1))),
                      sentence(_("{:.1f} of {:.1f} MB"), double(bytes) / 1e6, double(expected) / 1e6));
        },
        signals.token());
    line.finish();
    if (!digits)
        return std::unexpected(digits.error());
    return GotNetwork{.file = order->download.file, .sha256 = *std::move(digits)};
}

} // namespace neural_style::cli
