// SPDX-License-Identifier: GPL-3.0-or-later
/// Modules of this program that are loaded when they are first needed.
///
///     if (const auto* saving = module_beside<SavingModule>("neural-style-saving.so", "neural_style_saving"))
///         saving->save_painting(file, encoded);
#pragma once

#include "translation.hpp"

#include <neural_style/error.hpp>

#include <dlfcn.h>
#include <filesystem>

namespace neural_style::cli {

/// What the module beside the one that calls this exports under that name; nullptr if it cannot be loaded.
template <typename Module>
const Module* module_beside(const char* file, const char* symbol) {
    Dl_info here{};
    if (dladdr(reinterpret_cast<const void*>(&module_beside<Module>), &here) == 0)
        return nullptr;
    const auto path = std::filesystem::path(here.dli_fname).parent_path() / file;
    void* const module = dlopen(path.c_str(), RTLD_LAZY | RTLD_LOCAL); // once; later calls return the same
    return module ? static_cast<const Module*>(dlsym(module, symbol)) : nullptr;
}

/// That a module cannot be loaded.
inline Error incomplete(const char* file) {
    return {ErrorCode::internal,
            sentence(_("The program {} cannot be started: install Neural Style again."), file)};
}

} // namespace neural_style::cli
