// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_CORE_CRC32C_HPP
#define CLEAVE_CORE_CRC32C_HPP

/// @file
/// CRC-32C (Castagnoli, RFC 3720 appendix B.4): guards weight blobs and frames. It finds every
/// error of up to 5 bits in a frame header and every burst of up to 32 bits anywhere.

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>

#include <cleave/core/bytes.hpp>

namespace cleave {
namespace detail {

inline constexpr std::uint32_t crc32c_polynomial = 0x82F63B78u;  // 0x1EDC6F41, bits reversed

constexpr std::uint32_t crc32c_shift(std::uint32_t value, int bits) noexcept {
  for (int i = 0; i < bits; ++i) value = (value >> 1) ^ ((value & 1u) != 0 ? crc32c_polynomial : 0u);
  return value;
}

/// 64 bytes of table, two steps a byte: what firmware carries.
struct crc32c_nibbles {
  static constexpr std::array<std::uint32_t, 16> table = [] {
    std::array<std::uint32_t, 16> made{};
    for (std::uint32_t i = 0; i < 16; ++i) made[i] = crc32c_shift(i, 4);
    return made;
  }();

  static constexpr std::uint32_t run(std::uint32_t state, std::span<const std::byte> bytes) noexcept {
    for (const std::byte each : bytes) {
      state ^= std::to_integer<std::uint32_t>(each);
      state = (state >> 4) ^ table[state & 15u];
      state = (state >> 4) ^ table[state & 15u];
    }
    return state;
  }
};

/// 8 KiB of tables, eight bytes a step ("slicing by 8", Kounavis and Berry 2005): for machines with
/// an operating system, where a weight blob may be hundreds of megabytes.
struct crc32c_slices {
  static constexpr std::array<std::array<std::uint32_t, 256>, 8> table = [] {
    std::array<std::array<std::uint32_t, 256>, 8> made{};
    for (std::uint32_t i = 0; i < 256; ++i) made[0][i] = crc32c_shift(i, 8);
    for (std::size_t slice = 1; slice < 8; ++slice) {
      for (std::size_t i = 0; i < 256; ++i) {
        const std::uint32_t before = made[slice - 1][i];
        made[slice][i] = (before >> 8) ^ made[0][before & 255u];
      }
    }
    return made;
  }();

  static constexpr std::uint32_t run(std::uint32_t state, std::span<const std::byte> bytes) noexcept {
    const std::byte* from = bytes.data();
    std::size_t left = bytes.size();
    for (; left >= 8; left -= 8, from += 8) {
      const std::uint32_t low = load_little<std::uint32_t>(from) ^ state;
      const std::uint32_t high = load_little<std::uint32_t>(from + 4);
      state = table[7][low & 255u] ^ table[6][(low >> 8) & 255u] ^ table[5][(low >> 16) & 255u] ^ table[4][low >> 24] ^
              table[3][high & 255u] ^ table[2][(high >> 8) & 255u] ^ table[1][(high >> 16) & 255u] ^
              table[0][high >> 24];
    }
    for (; left > 0; --left, ++from) {
      state = (state >> 8) ^ table[0][(state ^ std::to_integer<std::uint32_t>(*from)) & 255u];
    }
    return state;
  }
};

#if defined(__x86_64__) && defined(__GNUC__)
/// What `Count` bytes of zeros make of a state. That is linear over single bits, so eight values of four bits each give
/// it in eight look-ups.
template <std::size_t Count>
struct crc32c_zeros {
  static constexpr std::array<std::array<std::uint32_t, 16>, 8> table = [] {
    // Columns of the matrix for one byte, then for Count of them by squaring.
    static_assert(Count > 0 && (Count & (Count - 1)) == 0);
    std::array<std::uint32_t, 32> columns{};
    for (std::size_t bit = 0; bit < 32; ++bit) columns[bit] = crc32c_shift(std::uint32_t{1} << bit, 8);
    const auto times = [](const std::array<std::uint32_t, 32>& matrix, std::uint32_t value) {
      std::uint32_t sum = 0;
      for (std::size_t bit = 0; bit < 32; ++bit) sum ^= ((value >> bit) & 1u) != 0 ? matrix[bit] : 0u;
      return sum;
    };
    for (std::size_t bytes = 1; bytes < Count; bytes *= 2) {
      const std::array<std::uint32_t, 32> half = columns;
      for (std::uint32_t& column : columns) column = times(half, column);
    }
    std::array<std::array<std::uint32_t, 16>, 8> made{};
    for (std::size_t digit = 0; digit < 8; ++digit) {
      for (std::uint32_t i = 0; i < 16; ++i) made[digit][i] = times(columns, i << (4 * digit));
    }
    return made;
  }();

  static constexpr std::uint32_t behind(std::uint32_t state) noexcept {
    std::uint32_t sum = 0;
    for (std::size_t digit = 0; digit < 8; ++digit) sum ^= table[digit][(state >> (4 * digit)) & 15u];
    return sum;
  }
};

/// The instruction of SSE4.2, where the processor that runs this has it. It takes three cycles for eight bytes, but
/// begins anew in each: so three parts of a block are summed up at a time, and 32 KiB take 1.5 us in place
/// of 17. Where there are wide products without carries, they take 0.6.
struct crc32c_machine {
  static constexpr std::uint32_t run(std::uint32_t state, std::span<const std::byte> bytes) noexcept {
    if (std::is_constant_evaluated() || !__builtin_cpu_supports("sse4.2")) return crc32c_slices::run(state, bytes);
    if (bytes.size() >= 512 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("vpclmulqdq")) {
      return by_products(state, bytes);
    }
    return by_instruction(state, bytes);
  }

