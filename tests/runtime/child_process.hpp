// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_TESTS_RUNTIME_CHILD_PROCESS_HPP
#define CLEAVE_TESTS_RUNTIME_CHILD_PROCESS_HPP

/// @file
/// A process that runs a function and talks with its parent over two pipes.

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <functional>

namespace archetypes {

/// Requires: the parent has one thread. `run` does not return.
struct child_process {
  pid_t pid = -1;
  int from = -1;
  int to = -1;

  explicit child_process(const std::function<void(int tell, int hear)>& run) {
    std::array<int, 2> up{};
    std::array<int, 2> down{};
    if (pipe(up.data()) != 0 || pipe(down.data()) != 0) std::exit(2);
    std::fflush(stdout);
    pid = fork();
    if (pid == 0) run(up[1], down[0]);
    close(up[1]);
    close(down[0]);
    from = up[0];
    to = down[1];
  }

  template <class Value>
  Value hear() const {
    Value value{};
    if (read(from, &value, sizeof value) != static_cast<ssize_t>(sizeof value)) return {};
    return value;
  }

  /// The exit status; -1 when a signal ended it.
  int wait() const {
    int status = 0;
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
};

}  // namespace archetypes
#endif
