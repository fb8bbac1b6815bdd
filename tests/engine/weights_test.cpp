// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "engine_tests.hpp"
#include "guarded.hpp"
#include "random_network.hpp"
#include "test_folder.hpp"
#include "weights.hpp"
#include "weights_file.hpp"

#include <neural_style/formatted.hpp>

#include <fstream>
#include <random>
#include <torch/types.h>

using namespace neural_style;
using namespace tests;

namespace {

std::string bytes_of(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

void write(const std::filesystem::path& file, const std::string& bytes) {
    std::ofstream(file, std::ios::binary) << bytes;
}

// The file is refused as bad weights, in a sentence that contains `words`.
void check_refused(const std::filesystem::path& file, const std::string& words = "") {
    const auto result = guarded([&] { return Weights::read(file); });
    CHECK(!result);
    CHECK(result.error().code == ErrorCode::bad_weights);
    if (!result.error().message.contains(words))
        throw std::runtime_error("unexpected sentence: " + result.error().message);
}

void check_header_refused(const std::string& header, const std::string& data, const std::string& words = "") {
    const Folder folder;
    const auto file = folder.path / "network.safetensors";
    write_safetensors(file, header, data);
    check_refused(file, words);
}

} // namespace

static void tensors_and_metadata_are_read_back() {
    const Folder folder;
    const auto file = folder.path / "network.safetensors";
    const float values[] = {1, 2, 3, 4, 5, 6};
    write_safetensors(
        file, R"({"__metadata__":{"name":"test"},"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}})",
        std::string(reinterpret_cast<const char*>(values), sizeof values));
    const auto weights = Weights::read(file);
    CHECK(weights.metadata("name") == "test");
    CHECK(weights.tensor("a").equal(torch::tensor({{1.f, 2.f, 3.f}, {4.f, 5.f, 6.f}})));
}

static void what_is_written_is_read_back() {
    const Folder folder;
    const auto file = folder.path / "network.safetensors";
    const auto a = torch::rand({2, 3, 1, 1}), b = torch::rand({5}).to(torch::kFloat64);
    for (const auto type : {torch::kFloat16, torch::kBFloat16, torch::kFloat32}) {
        write(file, safetensors({{"b", b}, {"a", a}}, {{"name", "a \"test\""}}, type));
        const auto weights = Weights::read(file);
        CHECK(weights.metadata("name") == "a \"test\"");
        CHECK(weights.tensor("a").equal(a.to(type).to(torch::kFloat32)));
        CHECK(weights.tensor("b").equal(b.to(type).to(torch::kFloat32)));
    }
}

static void the_hash_tells_networks_apart_by_names_and_values() {
    const Folder folder;
    const auto file = folder.path / "network.safetensors";
    const auto hash_of = [&](const std::map<std::string, torch::Tensor>& tensors, const std::string& name) {
        write(file, safetensors(tensors, {{"name", name}}, torch::kFloat16));
        return Weights::read(file).hash();
    };
    const auto a = torch::ones({3});
    CHECK(hash_of({{"a", a}}, "one") == hash_of({{"a", a}}, "two"));
    CHECK(hash_of({{"a", a}}, "") != hash_of({{"b", a}}, ""));
    CHECK(hash_of({{"a", a}}, "") != hash_of({{"a", a * 1.001f}}, ""));
    // FNV-1a of the bytes "a", 00 3c, computed by hand from the published algorithm.
    std::uint64_t expected = 14695981039346656037u;
    for (const unsigned char byte : {0x61, 0x00, 0x3c})
        expected = (expected ^ byte) * 1099511628211u;
    CHECK(hash_of({{"a", torch::ones({1})}}, "") == formatted("{:016x}", expected));
}

static void half_precision_becomes_float32() {
    const Folder folder;
    const auto file = folder.path / "network.safetensors";
    write_safetensors(file, R"({"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}})",
                      std::string("\x00\x3c\x00\xc0", 4)); // 1 and -2
    CHECK(Weights::read(file).tensor("a").equal(torch::tensor({1.f, -2.f})));
}

static void a_missing_file_is_refused() {
    check_refused("/nowhere/network.safetensors", "cannot be read");
}

static void an_empty_file_is_refused() {
    const Folder folder;
    const auto file = folder.path / "network.safetensors";
    write(file, "");
    check_refused(file, "it is empty");
}

static void a_file_cut_off_anywhere_is_refused() {
    const Folder folder;
    const auto whole = folder.path / "whole", cut = folder.path / "cut";
    write_random_network(whole);
    const auto bytes = bytes_of(whole);
    std::mt19937 random(3);
    for (int i = 0; i < 60; ++i) {
        write(cut, bytes.substr(0, random() % bytes.size()));
        check_refused(cut);
    }
    write(cut, bytes.substr(0, bytes.size() - 1));
    check_refused(cut, "cut off");
}

static void a_header_longer_than_the_file_is_refused() {
    const Folder folder;
    const auto file = folder.path / "network.safetensors";
    write(file, std::string(8, '\xff') + "{}");
    check_refused(file, "cut off, or not a safetensors file");
}

