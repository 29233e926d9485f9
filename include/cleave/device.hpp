// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_DEVICE_HPP
#define CLEAVE_DEVICE_HPP

/// @file
/// All of cleave that is freestanding: no heap, exceptions, RTTI, operating system. What firmware includes.

#include <cleave/config.hpp>
#include <cleave/graph/graph.hpp>
#include <cleave/layers/layers.hpp>
#include <cleave/network/cut_runner.hpp>
#include <cleave/network/network.hpp>
#include <cleave/weights/view.hpp>

#endif
