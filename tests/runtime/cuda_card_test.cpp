// SPDX-License-Identifier: GPL-3.0-or-later
// This program defines functions with the CUDA runtime's names, like a LibTorch with CUDA.
#include "cmocka.hpp"
#include "cuda_card.hpp"
#include "device.hpp"
#include "test_folder.hpp"

#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <torch/types.h>
#include <utility>

using namespace neural_style;
using namespace tests;

namespace {

struct Runtime {
    int device = 0;
    int failing = 0;               // result of queries for memory
    int counting = 0, counted = 0; // result of the query for cards, and their number
    int driver = 12040;
    int major = 8; // compute capability of the first card
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
    *value = attribute == 75 ? runtime.major + device : 6;
    return device < cards ? 0 : 101;
}
[[gnu::visibility("default")]] int cudaGetDeviceCount(int* count) {
    *count = runtime.counted;
    return runtime.counting;
}
[[gnu::visibility("default")]] int cudaDriverGetVersion(int* version) {
    *version = runtime.driver;
    return 0;
}
[[gnu::visibility("default")]] const char* cudaGetErrorString(int) {
    return "system not yet initialized";
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

static void features_have_the_type_that_the_card_is_fast_at() {
    for (const auto& [major, type] : {std::pair(6, torch::kFloat32), std::pair(7, torch::kHalf),
                                      std::pair(8, torch::kBFloat16), std::pair(12, torch::kBFloat16)}) {
        runtime = {.major = major};
        CHECK(fastest_type(torch::Device("cuda:0")) == type);
    }
    runtime = {.major = 6};
    CHECK(fastest_type(torch::Device("cuda:1")) == torch::kHalf);
    CHECK(fastest_type(torch::kCPU) == torch::kFloat32);
    runtime = {};
}

static void a_missing_card_is_explained_with_what_to_do() {
    struct Case {
        int driver, error;
        std::string why, remedy;
    };
    for (const auto& [driver, error, why, remedy] :
         {Case{0, 35, "There is no NVIDIA driver here", "Install one"},
          Case{11000, 35, "The NVIDIA driver is older than this LibTorch needs", "Install a newer one"},
          Case{12040, 100, "The NVIDIA driver finds no card", "Check that the card is switched on"},
          Case{12040, 0, "The NVIDIA driver finds no card", "CUDA_VISIBLE_DEVICES does not hide it"},
          Case{12040, 3, "CUDA does not start: system not yet initialized", "Start the computer anew"}}) {
        runtime = {.counting = error, .counted = 0, .driver = driver};
        CHECK(missing_card().why == why && missing_card().remedy.contains(remedy));
    }
    runtime = {.counted = cards};
    CHECK(missing_card().why.empty());
}

static void a_card_that_is_not_offered_is_seen_and_explained() {
    const Folder folder;
    runtime = {.counting = 35, .driver = 0};
    const auto device = [&](const char* name, const char* vendor, const char* kind) {
        std::filesystem::create_directory(folder.path / name);
        std::ofstream(folder.path / name / "vendor") << vendor << '\n';
        std::ofstream(folder.path / name / "class") << kind << '\n';
    };
    CHECK(!unoffered_card(folder.path / "nowhere"));
    device("0000:00:02.0", "0x8086", "0x030000"); // another maker's
    device("0000:01:00.1", "0x10de", "0x040300"); // a card's loudspeaker
    CHECK(!unoffered_card(folder.path));
    device("0000:01:00.0", "0x10de", "0x030200");
    const auto card = unoffered_card(folder.path);
    CHECK(card && card->why == "There is no NVIDIA driver here");
    runtime = {.counted = cards};
    CHECK(!unoffered_card(folder.path));
}

int main() {
    return run_tests({TEST(a_card_tells_its_name_abilities_and_memory),
                      TEST(another_card_is_asked_and_the_chosen_one_stays),
                      TEST(a_card_that_does_not_answer_is_none),
                      TEST(features_have_the_type_that_the_card_is_fast_at),
                      TEST(a_missing_card_is_explained_with_what_to_do),
                      TEST(a_card_that_is_not_offered_is_seen_and_explained)});
}
