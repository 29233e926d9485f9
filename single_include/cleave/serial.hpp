// SPDX-License-Identifier: BSL-1.0
// All of <cleave/serial.hpp> in one file. Made by tools/amalgamate.py from include/cleave; edit there.
// https://www.boost.org/LICENSE_1_0.txt

#include <asio/buffer.hpp>
#include <asio/error.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/serial_port.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <chrono>
#include <concepts>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

// ---- cleave/core/bytes.hpp ------------------------------------------------------------------------------------------
#ifndef CLEAVE_CORE_BYTES_HPP
#define CLEAVE_CORE_BYTES_HPP

/// @file
/// Integers in little-endian byte order, whatever the host's order and alignment. Everything
/// cleave writes to a file or a wire goes through these two functions.

namespace cleave {

/// The unsigned integer stored at `from`, which may be misaligned.
template <std::unsigned_integral Int>
constexpr Int load_little(const std::byte* from) noexcept {
  if constexpr (std::endian::native == std::endian::little) {
    if (!std::is_constant_evaluated()) {
      Int value;
      std::memcpy(&value, from, sizeof value);
      return value;
    }
  }
  Int value = 0;
  for (std::size_t i = sizeof(Int); i-- > 0;) {
    value = static_cast<Int>((static_cast<unsigned long long>(value) << 8) | std::to_integer<unsigned>(from[i]));
  }
  return value;
}

/// Stores `value` at `to`, which may be misaligned.
template <std::unsigned_integral Int>
constexpr void store_little(std::byte* to, Int value) noexcept {
  if constexpr (std::endian::native == std::endian::little) {
    if (!std::is_constant_evaluated()) {
      std::memcpy(to, &value, sizeof value);
      return;
    }
  }
  for (std::size_t i = 0; i < sizeof(Int); ++i) {
    to[i] = static_cast<std::byte>((static_cast<unsigned long long>(value) >> (8 * i)) & 0xffu);
  }
}

}  // namespace cleave
#endif
// ---- cleave/core/result.hpp -----------------------------------------------------------------------------------------
#ifndef CLEAVE_CORE_RESULT_HPP
#define CLEAVE_CORE_RESULT_HPP

/// @file
/// Errors are values: a small enumeration, `status` for "done or why not", `result<T>` for
/// "a T or why not". Nothing here allocates or throws.

namespace cleave {

/// Why something was refused or did not happen. Each cause has a code of its own.
enum class errc : std::uint8_t {
  ok = 0,

  // weights
  not_a_weight_blob,    ///< the bytes do not begin like a weight blob
  unsupported_version,  ///< a blob or frame of another version of the format
  truncated_blob,       ///< fewer bytes than the header announces
  corrupt_blob,         ///< a checksum does not match
  misaligned_blob,      ///< the bytes do not start at a multiple of 4
  wrong_graph,          ///< made for another graph
  missing_layers,       ///< a slice that lacks the layers needed here

  // files
  file_not_found,
  file_not_readable,
  file_not_writable,

  // frames
  bad_magic,        ///< the bytes are not a frame
  bad_header,       ///< the header's checksum or a reserved field is wrong
  bad_payload,      ///< the payload's checksum is wrong
  bad_frame,        ///< well formed, but of a kind or size that does not belong here
  frame_too_large,  ///< longer than the limit agreed on
  wrong_weights,    ///< the other end holds other weights
  wrong_numerics,   ///< the other end computes in another order or precision
  unknown_codec,    ///< a codec that this end does not have
  bad_cut,          ///< a cut that the graph does not have
  bad_encoding,     ///< the codec can not decode the payload

  // transport
  closed,       ///< the other end closed the connection, or it was lost
  timed_out,    ///< the deadline passed
  refused,      ///< nobody listens there
  unreachable,  ///< no such host, or no way to it
  io_error,     ///< the operating system reported another failure

  // server
  overloaded,  ///< the server's queue or connection limit is reached
  stopping,    ///< the server is shutting down; the last code that frames carry

  // this end only
  address_in_use,  ///< another program listens on that port
};

/// A short sentence for people, for example "the weight blob was made for another graph".
constexpr const char* message(errc code) noexcept {
  switch (code) {
    case errc::ok: return "no error";
    case errc::not_a_weight_blob: return "these bytes are not a weight blob";
    case errc::unsupported_version: return "made by another version of the format";
    case errc::truncated_blob: return "the weight blob is shorter than its header says";
    case errc::corrupt_blob: return "a checksum of the weight blob does not match";
    case errc::misaligned_blob: return "the weight blob does not start at a multiple of 4 bytes";
    case errc::wrong_graph: return "the weight blob was made for another graph";
    case errc::missing_layers: return "the weight slice lacks layers that are needed here";
    case errc::file_not_found: return "no such file";
    case errc::file_not_readable: return "the file can not be read";
    case errc::file_not_writable: return "the file can not be written";
    case errc::bad_magic: return "these bytes are not a frame";
    case errc::bad_header: return "the frame's header is damaged";
    case errc::bad_payload: return "the frame's payload is damaged";
    case errc::bad_frame: return "a frame of this kind or size does not belong here";
    case errc::frame_too_large: return "the frame is longer than the limit";
    case errc::wrong_weights: return "the other end holds other weights";
    case errc::wrong_numerics: return "the other end computes in another order or precision";
    case errc::unknown_codec: return "the other end does not have this codec";
    case errc::bad_cut: return "the graph has no such cut";
    case errc::bad_encoding: return "the payload can not be decoded";
    case errc::closed: return "the connection was closed";
    case errc::timed_out: return "no answer in time";
    case errc::refused: return "nobody listens there";
    case errc::unreachable: return "the host can not be reached";
    case errc::io_error: return "input or output failed";
    case errc::overloaded: return "the server is overloaded";
    case errc::stopping: return "the server is stopping";
    case errc::address_in_use: return "another program listens on that port";
  }
  return "unknown error";
}

/// Done, or the reason why not.
class [[nodiscard]] status {
 public:
  constexpr status() noexcept = default;
  constexpr status(errc code) noexcept : code_(code) {}

