// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_DEVICE_HPP
#define CLEAVE_DEVICE_HPP

/// @file
/// All of cleave that is freestanding: no heap, exceptions, RTTI or operating system. What firmware includes.

#include <cleave/codec/codec.hpp>
#include <cleave/codec/f16.hpp>
#include <cleave/codec/identity.hpp>
#include <cleave/config.hpp>
#include <cleave/core/result.hpp>
#include <cleave/core/shape.hpp>
#include <cleave/graph/cut.hpp>
#include <cleave/graph/fingerprint.hpp>
#include <cleave/graph/graph.hpp>
#include <cleave/graph/reorder.hpp>
#include <cleave/layers/layers.hpp>
#include <cleave/network/any_cut.hpp>
#include <cleave/network/cut_runner.hpp>
#include <cleave/network/network.hpp>
#include <cleave/plan/adaptive_session.hpp>
#include <cleave/plan/planner.hpp>
#include <cleave/runtime/session.hpp>
#include <cleave/transport/loopback.hpp>
#include <cleave/transport/reliable_link.hpp>
#include <cleave/transport/transport.hpp>
#include <cleave/weights/view.hpp>

#endif
