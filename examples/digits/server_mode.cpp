// SPDX-License-Identifier: BSL-1.0
#include "server_mode.hpp"

#include "digits.hpp"

#include <cleave/tcp.hpp>
#include <cleave/weights/file.hpp>

#include <unistd.h>

#include <atomic>
#include <csignal>
#include <iostream>
#include <stdexcept>
#include <thread>

namespace demo {
namespace {

std::atomic<cleave::server<digits>*> running{nullptr};

void stop_running(int) {
  if (auto* server = running.load()) server->stop();
}

}  // namespace

void serve(const server_choices& choices) {
  const auto weights = cleave::load_weights<digits>(choices.weights.c_str());
  if (!weights) throw std::runtime_error(choices.weights + ": " + cleave::message(weights.error()));
  cleave::tcp::listener listener{choices.port, choices.address};
  if (!listener) {
    throw std::runtime_error("port " + std::to_string(choices.port) + ": " + listener.cause().message());
  }
  cleave::server<digits> server{*weights};
  running = &server;
  std::signal(SIGINT, stop_running);
  std::signal(SIGTERM, stop_running);

  // Reading is left behind when the program ends: nothing can wake it.
  if (choices.until_input_ends) {
    std::thread([] {
      char ignored[64];
      while (::read(STDIN_FILENO, ignored, sizeof ignored) > 0) {
      }
      std::raise(SIGTERM);
    }).detach();
  }

  std::cout << "serving every cut of the digits network on port " << listener.port() << std::endl;
  const cleave::errc ended = server.run(listener);
  running = nullptr;
  if (ended != cleave::errc::ok) throw std::runtime_error(cleave::message(ended));
}

}  // namespace demo
