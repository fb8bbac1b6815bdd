// SPDX-License-Identifier: GPL-3.0-or-later
/// A file of weights as other programs write it: PyTorch's (torch_file.hpp) or safetensors.
///
///     const auto checkpoint = Checkpoint::open("vgg19-dcbb9e9d.pth");
///     if (checkpoint)
///         if (const auto network = recognized(checkpoint->tensors()); network && checkpoint->load(*network))
///             use(packed(*network->tensors.at("conv1.weight")));
///
/// Nothing in the file is executed, and nothing is trusted before it is checked.
#pragma once

#include "architectures.hpp"
#include "file_bytes.hpp"
#include "stored_tensor.hpp"

#include <neural_style/error.hpp>

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace neural_style {

class Checkpoint {
  public:
    /// Loads no numbers. Errors, here and below: bad_weights, with a sentence for every possible fault.
    static Result<Checkpoint> open(const std::filesystem::path& file);

    /// Of floating point numbers, in the file's order; others are passed over. Valid while this exists.
    const std::vector<StoredTensor>& tensors() const { return tensors_; }
    /// What a safetensors file says of itself.
    const std::map<std::string, std::string>& metadata() const { return metadata_; }
    /// The numbers of what that network is made of.
    Result<void> load(const Recognized& network) const;
    /// The whole file.
    Result<std::string_view> load() const;
    std::uint64_t size() const { return file_.all().size(); } ///< in bytes
    Result<std::string> sha256() const;                       ///< of the file
    const std::filesystem::path& file() const { return path_; }

  private:
    Checkpoint(std::filesystem::path path, FileBytes file, std::vector<StoredTensor> tensors)
        : path_(std::move(path)), file_(std::move(file)), tensors_(std::move(tensors)) {}

    std::filesystem::path path_;
    FileBytes file_;
    std::vector<StoredTensor> tensors_;
    std::map<std::string, std::string> metadata_;
};

} // namespace neural_style
