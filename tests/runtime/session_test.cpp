// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cleave/codec/f16.hpp>
#include <cleave/core/static_for.hpp>
#include <cleave/graph/graph.hpp>
#include <cleave/network/network.hpp>
#include <cleave/runtime/session.hpp>
#include <cleave/weights/random.hpp>
#include <cmath>
#include <type_traits>
#include <utility>

#include "archetypes/gathering_transport.hpp"
#include "loopback_server.hpp"

namespace {

using archetypes::loopback_server;
using cleave::errc;

/// Two answers: one made behind layer 3, one at the end.
inline constexpr auto forked = cleave::graph{
    cleave::input{.channels = 6},
    cleave::dense{.units = 5},
    cleave::relu{.name = "x"},
    cleave::dense{.units = 3, .name = "early"},
    cleave::dense{.units = 4, .from = "x"},
    cleave::softmax{},
};

/// One answer.
inline constexpr auto plain = cleave::graph{
    cleave::input{.channels = 6},
    cleave::dense{.units = 5},
    cleave::relu{},
    cleave::dense{.units = 4},
};

/// The same but for a size within.
inline constexpr auto other = cleave::graph{
    cleave::input{.channels = 6},
    cleave::dense{.units = 7},
    cleave::relu{},
    cleave::dense{.units = 4},
};

constexpr std::array<float, 6> image{0.25F, -1.5F, 3, 0.0625F, -0.75F, 2};

template <class Span>
bool same(const Span& left, const Span& right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end());
}

/// A large input crosses.
inline constexpr auto wide = cleave::graph{
    cleave::input{.channels = 1000},
    cleave::dense{.units = 4},
};

using gathering_link =
    archetypes::gathering_transport<std::remove_reference_t<decltype(std::declval<loopback_server&>().device())>>;
template <class Link, class Codec = cleave::codecs::identity>
constexpr std::size_t bytes_over = sizeof(cleave::session<cleave::device_half<wide, 0>, Link, Codec>);

// Where tensors are sent from where they lie there is no memory for them in the session.
static_assert(bytes_over<gathering_link> < 1000);
static_assert(bytes_over<cleave::loopback_end> > 4000);
static_assert(bytes_over<gathering_link, cleave::codecs::f16> > 2000);

const auto plain_weights = cleave::random_weights<plain>(42);

}  // namespace

TEST_CASE("over a link that takes several pieces of memory a session sends tensors from where they lie") {
  const auto weights = cleave::random_weights<forked>(7);
  cleave::network<forked> whole{weights};
  const auto expected = whole(image);
  for (const std::size_t most : {1U, 2U, 3U, 7U, 1000U}) {
    CAPTURE(most);
    const auto server = loopback_server::make<forked>(weights);
    gathering_link link{server->device(), most};
    cleave::device_half<forked, 2> device{weights};
    cleave::session session{device, link};
    const auto answer = session(image);
    REQUIRE(answer);
    CHECK(same(answer->get<0>(), expected.get<0>()));
    CHECK(same(answer->get<1>(), expected.get<1>()));
    CHECK(link.gathered > 0);
    const std::size_t before = link.gathered;
    cleave::session squeezed{device, link, cleave::codecs::f16{}};  // which has an encoding of its own
    CHECK(squeezed(image));
    CHECK(link.gathered == before);
  }
}

TEST_CASE("a session answers what the whole network does, bit for bit, with answers made on either side") {
  const auto weights = cleave::random_weights<forked>(7);
  cleave::network<forked> whole{weights};
  const auto expected = whole(image);
  cleave::static_for<3>([&]<std::size_t Index>() {
    constexpr std::size_t Cut = std::array<std::size_t, 3>{1, 3, forked.last}[Index];  // none, one, all made here
    CAPTURE(Cut);
    const auto server = loopback_server::make<forked>(weights);
    cleave::device_half<forked, Cut> device{weights};
    cleave::session session{device, server->device()};
    for (int i = 0; i < 3; ++i) {
      const auto answer = session(image);
      REQUIRE(answer);
      CHECK(same(answer->template get<0>(), expected.get<0>()));
      CHECK(same(answer->template get<1>(), expected.get<1>()));
      CHECK_FALSE(session.local());
    }
    CHECK(server->requests == (Cut == forked.last ? 0 : 3));
    CHECK(server->hellos == (Cut == forked.last ? 0 : 1));
    if (Cut < forked.last) CHECK(session.load() == cleave::server_load{3, 4});
  });
}

