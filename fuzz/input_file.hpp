// SPDX-License-Identifier: GPL-3.0-or-later
/// The fuzzer's bytes as a file, for readers that want one.
///
///     const InputFile file(bytes);
///     read(file.path());
#pragma once

#include <neural_style/descriptor.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <span>
#include <string>
#include <sys/mman.h>
#include <unistd.h>

namespace neural_style::fuzz {

/// In memory, without a name on any disk.
class InputFile {
  public:
    explicit InputFile(std::span<const std::uint8_t> bytes)
        : descriptor_(memfd_create("input", MFD_CLOEXEC)) {
        if (!descriptor_ || write(descriptor(), bytes.data(), bytes.size()) != ssize_t(bytes.size()) ||
            lseek(descriptor(), 0, SEEK_SET) != 0)
            std::abort(); // the machine's fault
    }

    int descriptor() const { return descriptor_.get(); }
    std::filesystem::path path() const { return "/proc/self/fd/" + std::to_string(descriptor()); }

  private:
    Descriptor descriptor_;
};

} // namespace neural_style::fuzz
