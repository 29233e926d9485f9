// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_BENCH_NEUROSURGEON_PARTS_HPP
#define CLEAVE_BENCH_NEUROSURGEON_PARTS_HPP

/// @file
/// The parts of the reproduction, each in a file of its own.

#include <string>
#include <vector>

#include "report.hpp"
#include "tables.hpp"

namespace neurosurgeon {

/// (a) From the measured tables: the best cuts, and those that predicted times lead to.
void from_tables(const tables& all, report& to);

/// A device of which every cut was timed, with the files that cuts_device and cleave-profile wrote.
struct measured_device {
  std::string name;
  std::string file;  ///< of its picture
  std::string cuts;
  std::string device_profile;
  std::string server_profile;
  double slowdown = 1;  ///< of its arithmetic against its profile's
};

/// Prints `NETWORK LINK CUT` as part b plans them, before anything is timed.
void plan_cuts(const std::string& device_profile, const std::string& server_profile, double slowdown);

/// (b) The planned cut beside every other one, as they were measured.
void measured_cuts(const measured_device& device, report& to);

/// (c) A session that adapts, fixed cuts and an oracle on a changing link, in virtual time and in real time.
void on_a_trace(report& to);

/// (d) How many queries a server answers when phones keep a part of the work.
void in_a_datacenter(const tables& all, report& to);

/// (e) What planning takes; and rows of other programs that `rows` name, with a limit above.
void of_the_planner(const std::vector<std::string>& rows, report& to);

}  // namespace neurosurgeon
#endif
