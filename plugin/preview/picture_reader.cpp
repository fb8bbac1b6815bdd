// SPDX-License-Identifier: GPL-3.0-or-later
#include "picture_reader.hpp"

#include "translation.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <format>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace neural_style::plugin {
namespace {

namespace fs = std::filesystem;

std::unexpected<Error> unreadable(const fs::path& file, const char* why) {
    return failure(ErrorCode::bad_picture, sentence(_("“{}” cannot be shown, so choose another picture: {}"),
                                                    file.filename().string(), why));
}

GObjectPointer<GdkPixbuf> fitted(GObjectPointer<GdkPixbuf> picture, int longest) {
    const int width = gdk_pixbuf_get_width(picture.get()), height = gdk_pixbuf_get_height(picture.get());
    const double scale = double(longest) / std::max(width, height);
    if (scale >= 1)
        return picture;
    return GObjectPointer<GdkPixbuf>(
        gdk_pixbuf_scale_simple(picture.get(), std::max(1, int(std::lround(width * scale))),
                                std::max(1, int(std::lround(height * scale))), GDK_INTERP_BILINEAR));
}

/// Changes whenever the file does; includes the size because thumbnails do not record it.
fs::path cached_name(const fs::path& folder, const fs::path& file, int longest) {
    std::error_code problem;
    const auto time = fs::last_write_time(file, problem).time_since_epoch().count();
    const auto bytes = fs::file_size(file, problem);
    const auto key = std::format("{}|{}|{}|{}", fs::absolute(file, problem).string(), time, bytes, longest);
    const GStringPointer hash(g_compute_checksum_for_string(G_CHECKSUM_SHA256, key.c_str(), -1));
    return folder / (std::string(hash.get()).substr(0, 32) + ".png");
}

Result<SmallPicture> cached(const fs::path& name) {
    GObjectPointer<GdkPixbuf> pixels(gdk_pixbuf_new_from_file(name.c_str(), nullptr));
    if (!pixels)
        return failure(ErrorCode::bad_picture, {});
    const auto number = [&](const char* key) {
        const char* text = gdk_pixbuf_get_option(pixels.get(), key);
        return text ? int(g_ascii_strtoll(text, nullptr, 10)) : 0;
    };
    SmallPicture picture{.pixels = nullptr, .width = number("tEXt::Width"), .height = number("tEXt::Height")};
    if (picture.width <= 0 || picture.height <= 0)
        return failure(ErrorCode::bad_picture, {});
    picture.pixels = std::move(pixels);
    return picture;
}

/// Failure to write the cache is ignored.
void keep(const fs::path& name, const SmallPicture& picture) {
    std::error_code problem;
    fs::create_directories(name.parent_path(), problem);
    const fs::path beside = std::format("{}.{}", name.string(), g_get_monotonic_time());
    if (gdk_pixbuf_save(picture.pixels.get(), beside.c_str(), "png", nullptr, "tEXt::Width",
                        std::to_string(picture.width).c_str(), "tEXt::Height",
                        std::to_string(picture.height).c_str(), nullptr))
        fs::rename(beside, name, problem);
    else
        fs::remove(beside, problem);
}

} // namespace

Result<SmallPicture> read_small(const fs::path& file, int longest) {
    std::error_code problem;
    if (!fs::is_regular_file(file, problem)) // a pipe would block for ever
        return unreadable(file, _("it is not there"));
    int width = 0, height = 0;
    GdkPixbufFormat* format = gdk_pixbuf_get_file_info(file.c_str(), &width, &height);
    if (!format || width <= 0 || height <= 0)
        return unreadable(file, _("it is no picture that this computer can read"));
    const GStringPointer kind(gdk_pixbuf_format_get_name(format));
    if (std::string_view(kind.get()) != "jpeg" && double(width) * height > whole_pixels_max)
        return unreadable(file, _("it is too large for a small picture of it"));
    GError* error = nullptr;
    GObjectPointer<GdkPixbuf> read(
        std::max(width, height) > longest
            ? gdk_pixbuf_new_from_file_at_size(file.c_str(), longest, longest, &error)
            : gdk_pixbuf_new_from_file(file.c_str(), &error));
    if (!read) {
        const GErrorPointer owned(error);
        return unreadable(file, owned->message);
    }
    GObjectPointer<GdkPixbuf> upright(gdk_pixbuf_apply_embedded_orientation(read.get()));
    if ((gdk_pixbuf_get_width(upright.get()) < gdk_pixbuf_get_height(upright.get())) != (width < height))
        std::swap(width, height);
    return SmallPicture{.pixels = fitted(std::move(upright), longest), .width = width, .height = height};
}

struct PictureReader::Shared {
    std::atomic<bool> ended = false;
    std::uint64_t orders = 0; // main thread only
};

struct PictureReader::Order {
    std::shared_ptr<Shared> shared;
    fs::path file;
    fs::path cached_as; // empty: not cached
    int longest;
    Callback done;
    bool urgent;
    std::uint64_t number;
    Result<SmallPicture> answer = failure(ErrorCode::bad_picture, {});
};

PictureReader::PictureReader(fs::path cache) : cache_(std::move(cache)), shared_(std::make_shared<Shared>()) {
    const auto work = [](void* data, void*) {
        auto* order = static_cast<Order*>(data);
        if (!order->shared->ended) {
            if (!order->cached_as.empty())
                order->answer = cached(order->cached_as);
            if (!order->answer) {
                order->answer = read_small(order->file, order->longest);
                if (order->answer && !order->cached_as.empty())
                    keep(order->cached_as, *order->answer);
            }
        }
        g_idle_add(
            [](void* data) -> gboolean {
                const std::unique_ptr<Order> order(static_cast<Order*>(data));
                if (!order->shared->ended)
                    order->done(order->answer);
                return G_SOURCE_REMOVE;
            },
            order);
    };
    pool_ = g_thread_pool_new(work, nullptr, 1, FALSE, nullptr);
    g_thread_pool_set_sort_function(
        pool_,
        [](const void* one, const void* other, void*) -> int {
            const auto* a = static_cast<const Order*>(one);
            const auto* b = static_cast<const Order*>(other);
            if (a->urgent != b->urgent)
                return a->urgent ? -1 : 1;
            return a->number < b->number ? -1 : 1;
        },
        nullptr);
}

PictureReader::~PictureReader() {
    shared_->ended = true;
    // Without waiting: the current picture may take long, and queued reads end at once by themselves.
    g_thread_pool_free(pool_, FALSE, FALSE);
}

void PictureReader::read(const fs::path& file, int longest, Callback done, bool urgent) {
    const bool kept = !cache_.empty() && longest <= cached_longest;
    auto order =
        std::make_unique<Order>(Order{.shared = shared_,
                                      .file = file,
                                      .cached_as = kept ? cached_name(cache_, file, longest) : fs::path(),
                                      .longest = longest,
                                      .done = std::move(done),
                                      .urgent = urgent,
                                      .number = ++shared_->orders});
    g_thread_pool_push(pool_, order.release(), nullptr);
}

} // namespace neural_style::plugin
