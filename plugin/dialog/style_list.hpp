// SPDX-License-Identifier: GPL-3.0-or-later
/// The styles of a painting as a list: picture, share, region. The gallery sets the picture of the selected
/// row.
///
///     StyleList list(gallery, masks);
///     list.show(read_styles(config));
///     list.changed = [&](const auto& styles) { write_styles(config, styles); };
#pragma once

#include "arguments.hpp"
#include "gallery.hpp"
#include "mask_choices.hpp"
#include "timer.hpp"

#include <functional>
#include <gtk/gtk.h>
#include <vector>

namespace neural_style::plugin {

class StyleList {
  public:
    /// Both must outlive it.
    StyleList(Gallery& gallery, MaskChoices& masks);
    ~StyleList();
    StyleList(const StyleList&) = delete;
    StyleList& operator=(const StyleList&) = delete;

    GtkWidget* widget() const { return column_; }
    /// Without calling `changed`.
    void show(const std::vector<StyleSlot>& styles);
    /// Sets the picture of the selected row.
    void take(const StyleChoice& style);
    std::function<void(const std::vector<StyleSlot>&)> changed;

  private:
    struct RowWidgets {
        GtkWidget* row;
        GtkWidget* picture;
        GtkWidget* title;
        GtkWidget* share;
        GtkWidget* where;
    };
    void rebuild();
    void refresh();
    void append_row(std::size_t number);
    void tell();
    void remove(std::size_t number);

    Gallery& gallery_;
    MaskChoices& masks_;
    GtkWidget* column_;
    GtkWidget* list_;
    GtkWidget* add_;
    std::vector<StyleSlot> styles_;
    std::vector<RowWidgets> rows_;
    std::size_t selected_ = 0;
    bool showing_ = false;
    Timer soon_;
};

} // namespace neural_style::plugin
