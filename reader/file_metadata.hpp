// SPDX-License-Identifier: GPL-3.0-or-later
/// EXIF, XMP, IPTC and comment of a picture file, in the form that Exiv2 writes.
#pragma once

#include "answer.hpp"
#include "source.hpp"

namespace neural_style::reader {

/// What cannot be read is empty.
Metadata metadata_in(const Source& source);

} // namespace neural_style::reader
