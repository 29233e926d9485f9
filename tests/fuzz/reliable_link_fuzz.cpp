// SPDX-License-Identifier: BSL-1.0
// A reliable link against another end that sends anything: noise, and sound packets of any content. Whatever comes, a
// call moves what it says, ends, sends only sound packets, and has no more under way than its window.
//
// The input is a list of commands: a byte that says what, a byte that says how much, and the bytes.
#include <algorithm>
#include <array>
#include <cleave/transport/reliable_link.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

/// What comes is given to it; what goes is looked at.
struct scripted_line {
  std::vector<std::byte> coming;
  cleave::packet_reader sent;
  std::uint64_t clock = 0;
  std::size_t room = 1;
  bool open = true;

  cleave::io_result read_some(std::span<std::byte> in, cleave::deadline by) noexcept {
    require(!in.empty());
    if (coming.empty()) {
      if (!open) return {0, cleave::errc::closed};
      if (!by.is_never()) clock = std::max(clock, by.microseconds);
      return {0, cleave::errc::timed_out};
    }
    const std::size_t count = std::min({in.size(), coming.size(), room});
    std::copy_n(coming.begin(), count, in.begin());
    coming.erase(coming.begin(), coming.begin() + static_cast<long>(count));
    return {count, cleave::errc::ok};
  }
  cleave::io_result write_some(std::span<const std::byte> out, cleave::deadline) noexcept {
    require(!out.empty());
    const std::size_t count = std::min(out.size(), room);
    for (const std::byte each : out.first(count)) static_cast<void>(sent.take(each));
    require(sent.damaged() <= reopened);  // a connection that ends leaves a packet half sent
    return {count, cleave::errc::ok};
  }
  std::uint64_t now() noexcept { return ++clock; }

  std::uint32_t reopened = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  scripted_line line;
  constexpr std::size_t window = 64;
  cleave::reliable_link<scripted_line, window> link{line, {.timeout_microseconds = 1000, .token = 7}};
  std::span input(reinterpret_cast<const std::byte*>(data), size);
  std::array<std::byte, 100> block{};
  std::size_t given = 0;
  std::size_t got = 0;
  while (input.size() >= 2) {
    const auto what = std::to_integer<unsigned>(input[0]);
    const auto much = std::to_integer<std::size_t>(input[1]);
    input = input.subspan(2);
    const auto few = input.first(std::min(input.size(), much % 64));
    line.room = 1 + what / 16;
    switch (what % 8) {
      case 0:  // noise
        line.coming.insert(line.coming.end(), few.begin(), few.end());
        given += few.size();
        input = input.subspan(few.size());
        break;
      case 1:
      case 2: {  // a sound packet
        const auto body = few.first(std::min(few.size(), cleave::max_packet_body));
        cleave::packet_writer writer;
        std::copy(body.begin(), body.end(), writer.body().begin());
        const auto packet = writer.seal(body.size());
        line.coming.insert(line.coming.end(), packet.begin(), packet.end());
        given += packet.size();
        input = input.subspan(body.size());
        break;
      }
      case 3:
      case 4: {
        const auto moved = link.read_some(std::span(block).first(1 + much % block.size()), cleave::deadline{much * 16});
        require((moved.error == cleave::errc::ok) == (moved.bytes != 0) && moved.bytes <= 1 + much % block.size());
        got += moved.bytes;
        require(got <= given);
        break;
      }
      case 5: {
        const auto moved =
            link.write_some(std::span(block).first(1 + much % block.size()), cleave::deadline{much * 16});
        require((moved.error == cleave::errc::ok) == (moved.bytes != 0) && moved.bytes <= window);
        break;
      }
      case 6:
        if (much % 8 == 0) {
          ++line.reopened;
          require(bool(link.reopen({})));
        } else {
          static_cast<void>(link.flush(cleave::after(link, much * 100)));
        }
        break;
      default: line.open = line.open && much != 255;
    }
  }
  const auto counts = link.statistics();
  require(counts.received <= given && counts.damaged <= given);
  return 0;
}
