// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_TRANSPORT_RELIABLE_LINK_HPP
#define CLEAVE_TRANSPORT_RELIABLE_LINK_HPP

/// @file
/// A transport over a line that loses, damages or invents bytes: a UART, a radio. Both ends use it.
///
/// Bytes are numbered. A sender keeps what was not acknowledged and sends it again, from the first byte missing on,
/// when the other end reports a gap or is silent (go-back-N). Packets (wire/packet.hpp) carry, by their first byte:
///
///     0    | token | the other end's token, 0: unknown | log2 of the window        "here I am"
///     tag  | acknowledged (2) and, with data, | first byte's number (2) | bytes    tag: the receiver's token
///
/// Bit 7 of the tag reports a gap. Numbers have 16 bits. A connection begins when both ends have
/// heard their own token from the other. On a line that keeps the order of its bytes, an end that says "here I am"
/// afterwards, and does not know our token, has started anew: here the connection is `closed` then.

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

#include <cleave/core/bytes.hpp>
#include <cleave/core/result.hpp>
#include <cleave/transport/transport.hpp>
#include <cleave/wire/packet.hpp>

namespace cleave {

struct reliable_options {
  /// How long the other end may be silent before something is sent again; doubles twice. At least what the
  /// line takes for two windows and the other end to look at them: 2 x 256 bytes are 45 ms at 115200 baud.
  std::uint32_t timeout_microseconds = 60'000;

  /// Tells this start from the last one, where the line itself repeats packets; 1 to 127. A random number is best, any
  /// number will do on a wire.
  std::uint8_t token = 1;
};

/// What a link has done since it was made.
struct reliable_statistics {
  std::uint32_t sent = 0;      ///< packets, all kinds
  std::uint32_t repeated = 0;  ///< times that something was sent again, because of silence or a gap
  std::uint32_t received = 0;  ///< sound packets
  std::uint32_t damaged = 0;   ///< packets that were not
};

/// An ordered stream of bytes over `Link`, which only has to keep bytes in order. `Window` is how many bytes may be
/// under way from here, `Incoming` how many to here; both are kept.
///
///     cleave::reliable_link link{port};
///     cleave::session session{half, link};
///
/// Work is done inside of calls only: what was sent last is repeated, and what came is acknowledged, while the program
/// reads, writes or flushes. A session does so until it has its answer. When the other end starts anew, reads give what
/// came before and then `closed`, and so do writes, until `reopen`. An end that is gone for good is silent, as it is on
/// any line.
///
/// Requires: `link` outlives this; one thread at a time. Guarantees: no allocation; calls end at their deadlines as far
/// as those of `link` do.
template <transport Link, std::size_t Window = 256, std::size_t Incoming = Window>
class reliable_link {
  static constexpr bool usable_window(std::size_t size) {
    return std::has_single_bit(size) && size >= 16 && size <= 8192;
  }
  static_assert(usable_window(Window) && usable_window(Incoming), "a window is a power of 2 from 16 to 8192");

 public:
  explicit reliable_link(Link& link, reliable_options options = {}) noexcept
      : mine_(usable(options.token)), link_(link), timeout_(options.timeout_microseconds) {}
  reliable_link(const reliable_link&) = delete;
  reliable_link& operator=(const reliable_link&) = delete;

  io_result read_some(std::span<std::byte> in, deadline by) noexcept {
    return transfer(false, in.data(), in.size(), by);
  }

  io_result write_some(std::span<const std::byte> out, deadline by) noexcept {
    return transfer(true, const_cast<std::byte*>(out.data()), out.size(), by);  // which only reads them then
  }

  /// The same from several pieces of memory: their bytes share packets.
  io_result write_parts(std::span<const std::span<const std::byte>> parts, deadline by) noexcept {
    std::size_t count = 0;
    for (const std::span<const std::byte> part : parts) {
      const std::size_t taken = queue(true, const_cast<std::byte*>(part.data()), part.size());
      count += taken;
      if (taken == part.size()) continue;
      if (count == 0) return write_some(part, by);
      break;
    }
    settle();
    return {count, errc::ok};
  }

