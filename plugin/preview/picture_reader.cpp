// SPDX-License-Identifier: GPL-3.0-or-later
#include "picture_reader.hpp"

#include "translation.hpp"

#include <neural_style/formatted.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

namespace neural_style::plugin {
namespace {

namespace fs = std::filesystem;

GObjectPointer<GdkPixbuf> reduced(GObjectPointer<GdkPixbuf> picture, int longest) {
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
    const auto key = formatted("{}|{}|{}|{}", fs::absolute(file, problem).string(), time, bytes, longest);
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
    const fs::path beside = formatted("{}.{}", name.string(), g_get_monotonic_time());
    if (gdk_pixbuf_save(picture.pixels.get(), beside.c_str(), "png", nullptr, "tEXt::Width",
                        std::to_string(picture.width).c_str(), "tEXt::Height",
                        std::to_string(picture.height).c_str(), nullptr))
        fs::rename(beside, name, problem);
    else
        fs::remove(beside, problem);
}

/// Whether the editor may take many seconds to read it.
bool is_large(const fs::path& file) {
    constexpr std::uintmax_t large_bytes = 64 << 20;
    constexpr double large_pixels = 50e6;
    std::error_code problem;
    if (!fs::is_regular_file(file, problem))
        return false;
    if (fs::file_size(file, problem) > large_bytes)
        return true;
    int width = 0, height = 0; // from the head; 0 for kinds unknown to GdkPixbuf
    gdk_pixbuf_get_file_info(file.c_str(), &width, &height);
    return double(width) * height > large_pixels;
}

/// A bundled painting: upright, in sRGB, of a size that is no danger.
Result<SmallPicture> bundled_picture(const fs::path& file, int longest) {
    int width = 0, height = 0;
    if (!gdk_pixbuf_get_file_info(file.c_str(), &width, &height))
        return failure(ErrorCode::bad_picture,
                       sentence(_("“{}” is damaged: install Neural Style again."), file.filename().string()));
    GError* error = nullptr;
    GObjectPointer<GdkPixbuf> read(
        std::max(width, height) > longest
            ? gdk_pixbuf_new_from_file_at_size(file.c_str(), longest, longest, &error)
            : gdk_pixbuf_new_from_file(file.c_str(), &error));
    const GErrorPointer owned(error);
    if (!read)
        return failure(ErrorCode::bad_picture,
                       sentence(_("“{}” is damaged: install Neural Style again."), file.filename().string()));
    return SmallPicture{.pixels = reduced(std::move(read), longest), .width = width, .height = height};
}

SmallPicture small_picture(const StylePicture& read) {
    const int width = read.picture.width, height = read.picture.height;
    const bool alpha = !read.alpha.empty();
    SmallPicture small{
        .pixels = GObjectPointer<GdkPixbuf>(gdk_pixbuf_new(GDK_COLORSPACE_RGB, alpha, 8, width, height)),
        .width = read.width,
        .height = read.height};
    const int channels = gdk_pixbuf_get_n_channels(small.pixels.get());
    const std::size_t stride = gdk_pixbuf_get_rowstride(small.pixels.get());
    guint8* const rows = gdk_pixbuf_get_pixels(small.pixels.get());
    const auto put = [&](const Samples& from, int first) {
        const SamplesView samples(from);
        std::vector<float> row(std::size_t(width) * std::size_t(from.channels));
        std::vector<guint8> bytes(row.size());
        for (int y = 0; y < height; ++y) {
            samples.read(std::size_t(y) * row.size(), row.size(), row.data());
            pack(row, Sample::u8, reinterpret_cast<std::byte*>(bytes.data()));
            for (int x = 0; x < width; ++x)
                std::memcpy(rows + y * stride + std::size_t(x) * channels + first,
                            bytes.data() + std::size_t(x) * from.channels, std::size_t(from.channels));
        }
    };
    put(read.picture, 0);
    if (alpha)
        put(read.alpha, picture_channels);
    return small;
}

} // namespace

struct PictureReader::Shared {
    std::atomic<bool> ended = false;
    PictureReader* reader;    // main thread only
    std::uint64_t orders = 0; // main thread only
};

struct PictureReader::Order {
    std::shared_ptr<Shared> shared;
    fs::path file;
    fs::path cached_as; // empty: not cached
    int longest;
    Callback done;
    bool urgent;
    bool bundled;
    std::uint64_t number;
    bool large = false;
    std::optional<Result<SmallPicture>> answer = {};

