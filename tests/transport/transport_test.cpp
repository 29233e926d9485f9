// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <array>
#include <cleave/transport/transport.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "archetypes/chunked_transport.hpp"
#include "archetypes/failing_transport.hpp"
#include "archetypes/gathering_transport.hpp"
#include "archetypes/minimal_transport.hpp"
#include "archetypes/some_bytes.hpp"

namespace near_misses {

using cleave::deadline;
using cleave::io_result;
using cleave::status;
using bytes_in = std::span<std::byte>;
using bytes_out = std::span<const std::byte>;

// A transport, and types that lack one thing each.
struct complete {
  io_result read_some(bytes_in, deadline) noexcept { return {}; }
  io_result write_some(bytes_out, deadline) noexcept { return {}; }
  std::uint64_t now() noexcept { return 0; }
};
struct without_read {
  io_result write_some(bytes_out, deadline) noexcept { return {}; }
  std::uint64_t now() noexcept { return 0; }
};
struct without_write {
  io_result read_some(bytes_in, deadline) noexcept { return {}; }
  std::uint64_t now() noexcept { return 0; }
};
struct without_clock {
  io_result read_some(bytes_in, deadline) noexcept { return {}; }
  io_result write_some(bytes_out, deadline) noexcept { return {}; }
};
struct throwing_read : complete {
  io_result read_some(bytes_in, deadline) { return {}; }
};
struct throwing_write : complete {
  io_result write_some(bytes_out, deadline) { return {}; }
};
struct throwing_clock : complete {
  std::uint64_t now() { return 0; }
};
struct read_that_gives_a_count : complete {
  std::size_t read_some(bytes_in, deadline) noexcept { return 0; }
};
struct write_that_gives_a_status : complete {
  status write_some(bytes_out, deadline) noexcept { return {}; }
};
struct clock_of_32_bits : complete {
  std::uint32_t now() noexcept { return 0; }
};
struct write_of_writable_bytes : complete {
  io_result write_some(bytes_in, deadline) noexcept { return {}; }
};
struct read_without_deadline : complete {
  io_result read_some(bytes_in) noexcept { return {}; }
};
struct reopening : complete {
  status reopen(deadline) noexcept { return {}; }
};
struct throwing_reopen : complete {
  status reopen(deadline) { return {}; }
};
struct reopen_that_gives_bool : complete {
  bool reopen(deadline) noexcept { return true; }
};
using parts_out = std::span<const bytes_out>;
struct gathering : complete {
  io_result write_parts(parts_out, deadline) noexcept { return {}; }
};
struct throwing_parts : complete {
  io_result write_parts(parts_out, deadline) { return {}; }
};
struct parts_that_give_a_count : complete {
  std::size_t write_parts(parts_out, deadline) noexcept { return 0; }
};
struct parts_alone {
  io_result write_parts(parts_out, deadline) noexcept { return {}; }
};

static_assert(cleave::transport<complete>);
static_assert(!cleave::transport<without_read>);
static_assert(!cleave::transport<without_write>);
static_assert(!cleave::transport<without_clock>);
static_assert(!cleave::transport<throwing_read>);
static_assert(!cleave::transport<throwing_write>);
static_assert(!cleave::transport<throwing_clock>);
static_assert(!cleave::transport<read_that_gives_a_count>);
static_assert(!cleave::transport<write_that_gives_a_status>);
static_assert(!cleave::transport<clock_of_32_bits>);
static_assert(!cleave::transport<write_of_writable_bytes>);
static_assert(!cleave::transport<read_without_deadline>);

static_assert(cleave::reopenable_transport<reopening>);
static_assert(!cleave::reopenable_transport<complete>);
static_assert(cleave::transport<throwing_reopen> && !cleave::reopenable_transport<throwing_reopen>);
static_assert(cleave::transport<reopen_that_gives_bool> && !cleave::reopenable_transport<reopen_that_gives_bool>);

static_assert(cleave::gathering_transport<gathering>);
static_assert(!cleave::gathering_transport<complete>);
static_assert(!cleave::gathering_transport<throwing_parts>);
static_assert(!cleave::gathering_transport<parts_that_give_a_count>);
static_assert(!cleave::gathering_transport<parts_alone>);

/// Not a transport in meaning: claims to have moved this many bytes.
struct liar : complete {
  std::size_t claim = 0;
  io_result read_some(bytes_in, deadline) noexcept { return {claim, cleave::errc::ok}; }
  io_result write_some(bytes_out, deadline) noexcept { return {claim, cleave::errc::ok}; }
  io_result write_parts(parts_out, deadline) noexcept { return {claim, cleave::errc::ok}; }
};

struct clock_at : complete {
  std::uint64_t time = 0;
  std::uint64_t now() noexcept { return time; }
};

}  // namespace near_misses

