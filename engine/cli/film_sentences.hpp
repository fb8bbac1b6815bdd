// SPDX-License-Identifier: GPL-3.0-or-later
/// Sentences on films: why one is not read or not written, and what is remarkable.
#pragma once

#include "film_answer.hpp"

#include <neural_style/error.hpp>

#include <string>

namespace neural_style::cli {

/// `name`: the film's.
Error error_of(const film_files::FilmRefusal& refusal, const std::string& name);
std::string sentence_of(const film_files::FilmRemark& remark, const std::string& name);

} // namespace neural_style::cli
