// SPDX-License-Identifier: GPL-3.0-or-later
// The functions of image_file.hpp for neural-style: they load the module that has them when they are called.
#include "module_beside.hpp"
#include "saving_module.hpp"

namespace neural_style::cli {
namespace {

constexpr const char* file_name = "neural-style-saving.so";

const SavingModule* saving_module() {
    return module_beside<SavingModule>(file_name, "neural_style_saving");
}

} // namespace

std::optional<Error> obstacle_to_encoding(PictureKind kind) {
    const SavingModule* const module = saving_module();
    return module ? module->obstacle_to_encoding(kind) : incomplete(file_name);
}

Result<std::vector<std::string>> save_painting(const PaintingFile& file,
                                               const std::function<void()>& encoded) {
    const SavingModule* const module = saving_module();
    return module ? module->save_painting(file, encoded) : std::unexpected(incomplete(file_name));
}

} // namespace neural_style::cli
