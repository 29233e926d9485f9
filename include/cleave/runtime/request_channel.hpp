// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_RUNTIME_REQUEST_CHANNEL_HPP
#define CLEAVE_RUNTIME_REQUEST_CHANNEL_HPP

/// @file
/// Requests and their answers over a link that may lose, damage or delay them. Knows frames, but
/// no graph: one copy of this code serves every session over the same kind of link.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include <cleave/core/result.hpp>
#include <cleave/transport/frame_io.hpp>
#include <cleave/transport/transport.hpp>
#include <cleave/wire/frame.hpp>
#include <cleave/wire/frame_decoder.hpp>
#include <cleave/wire/hello.hpp>

namespace cleave {

/// How long and how often a session tries.
struct session_options {
  /// A request is answered or has failed when this has passed, whatever it took: connecting, greeting, repeating.
  std::uint32_t timeout_microseconds = 2'000'000;

  /// How often a request is sent again when it, its answer or the connection got lost. Every try but the last
  /// takes at most half of the time that is left.
  std::uint8_t retries = 2;

  /// With a fallback: after a failure, how long requests are finished here before the link is tried again.
  std::uint32_t hold_off_microseconds = 1'000'000;
};

/// The device's end of a conversation: says hello where that is due, repeats what got lost.
/// Guarantees: no allocation; every call returns at its deadline as far as the link does.
template <transport Link>
class request_channel {
 public:
  request_channel(Link& link, const hello& ours) noexcept
      : link_(link),
        ours_(ours),
        decoder_(ours.max_payload_bytes < hello_bytes ? std::uint32_t{hello_bytes} : ours.max_payload_bytes) {}
  request_channel(const request_channel&) = delete;
  request_channel& operator=(const request_channel&) = delete;

  /// Sends `frame`, a request with this number, until its answer's payload is in `room`; `room` must be the same
  /// memory in every call, with four bytes behind the largest payload. `answer()` is its header then.
  status ask(std::span<const std::byte> frame, std::uint64_t request, std::span<std::byte> room,
             const session_options& options) noexcept {
    return ask_with(frame, frame.size(), request, room, options);
  }

  /// The same with a frame in parts, one behind the other.
  status ask(std::span<const std::span<const std::byte>> parts, std::uint64_t request, std::span<std::byte> room,
             const session_options& options) noexcept
    requires gathering_transport<Link>
  {
    std::size_t size = 0;
    for (const std::span<const std::byte> each : parts) size += each.size();
    return ask_with(parts, size, request, room, options);
  }

  /// The header of the last answer or error frame.
  const frame_header& answer() const noexcept { return answer_; }

 private:
  enum class state : std::uint8_t {
    fresh,    ///< never used: the link may connect by itself
    greeted,  ///< both ends have said hello
    lost,     ///< the connection, or the place in its stream
  };

  /// `frame` is what `write_all` takes.
  template <class Frame>
  status ask_with(Frame frame, std::size_t size, std::uint64_t request, std::span<std::byte> room,
                  const session_options& options) noexcept {
    const deadline by = after(link_, options.timeout_microseconds);
    for (unsigned left = options.retries;; --left) {
      const std::uint64_t now = link_.now();
      const deadline part = left == 0 ? by : deadline{now + (by.microseconds - now) / 2};
      // Silence may be a slow server, which knows a repeated request, or a connection that is dead without
      // saying so: only the last try gives the connection up.
      if (left == 0 && silent_) state_ = state::lost;
      const errc why = attempt(frame, size, request, room, part);
      if (why == errc::ok || left == 0 || is_final(why) || by.passed(link_.now())) {
        // A reply that comes after all is skipped by its number, but where a new connection can be had it is better.
        if (why == errc::timed_out && reopenable_transport<Link>) state_ = state::lost;
        return why;
      }
    }
  }

  /// Whether trying the same again is of no use.
  static constexpr bool is_final(errc why) noexcept {
    switch (why) {
      case errc::closed:
      case errc::timed_out:
      case errc::io_error:
      case errc::bad_magic:
      case errc::bad_header:
      case errc::bad_payload:
      case errc::bad_frame:
      case errc::unsupported_version: return false;  // this one as a damaged byte looks the same
      default: return true;
    }
  }

