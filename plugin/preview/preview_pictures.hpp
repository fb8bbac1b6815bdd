// SPDX-License-Identifier: GPL-3.0-or-later
/// Small copies of all pictures of a painting, kept while they are valid.
///
///     PreviewPictures pictures(host, styles_folder, reader, [&] { preview.changed(); });
///     auto order = pictures.order(job, area, 512);
#pragma once

#include "host.hpp"
#include "live_preview.hpp"
#include "paint_layer.hpp"
#include "picture_reader.hpp"
#include "preview_styles.hpp"
#include "style_choice.hpp"

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <vector>

namespace neural_style::plugin {

class PreviewPictures {
  public:
    /// `host` and `reader` must outlive it. `arrived` is called when a missing picture has been read.
    PreviewPictures(Host& host, std::filesystem::path styles_folder, PictureReader& reader,
                    std::function<void()> arrived);
    PreviewPictures(const PreviewPictures&) = delete;
    PreviewPictures& operator=(const PreviewPictures&) = delete;

    /// The order that previews that part of the layer, with at most `longest` pixels on a side. Nothing: a
    /// style's file is still being read. Errors, translated.
    Result<std::optional<PreviewOrder>> order(const LayerJob& job, const Area& area, int longest);
    /// The part of the last order.
    const LayerPart& part() const { return copy_->part; }
    /// That part of the layer, without a painting's other pictures; valid until another part is requested.
    /// Errors: those of `Host::part`.
    Result<const LayerPart*> part(const Area& area, int longest, Output output);
    /// What is seen of the layer or of others has changed, for example with the selection or an effect.
    void forget_layers() {
        copies_.clear();
        styles_.forget_layers();
    }
    /// Starts reading the files of styles that will be requested.
    void expect(const std::vector<StyleSlot>& styles);
    /// The full sizes of the last order's styles.
    const std::vector<PictureSize>& style_sizes() const { return style_sizes_; }

  private:
    /// The current part of the layer, at one size.
    struct Copy {
        LayerPart part;
        SharedPicture content;
    };
    Result<SharedPicture> mask(int id, double radius) const;
    Result<Copy*> copy(const Area& area, int longest, Output output);

    Host& host_;
    PreviewStyles styles_;
    std::map<int, Copy> copies_; // of one part, by longest side
    Output copied_for_ = Output::new_layer;
    Copy* copy_ = nullptr; // of the last order
    std::vector<PictureSize> style_sizes_;
};

/// How people see a part: before, and after with `painting`. Transparency shows a checkerboard; the mask
/// limits the painting, which may have any size.
GObjectPointer<GdkPixbuf> shown_before(const LayerPart& part);
GObjectPointer<GdkPixbuf> shown_after(const LayerPart& part, std::span<const std::byte> painting, int width,
                                      int height);

} // namespace neural_style::plugin
