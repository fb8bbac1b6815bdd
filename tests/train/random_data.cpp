// SPDX-License-Identifier: GPL-3.0-or-later
#include "graph.hpp"
#include "tensor.hpp"
#include "train_tests.hpp"
#include "weights_file.hpp"

#include <ATen/CPUGeneratorImpl.h>
#include <fstream>
#include <iterator>
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

void write_random_teacher(const std::filesystem::path& file, bool whole) {
    Tensors tensors;
    int in = 3;
    for (const auto& [name, out] : std::vector<std::pair<std::string, int>>{{"conv1_1", 16},
                                                                            {"conv1_2", 16},
                                                                            {"conv2_1", 32},
                                                                            {"conv2_2", 32},
                                                                            {"conv3_1", 64},
                                                                            {"conv3_2", 64},
                                                                            {"conv3_3", 64},
                                                                            {"conv3_4", 64},
                                                                            {"conv4_1", 128},
                                                                            {"conv4_2", 128},
                                                                            {"conv4_3", 128},
                                                                            {"conv4_4", 128},
                                                                            {"conv5_1", 128}}) {
        if (!whole && name >= "conv4")
            break;
        initialize(tensors, name, out, in, 3, true, 11);
        in = out;
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
