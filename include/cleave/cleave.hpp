// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_CLEAVE_HPP
#define CLEAVE_CLEAVE_HPP

/// @file
/// device.hpp and the hosted parts that need no other library: weights in files and on the heap, links for tests. For
/// TCP and the server include <cleave/tcp.hpp> too.

#include <cleave/device.hpp>
#include <cleave/graph/summary.hpp>
#include <cleave/network/make_network.hpp>
#include <cleave/plan/device_set.hpp>
#include <cleave/plan/predictor_fit.hpp>
#include <cleave/plan/profile_network.hpp>
#include <cleave/plan/sweep.hpp>
#include <cleave/plan/table_profiles.hpp>
#include <cleave/runtime/thread_pool.hpp>
#include <cleave/testing/check_codec.hpp>
#include <cleave/testing/check_layer.hpp>
#include <cleave/testing/check_transport.hpp>
#include <cleave/transport/faulty.hpp>
#include <cleave/transport/memory_pipe.hpp>
#include <cleave/transport/throttled.hpp>
#include <cleave/weights/file.hpp>
#include <cleave/weights/pack.hpp>
#include <cleave/weights/random.hpp>
#include <cleave/weights/slice.hpp>

#endif
