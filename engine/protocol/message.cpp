// SPDX-License-Identifier: GPL-3.0-or-later
#include "message.hpp"

#include <algorithm>

namespace neural_style::protocol {

bool Hello::operator==(const Hello& other) const {
    auto same = [](const DeviceDescription& a, const DeviceDescription& b) {
        return a.name == b.name && a.description == b.description && a.memory_total == b.memory_total &&
               a.memory_free == b.memory_free;
    };
    return protocol_version == other.protocol_version && engine_version == other.engine_version &&
           device == other.device && std::ranges::equal(devices, other.devices, same) &&
           networks == other.networks && instant == other.instant && trained_styles == other.trained_styles;
}

bool Failed::operator==(const Failed& other) const {
    return id == other.id && error.code == other.error.code && error.message == other.error.message &&
           missing == other.missing;
}

} // namespace neural_style::protocol
