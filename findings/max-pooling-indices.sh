#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# LibTorch's max pooling computes its indices even if nobody wants a gradient.
#
#   findings/max-pooling-indices.sh      needs mmdebstrap, a Debian mirror in apt's configuration, and a gigabyte for a few minutes
#
# Expected: under no_grad, max_pool2d of bfloat16 features allocates only its output, two bytes per value, as avg_pool2d does.
# Observed with Debian's python3-torch=2.6.0+dfsg-7 on the CPU, channels_last: five times as much. Each two-byte value gets an
# eight-byte index, which is discarded at once, so a network of convolutions and max poolings without gradients moves more
# memory for indices than for pooled features. Consequence: engine/networks/max_pooling.cpp finds the maxima, and later their
# positions, without indices.
set -euo pipefail

version=2.6.0+dfsg-7
# shellcheck disable=SC2016 # apt expands these
mirror=$(apt-get indextargets --format '$(ORIGIN) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
  awk '$1 == "Debian" && $2 == "main" && !found { print $3; found = 1 }')
[[ -n $mirror ]] || { echo "apt knows no Debian mirror: run apt-get update." >&2; exit 1; }

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/measure.py" <<'END'
import sys

import torch
from torch.profiler import ProfilerActivity, profile


def allocated(pool, features):
    """Bytes that the call asks for."""
    with torch.no_grad(), profile(activities=[ProfilerActivity.CPU], profile_memory=True) as recorded:
        pool(features, 2)
    return sum(max(0, event.self_cpu_memory_usage) for event in recorded.key_averages())


torch.set_num_threads(1)
features = torch.rand(1, 16, 512, 512).to(torch.bfloat16).contiguous(memory_format=torch.channels_last)
output = features.numel() // 4 * features.element_size()
average, maximum = (allocated(pool, features) / output for pool in (torch.nn.functional.avg_pool2d, torch.nn.functional.max_pool2d))
print(f"torch {torch.__version__}: average pooling allocates {average:.2f} times its output, max pooling {maximum:.2f} times")
sys.exit(0 if average == 1 and maximum == 5 else "This has changed.")
END
# shellcheck disable=SC2016 # mmdebstrap expands it
mmdebstrap --quiet --variant=apt --include="python3-torch=$version" --format=null \
  --customize-hook="copy-in $folder/measure.py /root" --customize-hook='chroot "$1" python3 /root/measure.py >&2' \
  trixie - "$mirror"
