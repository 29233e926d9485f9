# SPDX-License-Identifier: BSL-1.0
"""Spoken words and what a network hears of them: espeak-ng speaks, numpy takes the sound apart.

The features are those of the keyword benchmark of MLPerf Tiny: a second of sound at 16 kHz, 49 frames of 40 ms, one
every 20 ms, the first 10 of the cosine coefficients of 40 mel bands from 20 to 4,000 Hz. Each is centred, scaled by the
constants below and rounded to a whole number of one byte, which is what the network takes.
"""

import subprocess
import wave
from io import BytesIO

import numpy

RATE = 16000
FRAME, STEP, FRAMES = 640, 320, 49
TRANSFORM, BANDS, COEFFICIENTS = 1024, 40, 10
# Mean and deviation of each coefficient over a training set, rounded: the network takes 32 * (coefficient - MEAN) / SCALE.
MEAN = numpy.array([-18, 1, 0.5, -0.5, 0, 0, 0, 0, 0, 0])
SCALE = numpy.array([18, 3.5, 2, 2.3, 1.7, 1.5, 1.2, 1.1, 1, 0.9])
STEPS = 32


def speak(text, voice, speed, pitch):
    """What espeak-ng says, as numbers from -1 to 1 at 16 kHz."""
    said = subprocess.run(["espeak-ng", "--stdout", "-v", voice, "-s", str(speed), "-p", str(pitch), text],
                          check=True, capture_output=True).stdout
    with wave.open(BytesIO(said)) as sound:
        rate = sound.getframerate()
        # The length in the header of a stream is made up: take what came.
        samples = numpy.frombuffer(said[44:len(said) - len(said) % 2], dtype="<i2") / 32768.0
    loud = numpy.flatnonzero(numpy.abs(samples) > 0.01)
    samples = samples[loud[0]:loud[-1] + 1]
    # A spectrum cut off at 8 kHz is the sound at 16 kHz.
    length = len(samples) * RATE // rate
    return numpy.fft.irfft(numpy.fft.rfft(samples)[:length // 2 + 1], length) * (length / len(samples))


def noise(generator, kind):
    """A second of noise: white, pink or brown, or the hum of a machine; of amplitude one."""
    if kind == 3:
        seconds = numpy.arange(RATE) / RATE
        hum = sum(numpy.sin(2 * numpy.pi * (f * seconds + generator.random())) * generator.random()
                  for f in generator.uniform(60, 400) * numpy.arange(1, 6))
        result = hum + 0.3 * generator.standard_normal(RATE)
    else:
        spectrum = numpy.fft.rfft(generator.standard_normal(RATE))
        result = numpy.fft.irfft(spectrum / numpy.maximum(numpy.arange(len(spectrum)), 20) ** (0.5 * kind), RATE)
    return result / numpy.abs(result).max()


def a_second(generator, sound=None):
    """The sound somewhere in a second of some noise, at some volume."""
    level = 10 ** generator.uniform(-3.5, -1.3)
    result = level * noise(generator, generator.integers(4))
    if sound is not None:
        sound = sound[:RATE]
        begin = generator.integers(RATE - len(sound) + 1)
        result[begin:begin + len(sound)] += sound * (generator.uniform(0.15, 0.9) / numpy.abs(sound).max())
    return numpy.clip(result, -1, 1)


def mel_bands():
    """How much each band takes of each frequency: triangles of equal width on the mel scale."""
    def mel(hertz):
        return 1127 * numpy.log1p(hertz / 700)

    edges = numpy.linspace(mel(20.0), mel(4000.0), BANDS + 2)
    at = mel(numpy.arange(TRANSFORM // 2 + 1) * (RATE / TRANSFORM))
    rising = (at - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - at) / (edges[2:] - edges[1:-1])[:, None]
    return numpy.maximum(0, numpy.minimum(rising, falling))


MEL = mel_bands()
WINDOW = 0.5 - 0.5 * numpy.cos(2 * numpy.pi * numpy.arange(FRAME) / FRAME)
COSINES = numpy.cos(numpy.pi / BANDS * numpy.outer(numpy.arange(COEFFICIENTS), numpy.arange(BANDS) + 0.5))


def features(sound):
    """The network's input, 49 frames of 10 whole numbers, of a second of sound."""
    frames = numpy.stack([sound[i * STEP:i * STEP + FRAME] for i in range(FRAMES)])
    magnitudes = numpy.abs(numpy.fft.rfft(frames * WINDOW, TRANSFORM))
    bands = numpy.log(magnitudes @ MEL.T + 1e-6)
    coefficients = bands @ COSINES.T * numpy.sqrt(2 / BANDS)
    return numpy.clip(numpy.rint(STEPS * (coefficients - MEAN) / SCALE), -128, 127).astype(numpy.int8)
