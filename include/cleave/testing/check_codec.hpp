// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_TESTING_CHECK_CODEC_HPP
#define CLEAVE_TESTING_CHECK_CODEC_HPP

/// @file
/// For authors of codecs: does yours keep the promises of the concept? How near to the original a lossy
/// codec stays is its own promise and not checked here. No test framework, no heap.

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

#include <cleave/codec/codec.hpp>
#include <cleave/core/bytes.hpp>
#include <cleave/core/random_bits.hpp>
#include <cleave/core/shape.hpp>
#include <cleave/testing/conformance_report.hpp>

namespace cleave::detail {

template <codec Squeezer>
class codec_check {
 public:
  explicit codec_check(Squeezer& squeezer) noexcept : squeezer_(squeezer) {}

  testing::conformance_report run() {
    testing::conformance_report report;
    report.add("encode writes no more than max_encoded_size, at any alignment", all([this] { return bounded(); }));
    report.add("what encode wrote decodes, to every byte of the tensor and none beside it",
               all([this] { return decodes(); }));
    report.add("the same tensor gives the same encoding, whatever was encoded before",
               all([this] { return repeats(); }));
    report.add("int32 elements come back unchanged", all([this] { return keeps_integers(); }));
    report.add("of a cut-off encoding decode writes nothing beside the tensor", all([this] { return cut_off(); }));
    report.add("of any bytes decode writes nothing beside the tensor", all([this] { return any_bytes(); }));
    report.add("an encoding of another size of tensor is refused", all([this] { return other_size(); }));
    return report;
  }

 private:
  static constexpr std::size_t most_elements = 67;
  static constexpr std::size_t most_bytes = 4096;
  static constexpr std::size_t guards = 16;
  static constexpr std::byte guard{0xa5};

  /// Memory with guards around it, which begins at any alignment.
  template <std::size_t Size>
  struct guarded {
    std::array<std::byte, Size + 2 * guards> memory{};

    std::span<std::byte> open(std::size_t size, std::size_t shift, std::byte fill) noexcept {
      memory.fill(guard);
      const std::span<std::byte> room = std::span(memory).subspan(guards / 2 + shift, size);
      std::fill(room.begin(), room.end(), fill);
      return room;
    }
    bool whole(std::span<const std::byte> room) const noexcept {
      const std::byte* const begin = room.data();
      const auto is_guard = [](std::byte each) { return each == guard; };
      return std::all_of(memory.data(), begin, is_guard) &&
             std::all_of(begin + room.size(), memory.data() + memory.size(), is_guard);
    }
  };

  /// Runs a check over sizes, types and alignments, with a tensor of each kind of values.
  template <class Check>
  bool all(Check check) {
    for (const std::size_t elements : {0u, 1u, 2u, 3u, 8u, 15u, 16u, 17u, 64u, 67u}) {
      for (const dtype type : {dtype::float32, dtype::int32}) {
        if (Squeezer::max_encoded_size(elements, type) > most_bytes) continue;
        for (std::uint64_t kind = 0; kind < 6; ++kind) {
          elements_ = elements;
          type_ = type;
          shift_ = static_cast<std::size_t>(kind % 4);
          fill(kind);
          if (!check()) return false;
        }
      }
    }
    return true;
  }

  /// Zeros, ones, a ramp, small random numbers, random bits (with NaN and infinities), very large and small ones.
  void fill(std::uint64_t kind) noexcept {
    random_bits random(kind + 1);
    for (std::size_t i = 0; i < elements_; ++i) {
      const float ramp = static_cast<float>(i);
      const float noise = static_cast<float>(random.below(2001)) / 1000.0f - 1.0f;
      const std::array<std::uint32_t, 6> value{0,
                                               std::bit_cast<std::uint32_t>(1.0f),
                                               std::bit_cast<std::uint32_t>(ramp),
                                               std::bit_cast<std::uint32_t>(noise),
                                               static_cast<std::uint32_t>(random.next()),
                                               std::bit_cast<std::uint32_t>(i % 2 == 0 ? 3e38f : 1e-38f)};
      const std::uint32_t bits = value[static_cast<std::size_t>(kind)];
      std::copy_n(reinterpret_cast<const std::byte*>(&bits), 4, tensor().data() + i * 4);
    }
  }

  std::span<std::byte> tensor() noexcept { return std::span(tensor_).subspan(shift_, elements_ * 4); }

