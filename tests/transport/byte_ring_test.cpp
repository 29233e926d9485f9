// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <array>
#include <cleave/core/random_bits.hpp>
#include <cleave/transport/byte_ring.hpp>
#include <cstddef>
#include <deque>
#include <span>
#include <vector>

TEST_CASE("a ring agrees with an endless queue, in any order of pushes and pops, at any size") {
  cleave::random_bits random(1);
  for (const std::size_t capacity : {1u, 2u, 3u, 8u, 13u}) {
    std::vector<std::byte> memory(capacity);
    cleave::byte_ring ring(memory);
    std::deque<std::byte> model;
    int wrong = 0;
    for (int step = 0; step < 2000; ++step) {
      std::vector<std::byte> block(static_cast<std::size_t>(random.below(capacity + 3)));
      if (random.below(2) == 0) {
        for (std::byte& each : block) each = static_cast<std::byte>(random.below(256));
        const std::size_t count = ring.push(block);
        wrong += count != std::min(block.size(), capacity - model.size());
        model.insert(model.end(), block.begin(), block.begin() + static_cast<long>(count));
      } else {
        const std::size_t count = ring.pop(block);
        wrong += count != std::min(block.size(), model.size());
        for (std::size_t i = 0; i < count; ++i) {
          wrong += block[i] != model.front();
          model.pop_front();
        }
      }
      wrong += ring.size() != model.size() || ring.room() != capacity - model.size() || ring.empty() != model.empty();
    }
    CHECK(wrong == 0);
  }
}

TEST_CASE("a cleared ring is empty and has all its room") {
  std::array<std::byte, 4> memory{};
  cleave::byte_ring ring(memory);
  CHECK(ring.push(std::array<std::byte, 3>{}) == 3);
  ring.clear();
  CHECK(ring.empty());
  CHECK(ring.push(std::array<std::byte, 9>{}) == 4);
}
