// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cleave/codec/f16.hpp>
#include <cleave/graph/graph.hpp>
#include <cleave/network/any_cut.hpp>
#include <cleave/network/network.hpp>
#include <cleave/plan/adaptive_session.hpp>
#include <cleave/plan/planner.hpp>
#include <cleave/weights/random.hpp>
#include <memory>
#include <vector>

#include "runtime/loopback_server.hpp"
#include "runtime/scripted_server.hpp"

namespace {

using archetypes::loopback_server;
using cleave::errc;

/// Two answers: one made behind layer 3, one at the end.
inline constexpr auto forked = cleave::graph{
    cleave::input{.channels = 600},
    cleave::dense{.units = 50},
    cleave::relu{.name = "x"},
    cleave::dense{.units = 3, .name = "early"},
    cleave::dense{.units = 4, .from = "x"},
    cleave::softmax{},
};

constexpr std::array<float, 600> image{0.25F, -1.5F, 3, 0.0625F, -0.75F, 2};

const auto weights = cleave::random_weights<forked>(7);

/// A second of arithmetic on the device a layer, none on the server; and the bytes of each cut.
std::vector<cleave::cut_row> rows(double device_seconds = 1, double server_seconds = 0.001) {
  using runner = cleave::cut_runner<forked>;
  std::vector<cleave::cut_row> result(forked.last + 1);
  for (std::size_t cut = 0; cut < result.size(); ++cut) {
    result[cut].device_seconds = device_seconds * static_cast<double>(cut);
    result[cut].server_seconds = server_seconds * static_cast<double>(forked.last - cut);
    for (const auto& each : runner::crossing(cut)) result[cut].bytes.up += 4.0 * static_cast<double>(each.dims.size());
    if (runner::outputs_after(cut).empty()) result[cut].bytes.up = 0;
    result[cut].bytes.down = 100;
  }
  return result;
}

constexpr cleave::link_model fast{100e6, 100e6, 0.001};

template <class Answer>
bool same(const Answer& answer) {
  static cleave::network<forked> whole{weights};
  const auto expected = whole(image);
  return std::ranges::equal(answer.template get<0>(), expected.template get<0>()) &&
         std::ranges::equal(answer.template get<1>(), expected.template get<1>());
}

}  // namespace

TEST_CASE("an adaptive session gives the whole network's bits wherever the cut is") {
  const auto server = loopback_server::make<forked>(weights);
  cleave::any_cut<forked> device{weights};
  for (std::size_t cut = 0; cut <= forked.last; ++cut) {
    CAPTURE(cut);
    auto table = rows();
    for (std::size_t i = 0; i < table.size(); ++i) table[i].device_seconds = i == cut ? 0 : 1;
    cleave::adaptive_session session{device, server->device(), table, fast};
    CHECK(session.cut() == cut);
    const int before = server->requests;
    const auto answer = session(image);
    REQUIRE(answer);
    CHECK(same(*answer));
    CHECK_FALSE(session.fell_back());
    const auto seen = session.statistics();
    CHECK(seen.requests == 1);
    CHECK(seen.served == (cut < forked.last ? 1 : 0));
    CHECK(seen.local == (cut < forked.last ? 0 : 1));
    CHECK(server->requests - before == static_cast<int>(seen.served));
  }
}

TEST_CASE("with the link gone every request is answered here, and the server again when it is back") {
  const auto server = loopback_server::make<forked>(weights);
  cleave::any_cut<forked> device{weights};
  const auto table = rows();
  cleave::adaptive_session session{device, server->device(), table, fast};
  const auto ask = [&] {
    const auto answer = session(image);
    REQUIRE(answer);
    CHECK(same(*answer));
  };
  ask();
  CHECK(session.statistics().served == 1);
  server->deaf = true;
  for (int i = 0; i < 20; ++i) ask();
  auto seen = session.statistics();
  CHECK(seen.link_is_down);
  CHECK(seen.served == 1);
  CHECK(seen.fallbacks >= 1);
  CHECK(seen.fallbacks <= 2);
  CHECK(seen.local == 20 - seen.fallbacks);
  CHECK(session.cut() == forked.last);
  CHECK(seen.probes == 0);  // no time has passed on this clock

  server->advance(1'500'000);
  ask();  // asks first, in vain
  seen = session.statistics();
  CHECK(seen.probes == 1);
  CHECK(seen.probes_lost == 1);
  CHECK(seen.link_is_down);

  server->deaf = false;
  server->advance(1'500'000);
  ask();
  seen = session.statistics();
  CHECK_FALSE(seen.link_is_down);
  CHECK(seen.probes == 2);
  CHECK(seen.served == 2);
}

