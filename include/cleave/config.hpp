// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_CONFIG_HPP
#define CLEAVE_CONFIG_HPP

/// @file
/// The version of the library. CMakeLists.txt reads it from here, so that it is written once.

#define CLEAVE_VERSION_MAJOR 0
#define CLEAVE_VERSION_MINOR 1
#define CLEAVE_VERSION_PATCH 0

#endif
