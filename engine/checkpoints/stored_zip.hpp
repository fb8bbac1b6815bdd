// SPDX-License-Identifier: GPL-3.0-or-later
/// The entries of a zip archive whose data are stored, not compressed.
///
///     const auto entries = stored_zip_entries(source);
///     if (entries)
///         if (const auto found = entries->find("archive/data.pkl"); found != entries->end())
///             if (source.load(found->second))
///                 read(found->second);
///
/// See APPNOTE.TXT of PKWARE, sections 4.3 and 4.5.3.
#pragma once

#include "byte_source.hpp"

#include <map>
#include <string_view>

namespace neural_style {

/// By name; names and data are parts of the source.
using ZipEntries = std::map<std::string_view, std::string_view>;

/// ZIP64 too. Refuses archives that are cut off, damaged, compressed, encrypted, or that name or use anything
/// twice. Afterwards the names are loaded, and the data are not.
Accepted<ZipEntries> stored_zip_entries(const ByteSource& source);

} // namespace neural_style
