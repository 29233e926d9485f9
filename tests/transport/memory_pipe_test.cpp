// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <array>
#include <cleave/testing/check_transport.hpp>
#include <cleave/transport/memory_pipe.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <thread>
#include <utility>
#include <vector>

#include "archetypes/some_bytes.hpp"

namespace {

using cleave::after;
using cleave::deadline;
using cleave::errc;
using cleave::memory_pipe;

}  // namespace

TEST_CASE("a memory pipe is a transport, with room for few bytes or many") {
  const auto one = cleave::testing::check_transport([] { return memory_pipe::make(1); });
  CHECK(one.first_failure() == nullptr);
  const auto many = cleave::testing::check_transport([] { return memory_pipe::make(); });
  CHECK(many.first_failure() == nullptr);
}

TEST_CASE("two threads pass more than the pipe holds, both ways at once") {
  auto [near, far] = memory_pipe::make(100);
  const std::vector<std::byte> sent = archetypes::some_bytes(20000);
  std::vector<std::byte> back(sent.size());
  std::thread echo([end = std::move(far)]() mutable {
    std::array<std::byte, 64> block{};
    for (;;) {
      const cleave::io_result moved = end.read_some(block, deadline::never());
      if (moved.error != errc::ok) return;
      if (!cleave::write_all(end, std::span(block).first(moved.bytes), deadline::never())) return;
    }
  });
  std::size_t written = 0;
  std::size_t read = 0;
  while (read < sent.size()) {
    if (written < sent.size()) {
      written += near.write_some(std::span(sent).subspan(written), after(near, 100)).bytes;
    }
    read += near.read_some(std::span(back).subspan(read), after(near, 100)).bytes;
  }
  near.close();
  echo.join();
  CHECK(back == sent);
}

TEST_CASE("a thread that waits for ever wakes when the other end goes") {
  auto [near, far] = memory_pipe::make();
  std::thread leaver([end = std::move(far)]() mutable { const memory_pipe gone = std::move(end); });
  std::array<std::byte, 4> block{};
  CHECK(near.read_some(block, deadline::never()).error == errc::closed);
  leaver.join();
}

TEST_CASE("an end that is moved from can go without closing the pipe") {
  auto [near, far] = memory_pipe::make();
  std::array<std::byte, 4> block{};
  {
    memory_pipe moved = std::move(far);
    far = std::move(moved);
  }
  CHECK(near.write_some(block, deadline::never()).bytes == 4);
  CHECK(far.read_some(block, deadline::never()).bytes == 4);
}
