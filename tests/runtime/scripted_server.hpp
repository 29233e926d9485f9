// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_TESTS_RUNTIME_SCRIPTED_SERVER_HPP
#define CLEAVE_TESTS_RUNTIME_SCRIPTED_SERVER_HPP

/// @file
/// The other end for tests of what a device does: gets its turn whenever the device waits, and
/// treats each request as a script says. Its answer to a payload is the payload with all bits flipped.

#include <algorithm>
#include <cleave/transport/frame_io.hpp>
#include <cleave/transport/loopback.hpp>
#include <cleave/wire/hello.hpp>
#include <cstdint>
#include <deque>
#include <span>
#include <utility>
#include <vector>

namespace archetypes {

inline std::vector<std::byte> flipped(std::span<const std::byte> payload) {
  std::vector<std::byte> result(payload.begin(), payload.end());
  for (std::byte& each : result) each = ~each;
  return result;
}

enum class deed {
  answer,
  answer_twice,
  answer_late,  ///< at the device's next wait
  silence,
  refuse,          ///< an error frame with `why`
  damage_payload,  ///< an answer of which one byte of the payload is wrong
  damage_header,   ///< an answer of which one byte of the header is wrong
  garbage,         ///< bytes that are no frame
  giant,           ///< an answer that announces far more than fits
  hang_up,         ///< closes the connection
  goodbye,
  refuse_and_hang_up  ///< an error frame, then closes
};

class scripted_server {
 public:
  explicit scripted_server(cleave::loopback_end& link) : link_(link) {}

  cleave::hello me{.graph = 1, .weights = 2, .codecs = 3, .numerics = 1, .max_payload_bytes = 4096};
  cleave::errc why = cleave::errc::overloaded;  ///< of error frames
  cleave::errc hello_error = cleave::errc::ok;  ///< of hello replies; `ok`: what `agree` says
  bool chatters = false;                        ///< sends a pong at each turn
  bool answers_hello = true;
  std::deque<deed> script;        ///< one for each request; answered when it is empty
  std::vector<std::byte> before;  ///< bytes sent before the next reply
  int hellos = 0;
  std::vector<std::uint64_t> requests;

  /// A connection begins.
  void restart() { decoder_.restart(); }

  /// Works on all that has come.
  void operator()() {
    if (chatters) send({.kind = cleave::frame_kind::pong}, {});
    if (!late_.empty()) put(std::exchange(late_, {}));
    std::vector<std::byte> one(1);
    while (link_.read_some(one, cleave::deadline{0}).bytes == 1) {
      static_cast<void>(decoder_.feed(one));
      if (decoder_.stage() == cleave::decoder_stage::decide) {
        payload_.resize(decoder_.header().payload_bytes + cleave::frame_trailer_bytes);
        static_cast<void>(decoder_.accept(payload_));
      }
      if (decoder_.stage() == cleave::decoder_stage::complete) {
        const cleave::frame_header header = decoder_.header();
        payload_.resize(header.payload_bytes);
        decoder_.restart();
        take(header);
      }
      if (decoder_.stage() == cleave::decoder_stage::failed) {
        link_.close();
        decoder_.restart();
      }
    }
  }

 private:
  void take(const cleave::frame_header& header) {
    if (header.kind == cleave::frame_kind::hello) {
      ++hellos;
      if (!answers_hello) return;
      const auto theirs = cleave::load_hello(std::span(payload_).first<cleave::hello_bytes>());
      std::vector<std::byte> words(cleave::hello_bytes);
      store_hello(me, std::span(words).first<cleave::hello_bytes>());
      const auto error = hello_error != cleave::errc::ok ? hello_error : agree(me, theirs).error();
      send({.kind = cleave::frame_kind::hello_reply, .error = error}, words);
    } else if (header.kind == cleave::frame_kind::request) {
      requests.push_back(header.request);
      const deed now = script.empty() ? deed::answer : script.front();
      if (!script.empty()) script.pop_front();
      react(now, header);
    }
  }

