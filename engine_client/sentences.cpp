// SPDX-License-Identifier: GPL-3.0-or-later
#include "sentences.hpp"

#include "message.hpp"
#include "translation.hpp"

#include <neural_style/plain_text.hpp>

#include <glib.h>

namespace neural_style {
namespace {

std::string words_for(const Error& error) {
    const std::string detail = plain_line(error.message, protocol::message_bytes_max);
    switch (error.code) {
    case ErrorCode::cancelled:
        return _("The painting was cancelled.");
    case ErrorCode::invalid_request:
        return sentence(_("This cannot be painted as asked: {}"), detail);
    case ErrorCode::bad_weights:
        return sentence(_("A network file of the engine cannot be used, so install Neural Style again: {}"),
                        detail);
    case ErrorCode::bad_picture:
        return sentence(_("The picture cannot be read, so choose another one: {}"), detail);
    case ErrorCode::over_limit:
        return sentence(
            _("This painting needs more memory than there is; set a size limit or select a smaller part: {}"),
            detail);
    case ErrorCode::out_of_memory:
        return _("Memory ran out while painting: set a size limit, select a smaller part or close other "
                 "programs.");
    case ErrorCode::no_device:
        return sentence(_("The engine cannot use the device it was told to compute on: {}"), detail);
    case ErrorCode::bad_message:
        return _("The program that was started as the painting engine does not speak its language: check the "
                 "setting "
                 "“Engine command” and the variable NEURAL_STYLE_ENGINE.");
    case ErrorCode::other_version:
        return _("The painting engine is of another version than this plug-in: install both from the same "
                 "release.");
    case ErrorCode::engine_lost:
        return _(
            "The painting engine went away before the painting was finished: try again, with a size limit if "
            "memory may have run out.");
    case ErrorCode::not_written:
        return sentence(_("The result could not be written; make room on the disk: {}"), detail);
    case ErrorCode::internal:
        return sentence(_("The painting engine found a defect in itself; please report it: {}"), detail);
    }
    return detail;
}

} // namespace

Error translated(const Error& error) {
    if (!error.message.empty())
        g_printerr("neural-style: %s\n", plain_line(error.message).c_str());
    return {error.code, words_for(error)};
}

} // namespace neural_style
