#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Networks of many layers.

usage: deep.py make LAYERS          prints a network of 4 features
       deep.py branches FILE        prints how many branches a function of the
                                    LLVM dialect in FILE has at most
"""

import random
import re
import sys

WIDTH = 4


def make(layers):
    draw = random.Random(1)
    tensor = f"tensor<?x{WIDTH}xf32>"
    print(f"func.func @main(%x: {tensor}) -> {tensor} {{")
    value = "%x"
    for k in range(layers):
        rows = [[f"{draw.uniform(-0.9, 0.9):.3f}" for _ in range(WIDTH)] for _ in range(WIDTH)]
        weight = ", ".join("[" + ", ".join(row) + "]" for row in rows)
        print(f"  %w{k} = arith.constant dense<[{weight}]> : tensor<{WIDTH}x{WIDTH}xf32>")
        print(
            f'  %l{k} = mase.linear "fc_{k}" {value}, %w{k} precision '
            "<data_in = #mase.fixed<8, 4>, weight = #mase.fixed<6, 4>> : "
            f"({tensor}, tensor<{WIDTH}x{WIDTH}xf32>) -> {tensor}"
        )
        # Every seventh layer is added to one long before it.
        print(f'  %r{k} = mase.relu "relu_{k}" %l{k} : {tensor}')
        value = f"%r{k}"
        if k % 7 == 6:
            print(
                f'  %s{k} = mase.add "add_{k}" {value}, %r{max(0, k - 100)} : '
                f"({tensor}, {tensor}) -> {tensor}"
            )
            value = f"%s{k}"
    print(f"  return {value} : {tensor}\n}}")


def branches(path):
    with open(path) as file:
        bodies = re.findall(r"llvm\.func @.*?\{\n(.*?)\n  \}", file.read(), re.S)
    most = max(body.count("llvm.cond_br") for body in bodies)
    print(f"{len(bodies)} functions, at most {most} branches")


command, argument = sys.argv[1:]
make(int(argument)) if command == "make" else branches(argument)
