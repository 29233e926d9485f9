// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_TRANSPORT_FRAME_IO_HPP
#define CLEAVE_TRANSPORT_FRAME_IO_HPP

/// @file
/// Frames over any transport, in a blocking way: the few lines between the state machines of wire/
/// and a link.

#include <span>

#include <cleave/core/result.hpp>
#include <cleave/transport/transport.hpp>
#include <cleave/wire/frame_decoder.hpp>
#include <cleave/wire/frame_encoder.hpp>

namespace cleave {

/// Sends what is left of a frame.
template <transport Link>
constexpr status send(Link& link, frame_encoder& frame, deadline by) noexcept {
  while (!frame.done()) {
    const io_result moved = link.write_some(frame.pending(), by);
    if (moved.error != errc::ok) return moved.error;
    if (moved.bytes == 0 || moved.bytes > frame.pending().size()) return errc::io_error;
    frame.consume(moved.bytes);
  }
  return {};
}

/// Receives until the decoder has a header to decide about or a complete frame. After `errc::timed_out`
/// it may be called again and goes on where it was.
template <transport Link>
constexpr status receive(Link& link, frame_decoder& decoder, deadline by) noexcept {
  while (decoder.hungry()) {
    const io_result moved = link.read_some(decoder.room(), by);
    if (moved.error != errc::ok) return moved.error;
    if (moved.bytes == 0 || moved.bytes > decoder.room().size()) return errc::io_error;
    decoder.commit(moved.bytes);
  }
  return decoder.error();
}

}  // namespace cleave
#endif
