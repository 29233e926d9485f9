// SPDX-License-Identifier: BSL-1.0
#include <cleave/network/options.hpp>

#include <doctest/doctest.h>

#include <cleave/network/make_network.hpp>
#include <cstdint>

#include "check_network.hpp"
#include "graphs.hpp"

namespace {

struct outside_memory : cleave::default_options {
  static constexpr bool owns_workspace = false;
};
struct tightly_packed : cleave::default_options {
  static constexpr std::size_t alignment = 16;
};

template <class Options>
using net = cleave::network<graphs::concats, Options>;

static_assert(sizeof(net<outside_memory>) <= 64, "weights, a fingerprint and a pointer");
static_assert(sizeof(net<cleave::default_options>) > net<cleave::default_options>::workspace_bytes);
static_assert(net<tightly_packed>::workspace_bytes < net<cleave::default_options>::workspace_bytes);
static_assert(alignof(net<tightly_packed>) == 16);
static_assert(alignof(net<cleave::default_options>) == cleave::default_options::alignment);
static_assert(!std::is_copy_constructible_v<net<cleave::default_options>>, "answers view a network's own workspace");
static_assert(!std::is_constructible_v<net<outside_memory>, const cleave::weights_view<graphs::concats>&>);

static_assert(cleave::numeric_id<check_network::on_scalars> == (cleave::scalar_pack::fused ? 1 : 0));

}  // namespace

TEST_CASE("a network that is given memory uses all of it and nothing else") {
  const auto weights = cleave::random_weights<graphs::concats>(42);
  const auto inputs = check_network::some_inputs<graphs::concats>();
  const auto expected = reference_network::run(graphs::concats, weights.source(), inputs);
  constexpr std::size_t guard = 256;
  cleave::aligned_bytes memory{net<outside_memory>::workspace_bytes + 2 * guard};
  // NaNs: what is read before it is written shows.
  std::ranges::fill(memory.all(), std::byte{0xFF});
  const auto room = memory.all().subspan<guard, net<outside_memory>::workspace_bytes>();
  net<outside_memory> whole{weights, room};
  const auto answer = check_network::with_inputs<graphs::concats>(inputs, [&](auto x) { return whole(x); });
  CHECK(check_network::is_reference<graphs::concats>(answer, expected));
  CHECK(reinterpret_cast<const std::byte*>(answer.data()) >= room.data());
  CHECK(reinterpret_cast<const std::byte*>(answer.data() + answer.size()) <= room.data() + room.size());
  const auto untouched = [](std::byte each) { return each == std::byte{0xFF}; };
  CHECK(std::ranges::all_of(memory.all().first(guard), untouched));
  CHECK(std::ranges::all_of(memory.all().last(guard), untouched));
}

TEST_CASE("alignment changes no bit") {
  CHECK(check_network::whole_is_reference<graphs::concats, tightly_packed>());
  CHECK(check_network::first_wrong_cut<graphs::concats, tightly_packed>() == graphs::concats.last + 1);
}

TEST_CASE("two networks over the same weights do not disturb each other") {
  const auto weights = cleave::random_weights<graphs::concats>(42);
  const auto first_input = check_network::some_inputs<graphs::concats>(1);
  const auto second_input = check_network::some_inputs<graphs::concats>(2);
  const auto one = cleave::make_network<graphs::concats>(weights);
  const auto other = cleave::make_network<graphs::concats>(weights);
  const auto run = [](auto& net, const auto& in) {
    return check_network::with_inputs<graphs::concats>(in, [&](auto x) { return (*net)(x); });
  };
  const auto first = run(one, first_input);
  const auto second = run(other, second_input);
  CHECK(check_network::is_reference<graphs::concats>(
      first, reference_network::run(graphs::concats, weights.source(), first_input)));
  CHECK(check_network::is_reference<graphs::concats>(
      second, reference_network::run(graphs::concats, weights.source(), second_input)));
  CHECK(one->weights_fingerprint() == weights.fingerprint());
  const auto halves = one->split<3>();
  CHECK(halves.device.weights_fingerprint() == weights.fingerprint());
  CHECK(halves.remote.weights_fingerprint() == weights.fingerprint());
}
