// SPDX-License-Identifier: BSL-1.0
#ifndef EXAMPLES_COMMON_SERVER_MODE_HPP
#define EXAMPLES_COMMON_SERVER_MODE_HPP

/// @file
/// The server's half of a demo.

#include <cleave/tcp.hpp>
#include <cleave/weights/file.hpp>

#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdint>
#include <iostream>
#include <stdexcept>
#include <string>
#include <thread>

namespace demo {

struct server_choices {
  std::string weights;
  std::string address;  ///< of one interface; empty: all
  std::uint16_t port = 0;
  bool until_input_ends = false;  ///< stop when the standard input ends, as whoever started this has ended
};

template <const auto& Graph>
std::atomic<cleave::server<Graph>*> running_server{nullptr};

/// Serves every cut of the graph until SIGINT or SIGTERM. Prints the port it listens on. Throws std::runtime_error when
/// the port can not be had.
template <const auto& Graph>
void serve(const cleave::weights_view<Graph>& weights, const server_choices& choices, const char* what) {
  cleave::tcp::listener listener{choices.port, choices.address};
  if (!listener) {
    throw std::runtime_error("port " + std::to_string(choices.port) + ": " + listener.cause().message());
  }
  cleave::server<Graph> server{weights};
  running_server<Graph> = &server;
  const auto stop_running = [](int) {
    if (auto* running = running_server<Graph>.load()) running->stop();
  };
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

  std::cout << "serving every cut of the " << what << " network on port " << listener.port() << std::endl;
  const cleave::errc ended = server.run(listener);
  running_server<Graph> = nullptr;
  if (ended != cleave::errc::ok) throw std::runtime_error(cleave::message(ended));
}

/// The same with the weights in the file that `choices` names; it throws when these can not be had.
template <const auto& Graph>
void serve(const server_choices& choices, const char* what) {
  const auto weights = cleave::load_weights<Graph>(choices.weights.c_str());
  if (!weights) throw std::runtime_error(choices.weights + ": " + cleave::message(weights.error()));
  serve<Graph>(*weights, choices, what);
}

}  // namespace demo
#endif
