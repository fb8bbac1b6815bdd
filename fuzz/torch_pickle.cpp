// SPDX-License-Identifier: GPL-3.0-or-later
/// The pickle of a file of PyTorch, in a sound archive with some storages: what stops at the archive
/// otherwise.
#include "promise.hpp"
#include "torch_file.hpp"

#include <array>
#include <span>
#include <string>

using namespace neural_style;

namespace {

void append(std::string& to, std::uint64_t number, int bytes) {
    for (int i = 0; i < bytes; ++i)
        to += char(number >> (8 * i));
}

/// A zip archive whose entries are stored and have no checksum.
std::string archive(std::span<const std::pair<std::string_view, std::string_view>> entries) {
    std::string bytes, directory;
    for (const auto& [name, data] : entries) {
        const std::uint64_t begin = bytes.size();
        std::string sizes;
        append(sizes, 0, 4);
        append(sizes, data.size(), 4);
        append(sizes, data.size(), 4);
        append(sizes, name.size(), 2);
        append(sizes, 0, 2);
        const std::string kind(10, '\0'); // version, flags, method, time, date
        bytes.append("PK\3\4").append(kind).append(sizes).append(name).append(data);
        directory.append("PK\1\2").append(2, '\0').append(kind).append(sizes).append(10, '\0');
        append(directory, begin, 4);
        directory += name;
    }
    const std::uint64_t begin = bytes.size();
    bytes.append(directory).append("PK\5\6").append(4, '\0');
    append(bytes, entries.size(), 2);
    append(bytes, entries.size(), 2);
    append(bytes, directory.size(), 4);
    append(bytes, begin, 4);
    append(bytes, 0, 2);
    return bytes;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const std::string storage(4096, '\x3f');
    const std::array<std::pair<std::string_view, std::string_view>, 5> entries{
        {{"w/data.pkl", {reinterpret_cast<const char*>(data), size}},
         {"w/byteorder", "little"},
         {"w/data/0", storage},
         {"w/data/1", std::string_view(storage).substr(0, 64)},
         {"w/data/2", {}}}};
    const std::string bytes = archive(entries);
    const auto tensors = torch_tensors(std::string_view(bytes));
    if (!tensors) {
        fuzz::promise(!tensors.error().why.empty());
        return 0;
    }
    for (const StoredTensor& tensor : *tensors)
        if (tensor.numbers() <= 1 << 20)
            fuzz::promise(floats(tensor).size() == tensor.numbers());
    return 0;
}
