// SPDX-License-Identifier: GPL-3.0-or-later
/// Portable pixmaps (P6, 8 bits), alone and as the frames of a film.
///
///     const Pixmaps frames("shot");
///     for (std::size_t i = 0; i < frames.count(); ++i)
///         look_at(frames.read(i));
#pragma once

#include <neural_style/formatted.hpp>
#include <neural_style/samples.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

namespace neural_style {

inline Samples read_pixmap(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::string magic;
    int width = 0, height = 0, most = 0;
    file >> magic >> width >> height >> most;
    file.get();
    if (magic != "P6" || most != 255) {
        std::cerr << path.string() << " is no portable pixmap of 8 bits\n";
        std::exit(1);
    }
    Samples samples{.width = width, .height = height, .bytes = Bytes(std::size_t(width) * height * 3)};
    file.read(reinterpret_cast<char*>(samples.bytes.data()), std::streamsize(samples.bytes.size()));
    return samples;
}

inline void write_pixmap(const std::filesystem::path& path, const Samples& picture) {
    std::ofstream(path, std::ios::binary)
        << formatted("P6\n{} {}\n255\n", picture.width, picture.height)
        << std::string_view(reinterpret_cast<const char*>(picture.bytes.data()), picture.bytes.size());
}

/// A folder's pixmaps in the order of their names.
class Pixmaps {
  public:
    explicit Pixmaps(const std::filesystem::path& folder) {
        for (const auto& entry : std::filesystem::directory_iterator(folder))
            if (entry.path().extension() == ".ppm")
                files_.push_back(entry.path());
        std::ranges::sort(files_);
    }
    std::size_t count() const { return files_.size(); }
    Samples read(std::size_t number) const { return read_pixmap(files_[number]); }
    std::string name(std::size_t number) const { return files_[number].filename(); }

  private:
    std::vector<std::filesystem::path> files_;
};

} // namespace neural_style
