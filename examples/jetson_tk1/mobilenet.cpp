// SPDX-License-Identifier: BSL-1.0
#include "recogniser_of.hpp"

#include <cleave/models/mobilenet_v1_025.hpp>

namespace board {

std::unique_ptr<recogniser> make_mobilenet(const choices& chosen) {
  return make_recogniser<cleave::models::mobilenet_v1_025>(chosen);
}

void serve_mobilenet(const choices& chosen, const demo::server_choices& server) {
  serve_with<cleave::models::mobilenet_v1_025>(chosen, server, "mobilenet");
}

}  // namespace board
