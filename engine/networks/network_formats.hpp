// SPDX-License-Identifier: GPL-3.0-or-later
/// What the files hold that are trained beside a feature network: decoders, and networks of one style.
///
/// Both are safetensors files, as small as float16, that describe themselves in their metadata:
///
/// **Decoder** (`decoder_format`): the way back from every tap of one encoder to the picture.
/// - `encoder`: its name, for people; `encoder_hash`: its `Weights::hash()`, for programs: with another
/// encoder the
///   decoder is refused.
/// - `blocks`: JSON list, deepest first, of {"from": "relu5_1", "to": "relu4_1", "graph": [steps]}; the last
/// one has
///   {"from": "relu1_1", "to": "picture"} and gives sRGB 0..1, neither normalised nor clamped. A tap is
///   decoded by the block that begins at it and all after it.
///
/// **Trained style** (`trained_style_format`): sRGB 0..1 in and out.
/// - `name`, `title`; `style_scale`: longest side in pixels at which the style was looked at;
/// - `graph`: JSON list of steps.
///
/// Steps, of feature networks (feature_network.hpp) as well:
/// - {"conv": NAME, "size": 3, "stride": 1, "padding": "reflect", "relu": true}: tensors NAME.weight [out,
/// in, size, size]
///   and NAME.bias [out], padded by size / 2 on each side with what is mirrored ("reflect"), repeated
///   ("replicate") or nothing ("zeros"); what is left out is 3, 1, "zeros" and false. A "relu" may be the
///   name by which it is tapped;
/// - {"pool": "average", "size": 2}: one position for each 2 x 2; or "max";
/// - {"up": "nearest", "size": 2}: each position becomes size x size; "bilinear": and they go over into each
/// other;
/// - {"norm": NAME}: instance norm with epsilon 1e-5, then times NAME.weight [channels] plus NAME.bias
/// [channels];
/// - {"relu": true}, or the name by which it is tapped;
/// - {"residual": [steps]}: what the steps give, added to what they were given.
///
/// `card` says in both, for people, what the network was made from, how and under which licence.
#pragma once

namespace neural_style {

inline constexpr const char* decoder_format = "neural-style-decoder/1";
inline constexpr const char* trained_style_format = "neural-style-feed-forward/1";

} // namespace neural_style