 private:
  using lanes [[gnu::vector_size(64)]] = long long;

  /// What the two halves of each 16 bytes are multiplied with, to stand for them `Bits` further on.
  template <int Bits>
  static constexpr std::array<long long, 8> ahead = [] {
    constexpr std::uint32_t one = std::uint32_t{1} << 31;
    std::array<long long, 8> made{};
    for (std::size_t i = 0; i < 8; ++i)
      made[i] = static_cast<long long>(crc32c_shift(one, i % 2 == 0 ? Bits + 32 : Bits - 32)) << 1;
    return made;
  }();

  /// `sum` becomes what lies there, with what stands for `sum` added.
  [[gnu::target("avx512f,vpclmulqdq,sse4.2")]] static void fold(lanes& sum, const std::array<long long, 8>& factors,
                                                                const std::byte* there) noexcept {
    lanes by;
    lanes next;
    std::memcpy(&by, &factors, sizeof by);
    std::memcpy(&next, there, sizeof next);
#if defined(__clang__)
    sum = __builtin_ia32_pclmulqdq512(sum, by, 0x00) ^ __builtin_ia32_pclmulqdq512(sum, by, 0x11) ^ next;
#else
    sum = __builtin_ia32_vpclmulqdq_v8di(sum, by, 0x00) ^ __builtin_ia32_vpclmulqdq_v8di(sum, by, 0x11) ^ next;
#endif
  }

  /// 256 bytes at a time are replaced by what has the same remainder and lies where the next 256 do, by products
  /// without carries (Gopal et al., Fast CRC Computation for Generic Polynomials Using PCLMULQDQ, Intel 2009).
  /// Requires: at least 256 bytes.
  [[gnu::target("avx512f,vpclmulqdq,sse4.2")]] static std::uint32_t by_products(
      std::uint32_t state, std::span<const std::byte> bytes) noexcept {
    constexpr std::size_t lane = sizeof(lanes);
    const std::byte* from = bytes.data();
    std::size_t left = bytes.size();
    std::array<lanes, 4> sums;
    std::memcpy(&sums, from, sizeof sums);
    sums[0][0] ^= state;
    for (left -= 4 * lane, from += 4 * lane; left >= 4 * lane; left -= 4 * lane, from += 4 * lane) {
      for (std::size_t i = 0; i < 4; ++i) fold(sums[i], ahead<4 * 512>, from + i * lane);
    }
    std::array<std::byte, 4 * lane> rest;
    std::memcpy(rest.data(), &sums, sizeof sums);
    for (std::size_t i = 1; i < 4; ++i) fold(sums[0], ahead<512>, rest.data() + i * lane);
    std::memcpy(rest.data(), sums.data(), lane);
    return by_instruction(by_instruction(0, std::span(rest).first(lane)), {from, left});
  }

  [[gnu::target("sse4.2")]] static std::uint32_t by_instruction(std::uint32_t state,
                                                                std::span<const std::byte> bytes) noexcept {
    const std::byte* from = bytes.data();
    std::size_t left = bytes.size();
    constexpr std::size_t part = 512;
    for (; left >= 3 * part; left -= 3 * part, from += 3 * part) {
      std::uint64_t first = state;
      std::uint64_t second = 0;
      std::uint64_t third = 0;
      for (std::size_t i = 0; i < part; i += 8) {
        first = __builtin_ia32_crc32di(first, load_little<std::uint64_t>(from + i));
        second = __builtin_ia32_crc32di(second, load_little<std::uint64_t>(from + part + i));
        third = __builtin_ia32_crc32di(third, load_little<std::uint64_t>(from + 2 * part + i));
      }
      state = crc32c_zeros<2 * part>::behind(static_cast<std::uint32_t>(first)) ^
              crc32c_zeros<part>::behind(static_cast<std::uint32_t>(second)) ^ static_cast<std::uint32_t>(third);
    }
    std::uint64_t wide = state;
    for (; left >= 8; left -= 8, from += 8) wide = __builtin_ia32_crc32di(wide, load_little<std::uint64_t>(from));
    state = static_cast<std::uint32_t>(wide);
    for (; left > 0; --left, ++from) state = __builtin_ia32_crc32qi(state, std::to_integer<std::uint8_t>(*from));
    return state;
  }
};
#else
using crc32c_machine = crc32c_slices;
#endif

// An operating system beneath us stands for "there is room for 8 KiB of tables". What is chosen, like the answer, is
// the same in every translation unit of a program, whatever its -m flags.
#if defined(__unix__) || defined(__APPLE__) || defined(_WIN32)
using crc32c_engine = crc32c_machine;
#else
using crc32c_engine = crc32c_nibbles;
#endif

}  // namespace detail

/// The CRC-32C of `bytes`, or of everything so far when the value for what came before is given:
/// `crc32c(tail, crc32c(head))` is the value of head and tail together. Of no bytes it is 0.
constexpr std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t before = 0) noexcept {
  return ~detail::crc32c_engine::run(~before, bytes);
}

}  // namespace cleave
#endif
