// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <array>
#include <cleave/codec/f16.hpp>
#include <cleave/graph/graph.hpp>
#include <cleave/network/any_cut.hpp>
#include <cleave/network/network.hpp>
#include <cleave/plan/planner.hpp>
#include <cleave/plan/table_profiles.hpp>
#include <cleave/runtime/session.hpp>
#include <cleave/weights/random.hpp>
#include <cleave/weights/slice.hpp>
#include <cmath>

#include "loopback_server.hpp"

namespace {

using archetypes::loopback_server;
using cleave::errc;

/// Two answers. Behind layer 4 two tensors cross, elsewhere one.
inline constexpr auto forked = cleave::graph{
    cleave::input{.channels = 6},
    cleave::dense{.units = 5},
    cleave::relu{.name = "x"},
    cleave::dense{.units = 3, .name = "early"},
    cleave::dense{.units = 5, .from = "x"},
    cleave::add{.with = "x"},
    cleave::softmax{},
};
static_assert(cleave::count_crossing(forked, 4) == 2);

using device_type = cleave::any_cut<forked>;
using session_type = cleave::session<device_type, cleave::loopback_end>;
static_assert(session_type::needs_link && !session_type::has_fallback);

constexpr std::array<float, 6> image{0.25F, -1.5F, 3, 0.0625F, -0.75F, 2};
const auto weights = cleave::random_weights<forked>(7);

template <class Answer>
bool is_whole(const Answer& answer) {
  cleave::network<forked> whole{weights};
  const auto expected = whole(image);
  return std::ranges::equal(answer.template get<0>(), expected.template get<0>()) &&
         std::ranges::equal(answer.template get<1>(), expected.template get<1>());
}

}  // namespace

TEST_CASE("one session serves every cut of a graph, in any order, bit for bit") {
  const auto server = loopback_server::make<forked>(weights);
  device_type device{weights};
  cleave::session session{device, server->device()};
  int asked = 0;
  for (const std::size_t cut : {3U, 0U, 6U, 1U, 4U, 4U, 2U, 5U}) {
    CAPTURE(cut);
    REQUIRE(device.set_cut(cut));
    const auto answer = session(image);
    REQUIRE(answer);
    CHECK(is_whole(*answer));
    CHECK_FALSE(session.local());
    CHECK(server->requests == (asked += cut == forked.last ? 0 : 1));
  }
  CHECK(server->hellos == 1);
}

TEST_CASE("what goes over the wire is what crosses the cut that is set") {
  const auto server = loopback_server::make<forked>(weights);
  device_type device{weights};
  cleave::session session{device, server->device(), cleave::codecs::f16{}};
  REQUIRE(session(image));
  CHECK(server->payload_bytes == 4 + 2 * 6);
  REQUIRE(device.set_cut(4));
  REQUIRE(session(image));
  CHECK(server->payload_bytes == 2 * (4 + 2 * 5));
}

TEST_CASE("a device with the first layers alone moves its cut among them") {
  const auto server = loopback_server::make<forked>(weights);
  cleave::loopback_end& link = server->device();
  const auto blob = cleave::slice_weights(weights.bytes(), 1, 4);
  REQUIRE(blob);
  const cleave::cut_plan plan{forked, cleave::profiles::tk1_cpu, cleave::profiles::k40};
  // [bounded]
  const auto first_layers = cleave::view_weights<forked, cleave::up_to(4)>(blob->all());
  cleave::any_cut_up_to<forked, 4> device{*first_layers};
  cleave::session session{device, link};

  const cleave::conditions now{.over = cleave::links::wifi};
  const cleave::status set = device.set_cut(best_of(plan.rows().first(device.highest_cut + 1), now).cut);
  // [/bounded]
  REQUIRE(first_layers);
  REQUIRE(set);
  REQUIRE(session(image));
  for (std::size_t cut = 0; cut <= 4; ++cut) {
    CAPTURE(cut);
    REQUIRE(device.set_cut(cut));
    const auto answer = session(image);
    REQUIRE(answer);
    CHECK(is_whole(*answer));
  }
  CHECK(device.set_cut(5).error() == errc::bad_cut);
  // Nothing finishes here what the server does not.
  static_assert(!cleave::session<cleave::any_cut_up_to<forked, 4>, cleave::loopback_end>::has_fallback);
  static_assert(sizeof(cleave::any_cut_up_to<forked, 2>) <= sizeof(cleave::any_cut<forked>));
}

TEST_CASE("a device with every layer is its own fallback, behind every cut") {
  const auto server = loopback_server::make<forked>(weights);
  cleave::loopback_end& link = server->device();
  const cleave::session_options options{.timeout_microseconds = 1000, .hold_off_microseconds = 0};
  // [any_cut]
  cleave::any_cut<forked> device{weights};
  cleave::session session{device, link, cleave::codecs::identity{}, device, options};  // its own fallback

  const cleave::status set = device.set_cut(3);  // layers 1 to 3 here; errc::bad_cut where there is no such layer
  const auto first = session(image);
  // [/any_cut]
  REQUIRE(set);
  REQUIRE(first);
  CHECK(is_whole(*first));
  CHECK_FALSE(session.local());
  server->deaf = true;
  for (std::size_t cut = 0; cut <= forked.last; ++cut) {
    CAPTURE(cut);
    REQUIRE(device.set_cut(cut));
    const auto answer = session(image);
    REQUIRE(answer);
    CHECK(is_whole(*answer));
    CHECK(session.local() == (cut < forked.last));
    CHECK(session.link_error() == (cut < forked.last ? errc::timed_out : errc::ok));
  }
  server->deaf = false;
  REQUIRE(device.set_cut(1));
  const auto answer = session(image);
  REQUIRE(answer);
  CHECK(is_whole(*answer));
  CHECK_FALSE(session.local());
}
