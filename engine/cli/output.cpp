// SPDX-License-Identifier: GPL-3.0-or-later
#include "output.hpp"

#include "translation.hpp"

#include <neural_style/formatted.hpp>
#include <neural_style/plain_text.hpp>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <unistd.h>

namespace neural_style::cli {
namespace {

void print(std::FILE* stream, const std::string& text) {
    std::fwrite(text.data(), 1, text.size(), stream);
    std::fflush(stream);
}

/// JSON escapes the first 32 control characters. A terminal obeys others too, which only occur in texts.
std::string with_escapes(const std::string& json) {
    std::string line;
    for (std::string_view rest = json; !rest.empty();) {
        const auto [code, bytes] = first_letter(rest);
        if (acts(code))
            line += formatted("\\u{:04x}", std::uint32_t(code));
        else
            line += rest.substr(0, bytes);
        rest.remove_prefix(bytes);
    }
    return line;
}

} // namespace

void print_line(std::string_view line) {
    print(stdout, plain_line(line) + '\n');
}

void print_text(std::string_view text) {
    print(stdout, plain_text(text));
}

void print_json(const nlohmann::ordered_json& line) {
    // File names may have any encoding; JSON is UTF-8.
    print(stdout, with_escapes(line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)) + '\n');
}

void note(std::string_view line) {
    print(stderr, plain_line(line) + '\n');
}

ExitStatus with_output(ExitStatus status) {
    bool complete = std::fflush(stdout) == 0 && !std::ferror(stdout);
    // Some file systems report a full disk only now. Who is given no standard output need not have one.
    if (close(STDOUT_FILENO) != 0 && errno != EBADF)
        complete = false;
    if (complete || status != exit_done)
        return status;
    note(std::string("neural-style: ") +
         _("Standard output did not take everything: free some space, or send it elsewhere."));
    return exit_failed;
}

void end_after(const std::function<ExitStatus()>& last_words) {
    flockfile(stdout); // which every print takes for its line
    flockfile(stderr);
    std::_Exit(last_words());
}

} // namespace neural_style::cli
