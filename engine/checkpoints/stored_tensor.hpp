// SPDX-License-Identifier: GPL-3.0-or-later
/// A tensor in a file of weights, by its bytes.
///
///     const std::string values = packed(tensor);      // as safetensors has them
///     std::vector<float> numbers = floats(tensor);
#pragma once

#include "refusal.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace neural_style {

enum class FloatType { float16, bfloat16, float32, float64 };

constexpr std::uint64_t bytes_of(FloatType type) {
    return type == FloatType::float64 ? 8 : type == FloatType::float32 ? 4 : 2;
}

struct StoredTensor {
    std::string name;
    FloatType type = FloatType::float32;
    std::vector<std::int64_t> shape;
    std::vector<std::int64_t> strides; ///< in numbers; as many as sides
    std::string_view bytes;            ///< from the first number on
    bool big_endian = false;

    /// Fits into 2^40, which `check` has seen to.
    std::uint64_t numbers() const;
};

/// That every number of the tensor is inside its bytes.
Accepted<void> check(const StoredTensor& tensor);

/// The bytes from the first of its numbers to the last. The tensor has been checked.
std::string_view extent(const StoredTensor& tensor);

/// The numbers row by row, without gaps, little endian.
std::string packed(const StoredTensor& tensor);

/// The numbers row by row. float64 is rounded.
std::vector<float> floats(const StoredTensor& tensor);

/// "64 x 3 x 3 x 3", for sentences.
std::string words_of(const std::vector<std::int64_t>& shape);

} // namespace neural_style