  constexpr explicit operator bool() const noexcept { return code_ == errc::ok; }
  constexpr errc error() const noexcept { return code_; }
  constexpr bool operator==(const status&) const = default;

 private:
  errc code_ = errc::ok;
};

/// A value, or the reason why there is none. Reading the value of a failed result is undefined.
template <class T>
class [[nodiscard]] result {
 public:
  using value_type = T;

  constexpr result(T value) noexcept : value_(std::move(value)) {}
  /// Requires: `code != errc::ok`.
  constexpr result(errc code) noexcept : code_(code) {}

  constexpr explicit operator bool() const noexcept { return value_.has_value(); }
  constexpr errc error() const noexcept { return code_; }

  constexpr T& operator*() & noexcept { return *value_; }
  constexpr const T& operator*() const& noexcept { return *value_; }
  constexpr T&& operator*() && noexcept { return *std::move(value_); }
  constexpr T* operator->() noexcept { return &*value_; }
  constexpr const T* operator->() const noexcept { return &*value_; }

 private:
  std::optional<T> value_;
  errc code_ = errc::ok;
};

}  // namespace cleave
#endif
// ---- cleave/transport/transport.hpp ---------------------------------------------------------------------------------
#ifndef CLEAVE_TRANSPORT_TRANSPORT_HPP
#define CLEAVE_TRANSPORT_TRANSPORT_HPP

/// @file
/// The transport concept: an ordered stream of bytes both ways, with deadlines. TCP, a UART, shared
/// memory or a radio become one with three functions. Layer "transport": knows bytes and frames only.

namespace cleave {

/// What a read or a write came to: `bytes` moved, or `error` and no bytes; never neither, never both.
struct io_result {
  std::size_t bytes = 0;
  errc error = errc::ok;
};

/// A point in time on the clock of the transport it is given to, in microseconds.
struct deadline {
  std::uint64_t microseconds = std::numeric_limits<std::uint64_t>::max();

  static constexpr deadline never() noexcept { return {}; }
  constexpr bool is_never() const noexcept { return microseconds == std::numeric_limits<std::uint64_t>::max(); }
  constexpr bool passed(std::uint64_t now) const noexcept { return now >= microseconds; }
  constexpr bool operator==(const deadline&) const = default;
};

/// An ordered stream of bytes to and from one other end. With `link` an lvalue:
///
/// | expression                  | type            | semantics
/// |-----------------------------|-----------------|-------------------------------------------------
/// | `link.read_some(in, by)`    | `io_result`     | waits until bytes are there; moves 1 to `in.size()` of
/// |                             |                 | them to the front of `in`. Short counts are normal
/// | `link.write_some(out, by)`  | `io_result`     | waits until there is room; takes 1 to `out.size()` bytes
/// |                             |                 | from the front of `out`. Short counts are normal
/// | `link.now()`                | `std::uint64_t` | microseconds since some fixed moment; never goes back
/// | `link.reopen(by)`           | `status`        | optional: connects again after `errc::closed`; bytes under
/// |                             |                 | way are lost
/// | `link.write_parts(out, by)` | `io_result`     | optional: as `write_some`, for several pieces of memory,
/// |                             |                 | one behind the other; then they need not be copied
/// | `link.flush(by)`            | `status`        | optional: waits until the other end has what was written;
/// |                             |                 | for transports that repeat what got lost
///
/// All are `noexcept`. `in` is a `std::span<std::byte>`, `out` a `std::span<const std::byte>` (for
/// `write_parts` a `std::span` of them), not empty; `by` is a `deadline`. When it passes before a byte moved the answer
/// is `errc::timed_out` and the stream is as it was; a deadline that has passed already polls: what is there without
/// waiting moves. After the other end is gone, reads give what it still sent and then `errc::closed`; writes may notice
/// later than reads. One thread uses a transport at a time.
///
/// The smallest transport is tests/archetypes/minimal_transport.hpp; run
/// `cleave::testing::check_transport` on your own.
template <class Link>
concept transport = requires(Link& link, std::span<std::byte> in, std::span<const std::byte> out, deadline by) {
  { link.read_some(in, by) } noexcept -> std::same_as<io_result>;
  { link.write_some(out, by) } noexcept -> std::same_as<io_result>;
  { link.now() } noexcept -> std::same_as<std::uint64_t>;
};

/// A transport that can connect again.
template <class Link>
concept reopenable_transport = transport<Link> && requires(Link& link, deadline by) {
  { link.reopen(by) } noexcept -> std::same_as<status>;
};

/// A transport that takes several pieces of memory at once.
template <class Link>
concept gathering_transport =
    transport<Link> && requires(Link& link, std::span<const std::span<const std::byte>> parts, deadline by) {
      { link.write_parts(parts, by) } noexcept -> std::same_as<io_result>;
    };

/// The deadline so many microseconds from now.
template <transport Link>
constexpr deadline after(Link& link, std::uint64_t microseconds) noexcept {
  const std::uint64_t now = link.now();
  return microseconds > std::numeric_limits<std::uint64_t>::max() - now ? deadline::never()
                                                                        : deadline{now + microseconds};
}

/// Reads until `in` is full. On an error part of `in` may have been written.
template <transport Link>
constexpr status read_exactly(Link& link, std::span<std::byte> in, deadline by) noexcept {
  while (!in.empty()) {
    const io_result moved = link.read_some(in, by);
    if (moved.error != errc::ok) return moved.error;
    if (moved.bytes == 0 || moved.bytes > in.size()) return errc::io_error;  // not a transport: do not spin
    in = in.subspan(moved.bytes);
  }
  return {};
}

/// Writes all of `out`. On an error part of it may have gone.
template <transport Link>
constexpr status write_all(Link& link, std::span<const std::byte> out, deadline by) noexcept {
  while (!out.empty()) {
    const io_result moved = link.write_some(out, by);
    if (moved.error != errc::ok) return moved.error;
    if (moved.bytes == 0 || moved.bytes > out.size()) return errc::io_error;
    out = out.subspan(moved.bytes);
  }
  return {};
}

/// Writes all of several pieces of memory, one behind the other. On an error part of it may have gone.
template <gathering_transport Link>
constexpr status write_all(Link& link, std::span<const std::span<const std::byte>> parts, deadline by) noexcept {
  std::size_t gone = 0;  // of the first part
  for (;;) {
    while (!parts.empty() && gone >= parts.front().size()) {
      gone -= parts.front().size();
      parts = parts.subspan(1);
    }
    if (parts.empty()) return gone == 0 ? errc::ok : errc::io_error;
    const std::array rest{parts.front().subspan(gone), parts.size() > 1 ? parts[1] : std::span<const std::byte>{}};
    const io_result moved = link.write_parts(gone == 0 ? parts : rest, by);
    if (moved.error != errc::ok) return moved.error;
    if (moved.bytes == 0) return errc::io_error;
    gone += moved.bytes;
  }
}

}  // namespace cleave
#endif
// ---- cleave/core/crc16.hpp ------------------------------------------------------------------------------------------
#ifndef CLEAVE_CORE_CRC16_HPP
#define CLEAVE_CORE_CRC16_HPP

