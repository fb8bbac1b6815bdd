// SPDX-License-Identifier: GPL-3.0-or-later
/// What each command still does to files and the network once its arguments are known.
///
///     keep_only(needed_rights(arguments));
///
/// The folders of what it writes, wherever links in them lead; where a folder is not there yet, the one that
/// it will be made in. Rather too much than too little: what is missing here costs a painting.
#pragma once

#include "rights.hpp"

namespace neural_style::cli {

struct NetworksArguments;
struct PaintArguments;
struct TrainArguments;
struct VideoArguments;

Rights needed_rights(const PaintArguments& arguments);
Rights needed_rights(const VideoArguments& arguments);
Rights needed_rights(const TrainArguments& arguments);
Rights needed_rights(const NetworksArguments& arguments);
/// Of a command that only tells.
Rights rights_to_read();

} // namespace neural_style::cli