  /// Encodes the tensor into `encoded_`; false when that wrote beside it.
  bool encode() noexcept {
    const std::size_t most = Squeezer::max_encoded_size(elements_, type_);
    const std::span<std::byte> out = encoded_.open(most, shift_, guard);
    size_ = squeezer_.encode(tensor(), type_, out);
    begin_ = out.data();
    return size_ <= most && encoded_.whole(out);
  }

  std::span<const std::byte> encoding() const noexcept { return {begin_, size_}; }

  bool bounded() noexcept { return encode(); }

  bool decodes() noexcept {
    if (!encode()) return false;
    const std::span<std::byte> first = decoded_.open(elements_ * 4, shift_, std::byte{0x00});
    if (!squeezer_.decode(encoding(), type_, first) || !decoded_.whole(first)) return false;
    std::array<std::byte, most_elements * 4> kept{};
    std::copy(first.begin(), first.end(), kept.begin());
    // Filled with something else before: a byte that is left out shows.
    const std::span<std::byte> second = decoded_.open(elements_ * 4, 3 - shift_, std::byte{0xff});
    return squeezer_.decode(encoding(), type_, second) && std::equal(second.begin(), second.end(), kept.begin());
  }

  bool repeats() noexcept {
    if (!encode()) return false;
    std::array<std::byte, most_bytes> kept{};
    std::copy(encoding().begin(), encoding().end(), kept.begin());
    const std::size_t size = size_;
    std::array<std::byte, 12> other{std::byte{1}, std::byte{2}, std::byte{3}};
    if (Squeezer::max_encoded_size(3, type_) <= most_bytes) {
      static_cast<void>(squeezer_.encode(other, type_, encoded_.open(Squeezer::max_encoded_size(3, type_), 0, guard)));
    }
    return encode() && size_ == size && std::equal(encoding().begin(), encoding().end(), kept.begin());
  }

  bool keeps_integers() noexcept {
    if (type_ != dtype::int32) return true;
    if (!encode()) return false;
    const std::span<std::byte> back = decoded_.open(elements_ * 4, shift_, std::byte{0});
    return squeezer_.decode(encoding(), type_, back) && std::equal(back.begin(), back.end(), tensor().begin());
  }

  bool cut_off() noexcept {
    if (!encode()) return false;
    for (std::size_t size = 0; size < size_; ++size) {
      const std::span<std::byte> back = decoded_.open(elements_ * 4, shift_, std::byte{0});
      static_cast<void>(squeezer_.decode(encoding().first(size), type_, back));
      if (!decoded_.whole(back)) return false;
    }
    return true;
  }

  bool any_bytes() noexcept {
    const std::size_t most = Squeezer::max_encoded_size(elements_, type_);
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      random_bits random(seed + 20 * tries_++);
      // A sound encoding with a few changes, then noise.
      if (!encode()) return false;
      const std::span<std::byte> bytes(begin_, seed <= 10 ? size_ : static_cast<std::size_t>(random.below(most + 1)));
      for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (seed > 10 || random.below(8) == 0) bytes[i] = static_cast<std::byte>(random.below(256));
      }
      const std::span<std::byte> back = decoded_.open(elements_ * 4, shift_, std::byte{0});
      static_cast<void>(squeezer_.decode(bytes, type_, back));
      if (!decoded_.whole(back)) return false;
    }
    return true;
  }

  bool other_size() noexcept {
    if (!encode()) return false;
    for (const std::size_t elements : {elements_ + 1, elements_ == 0 ? 2 : elements_ - 1}) {
      if (elements > most_elements) continue;
      const std::span<std::byte> back = decoded_.open(elements * 4, shift_, std::byte{0});
      if (squeezer_.decode(encoding(), type_, back) || !decoded_.whole(back)) return false;
    }
    return true;
  }

  Squeezer& squeezer_;
  std::uint64_t tries_ = 0;
  std::size_t elements_ = 0;
  dtype type_ = dtype::float32;
  std::size_t shift_ = 0;
  std::size_t size_ = 0;        // of the encoding
  std::byte* begin_ = nullptr;  // in encoded_
  std::array<std::byte, most_elements * 4 + 4> tensor_{};
  guarded<most_bytes> encoded_;
  guarded<most_elements * 4> decoded_;
};

}  // namespace cleave::detail

namespace cleave::testing {

/// Runs the conformance check of the `codec` concept. Sizes whose `max_encoded_size` is over 4096 are left out.
///
///     my_codec codec;
///     const auto report = cleave::testing::check_codec(codec);
///     if (!report) std::puts(report.first_failure());
template <codec Squeezer>
conformance_report check_codec(Squeezer& squeezer) {
  return detail::codec_check<Squeezer>(squeezer).run();
}

}  // namespace cleave::testing
#endif
