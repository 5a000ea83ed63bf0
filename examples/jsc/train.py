#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Train a jet substructure classification (JSC) network and export it to ONNX.

Train, write the scaler and the network, and print accuracies:

  train.py --train train.h5 --validation data/validation.h5 \\
           --scaler data/scaler.json --output jsc-new.onnx --evaluate data/test.h5

Print the accuracies of a network trained before (needs the `onnx` package):

  train.py --load jsc-new.onnx --scaler data/scaler.json --evaluate data/test.h5

A data file is HDF5 as generate.py writes it, or CSV with a header, the 16
features, and the class letter in the last column, named `label`.  jsc-deepset is
a network of particles, and takes the NPZ files that generate.py --particles
writes.  Works with PyTorch 1.13 and newer.
"""

import argparse
import csv
import inspect
import json
import sys

import numpy as np
import torch
from torch import nn

from layout import (
    CLASSES,
    DATASET,
    FEATURES,
    PARTICLE_FEATURES,
    PARTICLES,
    output_problem,
    write_whole,
)

# BN: batch normalisation, R: ReLU, a number: a linear layer of that width.
NETWORKS = {
    "jsc-tiny": "BN R 5 R",
    "jsc-toy": "BN R 8 BN R 8 BN R 5 BN R",
    "jsc-new": "BN R 8 BN R 64 BN R 5 BN R",
    "jsc-three-linear": "BN R 16 R 16 R 5 R",
    "jsc-trt": "BN R 32 BN R 48 BN R 16 BN R 5 BN R",
    "jsc-s": "BN R 64 BN R 32 R 32 R 32 R 5 BN R",
    "hls4ml": "64 R 32 R 32 R 5",
}
# Layers of each particle, whose results are added up, and those of the sums.
DEEP_SETS = {"jsc-deepset": ("16 R 16 R", "16 R 5")}


class Error(Exception):
    """A problem the user can mend; the message says how."""


def make_blocks(text, width):
    """The layers that `text` says, and the width of their results."""
    blocks = []
    for token in text.split():
        if token == "BN":
            blocks.append(nn.BatchNorm1d(width))
        elif token == "R":
            blocks.append(nn.ReLU())
        else:
            blocks.append(nn.Linear(width, int(token)))
            width = int(token)
    return nn.Sequential(*blocks), width


class Network(nn.Module):
    def __init__(self, name):
        super().__init__()
        self.seq_blocks, _ = make_blocks(NETWORKS[name], len(FEATURES))

    def forward(self, x):
        return self.seq_blocks(x)


class DeepSet(nn.Module):
    """Zaheer et al., arXiv:1703.06114; of particles: arXiv:1810.05165."""

    def __init__(self, name):
        super().__init__()
        each, all_together = DEEP_SETS[name]
        self.phi, width = make_blocks(each, len(PARTICLE_FEATURES))
        self.rho, _ = make_blocks(all_together, width)

    def forward(self, x):
        return self.rho(self.phi(x).sum(dim=1))


class JetData:
    """What networks of a jet's features read."""

    names = list(FEATURES)
    shape = (len(FEATURES),)

    def read(self, path):
        return read_csv(path) if path.lower().endswith(".csv") else read_hdf5(path)


class ParticleData:
    """What networks of a jet's particles read; all particles are scaled alike."""

    names = [f"{name}_{p}" for p in range(PARTICLES) for name in PARTICLE_FEATURES]
    shape = (PARTICLES, len(PARTICLE_FEATURES))

    def read(self, path):
        with np.load(path) as source:
            for name in ("x", "y"):
                if name not in source:
                    raise Error(f"'{path}' has no array named '{name}'")
            x, y = source["x"], source["y"]
        if x.shape != (len(y), len(self.names)):
            raise Error(f"'{path}': expected rows of {len(self.names)} numbers, found {x.shape}")
        return x.reshape(len(x), *self.shape).astype(np.float64), y.astype(np.int64)


