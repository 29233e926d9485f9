# SPDX-License-Identifier: BSL-1.0
"""Writes the models from which the fuzzer of the importer starts: make_onnx_corpus.py tests/fuzz/corpus/onnx_model"""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from onnx_writer import INT64, model, node, tensor  # noqa: E402


def numbers(count):
    return [(i * 7 % 11 - 5) / 8 for i in range(count)]


def weight(name, *dims):
    count = 1
    for dim in dims:
        count *= dim
    return tensor(name, dims, numbers(count))


def integers(name, *values):
    return tensor(name, [len(values)], list(values), INT64)


def models():
    yield "convolutions", model(
        [node("Conv", ["x", "w", "b"], ["c"], pads=[1, 0, 1, 1], strides=[2, 1], group=2),
         node("BatchNormalization", ["c", "b", "b", "b", "b"], ["n"], epsilon=1e-3), node("Relu", ["n"], ["r"]),
         node("MaxPool", ["r"], ["m"], kernel_shape=[2, 2], auto_pad="SAME_UPPER"), node("Flatten", ["m"], ["f"]),
         node("Gemm", ["f", "d", "b"], ["g"], transB=1), node("Softmax", ["g"], ["y"], axis=1)],
        [("x", [1, 2, 6, 5])], [("y", [1, 4])],
        [weight("w", 4, 1, 3, 3), weight("b", 4), weight("d", 4, 48)])
    yield "shapes", model(
        [node("Shape", ["x"], ["s"]), node("Gather", ["s", "zero"], ["n"]),
         node("Concat", ["n", "rest"], ["to"], axis=0), node("Transpose", ["x"], ["t"], perm=[0, 2, 1]),
         node("Reshape", ["t", "to"], ["r"]), node("Slice", ["r", "zero", "four"], ["y"])],
        [("x", [2, 3, 4])], [("y", [2, 4])], [integers("zero", 0), integers("rest", -1), integers("four", 4)])
    yield "pieces", model(
        [node("Split", ["x"], ["a", "b"], axis=1), node("Mul", ["a", "b"], ["m"]), node("Sub", ["m", "k"], ["d"]),
         node("Concat", ["d", "a", "m"], ["c"], axis=1), node("Pad", ["c", "pads"], ["p"], mode="reflect"),
         node("Tile", ["p", "times"], ["t"]), node("ReduceMean", ["t"], ["y"], axes=[1], keepdims=0)],
        [("x", [1, 4, 5])], [("y", [2, 21])],
        [weight("k", 2, 1), integers("pads", 0, 0, 1, 0, 0, 1), integers("times", 2, 1, 3)])
    yield "sequences", model(
        [node("LSTM", ["x", "w", "r", "b"], ["a", "h"], hidden_size=2), node("Squeeze", ["h", "zero"], ["s"]),
         node("LayerNormalization", ["s", "k"], ["n"], axis=-1), node("Gelu", ["n"], ["y"])],
        [("x", ["T", 1, 3])], [("y", [1, 2])],
        [weight("w", 1, 8, 3), weight("r", 1, 8, 2), weight("b", 1, 16), weight("k", 2), integers("zero", 0)], opset=20)
    yield "resizing", model(
        [node("ConvTranspose", ["x", "w"], ["c"], strides=[2, 2], output_padding=[1, 1]),
         node("DepthToSpace", ["c"], ["d"], blocksize=2), node("Upsample", ["d", "scales"], ["u"], mode="linear"),
         node("GlobalAveragePool", ["u"], ["g"]), node("Expand", ["g", "dims"], ["y"])],
        [("x", [1, 2, 3, 3])], [("y", [1, 1, 2, 3])],
        [weight("w", 2, 4, 3, 3), tensor("scales", [4], [1, 1, 1.5, 2]), integers("dims", 1, 1, 2, 3)], opset=9)
    yield "channels", model(
        [node("InstanceNormalization", ["x", "s", "s"], ["a"]),
         node("GroupNormalization", ["a", "s", "s"], ["b"], num_groups=2), node("LRN", ["b"], ["c"], size=3),
         node("PRelu", ["c", "k"], ["d"]), node("Clip", ["d", "low"], ["e"]), node("LpPool", ["e"], ["f"], kernel_shape=[2, 2]),
         node("ReduceSumSquare", ["f", "two"], ["g"], keepdims=0), node("MatMul", ["m", "g"], ["h"]),
         node("LpNormalization", ["h"], ["i"], axis=0), node("Hardmax", ["i"], ["j"]), node("Celu", ["i"], ["l"]),
         node("Pow", ["l", "low"], ["n"]), node("Max", ["j", "n", "low"], ["o"]), node("ArgMin", ["o"], ["y"], axis=1)],
        [("x", [1, 4, 4, 5])], [("y", [1, 4])],
        [weight("s", 4), weight("k", 4, 1, 1), tensor("low", [], [0.25]), integers("two", 2), weight("m", 2, 4)], opset=21)
    yield "constants", model(
        [node("Range", ["zero", "four", "one"], ["r"]), node("ConstantOfShape", ["shape"], ["c"]),
         node("Cast", ["c"], ["i"], to=7), node("Equal", ["r", "i"], ["e"]), node("Not", ["e"], ["n"]),
         node("Where", ["n", "r", "i"], ["w"]), node("Cast", ["w"], ["f"], to=1), node("Sub", ["f", "x"], ["s"]),
         node("Tanh", ["s"], ["t"]), node("Squeeze", ["t", "first"], ["q"]), node("Mean", ["q", "x"], ["y"])],
        [("x", [1, 4])], [("y", [1, 4])],
        [tensor("zero", [], [0], INT64), tensor("four", [], [4], INT64), tensor("one", [], [1], INT64), integers("shape", 4),
         integers("first", 0)])
    yield "directions", model(
        [node("GRU", ["x", "w", "r", "b", "", "h"], ["a"], hidden_size=2, direction="bidirectional"),
         node("Transpose", ["a"], ["t"], perm=[0, 2, 1, 3]), node("Reshape", ["t", "to"], ["s"]),
         node("RNN", ["s", "v", "u"], ["o", "e"], hidden_size=3, direction="reverse"), node("Gemm", ["m", "d"], ["g"], transA=1),
         node("Squeeze", ["e", "zero"], ["m"]), node("Resize", ["x", "", "", "sizes"], ["z"], mode="linear")],
        [("x", [3, 1, 2])], [("g", [3, 2]), ("z", [3, 1, 4])],
        [weight("w", 2, 6, 2), weight("r", 2, 6, 2), weight("b", 2, 12), weight("h", 2, 1, 2), integers("to", 3, 1, 4),
         weight("v", 1, 3, 4), weight("u", 1, 3, 3), weight("d", 1, 2), integers("zero", 0), integers("sizes", 3, 1, 4)])


folder = pathlib.Path(sys.argv[1])
for name, data in models():
    (folder / name).write_bytes(data)
