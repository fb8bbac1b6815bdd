#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Weights that LibTorch reorders ahead for oneDNN's products are other weights afterwards, with AVX-512 and some numbers of outputs.
#
#   findings/reordered-product-weights.sh      needs mmdebstrap, a Debian mirror in apt's configuration, a gigabyte for a few minutes,
#                                              and a processor with AVX-512
#
# Expected: torch.ops.mkldnn._reorder_linear_weight, which LibTorch's own compiler calls once for each layer of a frozen network, changes
# the order of float32 weights only: read back they are equal, and _linear_pointwise computes the same with them as with plain ones.
# Observed with Debian's python3-torch=2.6.0+dfsg-7 and libdnnl3.6=3.7.2+ds-2 on an AMD EPYC of family 26: true for 16, 32, 64, 128, 192 and
# 256 outputs. With 48, 80, 96, 112 and 144, more than 32 that are not a multiple of 64, the weights read back differ by as much as
# they are large, and products are off by a third, without a word. The same weights, not reordered ahead, give the right product. If oneDNN may use AVX2
# only (ONEDNN_MAX_CPU_ISA), every number of outputs is right.
# Consequence: engine/networks/onednn.cpp reads reordered weights back and keeps the plain ones where they differ.
set -euo pipefail

torch=2.6.0+dfsg-7 dnnl=3.7.2+ds-2
grep -q -w avx512bw /proc/cpuinfo || { echo "This processor has no AVX-512, so nothing can be seen on it." >&2; exit 77; }
# shellcheck disable=SC2016 # apt expands these
mirror=$(apt-get indextargets --format '$(ORIGIN) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
  awk '$1 == "Debian" && $2 == "main" && !found { print $3; found = 1 }')
[[ -n $mirror ]] || { echo "apt knows no Debian mirror: run apt-get update." >&2; exit 1; }

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/measure.py" <<'END'
import os
import sys

import torch

RIGHT, OTHERS = (16, 32, 64, 128, 192, 256), (48, 80, 96, 112, 144)
torch.manual_seed(1)


def broken(outputs):
    """Whether the reordered weights give a wrong product; plain ones must not."""
    weight, rows = torch.randn(outputs, 64), torch.randn(200, 64)
    exact = rows.double() @ weight.double().t()
    reordered = torch.ops.mkldnn._reorder_linear_weight(weight, None)

    def error(of_weight):
        product = torch.ops.mkldnn._linear_pointwise(rows, of_weight, None, "none", [], None)
        return ((product - exact).norm() / exact.norm()).item()

    print(f"{outputs} outputs: reordered {error(reordered):.1e}, plain {error(weight):.1e}, "
          f"read back {(reordered.to_dense() - weight).abs().max().item():.1e} off")
    if error(weight) > 1e-6:
        sys.exit("Plain weights give a wrong product: this has changed.")
    return error(reordered) > 0.1


avx2_only = os.environ.get("ONEDNN_MAX_CPU_ISA") == "AVX2"
print(f"torch {torch.__version__}", "with AVX2 only" if avx2_only else "with all instructions")
found = [outputs for outputs in RIGHT + OTHERS if broken(outputs)]
sys.exit(0 if found == ([] if avx2_only else list(OTHERS)) else "This has changed.")
END
# shellcheck disable=SC2016 # mmdebstrap expands it
mmdebstrap --quiet --variant=apt --include="python3-torch=$torch,libdnnl3.6=$dnnl" --format=null \
  --customize-hook="copy-in $folder/measure.py /root" \
  --customize-hook='chroot "$1" python3 /root/measure.py >&2' \
  --customize-hook='chroot "$1" env ONEDNN_MAX_CPU_ISA=AVX2 python3 /root/measure.py >&2' \
  trixie - "$mirror"
