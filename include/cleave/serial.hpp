// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_SERIAL_HPP
#define CLEAVE_SERIAL_HPP

/// @file
/// The host's end of serial lines: the port, and the way from there to a server. Stands on Asio; link with cleave::tcp.

#include <cleave/transport/reliable_link.hpp>
#include <cleave/transport/serial_port.hpp>
#include <cleave/transport/tcp_gateway.hpp>

#endif
