// SPDX-License-Identifier: GPL-3.0-or-later
#include "json_reader.hpp"

#include "codec.hpp"

namespace neural_style::protocol {

std::expected<nlohmann::json, std::string> json_object(std::string_view text) {
    using nlohmann::json;
    if (text.size() > head_bytes_max)
        return std::unexpected("it is longer than 64 KiB");
    bool too_deep = false;
    // Discarding what is too deep keeps the value shallow; the parser itself does not recurse.
    auto within_depth = [&](int depth, json::parse_event_t, json&) {
        too_deep = too_deep || depth > json_depth_max;
        return !too_deep;
    };
    json value = json::parse(text, within_depth, /*allow_exceptions=*/false);
    if (too_deep)
        return std::unexpected("it is nested too deeply");
    if (value.is_discarded())
        return std::unexpected("it is not JSON");
    if (!value.is_object())
        return std::unexpected("it is not an object");
    return value;
}

} // namespace neural_style::protocol
