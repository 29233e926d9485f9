// SPDX-License-Identifier: BSL-1.0
// All that firmware includes, used a little.
#include <cleave/device.hpp>

int main() { return cleave::shape{2, 3, 4}.size() == 24 ? 0 : 1; }
