// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_TESTS_NETWORK_CONTRACT_DEVICE_HPP
#define CLEAVE_TESTS_NETWORK_CONTRACT_DEVICE_HPP

/// @file
/// What contract_device.cpp computes, compiled as firmware is.

#include <cstddef>
#include <span>

/// Whether LeNet-5 answers alike whole, in halves, and with a device that has only its slice of the weights.
bool halves_answer_alike(std::span<const std::byte> bytes, std::span<const std::byte> slice,
                         std::span<const float, 784> image);

#endif
