// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <array>
#include <cleave/runtime/request_channel.hpp>
#include <cleave/wire/frame_parts.hpp>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "archetypes/gathering_transport.hpp"
#include "scripted_server.hpp"

namespace {

using archetypes::deed;
using archetypes::scripted_link;
using cleave::errc;

constexpr cleave::hello device{.graph = 1, .weights = 2, .codecs = 1, .numerics = 1, .max_payload_bytes = 64};
constexpr cleave::session_options options{.timeout_microseconds = 1000, .retries = 2};

}  // namespace

TEST_CASE("a request in parts that got lost is sent again whole") {
  scripted_link link;
  link.server.script = {deed::silence, deed::answer};
  archetypes::gathering_transport gathers(link, 5);
  cleave::request_channel channel(gathers, device);
  std::array<std::byte, 60> tensor{};
  for (std::size_t i = 0; i < tensor.size(); ++i) tensor[i] = static_cast<std::byte>(3 * i);
  cleave::frame_parts<1> frame;
  frame.add(tensor);
  std::array<std::byte, 64 + cleave::frame_trailer_bytes> room{};
  const auto parts = frame.seal({.kind = cleave::frame_kind::request, .request = 1, .tensors = 1});
  CHECK(channel.ask(parts, 1, room, options));
  CHECK(link.server.requests == std::vector<std::uint64_t>{1, 1});
  CHECK(std::vector<std::byte>(room.begin() + 4, room.begin() + 64) == archetypes::flipped(tensor));
}

TEST_CASE("a request in parts that the other end does not take is not sent") {
  scripted_link link;
  link.server.me.max_payload_bytes = 63;
  archetypes::gathering_transport gathers(link, 100);
  cleave::request_channel channel(gathers, device);
  const std::array<std::byte, 60> tensor{};
  cleave::frame_parts<1> frame;
  frame.add(tensor);
  std::array<std::byte, 64 + cleave::frame_trailer_bytes> room{};
  const auto parts = frame.seal({.kind = cleave::frame_kind::request, .request = 1, .tensors = 1});
  CHECK(channel.ask(parts, 1, room, options).error() == errc::frame_too_large);
  CHECK(link.server.requests.empty());
}
