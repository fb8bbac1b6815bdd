// SPDX-License-Identifier: GPL-3.0-or-later
/// Settings survive as text, and text with another meaning is refused.
#include "cmocka.hpp"
#include "settings_json.hpp"
#include "settings_object.hpp"

using namespace neural_style;
using namespace neural_style::protocol;

namespace {

/// No value is a default.
Settings unusual() {
    return {.quality = Quality::draft,
            .trained_style = "waves",
            .manner = Manner::dream,
            .strength = 0.1 + 0.2,
            .stroke_size = 33.3,
            .colors = Colors::harmony,
            .color_transfer = ColorTransfer::match,
            .blend = {2, 0.1},
            .detail = 0.3,
            .seamless = true,
            .texture = true,
            .seed = 0xffff'ffff'ffff'ffff,
            .size_limit = 2048,
            .style_loss = StyleLoss::formula,
            .optimizer = Optimizer::adam,
            .start = Start::noise,
            .iterations = 77,
            .content_weight = 5e-324,
            .style_weight = 1e6,
            .tv_weight = 0,
            .history = 20,
            .averaging = 0.99,
            .early_stop = 1e-3,
            .pooling = Pooling::max,
            .precision = Precision::bfloat16,
            .style_layers = {"relu1_1", "画"},
            .content_layers = {"relu4_2"},
            .layer_weights = {1, 1.0 / 3}};
}

bool refused(std::string_view text, std::string_view word) {
    const auto settings = settings_from_json(text);
    return !settings && settings.error().code == ErrorCode::invalid_request &&
           settings.error().message.contains(word);
}

void settings_survive_as_text() {
    for (const Settings& settings : {Settings{}, unusual()}) {
        const auto back = settings_from_json(settings_to_json(settings));
        CHECK(back && *back == settings);
    }
    CHECK(!settings_to_json(unusual()).contains('\n'));
}

void settings_of_earlier_releases_are_read_under_their_former_names() {
    const auto settings = settings_from_json(R"({"model": "waves"})");
    CHECK(settings && settings->trained_style == "waves");
    CHECK(!settings_to_json(*settings).contains("model"));
}

void what_has_its_default_can_be_left_out() {
    CHECK(changed_settings({}).dump() == "{}");
    Settings larger_strokes;
    larger_strokes.stroke_size = 150;
    CHECK(changed_settings(larger_strokes).dump() == R"({"stroke-size":150.0})");
    CHECK(settings_in(changed_settings(unusual())) == unusual());
}

void missing_settings_take_their_defaults() {
    CHECK(settings_from_json("{}") == Settings{});
    Settings print;
    print.quality = Quality::print;
    CHECK(settings_from_json(R"({"quality": "print", "iterations": null})") == print);
}

void whole_numbers_do_for_any_number() {
    CHECK(settings_from_json(R"({"stroke-size": 150})")->stroke_size == 150);
}

void an_unknown_setting_is_refused_by_name() {
    CHECK(refused(R"({"stroke_size": 150})", "stroke_size"));
    CHECK(refused(R"({"quality": "fine", "": 1})", "no setting"));
}

void a_wrong_type_is_refused_by_name() {
    CHECK(refused(R"({"strength": "1"})", "strength"));
    CHECK(refused(R"({"strength": null})", "strength"));
    CHECK(refused(R"({"strength": 1e999})", "settings"));
    CHECK(refused(R"({"seed": -1})", "seed"));
    CHECK(refused(R"({"seed": 18446744073709551616})", "seed"));
    CHECK(refused(R"({"size-limit": 1.5})", "size-limit"));
    CHECK(refused(R"({"size-limit": 2147483648})", "size-limit"));
    CHECK(refused(R"({"iterations": "many"})", "iterations"));
    CHECK(refused(R"({"history": true})", "history"));
    CHECK(refused(R"({"style-layers": "relu1_1"})", "style-layers"));
    CHECK(refused(R"({"style-layers": [1]})", "style-layers"));
    CHECK(refused(R"({"seamless": 1})", "seamless"));
    CHECK(refused(R"({"texture": "yes"})", "texture"));
    CHECK(refused(R"({"blend": 1})", "blend"));
    CHECK(refused(R"({"blend": [1, "2"]})", "blend"));
    CHECK(refused(R"({"layer-weights": [null]})", "layer-weights"));
}

void a_wrong_choice_is_answered_with_the_right_ones() {
    CHECK(refused(R"({"quality": "best"})", "instant, draft, fine, print"));
    CHECK(refused(R"({"quality": 1})", "instant, draft, fine, print"));
}

void long_lists_are_refused_by_name() {
    const auto list = [](const char* element, int count) {
        std::string text = "[";
        for (int i = 0; i < count; ++i)
            text += std::string(i ? "," : "") + element;
        return text + "]";
    };
    for (const char* key : {"blend", "layer-weights"}) {
        CHECK(settings_from_json("{\"" + std::string(key) + "\":" + list("1", 64) + "}"));
        CHECK(refused("{\"" + std::string(key) + "\":" + list("1", 65) + "}", key));
    }
    for (const char* key : {"style-layers", "content-layers"}) {
        CHECK(settings_from_json("{\"" + std::string(key) + "\":" + list("\"a\"", 64) + "}"));
        CHECK(refused("{\"" + std::string(key) + "\":" + list("\"a\"", 65) + "}", key));
    }
    CHECK(refused(R"({"style-layers": [")" + std::string(257, 'x') + R"("]})", "style-layers"));
}

/// check() handles ranges and says what to do; negative numbers reach it unchanged.
void ranges_are_not_looked_at() {
    CHECK(settings_from_json(R"({"strength": 7})")->strength == 7);
    CHECK(settings_from_json(R"({"history": -3})")->history == -3);
}

void what_is_not_an_object_is_refused() {
    for (const char* text : {"", "[]", "null", "{", "{\"a\"", "settings", "{} {}", "{'quality': 'fine'}"})
        CHECK(refused(text, "settings"));
    CHECK(refused(std::string(70000, ' ') + "{}", "64 KiB"));
    CHECK(refused(R"({"style-layers": [[[[[[[[[[]]]]]]]]]]})", "deep"));
}

} // namespace

int main() {
    return tests::run_tests({
        TEST(settings_survive_as_text),
        TEST(settings_of_earlier_releases_are_read_under_their_former_names),
        TEST(what_has_its_default_can_be_left_out),
        TEST(missing_settings_take_their_defaults),
        TEST(whole_numbers_do_for_any_number),
        TEST(an_unknown_setting_is_refused_by_name),
        TEST(a_wrong_type_is_refused_by_name),
        TEST(a_wrong_choice_is_answered_with_the_right_ones),
        TEST(long_lists_are_refused_by_name),
        TEST(ranges_are_not_looked_at),
        TEST(what_is_not_an_object_is_refused),
    });
}
