// SPDX-License-Identifier: BSL-1.0
// The library as a stranger would use it.
#include <cleave/cleave.hpp>

#include "network.hpp"

int main() { return halves_agree() ? 0 : 1; }