/// @file
/// CRC-16/CCITT (polynomial 0x1021, ITU-T V.41; initial value 0xFFFF): guards short packets on a line that damages
/// bytes. It finds every error of up to 3 bits in a packet of less than 4 KiB, and every burst of up to 16 bits.

namespace cleave {

/// The CRC-16 of `bytes`. Needs no table: the polynomial has so few terms that a byte's eight steps are three shifts.
constexpr std::uint16_t crc16(std::span<const std::byte> bytes) noexcept {
  std::uint32_t value = 0xFFFFu;
  for (const std::byte each : bytes) {
    std::uint32_t top = ((value >> 8) & 0xFFu) ^ std::to_integer<std::uint32_t>(each);
    top ^= top >> 4;
    value = (value << 8) ^ (top << 12) ^ (top << 5) ^ top;
  }
  return static_cast<std::uint16_t>(value);
}

}  // namespace cleave
#endif
// ---- cleave/wire/packet.hpp -----------------------------------------------------------------------------------------
#ifndef CLEAVE_WIRE_PACKET_HPP
#define CLEAVE_WIRE_PACKET_HPP

/// @file
/// Short packets on a line that loses, damages and invents bytes: where each begins and ends, and whether it is sound.
/// What they mean is `reliable_link`'s business.
///
/// On the line a packet is
///
///     0 | key | length ^ key | body ^ key ... | CRC-16 ^ key (2) | 0
///
/// The key is a value that no byte inside has, so that zeros stand at the ends alone: a receiver that lost its place
/// has it again with the next packet. The CRC covers length and body. The length makes sure that a packet in which
/// bytes were lost, and no others invented, is never taken for a whole one.

namespace cleave {

/// Of a packet on the line, all its bytes.
inline constexpr std::size_t max_packet_bytes = 64;

/// Around the body: two zeros, key, length, CRC.
inline constexpr std::size_t packet_overhead = 6;

inline constexpr std::size_t max_packet_body = max_packet_bytes - packet_overhead;

/// The first `size` bytes of a packet on the line, made of the body that the owner writes into `body()`.
class packet_writer {
 public:
  /// Where the body goes.
  constexpr std::span<std::byte, max_packet_body> body() noexcept {
    return std::span(line_).template subspan<body_at, max_packet_body>();
  }

  /// Makes the packet of the first `size` bytes of the body, which are no longer there then.
  /// Requires: `size <= max_packet_body`.
  [[gnu::noinline]] constexpr std::span<const std::byte> seal(std::size_t size) noexcept {
    const std::span inside = std::span(line_).subspan(length_at, size + 3);
    inside[0] = static_cast<std::byte>(size);
    store_little(&inside[size + 1], crc16(inside.first(size + 1)));
    const std::byte key = unused(inside);
    line_[0] = std::byte{0};
    line_[1] = key;
    for (std::byte& each : inside) each ^= key;
    line_[size + packet_overhead - 1] = std::byte{0};
    return std::span(line_).first(size + packet_overhead);
  }

