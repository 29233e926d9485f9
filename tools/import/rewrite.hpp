// SPDX-License-Identifier: BSL-1.0
#ifndef TOOLS_IMPORT_REWRITE_HPP
#define TOOLS_IMPORT_REWRITE_HPP

/// @file
/// Makes a network smaller without changing what it computes (but for the last bits of folded numbers). Each rewrite
/// says how often it was applied.

#include "network.hpp"

namespace importer {

/// Batch normalisations, and other scales and shifts, into the convolution, dense layer or scale before.
int fold_scales_back(network& of);
/// The same into the dense layer behind, or the convolution behind where it has no padding.
int fold_scales_forward(network& of);
/// Padding with what a layer pads with anyway, into that layer.
int fold_padding(network& of);
/// Layers that change nothing: scales by 1, reshapes to the shape there is or before a dense layer.
int drop_idle(network& of);
/// Layers that no answer needs.
int drop_dead(network& of);

/// All of them, until nothing changes.
void rewrite(network& of);

}  // namespace importer
#endif
