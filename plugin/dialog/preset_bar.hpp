// SPDX-License-Identifier: GPL-3.0-or-later
/// Named settings, the bundled ones before the user's: choose, save, remove, import, export.
///
///     PresetBar bar(presets, catalog);
///     bar.settings_now = [&] { return read_settings(config); };
///     bar.chosen = [&](const ChosenPreset& preset) { write_settings(config, preset.settings); };
#pragma once

#include "gobject_pointer.hpp"
#include "presets.hpp"

#include <filesystem>
#include <functional>
#include <gtk/gtk.h>
#include <optional>
#include <string>

namespace neural_style::plugin {

class PresetBar {
  public:
    /// `presets` must outlive it.
    PresetBar(const Presets& presets, PresetCatalog bundled);
    PresetBar(const PresetBar&) = delete;
    PresetBar& operator=(const PresetBar&) = delete;

    GtkWidget* widget() const { return row_; }

    std::function<Result<Settings>()> settings_now;
    std::function<void(const ChosenPreset&)> chosen;
    /// Translated.
    std::function<void(const std::string&)> failed;

    /// The settings no longer match the chosen preset.
    void forget_choice();

  private:
    // Row ids: empty for none, a user preset's name, or a slash (which no such name contains) and a bundled
    // preset's name.
    void fill(const std::string& active);
    void append(const std::string& id, const std::string& title, const std::filesystem::path& picture = {});
    void follow_choice();
    void apply();
    void save();
    void remove();
    void take();
    void hand_on();
    std::string active() const;
    std::optional<BundledPreset> active_bundled() const;
    template <typename Value>
    bool tell(const Result<Value>& result) const {
        if (!result && failed)
            failed(result.error().message);
        return bool(result);
    }

    const Presets& presets_;
    const PresetCatalog bundled_;
    GObjectPointer<GtkListStore> rows_;
    GtkWidget* row_;
    GtkWidget* combo_;
    GtkWidget* remove_item_;
    GtkWidget* hand_on_item_;
    bool filling_ = false;
};

} // namespace neural_style::plugin
