# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random QONNX and QDQ networks against their definition in exact fractions.

usage: random_qonnx.py MASE_TRANSLATE MASE_RUN FOLDER DRAWS [qonnx|qdq] [FIRST]

Networks with random Quant and BipolarQuant nodes (or QuantizeLinear and
DequantizeLinear) on inputs, weights, biases, between layers and at the end are
imported and run; here they are worked out from the standards' definitions and
docs/number-formats.md, sharing no code.
"""

import os
import random
import subprocess
import sys
from fractions import Fraction

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

sys.path.append(os.path.join(os.path.dirname(__file__), "..", "..", "Execution", "Inputs"))
from uniform_reference import to_f32, to_integer  # noqa: E402

F32 = np.float32
MODES = {
    "ROUND": "nearest_even", "HALF_EVEN": "nearest_even", "FLOOR": "floor", "CEIL": "ceil",
    "DOWN": "towards_zero", "UP": "away_from_zero", "HALF_UP": "nearest_away",
    "HALF_DOWN": "nearest_towards_zero",
}
DOMAINS = ["qonnx.custom_op.general", "finn.custom_op.general", "onnx.brevitas"]


# What qonnx's executor runs, and exactly: one width for all slices, powers of
# two, no BatchNorm, and all that is multiplied rounded.
PLAIN = False
# QuantizeLinear and DequantizeLinear in place of Quant.
QDQ = False


def is_power(scale):
    return np.frexp(scale)[0] == 0.5


class Quant:
    """A quantiser of a tensor with `slices` slices along one axis."""

    def __init__(self, rng, slices, unsigned=False, bipolar=0.05):
        self.n = slices
        self.bipolar = rng.random() < bipolar and not unsigned
        self.signed = not unsigned and rng.random() < 0.8
        self.narrow = rng.random() < 0.3
        self.mode = rng.choice(list(MODES))
        many = rng.random() < 0.4
        count = slices if many else 1
        if rng.random() < 0.6 or PLAIN:
            scales = [F32(2.0 ** -rng.randint(0, 6)) for _ in range(count)]
        else:
            scales = [F32(rng.uniform(0.02, 0.5)) for _ in range(count)]
        widths = [rng.randint(2, 9) for _ in range(slices if rng.random() < 0.2 and not PLAIN else 1)]
        if QDQ:
            self.bipolar, self.narrow, self.mode = False, False, "ROUND"
            widths = [rng.choice([4, 8, 8, 16])]
        self.width = widths * (slices // len(widths))
        self.scale = scales * (slices // count)
        self.zero = [0] * slices
        if self.bipolar:
            self.width = [1] * slices
        elif rng.random() < 0.25:
            self.zero = [rng.randint(*self.codes(i)) for i in range(slices)]
            if QDQ and not many:
                self.zero = [self.zero[0]] * slices
            elif rng.random() < 0.5:
                common = [max(self.codes(i)[0] for i in range(slices)), min(self.codes(i)[1] for i in range(slices))]
                self.zero = [rng.randint(*common)] * slices

    def codes(self, i):
        w, n = self.width[i], self.narrow
        return (-(1 << (w - 1)) + n, (1 << (w - 1)) - 1) if self.signed else (0, (1 << w) - 1 - n)

    def code(self, x, i):
        quotient = F32(x) / self.scale[i]
        if self.bipolar:
            return 1 if quotient >= 0 else -1
        low, high = self.codes(i)
        if QDQ:
            return min(max(to_integer(Fraction(float(quotient)), "nearest_even") + self.zero[i], low), high)
        v = to_f32(Fraction(float(quotient)) + self.zero[i])
        return to_integer(min(max(Fraction(float(v)), low), high), MODES[self.mode])

    def steps(self, x, i):
        return self.code(x, i) - self.zero[i]

    def value(self, x, i):
        return F32(self.steps(x, i)) * self.scale[i]

    def shift_of(self):
        """One scale and shifts that make the others of it, or None."""
        least, shifts = min(self.scale), []
        for s in self.scale:
            mantissa, exponent = np.frexp(float(s) / float(least))
            if mantissa != 0.5:
                return None
            shifts.append(int(exponent) - 1)
        return least, shifts


class Network:
    """Builds the graph; `steps` are functions from values and grid to both."""

    def __init__(self, rng, features):
        self.rng, self.width = rng, features
        self.nodes, self.parameters, self.steps = [], [], []
        self.constants = {}
        self.domain = rng.choice(DOMAINS)
        self.current, self.count, self.saved = "x", 0, None
        self.grid = None  # the quantiser whose values `current` has
        self.first = features

    def fresh(self, prefix="t"):
        self.count += 1
        return f"{prefix}{self.count}"

    def constant(self, array, name=None):
        name = name or self.fresh("c")
        array = np.asarray(array, F32)
        self.constants[name] = array
        if self.rng.random() < 0.2:
            self.nodes.append(helper.make_node("Constant", [], [name], value=numpy_helper.from_array(array)))
        else:
            self.parameters.append(numpy_helper.from_array(array, name))
        return name

    def node(self, op, inputs, **attributes):
        output = self.fresh()
        self.nodes.append(helper.make_node(op, inputs, [output], name=f"/{op}_{self.count}", **attributes))
        return output

    def quantise(self, x, q, shape):
        """Parameters of shape `shape`, where the slices' axis has q.n."""
        if QDQ:
            return self.quantise_linear(x, q, shape)

        def parameter(values):
            values = np.array(values, F32)
            if len(set(values.tolist())) == 1:
                return self.constant(self.rng.choice([values[0], values[:1]]))
            return self.constant(values.reshape(shape))

        if q.bipolar:
            if self.rng.random() < 0.5:
                return self.node("BipolarQuant", [x, parameter(q.scale)], domain=self.domain)
            q.signed = True
        op = self.rng.choice(["Quant", "IntQuant"])
        mode = q.mode.lower() if self.rng.random() < 0.2 else q.mode
        return self.node(op, [x, parameter(q.scale), parameter(q.zero), parameter(q.width)],
                         domain=self.domain, signed=int(q.signed), narrow=int(q.narrow), rounding_mode=mode)

    def integers(self, values, q, shape=None):
        """Codes as an initializer; `shape` None: of one or along one axis."""
        kind = getattr(TensorProto, f"{'INT' if q.signed else 'UINT'}{q.width[0]}")
        name = self.fresh("i")
        values = np.array(values, "i8")
        self.parameters.append(helper.make_tensor(name, kind, values.shape if shape is None else shape,
                                                  values.flatten().tolist()))
        return name

    def quantise_linear(self, x, q, shape):
        axis = next((d for d, size in enumerate(shape) if size > 1), 0)
        many = len(set(map(float, q.scale))) > 1 or len(set(q.zero)) > 1
        scale = self.constant(q.scale if many else q.scale[0])
        zero = []
        if any(q.zero) or not q.signed or q.width[0] != 8 or self.rng.random() < 0.5:
            zero = [self.integers(q.zero if many else q.zero[0], q)]
        rank = max(len(shape), 2) if x not in self.constants else self.constants[x].ndim
        attributes = {"axis": axis - rank if self.rng.random() < 0.5 else axis} if many else {}
        if x in self.constants and (q.width[0] == 32 or self.rng.random() < 0.7):
            # Stored as codes.
            array = self.constants[x]
            at = np.indices(array.shape)[axis] if array.ndim > 1 else np.arange(array.size)
            codes = [q.code(v, i) for v, i in zip(array.flatten(), at.flatten())]
            return self.node("DequantizeLinear", [self.integers(codes, q, array.shape), scale, *zero], **attributes)
        if q.signed and not zero:
            zero = [self.integers(q.zero if many else q.zero[0], q)]
        codes = self.node("QuantizeLinear", [x, scale, *zero], **attributes)
        return self.node("DequantizeLinear", [codes, scale, *zero], **attributes)

    # Each step: (values, grid) -> (values, grid); grid: the quantiser whose
    # values they are, or None.
    def quant(self, unsigned=False):
        q = Quant(self.rng, self.width, unsigned)
        self.current = self.quantise(self.current, q, (1, self.width))
        self.grid = q
        self.steps.append(lambda v, g: ([q.value(x, i) for i, x in enumerate(v)], q))

    def relu(self):
        self.current = self.node("Relu", [self.current])
        # -1 and +1 have no 0.
        if self.grid and self.grid.bipolar:
            self.grid = None
        self.steps.append(lambda v, g: ([x if x > 0 else F32(0) for x in v], None if g and g.bipolar else g))

    def batch_norm(self):
        n, rng, self.grid = self.width, self.rng, None
        gamma, beta, mean = (np.array([rng.uniform(-1, 1) for _ in range(n)], F32) for _ in range(3))
        var = np.array([rng.uniform(0.5, 2) for _ in range(n)], F32)
        self.current = self.node("BatchNormalization",
                                 [self.current, *(self.constant(p) for p in (gamma, beta, mean, var))], epsilon=1e-5)
        s = gamma.astype("f8") / np.sqrt(var.astype("f8") + 1e-5)
        t = (beta.astype("f8") - mean.astype("f8") * s).astype(F32)
        s = s.astype(F32)
        self.steps.append(lambda v, g: ([to_f32(Fraction(float(x)) * Fraction(float(s[i])) + Fraction(float(t[i])))
                                         for i, x in enumerate(v)], None))

    def add(self):
        """A skip connection from what was saved."""
        name, key = self.saved
        self.current = self.node("Add", [self.current, name])
        self.saved = self.grid = None
        self.steps.append(("add", key))

    def save(self):
        self.saved = (self.current, len(self.steps))

    def linear(self):
        rng, n, out = self.rng, self.width, self.rng.randint(2, 5)
        w = np.array([[rng.uniform(-1, 1) for _ in range(n)] for _ in range(out)], F32)
        qw = Quant(rng, out) if rng.random() < 0.9 or PLAIN else None
        b = np.array([rng.uniform(-1, 1) for _ in range(out)], F32) if rng.random() < 0.7 else None
        qb = Quant(rng, out, bipolar=0) if b is not None and rng.random() < 0.7 else None
        shared = self.grid.shift_of() if self.grid else None
        if qb and QDQ and qw and shared and rng.random() < 0.7:
            # An int32 bias on the grid of the sums.
            qb.signed, qb.width, qb.zero = True, [32] * out, [0] * out
            qb.scale = [F32(float(shared[0]) * float(s)) for s in qw.scale]
        self.grid = None
        name = f"fc{self.fresh('')}.weight" if b is not None or rng.random() < 0.6 else self.fresh("w")
        in_out = rng.random() < 0.5
        weight = self.constant(w.T if in_out else w, name)
        if qw:
            weight = self.quantise(weight, qw, (1, out) if in_out else (out, 1))
        bias = None
        if b is not None:
            bias = self.constant(b)
            if qb:
                bias = self.quantise(bias, qb, (out,))
        form = rng.choice(["gemm", "matmul"])
        if form == "gemm":
            self.current = self.node("Gemm", [self.current, weight, *([bias] if bias else [])], transB=int(not in_out))
        else:
            if not in_out:
                weight = self.node("Transpose", [weight], perm=[1, 0])
            self.current = self.node("MatMul", [self.current, weight])
            if bias:
                self.current = self.node("Add", [self.current, bias])
        self.width = out
        self.steps.append(lambda v, g: (product(v, g, w, qw, b, qb), None))

    def save_to(self, path):
        out = helper.make_tensor_value_info(self.current, TensorProto.FLOAT, ["n", self.width])
        x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", self.first])
        graph = helper.make_graph(self.nodes, "net", [x], [out], self.parameters)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21 if QDQ else 13),
                                                        *([] if QDQ else [helper.make_opsetid(self.domain, 1)])])
        model.ir_version = 10
        onnx.checker.check_model(model)
        onnx.save(model, path)

    def run(self, x):
        values, grid, history = list(x), None, []
        for step in self.steps:
            history.append((values, grid))
            if isinstance(step, tuple):
                other = history[step[1]][0]
                values, grid = [to_f32(Fraction(float(a)) + Fraction(float(b))) for a, b in zip(values, other)], None
            else:
                values, grid = step(values, grid)
        return values


