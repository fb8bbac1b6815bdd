// SPDX-License-Identifier: GPL-3.0-or-later
#include "cuda_card.hpp"

#include <array>
#include <cstddef>
#include <cstring>
#include <dlfcn.h>

namespace neural_style {

namespace {

// CUDA Runtime API, "Device Management" and "Memory Management"; cudaSuccess is 0 in all versions.
using GetDevice = int (*)(int*);
using SetDevice = int (*)(int);
using GetAttribute = int (*)(int*, int, int);
using GetMemory = int (*)(std::size_t*, std::size_t*);
using GetProperties = int (*)(void*, int);
constexpr int capability_major = 75, capability_minor = 76; // of enum cudaDeviceAttr

template <typename Function>
Function loaded(const char* name) {
    return reinterpret_cast<Function>(dlsym(RTLD_DEFAULT, name));
}

// cudaDeviceProp starts with its name, char[256], in all versions; none is larger than this.
std::string name_of(int index) {
    constexpr std::size_t longest_name = 256;
    auto properties = loaded<GetProperties>("cudaGetDeviceProperties_v2"); // CUDA 12
    if (!properties)
        properties = loaded<GetProperties>("cudaGetDeviceProperties");
    alignas(std::max_align_t) std::array<char, 8192> answer{};
    if (!properties || properties(answer.data(), index) != 0)
        return {};
    return {answer.data(), strnlen(answer.data(), longest_name)};
}

} // namespace

std::optional<CudaCard> cuda_card(int index) {
    const auto get_device = loaded<GetDevice>("cudaGetDevice");
    const auto set_device = loaded<SetDevice>("cudaSetDevice");
    const auto attribute = loaded<GetAttribute>("cudaDeviceGetAttribute");
    const auto memory = loaded<GetMemory>("cudaMemGetInfo");
    if (!get_device || !set_device || !attribute || !memory)
        return std::nullopt;
    CudaCard card;
    int before = 0;
    std::size_t memory_free = 0, memory_total = 0;
    if (attribute(&card.major, capability_major, index) != 0 ||
        attribute(&card.minor, capability_minor, index) != 0 || get_device(&before) != 0 ||
        set_device(index) != 0)
        return std::nullopt;
    const bool told = memory(&memory_free, &memory_total) == 0;
    set_device(before);
    if (!told)
        return std::nullopt;
    card.name = name_of(index);
    card.memory_free = memory_free;
    card.memory_total = memory_total;
    return card;
}

} // namespace neural_style