# --------------------------------------------------------------------------- #
# Data
# --------------------------------------------------------------------------- #


def read_hdf5(path):
    try:
        import h5py
    except ImportError:
        raise Error(f"reading '{path}' needs the Python package 'h5py'") from None
    with h5py.File(path, "r") as source:
        if DATASET not in source:
            raise Error(f"'{path}' has no dataset named '{DATASET}'")
        records = source[DATASET][:]
    names = records.dtype.names or ()
    for name in FEATURES + CLASSES:
        if "j_" + name not in names:
            raise Error(f"'{path}' has no column 'j_{name}'")
    x = np.stack([records["j_" + name] for name in FEATURES], axis=1)
    one_hot = np.stack([records["j_" + name] for name in CLASSES], axis=1)
    if not ((one_hot == 0) | (one_hot == 1)).all() or not (one_hot.sum(1) == 1).all():
        raise Error(f"'{path}': the label columns are not one-hot")
    return x.astype(np.float64), one_hot.argmax(axis=1)


def read_csv(path):
    with open(path, newline="", encoding="utf-8") as source:
        rows = list(csv.reader(source))
    expected = [*FEATURES, "label"]
    header = [name[2:] if name.startswith("j_") else name for name in rows[0]] if rows else []
    if header != expected:
        raise Error(f"'{path}': expected the columns {','.join(expected)}")
    x = np.empty((len(rows) - 1, len(FEATURES)))
    y = np.empty(len(rows) - 1, dtype=np.int64)
    for i, row in enumerate(rows[1:]):
        try:
            x[i] = [float(value) for value in row[:-1]]
            y[i] = CLASSES.index(row[-1])
        except (ValueError, IndexError):
            raise Error(
                f"'{path}', line {i + 2}: expected {len(FEATURES)} numbers and one "
                f"of {', '.join(CLASSES)}"
            ) from None
    return x, y


def read_jets(data, path):
    """Returns raw features (float64) and class indexes."""
    try:
        x, y = data.read(path)
    except (OSError, ValueError) as error:
        raise Error(f"cannot read '{path}': {error}") from None
    if not len(x):
        raise Error(f"'{path}' holds no jets")
    if not np.isfinite(x).all():
        raise Error(f"'{path}' holds features that are not finite")
    return x, y


def fit_scaler(data, x):
    rows = x.reshape(-1, x.shape[-1])
    repeats = len(data.names) // rows.shape[1]
    scale = rows.std(axis=0)
    if not (scale > 0).all():
        raise Error(f"feature '{data.names[int(scale.argmin())]}' never varies")
    return {
        "mean": rows.mean(axis=0).tolist() * repeats,
        "scale": scale.tolist() * repeats,
        "features": data.names,
    }


def read_scaler(data, path):
    try:
        with open(path, encoding="utf-8") as source:
            scaler = json.load(source)
    except (OSError, ValueError) as error:
        raise Error(f"cannot read '{path}': {error}") from None
    count = len(data.names)
    if not isinstance(scaler, dict) or scaler.get("features") != data.names:
        raise Error(f"'{path}' is not a scaler for these {count} features")
    for key in ("mean", "scale"):
        if len(scaler.get(key, ())) != count:
            raise Error(f"'{path}': expected {count} numbers in '{key}'")
    return scaler


def standardise(x, scaler):
    mean, scale = (np.array(scaler[key]).reshape(x.shape[1:]) for key in ("mean", "scale"))
    x = (x - mean) / scale
    return torch.from_numpy(x.astype(np.float32))


# --------------------------------------------------------------------------- #
# Files
# --------------------------------------------------------------------------- #


def write_scaler(path, scaler):
    def write(partial):
        with open(partial, "w", encoding="utf-8") as out:
            json.dump(scaler, out, indent=2)
            out.write("\n")

    write_whole(path, write)


