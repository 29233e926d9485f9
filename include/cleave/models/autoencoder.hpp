// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_MODELS_AUTOENCODER_HPP
#define CLEAVE_MODELS_AUTOENCODER_HPP

/// @file
/// The autoencoder of MLPerf Tiny (Banbury et al., 2021) that listens for machines going wrong, after the baseline of
/// DCASE 2020, task 2 (Koizumi et al., 2020): five frames of 128 features, squeezed to eight numbers and made again.
/// Batch normalisation is folded into the dense layers.

#include <cleave/graph/graph.hpp>

namespace cleave::models {

namespace autoencoder_parts {

constexpr auto layer(int units) { return layers{dense{.units = units}, relu{}}; }

constexpr auto four_layers() { return layers{layer(128), layer(128), layer(128), layer(128)}; }

}  // namespace autoencoder_parts

/// 264,192 multiply-adds, 265,864 parameters.
inline constexpr auto autoencoder = graph{
    input{.channels = 640}, autoencoder_parts::four_layers(), dense{.units = 8},
    relu{.name = "code"},   autoencoder_parts::four_layers(), dense{.units = 640},
};

}  // namespace cleave::models
#endif