 private:
  static constexpr std::size_t length_at = 2;
  static constexpr std::size_t body_at = 3;

  /// The smallest value above zero that no byte has: there are fewer bytes than values.
  static constexpr std::byte unused(std::span<const std::byte> bytes) noexcept {
    for (unsigned key = 1;; ++key) {
      bool found = false;
      for (const std::byte each : bytes) found |= each == static_cast<std::byte>(key);
      if (!found) return static_cast<std::byte>(key);
    }
  }

  std::array<std::byte, max_packet_bytes> line_;
};

/// Finds packets in what comes from the line, byte by byte.
class packet_reader {
 public:
  /// True when `each` has completed a sound packet: `body()` is it until the next call.
  [[gnu::noinline]] constexpr bool take(std::byte each) noexcept {
    const std::size_t size = size_;
    if (each != std::byte{0}) {
      if (size == line_.size()) return false;  // too long: the CRC will tell
      line_[size] = size == 0 ? each : each ^ line_[0];
      ++size_;
      return false;
    }
    size_ = 0;
    if (size == 0) return false;  // between two packets
    body_ = static_cast<std::uint8_t>(size - 4);
    const bool sound = size >= 4 && std::to_integer<std::size_t>(line_[1]) == body_ &&
                       crc16(std::span(line_).subspan(1, body_ + 1u)) == load_little<std::uint16_t>(&line_[body_ + 2u]);
    if (!sound) ++damaged_;
    return sound;
  }

  constexpr std::span<const std::byte> body() const noexcept { return std::span(line_).subspan(2, body_); }

  /// How many packets were not sound.
  constexpr std::uint32_t damaged() const noexcept { return damaged_; }

 private:
  std::uint32_t damaged_ = 0;
  std::uint8_t size_ = 0;
  std::uint8_t body_ = 0;
  std::array<std::byte, max_packet_bytes - 2> line_;  // without the zeros, decoded
};

}  // namespace cleave
#endif
// ---- cleave/transport/reliable_link.hpp -----------------------------------------------------------------------------
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
// ---- cleave/transport/serial_port.hpp -------------------------------------------------------------------------------
#ifndef CLEAVE_TRANSPORT_SERIAL_PORT_HPP
#define CLEAVE_TRANSPORT_SERIAL_PORT_HPP

/// @file
/// A serial port of this machine as a transport: the host's end of a UART. Hosted; stands on Asio.

namespace cleave::serial {

/// The port `name` ("/dev/ttyUSB0", "COM3", or one end of a pseudo-terminal), with eight bits, no parity, one stop bit
/// and no flow control. Is opened when first used; once that is lost, every call gives `closed` until `reopen`. A
/// serial line loses bytes: put a `reliable_link` above it.
/// Guarantees: nothing throws; every call returns at its deadline. One thread at a time.
class port {
 public:
  explicit port(std::string name, std::uint32_t baud = 115'200) : name_(std::move(name)), baud_(baud) {}
  port(const port&) = delete;
  port& operator=(const port&) = delete;

  /// At least one byte of what arrived, as soon as there is one. Requires: `in` is not empty.
  io_result read_some(std::span<std::byte> in, deadline by) noexcept {
    return move_some(by, [&](asio::serial_port& line, auto handler) {
      line.async_read_some(asio::buffer(in.data(), in.size()), std::move(handler));
    });
  }

  /// Hands over at least one byte. Requires: `out` is not empty.
  io_result write_some(std::span<const std::byte> out, deadline by) noexcept {
    return move_some(by, [&](asio::serial_port& line, auto handler) {
      line.async_write_some(asio::buffer(out.data(), out.size()), std::move(handler));
    });
  }

  /// Microseconds of the steady clock, on which deadlines are given.
  std::uint64_t now() const noexcept {
    const auto since = clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(since).count());
  }

  /// Opens the port, anew if it was open. `unreachable` where there is none of that name, or it is not ours to open.
  status reopen(deadline) noexcept {
    close();
    used_ = true;
    try {
      parts_.emplace();
      std::error_code code;
      asio::serial_port& line = parts_->line;
      line.open(name_, code);
      if (code) {
        close();
        return errc::unreachable;
      }
      line.set_option(asio::serial_port::baud_rate(baud_), code);
      if (!code) return {};
    } catch (...) {  // no memory, no file descriptor
    }
    close();
    return errc::io_error;
  }

  void close() noexcept { parts_.reset(); }

  bool is_open() const noexcept { return parts_.has_value(); }

 private:
  using clock = std::chrono::steady_clock;

  struct parts {
    parts() : context(1), line(context) {}

    asio::io_context context;
    asio::serial_port line;
  };

  /// Runs one operation until bytes have moved or the deadline has passed; those that moved at its end count.
  template <class Start>
  io_result move_some(deadline by, Start start) noexcept {
    if (!used_) {
      if (const status opened = reopen(by); !opened) return {0, opened.error()};
    }
    if (!parts_) return {0, errc::closed};
    try {
      std::size_t bytes = 0;
      std::error_code outcome;
      bool done = false;
      start(parts_->line, [&](const std::error_code& code, std::size_t count) {
        outcome = code;
        bytes = count;
        done = true;
      });
      wait(by, done);
      if (bytes > 0) return {bytes, errc::ok};
      if (outcome == asio::error::operation_aborted) return {0, errc::timed_out};
    } catch (...) {
    }
    close();  // unplugged, or the other end of a pseudo-terminal is gone
    return {0, errc::closed};
  }

