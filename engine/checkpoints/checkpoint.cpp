// SPDX-License-Identifier: GPL-3.0-or-later
#include "checkpoint.hpp"

#include "safetensors_file.hpp"
#include "torch_file.hpp"

#include <neural_style/formatted.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <string_view>
#include <utility>

namespace neural_style {

namespace {

constexpr const char* what_can_be_added = "Choose a .pth or .pt file of PyTorch, or a .safetensors file.";

std::string lower(std::string text) {
    std::ranges::transform(text, text.begin(), [](unsigned char c) { return char(std::tolower(c)); });
    return text;
}

// What a file is that is no file of weights; empty: unknown.
std::string_view other_kind(std::string_view bytes) {
    struct Beginning {
        std::string_view bytes, kind;
    };
    static constexpr std::array beginnings{
        Beginning{"\x1f\x8b", "a gzip archive"},
        Beginning{"BZh", "a bzip2 archive"},
        Beginning{"\xfd"
                  "7zXZ",
                  "an xz archive"},
        Beginning{"7z\xbc\xaf", "a 7z archive"},
        Beginning{"Rar!", "a RAR archive"},
        Beginning{"\x89HDF", "an HDF5 file, as Keras writes"},
        Beginning{"MATLAB 5.0", "a MATLAB file"},
        Beginning{"\x93NUMPY", "a NumPy array"},
        Beginning{"GGUF", "a GGUF file"},
        Beginning{"\x89PNG", "a picture (PNG)"},
        Beginning{"\xff\xd8\xff", "a picture (JPEG)"},
        Beginning{"%PDF", "a PDF document"},
        Beginning{"\x7f"
                  "ELF",
                  "a program"},
        Beginning{"version https://git-lfs", "a pointer of Git LFS instead of the weights it points to"}};
    for (const auto& [beginning, kind] : beginnings)
        if (bytes.starts_with(beginning))
            return kind;
    if (bytes.size() > 262 && bytes.substr(257, 5) == "ustar")
        return "a tar archive, as PyTorch wrote before 0.1.10 and others still do";
    const std::string begin = lower(std::string(bytes.substr(0, 1024)));
    const std::string_view text = std::string_view(begin).substr(
        std::min(begin.find_first_not_of(" \t\r\n\xef\xbb\xbf"), begin.size()));
    if (text.starts_with("<!doctype html") || text.starts_with("<html") || text.starts_with("<head") ||
        (text.starts_with("<") && text.contains("<html")))
        return "a web page (HTML)";
    if (text.starts_with("<?xml"))
        return "an XML document";
    return {};
}

Accepted<std::vector<StoredTensor>> tensors_in(const ByteSource& source, const std::string& ending) {
    constexpr std::size_t beginning = 4096; // where everything has its mark
    const auto bytes = source.all();
    if (auto loaded = source.load(bytes.substr(0, beginning)); !loaded)
        return std::unexpected(loaded.error());
    const bool torch = is_torch_zip(bytes) || is_torch_stream(bytes);
    if (torch && ending == ".safetensors")
        return refused("it is a file of PyTorch, not a safetensors file",
                       "Rename it so that it ends in .pth, and add it again.");
    if (torch)
        return torch_tensors(source);
    if (const auto kind = other_kind(bytes); !kind.empty())
        return refused(formatted("it is {}", kind),
                       kind.contains("HTML") ? download_again : what_can_be_added);
    if (is_safetensors(bytes)) {
        if (ending == ".pth" || ending == ".pt")
            return refused("it is a safetensors file, not one of PyTorch",
                           "Rename it so that it ends in .safetensors, and add it again.");
        return safetensors_tensors(source);
    }
    if (bytes.starts_with("\x80"))
        return refused("it is a pickle, but not one of torch.save", save_the_weights);
    return refused("it is neither a file of PyTorch nor a safetensors file", what_can_be_added);
}

} // namespace

Result<Checkpoint> Checkpoint::open(const std::filesystem::path& path) {
    auto file = FileBytes::open(path);
    if (!file)
        return failure(path, file.error());
    auto tensors = tensors_in(*file, lower(path.extension().string()));
    if (!tensors)
        return failure(path, tensors.error());
    Checkpoint checkpoint(path, std::move(*file), std::move(*tensors));
    if (auto metadata = safetensors_metadata(checkpoint.file_))
        checkpoint.metadata_ = std::move(*metadata);
    return checkpoint;
}

Result<void> Checkpoint::load(const Recognized& network) const {
    for (const auto& [name, tensor] : network.tensors)
        if (const auto loaded = file_.load(extent(*tensor)); !loaded)
            return failure(path_, loaded.error());
    return {};
}

Result<std::string_view> Checkpoint::load() const {
    if (const auto loaded = file_.load(file_.all()); !loaded)
        return failure(path_, loaded.error());
    return file_.all();
}

Result<std::string> Checkpoint::sha256() const {
    auto digits = file_.sha256();
    if (!digits)
        return failure(path_, digits.error());
    return *std::move(digits);
}

} // namespace neural_style
