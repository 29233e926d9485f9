// SPDX-License-Identifier: BSL-1.0
#ifndef EXAMPLES_TRANSPORTS_MQTT_LINK_HPP
#define EXAMPLES_TRANSPORTS_MQTT_LINK_HPP

/// @file
/// Two topics of an MQTT broker as a transport, for devices whose only way out is a broker. Stands on libmosquitto.

#include "steady_clock.hpp"

#include <cleave/core/bytes.hpp>
#include <cleave/transport/transport.hpp>

#include <mosquitto.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace links {

/// The device speaks on NAME/up and the host's end on NAME/down, in numbered messages of quality of service 1: repeated
/// ones are dropped, and a number that is missing ends the conversation. At most 64 messages are under way; the reader
/// says how far it is, so that a broker need not hold more. Messages do not wait for a host that is not there: start it
/// first. Requires: mosquitto_lib_init() has been called. One thread at a time.
class mqtt_link {
 public:
  enum class end { device, host };

  mqtt_link(std::string broker, int port, const std::string& name, end which)
      : broker_(std::move(broker)),
        port_(port),
        ours_(name + (which == end::device ? "/up" : "/down")),
        theirs_(name + (which == end::device ? "/down" : "/up")),
        which_(which),
        client_(mosquitto_new(nullptr, true, this)) {
    if (client_ == nullptr) return;
    mosquitto_max_inflight_messages_set(client_, 0);  // our own window is the limit
    mosquitto_int_option(client_, MOSQ_OPT_TCP_NODELAY, 1);
    mosquitto_message_callback_set(client_, [](mosquitto*, void* self, const mosquitto_message* message) {
      static_cast<mqtt_link*>(self)->take(*message);
    });
    mosquitto_subscribe_callback_set(
        client_, [](mosquitto*, void* self, int, int, const int*) { static_cast<mqtt_link*>(self)->online_ = true; });
    mosquitto_publish_callback_set(client_,
                                   [](mosquitto*, void* self, int) { ++static_cast<mqtt_link*>(self)->heard_; });
    const auto last_words = header(kind::goodbye, 0, 0);
    mosquitto_will_set(client_, ours_.c_str(), header_bytes, last_words.data(), 1, false);
  }
  mqtt_link(const mqtt_link&) = delete;
  mqtt_link& operator=(const mqtt_link&) = delete;
  ~mqtt_link() {
    close();
    mosquitto_destroy(client_);
  }

  cleave::io_result read_some(std::span<std::byte> in, cleave::deadline by) noexcept {
    const cleave::errc why = wait(by, [&] { return read_ < came_.size() || over(); });
    if (why != cleave::errc::ok) return {0, why};
    if (restarted_ || read_ == came_.size()) return {0, cleave::errc::closed};
    const std::size_t count = std::min(in.size(), came_.size() - read_);
    std::memcpy(in.data(), &came_[read_], count);
    read_ += count;
    if (read_ == came_.size()) {
      came_.clear();
      read_ = 0;
      if (expected_ - told_ >= window / 4) send(kind::taken, told_ = expected_, {});
    }
    return {count, cleave::errc::ok};
  }

  cleave::io_result write_some(std::span<const std::byte> out, cleave::deadline by) noexcept {
    const cleave::errc why = wait(by, [&] { return (talk_ != 0 && sent_ - taken_ < window) || over(); });
    if (why != cleave::errc::ok) return {0, why};
    const std::size_t count = std::min(out.size(), largest);
    if (over() || !send(kind::data, sent_, out.first(count))) return {0, cleave::errc::closed};
    ++sent_;
    return {count, cleave::errc::ok};
  }

  std::uint64_t now() const noexcept { return microseconds_now(); }

  /// The device begins a new conversation; the host's end is ready for the next.
  cleave::status reopen(cleave::deadline by) noexcept {
    used_ = true;
    if (!online_) {
      said_ = heard_ = 0;
      if (client_ == nullptr || mosquitto_connect(client_, broker_.c_str(), port_, 60) != MOSQ_ERR_SUCCESS ||
          mosquitto_subscribe(client_, nullptr, theirs_.c_str(), 1) != MOSQ_ERR_SUCCESS) {
        return cleave::errc::unreachable;
      }
      while (!online_) {
        if (mosquitto_loop(client_, milliseconds_until(by), 1) != MOSQ_ERR_SUCCESS) return cleave::errc::unreachable;
        if (!online_ && by.passed(now())) return cleave::errc::timed_out;
      }
    }
    if (which_ == end::device) {
      begin(static_cast<std::uint32_t>(now()) | 1U);
      if (!send(kind::open, 0, {})) return cleave::errc::io_error;
    } else if (!std::exchange(restarted_, false)) {
      begin(0);
    }
    return {};
  }

