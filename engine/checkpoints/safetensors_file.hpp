// SPDX-License-Identifier: GPL-3.0-or-later
/// The tensors in a safetensors file, without looking at their numbers.
///
///     const auto tensors = safetensors_tensors(source);      // their numbers may not be loaded
///
/// See https://huggingface.co/docs/safetensors. Rooms with LibTorch read networks with Weights instead.
#pragma once

#include "byte_source.hpp"
#include "stored_tensor.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace neural_style {

bool is_safetensors(std::string_view bytes);

/// What the file says of itself; empty if that is nothing.
Accepted<std::map<std::string, std::string>> safetensors_metadata(const ByteSource& source);

/// Of floating point numbers, by name.
Accepted<std::vector<StoredTensor>> safetensors_tensors(const ByteSource& source);

} // namespace neural_style
