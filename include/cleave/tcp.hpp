// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_TCP_HPP
#define CLEAVE_TCP_HPP

/// @file
/// Everything that stands on Asio: the TCP transport and the server. Link with cleave::tcp.

#include <cleave/runtime/server.hpp>
#include <cleave/transport/tcp_client.hpp>
#include <cleave/transport/tcp_error.hpp>
#include <cleave/transport/tcp_listener.hpp>
#include <cleave/transport/tcp_lookup.hpp>

#endif
