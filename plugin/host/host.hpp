// SPDX-License-Identifier: GPL-3.0-or-later
/// The few functions between us and the editor: implemented once for GIMP, once for the tests.
///
///     Result<Content> content = host.content();
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
#include <string>
#include <string_view>
#include <vector>

namespace neural_style::plugin {

/// Where a painting goes.
enum class Output { new_layer, replace, new_image };

/// A part of a layer, in pixels from the layer's top left corner.
struct Area {
    int x = 0;
    int y = 0;
    int width = 0;
    int height = 0;

    bool operator==(const Area&) const = default;
};

/// A part of the layer, looked at with so many pixels.
struct Look {
    Area area;
    int width = 0;
    int height = 0;
};

/// What shall be painted.
struct Content {
    Samples picture;      ///< of the area, in the layer's own samples; hidden colours are filled
    int layer_width = 0;  ///< in pixels
    int layer_height = 0; ///< in pixels
    Area area;            ///< what the selection needs, context included; the whole layer without a selection
    unsigned layer_tattoo = 0; ///< by which the image knows its layer for ever

    /// Pixel for pixel.
    Look look() const { return {area, area.width, area.height}; }
};

/// A part of a layer, made smaller where it is larger than asked.
struct LayerPart {
    Area area;   ///< in pixels of the layer
    Image image; ///< hidden colours are filled
    int layer_width = 0;
    int layer_height = 0;
    /// One value a pixel of `image`, each empty where everything is visible: the layer's own alpha, and what
    /// will be visible of a painting (selection and layer mask).
    std::vector<float> alpha = {};
    std::vector<float> mask = {};

    Look look() const { return {area, image.width(), image.height()}; }
};

/// A layer that serves as style.
struct StylePicture {
    Samples picture;  ///< in the layer's own samples; hidden colours are filled
    std::string name; ///< of the layer
    int width = 0;    ///< of the whole layer
    int height = 0;
};

/// A finished painting of the content's area.
struct Painting {
    SamplesView picture;  ///< exactly as large as the area
    std::string settings; ///< JSON, kept on the new layer
    Output output = Output::new_layer;
};

/// A mask that lies over the content.
struct Mask {
    std::vector<float> values;   ///< one a pixel of the look, 0..1; see read_mask
    Sample sample = Sample::f32; ///< the coarsest that holds them without loss
    std::string name;            ///< of the layer or channel
};

class Host {
  public:
    virtual ~Host() = default;

    /// Whether a painting may go there, asked before the work. Errors, translated: invalid_request.
    virtual Result<void> allows(Output output) = 0;

    /// Reads the layer and notes its selection, its size and where it is. Errors, translated:
    /// invalid_request, out_of_memory.
    virtual Result<Content> content() = 0;

    /// Reads a part of the layer small, longest side at most `longest`. Errors, translated: as `content`.
    virtual Result<LayerPart> part(const Area& area, int longest) = 0;

    /// Reads the layer with that id of any open image, longest side at most `longest`; 0: whatever it has.
    /// Errors, translated: bad_picture.
    virtual Result<StylePicture> style_layer(int id, int longest = 0) = 0;

    /// Reads the drawable with that id as a mask over that part of the layer, where it lies over it in the
    /// image; 0 beside it. Errors, translated: bad_picture, out_of_memory.
    virtual Result<Mask> mask(int id, const Look& look) = 0;

    /// Reads the drawable with that id as a picture over that area, of which `beneath` is what the layer
    /// shows; beside the drawable, and as far as it is transparent, the result is `beneath`. Errors,
    /// translated: bad_picture, also when it does not touch the area.
    virtual Result<StylePicture> picture_over(int id, const Area& area, const Samples& beneath) = 0;

    /// Keeps the painting as it is on its way; `insert` puts all of them into the image as layers. As large
    /// as the content's area. Errors, translated: out_of_memory.
    virtual Result<void> keep_snapshot(SamplesView snapshot) = 0;

    /// Keeps the finished painting here, where the end of this process takes it along: the editor knows
    /// nothing of it. Errors, translated: out_of_memory, and those of `prepare`.
    virtual Result<void> keep_painting(const Painting& painting) = 0;

    /// Does everything slow for what was kept, without a change that is seen. Errors, translated:
    /// out_of_memory, invalid_request when the layer or the image is gone or has another size.
    virtual Result<void> prepare() = 0;

    /// Puts what was prepared where it shall go: by default into a new layer directly above the one that was
    /// read. The rest of the new layer shows the source. Errors, translated: invalid_request.
    virtual Result<void> insert() = 0;

    /// What was kept, prepared or inserted goes away; only a replaced layer stays as it is.
    virtual void discard() = 0;

    /// What happens in between, to all layers of the image, becomes one undo step.
    virtual void begin_step() = 0;
    virtual void end_step() = 0;
};

} // namespace neural_style::plugin

namespace neural_style {
template <>
inline constexpr std::array<std::string_view, 3> names<plugin::Output>{"new-layer", "replace", "new-image"};
} // namespace neural_style
