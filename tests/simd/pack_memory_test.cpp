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

TEST_CASE_TEMPLATE("a lane can be a factor, with the rounding of fma", Pack, CLEAVE_TEST_PACKS) {
  const Pack a = Pack::load(counting.data()) * Pack::fill(0.1F);
  const Pack b = Pack::load(counting.data() + 5) * Pack::fill(0.3F);
  const Pack c = Pack::load(counting.data() + 11) * Pack::fill(0.7F);
  cleave::static_for<Pack::lanes>([&]<std::size_t Index>() {
    if constexpr (cleave::lane_pack<Pack>) {
      CHECK(lanes(a.template fma_lane<Index>(b, c)) == lanes(fma(Pack::fill(lanes(a)[Index]), b, c)));
    }
  });
  // Which packs can, so that none loses it unseen.
#if defined(__aarch64__)
  static_assert(cleave::lane_pack<cleave::native_pack>);
#endif
  static_assert(!cleave::lane_pack<cleave::scalar_pack>);
}

TEST_CASE_TEMPLATE("loads and stores move their pointer on", Pack, CLEAVE_TEST_PACKS) {
  if constexpr (cleave::stream_pack<Pack>) {
    const float* from = counting.data() + 1;
    const Pack all = Pack::load_next(from);
    CHECK(lanes(all) == lanes(Pack::load(counting.data() + 1)));
    CHECK(from == counting.data() + 1 + Pack::lanes);
    const Pack one = Pack::fill_next(from);
    CHECK(lanes(one) == lanes(Pack::fill(counting[1 + Pack::lanes])));
    CHECK(from == counting.data() + 2 + Pack::lanes);
    std::array<float, 3 * Pack::lanes> out{};
    float* to = out.data() + Pack::lanes;
    const Pack sum = Pack::fma_next(all * Pack::fill(0.1F), one * Pack::fill(0.3F), all);
    sum.store_next(to);
    CHECK(to == out.data() + 2 * Pack::lanes);
    CHECK(lanes(Pack::load(out.data() + Pack::lanes)) ==
          lanes(fma(all * Pack::fill(0.1F), one * Pack::fill(0.3F), all)));
    CHECK(out[Pack::lanes - 1] == 0);
    CHECK(out[2 * Pack::lanes] == 0);
  }
#if defined(__arm__) && defined(__ARM_NEON) && defined(__ARM_FEATURE_FMA)
  static_assert(cleave::stream_pack<cleave::native_pack>);
#endif
  static_assert(!cleave::stream_pack<cleave::scalar_pack>);
}
