// SPDX-License-Identifier: GPL-3.0-or-later
/// Hello can always be sent, whatever is installed.
#include "cmocka.hpp"
#include "codec.hpp"
#include "greeting.hpp"

#include <string>

using namespace neural_style;
using namespace neural_style::protocol;
using neural_style::worker::shorten_to_fit;

namespace {

Hello with_styles(int count) {
    Hello hello{.engine_version = "0.1.0", .device = "cpu"};
    for (int i = 0; i < count; ++i)
        hello.trained_styles.push_back(
            {.name = "style-" + std::to_string(i), .title = std::string(100, '"')});
    return hello;
}

void a_few_styles_are_all_told() {
    Hello hello = with_styles(20);
    CHECK(shorten_to_fit(hello).trained_styles == 0);
    CHECK(hello == with_styles(20));
}

void of_too_many_styles_as_many_are_told_as_fit() {
    const Hello all = with_styles(2000);
    CHECK(!encode(all));
    Hello hello = all;
    const auto left_out = shorten_to_fit(hello).trained_styles;
    CHECK(left_out + hello.trained_styles.size() == all.trained_styles.size() &&
          hello.trained_styles.size() > 200);
    CHECK(encode(hello));
    CHECK(hello.trained_styles.front() == all.trained_styles.front());
    hello.trained_styles.push_back(all.trained_styles[hello.trained_styles.size()]);
    CHECK(!encode(hello));
}

void without_styles_nothing_is_left_out() {
    Hello hello = with_styles(0);
    CHECK(shorten_to_fit(hello).trained_styles == 0);
}

void of_too_many_networks_the_first_and_as_many_as_fit_are_told() {
    Hello hello = with_styles(3);
    for (int i = 0; i < 100; ++i)
        hello.networks.push_back({.name = std::to_string(i), .title = std::string(120, '"')});
    hello.networks.front().layers = std::vector<std::string>(600, std::string(64, 'l'));
    CHECK(!encode(hello));
    const auto left_out = shorten_to_fit(hello);
    CHECK(encode(hello));
    CHECK(left_out.networks > 0 && left_out.networks + hello.networks.size() == 100);
    CHECK(hello.networks.front().layers.size() == 600 && hello.networks.size() > 20);
}

} // namespace

int main() {
    return tests::run_tests({TEST(a_few_styles_are_all_told),
                             TEST(of_too_many_styles_as_many_are_told_as_fit),
                             TEST(without_styles_nothing_is_left_out),
                             TEST(of_too_many_networks_the_first_and_as_many_as_fit_are_told)});
}
