// SPDX-License-Identifier: GPL-3.0-or-later
/// Compiled once for each room of the engine: LibTorch's tensors alone take 10 s.
#pragma once
#include <torch/types.h>
