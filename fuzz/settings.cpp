// SPDX-License-Identifier: GPL-3.0-or-later
/// Settings as JSON: of scripts, presets and layers' records.
#include "promise.hpp"
#include "settings_json.hpp"

using namespace neural_style;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto settings = protocol::settings_from_json({reinterpret_cast<const char*>(data), size});
    if (!fuzz::is_taken_or_told(settings))
        return 0;
    const std::string text = protocol::settings_to_json(*settings);
    const auto again = protocol::settings_from_json(text);
    fuzz::promise(again && protocol::settings_to_json(*again) == text);
    return 0;
}
