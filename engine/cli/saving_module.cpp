// SPDX-License-Identifier: GPL-3.0-or-later
#include "saving_module.hpp"

#include <exiv2/exiv2.hpp>

namespace {

using namespace neural_style;
using namespace neural_style::cli;

Result<std::vector<std::string>> save_quietly(const PaintingFile& file,
                                              const std::function<void()>& encoded) {
    Exiv2::LogMsg::setLevel(Exiv2::LogMsg::mute); // cameras write odd metadata
    return save_painting(file, encoded);
}

} // namespace

extern "C"
    [[gnu::visibility("default")]] const SavingModule neural_style_saving{obstacle_to_encoding, save_quietly};
