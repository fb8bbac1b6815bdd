// SPDX-License-Identifier: GPL-3.0-or-later
/// LibTorch with autograd.
#pragma once
#include <torch/torch.h>
