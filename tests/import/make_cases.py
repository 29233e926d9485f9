# SPDX-License-Identifier: BSL-1.0
"""Writes the cases in tests/import/cases, with what ONNX Runtime computes of them:

    npm install --ignore-scripts onnxruntime-node        # in any folder; 1.30.0 made the files that are there
    python3 tests/import/make_cases.py FOLDER_OF_NPM
"""
import json
import pathlib
import random
import shutil
import subprocess
import sys

here = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(here.parent / "support"))
from onnx_writer import FLOAT, INT64, model, node, tensor  # noqa: E402


class Case:
    """One node: the sizes of its input `x`, of its weights `w` and its bias `b`, and its attributes.

    `given` are other inputs: their names and numbers. `order` names the inputs in theirs; a blank is one left out.
    """

    def __init__(self, name, size, weights=None, filters=None, kind="Conv", order="xwb", opset=13, given=None, **attributes):
        self.name, self.size, self.kind, self.attributes = name, size, kind, attributes
        self.order, self.opset, self.given = order, opset, given or {}
        self.draw = random.Random(name)
        self.constants = []
        if weights:
            self.constants.append(("w", weights))
        if filters:
            self.constants.append(("b", [filters]))

    def numbers(self, dims):
        """Eighths between -2 and 2."""
        count = 1
        for dim in dims:
            count *= dim
        return [self.draw.randint(-16, 16) / 8 for _ in range(count)]

    def write(self, folder):
        folder.mkdir(parents=True)
        weights = [tensor(name, dims, self.numbers(dims)) for name, dims in self.constants]
        weights += [tensor(name, [len(numbers)], numbers, INT64 if isinstance(numbers[0], int) else FLOAT)
                    for name, numbers in self.given.items()]
        there = {"x", " ", *(name for name, _ in self.constants), *self.given}
        inputs = [name.strip() for name in self.order if name in there]
        (folder / "model.onnx").write_bytes(model([node(self.kind, inputs, ["y"], **self.attributes)],
                                                  [("x", self.size)], [("y", None)], weights, self.opset))
        self.x = self.numbers(self.size)
        (folder / "test_data_set_0").mkdir()
        (folder / "test_data_set_0" / "input_0.pb").write_bytes(tensor("x", self.size, self.x))


def grouped():
    yield Case("conv_1d_groups", [1, 6, 9], [8, 3, 3], 8, group=2)
    yield Case("conv_2d_groups_2", [1, 4, 6, 5], [6, 2, 3, 3], 6, group=2)
    yield Case("conv_2d_groups_3_strided", [1, 9, 8, 7], [6, 3, 2, 3], 6, group=3, strides=[2, 3])
    yield Case("conv_2d_groups_5_padded", [1, 10, 5, 5], [20, 2, 3, 3], 20, group=5, pads=[1, 1, 1, 1])
    yield Case("conv_2d_groups_pointwise", [1, 8, 4, 5], [12, 2, 1, 1], 12, group=4)
    yield Case("conv_2d_groups_two_pictures", [2, 4, 5, 4], [6, 2, 3, 3], 6, group=2, pads=[1, 0, 1, 0])


def depthwise():
    yield Case("conv_1d_depthwise", [1, 5, 10], [5, 1, 3], 5, group=5, pads=[1, 1])
    yield Case("conv_1d_depthwise_multiplier", [1, 3, 9], [6, 1, 4], 6, group=3, strides=[2])
    yield Case("conv_2d_depthwise_3x3", [1, 7, 6, 6], [7, 1, 3, 3], 7, group=7, pads=[1, 1, 1, 1])
    yield Case("conv_2d_depthwise_5x5_strided", [1, 6, 9, 9], [6, 1, 5, 5], 6, group=6, pads=[2, 2, 2, 2], strides=[2, 2])
    yield Case("conv_2d_depthwise_multiplier_3", [1, 4, 5, 6], [12, 1, 3, 2], 12, group=4)
    yield Case("conv_2d_depthwise_dilated", [1, 5, 8, 9], [5, 1, 3, 3], 5, group=5, dilations=[2, 3], pads=[2, 3, 2, 3])
    yield Case("conv_2d_depthwise_without_bias", [1, 17, 4, 4], [17, 1, 2, 2], group=17)
    yield Case("conv_2d_depthwise_two_pictures", [2, 3, 5, 5], [3, 1, 3, 3], 3, group=3, pads=[0, 1, 2, 1])


