// SPDX-License-Identifier: BSL-1.0
/// @file
/// Runs the layers 1 to 6, has the server run the rest, and prints the answer.
///
///     two_processes_device device.weights localhost 7070

#include <cstdio>
#include <cstdlib>

#include <cleave/tcp.hpp>

#include "lenet5.hpp"

namespace {

int ask(const char* path, const char* host, std::uint16_t port) {
  // [device]
  const auto weights = cleave::load_weights<lenet5, cleave::up_to("pool2")>(path);  // a slice will do
  if (!weights) return failed(path, weights.error());

  cleave::device_half<lenet5, "pool2"> half{*weights};
  cleave::tcp::client link{host, port};
  cleave::session session{half, link};

  const auto answer = session(take_picture());  // result<std::span<const float, 10>>
  if (!answer) return failed(host, answer.error());
  for (const float each : *answer) std::printf("%a\n", static_cast<double>(each));
  // [/device]
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  return count == 4 ? ask(arguments[1], arguments[2], static_cast<std::uint16_t>(std::atoi(arguments[3]))) : 2;
}