TEST_CASE("the example of the page about sessions") {
  const auto server = loopback_server::make<forked>(weights);
  auto& link = server->device();
  constexpr cleave::profile board{.times = [] {
    std::array<cleave::predictor, cleave::work_kinds> all{};
    for (auto& each : all) each = {.form = cleave::predictor_form::additive, .coefficients = {0, 1e-7}};
    return all;
  }()};
  const cleave::profile server_profile{};
  // [adaptive]
  const cleave::cut_plan plan{forked, board, server_profile};  // profiles: of cleave-profile, or your own
  const auto device = std::make_unique<cleave::any_cut<forked>>(weights);
  cleave::adaptive_session session{*device, link, plan.rows(), cleave::links::lte};

  const auto answer = session(image);  // there is one, whatever the network does
  session.idle(50'000);                // nothing to do for 50 ms: time to ask how things are, if nobody knows
  // [/adaptive]
  REQUIRE(answer);
  CHECK(same(*answer));
  CHECK(session.statistics().requests == 1);
}

TEST_CASE("idle asks when nothing was heard for the interval, and only where the time is enough") {
  const auto server = loopback_server::make<forked>(weights);
  cleave::any_cut<forked> device{weights};
  const auto table = rows();
  cleave::adaptive_session session{device, server->device(), table, fast};
  session.idle(1'000'000);
  CHECK(session.statistics().probes == 0);
  server->advance(999'999);
  session.idle(1'000'000);
  CHECK(session.statistics().probes == 0);
  server->advance(1);
  session.idle(10);  // too short for a question
  CHECK(session.statistics().probes == 0);
  session.idle(1'000'000);
  CHECK(session.statistics().probes == 1);
  CHECK(session.statistics().probes_lost == 0);
  CHECK(server->requests == 1);
  session.idle(1'000'000);
  CHECK(session.statistics().probes == 1);
}

TEST_CASE("requests alone keep the estimates while there are any") {
  const auto server = loopback_server::make<forked>(weights);
  cleave::any_cut<forked> device{weights};
  const auto table = rows();
  cleave::adaptive_session session{device, server->device(), table, fast};
  for (int i = 0; i < 50; ++i) {
    REQUIRE(session(image));
    server->advance(900'000);
    session.idle(900'000);
  }
  CHECK(session.statistics().probes == 0);
  CHECK(session.statistics().served == 50);
}

TEST_CASE("the cut follows the rate of the link, and small changes do not move it") {
  // The server answers when the device waits; each read takes as long as the link is said to.
  const auto server = loopback_server::make<forked>(weights);
  cleave::any_cut<forked> device{weights};
  // The input has 2,400 bytes, what crosses behind layer 1 only 200: a layer takes 10 ms here, so that bytes decide.
  const auto table = rows(0.01, 0);
  const cleave::link_model quick{10e6, 10e6, 0};
  const cleave::link_model slow{0.2e6, 0.2e6, 0};
  CHECK(best_of(table, {.over = quick}).cut == 0);
  CHECK(best_of(table, {.over = slow}).cut == 1);
  CHECK(best_of(table, {.over = {1e3, 1e3, 0}}).cut == forked.last);
  cleave::adaptive_session session{device, server->device(), table, slow};
  CHECK(session.cut() == 1);
  // On the loopback's clock exchanges take no time at all: the link is much faster than was expected.
  for (int i = 0; i < 5; ++i) REQUIRE(session(image));
  CHECK(session.cut() == 0);
  CHECK(session.statistics().switches == 1);
  CHECK(session.statistics().estimates.over.up_bits_per_second > 10e6);

  cleave::adaptive_session stubborn{device, server->device(),           table,
                                    slow,   cleave::codecs::identity{}, {.switch_gain = 2}};
  for (int i = 0; i < 5; ++i) REQUIRE(stubborn(image));
  CHECK(stubborn.cut() == 1);
}

TEST_CASE("a server that refuses, hangs up or sends garbage costs no answer") {
  using archetypes::deed;
  for (const deed each : {deed::silence, deed::refuse, deed::damage_payload, deed::damage_header, deed::garbage,
                          deed::giant, deed::hang_up, deed::goodbye, deed::refuse_and_hang_up, deed::answer}) {
    CAPTURE(static_cast<int>(each));
    archetypes::scripted_link link;
    cleave::any_cut<forked> device{weights};
    link.server.me = {.graph = fingerprint(forked),
                      .weights = weights.fingerprint(),
                      .codecs = 3,
                      .numerics = cleave::numeric_id<cleave::default_options>,
                      .max_payload_bytes = 1 << 16};
    link.server.script = {each, each, each};
    const auto table = rows();
    cleave::adaptive_session session{device, link, table, fast};
    for (int i = 0; i < 5; ++i) {
      const auto answer = session(image);
      REQUIRE(answer);
      CHECK(same(*answer));
    }
    CHECK(session.statistics().requests == 5);
    CHECK(session.statistics().fallbacks >= 1);  // also for `answer`: its bytes are those of no network
  }
}

TEST_CASE("a server for another network is no server") {
  const auto other = cleave::random_weights<forked>(8);
  const auto server = loopback_server::make<forked>(other);
  cleave::any_cut<forked> device{weights};
  const auto table = rows();
  cleave::adaptive_session session{device, server->device(), table, fast};
  const auto answer = session(image);
  REQUIRE(answer);
  CHECK(same(*answer));
  CHECK(session.link_error() == errc::wrong_weights);
  CHECK(session.statistics().link_is_down);
}
