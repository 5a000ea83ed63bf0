#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Quantise a trained network with other people's tools, as their users do.

Quantisation-aware, with Brevitas, exported as QONNX by Brevitas' own exporter:

  quantise.py brevitas --load hls4ml.onnx --bits 6 --jets data/calibration.h5 \\
              --scaler data/scaler.json --output hls4ml-brevitas.onnx --evaluate data/test.h5

After training, with ONNX Runtime's quantiser (QuantizeLinear and DequantizeLinear):

  quantise.py onnxruntime --load hls4ml.onnx --jets data/calibration.h5 \\
              --scaler data/scaler.json --output hls4ml-onnxruntime.onnx --evaluate data/test.h5

The labels of the jets are not looked at: Brevitas' network learns to give the
logits of the float network. Needs requirements-quantise.txt beside Debian's
python3-torch.
"""

import argparse
import sys
from collections import OrderedDict

import numpy as np
import torch
from torch import nn

import train
from layout import FEATURES, write_whole
from train import NETWORKS, JetData, Network, name_classes, positive_int, read_jets, read_scaler, standardise


def quantised_network(name, bits):
    """The layers of NETWORKS[name], scales of powers of two: a Linear's weights
    and bias are rounded, and so is what goes into each."""
    import brevitas.nn as qnn
    from brevitas.quant import (
        Int8ActPerTensorFixedPoint,
        Int8BiasPerTensorFixedPointInternalScaling,
        Int8WeightPerTensorFixedPoint,
        Uint8ActPerTensorFixedPoint,
    )

    blocks = [qnn.QuantIdentity(act_quant=Int8ActPerTensorFixedPoint, bit_width=bits)]
    width = len(FEATURES)
    for token in NETWORKS[name].split():
        if token == "R":
            blocks.append(qnn.QuantReLU(act_quant=Uint8ActPerTensorFixedPoint, bit_width=bits))
        elif token == "BN":
            raise train.Error(f"'{name}': a network with batch normalisation is not quantised here")
        else:
            blocks.append(
                qnn.QuantLinear(
                    width,
                    int(token),
                    bias=True,
                    weight_quant=Int8WeightPerTensorFixedPoint,
                    weight_bit_width=bits,
                    bias_quant=Int8BiasPerTensorFixedPointInternalScaling,
                )
            )
            width = int(token)
    # Layers are called as train.py calls them.
    return nn.Sequential(OrderedDict(seq_blocks=nn.Sequential(*blocks)))


def with_brevitas(options, x):
    from brevitas.export import export_qonnx

    teacher = Network(options.network)
    train.load(teacher, options.load)
    teacher.eval()
    network = quantised_network(options.network, options.bits)
    linears = lambda n: [m for m in n.modules() if isinstance(m, nn.Linear)]
    for to, of in zip(linears(network), linears(teacher)):
        to.weight.data.copy_(of.weight.data)
        to.bias.data.copy_(of.bias.data)
    with torch.no_grad():
        logits = teacher(x)
    optimizer = torch.optim.AdamW(network.parameters(), lr=options.learning_rate)
    batches = len(x) // options.batch
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=options.learning_rate, total_steps=options.epochs * batches
    )
    network.train()
    for epoch in range(1, options.epochs + 1):
        order, total = torch.randperm(len(x)), 0.0
        for batch in range(batches):
            rows = order[batch * options.batch : (batch + 1) * options.batch]
            optimizer.zero_grad()
            loss = nn.functional.mse_loss(network(x[rows]), logits[rows])
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item()
        print(f"epoch {epoch} of {options.epochs}: loss {total / batches:.4f}", file=sys.stderr)
    network.eval()

    def write(partial):
        export_qonnx(
            network,
            args=torch.zeros(1, len(FEATURES)),
            export_path=partial,
            input_names=["x"],
            output_names=["logits"],
            dynamic_axes={"x": {0: "batch"}, "logits": {0: "batch"}},
            opset_version=13,
        )
        name_classes(partial)

    write_whole(options.output, write)
    return lambda x: network(x).detach().numpy()


def with_onnxruntime(options, x):
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

    class Reader(CalibrationDataReader):
        def __init__(self):
            self.rows = iter(np.split(x.numpy(), range(1000, len(x), 1000)))

        def get_next(self):
            rows = next(self.rows, None)
            return None if rows is None else {"x": rows}

    def write(partial):
        quantize_static(
            options.load,
            partial,
            Reader(),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
        )

    write_whole(options.output, write)
    return lambda x: run_onnxruntime(options.output, x)


def run_onnxruntime(path, x):
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return session.run(["logits"], {"x": x.numpy()})[0]


def parse_arguments(arguments):
    parser = argparse.ArgumentParser(description="Quantise a trained JSC network with Brevitas or ONNX Runtime.")
    parser.add_argument("tool", choices=("brevitas", "onnxruntime"))
    parser.add_argument("--load", required=True, help="ONNX file of the float network, as train.py writes it")
    parser.add_argument("--network", choices=NETWORKS, default="hls4ml", help="default: %(default)s")
    parser.add_argument("--jets", required=True, help="jets to learn or calibrate from; labels are not looked at")
    parser.add_argument("--scaler", required=True, help="scaler (JSON)")
    parser.add_argument("--output", required=True, help="ONNX file to write")
    parser.add_argument("--evaluate", help="jets to print the accuracy on")
    parser.add_argument("--bits", type=positive_int, default=6, help="Brevitas: default: %(default)s")
    parser.add_argument("--epochs", type=positive_int, default=60, help="default: %(default)s")
    parser.add_argument("--batch", type=positive_int, default=256, help="default: %(default)s")
    parser.add_argument("--learning-rate", type=train.positive_float, default=2e-3, help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=0, help="default: %(default)s")
    return parser.parse_args(arguments)


def run(options):
    torch.set_num_threads(1)  # the sums' order depends on their number
    torch.manual_seed(options.seed)
    data = JetData()
    scaler = read_scaler(data, options.scaler)
    x, _ = read_jets(data, options.jets)
    tool = {"brevitas": with_brevitas, "onnxruntime": with_onnxruntime}[options.tool]
    logits = tool(options, standardise(x, scaler))
    if options.evaluate:
        x, y = read_jets(data, options.evaluate)
        correct = logits(standardise(x, scaler)).argmax(1) == y
        print(f"{options.evaluate}: accuracy {correct.mean():.4f} on {len(y)} jets")


def main(arguments=None):
    try:
        run(parse_arguments(arguments))
    except (train.Error, OSError) as error:
        print(f"quantise.py: error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