  void react(deed now, cleave::frame_header header) {
    const std::uint64_t request = header.request;
    header.kind = cleave::frame_kind::answer;
    header.load = {7, 1234};
    const cleave::frame_header refusal{.kind = cleave::frame_kind::error, .request = request, .error = why};
    switch (now) {
      case deed::answer: return send(header, flipped(payload_));
      case deed::answer_twice: send(header, flipped(payload_)); return send(header, flipped(payload_));
      case deed::answer_late: late_ = frame(header, flipped(payload_)); return;
      case deed::silence: return;
      case deed::refuse: return send(refusal, {});
      case deed::damage_payload: return send(header, flipped(payload_), cleave::frame_header_bytes);
      case deed::damage_header: return send(header, flipped(payload_), 9);
      case deed::garbage: return put(std::vector<std::byte>(100, std::byte{0x55}));
      case deed::giant: return send(header, std::vector<std::byte>(100'000));
      case deed::hang_up: return link_.close();
      case deed::goodbye: return send({.kind = cleave::frame_kind::goodbye}, {});
      case deed::refuse_and_hang_up: send(refusal, {}); return link_.close();
    }
  }

  static constexpr std::size_t no_damage = ~std::size_t{0};

  // Inlined, g++ 12 takes an empty payload for one that is written beyond its end.
  [[gnu::noinline]] static std::vector<std::byte> frame(const cleave::frame_header& header,
                                                        const std::vector<std::byte>& payload) {
    std::vector<std::byte> bytes(cleave::frame_bytes(static_cast<std::uint32_t>(payload.size())));
    std::copy(payload.begin(), payload.end(), bytes.begin() + cleave::frame_header_bytes);
    static_cast<void>(cleave::seal_frame(header, bytes, static_cast<std::uint32_t>(payload.size())));
    return bytes;
  }

  void send(const cleave::frame_header& header, const std::vector<std::byte>& payload, std::size_t damage = no_damage) {
    std::vector<std::byte> bytes = frame(header, payload);
    if (damage != no_damage) bytes[damage] ^= std::byte{0x10};
    put(bytes);
  }

  void put(const std::vector<std::byte>& bytes) {
    before.insert(before.end(), bytes.begin(), bytes.end());
    static_cast<void>(write_all(link_, before, cleave::deadline{0}));
    before.clear();
  }

  cleave::loopback_end& link_;
  cleave::frame_decoder decoder_{1 << 20};
  std::vector<std::byte> payload_;
  std::vector<std::byte> late_;
};

/// The device's end of a loopback to a scripted server.
class scripted_link {
 public:
  cleave::io_result read_some(std::span<std::byte> in, cleave::deadline by) noexcept {
    pipe_.advance(microseconds_a_read);
    return pipe_.first().read_some(in.first(std::min(in.size(), bytes_a_call)), by);
  }
  cleave::io_result write_some(std::span<const std::byte> out, cleave::deadline by) noexcept {
    return pipe_.first().write_some(out.first(std::min(out.size(), bytes_a_call)), by);
  }
  std::uint64_t now() noexcept { return pipe_.first().now(); }
  cleave::status reopen(cleave::deadline by) noexcept {
    ++reopened;
    if (reopen_error != cleave::errc::ok) return reopen_error;
    server.restart();
    return pipe_.first().reopen(by);
  }
  void close() noexcept { pipe_.first().close(); }

  std::size_t bytes_a_call = 1 << 20;
  std::uint64_t microseconds_a_read = 0;
  cleave::errc reopen_error = cleave::errc::ok;
  int reopened = 0;

 private:
  cleave::loopback<1 << 18> pipe_;

 public:
  scripted_server server{pipe_.second()};

  scripted_link() { pipe_.first().when_waiting(server); }
};

static_assert(cleave::reopenable_transport<scripted_link>);

/// The same without a way to connect again, like a serial port.
class scripted_wire {
 public:
  explicit scripted_wire(scripted_link& link) : link_(link) {}
  cleave::io_result read_some(std::span<std::byte> in, cleave::deadline by) noexcept { return link_.read_some(in, by); }
  cleave::io_result write_some(std::span<const std::byte> out, cleave::deadline by) noexcept {
    return link_.write_some(out, by);
  }
  std::uint64_t now() noexcept { return link_.now(); }

 private:
  scripted_link& link_;
};

static_assert(cleave::transport<scripted_wire> && !cleave::reopenable_transport<scripted_wire>);

}  // namespace archetypes
#endif
