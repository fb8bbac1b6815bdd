// SPDX-License-Identifier: GPL-3.0-or-later
/// LibTorch's tensors.
#pragma once
#include <torch/types.h>
