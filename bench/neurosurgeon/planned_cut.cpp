// SPDX-License-Identifier: BSL-1.0
// What a plan made while compiling adds to a unit: tools/neurosurgeon compiles this with and without CLEAVE_PLANNED.
#include <cleave/device.hpp>
#include <cleave/models/inception_v3.hpp>

#ifdef CLEAVE_PLANNED
#include <cleave/plan/table_profiles.hpp>
static_assert(cleave::best_cut<cleave::models::inception_v3>(cleave::profiles::tk1_cpu, cleave::profiles::k40,
                                                             cleave::links::wifi) <= cleave::models::inception_v3.last);
#endif

std::size_t layers() { return cleave::models::inception_v3.last; }
