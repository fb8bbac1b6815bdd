# SPDX-License-Identifier: GPL-3.0-or-later
"""PyTorch's part of `bench networks` and `bench growth` as a process, which speaks as the engine's does: published_peer.py NETWORK FILE SIDE THREADS.

The loop runs with the network's taps as FILE, our form of the same weights, has them; where NETWORK is "own", with the network that is in FILE. {"measure": "step", "channels_last": false, "type": "float32"} is
answered with seconds.
"""
import json
import sys
import time

import torch

from feature_network import FeatureNetwork
from published_networks import PublishedNetwork
from tutorial_loop import TutorialClosure


def main(name, file, side, threads):
    torch.set_num_threads(int(threads))
    network = FeatureNetwork.read(file)
    if name != "own":
        network = PublishedNetwork(name).tapped_like(network)
    kept = {}
    for line in sys.stdin:
        request = json.loads(line)
        way = request["channels_last"], request["type"]
        if way not in kept:
            kept = {way: TutorialClosure(network, int(side), way[0], way[1] == "bfloat16")}
            kept[way].run()
        begin = time.perf_counter()
        kept[way].run()
        print(json.dumps({"seconds": time.perf_counter() - begin}), flush=True)


main(*sys.argv[1:])
