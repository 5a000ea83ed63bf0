# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The tables of operations in docs/importing.md, beside what the importer says.

usage: check_table.py MASE_TRANSLATE SOURCE FOLDER

Every operation that is supported has a row, no other has one, and each test that a
row names is there and has the operation, itself or in a script that it runs. Every
operation of the table of refused ones is refused with a reason.
"""

import pathlib
import re
import subprocess
import sys

import onnx
from onnx import TensorProto, helper

DOMAINS = {"QONNX": "qonnx.custom_op.general", "com.microsoft": "com.microsoft"}


def refusal(translate, folder, operation, domain=""):
    """What is said of a network of that operation."""
    value = lambda name: helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", 4])
    node = helper.make_node(operation, ["x"], ["y"], name="/some/node", domain=domain)
    graph = helper.make_graph([node], "net", [value("x")], [value("y")])
    opsets = [helper.make_opsetid(d, 13 if not d else 1) for d in dict.fromkeys(["", domain])]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=8), folder / "net.onnx")
    command = [translate, "--import-onnx", folder / "net.onnx", "-o", folder / "net.mlir"]
    return subprocess.run(command, capture_output=True, text=True).stderr


def rows(text, header):
    """The cells of the table under `header`."""
    table = text[text.index(f"| {header} |") :].split("\n\n")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]


def names(cell):
    return re.findall(r"`([^`]+)`", cell)


def texts(source, test):
    """The test and the scripts that it runs."""
    for folder in ("test", "unittests"):
        path = source / folder / "Import" / test
        if path.exists():
            text = path.read_text(encoding="utf-8")
            yield text
            for script in re.findall(r"Inputs/(\w+\.py)", text):
                script = (path.parent / "Inputs" / script).read_text(encoding="utf-8")
                yield script
                for module in re.findall(r"^import (plain_onnx)$", script, re.MULTILINE):
                    yield (path.parent / "Inputs" / f"{module}.py").read_text(encoding="utf-8")


def main():
    translate, source, folder = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    text = (source / "docs" / "importing.md").read_text(encoding="utf-8")
    problems = []
    listed = refusal(translate, folder, "NoSuchOperation").split("; supported: ")[1].splitlines()[0]
    supported = set(re.findall(r"'(\w+)'", listed))
    documented = {}
    for operations, _, tests in rows(text, "operation | is | tested in"):
        for operation in names(operations):
            documented[operation] = names(tests)
    problems += [f"'{o}' is supported and has no row" for o in sorted(supported - set(documented))]
    problems += [f"'{o}' has a row and is not supported" for o in sorted(set(documented) - supported)]
    for operation, tests in documented.items():
        if not tests:
            problems.append(f"'{operation}' has no test")
        for test in tests:
            found = list(texts(source, test))
            if not found:
                problems.append(f"'{operation}': there is no test '{test}'")
            elif not any(re.search(rf"\b{operation}\b", t) for t in found):
                problems.append(f"'{operation}' is not in '{test}'")
    count = 0
    for operations, _ in rows(text, "operation | why"):
        domain = next((d for name, d in DOMAINS.items() if f"of {name}" in operations), "")
        for operation in names(operations):
            count += 1
            said = refusal(translate, folder, operation, domain)
            if f"note: '{operation}' (node '/some/node'): " not in said:
                problems.append(f"'{operation}' is not refused with a reason: {said}")
    print(*problems, sep="\n", end="\n" if problems else "")
    print(f"{len(documented)} operations and {count} refused ones: {'wrong' if problems else 'right'}")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
