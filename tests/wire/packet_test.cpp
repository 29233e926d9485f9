// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cleave/core/random_bits.hpp>
#include <cleave/wire/packet.hpp>
#include <cstddef>
#include <span>
#include <vector>

namespace {

using bytes = std::vector<std::byte>;

bytes seal(std::span<const std::byte> body) {
  cleave::packet_writer writer;
  std::copy(body.begin(), body.end(), writer.body().begin());
  const auto line = writer.seal(body.size());
  return {line.begin(), line.end()};
}

std::vector<bytes> read(std::span<const std::byte> line) {
  cleave::packet_reader reader;
  std::vector<bytes> found;
  for (const std::byte each : line) {
    if (reader.take(each)) found.emplace_back(reader.body().begin(), reader.body().end());
  }
  return found;
}

bytes random_body(cleave::random_bits& random, std::uint64_t size) {
  bytes body(static_cast<std::size_t>(size));
  for (std::byte& each : body) each = static_cast<std::byte>(random.next());
  return body;
}

}  // namespace

TEST_CASE("packets of every size arrive as they were, and zeros stand at their ends alone") {
  cleave::random_bits random(1);
  bytes line;
  std::vector<bytes> sent;
  for (std::size_t size = 0; size <= cleave::max_packet_body; ++size) {
    for (const bytes& body : {random_body(random, size), bytes(size, std::byte{0}), bytes(size, std::byte{1})}) {
      const bytes packet = seal(body);
      CHECK(packet.size() == size + cleave::packet_overhead);
      CHECK(std::count(packet.begin(), packet.end(), std::byte{0}) == 2);
      CHECK(packet.front() == std::byte{0});
      CHECK(packet.back() == std::byte{0});
      line.insert(line.end(), packet.begin(), packet.end());
      sent.push_back(body);
    }
  }
  CHECK(read(line) == sent);
}

TEST_CASE("a key is found though the body has almost every value") {
  bytes body(cleave::max_packet_body);
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<std::byte>(i + 1);
  CHECK(read(seal(body)) == std::vector<bytes>{body});
}

TEST_CASE("a packet that lost any byte, or has any bit flipped, is not taken") {
  cleave::random_bits random(2);
  for (std::size_t size = 0; size <= cleave::max_packet_body; size += 3) {
    const bytes packet = seal(random_body(random, size));
    for (std::size_t at = 1; at + 1 < packet.size(); ++at) {
      bytes damaged = packet;
      damaged.erase(damaged.begin() + static_cast<long>(at));
      CHECK(read(damaged).empty());
      for (int bit = 0; bit < 8; ++bit) {
        damaged = packet;
        damaged[at] ^= std::byte{1} << bit;
        CHECK(read(damaged).empty());
      }
    }
  }
}

TEST_CASE("noise before, between and behind packets costs no sound packet") {
  cleave::random_bits random(3);
  bytes line;
  std::vector<bytes> sent;
  for (int i = 0; i < 300; ++i) {
    for (std::byte each : random_body(random, random.below(200))) line.push_back(each);
    const bytes body = random_body(random, 4 + random.below(cleave::max_packet_body - 3));
    const bytes packet = seal(body);
    line.insert(line.end(), packet.begin(), packet.end());
    sent.push_back(body);
  }
  CHECK(read(line) == sent);
}
