// SPDX-License-Identifier: GPL-3.0-or-later
/// Safetensors files of others, and the networks that are recognised in them.
#include "architectures.hpp"
#include "promise.hpp"
#include "safetensors_file.hpp"
#include "safetensors_mutation.hpp"

using namespace neural_style;

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most,
                                               unsigned seed) {
    return fuzz::mutated_safetensors(data, size, most, seed);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    if (const auto metadata = safetensors_metadata(bytes); !metadata)
        fuzz::promise(!metadata.error().why.empty());
    const auto tensors = safetensors_tensors(bytes);
    if (!tensors) {
        fuzz::promise(!tensors.error().why.empty() && !tensors.error().what_to_do.empty());
        return 0;
    }
    for (const StoredTensor& tensor : *tensors)
        fuzz::promise(packed(tensor).size() == tensor.numbers() * bytes_of(tensor.type));
    if (const auto network = recognized(*tensors); !network)
        fuzz::promise(!network.error().why.empty());
    return 0;
}