  /// Waits until the other end has all that was written.
  status flush(deadline by) noexcept {
    errc why = errc::ok;
    while (why == errc::ok && (state_ == state::closed || first_ != end_)) why = wait(by);
    return why;
  }

  std::uint64_t now() noexcept { return link_.now(); }

  /// Begins a new connection, which the other end sees; what was under way is lost. Does not wait for it.
  status reopen(deadline by) noexcept {
    if constexpr (reopenable_transport<Link>) {
      if (lost_) {
        if (const status opened = link_.reopen(by); !opened) return opened;
      }
    }
    lost_ = false;
    state_ = state::opening;
    mine_ = usable(mine_ + 1u);
    theirs_ = 0;
    first_ = next_ = end_ = expected_ = read_ = 0;
    backoff_ = 0;
    armed_ = false;
    due_ = gap_ = dropped_ = went_back_ = false;
    rest_ = {};
    return {};
  }

  /// Whether both ends have heard of each other, and neither started anew since.
  bool connected() const noexcept { return state_ == state::open; }

  reliable_statistics statistics() const noexcept {
    reliable_statistics result = statistics_;
    result.damaged = reader_.damaged();
    return result;
  }

 private:
  enum class state : std::uint8_t { opening, open, closed };

  static constexpr std::uint8_t gap_bit = 0x80;
  static constexpr std::size_t data_at = 5;
  static constexpr std::uint8_t most_data = max_packet_body - data_at;
  static constexpr std::uint8_t least_data = 8;
  static constexpr std::uint32_t longest = 1u << 30;  // a look every quarter of an hour does no harm
  static constexpr std::uint32_t slice = 1000;        // microseconds that a full line may hold up what comes in

  static constexpr std::uint8_t usable(unsigned token) noexcept {
    return static_cast<std::uint8_t>(token % gap_bit == 0 ? 1 : token % gap_bit);
  }

  /// How far `to` is ahead of `from`.
  static constexpr std::uint16_t distance(unsigned from, unsigned to) noexcept {
    return static_cast<std::uint16_t>(to - from);
  }

  // ---- progress

  /// Both directions in one, for the sake of flash.
  io_result transfer(bool out, std::byte* bytes, std::size_t size, deadline by) noexcept {
    for (;;) {
      const std::size_t count = queue(out, bytes, size);
      if (count != 0) {
        settle();
        return {count, errc::ok};
      }
      if (const errc why = wait(by); why != errc::ok) return {0, why};
    }
  }

  /// Puts bytes into the one queue, or takes them out of the other.
  std::size_t queue(bool out, std::byte* bytes, std::size_t size) noexcept {
    if (out) {
      size = state_ == state::closed ? 0 : std::min(size, Window - distance(first_, end_));
      for (std::size_t i = 0; i < size; ++i) outgoing_[end_++ % Window] = bytes[i];
      return size;
    }
    size = std::min<std::size_t>(size, distance(read_, expected_));
    for (std::size_t i = 0; i < size; ++i) bytes[i] = incoming_[read_++ % Incoming];
    if (size != 0 && dropped_) {  // there is room again
      dropped_ = false;
      gap_ = due_ = true;
    }
    return size;
  }

  /// Perhaps there is no call for long now: what is due begins to go out, and a whole acknowledgement does even where
  /// the line takes one byte at a time, so that the other end need not repeat what is here.
  void settle() noexcept {
    turn(0);
    for (int left = 12; left != 0 && (due_ || !rest_.empty()); --left) turn(slice);
  }

