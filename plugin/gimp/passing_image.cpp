// SPDX-License-Identifier: GPL-3.0-or-later
#include "passing_image.hpp"

namespace neural_style::plugin {

PassingImage::PassingImage(GimpImage* like, int width, int height) {
    const GimpImageBaseType type = gimp_image_get_base_type(like);
    image_ = gimp_image_new_with_precision(width, height, type == GIMP_INDEXED ? GIMP_RGB : type,
                                           gimp_image_get_precision(like));
    if (!image_)
        return;
    gimp_image_undo_disable(image_);
    if (GimpColorProfile* profile = gimp_image_get_color_profile(like)) {
        gimp_image_set_color_profile(image_, profile);
        g_object_unref(profile);
    }
}

PassingImage::~PassingImage() {
    if (image_)
        gimp_image_delete(image_);
}

GimpLayer* PassingImage::inserted(GimpDrawable* drawable) const {
    GimpLayer* copy = image_ ? gimp_layer_new_from_drawable(drawable, image_) : nullptr;
    if (!copy || !gimp_image_insert_layer(image_, copy, nullptr, 0))
        return nullptr;
    gimp_item_set_visible(GIMP_ITEM(copy), TRUE);
    return copy;
}

} // namespace neural_style::plugin
