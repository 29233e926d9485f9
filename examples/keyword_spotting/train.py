#!/usr/bin/python3
# SPDX-License-Identifier: BSL-1.0
"""Trains DS-CNN to tell spoken words apart and writes everything the example needs.

    sudo apt-get install espeak-ng python3-numpy python3-torch python3-onnx
    ./train.py              # five minutes of one core; writes into this folder

All speech is made: espeak-ng speaks ten words, and many others that are "unknown", with eight accents of English and
dozens of voices, in four kinds of noise. The held-out words are spoken by voices that training never heard.

Files written:
    keywords.onnx                the trained network
    heldout-features.npy         120 sounds as the network takes them: 49 frames of 10 whole numbers
    heldout-words.npy            the number of the word in each
    heldout-probabilities.npy    what PyTorch answers
"""

import argparse
import pathlib
import random
from concurrent.futures import ProcessPoolExecutor

import numpy
import onnx
import torch
from torch import nn
from torch.nn import functional

import speech

HERE = pathlib.Path(__file__).resolve().parent
WORDS = ["down", "go", "left", "no", "off", "on", "right", "stop", "up", "yes"]
SILENCE, UNKNOWN = 10, 11
OTHERS = ["backward", "bed", "bird", "cat", "dog", "eight", "five", "follow", "forward", "four", "happy", "house", "learn",
          "marvin", "nine", "one", "seven", "sheila", "six", "three", "tree", "two", "visual", "wow", "zero", "water",
          "music", "open", "hello", "garden", "window", "morning", "paper", "table", "yellow", "green"]
ACCENTS = ["en-gb", "en-us", "en-gb-scotland", "en-gb-x-gbclan", "en-gb-x-rp", "en-gb-x-gbcwmd", "en-029", "en-us-nyc"]
VOICES = ["Alex", "Andrea", "Andy", "Annie", "Denis", "Gene", "Henrique", "Hugo", "Jacky", "Lee", "Mario", "Michael",
          "adam", "anika", "antonio", "belinda", "benjamin", "boris", "caleb", "david", "ed", "f1", "f2", "f3", "f4",
          "grandma", "john", "linda", "m1", "m2", "m3", "m4", "m5", "m6", "marcelo", "miguel", "pablo", "rob", "steph"]
HELD_OUT_VOICES = ["Alicia", "Marco", "Mike", "edward", "f5", "m7", "max", "michel", "paul", "shelby"]
HELD_OUT = 10     # of each word
EPOCHS, BATCH = 30, 100


def one_sound(job):
    """The features of one utterance: (seed, text or None, voices)."""
    seed, text, voices = job
    generator = numpy.random.default_rng(seed)
    if text is None:
        return speech.features(speech.a_second(generator))
    voice = f"{generator.choice(ACCENTS)}+{generator.choice(voices)}"
    said = speech.speak(text, voice, generator.integers(120, 220), generator.integers(20, 80))
    return speech.features(speech.a_second(generator, said))


def make_sounds(seed, each, voices):
    """`each` sounds of every word, and as many of silence and of unknown words."""
    texts = [word for word in WORDS for _ in range(each)] + [None] * each
    texts += [OTHERS[i % len(OTHERS)] for i in range(each)]
    labels = numpy.repeat(numpy.arange(12, dtype=numpy.uint8), each)
    with ProcessPoolExecutor() as pool:
        jobs = [(seed * 1_000_000 + i, text, voices) for i, text in enumerate(texts)]
        made = list(pool.map(one_sound, jobs, chunksize=32))
    return numpy.stack(made)[:, None], labels


def as_input(sounds):
    """What training works on: numbers about one in size."""
    return torch.from_numpy(sounds.astype(numpy.float32) / speech.STEPS)


def make_network():
    """DS-CNN as MLPerf Tiny has it (cleave/models/dscnn.hpp), with batch normalisation, which the export folds."""
    def convolution(inputs, outputs, groups, *shape, **rest):
        return [nn.Conv2d(inputs, outputs, *shape, groups=groups, bias=False, **rest), nn.BatchNorm2d(outputs), nn.ReLU()]

    layers = [nn.ZeroPad2d((1, 1, 4, 5)), *convolution(1, 64, 1, (10, 4), stride=2), nn.Dropout(0.2)]
    for _ in range(4):
        layers += convolution(64, 64, 64, 3, padding=1) + convolution(64, 64, 1, 1)
    return nn.Sequential(*layers, nn.Dropout(0.4), nn.AvgPool2d((25, 5)), nn.Flatten(), nn.Linear(64, 12),
                         nn.Softmax(dim=1))


def jitter(batch, generator):
    """A little earlier or later, a little louder, a few frames lost."""
    result = torch.roll(batch, int(torch.randint(-2, 3, (1,), generator=generator)), dims=2)
    result = result + 0.1 * torch.randn(result.shape, generator=generator)
    lost = int(torch.randint(0, 46, (1,), generator=generator))
    result[::2, :, lost:lost + 4] = 0
    return result


def right(network, inputs, labels):
    network.eval()
    with torch.no_grad():
        answers = torch.cat([network(part).argmax(dim=1) for part in inputs.split(500)])
    return (answers == labels).float().mean().item()


def train(seed, each):
    """Same seed, same machine, same versions: same network. The held-out sounds choose nothing."""
    random.seed(seed)
    numpy.random.seed(seed)
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    generator = torch.Generator().manual_seed(seed)

    sounds, labels = make_sounds(1, each, VOICES)
    held_out, held_out_labels = make_sounds(2, HELD_OUT, HELD_OUT_VOICES)
    inputs = as_input(sounds)
    targets = torch.from_numpy(labels.astype(numpy.int64))
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
        print(f"epoch {epoch + 1:2d}: training loss {total / len(inputs):.4f}", flush=True)
    held_out_right = right(network, as_input(held_out), torch.from_numpy(held_out_labels.astype(numpy.int64)))
    print(f"{right(network, inputs, targets):.2%} of {len(inputs)} training sounds, "
          f"{held_out_right:.2%} of {len(held_out)} held-out sounds", flush=True)
    return network, held_out, held_out_labels


def write_all(network, sounds, labels):
    network.eval()
    with torch.no_grad():  # from here on the network takes the whole numbers themselves
        network[1].weight /= speech.STEPS
    path = HERE / "keywords.onnx"
    torch.onnx.export(network, torch.zeros(1, 1, 49, 10), str(path), opset_version=13,
                      input_names=["features"], output_names=["probabilities"])
    onnx.checker.check_model(onnx.load(str(path)), full_check=True)
    with torch.no_grad():
        answers = network(torch.from_numpy(sounds.astype(numpy.float32))).numpy()
    numpy.save(HERE / "heldout-features.npy", sounds)
    numpy.save(HERE / "heldout-words.npy", labels)
    numpy.save(HERE / "heldout-probabilities.npy", answers)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--each", type=int, default=800, metavar="N", help="training sounds of each of the 12 kinds")
    arguments = parser.parse_args()
    write_all(*train(arguments.seed, arguments.each))


if __name__ == "__main__":
    main()
