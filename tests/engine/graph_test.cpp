// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "engine_tests.hpp"
#include "graph.hpp"
#include "guarded.hpp"
#include "random_network.hpp"
#include "test_folder.hpp"

#include <nlohmann/json.hpp>
#include <torch/types.h>
#include <variant>

using namespace neural_style;
using namespace tests;

namespace {

// A file with convolutions "a" (3x3), "b" (1x1) and "d" (3x3, depthwise) and a norm "n" of three channels.
struct File {
    Folder folder;
    std::filesystem::path path = folder.path / "odd network.safetensors";

    File() {
        nlohmann::json header;
        std::size_t end = 0;
        const auto add = [&](const char* name, const std::vector<std::size_t>& shape) {
            auto bytes = sizeof(float);
            for (const auto side : shape)
                bytes *= side;
            header[name] = {{"dtype", "F32"}, {"shape", shape}, {"data_offsets", {end, end + bytes}}};
            end += bytes;
        };
        add("a.weight", {3, 3, 3, 3});
        add("a.bias", {3});
        add("b.weight", {3, 3, 1, 1});
        add("b.bias", {3});
        add("d.weight", {3, 1, 3, 3});
        add("d.bias", {3});
        add("n.weight", {3});
        add("n.bias", {3});
        write_safetensors(path, header.dump(), std::string(end, '\0'));
    }
    Graph graph(const std::string& text, std::int64_t channels = 3) const {
        return read_graph(Weights::read(path), text, channels);
    }
    // Why the graph is refused; empty if it is not. Every sentence names the file.
    std::string refusal(const std::string& text, std::int64_t channels = 3) const {
        const auto result = guarded([&] { return graph(text, channels); });
        if (result)
            return {};
        CHECK(result.error().code == ErrorCode::bad_weights &&
              result.error().message.contains(path.string()));
        return result.error().message;
    }
};

std::string repeated(const std::string& step, int count) {
    std::string graph = "[" + step;
    for (int i = 1; i < count; ++i)
        graph += "," + step;
    return graph + "]";
}

std::string nested(int depth) {
    std::string graph = R"([{"relu":true}])";
    for (int i = 0; i < depth; ++i)
        graph = R"([{"residual":)" + graph + "}]";
    return graph;
}

} // namespace

static void a_graph_is_written_as_it_was_read() {
    const File file;
    for (
        const std::string text :
        {R"([{"conv":"a","size":3,"stride":1,"padding":"reflect","relu":"relu1_1"},{"pool":"average","size":2},{"pool":"max","size":2}])",
         R"([{"conv":"a","size":3,"stride":2,"padding":"zeros"},{"norm":"n"},{"relu":true},{"relu":"named"}])",
         R"([{"residual":[{"conv":"b","size":1,"stride":1,"padding":"replicate","relu":true},{"residual":[{"relu":true}]}]}])",
         R"([{"conv":"b","size":1,"stride":1,"padding":"none","tap":"named"}])",
         R"([{"conv":"d","size":3,"stride":1,"padding":"zeros","groups":3,"relu":"six","limit":6.0}])",
         R"([{"pool":"max","size":3,"padding":1},{"pool":"max","size":3,"ceil":true}])",
         R"([{"residual":[{"relu":true}],"shortcut":[{"norm":"n"}],"relu":"sum"},{"residual":[{"relu":true}],"tap":"linear"}])",
         R"([{"branches":[[{"relu":true}],[{"norm":"n"},{"relu":true}]],"tap":"both"}])",
         R"([{"up":"nearest","size":2},{"up":"bilinear","size":4}])"})
        CHECK(graph_text(file.graph(text)) == text);
}

static void what_a_step_leaves_out_is_a_plain_3x3_convolution() {
    CHECK(graph_text(File().graph(R"([{"conv":"a"}])")) ==
          R"([{"conv":"a","size":3,"stride":1,"padding":"zeros"}])");
}

