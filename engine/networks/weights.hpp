// SPDX-License-Identifier: GPL-3.0-or-later
/// Reads network weights from a safetensors file; nothing in it is trusted before it is checked.
///
///     Weights weights = Weights::read("encoder.safetensors");
///     torch::Tensor w = weights.tensor("conv1_1.weight");   // float32, on the CPU
///
/// Format: the length of a JSON header as a little-endian u64; the header, an object that maps tensor names
/// to {"dtype", "shape", "data_offsets": [begin, end]}, with an optional "__metadata__" of strings; the
/// tensors' bytes without gaps. See https://huggingface.co/docs/safetensors.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <torch/types.h>
#include <vector>

namespace neural_style {

/// Of a layer. No network is wider, and sizes in bytes cannot overflow.
constexpr std::int64_t most_channels = 1 << 16;

class Weights {
  public:
    /// Errors: Failure(bad_weights), with a sentence for every possible fault of the file.
    static Weights read(const std::filesystem::path& file);

    /// A file without the tensors' values.
    struct Outline {
        std::map<std::string, std::string> metadata;
        std::vector<std::string> names; ///< of the tensors
    };
    /// Reads only the header. Errors: Failure(bad_weights) if it is not a safetensors file.
    static Outline outline_of(const std::filesystem::path& file);

    /// The tensor as float32 on the CPU. Errors: Failure(bad_weights) if there is none of that name or if it
    /// holds integers, such as training counters, which are ignored unless requested.
    torch::Tensor tensor(const std::string& name) const;
    bool contains(const std::string& name) const { return tensors_.contains(name); }
    /// A metadata string; empty when absent.
    std::string metadata(const std::string& key) const;
    /// 16 hexadecimal digits that identify the network: 64-bit FNV-1a (Fowler, Noll and Vo) over each
    /// tensor's name and stored bytes, ordered by name. Independent of metadata and of the order in the file.
    /// Networks that belong together refer to each other by it.
    const std::string& hash() const { return hash_; }
    const std::filesystem::path& file() const { return file_; }
    /// Throws Failure(bad_weights) saying that this file cannot be used because of `why`, the end of a
    /// sentence.
    [[noreturn]] void refuse(std::string_view why) const;

  private:
    std::filesystem::path file_;
    std::map<std::string, torch::Tensor> tensors_;
    std::map<std::string, std::string> other_kinds_; // of ignored tensors
    std::map<std::string, std::string> metadata_;
    std::string hash_;
};

} // namespace neural_style
