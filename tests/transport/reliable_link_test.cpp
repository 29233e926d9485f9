// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cleave/core/random_bits.hpp>
#include <cleave/testing/check_transport.hpp>
#include <cleave/transport/faulty.hpp>
#include <cleave/transport/memory_pipe.hpp>
#include <cleave/transport/reliable_link.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "archetypes/minimal_transport.hpp"
#include "archetypes/noisy_line.hpp"
#include "archetypes/some_bytes.hpp"

namespace {

using archetypes::noise;
using archetypes::noisy_end;
using archetypes::noisy_line;
using cleave::after;
using cleave::deadline;
using cleave::errc;
using cleave::reliable_link;
using bytes = std::vector<std::byte>;

static_assert(cleave::transport<reliable_link<archetypes::minimal_transport>>);
static_assert(cleave::reopenable_transport<reliable_link<noisy_end, 16>>);

/// Two ends over a bad line whose clock is virtual.
template <std::size_t Window>
struct ends {
  explicit ends(const noise& what) : line(what), near(line.first()), far(line.second()), first(near), second(far) {}

  noisy_line line;
  noisy_end near;
  noisy_end far;
  reliable_link<noisy_end, Window> first;
  reliable_link<noisy_end, Window> second;
};

/// The promise that is not kept over such a line, if any.
template <std::size_t Window>
std::string failure(const noise& what) {
  const auto report = cleave::testing::check_transport([&] { return ends<Window>(what); }, 30'000'000);
  return report ? "" : report.first_failure();
}

/// Lets both ends work without anything to read or write.
template <class Ends>
void pass_time(Ends& both, std::uint64_t microseconds) {
  std::array<std::byte, 1> ignored{};
  for (const deadline end = after(both.first, microseconds); !end.passed(both.first.now());) {
    CHECK(both.first.read_some(ignored, after(both.first, 500)).bytes == 0);
    CHECK(both.second.read_some(ignored, after(both.second, 500)).bytes == 0);
  }
}

template <class From, class To>
bytes carry(From& from, To& to, const bytes& sent) {
  bytes got(sent.size());
  std::size_t written = 0;
  std::size_t read = 0;
  for (int turns = 0; read < sent.size() && turns < 200'000; ++turns) {
    if (written < sent.size()) written += from.write_some(std::span(sent).subspan(written), after(from, 500)).bytes;
    else static_cast<void>(from.flush(after(from, 500)));
    read += to.read_some(std::span(got).subspan(read), after(to, 500)).bytes;
  }
  got.resize(read);
  return got;
}

}  // namespace

TEST_CASE("a reliable link over a sound line is a transport, whatever its window, and repeats nothing") {
  CHECK(failure<16>({}) == "");
  CHECK(failure<64>({}) == "");
  CHECK(failure<256>({}) == "");
  CHECK(failure<8192>({}) == "");

  ends<256> both{{}};
  const bytes sent = archetypes::some_bytes(5000);
  CHECK(carry(both.first, both.second, sent) == sent);
  CHECK(both.first.statistics().repeated == 0);
  CHECK(both.first.statistics().damaged == 0);
  CHECK(both.first.statistics().sent > 5000 / 54);
}

TEST_CASE("a reliable link over a bad line is a transport") {
  for (const std::uint32_t rate : {1'000u, 10'000u, 50'000u}) {
    for (std::uint64_t seed = 1; seed <= (rate > 10'000 ? 1u : 2u); ++seed) {
      CAPTURE(rate);
      CAPTURE(seed);
      CHECK(failure<256>({.seed = seed, .lost = rate}) == "");
      CHECK(failure<256>({.seed = seed, .flipped = rate}) == "");
      CHECK(failure<64>({.seed = seed, .doubled = rate}) == "");
      CHECK(failure<128>({.seed = seed, .invented = rate}) == "");
    }
  }
}

TEST_CASE("all kinds of faults together, one byte in a hundred each, change nothing of what arrives") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    ends<128> both{{.seed = seed, .lost = 10'000, .flipped = 10'000, .doubled = 10'000, .invented = 10'000}};
    const bytes there = archetypes::some_bytes(3000);
    const bytes back = archetypes::some_bytes(777);
    CHECK(carry(both.first, both.second, there) == there);
    CHECK(carry(both.second, both.first, back) == back);
    CHECK(both.first.statistics().repeated > 0);
    CHECK(both.second.statistics().damaged > 0);
  }
}