  /// One more turn, or why there is no use in waiting.
  errc wait(deadline by) noexcept {
    if (state_ == state::closed) return errc::closed;
    const std::uint64_t current = link_.now();
    const std::uint64_t left = by.passed(current) ? 0 : by.microseconds - current;
    moved_ = false;
    turn(static_cast<std::uint32_t>(std::min<std::uint64_t>(left, longest)));
    return left == 0 && !moved_ ? errc::timed_out : errc::ok;
  }

  /// Sends what is due, and takes what has come; waits for it so many microseconds, or until something becomes due.
  void turn(std::uint32_t most) noexcept {
    const std::uint64_t current = link_.now();
    current_ = static_cast<std::uint32_t>(current);
    if (rest_.empty() && state_ != state::closed) compose();
    if (!rest_.empty()) {
      const io_result sent = link_.write_some(rest_, {current + std::min(most, slice)});
      rest_ = rest_.subspan(sent.bytes);
      note(sent);
      most = 0;
    } else if (armed_) {
      most = std::min(most, retry_ - current_);
    }
    std::array<std::byte, 32> block;
    const io_result got = link_.read_some(block, {current + most});
    note(got);
    for (std::size_t i = 0; i < got.bytes; ++i) {
      if (reader_.take(block[i])) received(reader_.body());
    }
  }

  /// What a call of the link below came to. Any failure is the end of the connection, once what came has been read.
  void note(const io_result& moved) noexcept {
    moved_ |= moved.bytes != 0;
    if (moved.error == errc::ok || moved.error == errc::timed_out) return;
    lost_ = true;
    close();
  }

  void close() noexcept {
    state_ = state::closed;
    due_ = false;
    rest_ = {};
  }

  // ---- sending

  /// The next packet, if one is due.
  void compose() noexcept {
    const bool late = armed_ && static_cast<std::int32_t>(current_ - retry_) >= 0;
    if (late && backoff_ < 2) ++backoff_;
    const auto body = writer_.body();
    std::size_t size = 0;
    if (state_ == state::opening) {
      if (late || !armed_) {
        patience();
        due_ = true;
      }
      if (!due_) return;
      body[0] = std::byte{0};
      body[1] = std::byte{mine_};
      body[2] = std::byte{theirs_};
      body[3] = static_cast<std::byte>(std::countr_zero(Incoming));
      size = 4;
    } else {
      if (late) go_back();
      const std::size_t allowed = std::min(distance(first_, end_), limit_) - std::size_t{distance(first_, next_)};
      const std::size_t count = std::min<std::size_t>(allowed, size_);
      if (count == 0 && !due_) return;
      body[0] = static_cast<std::byte>(theirs_ | (gap_ ? gap_bit : 0u));
      store_little(&body[1], expected_);
      size = 3;
      if (count != 0) {
        store_little(&body[3], next_);
        for (std::size_t i = 0; i < count; ++i) body[data_at + i] = outgoing_[(next_ + i) % Window];
        size = data_at + count;
        if (first_ == next_) patience();
        next_ = static_cast<std::uint16_t>(next_ + count);
      }
    }
    due_ = false;
    ++statistics_.sent;
    rest_ = writer_.seal(size);
  }

  /// Waits before the next repetition.
  void patience() noexcept {
    armed_ = true;
    retry_ = current_ + (timeout_ << backoff_);
  }

  /// Sends from the first byte missing on, in smaller packets: the more errors, the shorter pays. With the growth in
  /// `acknowledged` they settle at about 4 / sqrt(errors per byte).
  void go_back() noexcept {
    next_ = first_;
    went_back_ = true;
    ++statistics_.repeated;
    size_ = static_cast<std::uint8_t>(std::max<unsigned>(least_data, size_ - size_ / 8u));
  }

  // ---- receiving

