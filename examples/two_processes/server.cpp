// SPDX-License-Identifier: BSL-1.0
/// @file
/// Runs the layers behind any cut, for any number of devices, until Ctrl-C.
///
///     two_processes_server lenet5.weights 7070

#include <csignal>
#include <cstdio>
#include <cstdlib>

#include <cleave/tcp.hpp>

#include "lenet5.hpp"

namespace {

cleave::server<lenet5>* running = nullptr;

int serve(const char* path, std::uint16_t port) {
  // [server]
  const auto weights = cleave::load_weights<lenet5>(path);
  if (!weights) return failed(path, weights.error());

  cleave::server<lenet5> server{*weights};  // every cut, many devices at once
  cleave::tcp::listener listener{port};     // 0 takes any free port
  std::printf("listening on port %d\n", listener.port());
  std::fflush(stdout);

  running = &server;
  std::signal(SIGINT, [](int) { running->stop(); });  // answers what it accepted, then returns
  if (const auto ended = server.run(listener); ended != cleave::errc::ok) return failed("server", ended);
  // [/server]
  std::printf("%llu answers\n", static_cast<unsigned long long>(server.statistics().answers));
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  return count == 3 ? serve(arguments[1], static_cast<std::uint16_t>(std::atoi(arguments[2]))) : 2;
}
