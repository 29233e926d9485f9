// SPDX-License-Identifier: BSL-1.0
// Streams of frames from foreign hands: whatever the bytes are, the decoder stays within its buffer, says the same
// however the bytes are cut, and what it calls a frame is one, byte for byte. Three in four mutations get their
// checksums mended, so that fuzzing reaches what lies behind them.
#include <algorithm>
#include <array>
#include <cleave/wire/frame_decoder.hpp>
#include <cleave/wire/frame_encoder.hpp>
#include <cleave/wire/hello.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "mend_frames.hpp"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace {

using cleave::decoder_stage;
using cleave::frame_decoder;

constexpr std::size_t control_bytes = 4;
constexpr std::size_t guard_bytes = 8;
constexpr std::byte guard{0xa5};

/// A failed promise stops the fuzzer, which then keeps the input.
void require(bool holds) {
  if (!holds) std::abort();
}

struct seen_frame {
  cleave::frame_header header;
  std::vector<std::byte> payload;
  bool skipped = false;

  bool operator==(const seen_frame&) const = default;
};

struct outcome {
  std::vector<seen_frame> frames;
  cleave::errc error = cleave::errc::ok;
  std::size_t consumed = 0;  // when it failed, perhaps more than it had to look at

  bool operator==(const outcome& other) const {
    return frames == other.frames && error == other.error && (error != cleave::errc::ok || consumed == other.consumed);
  }
};

/// What the control bytes choose.
struct conditions {
  std::uint32_t limit;
  std::size_t spare;  // room behind the payload
  bool tight;         // a buffer too small
  bool skip_odd;      // every second payload
};

/// Feeds the stream in pieces of `step` bytes, through `feed` or through `room` and `commit`.
outcome decode(std::span<const std::byte> stream, const conditions& chosen, std::size_t step, bool pull) {
  outcome result;
  frame_decoder decoder(chosen.limit);
  std::vector<std::byte> memory;
  bool skipped = false;
  while (true) {
    if (decoder.stage() == decoder_stage::decide) {
      const std::size_t payload = decoder.header().payload_bytes;
      require(payload > 0 && payload <= chosen.limit);
      skipped = chosen.skip_odd && result.frames.size() % 2 == 1;
      if (skipped) {
        decoder.skip();
      } else {
        const std::size_t room = chosen.tight ? payload - 1 : payload + chosen.spare;
        memory.assign(room + guard_bytes, guard);
        require(bool(decoder.accept(std::span(memory).first(room))) == !chosen.tight);
      }
    } else if (decoder.stage() == decoder_stage::complete) {
      const std::span<const std::byte> payload = decoder.payload();
      require(skipped || payload.size() == decoder.header().payload_bytes);
      result.frames.push_back({decoder.header(), {payload.begin(), payload.end()}, skipped});
      decoder.restart();
      skipped = false;
    } else if (decoder.stage() == decoder_stage::failed || stream.empty()) {
      break;
    } else {
      std::size_t count = std::min(step, stream.size());
      if (pull) {
        count = std::min(count, decoder.room().size());
        require(count > 0);
        std::copy_n(stream.begin(), count, decoder.room().begin());
        decoder.commit(count);
      } else {
        count = decoder.feed(stream.first(count));
        require(count > 0);
      }
      stream = stream.subspan(count);
      result.consumed += count;
    }
  }
  require(memory.empty() ||
          std::all_of(memory.end() - guard_bytes, memory.end(), [](auto each) { return each == guard; }));
  result.error = decoder.error();
  require((result.error != cleave::errc::ok) == (decoder.stage() == decoder_stage::failed));
  return result;
}

/// Every frame that was accepted, encoded again.
std::vector<std::byte> encode(const outcome& decoded, std::span<const std::byte> stream) {
  std::vector<std::byte> bytes;
  for (const seen_frame& each : decoded.frames) {
    const std::size_t size = cleave::frame_bytes(each.header.payload_bytes);
    if (each.skipped) {
      bytes.insert(bytes.end(), stream.begin() + static_cast<long>(bytes.size()),
                   stream.begin() + static_cast<long>(bytes.size() + size));
      continue;
    }
    const std::array pieces{std::span<const std::byte>(each.payload)};
    cleave::frame_encoder encoder(each.header, pieces);
    std::vector<std::byte> frame(size + 1);
    require(encoder.copy(frame) == size && encoder.done());
    bytes.insert(bytes.end(), frame.begin(), frame.end() - 1);
    if (each.payload.size() == cleave::hello_bytes) {
      std::array<std::byte, cleave::hello_bytes> again{};
      const auto payload = std::span<const std::byte>(each.payload).first<cleave::hello_bytes>();
      cleave::store_hello(cleave::load_hello(payload), again);
      require(std::equal(again.begin(), again.end(), payload.begin()));
    }
  }
  return bytes;
}

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned seed) {
  size = LLVMFuzzerMutate(data, size, max_size);
  if (seed % 4 != 0 && size > control_bytes) {
    fuzz::mend_frames(std::span(reinterpret_cast<std::byte*>(data), size).subspan(control_bytes));
  }
  return size;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < control_bytes) return 0;
  const conditions chosen{
      .limit = data[0] * 4u, .spare = data[1] % 8u, .tight = data[1] % 16u == 9, .skip_odd = data[2] % 2 == 1};
  const std::vector<std::byte> stream(reinterpret_cast<const std::byte*>(data) + control_bytes,
                                      reinterpret_cast<const std::byte*>(data) + size);

  const outcome whole = decode(stream, chosen, stream.size() + 1, false);
  require(whole == decode(stream, chosen, 1, false));
  require(whole == decode(stream, chosen, 1u + data[3] % 64u, true));
  const std::vector<std::byte> again = encode(whole, stream);
  require(again.size() <= whole.consumed && std::equal(again.begin(), again.end(), stream.begin()));
  return 0;
}
