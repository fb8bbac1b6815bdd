// SPDX-License-Identifier: GPL-3.0-or-later
/// Asks in a separate window without waiting for the answer.
///
///     ask_file(parent, title, GTK_FILE_CHOOSER_ACTION_OPEN, {}, [&](const auto& file) { ...
///     });
#pragma once

#include <filesystem>
#include <functional>
#include <gtk/gtk.h>
#include <string>

namespace neural_style::plugin {

/// Shows `dialog`, which closes when answered; before that `accepted` is called for GTK_RESPONSE_ACCEPT.
void ask(GtkWidget* dialog, std::function<void()> accepted);

/// `name` is the initial name of a file to write. An empty path: the file is not on this computer. `prepare`
/// may modify the window before it is shown.
void ask_file(GtkWidget* parent, const char* title, GtkFileChooserAction action, const std::string& name,
              std::function<void(const std::filesystem::path&)> chosen,
              const std::function<void(GtkFileChooser*)>& prepare = {});

} // namespace neural_style::plugin
