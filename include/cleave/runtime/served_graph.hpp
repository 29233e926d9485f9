// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_RUNTIME_SERVED_GRAPH_HPP
#define CLEAVE_RUNTIME_SERVED_GRAPH_HPP

/// @file
/// A graph, its weights and its codecs as a table of facts and functions, so that the server is
/// compiled once and not once a graph. Hosted.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

#include <cleave/codec/codec.hpp>
#include <cleave/core/result.hpp>
#include <cleave/core/shape.hpp>
#include <cleave/network/cut_tensors.hpp>
#include <cleave/wire/frame.hpp>
#include <cleave/wire/hello.hpp>
#include <cleave/wire/tensor_payload.hpp>

namespace cleave {

/// The codecs of a `codec_set`, chosen by id, without its type.
struct codec_table {
  std::uint64_t mask;
  std::size_t (*max_tensor_bytes)(codec_id id, std::size_t elements, dtype type) noexcept;
  status (*take)(codec_id id, payload_reader& from, dtype type, std::span<std::byte> tensor) noexcept;
  status (*add)(codec_id id, payload_writer& to, std::span<const std::byte> tensor, dtype type) noexcept;

  bool contains(codec_id id) const noexcept { return (mask & codec_bit(id)) != 0; }
};

/// The table of a codec set; each use has codecs of its own, freshly made.
template <class Codecs>
inline constexpr codec_table table_of{
    .mask = Codecs::mask,
    .max_tensor_bytes =
        [](codec_id id, std::size_t elements, dtype type) noexcept {
          return tensor_prefix_bytes + Codecs::max_encoded_size(id, elements, type);
        },
    .take =
        [](codec_id id, payload_reader& from, dtype type, std::span<std::byte> tensor) noexcept {
          status done = errc::unknown_codec;
          Codecs{}.visit(id, [&](auto& each) { done = from.take(each, type, tensor); });
          return done;
        },
    .add =
        [](codec_id id, payload_writer& to, std::span<const std::byte> tensor, dtype type) noexcept {
          status done = errc::unknown_codec;
          Codecs{}.visit(id, [&](auto& each) { done = to.add(each, tensor, type); });
          return done;
        }};

/// What a server knows of the network that it serves. `runner` stands for the memory in which one
/// request at a time is worked on; there are as many as there are workers.
struct served_graph {
  std::uint64_t graph = 0;     ///< fingerprint
  std::uint64_t weights = 0;   ///< fingerprint
  std::uint32_t numerics = 0;  ///< numeric id
  std::size_t last = 0;        ///< the highest cut
  const codec_table* codecs = nullptr;
  const void* data = nullptr;  ///< what `make` needs: the weights

  std::span<const tensor_info> (*crossing)(std::size_t cut) noexcept = nullptr;
  std::span<const tensor_info> (*outputs_after)(std::size_t cut) noexcept = nullptr;
  void* (*make)(const void* data) noexcept = nullptr;  ///< a runner; null without memory
  void (*destroy)(void* runner) noexcept = nullptr;
  std::span<std::byte> (*tensor)(void* runner, const tensor_info& info) noexcept = nullptr;
  void (*run)(void* runner, std::size_t first_layer, std::size_t last_layer) noexcept = nullptr;

  /// The most bytes of payload that these tensors take.
  std::size_t max_payload(std::span<const tensor_info> tensors, codec_id codec) const noexcept {
    std::size_t sum = 0;
    for (const tensor_info& each : tensors) sum += codecs->max_tensor_bytes(codec, each.dims.size(), each.type);
    return sum;
  }

  /// The most bytes of payload of any request.
  std::size_t max_request() const noexcept { return most(crossing); }
  /// The most bytes of payload of any answer.
  std::size_t max_answer() const noexcept { return most(outputs_after); }

  /// How the server introduces itself.
  hello introduction() const noexcept {
    constexpr std::size_t limit = std::numeric_limits<std::uint32_t>::max();
    return {.graph = graph,
            .weights = weights,
            .codecs = codecs->mask,
            .numerics = numerics,
            .max_payload_bytes = static_cast<std::uint32_t>(std::min(limit, max_request()))};
  }

  /// Whether a request with this header can be one for this graph: known by its header alone, before its
  /// payload is read. `max_answer_bytes` is the most that the device takes.
  status check(const frame_header& header, std::size_t max_answer_bytes) const noexcept {
    if (header.cut > last) return errc::bad_cut;
    if (!codecs->contains(header.codec)) return errc::unknown_codec;
    const std::span<const tensor_info> tensors = crossing(header.cut);
    if (header.tensors != tensors.size()) return errc::bad_frame;
    if (!tensors.empty() && header.type != tensors.front().type) return errc::bad_frame;
    if (header.payload_bytes > max_payload(tensors, header.codec)) return errc::frame_too_large;
    if (max_payload(outputs_after(header.cut), header.codec) > max_answer_bytes) return errc::frame_too_large;
    return {};
  }

  /// From a request's payload to the outputs in the runner's memory. Requires: `check` had nothing against it.
  status compute(void* runner, std::uint16_t cut, codec_id codec, std::span<const std::byte> payload) const noexcept {
    payload_reader reader(payload);
    for (const tensor_info& each : crossing(cut)) {
      if (const status taken = codecs->take(codec, reader, each.type, tensor(runner, each)); !taken) return taken;
    }
    if (const status done = reader.finish(); !done) return done;
    if (cut < last) run(runner, cut + std::size_t{1}, last);
    return {};
  }

  /// The outputs behind the cut as a payload at the front of `room`; its size, or why not.
  result<std::size_t> collect(void* runner, std::uint16_t cut, codec_id codec,
                              std::span<std::byte> room) const noexcept {
    payload_writer writer(room);
    for (const tensor_info& each : outputs_after(cut)) {
      if (const status added = codecs->add(codec, writer, tensor(runner, each), each.type); !added)
        return added.error();
    }
    return writer.size();
  }

 private:
  using tensors_of = std::span<const tensor_info> (*)(std::size_t cut) noexcept;

  std::size_t most(tensors_of tensors) const noexcept {
    std::size_t found = 0;
    for (std::size_t cut = 0; cut <= last; ++cut) {
      for (unsigned id = 0; id < 64; ++id) {
        const auto codec = static_cast<codec_id>(id);
        if (codecs->contains(codec)) found = std::max(found, max_payload(tensors(cut), codec));
      }
    }
    return found;
  }
};

}  // namespace cleave
#endif
