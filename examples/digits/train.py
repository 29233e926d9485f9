#!/usr/bin/python3
# SPDX-License-Identifier: BSL-1.0
"""Trains the digits network and writes everything the demo needs.

    sudo apt-get install python3-torch python3-sklearn python3-onnx
    ./train.py                      # five seconds on one core; writes into this folder
    ./train.py --seeds 5            # only reports how accuracy depends on the seed; writes nothing
    ./train.py --seeds 5 --in-order # the same with the last 400 pictures held out: other people's hands

Data: E. Alpaydin, C. Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine Learning
Repository, 1998, https://doi.org/10.24432/C50P49 (CC BY 4.0): 1,797 pictures of 8x8 counts 0..16, as
scikit-learn's load_digits carries them. A count says how many of the 16 pixels of a 4x4 block are ink.

Files written:
    digits.onnx                      the network, for other tools
    parameters.idx1-float            its parameters one after the other, in ONNX order (for pack_weights.cpp)
    heldout-images.idx3-ubyte        400 pictures that training never saw, in MNIST's file format
    heldout-labels.idx1-ubyte        what they show
    heldout-probabilities.idx2-float what PyTorch answers for them
    digits.weights                   the weight blob, when --pack names the program cleave_digits_pack
"""

import argparse
import pathlib
import random
import subprocess

import numpy
import onnx
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn
from torch.nn import functional

HERE = pathlib.Path(__file__).resolve().parent
HELD_OUT = 400
EPOCHS = 120
BATCH = 64


def make_network():
    """The same layers, in the same order, as digits.hpp."""
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(),
        nn.Conv2d(16, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),   # pool1
        nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),   # pool2
        nn.Flatten(),
        nn.Linear(2 * 2 * 32, 32), nn.ReLU(),
        nn.Linear(32, 10), nn.Softmax(dim=1),
    )


def load_data(in_order):
    digits = load_digits()
    images = digits.images.astype(numpy.uint8)
    labels = digits.target.astype(numpy.uint8)
    if in_order:   # neighbours come from the same writer, as a rule: these 400 are of others than the rest
        return train_test_split(images, labels, test_size=HELD_OUT, shuffle=False)
    return train_test_split(images, labels, test_size=HELD_OUT, random_state=1998, stratify=labels)


def as_input(images):
    return torch.from_numpy(images.astype(numpy.float32) / 16.0).unsqueeze(1)


def jitter(batch, generator):
    """Small rotations, scalings, shears and shifts of less than a pixel."""
    count = batch.shape[0]

    def uniform(reach):
        return (torch.rand(count, generator=generator) * 2 - 1) * reach

    angle, scale, shear = uniform(0.20), 1 + uniform(0.10), uniform(0.15)
    theta = torch.stack([
        torch.stack([torch.cos(angle) / scale, -torch.sin(angle) + shear, uniform(0.16)], dim=1),
        torch.stack([torch.sin(angle), torch.cos(angle) / scale, uniform(0.16)], dim=1),
    ], dim=1)
    grid = functional.affine_grid(theta, batch.shape, align_corners=False)
    return functional.grid_sample(batch, grid, align_corners=False)


def accuracy(network, images, labels):
    network.eval()
    with torch.no_grad():
        right = network(as_input(images)).argmax(dim=1) == torch.from_numpy(labels.astype(numpy.int64))
    return right.float().mean().item()


def train(seed, in_order):
    """Same seed, same machine, same versions: same network. The held-out pictures choose nothing."""
    random.seed(seed)
    numpy.random.seed(seed)
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    generator = torch.Generator().manual_seed(seed)

    train_images, test_images, train_labels, test_labels = load_data(in_order)
    inputs = as_input(train_images)
    targets = torch.from_numpy(train_labels.astype(numpy.int64))
    network = make_network()
    before_softmax = network[:-1]
    optimizer = torch.optim.AdamW(network.parameters(), lr=3e-3, weight_decay=1e-2)
    steps = EPOCHS * ((len(inputs) + BATCH - 1) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=3e-3, total_steps=steps)

    for epoch in range(EPOCHS):
        network.train()
        total = 0.0
        for chosen in torch.randperm(len(inputs), generator=generator).split(BATCH):
            loss = functional.cross_entropy(before_softmax(jitter(inputs[chosen], generator)), targets[chosen],
                                            label_smoothing=0.05)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item() * len(chosen)
        if (epoch + 1) % 20 == 0:
            print(f"seed {seed} epoch {epoch + 1:3d}: training loss {total / len(inputs):.4f}", flush=True)
    print(f"seed {seed}: {accuracy(network, train_images, train_labels):.2%} of {len(train_images)} training pictures, "
          f"{accuracy(network, test_images, test_labels):.2%} of {len(test_images)} held-out pictures", flush=True)
    return network, test_images, test_labels


def write_idx(path, array):
    """The file format of MNIST: two zero bytes, element type, rank, sizes; everything big-endian."""
    kinds = {numpy.dtype(numpy.uint8): (0x08, ">u1"), numpy.dtype(numpy.float32): (0x0D, ">f4")}
    code, stored = kinds[array.dtype]
    header = bytes([0, 0, code, array.ndim]) + numpy.array(array.shape, dtype=">u4").tobytes()
    path.write_bytes(header + array.astype(stored).tobytes())
    print(f"wrote {path.name}: {path.stat().st_size} bytes")


def write_all(network, images, labels):
    network.eval()
    path = HERE / "digits.onnx"
    torch.onnx.export(network, torch.zeros(1, 1, 8, 8), str(path), opset_version=13,
                      input_names=["image"], output_names=["probabilities"])
    onnx.checker.check_model(onnx.load(str(path)), full_check=True)
    print(f"wrote {path.name}: {path.stat().st_size} bytes, accepted by onnx.checker")

    with torch.no_grad():
        write_idx(HERE / "parameters.idx1-float",
                  numpy.concatenate([p.numpy().ravel() for p in network.parameters()]))
        write_idx(HERE / "heldout-probabilities.idx2-float", network(as_input(images)).numpy())
    write_idx(HERE / "heldout-images.idx3-ubyte", images)
    write_idx(HERE / "heldout-labels.idx1-ubyte", labels)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--seeds", type=int, default=0, metavar="N", help="report seeds 0..N-1, write nothing")
    parser.add_argument("--in-order", action="store_true", help="with --seeds: hold out the last pictures")
    parser.add_argument("--pack", metavar="PROGRAM", help="cleave_digits_pack of the build, to write digits.weights")
    arguments = parser.parse_args()
    if arguments.seeds:
        for seed in range(arguments.seeds):
            train(seed, arguments.in_order)
        return
    write_all(*train(arguments.seed, in_order=False))
    if arguments.pack:
        subprocess.run([arguments.pack, HERE / "parameters.idx1-float", HERE / "digits.weights"], check=True)


if __name__ == "__main__":
    main()
