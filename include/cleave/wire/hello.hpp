// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_WIRE_HELLO_HPP
#define CLEAVE_WIRE_HELLO_HPP

/// @file
/// How two ends make sure that they hold the same network before a tensor crosses.

#include <cstddef>
#include <cstdint>
#include <span>

#include <cleave/codec/codec.hpp>
#include <cleave/core/bytes.hpp>
#include <cleave/core/result.hpp>
#include <cleave/wire/frame.hpp>

namespace cleave {

/// The payload of hello and hello_reply frames: what an end is and can.
struct hello {
  std::uint64_t graph = 0;              ///< fingerprint of the graph
  std::uint64_t weights = 0;            ///< fingerprint of the weights
  std::uint64_t codecs = 0;             ///< `codec_bit` of each codec it knows
  std::uint32_t numerics = 0;           ///< how it computes; equal numbers give equal bits
  std::uint32_t max_payload_bytes = 0;  ///< the largest payload it takes

  constexpr bool operator==(const hello&) const = default;
};

constexpr void store_hello(const hello& from, std::span<std::byte, hello_bytes> to) noexcept {
  store_little(&to[0], from.graph);
  store_little(&to[8], from.weights);
  store_little(&to[16], from.codecs);
  store_little(&to[24], from.numerics);
  store_little(&to[28], from.max_payload_bytes);
}

/// Any 32 bytes are a hello: whether it suits is for `agree` to say.
constexpr hello load_hello(std::span<const std::byte, hello_bytes> from) noexcept {
  return {.graph = load_little<std::uint64_t>(&from[0]),
          .weights = load_little<std::uint64_t>(&from[8]),
          .codecs = load_little<std::uint64_t>(&from[16]),
          .numerics = load_little<std::uint32_t>(&from[24]),
          .max_payload_bytes = load_little<std::uint32_t>(&from[28])};
}

/// Whether the two ends can work together; otherwise the first reason why not.
constexpr status agree(const hello& ours, const hello& theirs) noexcept {
  if (ours.graph != theirs.graph) return errc::wrong_graph;
  if (ours.weights != theirs.weights) return errc::wrong_weights;
  if (ours.numerics != theirs.numerics) return errc::wrong_numerics;
  if ((ours.codecs & theirs.codecs) == 0) return errc::unknown_codec;
  return {};
}

}  // namespace cleave
#endif
