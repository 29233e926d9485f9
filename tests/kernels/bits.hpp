// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_TESTS_KERNELS_BITS_HPP
#define CLEAVE_TESTS_KERNELS_BITS_HPP

/// @file
/// One number for all bits that a kernel gives: any other value on another machine means that the two would disagree.

#include <cleave/core/crc32c.hpp>
#include <cleave/core/shape.hpp>
#include <cstdint>
#include <span>
#include <vector>

namespace cleave_test {

template <class Kernel>
std::uint32_t fingerprint(cleave::shape out, Kernel kernel) {
  std::vector<float> result(out.size());
  kernel(result.data());
  return cleave::crc32c(std::as_bytes(std::span(result)));
}

}  // namespace cleave_test
#endif
