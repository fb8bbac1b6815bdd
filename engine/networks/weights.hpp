// SPDX-License-Identifier: GPL-3.0-or-later
/// Reads network weights from a safetensors file, trusting nothing in it before it is checked.
///
///     Weights weights = Weights::read("encoder.safetensors");
///     torch::Tensor w = weights.tensor("conv1_1.weight");   // float32, on the CPU
///
/// Format: u64 little-endian length of a JSON header; the header, an object of
/// {"dtype", "shape", "data_offsets": [begin, end]} by tensor name and an optional "__metadata__" of strings;
/// then the tensors' bytes without gaps. https://huggingface.co/docs/safetensors describes it.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <torch/types.h>
#include <vector>

namespace neural_style {

/// Of a layer: wider ones exist nowhere, and sizes in bytes stay far from overflowing.
constexpr std::int64_t most_channels = 1 << 16;

class Weights {
  public:
    /// Errors: Failure(bad_weights) with a sentence for every way in which a file can be wrong.
    static Weights read(const std::filesystem::path& file);

    /// A file without the tensors' values.
    struct Outline {
        std::map<std::string, std::string> metadata;
        std::vector<std::string> names; ///< of the tensors
    };
    /// Reads the file's beginning. Errors: Failure(bad_weights) where it is no safetensors file.
    static Outline outline_of(const std::filesystem::path& file);

    /// The tensor as float32 on the CPU. Errors: Failure(bad_weights) when there is none of that name, or one
    /// of whole numbers, such as training counters: those are passed by until somebody asks for them.
    torch::Tensor tensor(const std::string& name) const;
    bool contains(const std::string& name) const { return tensors_.contains(name); }
    /// A metadata string; empty when absent.
    std::string metadata(const std::string& key) const;
    /// 16 hexadecimal digits that tell one network from another: 64-bit FNV-1a (Fowler, Noll and Vo) over
    /// each tensor's name and bytes as stored, in the order of the names. Metadata and the file's own order
    /// do not count. Networks that belong together name each other by it.
    const std::string& hash() const { return hash_; }
    const std::filesystem::path& file() const { return file_; }
    /// Throws Failure(bad_weights): this file cannot be used because of `why`, the end of a sentence.
    [[noreturn]] void refuse(std::string_view why) const;

  private:
    std::filesystem::path file_;
    std::map<std::string, torch::Tensor> tensors_;
    std::map<std::string, std::string> other_kinds_; // of tensors that are passed by
    std::map<std::string, std::string> metadata_;
    std::string hash_;
};

} // namespace neural_style
