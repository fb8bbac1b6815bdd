// SPDX-License-Identifier: GPL-3.0-or-later
#include "train_arguments.hpp"

#include "options.hpp"
#include "translation.hpp"

#include <limits>

namespace neural_style::cli {
namespace {

constexpr std::int64_t most_steps = 100'000'000;
constexpr int smallest_crop = 32, largest_crop = 1024, largest_batch = 256, largest_style = 2048;

using A = TrainArguments;

/// A number within a range; an error states the range.
template <typename Number, typename Store>
auto between(const char* option, Number least, Number most, Store store) {
    return [=](A& arguments, const std::string& value) -> Result<void> {
        const auto given = number_in<Number>(value);
        if (!given || *given < least || *given > most)
            return wrong(
                sentence(_("--{} takes a number from {} to {}, not \"{}\"."), option, least, most, value));
        store(arguments, *given);
        return {};
    };
}

std::vector<Option<A>> common_options(const char* output_help) {
    std::vector<Option<A>> options{
        {"photos", 'p', _("FOLDER"),
         _("photos to learn from, with all folders inside; may be given several times"),
         [](A& arguments, const std::string& value) -> Result<void> {
             arguments.photos.push_back(value);
             return {};
         }},
        {"output", 'o', _("FILE"), output_help,
         [](A& arguments, const std::string& value) -> Result<void> {
             arguments.options.output = value;
             return {};
         }},
        {"steps", 0, _("NUMBER"), _("how long to train; more is better, ever more slowly"),
         between<std::int64_t>("steps", 0, most_steps, [](A& a, std::int64_t n) { a.options.steps = n; })},
        {"seed", 0, _("NUMBER"), _("another number, another network (default: 0)"),
         between<std::uint64_t>("seed", 0, std::numeric_limits<std::uint64_t>::max(),
                                [](A& a, std::uint64_t n) { a.options.seed = n; })},
        {"device", 0, _("NAME"), _("where to compute: cpu (default), cuda or cuda:1"),
         [](A& arguments, const std::string& value) -> Result<void> {
             arguments.options.device = value;
             return {};
         }},
        {"name", 0, _("NAME"), _("of the network (default: the file's)"),
         [](A& arguments, const std::string& value) -> Result<void> {
             arguments.name = value;
             return {};
         }},
        talk_option<A>(Talk::programs),
        talk_option<A>(Talk::nobody),
    };
    std::vector<Option<A>> advanced{
        {"learning-rate", 0, _("NUMBER"), _("after the warm-up; decays to 0 over the run"),
         between("learning-rate", 1e-7, 1.0, [](A& a, double n) { a.options.learning_rate = n; })},
        {"warm-up", 0, _("STEPS"),
         _("over which the learning rate rises (default: 200, at most a tenth of all)"),
         between<std::int64_t>("warm-up", 0, most_steps,
                               [](A& a, std::int64_t n) { a.options.warm_up = n; })},
        {"batch", 0, _("NUMBER"), _("crops that each step looks at"),
         between("batch", 1, largest_batch, [](A& a, int n) { a.options.batch = n; })},
        {"crop", 0, _("PIXELS"), _("side of the crops"),
         between("crop", smallest_crop, largest_crop, [](A& a, int n) { a.options.crop = n / 16 * 16; })},
        {"bfloat16", 0, nullptr, _("compute features in bfloat16: faster where the processor has it"),
         [](A& arguments, const std::string&) -> Result<void> {
             arguments.options.bfloat16 = true;
             return {};
         }},
        {"checkpoint-every", 0, _("SECONDS"), _("write checkpoint and network that often (default: 90)"),
         between("checkpoint-every", 0.0, 86400.0, [](A& a, double n) { a.options.checkpoint_seconds = n; })},
    };
    for (auto& option : advanced) {
        option.advanced = true;
        options.push_back(std::move(option));
    }
    return options;
}

Option<A> network_option(const char* name) {
    return {name, 0, _("FILE"), _("feature network, a safetensors file (default: the bundled one)"),
            path(&A::encoder)};
}

const char* ending() {
    return _("Beside the network a checkpoint is kept (FILE.training) while it trains. Ctrl-C ends the "
             "training with both as good "
             "as they are;\nthe same command goes on from there, and comes to the same network as without "
             "the break. At the end "
             "FILE.report.md tells\nhow good the network is on photos that it was not trained on.\n"
             "\n"
             "Exit status: 0 done, 1 failed, 2 wrongly called, 130 stopped.");
}

const char* overview() {
    return _(
        "Usage: neural-style train encoder|decoder|style [OPTION…]\n"
        "\n"
        "Makes the networks that paint. Takes minutes to hours, on this computer alone.\n"
        "\n"
        "  train style     a small network that paints in one style, in a moment:\n"
        "                    neural-style train style --style my-painting.jpg --photos ~/Pictures -o "
        "my-style.safetensors\n"
        "  train encoder   the feature network that sees content and style, as the student of a larger one:\n"
        "                    neural-style train encoder --teacher vgg19.safetensors --photos ~/Pictures -o "
        "encoder.safetensors\n"
        "  train decoder   the way back from that network's features to the picture:\n"
        "                    neural-style train decoder --encoder encoder.safetensors --photos ~/Pictures -o "
        "decoder.safetensors\n"
        "\n"
        "A style needs the bundled feature network only. Encoder and decoder belong together: train the "
        "decoder after the encoder.\n"
        "A few hundred photos will do; those that are broken or tiny are skipped. One photo in eight is kept "
        "apart to measure with.\n"
        "\n"
        "neural-style train style --help tells all options of a training.\n");
}

// Each sets the defaults for its kind of training and returns its options.
std::vector<Option<A>> encoder_options(A& arguments, Text& text) {
    auto& training = arguments.options;
    arguments.what = Trained::encoder;
    training.steps = 20'000;
    training.learning_rate = 1.5e-3;
    text.program = "neural-style train encoder";
    text.usage = _("--teacher FILE --photos FOLDER --output FILE");
    text.summary = _("Trains the feature network as the student of a larger one: it learns to give the "
                     "teacher's features with a\n"
                     "fraction of the work.");
    return {{"teacher", 0, _("FILE"), _("network to learn from, of the VGG family, as safetensors"),
             path(&A::teacher)},
            {"start", 0, _("FILE"), _("student to go on from (default: from scratch)"), path(&A::start)},
            {"scale-of", 0, _("FILE"),
             _("student whose features' scale is kept (default: that of --start, else mean activations of "
               "1)"),
             path(&A::scale_of)},
            {"teacher-license", 0, _("TEXT"), _("for the network's card"),
             [](A& a, const std::string& value) -> Result<void> {
                 a.teacher_license = value;
                 return {};
             }}};
}

std::vector<Option<A>> decoder_options(A& arguments, Text& text) {
    auto& training = arguments.options;
    arguments.what = Trained::decoder;
    training.steps = 15'000;
    training.learning_rate = 1e-3;
    text.program = "neural-style train decoder";
    text.usage = _("--encoder FILE --photos FOLDER --output FILE");
    text.summary = _("Trains the way back from each layer that a feature network is tapped at to the "
                     "picture, for painting in one pass.");
    return {network_option("encoder"),
            {"start", 0, _("FILE"), _("decoder to go on from (default: from scratch)"), path(&A::start)},
            {"styles", 0, _("FOLDER"),
             _("paintings, whose statistics it learns to decode as well (default: those of other photos)"),
             path(&A::styles)}};
}

std::vector<Option<A>> style_options(A& arguments, Text& text) {
    auto& training = arguments.options;
    arguments.what = Trained::style;
    training.steps = 6'000;
    training.learning_rate = 2e-3;
    training.batch = 4;
    training.crop = 256;
    text.program = "neural-style train style";
    text.usage = _("--style PICTURE --photos FOLDER --output FILE");
    text.summary = _("Trains a small network that paints photos in the style of one picture, in a moment "
                     "and without any other network.");
    const auto network = network_option("network");
    return {network,
            former(network, "encoder"),
            {"style", 's', _("PICTURE"), _("the painting to learn"), path(&A::style)},
            {"start", 0, _("FILE"), _("network of another style to go on from (default: from scratch)"),
             path(&A::start)},
            {"title", 0, _("TEXT"), _("what people call it (default: the name)"),
             [](A& a, const std::string& value) -> Result<void> {
                 a.title = value;
                 return {};
             }},
            {"style-size", 0, _("PIXELS"),
             _("longest side at which the painting is looked at; more makes larger strokes (default: 384)"),
             between("style-size", smallest_crop, largest_style, [](A& a, int n) { a.style_size = n; })},
            {"style-weight", 0, _("NUMBER"), _("how much the style counts (default: 1)"),
             between("style-weight", 0.0, 1e6, [](A& a, double n) { a.style_weight = n; })}};
}

// What is missing or would be overwritten.
Result<void> check(const A& arguments) {
    const auto& output = arguments.options.output;
    if (arguments.photos.empty())
        return wrong(_("Name a folder with photos to learn from with --photos."));
    if (output.empty())
        return wrong(_("Say where to write the network with -o, as in: -o network.safetensors"));
    if (arguments.what == Trained::encoder && arguments.teacher.empty())
        return wrong(_("Name the network to learn from with --teacher."));
    if (arguments.what == Trained::style && arguments.style.empty())
        return wrong(_("Name the painting to learn with --style."));
    for (const auto& read : {arguments.teacher, arguments.start, arguments.encoder, arguments.style}) {
        std::error_code error;
        if (!read.empty() && std::filesystem::equivalent(read, output, error) && !error)
            return wrong(sentence(_("{} is one of the files to read: choose another name for the network."),
                                  read.string()));
    }
    return {};
}

} // namespace

Result<TrainArguments> train_arguments(const std::vector<std::string>& words) {
    TrainArguments arguments;
    arguments.command = "neural-style train";
    for (const auto& word : words)
        arguments.command += " " + word;
    if (words.empty() || words[0] == "--help" || words[0] == "-h") {
        arguments.help = overview();
        return arguments;
    }
    std::vector<Option<A>> options;
    Text text{nullptr, nullptr, nullptr, ending(), _("For those who want to steer the training:")};
    if (words[0] == "encoder")
        options = encoder_options(arguments, text);
    else if (words[0] == "decoder")
        options = decoder_options(arguments, text);
    else if (words[0] == "style")
        options = style_options(arguments, text);
    else
        return wrong(sentence(_("There is nothing called \"{}\" to train: choose encoder, decoder or style."),
                              words[0]));
    for (auto& option : common_options(_("where to write the network, a safetensors file")))
        options.push_back(std::move(option));
    const auto rest = parse(arguments, options, {words.begin() + 1, words.end()}, text);
    if (!rest)
        return std::unexpected(rest.error());
    if (!arguments.help.empty())
        return arguments;
    if (!rest->empty())
        return wrong(
            sentence(_("The command train takes no \"{}\": photos are named with --photos."), rest->front()));
    if (const auto checked = check(arguments); !checked)
        return std::unexpected(checked.error());
    if (arguments.name.empty())
        arguments.name = arguments.options.output.stem().string();
    return arguments;
}

} // namespace neural_style::cli