  void received(std::span<const std::byte> body) noexcept {
    if (body.size() < 3) return;
    ++statistics_.received;
    const auto tag = std::to_integer<unsigned>(body[0]);
    if (tag == 0) {
      if (body.size() == 4) introduced(body);
    } else if (tag % gap_bit != mine_ || theirs_ == 0) {
      due_ |= state_ == state::opening;  // meant for whom we were before: let it know
    } else if (state_ != state::closed) {
      begin();
      acknowledged(load_little<std::uint16_t>(&body[1]), tag >= gap_bit);
      if (body.size() > data_at) arrived(load_little<std::uint16_t>(&body[3]), body.subspan(data_at));
    }
  }

  void introduced(std::span<const std::byte> body) noexcept {
    const auto token = std::to_integer<std::uint8_t>(body[1]);
    const bool knows_us = std::to_integer<std::uint8_t>(body[2]) == mine_;
    if (state_ == state::closed) return;
    if (state_ == state::open) {
      if (!knows_us || token != theirs_) return close();
    } else {
      theirs_ = token;
      limit_ = static_cast<std::uint16_t>(1u << std::to_integer<unsigned>(body[3] & std::byte{15}));
      if (knows_us) begin();
    }
    due_ = true;
  }

  /// The other end knows us.
  void begin() noexcept {
    if (state_ == state::open) return;
    state_ = state::open;
    armed_ = false;
  }

  void acknowledged(std::uint16_t number, bool gap) noexcept {
    const std::uint16_t count = distance(first_, number);
    if (count > distance(first_, end_)) return;  // of the past
    if (count != 0) {
      if (count > distance(first_, next_)) next_ = number;
      first_ = number;
      size_ = static_cast<std::uint8_t>(std::min<unsigned>(most_data, size_ + 2u));
      backoff_ = 0;
      went_back_ = false;
      armed_ = false;
      if (first_ != next_) patience();
    }
    if (gap && !went_back_ && first_ != next_) go_back();
  }

  void arrived(std::uint16_t number, std::span<const std::byte> data) noexcept {
    due_ = true;
    const std::uint16_t ahead = distance(expected_, number);
    if (ahead != 0 && ahead <= Incoming) {
      gap_ = !dropped_;
      return;
    }
    gap_ = false;
    const std::size_t known = distance(number, expected_);
    if (known > data.size()) return;  // all of it was here before
    data = data.subspan(known);
    const std::size_t count = std::min<std::size_t>(data.size(), Incoming - distance(read_, expected_));
    for (std::size_t i = 0; i < count; ++i) incoming_[(expected_ + i) % Incoming] = data[i];
    expected_ = static_cast<std::uint16_t>(expected_ + count);
    dropped_ = count < data.size();
  }

  // The small ones first: where they are within reach of short instructions, firmware saves a fifth of the code.
  state state_ = state::opening;
  std::uint8_t mine_;
  std::uint8_t theirs_ = 0;
  std::uint8_t backoff_ = 0;
  std::uint8_t size_ = most_data;  // of data in a packet
  bool armed_ = false;             // retry_ counts
  bool due_ = false;               // the other end waits for a packet
  bool gap_ = false;               // something is missing before what came last
  bool dropped_ = false;           // what came last, for want of room
  bool went_back_ = false;         // since the last acknowledgement
  bool lost_ = false;              // the link below is closed
  bool moved_ = false;
  std::uint16_t limit_ = 0;     // the other end's window
  std::uint16_t first_ = 0;     // not acknowledged
  std::uint16_t next_ = 0;      // to be sent
  std::uint16_t end_ = 0;       // not written yet
  std::uint16_t expected_ = 0;  // from the other end
  std::uint16_t read_ = 0;      // not read yet
  Link& link_;
  std::uint32_t timeout_;
  std::uint32_t current_ = 0;        // the time of this turn
  std::uint32_t retry_ = 0;          // when something is sent again
  std::span<const std::byte> rest_;  // of the packet that is being sent
  reliable_statistics statistics_{};
  packet_reader reader_;
  packet_writer writer_;
  std::array<std::byte, Window> outgoing_;
  std::array<std::byte, Incoming> incoming_;
};

}  // namespace cleave
#endif
