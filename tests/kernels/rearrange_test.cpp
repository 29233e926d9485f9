// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <cleave/kernels/rearrange.hpp>
#include <cleave/kernels/reference_arrange.hpp>
#include <cleave/simd/native.hpp>
#include <vector>

#include "check_rows.hpp"
#include "support/kernel_packs.hpp"

namespace {

using namespace cleave_test;
using cleave::element_order;
using cleave::range;
using cleave::shape;
namespace kernels = cleave::kernels;

template <shape Out, element_order Order, class Pack>
void check(std::size_t input_size) {
  constexpr kernels::rearrange_shape given{Out, Order};
  constexpr kernels::rearrange_shape merged{Out, Order.merged()};
  static_assert(Order.count() == Out.size());
  REQUIRE(Order.lies_within(input_size));
  const std::vector<float> in = numbers(input_size, 61);
  check_rows<float>(
      Out, [&](float* to, range rows) { kernels::rearrange<merged, Pack>(in.data(), to, rows); },
      [&](float* to, range rows) { kernels::reference::rearrange(given, in.data(), to, rows); });
}

constexpr element_order plain{{2, 3, 4}, {12, 4, 1}, 0};
constexpr element_order turned{{4, 2, 3}, {1, 12, 4}, 0};

}  // namespace

static_assert(plain.merged() == element_order{{24}, {1}, 0});
static_assert(element_order{{2, 1, 3, 1}, {3, 7, 1, 9}, 5}.merged() == element_order{{6}, {1}, 5});
static_assert(turned.merged() == element_order{{4, 6}, {1, 4}, 0});
static_assert(element_order{{1, 1}, {4, 4}, 2}.merged() == element_order{{1}, {1}, 2});
static_assert(element_order{{2, 3}, {0, 0}, 0}.merged() == element_order{{6}, {0}, 0});
static_assert(element_order{{2, 0, 3}, {1, 1, 1}, 0}.count() == 0);
static_assert(element_order{{2, -1}, {1, 1}, 0}.count() == 0);
static_assert(element_order{{3, 2}, {-4, 1}, 8}.lies_within(10));
static_assert(!element_order{{3, 2}, {-4, 1}, 8}.lies_within(9));
static_assert(!element_order{{3, 2}, {-4, 1}, 7}.lies_within(10));

TEST_CASE_TEMPLATE("a transposition reads a matrix across, whole or in rows", Pack, CLEAVE_TEST_KERNEL_PACKS) {
  check<shape{4, 2, 3}, turned, Pack>(24);
  check<shape{37, 1, 21}, element_order{{37, 21}, {1, 37}, 0}, Pack>(37 * 21);
  check<shape{16, 16, 3}, element_order{{16, 16, 3}, {16, 1, 256}, 0}, Pack>(768);
  check<shape{3, 18, 17}, element_order{{3, 18, 17}, {1, 51, 3}, 0}, Pack>(918);
  // Depth to space, with blocks of 2 x 2.
  check<shape{6, 4, 3}, element_order{{3, 2, 2, 2, 3}, {24, 6, 12, 3, 1}, 0}, Pack>(72);
}

TEST_CASE_TEMPLATE("a slice takes rows, columns and channels with steps of either sign", Pack,
                   CLEAVE_TEST_KERNEL_PACKS) {
  check<shape{2, 3, 4}, element_order{{2, 3, 4}, {40, 8, 1}, 3}, Pack>(80);
  check<shape{2, 3, 4}, element_order{{2, 3, 4}, {-40, -8, -2}, 79}, Pack>(80);
  check<shape{3, 1, 2}, element_order{{3, 2}, {6, 5}, 1}, Pack>(19);
  check<shape{1, 1, 7}, element_order{{7}, {1}, 2}, Pack>(9);
}

TEST_CASE_TEMPLATE("a step of 0 repeats", Pack, CLEAVE_TEST_KERNEL_PACKS) {
  check<shape{3, 2, 5}, element_order{{3, 2, 5}, {0, 1, 0}, 1}, Pack>(3);
  check<shape{2, 2, 3}, element_order{{2, 2, 3}, {0, 3, 1}, 0}, Pack>(6);
  check<shape{4, 4, 4}, element_order{{64}, {0}, 5}, Pack>(6);
}

TEST_CASE_TEMPLATE("an order may have six directions, and rows that begin anywhere in them", Pack,
                   CLEAVE_TEST_KERNEL_PACKS) {
  constexpr element_order six{{2, 3, 2, 2, 3, 2}, {72, 1, 36, 3, 12, 6}, 0};
  check<shape{9, 2, 8}, six, Pack>(144);
  check<shape{48, 1, 3}, six, Pack>(144);
  check<shape{1, 144, 1}, six, Pack>(144);
}