  void wait(deadline by, const bool& done) {
    asio::io_context& context = parts_->context;
    constexpr auto end =
        std::chrono::duration_cast<std::chrono::microseconds>(clock::time_point::max().time_since_epoch()).count();
    context.restart();
    if (by.microseconds >= static_cast<std::uint64_t>(end)) {
      context.run();
    } else {
      context.run_until(clock::time_point(std::chrono::microseconds(static_cast<std::int64_t>(by.microseconds))));
    }
    if (done) return;
    context.restart();
    context.poll();  // after a deadline that had passed: what can be done at once
    if (done) return;
    std::error_code ignored;
    parts_->line.cancel(ignored);  // the handler refers to the caller's frame: it has to run before we leave
    context.restart();
    context.run();
  }

  std::string name_;
  std::uint32_t baud_;
  bool used_ = false;
  std::optional<parts> parts_;
};

static_assert(reopenable_transport<port>);

}  // namespace cleave::serial
#endif
// ---- cleave/transport/spin_policy.hpp -------------------------------------------------------------------------------
#ifndef CLEAVE_TRANSPORT_SPIN_POLICY_HPP
#define CLEAVE_TRANSPORT_SPIN_POLICY_HPP

/// @file
/// Whether it pays to stay awake for an answer, judged by those before it.

namespace cleave {

/// Decides before each wait whether it is spent awake, for a bounded time, as adaptive mutexes do. It is when the waits
/// before ended soon enough; each one that was spent awake for nothing doubles how many in a row must have, up to
/// `patience`. So where answers are slow nothing is spent, and where they are quick now and then, or the other end
/// needs this very core to answer, soon no more than one try in a thousand.
class spin_policy {
 public:
  static constexpr std::uint32_t patience = 1024;
  /// By how much a wait is longer when it is slept through: what it takes to wake up, at worst.
  static constexpr std::uint32_t waking_microseconds = 50;
  /// For `ended`: nothing came.
  static constexpr std::uint64_t in_vain = std::numeric_limits<std::uint64_t>::max();

  /// Stays awake for no longer than `most`; 0: never.
  constexpr explicit spin_policy(std::uint32_t most_microseconds) noexcept : most_(most_microseconds) {}

  /// How long the next wait may stay awake: 0 or the most.
  constexpr std::uint32_t microseconds() const noexcept { return soon_ >= needed_ ? most_ : 0; }

  /// Tells how long that wait took, from its begin to its end, awake or asleep.
  constexpr void ended(std::uint64_t waited_microseconds) noexcept {
    const bool awake = microseconds() > 0;
    if (waited_microseconds <= std::uint64_t{most_} + (awake ? 0 : waking_microseconds)) {
      soon_ = std::min(soon_ + 1, patience);
      if (awake) needed_ = std::max(needed_ - 1, 1U);
    } else {
      soon_ = 0;
      if (awake) needed_ = std::min(needed_ * 2, patience);
    }
  }

 private:
  std::uint32_t most_;
  std::uint32_t soon_ = 0;    // waits in a row that ended soon enough
  std::uint32_t needed_ = 1;  // of them
};

}  // namespace cleave
#endif
// ---- cleave/transport/tcp_error.hpp ---------------------------------------------------------------------------------
#ifndef CLEAVE_TRANSPORT_TCP_ERROR_HPP
#define CLEAVE_TRANSPORT_TCP_ERROR_HPP

/// @file
/// What an operating system's network errors mean to cleave. Hosted; stands on Asio.

namespace cleave::tcp {

/// The code of cleave nearest to `code`. A connection that was lost in any way is `closed`.
inline errc to_errc(const std::error_code& code) noexcept {
  if (!code) return errc::ok;
  if (code == asio::error::eof || code == asio::error::connection_reset || code == asio::error::broken_pipe ||
      code == asio::error::connection_aborted || code == asio::error::not_connected ||
      code == asio::error::bad_descriptor || code == asio::error::shut_down) {
    return errc::closed;
  }
  if (code == asio::error::connection_refused) return errc::refused;
  if (code == asio::error::address_in_use) return errc::address_in_use;
  if (code == asio::error::timed_out || code == asio::error::operation_aborted) return errc::timed_out;
  if (code == asio::error::host_not_found || code == asio::error::host_not_found_try_again ||
      code == asio::error::no_data || code == asio::error::service_not_found || code == asio::error::host_unreachable ||
      code == asio::error::network_unreachable || code == asio::error::network_down) {
    return errc::unreachable;
  }
  return errc::io_error;
}

}  // namespace cleave::tcp
#endif
// ---- cleave/transport/tcp_lookup.hpp --------------------------------------------------------------------------------
#ifndef CLEAVE_TRANSPORT_TCP_LOOKUP_HPP
#define CLEAVE_TRANSPORT_TCP_LOOKUP_HPP

/// @file
/// From a host's name to its addresses, within a deadline. Hosted; stands on Asio.

namespace cleave::tcp {

/// One name being looked up in the background. The system's resolver can not be interrupted, so
/// the thread that waits for it shares this object with whoever asked, and either may go first.
class lookup {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  /// The addresses of `host`, at once when it is a number. May throw what a new thread may.
  static std::shared_ptr<lookup> start(const std::string& host, std::uint16_t port) {
    auto result = std::make_shared<lookup>();
    std::error_code code;
    const auto number = asio::ip::make_address(host, code);
    if (!code) {
      result->addresses_.emplace_back(number, port);
      result->done_ = true;
    } else {
      std::thread([result, host, port] { result->run(host, port); }).detach();
    }
    return result;
  }

