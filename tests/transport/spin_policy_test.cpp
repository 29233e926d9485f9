// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <cleave/transport/spin_policy.hpp>
#include <cstdint>

namespace {

using cleave::spin_policy;

constexpr std::uint32_t most = 100;

/// Whether the next wait is spent awake; it takes so long.
constexpr bool awake(spin_policy& policy, std::uint64_t microseconds) {
  const bool stays = policy.microseconds() == most;
  policy.ended(microseconds);
  return stays;
}

/// How many of `waits` waits are spent awake, if each takes what `how_long` says for its number.
template <class HowLong>
constexpr std::uint32_t spent_awake(spin_policy& policy, std::uint32_t waits, HowLong how_long) {
  std::uint32_t count = 0;
  for (std::uint32_t i = 0; i < waits; ++i) count += awake(policy, how_long(i)) ? 1 : 0;
  return count;
}

}  // namespace

TEST_CASE("the first wait is slept through, and those behind a short one are not") {
  spin_policy policy(most);
  CHECK(policy.microseconds() == 0);
  policy.ended(30);
  CHECK(policy.microseconds() == most);
  CHECK(spent_awake(policy, 1000, [](std::uint32_t) { return most; }) == 1000);
}

TEST_CASE("nobody stays awake who must not") {
  spin_policy never(0);
  for (int i = 0; i < 100; ++i) {
    never.ended(0);
    CHECK(never.microseconds() == 0);
  }
}

TEST_CASE("over a slow link no wait is spent awake") {
  spin_policy policy(most);
  CHECK(spent_awake(policy, 100'000, [](std::uint32_t) { return 20'000U; }) == 0);
  CHECK(spent_awake(policy, 10, [](std::uint32_t) { return spin_policy::in_vain; }) == 0);
}

TEST_CASE("a wait that was slept through may take longer by the waking up") {
  spin_policy policy(most);
  CHECK_FALSE(awake(policy, most + spin_policy::waking_microseconds + 1));
  CHECK_FALSE(awake(policy, most + spin_policy::waking_microseconds));
  CHECK(awake(policy, most + 1));  // awake it is in vain
  CHECK_FALSE(awake(policy, most));
}

TEST_CASE("where a link becomes slow one wait is spent awake in vain, and where it is quick again it is found out") {
  spin_policy policy(most);
  policy.ended(20);
  CHECK(spent_awake(policy, 1000, [](std::uint32_t) { return 500U; }) == 1);
  CHECK(spent_awake(policy, 1000, [](std::uint32_t) { return 20U; }) == 998);
}

TEST_CASE("answers that are quick and slow in turn cost one wait awake") {
  spin_policy policy(most);
  CHECK(spent_awake(policy, 100'000, [](std::uint32_t i) { return i % 2 == 0 ? 20U : 500U; }) == 1);
}

TEST_CASE("where the other end needs the core to answer, one wait in a thousand is spent awake") {
  spin_policy policy(most);
  constexpr std::uint32_t waits = 100'000;
  std::uint32_t in_vain = 0;
  for (std::uint32_t i = 0; i < waits; ++i) {
    const bool stays = policy.microseconds() > 0;
    in_vain += stays ? 1 : 0;
    policy.ended(stays ? most + 40 : 40);  // nothing comes before this end sleeps
  }
  CHECK(in_vain >= 10);
  CHECK(in_vain <= 11 + waits / spin_policy::patience);
}
