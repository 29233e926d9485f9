// SPDX-License-Identifier: BSL-1.0
#ifndef EXAMPLES_COMMON_SERVER_PROCESS_HPP
#define EXAMPLES_COMMON_SERVER_PROCESS_HPP

/// @file
/// This program once more, as a server in a process of its own.

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace demo {

/// Runs from construction to destruction, and never longer than this process: the server stops when its standard
/// input ends.
class server_process {
 public:
  /// Starts `/proc/self/exe` with these arguments and waits until it has printed the port it listens on. Throws
  /// std::runtime_error when it ends before that.
  explicit server_process(std::vector<std::string> arguments);
  server_process(const server_process&) = delete;
  server_process& operator=(const server_process&) = delete;
  ~server_process();

  pid_t id() const { return id_; }
  std::uint16_t port() const { return port_; }

 private:
  pid_t id_ = -1;
  int its_input_ = -1;
  std::uint16_t port_ = 0;
};

}  // namespace demo
#endif
