// SPDX-License-Identifier: GPL-3.0-or-later
#include "report.hpp"

#include "output.hpp"
#include "translation.hpp"

#include <array>
#include <nlohmann/json.hpp>

namespace neural_style::cli {
namespace {

/// Error codes as programs read them, in the order of the enum.
constexpr std::array<const char*, 12> code_names{
    "cancelled", "invalid-request", "bad-weights",   "bad-picture", "over-limit",  "out-of-memory",
    "no-device", "bad-message",     "other-version", "engine-lost", "not-written", "internal"};

} // namespace

ExitStatus report(const Error& error, Talk talk, const ErrorContext& context) {
    const auto& file = context.file;
    const bool stopped = error.code == ErrorCode::cancelled;
    const std::string message = !stopped          ? error.message
                                : context.stopped ? context.stopped
                                                  : _("Stopped. Nothing was written.");
    if (talk == Talk::programs) {
        nlohmann::ordered_json line{
            {"type", "error"}, {"code", code_names[std::size_t(error.code)]}, {"message", message}};
        if (!file.empty())
            line["file"] = file;
        print_json(line);
    }
    const bool unnamed = !file.empty() && !message.contains(file);
    if (!stopped || talk == Talk::people)
        note("neural-style: " + (unnamed ? file + ": " : std::string()) + message);
    return stopped ? exit_stopped : exit_failed;
}

} // namespace neural_style::cli
