// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_KERNELS_REFERENCE_HPP
#define CLEAVE_KERNELS_REFERENCE_HPP

/// @file
/// The plain loops that say what every kernel computes, in which order it adds and where it rounds: the oracle of every
/// test, and the place to look when a result surprises. They take the kernels' shapes as ordinary arguments.

#include <cleave/kernels/reference_activation.hpp>
#include <cleave/kernels/reference_arrange.hpp>
#include <cleave/kernels/reference_conv2d.hpp>
#include <cleave/kernels/reference_normalization.hpp>
#include <cleave/kernels/reference_pool.hpp>
#include <cleave/kernels/reference_recurrent.hpp>

#endif