    bool before(const Order& other) const { return urgent != other.urgent ? urgent : number < other.number; }
};

PictureReader::PictureReader(Options options)
    : options_(std::move(options)), shared_(std::make_shared<Shared>()) {
    shared_->reader = this;
    const auto work = [](void* data, void*) {
        auto* order = static_cast<Order*>(data);
        if (!order->shared->ended)
            look(*order);
        g_idle_add(
            [](void* data) -> gboolean {
                arrive(std::unique_ptr<Order>(static_cast<Order*>(data)));
                return G_SOURCE_REMOVE;
            },
            order);
    };
    pool_ = g_thread_pool_new(work, nullptr, 1, FALSE, nullptr);
    g_thread_pool_set_sort_function(
        pool_,
        [](const void* one, const void* other, void*) -> int {
            return static_cast<const Order*>(one)->before(*static_cast<const Order*>(other)) ? -1 : 1;
        },
        nullptr);
}

PictureReader::~PictureReader() {
    shared_->ended = true;
    // Without waiting: the current picture may take long, and queued reads end at once by themselves.
    g_thread_pool_free(pool_, FALSE, FALSE);
}

/// On the thread: whatever needs no editor.
void PictureReader::look(Order& order) {
    if (!order.cached_as.empty())
        if (auto known = cached(order.cached_as))
            order.answer = std::move(known);
    if (order.answer)
        return;
    if (!order.bundled) {
        order.large = !order.urgent && is_large(order.file);
        return;
    }
    order.answer = bundled_picture(order.file, order.longest);
    if (*order.answer && !order.cached_as.empty())
        keep(order.cached_as, **order.answer);
}

void PictureReader::arrive(std::unique_ptr<Order> order) {
    if (order->shared->ended)
        return;
    if (order->answer) {
        order->done(*order->answer);
        return;
    }
    PictureReader& reader = *order->shared->reader;
    std::error_code missing;
    if (order->large && (order->cached_as.empty() || !fs::exists(order->cached_as, missing))) {
        reader.large_.push_back(std::move(order));
        return;
    }
    const auto place =
        std::ranges::find_if(reader.waiting_, [&](const auto& other) { return order->before(*other); });
    if (order->urgent)
        reader.pause_.stop();
    reader.waiting_.insert(place, std::move(order));
    if (!reader.pause_.runs())
        reader.pause_.start(std::chrono::milliseconds(0), [&reader] { reader.read_next(); });
}

void PictureReader::read_next() {
    const std::shared_ptr<Order> order(std::move(waiting_.front()));
    waiting_.erase(waiting_.begin());
    const auto begin = std::chrono::steady_clock::now();
    read_by_editor(*order);
    for (auto& other : large_) // now they are cached, or fail alike
        if (other && other->file == order->file)
            waiting_.push_back(std::move(other));
    std::erase(large_, nullptr);
    // As long as it took, so that the window has half of the time.
    const auto took =
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
    if (!waiting_.empty())
        pause_.start(waiting_.front()->urgent ? std::chrono::milliseconds(0) : took, [this] { read_next(); });
    order->done(*order->answer); // which may destroy this
}

void PictureReader::read_by_editor(Order& order) {
    // Another order may have read it meanwhile.
    if (!order.cached_as.empty())
        if (auto known = cached(order.cached_as)) {
            order.answer = std::move(known);
            return;
        }
    order.answer = options_.read_file(order.file, order.longest).transform(small_picture);
    if (!*order.answer || options_.cache.empty())
        return;
    const auto& picture = **order.answer;
    const SmallPicture thumbnail{
        .pixels = reduced(GObjectPointer<GdkPixbuf>(GDK_PIXBUF(g_object_ref(picture.pixels.get()))),
                          std::min(order.longest, cached_longest)),
        .width = picture.width,
        .height = picture.height};
    keep(cached_name(options_.cache, order.file, std::min(order.longest, cached_longest)), thumbnail);
}

void PictureReader::read(const fs::path& file, int longest, Callback done, bool urgent) {
    const bool kept = !options_.cache.empty() && longest <= cached_longest;
    auto order = std::make_unique<Order>(
        Order{.shared = shared_,
              .file = file,
              .cached_as = kept ? cached_name(options_.cache, file, longest) : fs::path(),
              .longest = longest,
              .done = std::move(done),
              .urgent = urgent,
              .bundled = !options_.bundled.empty() && file.parent_path() == options_.bundled,
              .number = ++shared_->orders});
    g_thread_pool_push(pool_, order.release(), nullptr);
}

} // namespace neural_style::plugin
