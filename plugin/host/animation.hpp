// SPDX-License-Identifier: GPL-3.0-or-later
/// The interface between us and an editor whose layers are the frames of an animation: implemented once for
/// GIMP and once for tests.
///
///     Result<Samples> frame = animation.frame(0);
///     animation.keep(0, painting);
///     animation.insert(Output::replace, record);
#pragma once

#include "host.hpp"

#include <neural_style/error.hpp>
#include <neural_style/image.hpp>
#include <neural_style/samples.hpp>

#include <cstddef>
#include <string>

namespace neural_style::plugin {

/// Frames have numbers from 0, in the order in which they are played.
class Animation {
  public:
    virtual ~Animation() = default;

    virtual std::size_t frames() const = 0;
    virtual int width() const = 0; ///< of every frame, in pixels
    virtual int height() const = 0;

    /// Whether the paintings can go there; called before the work. Errors, translated: invalid_request.
    virtual Result<void> allows(Output output) = 0;

    /// What is seen of the frame when the animation is played; hidden colours are filled. Fastest for one
    /// frame after the other. Errors, translated: invalid_request if its layer is gone, out_of_memory.
    virtual Result<Samples> frame(std::size_t number) = 0;

    /// Keeps the painting of that frame in this process, with which it vanishes; the editor knows nothing of
    /// it. In the frame's size; another painting of it replaces it. Errors, translated: out_of_memory.
    virtual Result<void> keep(std::size_t number, ImageView painting) = 0;
    virtual bool kept(std::size_t number) const = 0;
    /// As kept: in the image's own samples and colours. Errors, translated: out_of_memory.
    virtual Result<Image> painting(std::size_t number) = 0;

    /// Puts all that was kept in its place, in one undo step. The animation then shows the paintings when it
    /// is played, and the frames without one as before. `record` is JSON, kept on each painted layer. Errors,
    /// translated: invalid_request, out_of_memory; no layer is changed then.
    virtual Result<void> insert(Output output, const std::string& record) = 0;
};

} // namespace neural_style::plugin
