// SPDX-License-Identifier: GPL-3.0-or-later
/// Several pictures of one size on one, from left to right and from the top.
///
///     ContactSheet sheet(12, 1920, 1080);
///     sheet.add(painting);
///     save(sheet.picture());
#pragma once

#include <neural_style/image.hpp>

#include <cstddef>

namespace neural_style::cli {

class ContactSheet {
  public:
    /// Of pictures that have that size at first; each is at most 480 pixels wide and high on the sheet.
    ContactSheet(std::size_t count, int width, int height);

    void add(ImageView picture);
    const Image& picture() const { return sheet_; }

  private:
    int width_, height_; ///< of each, on the sheet
    int columns_;
    std::size_t added_ = 0;
    Image sheet_;
};

} // namespace neural_style::cli
