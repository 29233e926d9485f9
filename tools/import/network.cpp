// SPDX-License-Identifier: BSL-1.0
#include "network.hpp"

namespace importer {

int network::uses_of(int index) const {
  int uses = 0;
  for (const layer& each : layers) {
    if (each.dead) continue;
    for (const int input : each.inputs) uses += input == index ? 1 : 0;
  }
  for (const terminal& each : answers) uses += each.layer == index ? 1 : 0;
  return uses;
}

void network::replace(int from, int to) {
  for (layer& each : layers) {
    for (int& input : each.inputs) {
      if (input == from) input = to;
    }
  }
  for (terminal& each : answers) {
    if (each.layer == from) each.layer = to;
  }
}

}  // namespace importer
