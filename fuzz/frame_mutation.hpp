// SPDX-License-Identifier: GPL-3.0-or-later
/// Changes a stream of frames (engine/protocol/WIRE.md) so that their lengths stay right.
///
///     extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most,
///                                                    unsigned seed) {
///         return fuzz::mutated_frames(data, size, most, seed);
///     }
#pragma once

#include "codec.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <random>
#include <string>
#include <string_view>
#include <vector>

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

namespace neural_style::fuzz {

struct RawFrame {
    std::string start; ///< magic and kind
    std::string head;
    std::string payload;
};

/// The frames at the beginning; `rest` is what follows them.
inline std::vector<RawFrame> frames_in(std::string_view bytes, std::string& rest) {
    constexpr std::size_t start_bytes = 8;
    std::vector<RawFrame> frames;
    while (bytes.size() >= protocol::frame_start_bytes && bytes.starts_with("NSE1")) {
        std::uint32_t head = 0;
        std::uint64_t payload = 0;
        std::memcpy(&head, bytes.data() + start_bytes, sizeof head);
        std::memcpy(&payload, bytes.data() + start_bytes + sizeof head, sizeof payload);
        const std::size_t left = bytes.size() - protocol::frame_start_bytes;
        if (head > left || payload > left - head)
            break;
        frames.push_back({std::string(bytes.substr(0, start_bytes)),
                          std::string(bytes.substr(protocol::frame_start_bytes, head)),
                          std::string(bytes.substr(protocol::frame_start_bytes + head, payload))});
        bytes.remove_prefix(protocol::frame_start_bytes + head + payload);
    }
    rest = bytes;
    return frames;
}

/// As libFuzzer asks for it: a frame's head or payload changes, or a frame is repeated, moved or left out.
/// One change in eight may be anything.
inline std::size_t mutated_frames(std::uint8_t* data, std::size_t size, std::size_t most, unsigned seed) {
    std::minstd_rand random(seed);
    std::string rest;
    auto frames = frames_in({reinterpret_cast<const char*>(data), size}, rest);
    if (frames.empty() || random() % 8 == 0)
        return LLVMFuzzerMutate(data, size, most);
    const std::size_t at = random() % frames.size(), to = random() % frames.size();
    const auto change = [&](std::string& text) {
        const std::size_t before = text.size();
        text.resize(before + most - std::min(most, size));
        text.resize(LLVMFuzzerMutate(reinterpret_cast<std::uint8_t*>(text.data()), before, text.size()));
    };
    switch (random() % 8) {
    case 0:
        frames.insert(frames.begin() + std::ptrdiff_t(to), RawFrame(frames[at]));
        break;
    case 1:
        std::swap(frames[at], frames[to]);
        break;
    case 2:
        frames.erase(frames.begin() + std::ptrdiff_t(at));
        break;
    case 3:
        change(frames[at].payload);
        break;
    default:
        change(frames[at].head);
    }
    std::string bytes;
    for (const RawFrame& frame : frames) {
        const auto head = std::uint32_t(frame.head.size());
        const auto payload = std::uint64_t(frame.payload.size());
        bytes.append(frame.start).append(reinterpret_cast<const char*>(&head), sizeof head);
        bytes.append(reinterpret_cast<const char*>(&payload), sizeof payload)
            .append(frame.head)
            .append(frame.payload);
    }
    bytes += rest;
    bytes.resize(std::min(bytes.size(), most));
    std::ranges::copy(bytes, data);
    return bytes.size();
}

} // namespace neural_style::fuzz