def dilated():
    yield Case("conv_1d_dilated_4", [1, 3, 14], [4, 3, 3], 4, dilations=[4])
    yield Case("conv_1d_dilated_strided", [2, 2, 15], [3, 2, 4], 3, dilations=[3], strides=[2], pads=[3, 1])
    yield Case("conv_2d_dilated_rows", [1, 3, 9, 5], [4, 3, 3, 3], 4, dilations=[3, 1])
    yield Case("conv_2d_dilated_columns", [1, 3, 5, 9], [4, 3, 3, 2], 4, dilations=[1, 4], pads=[1, 2, 1, 2])
    yield Case("conv_2d_dilated_strided", [1, 2, 11, 12], [5, 2, 3, 3], 5, dilations=[2, 2], strides=[2, 3], pads=[2, 1, 2, 1])
    yield Case("conv_2d_dilated_beyond_padding", [1, 2, 4, 4], [3, 2, 3, 3], 3, dilations=[3, 3], pads=[3, 3, 3, 3])


def automatic():
    for where in ("SAME_UPPER", "SAME_LOWER", "VALID"):
        short = where.lower()
        yield Case(f"conv_1d_{short}", [1, 3, 10], [4, 3, 4], 4, auto_pad=where, strides=[3])
        yield Case(f"conv_2d_{short}", [1, 3, 7, 6], [4, 3, 3, 2], 4, auto_pad=where)
        yield Case(f"conv_2d_{short}_strided", [1, 2, 8, 7], [5, 2, 3, 4], 5, auto_pad=where, strides=[2, 2])
        yield Case(f"conv_2d_{short}_depthwise", [1, 5, 6, 7], [5, 1, 4, 2], 5, auto_pad=where, group=5, strides=[2, 1])
    # ONNX Runtime has no dilation with the other two.
    yield Case("conv_2d_valid_dilated", [1, 2, 9, 8], [3, 2, 2, 3], 3, auto_pad="VALID", dilations=[2, 2])
    yield Case("conv_2d_same_upper_kernel_below_stride", [1, 2, 7, 8], [3, 2, 1, 2], 3, auto_pad="SAME_UPPER", strides=[2, 3])


def asymmetric():
    yield Case("conv_1d_pads_left", [1, 2, 8], [3, 2, 4], 3, pads=[3, 0])
    yield Case("conv_1d_pads_right", [1, 2, 8], [3, 2, 4], 3, pads=[0, 2], strides=[2])
    yield Case("conv_2d_pads_top", [1, 2, 5, 6], [3, 2, 3, 3], 3, pads=[2, 0, 0, 0])
    yield Case("conv_2d_pads_right", [1, 2, 5, 6], [3, 2, 3, 3], 3, pads=[0, 0, 0, 2])
    yield Case("conv_2d_pads_all_different", [1, 3, 6, 5], [4, 3, 5, 4], 4, pads=[1, 3, 4, 2])
    yield Case("conv_2d_pads_strided", [1, 3, 9, 8], [4, 3, 3, 3], 4, pads=[0, 1, 1, 0], strides=[2, 2])
    yield Case("conv_2d_row_kernel", [1, 2, 4, 9], [3, 2, 1, 5], 3, pads=[0, 1, 0, 3])
    yield Case("conv_2d_column_kernel", [1, 2, 9, 4], [3, 2, 5, 1], 3, pads=[4, 0, 0, 0], strides=[1, 2])
    yield Case("conv_2d_groups_pads_different", [1, 6, 6, 6], [4, 3, 4, 3], 4, group=2, pads=[1, 0, 2, 2])
    yield Case("conv_2d_depthwise_pads_different", [1, 6, 7, 6], [6, 1, 4, 3], 6, group=6, pads=[0, 2, 3, 1], strides=[2, 1])


