// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <array>
#include <cleave/codec/codec.hpp>
#include <cleave/codec/f16.hpp>
#include <cleave/codec/identity.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "archetypes/minimal_codec.hpp"

namespace near_misses {

using cleave::codec_id;
using cleave::dtype;
using cleave::status;
using bytes_in = std::span<const std::byte>;
using bytes_out = std::span<std::byte>;

// A codec, and types that lack one thing each.
struct complete {
  static constexpr codec_id id{40};
  static constexpr std::size_t max_encoded_size(std::size_t, dtype) noexcept { return 0; }
  std::size_t encode(bytes_in, dtype, bytes_out) noexcept { return 0; }
  status decode(bytes_in, dtype, bytes_out) noexcept { return {}; }
};
struct without_id {
  static constexpr std::size_t max_encoded_size(std::size_t, dtype) noexcept { return 0; }
  std::size_t encode(bytes_in, dtype, bytes_out) noexcept { return 0; }
  status decode(bytes_in, dtype, bytes_out) noexcept { return {}; }
};
struct with_a_number_as_id : complete {
  static constexpr int id = 40;
};
struct with_an_id_too_large : complete {
  static constexpr codec_id id{64};
};
struct with_a_changing_id : complete {
  static codec_id id;
};
struct with_throwing_size : complete {
  static constexpr std::size_t max_encoded_size(std::size_t, dtype) { return 0; }
};
struct with_a_size_at_run_time_only : complete {
  static std::size_t max_encoded_size(std::size_t elements, dtype) noexcept { return elements; }
};
struct with_int_size : complete {
  static constexpr int max_encoded_size(std::size_t, dtype) noexcept { return 0; }
};
struct with_throwing_encode : complete {
  std::size_t encode(bytes_in, dtype, bytes_out) { return 0; }
};
struct with_encode_that_gives_nothing : complete {
  void encode(bytes_in, dtype, bytes_out) noexcept {}
};
struct with_throwing_decode : complete {
  status decode(bytes_in, dtype, bytes_out) { return {}; }
};
struct with_decode_that_gives_bool : complete {
  bool decode(bytes_in, dtype, bytes_out) noexcept { return true; }
};
struct with_decode_of_writable_bytes : complete {
  status decode(bytes_out, dtype, bytes_out) noexcept { return {}; }
};

struct verbatim : complete {
  static constexpr bool is_verbatim = true;
};
struct not_verbatim : complete {
  static constexpr bool is_verbatim = false;
};
struct verbatim_alone {
  static constexpr bool is_verbatim = true;
};

}  // namespace near_misses

namespace {

static_assert(cleave::codec<near_misses::complete>);
static_assert(!cleave::codec<near_misses::without_id>);
static_assert(!cleave::codec<near_misses::with_a_number_as_id>);
static_assert(!cleave::codec<near_misses::with_an_id_too_large>);
static_assert(!cleave::codec<near_misses::with_a_changing_id>);
static_assert(!cleave::codec<near_misses::with_throwing_size>);
static_assert(!cleave::codec<near_misses::with_a_size_at_run_time_only>);
static_assert(!cleave::codec<near_misses::with_int_size>);
static_assert(!cleave::codec<near_misses::with_throwing_encode>);
static_assert(!cleave::codec<near_misses::with_encode_that_gives_nothing>);
static_assert(!cleave::codec<near_misses::with_throwing_decode>);
static_assert(!cleave::codec<near_misses::with_decode_that_gives_bool>);
static_assert(!cleave::codec<near_misses::with_decode_of_writable_bytes>);

static_assert(cleave::verbatim_codec<cleave::codecs::identity>);
static_assert(!cleave::verbatim_codec<cleave::codecs::f16>);
static_assert(!cleave::verbatim_codec<near_misses::complete>);
static_assert(cleave::verbatim_codec<near_misses::verbatim>);
static_assert(!cleave::verbatim_codec<near_misses::not_verbatim>);
static_assert(!cleave::verbatim_codec<near_misses::verbatim_alone>);

using cleave::codec_id;
using cleave::codec_set;
using cleave::dtype;
using cleave::status;
using known = codec_set<cleave::codecs::identity, cleave::codecs::f16, archetypes::minimal_codec>;

static_assert(std::is_empty_v<codec_set<cleave::codecs::identity, cleave::codecs::f16>>);
static_assert(codec_set<>::mask == 0);
static_assert(known::mask == 0x8000000000000003u);
static_assert(known::max_encoded_size(codec_id::f16, 10, dtype::float32) == 20);
static_assert(known::max_encoded_size(codec_id{63}, 10, dtype::float32) == 40);
static_assert(known::max_encoded_size(codec_id{62}, 10, dtype::float32) == 0);

known make_known() { return known(cleave::codecs::identity{}, cleave::codecs::f16{}, archetypes::minimal_codec(3)); }

}  // namespace

TEST_CASE("a set of codecs contains its own and no other of the 256 ids") {
  for (unsigned id = 0; id < 256; ++id) {
    CAPTURE(id);
    CHECK(known::contains(codec_id{static_cast<std::uint8_t>(id)}) == (id == 0 || id == 1 || id == 63));
  }
}

TEST_CASE("a set of codecs encodes and decodes with the codec that is asked for") {
  known set = make_known();
  const std::vector<std::byte> tensor(16, std::byte{7});
  std::array<std::byte, 16> out{};
  CHECK(set.encode(codec_id{63}, tensor, dtype::float32, out) == 16);
  CHECK(out[5] == std::byte{10});
  std::array<std::byte, 16> back{};
  CHECK(set.decode(codec_id{63}, out, dtype::float32, back));
  CHECK(std::vector<std::byte>(back.begin(), back.end()) == tensor);
  CHECK(set.decode(codec_id::identity, out, dtype::float32, back));
  CHECK(back == out);
}

TEST_CASE("an id that is not in the set visits nobody and decodes nothing") {
  known set = make_known();
  int visits = 0;
  CHECK_FALSE(set.visit(codec_id{9}, [&](auto&) { ++visits; }));
  CHECK(visits == 0);
  CHECK(set.visit(codec_id{63}, [&](auto&) { ++visits; }));
  CHECK(visits == 1);
  std::array<std::byte, 4> tensor{};
  CHECK(set.decode(codec_id{9}, tensor, dtype::float32, tensor).error() == cleave::errc::unknown_codec);
  CHECK(codec_set<>{}.decode(codec_id{0}, tensor, dtype::float32, tensor).error() == cleave::errc::unknown_codec);
}