def name_classes(path):
    """Appends the metadata entry that names the network's results, in protobuf.

    Fields behind a message are part of it; exporters themselves have no way to say
    it.
    """

    def field(number, content):
        assert len(content) < 128
        return bytes([number << 3 | 2, len(content)]) + content

    names = json.dumps(CLASSES, separators=(",", ":"))
    with open(path, "ab") as out:
        out.write(field(14, field(1, b"class_names") + field(2, names.encode())))


def export(network, shape, path):
    """Exports in evaluation mode, every layer as a node of its own.

    Without PRESERVE the exporter merges batch normalisations into the linear
    layers before them, which also renames the parameters.
    """
    network.eval()
    arguments = dict(
        input_names=["x"],
        output_names=["logits"],
        dynamic_axes={"x": {0: "batch"}, "logits": {0: "batch"}},
        do_constant_folding=False,
        training=torch.onnx.TrainingMode.PRESERVE,
        opset_version=13,
    )
    if "dynamo" in inspect.signature(torch.onnx.export).parameters:
        arguments["dynamo"] = False
    x = torch.zeros(2, *shape)

    def write(partial):
        torch.onnx.export(network, x, partial, **arguments)
        name_classes(partial)

    write_whole(path, write)


def load(network, path):
    try:
        import onnx
        from onnx import numpy_helper
    except ImportError:
        raise Error("--load needs the Python package 'onnx'") from None
    try:
        model = onnx.load(path)
    except Exception as error:  # The exceptions of protobuf are not public.
        raise Error(f"cannot read '{path}': {error}") from None
    stored = {tensor.name: tensor for tensor in model.graph.initializer}
    state = network.state_dict()
    for name, value in state.items():
        if name.endswith("num_batches_tracked"):
            continue
        if name not in stored:
            raise Error(f"'{path}' does not hold this network: no '{name}'")
        array = numpy_helper.to_array(stored.pop(name))
        if array.shape != tuple(value.shape):
            raise Error(
                f"'{path}' does not hold this network: expected '{name}' of shape "
                f"{tuple(value.shape)}, got {array.shape}"
            )
        state[name] = torch.from_numpy(array.copy())
    if stored:
        raise Error(f"'{path}' does not hold this network: '{next(iter(stored))}' is not in it")
    network.load_state_dict(state)


# --------------------------------------------------------------------------- #
# Training
# --------------------------------------------------------------------------- #


@torch.no_grad()
def predict(network, x):
    network.eval()
    return network(x).argmax(dim=1)


def train(network, x, y, x_validation, y_validation, options):
    optimizer = torch.optim.AdamW(network.parameters(), lr=options.learning_rate)
    # Incomplete last batches are left out; every epoch shuffles anew.
    batches = len(x) // options.batch
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=options.learning_rate, total_steps=options.epochs * batches
    )
    loss_function = nn.CrossEntropyLoss()
    bar = None
    if sys.stderr.isatty():
        try:
            from tqdm import tqdm

            bar = tqdm(total=options.epochs, unit="epoch")
        except ImportError:
            pass
    for epoch in range(1, options.epochs + 1):
        network.train()
        order = torch.randperm(len(x))
        total = 0.0
        for batch in range(batches):
            rows = order[batch * options.batch : (batch + 1) * options.batch]
            optimizer.zero_grad()
            loss = loss_function(network(x[rows]), y[rows])
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item()
        accuracy = (predict(network, x_validation) == y_validation).double().mean().item()
        if bar is not None:
            bar.set_postfix(loss=f"{total / batches:.4f}", validation=f"{accuracy:.4f}")
            bar.update()
        else:
            print(
                f"epoch {epoch} of {options.epochs}: loss {total / batches:.4f}, "
                f"validation accuracy {accuracy:.4f}",
                file=sys.stderr,
            )
    if bar is not None:
        bar.close()