def fl(q):
    return Fraction(float(to_f32(Fraction(q))))


def product(v, grid, w, qw, b, qb):
    out, n = w.shape
    weight = [[qw.value(w[o, i], o) if qw else w[o, i] for i in range(n)] for o in range(out)]
    bias = None if b is None else [qb.value(b[o], o) if qb else b[o] for o in range(out)]
    shared = grid.shift_of() if grid else None
    result = []
    for o in range(out):
        if not shared or not qw:
            y = F32(0) if bias is None else bias[o]
            for i in range(n):
                y = to_f32(Fraction(float(v[i])) * Fraction(float(weight[o][i])) + Fraction(float(y)))
            result.append(y)
            continue
        least, shifts = shared
        # v is on the grid: the nearest code is the code.
        steps = [to_integer(Fraction(float(v[i])) / Fraction(float(grid.scale[i])), "nearest_even") for i in range(n)]
        total = sum(steps[i] * qw.steps(w[o, i], o) << shifts[i] for i in range(n))
        exact = float(least) * float(qw.scale[o])
        scale = F32(exact)
        powers = is_power(least) and all(map(is_power, qw.scale)) and qb is not None and all(map(is_power, qb.scale))
        same = qb is not None and all(qb.scale[k] == F32(float(least) * float(qw.scale[k])) for k in range(out))
        if powers:
            unit = min(Fraction(exact), Fraction(float(qb.scale[o])))
            whole = total * Fraction(exact) + qb.steps(b[o], o) * Fraction(float(qb.scale[o]))
            result.append(to_f32(fl(whole / unit) * unit))
        elif same:
            result.append(to_f32(fl(total + qb.steps(b[o], o)) * Fraction(float(scale))))
        else:
            result.append(to_f32(fl(total) * Fraction(float(scale)) + (0 if bias is None else Fraction(float(bias[o])))))
    return result


