// SPDX-License-Identifier: GPL-3.0-or-later
#include "added_networks.hpp"

#include "guarded.hpp"
#include "weights.hpp"

#include <neural_style/formatted.hpp>
#include <neural_style/plain_text.hpp>
#include <neural_style/settings.hpp>

#include <algorithm>
#include <charconv>
#include <optional>
#include <system_error>
#include <utility>

namespace neural_style {

namespace {

namespace fs = std::filesystem;

constexpr const char* ending = ".safetensors";

std::optional<AddedNetwork> described(const fs::path& file) {
    const auto outline = Weights::outline_of(file);
    const auto value = [&](const char* key) {
        const auto found = outline.metadata.find(key);
        return found == outline.metadata.end() ? std::string() : found->second;
    };
    Settings named;
    named.network = file.stem().string();
    const auto is_plain = [](char c) { return c >= ' ' && c < 127; };
    if (value("format") != "neural-style-backbone/1" || check(named) ||
        !std::ranges::all_of(named.network, is_plain))
        return std::nullopt;
    AddedNetwork network{.name = named.network,
                         .title = plain_line(value("title"), title_bytes_max),
                         .bytes = fs::file_size(file)};
    if (network.title.empty())
        network.title = network.name;
    const auto operations = value("operations");
    if (std::from_chars(operations.data(), operations.data() + operations.size(), network.operations).ec !=
            std::errc() ||
        !(network.operations >= 0 && network.operations < 1e12))
        network.operations = 0;
    return network;
}

} // namespace

std::vector<AddedNetwork> networks_in(const fs::path& folder) {
    std::vector<AddedNetwork> found;
    const auto look_at = [&](const fs::path& file) {
        if (auto network = described(file))
            found.push_back(*std::move(network));
    };
    std::error_code failed;
    for (fs::directory_iterator entry(folder, failed), end; !failed && entry != end; entry.increment(failed))
        if (entry->path().extension() == ending)
            std::ignore = guarded([&] { look_at(entry->path()); }); // another file may be usable
    std::ranges::sort(found, {}, &AddedNetwork::name);
    return found;
}

fs::path network_named(const std::string& name, const fs::path& folder) {
    const auto file = folder / (name + ending);
    std::error_code ignored;
    if (folder.empty() || !fs::is_regular_file(file, ignored))
        throw Failure(ErrorCode::invalid_request,
                      formatted("The computer that paints has no network \"{}\"; add it there with "
                                "\"neural-style networks add\", or choose another one.",
                                name));
    return file;
}

} // namespace neural_style
