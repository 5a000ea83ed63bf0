#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""An external evaluator: bit operations (BOPs) of a network's Linear layers.

usage: bops.py LAYER=INPUTSxOUTPUTS...     seq_blocks_2=16x8

Reads one JSON object a line, {"number": 7, "sampled_config": {...}}, and answers each with one line, {"bops": 12345}.
A Linear of n inputs and m outputs with b_w-bit weights and b_a-bit inputs takes
m n (b_w b_a + b_w + b_a + log2 n) bit operations (Baskin et al. 2021, "UNIQ", doi 10.1145/3444943).
"""
import json
import math
import sys


def bops(layer, inputs, outputs):
    config = layer.get("config", {})
    # A layer that is left alone computes in binary32.
    weight, data = (config.get(key) or 32 for key in ("weight_width", "data_in_width"))
    return outputs * inputs * (weight * data + weight + data + math.log2(inputs))


def main():
    shapes = {}
    for argument in sys.argv[1:]:
        name, _, shape = argument.partition("=")
        shapes[name] = [int(n) for n in shape.split("x")]
    for line in sys.stdin:
        config = json.loads(line)["sampled_config"]
        answer = {"bops": sum(bops(config.get(name, {}), *shape) for name, shape in shapes.items())}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
