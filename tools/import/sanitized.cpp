// SPDX-License-Identifier: BSL-1.0
/// @file
/// Part of every program with the importer that is built with the address sanitizer. The distribution's protobuf is
/// not: a container that both have worked on looks overflowed to it.

extern "C" const char* __asan_default_options();
extern "C" const char* __asan_default_options() { return "detect_container_overflow=0"; }