  /// Waits until a device has begun a conversation. Reading does this by itself.
  cleave::status accept(cleave::deadline by) noexcept {
    return wait(by, [&] { return talk_ != 0; });
  }

  void close() noexcept {
    if (online_) {
      if (talk_ != 0) send(kind::goodbye, 0, {});
      // With the broker's replies unread its end of the connection would break, and it would say our last words.
      for (int i = 0; i < 100 && said_ != heard_ && mosquitto_loop(client_, 10, 1) == MOSQ_ERR_SUCCESS; ++i) {
      }
      mosquitto_disconnect(client_);
    }
    online_ = false;
    ended_ = true;
  }

 private:
  enum class kind : std::uint8_t { open, data, taken, goodbye };
  static constexpr int header_bytes = 9;  // kind, conversation, number
  static constexpr std::size_t largest = 4096;
  static constexpr std::uint32_t window = 64;

  static std::array<std::byte, header_bytes> header(kind what, std::uint32_t talk, std::uint32_t number) noexcept {
    std::array<std::byte, header_bytes> bytes{static_cast<std::byte>(what)};
    cleave::store_little(&bytes[1], talk);
    cleave::store_little(&bytes[5], number);
    return bytes;
  }

  bool send(kind what, std::uint32_t number, std::span<const std::byte> bytes) noexcept {
    std::array<std::byte, header_bytes + largest> message;
    const auto head = header(what, talk_, number);
    std::ranges::copy(head, message.begin());
    std::ranges::copy(bytes, message.begin() + header_bytes);
    ++said_;
    return mosquitto_publish(client_, nullptr, ours_.c_str(), header_bytes + static_cast<int>(bytes.size()),
                             message.data(), 1, false) == MOSQ_ERR_SUCCESS;
  }

  void take(const mosquitto_message& message) {
    if (message.payloadlen < header_bytes) return;
    const std::span bytes(static_cast<const std::byte*>(message.payload), static_cast<std::size_t>(message.payloadlen));
    const auto what = static_cast<kind>(bytes[0]);
    const auto talk = cleave::load_little<std::uint32_t>(&bytes[1]);
    const auto number = cleave::load_little<std::uint32_t>(&bytes[5]);
    if (what == kind::open && which_ == end::host && talk != talk_) {
      const bool first = talk_ == 0;
      begin(talk);
      restarted_ = !first;  // what it says is kept until we have been told and reopen
    } else if (what == kind::goodbye && (talk == talk_ || talk == 0)) {
      ended_ = talk_ != 0;
    } else if (talk == talk_ && what == kind::taken) {
      taken_ = std::max(taken_, std::min(number, sent_));
    } else if (talk == talk_ && what == kind::data && number >= expected_) {
      if (number > expected_ || expected_ - told_ >= window) ended_ = true;
      if (ended_) return;
      ++expected_;
      came_.insert(came_.end(), bytes.begin() + header_bytes, bytes.end());
    }
  }

  void begin(std::uint32_t talk) noexcept {
    talk_ = talk;
    sent_ = taken_ = expected_ = told_ = 0;
    came_.clear();
    read_ = 0;
    ended_ = false;
  }

  bool over() const noexcept { return ended_ || restarted_; }

  /// Lets the library work until `ready()`.
  template <class Ready>
  cleave::errc wait(cleave::deadline by, Ready ready) noexcept {
    if (!used_) {
      if (const cleave::status opened = reopen(by); !opened) return opened.error();
    }
    while (online_) {
      const int pause = ready() ? 0 : milliseconds_until(by);
      if (mosquitto_loop(client_, pause, 1) != MOSQ_ERR_SUCCESS) online_ = false;
      if (ready()) return cleave::errc::ok;
      if (online_ && pause == 0) return cleave::errc::timed_out;
    }
    return ready() ? cleave::errc::ok : cleave::errc::closed;
  }

  std::string broker_;
  int port_;
  std::string ours_;
  std::string theirs_;
  end which_;
  mosquitto* client_;
  std::uint32_t talk_ = 0;      // the conversation; 0: none has begun
  std::uint32_t sent_ = 0;      // messages
  std::uint32_t taken_ = 0;     // of them, as the other end says
  std::uint32_t expected_ = 0;  // number of the next message
  std::uint32_t told_ = 0;      // what the other end knows of that
  std::uint32_t said_ = 0;      // messages to the broker
  std::uint32_t heard_ = 0;     // of them, as the broker says
  std::vector<std::byte> came_;
  std::size_t read_ = 0;
  bool used_ = false;
  bool online_ = false;
  bool ended_ = false;
  bool restarted_ = false;  // the device began anew before we did
};

static_assert(cleave::reopenable_transport<mqtt_link>);

}  // namespace links
#endif
