// SPDX-License-Identifier: GPL-3.0-or-later
/// The value that means white in a portable pixmap or greymap, by which libvips does not divide.
#pragma once

#include "source.hpp"

namespace neural_style::reader {

/// 1 to 65535; 0: it tells none.
int white_of_pnm(const Source& source);

} // namespace neural_style::reader
