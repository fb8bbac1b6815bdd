// SPDX-License-Identifier: GPL-3.0-or-later
/// The training photos, kept in memory with 8 bits per sample.
///
///     Photos photos;
///     photos.add(image);
///     std::printf("%zu to train on, %zu to measure with\n", photos.training(), photos.held_out());
#pragma once

#include <neural_style/image.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace neural_style {

class Photos {
  public:
    static constexpr int longest_side = 768; ///< larger photos are reduced
    static constexpr int held_out_every = 8; ///< every so many-th photo is never trained on

    struct Photo {
        int width = 0;
        int height = 0;
        std::vector<std::uint8_t> planes; ///< red, green, blue
    };

    void add(ImageView photo);

    /// Numbers of training and held-out photos. With fewer than `held_out_every` photos only the last is held
    /// out.
    std::size_t training() const { return photos_.size() - held_out(); }
    std::size_t held_out() const;
    const Photo& training(std::size_t index) const;
    const Photo& held_out(std::size_t index) const;

  private:
    std::vector<Photo> photos_;
};

} // namespace neural_style
