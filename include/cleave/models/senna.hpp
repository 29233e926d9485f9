// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_MODELS_SENNA_HPP
#define CLEAVE_MODELS_SENNA_HPP

/// @file
/// The window networks of SENNA (Collobert et al., Natural language processing (almost) from scratch, 2011) as the
/// DjiNN suite serves them (Hauswald et al., DjiNN and Tonic: DNN as a service, 2015): parts of speech, named entities
/// and phrases of a sentence of 28 words. The features are those of the words around each word.

#include <cleave/graph/graph.hpp>

namespace cleave::models {

namespace senna {

/// Words lie side by side, as the pixels of one row, and go through the same two layers.
constexpr auto tagger(int features, int tags) {
  return layers{
      input{.width = 28, .channels = features},
      conv2d{.channels = 300, .kernel = 1, .name = "fc1"},
      hard_tanh{},
      conv2d{.channels = tags, .kernel = 1, .name = "fc3"},
  };
}

}  // namespace senna

/// Parts of speech: 2,898,000 multiply-adds, 103,845 parameters.
inline constexpr auto senna_pos = graph{senna::tagger(300, 45)};
/// Named entities: 3,292,800 multiply-adds, 117,917 parameters.
inline constexpr auto senna_ner = graph{senna::tagger(375, 17)};
/// Phrases: 2,872,800 multiply-adds, 102,942 parameters.
inline constexpr auto senna_chk = graph{senna::tagger(300, 42)};

}  // namespace cleave::models
#endif
