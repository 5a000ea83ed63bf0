# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the scripts that compare share: importing a network and running it."""

import subprocess

import numpy as np


def compute(translate, run, folder, x, *options):
    """What mase-run computes of FOLDER/net.onnx."""
    np.save(f"{folder}/x.npy", x)
    subprocess.run([translate, "--import-onnx", *options, f"{folder}/net.onnx", "-o", f"{folder}/net.mlir"], check=True)
    subprocess.run([run, f"{folder}/net.mlir", "--input", f"{folder}/x.npy", "--output", f"{folder}/y.npy"], check=True)
    return np.load(f"{folder}/y.npy")
