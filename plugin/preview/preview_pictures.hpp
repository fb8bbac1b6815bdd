// SPDX-License-Identifier: GPL-3.0-or-later
/// Small copies of everything that takes part in a painting, kept as long as they are the same.
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
    /// `host` and `reader` must outlive it. `arrived` is called when a picture that was missing is there.
    PreviewPictures(Host& host, std::filesystem::path styles_folder, PictureReader& reader,
                    std::function<void()> arrived);
    PreviewPictures(const PreviewPictures&) = delete;
    PreviewPictures& operator=(const PreviewPictures&) = delete;

    /// What that part of the layer looks like when it is painted, with at most `longest` pixels on a side.
    /// Nothing: a style's file is still being read. Errors, translated.
    Result<std::optional<PreviewOrder>> order(const LayerJob& job, const Area& area, int longest);
    /// The part of the last order.
    const LayerPart& part() const { return copy_->part; }
    /// That part of the layer, without what else belongs to a painting; stays until another part is asked
    /// for. Errors: those of `Host::part`.
    Result<const LayerPart*> part(const Area& area, int longest);
    /// What is seen of the layer has changed, with the selection for instance.
    void forget_layer() { copies_.clear(); }
    /// These will be asked for: their files are read from now on.
    void expect(const std::vector<StyleSlot>& styles);
    /// How large the styles of the last order are as a whole.
    const std::vector<PictureSize>& style_sizes() const { return style_sizes_; }

  private:
    /// The part of the layer that is looked at, at one size.
    struct Copy {
        LayerPart part;
        SharedPicture content;
    };
    Result<SharedPicture> mask(int id, double radius) const;
    Result<Copy*> copy(const Area& area, int longest);

    Host& host_;
    PreviewStyles styles_;
    std::map<int, Copy> copies_; // of one part, by their longest side
    Copy* copy_ = nullptr;       // of the last order
    std::vector<PictureSize> style_sizes_;
};

/// What people see of a part: before, and with `painting` after. Transparency over a checkerboard, the
/// painting where the mask lets it through. `painting` may have any size.
GObjectPointer<GdkPixbuf> shown_before(const LayerPart& part);
GObjectPointer<GdkPixbuf> shown_after(const LayerPart& part, std::span<const std::byte> painting, int width,
                                      int height);

} // namespace neural_style::plugin
