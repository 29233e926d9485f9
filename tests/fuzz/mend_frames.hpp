// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_TESTS_FUZZ_MEND_FRAMES_HPP
#define CLEAVE_TESTS_FUZZ_MEND_FRAMES_HPP

#include <algorithm>
#include <cleave/wire/frame.hpp>
#include <cstddef>
#include <cstdint>
#include <span>

namespace fuzz {

/// Gives the frames of a stream the magic, version, zeros and checksums that they ask for, so that mutations reach
/// what lies behind these.
inline void mend_frames(std::span<std::byte> stream) {
  while (stream.size() >= cleave::frame_header_bytes) {
    std::copy(cleave::frame_magic.begin(), cleave::frame_magic.end(), stream.begin());
    stream[4] = std::byte{cleave::frame_version};
    std::fill_n(stream.begin() + 6, 2, std::byte{0});
    std::fill_n(stream.begin() + 27, 9, std::byte{0});
    std::size_t payload = cleave::load_little<std::uint32_t>(&stream[16]);
    const std::size_t most = stream.size() - cleave::frame_header_bytes;
    payload = std::min(payload, most - std::min(most, cleave::frame_trailer_bytes));
    cleave::store_little(&stream[16], static_cast<std::uint32_t>(payload));
    cleave::store_little(&stream[44], cleave::crc32c(stream.first(44)));
    if (payload != 0) cleave::store_little(&stream[48 + payload], cleave::crc32c(stream.subspan(48, payload)));
    stream = stream.subspan(cleave::frame_bytes(static_cast<std::uint32_t>(payload)));
  }
}

}  // namespace fuzz
#endif