static void the_steps_have_their_tensors() {
    const auto graph = File().graph(R"([{"residual":[{"conv":"b","size":1},{"norm":"n"}]}])");
    const auto& inside = std::get<ResidualStep>(graph.front()).inside;
    CHECK(std::get<ConvolutionStep>(inside[0]).weight.numel() == 9 &&
          std::get<NormStep>(inside[1]).bias.numel() == 3);
}

static void what_no_step_is_gets_a_sentence_with_the_files_name() {
    const File file;
    for (const char* text : {"",
                             "{}",
                             "[]",
                             "[1]",
                             "[[]]",
                             R"([{"dense":"a"}])",
                             R"([{"conv":5}])",
                             R"([{"conv":"a","size":0}])",
                             R"([{"conv":"a","size":2}])",
                             R"([{"conv":"a","size":5}])",
                             R"([{"conv":"a","size":3.5}])",
                             R"([{"conv":"a","stride":100}])",
                             R"([{"conv":"a","stride":1e300}])",
                             R"([{"conv":"a","padding":"odd"}])",
                             R"([{"conv":"a","relu":7}])",
                             R"([{"conv":"a","relu":"two words"}])",
                             R"([{"conv":"none"}])",
                             R"([{"conv":"n"}])",
                             R"([{"norm":"a"}])",
                             R"([{"norm":"none"}])",
                             R"([{"up":"bicubic"}])",
                             R"([{"up":"nearest","size":99}])",
                             R"([{"pool":"median"}])",
                             R"([{"pool":"max","size":4}])",
                             R"([{"pool":"max","padding":1}])",
                             R"([{"pool":"max","size":3,"padding":2}])",
                             R"([{"pool":"max","ceil":"yes"}])",
                             R"([{"conv":"a","groups":0}])",
                             R"([{"conv":"a","groups":3}])",
                             R"([{"conv":"a","groups":2}])",
                             R"([{"conv":"a","limit":6}])",
                             R"([{"conv":"a","relu":true,"limit":-6}])",
                             R"([{"conv":"a","tap":"two words"}])",
                             R"([{"branches":[]}])",
                             R"([{"branches":{}}])",
                             R"([{"branches":[[]]}])",
                             R"([{"branches":[[{"pool":"max"}],[{"relu":true}]]}])",
                             R"([{"residual":[{"pool":"max"}],"shortcut":[{"relu":true}]}])",
                             R"([{"residual":1}])",
                             R"([{"residual":[]}])",
                             R"([{"residual":[{"up":"nearest"}]}])",
                             R"([{"relu":false}])",
                             R"([{"relu":"x"},{"conv":"a","relu":"x"}])"})
        CHECK(!file.refusal(text).empty());
    CHECK(file.refusal(R"([{"conv":"a"}])", 4).contains("\"a\" does not fit"));
}

static void graphs_have_limits() {
    const File file;
    CHECK(file.refusal(repeated(R"({"relu":true})", 256)).empty());
    CHECK(file.refusal(repeated(R"({"relu":true})", 257)).contains("too many steps"));
    CHECK(file.refusal(nested(4)).empty());
    CHECK(file.refusal(nested(5)).contains("nested"));
    CHECK(file.refusal(repeated(R"({"pool":"max"})", 8)).empty());
    CHECK(file.refusal(repeated(R"({"pool":"max"})", 9)).contains("poolings"));
    CHECK(file.refusal(repeated(R"({"conv":"a","stride":4})", 5)).contains("strides"));
    CHECK(file.refusal(repeated(R"({"up":"nearest"})", 5)).empty());
    CHECK(file.refusal(repeated(R"({"up":"nearest"})", 6)).contains("enlarges"));
}

int graph_tests() {
    return run_tests({TEST(a_graph_is_written_as_it_was_read),
                      TEST(what_a_step_leaves_out_is_a_plain_3x3_convolution),
                      TEST(the_steps_have_their_tensors),
                      TEST(what_no_step_is_gets_a_sentence_with_the_files_name), TEST(graphs_have_limits)});
}
