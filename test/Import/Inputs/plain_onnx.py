# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Small networks in ONNX's text form, as exporters write them, for compare_onnx.py.

`parameters` are float32 of random values, by shape.
"""

import numpy as np
from onnx import TensorProto, helper, numpy_helper


def net(types, body, parameters=None, opset=13, functions=(), **rest):
    local = ', "local" : 1' if functions else ""
    sets = f'opset_import: ["" : {opset}{local}]'
    text = f"<ir_version: 8, {sets}> net ({types[0]}) => ({types[1]}) {{ {body} }}"
    text += "".join(f' <domain: "local", {sets}> {function}' for function in functions)
    return {"text": text, "parameters": parameters or {}, **rest}


LINEAR = {"w": (4, 3), "b": (3,)}
ANY = ("float[N, 4] x", "float[N, 3] y")
ONE = ("float[1, 4] x", "float[1, 3] y")

SHAPES = {
    # torch: x.flatten(1), x.view(x.size(0), -1), squeeze and unsqueeze.
    "reshape_zero": net(
        ("float[N, 2, 2] x", "float[N, 3] y"),
        "s = Constant<value_ints = [0, -1]>() f = Reshape(x, s) y = Gemm(f, w, b)",
        LINEAR,
    ),
    "view_size": net(
        ("float[N, 2, 2] x", "float[N, 3] y"),
        """t = Shape(x) i = Constant<value_int = 0>() n = Gather<axis = 0>(t, i)
           a = Constant<value_ints = [0]>() u = Unsqueeze(n, a)
           m = Constant<value_ints = [-1]>() s = Concat<axis = 0>(u, m)
           f = Reshape(x, s) y = Gemm(f, w, b)""",
        LINEAR,
    ),
    "view_size_opset_11": net(
        ("float[N, 2, 2] x", "float[N, 3] y"),
        """t = Shape(x) i = Constant<value = int64 {0}>() n = Gather(t, i)
           u = Unsqueeze<axes = [0]>(n) m = Constant<value = int64[1] {4}>()
           s = Concat<axis = 0>(u, m) f = Reshape(x, s) y = Gemm(f, w, b)""",
        LINEAR,
        opset=11,
    ),
    # tf2onnx: sizes by StridedSlice, the product of the others.
    "strided_slice": net(
        ("float[N, 2, 2] x", "float[N, 3] y"),
        """t = Shape(x) c = Cast<to = 6>(t) a = Constant<value_ints = [0]>()
           e = Constant<value_ints = [1]>() l = Constant<value_ints = [9223372036854775807]>()
           n = Slice(c, a, e, a) o = Slice(c, e, l, a, e) p = ReduceProd<keepdims = 1>(o)
           d = Concat<axis = 0>(n, p) s = Cast<to = 7>(d) f = Reshape(x, s) y = Gemm(f, w, b)""",
        LINEAR,
    ),
    "slice_from_the_back": net(
        ("float[N, 2, 2] x", "float[N, 3] y"),
        """t = Shape(x) st = Constant<value_ints = [-3]>() en = Constant<value_ints = [-2]>()
           n = Slice(t, st, en) m = Constant<value_ints = [-1]>() s = Concat<axis = -1>(n, m)
           f = Reshape(x, s) y = Gemm(f, w, b)""",
        LINEAR,
    ),
    "batch_times_one": net(
        ANY,
        """t = Shape<start = 0, end = 1>(x) one = Constant<value_ints = [1]>() n = Mul(t, one)
           four = Constant<value_ints = [4]>() s = Concat<axis = 0>(n, one, four)
           u = Reshape(x, s) m = MatMul(u, w) v = Add(m, b)
           n2 = Add(n, zero) k = Constant<value_ints = [3]>() s2 = Concat<axis = 0>(n2, k)
           y = Reshape(v, s2)
        """.replace("n2 = Add", "zero = Constant<value_ints = [0]>() n2 = Add"),
        LINEAR,
        opset=15,
    ),
    "squeeze_last": net(
        ("float[N, 4] x", "float[N] y"),
        "m = MatMul(x, w) a = Constant<value_ints = [-1]>() y = Squeeze(m, a)",
        {"w": (4, 1)},
    ),
    "squeeze_first": net(
        ("float[N, 1, 4] x", "float[N, 3] y"),
        "f = Squeeze<axes = [1]>(x) y = Gemm(f, w, b)",
        LINEAR,
        opset=11,
    ),
    "elements_in_another_shape": net(
        ANY,
        """a = Constant<value_ints = [1]>() u = Unsqueeze(x, a) r = Relu(u)
           m = MatMul(r, w) v = Add(m, b) l = LeakyRelu(v) s = Mul(c, l) o = Add(s, l)
           p = Softmax(o) y = Squeeze(p, a)""",
        LINEAR | {"c": (1, 1, 3)},
    ),
    "constant_of_higher_rank": net(
        ("float[N, 4] x", "float[1, N, 4] y"),
        "y = Add(x, c)",
        {"c": (1, 1, 4)},
    ),
    "softmax_before_13": net(
        ("float[N, 4] x", "float[N, 1, 3] y"),
        "m = MatMul(x, w) u = Unsqueeze<axes = [1]>(m) y = Softmax(u)",
        {"w": (4, 3)},
        opset=11,
    ),
    "flatten_axis": net(
        ("float[N, 1, 4] x", "float[N, 3] y"),
        "f = Flatten<axis = -1>(x) y = Gemm(f, w, b)",
        LINEAR,
    ),
    "flatten_one_sample": net(
        ("float[1, 2, 2] x", "float[1, 3] y"),
        "f = Flatten<axis = 0>(x) y = Gemm(f, w, b)",
        LINEAR,
    ),
    "matrix_row": net(
        ("float[N, 1, 4] x", "float[N, 1, 3] y"),
        "m = MatMul(x, w) y = Add(b, m)",
        LINEAR,
    ),
    "fixed_batch": net(
        ("float[4, 2, 2] x", "float[4, 3] y"),
        "s = Constant<value_ints = [4, 4]>() f = Reshape(x, s) y = Gemm(f, w, b)",
        LINEAR,
    ),
    "one_sample": net(
        ONE,
        """s = Constant<value_ints = [-1]>() f = Reshape(x, s) r = Relu(f) m = MatMul(r, w)
           o = Constant<value_ints = [1, 3]>() g = Reshape(m, o) y = Add(g, b)""",
        LINEAR,
    ),
    # Constants in other shapes and types.
    "constants": net(
        ANY,
        """d = Constant<value_floats = [1.5, -2.25, 3]>() h = Cast<to = 10>(d) e = Cast<to = 1>(h)
           i = Constant<value_ints = [2, 4, 8]>() j = Cast<to = 1>(i)
           n = Constant<value_ints = [1, 3]>() z = ConstantOfShape<value = float[1] {0.5}>(n)
           m = MatMul(x, w) v = Reshape(c, n) t = Add(m, v) u = Mul(t, j) o = Add(u, z) y = Sub(o, e)""",
        {"w": (4, 3), "c": (3, 1)},
    ),
    "cast_does_nothing": net(
        ANY, "f = Cast<to = 1>(x) g = Gemm(f, w, b) i = Identity(g) y = Cast<to = 1>(i)", LINEAR
    ),
}


def initializers(**convert):
    """Changes how initializers are stored: functions of the name and the values."""

    def change(model, random):
        for name, function in convert.items():
            tensor = next(t for t in model.graph.initializer if t.name == name)
            stored = function(name, numpy_helper.to_array(tensor))
            model.graph.initializer.remove(tensor)
            if isinstance(stored, TensorProto):
                model.graph.initializer.append(stored)
            else:
                model.graph.sparse_initializer.append(stored)

    return change


def typed(data_type):
    return lambda name, values: helper.make_tensor(name, data_type, values.shape, values.flatten())


def raw(dtype):
    return lambda name, values: numpy_helper.from_array(values.astype(dtype), name)


def sparse(linear):
    def make(name, values):
        values = np.where(values > 0, values, 0)
        at = np.flatnonzero(values) if linear else np.argwhere(values)
        return helper.make_sparse_tensor(
            numpy_helper.from_array(values[values != 0], name), numpy_helper.from_array(at.astype("i8")), values.shape
        )

    return make


CAST = "v = Cast<to = 1>(w) m = MatMul(x, v) y = Add(m, b)"
GEMM = "y = Gemm(x, w, b)"
FILE = {"save_as_external_data": True, "size_threshold": 0}

INITIALIZERS = {
    "half": net(ANY, CAST, LINEAR, change=initializers(w=raw("f2"))),
    "half_typed": net(ANY, CAST, LINEAR, change=initializers(w=typed(TensorProto.FLOAT16))),
    "bfloat16_typed": net(ANY, CAST, LINEAR, change=initializers(w=typed(TensorProto.BFLOAT16))),
    "double": net(ANY, CAST, LINEAR, change=initializers(w=lambda n, v: raw("f8")(n, v.astype("f8") / 3))),
    "double_typed": net(ANY, CAST, LINEAR, change=initializers(w=typed(TensorProto.DOUBLE))),
    "float_typed": net(ANY, GEMM, LINEAR, change=initializers(w=typed(TensorProto.FLOAT))),
    "sparse": net(ANY, GEMM, LINEAR, change=initializers(w=sparse(False))),
    "sparse_linear": net(ANY, GEMM, LINEAR, change=initializers(w=sparse(True))),
    "one_file": net(ANY, GEMM, LINEAR, save=FILE | {"location": "one.data"}),
    "a_file_each": net(ANY, GEMM, LINEAR, save=FILE | {"all_tensors_to_one_file": False}),
    "integers_in_a_file": net(
        ("float[N, 2, 2] x", "float[N, 3] y"),
        "s = Cast<to = 7>(i) f = Reshape(x, s) y = Gemm(f, w, b)",
        LINEAR | {"i": (2,)},
        change=initializers(i=lambda n, v: numpy_helper.from_array(np.array([0, -1], "i4"), n)),
        save=FILE | {"location": "integers.data"},
    ),
}

# Gemm's and MatMul's forms.
VECTOR = ("float[4] x", "float[3] y")
PRODUCTS = {
    "transposed": net(ANY, "y = Gemm<transB = 1>(x, w, b)", {"w": (3, 4), "b": (1, 3)}),
    "alpha_and_beta": net(ANY, "y = Gemm<alpha = 0.3, beta = 0.7>(x, w, b)", LINEAR),
    "powers_of_two": net(ANY, "y = Gemm<alpha = -0.25, beta = 4.0, transB = 1>(x, w, b)", {"w": (3, 4), "b": (1,)}),
    "alpha_alone": net(ANY, "y = Gemm<alpha = 1.7>(x, w)", {"w": (4, 3)}),
    "no_bias": net(ANY, "y = Gemm<beta = 0.0, alpha = 0.0>(x, w, b)", LINEAR),
    "add_behind": net(ANY, "m = MatMul(x, w) y = Add(m, b)", LINEAR),
    "add_in_front": net(ANY, "m = MatMul(x, w) y = Add(b, m)", {"w": (4, 3), "b": (1, 3)}),
    "add_scalar": net(ANY, "m = MatMul(x, w) y = Add(m, b)", {"w": (4, 3), "b": ()}),
    "add_one": net(ANY, "m = MatMul(x, w) y = Add(b, m)", {"w": (4, 3), "b": (1, 1)}),
    "add_of_higher_rank": net(("float[N, 4] x", "float[1, N, 3] y"), "m = MatMul(x, w) y = Add(b, m)",
                              {"w": (4, 3), "b": (1, 1, 3)}),
    "constants_on_either_side": net(
        ANY, "m = MatMul(x, w) a = Sub(b, m) c = Mul(b, a) d = Sub(c, b) y = Add(b, d)", LINEAR
    ),
    # torch.addmm of another layer's result.
    "residual": net(ANY, "h = Gemm(x, w, b) r = Relu(h) y = Gemm(x, v, r)", LINEAR | {"v": (4, 3)}),
    "residual_scaled": net(
        ANY, "h = Gemm(x, w, b) y = Gemm<alpha = 0.3, beta = -0.7>(x, v, h)", LINEAR | {"v": (4, 3)}
    ),
    "two_adds": net(ANY, "m = MatMul(x, w) a = Add(m, b) y = Add(b, a)", LINEAR),
}

# Functions of the model, as torch's second exporter leaves them.
LINEAR_FUNCTION = "linear (x, w, b) => (y) { t = Transpose<perm = [1, 0]>(w) m = MatMul(x, t) y = Add(m, b) }"
BLOCK = "block <slope> (x, w, b) => (y) { l = local.linear(x, w, b) y = LeakyRelu<alpha : float = @slope>(l) }"
FUNCTIONS = {
    "one": net(ANY, "y = local.linear(x, w, b)", {"w": (3, 4), "b": (3,)}, functions=[LINEAR_FUNCTION]),
    "nested": net(
        ANY,
        "h = local.block<slope = 0.25>(x, v, c) y = local.block<slope = 0.5>(h, w, b)",
        {"v": (4, 4), "c": (4,), "w": (3, 4), "b": (3,)},
        functions=[BLOCK, LINEAR_FUNCTION],
    ),
    "default": net(
        ANY,
        "h = Gemm(x, w, b) y = local.leak(h)",
        LINEAR,
        functions=["leak <slope : float = 0.125> (x) => (y) { y = LeakyRelu<alpha : float = @slope>(x) }"],
    ),
    # The second output is a name of the graph.
    "outputs": net(
        ANY,
        "h = Gemm(x, w, b) g, r = local.both(h) y = Add(g, r)",
        LINEAR,
        functions=["both (a) => (n, h) { n = Neg(a) h = Relu(n) }"],
    ),
    "no_bias": net(
        ANY,
        "y = local.product(x, w)",
        {"w": (4, 3)},
        functions=["product (x, w, b) => (y) { y = Gemm(x, w, b) }"],
    ),
}


def positive(model, name):
    tensor = next(t for t in model.graph.initializer if t.name == name)
    tensor.CopyFrom(numpy_helper.from_array(np.abs(numpy_helper.to_array(tensor)), name))


# Arithmetic on constants: a batch normalisation as tf2onnx leaves it.
FOLDED = {
    "normalisation": net(
        ANY,
        """e = Constant<value_floats = [0.001]>() ve = Add(v, e) s = Sqrt(ve) r = Reciprocal(s)
           k = Mul(r, g) mk = Mul(m, k) sh = Sub(t, mk) h = Mul(x, k) n = Add(h, sh) y = Gemm(n, w, b)""",
        LINEAR | {"v": (4,), "g": (4,), "m": (4,), "t": (4,)},
        change=lambda model, random: positive(model, "v"),
    ),
    "weight": net(
        ANY,
        """c = Constant<value_float = 0.5>() d = Div(w, c) n = Neg(d) a = Abs(n) l = Min(a, w, n) u = Max(l, n)
           s = Constant<value_ints = [4, 3]>() q = Expand(row, s) z = Mul(u, q) y = Gemm(x, z, b)""",
        LINEAR | {"row": (3,)},
    ),
}

# Inputs and networks of other types.
DOUBLE = ("double[N, 4] x", "double[N, 3] y")
HALF = ("float16[N, 4] x", "float16[N, 3] y")
AS_FLOAT32 = {"options": ["--onnx-as-float32"]}
TYPES = {
    "double_input": net((DOUBLE[0], ANY[1]), "f = Cast<to = 1>(x) y = Gemm(f, w, b)", LINEAR),
    "double_output": net(DOUBLE, "f = Cast<to = 1>(x) g = Gemm(f, w, b) y = Cast<to = 11>(g)", LINEAR),
    "half_input": net((HALF[0], ANY[1]), "f = Cast<to = 1>(x) y = Gemm(f, w, b)", LINEAR),
    "doubles": net(
        DOUBLE,
        "h = Gemm(x, w, b) y = Relu(h)",
        LINEAR,
        change=initializers(w=lambda n, v: raw("f8")(n, v.astype("f8") / 3), b=raw("f8")),
        **AS_FLOAT32,
    ),
    "halves": net(
        HALF,
        "h = Gemm(x, w, b) y = Relu(h)",
        LINEAR,
        tolerance=4e-3,
        change=initializers(w=raw("f2"), b=raw("f2")),
        **AS_FLOAT32,
    ),
    "half_inside": net(
        ANY,
        "f = Cast<to = 10>(x) g = Gemm(f, w, b) y = Cast<to = 1>(g)",
        LINEAR,
        tolerance=4e-3,
        change=initializers(w=raw("f2"), b=raw("f2")),
        **AS_FLOAT32,
    ),
}

# What a file says of the batch, and several outputs.
ENDS = {
    "vector": net(VECTOR, "m = MatMul(x, w) a = Add(m, b) r = Relu(a) y = Softmax<axis = 0>(r)", LINEAR),
    "vector_as_row": net(
        VECTOR,
        """a = Constant<value_ints = [0]>() u = Unsqueeze(x, a) g = Gemm(u, w, b)
           t = Tanh(g) y = Squeeze(t, a)""",
        LINEAR,
    ),
    "one": net(ONE, "y = Gemm(x, w, b)", LINEAR),
    "four": net(("float[4, 4] x", "float[4, 3] y"), "y = Gemm(x, w, b)", LINEAR),
    "no_symbol": net(("float[?, 4] x", "float[?, 3] y"), "y = Gemm(x, w, b)", LINEAR),
    "first_output": net(
        ("float[N, 4] x", "float[N, 3] y, float[N, 3] probabilities"),
        "y = Gemm(x, w, b) probabilities = Softmax(y)",
        LINEAR,
        output="y",
    ),
    "second_output": net(
        ("float[N, 4] x", "float[N, 3] y, float[N, 3] probabilities"),
        "y = Gemm(x, w, b) probabilities = Softmax(y)",
        LINEAR,
        output="probabilities",
    ),
    "output_of_an_unknown_node": net(
        ("float[N, 4] x", "float[N, 3] y, int64[N] label"),
        "y = Gemm(x, w, b) label = ArgMax<axis = 1, keepdims = 0>(y)",
        LINEAR,
        output="y",
    ),
}
