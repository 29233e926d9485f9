// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_MODELS_KALDI_ASR_HPP
#define CLEAVE_MODELS_KALDI_ASR_HPP

/// @file
/// The acoustic model of the DjiNN suite (Hauswald et al., DjiNN and Tonic: DNN as a service, 2015), made with Kaldi
/// (Povey et al., The Kaldi speech recognition toolkit, 2011): six hidden layers, alike for every frame of speech.

#include <cleave/graph/graph.hpp>

namespace cleave::models {

namespace kaldi {

/// A fully connected layer on each frame. Frames lie side by side, as the pixels of one row.
constexpr auto on_each_frame(int units, label name) {
  return layers{conv2d{.channels = units, .kernel = 1, .name = name}, sigmoid{}};
}

}  // namespace kaldi

/// 13,900,857,344 multiply-adds, 25,380,522 parameters. A query of the suite is 548 frames of 440 features.
inline constexpr auto kaldi_asr = graph{
    input{.width = 548, .channels = 440}, kaldi::on_each_frame(2048, "inner1"),
    kaldi::on_each_frame(2048, "inner2"), kaldi::on_each_frame(2048, "inner3"),
    kaldi::on_each_frame(2048, "inner4"), kaldi::on_each_frame(2048, "inner5"),
    kaldi::on_each_frame(2048, "inner6"), conv2d{.channels = 1706, .kernel = 1, .name = "final"},
};

}  // namespace cleave::models
#endif
