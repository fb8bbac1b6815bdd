// SPDX-License-Identifier: GPL-3.0-or-later
/// What a test writes to a standard stream.
#pragma once

#include "test_folder.hpp"

#include <cstdio>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <string>
#include <unistd.h>

namespace tests {

/// Captures one of the standard streams while it exists.
class Captured {
  public:
    Captured(FILE* stream) : stream_(stream), kept_(dup(fileno(stream))) {
        std::fflush(stream_);
        const int file = open((folder_.path / "said").c_str(), O_WRONLY | O_CREAT, 0600);
        dup2(file, fileno(stream_));
        close(file);
    }
    ~Captured() {
        dup2(kept_, fileno(stream_));
        close(kept_);
    }
    std::string text() const {
        std::fflush(stream_);
        std::ifstream said(folder_.path / "said");
        return {std::istreambuf_iterator<char>(said), {}};
    }

  private:
    FILE* stream_;
    int kept_;
    Folder folder_;
};

} // namespace tests
