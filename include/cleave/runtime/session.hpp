// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_RUNTIME_SESSION_HPP
#define CLEAVE_RUNTIME_SESSION_HPP

/// @file
/// The device's side at run time: runs the layers before the cut, has a server run the rest, and
/// gives the network's answer. Freestanding: any transport will do.

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

#include <cleave/codec/codec.hpp>
#include <cleave/codec/identity.hpp>
#include <cleave/core/result.hpp>
#include <cleave/graph/fingerprint.hpp>
#include <cleave/network/cut_tensors.hpp>
#include <cleave/network/options.hpp>
#include <cleave/runtime/request_channel.hpp>
#include <cleave/transport/transport.hpp>
#include <cleave/wire/frame_encoder.hpp>
#include <cleave/wire/tensor_payload.hpp>

namespace cleave {

/// Stands for the fallback of a session that has none.
struct no_remote {};

namespace detail {

/// Tensors that lie one behind the other, each aligned to 8 bytes, and the bytes of all.
template <std::size_t Count>
struct packed_tensors {
  std::array<tensor_info, Count> infos{};
  std::size_t bytes = 0;

  constexpr explicit packed_tensors(const std::array<tensor_info, Count>& from) noexcept : infos(from) {
    for (tensor_info& each : infos) {
      each.offset = static_cast<std::uint32_t>(bytes);
      bytes += (each.bytes() + 7) / 8 * 8;
    }
  }

  /// The most bytes of a payload that carries them.
  template <codec Squeezer>
  constexpr std::size_t max_payload() const noexcept {
    std::size_t sum = 0;
    for (const tensor_info& each : infos) sum += max_tensor_bytes<Squeezer>(each.dims.size(), each.type);
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
  static constexpr const auto& graph = Device::graph;
  static constexpr std::size_t cut = Device::last_layer;
  using tensors = cut_tensors<Device::graph, Device::last_layer>;

  static constexpr auto behind_info =
      detail::infos_of<Device::graph, detail::outputs_behind<Device::graph, Device::last_layer>>();
  // Not deduced: g++ 12 puts static members of deduced class types among the variables.
  static constexpr detail::packed_tensors<tensors::size()> sent{tensors::sent_info};
  static constexpr detail::packed_tensors<behind_info.size()> received{behind_info};
  static constexpr std::size_t request_payload = sent.template max_payload<Codec>();
  static constexpr std::size_t answer_payload = received.template max_payload<Codec>();
  static_assert(request_payload < std::numeric_limits<std::uint32_t>::max() - frame_trailer_bytes &&
                    answer_payload < std::numeric_limits<std::uint32_t>::max() - frame_trailer_bytes,
                "a frame holds less than 4 GiB");

 public:
  using answer_type = typename Device::graph_answer;

  /// Whether there is anything to do for a server: not so behind the last layer.
  static constexpr bool needs_link = cut < graph.last && tensors::size() > 0;
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
    std::array<const std::byte*, received.infos.size()> behind{};
    for (std::size_t i = 0; i < behind.size(); ++i) behind[i] = &answers_[received.infos[i].offset];

    local_ = false;
    link_error_ = errc::ok;
    if constexpr (needs_link) {
      if (!(has_fallback && held_off_ && !held_until_.passed(link_.now()))) {
        last_error_ = ask(before);
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
    return merge_answers<Device::graph, Device::last_layer>(before, behind.data());
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
            .max_payload_bytes = answer_payload};
  }

  errc ask(const tensors& before) noexcept {
    payload_writer writer{std::span{request_}.template subspan<frame_header_bytes, request_payload>()};
    for (std::size_t i = 0; i < tensors::size(); ++i) {
      if (const status added = writer.add(codec_, before.sent(i), sent.infos[i].type); !added) return added.error();
    }
    const frame_header header{.kind = frame_kind::request,
                              .request = ++requests_,
                              .cut = static_cast<std::uint16_t>(cut),
                              .tensors = static_cast<std::uint16_t>(tensors::size()),
                              .codec = Codec::id,
                              .type = sent.infos[0].type};
    const auto frame = seal_frame(header, request_, static_cast<std::uint32_t>(writer.size()));
    if (const status asked = channel_.ask(frame, requests_, answer_, options_); !asked) return asked.error();
    return decode();
  }

  errc decode() noexcept {
    const frame_header& header = channel_.answer();
    if (header.codec != Codec::id || header.tensors != received.infos.size()) return errc::bad_encoding;
    payload_reader reader(std::span<const std::byte>(answer_).first(header.payload_bytes));
    for (const tensor_info& each : received.infos) {
      const std::span<std::byte> room = std::span(answers_).subspan(each.offset, each.bytes());
      if (const status taken = reader.take(codec_, each.type, room); !taken) return taken.error();
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
  alignas(8) std::array<std::byte, received.bytes> answers_;
  std::array<std::byte, frame_bytes(request_payload)> request_;
  std::array<std::byte, answer_payload + frame_trailer_bytes> answer_;
};

}  // namespace cleave
#endif
