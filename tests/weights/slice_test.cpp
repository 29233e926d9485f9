// SPDX-License-Identifier: BSL-1.0
#include <cleave/weights/slice.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cleave/models/lenet5.hpp>

#include "network/check_network.hpp"

namespace {

constexpr const auto& lenet5 = cleave::models::lenet5;

/// Both halves of one cut, each with nothing but its own slice.
template <std::size_t Cut>
bool halves_run_on_slices(std::span<const std::byte> blob, const std::vector<check_network::values>& inputs,
                          const std::vector<check_network::values>& expected) {
  const auto device_slice = cleave::slice_weights(blob, 1, Cut);
  const auto remote_slice = cleave::slice_weights(blob, Cut + 1, lenet5.last);
  if (!device_slice || !remote_slice) return false;
  const auto device_weights = cleave::view_weights<cleave::models::lenet5, cleave::up_to(Cut)>(device_slice->all());
  const auto remote_weights = cleave::view_weights<cleave::models::lenet5, cleave::behind(Cut)>(remote_slice->all());
  if (!device_weights || !remote_weights) return false;
  const auto device = std::make_unique<cleave::device_half<cleave::models::lenet5, Cut>>(*device_weights);
  const auto remote = std::make_unique<cleave::remote_half<cleave::models::lenet5, Cut>>(*remote_weights);
  const auto sent = check_network::with_inputs<cleave::models::lenet5>(inputs, [&](auto x) { return (*device)(x); });
  return check_network::is_reference<cleave::models::lenet5>((*remote)(sent), expected);
}

}  // namespace

TEST_CASE("the halves of every cut run on slices of their own") {
  const auto weights = cleave::random_weights<cleave::models::lenet5>(42);
  const auto inputs = check_network::some_inputs<cleave::models::lenet5>();
  const auto expected = reference_network::run(lenet5, weights.source(), inputs);
  cleave::static_for<lenet5.last + 1>([&]<std::size_t Cut>() {
    CAPTURE(Cut);
    CHECK(halves_run_on_slices<Cut>(weights.bytes(), inputs, expected));
  });
}

TEST_CASE("a slice of a slice is the slice of the whole, byte by byte") {
  const auto weights = cleave::random_weights<cleave::models::lenet5>(42);
  for (std::size_t first = 1; first <= lenet5.last; ++first) {
    for (std::size_t final = first; final <= lenet5.last; ++final) {
      const auto outer = cleave::slice_weights(weights.bytes(), first, final);
      REQUIRE(outer);
      const auto inner = cleave::slice_weights(outer->all(), final, final);
      const auto direct = cleave::slice_weights(weights.bytes(), final, final);
      REQUIRE(inner);
      REQUIRE(direct);
      REQUIRE(std::ranges::equal(inner->all(), direct->all()));
    }
  }
  const auto all = cleave::slice_weights(weights.bytes(), 1, lenet5.last);
  REQUIRE(all);
  CHECK(std::ranges::equal(all->all(), weights.bytes()));
}

TEST_CASE("a slice is as small as its layers") {
  const auto weights = cleave::random_weights<cleave::models::lenet5>(42);
  const std::size_t table = cleave::blob_format::data_offset(lenet5.last);
  const auto size = [&](std::size_t first, std::size_t final) {
    return cleave::slice_weights(weights.bytes(), first, final)->all().size();
  };
  CHECK(size(1, 0) == table);
  CHECK(size(2, 3) == table);
  CHECK(size(1, 3) == table + 4 * (8 * 25 + 8));
  CHECK(size(1, 12) == weights.bytes().size());
}

TEST_CASE("layers that are not there can not be sliced out") {
  const auto weights = cleave::random_weights<cleave::models::lenet5>(42);
  const auto error = [](std::span<const std::byte> blob, std::size_t first, std::size_t final) {
    return cleave::slice_weights(blob, first, final).error();
  };
  CHECK(error(weights.bytes(), 0, 3) == cleave::errc::bad_cut);
  CHECK(error(weights.bytes(), 1, 13) == cleave::errc::bad_cut);
  CHECK(error(weights.bytes(), 5, 3) == cleave::errc::bad_cut);
  const auto slice = cleave::slice_weights(weights.bytes(), 4, 6);
  REQUIRE(slice);
  CHECK(error(slice->all(), 3, 6) == cleave::errc::missing_layers);
  CHECK(error(slice->all(), 4, 7) == cleave::errc::missing_layers);
  CHECK(error(slice->all(), 5, 5) == cleave::errc::ok);
  CHECK(error(weights.bytes().first(100), 1, 1) == cleave::errc::truncated_blob);
}