TEST_CASE("a single answer is a span with its size in the type") {
  const auto server = loopback_server::make<plain>(plain_weights);
  cleave::device_half<plain, 2> device{plain_weights};
  cleave::session session{device, server->device()};
  const auto answer = session(image);
  static_assert(std::is_same_v<decltype(answer), const cleave::result<std::span<const float, 4>>>);
  cleave::network<plain> whole{plain_weights};
  REQUIRE(answer);
  CHECK(same(*answer, whole(image)));
}

TEST_CASE("a codec makes the request smaller and keeps its bound") {
  const auto server = loopback_server::make<plain>(plain_weights);
  cleave::device_half<plain, 2> device{plain_weights};
  cleave::session session{device, server->device(), cleave::codecs::f16{}};
  cleave::network<plain> whole{plain_weights};
  const auto answer = session(image);
  REQUIRE(answer);
  CHECK(server->payload_bytes == 4 + 2 * 5);
  const auto expected = whole(image);
  for (std::size_t i = 0; i < expected.size(); ++i) CHECK(std::abs((*answer)[i] - expected[i]) < 0.02F);
}

TEST_CASE("a server for something else is refused, and told why") {
  cleave::device_half<plain, 2> device{plain_weights};
  const auto told = [&](loopback_server& server) {
    cleave::session session{device, server.device()};
    const auto answer = session(image);
    CHECK(server.requests == 0);
    CHECK(session.link_error() == answer.error());
    return answer.error();
  };
  const auto other_weights = cleave::random_weights<other>(42);
  CHECK(told(*loopback_server::make<other>(other_weights)) == errc::wrong_graph);
  const auto newer_weights = cleave::random_weights<plain>(43);
  CHECK(told(*loopback_server::make<plain>(newer_weights)) == errc::wrong_weights);
  const auto unfused = loopback_server::make<plain>(plain_weights);
  unfused->graph.numerics = 9;
  CHECK(told(*unfused) == errc::wrong_numerics);
  const auto no_codecs = loopback_server::make<plain>(plain_weights);
  no_codecs->graph.codecs = &cleave::table_of<cleave::codec_set<cleave::codecs::f16>>;
  CHECK(told(*no_codecs) == errc::unknown_codec);
}

TEST_CASE("without a fallback a dead link is a clear error within the time-out") {
  const auto server = loopback_server::make<plain>(plain_weights);
  cleave::device_half<plain, 2> device{plain_weights};
  cleave::session session{device, server->device(), cleave::codecs::identity{},
                          cleave::session_options{.timeout_microseconds = 5000}};
  REQUIRE(session(image));
  server->deaf = true;
  const std::uint64_t start = server->device().now();
  CHECK(session(image).error() == errc::timed_out);
  CHECK(server->device().now() - start == 5000);
  server->deaf = false;
  CHECK(session(image));
  CHECK(session.link_error() == errc::ok);
}

TEST_CASE("with a fallback a dead link costs time but no answer") {
  const auto weights = cleave::random_weights<forked>(7);
  const auto server = loopback_server::make<forked>(weights);
  cleave::network<forked> whole{weights};
  cleave::device_half<forked, 3> device{weights};
  cleave::remote_half<forked, 3> remote{weights};
  server->deaf = true;
  cleave::session session{device, server->device(), cleave::codecs::identity{}, remote};
  const auto answer = session(image);
  REQUIRE(answer);
  CHECK(session.local());
  CHECK(session.link_error() == errc::timed_out);
  const auto expected = whole(image);
  CHECK(same(answer->get<0>(), expected.get<0>()));
  CHECK(same(answer->get<1>(), expected.get<1>()));
}

TEST_CASE("a link that failed is left alone for a while, then tried again") {
  const auto server = loopback_server::make<plain>(plain_weights);
  cleave::device_half<plain, 2> device{plain_weights};
  cleave::remote_half<plain, 2> remote{plain_weights};
  cleave::session session{device, server->device(), cleave::codecs::identity{}, remote,
                          cleave::session_options{.timeout_microseconds = 5000, .hold_off_microseconds = 1000}};
  server->deaf = true;
  REQUIRE(session(image));
  const std::uint64_t failed = server->device().now();
  server->deaf = false;
  REQUIRE(session(image));
  CHECK(session.local());
  CHECK(session.link_error() == errc::timed_out);
  CHECK(server->device().now() == failed);  // no time was spent on the link
  server->advance(1000);
  REQUIRE(session(image));
  CHECK_FALSE(session.local());
  CHECK(session.link_error() == errc::ok);
}
