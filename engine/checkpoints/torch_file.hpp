// SPDX-License-Identifier: GPL-3.0-or-later
/// The tensors in a file of PyTorch's torch.save, which holds a pickle and the tensors' storages.
///
///     const auto tensors = torch_tensors(source);      // their numbers stay there, and may not be loaded
///
/// Two kinds: since PyTorch 1.6 a zip archive, with the pickle in FOLDER/data.pkl and each storage in
/// FOLDER/data/KEY; before, one stream of pickles (a magic number, the protocol's version, the writing
/// machine, the tensors, the storages' keys) and then each storage, behind its length. See
/// torch/serialization.py.
#pragma once

#include "byte_source.hpp"
#include "stored_tensor.hpp"

#include <string_view>
#include <vector>

namespace neural_style {

/// Whether the bytes begin like either kind.
bool is_torch_zip(std::string_view bytes);
bool is_torch_stream(std::string_view bytes);

/// The floating point tensors of a state dict: the outermost dictionary, or the one in it under "state_dict",
/// "model" or "model_state_dict". Everything else in the file is passed over.
Accepted<std::vector<StoredTensor>> torch_tensors(const ByteSource& source);

} // namespace neural_style