static void a_picture_is_not_a_network() {
    const Folder folder;
    const auto file = folder.path / "photo.png";
    write(file, formatted("\x89PNG\r\n\x1a\n{:x<1000}", ""));
    check_refused(file, "not a safetensors file");
}

static void hostile_headers_are_refused() {
    check_header_refused("", "");
    check_header_refused("[]", "");
    check_header_refused("{\"a\":1}", "");
    check_header_refused(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}})", "1234",
                         "cut off inside");
    check_header_refused(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", "1234", "another size");
    check_header_refused(R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", "1234",
                         "another size");
    check_header_refused(R"({"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4]}})",
                         "1234", "another size");
    check_header_refused(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}})", "1234");
    check_header_refused(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}})", "1234");
    check_header_refused(R"({"a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,4]}})", "1234",
                         "dimensions");
    check_header_refused(R"({"__metadata__":{"a":[1]}})", "");
    check_header_refused(std::string(1000000, '['), "");
}

// LibTorch multiplies the sides of empty tensors as well.
static void an_empty_tensor_with_huge_sides_is_refused() {
    for (const char* shape :
         {"[0,4611686018427387904,4611686018427387904]", "[4611686018427387904,4611686018427387904,0]",
          "[9223372036854775807,0,3,3]", "[0,1099511627776]"})
        check_header_refused(formatted(R"({{"a":{{"dtype":"F32","shape":{},"data_offsets":[0,0]}}}})", shape),
                             "", "its shape");
}

static void a_long_name_does_not_hide_what_to_do() {
    check_header_refused(formatted(R"({{"{}":{{"dtype":"F32","shape":[1],"data_offsets":[0,400]}}}})",
                                   std::string(1'000'000, 'n')),
                         "", "Install it again");
}

static void tensors_that_share_bytes_are_refused() {
    check_header_refused(
        R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}})",
        std::string(12, '\0'), "\"b\"");
    check_header_refused(
        R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})",
        std::string(4, '\0'), "\"b\"");
    check_header_refused(
        R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"I32","shape":[1],"data_offsets":[0,4]}})",
        std::string(4, '\0'), "\"b\"");
}

static void numbers_that_are_not_whole_are_refused() {
    for (const char* rest :
         {R"("shape":[1e300],"data_offsets":[0,4])", R"("shape":[1],"data_offsets":[0,4.0])",
          R"("shape":[1.5],"data_offsets":[0,4])", R"("shape":1,"data_offsets":[0,4])"})
        check_header_refused(std::string(R"({"a":{"dtype":"F32",)") + rest + "}}", std::string(4, '\0'),
                             "\"a\"");
}

static void tensors_of_other_kinds_are_passed_by_until_they_are_asked_for() {
    const Folder folder;
    const auto file = folder.path / "network.safetensors";
    write_safetensors(
        file,
        R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[8,12]},"seen":{"dtype":"I64","shape":[],"data_offsets":[0,8]}})",
        std::string(8, '\1') + std::string("\x00\x00\x80\x3f", 4));
    const auto weights = Weights::read(file);
    CHECK(weights.tensor("a").equal(torch::ones({1})));
    CHECK(!weights.contains("seen"));
    const auto result = guarded([&] { return weights.tensor("seen"); });
    CHECK(!result && result.error().code == ErrorCode::bad_weights);
    CHECK(result.error().message.contains("I64") && result.error().message.contains(file.string()));
}

static void weights_that_are_not_numbers_are_refused() {
    const float nan = std::numeric_limits<float>::quiet_NaN();
    check_header_refused(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})",
                         std::string(reinterpret_cast<const char*>(&nan), 4), "not finite");
}

static void changed_bytes_never_crash_the_reader() {
    const Folder folder;
    const auto file = folder.path / "network.safetensors";
    write_random_network(file);
    const auto bytes = bytes_of(file);
    std::mt19937 random(5);
    for (int i = 0; i < 300; ++i) {
        auto changed = bytes;
        for (int k = 0; k < 4; ++k)
            changed[random() % 1200] = char(random());
        write(file, changed);
        const auto result = guarded([&] { return Weights::read(file); });
        CHECK(result || result.error().code == ErrorCode::bad_weights);
    }
}

int weights_tests() {
    return run_tests(
        {TEST(tensors_and_metadata_are_read_back), TEST(what_is_written_is_read_back),
         TEST(the_hash_tells_networks_apart_by_names_and_values), TEST(half_precision_becomes_float32),
         TEST(a_missing_file_is_refused), TEST(an_empty_file_is_refused),
         TEST(a_file_cut_off_anywhere_is_refused), TEST(a_header_longer_than_the_file_is_refused),
         TEST(a_picture_is_not_a_network), TEST(hostile_headers_are_refused),
         TEST(an_empty_tensor_with_huge_sides_is_refused), TEST(a_long_name_does_not_hide_what_to_do),
         TEST(tensors_that_share_bytes_are_refused), TEST(numbers_that_are_not_whole_are_refused),
         TEST(tensors_of_other_kinds_are_passed_by_until_they_are_asked_for),
         TEST(weights_that_are_not_numbers_are_refused), TEST(changed_bytes_never_crash_the_reader)});
}
