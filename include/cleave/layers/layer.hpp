// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_LAYERS_LAYER_HPP
#define CLEAVE_LAYERS_LAYER_HPP

/// @file
/// The extension point for a user's own layers.

#include <concepts>
#include <cstddef>
#include <span>
#include <string_view>

#include <cleave/layers/record.hpp>
#include <cleave/simd/scalar_pack.hpp>

namespace cleave {

/// A tensor that a layer reads: float32, NHWC, `dims.size()` elements.
struct tensor_view {
  const float* data = nullptr;
  shape dims{};
};

/// What a layer gets when it is run.
struct layer_arguments {
  std::span<const tensor_view> inputs;
  float* output = nullptr;         ///< the whole output tensor, apart from all inputs
  shape dims{};                    ///< of the output
  const float* weights = nullptr;  ///< as many as `weight_count` said, aligned to 64 bytes in the blob
  range rows{};                    ///< the output rows to compute; others are not touched
};

/// A layer that the library does not have. It is an aggregate that stands in a graph like any other, with its own
/// fields, then `name`, then `from` (and, for a second input, `with` among its own fields).
///
/// | expression              | type             | semantics                                                          |
/// |-------------------------|------------------|--------------------------------------------------------------------|
/// | `Layer::kind`           | std::string_view | what the layer is, part of the graph's fingerprint                 |
/// | `l.name`, `l.from`      | label            | as in every layer                                                  |
/// | `l.infer(shapes)`       | inference        | constexpr: the output's shape, or `refused(need::...)`             |
/// | `l.weight_count(shapes)`| std::size_t      | constexpr: floats of trained weights, 0 for none                   |
/// | `l.template run<P>(a)`  | void             | computes rows `a.rows` of the output with pack P; same bits for    |
/// |                         |                  | every pack and every division into rows                            |
///
/// Fields that change what is computed should change the fingerprint too: an optional constexpr member
/// `std::uint64_t fingerprint() const` is mixed in. The smallest conforming type is in
/// tests/archetypes/minimal_layer.hpp.
template <class Layer>
concept layer = std::copy_constructible<Layer> &&
                requires(const Layer& own, std::span<const shape> shapes, const layer_arguments& arguments) {
                  { Layer::kind } -> std::convertible_to<std::string_view>;
                  { own.name } -> std::convertible_to<label>;
                  { own.from } -> std::convertible_to<label>;
                  { own.infer(shapes) } noexcept -> std::same_as<inference>;
                  { own.weight_count(shapes) } noexcept -> std::same_as<std::size_t>;
                  { own.template run<scalar_pack>(arguments) } noexcept -> std::same_as<void>;
                };

/// The record of a user's own layer; the graph numbers it.
template <layer Layer>
constexpr layer_record custom_record(const Layer& own, int number) {
  layer_record record;
  record.kind = op::custom;
  record.custom = number;
  record.name = own.name;
  record.from[0] = own.from;
  if constexpr (requires { label{own.with}; }) {
    record.from[1] = own.with;
    record.arity = 2;
  }
  return record;
}

}  // namespace cleave
#endif
