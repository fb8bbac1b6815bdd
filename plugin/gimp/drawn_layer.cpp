// SPDX-License-Identifier: GPL-3.0-or-later
#include "drawn_layer.hpp"

#include "glib_pointers.hpp"

#include <neural_style/formatted.hpp>

#include <dlfcn.h>

namespace neural_style::plugin {
namespace {

/// A function of libgimp; null if this libgimp has none of that name.
template <typename Function>
Function* found(const char* name) {
    return reinterpret_cast<Function*>(dlsym(RTLD_DEFAULT, name));
}

bool is_a(GimpItem* item, const char* type_name) {
    const GType type = g_type_from_name(type_name);
    return type != 0 && G_TYPE_CHECK_INSTANCE_TYPE(item, type);
}

} // namespace

bool is_drawn(GimpItem* item) {
    auto* const is_rasterized = found<gboolean(void*)>("gimp_rasterizable_is_rasterized");
    return is_rasterized && is_a(item, "GimpRasterizable") && !is_rasterized(item);
}

void rasterize(GimpItem* item) {
    if (auto* const rasterize = found<gboolean(void*)>("gimp_rasterizable_rasterize");
        rasterize && is_drawn(item))
        rasterize(item);
}

std::string linked_file(GimpItem* item) {
    auto* const file_of = found<GFile*(void*)>("gimp_link_layer_get_file");
    if (!file_of || !is_drawn(item) || !is_a(item, "GimpLinkLayer"))
        return {};
    const GObjectPointer<GFile> file(file_of(item));
    if (!file)
        return {};
    const GObjectPointer<GFileInfo> now(g_file_query_info(file.get(),
                                                          G_FILE_ATTRIBUTE_STANDARD_SIZE
                                                          "," G_FILE_ATTRIBUTE_TIME_MODIFIED
                                                          "," G_FILE_ATTRIBUTE_TIME_MODIFIED_USEC,
                                                          G_FILE_QUERY_INFO_NONE, nullptr, nullptr));
    const GStringPointer uri(g_file_get_uri(file.get()));
    if (!now)
        return uri.get();
    return formatted("{} {} {}.{}", uri.get(),
                     g_file_info_get_attribute_uint64(now.get(), G_FILE_ATTRIBUTE_STANDARD_SIZE),
                     g_file_info_get_attribute_uint64(now.get(), G_FILE_ATTRIBUTE_TIME_MODIFIED),
                     g_file_info_get_attribute_uint32(now.get(), G_FILE_ATTRIBUTE_TIME_MODIFIED_USEC));
}

} // namespace neural_style::plugin
