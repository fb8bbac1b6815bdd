// SPDX-License-Identifier: GPL-3.0-or-later
/// An open file or socket that is closed with its owner.
///
///     const Descriptor file(number);   // as open() and socket() return it
///     if (!file)
///         return;
///     show(file.get());
#pragma once

#include <unistd.h>
#include <utility>

namespace neural_style {

class Descriptor {
  public:
    explicit Descriptor(int number = -1) : number_(number) {}
    Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(number_, other.number_);
        return *this;
    }
    ~Descriptor() { reset(); }

    explicit operator bool() const { return number_ >= 0; }
    int get() const { return number_; }
    /// It stays open when its owner goes.
    int release() { return std::exchange(number_, -1); }
    void reset() {
        if (number_ >= 0)
            close(std::exchange(number_, -1));
    }

  private:
    int number_;
};

} // namespace neural_style
