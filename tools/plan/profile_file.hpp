// SPDX-License-Identifier: BSL-1.0
#ifndef TOOLS_PLAN_PROFILE_FILE_HPP
#define TOOLS_PLAN_PROFILE_FILE_HPP

/// @file
/// Profiles of machines as JSON and as headers.

#include <cleave/plan/profile.hpp>
#include <string>

namespace planning {

/// A profile that owns its name.
struct named_profile {
  std::string name;
  cleave::profile what;  ///< `what.name` is empty
};

std::string profile_json(const named_profile& of);
/// Throws std::runtime_error that says what is wrong, `origin` first.
named_profile parse_profile(const std::string& json, const std::string& origin);
named_profile read_profile(const std::string& path);

/// `inline constexpr cleave::profile NAME{...};`, indented by nothing. `name` may have dashes, which become
/// underscores.
std::string profile_definition(const named_profile& of);
/// A whole header around it.
std::string profile_header(const named_profile& of);

/// "tk1-cpu" as a name of C++; empty where that can not be.
std::string identifier_of(const std::string& name);

}  // namespace planning
#endif
