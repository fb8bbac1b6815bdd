// SPDX-License-Identifier: GPL-3.0-or-later
#include "captured.hpp"
#include "cmocka.hpp"
#include "device.hpp"
#include "devices_command.hpp"

#include <cstdio>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

using namespace neural_style::cli;
using namespace tests;

namespace {

constexpr int one_card_is_broken = 1;

std::string listed(Talk talk) {
    const stand_in::TwoCards cards(one_card_is_broken);
    const Captured captured(stdout);
    CHECK(list_devices({.open = {.feature_network = {}}, .talk = talk, .help = {}}) == exit_done);
    return captured.text();
}

} // namespace

static void a_card_that_cannot_be_used_is_listed_with_the_reason() {
    const auto text = listed(Talk::people);
    CHECK(text.contains(
        "standin:0: Device standin:0\n  cannot be used: LibTorch cannot compute on standin:0: no "
        "kernel image is available for execution on standin:0. Install"));
}

static void a_card_that_cannot_be_used_does_not_hide_the_others() {
    std::istringstream lines(listed(Talk::programs));
    std::vector<nlohmann::json> devices;
    for (std::string line; std::getline(lines, line);)
        devices.push_back(nlohmann::json::parse(line));
    CHECK(devices.size() >= 3);
    CHECK(devices[0]["name"] == "cpu" && devices[0].contains("convolution-gflops"));
    CHECK(devices[1]["name"] == "standin:0" && devices[1].contains("unusable"));
    CHECK(devices[2]["name"] == "standin:1" && devices[2].contains("convolution-gflops"));
    CHECK(!devices[2].contains("unusable"));
}

int main() {
    return run_tests({TEST(a_card_that_cannot_be_used_is_listed_with_the_reason),
                      TEST(a_card_that_cannot_be_used_does_not_hide_the_others)});
}
