// SPDX-License-Identifier: BSL-1.0
#include <cleave/cleave.hpp>

#include "../network.hpp"

bool agree_in_second();

int main() { return halves_agree() && agree_in_second() ? 0 : 1; }
