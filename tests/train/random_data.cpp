// SPDX-License-Identifier: GPL-3.0-or-later
#include "autograd_graph.hpp"
#include "tensor.hpp"
#include "train_tests.hpp"
#include "weights_file.hpp"

#include <neural_style/formatted.hpp>

#include <ATen/CPUGeneratorImpl.h>
#include <array>
#include <fstream>
#include <iterator>
#include <string_view>
#include <torch/torch.h>
#include <utility>
#include <vector>

namespace tests {

using namespace neural_style;

Image random_picture(std::uint64_t seed) {
    auto generator = at::make_generator<at::CPUGeneratorImpl>(seed);
    return to_image(resized(torch::rand({1, 3, 10, 12}, generator, torch::kFloat32), 96, 80));
}

Photos random_photos(int count, std::uint64_t seed) {
    Photos photos;
    for (int i = 0; i < count; ++i)
        photos.add(random_picture(seed * 1000 + std::uint64_t(i)));
    return photos;
}

namespace {

struct TeacherLayer {
    const char* name;
    int channels;
    int place; ///< among convolutions, ReLUs and poolings
};
constexpr std::array teacher_layers{
    TeacherLayer{"conv1_1", 16, 0},   TeacherLayer{"conv1_2", 16, 2},   TeacherLayer{"conv2_1", 32, 5},
    TeacherLayer{"conv2_2", 32, 7},   TeacherLayer{"conv3_1", 64, 10},  TeacherLayer{"conv3_2", 64, 12},
    TeacherLayer{"conv3_3", 64, 14},  TeacherLayer{"conv3_4", 64, 16},  TeacherLayer{"conv4_1", 128, 19},
    TeacherLayer{"conv4_2", 128, 21}, TeacherLayer{"conv4_3", 128, 23}, TeacherLayer{"conv4_4", 128, 25},
    TeacherLayer{"conv5_1", 128, 28}};

} // namespace

void write_random_teacher(const std::filesystem::path& file, bool whole) {
    Tensors tensors;
    int in = 3;
    for (const auto& layer : teacher_layers) {
        if (!whole && std::string_view(layer.name) >= "conv4")
            break;
        initialize(tensors, layer.name, layer.channels, in, 3, true, 11);
        in = layer.channels;
    }
    write_file(file, safetensors(tensors, {}, torch::kFloat32)).value();
}

void write_wide_teacher(const std::filesystem::path& file) {
    Tensors tensors;
    int in = 3;
    for (const auto& layer : teacher_layers) {
        initialize(tensors, formatted("features.{}", layer.place), 2 * layer.channels, in, 3, true, 12);
        in = 2 * layer.channels;
    }
    write_file(file, safetensors(tensors, {}, torch::kFloat32)).value();
}

void write_random_encoder(const std::filesystem::path& file, std::uint64_t seed) {
    EncoderRequest request;
    request.teacher = file.string() + ".teacher";
    write_random_teacher(request.teacher);
    request.options.steps = 0;
    request.options.seed = seed;
    request.options.output = file;
    train_encoder(request, random_photos(2), write_file, show_nothing, {}).value();
}

Result<void> write_file(const std::filesystem::path& path, std::string_view bytes) {
    std::ofstream stream(path, std::ios::binary);
    stream.write(bytes.data(), std::streamsize(bytes.size()));
    if (!stream.flush())
        return failure(ErrorCode::not_written, "The file could not be written.");
    return {};
}

std::string bytes_of(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

} // namespace tests
