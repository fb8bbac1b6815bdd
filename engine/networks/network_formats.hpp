// SPDX-License-Identifier: GPL-3.0-or-later
/// Files of the networks that are trained alongside a feature network: decoders, and networks of one style.
///
/// Both are safetensors files, in types down to float16, described by their own metadata:
///
/// **Decoder** (`decoder_format`): the way back from every tap of one encoder to the picture.
/// - `encoder`: its name, for people; `encoder_hash`: its `Weights::hash()`, for programs: with another
///   encoder the decoder is refused.
/// - `blocks`: JSON list, deepest first, of {"from": "relu5_1", "to": "relu4_1", "graph": [steps]}; the last
///   one is {"from": "relu1_1", "to": "picture"} and outputs sRGB 0..1, neither normalised nor clamped. A tap
///   is decoded by its block and all following ones.
///
/// **Trained style** (`trained_style_format`): sRGB 0..1 in and out.
/// - `name`, `title`; `style_scale`: longest side of the style in training, in pixels;
/// - `graph`: JSON list of steps.
///
/// Steps, of feature networks (feature_network.hpp) as well:
/// - {"conv": NAME, "size": 3, "stride": 1, "groups": 1, "padding": "reflect", "relu": true}: tensors
///   NAME.weight [out, in / groups, size, size] and NAME.bias [out], padded by size / 2 on each side:
///   mirrored
///   ("reflect"), repeated ("replicate"), zero ("zeros"), or not at all ("none"). Defaults: 3, 1, 1, "zeros"
///   and false. "relu" may also be the name to tap it by; without a ReLU that is "tap". "limit": 6 makes it a
///   ReLU6;
/// - {"pool": "average", "size": 2}: one position for each 2 x 2, of the 2 x 2 or 3 x 3 there; or "max";
///   "padding": 1 begins one position before the first (size 3); "ceil": true gives what is left over at the
///   end a position, too;
/// - {"up": "nearest", "size": 2}: each position becomes size x size; or "bilinear", interpolated;
/// - {"norm": NAME}: instance norm with epsilon 1e-5, then times NAME.weight [channels] plus NAME.bias
///   [channels];
/// - in feature networks a convolution may have "before": NAME, of what its ReLU sees;
/// - {"relu": true}, or the name to tap it by;
/// - {"residual": [steps], "shortcut": [steps], "relu": true}: adds the output of the steps to their input,
/// or
///   to what the shortcut makes of it; "relu" and "tap" as for a convolution;
/// - {"branches": [[steps], [steps]], "tap": NAME}: the channels of all outputs, one after the other.
///
/// In both, `card` tells people what the network was made from, how, and under which licence.
#pragma once

namespace neural_style {

inline constexpr const char* decoder_format = "neural-style-decoder/1";
inline constexpr const char* trained_style_format = "neural-style-feed-forward/1";

} // namespace neural_style
