#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What a search costs in PyTorch + Optuna, written lean: trials/s on the joint space of jsc-new's three Linears, 512
jets, accuracy and loss, one core. One trial quantises the weights, runs the network and computes the metrics; Optuna
proposes (TPE, two objectives). Needs torch and optuna.

usage: optuna_peer.py [--trials N] [--sampler tpe|random]
"""
import argparse
import time

import numpy as np
import optuna
import torch

import problem

torch.set_num_threads(1)
torch.set_grad_enabled(False)


def quantize(x, width):
    scale = 2.0 ** (width // 2)
    return torch.clamp(torch.round(x * scale), -(2 ** (width - 1)), 2 ** (width - 1) - 1) / scale


def main():
    ap = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ap.add_argument("--trials", type=int, default=200)
    ap.add_argument("--sampler", default="tpe", choices=("tpe", "random"))
    args = ap.parse_args()
    parameters = problem.synthetic_parameters(0)
    x, y = problem.synthetic_data(0, 512)
    tensor = lambda a: torch.from_numpy(np.ascontiguousarray(a, np.float32))
    norms = {k: [tensor(a) for a in problem.affine(parameters, k)] for k in (0, 3, 6, 9)}
    layers = {k: [tensor(parameters[f"seq_blocks.{k}.{p}"]) for p in ("weight", "bias")] for k in problem.SHAPES}
    x, labels = tensor(x), torch.from_numpy(np.asarray(y, np.int64))

    def objective(trial):
        h = torch.relu(x * norms[0][0] + norms[0][1])
        bits = 0
        for k, (weight, bias) in layers.items():
            width = {role: trial.suggest_categorical(f"{k}/{role}", list(choices))
                     for role, choices in problem.WIDTHS.items()}
            h = torch.nn.functional.linear(quantize(h, width["data_in"]), quantize(weight, width["weight"]),
                                           quantize(bias, width["bias"]))
            h = torch.relu(h * norms[k + 1][0] + norms[k + 1][1])
            bits += width["weight"] * weight.numel()
        torch.nn.functional.cross_entropy(h, labels).item()
        guess = h.argmax(1)
        recall = [(guess[labels == c] == c).float().mean() for c in range(5) if (labels == c).any()]
        return float(torch.stack(recall).mean()), bits / 960

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    sampler = {"tpe": optuna.samplers.TPESampler, "random": optuna.samplers.RandomSampler}[args.sampler](seed=0)
    study = optuna.create_study(directions=["maximize", "minimize"], sampler=sampler)
    start = time.process_time()
    study.optimize(objective, n_trials=args.trials)
    seconds = time.process_time() - start
    print(f"torch {torch.__version__} + optuna {optuna.__version__}, {args.sampler}: {args.trials / seconds:.0f} trials/s "
          f"over {args.trials} trials")


if __name__ == "__main__":
    main()
