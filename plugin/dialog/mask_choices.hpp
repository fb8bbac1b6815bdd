// SPDX-License-Identifier: GPL-3.0-or-later
/// What of an image can serve as a mask, and combo boxes to choose from it.
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
    /// Of that image, in which `layer` is painted.
    MaskChoices(GimpImage* image, GimpLayer* layer);

    using Chosen = std::function<void(std::optional<int>)>;

    /// A combo box with thumbnails: first `none`, then the selection, which is kept as a channel when it is
    /// chosen, then layer masks, channels and layers. `chosen` gets the drawable's id. `id` is the one it
    /// begins with.
    GtkWidget* combo(const char* none, const char* name, std::optional<int> id, Chosen chosen);
    /// What was chosen has been deleted meanwhile, and the choice is none; translated.
    std::function<void(const std::string&)> failed;
    /// Shows another choice without a call of `chosen`.
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