def report(network, data, path, scaler):
    x, y = read_jets(data, path)
    correct = predict(network, standardise(x, scaler)).numpy() == y
    print(f"{path}: accuracy {correct.mean():.4f} on {len(y)} jets")
    for i, name in enumerate(CLASSES):
        if (y == i).any():
            print(f"  {name}: {correct[y == i].mean():.4f} of {np.count_nonzero(y == i)}")


# --------------------------------------------------------------------------- #
# Command line
# --------------------------------------------------------------------------- #


def positive_int(text):
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"expected at least 1, got {value}")
    return value


def positive_float(text):
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"expected a number above 0, got {value}")
    return value


def parse_arguments(arguments):
    parser = argparse.ArgumentParser(
        description="Train a JSC network on simulated jets and export it to ONNX, "
        "or print the accuracy of a network trained before."
    )
    parser.add_argument("--train", help="training jets; the scaler is fitted to them")
    parser.add_argument("--validation", help="validation jets")
    parser.add_argument("--output", help="ONNX file to write")
    parser.add_argument("--load", help="ONNX file to evaluate instead of training")
    parser.add_argument(
        "--scaler", required=True, help="scaler (JSON) to write, with --load to read"
    )
    parser.add_argument(
        "--evaluate",
        nargs="+",
        default=[],
        metavar="FILE",
        help="files (HDF5 or CSV) to print the accuracy on",
    )
    parser.add_argument(
        "--network",
        choices=[*NETWORKS, *DEEP_SETS],
        default="jsc-new",
        help="network (default: %(default)s)",
    )
    parser.add_argument(
        "--epochs", type=positive_int, default=50, help="default: %(default)s"
    )
    parser.add_argument(
        "--batch", type=positive_int, default=512, help="default: %(default)s"
    )
    parser.add_argument(
        "--learning-rate",
        type=positive_float,
        default=3e-3,
        help="peak of the one-cycle schedule (default: %(default)s)",
    )
    parser.add_argument("--seed", type=int, default=0, help="default: %(default)s")
    options = parser.parse_args(arguments)
    if options.load:
        for name in ("train", "validation", "output"):
            if getattr(options, name):
                parser.error(f"--{name} cannot be used with --load")
        if not options.evaluate:
            parser.error("--load needs --evaluate")
    else:
        for name in ("train", "validation", "output"):
            if not getattr(options, name):
                parser.error(f"--{name} is missing (or give --load to evaluate)")
        for name in ("output", "scaler"):
            problem = output_problem(getattr(options, name))
            if problem:
                parser.error(f"--{name}: {problem}")
    if options.batch < 2:
        parser.error("--batch: expected at least 2 (batch normalisation)")
    if not 0 <= options.seed < 2**63:
        parser.error(f"--seed: expected 0 to {2**63 - 1}, got {options.seed}")
    return options


def run(options):
    # The sums' order, hence the result, depends on the number of threads; these
    # networks are too small to gain from a second one.
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    is_set = options.network in DEEP_SETS
    network = (DeepSet if is_set else Network)(options.network)
    data = ParticleData() if is_set else JetData()
    if options.load:
        scaler = read_scaler(data, options.scaler)
        load(network, options.load)
    else:
        x, y = read_jets(data, options.train)
        if len(x) < options.batch:
            raise Error(
                f"'{options.train}' holds {len(x)} jets, fewer than a batch of "
                f"{options.batch}"
            )
        x_validation, y_validation = read_jets(data, options.validation)
        scaler = fit_scaler(data, x)
        train(
            network,
            standardise(x, scaler),
            torch.from_numpy(y),
            standardise(x_validation, scaler),
            torch.from_numpy(y_validation),
            options,
        )
        export(network, data.shape, options.output)
        write_scaler(options.scaler, scaler)
    for path in options.evaluate:
        report(network, data, path, scaler)


def main(arguments=None):
    options = parse_arguments(arguments)
    try:
        run(options)
    except KeyboardInterrupt:
        print("train.py: interrupted", file=sys.stderr)
        return 130
    except (Error, OSError) as error:
        print(f"train.py: error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
