// SPDX-License-Identifier: BSL-1.0
// The pack of the board against single floats, bit by bit. The exit status is the number of the first operation that
// differs.
#include <bit>
#include <cstddef>
#include <cstdint>

#include <cleave/core/static_for.hpp>
#include <cleave/simd/native.hpp>

namespace {

using cleave::native_pack;
using cleave::scalar_pack;
constexpr std::size_t lanes = native_pack::lanes;

std::uint32_t seed = 7;
std::uint32_t draw() { return seed = seed * 1664525U + 1013904223U; }

/// Numbers in [-4, 4), some equal, some large, some small, none so small that a product of two is subnormal.
float number() {
  const float x = static_cast<float>(static_cast<std::int32_t>(draw())) * 0x1p-29F;
  const std::uint32_t kind = draw() >> 24;
  if (x * x < 0x1p-40F || kind < 12) return 0;
  return kind < 30 ? 1.0F : kind < 50 ? x * 0x1p40F : kind < 70 ? x * 0x1p-20F : x;
}

int failed = 0;

void compare(int operation, native_pack got, const float* wanted) {
  float each[lanes];
  got.store(each);
  for (std::size_t i = 0; i < lanes; ++i) {
    if (std::bit_cast<std::uint32_t>(each[i]) != std::bit_cast<std::uint32_t>(wanted[i]) && failed == 0) {
      failed = operation;
    }
  }
}

/// Applies one function to packs and to each float.
template <class Function>
void compare(int operation, const float* a, const float* b, const float* c, Function function) {
  float wanted[lanes];
  for (std::size_t i = 0; i < lanes; ++i) {
    wanted[i] = function(scalar_pack::load(a + i), scalar_pack::load(b + i), scalar_pack::load(c + i)).value;
  }
  compare(operation, function(native_pack::load(a), native_pack::load(b), native_pack::load(c)), wanted);
}

void check_arithmetic(const float* a, const float* b, const float* c) {
  compare(1, a, b, c, [](auto x, auto y, auto) { return x + y; });
  compare(2, a, b, c, [](auto x, auto y, auto) { return x - y; });
  compare(3, a, b, c, [](auto x, auto y, auto) { return x * y; });
  compare(4, a, b, c, [](auto x, auto y, auto z) { return fma(x, y, z); });
  compare(5, a, b, c, [](auto x, auto y, auto) { return divide(x, y); });
  compare(6, a, b, c, [](auto x, auto, auto) { return sqrt(abs(x)); });
  compare(7, a, b, c, [](auto x, auto, auto) { return round_even(x); });
  compare(8, a, b, c, [](auto, auto y, auto z) { return cleave::fma_scalar(0.75F, y, z); });
  compare(9, a, b, c, [](auto x, auto, auto) {
    decltype(x) mantissa;
    return split_exponent(abs(x), mantissa) + mantissa;
  });
  compare(10, a, b, c, [](auto x, auto, auto) {
    return power_of_two(max(decltype(x)::fill(-126.0F), min(round_even(x), decltype(x)::fill(127.0F))));
  });
}

/// These take a NaN as it is.
void check_choices(const float* a, const float* b, const float* c) {
  compare(11, a, b, c, [](auto x, auto y, auto) { return max(x, y); });
  compare(12, a, b, c, [](auto x, auto y, auto) { return min(x, y); });
  compare(13, a, b, c, [](auto x, auto y, auto) { return max(y, x); });
  compare(14, a, b, c, [](auto x, auto y, auto z) { return select_greater(x, y, z, x); });
}

/// Parts of a pack read and write exactly their floats, and what was stored just before.
void check_parts(float* a) {
  cleave::static_for<lanes>([&]<std::size_t Index>() {
    constexpr int count = static_cast<int>(Index) + 1;
    a[Index] = number();
    float part[lanes + 2];
    for (float& each : part) each = 7.0F;
    native_pack::template load_first<count>(a).template store_first<count>(part + 1);
    for (std::size_t i = 0; i < lanes + 2; ++i) {
      const bool written = i >= 1 && i <= Index + 1;
      if (part[i] != (written ? a[i - 1] : 7.0F) && failed == 0) failed = 15;
    }
    float wanted[lanes] = {};
    for (std::size_t i = 0; i <= Index; ++i) wanted[i] = a[i];
    compare(16, native_pack::template load_first<count>(a), wanted);
  });
}

/// A part of a pack takes nothing of what was stored just before behind it, though all of it is known while compiling.
template <int Count>
[[gnu::noinline]] float stored_behind(native_pack pack, float second, float third) {
  float four[lanes + 3];
  four[Count] = second;
  four[Count + 1] = third;
  pack.template store_first<Count>(four);
  return four[Count - 1] + 2 * four[Count] + 4 * four[Count + 1];
}

void check_stores() {
  cleave::static_for<lanes>([]<std::size_t Index>() {
    const float behind = stored_behind<static_cast<int>(Index) + 1>(native_pack::fill(1.0F), 3.0F, 5.0F);
    if (behind != 27.0F && failed == 0) failed = 18;
  });
}

}  // namespace

int main() {
  check_stores();
  for (int round = 0; round < 2000; ++round) {
    float a[lanes];
    float b[lanes];
    float c[lanes];
    for (std::size_t i = 0; i < lanes; ++i) {
      a[i] = number();
      b[i] = number();
      c[i] = number();
    }
    if (round % 5 == 1) a[lanes / 2] = __builtin_inff();
    if (round % 5 == 2) b[lanes - 1] = -__builtin_inff();
    check_arithmetic(a, b, c);
    if (round % 5 == 3) b[0] = __builtin_nanf("");
    check_choices(a, b, c);
    check_parts(a);
    float greatest = a[0];
    for (const float each : a) greatest = each > greatest ? each : greatest;
    if (reduce_max(native_pack::load(a)) != greatest && failed == 0) failed = 17;
  }
  return failed;
}
