// SPDX-License-Identifier: BSL-1.0
#include <cleave/kernels/channel_chunk.hpp>

#include <doctest/doctest.h>

#include <cleave/core/static_for.hpp>
#include <cleave/simd/native.hpp>
#include <cstddef>
#include <vector>

#include "support/kernel_packs.hpp"

namespace {

using namespace cleave::kernels;

/// What a kernel is told about one vector.
struct told {
  int channel;
  std::ptrdiff_t offset;
  std::ptrdiff_t stride;
  int loaded;
  int stored;
};

void check(const blocked_layout& layout, const std::vector<told>& vectors) {
  CAPTURE(layout.outputs);
  std::vector<int> stored(static_cast<std::size_t>(layout.outputs));
  for (const told& each : vectors) {
    CAPTURE(each.channel);
    CHECK(each.stride == layout.width_at(each.channel));
    CHECK(each.offset == static_cast<std::ptrdiff_t>(layout.weight(each.channel, 0, 0, 0)));
    CHECK(each.channel % block_width + each.loaded <= layout.width_at(each.channel));
    CHECK(each.stored <= each.loaded);
    for (int lane = 0; lane < each.stored; ++lane) ++stored.at(static_cast<std::size_t>(each.channel + lane));
  }
  CHECK(stored == std::vector<int>(stored.size(), 1));
}

/// Walks through the chunks of a group as kernels do.
template <blocked_layout Layout, class Pack, int Vectors>
std::vector<told> walk(const float* weights) {
  using of = channel_vectors<Layout, Pack>;
  std::vector<told> vectors;
  for_each_chunk<Layout, Pack, Vectors>([&]<channel_chunk Chunk>(int first) {
    const chunk_weights<Layout, Pack, Chunk> from(weights, first);
    for (int i = 0; i < Chunk.vectors; ++i) {
      vectors.push_back({(first + i) * of::lanes, from.vector[i] - weights, of::stride(Chunk, i), of::loaded(Chunk, i),
                         of::stored(Chunk, i)});
    }
  });
  return vectors;
}

template <class Pack, int Outputs>
void check_chunks() {
  constexpr blocked_layout layout{{1, 2}, 3, Outputs, 1};
  const std::vector<float> weights(layout.floats());
  cleave::static_for<8>(
      [&]<std::size_t Index>() { check(layout, walk<layout, Pack, static_cast<int>(Index) + 1>(weights.data())); });
}

}  // namespace

TEST_CASE_TEMPLATE("chunks hold every output once and know where their weights lie", Pack, CLEAVE_TEST_KERNEL_PACKS) {
  check_chunks<Pack, 6>();
  check_chunks<Pack, 30>();
  check_chunks<Pack, 57>();
  check_chunks<Pack, 64>();
}
