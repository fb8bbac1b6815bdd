# SPDX-License-Identifier: GPL-3.0-or-later
"""Times of the tutorial's closure on a device, in each layout and precision: tutorial_times.py NETWORK DEVICE SIDE ROUNDS

Writes a network of VGG-19's shape to NETWORK, and a line of JSON for each way, {"name": ..., "seconds": the median}.
"""
import json
import statistics
import sys
import time

import torch

from feature_network import FeatureNetwork, write_random_vgg19
from tutorial_loop import TutorialClosure

WARM_UP = 3


def main(file, device, side, rounds):
    write_random_vgg19(file)
    network = FeatureNetwork.read(file)
    wait = torch.cuda.synchronize if device.startswith("cuda") else lambda: None
    for channels_last in (False, True):
        for bfloat16 in (False, True):
            closure = TutorialClosure(network, side, channels_last, bfloat16, device)
            times = []
            for _ in range(WARM_UP + rounds):
                began = time.perf_counter()
                closure.run()
                wait()
                times.append(time.perf_counter() - began)
            name = f"the tutorial's loop{', channels_last' if channels_last else ''}{', autocast to bfloat16' if bfloat16 else ''}"
            print(json.dumps({"name": name, "seconds": statistics.median(times[WARM_UP:])}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
