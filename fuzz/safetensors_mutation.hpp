// SPDX-License-Identifier: GPL-3.0-or-later
/// Changes a safetensors file so that the length before its header stays right.
///
///     extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most,
///                                                    unsigned seed) {
///         return fuzz::mutated_safetensors(data, size, most, seed);
///     }
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

namespace neural_style::fuzz {

/// As libFuzzer asks for it. One change in eight may be anything.
inline std::size_t mutated_safetensors(std::uint8_t* data, std::size_t size, std::size_t most,
                                       unsigned seed) {
    constexpr std::size_t length_bytes = 8;
    std::uint64_t header = 0;
    if (size >= length_bytes)
        std::memcpy(&header, data, length_bytes);
    if (size < length_bytes || header > size - length_bytes || seed % 8 == 0 || most < size)
        return LLVMFuzzerMutate(data, size, most);
    if (seed % 8 == 1) { // the numbers
        const std::size_t before = length_bytes + header;
        return before + LLVMFuzzerMutate(data + before, size - before, most - before);
    }
    const std::string numbers(reinterpret_cast<char*>(data) + length_bytes + header,
                              size - length_bytes - header);
    header = LLVMFuzzerMutate(data + length_bytes, header, most - length_bytes - numbers.size());
    std::memcpy(data, &header, length_bytes);
    std::ranges::copy(numbers, data + length_bytes + header);
    return length_bytes + header + numbers.size();
}

} // namespace neural_style::fuzz
