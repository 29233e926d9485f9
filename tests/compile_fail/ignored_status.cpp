// expect-error: ignoring return(ed)? value
// SPDX-License-Identifier: BSL-1.0
#include <cleave/core/result.hpp>

cleave::status send();

void run() {
#if CLEAVE_ILL_FORMED
  send();
#else
  if (!send()) return;
#endif
}
