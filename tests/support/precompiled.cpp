// SPDX-License-Identifier: BSL-1.0
//
// Nothing: what is of use is the header that is compiled before this file. See suite.cmake.
