// SPDX-License-Identifier: GPL-3.0-or-later
// This program defines functions with the CUDA runtime's names, like a LibTorch with CUDA.
#include "cmocka.hpp"
#include "cuda_card.hpp"

#include <cstring>

using namespace neural_style;
using namespace tests;

namespace {

struct Runtime {
    int device = 0;
    int failing = 0; // result of queries for memory
} runtime;

constexpr int cards = 2;

} // namespace

extern "C" {
[[gnu::visibility("default")]] int cudaGetDevice(int* device) {
    *device = runtime.device;
    return 0;
}
[[gnu::visibility("default")]] int cudaSetDevice(int device) {
    if (device >= cards)
        return 101; // cudaErrorInvalidDevice
    runtime.device = device;
    return 0;
}
[[gnu::visibility("default")]] int cudaDeviceGetAttribute(int* value, int attribute, int device) {
    *value = attribute == 75 ? 8 + device : 6;
    return device < cards ? 0 : 101;
}
[[gnu::visibility("default")]] int cudaMemGetInfo(std::size_t* free, std::size_t* total) {
    *free = std::size_t(runtime.device + 1) << 30;
    *total = std::size_t(8) << 30;
    return runtime.failing;
}
[[gnu::visibility("default")]] int cudaGetDeviceProperties_v2(void* properties, int) {
    std::strcpy(static_cast<char*>(properties), "Card of the test");
    return 0;
}
}

static void a_card_tells_its_name_abilities_and_memory() {
    const auto card = cuda_card(0);
    CHECK(card && card->name == "Card of the test");
    CHECK(card->major == 8 && card->minor == 6);
    CHECK(card->memory_free == 1u << 30 && card->memory_total == std::uint64_t(8) << 30);
}

static void another_card_is_asked_and_the_chosen_one_stays() {
    runtime.device = 0;
    const auto card = cuda_card(1);
    CHECK(card && card->major == 9 && card->memory_free == std::uint64_t(2) << 30);
    CHECK(runtime.device == 0);
}

static void a_card_that_does_not_answer_is_none() {
    CHECK(!cuda_card(7));
    runtime.failing = 2;
    CHECK(!cuda_card(0));
    runtime.failing = 0;
}

int main() {
    return run_tests({TEST(a_card_tells_its_name_abilities_and_memory),
                      TEST(another_card_is_asked_and_the_chosen_one_stays),
                      TEST(a_card_that_does_not_answer_is_none)});
}