def draw_network(rng):
    net = Network(rng, rng.randint(2, 5))
    if rng.random() < 0.9 or PLAIN:
        net.quant()
    for _ in range(rng.randint(1, 3)):
        if rng.random() < 0.2 and not PLAIN:
            net.batch_norm()
            if rng.random() < 0.7:
                net.quant()
        net.linear()
        if rng.random() < 0.15 and not PLAIN:
            net.batch_norm()
        if rng.random() < 0.2 or PLAIN:
            net.quant()
        if rng.random() < 0.2 and not net.saved:
            net.save()
            saved_width = net.width
        if rng.random() < 0.7:
            net.relu()
            if rng.random() < 0.8:
                net.quant(unsigned=rng.random() < 0.8)
        if net.saved and net.width == saved_width and rng.random() < 0.8 and net.saved[1] < len(net.steps):
            net.add()
            if rng.random() < 0.6 or PLAIN:
                net.quant()
    if rng.random() < 0.3:
        net.quant()
    return net


def main():
    translate, run, folder, draws = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
    global QDQ
    QDQ = "qdq" in sys.argv[5:6]
    first = int(sys.argv[6]) if len(sys.argv) > 6 else 0
    integers = 0
    for draw in range(first, first + draws):
        rng = random.Random(draw)
        net = draw_network(rng)
        net.save_to(f"{folder}/net.onnx")
        subprocess.run([translate, "--import-onnx", f"{folder}/net.onnx", "-o", f"{folder}/net.mlir"], check=True)
        integers += "data_in" in open(f"{folder}/net.mlir").read()
        numbers = np.random.default_rng(draw)
        x = (numbers.normal(size=(12, net.first)) * 2).astype(F32)
        x[6:] = numbers.integers(-40, 40, size=(6, net.first)) * F32(0.125)  # ties
        np.save(f"{folder}/x.npy", x)
        expected = np.array([net.run(row) for row in x], F32) + F32(0)
        for engine in ("interpreter", "cpu"):
            subprocess.run([run, f"{folder}/net.mlir", "--input", f"{folder}/x.npy", "--output", f"{folder}/y.npy",
                            f"--engine={engine}"], check=True)
            y = np.load(f"{folder}/y.npy") + F32(0)
            if not np.array_equal(y, expected):
                n = int(np.argwhere((y != expected).any(axis=1))[0, 0])
                print(f"draw {draw}, {engine}, sample {n}: expected {expected[n]}, found {y[n]}")
                return 1
    print(f"same; {integers} of {draws} with formats of activations")
    return 0


if __name__ == "__main__":
    sys.exit(main())