  /// Waits until the answer is there. `timed_out` leaves the search running: ask again.
  status wait(time_point until) {
    std::unique_lock hold(mutex_);
    const auto done = [this] { return done_; };
    if (until == time_point::max()) {
      changed_.wait(hold, done);
    } else if (!changed_.wait_until(hold, until, done)) {
      return errc::timed_out;
    }
    return outcome_;
  }

  /// Requires: `wait` returned no error.
  const std::vector<asio::ip::tcp::endpoint>& addresses() const noexcept { return addresses_; }

 private:
  void run(const std::string& host, std::uint16_t port) noexcept {
    std::vector<asio::ip::tcp::endpoint> found;
    errc outcome = errc::io_error;
    try {
      asio::io_context context;
      asio::ip::tcp::resolver resolver(context);
      std::error_code code;
      const auto entries = resolver.resolve(host, std::to_string(port), resolver.numeric_service, code);
      for (const auto& entry : entries) found.push_back(entry.endpoint());
      outcome = to_errc(code);
      if (outcome == errc::ok && found.empty()) outcome = errc::unreachable;
    } catch (...) {
      outcome = errc::io_error;
    }
    const std::lock_guard hold(mutex_);
    addresses_ = std::move(found);
    outcome_ = outcome;
    done_ = true;
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool done_ = false;
  errc outcome_ = errc::ok;
  std::vector<asio::ip::tcp::endpoint> addresses_;
};

}  // namespace cleave::tcp
#endif
// ---- cleave/transport/tcp_client.hpp --------------------------------------------------------------------------------
#ifndef CLEAVE_TRANSPORT_TCP_CLIENT_HPP
#define CLEAVE_TRANSPORT_TCP_CLIENT_HPP

/// @file
/// A TCP connection to a server as a transport. Hosted; stands on Asio.

#if defined(__unix__) || defined(__APPLE__)
#include <cerrno>
#include <poll.h>
#endif

namespace cleave::tcp {

struct client_options {
  /// How long the first read behind a write, which waits for an answer, asks again and again before it sleeps: waking
  /// up takes 10 us and more. Only while answers come within this time, see `spin_policy`; those of another machine
  /// hardly ever do, and cost nothing then. 0: never.
  std::uint32_t spin_microseconds = 150;
};

/// Connects to `host` (a name, an IPv4 or an IPv6 address) when first used; once that connection is
/// lost, every call gives `closed` until `reopen`. Tries all addresses of the name, in the resolver's order.
/// Guarantees: nothing throws; every call returns at its deadline. One thread at a time.
class client {
 public:
  client(std::string host, std::uint16_t port, client_options options = {})
      : host_(std::move(host)), port_(port), spins_(options.spin_microseconds) {}
  client(const client&) = delete;
  client& operator=(const client&) = delete;

  /// At least one byte of what arrived, as soon as there is one. Requires: `out` is not empty.
  io_result read_some(std::span<std::byte> out, deadline until) noexcept {
    if (!ahead_.empty()) {
      const std::size_t count = std::min(out.size(), ahead_.size());
      std::copy_n(ahead_.begin(), count, out.begin());
      ahead_ = ahead_.subspan(count);
      return {count, errc::ok};
    }
    // What follows a frame's header is there with it, as a rule: one system call fetches both.
    io_result moved = move_some(until, asio::ip::tcp::socket::wait_read, [&](std::error_code& code) {
      const std::array<asio::mutable_buffer, 2> into{asio::buffer(out.data(), out.size()), asio::buffer(memory_)};
      return link_->socket.read_some(into, code);
    });
    if (moved.bytes > out.size()) {
      ahead_ = std::span(memory_).first(moved.bytes - out.size());
      moved.bytes = out.size();
    }
    return moved;
  }

  /// Hands over at least one byte. Requires: `in` is not empty.
  io_result write_some(std::span<const std::byte> in, deadline until) noexcept {
    asked_ = true;
    return move_some(until, asio::ip::tcp::socket::wait_write, [&](std::error_code& code) {
      return link_->socket.write_some(asio::buffer(in.data(), in.size()), code);
    });
  }

  /// The same from several pieces of memory, in one system call. Requires: they are not all empty.
  io_result write_parts(std::span<const std::span<const std::byte>> parts, deadline until) noexcept {
    std::array<asio::const_buffer, 16> pieces;  // what is beyond goes with the next call
    const std::size_t count = std::min(parts.size(), pieces.size());
    for (std::size_t i = 0; i < count; ++i) pieces[i] = {parts[i].data(), parts[i].size()};
    asked_ = true;
    return move_some(until, asio::ip::tcp::socket::wait_write,
                     [&](std::error_code& code) { return link_->socket.write_some(pieces, code); });
  }

  /// Microseconds of the steady clock, on which deadlines are given.
  std::uint64_t now() const noexcept {
    const auto since = std::chrono::steady_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(since).count());
  }

  /// Drops the connection, if any, and makes a new one.
  status reopen(deadline until) noexcept {
    close();
    try {
      const status connected = connect(to_time(until));
      if (connected) used_ = true;
      return connected;
    } catch (...) {  // no memory, no thread, no file descriptor
      close();
      return errc::io_error;
    }
  }

  /// Ends the connection; the next `reopen` makes another.
  void close() noexcept {
    link_.reset();
    ahead_ = {};
  }

