// SPDX-License-Identifier: GPL-3.0-or-later
/// The parts of an image that can serve as masks, and combo boxes to choose one.
///
///     MaskChoices masks(image, layer);
///     GtkWidget* where = masks.combo(everywhere, name, chosen_id, [](std::optional<int> id) { ... });
#pragma once

#include <functional>
#include <gtk/gtk.h>
#include <libgimp/gimp.h>
#include <optional>
#include <string>
#include <vector>

namespace neural_style::plugin {

class MaskChoices {
  public:
    /// For that image, in which `layer` is painted.
    MaskChoices(GimpImage* image, GimpLayer* layer);

    using Chosen = std::function<void(std::optional<int>)>;

    /// A combo box with thumbnails: first `none`, then the selection, which is saved as a channel when
    /// chosen, then layer masks, channels and layers. `chosen` receives the drawable's id. `id` is the
    /// initial choice.
    GtkWidget* combo(const char* none, const char* name, std::optional<int> id, Chosen chosen);
    /// The chosen item was deleted meanwhile, and the choice is none; translated.
    std::function<void(const std::string&)> failed;
    /// Shows another choice without calling `chosen`.
    static void show(GtkWidget* combo, std::optional<int> id);

  private:
    struct Choice {
        int id;
        std::string title;
    };
    std::vector<Choice> choices() const;
    void fill(GtkListStore* model, const char* none) const;

    GimpImage* image_;
    GimpLayer* layer_;
};

} // namespace neural_style::plugin
