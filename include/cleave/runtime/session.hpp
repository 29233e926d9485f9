// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_RUNTIME_SESSION_HPP
#define CLEAVE_RUNTIME_SESSION_HPP

/// @file
/// The device's side at run time: runs the layers before the cut, has a server run the rest, and
/// gives the network's answer. Freestanding: any transport will do.

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <type_traits>

#include <cleave/codec/codec.hpp>
#include <cleave/codec/identity.hpp>
#include <cleave/core/result.hpp>
#include <cleave/graph/fingerprint.hpp>
#include <cleave/network/cut_tensors.hpp>
#include <cleave/network/options.hpp>
#include <cleave/runtime/request_channel.hpp>
#include <cleave/transport/transport.hpp>
#include <cleave/wire/frame_encoder.hpp>
#include <cleave/wire/frame_parts.hpp>
#include <cleave/wire/tensor_payload.hpp>

namespace cleave {

/// Stands for the fallback of a session that has none.
struct no_remote {};

namespace detail {

/// Bytes of a tensor in a row of tensors that are each aligned to 8 bytes.
constexpr std::size_t packed_bytes(const tensor_info& info) noexcept { return (info.bytes() + 7) / 8 * 8; }

/// How much memory a session needs: the most that any cut of `Tensors` takes.
template <class Tensors, codec Squeezer>
struct exchange_sizes {
  std::size_t request = 0;  ///< payload
  std::size_t answer = 0;   ///< payload
  std::size_t answers = 0;  ///< decoded
  std::size_t tensors = 0;  ///< in a request
  bool asks = false;        ///< whether there is anything to do for a server

  constexpr exchange_sizes() noexcept {
    for (std::size_t cut = Tensors::first_cut; cut <= Tensors::last_cut; ++cut) {
      const auto sent = Tensors::sent_at(cut);
      const auto behind = Tensors::behind_at(cut);
      std::size_t decoded = 0;
      for (const tensor_info& each : behind) decoded += packed_bytes(each);
      request = std::max(request, payload_of(sent));
      answer = std::max(answer, payload_of(behind));
      answers = std::max(answers, decoded);
      tensors = std::max(tensors, sent.size());
      asks = asks || !behind.empty();
    }
  }

  static constexpr std::size_t payload_of(std::span<const tensor_info> tensors) noexcept {
    std::size_t sum = 0;
    for (const tensor_info& each : tensors) sum += max_tensor_bytes<Squeezer>(each.dims.size(), each.type);
    return sum;
  }
};

}  // namespace detail

/// Answers as the whole network does, with the part of it behind the device half's cut run by the server at the other
/// end of `link`. Where that fails, the answer is the reason, no later than the time-out; with a fallback, `remote`
/// makes the answer here.
///
///     cleave::session session{device, link, cleave::codecs::f16{}};
///     const auto answer = session(image);
///
/// Requires: everything given by reference outlives the session. Guarantees: no allocation. An answer views the
/// session's or a half's memory and holds until the next call. One thread at a time.
template <class Device, transport Link, codec Codec = codecs::identity, class Remote = no_remote>
class session {
  using tensors = typename Device::tensors;
  static constexpr detail::exchange_sizes<tensors, Codec> most{};
  static constexpr std::size_t most_answers = detail::all_outputs<Device::graph>.size();
  static_assert(most.request < std::numeric_limits<std::uint32_t>::max() - frame_trailer_bytes &&
                    most.answer < std::numeric_limits<std::uint32_t>::max() - frame_trailer_bytes,
                "a frame holds less than 4 GiB");

 public:
  using answer_type = typename Device::graph_answer;

  /// Whether there is anything to do for a server: not so behind the last layer.
  static constexpr bool needs_link = most.asks;
  static constexpr bool has_fallback = !std::same_as<Remote, no_remote>;

  explicit session(Device& device, Link& link, Codec codec = {}, session_options options = {}) noexcept
    requires(!has_fallback)
      : device_(device), link_(link), codec_(codec), options_(options), channel_(link, ours(device)) {}
  /// With a fallback: `remote` runs the layers behind the cut when the server does not.
  session(Device& device, Link& link, Codec codec, Remote& remote, session_options options = {}) noexcept
      : device_(device),
        link_(link),
        codec_(codec),
        remote_(&remote),
        options_(options),
        channel_(link, ours(device)) {}
  session(const session&) = delete;
  session& operator=(const session&) = delete;

