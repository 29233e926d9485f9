# SPDX-License-Identifier: BSL-1.0
"""Writes small ONNX models without the onnx package: as much of protobuf's wire format as that takes."""
import struct

FLOAT = 1
INT64 = 7


def varint(value):
    value &= (1 << 64) - 1
    out = bytearray()
    while value >= 128:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def field(number, value):
    """A field: an integer, or bytes, text or a message with its length."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def real(number, value):
    return varint(number << 3 | 5) + struct.pack("<f", value)


def tensor(name, dims, values, kind=FLOAT):
    raw = struct.pack(f"<{len(values)}{'f' if kind == FLOAT else 'q'}", *values)
    return b"".join(field(1, dim) for dim in dims) + field(2, kind) + field(8, name) + field(9, raw)


def attribute(name, value):
    if isinstance(value, float):
        return field(1, name) + real(2, value) + field(20, 1)
    if isinstance(value, int):
        return field(1, name) + field(3, value) + field(20, 2)
    if isinstance(value, str):
        return field(1, name) + field(4, value) + field(20, 3)
    return field(1, name) + b"".join(field(8, each) for each in value) + field(20, 7)


def node(kind, inputs, outputs, **attributes):
    return (b"".join(field(1, each) for each in inputs) + b"".join(field(2, each) for each in outputs) +
            field(3, outputs[0]) + field(4, kind) +
            b"".join(field(5, attribute(name, value)) for name, value in attributes.items()))


def port(name, dims):
    """An input or output; `dims` None: of a shape that is not said, a text: a symbol."""
    kind = field(1, FLOAT)
    if dims is not None:
        kind += field(2, b"".join(field(1, field(1, dim) if isinstance(dim, int) else field(2, dim)) for dim in dims))
    return field(1, name) + field(2, field(1, kind))


def model(nodes, inputs, outputs, weights=(), opset=13):
    """`inputs` and `outputs` are (name, dims); `weights` are tensors."""
    graph = (b"".join(field(1, each) for each in nodes) + field(2, "graph") +
             b"".join(field(5, each) for each in weights) + b"".join(field(11, port(*each)) for each in inputs) +
             b"".join(field(12, port(*each)) for each in outputs))
    return field(1, 8) + field(7, graph) + field(8, field(1, "") + field(2, opset))
