// SPDX-License-Identifier: BSL-1.0
#ifndef EXAMPLES_DIGITS_SERVER_MODE_HPP
#define EXAMPLES_DIGITS_SERVER_MODE_HPP

/// @file
/// The server's half of the demo.

#include <cstdint>
#include <string>

namespace demo {

struct server_choices {
  std::string weights;
  std::string address;  ///< of one interface; empty: all
  std::uint16_t port = 0;
  bool until_input_ends = false;  ///< stop when the standard input ends, as whoever started this has ended
};

/// Serves every cut of the digits network until SIGINT or SIGTERM. Prints the port it listens on. Throws
/// std::runtime_error when the weights or the port can not be had.
void serve(const server_choices& choices);

}  // namespace demo
#endif
