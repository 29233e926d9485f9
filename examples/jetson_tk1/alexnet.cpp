// SPDX-License-Identifier: BSL-1.0
#include "recogniser_of.hpp"

#include <cleave/models/alexnet.hpp>

namespace board {

std::unique_ptr<recogniser> make_alexnet(const choices& chosen) {
  return make_recogniser<cleave::models::alexnet>(chosen);
}

void serve_alexnet(const choices& chosen, const demo::server_choices& server) {
  serve_with<cleave::models::alexnet>(chosen, server, "alexnet");
}

}  // namespace board