TEST_CASE("short counts and a line that takes a byte at a time do not matter") {
  ends<64> both{{.seed = 5, .lost = 5'000, .most_at_once = 1}};
  const bytes sent = archetypes::some_bytes(2000);
  CHECK(carry(both.first, both.second, sent) == sent);
}

TEST_CASE("what came is acknowledged before it is handed over, so that a sound line repeats nothing meanwhile") {
  ends<256> both{{}};
  const bytes sent = archetypes::some_bytes(40);
  CHECK(carry(both.first, both.second, sent) == sent);
  std::array<std::byte, 1> ignored{};  // the second end computes, and does not call
  CHECK(both.first.read_some(ignored, after(both.first, 10'000'000)).error == errc::timed_out);
  CHECK(both.first.statistics().repeated == 0);
  CHECK(both.first.flush(deadline{0}));
}

TEST_CASE("flush waits for the other end, until its deadline") {
  ends<256> both{{}};
  const bytes sent = archetypes::some_bytes(10);
  CHECK(cleave::write_all(both.first, sent, deadline::never()));
  const std::uint64_t start = both.first.now();
  CHECK(both.first.flush(after(both.first, 100'000)).error() == errc::timed_out);
  CHECK(both.first.now() >= start + 100'000);
  bytes got(10);
  CHECK(carry(both.first, both.second, bytes{}).empty());
  for (int i = 0; i < 50 && !both.first.flush(after(both.first, 1000)); ++i) {
    static_cast<void>(both.second.read_some(got, after(both.second, 1000)));
  }
  CHECK(both.first.flush(deadline{0}));
}

TEST_CASE("an end that starts anew is noticed: what came before is read, then closed, and reopen connects again") {
  for (const std::uint32_t rate : {0u, 10'000u}) {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
      noisy_line line({.seed = seed, .lost = rate, .flipped = rate});
      noisy_end near = line.first();
      noisy_end far = line.second();
      reliable_link first{near};
      {
        reliable_link before{far};
        const bytes sent = archetypes::some_bytes(100);
        CHECK(carry(before, first, sent) == sent);
        CHECK(carry(first, before, sent) == sent);
        CHECK(cleave::write_all(before, std::span(sent).first(5), deadline::never()));
        CHECK(cleave::write_all(first, sent, deadline::never()));  // is lost: nobody reads it
      }
      reliable_link second{far};  // a reset: the same token, no memory of anything
      std::array<std::byte, 8> block{};
      errc came = errc::timed_out;
      for (int i = 0; i < 1000 && came != errc::closed; ++i) {
        CHECK(second.read_some(block, after(second, 1000)).error == errc::timed_out);
        came = first.read_some(block, after(first, 1000)).error;
      }
      CHECK(came == errc::closed);
      CHECK(first.read_some(block, deadline::never()).error == errc::closed);
      CHECK(first.write_some(block, deadline::never()).error == errc::closed);
      CHECK(first.flush(deadline::never()).error() == errc::closed);
      CHECK_FALSE(first.connected());
      CHECK(first.reopen(deadline::never()));
      const bytes fresh = archetypes::some_bytes(300);
      CHECK(carry(first, second, fresh) == fresh);
      CHECK(carry(second, first, fresh) == fresh);
      CHECK(first.connected());
      CHECK(second.connected());
    }
  }
}

TEST_CASE("both ends may begin anew at the same time, and again before they are connected") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    ends<64> both{{.seed = seed, .lost = 10'000}};
    cleave::random_bits random(seed);
    const bytes sent = archetypes::some_bytes(200);
    CHECK(carry(both.first, both.second, sent) == sent);
    std::array<std::byte, 8> block{};
    for (int i = 0; i < 12; ++i) {
      if (random.below(2) == 0) CHECK(both.first.reopen(deadline::never()));
      if (random.below(2) == 0) CHECK(both.second.reopen(deadline::never()));
      static_cast<void>(both.first.read_some(block, after(both.first, random.below(3000))));
      static_cast<void>(both.second.read_some(block, after(both.second, random.below(3000))));
    }
    // Whoever is told that the connection ended opens it again, as programs do.
    for (int i = 0; i < 2000 && !(both.first.connected() && both.second.connected()); ++i) {
      if (both.first.read_some(block, after(both.first, 1000)).error == errc::closed) CHECK(both.first.reopen({}));
      if (both.second.read_some(block, after(both.second, 1000)).error == errc::closed) CHECK(both.second.reopen({}));
    }
    CHECK(carry(both.first, both.second, sent) == sent);
    CHECK(carry(both.second, both.first, sent) == sent);
  }
}

TEST_CASE("windows of different sizes are respected") {
  noisy_line line({});
  noisy_end near = line.first();
  noisy_end far = line.second();
  reliable_link<noisy_end, 16> narrow{near};
  reliable_link<noisy_end, 4096> wide{far};
  const bytes sent = archetypes::some_bytes(1000);
  CHECK(carry(wide, narrow, sent) == sent);
  CHECK(carry(narrow, wide, sent) == sent);
  CHECK(wide.statistics().repeated < 70);  // 16 bytes a time: the rest would come in vain
}

TEST_CASE("a reader that takes its time gets everything, and the other end does not flood it") {
  ends<64> both{{}};
  const bytes sent = archetypes::some_bytes(600);
  std::size_t written = 0;
  bytes got;
  while (got.size() < sent.size()) {
    if (written < sent.size()) {
      written += both.first.write_some(std::span(sent).subspan(written), after(both.first, 300'000)).bytes;
    }
    static_cast<void>(both.first.flush(after(both.first, 300'000)));
    std::array<std::byte, 7> few{};
    const auto moved = both.second.read_some(few, after(both.second, 100));
    got.insert(got.end(), few.begin(), few.begin() + static_cast<long>(moved.bytes));
  }
  CHECK(got == sent);
  CHECK(both.first.statistics().sent < 2000);
}

TEST_CASE("an idle link is silent") {
  ends<64> both{{}};
  const bytes sent = archetypes::some_bytes(64);
  CHECK(carry(both.first, both.second, sent) == sent);
  pass_time(both, 200'000);
  const auto before = both.first.statistics().sent + both.second.statistics().sent;
  pass_time(both, 5'000'000);
  CHECK(both.first.statistics().sent + both.second.statistics().sent == before);
}

TEST_CASE("a line that closes is told at once, after what came") {
  auto [near, far] = cleave::memory_pipe::make();
  reliable_link first{near};
  reliable_link second{far};
  std::array<std::byte, 4> block{};
  CHECK(second.write_some(block, after(second, 1000)).bytes == 4);
  for (int i = 0; i < 100 && !second.flush(after(second, 1000)); ++i) {
    static_cast<void>(first.write_some(block, after(first, 100)));
    static_cast<void>(first.flush(after(first, 100)));
  }
  far.close();
  CHECK(first.read_some(block, deadline::never()).bytes == 4);
  CHECK(first.read_some(block, deadline::never()).error == errc::closed);
}

TEST_CASE("two threads pass more than the window over a bad line, both ways at once") {
  auto [near, far] = cleave::memory_pipe::make(100);
  cleave::faulty near_line{near, cleave::faults{.seed = 8, .drop_rate = 10'000}};
  cleave::faulty far_line{far, cleave::faults{.seed = 9, .corrupt_rate = 10'000}};
  const cleave::reliable_options quick{.timeout_microseconds = 3000};
  const bytes sent = archetypes::some_bytes(3000);
  bytes back(sent.size());
  std::thread echo([&] {
    reliable_link<decltype(far_line)> end{far_line, quick};
    std::array<std::byte, 64> block{};
    for (;;) {
      const cleave::io_result moved = end.read_some(block, deadline::never());
      if (moved.error != errc::ok) return;
      if (!cleave::write_all(end, std::span(block).first(moved.bytes), deadline::never())) return;
    }
  });
  reliable_link<decltype(near_line)> first{near_line, quick};
  std::size_t written = 0;
  std::size_t read = 0;
  while (read < sent.size()) {
    if (written < sent.size()) written += first.write_some(std::span(sent).subspan(written), after(first, 100)).bytes;
    read += first.read_some(std::span(back).subspan(read), after(first, 100)).bytes;
  }
  near.close();
  echo.join();
  CHECK(back == sent);
  CHECK(first.statistics().repeated > 0);
}