def others():
    yield Case("convtranspose_output_shape", [1, 1, 3, 3], [1, 2, 3, 3], kind="ConvTranspose", strides=[3, 2], output_shape=[10, 8])
    yield Case("convtranspose_pads_different", [1, 2, 4, 3], [2, 3, 3, 4], 3, kind="ConvTranspose", strides=[2, 1], pads=[0, 1, 2, 2])
    yield Case("averagepool_1d_pads_different", [1, 3, 9], kind="AveragePool", kernel_shape=[4], strides=[2], pads=[3, 0])
    yield Case("averagepool_2d_same_lower_strided", [2, 3, 7, 6], kind="AveragePool", kernel_shape=[3, 2], strides=[2, 1], auto_pad="SAME_LOWER")
    yield Case("maxpool_2d_pads_different_rounded_up", [1, 3, 7, 8], kind="MaxPool", kernel_shape=[3, 2], strides=[3, 3], pads=[1, 0, 0, 1], ceil_mode=1)
    yield Case("matmul_constant_first", [4, 3], [2, 4], kind="MatMul", order="wx")
    yield Case("matmul_constants_first", [2, 1, 4, 3], [5, 2, 4], kind="MatMul", order="wx")
    yield Case("matmul_of_vectors", [4], [4], kind="MatMul")
    yield Case("matmul_by_vector", [2, 3, 4], [4], kind="MatMul")
    yield Case("matmul_vector_by_matrices", [4], [2, 4, 3], kind="MatMul")
    yield Case("matmul_one_matrix_by_several", [1, 3, 4], [2, 4, 3], kind="MatMul")
    yield Case("matmul_repeated_both_ways", [2, 1, 3, 4], [1, 2, 4, 3], kind="MatMul")
    for kind in ("ReduceL1", "ReduceL2", "ReduceSumSquare", "ReduceMax"):
        yield Case(f"{kind.lower()}_over_no_axes", [3, 4], kind=kind, opset=18, noop_with_empty_axes=1)


def resized():
    def case(name, size, scales=None, order="x s", **attributes):
        given = attributes.pop("given", None) or {"s": scales}
        return Case(f"resize_{name}", size, kind="Resize", order=order, opset=19, given=given, **attributes)

    for mode in ("linear", "cubic"):
        yield case(f"{mode}_antialias", [1, 2, 7, 8], [1.0, 1.0, 0.6, 0.4], mode=mode, antialias=1)
        yield case(f"{mode}_antialias_one_way", [1, 2, 4, 7], mode=mode, antialias=1, order="x  n",
                   given={"n": [1, 2, 6, 3]})
        yield case(f"{mode}_half_pixel_symmetric", [1, 1, 4, 4], [1.0, 1.0, 2.3, 2.94], mode=mode,
                   coordinate_transformation_mode="half_pixel_symmetric")
        yield case(f"{mode}_part", [1, 1, 4, 5], mode=mode, coordinate_transformation_mode="tf_crop_and_resize",
                   extrapolation_value=8.0, order="xr n", given={"r": [0.0, 0.0, 0.25, 0.5, 1.0, 1.0, 0.75, 1.5], "n": [1, 1, 3, 4]})
    yield case("cubic_two_pictures", [2, 3, 4, 5], [1.0, 1.0, 1.5, 0.8], mode="cubic", cubic_coeff_a=-0.5, exclude_outside=1)
    yield case("cubic_align_corners", [1, 1, 4, 4], [1.0, 1.0, 2.0, 2.0], mode="cubic", coordinate_transformation_mode="align_corners")
    yield case("linear_matrix", [4, 3], [2.5, 2.0], mode="linear")
    yield case("nearest_channels", [1, 2, 4, 4], [1.0, 2.0, 1.0, 2.0])
    yield case("linear_three_directions", [1, 1, 2, 3, 4], [1.0, 1.0, 2.0, 2.0, 2.0], mode="linear")


def tensors_of(answer):
    for number, (name, made) in enumerate(answer.items()):
        yield f"output_{number}.pb", tensor(name, made["dims"], made["data"])


def write(cases, folder, runtime):
    """All cases, into a folder that has what is not made here already."""
    for case in cases:
        shutil.rmtree(folder / case.name, ignore_errors=True)
        case.write(folder / case.name)
    asked = [{"model": str(folder / case.name / "model.onnx"), "inputs": {"x": {"dims": case.size, "data": case.x}}}
             for case in cases]
    done = subprocess.run(["node", here / "expectations.js", runtime], input=json.dumps(asked),
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"onnxruntime-node: {done.stderr.strip()}")
    for case, answer in zip(cases, json.loads(done.stdout), strict=True):
        for name, content in tensors_of(answer):
            (folder / case.name / "test_data_set_0" / name).write_bytes(content)
    listed = [{"case": case.name, "tier": "own", "main": case.kind, "opset": case.opset} for case in cases]
    (folder / "cases.json").write_text(json.dumps(listed, indent=1) + "\n")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    write([*grouped(), *depthwise(), *dilated(), *automatic(), *asymmetric(), *others(), *resized()], here / "cases",
          pathlib.Path(sys.argv[1]))
