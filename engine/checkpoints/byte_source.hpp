// SPDX-License-Identifier: GPL-3.0-or-later
/// Bytes that lie at one place of memory, of which only those that were loaded are there.
///
///     Accepted<void> look(const ByteSource& source) {
///         const auto head = source.all().substr(0, 8);
///         if (auto loaded = source.load(head); !loaded)
///             return loaded;
///         return check(head);
///     }
///
/// Bytes in memory are such a source too: all of them are always there.
#pragma once

#include "refusal.hpp"

#include <string_view>

namespace neural_style {

class ByteSource {
  public:
    ByteSource(std::string_view all) : all_(all) {}
    ByteSource(const ByteSource&) = delete;
    virtual ~ByteSource() = default;

    /// Looking at what is not loaded is allowed, and shows zeros or what is there.
    std::string_view all() const { return all_; }
    /// Brings a part of `all()` into memory. What is there already stays as it is.
    virtual Accepted<void> load(std::string_view) const { return {}; }
    /// Gives back the memory of a part, as far as that goes.
    virtual void release(std::string_view) const {}

  protected:
    std::string_view all_;
};

} // namespace neural_style
