// SPDX-License-Identifier: BSL-1.0
// What every consumer project builds: the library as a stranger would use it.
#include <cleave/config.hpp>
#include <cleave/core/result.hpp>

int main() { return cleave::status{} ? 0 : 1; }
