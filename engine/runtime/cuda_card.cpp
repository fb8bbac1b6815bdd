// SPDX-License-Identifier: GPL-3.0-or-later
#include "cuda_card.hpp"

#include <neural_style/formatted.hpp>

#include <array>
#include <cstddef>
#include <cstring>
#include <dlfcn.h>
#include <fstream>
#include <system_error>

namespace neural_style {

namespace {

// CUDA Runtime API, "Device Management" and "Memory Management"; cudaSuccess is 0 in all versions.
using GetDevice = int (*)(int*);
using SetDevice = int (*)(int);
using GetAttribute = int (*)(int*, int, int);
using GetMemory = int (*)(std::size_t*, std::size_t*);
using GetProperties = int (*)(void*, int);
using GetCount = int (*)(int*);
using GetDriver = int (*)(int*);
using GetText = const char* (*)(int);
constexpr int driver_too_old = 35, no_card = 100;           // of enum cudaError
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

std::string first_word(const std::filesystem::path& file) {
    std::ifstream stream(file);
    std::string word;
    stream >> word;
    return word;
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

MissingCard missing_card() {
    const auto count_cards = loaded<GetCount>("cudaGetDeviceCount");
    const auto driver_version = loaded<GetDriver>("cudaDriverGetVersion");
    if (!count_cards || !driver_version)
        return {"This LibTorch was built without CUDA", "Install one with CUDA"};
    int cards = 0, version = 0;
    const int error = count_cards(&cards);
    if (error == 0 && cards > 0)
        return {};
    if (driver_version(&version) != 0 || version == 0) // "If no driver is installed, then 0 is returned."
        return {"There is no NVIDIA driver here", "Install one"};
    if (error == driver_too_old)
        return {"The NVIDIA driver is older than this LibTorch needs", "Install a newer one"};
    if (error == 0 || error == no_card)
        return {"The NVIDIA driver finds no card", "Check that the card is switched on and that the variable "
                                                   "CUDA_VISIBLE_DEVICES does not hide it"};
    const auto text = loaded<GetText>("cudaGetErrorString");
    return {formatted("CUDA does not start: {}", text ? text(error) : formatted("error {}", error)),
            "Start the computer anew"};
}

std::optional<MissingCard> unoffered_card(const std::filesystem::path& pci_devices) {
    // PCI Code and ID Assignment Specification: base class 03 is for display controllers; 10de is NVIDIA.
    std::error_code error;
    for (const auto& device : std::filesystem::directory_iterator(pci_devices, error))
        if (first_word(device.path() / "vendor") == "0x10de" &&
            first_word(device.path() / "class").starts_with("0x03"))
            if (auto missing = missing_card(); !missing.why.empty())
                return missing;
    return std::nullopt;
}

} // namespace neural_style
