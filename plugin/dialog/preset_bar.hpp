// SPDX-License-Identifier: GPL-3.0-or-later
/// Named settings: choose, save, remove, take in, hand on.
///
///     PresetBar bar(presets);
///     bar.settings_now = [&] { return read_settings(config); };
///     bar.chosen = [&](const Settings& settings) { write_settings(config, settings); };
#pragma once

#include "presets.hpp"

#include <functional>
#include <gtk/gtk.h>
#include <string>

namespace neural_style::plugin {

class PresetBar {
  public:
    /// `presets` must outlive it.
    explicit PresetBar(const Presets& presets);
    PresetBar(const PresetBar&) = delete;
    PresetBar& operator=(const PresetBar&) = delete;

    GtkWidget* widget() const { return row_; }

    std::function<Result<Settings>()> settings_now;
    std::function<void(const Settings&)> chosen;
    /// Translated.
    std::function<void(const std::string&)> failed;

    /// The settings are no longer those of the preset that was chosen.
    void forget_choice();

  private:
    void fill(const std::string& active);
    void apply();
    void save();
    void remove();
    void take();
    void hand_on();
    std::string active() const;
    template <typename Value>
    bool tell(const Result<Value>& result) const {
        if (!result && failed)
            failed(result.error().message);
        return bool(result);
    }

    const Presets& presets_;
    GtkWidget* row_;
    GtkWidget* combo_;
    GtkWidget* remove_item_;
    GtkWidget* hand_on_item_;
    bool filling_ = false;
};

} // namespace neural_style::plugin