using cleave::deadline;
using cleave::errc;

TEST_CASE("write_all writes several pieces of memory one behind the other, however few bytes a call takes") {
  const std::vector<std::byte> sent = archetypes::some_bytes(50);
  const std::span<const std::byte> all = sent;
  for (const std::size_t most : {1u, 2u, 3u, 7u, 49u, 50u, 60u}) {
    CAPTURE(most);
    std::vector<std::byte> written(50);
    archetypes::minimal_transport link({}, written);
    archetypes::gathering_transport gathers(link, most);
    const std::vector<std::span<const std::byte>> parts{all.first(0),      all.first(10),       all.subspan(10, 1),
                                                        all.subspan(9, 0), all.subspan(11, 30), all.subspan(41)};
    CHECK(cleave::write_all(gathers, std::span(parts), deadline::never()));
    CHECK(written == sent);
    if (most >= 50) CHECK(gathers.gathered == 1);
  }
}

TEST_CASE("write_all of pieces ends at an error, and without a call where there are no bytes") {
  const std::vector<std::byte> sent = archetypes::some_bytes(50);
  const std::vector<std::span<const std::byte>> parts{std::span(sent).first(20), std::span(sent).subspan(20)};
  std::vector<std::byte> written(49);
  archetypes::minimal_transport link({}, written);
  archetypes::gathering_transport gathers(link, 60);
  CHECK(cleave::write_all(gathers, std::span(parts), deadline::never()).error() == errc::closed);
  const std::vector<std::span<const std::byte>> nothing(3);
  near_misses::liar liar;
  CHECK(cleave::write_all(liar, std::span(nothing), deadline::never()));
  CHECK(cleave::write_all(liar, std::span(parts), deadline::never()).error() == errc::io_error);
  liar.claim = 51;
  CHECK(cleave::write_all(liar, std::span(parts), deadline::never()).error() == errc::io_error);
}

TEST_CASE("read_exactly and write_all put up with short counts") {
  const std::vector<std::byte> sent = archetypes::some_bytes(50);
  for (const std::size_t most : {1u, 2u, 3u, 7u, 50u, 60u}) {
    std::vector<std::byte> written(50);
    archetypes::minimal_transport link(sent, written);
    archetypes::chunked_transport chunked(link, most);
    std::vector<std::byte> read(50);
    CHECK(cleave::read_exactly(chunked, read, deadline::never()));
    CHECK(cleave::write_all(chunked, read, deadline::never()));
    CHECK(read == sent);
    CHECK(written == sent);
  }
}

TEST_CASE("read_exactly and write_all of nothing do not touch the link") {
  std::vector<std::byte> memory(10);
  archetypes::minimal_transport link(memory, memory);
  archetypes::failing_transport broken(link, 0, errc::io_error);
  CHECK(cleave::read_exactly(broken, {}, deadline::never()));
  CHECK(cleave::write_all(broken, {}, deadline::never()));
}

TEST_CASE("read_exactly and write_all hand on the link's error") {
  std::vector<std::byte> memory(100);
  for (const errc code : {errc::closed, errc::timed_out, errc::io_error}) {
    for (std::size_t passes = 0; passes < 10; ++passes) {
      archetypes::minimal_transport link(memory, memory);
      std::vector<std::byte> block(10);
      archetypes::failing_transport reading(link, passes, code);
      CHECK(cleave::read_exactly(reading, block, deadline::never()).error() == code);
      archetypes::failing_transport writing(link, passes, code);
      CHECK(cleave::write_all(writing, block, deadline::never()).error() == code);
    }
  }
}

TEST_CASE("a link that claims to have moved nothing or too much is an error, not a loop") {
  std::array<std::byte, 10> block{};
  for (const std::size_t claim : {std::size_t{0}, std::size_t{11}, ~std::size_t{0}}) {
    near_misses::liar link;
    link.claim = claim;
    CHECK(cleave::read_exactly(link, block, deadline::never()).error() == errc::io_error);
    CHECK(cleave::write_all(link, block, deadline::never()).error() == errc::io_error);
  }
}

TEST_CASE("a deadline so far away that the clock can not show it is never") {
  near_misses::clock_at link;
  link.time = 1000;
  CHECK(cleave::after(link, 5) == deadline{1005});
  CHECK(cleave::after(link, ~std::uint64_t{0} - 1000).is_never());
  CHECK(cleave::after(link, ~std::uint64_t{0} - 999).is_never());
  CHECK(cleave::after(link, ~std::uint64_t{0}).is_never());
  CHECK(deadline{1000}.passed(1000));
  CHECK_FALSE(deadline{1001}.passed(1000));
  CHECK_FALSE(deadline::never().passed(~std::uint64_t{0} - 1));
}
