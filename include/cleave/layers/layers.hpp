// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_LAYERS_LAYERS_HPP
#define CLEAVE_LAYERS_LAYERS_HPP

/// @file
/// All layers, and runs of layers for blocks that a network repeats.

#include <array>
#include <cstddef>
#include <tuple>
#include <type_traits>

#include <cleave/layers/activation.hpp>
#include <cleave/layers/arithmetic.hpp>
#include <cleave/layers/arrange.hpp>
#include <cleave/layers/conv2d.hpp>
#include <cleave/layers/dense.hpp>
#include <cleave/layers/input.hpp>
#include <cleave/layers/layer.hpp>
#include <cleave/layers/math.hpp>
#include <cleave/layers/normalization.hpp>
#include <cleave/layers/pool.hpp>
#include <cleave/layers/rearrange.hpp>
#include <cleave/layers/recurrent.hpp>
#include <cleave/layers/reduce.hpp>
#include <cleave/layers/resize.hpp>

namespace cleave {

/// Some layers one after another: what a function gives back that writes a repeated block of a network,
/// `constexpr auto block(int channels) { return cleave::layers{cleave::conv2d{...}, cleave::relu{}}; }`.
/// A label in a block means the nearest layer before of that name, so blocks can repeat theirs.
template <std::size_t Count, class Customs = std::tuple<>>
struct layers;

namespace detail {

template <class Item>
struct item_traits {
  static constexpr bool is_run = false;
  static constexpr std::size_t count = 1;
  static constexpr bool is_custom = !std::is_convertible_v<Item, layer_record> && layer<Item>;
  using customs = std::conditional_t<is_custom, std::tuple<Item>, std::tuple<>>;
};

template <std::size_t Count, class Customs>
struct item_traits<layers<Count, Customs>> {
  static constexpr bool is_run = true;
  static constexpr bool is_custom = false;
  static constexpr std::size_t count = Count;
  using customs = Customs;
};

template <class... Items>
inline constexpr std::size_t count_of = (std::size_t{0} + ... + item_traits<Items>::count);

template <class... Items>
using customs_of = decltype(std::tuple_cat(std::declval<typename item_traits<Items>::customs>()...));

template <class Item>
constexpr typename item_traits<Item>::customs customs_in(const Item& item) {
  if constexpr (item_traits<Item>::is_run) {
    return item.customs;
  } else if constexpr (item_traits<Item>::is_custom) {
    return typename item_traits<Item>::customs{item};
  } else {
    return {};
  }
}

/// Copies the records of `item` to `place`, and numbers its custom layers from `custom` on.
template <class Item>
constexpr void append(const Item& item, layer_record*& place, int& custom) {
  if constexpr (item_traits<Item>::is_run) {
    for (const layer_record& record : item.records) {
      *place = record;
      if (record.kind == op::custom) place->custom = custom++;
      ++place;
    }
  } else if constexpr (std::is_convertible_v<Item, layer_record>) {
    *place++ = static_cast<layer_record>(item);
  } else {
    static_assert(layer<Item>, "a graph is made of layers, of runs of layers, and of types that model cleave::layer");
    if constexpr (layer<Item>) *place++ = custom_record(item, custom++);
  }
}

}  // namespace detail

template <std::size_t Count, class Customs>
struct layers {
  std::array<layer_record, Count> records{};
  Customs customs{};

  /// To be filled record by record.
  constexpr layers() = default;
  template <class... Items>
  constexpr explicit layers(const Items&... items) : customs(std::tuple_cat(detail::customs_in(items)...)) {
    layer_record* place = records.data();
    int custom = 0;
    (detail::append(items, place, custom), ...);
  }
};

template <class... Items>
layers(const Items&...) -> layers<detail::count_of<Items...>, detail::customs_of<Items...>>;

}  // namespace cleave
#endif
