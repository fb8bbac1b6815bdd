// SPDX-License-Identifier: GPL-3.0-or-later
/// Files of PyTorch, of both kinds, byte for byte.
#include "torch_file.hpp"

#include "promise.hpp"

#include <span>

using namespace neural_style;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto tensors = torch_tensors(std::string_view(reinterpret_cast<const char*>(data), size));
    if (!tensors) {
        fuzz::promise(!tensors.error().why.empty() && !tensors.error().what_to_do.empty());
        return 0;
    }
    for (const StoredTensor& tensor : *tensors)
        if (tensor.numbers() <= 1 << 20)
            fuzz::promise(packed(tensor).size() == tensor.numbers() * bytes_of(tensor.type));
    return 0;
}
