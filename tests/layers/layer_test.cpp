// SPDX-License-Identifier: BSL-1.0
#include <cleave/layers/layer.hpp>

#include <doctest/doctest.h>

#include "archetypes/minimal_layer.hpp"

namespace {

/// All that the concept asks for; each type below lacks one thing.
struct complete {
  static constexpr std::string_view kind = "complete";
  cleave::label name{};
  cleave::label from{};
  constexpr cleave::inference infer(std::span<const cleave::shape>) const noexcept { return {}; }
  constexpr std::size_t weight_count(std::span<const cleave::shape>) const noexcept { return 0; }
  template <cleave::pack Pack>
  void run(const cleave::layer_arguments&) const noexcept {}
};

struct uncopyable : complete {
  uncopyable(const uncopyable&) = delete;
};
struct without_kind {
  cleave::label name{};
  cleave::label from{};
  constexpr cleave::inference infer(std::span<const cleave::shape>) const noexcept { return {}; }
  constexpr std::size_t weight_count(std::span<const cleave::shape>) const noexcept { return 0; }
  template <cleave::pack Pack>
  void run(const cleave::layer_arguments&) const noexcept {}
};
struct numbered_kind : complete {
  static constexpr int kind = 3;
};
struct without_name : complete {
  int name = 0;
};
struct without_from : complete {
  void from();
};
struct without_infer : complete {
  void infer();
};
struct throwing_infer : complete {
  constexpr cleave::inference infer(std::span<const cleave::shape>) const { return {}; }
};
struct infers_a_shape : complete {
  constexpr cleave::shape infer(std::span<const cleave::shape>) const noexcept { return {}; }
};
struct without_weight_count : complete {
  void weight_count();
};
struct throwing_weight_count : complete {
  constexpr std::size_t weight_count(std::span<const cleave::shape>) const { return 0; }
};
struct counts_in_int : complete {
  constexpr int weight_count(std::span<const cleave::shape>) const noexcept { return 0; }
};
struct without_run : complete {
  void run();
};
struct throwing_run : complete {
  template <cleave::pack Pack>
  void run(const cleave::layer_arguments&) const {}
};
struct changes_itself : complete {
  template <cleave::pack Pack>
  void run(const cleave::layer_arguments&) noexcept {}
};
struct answers : complete {
  template <cleave::pack Pack>
  bool run(const cleave::layer_arguments&) const noexcept {
    return true;
  }
};

static_assert(cleave::layer<complete>);
static_assert(cleave::layer<archetypes::minimal_layer>);
static_assert(cleave::layer<archetypes::mixing_layer>);
static_assert(!cleave::layer<uncopyable>);
static_assert(!cleave::layer<without_kind>);
static_assert(!cleave::layer<numbered_kind>);
static_assert(!cleave::layer<without_name>);
static_assert(!cleave::layer<without_from>);
static_assert(!cleave::layer<without_infer>);
static_assert(!cleave::layer<throwing_infer>);
static_assert(!cleave::layer<infers_a_shape>);
static_assert(!cleave::layer<without_weight_count>);
static_assert(!cleave::layer<throwing_weight_count>);
static_assert(!cleave::layer<counts_in_int>);
static_assert(!cleave::layer<without_run>);
static_assert(!cleave::layer<throwing_run>);
static_assert(!cleave::layer<changes_itself>);
static_assert(!cleave::layer<answers>);
static_assert(!cleave::layer<cleave::relu>);
static_assert(!cleave::layer<int>);

}  // namespace

TEST_CASE("the record of a user's own layer has its labels and its number") {
  const cleave::layer_record one = cleave::custom_record(archetypes::minimal_layer{"out", "in"}, 3);
  CHECK(one.kind == cleave::op::custom);
  CHECK(one.custom == 3);
  CHECK(one.name == "out");
  CHECK(one.from[0] == "in");
  CHECK(one.arity == 1);

  const cleave::layer_record two = cleave::custom_record(archetypes::mixing_layer{.with = "b", .from = "a"}, 0);
  CHECK(two.arity == 2);
  CHECK(two.from[0] == "a");
  CHECK(two.from[1] == "b");
}
