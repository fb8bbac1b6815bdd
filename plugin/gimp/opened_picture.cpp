// SPDX-License-Identifier: GPL-3.0-or-later
#include "opened_picture.hpp"

#include "glib_pointers.hpp"
#include "seen_drawables.hpp"
#include "translation.hpp"

#include <array>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace neural_style::plugin {
namespace {

namespace fs = std::filesystem;

/// While it lives, errors of GIMP's procedures come to us only, not to the user as messages too.
class OwnErrors {
  public:
    OwnErrors() : before_(gimp_plug_in_get_pdb_error_handler(gimp_get_plug_in())) {
        gimp_plug_in_set_pdb_error_handler(gimp_get_plug_in(), GIMP_PDB_ERROR_HANDLER_PLUGIN);
    }
    ~OwnErrors() { gimp_plug_in_set_pdb_error_handler(gimp_get_plug_in(), before_); }
    OwnErrors(const OwnErrors&) = delete;
    OwnErrors& operator=(const OwnErrors&) = delete;

  private:
    GimpPDBErrorHandler before_;
};

std::unexpected<Error> not_opened(const fs::path& file) {
    const auto name = file.filename().string();
    const char* said = gimp_pdb_get_last_error(gimp_get_pdb());
    const std::string_view why = said ? said : "";
    // What GIMP says if a loader says nothing, or for values that only programmers see.
    if (why.empty() || why == "execution error" || why.contains("file-") || why.contains("gimp-"))
        return failure(ErrorCode::bad_picture,
                       sentence(_("GIMP cannot open “{}”: choose another picture, or copy it again."), name));
    return failure(ErrorCode::bad_picture,
                   sentence(_("GIMP cannot open “{}”, so choose another picture: {}"), name, why));
}

/// Whether several layers are frames or pages, of which the first is at the bottom, and not parts of one
/// picture.
bool has_frames_or_pages(const fs::path& file) {
    std::array<char, 12> head{};
    std::ifstream(file, std::ios::binary).read(head.data(), head.size());
    const std::string_view begin(head.data(), head.size());
    for (const auto& magic :
         {std::string_view("GIF8"), std::string_view("II*\0", 4), std::string_view("MM\0*", 4),
          std::string_view("II+\0", 4), std::string_view("MM\0+", 4), std::string_view("\x89PNG"),
          std::string_view("%PDF"), std::string_view("%!PS")})
        if (begin.starts_with(magic))
            return true;
    return begin.starts_with("RIFF") && begin.ends_with("WEBP");
}

/// Whether the layer alone is what is seen of the image, so that nothing needs to be merged.
bool is_whole_picture(GimpImage* image, GimpLayer* layer) {
    GimpDrawable* drawable = GIMP_DRAWABLE(layer);
    int x = 0, y = 0;
    gimp_drawable_get_offsets(drawable, &x, &y);
    return !has_effects(drawable) && x == 0 && y == 0 &&
           gimp_drawable_get_width(drawable) == gimp_image_get_width(image) &&
           gimp_drawable_get_height(drawable) == gimp_image_get_height(image) &&
           gimp_item_get_visible(GIMP_ITEM(layer)) && gimp_layer_get_opacity(layer) == 100 &&
           !gimp_layer_get_mask(layer) && !gimp_item_is_group(GIMP_ITEM(layer));
}

/// What is to be seen of the image; NULL: nothing.
GimpDrawable* seen(GimpImage* image, bool first_only) {
    GimpLayer** layers = gimp_image_get_layers(image);
    const std::unique_ptr<GimpLayer*, Free> owned(layers);
    const int count = gimp_core_object_array_get_length(reinterpret_cast<GObject**>(layers));
    if (count == 0)
        return nullptr;
    GimpLayer* last = layers[count - 1];
    // Without the canvas, which is as large as the largest page: GIMP writes a preview as a second one.
    if (first_only || (count == 1 && is_whole_picture(image, last)))
        return GIMP_DRAWABLE(last);
    GimpLayer* merged = gimp_layer_new_from_visible(image, image, "style");
    return merged ? GIMP_DRAWABLE(merged) : nullptr;
}

} // namespace

Result<OpenedPicture> OpenedPicture::open(const fs::path& file) {
    std::error_code problem;
    if (!fs::is_regular_file(file, problem)) // a pipe would block for ever
        return failure(ErrorCode::bad_picture,
                       sentence(_("“{}” is not there: choose another picture."), file.filename().string()));
    const OwnErrors errors;
    const GObjectPointer<GFile> there(g_file_new_for_path(file.c_str()));
    Image image(gimp_file_load(GIMP_RUN_NONINTERACTIVE, there.get()));
    if (!image)
        return not_opened(file);
    gimp_image_undo_disable(image.get());
    gimp_image_policy_rotate(image.get(), FALSE);
    GimpDrawable* drawable = seen(image.get(), has_frames_or_pages(file));
    if (!drawable)
        return failure(ErrorCode::bad_picture,
                       sentence(_("There is nothing to be seen in “{}”: choose another picture."),
                                file.filename().string()));
    return OpenedPicture(std::move(image), drawable);
}

} // namespace neural_style::plugin
