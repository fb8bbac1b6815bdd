// SPDX-License-Identifier: GPL-3.0-or-later
/// What the program prints. Whatever comes from files is made harmless on its way; see plain_text.hpp.
///
///     print_line(sentence(translated, name));
///     return with_output(exit_done);        // exit_failed, and a sentence, if the disk was full
#pragma once

#include "exit_status.hpp"

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string_view>

namespace neural_style::cli {

/// One line on standard output.
void print_line(std::string_view line);
/// Several lines on standard output, the last one with its end.
void print_text(std::string_view text);
/// One line on standard output, for programs: texts in it are as they are, with escapes.
void print_json(const nlohmann::ordered_json& line);
/// One line on standard error.
void note(std::string_view line);

/// The status of a program that ends with this one, after the last output: `exit_failed` with a sentence on
/// standard error instead of `exit_done` if standard output did not take everything.
ExitStatus with_output(ExitStatus status);

/// Ends the program at once, whatever its other threads do, with the status that `last_words` returns. They
/// print nothing after what it prints.
[[noreturn]] void end_after(const std::function<ExitStatus()>& last_words);

} // namespace neural_style::cli