  /// The network's answer, or why there is none: `timed_out`, `closed`, `refused`, `unreachable` or `io_error` of the
  /// link, `wrong_graph`, `wrong_weights`, `wrong_numerics` or `unknown_codec` of a server that does not match,
  /// `overloaded` or `stopping` of one that can not now.
  template <class... Inputs>
    requires requires(Device& device, const Inputs&... inputs) {
      { device.forward(inputs...) } -> std::same_as<tensors>;
    }
  result<answer_type> operator()(const Inputs&... inputs) noexcept {
    const tensors before = device_.forward(inputs...);
    places behind{};

    local_ = false;
    link_error_ = errc::ok;
    if (needs_link && !tensors::behind_at(before.cut).empty()) {
      if (!(has_fallback && held_off_ && !held_until_.passed(link_.now()))) {
        last_error_ = ask(before, behind);
        held_off_ = last_error_ != errc::ok;
        if (has_fallback && held_off_) held_until_ = after(link_, options_.hold_off_microseconds);
      }
      link_error_ = last_error_;
      if (link_error_ != errc::ok) {
        if constexpr (has_fallback) {
          local_ = true;
          return (*remote_)(before);
        } else {
          return link_error_;
        }
      }
    }
    return merge_answers(before, behind.data());
  }

  /// Has the server answer these tensors and drops what it says: a question about link and server, whose `load` is
  /// known then. Requires: the cut of `before` leaves something to the server.
  status exchange(const tensors& before) noexcept {
    places ignored;
    return ask(before, ignored);
  }

  /// Whether the last answer was finished here because the server could not.
  bool local() const noexcept { return local_; }

  /// What kept the server from giving the last answer; `ok` when it gave it.
  errc link_error() const noexcept { return link_error_; }

  /// How busy the server was when it last answered.
  const server_load& load() const noexcept { return channel_.answer().load; }

  /// May be changed between calls.
  session_options& options() noexcept { return options_; }

 private:
  static hello ours(const Device& device) noexcept {
    constexpr std::uint64_t print = fingerprint(Device::graph);
    return {.graph = print,
            .weights = device.weights_fingerprint(),
            .codecs = codec_bit(Codec::id),
            .numerics = numeric_id<typename Device::options>,
            .max_payload_bytes = most.answer};
  }

  using places = std::array<const std::byte*, most_answers>;

  /// Whether a request is sent from where its tensors lie: then there is no memory for it here.
  static constexpr bool sends_in_place = gathering_transport<Link> && verbatim_codec<Codec>;

  errc ask(const tensors& before, places& behind) noexcept {
    const std::span<const tensor_info> sent = tensors::sent_at(before.cut);
    const frame_header header{.kind = frame_kind::request,
                              .request = ++requests_,
                              .cut = static_cast<std::uint16_t>(before.cut),
                              .tensors = static_cast<std::uint16_t>(sent.size()),
                              .codec = Codec::id,
                              .type = sent.empty() ? dtype::float32 : sent[0].type};
    if (const status asked = send(header, before, sent); !asked) return asked.error();
    return decode(tensors::behind_at(before.cut), behind);
  }

  status send(const frame_header& header, const tensors& before, std::span<const tensor_info> sent) noexcept {
    if constexpr (sends_in_place) {
      request_.clear();
      for (std::size_t i = 0; i < sent.size(); ++i) request_.add(before.sent(i));
      return channel_.ask(request_.seal(header), requests_, answer_, options_);
    } else {
      payload_writer writer{std::span{request_}.template subspan<frame_header_bytes, most.request>()};
      for (std::size_t i = 0; i < sent.size(); ++i) {
        if (const status added = writer.add(codec_, before.sent(i), sent[i].type); !added) return added;
      }
      const auto frame = seal_frame(header, request_, static_cast<std::uint32_t>(writer.size()));
      return channel_.ask(frame, requests_, answer_, options_);
    }
  }

  /// Not into the workspace: where an answer can not be decoded, the fallback needs what lies there.
  errc decode(std::span<const tensor_info> expected, places& behind) noexcept {
    const frame_header& header = channel_.answer();
    if (header.codec != Codec::id || header.tensors != expected.size()) return errc::bad_encoding;
    payload_reader reader(std::span<const std::byte>(answer_).first(header.payload_bytes));
    std::size_t used = 0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      behind[i] = &answers_[used];
      const std::span<std::byte> room = std::span(answers_).subspan(used, expected[i].bytes());
      if (const status taken = reader.take(codec_, expected[i].type, room); !taken) return taken.error();
      used += detail::packed_bytes(expected[i]);
    }
    return reader.finish().error();
  }

  Device& device_;
  Link& link_;
  [[no_unique_address]] Codec codec_;
  Remote* remote_ = nullptr;
  session_options options_;
  request_channel<Link> channel_;
  std::uint64_t requests_ = 0;
  deadline held_until_{};
  errc last_error_ = errc::ok;
  errc link_error_ = errc::ok;
  bool held_off_ = false;
  bool local_ = false;
  alignas(8) std::array<std::byte, most.answers> answers_;
  std::conditional_t<sends_in_place, frame_parts<most.tensors>, std::array<std::byte, frame_bytes(most.request)>>
      request_;
  std::array<std::byte, most.answer + frame_trailer_bytes> answer_;
};

}  // namespace cleave
#endif