  template <class Frame>
  errc attempt(Frame frame, std::size_t size, std::uint64_t request, std::span<std::byte> room, deadline by) noexcept {
    if (state_ == state::greeted) {
      // What came since: an answer that was late, or the news that the connection is gone.
      if (await(frame_kind::answer, request, room, deadline{0}) == errc::ok) return errc::ok;
    }
    silent_ = false;
    if (state_ != state::greeted) {
      if (const errc why = greet(by); why != errc::ok) {
        state_ = state::lost;
        return why;
      }
    }
    if (size > frame_bytes(limit_)) return errc::frame_too_large;
    if (const status sent = write_all(link_, frame, by); !sent) {
      // The reason may be on its way to us: a server that refuses to go on says why before it closes.
      state_ = state::lost;
      if (sent.error() != errc::closed) return sent.error();
    }
    return await(frame_kind::answer, request, room, by);
  }

  errc greet(deadline by) noexcept {
    if (state_ == state::lost) {
      if (const status opened = start_over(by); !opened) return opened.error();
    }
    std::array<std::byte, hello_bytes> words;
    store_hello(ours_, words);
    const std::span<const std::byte> piece = words;
    frame_encoder encoder({.kind = frame_kind::hello}, {&piece, 1});
    const errc sent = send(link_, encoder, by).error();
    if (sent != errc::ok && sent != errc::closed) return sent;
    std::array<std::byte, hello_bytes + frame_trailer_bytes> reply;
    if (const errc why = await(frame_kind::hello_reply, 0, reply, by); why != errc::ok) return why;
    const hello theirs = load_hello(std::span(reply).template first<hello_bytes>());
    const status agreed = agree(ours_, theirs);
    if (agreed) state_ = state::greeted;
    limit_ = theirs.max_payload_bytes;
    return agreed.error();
  }

  /// A new connection, or on a link that has none, silence on the line.
  status start_over(deadline by) noexcept {
    decoder_.restart();
    if constexpr (reopenable_transport<Link>) {
      return link_.reopen(by);
    } else {
      std::array<std::byte, 64> ignored;
      while (!by.passed(link_.now())) {
        const io_result moved = link_.read_some(ignored, deadline{0});
        if (moved.error != errc::ok) return moved.error == errc::timed_out ? errc::ok : moved.error;
      }
      return errc::timed_out;
    }
  }

  /// Receives until the reply to `request` is there; what else comes is skipped.
  errc await(frame_kind kind, std::uint64_t request, std::span<std::byte> room, deadline by) noexcept {
    for (;;) {
      const status received = receive(link_, decoder_, by);
      if (!received) {
        if (received.error() == errc::timed_out) {
          silent_ = true;
        } else if (received.error() == errc::bad_payload) {
          decoder_.restart();  // the length was sound: the next frame follows
        } else {
          state_ = state::lost;
        }
        return received.error();
      }
      const frame_header& header = decoder_.header();
      const bool ours = header.kind == kind && header.request == request;
      if (decoder_.stage() == decoder_stage::decide) {
        if (!ours || !decoder_.accept(room)) decoder_.skip();
        continue;
      }
      const frame_header whole = header;
      decoder_.restart();
      if (ours || (whole.kind == frame_kind::error && (whole.request == request || whole.request == 0))) {
        answer_ = whole;
        // Without a hello the server takes no request, and one that stops takes none any more.
        if (whole.error == errc::bad_frame || whole.error == errc::stopping) state_ = state::lost;
        return whole.error;
      }
      if (whole.kind == frame_kind::goodbye) {
        state_ = state::lost;
        return errc::closed;
      }
      if (by.passed(link_.now())) {  // whoever sends without end what nobody asked for gets no more of our time
        silent_ = true;
        return errc::timed_out;
      }
    }
  }

  Link& link_;
  hello ours_;
  frame_decoder decoder_;
  frame_header answer_{};
  std::uint32_t limit_ = 0;  // of a payload, at the other end
  state state_ = state::fresh;
  bool silent_ = false;
};

}  // namespace cleave
#endif
