// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_SIMD_PACK_HPP
#define CLEAVE_SIMD_PACK_HPP

/// @file
/// What a kernel computes with: a value of `lanes` floats. A kernel is one template over its pack, so
/// another instruction set costs another pack and never another kernel. Layer "simd": the only place
/// that knows instruction sets.

#include <concepts>
#include <cstddef>

namespace cleave {

/// A small value type that holds `lanes` floats, one vector register as a rule.
///
/// | expression                      | type        | semantics                                                    |
/// |---------------------------------|-------------|--------------------------------------------------------------|
/// | `Pack::lanes`                   | std::size_t | 1, 2, 4, 8 or 16, known at compile time                      |
/// | `Pack::fused`                   | bool        | true when `fma` rounds once                                  |
/// | `Pack::registers`               | int         | packs that fit the register file; kernels size tiles by it   |
/// | `Pack::load(p)`, `a.store(p)`   | Pack, void  | `lanes` floats at p, of any alignment                        |
/// | `Pack::template load_first<N>(p)` | Pack      | reads exactly N floats, 1 <= N <= lanes; other lanes are 0   |
/// | `a.template store_first<N>(p)`  | void        | writes exactly N floats                                      |
/// | `Pack::fill(x)`                 | Pack        | x in every lane                                              |
/// | `a + b`, `a - b`, `a * b`       | Pack        | as IEEE 754                                                  |
/// | `fma(a, b, c)`                  | Pack        | a * b + c; the only product that may feed a sum              |
/// | `divide(a, b)`, `sqrt(a)`       | Pack        | rounded as IEEE 754 demands, on every target                 |
/// | `max(a, b)`, `min(a, b)`        | Pack        | either zero may be the answer for +0 and -0; a NaN in b stays |
/// | `abs(a)`                        | Pack        | clears the sign                                              |
/// | `select_greater(a, b, x, y)`    | Pack        | a > b ? x : y; max and min are cheaper                       |
/// | `round_even(a)`                 | Pack        | nearest integer, ties to even; for abs(a) < 2^22             |
/// | `power_of_two(n)`               | Pack        | 2^n for integral n in [-126, 127]                            |
/// | `split_exponent(a, m)`          | Pack        | a = m * 2^result, 1 <= m < 2; for normal a > 0               |
/// | `reduce_max(a)`                 | float       | the greatest lane; for lanes without a NaN                   |
///
/// There is no sum over lanes: an output is added up in one order whatever the pack, so kernels keep
/// one chain of `fma` per output and put different outputs into the lanes.
///
/// Because compilers may contract a product and a sum into one rounding, results would depend on the
/// compiler wherever `a * b` feeds `+`. Kernels therefore write `fma` there, always.
template <class Pack>
concept pack = requires(const float* from, float* to, float one, const Pack a, Pack& reference) {
  requires std::copyable<Pack> && std::default_initializable<Pack>;
  { Pack::lanes } -> std::convertible_to<std::size_t>;
  { Pack::fused } -> std::convertible_to<bool>;
  { Pack::registers } -> std::convertible_to<int>;
  { Pack::load(from) } noexcept -> std::same_as<Pack>;
  { Pack::template load_first<1>(from) } noexcept -> std::same_as<Pack>;
  { Pack::fill(one) } noexcept -> std::same_as<Pack>;
  { a.store(to) } noexcept;
  { a.template store_first<1>(to) } noexcept;
  { a + a } noexcept -> std::same_as<Pack>;
  { a - a } noexcept -> std::same_as<Pack>;
  { a* a } noexcept -> std::same_as<Pack>;
  { fma(a, a, a) } noexcept -> std::same_as<Pack>;
  { divide(a, a) } noexcept -> std::same_as<Pack>;
  { sqrt(a) } noexcept -> std::same_as<Pack>;
  { max(a, a) } noexcept -> std::same_as<Pack>;
  { min(a, a) } noexcept -> std::same_as<Pack>;
  { abs(a) } noexcept -> std::same_as<Pack>;
  { select_greater(a, a, a, a) } noexcept -> std::same_as<Pack>;
  { round_even(a) } noexcept -> std::same_as<Pack>;
  { power_of_two(a) } noexcept -> std::same_as<Pack>;
  { split_exponent(a, reference) } noexcept -> std::same_as<Pack>;
  { reduce_max(a) } noexcept -> std::same_as<float>;
};

/// True for packs of cores that issue one instruction at a time, in order, loads like multiply-adds: microcontrollers.
/// Kernels then choose tiles by the instructions of a step. Such a pack has a static member of this name that is true.
template <pack Pack>
inline constexpr bool single_issue = requires { requires Pack::single_issue; };

/// fma(x in every lane, b, c). A pack that does this in one instruction has a static `fma_scalar` of its own for it.
template <pack Pack>
[[gnu::always_inline]] inline Pack fma_scalar(float x, Pack b, Pack c) noexcept {
  if constexpr (requires { Pack::fma_scalar(x, b, c); }) return Pack::fma_scalar(x, b, c);
  else return fma(Pack::fill(x), b, c);
}

/// A pack of sixteen that can be used as two halves of eight, for kernels with less than nine channels: those put two
/// pixels into one pack. Not required of a pack.
///
/// | Expression                      | Type | Semantics                                                            |
/// |---------------------------------|------|----------------------------------------------------------------------|
/// | `Pack::load_twice(p)`           | Pack | eight floats, in both halves                                         |
/// | `Pack::load_halves<M>(p, q)`    | Pack | eight floats from p, eight from q; those not in the mask M are 0 and |
/// |                                 |      | are not read                                                         |
/// | `a.spread<N>()`                 | Pack | lane N in the lower half, lane N + 8 in the upper                    |
/// | `Pack::fma_halves<L, H>(a,b,c)` | Pack | fma(a, b, c) in the halves that are true, c in the other             |
/// | `a.store_high<N>(p)`            |      | the first N lanes of the upper half                                  |
template <class Pack>
concept pair_pack = pack<Pack> && Pack::lanes == 16 && requires(const float* from, float* to, const Pack a) {
  { Pack::load_twice(from) } noexcept -> std::same_as<Pack>;
  { Pack::template load_halves<1U>(from, from) } noexcept -> std::same_as<Pack>;
  { a.template spread<0>() } noexcept -> std::same_as<Pack>;
  { Pack::template fma_halves<true, false>(a, a, a) } noexcept -> std::same_as<Pack>;
  { a.template store_high<1>(to) } noexcept;
};

/// A pack whose lanes can be factors, where the processor multiplies by a lane as fast as by a register: an input need
/// not be spread over a register of its own. Not required of a pack.
///
/// | Expression                      | Type | Semantics                                                            |
/// |---------------------------------|------|----------------------------------------------------------------------|
/// | `a.template fma_lane<N>(b, c)`  | Pack | fma(x, b, c) with x lane N of a in every lane                        |
template <class Pack>
concept lane_pack = pack<Pack> && requires(const Pack a) {
  { a.template fma_lane<0>(a, a) } noexcept -> std::same_as<Pack>;
};

/// A pack whose loads and stores move their pointer on for nothing, where the processor has no address with an offset
/// for them and few registers: all of it stays in the order in which it is written. Not required of a pack.
///
/// | Expression                      | Type | Semantics                                                            |
/// |---------------------------------|------|----------------------------------------------------------------------|
/// | `Pack::load_next(p)`            | Pack | load(p), and p moves on by `lanes` floats                            |
/// | `Pack::fill_next(p)`            | Pack | fill(*p), and p moves on by a float                                  |
/// | `a.store_next(q)`               |      | a.store(q), and q moves on by `lanes` floats                         |
/// | `Pack::fma_next(a, b, c)`       | Pack | fma(a, b, c)                                                         |
template <class Pack>
concept stream_pack = pack<Pack> && requires(const float*& from, float*& to, const Pack a) {
  { Pack::load_next(from) } noexcept -> std::same_as<Pack>;
  { Pack::fill_next(from) } noexcept -> std::same_as<Pack>;
  { a.store_next(to) } noexcept;
  { Pack::fma_next(a, a, a) } noexcept -> std::same_as<Pack>;
};

// Layers are called divide and sqrt too. Kernels mean the functions of their packs: with any function of the name in
// sight, the argument decides.
namespace kernels {
void divide();
void sqrt();
}  // namespace kernels

}  // namespace cleave
#endif
