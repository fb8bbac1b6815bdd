// SPDX-License-Identifier: GPL-3.0-or-later
// The functions of image_file.hpp for neural-style: they load the module that has them when they are called.
#include "saving_module.hpp"
#include "translation.hpp"

#include <dlfcn.h>
#include <filesystem>

namespace neural_style::cli {
namespace {

/// nullptr if it cannot be loaded. It lies beside the module that has this function.
const SavingModule* saving_module() {
    Dl_info here{};
    if (dladdr(reinterpret_cast<const void*>(&saving_module), &here) == 0)
        return nullptr;
    const auto file = std::filesystem::path(here.dli_fname).parent_path() / "neural-style-saving.so";
    void* const module = dlopen(file.c_str(), RTLD_LAZY | RTLD_LOCAL); // once; later calls return the same
    return module ? static_cast<const SavingModule*>(dlsym(module, "neural_style_saving")) : nullptr;
}

Error incomplete() {
    return {ErrorCode::internal, sentence(_("The program {} cannot be started: install Neural Style again."),
                                          "neural-style-saving.so")};
}

} // namespace

std::optional<Error> obstacle_to_encoding(PictureKind kind) {
    const SavingModule* const module = saving_module();
    return module ? module->obstacle_to_encoding(kind) : incomplete();
}

Result<std::vector<std::string>> save_painting(const PaintingFile& file,
                                               const std::function<void()>& encoded) {
    const SavingModule* const module = saving_module();
    return module ? module->save_painting(file, encoded) : std::unexpected(incomplete());
}

} // namespace neural_style::cli
