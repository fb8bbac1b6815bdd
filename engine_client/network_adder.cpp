// SPDX-License-Identifier: GPL-3.0-or-later
#include "network_adder.hpp"

#include "glib_pointers.hpp"
#include "translation.hpp"

#include <neural_style/plain_text.hpp>

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

namespace neural_style {
namespace {

std::unexpected<Error> not_started(const std::string& program) {
    return failure(ErrorCode::internal,
                   sentence(_("The program {} cannot be started: install Neural Style again."), program));
}

} // namespace

Result<AddedNetwork> added_network_in(std::string_view lines) {
    while (lines.ends_with('\n'))
        lines.remove_suffix(1);
    lines.remove_prefix(lines.rfind('\n') + 1); // the last line
    const auto json = nlohmann::json::parse(lines, nullptr, false);
    const auto text = [&](const char* key) {
        const auto found = json.find(key);
        return found != json.end() && found->is_string() ? plain_line(found->get<std::string>())
                                                         : std::string();
    };
    if (!json.is_object() || (text("type") != "network" && text("message").empty()))
        return not_started("neural-style");
    if (text("type") != "network")
        return failure(ErrorCode::bad_weights, text("message"));
    const auto bytes = json.find("bytes");
    return AddedNetwork{
        .name = text("name"),
        .title = text("title"),
        .bytes = bytes != json.end() && bytes->is_number_unsigned() ? bytes->get<std::uint64_t>() : 0,
        .operations = std::strtod(text("operations").c_str(), nullptr)};
}

NetworkAdder::~NetworkAdder() {
    if (gone_)
        g_cancellable_cancel(gone_.get());
    if (process_)
        g_subprocess_force_exit(process_.get());
}

void NetworkAdder::add(const std::filesystem::path& file, Answered answered) {
    GError* error = nullptr;
    // The name may begin like an option.
    process_.reset(g_subprocess_new(G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error, program_.c_str(), "networks",
                                    "add", "--json", "--", file.c_str(), nullptr));
    if (!process_) {
        const GErrorPointer owned(error);
        answered(not_started(program_.string()));
        return;
    }
    gone_.reset(g_cancellable_new());
    g_subprocess_communicate_utf8_async(
        process_.get(), nullptr, gone_.get(),
        [](GObject* process, GAsyncResult* result, void* data) {
            const std::unique_ptr<Answered> answered(static_cast<Answered*>(data));
            char* lines = nullptr;
            GError* error = nullptr;
            const bool done =
                g_subprocess_communicate_utf8_finish(G_SUBPROCESS(process), result, &lines, nullptr, &error);
            const GStringPointer owned_lines(lines);
            const GErrorPointer owned_error(error);
            if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
                return; // this object is gone
            (*answered)(added_network_in(done && lines ? lines : ""));
        },
        new Answered(std::move(answered)));
}

} // namespace neural_style
