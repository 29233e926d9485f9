// SPDX-License-Identifier: BSL-1.0
/// @file
/// Rings of bytes in shared memory as a transport: checked, then used.

#include "check_and_run.hpp"
#include "shared_memory_link.hpp"

#include <unistd.h>

#include <string>

namespace {

struct ends {
  links::shared_memory_link first;
  links::shared_memory_link second;
};

}  // namespace

int main() {
  const std::string name = "/cleave_example_" + std::to_string(::getpid());
  bool good = links::check([&] { return ends{{name, 0}, {name, 1}}; });
  links::shared_memory_link device{name, 0};
  links::shared_memory_link host{name, 1};
  links::shared_memory_link::remove(name);
  good = links::run(device, host) && good;
  return good ? 0 : 1;
}
