# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A search over the widths of jsc-new's Linears.

usage: widths.py FILE CHOICES…

CHOICES: how many widths, from 8 down, each knob may take: data_in, weight and
bias of each Linear, in order; of knobs beyond those given one.
"""

import sys

path, counts = sys.argv[1], [int(n) for n in sys.argv[2:]]
text = """project = "widths"
seed = 0
[search.search_space]
name = "graph/quantize/mixed_precision_ptq"
[search.search_space.setup]
by = "name"
[search.search_space.seed.default.config]
name = ["NA"]
"""
for layer in (2, 5, 8):
    text += f"[search.search_space.seed.seq_blocks_{layer}.config]\nname = [\"integer\"]\n"
    for role in ("data_in", "weight", "bias"):
        count = counts.pop(0) if counts else 1
        text += f"{role}_width = {[8 - i for i in range(count)]}\n{role}_frac_width = [\"NA\"]\n"
text += """[search.strategy]
name = "optuna"
eval_mode = true
[search.strategy.sw_runner.basic_evaluation]
[search.strategy.setup]
n_jobs = 1
n_trials = 1000000
timeout = 20000
sampler = "brute"
sum_scaled_metrics = false
[search.strategy.metrics]
accuracy.scale = 1.0
accuracy.direction = "maximize"
average_bitwidth_all.scale = 1.0
average_bitwidth_all.direction = "minimize"
"""
open(path, "w").write(text)
