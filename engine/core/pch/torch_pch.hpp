// SPDX-License-Identifier: GPL-3.0-or-later
/// Compiled once for the whole of engine/core: LibTorch's headers take 15 s.
#pragma once
#include <torch/torch.h>