  bool is_open() const noexcept { return link_.has_value(); }

  /// How many answers were waited for awake, each for `spin_microseconds` at most.
  std::uint64_t waits_awake() const noexcept { return waits_awake_; }

 private:
  using time_point = std::chrono::steady_clock::time_point;

  struct connection {
    connection() : context(1), socket(context) {}

    asio::io_context context;
    asio::ip::tcp::socket socket;
  };

  /// A host that drops packets must not take the time of the addresses behind it.
  static constexpr std::chrono::seconds longest_try{3};

  static time_point to_time(deadline until) noexcept {
    constexpr auto end =
        std::chrono::duration_cast<std::chrono::microseconds>(time_point::max().time_since_epoch()).count();
    if (until.microseconds >= static_cast<std::uint64_t>(end)) return time_point::max();
    return time_point(std::chrono::microseconds(static_cast<std::int64_t>(until.microseconds)));
  }

  /// Runs one asynchronous operation to its end or to the deadline, whichever is first.
  template <class Start>
  std::error_code await(time_point until, Start start) {
    std::error_code outcome;
    bool done = false;
    start([&](const std::error_code& code) {
      outcome = code;
      done = true;
    });
    asio::io_context& context = link_->context;
    context.restart();
    if (until == time_point::max()) {
      context.run();
    } else {
      context.run_until(until);
    }
    if (done) return outcome;
    std::error_code ignored;
    link_->socket.cancel(ignored);  // the handler refers to this frame: it has to run before we leave
    context.restart();
    context.run();
    return outcome == asio::error::operation_aborted ? std::error_code(asio::error::timed_out) : outcome;
  }

  /// Waits until the socket can move bytes, or `timed_out`. An event loop for the one socket would be asked three times
  /// where poll is asked once, and the process that wakes us would do part of its work.
  std::error_code wait(std::uint64_t until, asio::ip::tcp::socket::wait_type what) {
#if defined(__unix__) || defined(__APPLE__)
    pollfd socket{link_->socket.native_handle(),
                  static_cast<short>(what == asio::ip::tcp::socket::wait_read ? POLLIN : POLLOUT), 0};
    for (;;) {
      int milliseconds = -1;
      if (until != deadline::never().microseconds) {
        const std::uint64_t moment = now();
        if (moment >= until) return asio::error::timed_out;
        constexpr std::uint64_t most = 1'000'000;  // the longest wait that is certain to fit
        milliseconds = static_cast<int>(std::min(most, (until - moment - 1) / 1000 + 1));
      }
      const int ready = ::poll(&socket, 1, milliseconds);
      if (ready > 0) return {};
      if (ready < 0 && errno != EINTR) return {errno, std::system_category()};
    }
#else
    return await(to_time(deadline{until}), [&](auto handler) { link_->socket.async_wait(what, std::move(handler)); });
#endif
  }

  /// As `wait`, but may return at once to have the socket asked again. Sets `since` where an answer is waited for.
  std::error_code stay_or_wait(std::uint64_t until, asio::ip::tcp::socket::wait_type what,
                               std::optional<std::uint64_t>& since) {
    const std::uint64_t moment = now();
    if (moment >= until) return asio::error::timed_out;
    if (what == asio::ip::tcp::socket::wait_read && asked_) {
      if (!since) {
        since = moment;
        if (spins_.microseconds() > 0) ++waits_awake_;
      }
      if (moment - *since < spins_.microseconds()) return {};
    }
    return wait(until, what);
  }

  void answered(std::uint64_t waited_microseconds) noexcept {
    asked_ = false;
    spins_.ended(waited_microseconds);
  }

  template <class Move>
  io_result move_some(deadline until, asio::ip::tcp::socket::wait_type what, Move move) noexcept {
    if (!used_) {
      if (const status opened = reopen(until); !opened) return {0, opened.error()};
    }
    std::optional<std::uint64_t> since;  // when the wait for an answer began
    try {
      while (link_) {
        std::error_code code;
        const std::size_t bytes = move(code);
        if (!code && bytes > 0) {
          if (what == asio::ip::tcp::socket::wait_read && asked_) answered(since ? now() - *since : 0);
          return {bytes, errc::ok};
        }
        if (code == asio::error::would_block || code == asio::error::try_again) {
          code = stay_or_wait(until.microseconds, what, since);
          if (!code) continue;
          if (code == asio::error::timed_out) {
            if (since) answered(spin_policy::in_vain);
            return {0, errc::timed_out};
          }
        }
        if (code == asio::error::interrupted) continue;
        close();
        const errc reason = code == asio::error::timed_out ? errc::closed : to_errc(code);
        return {0, reason == errc::ok ? errc::closed : reason};
      }
    } catch (...) {
      close();
      return {0, errc::io_error};
    }
    return {0, errc::closed};
  }

  status connect(time_point until) {
    if (!search_) search_ = lookup::start(host_, port_);
    const status found = search_->wait(until);
    if (found.error() == errc::timed_out) return found;  // the search goes on and serves the next call
    const auto search = std::exchange(search_, nullptr);
    if (!found) return found;

    errc reason = errc::unreachable;
    const auto& addresses = search->addresses();
    for (std::size_t i = 0; i < addresses.size(); ++i) {
      const auto start = std::chrono::steady_clock::now();
      if (start >= until) return errc::timed_out;
      const auto left = static_cast<std::int64_t>(addresses.size() - i);
      const auto share =
          left == 1 ? until : start + std::min<time_point::duration>((until - start) / left, longest_try);
      const std::error_code code = try_address(addresses[i], share);
      if (!code) return {};
      close();
      reason = to_errc(code);
    }
    return reason;
  }

