// SPDX-License-Identifier: GPL-3.0-or-later
/// Thumbnails of paintings to choose from: bundled, the user's own, recently used, layers.
///
///     Gallery gallery(catalog, mine, reader);
///     gallery.chosen = [](const StyleChoice& style) { paint_like(style); };
///     gallery.select(StyleName{"waves"});
#pragma once

#include "picture_reader.hpp"
#include "style_catalog.hpp"
#include "style_choice.hpp"
#include "style_folder.hpp"

#include <functional>
#include <gtk/gtk.h>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace neural_style::plugin {

class Gallery {
  public:
    /// `reader` must outlive it.
    Gallery(const StyleCatalog& catalog, const StyleFolder& mine, PictureReader& reader);
    ~Gallery();
    Gallery(const Gallery&) = delete;
    Gallery& operator=(const Gallery&) = delete;

    GtkWidget* widget() const { return column_; }

    /// The user chose another picture.
    std::function<void(const StyleChoice&)> chosen;
    /// Something that the user requested failed; translated.
    std::function<void(const std::string&)> failed;

    /// Starts reading thumbnails: not earlier, so that more urgent pictures come first.
    void read_thumbnails();
    /// Shows that choice as selected, without calling `chosen`. It is added if necessary.
    void select(const StyleChoice& style);
    /// The title for people.
    std::string title(const StyleChoice& style) const;
    /// Small; null if not read yet. Belongs to the gallery.
    GdkPixbuf* thumbnail(const StyleChoice& style) const;
    /// A thumbnail has arrived.
    std::function<void()> thumbnail_arrived;

  private:
    void add(const StyleChoice& style, const std::string& title, const std::string& tip, int position = -1);
    void read_thumbnail(const StyleChoice& style, const std::filesystem::path& file);
    void set_thumbnail(const StyleChoice& style, GdkPixbuf* thumbnail, const std::string& tip);
    bool find(const StyleChoice& style, GtkTreeIter& row) const;
    StyleChoice choice_at(GtkTreeIter& row) const;
    void choose(const StyleChoice& style);
    void choose_file();
    void choose_layer();
    void add_to_mine();
    void update_add_button();

    const StyleFolder& mine_;
    PictureReader& reader_;
    GtkWidget* column_;
    GtkWidget* view_;
    GtkWidget* add_button_;
    GObjectPointer<GtkListStore> styles_;
    std::map<std::string, std::filesystem::path> bundled_;
    bool selecting_ = false;
    bool thumbnails_wanted_ = false;
    std::vector<std::pair<StyleChoice, std::filesystem::path>> thumbnails_; // to be read
    std::shared_ptr<Gallery*> self_;
};

} // namespace neural_style::plugin
