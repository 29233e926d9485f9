// SPDX-License-Identifier: BSL-1.0
// All three headers in one unit: they share their pieces.
#include <cleave/device.hpp>
#include <cleave/tcp.hpp>
// Below the others, to find out whether it stands their company.
#include <cleave/cleave.hpp>

#include "../network.hpp"

bool agree_in_second();
bool agree_in_second() { return halves_agree(); }
