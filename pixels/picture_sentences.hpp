// SPDX-License-Identifier: GPL-3.0-or-later
/// Sentences on picture files: why one is not read, and what it may mean otherwise.
#pragma once

#include "answer.hpp"

#include <neural_style/error.hpp>

#include <string>

namespace neural_style {

/// `name`: the file's. Its code is bad_picture or out_of_memory.
Error error_of(const reader::Refusal& refusal, const std::string& name);
std::string sentence_of(const reader::Remark& remark, const std::string& name);

} // namespace neural_style
