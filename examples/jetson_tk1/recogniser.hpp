// SPDX-License-Identifier: BSL-1.0
#ifndef EXAMPLES_JETSON_TK1_RECOGNISER_HPP
#define EXAMPLES_JETSON_TK1_RECOGNISER_HPP

/// @file
/// A network on the board with a server behind it, its graph hidden: the main program is compiled once, each network in
/// a unit of its own.

#include "../common/server_mode.hpp"

#include <cleave/core/result.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace board {

/// What the command line says.
struct choices {
  std::string weights;     ///< a file; empty: numbers drawn with `seed`
  std::uint64_t seed = 1;  ///< the server must draw with the same
  std::string cut;         ///< number or label; empty: behind the last layer
  std::string codec = "identity";
  std::string host;  ///< empty: all here
  std::uint16_t port = 0;
  std::uint64_t bytes_per_second = 0;
  std::uint64_t latency_microseconds = 0;
  std::uint32_t timeout_microseconds = 2'000'000;
};

/// One frame's way.
struct outcome {
  std::size_t best = 0;  ///< the class
  float share = 0;       ///< of it
  bool local = false;    ///< finished here because the server did not
  cleave::errc why = cleave::errc::ok;
  std::uint64_t device_microseconds = 0;
  std::uint64_t link_microseconds = 0;    ///< radio and server
  std::uint64_t server_microseconds = 0;  ///< of these, the arithmetic there
  std::uint64_t sent = 0;                 ///< bytes
  std::uint64_t received = 0;             ///< bytes
};

class recogniser {
 public:
  recogniser() = default;
  recogniser(const recogniser&) = delete;
  recogniser& operator=(const recogniser&) = delete;
  virtual ~recogniser() = default;

  /// What the input is, and where to put it: right where the network reads it.
  virtual int width() const = 0;
  virtual int height() const = 0;
  virtual std::span<float> input() = 0;

  /// Recognises what lies in `input()`.
  virtual outcome run() = 0;

  virtual std::size_t cut() const = 0;
  virtual std::size_t last() const = 0;
  /// A checksum of the bits of all answers so far.
  virtual std::uint32_t checksum() const = 0;
};

/// These throw std::runtime_error: a weight file that does not fit, an unknown cut.
std::unique_ptr<recogniser> make_alexnet(const choices& chosen);
std::unique_ptr<recogniser> make_mobilenet(const choices& chosen);

void serve_alexnet(const choices& chosen, const demo::server_choices& server);
void serve_mobilenet(const choices& chosen, const demo::server_choices& server);

}  // namespace board
#endif
