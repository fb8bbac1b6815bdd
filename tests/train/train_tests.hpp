// SPDX-License-Identifier: GPL-3.0-or-later
/// The test groups in this folder, one per file of engine/train, and their training data.
#pragma once

#include "photos.hpp"
#include "train.hpp"

#include <neural_style/error.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

int autograd_graph_tests();
int crops_tests();
int decoder_tests();
int encoder_tests();
int style_distance_tests();
int style_tests();
int training_tests();

namespace tests {

/// Smooth random pictures of 96 x 80 pixels.
neural_style::Photos random_photos(int count, std::uint64_t seed = 1);
neural_style::Image random_picture(std::uint64_t seed);

/// A random teacher with VGG's names and the student's widths; without blocks 4 and 5 unless `whole`.
void write_random_teacher(const std::filesystem::path& file, bool whole = true);
/// The same with twice the width, stored like torchvision's networks.
void write_wide_teacher(const std::filesystem::path& file);
/// A random feature network like those made by `train_encoder`.
void write_random_encoder(const std::filesystem::path& file, std::uint64_t seed = 1);

neural_style::Result<void> write_file(const std::filesystem::path& path, std::string_view bytes);
std::string bytes_of(const std::filesystem::path& file);

inline void show_nothing(const neural_style::TrainingUpdate&) {}

} // namespace tests