  std::error_code try_address(const asio::ip::tcp::endpoint& address, time_point until) {
    link_.emplace();
    std::error_code code;
    link_->socket.open(address.protocol(), code);
    if (!code) link_->socket.non_blocking(true, code);
    if (!code) {
      code = await(until, [&](auto handler) { link_->socket.async_connect(address, std::move(handler)); });
    }
    // A request is one write and waits for its answer: holding back its tail gains nothing.
    if (!code) link_->socket.set_option(asio::ip::tcp::no_delay(true), code);
    return code;
  }

  std::string host_;
  std::uint16_t port_;
  spin_policy spins_;
  bool asked_ = false;  // nothing was read since the last write
  bool used_ = false;   // was connected at least once
  std::uint64_t waits_awake_ = 0;
  std::shared_ptr<lookup> search_;
  std::optional<connection> link_;
  std::array<std::byte, 4096> memory_;
  std::span<const std::byte> ahead_;  // of memory_: has come, but was not asked for yet
};

static_assert(reopenable_transport<client> && gathering_transport<client>);

}  // namespace cleave::tcp
#endif
// ---- cleave/transport/tcp_gateway.hpp -------------------------------------------------------------------------------
#ifndef CLEAVE_TRANSPORT_TCP_GATEWAY_HPP
#define CLEAVE_TRANSPORT_TCP_GATEWAY_HPP

/// @file
/// Lets a device behind any transport, a serial line as a rule, talk to a server behind TCP. Hosted; stands on Asio.

namespace cleave::tcp {

/// Carries the bytes of one line to a server and back, in the thread that calls `run`. A line is one connection at a
/// time: when either end of it starts anew, so does the other.
///
///     cleave::serial::port port{"/dev/ttyUSB0"};
///     cleave::reliable_link line{port};
///     cleave::tcp::gateway gateway{line, "localhost", listener.port()};
///     gateway.run();                             // until gateway.stop()
///
/// Requires: `line` outlives this. Guarantees: no more than 1 KiB is held for each direction.
template <reopenable_transport Line>
class gateway {
 public:
  gateway(Line& line, std::string host, std::uint16_t port) : line_(line), server_(std::move(host), port) {}
  gateway(const gateway&) = delete;
  gateway& operator=(const gateway&) = delete;

  void run() noexcept {
    while (!stopping_) {
      // A connection to the server is made when a device speaks.
      const io_result first = line_.read_some(up_.memory, after(line_, pause));
      if (first.error == errc::timed_out) continue;
      up_.size = first.bytes;
      up_.sent = 0;
      down_.size = down_.sent = 0;
      if (first.error == errc::ok && server_.reopen(after(server_, patience))) {
        ++connections_;
        while (!stopping_ && turn()) {
        }
      }
      server_.close();
      if (stopping_) return;
      if (!line_.reopen(after(line_, patience))) std::this_thread::sleep_for(std::chrono::microseconds(pause));
    }
  }

  /// Ends `run`. From any thread or signal handler.
  void stop() noexcept { stopping_ = true; }

  /// Connections to the server so far. From any thread.
  std::uint32_t connections() const noexcept { return connections_; }

 private:
  static constexpr std::uint64_t pause = 20'000;        // microseconds
  static constexpr std::uint64_t patience = 5'000'000;  // of whoever connects
  static constexpr std::uint64_t shortest = 100;        // of a wait on the line, while the server may have something
  static constexpr std::uint64_t longest = 2'000;

  struct buffer {
    std::array<std::byte, 1024> memory;
    std::size_t size = 0;
    std::size_t sent = 0;

    std::span<const std::byte> rest() const noexcept { return std::span(memory).first(size).subspan(sent); }
  };

  /// False when one end has closed.
  bool turn() noexcept {
    bool moved = false;
    if (!pass(line_, server_, up_, wait_, moved) || !pass(server_, line_, down_, 0, moved)) return false;
    wait_ = moved ? shortest : std::min(wait_ * 2, longest);
    return true;
  }

  template <class From, class To>
  static bool pass(From& from, To& to, buffer& bytes, std::uint64_t wait, bool& moved) noexcept {
    if (bytes.rest().empty()) {
      const io_result got = from.read_some(bytes.memory, after(from, wait));
      if (got.error != errc::ok) return got.error == errc::timed_out;
      bytes.size = got.bytes;
      bytes.sent = 0;
    }
    const io_result gone = to.write_some(bytes.rest(), after(to, shortest));
    bytes.sent += gone.bytes;
    moved = moved || gone.bytes != 0;
    return gone.error == errc::ok || gone.error == errc::timed_out;
  }

  Line& line_;
  client server_;
  std::atomic<bool> stopping_{false};
  std::atomic<std::uint32_t> connections_{0};
  std::uint64_t wait_ = shortest;
  buffer up_{};
  buffer down_{};
};

}  // namespace cleave::tcp
#endif
// ---- cleave/serial.hpp ----------------------------------------------------------------------------------------------
#ifndef CLEAVE_SERIAL_HPP
#define CLEAVE_SERIAL_HPP

/// @file
/// The host's end of serial lines: the port, and the way from there to a server. Stands on Asio; link with cleave::tcp.

#endif
