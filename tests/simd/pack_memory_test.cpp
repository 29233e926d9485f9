// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <algorithm>
#include <cleave/core/static_for.hpp>
#include <vector>

#include "packs.hpp"

namespace {

using namespace cleave_test;

constexpr std::array<float, 3 * 16 + 1> counting = [] {
  std::array<float, 3 * 16 + 1> result{};
  for (std::size_t i = 0; i < result.size(); ++i) result[i] = static_cast<float>(i) + 1;
  return result;
}();

}  // namespace

TEST_CASE_TEMPLATE("a pack is loaded from and stored to any address", Pack, CLEAVE_TEST_PACKS) {
  for (std::size_t at = 0; at <= 16; ++at) {
    std::array<float, counting.size()> out{};
    Pack::load(counting.data() + at).store(out.data() + at);
    for (std::size_t i = 0; i < out.size(); ++i) {
      CHECK(out[i] == (i >= at && i < at + Pack::lanes ? counting[i] : 0.0F));
    }
  }
}

TEST_CASE_TEMPLATE("fill gives every lane the number", Pack, CLEAVE_TEST_PACKS) {
  for (const float lane : lanes(Pack::fill(-2.5F))) CHECK(lane == -2.5F);
}

TEST_CASE_TEMPLATE("load_first reads that many floats and makes the other lanes zero", Pack, CLEAVE_TEST_PACKS) {
  cleave::static_for<Pack::lanes>([]<std::size_t Index>() {
    constexpr int count = static_cast<int>(Index) + 1;
    // On the heap and without a float to spare: the address sanitizer sees one read too many.
    const std::vector<float> exact(counting.begin(), counting.begin() + count);
    const lanes_of<Pack> loaded = lanes(Pack::template load_first<count>(exact.data()));
    for (std::size_t i = 0; i < Pack::lanes; ++i) CHECK(loaded[i] == (i <= Index ? counting[i] : 0.0F));
  });
}

TEST_CASE_TEMPLATE("store_first writes that many floats and no other", Pack, CLEAVE_TEST_PACKS) {
  cleave::static_for<Pack::lanes>([]<std::size_t Index>() {
    constexpr int count = static_cast<int>(Index) + 1;
    std::array<float, 3 * Pack::lanes> out{};
    Pack::load(counting.data()).template store_first<count>(out.data() + Pack::lanes);
    for (std::size_t i = 0; i < out.size(); ++i) {
      const bool written = i >= Pack::lanes && i <= Pack::lanes + Index;
      CHECK(out[i] == (written ? counting[i - Pack::lanes] : 0.0F));
    }
    std::vector<float> exact(static_cast<std::size_t>(count));
    Pack::load(counting.data()).template store_first<count>(exact.data());
    CHECK(std::equal(exact.begin(), exact.end(), counting.begin()));
  });
}
