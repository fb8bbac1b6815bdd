// SPDX-License-Identifier: GPL-3.0-or-later
#include "arguments.hpp"
#include "cmocka.hpp"
#include "preset_catalog.hpp"
#include "settings_json.hpp"
#include "test_folder.hpp"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

using namespace neural_style;
using namespace neural_style::cli;
using namespace tests;

namespace {

/// The arguments of a call that is complete except for `more`.
Result<PaintArguments> with(std::vector<std::string> more) {
    std::vector<std::string> words{"boats.jpg", "--style", "waves", "-o", "out.png"};
    words.insert(words.end(), more.begin(), more.end());
    return paint_arguments(words);
}

std::string refusal(std::vector<std::string> more) {
    const auto arguments = with(std::move(more));
    if (arguments)
        throw std::runtime_error("was accepted");
    CHECK(arguments.error().code == ErrorCode::invalid_request);
    return arguments.error().message;
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

void a_plain_call_has_the_default_settings() {
    const auto arguments = with({});
    CHECK(arguments);
    CHECK(arguments->photo == "boats.jpg");
    CHECK(arguments->styles.size() == 1 && arguments->styles[0].picture == "waves");
    CHECK(arguments->styles[0].region.empty() && arguments->protect.empty() && arguments->refine.empty());
    CHECK(arguments->snapshots.empty() && arguments->losses.empty());
    CHECK(arguments->output == "out.png");
    CHECK(arguments->settings == Settings{});
    CHECK(arguments->talk == Talk::people);
}

void several_photos_or_a_folder_for_paintings_make_an_album() {
    CHECK(!with({})->album);
    const auto two = paint_arguments({"b.jpg", "a.jpg", "-s", "waves", "-o", "painted"});
    CHECK(two && two->album && two->photo.empty() && !two->kind);
    CHECK(two->album->photos == (std::vector<std::filesystem::path>{"b.jpg", "a.jpg"}));
    CHECK(!two->album->recursive && !two->album->again && !two->album->match);
    CHECK(two->album->shard.part == 1 && two->album->shard.parts == 1);
    const Folder folder;
    for (const auto& output : {std::string("painted/"), folder.path.string()})
        CHECK(paint_arguments({"a.jpg", "-s", "waves", "-o", output})->album);
    CHECK(paint_arguments({folder.path.string(), "-s", "waves", "-o", "painted"})->album);
    const auto all = paint_arguments({"--list", "-", "--recursive", "--again", "--match-album", "--shard",
                                      "3/8", "--name", "{number}.{ending}", "-s", "waves", "-o", "painted"});
    CHECK(all && all->album->list == "-" && all->album->recursive && all->album->again);
    CHECK(all->album->match && all->album->name == "{number}.{ending}");
    CHECK(all->album->shard.part == 3 && all->album->shard.parts == 8);
    for (const char* bad : {"", "3", "0/8", "9/8", "3/8/2", "-1/2", "a/b"})
        CHECK(has(refusal({"--shard", bad}), "3/8"));
    const auto jobs = paint_arguments({"a.jpg", "--jobs", "2", "-s", "waves", "-o", "painted"});
    CHECK(two->album->jobs == 1 && jobs && jobs->album && jobs->album->jobs == 2);
    for (const char* bad : {"", "0", "-1", "65", "two", "1.5"})
        CHECK(has(refusal({"--jobs", bad}), "from 1 to 64"));
}

std::vector<std::string> words_in(const std::string& line) {
    std::istringstream stream(line);
    return {std::istream_iterator<std::string>(stream), {}};
}

void every_setting_has_an_option() {
    const auto arguments = with(words_in(
        "--quality print --manner brush --strength=1.5 --stroke-size 150 --colors content "
        "--seed 18446744073709551615 --size-limit 900 --style-loss formula --optimizer adam --start noise "
        "--iterations 7 --content-weight 2.5 --style-weight 1e3 --tv-weight 0 --history 20 "
        "--style-layers a,b --content-layers c --layer-weights 2,0.5 --color-transfer match --blend 3 "
        "--detail 0.5 --seamless --texture --averaging 0.99 --early-stop 1e-3 --pooling average "
        "--precision float32"));
    CHECK(arguments);
    Settings expected;
    expected.quality = Quality::print;
    expected.manner = Manner::brush;
    expected.strength = 1.5;
    expected.stroke_size = 150;
    expected.colors = Colors::content;
    expected.seed = 18446744073709551615u;
    expected.size_limit = 900;
    expected.style_loss = StyleLoss::formula;
    expected.optimizer = Optimizer::adam;
    expected.start = Start::noise;
    expected.iterations = 7;
    expected.content_weight = 2.5;
    expected.style_weight = 1e3;
    expected.tv_weight = 0;
    expected.history = 20;
    expected.style_layers = {"a", "b"};
    expected.content_layers = {"c"};
    expected.layer_weights = {2, 0.5};
    expected.color_transfer = ColorTransfer::match;
    expected.blend = {3};
    expected.detail = 0.5;
    expected.seamless = true;
    expected.texture = true;
    expected.averaging = 0.99;
    expected.early_stop = 1e-3;
    expected.pooling = Pooling::average;
    expected.precision = Precision::float32;
    CHECK(arguments->settings == expected);
    // A setting without an option would be a default here and go unnoticed: each key of the JSON has one.
    const auto help = paint_arguments({"--help"});
    const auto json = nlohmann::json::parse(protocol::settings_to_json(expected));
    for (const auto& setting : json.items())
        CHECK(has(help->help, "--" + setting.key()));
}

void where_and_how_to_compute() {
    const auto arguments =
        with({"--device", "cuda:1", "--network", "net.safetensors", "--memory-limit", "1.5G"});
    CHECK(arguments);
    CHECK(arguments->open.device == "cuda:1");
    CHECK(arguments->open.feature_network == "net.safetensors");
    CHECK(with({"--backbone", "net.safetensors"})->open.feature_network == "net.safetensors");
    CHECK(arguments->open.memory_limit == (std::uint64_t(3) << 29));
    CHECK(with({"--memory-limit", "800MiB"})->open.memory_limit == std::uint64_t(800) << 20);
    CHECK(with({"--memory-limit", "4000000"})->open.memory_limit == 4000000);
    for (const char* bad : {"", "G", "lots", "-1G", "0", "1e30T"})
        CHECK(has(refusal({"--memory-limit", bad}), "such as 2G"));
}

void a_region_belongs_to_the_style_before_it() {
    const auto arguments =
        paint_arguments({"a.jpg", "-s", "waves", "-s", "starry-night", "--region", "sky.png", "--style",
                         "mine.jpg", "--region=sea.png", "-o", "out.png", "--blend", "2,1,0.5"});
    CHECK(arguments && arguments->styles.size() == 3);
    CHECK(arguments->styles[0].picture == "waves" && arguments->styles[0].region.empty());
    CHECK(arguments->styles[1].picture == "starry-night" && arguments->styles[1].region == "sky.png");
    CHECK(arguments->styles[2].picture == "mine.jpg" && arguments->styles[2].region == "sea.png");
    CHECK(arguments->settings.blend == (std::vector{2.0, 1.0, 0.5}));
    CHECK(
        has(paint_arguments({"a.jpg", "--region", "sky.png", "-s", "waves", "-o", "out.png"}).error().message,
            "first"));
    CHECK(has(refusal({"--region", "a.png", "--region", "b.png"}), "two regions"));
}

void styles_and_their_shares_are_counted() {
    CHECK(has(refusal({"--blend", "1,2"}), "there are 2 and 1"));
    CHECK(has(refusal({"--blend", "-1"}), "share"));
    CHECK(has(refusal({"--blend", "0"}), "share"));
    CHECK(has(refusal({"--blend", "much"}), "2,1"));
    std::vector<std::string> many;
    for (int i = 1; i < int(SettingsRange::styles_max); ++i)
        many.insert(many.end(), {"-s", "waves"});
    CHECK(with(many)->styles.size() == SettingsRange::styles_max);
    many.insert(many.end(), {"-s", "waves"});
    CHECK(has(refusal(many), "8 styles"));
    CHECK(has(refusal({"--style-layers", "a,b", "--layer-weights", "1"}), "1 layer weights for 2"));
    CHECK(has(refusal({"--style-layers", "a", "--layer-weights", "-1"}), "weight"));
}

void a_texture_needs_no_photo_but_a_size() {
    const auto arguments =
        paint_arguments({"--texture", "--size", "640x480", "-s", "waves", "-o", "out.png"});
    CHECK(arguments && arguments->photo.empty() && arguments->width == 640 && arguments->height == 480);
    CHECK(has(paint_arguments({"--texture", "-s", "waves", "-o", "out.png"}).error().message, "--size"));
    CHECK(has(paint_arguments({"--size", "64x64", "-s", "waves", "-o", "out.png"}).error().message, "photo"));
    CHECK(has(refusal({"--texture", "--size", "64x64"}), "--size-limit"));
    CHECK(with({"--texture"})->photo == "boats.jpg");
    for (const char* bad : {"", "x", "64", "64x", "x64", "64X64", "15x64", "-64x64", "64x64x3", "1e3x64"})
        CHECK(
            has(paint_arguments({"--texture", "--size", bad, "-s", "waves", "-o", "out.png"}).error().message,
                "such as 1024x768"));
    CHECK(has(paint_arguments({"--texture", "--size", "99999x99999", "-s", "waves", "-o", "out.png"})
                  .error()
                  .message,
              "megapixels"));
}

void what_is_kept_on_the_way_has_names() {
    const auto arguments = with({"--snapshots", "steps", "--snapshot-every", "25", "--losses", "losses.tsv",
                                 "--protect", "face.png", "--refine", "painted.png"});
    CHECK(arguments);
    CHECK(arguments->snapshots == "steps" && arguments->snapshot_every == 25);
    CHECK(arguments->losses == "losses.tsv");
    CHECK(arguments->protect == "face.png" && arguments->refine == "painted.png");
    for (const char* bad : {"0", "-1", "10001", "all"})
        CHECK(has(refusal({"--snapshot-every", bad}), "1 to 10000"));
    CHECK(has(refusal({"--losses", "out.png"}), "both"));
}

void values_out_of_range_are_refused() {
    CHECK(has(refusal({"--strength", "7"}), "0 to 2"));
    CHECK(has(refusal({"--history", "21"}), "20"));
    CHECK(has(refusal({"--iterations", "0"}), "1"));
    CHECK(!refusal({"--stroke-size", "5"}).empty());
    CHECK(!refusal({"--size-limit", "-3"}).empty());
    CHECK(has(refusal({"--detail", "2"}), "0 to 1"));
    CHECK(has(refusal({"--averaging", "1"}), "0.9999"));
    CHECK(has(refusal({"--early-stop", "0.9"}), "0.5"));
}

void values_that_are_no_numbers_are_refused() {
    CHECK(has(refusal({"--strength", "strong"}), "strong"));
    CHECK(has(refusal({"--strength", "0,5"}), "0.75"));
    CHECK(has(refusal({"--strength", "nan"}), "--strength"));
    CHECK(has(refusal({"--seed", "-1"}), "whole number"));
    CHECK(has(refusal({"--seed", "99999999999999999999"}), "whole number"));
    CHECK(has(refusal({"--iterations", "2.5"}), "whole number"));
}

void unknown_words_are_answered_with_the_known_ones() {
    CHECK(has(refusal({"--quality", "best"}), "instant, draft, fine, print"));
    CHECK(has(refusal({"--manner", "finger"}), "strokes, brush, dream"));
    CHECK(has(refusal({"--colors", "none"}), "style, content, palette, harmony"));
    CHECK(has(refusal({"--optimizer", "sgd"}), "lbfgs, adam"));
    CHECK(has(refusal({"--style-loss", "sliced"}), "formula, gaussian, gram, moments, classic"));
    CHECK(has(refusal({"--pooling", "sum"}), "network, average, max"));
    CHECK(has(refusal({"--precision", "half"}), "automatic, float32, bfloat16, float16"));
    CHECK(has(refusal({"--color-transfer", "hue"}), "luminance, match"));
    CHECK(has(refusal({"--qualty", "print"}), "--help"));
}

void what_is_missing_is_named() {
    CHECK(has(paint_arguments({}).error().message, "photo"));
    CHECK(has(paint_arguments({"a.jpg"}).error().message, "--style"));
    CHECK(has(paint_arguments({"a.jpg", "-s", "waves"}).error().message, "-o"));
    CHECK(has(refusal({"second.jpg"}), "folder, and out.png"));
    CHECK(!paint_arguments({"a.jpg", "-s"}).has_value());
}

void a_dream_needs_no_style() {
    const auto arguments = paint_arguments({"a.jpg", "--manner", "dream", "-o", "out.png"});
    CHECK(arguments && arguments->styles.empty());
}

void an_estimate_needs_no_output() {
    const auto arguments = paint_arguments({"a.jpg", "-s", "waves", "--estimate"});
    CHECK(arguments && arguments->estimate);
}

void a_name_that_starts_with_a_dash_follows_two_dashes() {
    const auto arguments = paint_arguments({"-s", "waves", "-o", "out.png", "--", "-photo.jpg"});
    CHECK(arguments && arguments->photo == "-photo.jpg");
}

void an_output_that_is_no_picture_is_refused() {
    CHECK(has(paint_arguments({"a.jpg", "-s", "waves", "-o", "out.xcf"}).error().message, ".png"));
    CHECK(!paint_arguments({"a.jpg", "-s", "waves", "-o", "out"}).has_value());
}

void the_pictures_to_read_are_never_overwritten() {
    const Folder folder;
    const std::string photo = (folder.path / "photo.png").string();
    std::ofstream(photo) << "x";
    CHECK(has(paint_arguments({photo, "-s", "waves", "-o", photo}).error().message, "another name"));
    CHECK(has(paint_arguments({"a.jpg", "-s", photo, "-o", photo}).error().message, "another name"));
    for (const char* option : {"--region", "--protect", "--refine"})
        CHECK(has(paint_arguments({"a.jpg", "-s", "waves", option, photo, "-o", photo}).error().message,
                  "another name"));
    CHECK(has(paint_arguments({photo, "-s", "waves", "--losses", photo, "-o", "out.png"}).error().message,
              "another name"));
    std::filesystem::create_symlink(photo, folder.path / "link.png");
    CHECK(!paint_arguments({photo, "-s", "waves", "-o", (folder.path / "link.png").string()}).has_value());
}

void a_settings_file_gives_way_to_options_before_and_after_it() {
    const Folder folder;
    const std::string file = (folder.path / "settings.json").string();
    std::ofstream(file) << R"({"quality": "print", "strength": 0.25, "seed": 9})";
    const auto arguments = with({"--seed", "5", "--settings", file, "--strength", "0.75"});
    CHECK(arguments);
    CHECK(arguments->settings.quality == Quality::print);
    CHECK(arguments->settings.strength == 0.75);
    CHECK(arguments->settings.seed == 5);
}

void a_preset_gives_way_to_options_before_and_after_it() {
    const auto arguments = with({"--strength", "0.75", "--preset", "poster", "--tv-weight", "3"});
    CHECK(arguments);
    CHECK(arguments->settings.stroke_size == 200);
    CHECK(arguments->settings.strength == 0.75);
    CHECK(arguments->settings.tv_weight == 3);
}

void a_preset_brings_its_style_where_none_is_given() {
    const auto alone = paint_arguments({"a.jpg", "--preset", "poster", "-o", "out.png"});
    CHECK(alone && alone->styles.size() == 1 && alone->styles[0].picture == "waves");
    const auto given = paint_arguments({"a.jpg", "-s", "lion", "--preset", "poster", "-o", "out.png"});
    CHECK(given && given->styles.size() == 1 && given->styles[0].picture == "lion");
    CHECK(has(paint_arguments({"a.jpg", "--preset", "subtle", "-o", "out.png"}).error().message, "--style"));
}

void every_preset_can_be_painted_with() {
    const auto catalog =
        PresetCatalog::read(std::filesystem::path(std::getenv("NEURAL_STYLE_DATA")) / "presets");
    CHECK(catalog);
    for (const auto& preset : catalog->presets())
        CHECK(with({"--preset", preset.name}).has_value());
}

void a_preset_that_is_not_there_is_answered_with_those_that_are() {
    CHECK(has(refusal({"--preset", "nothing"}), "poster"));
}

void a_bad_settings_file_is_named() {
    const Folder folder;
    CHECK(has(refusal({"--settings", (folder.path / "none.json").string()}), "none.json"));
    const std::string file = (folder.path / "bad.json").string();
    std::ofstream(file) << R"({"strength": "very"})";
    CHECK(has(refusal({"--settings", file}), "bad.json"));
    CHECK(has(refusal({"--settings", file}), "strength"));
}

void each_command_has_help() {
    CHECK(has(paint_arguments({"--help"})->help, "--stroke-size"));
    CHECK(has(paint_arguments({"-h", "--strength", "9"})->help, "Exit status"));
    CHECK(has(devices_arguments({"--help"})->help, "matrix product"));
    CHECK(has(styles_arguments({"-h"})->help, "--json"));
    CHECK(!devices_arguments({"cpu"}).has_value());
    CHECK(!styles_arguments({"all"}).has_value());
}

} // namespace

int main() {
    return tests::run_tests({
        TEST(a_plain_call_has_the_default_settings),
        TEST(several_photos_or_a_folder_for_paintings_make_an_album),
        TEST(every_setting_has_an_option),
        TEST(where_and_how_to_compute),
        TEST(a_region_belongs_to_the_style_before_it),
        TEST(styles_and_their_shares_are_counted),
        TEST(a_texture_needs_no_photo_but_a_size),
        TEST(what_is_kept_on_the_way_has_names),
        TEST(values_out_of_range_are_refused),
        TEST(values_that_are_no_numbers_are_refused),
        TEST(unknown_words_are_answered_with_the_known_ones),
        TEST(what_is_missing_is_named),
        TEST(a_dream_needs_no_style),
        TEST(an_estimate_needs_no_output),
        TEST(a_name_that_starts_with_a_dash_follows_two_dashes),
        TEST(an_output_that_is_no_picture_is_refused),
        TEST(the_pictures_to_read_are_never_overwritten),
        TEST(a_settings_file_gives_way_to_options_before_and_after_it),
        TEST(a_preset_gives_way_to_options_before_and_after_it),
        TEST(a_preset_brings_its_style_where_none_is_given),
        TEST(every_preset_can_be_painted_with),
        TEST(a_preset_that_is_not_there_is_answered_with_those_that_are),
        TEST(a_bad_settings_file_is_named),
        TEST(each_command_has_help),
    });
}
