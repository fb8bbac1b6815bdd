// SPDX-License-Identifier: GPL-3.0-or-later
/// The interface between us and the editor: implemented once for GIMP and once for tests.
///
///     Result<Content> content = host.content(Output::new_layer);
///     Result<StylePicture> style = host.style_layer(id);
///     host.keep_painting({.picture = painting, .settings = record});
///     if (host.prepare())
///         host.insert();
#pragma once

#include <neural_style/error.hpp>
#include <neural_style/image.hpp>
#include <neural_style/samples.hpp>
#include <neural_style/settings.hpp>

#include <array>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace neural_style::plugin {

/// The destination of a painting. `layer_effect`: none is made, but the layer gets the effect that paints it.
enum class Output { new_layer, replace, new_image, layer_effect };

/// A part of a layer, in pixels from the top left corner of what is seen of it.
struct Area {
    int x = 0;
    int y = 0;
    int width = 0;
    int height = 0;

    bool operator==(const Area&) const = default;
};

/// A part of the layer, and the resolution to read it at.
struct Look {
    Area area;
    int width = 0;
    int height = 0;
};

/// The content to paint.
struct Content {
    Samples picture;      ///< of the area, in the layer's sample type; hidden colours are filled
    int layer_width = 0;  ///< of what is seen of it, in pixels
    int layer_height = 0; ///< in pixels
    Area area;            ///< what the selection needs, context included; without a selection the whole layer
    unsigned layer_tattoo = 0; ///< the image's permanent identifier of the layer

    /// Pixel for pixel.
    Look look() const { return {area, area.width, area.height}; }
};

/// A part of a layer, reduced if it is larger than requested.
struct LayerPart {
    Area area;   ///< in pixels of the layer
    Image image; ///< hidden colours are filled
    int layer_width = 0;
    int layer_height = 0;
    /// One value per pixel of `image`, each empty if everything is visible: the layer's own alpha, and the
    /// visibility of a painting (selection and layer mask).
    std::vector<float> alpha = {};
    std::vector<float> mask = {};
    bool gray = false; ///< so is a painting of it, since its image has no colours

    Look look() const { return {area, image.width(), image.height()}; }
};

/// A layer or file used as style.
struct StylePicture {
    Samples picture;  ///< in its own sample type, or small in 8 bits; hidden colours are filled
    std::string name; ///< of the layer or file
    int width = 0;    ///< of all that is seen of the layer or picture
    int height = 0;
    Samples alpha = {}; ///< how much of each pixel is seen; empty: all of them
};

/// Of a file used as style: more than any layer needs. Larger ones are reduced while they are read.
inline constexpr double style_pixels_max = 50e6;

/// A finished painting of the content's area.
struct Painting {
    SamplesView picture;  ///< exactly as large as the area
    std::string settings; ///< JSON, kept on the new layer
    Output output = Output::new_layer;
};

/// A mask over the content.
struct Mask {
    std::vector<float> values;   ///< one per pixel of the look, 0..1; see read_mask
    Sample sample = Sample::f32; ///< the coarsest that holds them without loss
    std::string name;            ///< of the layer or channel
};

class Host {
  public:
    virtual ~Host() = default;

    /// Whether a painting can go there; called before the work. Errors, translated: invalid_request.
    virtual Result<void> allows(Output output) = 0;

    /// Reads what a painting for that output is made of, and records its selection, size and position: what
    /// is seen of the layer, effects included; for `replace` the layer's own pixels, since its effects stay
    /// and act on the painting. Errors, translated: invalid_request, out_of_memory.
    virtual Result<Content> content(Output output) = 0;

    /// Reads a part of the same, reduced to a longest side of `longest`. Errors, translated: as `content`.
    virtual Result<LayerPart> part(const Area& area, int longest, Output output) = 0;

    /// Reads what is seen of the layer with that id, in any open image, without transparent surroundings and
    /// reduced to a longest side of `longest`; 0: full size. Errors, translated: bad_picture, also if nothing
    /// is seen, out_of_memory.
    virtual Result<StylePicture> style_layer(int id, int longest = 0) = 0;

    /// Reads the same of a picture file of any kind that the editor opens, reduced to a longest side of
    /// `longest`; 0: to `style_pixels_max`. May block for seconds. Errors, translated: bad_picture,
    /// out_of_memory.
    virtual Result<StylePicture> style_file(const std::filesystem::path& file, int longest = 0) = 0;

    /// Reads what is seen of the drawable with that id as a mask over that part of the layer, according to
    /// their positions in the image; 0 outside it. Errors, translated: bad_picture, out_of_memory.
    virtual Result<Mask> mask(int id, const Look& look) = 0;

    /// Reads what is seen of the drawable with that id as a picture over that area; `beneath` is the layer's
    /// own content, which shows outside the drawable and through its transparency. Errors, translated:
    /// bad_picture, also if it does not touch the area.
    virtual Result<StylePicture> picture_over(int id, const Area& area, const Samples& beneath) = 0;

    /// Keeps a snapshot of the painting; `insert` turns all of them into layers. In the size of the content's
    /// area. Errors, translated: out_of_memory.
    virtual Result<void> keep_snapshot(SamplesView snapshot) = 0;

    /// Keeps the finished painting in this process, with which it vanishes; the editor knows nothing of it.
    /// Errors, translated: out_of_memory, and those of `prepare`.
    virtual Result<void> keep_painting(const Painting& painting) = 0;

    /// Does all slow work for what was kept, without visible changes. Errors, translated: out_of_memory,
    /// invalid_request if the layer or image is gone or has another size.
    virtual Result<void> prepare() = 0;

    /// Puts what was prepared in its place: by default a new layer directly above the source, which shows the
    /// source outside the painting. Errors, translated: invalid_request.
    virtual Result<void> insert() = 0;

    /// Removes what was kept, prepared or inserted; only a replaced layer is not restored.
    virtual void discard() = 0;

    /// All changes to the image's layers in between become one undo step.
    virtual void begin_step() = 0;
    virtual void end_step() = 0;
};

} // namespace neural_style::plugin

namespace neural_style {
template <>
inline constexpr std::array<std::string_view, 4> names<plugin::Output>{"new-layer", "replace", "new-image",
                                                                       "layer-effect"};
} // namespace neural_style
