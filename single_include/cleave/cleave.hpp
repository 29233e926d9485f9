// SPDX-License-Identifier: BSL-1.0
// All of <cleave/cleave.hpp> in one file. Made by tools/amalgamate.py from include/cleave; edit there.
// https://www.boost.org/LICENSE_1_0.txt

#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <concepts>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <initializer_list>
#include <limits>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <type_traits>
#include <unistd.h>
#include <utility>
#include <vector>

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
// ---- cleave/core/shape.hpp ------------------------------------------------------------------------------------------
#ifndef CLEAVE_CORE_SHAPE_HPP
#define CLEAVE_CORE_SHAPE_HPP

/// @file
/// Sizes of tensors and windows. Layer "core": includes nothing of cleave.

namespace cleave {

/// What one element of a tensor is. Both take four bytes.
enum class dtype : std::uint8_t { float32, int32 };

/// Height, width and channels of one activation tensor, stored NHWC with a batch of one.
/// A signal of one dimension has height 1, a vector height 1 and width 1.
struct shape {
  int height = 1;
  int width = 1;
  int channels = 1;

  constexpr std::size_t size() const noexcept {
    return static_cast<std::size_t>(height) * static_cast<std::size_t>(width) * static_cast<std::size_t>(channels);
  }
  constexpr std::size_t bytes() const noexcept { return size() * 4; }
  constexpr bool operator==(const shape&) const = default;
};

/// A size in rows and columns: of a window, a step or a dilation. One number stands for both.
struct extent {
  int height = 1;
  int width = 1;

  constexpr extent() = default;
  constexpr extent(int both) : height(both), width(both) {}
  constexpr extent(int rows, int columns) : height(rows), width(columns) {}
  constexpr bool operator==(const extent&) const = default;
};

/// Rows and columns added around a tensor. `same` asks for an output of ceil(input / stride),
/// with the odd row or column at the bottom and right (ONNX auto_pad SAME_UPPER).
struct padding {
  int top = 0;
  int left = 0;
  int bottom = 0;
  int right = 0;
  bool automatic = false;

  constexpr padding() = default;
  constexpr padding(int all) : top(all), left(all), bottom(all), right(all) {}
  constexpr padding(int rows, int columns) : top(rows), left(columns), bottom(rows), right(columns) {}
  constexpr padding(int above, int before, int below, int after)
      : top(above), left(before), bottom(below), right(after) {}
  constexpr bool operator==(const padding&) const = default;

  static constexpr padding make_same() {
    padding result;
    result.automatic = true;
    return result;
  }
};

/// Padding that keeps ceil(input / stride) rows and columns.
inline constexpr padding same = padding::make_same();

/// A half-open run of output rows (spatial kernels) or of outputs (dense kernels): [begin, end).
struct range {
  int begin = 0;
  int end = 0;

  constexpr int size() const noexcept { return end - begin; }
  constexpr bool operator==(const range&) const = default;
};

/// The number of blocks of `unit` that cover `count`.
constexpr int ceil_div(int count, int unit) noexcept { return (count + unit - 1) / unit; }

/// `count` rounded up to a multiple of `unit`.
constexpr std::size_t round_up(std::size_t count, std::size_t unit) noexcept {
  return (count + unit - 1) / unit * unit;
}

}  // namespace cleave
#endif
// ---- cleave/codec/codec.hpp -----------------------------------------------------------------------------------------
#ifndef CLEAVE_CODEC_CODEC_HPP
#define CLEAVE_CODEC_CODEC_HPP

/// @file
/// A codec squeezes one tensor into fewer bytes for the wire and gives it back. This header holds
/// the concept and `codec_set`, with which a server finds the codec that a frame names.

namespace cleave {

/// The codec's name on the wire. cleave takes 0 to 31; 32 to 63 are free for users' own codecs,
/// as `codec_id{40}`. There are no others: a hello carries the known ones as a mask of 64 bits.
enum class codec_id : std::uint8_t { identity = 0, f16 = 1 };

/// The bit of `id` in the mask of a hello; 0 for an id that can not exist.
constexpr std::uint64_t codec_bit(codec_id id) noexcept {
  return static_cast<unsigned>(id) < 64 ? std::uint64_t{1} << static_cast<unsigned>(id) : 0;
}

/// Squeezes tensors, one at a time. With `Squeezer` the type, `squeezer` an lvalue of it:
///
/// | expression                                    | type        | semantics
/// |-----------------------------------------------|-------------|---------------------------------
/// | `Squeezer::id`                                | `codec_id`  | constant, below 64, one per format
/// | `Squeezer::max_encoded_size(elements, type)`  | `size_t`    | constexpr; the most bytes that `encode`
/// |                                               |             | makes of so many elements, for any values
/// | `squeezer.encode(tensor, type, out)`          | `size_t`    | writes the tensor's encoding to the front
/// |                                               |             | of `out`; the number of bytes written
/// | `squeezer.decode(in, type, tensor)`           | `status`    | fills all of `tensor`, or gives
/// |                                               |             | `errc::bad_encoding` when `in` is not an
/// |                                               |             | encoding of a tensor of this size
///
/// All are `noexcept`. `tensor` is a `std::span<std::byte>` (const for `encode`) of 4 bytes an
/// element in the host's byte order and of any alignment; `out` has room for `max_encoded_size`;
/// `in` comes from the network and is not to be trusted: whatever it holds, `decode` writes to
/// `tensor` alone and returns. The encoding depends on nothing but the tensor and is the same on every
/// machine; int32 elements come back unchanged.
///
/// The smallest codec is tests/archetypes/minimal_codec.hpp; run `cleave::testing::check_codec` on your own.
template <class Type>
concept codec = requires(Type& squeezer, std::size_t elements, dtype type, std::span<const std::byte> in,
                         std::span<std::byte> out) {
  requires std::same_as<decltype(Type::id), const codec_id>;
  requires codec_bit(Type::id) != 0;
  { Type::max_encoded_size(elements, type) } noexcept -> std::same_as<std::size_t>;
  typename std::integral_constant<std::size_t, Type::max_encoded_size(1, dtype::float32)>;
  { squeezer.encode(in, type, out) } noexcept -> std::same_as<std::size_t>;
  { squeezer.decode(in, type, out) } noexcept -> std::same_as<status>;
};

/// A codec whose encoding is the tensor itself, as this machine has it: what is sent may be sent from where it lies.
/// It says so by a constant, `Squeezer::is_verbatim`.
template <class Type>
concept verbatim_codec = codec<Type> && requires { requires Type::is_verbatim; };

/// Several codecs, one of which is chosen by its id at run time. Codecs without state take no room.
template <codec... Codecs>
class codec_set {
 public:
  constexpr codec_set() = default;
  constexpr explicit codec_set(Codecs... codecs) noexcept
    requires(sizeof...(Codecs) > 0)
      : codecs_(static_cast<Codecs&&>(codecs)...) {}

  /// A bit for each codec: what a hello carries.
  static constexpr std::uint64_t mask = (codec_bit(Codecs::id) | ... | std::uint64_t{0});

  static constexpr bool contains(codec_id id) noexcept { return (mask & codec_bit(id)) != 0; }

  /// Calls `visit(codec)` with the codec of that id; false when there is none.
  template <class Visitor>
  constexpr bool visit(codec_id id, Visitor&& visitor) noexcept {
    return std::apply(
        [&](Codecs&... each) noexcept { return ((each.id == id && (static_cast<void>(visitor(each)), true)) || ...); },
        codecs_);
  }

  /// As `codec::max_encoded_size`; 0 when there is no such codec.
  static constexpr std::size_t max_encoded_size(codec_id id, std::size_t elements, dtype type) noexcept {
    std::size_t most = 0;
    static_cast<void>(((Codecs::id == id && (most = Codecs::max_encoded_size(elements, type), true)) || ... || false));
    return most;
  }

  /// As `codec::encode`. Requires: `contains(id)`.
  constexpr std::size_t encode(codec_id id, std::span<const std::byte> tensor, dtype type,
                               std::span<std::byte> out) noexcept {
    std::size_t written = 0;
    visit(id, [&](auto& each) { written = each.encode(tensor, type, out); });
    return written;
  }

  /// As `codec::decode`; `errc::unknown_codec` when there is no such codec.
  constexpr status decode(codec_id id, std::span<const std::byte> in, dtype type,
                          std::span<std::byte> tensor) noexcept {
    status done = errc::unknown_codec;
    visit(id, [&](auto& each) { done = each.decode(in, type, tensor); });
    return done;
  }

 private:
  static_assert(std::popcount(mask) == int{sizeof...(Codecs)}, "two codecs of a codec_set have the same id");

  [[no_unique_address]] std::tuple<Codecs...> codecs_;
};

}  // namespace cleave
#endif
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
// ---- cleave/codec/identity.hpp --------------------------------------------------------------------------------------
#ifndef CLEAVE_CODEC_IDENTITY_HPP
#define CLEAVE_CODEC_IDENTITY_HPP

/// @file
/// The codec that changes nothing: with it the two halves give the whole network's bits.

namespace cleave {
namespace detail {

/// Four-byte elements between the host's order and the wire's. Its own inverse.
inline void copy_elements(const std::byte* from, std::byte* to, std::size_t bytes) noexcept {
  if constexpr (std::endian::native == std::endian::little) {
    if (bytes != 0) std::memcpy(to, from, bytes);  // an empty span's pointer may be null
  } else {
    for (std::size_t i = 0; i + 4 <= bytes; i += 4) {
      std::uint32_t element;
      std::memcpy(&element, from + i, 4);
      store_little(to + i, element);
    }
  }
}

}  // namespace detail

namespace codecs {

/// Sends every element as it is, 4 bytes, little-endian.
struct identity {
  static constexpr codec_id id = codec_id::identity;
  static constexpr bool is_verbatim = std::endian::native == std::endian::little;

  static constexpr std::size_t max_encoded_size(std::size_t elements, dtype) noexcept { return elements * 4; }

  std::size_t encode(std::span<const std::byte> tensor, dtype, std::span<std::byte> out) noexcept {
    detail::copy_elements(tensor.data(), out.data(), tensor.size());
    return tensor.size();
  }

  status decode(std::span<const std::byte> in, dtype, std::span<std::byte> tensor) noexcept {
    if (in.size() != tensor.size()) return errc::bad_encoding;
    detail::copy_elements(in.data(), tensor.data(), in.size());
    return {};
  }
};

static_assert(codec<identity>);

}  // namespace codecs
}  // namespace cleave
#endif
// ---- cleave/codec/f16.hpp -------------------------------------------------------------------------------------------
#ifndef CLEAVE_CODEC_F16_HPP
#define CLEAVE_CODEC_F16_HPP

/// @file
/// Floats as IEEE 754 half precision: half the bytes on the wire.

namespace cleave {

/// The bits of the half nearest to `value`, ties to even: exact for every float. What lies beyond
/// 65504 by half a step or more becomes infinite; a NaN stays a NaN (quiet) and keeps the upper
/// bits of its payload. Requires: the rounding mode is to nearest.
constexpr std::uint16_t half_bits(float value) noexcept {
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t sign = (bits >> 16) & 0x8000u;
  const std::uint32_t magnitude = bits & 0x7fffffffu;

  // Computed for every value and selected at the end, so that the loop over a tensor vectorises.
  // Normal halves: move the exponent's bias from 127 to 15, then round away 13 bits to even.
  const std::uint32_t normal = (magnitude - (112u << 23) + 0xfffu + ((magnitude >> 13) & 1u)) >> 13;
  // Subnormal halves: the last bit of 0.5f is worth 2^-24, the same as theirs: the adder rounds.
  const std::uint32_t small =
      std::bit_cast<std::uint32_t>(std::bit_cast<float>(magnitude) + 0.5f) - std::bit_cast<std::uint32_t>(0.5f);
  const std::uint32_t nan = 0x7e00u | ((magnitude >> 13) & 0x3ffu);

  std::uint32_t half = normal;
  half = magnitude < (113u << 23) ? small : half;    // below 2^-14
  half = magnitude >= 0x477ff000u ? 0x7c00u : half;  // 65520 and beyond
  half = magnitude > 0x7f800000u ? nan : half;
  return static_cast<std::uint16_t>(sign | half);
}

/// The float that a half stands for: always exact.
constexpr float half_value(std::uint16_t half) noexcept {
  const std::uint32_t sign = (half & 0x8000u) * 0x10000u;
  const std::uint32_t magnitude = half & 0x7fffu;
  const std::uint32_t normal = (magnitude << 13) + (112u << 23);
  // A subnormal's bits under the exponent of 2^-14 are its value plus 2^-14, exactly.
  const std::uint32_t small = std::bit_cast<std::uint32_t>(std::bit_cast<float>((magnitude << 13) + (113u << 23)) -
                                                           std::bit_cast<float>(113u << 23));
  std::uint32_t bits = normal;
  bits = magnitude < 0x0400u ? small : bits;
  bits = magnitude >= 0x7c00u ? normal + (112u << 23) : bits;  // infinite or NaN
  return std::bit_cast<float>(sign | bits);
}

namespace codecs {

/// Rounds float32 elements to half precision, 2 bytes, little-endian; int32 elements pass unchanged.
/// Bound: for 2^-14 <= |x| < 65520 what comes back differs from x by at most 2^-11 |x|, for smaller
/// |x| by at most 2^-25; from 65520 on it is infinite; NaN comes back as NaN.
struct f16 {
  static constexpr codec_id id = codec_id::f16;

  static constexpr std::size_t max_encoded_size(std::size_t elements, dtype type) noexcept {
    return type == dtype::float32 ? elements * 2 : elements * 4;
  }

  std::size_t encode(std::span<const std::byte> tensor, dtype type, std::span<std::byte> out) noexcept {
    if (type != dtype::float32) {
      detail::copy_elements(tensor.data(), out.data(), tensor.size());
      return tensor.size();
    }
    const std::size_t elements = tensor.size() / 4;
    const std::byte* from = tensor.data();
    std::byte* to = out.data();
    std::size_t left = elements;
    for (; left >= block; left -= block, from += block * 4, to += block * 2) encode_some<block>(from, to);
    for (; left > 0; --left, from += 4, to += 2) encode_some<1>(from, to);
    return elements * 2;
  }

  status decode(std::span<const std::byte> in, dtype type, std::span<std::byte> tensor) noexcept {
    const std::size_t elements = tensor.size() / 4;
    if (in.size() != max_encoded_size(elements, type)) return errc::bad_encoding;
    if (type != dtype::float32) {
      detail::copy_elements(in.data(), tensor.data(), in.size());
      return {};
    }
    const std::byte* from = in.data();
    std::byte* to = tensor.data();
    std::size_t left = elements;
    for (; left >= block; left -= block, from += block * 2, to += block * 4) decode_some<block>(from, to);
    for (; left > 0; --left, from += 2, to += 4) decode_some<1>(from, to);
    return {};
  }

 private:
  // Copies to and from arrays let any alignment be vectorised, also at -O2: the trip count is known.
  static constexpr std::size_t block = 16;

  template <std::size_t Count>
  static void encode_some(const std::byte* from, std::byte* to) noexcept {
    std::array<float, Count> values;
    std::memcpy(values.data(), from, sizeof values);
    std::array<std::uint16_t, Count> halves;
    for (std::size_t i = 0; i < Count; ++i) halves[i] = swapped(half_bits(values[i]));
    std::memcpy(to, halves.data(), sizeof halves);
  }

  template <std::size_t Count>
  static void decode_some(const std::byte* from, std::byte* to) noexcept {
    std::array<std::uint16_t, Count> halves;
    std::memcpy(halves.data(), from, sizeof halves);
    std::array<float, Count> values;
    for (std::size_t i = 0; i < Count; ++i) values[i] = half_value(swapped(halves[i]));
    std::memcpy(to, values.data(), sizeof values);
  }

  static constexpr std::uint16_t swapped(std::uint16_t half) noexcept {
    if constexpr (std::endian::native == std::endian::little) return half;
    return static_cast<std::uint16_t>((half << 8) | (half >> 8));
  }
};

static_assert(codec<f16>);

}  // namespace codecs
}  // namespace cleave
#endif
// ---- cleave/config.hpp ----------------------------------------------------------------------------------------------
#ifndef CLEAVE_CONFIG_HPP
#define CLEAVE_CONFIG_HPP

/// @file
/// The version of the library. CMakeLists.txt reads it from here, so that it is written once.

#define CLEAVE_VERSION_MAJOR 0
#define CLEAVE_VERSION_MINOR 1
#define CLEAVE_VERSION_PATCH 0

#endif
// ---- cleave/core/activation.hpp -------------------------------------------------------------------------------------
#ifndef CLEAVE_CORE_ACTIVATION_HPP
#define CLEAVE_CORE_ACTIVATION_HPP

/// @file
/// Which function is applied to every element, as data: graphs and kernels' shapes carry it; the arithmetic is in
/// kernels/activation.hpp.

namespace cleave {

/// Functions of one element. Formulas and defaults are those of the ONNX operators of the same names.
enum class activation_kind : std::uint8_t {
  none,
  relu,        ///< max(x, 0)
  clip,        ///< min(max(x, alpha), beta); relu6 is clip 0..6, hard tanh is clip -1..1
  leaky_relu,  ///< x < 0 ? alpha x : x
  elu,         ///< x < 0 ? alpha (exp x - 1) : x
  selu,        ///< gamma (x > 0 ? x : alpha (exp x - 1))
  sigmoid,     ///< 1 / (1 + exp -x)
  tanh,
  hard_sigmoid,  ///< max(0, min(1, alpha x + beta))
  hard_swish,    ///< x max(0, min(1, x / 6 + 1/2))
  softplus,      ///< log(1 + exp x)

  exp,
  log,
  sqrt,
  negate,            ///< -x
  absolute,          ///< |x|
  reciprocal,        ///< 1 / x
  floor,             ///< the largest integer not above x
  ceil,              ///< the smallest integer not below x
  round,             ///< the nearest integer, the even one where two are as near
  sign,              ///< -1, 0 or 1
  sine,              ///< of x in radians
  cosine,            ///< of x in radians
  erf,               ///< the error function
  gelu,              ///< x (1 + erf(x / sqrt 2)) / 2
  gelu_tanh,         ///< x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2
  mish,              ///< x tanh(softplus x)
  softsign,          ///< x / (1 + |x|)
  thresholded_relu,  ///< x > alpha ? x : 0
  celu,              ///< max(x, 0) + min(alpha (exp(x / alpha) - 1), 0)
  swish,             ///< x sigmoid(alpha x)
  power_of,          ///< x^alpha
};

/// An activation with its numbers. Structural: it is part of a kernel's shape.
struct activation {
  activation_kind kind = activation_kind::none;
  float alpha = 0;
  float beta = 0;
  float gamma = 0;

  constexpr bool operator==(const activation&) const = default;
};

/// What a convolution, dense or sum does to each output before it is stored: act(value + residual). With `pools`, which
/// only convolutions in Winograd's form may have, the largest of each 2x2 of these is what is stored.
struct epilogue {
  bool residual = false;
  activation post{};
  bool pools = false;

  constexpr bool operator==(const epilogue&) const = default;
};

}  // namespace cleave
#endif
// ---- cleave/core/element_order.hpp ----------------------------------------------------------------------------------
#ifndef CLEAVE_CORE_ELEMENT_ORDER_HPP
#define CLEAVE_CORE_ELEMENT_ORDER_HPP

/// @file
/// The order in which the elements of a tensor are read: what transposing, slicing, repeating and reversing come down
/// to.

namespace cleave {

/// How many directions an order of elements may have.
inline constexpr std::size_t max_dimensions = 6;

/// Along each of up to six directions, the outermost first, `sizes` elements that lie `steps` apart. Directions that
/// are not there have size 0 and stand behind the others. Structural: it is part of a kernel's shape.
struct element_order {
  std::array<int, max_dimensions> sizes{};
  std::array<int, max_dimensions> steps{};
  int offset = 0;  ///< of the first element

  constexpr std::size_t rank() const noexcept {
    std::size_t found = 0;
    while (found < max_dimensions && sizes[found] != 0) ++found;
    return found;
  }

  /// How many elements there are; 0 where a size is negative or stands behind a direction that is not there.
  constexpr std::size_t count() const noexcept {
    std::size_t product = 1;
    for (std::size_t i = 0; i < max_dimensions; ++i) {
      if (sizes[i] < 0 || (i >= rank() && sizes[i] != 0)) return 0;
      if (i < rank()) product *= static_cast<std::size_t>(sizes[i]);
    }
    return product;
  }

  /// True where all elements are among the first `size`.
  constexpr bool lies_within(std::size_t size) const noexcept {
    long long least = offset;
    long long most = offset;
    for (std::size_t i = 0; i < rank(); ++i) {
      const long long reach = static_cast<long long>(sizes[i] - 1) * steps[i];
      (reach < 0 ? least : most) += reach;
    }
    return least >= 0 && most < static_cast<long long>(size);
  }

  /// The same order in as few directions as it takes, one at least.
  constexpr element_order merged() const noexcept {
    element_order result;
    result.offset = offset;
    std::size_t made = 0;
    for (std::size_t i = 0; i < rank(); ++i) {
      if (sizes[i] == 1) continue;
      if (made > 0 && result.steps[made - 1] == sizes[i] * steps[i]) {
        result.sizes[made - 1] *= sizes[i];
        result.steps[made - 1] = steps[i];
      } else {
        result.sizes[made] = sizes[i];
        result.steps[made] = steps[i];
        ++made;
      }
    }
    if (made == 0) {
      result.sizes[0] = 1;
      result.steps[0] = 1;
    }
    return result;
  }

  constexpr bool operator==(const element_order&) const = default;
};

}  // namespace cleave
#endif
// ---- cleave/layers/record.hpp ---------------------------------------------------------------------------------------
#ifndef CLEAVE_LAYERS_RECORD_HPP
#define CLEAVE_LAYERS_RECORD_HPP

/// @file
/// What every layer of a graph becomes: one record of one type, so that graphs are plain arrays. Also what a shape
/// rule answers: the output, or what the layer would have needed.

namespace cleave {

/// The name of a layer's output, unique among the layers that a `from` or a cut may mean.
using label = std::string_view;

/// How many tensors one layer may take.
inline constexpr std::size_t max_inputs = 8;

/// What a layer computes. Names are those of the layer types, which follow the ONNX operators. Their numbers are part
/// of fingerprints: new ones stand at the end.
enum class op : std::uint8_t {
  input,
  conv2d,
  depthwise_conv2d,
  locally_connected2d,
  dense,
  max_pool,
  average_pool,
  global_max_pool,
  global_average_pool,
  relu,
  clip,
  leaky_relu,
  prelu,
  elu,
  selu,
  sigmoid,
  tanh,
  hard_tanh,
  hard_sigmoid,
  hard_swish,
  softplus,
  softmax,
  log_softmax,
  batch_normalization,
  local_response_normalization,
  add,
  subtract,
  multiply,
  concat,
  flatten,
  reshape,
  pad,
  upsample,
  argmax,
  dropout,
  output,
  custom,
  exp,
  log,
  sqrt,
  negate,
  absolute,
  reciprocal,
  floor,
  ceil,
  round,
  sign,
  sine,
  cosine,
  erf,
  gelu,
  mish,
  softsign,
  thresholded_relu,
  celu,
  swish,
  power_of,
  hardmax,
  divide,
  maximum,
  minimum,
  power,
  constant,
  rearrange,
  transpose,
  slice,
  resize,
  reduce,
  argmin,
  normalize,
  lstm,
  gru,
  rnn,
};

/// One layer as data. Fields that an operator does not have keep their defaults.
struct layer_record {
  op kind = op::input;
  int channels = 0;  ///< output channels, units, channel multiplier, or the window of a normalisation across channels
  extent kernel{};
  extent stride{};
  extent dilation{};
  padding pad{};
  int groups = 1;
  bool ceil_mode = false;
  bool count_include_pad = false;
  activation function{};  ///< of an activation layer
  std::array<float, 3>
      numbers{};  ///< epsilon; alpha, beta, bias of a local response normalisation; the pad value; scales
  shape given{};  ///< the shape of an input, a reshape, or another output that the user gives
  std::array<int, 2 * max_dimensions + 1>
      integers{};  ///< choices of a layer; sizes, steps and offset of a rearrangement
  label name{};
  std::array<label, max_inputs> from{};  ///< empty: the layer before
  int arity = 1;
  int custom = -1;  ///< index among the graph's own layers of the user
};

/// What a layer needs and did not get. Each becomes a type in the compiler's message.
enum class need : std::uint8_t {
  nothing,
  an_input_as_the_first_layer,
  all_inputs_before_other_layers,
  an_earlier_layer_with_that_label,
  positive_sizes,
  a_window_within_the_padded_input,
  padding_smaller_than_the_window,
  channels_that_are_a_multiple_of_groups,
  inputs_of_equal_shape,
  inputs_of_equal_shape_or_one_per_channel,
  inputs_of_equal_height_and_width,
  as_many_elements_as_it_receives,
  float_elements,
  a_use_for_every_input,
  at_least_one_layer,
  what_the_layer_itself_demands,
  inputs_that_differ_along_the_axis_only,
  elements_within_its_input,
  a_permutation_of_its_dimensions,
};

/// How a layer's weights are stored; see kernels/weight_layout.hpp for the order of the numbers.
enum class weight_layout_kind : std::uint8_t {
  none,
  blocked,
  depthwise,
  locally_connected,
  per_channel,
  custom,
  plain,  ///< in the order of the tensor
  recurrent,
};

/// The answer of a shape rule.
struct inference {
  shape out{};
  dtype type = dtype::float32;
  padding pad{};                    ///< resolved: never automatic
  int groups = 1;                   ///< resolved
  std::uint64_t multiply_adds = 0;  ///< nominal: taps that fall on padding are counted
  need needs = need::nothing;
};

constexpr inference refused(need what) noexcept {
  inference result;
  result.needs = what;
  return result;
}

}  // namespace cleave
#endif
// ---- cleave/graph/cut.hpp -------------------------------------------------------------------------------------------
#ifndef CLEAVE_GRAPH_CUT_HPP
#define CLEAVE_GRAPH_CUT_HPP

/// @file
/// Where a graph is cut, by number or by label, and which tensors cross there.

namespace cleave {

namespace detail {
struct last_cut {};
}  // namespace detail

/// The cut behind the last layer, which leaves nothing to the remote half.
inline constexpr detail::last_cut last{};

/// A cut as a template argument: `split<6>()`, `split<"pool2">()`, `split<cleave::last>()`. Layers up to and with the
/// one named run on the device. Structural; labels have 1 to 63 characters.
struct cut_point {
  static constexpr std::size_t behind_everything = std::numeric_limits<std::size_t>::max();

  std::size_t number = 0;
  char text[64]{};

  /// Negative numbers become such as no graph has.
  consteval cut_point(int layer) : number(static_cast<std::size_t>(layer) - (layer < 0 ? 1U : 0U)) {}
  consteval cut_point(std::size_t layer) : number(layer) {}
  consteval cut_point(detail::last_cut) : number(behind_everything) {}
  template <std::size_t Length>
  consteval cut_point(const char (&name)[Length]) {
    static_assert(1 < Length && Length <= 64, "a label in a cut has 1 to 63 characters");
    for (std::size_t i = 0; i < Length; ++i) text[i] = name[i];
  }

  constexpr label name() const noexcept { return text; }

  /// How many layers bear this cut's label.
  template <class Graph>
  constexpr std::size_t count_in(const Graph& graph) const noexcept {
    std::size_t count = 0;
    for (const auto& each : graph.nodes) count += each.what.name == name() ? 1U : 0U;
    return count;
  }

  template <class Graph>
  constexpr bool is_in(const Graph& graph) const noexcept {
    if (!name().empty()) return count_in(graph) == 1;
    return number <= graph.last || number == behind_everything;
  }

  /// The number of the last layer before the cut. Requires: `is_in(graph)`; otherwise 0.
  template <class Graph>
  constexpr std::size_t in(const Graph& graph) const noexcept {
    if (!is_in(graph)) return 0;
    if (!name().empty()) return graph.layer_of(static_cast<std::size_t>(graph.find(name())));
    return number == behind_everything ? graph.last : number;
  }
};

/// How many tensors cross behind layer `cut`.
template <class Graph>
constexpr std::size_t count_crossing(const Graph& graph, std::size_t cut) noexcept {
  std::size_t count = 0;
  for (std::size_t i = 0; i < graph.end_of(cut); ++i) count += graph.crosses(i, cut) ? 1U : 0U;
  return count;
}

/// The nodes whose values cross behind layer `Cut`, in their order in the graph, which is their order on the wire.
template <const auto& Graph, std::size_t Cut>
consteval auto crossing_nodes() {
  std::array<std::size_t, count_crossing(Graph, Cut)> found{};
  std::size_t place = 0;
  for (std::size_t i = 0; i < Graph.end_of(Cut); ++i) {
    if (Graph.crosses(i, Cut)) found[place++] = i;
  }
  return found;
}

/// Bytes of all tensors that cross behind layer `cut`, before any codec.
template <class Graph>
constexpr std::size_t crossing_bytes(const Graph& graph, std::size_t cut) noexcept {
  std::size_t sum = 0;
  for (std::size_t i = 0; i < graph.end_of(cut); ++i) sum += graph.crosses(i, cut) ? graph.nodes[i].out.bytes() : 0U;
  return sum;
}

/// True when node `index` is an answer of the network whose value is made by a node in [begin, end). An answer that
/// only renames a value is made where that value is made.
template <class Graph>
constexpr bool is_output_made_in(const Graph& graph, std::size_t index, std::size_t begin, std::size_t end) noexcept {
  const auto root = static_cast<std::size_t>(graph.nodes[index].root);
  return graph.nodes[index].is_output && begin <= root && root < end;
}

/// The nodes that are answers of the network and whose values are made in [Begin, End), in order.
template <const auto& Graph, std::size_t Begin = 0, std::size_t End = Graph.node_count>
consteval auto output_nodes() {
  constexpr std::size_t count = [] {
    std::size_t sum = 0;
    for (std::size_t i = 0; i < Graph.node_count; ++i) sum += is_output_made_in(Graph, i, Begin, End) ? 1U : 0U;
    return sum;
  }();
  std::array<std::size_t, count> found{};
  std::size_t place = 0;
  for (std::size_t i = 0; i < Graph.node_count; ++i) {
    if (is_output_made_in(Graph, i, Begin, End)) found[place++] = i;
  }
  // In a reordered graph answers keep their order: that of the layers as they were written.
  for (std::size_t i = 1; i < count; ++i) {
    const std::size_t moved = found[i];
    std::size_t to = i;
    for (; to > 0 && Graph.nodes[found[to - 1]].weights.line > Graph.nodes[moved].weights.line; --to) {
      found[to] = found[to - 1];
    }
    found[to] = moved;
  }
  return found;
}

}  // namespace cleave
#endif
// ---- cleave/graph/node.hpp ------------------------------------------------------------------------------------------
#ifndef CLEAVE_GRAPH_NODE_HPP
#define CLEAVE_GRAPH_NODE_HPP

/// @file
/// A layer in its place: inputs resolved to indices, shapes inferred, lifetimes known.

namespace cleave {

/// How a layer's weights lie in a blob. Offsets are bytes from the start of the blob's data, multiples of 64.
struct weight_place {
  weight_layout_kind layout = weight_layout_kind::none;
  std::size_t floats = 0;
  std::size_t offset = 0;
  std::size_t line = 0;  ///< of the blob's table: the layer's number, unless the graph was reordered
};

/// One layer of a graph with everything that can be known about it while compiling.
struct node {
  layer_record what{};
  std::array<std::int16_t, max_inputs> inputs{};  ///< node indices; the first `what.arity` count
  shape in{};                                     ///< of the first input
  shape out{};
  dtype type = dtype::float32;
  padding pad{};   ///< resolved
  int groups = 1;  ///< resolved
  std::uint64_t multiply_adds = 0;
  weight_place weights{};

  /// The node whose memory holds this value: itself, or for layers that only rename memory the one they rename.
  std::int16_t root = 0;
  /// Of a root: the last node that reads this value under any name; -1 where none does.
  std::int16_t last_use = -1;
  /// This value is an answer of the network.
  bool is_output = false;
  /// Of a root: it, or a name of it, is an answer.
  bool holds_output = false;
};

/// What is wrong with a graph: the first defect found, or `layer` of -1.
struct defect {
  int layer = -1;
  op kind = op::input;
  int custom = -1;
  int arity = 0;
  std::array<shape, 2> received{};
  need needs = need::nothing;
};

/// True for layers that only give their input's memory another name or shape.
constexpr bool renames(op kind) noexcept {
  return kind == op::flatten || kind == op::reshape || kind == op::dropout || kind == op::output;
}

}  // namespace cleave
#endif
// ---- cleave/layers/activation.hpp -----------------------------------------------------------------------------------
#ifndef CLEAVE_LAYERS_ACTIVATION_HPP
#define CLEAVE_LAYERS_ACTIVATION_HPP

/// @file
/// Layers that apply one function to every element. Formulas and defaults are those of the ONNX operators; see
/// core/activation.hpp.

namespace cleave {

namespace detail {

constexpr layer_record activation_record(op kind, activation function, label name, label from) {
  layer_record record;
  record.kind = kind;
  record.function = function;
  record.name = name;
  record.from = {from};
  return record;
}

}  // namespace detail

/// The shape rule of all layers that keep the shape of what they receive.
constexpr inference infer_unchanged(shape in) noexcept {
  inference result;
  result.out = in;
  return result;
}

/// max(x, 0).
struct relu {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::relu, {activation_kind::relu, 0.0F, 0.0F, 0.0F}, name, from);
  }
};

/// min(max(x, 0), 6).
struct relu6 {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::clip, {activation_kind::clip, 0.0F, 6.0F, 0.0F}, name, from);
  }
};

/// min(max(x, low), high).
struct clip {
  float low;
  float high;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::clip, {activation_kind::clip, low, high, 0.0F}, name, from);
  }
};

/// x where positive, alpha x elsewhere.
struct leaky_relu {
  float alpha = 0.01F;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::leaky_relu, {activation_kind::leaky_relu, alpha, 0.0F, 0.0F}, name, from);
  }
};

/// x where positive, alpha (exp x - 1) elsewhere.
struct elu {
  float alpha = 1.0F;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::elu, {activation_kind::elu, alpha, 0.0F, 0.0F}, name, from);
  }
};

/// gamma x where positive, gamma alpha (exp x - 1) elsewhere.
struct selu {
  float alpha = 1.67326319217681884765625F;
  float gamma = 1.05070102214813232421875F;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::selu, {activation_kind::selu, alpha, 0.0F, gamma}, name, from);
  }
};

/// 1 / (1 + exp -x).
struct sigmoid {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::sigmoid, {activation_kind::sigmoid, 0.0F, 0.0F, 0.0F}, name, from);
  }
};

/// The hyperbolic tangent.
struct tanh {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::tanh, {activation_kind::tanh, 0.0F, 0.0F, 0.0F}, name, from);
  }
};

/// min(max(x, low), high).
struct hard_tanh {
  float low = -1.0F;
  float high = 1.0F;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::hard_tanh, {activation_kind::clip, low, high, 0.0F}, name, from);
  }
};

/// max(0, min(1, alpha x + beta)).
struct hard_sigmoid {
  float alpha = 0.2F;
  float beta = 0.5F;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::hard_sigmoid, {activation_kind::hard_sigmoid, alpha, beta, 0.0F}, name, from);
  }
};

/// x max(0, min(1, x / 6 + 1/2)).
struct hard_swish {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::hard_swish, {activation_kind::hard_swish, 0.0F, 0.0F, 0.0F}, name, from);
  }
};

/// log(1 + exp x).
struct softplus {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::softplus, {activation_kind::softplus, 0.0F, 0.0F, 0.0F}, name, from);
  }
};

/// max(x, 0) + min(alpha (exp(x / alpha) - 1), 0).
struct celu {
  float alpha = 1.0F;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::celu, {activation_kind::celu, alpha, 0.0F, 0.0F}, name, from);
  }
};

/// x (1 + erf(x / sqrt 2)) / 2, or with `approximate` tanh in place of erf.
struct gelu {
  bool approximate = false;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    const activation_kind kind = approximate ? activation_kind::gelu_tanh : activation_kind::gelu;
    return detail::activation_record(op::gelu, {kind, 0.0F, 0.0F, 0.0F}, name, from);
  }
};

/// x sigmoid(alpha x).
struct swish {
  float alpha = 1.0F;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::swish, {activation_kind::swish, alpha, 0.0F, 0.0F}, name, from);
  }
};

/// x tanh(log(1 + exp x)).
struct mish {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::mish, {activation_kind::mish, 0.0F, 0.0F, 0.0F}, name, from);
  }
};

/// x / (1 + |x|).
struct softsign {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::softsign, {activation_kind::softsign, 0.0F, 0.0F, 0.0F}, name, from);
  }
};

/// x where it is greater than alpha, 0 elsewhere.
struct thresholded_relu {
  float alpha = 1.0F;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::thresholded_relu, {activation_kind::thresholded_relu, alpha, 0.0F, 0.0F}, name,
                                     from);
  }
};

/// x where positive, slope x elsewhere, with one trained slope a channel (ONNX PRelu).
struct prelu {
  label name{};
  label from{};

  constexpr operator layer_record() const { return detail::activation_record(op::prelu, {}, name, from); }
};

/// exp x / sum of exp x over the channels of each pixel (ONNX Softmax on the channel axis).
struct softmax {
  label name{};
  label from{};

  constexpr operator layer_record() const { return detail::activation_record(op::softmax, {}, name, from); }
};

/// 1 for the largest channel of each pixel, the first one where several are equal, 0 for all others (ONNX Hardmax on
/// the channel axis).
struct hardmax {
  label name{};
  label from{};

  constexpr operator layer_record() const { return detail::activation_record(op::hardmax, {}, name, from); }
};

/// log of softmax, computed without making the quotient (ONNX LogSoftmax on the channel axis).
struct log_softmax {
  label name{};
  label from{};

  constexpr operator layer_record() const { return detail::activation_record(op::log_softmax, {}, name, from); }
};

}  // namespace cleave
#endif
// ---- cleave/simd/pack.hpp -------------------------------------------------------------------------------------------
#ifndef CLEAVE_SIMD_PACK_HPP
#define CLEAVE_SIMD_PACK_HPP

/// @file
/// What a kernel computes with: a value of `lanes` floats. A kernel is one template over its pack, so
/// another instruction set costs another pack and never another kernel. Layer "simd": the only place
/// that knows instruction sets.

namespace cleave {

/// A small value type that holds `lanes` floats, one vector register as a rule.
///
/// | expression                      | type        | semantics                                                    |
/// |---------------------------------|-------------|--------------------------------------------------------------|
/// | `Pack::lanes`                   | std::size_t | 1, 2, 4, 8 or 16, known at compile time                      |
/// | `Pack::fused`                   | bool        | true when `fma` rounds once                                  |
/// | `Pack::registers`               | int         | packs that fit the register file; kernels size tiles by it   |
/// | `Pack::load(p)`, `a.store(p)`   | Pack, void  | `lanes` floats at p, of any alignment                        |
/// | `Pack::template load_first<N>(p)` | Pack      | reads exactly N floats, 1 <= N <= lanes; other lanes are 0   |
/// | `a.template store_first<N>(p)`  | void        | writes exactly N floats                                      |
/// | `Pack::fill(x)`                 | Pack        | x in every lane                                              |
/// | `a + b`, `a - b`, `a * b`       | Pack        | as IEEE 754                                                  |
/// | `fma(a, b, c)`                  | Pack        | a * b + c; the only product that may feed a sum              |
/// | `divide(a, b)`, `sqrt(a)`       | Pack        | rounded as IEEE 754 demands, on every target                 |
/// | `max(a, b)`, `min(a, b)`        | Pack        | either zero may be the answer for +0 and -0; a NaN in b stays |
/// | `abs(a)`                        | Pack        | clears the sign                                              |
/// | `select_greater(a, b, x, y)`    | Pack        | a > b ? x : y; max and min are cheaper                       |
/// | `round_even(a)`                 | Pack        | nearest integer, ties to even; for abs(a) < 2^22             |
/// | `power_of_two(n)`               | Pack        | 2^n for integral n in [-126, 127]                            |
/// | `split_exponent(a, m)`          | Pack        | a = m * 2^result, 1 <= m < 2; for normal a > 0               |
/// | `reduce_max(a)`                 | float       | the greatest lane; for lanes without a NaN                   |
///
/// There is no sum over lanes: an output is added up in one order whatever the pack, so kernels keep
/// one chain of `fma` per output and put different outputs into the lanes.
///
/// Because compilers may contract a product and a sum into one rounding, results would depend on the
/// compiler wherever `a * b` feeds `+`. Kernels therefore write `fma` there, always.
template <class Pack>
concept pack = requires(const float* from, float* to, float one, const Pack a, Pack& reference) {
  requires std::copyable<Pack> && std::default_initializable<Pack>;
  { Pack::lanes } -> std::convertible_to<std::size_t>;
  { Pack::fused } -> std::convertible_to<bool>;
  { Pack::registers } -> std::convertible_to<int>;
  { Pack::load(from) } noexcept -> std::same_as<Pack>;
  { Pack::template load_first<1>(from) } noexcept -> std::same_as<Pack>;
  { Pack::fill(one) } noexcept -> std::same_as<Pack>;
  { a.store(to) } noexcept;
  { a.template store_first<1>(to) } noexcept;
  { a + a } noexcept -> std::same_as<Pack>;
  { a - a } noexcept -> std::same_as<Pack>;
  { a* a } noexcept -> std::same_as<Pack>;
  { fma(a, a, a) } noexcept -> std::same_as<Pack>;
  { divide(a, a) } noexcept -> std::same_as<Pack>;
  { sqrt(a) } noexcept -> std::same_as<Pack>;
  { max(a, a) } noexcept -> std::same_as<Pack>;
  { min(a, a) } noexcept -> std::same_as<Pack>;
  { abs(a) } noexcept -> std::same_as<Pack>;
  { select_greater(a, a, a, a) } noexcept -> std::same_as<Pack>;
  { round_even(a) } noexcept -> std::same_as<Pack>;
  { power_of_two(a) } noexcept -> std::same_as<Pack>;
  { split_exponent(a, reference) } noexcept -> std::same_as<Pack>;
  { reduce_max(a) } noexcept -> std::same_as<float>;
};

/// True for packs of cores that issue one instruction at a time, in order, loads like multiply-adds: microcontrollers.
/// Kernels then choose tiles by the instructions of a step. Such a pack has a static member of this name that is true.
template <pack Pack>
inline constexpr bool single_issue = requires { requires Pack::single_issue; };

/// fma(x in every lane, b, c). A pack that does this in one instruction has a static `fma_scalar` of its own for it.
template <pack Pack>
[[gnu::always_inline]] inline Pack fma_scalar(float x, Pack b, Pack c) noexcept {
  if constexpr (requires { Pack::fma_scalar(x, b, c); }) return Pack::fma_scalar(x, b, c);
  else return fma(Pack::fill(x), b, c);
}

/// A pack of sixteen that can be used as two halves of eight, for kernels with less than nine channels: those put two
/// pixels into one pack. Not required of a pack.
///
/// | Expression                      | Type | Semantics                                                            |
/// |---------------------------------|------|----------------------------------------------------------------------|
/// | `Pack::load_twice(p)`           | Pack | eight floats, in both halves                                         |
/// | `Pack::load_halves<M>(p, q)`    | Pack | eight floats from p, eight from q; those not in the mask M are 0 and |
/// |                                 |      | are not read                                                         |
/// | `a.spread<N>()`                 | Pack | lane N in the lower half, lane N + 8 in the upper                    |
/// | `Pack::fma_halves<L, H>(a,b,c)` | Pack | fma(a, b, c) in the halves that are true, c in the other             |
/// | `a.store_high<N>(p)`            |      | the first N lanes of the upper half                                  |
template <class Pack>
concept pair_pack = pack<Pack> && Pack::lanes == 16 && requires(const float* from, float* to, const Pack a) {
  { Pack::load_twice(from) } noexcept -> std::same_as<Pack>;
  { Pack::template load_halves<1U>(from, from) } noexcept -> std::same_as<Pack>;
  { a.template spread<0>() } noexcept -> std::same_as<Pack>;
  { Pack::template fma_halves<true, false>(a, a, a) } noexcept -> std::same_as<Pack>;
  { a.template store_high<1>(to) } noexcept;
};

/// A pack whose lanes can be factors, where the processor multiplies by a lane as fast as by a register: an input need
/// not be spread over a register of its own. Not required of a pack.
///
/// | Expression                      | Type | Semantics                                                            |
/// |---------------------------------|------|----------------------------------------------------------------------|
/// | `a.template fma_lane<N>(b, c)`  | Pack | fma(x, b, c) with x lane N of a in every lane                        |
template <class Pack>
concept lane_pack = pack<Pack> && requires(const Pack a) {
  { a.template fma_lane<0>(a, a) } noexcept -> std::same_as<Pack>;
};

/// A pack whose loads and stores move their pointer on for nothing, where the processor has no address with an offset
/// for them and few registers: all of it stays in the order in which it is written. Not required of a pack.
///
/// | Expression                      | Type | Semantics                                                            |
/// |---------------------------------|------|----------------------------------------------------------------------|
/// | `Pack::load_next(p)`            | Pack | load(p), and p moves on by `lanes` floats                            |
/// | `Pack::fill_next(p)`            | Pack | fill(*p), and p moves on by a float                                  |
/// | `a.store_next(q)`               |      | a.store(q), and q moves on by `lanes` floats                         |
/// | `Pack::fma_next(a, b, c)`       | Pack | fma(a, b, c)                                                         |
template <class Pack>
concept stream_pack = pack<Pack> && requires(const float*& from, float*& to, const Pack a) {
  { Pack::load_next(from) } noexcept -> std::same_as<Pack>;
  { Pack::fill_next(from) } noexcept -> std::same_as<Pack>;
  { a.store_next(to) } noexcept;
  { Pack::fma_next(a, a, a) } noexcept -> std::same_as<Pack>;
};

// Layers are called divide and sqrt too. Kernels mean the functions of their packs: with any function of the name in
// sight, the argument decides.
namespace kernels {
void divide();
void sqrt();
}  // namespace kernels

}  // namespace cleave
#endif
// ---- cleave/layers/arithmetic.hpp -----------------------------------------------------------------------------------
#ifndef CLEAVE_LAYERS_ARITHMETIC_HPP
#define CLEAVE_LAYERS_ARITHMETIC_HPP

/// @file
/// Element by element arithmetic of two tensors. The second may be of the same shape, or 1 x 1 x channels, or height x
/// width x 1, or one element.

// Behind this, packs find their own divide whatever else bears the name.

namespace cleave {

namespace detail {

constexpr layer_record arithmetic_record(op kind, label with, label name, label from) {
  layer_record record;
  record.kind = kind;
  record.name = name;
  record.from = {from, with};
  record.arity = 2;
  return record;
}

}  // namespace detail

constexpr inference infer_arithmetic(shape first, shape second) noexcept {
  const bool fits = second == first || second == shape{1, 1, first.channels} ||
                    second == shape{first.height, first.width, 1} || second == shape{1, 1, 1};
  if (!fits) return refused(need::inputs_of_equal_shape_or_one_per_channel);
  inference result;
  result.out = first;
  return result;
}

/// from + with.
struct add {
  label with;
  label name{};
  label from{};

  constexpr operator layer_record() const { return detail::arithmetic_record(op::add, with, name, from); }
};

/// from - with.
struct subtract {
  label with;
  label name{};
  label from{};

  constexpr operator layer_record() const { return detail::arithmetic_record(op::subtract, with, name, from); }
};

/// from * with.
struct multiply {
  label with;
  label name{};
  label from{};

  constexpr operator layer_record() const { return detail::arithmetic_record(op::multiply, with, name, from); }
};

/// from / with.
struct divide {
  label with;
  label name{};
  label from{};

  constexpr operator layer_record() const { return detail::arithmetic_record(op::divide, with, name, from); }
};

/// The larger of from and with.
struct maximum {
  label with;
  label name{};
  label from{};

  constexpr operator layer_record() const { return detail::arithmetic_record(op::maximum, with, name, from); }
};

/// The smaller of from and with.
struct minimum {
  label with;
  label name{};
  label from{};

  constexpr operator layer_record() const { return detail::arithmetic_record(op::minimum, with, name, from); }
};

/// from to the power of with; of a negative from, only where with is whole.
struct power {
  label with;
  label name{};
  label from{};

  constexpr operator layer_record() const { return detail::arithmetic_record(op::power, with, name, from); }
};

}  // namespace cleave
#endif
// ---- cleave/core/choices.hpp ----------------------------------------------------------------------------------------
#ifndef CLEAVE_CORE_CHOICES_HPP
#define CLEAVE_CORE_CHOICES_HPP

/// @file
/// Choices that layers offer and kernels are keyed by. Names are those of the ONNX operators and their attributes.

namespace cleave {

/// A direction in a tensor.
enum class axis : std::uint8_t { channels, height, width };

/// What becomes of the numbers x of a pixel.
enum class reduction : std::uint8_t {
  mean,
  sum,
  max,
  min,
  product,
  l1,           ///< sum of |x|
  l2,           ///< square root of the sum of squares
  sum_square,   ///< sum of squares
  log_sum,      ///< log(sum)
  log_sum_exp,  ///< log(sum of exp x), without overflow
};

/// How a resized tensor is made: of the nearest element, or of the two (along each axis) around.
enum class resize_mode : std::uint8_t { nearest, linear };

/// Where along an axis output element i lies in the input, with scale = output size / input size unless given.
enum class resize_coordinates : std::uint8_t {
  half_pixel,            ///< (i + 1/2) / scale - 1/2
  asymmetric,            ///< i / scale
  align_corners,         ///< i (input size - 1) / (output size - 1)
  pytorch_half_pixel,    ///< half_pixel, but 0 where the output has one element
  tf_half_pixel_for_nn,  ///< (i + 1/2) / scale
};

/// Which element is the nearest one.
enum class resize_rounding : std::uint8_t {
  round_prefer_floor,  ///< the lower one where both are as near
  round_prefer_ceil,   ///< the upper one where both are as near
  floor,
  ceil,
};

}  // namespace cleave
#endif
// ---- cleave/layers/arrange.hpp --------------------------------------------------------------------------------------
#ifndef CLEAVE_LAYERS_ARRANGE_HPP
#define CLEAVE_LAYERS_ARRANGE_HPP

/// @file
/// Layers that move elements and compute nothing: concat, pad, upsample; flatten, reshape and dropout, which only
/// rename memory.

namespace cleave {

/// The channels of `from`, then those of `with[0]`, `with[1]`, ..., at every pixel; or rows below rows, or columns
/// beside columns (ONNX Concat).
struct concat {
  std::array<label, max_inputs - 1> with;
  cleave::axis axis = cleave::axis::channels;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    layer_record record;
    record.kind = op::concat;
    record.integers[0] = static_cast<int>(axis);
    record.name = name;
    record.from[0] = from;
    record.arity = 1;
    for (const label other : with) {
      if (!other.empty()) record.from[static_cast<std::size_t>(record.arity++)] = other;
    }
    return record;
  }

  static constexpr inference infer(const layer_record& record, std::span<const shape> in) noexcept {
    const auto along = static_cast<cleave::axis>(record.integers[0]);
    inference result;
    result.out = in[0];
    for (const shape other : in.subspan(1)) {
      const bool rows = along == cleave::axis::height || other.height == in[0].height;
      const bool columns = along == cleave::axis::width || other.width == in[0].width;
      const bool depth = along == cleave::axis::channels || other.channels == in[0].channels;
      if (along == cleave::axis::channels && !(rows && columns)) return refused(need::inputs_of_equal_height_and_width);
      if (!rows || !columns || !depth) return refused(need::inputs_that_differ_along_the_axis_only);
      if (along == cleave::axis::height) result.out.height += other.height;
      if (along == cleave::axis::width) result.out.width += other.width;
      if (along == cleave::axis::channels) result.out.channels += other.channels;
    }
    return result;
  }
};

/// All elements as one row of channels, in NHWC order. Costs nothing.
struct flatten {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    layer_record record;
    record.kind = op::flatten;
    record.name = name;
    record.from = {from};
    return record;
  }

  static constexpr inference infer(shape in, dtype type) noexcept {
    inference result;
    result.out = {1, 1, static_cast<int>(in.size())};
    result.type = type;
    return result;
  }
};

/// The same elements, in NHWC order, under another shape. Costs nothing.
struct reshape {
  int height = 1;
  int width = 1;
  int channels = 1;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    layer_record record;
    record.kind = op::reshape;
    record.given = {height, width, channels};
    record.name = name;
    record.from = {from};
    return record;
  }

  static constexpr inference infer(const layer_record& record, shape in, dtype type) noexcept {
    if (record.given.height <= 0 || record.given.width <= 0 || record.given.channels <= 0) {
      return refused(need::positive_sizes);
    }
    if (record.given.size() != in.size()) return refused(need::as_many_elements_as_it_receives);
    inference result;
    result.out = record.given;
    result.type = type;
    return result;
  }
};

/// Nothing: dropout only acts in training. Costs nothing.
struct dropout {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    layer_record record;
    record.kind = op::dropout;
    record.name = name;
    record.from = {from};
    return record;
  }
};

/// Rows and columns of `value` around the tensor (ONNX Pad, mode constant), and `interior` of them between any two of
/// its rows and columns.
struct pad {
  cleave::padding padding;
  float value = 0;
  extent interior = 0;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    layer_record record;
    record.kind = op::pad;
    record.pad = padding;
    record.dilation = {interior.height + 1, interior.width + 1};
    record.numbers = {value, 0, 0};
    record.name = name;
    record.from = {from};
    return record;
  }

  static constexpr inference infer(const layer_record& record, shape in) noexcept {
    const auto& border = record.pad;
    if (border.automatic || border.top < 0 || border.left < 0 || border.bottom < 0 || border.right < 0 ||
        record.dilation.height <= 0 || record.dilation.width <= 0) {
      return refused(need::positive_sizes);
    }
    inference result;
    result.out = {(in.height - 1) * record.dilation.height + 1 + border.top + border.bottom,
                  (in.width - 1) * record.dilation.width + 1 + border.left + border.right, in.channels};
    result.pad = border;
    return result;
  }
};

/// Every pixel repeated `factor` times down and across (ONNX Resize, nearest, whole factors).
struct upsample {
  extent factor;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    layer_record record;
    record.kind = op::upsample;
    record.kernel = factor;
    record.name = name;
    record.from = {from};
    return record;
  }

  static constexpr inference infer(const layer_record& record, shape in) noexcept {
    if (record.kernel.height <= 0 || record.kernel.width <= 0) return refused(need::positive_sizes);
    inference result;
    result.out = {in.height * record.kernel.height, in.width * record.kernel.width, in.channels};
    return result;
  }
};

}  // namespace cleave
#endif
// ---- cleave/layers/window.hpp ---------------------------------------------------------------------------------------
#ifndef CLEAVE_LAYERS_WINDOW_HPP
#define CLEAVE_LAYERS_WINDOW_HPP

/// @file
/// The output size of a sliding window, as the ONNX operators define it.

namespace cleave {

/// Sizes along one axis, in elements.
struct window_axis {
  int input = 1;
  int kernel = 1;
  int stride = 1;
  int dilation = 1;
  int before = 0;
  int after = 0;
  bool automatic = false;
  bool ceil_mode = false;
};

/// The resolved padding and the output size along one axis; `out` is 0 where the window does not fit.
struct window_fit {
  int before = 0;
  int after = 0;
  int out = 0;
};

constexpr window_fit fit_window(window_axis axis) noexcept {
  const int reach = (axis.kernel - 1) * axis.dilation + 1;
  window_fit fit{axis.before, axis.after, 0};
  if (axis.automatic) {
    fit.out = ceil_div(axis.input, axis.stride);
    const int total = std::max((fit.out - 1) * axis.stride + reach - axis.input, 0);
    fit.before = total / 2;
    fit.after = total - fit.before;
    return fit;
  }
  const int span = axis.input + axis.before + axis.after - reach;
  if (span < 0) return fit;
  fit.out = span / axis.stride + 1;
  if (axis.ceil_mode) {
    fit.out = ceil_div(span, axis.stride) + 1;
    // A window that would start in the padding behind the input is dropped (ONNX and PyTorch alike).
    if ((fit.out - 1) * axis.stride >= axis.input + axis.before) --fit.out;
  }
  return fit;
}

/// The output of a window of `record` over `in` with `channels` channels.
constexpr inference infer_window(const layer_record& record, shape in, int channels) noexcept {
  const auto positive = [](extent size) { return size.height > 0 && size.width > 0; };
  if (!positive(record.kernel) || !positive(record.stride) || !positive(record.dilation) || channels <= 0 ||
      record.pad.top < 0 || record.pad.left < 0 || record.pad.bottom < 0 || record.pad.right < 0) {
    return refused(need::positive_sizes);
  }
  const window_fit rows = fit_window({in.height, record.kernel.height, record.stride.height, record.dilation.height,
                                      record.pad.top, record.pad.bottom, record.pad.automatic, record.ceil_mode});
  const window_fit columns = fit_window({in.width, record.kernel.width, record.stride.width, record.dilation.width,
                                         record.pad.left, record.pad.right, record.pad.automatic, record.ceil_mode});
  if (rows.out <= 0 || columns.out <= 0) return refused(need::a_window_within_the_padded_input);
  inference result;
  result.out = {rows.out, columns.out, channels};
  result.pad = {rows.before, columns.before, rows.after, columns.after};
  return result;
}

}  // namespace cleave
#endif
// ---- cleave/layers/conv2d.hpp ---------------------------------------------------------------------------------------
#ifndef CLEAVE_LAYERS_CONV2D_HPP
#define CLEAVE_LAYERS_CONV2D_HPP

/// @file
/// Convolutions: shared weights (ONNX Conv), one filter a channel, and untied weights.

namespace cleave {

/// A 2-D convolution with bias. Weights in ONNX order are [channels][in / groups][kernel height][kernel width].
struct conv2d {
  int channels;
  extent kernel;
  extent stride = 1;
  cleave::padding padding = 0;
  extent dilation = 1;
  int groups = 1;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    layer_record record;
    record.kind = op::conv2d;
    record.channels = channels;
    record.kernel = kernel;
    record.stride = stride;
    record.pad = padding;
    record.dilation = dilation;
    record.groups = groups;
    record.name = name;
    record.from = {from};
    return record;
  }

  static constexpr inference infer(const layer_record& record, shape in) noexcept {
    if (record.groups <= 0) return refused(need::positive_sizes);
    if (in.channels % record.groups != 0 || record.channels % record.groups != 0) {
      return refused(need::channels_that_are_a_multiple_of_groups);
    }
    inference result = infer_window(record, in, record.channels);
    result.groups = record.groups;
    result.multiply_adds = result.out.size() * static_cast<std::uint64_t>(record.kernel.height) *
                           static_cast<std::uint64_t>(record.kernel.width) *
                           static_cast<std::uint64_t>(in.channels / record.groups);
    return result;
  }
};

/// A convolution of every channel by itself, `multiplier` filters a channel (the same as conv2d with as many groups
/// as channels).
struct depthwise_conv2d {
  extent kernel;
  extent stride = 1;
  cleave::padding padding = 0;
  extent dilation = 1;
  int multiplier = 1;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    layer_record record;
    record.kind = op::depthwise_conv2d;
    record.channels = multiplier;
    record.kernel = kernel;
    record.stride = stride;
    record.pad = padding;
    record.dilation = dilation;
    record.name = name;
    record.from = {from};
    return record;
  }

  static constexpr inference infer(const layer_record& record, shape in) noexcept {
    inference result = infer_window(record, in, record.channels * in.channels);
    result.groups = in.channels;
    result.multiply_adds = result.out.size() * static_cast<std::uint64_t>(record.kernel.height) *
                           static_cast<std::uint64_t>(record.kernel.width);
    return result;
  }
};

/// A convolution whose weights are untied: every output pixel has filters and biases of its own (DeepFace, 2014).
struct locally_connected2d {
  int channels;
  extent kernel;
  extent stride = 1;
  cleave::padding padding = 0;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    layer_record record;
    record.kind = op::locally_connected2d;
    record.channels = channels;
    record.kernel = kernel;
    record.stride = stride;
    record.pad = padding;
    record.name = name;
    record.from = {from};
    return record;
  }

  static constexpr inference infer(const layer_record& record, shape in) noexcept {
    inference result = infer_window(record, in, record.channels);
    result.multiply_adds = result.out.size() * static_cast<std::uint64_t>(record.kernel.height) *
                           static_cast<std::uint64_t>(record.kernel.width) * static_cast<std::uint64_t>(in.channels);
    return result;
  }
};

}  // namespace cleave
#endif
// ---- cleave/layers/dense.hpp ----------------------------------------------------------------------------------------
#ifndef CLEAVE_LAYERS_DENSE_HPP
#define CLEAVE_LAYERS_DENSE_HPP

/// @file
/// The fully connected layer (ONNX Gemm).

namespace cleave {

/// Every output is a weighted sum of all elements of the input, in NHWC order, plus a bias. Gives 1 x 1 x units.
struct dense {
  int units;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    layer_record record;
    record.kind = op::dense;
    record.channels = units;
    record.name = name;
    record.from = {from};
    return record;
  }

  static constexpr inference infer(const layer_record& record, shape in) noexcept {
    if (record.channels <= 0) return refused(need::positive_sizes);
    inference result;
    result.out = {1, 1, record.channels};
    result.multiply_adds = in.size() * static_cast<std::uint64_t>(record.channels);
    return result;
  }
};

}  // namespace cleave
#endif
// ---- cleave/layers/input.hpp ----------------------------------------------------------------------------------------
#ifndef CLEAVE_LAYERS_INPUT_HPP
#define CLEAVE_LAYERS_INPUT_HPP

/// @file
/// Where tensors enter and leave a graph, and tensors that do not change.

namespace cleave {

/// A tensor that the caller gives, float32, NHWC. Inputs stand before all other layers and together are layer 0.
struct input {
  int height = 1;
  int width = 1;
  int channels = 1;
  label name{};

  constexpr operator layer_record() const {
    layer_record record;
    record.kind = op::input;
    record.given = {height, width, channels};
    record.name = name;
    record.arity = 0;
    return record;
  }

  static constexpr inference infer(const layer_record& record) noexcept {
    const shape given = record.given;
    if (given.height <= 0 || given.width <= 0 || given.channels <= 0) return refused(need::positive_sizes);
    inference result;
    result.out = given;
    return result;
  }
};

/// A tensor of trained numbers, in the order of its elements. It reads no layer.
struct constant {
  int height = 1;
  int width = 1;
  int channels = 1;
  label name{};

  constexpr operator layer_record() const {
    layer_record record = input{height, width, channels, name};
    record.kind = op::constant;
    return record;
  }
};

/// Makes a tensor that other layers use an answer of the network as well. A tensor that no layer uses is an answer
/// without it.
struct output {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    layer_record record;
    record.kind = op::output;
    record.name = name;
    record.from = {from};
    return record;
  }

  static constexpr inference infer(const layer_record&, shape in, dtype type) noexcept {
    inference result;
    result.out = in;
    result.type = type;
    return result;
  }
};

}  // namespace cleave
#endif
// ---- cleave/simd/scalar_pack.hpp ------------------------------------------------------------------------------------
#ifndef CLEAVE_SIMD_SCALAR_PACK_HPP
#define CLEAVE_SIMD_SCALAR_PACK_HPP

/// @file
/// A pack of one float: the pack of microcontrollers, and the one that the others are tested against.

namespace cleave {

// Packs have a namespace of their own, because layers have the names of some of their functions.
namespace simd {

/// The square root, rounded as IEEE 754 demands. The built-in one goes to libm for errno where x is negative.
[[gnu::always_inline]] inline float square_root(float x) noexcept {
#if defined(__ARM_FP) && defined(__ARM_ARCH_PROFILE) && __ARM_ARCH_PROFILE == 'M'
  float root;
  asm("vsqrt.f32 %0, %1" : "=t"(root) : "t"(x));
  return root;
#else
  return __builtin_sqrtf(x);
#endif
}

/// One float. `Fused` tells what the target's own multiply-add does; it is part of the type so that
/// units compiled for different targets can be linked together.
template <bool Fused>
struct basic_scalar_pack {
  static constexpr std::size_t lanes = 1;
  static constexpr bool fused = Fused;
#if defined(__ARM_FP) || defined(__aarch64__)
  static constexpr int registers = 32;
#else
  static constexpr int registers = 16;
#endif
#if defined(__ARM_FP) && defined(__ARM_ARCH_PROFILE) && __ARM_ARCH_PROFILE == 'M'
  static constexpr bool single_issue = true;
#endif

  float value = 0;

  [[gnu::always_inline]] static basic_scalar_pack load(const float* from) noexcept { return {*from}; }
  template <int Count>
  [[gnu::always_inline]] static basic_scalar_pack load_first(const float* from) noexcept {
    static_assert(Count == 1);
    return {*from};
  }
  [[gnu::always_inline]] static basic_scalar_pack fill(float value) noexcept { return {value}; }
  [[gnu::always_inline]] void store(float* to) const noexcept { *to = value; }
  template <int Count>
  [[gnu::always_inline]] void store_first(float* to) const noexcept {
    static_assert(Count == 1);
    *to = value;
  }

  [[gnu::always_inline]] friend basic_scalar_pack operator+(basic_scalar_pack a, basic_scalar_pack b) noexcept {
    return {a.value + b.value};
  }
  [[gnu::always_inline]] friend basic_scalar_pack operator-(basic_scalar_pack a, basic_scalar_pack b) noexcept {
    return {a.value - b.value};
  }
  [[gnu::always_inline]] friend basic_scalar_pack operator*(basic_scalar_pack a, basic_scalar_pack b) noexcept {
    return {a.value * b.value};
  }
  [[gnu::always_inline]] friend basic_scalar_pack fma(basic_scalar_pack a, basic_scalar_pack b,
                                                      basic_scalar_pack c) noexcept {
    if constexpr (Fused) return {__builtin_fmaf(a.value, b.value, c.value)};
    return {a.value * b.value + c.value};
  }
#if defined(__ARM_FEATURE_FMA) && defined(__ARM_ARCH_PROFILE) && __ARM_ARCH_PROFILE == 'M'
  // Written out, so that the sum stays in its register: in unrolled loops g++ 12 gives each partial sum another one,
  // and moves them back at the end of the loop, 6 of 150 instructions (1x1 convolution, Cortex-M4).
  [[gnu::always_inline]] static basic_scalar_pack fma_scalar(float x, basic_scalar_pack b,
                                                             basic_scalar_pack c) noexcept {
    asm("vfma.f32 %0, %1, %2" : "+t"(c.value) : "t"(x), "t"(b.value));
    return c;
  }
#endif
  [[gnu::always_inline]] friend basic_scalar_pack divide(basic_scalar_pack a, basic_scalar_pack b) noexcept {
    return {a.value / b.value};
  }
  [[gnu::always_inline]] friend basic_scalar_pack sqrt(basic_scalar_pack a) noexcept { return {square_root(a.value)}; }
  [[gnu::always_inline]] friend basic_scalar_pack max(basic_scalar_pack a, basic_scalar_pack b) noexcept {
    return {a.value > b.value ? a.value : b.value};
  }
  [[gnu::always_inline]] friend basic_scalar_pack min(basic_scalar_pack a, basic_scalar_pack b) noexcept {
    return {a.value < b.value ? a.value : b.value};
  }
  [[gnu::always_inline]] friend basic_scalar_pack abs(basic_scalar_pack a) noexcept {
    return {__builtin_fabsf(a.value)};
  }
  [[gnu::always_inline]] friend basic_scalar_pack select_greater(basic_scalar_pack a, basic_scalar_pack b,
                                                                 basic_scalar_pack yes, basic_scalar_pack no) noexcept {
    return a.value > b.value ? yes : no;
  }
  [[gnu::always_inline]] friend basic_scalar_pack round_even(basic_scalar_pack a) noexcept {
    constexpr float magic = 12582912.0f;  // 1.5 * 2^23: its unit in the last place is 1
    return {(a.value + magic) - magic};
  }
  [[gnu::always_inline]] friend basic_scalar_pack power_of_two(basic_scalar_pack n) noexcept {
    const auto biased = std::bit_cast<std::uint32_t>(n.value + (8388608.0f + 127.0f));
    return {std::bit_cast<float>(biased << 23)};
  }
  [[gnu::always_inline]] friend basic_scalar_pack split_exponent(basic_scalar_pack a,
                                                                 basic_scalar_pack& mantissa) noexcept {
    const auto bits = std::bit_cast<std::uint32_t>(a.value);
    mantissa.value = std::bit_cast<float>((bits & 0x007fffffu) | 0x3f800000u);
    return {std::bit_cast<float>((bits >> 23) | 0x4b000000u) - (8388608.0f + 127.0f)};
  }
  [[gnu::always_inline]] friend float reduce_max(basic_scalar_pack a) noexcept { return a.value; }
};

}  // namespace simd

using simd::basic_scalar_pack;

/// One float, with the target's fused multiply-add where it has one. Without one, the product and the
/// sum are rounded separately (a call into the C library would fuse, at a hundred times the cost).
#if defined(__FMA__) || defined(__ARM_FEATURE_FMA)
using scalar_pack = basic_scalar_pack<true>;
#else
using scalar_pack = basic_scalar_pack<false>;
#endif

static_assert(pack<scalar_pack>);

}  // namespace cleave
#endif
// ---- cleave/layers/layer.hpp ----------------------------------------------------------------------------------------
#ifndef CLEAVE_LAYERS_LAYER_HPP
#define CLEAVE_LAYERS_LAYER_HPP

/// @file
/// The extension point for a user's own layers.

namespace cleave {

/// A tensor that a layer reads: float32, NHWC, `dims.size()` elements.
struct tensor_view {
  const float* data = nullptr;
  shape dims{};
};

/// What a layer gets when it is run.
struct layer_arguments {
  std::span<const tensor_view> inputs;
  float* output = nullptr;         ///< the whole output tensor, apart from all inputs
  shape dims{};                    ///< of the output
  const float* weights = nullptr;  ///< as many as `weight_count` said, aligned to 64 bytes in the blob
  range rows{};                    ///< the output rows to compute; others are not touched
};

/// A layer that the library does not have. It is an aggregate that stands in a graph like any other, with its own
/// fields, then `name`, then `from` (and, for a second input, `with` among its own fields).
///
/// | expression              | type             | semantics                                                          |
/// |-------------------------|------------------|--------------------------------------------------------------------|
/// | `Layer::kind`           | std::string_view | what the layer is, part of the graph's fingerprint                 |
/// | `l.name`, `l.from`      | label            | as in every layer                                                  |
/// | `l.infer(shapes)`       | inference        | constexpr: the output's shape, or `refused(need::...)`             |
/// | `l.weight_count(shapes)`| std::size_t      | constexpr: floats of trained weights, 0 for none                   |
/// | `l.template run<P>(a)`  | void             | computes rows `a.rows` of the output with pack P; same bits for    |
/// |                         |                  | every pack and every division into rows                            |
///
/// Fields that change what is computed should change the fingerprint too: an optional constexpr member
/// `std::uint64_t fingerprint() const` is mixed in. The smallest conforming type is in
/// tests/archetypes/minimal_layer.hpp.
template <class Layer>
concept layer = std::copy_constructible<Layer> &&
                requires(const Layer& own, std::span<const shape> shapes, const layer_arguments& arguments) {
                  { Layer::kind } -> std::convertible_to<std::string_view>;
                  { own.name } -> std::convertible_to<label>;
                  { own.from } -> std::convertible_to<label>;
                  { own.infer(shapes) } noexcept -> std::same_as<inference>;
                  { own.weight_count(shapes) } noexcept -> std::same_as<std::size_t>;
                  { own.template run<scalar_pack>(arguments) } noexcept -> std::same_as<void>;
                };

/// The record of a user's own layer; the graph numbers it.
template <layer Layer>
constexpr layer_record custom_record(const Layer& own, int number) {
  layer_record record;
  record.kind = op::custom;
  record.custom = number;
  record.name = own.name;
  record.from[0] = own.from;
  if constexpr (requires { label{own.with}; }) {
    record.from[1] = own.with;
    record.arity = 2;
  }
  return record;
}

}  // namespace cleave
#endif
// ---- cleave/layers/math.hpp -----------------------------------------------------------------------------------------
#ifndef CLEAVE_LAYERS_MATH_HPP
#define CLEAVE_LAYERS_MATH_HPP

/// @file
/// Layers that apply one function of mathematics to every element (ONNX Exp, Log, Sqrt, Neg, Abs, Reciprocal, Floor,
/// Ceil, Round, Sign, Sin, Cos, Erf, Pow).

// Behind this, packs find their own sqrt whatever else bears the name.

namespace cleave {

/// e^x.
struct exp {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::exp, {activation_kind::exp, 0.0F, 0.0F, 0.0F}, name, from);
  }
};

/// The natural logarithm.
struct log {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::log, {activation_kind::log, 0.0F, 0.0F, 0.0F}, name, from);
  }
};

/// The square root.
struct sqrt {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::sqrt, {activation_kind::sqrt, 0.0F, 0.0F, 0.0F}, name, from);
  }
};

/// -x.
struct negate {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::negate, {activation_kind::negate, 0.0F, 0.0F, 0.0F}, name, from);
  }
};

/// |x|.
struct absolute {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::absolute, {activation_kind::absolute, 0.0F, 0.0F, 0.0F}, name, from);
  }
};

/// 1 / x.
struct reciprocal {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::reciprocal, {activation_kind::reciprocal, 0.0F, 0.0F, 0.0F}, name, from);
  }
};

/// The largest integer not above x.
struct floor {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::floor, {activation_kind::floor, 0.0F, 0.0F, 0.0F}, name, from);
  }
};

/// The smallest integer not below x.
struct ceil {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::ceil, {activation_kind::ceil, 0.0F, 0.0F, 0.0F}, name, from);
  }
};

/// The nearest integer, the even one where two are as near.
struct round {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::round, {activation_kind::round, 0.0F, 0.0F, 0.0F}, name, from);
  }
};

/// -1, 0 or 1.
struct sign {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::sign, {activation_kind::sign, 0.0F, 0.0F, 0.0F}, name, from);
  }
};

/// Of x in radians.
struct sine {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::sine, {activation_kind::sine, 0.0F, 0.0F, 0.0F}, name, from);
  }
};

/// Of x in radians.
struct cosine {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::cosine, {activation_kind::cosine, 0.0F, 0.0F, 0.0F}, name, from);
  }
};

/// The error function.
struct erf {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::erf, {activation_kind::erf, 0.0F, 0.0F, 0.0F}, name, from);
  }
};

/// x^exponent; of a negative x, only for whole exponents.
struct power_of {
  float exponent;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::power_of, {activation_kind::power_of, exponent, 0.0F, 0.0F}, name, from);
  }
};

}  // namespace cleave
#endif
// ---- cleave/layers/normalization.hpp --------------------------------------------------------------------------------
#ifndef CLEAVE_LAYERS_NORMALIZATION_HPP
#define CLEAVE_LAYERS_NORMALIZATION_HPP

/// @file
/// Normalisation with trained numbers a channel, across neighbouring channels, and across all of them.

namespace cleave {

/// (x - mean) / sqrt(variance + epsilon) * gamma + beta with trained numbers a channel (ONNX BatchNormalization, in
/// inference). Stored as one factor and one term a channel.
struct batch_normalization {
  float epsilon = 1e-5F;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    layer_record record;
    record.kind = op::batch_normalization;
    record.numbers = {epsilon, 0, 0};
    record.name = name;
    record.from = {from};
    return record;
  }
};

/// x / (bias + alpha / size * sum of squares over `size` channels around)^beta (ONNX LRN; AlexNet, 2012).
struct local_response_normalization {
  int size;
  float alpha = 1e-4F;
  float beta = 0.75F;
  float bias = 1.0F;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    layer_record record;
    record.kind = op::local_response_normalization;
    record.channels = size;
    record.numbers = {alpha, beta, bias};
    record.name = name;
    record.from = {from};
    return record;
  }
};

/// (x - mean) / sqrt(variance + epsilon) over the channels of each pixel; without `center`, x / sqrt(mean square +
/// epsilon). Factor and term follow as `multiply` and `add` (ONNX LayerNormalization on the channel axis).
struct normalize {
  float epsilon = 1e-5F;
  bool center = true;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    layer_record record;
    record.kind = op::normalize;
    record.numbers = {epsilon, 0, 0};
    record.integers[0] = center ? 1 : 0;
    record.name = name;
    record.from = {from};
    return record;
  }
};

}  // namespace cleave
#endif
// ---- cleave/layers/pool.hpp -----------------------------------------------------------------------------------------
#ifndef CLEAVE_LAYERS_POOL_HPP
#define CLEAVE_LAYERS_POOL_HPP

/// @file
/// Pooling over a window (ONNX MaxPool, AveragePool) and over everything (GlobalMaxPool, GlobalAveragePool).

namespace cleave {

/// The largest element of each window and channel. The stride is the window's size unless given.
struct max_pool {
  extent kernel;
  extent stride = kernel;
  cleave::padding padding = 0;
  extent dilation = 1;
  bool ceil_mode = false;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    layer_record record;
    record.kind = op::max_pool;
    record.kernel = kernel;
    record.stride = stride;
    record.pad = padding;
    record.dilation = dilation;
    record.ceil_mode = ceil_mode;
    record.name = name;
    record.from = {from};
    return record;
  }

  static constexpr inference infer(const layer_record& record, shape in) noexcept {
    const inference result = infer_window(record, in, in.channels);
    // A window that lies wholly in the padding would have no largest element.
    const auto reach = [&](int kernel_size, int step) { return (kernel_size - 1) * step + 1; };
    if (result.needs == need::nothing && (result.pad.top >= reach(record.kernel.height, record.dilation.height) ||
                                          result.pad.left >= reach(record.kernel.width, record.dilation.width) ||
                                          result.pad.bottom >= reach(record.kernel.height, record.dilation.height) ||
                                          result.pad.right >= reach(record.kernel.width, record.dilation.width))) {
      return refused(need::padding_smaller_than_the_window);
    }
    return result;
  }
};

/// The mean of each window and channel; padding counts as elements of value 0 only with `count_include_pad`.
struct average_pool {
  extent kernel;
  extent stride = kernel;
  cleave::padding padding = 0;
  bool ceil_mode = false;
  bool count_include_pad = false;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    layer_record record;
    record.kind = op::average_pool;
    record.kernel = kernel;
    record.stride = stride;
    record.pad = padding;
    record.ceil_mode = ceil_mode;
    record.count_include_pad = count_include_pad;
    record.name = name;
    record.from = {from};
    return record;
  }

  static constexpr inference infer(const layer_record& record, shape in) noexcept {
    return max_pool::infer(record, in);
  }
};

/// The largest element of each channel. Gives 1 x 1 x channels.
struct global_max_pool {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    layer_record record;
    record.kind = op::global_max_pool;
    record.name = name;
    record.from = {from};
    return record;
  }

  static constexpr inference infer(const layer_record&, shape in) noexcept {
    inference result;
    result.out = {1, 1, in.channels};
    return result;
  }
};

/// The mean of each channel. Gives 1 x 1 x channels.
struct global_average_pool {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    layer_record record;
    record.kind = op::global_average_pool;
    record.name = name;
    record.from = {from};
    return record;
  }

  static constexpr inference infer(const layer_record& record, shape in) noexcept {
    return global_max_pool::infer(record, in);
  }
};

}  // namespace cleave
#endif
// ---- cleave/layers/rearrange.hpp ------------------------------------------------------------------------------------
#ifndef CLEAVE_LAYERS_REARRANGE_HPP
#define CLEAVE_LAYERS_REARRANGE_HPP

/// @file
/// Layers that read elements in another order: rearrange, which can take any, and transpose and slice, which say more
/// of what they do.

namespace cleave {

/// Any choice of elements in any order: output element [i0][i1]... of `dims` is input element `offset` + i0 strides[0]
/// + i1 strides[1] + ... . Strides may be 0, to repeat, and negative, to reverse.
struct rearrange {
  int height = 1;
  int width = 1;
  int channels = 1;
  std::array<int, max_dimensions> dims;
  std::array<int, max_dimensions> strides;
  int offset = 0;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    layer_record record;
    record.kind = op::rearrange;
    record.given = {height, width, channels};
    for (std::size_t i = 0; i < max_dimensions; ++i) {
      record.integers[i] = dims[i];
      record.integers[max_dimensions + i] = strides[i];
    }
    record.integers[2 * max_dimensions] = offset;
    record.name = name;
    record.from = {from};
    return record;
  }

  static constexpr element_order order(const layer_record& record) noexcept {
    element_order result;
    for (std::size_t i = 0; i < max_dimensions; ++i) {
      result.sizes[i] = record.integers[i];
      result.steps[i] = record.integers[max_dimensions + i];
    }
    result.offset = record.integers[2 * max_dimensions];
    return result;
  }

  static constexpr inference infer(const layer_record& record, shape in, dtype type) noexcept {
    const element_order elements = order(record);
    const shape out = record.given;
    if (out.height <= 0 || out.width <= 0 || out.channels <= 0 || elements.count() != out.size()) {
      return refused(need::positive_sizes);
    }
    if (!elements.lies_within(in.size())) return refused(need::elements_within_its_input);
    inference result;
    result.out = out;
    result.type = type;
    return result;
  }
};

/// Directions in another order (ONNX Transpose): the input is read as `dims`, by default its height, width and
/// channels; direction i of the output is direction `permutation[i]` of the input. The output's last two are its width
/// and channels, those before together its height.
struct transpose {
  std::array<int, max_dimensions> dims{};
  std::array<int, max_dimensions> permutation;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    layer_record record;
    record.kind = op::transpose;
    for (std::size_t i = 0; i < max_dimensions; ++i) {
      record.integers[i] = dims[i];
      record.integers[max_dimensions + i] = permutation[i];
    }
    record.name = name;
    record.from = {from};
    return record;
  }

  /// Requires: `infer` accepts.
  static constexpr element_order order(const layer_record& record, shape in) noexcept {
    const element_order given = read_as(record, in);
    element_order result;
    const std::size_t rank = given.rank();
    for (std::size_t i = 0; i < rank; ++i) {
      const auto source = static_cast<std::size_t>(given.steps[i]);
      result.sizes[i] = given.sizes[source];
      result.steps[i] = 1;
      for (std::size_t k = source + 1; k < rank; ++k) result.steps[i] *= given.sizes[k];
    }
    return result;
  }

  static constexpr inference infer(const layer_record& record, shape in, dtype type) noexcept {
    const element_order given = read_as(record, in);
    if (given.count() != in.size()) return refused(need::as_many_elements_as_it_receives);
    const std::size_t rank = given.rank();
    std::array<bool, max_dimensions> seen{};
    for (std::size_t i = 0; i < rank; ++i) {
      const int source = given.steps[i];
      if (source < 0 || source >= static_cast<int>(rank) || seen[static_cast<std::size_t>(source)]) {
        return refused(need::a_permutation_of_its_dimensions);
      }
      seen[static_cast<std::size_t>(source)] = true;
    }
    const element_order moved = order(record, in);
    inference result;
    result.type = type;
    result.out.channels = moved.sizes[rank - 1];
    if (rank > 1) result.out.width = moved.sizes[rank - 2];
    for (std::size_t i = 0; i + 2 < rank; ++i) result.out.height *= moved.sizes[i];
    return result;
  }

 private:
  /// Sizes of the input's directions, and the permutation in place of steps.
  static constexpr element_order read_as(const layer_record& record, shape in) noexcept {
    element_order given = rearrange::order(record);
    if (given.rank() == 0) given.sizes = {in.height, in.width, in.channels};
    return given;
  }
};

/// Some rows, columns and channels (ONNX Slice, Split): `size` of them from `begin` on, `step` apart; a size of 0 takes
/// all there are. Each has three numbers: height, width, channels. A negative step goes backwards.
struct slice {
  std::array<int, 3> begin{};
  std::array<int, 3> size{};
  std::array<int, 3> step{1, 1, 1};
  label name{};
  label from{};

  constexpr operator layer_record() const {
    layer_record record;
    record.kind = op::slice;
    for (std::size_t i = 0; i < 3; ++i) {
      record.integers[i] = begin[i];
      record.integers[3 + i] = size[i];
      record.integers[6 + i] = step[i];
    }
    record.name = name;
    record.from = {from};
    return record;
  }

  /// Requires: `infer` accepts.
  static constexpr element_order order(const layer_record& record, shape in) noexcept {
    const std::array<int, 3> apart{in.width * in.channels, in.channels, 1};
    element_order result;
    for (std::size_t i = 0; i < 3; ++i) {
      result.sizes[i] = size_along(record, in, i);
      result.steps[i] = record.integers[6 + i] * apart[i];
      result.offset += record.integers[i] * apart[i];
    }
    return result;
  }

  static constexpr inference infer(const layer_record& record, shape in, dtype type) noexcept {
    const std::array<int, 3> there{in.height, in.width, in.channels};
    for (std::size_t i = 0; i < 3; ++i) {
      const int first = record.integers[i];
      const int count = size_along(record, in, i);
      if (record.integers[6 + i] == 0 || record.integers[3 + i] < 0) return refused(need::positive_sizes);
      const long long end = first + static_cast<long long>(count - 1) * record.integers[6 + i];
      if (first < 0 || first >= there[i] || end < 0 || end >= there[i]) return refused(need::elements_within_its_input);
    }
    const element_order kept = order(record, in);
    inference result;
    result.out = {kept.sizes[0], kept.sizes[1], kept.sizes[2]};
    result.type = type;
    return result;
  }

 private:
  static constexpr int size_along(const layer_record& record, shape in, std::size_t direction) noexcept {
    const std::array<int, 3> there{in.height, in.width, in.channels};
    const int first = record.integers[direction];
    const int step = record.integers[6 + direction];
    if (record.integers[3 + direction] != 0 || step == 0) return record.integers[3 + direction];
    return step > 0 ? (there[direction] - 1 - first) / step + 1 : first / -step + 1;
  }
};

}  // namespace cleave
#endif
// ---- cleave/layers/recurrent.hpp ------------------------------------------------------------------------------------
#ifndef CLEAVE_LAYERS_RECURRENT_HPP
#define CLEAVE_LAYERS_RECURRENT_HPP

/// @file
/// Layers that run along the columns of a tensor and remember: every row is a sequence, every column a moment of it.

namespace cleave {

namespace detail {

constexpr layer_record recurrent_record(op kind, int units, bool linear_before_reset, bool initial_state, label name,
                                        label from) {
  layer_record record;
  record.kind = kind;
  record.channels = units;
  record.integers = {linear_before_reset ? 1 : 0, initial_state ? 1 : 0};
  record.name = name;
  record.from = {from};
  return record;
}

}  // namespace detail

/// Sums that a recurrent layer adds up for each unit and moment: one a gate.
constexpr int gates_of(op kind) noexcept { return kind == op::lstm ? 4 : kind == op::gru ? 3 : 1; }

/// The shape rule of recurrent layers: the state at every moment.
constexpr inference infer_recurrent(const layer_record& record, shape in) noexcept {
  if (record.channels <= 0) return refused(need::positive_sizes);
  inference result;
  result.out = {in.height, in.width, record.channels};
  result.multiply_adds = result.out.size() * static_cast<std::uint64_t>(gates_of(record.kind)) *
                         static_cast<std::uint64_t>(in.channels + record.channels);
  return result;
}

/// A long short-term memory (ONNX LSTM, forward, with its default activations). The state at first is 0, or with
/// `initial_state` trained numbers.
struct lstm {
  int units;
  bool initial_state = false;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::recurrent_record(op::lstm, units, false, initial_state, name, from);
  }
};

/// A gated recurrent unit (ONNX GRU, forward, with its default activations). PyTorch and Keras reset after the product:
/// `linear_before_reset`.
struct gru {
  int units;
  bool linear_before_reset = false;
  bool initial_state = false;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::recurrent_record(op::gru, units, linear_before_reset, initial_state, name, from);
  }
};

/// A recurrent layer without gates: tanh of the sum (ONNX RNN, forward, with its default activation).
struct rnn {
  int units;
  bool initial_state = false;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::recurrent_record(op::rnn, units, false, initial_state, name, from);
  }
};

}  // namespace cleave
#endif
// ---- cleave/layers/reduce.hpp ---------------------------------------------------------------------------------------
#ifndef CLEAVE_LAYERS_REDUCE_HPP
#define CLEAVE_LAYERS_REDUCE_HPP

/// @file
/// Layers that make one number of the channels of each pixel.

namespace cleave {

namespace detail {

constexpr layer_record reduction_record(op kind, int choice, label name, label from) {
  layer_record record;
  record.kind = kind;
  record.integers[0] = choice;
  record.name = name;
  record.from = {from};
  return record;
}

}  // namespace detail

/// The shape rule of layers that give one number a pixel.
constexpr inference infer_one_channel(shape in, dtype type) noexcept {
  inference result;
  result.out = {in.height, in.width, 1};
  result.type = type;
  return result;
}

/// The mean, or another reduction, of the channels of each pixel. Gives height x width x 1 (ONNX ReduceMean and its kin
/// on the channel axis).
struct reduce {
  reduction kind = reduction::mean;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::reduction_record(op::reduce, static_cast<int>(kind), name, from);
  }
};

/// The channel of the largest element of each pixel; where several are equal, the first one or with `last_index` the
/// last one (ONNX ArgMax on the channel axis). Gives int32.
struct argmax {
  bool last_index = false;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::reduction_record(op::argmax, last_index ? 1 : 0, name, from);
  }
};

/// The channel of the smallest element of each pixel, as `argmax` gives that of the largest (ONNX ArgMin).
struct argmin {
  bool last_index = false;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::reduction_record(op::argmin, last_index ? 1 : 0, name, from);
  }
};

}  // namespace cleave
#endif
// ---- cleave/layers/resize.hpp ---------------------------------------------------------------------------------------
#ifndef CLEAVE_LAYERS_RESIZE_HPP
#define CLEAVE_LAYERS_RESIZE_HPP

/// @file
/// Enlarging and shrinking rows and columns.

namespace cleave {

/// Another height and width (ONNX Resize). Scales are output size / input size unless given.
struct resize {
  int height;
  int width;
  resize_mode mode = resize_mode::nearest;
  resize_coordinates coordinates = resize_coordinates::half_pixel;
  resize_rounding rounding = resize_rounding::round_prefer_floor;
  float vertical_scale = 0;
  float horizontal_scale = 0;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    layer_record record;
    record.kind = op::resize;
    record.given = {height, width, 1};
    record.integers = {static_cast<int>(mode), static_cast<int>(coordinates), static_cast<int>(rounding)};
    record.numbers = {vertical_scale, horizontal_scale, 0};
    record.name = name;
    record.from = {from};
    return record;
  }

  static constexpr inference infer(const layer_record& record, shape in) noexcept {
    if (record.given.height <= 0 || record.given.width <= 0 || record.numbers[0] < 0 || record.numbers[1] < 0) {
      return refused(need::positive_sizes);
    }
    inference result;
    result.out = {record.given.height, record.given.width, in.channels};
    return result;
  }
};

}  // namespace cleave
#endif
// ---- cleave/layers/layers.hpp ---------------------------------------------------------------------------------------
#ifndef CLEAVE_LAYERS_LAYERS_HPP
#define CLEAVE_LAYERS_LAYERS_HPP

/// @file
/// All layers, and runs of layers for blocks that a network repeats.

namespace cleave {

/// Some layers one after another: what a function gives back that writes a repeated block of a network,
/// `constexpr auto block(int channels) { return cleave::layers{cleave::conv2d{...}, cleave::relu{}}; }`.
/// A label in a block means the nearest layer before of that name, so blocks can repeat theirs.
template <std::size_t Count, class Customs = std::tuple<>>
struct layers;

namespace detail {

template <class Item>
struct item_traits {
  static constexpr bool is_run = false;
  static constexpr std::size_t count = 1;
  static constexpr bool is_custom = !std::is_convertible_v<Item, layer_record> && layer<Item>;
  using customs = std::conditional_t<is_custom, std::tuple<Item>, std::tuple<>>;
};

template <std::size_t Count, class Customs>
struct item_traits<layers<Count, Customs>> {
  static constexpr bool is_run = true;
  static constexpr bool is_custom = false;
  static constexpr std::size_t count = Count;
  using customs = Customs;
};

template <class... Items>
inline constexpr std::size_t count_of = (std::size_t{0} + ... + item_traits<Items>::count);

template <class... Items>
using customs_of = decltype(std::tuple_cat(std::declval<typename item_traits<Items>::customs>()...));

template <class Item>
constexpr typename item_traits<Item>::customs customs_in(const Item& item) {
  if constexpr (item_traits<Item>::is_run) {
    return item.customs;
  } else if constexpr (item_traits<Item>::is_custom) {
    return typename item_traits<Item>::customs{item};
  } else {
    return {};
  }
}

/// Copies the records of `item` to `place`, and numbers its custom layers from `custom` on.
template <class Item>
constexpr void append(const Item& item, layer_record*& place, int& custom) {
  if constexpr (item_traits<Item>::is_run) {
    for (const layer_record& record : item.records) {
      *place = record;
      if (record.kind == op::custom) place->custom = custom++;
      ++place;
    }
  } else if constexpr (std::is_convertible_v<Item, layer_record>) {
    *place++ = static_cast<layer_record>(item);
  } else {
    static_assert(layer<Item>, "a graph is made of layers, of runs of layers, and of types that model cleave::layer");
    if constexpr (layer<Item>) *place++ = custom_record(item, custom++);
  }
}

}  // namespace detail

template <std::size_t Count, class Customs>
struct layers {
  std::array<layer_record, Count> records{};
  Customs customs{};

  /// To be filled record by record.
  constexpr layers() = default;
  template <class... Items>
  constexpr explicit layers(const Items&... items) : customs(std::tuple_cat(detail::customs_in(items)...)) {
    layer_record* place = records.data();
    int custom = 0;
    (detail::append(items, place, custom), ...);
  }
};

template <class... Items>
layers(const Items&...) -> layers<detail::count_of<Items...>, detail::customs_of<Items...>>;

}  // namespace cleave
#endif
// ---- cleave/graph/infer.hpp -----------------------------------------------------------------------------------------
#ifndef CLEAVE_GRAPH_INFER_HPP
#define CLEAVE_GRAPH_INFER_HPP

/// @file
/// The shape rule of any built-in layer, chosen by its kind.

namespace cleave {

/// The output of a built-in layer. `in` has one shape an input, `type` is that of the first.
constexpr inference infer(const layer_record& record, std::span<const shape> in, dtype type) noexcept {
  switch (record.kind) {
    case op::input: return input::infer(record);
    case op::output: return output::infer(record, in[0], type);
    case op::flatten: return flatten::infer(in[0], type);
    case op::reshape: return reshape::infer(record, in[0], type);
    case op::dropout: return output::infer(record, in[0], type);
    case op::constant: return input::infer(record);
    case op::rearrange: return rearrange::infer(record, in[0], type);
    case op::transpose: return transpose::infer(record, in[0], type);
    case op::slice: return slice::infer(record, in[0], type);
    default: break;
  }
  if (type != dtype::float32) return refused(need::float_elements);
  switch (record.kind) {
    case op::conv2d: return conv2d::infer(record, in[0]);
    case op::depthwise_conv2d: return depthwise_conv2d::infer(record, in[0]);
    case op::locally_connected2d: return locally_connected2d::infer(record, in[0]);
    case op::dense: return dense::infer(record, in[0]);
    case op::max_pool: return max_pool::infer(record, in[0]);
    case op::average_pool: return average_pool::infer(record, in[0]);
    case op::global_max_pool:
    case op::global_average_pool: return global_max_pool::infer(record, in[0]);
    case op::add:
    case op::subtract:
    case op::multiply:
    case op::divide:
    case op::maximum:
    case op::minimum:
    case op::power: return infer_arithmetic(in[0], in[1]);
    case op::concat: return concat::infer(record, in);
    case op::pad: return pad::infer(record, in[0]);
    case op::upsample: return upsample::infer(record, in[0]);
    case op::resize: return resize::infer(record, in[0]);
    case op::reduce: return infer_one_channel(in[0], dtype::float32);
    case op::argmax:
    case op::argmin: return infer_one_channel(in[0], dtype::int32);
    case op::lstm:
    case op::gru:
    case op::rnn: return infer_recurrent(record, in[0]);
    case op::local_response_normalization:
      return record.channels > 0 ? infer_unchanged(in[0]) : refused(need::positive_sizes);
    default: return infer_unchanged(in[0]);
  }
}

}  // namespace cleave
#endif
// ---- cleave/kernels/conv2d_shape.hpp --------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_CONV2D_SHAPE_HPP
#define CLEAVE_KERNELS_CONV2D_SHAPE_HPP

/// @file
/// What the kernels with weights are keyed by: sizes and epilogue, never the graph. Two layers of the same sizes share
/// their code.

namespace cleave::kernels {

/// Everything a convolution's code depends on. `pad` is resolved (never `same`); only its top and left matter here, the
/// rest follows from `out`. Structural, so that it can be a template argument.
struct conv2d_shape {
  shape in;
  shape out;
  extent kernel;
  extent stride = 1;
  extent dilation = 1;
  padding pad = 0;
  int groups = 1;
  epilogue post{};
  /// Channels of the tensor that the output is a part of, where it is written among other channels; 0: it stands alone.
  int among = 0;

  constexpr int group_inputs() const noexcept { return in.channels / groups; }
  constexpr int group_outputs() const noexcept { return out.channels / groups; }
  /// Floats from a pixel of the output to the next.
  constexpr int out_pixel() const noexcept { return among > 0 ? among : out.channels; }
  constexpr bool operator==(const conv2d_shape&) const = default;
};

/// True for a convolution whose groups have one input channel each; its weights are stored in another layout.
constexpr bool is_depthwise(const conv2d_shape& of) noexcept { return of.groups > 1 && of.groups == of.in.channels; }

/// True where the output fits no second level cache, so that lines to be written are worth asking for: where it is
/// nearer, that took 1 % longer.
constexpr bool has_far_output(const conv2d_shape& of) noexcept { return of.out.size() > 1000000; }

/// Everything a dense layer's code depends on.
struct dense_shape {
  int inputs;
  int outputs;
  epilogue post{};

  constexpr bool operator==(const dense_shape&) const = default;
};

}  // namespace cleave::kernels
#endif
// ---- cleave/kernels/weight_layout.hpp -------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_WEIGHT_LAYOUT_HPP
#define CLEAVE_KERNELS_WEIGHT_LAYOUT_HPP

/// @file
/// Where each weight and bias of a layer lies, in floats from the layer's first. Kernels, references, packer and
/// readers of blobs share these few lines. One layout serves every target: 16 channels are one AVX-512 register, two of
/// AVX, four of SSE and NEON, sixteen scalars, so nothing is repacked when weights are loaded.

namespace cleave::kernels {

/// Output channels in a block.
inline constexpr int block_width = 16;

/// Convolution and dense: for each group, for each block of 16 output channels, [kernel row][kernel column][input][16].
/// A group's last block is as wide as the channels left, rounded up to a multiple of 4. Behind the weights of all
/// groups come the biases, group by group, rounded up alike.
struct blocked_layout {
  extent kernel = 1;
  int inputs = 1;   ///< of a group
  int outputs = 1;  ///< of a group
  int groups = 1;

  /// Products that make one output: one weight each.
  constexpr std::size_t steps() const noexcept {
    return static_cast<std::size_t>(kernel.height) * static_cast<std::size_t>(kernel.width) *
           static_cast<std::size_t>(inputs);
  }
  /// A group's outputs with those that fill up its last block.
  constexpr int padded_outputs() const noexcept { return ceil_div(outputs, 4) * 4; }
  /// How many channels the block that holds `output` (of a group) has.
  constexpr int width_at(int output) const noexcept {
    const int rest = padded_outputs() - output / block_width * block_width;
    return rest < block_width ? rest : block_width;
  }
  constexpr std::size_t group_floats() const noexcept { return static_cast<std::size_t>(padded_outputs()) * steps(); }
  constexpr std::size_t biases() const noexcept { return static_cast<std::size_t>(groups) * group_floats(); }
  constexpr std::size_t floats() const noexcept {
    return biases() + static_cast<std::size_t>(groups) * static_cast<std::size_t>(padded_outputs());
  }
  /// `output` counts over all groups, `input` within its group.
  constexpr std::size_t weight(int output, int row, int column, int input) const noexcept {
    const auto group = static_cast<std::size_t>(output / outputs);
    const int own = output % outputs;
    const auto block = static_cast<std::size_t>(own / block_width * block_width);
    const auto step = static_cast<std::size_t>((row * kernel.width + column) * inputs + input);
    return group * group_floats() + block * steps() + step * static_cast<std::size_t>(width_at(own)) +
           static_cast<std::size_t>(own % block_width);
  }
  constexpr std::size_t bias(int output) const noexcept {
    return biases() + static_cast<std::size_t>(output / outputs * padded_outputs() + output % outputs);
  }
  constexpr bool operator==(const blocked_layout&) const = default;
};

/// Depthwise: [kernel row][kernel column][output], then [output] biases.
struct depthwise_layout {
  extent kernel = 1;
  int outputs = 1;

  constexpr std::size_t biases() const noexcept {
    return static_cast<std::size_t>(kernel.height) * static_cast<std::size_t>(kernel.width) *
           static_cast<std::size_t>(outputs);
  }
  constexpr std::size_t floats() const noexcept { return biases() + static_cast<std::size_t>(outputs); }
  constexpr std::size_t weight(int output, int row, int column) const noexcept {
    return static_cast<std::size_t>(row * kernel.width + column) * static_cast<std::size_t>(outputs) +
           static_cast<std::size_t>(output);
  }
  constexpr std::size_t bias(int output) const noexcept { return biases() + static_cast<std::size_t>(output); }
  constexpr bool operator==(const depthwise_layout&) const = default;
};

/// Locally connected: for every output pixel the weights of a `blocked_layout` without its biases, then for every pixel
/// its biases, rounded up to a multiple of 4.
struct locally_connected_layout {
  blocked_layout filter;
  int pixels = 1;

  constexpr std::size_t biases() const noexcept { return static_cast<std::size_t>(pixels) * filter.group_floats(); }
  constexpr std::size_t floats() const noexcept {
    return biases() + static_cast<std::size_t>(pixels) * static_cast<std::size_t>(filter.padded_outputs());
  }
  constexpr std::size_t weight(int pixel, int output, int row, int column, int input) const noexcept {
    return static_cast<std::size_t>(pixel) * filter.group_floats() + filter.weight(output, row, column, input);
  }
  constexpr std::size_t bias(int pixel, int output) const noexcept {
    return biases() + static_cast<std::size_t>(pixel) * static_cast<std::size_t>(filter.padded_outputs()) +
           static_cast<std::size_t>(output);
  }
  constexpr bool operator==(const locally_connected_layout&) const = default;
};

/// The layout of a convolution that is not depthwise.
constexpr blocked_layout blocked(const conv2d_shape& of) noexcept {
  return {of.kernel, of.group_inputs(), of.group_outputs(), of.groups};
}

/// The layout of a dense layer. Inputs are in the order in which the tensor before lies in memory (NHWC).
constexpr blocked_layout blocked(const dense_shape& of) noexcept { return {1, of.inputs, of.outputs, 1}; }

/// The layout of a depthwise convolution.
constexpr depthwise_layout depthwise_weights(const conv2d_shape& of) noexcept { return {of.kernel, of.out.channels}; }

/// The layout of a convolution with untied weights.
constexpr locally_connected_layout untied_weights(const conv2d_shape& of) noexcept {
  return {{of.kernel, of.in.channels, of.out.channels, 1}, of.out.height * of.out.width};
}

}  // namespace cleave::kernels
#endif
// ---- cleave/kernels/recurrent_shape.hpp -----------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_RECURRENT_SHAPE_HPP
#define CLEAVE_KERNELS_RECURRENT_SHAPE_HPP

/// @file
/// What recurrent kernels are keyed by, and where their weights lie.

namespace cleave::kernels {

enum class recurrent_kind : std::uint8_t {
  lstm,
  gru,
  gru_linear,  ///< resets after the product
  rnn,
};

/// Everything that the code of a recurrent layer depends on. Every row is a sequence, every column a moment of it.
struct recurrent_shape {
  shape in;
  int units;
  recurrent_kind kind;
  bool initial_state = false;  ///< stands behind the biases; otherwise it is 0

  constexpr shape out() const noexcept { return {in.height, in.width, units}; }
  constexpr bool operator==(const recurrent_shape&) const = default;
};

/// Units in blocks of 16, the last one as wide as the units left, rounded up to a multiple of 4. For each block
/// [step][gate][unit], where the steps are the inputs, then the units of the moment before; gates are in the order of
/// ONNX. Then for each block [bias][unit]: one a gate, the sum of ONNX's two, but of a GRU that resets after the
/// product the second of its last gate apart behind them. Then the initial states, if there are any: [state][unit].
struct recurrent_layout {
  int inputs = 1;
  int units = 1;
  int gates = 1;
  int biases = 1;  ///< of a unit
  int states = 0;

  constexpr int steps() const noexcept { return inputs + units; }
  constexpr int padded_units() const noexcept { return ceil_div(units, 4) * 4; }
  /// How many units the block that holds `unit` has, with those that fill it up.
  constexpr int width_at(int unit) const noexcept {
    const int rest = padded_units() - unit / block_width * block_width;
    return rest < block_width ? rest : block_width;
  }
  constexpr std::size_t first_bias() const noexcept { return of_all(steps() * gates); }
  constexpr std::size_t first_state() const noexcept { return first_bias() + of_all(biases); }
  constexpr std::size_t floats() const noexcept { return first_state() + of_all(states); }

  constexpr std::size_t weight(int unit, int gate, int step) const noexcept {
    return place(unit, steps() * gates, step * gates + gate);
  }
  constexpr std::size_t bias(int unit, int which) const noexcept { return first_bias() + place(unit, biases, which); }
  /// State 0 is what the layer gave at the moment before, state 1 the cell of an LSTM.
  constexpr std::size_t state(int unit, int which) const noexcept {
    return first_state() + static_cast<std::size_t>(which * padded_units() + unit);
  }
  constexpr bool operator==(const recurrent_layout&) const = default;

 private:
  constexpr std::size_t of_all(int numbers) const noexcept {
    return static_cast<std::size_t>(padded_units()) * static_cast<std::size_t>(numbers);
  }
  /// Number `which` of `count` that every unit has.
  constexpr std::size_t place(int unit, int count, int which) const noexcept {
    const auto block = static_cast<std::size_t>(unit / block_width * block_width);
    return block * static_cast<std::size_t>(count) +
           static_cast<std::size_t>(which) * static_cast<std::size_t>(width_at(unit)) +
           static_cast<std::size_t>(unit % block_width);
  }
};

constexpr recurrent_layout recurrent_weights(const recurrent_shape& of) noexcept {
  const int gates = of.kind == recurrent_kind::lstm ? 4 : of.kind == recurrent_kind::rnn ? 1 : 3;
  const int biases = of.kind == recurrent_kind::gru_linear ? 4 : gates;
  const int states = !of.initial_state ? 0 : of.kind == recurrent_kind::lstm ? 2 : 1;
  return {of.in.channels, of.units, gates, biases, states};
}

}  // namespace cleave::kernels
#endif
// ---- cleave/graph/weight_layout.hpp ---------------------------------------------------------------------------------
#ifndef CLEAVE_GRAPH_WEIGHT_LAYOUT_HPP
#define CLEAVE_GRAPH_WEIGHT_LAYOUT_HPP

/// @file
/// From a node to the sizes that its kernel is keyed by, and to the order of its weights.

namespace cleave {

/// The sizes of a convolution, depthwise or locally connected layer.
constexpr kernels::conv2d_shape conv2d_shape_of(const node& of, epilogue post = {}, int among = 0) noexcept {
  return {of.in, of.out, of.what.kernel, of.what.stride, of.what.dilation, of.pad, of.groups, post, among};
}

/// The sizes of a dense layer.
constexpr kernels::dense_shape dense_shape_of(const node& of, epilogue post = {}) noexcept {
  return {static_cast<int>(of.in.size()), of.out.channels, post};
}

/// The sizes of a recurrent layer.
constexpr kernels::recurrent_shape recurrent_shape_of(const node& of) noexcept {
  using kernels::recurrent_kind;
  const recurrent_kind kind = of.what.kind == op::lstm   ? recurrent_kind::lstm
                              : of.what.kind == op::rnn  ? recurrent_kind::rnn
                              : of.what.integers[0] != 0 ? recurrent_kind::gru_linear
                                                         : recurrent_kind::gru;
  return {of.in, of.out.channels, kind, of.what.integers[1] != 0};
}

/// The order of a built-in layer's weights and how many floats they take, biases and padding included. The offset is
/// not known here.
constexpr weight_place weights_of(const node& of) noexcept {
  const auto outputs = static_cast<std::size_t>(of.out.channels);
  switch (of.what.kind) {
    case op::conv2d:
    case op::depthwise_conv2d: {
      const kernels::conv2d_shape shape = conv2d_shape_of(of);
      if (kernels::is_depthwise(shape)) {
        return {weight_layout_kind::depthwise, kernels::depthwise_weights(shape).floats(), 0};
      }
      return {weight_layout_kind::blocked, kernels::blocked(shape).floats(), 0};
    }
    case op::locally_connected2d:
      return {weight_layout_kind::locally_connected, kernels::untied_weights(conv2d_shape_of(of)).floats(), 0};
    case op::dense: return {weight_layout_kind::blocked, kernels::blocked(dense_shape_of(of)).floats(), 0};
    case op::batch_normalization: return {weight_layout_kind::per_channel, 2 * outputs, 0};
    case op::prelu: return {weight_layout_kind::per_channel, outputs, 0};
    case op::constant: return {weight_layout_kind::plain, of.out.size(), 0};
    case op::lstm:
    case op::gru:
    case op::rnn:
      return {weight_layout_kind::recurrent, kernels::recurrent_weights(recurrent_shape_of(of)).floats(), 0};
    default: return {};
  }
}

}  // namespace cleave
#endif
// ---- cleave/graph/basic_graph.hpp -----------------------------------------------------------------------------------
#ifndef CLEAVE_GRAPH_BASIC_GRAPH_HPP
#define CLEAVE_GRAPH_BASIC_GRAPH_HPP

/// @file
/// What a graph is, whatever its nodes lie in: labels resolved, shapes inferred, lifetimes and weights placed. Layer
/// "graph": knows shapes, lifetimes and weights, but nothing of kernels and bytes.

namespace cleave {

/// Layers in their order of execution. Inputs come first and together are layer 0; the layers after them count from 1.
/// Making a graph never fails: the first defect is kept. `Nodes` is an array of nodes, or a vector of them.
template <class Nodes, class Customs>
class basic_graph {
 public:
  Nodes nodes{};
  Customs customs{};      ///< the user's own layers, numbered by `layer_record::custom`
  defect first_defect{};  ///< `layer` is -1 for a sound graph

  std::size_t inputs = 0;        ///< how many inputs the graph has
  std::size_t last = 0;          ///< the number of the last layer
  std::size_t weight_bytes = 0;  ///< of the data of a blob with all layers

  /// Of a reordered graph: the fingerprint of the graph in the order in which its weights are stored.
  std::uint64_t stored_fingerprint = 0;

  constexpr bool ok() const noexcept { return first_defect.layer < 0; }

  /// The node after the last one of layer `layer`: nodes [0, end_of(K)) are layers 0..K.
  constexpr std::size_t end_of(std::size_t layer) const noexcept { return layer + inputs; }

  /// The layer number of a node; all inputs are layer 0.
  constexpr std::size_t layer_of(std::size_t index) const noexcept { return index < inputs ? 0 : index + 1 - inputs; }

  /// The nearest node before `before` that bears this label, or -1.
  constexpr int find(label name) const noexcept { return find(name, nodes.size()); }
  constexpr int find(label name, std::size_t before) const noexcept {
    for (std::size_t i = before; i-- > 0;) {
      if (nodes[i].what.name == name) return static_cast<int>(i);
    }
    return -1;
  }

  constexpr std::uint64_t multiply_adds() const noexcept {
    std::uint64_t sum = 0;
    for (const node& each : nodes) sum += each.multiply_adds;
    return sum;
  }

  /// Trained numbers as stored: floats with the layouts' padding.
  constexpr std::size_t weight_floats() const noexcept {
    std::size_t sum = 0;
    for (const node& each : nodes) sum += each.weights.floats;
    return sum;
  }

  /// True when the value of root `index` exists after layer `cut` and is needed by a later layer.
  constexpr bool crosses(std::size_t index, std::size_t cut) const noexcept {
    return index < end_of(cut) && nodes[index].root == static_cast<int>(index) &&
           nodes[index].last_use >= static_cast<int>(end_of(cut));
  }

 protected:
  constexpr basic_graph(Nodes empty, Customs own) : nodes(std::move(empty)), customs(std::move(own)) {}

  /// Makes the nodes, as many as there is room for.
  constexpr void build(const layer_record* records) {
    for (std::size_t i = 0; i < nodes.size() && ok(); ++i) resolve(i, records[i]);
    if (ok()) finish();
  }

 private:
  constexpr void note(std::size_t index, const layer_record& what, std::span<const shape> received, need needs) {
    first_defect = {static_cast<int>(layer_of(index)), what.kind, what.custom,
                    static_cast<int>(received.size()), {},        needs};
    for (std::size_t i = 0; i < received.size() && i < 2; ++i) first_defect.received[i] = received[i];
  }

  constexpr void resolve(std::size_t index, const layer_record& what) {
    node& here = nodes[index];
    here.what = what;
    here.root = static_cast<std::int16_t>(index);
    here.is_output = true;  // until a later layer reads it
    if (what.kind == op::input) {
      if (inputs != index) return note(index, what, {}, need::all_inputs_before_other_layers);
      inputs = index + 1;
    } else if (index == 0) {
      return note(index, what, {}, need::an_input_as_the_first_layer);
    }

    std::array<shape, max_inputs> received{};
    const auto arity = static_cast<std::size_t>(what.arity);
    for (std::size_t k = 0; k < arity; ++k) {
      // Only the first input may be left to "the layer before".
      const bool implied = k == 0 && what.from[k].empty();
      const int source = implied ? static_cast<int>(index) - 1 : what.from[k].empty() ? -1 : find(what.from[k], index);
      if (source < 0) return note(index, what, {received.data(), k}, need::an_earlier_layer_with_that_label);
      here.inputs[k] = static_cast<std::int16_t>(source);
      received[k] = nodes[static_cast<std::size_t>(source)].out;
    }
    const std::span<const shape> shapes{received.data(), arity};

    dtype type = dtype::float32;
    for (std::size_t k = 0; k < arity; ++k) {
      if (input_of(here, k).type != dtype::float32) type = input_of(here, k).type;
    }
    const inference found = what.kind == op::custom ? infer_custom(what, shapes, type) : infer(what, shapes, type);
    if (found.needs != need::nothing) return note(index, what, shapes, found.needs);
    here.in = received[0];
    here.out = found.out;
    here.type = found.type;
    here.pad = found.pad;
    here.groups = found.groups;
    here.multiply_adds = found.multiply_adds;
    here.weights = what.kind == op::custom ? weights_of_custom(what, shapes) : weights_of(here);
    here.weights.offset = weight_bytes;
    here.weights.line = layer_of(index);
    weight_bytes += round_up(here.weights.floats * 4, 64);
    if (renames(what.kind)) here.root = input_of(here, 0).root;
    for (std::size_t k = 0; k < arity; ++k) {
      node& read = nodes[static_cast<std::size_t>(here.inputs[k])];
      read.is_output = read.what.kind == op::output;
      if (!renames(what.kind)) root_of(here.inputs[k]).last_use = static_cast<std::int16_t>(index);
    }
  }

  constexpr void finish() {
    last = nodes.size() - inputs;
    if (last == 0) return note(0, nodes.empty() ? layer_record{} : nodes[0].what, {}, need::at_least_one_layer);
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      if (!nodes[i].is_output) continue;
      if (nodes[i].what.kind == op::input) return note(i, nodes[i].what, {}, need::a_use_for_every_input);
      root_of(static_cast<int>(i)).holds_output = true;
    }
  }

  constexpr const node& input_of(const node& of, std::size_t k) const {
    return nodes[static_cast<std::size_t>(of.inputs[k])];
  }
  constexpr node& root_of(int index) {
    return nodes[static_cast<std::size_t>(nodes[static_cast<std::size_t>(index)].root)];
  }

  /// Calls `use` with the user's own layer of that number.
  template <class Use>
  constexpr void with_custom(int number, Use&& use) const {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      ((static_cast<int>(I) == number ? use(std::get<I>(customs)) : void()), ...);
    }(std::make_index_sequence<std::tuple_size_v<Customs>>{});
  }

  constexpr inference infer_custom(const layer_record& what, std::span<const shape> in, dtype type) const {
    if (type != dtype::float32) return refused(need::float_elements);
    inference found;
    with_custom(what.custom, [&](const auto& own) { found = own.infer(in); });
    return found;
  }

  constexpr weight_place weights_of_custom(const layer_record& what, std::span<const shape> in) const {
    weight_place found;
    with_custom(what.custom, [&](const auto& own) { found.floats = own.weight_count(in); });
    if (found.floats > 0) found.layout = weight_layout_kind::custom;
    return found;
  }
};

}  // namespace cleave
#endif
// ---- cleave/graph/graph.hpp -----------------------------------------------------------------------------------------
#ifndef CLEAVE_GRAPH_GRAPH_HPP
#define CLEAVE_GRAPH_GRAPH_HPP

/// @file
/// A network as a value: `inline constexpr auto g = cleave::graph{cleave::input{...}, ...};`.

namespace cleave {

/// Layers in their order of execution; see basic_graph.hpp for what can be asked of them.
/// A graph that networks run is made while compiling; others, to be planned and printed, at any time. Making one never
/// fails: the first defect is kept, and using the graph in a network names it.
template <std::size_t Nodes, class Customs = std::tuple<>>
class graph : public basic_graph<std::array<node, Nodes>, Customs> {
 public:
  /// Items are layers, runs of layers (cleave::layers) and layers of the user's own.
  template <class... Items>
  constexpr explicit graph(const Items&... items)
      : basic_graph<std::array<node, Nodes>, Customs>({}, std::tuple_cat(detail::customs_in(items)...)) {
    std::array<layer_record, Nodes> records{};
    layer_record* place = records.data();
    int custom = 0;
    (detail::append(items, place, custom), ...);
    this->build(records.data());
  }

  static constexpr std::size_t node_count = Nodes;

  /// One value for every node.
  template <class T>
  using per_node = std::array<T, Nodes>;
  template <class T>
  constexpr per_node<T> make_per_node() const noexcept {
    return {};
  }
};

template <class... Items>
graph(const Items&...) -> graph<detail::count_of<Items...>, detail::customs_of<Items...>>;

}  // namespace cleave
#endif
// ---- cleave/graph/fingerprint.hpp -----------------------------------------------------------------------------------
#ifndef CLEAVE_GRAPH_FINGERPRINT_HPP
#define CLEAVE_GRAPH_FINGERPRINT_HPP

/// @file
/// A number that two ends compare to know that they speak of the same graph.

namespace cleave {

/// An order-sensitive 64-bit hash of integers: FNV-1a over words, with the final mix of SplitMix64.
class structural_hash {
 public:
  constexpr void add(std::uint64_t word) noexcept { state_ = (state_ ^ word) * 0x100000001B3U ^ (state_ >> 29); }
  constexpr void add(int value) noexcept { add(static_cast<std::uint64_t>(static_cast<std::int64_t>(value))); }
  constexpr void add(float value) noexcept { add(std::uint64_t{std::bit_cast<std::uint32_t>(value)}); }
  constexpr void add(shape value) noexcept {
    add(value.height);
    add(value.width);
    add(value.channels);
  }
  constexpr void add(extent value) noexcept {
    add(value.height);
    add(value.width);
  }
  constexpr void add(std::string_view text) noexcept {
    add(static_cast<int>(text.size()));
    // Whether char has a sign depends on the target.
    for (const char each : text) add(static_cast<int>(static_cast<unsigned char>(each)));
  }
  constexpr std::uint64_t value() const noexcept {
    std::uint64_t mixed = (state_ ^ (state_ >> 30)) * 0xBF58476D1CE4E5B9U;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBU;
    return mixed ^ (mixed >> 31);
  }

 private:
  std::uint64_t state_ = 0xCBF29CE484222325U;
};

/// The same for equal layers in equal order with equal sizes, whatever their labels. Layers of the user's own enter
/// with their `kind`, their shapes and, where they have one, their `fingerprint()`.
template <class Graph>
constexpr std::uint64_t fingerprint(const Graph& graph) noexcept {
  structural_hash hash;
  for (const node& each : graph.nodes) {
    const layer_record& what = each.what;
    hash.add(static_cast<int>(what.kind));
    hash.add(what.arity);
    for (int k = 0; k < what.arity; ++k) hash.add(static_cast<int>(each.inputs[static_cast<std::size_t>(k)]));
    hash.add(each.out);
    hash.add(static_cast<int>(each.type));
    hash.add(what.channels);
    hash.add(what.kernel);
    hash.add(what.stride);
    hash.add(what.dilation);
    hash.add(shape{each.pad.top, each.pad.left, each.pad.bottom});
    hash.add(each.pad.right);
    hash.add(each.groups);
    hash.add(what.count_include_pad ? 1 : 0);
    hash.add(static_cast<int>(what.function.kind));
    hash.add(what.function.alpha);
    hash.add(what.function.beta);
    hash.add(what.function.gamma);
    for (const float number : what.numbers) hash.add(number);
    // Behind the first kinds of layers came kinds with choices of their own; of the first, those that choose nothing
    // new keep the fingerprints that they had.
    if (what.kind > op::custom) {
      for (const int integer : what.integers) hash.add(integer);
    } else if (what.integers[0] != 0) {
      hash.add(what.integers[0]);
    }
  }
  std::apply(
      [&hash](const auto&... own) {
        [[maybe_unused]] const auto add_one = [&hash](const auto& each) {
          hash.add(std::string_view{each.kind});
          if constexpr (requires {
                          { each.fingerprint() } -> std::same_as<std::uint64_t>;
                        }) {
            hash.add(each.fingerprint());
          }
        };
        (add_one(own), ...);
      },
      graph.customs);
  return hash.value();
}

/// The fingerprint that a blob of this graph's weights bears: that of the order in which they are stored.
template <class Graph>
constexpr std::uint64_t weight_graph_fingerprint(const Graph& graph) noexcept {
  return graph.stored_fingerprint != 0 ? graph.stored_fingerprint : fingerprint(graph);
}

}  // namespace cleave
#endif
// ---- cleave/graph/reorder.hpp ---------------------------------------------------------------------------------------
#ifndef CLEAVE_GRAPH_REORDER_HPP
#define CLEAVE_GRAPH_REORDER_HPP

/// @file
/// The same graph with its layers in another order, so that the layers of a device come first: then a cut behind them
/// divides it, and everything that serves cuts serves them.

namespace cleave {

/// Adds to a set of nodes all that its members need, and the inputs. `Set` is anything with an entry a node.
template <class Graph, class Set>
constexpr void close_over_inputs(const Graph& graph, Set& set) {
  for (std::size_t i = 0; i < graph.inputs; ++i) set[i] = true;
  for (std::size_t i = graph.nodes.size(); i-- > 0;) {
    const node& of = graph.nodes[i];
    for (int k = 0; set[i] && k < of.what.arity; ++k) {
      set[static_cast<std::size_t>(of.inputs[static_cast<std::size_t>(k)])] = true;
    }
  }
}

/// How many layers of a graph are in such a set: the cut behind them in the reordered graph.
template <class Graph, class Set>
constexpr std::size_t layers_in(const Graph& graph, const Set& set) {
  std::size_t count = 0;
  for (std::size_t i = graph.inputs; i < graph.nodes.size(); ++i) count += set[i] ? 1U : 0U;
  return count;
}

/// `graph` with the nodes of `set`, and all that they need, before the others; within both the order stays. Computes
/// the same bits, takes the same weights (whose blob and fingerprint stay as they are) and gives its answers in the
/// same order. Its own fingerprint differs where the order does: a cut's number means other layers. Requires: a sound
/// graph and an entry of `set` for each node. `from` labels of its records are those of the old order: read its
/// `inputs`.
///
/// `inline constexpr auto split_net = cleave::reorder(net, on_device);`
template <class Graph, class Set>
constexpr Graph reorder(const Graph& graph, const Set& set) {
  Graph made = graph;
  const std::size_t count = graph.nodes.size();
  auto chosen = graph.template make_per_node<bool>();
  auto place = graph.template make_per_node<std::int16_t>();
  for (std::size_t i = 0; i < count; ++i) chosen[i] = set[i];
  close_over_inputs(graph, chosen);
  std::int16_t next = 0;
  for (const bool first : {true, false}) {
    for (std::size_t i = 0; i < count; ++i) {
      if (chosen[i] == first) place[i] = next++;
    }
  }
  bool moved = false;
  for (std::size_t i = 0; i < count; ++i) {
    moved = moved || place[i] != static_cast<std::int16_t>(i);
    node& here = made.nodes[static_cast<std::size_t>(place[i])];
    here = graph.nodes[i];
    for (int k = 0; k < here.what.arity; ++k) {
      std::int16_t& source = here.inputs[static_cast<std::size_t>(k)];
      source = place[static_cast<std::size_t>(source)];
    }
    here.root = place[static_cast<std::size_t>(here.root)];
    here.last_use = -1;
  }
  if (!moved) return graph;
  for (std::size_t i = 0; i < count; ++i) {
    const node& here = made.nodes[i];
    for (int k = 0; !renames(here.what.kind) && k < here.what.arity; ++k) {
      const node& source = made.nodes[static_cast<std::size_t>(here.inputs[static_cast<std::size_t>(k)])];
      made.nodes[static_cast<std::size_t>(source.root)].last_use = static_cast<std::int16_t>(i);
    }
  }
  made.stored_fingerprint = weight_graph_fingerprint(graph);
  return made;
}

}  // namespace cleave
#endif
// ---- cleave/graph/diagnosis.hpp -------------------------------------------------------------------------------------
#ifndef CLEAVE_GRAPH_DIAGNOSIS_HPP
#define CLEAVE_GRAPH_DIAGNOSIS_HPP

/// @file
/// How an ill-formed graph or cut is named by the compiler: one error, whose template arguments are the message.
/// Enumerators become types, because clang 14 prints a struct argument as bare numbers.

namespace cleave {

/// The words of the message. None of these templates is ever defined.
template <class... Facts>
struct ill_formed_graph;
template <class... Facts>
struct ill_formed_split;
template <std::size_t Number>
struct at_layer;
template <class Layer>
struct layer_is;
template <int Height, int Width, int Channels>
struct receives;
template <int Height, int Width, int Channels>
struct and_receives;
struct receives_nothing;
template <class What>
struct needs;
template <std::size_t Number>
struct cut_at;
template <std::size_t Number>
struct last_layer_is;

/// What a layer may need; the names are those of the enumeration `need`.
namespace requirement {
struct an_input_as_the_first_layer;
struct all_inputs_before_other_layers;
struct an_earlier_layer_with_that_label;
struct positive_sizes;
struct a_window_within_the_padded_input;
struct padding_smaller_than_the_window;
struct channels_that_are_a_multiple_of_groups;
struct inputs_of_equal_shape;
struct inputs_of_equal_shape_or_one_per_channel;
struct inputs_of_equal_height_and_width;
struct as_many_elements_as_it_receives;
struct float_elements;
struct a_use_for_every_input;
struct at_least_one_layer;
struct what_the_layer_itself_demands;
struct inputs_that_differ_along_the_axis_only;
struct elements_within_its_input;
struct a_permutation_of_its_dimensions;
struct a_layer_with_that_label;
struct a_label_that_only_one_layer_bears;
struct a_number_up_to_the_last_layer;
}  // namespace requirement

namespace detail {

template <class Type>
struct named {
  using type = Type;
};

template <need Need>
consteval auto requirement_of() {
  using namespace requirement;
  if constexpr (Need == need::an_input_as_the_first_layer) return named<an_input_as_the_first_layer>{};
  else if constexpr (Need == need::all_inputs_before_other_layers) return named<all_inputs_before_other_layers>{};
  else if constexpr (Need == need::an_earlier_layer_with_that_label) return named<an_earlier_layer_with_that_label>{};
  else if constexpr (Need == need::positive_sizes) return named<positive_sizes>{};
  else if constexpr (Need == need::a_window_within_the_padded_input) return named<a_window_within_the_padded_input>{};
  else if constexpr (Need == need::padding_smaller_than_the_window) return named<padding_smaller_than_the_window>{};
  else if constexpr (Need == need::channels_that_are_a_multiple_of_groups)
    return named<channels_that_are_a_multiple_of_groups>{};
  else if constexpr (Need == need::inputs_of_equal_shape) return named<inputs_of_equal_shape>{};
  else if constexpr (Need == need::inputs_of_equal_shape_or_one_per_channel)
    return named<inputs_of_equal_shape_or_one_per_channel>{};
  else if constexpr (Need == need::inputs_of_equal_height_and_width) return named<inputs_of_equal_height_and_width>{};
  else if constexpr (Need == need::as_many_elements_as_it_receives) return named<as_many_elements_as_it_receives>{};
  else if constexpr (Need == need::float_elements) return named<float_elements>{};
  else if constexpr (Need == need::a_use_for_every_input) return named<a_use_for_every_input>{};
  else if constexpr (Need == need::at_least_one_layer) return named<at_least_one_layer>{};
  else if constexpr (Need == need::inputs_that_differ_along_the_axis_only)
    return named<inputs_that_differ_along_the_axis_only>{};
  else if constexpr (Need == need::elements_within_its_input) return named<elements_within_its_input>{};
  else if constexpr (Need == need::a_permutation_of_its_dimensions) return named<a_permutation_of_its_dimensions>{};
  else return named<what_the_layer_itself_demands>{};
}

template <op Kind>
consteval auto layer_type_of() {
  if constexpr (Kind == op::input) return named<input>{};
  else if constexpr (Kind == op::conv2d) return named<conv2d>{};
  else if constexpr (Kind == op::depthwise_conv2d) return named<depthwise_conv2d>{};
  else if constexpr (Kind == op::locally_connected2d) return named<locally_connected2d>{};
  else if constexpr (Kind == op::dense) return named<dense>{};
  else if constexpr (Kind == op::max_pool) return named<max_pool>{};
  else if constexpr (Kind == op::average_pool) return named<average_pool>{};
  else if constexpr (Kind == op::global_max_pool) return named<global_max_pool>{};
  else if constexpr (Kind == op::global_average_pool) return named<global_average_pool>{};
  else if constexpr (Kind == op::relu) return named<relu>{};
  else if constexpr (Kind == op::clip) return named<clip>{};
  else if constexpr (Kind == op::leaky_relu) return named<leaky_relu>{};
  else if constexpr (Kind == op::prelu) return named<prelu>{};
  else if constexpr (Kind == op::elu) return named<elu>{};
  else if constexpr (Kind == op::selu) return named<selu>{};
  else if constexpr (Kind == op::sigmoid) return named<sigmoid>{};
  else if constexpr (Kind == op::tanh) return named<tanh>{};
  else if constexpr (Kind == op::hard_tanh) return named<hard_tanh>{};
  else if constexpr (Kind == op::hard_sigmoid) return named<hard_sigmoid>{};
  else if constexpr (Kind == op::hard_swish) return named<hard_swish>{};
  else if constexpr (Kind == op::softplus) return named<softplus>{};
  else if constexpr (Kind == op::softmax) return named<softmax>{};
  else if constexpr (Kind == op::log_softmax) return named<log_softmax>{};
  else if constexpr (Kind == op::batch_normalization) return named<batch_normalization>{};
  else if constexpr (Kind == op::local_response_normalization) return named<local_response_normalization>{};
  else if constexpr (Kind == op::add) return named<add>{};
  else if constexpr (Kind == op::subtract) return named<subtract>{};
  else if constexpr (Kind == op::multiply) return named<multiply>{};
  else if constexpr (Kind == op::concat) return named<concat>{};
  else if constexpr (Kind == op::flatten) return named<flatten>{};
  else if constexpr (Kind == op::reshape) return named<reshape>{};
  else if constexpr (Kind == op::pad) return named<pad>{};
  else if constexpr (Kind == op::upsample) return named<upsample>{};
  else if constexpr (Kind == op::argmax) return named<argmax>{};
  else if constexpr (Kind == op::dropout) return named<dropout>{};
  else if constexpr (Kind == op::exp) return named<cleave::exp>{};
  else if constexpr (Kind == op::log) return named<cleave::log>{};
  else if constexpr (Kind == op::sqrt) return named<cleave::sqrt>{};
  else if constexpr (Kind == op::negate) return named<cleave::negate>{};
  else if constexpr (Kind == op::absolute) return named<cleave::absolute>{};
  else if constexpr (Kind == op::reciprocal) return named<cleave::reciprocal>{};
  else if constexpr (Kind == op::floor) return named<cleave::floor>{};
  else if constexpr (Kind == op::ceil) return named<cleave::ceil>{};
  else if constexpr (Kind == op::round) return named<cleave::round>{};
  else if constexpr (Kind == op::sign) return named<cleave::sign>{};
  else if constexpr (Kind == op::sine) return named<cleave::sine>{};
  else if constexpr (Kind == op::cosine) return named<cleave::cosine>{};
  else if constexpr (Kind == op::erf) return named<cleave::erf>{};
  else if constexpr (Kind == op::gelu) return named<cleave::gelu>{};
  else if constexpr (Kind == op::mish) return named<cleave::mish>{};
  else if constexpr (Kind == op::softsign) return named<cleave::softsign>{};
  else if constexpr (Kind == op::thresholded_relu) return named<cleave::thresholded_relu>{};
  else if constexpr (Kind == op::celu) return named<cleave::celu>{};
  else if constexpr (Kind == op::swish) return named<cleave::swish>{};
  else if constexpr (Kind == op::power_of) return named<cleave::power_of>{};
  else if constexpr (Kind == op::hardmax) return named<cleave::hardmax>{};
  else if constexpr (Kind == op::divide) return named<cleave::divide>{};
  else if constexpr (Kind == op::maximum) return named<cleave::maximum>{};
  else if constexpr (Kind == op::minimum) return named<cleave::minimum>{};
  else if constexpr (Kind == op::power) return named<cleave::power>{};
  else if constexpr (Kind == op::constant) return named<cleave::constant>{};
  else if constexpr (Kind == op::rearrange) return named<cleave::rearrange>{};
  else if constexpr (Kind == op::transpose) return named<cleave::transpose>{};
  else if constexpr (Kind == op::slice) return named<cleave::slice>{};
  else if constexpr (Kind == op::resize) return named<cleave::resize>{};
  else if constexpr (Kind == op::reduce) return named<cleave::reduce>{};
  else if constexpr (Kind == op::argmin) return named<cleave::argmin>{};
  else if constexpr (Kind == op::normalize) return named<cleave::normalize>{};
  else if constexpr (Kind == op::lstm) return named<cleave::lstm>{};
  else if constexpr (Kind == op::gru) return named<cleave::gru>{};
  else if constexpr (Kind == op::rnn) return named<cleave::rnn>{};
  else return named<output>{};
}

template <const auto& Graph>
consteval auto defective_layer() {
  constexpr defect found = Graph.first_defect;
  if constexpr (found.kind == op::custom) {
    return named<
        std::tuple_element_t<static_cast<std::size_t>(found.custom), std::remove_cvref_t<decltype(Graph.customs)>>>{};
  } else {
    return layer_type_of<found.kind>();
  }
}

template <const auto& Graph>
consteval auto describe_defect() {
  constexpr defect found = Graph.first_defect;
  constexpr shape first = found.received[0];
  constexpr shape second = found.received[1];
  using place = at_layer<static_cast<std::size_t>(found.layer)>;
  using kind = layer_is<typename decltype(defective_layer<Graph>())::type>;
  using needed = needs<typename decltype(requirement_of<found.needs>())::type>;
  if constexpr (found.arity == 0) {
    return named<ill_formed_graph<place, kind, receives_nothing, needed>>{};
  } else if constexpr (found.arity == 1) {
    return named<ill_formed_graph<place, kind, receives<first.height, first.width, first.channels>, needed>>{};
  } else {
    return named<ill_formed_graph<place, kind, receives<first.height, first.width, first.channels>,
                                  and_receives<second.height, second.width, second.channels>, needed>>{};
  }
}

template <const auto& Graph, cut_point Cut>
consteval auto describe_cut() {
  constexpr std::size_t matches = Cut.count_in(Graph);
  using where = cut_at<Cut.number>;
  using end = last_layer_is<Graph.last>;
  if constexpr (Cut.name().empty()) {
    return named<ill_formed_split<where, end, needs<requirement::a_number_up_to_the_last_layer>>>{};
  } else if constexpr (matches == 0) {
    return named<ill_formed_split<needs<requirement::a_layer_with_that_label>>>{};
  } else {
    return named<ill_formed_split<needs<requirement::a_label_that_only_one_layer_bears>>>{};
  }
}

}  // namespace detail

/// A base of everything that runs a graph: empty for a sound graph, and the one error for an ill-formed one.
template <const auto& Graph, bool Sound = Graph.ok()>
struct checked_graph {};
template <const auto& Graph>
struct checked_graph<Graph, false> : decltype(detail::describe_defect<Graph>())::type {};

/// The same for a cut of a sound graph.
template <const auto& Graph, cut_point Cut, bool Sound = !Graph.ok() || Cut.is_in(Graph)>
struct checked_cut {};
template <const auto& Graph, cut_point Cut>
struct checked_cut<Graph, Cut, false> : decltype(detail::describe_cut<Graph, Cut>())::type {};

}  // namespace cleave
#endif
// ---- cleave/network/cut_tensors.hpp ---------------------------------------------------------------------------------
#ifndef CLEAVE_NETWORK_CUT_TENSORS_HPP
#define CLEAVE_NETWORK_CUT_TENSORS_HPP

/// @file
/// What goes from one half of a network to the other, and what comes out at the end.

namespace cleave {

/// A tensor of a graph as data: its shape, its elements and, where it lies in a workspace, its offset there in bytes.
struct tensor_info {
  shape dims{};
  dtype type = dtype::float32;
  std::uint32_t offset = 0;

  constexpr std::size_t bytes() const noexcept { return dims.bytes(); }
};

template <const auto& Graph, std::size_t Node>
using element_of = std::conditional_t<Graph.nodes[Node].type == dtype::int32, std::int32_t, float>;

/// A view of the value of one node, with its size in the type.
template <const auto& Graph, std::size_t Node>
using tensor_span = std::span<const element_of<Graph, Node>, Graph.nodes[Node].out.size()>;

namespace detail {

template <const auto& Graph, std::size_t Node>
tensor_span<Graph, Node> span_at(const std::byte* data) noexcept {
  return tensor_span<Graph, Node>{reinterpret_cast<const element_of<Graph, Node>*>(data), Graph.nodes[Node].out.size()};
}

template <const auto& Graph, const auto& Nodes>
consteval auto infos_of() {
  std::array<tensor_info, Nodes.size()> infos{};
  for (std::size_t i = 0; i < infos.size(); ++i) {
    infos[i] = {Graph.nodes[Nodes[i]].out, Graph.nodes[Nodes[i]].type, 0};
  }
  return infos;
}

template <const auto& Graph, std::size_t Cut>
inline constexpr auto crossing_at = crossing_nodes<Graph, Cut>();
template <const auto& Graph, std::size_t Cut>
inline constexpr auto outputs_by = output_nodes<Graph, 0, Graph.end_of(Cut)>();
template <const auto& Graph, std::size_t Cut>
inline constexpr auto outputs_behind = output_nodes<Graph, Graph.end_of(Cut)>();
template <const auto& Graph>
inline constexpr auto all_outputs = output_nodes<Graph>();

}  // namespace detail

/// The answers of a network with several outputs, in the order of their layers: `get<I>()`, or a structured binding.
template <const auto& Graph>
class outputs {
 public:
  static constexpr const auto& nodes = detail::all_outputs<Graph>;

  explicit outputs(const std::array<const std::byte*, nodes.size()>& data) noexcept : data_(data) {}

  template <std::size_t Index>
  tensor_span<Graph, nodes[Index]> get() const noexcept {
    return detail::span_at<Graph, nodes[Index]>(data_[Index]);
  }

 private:
  std::array<const std::byte*, nodes.size()> data_;
};

namespace detail {

template <const auto& Graph>
auto make_answer(const std::array<const std::byte*, all_outputs<Graph>.size()>& data) noexcept {
  if constexpr (all_outputs<Graph>.size() == 1) {
    return span_at<Graph, all_outputs<Graph>[0]>(data[0]);
  } else {
    return outputs<Graph>{data};
  }
}

}  // namespace detail

/// What a whole network answers: a span with the size in its type, or `outputs` where there are several.
template <const auto& Graph>
using answer_of = decltype(detail::make_answer<Graph>({}));

/// What a device half gives: views of the tensors that cross the cut, and of the answers that are made already and are
/// not sent. Valid until that half runs again; an input that crosses is viewed where the caller has it.
template <const auto& Graph, std::size_t Cut>
class cut_tensors {
 public:
  static constexpr std::size_t cut = Cut;
  static constexpr const auto& crossing = detail::crossing_at<Graph, Cut>;  ///< nodes
  static constexpr const auto& made = detail::outputs_by<Graph, Cut>;       ///< nodes
  static constexpr auto sent_info = detail::infos_of<Graph, crossing>();
  /// Answers that are made behind the cut.
  static constexpr auto behind_info = detail::infos_of<Graph, detail::outputs_behind<Graph, Cut>>();

  /// The cuts that an object of this type may stand for, and what crosses and is answered at one of them: as
  /// `any_cut_tensors` has them for more than one.
  static constexpr std::size_t first_cut = Cut;
  static constexpr std::size_t last_cut = Cut;
  static constexpr std::span<const tensor_info> sent_at(std::size_t) noexcept { return sent_info; }
  static constexpr std::span<const tensor_info> behind_at(std::size_t) noexcept { return behind_info; }

  /// How many tensors cross.
  static constexpr std::size_t size() noexcept { return crossing.size(); }

  template <std::size_t Index>
  tensor_span<Graph, crossing[Index]> get() const noexcept {
    return detail::span_at<Graph, crossing[Index]>(sent_[Index]);
  }
  std::span<const std::byte> sent(std::size_t index) const noexcept { return {sent_[index], sent_info[index].bytes()}; }

  /// For those that make or merge one: where each tensor lies, in the order of `crossing` and of `made`.
  std::array<const std::byte*, crossing.size()> sent_{};
  std::array<const std::byte*, made.size()> made_{};
};

/// Joins answers made before the cut with those made behind it, which `behind[i]` points to in order.
template <const auto& Graph, std::size_t Cut>
answer_of<Graph> merge_answers(const cut_tensors<Graph, Cut>& before, const std::byte* const* behind) noexcept {
  std::array<const std::byte*, detail::all_outputs<Graph>.size()> data{};
  std::size_t made = 0;
  for (std::size_t i = 0; i < data.size(); ++i) {
    const auto root = static_cast<std::size_t>(Graph.nodes[detail::all_outputs<Graph>[i]].root);
    data[i] = root < Graph.end_of(Cut) ? before.made_[made++] : *behind++;
  }
  return detail::make_answer<Graph>(data);
}

}  // namespace cleave

template <const auto& Graph>
struct std::tuple_size<cleave::outputs<Graph>>
    : std::integral_constant<std::size_t, cleave::detail::all_outputs<Graph>.size()> {};
template <std::size_t Index, const auto& Graph>
struct std::tuple_element<Index, cleave::outputs<Graph>> {
  using type = cleave::tensor_span<Graph, cleave::detail::all_outputs<Graph>[Index]>;
};

#endif
// ---- cleave/network/executor.hpp ------------------------------------------------------------------------------------
#ifndef CLEAVE_NETWORK_EXECUTOR_HPP
#define CLEAVE_NETWORK_EXECUTOR_HPP

/// @file
/// Who computes the parts of a step. A part is a range of its rows, so the bits are the same for any number of parts.

namespace cleave {

/// One of several parts of a step.
using part_function = void (*)(void* step, int part) noexcept;

// clang-format off
/// | expression                    | type | semantics |
/// |-------------------------------|------|-----------|
/// | `Executor::most_threads`      | int  | parts at most; a network has memory for so many |
/// | `executor.threads()`          | int  | parts that are worth making, 1 to `most_threads` |
/// | `executor.run(n, part, step)` |      | calls `part(step, i)` once for each i in [0, n), from any threads, and returns when all have returned |
/// | `Executor::least_work`        | std::uint32_t | optional: multiply-adds from which on a second part is worth making |
// clang-format on
template <class Executor>
concept executor = requires(Executor& runs, const Executor& tells, part_function part, void* step) {
  { Executor::most_threads } -> std::convertible_to<int>;
  { tells.threads() } noexcept -> std::same_as<int>;
  { runs.run(1, part, step) } noexcept;
};

/// Multiply-adds from which on a step is divided, unless an executor says otherwise. Handing a part over takes a
/// `thread_pool` half a microsecond; but what the parts leave in the caches of their cores has to come together for the
/// next step that is not divided, which for a small layer takes longer than is gained. Two cores of an Intel Xeon:
/// MobileNetV1 0.25 takes 102 us on one and 135 us on two with steps of 2^19 divided, while SqueezeNet loses by 2^22
/// what it gains by 2^20.
template <class Executor>
inline constexpr std::uint32_t least_work_of = std::uint32_t{1} << 20;
template <class Executor>
  requires requires {
    { Executor::least_work } -> std::convertible_to<std::uint32_t>;
  }
inline constexpr std::uint32_t least_work_of<Executor> = Executor::least_work;

/// One part after the other, in the caller's thread: what networks have unless their options say otherwise.
struct sequential {
  static constexpr int most_threads = 1;
  static constexpr int threads() noexcept { return 1; }
  static void run(int parts, part_function part, void* step) noexcept {
    for (int i = 0; i < parts; ++i) part(step, i);
  }
};

}  // namespace cleave
#endif
// ---- cleave/kernels/winograd_shape.hpp ------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_WINOGRAD_SHAPE_HPP
#define CLEAVE_KERNELS_WINOGRAD_SHAPE_HPP

/// @file
/// Which convolutions are computed by Winograd's minimal filtering, and what memory that takes. All of it follows from
/// the shape alone, never from the pack: two ends of a link choose alike, and so have equal bits.

namespace cleave::kernels {

/// A 3x3 convolution computed in tiles of `edge` x `edge` outputs, F(edge x edge, 3 x 3) in Lavin and Gray, "Fast
/// algorithms for convolutional neural networks" (2015). Each tile reads a window of edge + 2 squared inputs, which
/// becomes as many points; at each point, inputs are multiplied with weights as in a 1x1 convolution.
struct winograd_tiling {
  int edge = 0;      ///< 4 or 2; 0: computed directly
  int high = 0;      ///< tiles
  int wide = 0;      ///< tiles in a row
  int together = 0;  ///< tiles that are computed at once
  int inputs = 0;    ///< whose weights are transformed at a time in each call; 0: of all, once, by `winograd_prepare`
  int blocks = 0;    ///< of output channels, that are computed at once

  constexpr int window() const noexcept { return edge + 2; }
  constexpr int points() const noexcept { return window() * window(); }
  constexpr int tiles() const noexcept { return high * wide; }
  constexpr bool operator==(const winograd_tiling&) const = default;
};

namespace detail {

/// Memory of one round. Distances between points are a line more than needed: those of a power of two would share the
/// few places that a cache has for them.
struct winograd_buffers {
  int blocks = 0;                   ///< of outputs, that are computed together
  int chunks = 0;                   ///< runs of 16 input channels, over all groups
  std::ptrdiff_t chunk = 0;         ///< floats from one chunk of all tiles to the next: [tile][16]
  std::ptrdiff_t input_point = 0;   ///< from a point's inputs to the next point's: [chunk][tile][16]
  std::ptrdiff_t output_point = 0;  ///< from a point's outputs to the next point's: [tile][blocks * 16]
  std::ptrdiff_t outputs = 0;       ///< where the outputs begin; inputs begin at 0
  std::ptrdiff_t weight_point = 0;  ///< from a point's weights to the next point's: [input][blocks * 16]
  std::ptrdiff_t weights = 0;       ///< where weights begin that are transformed in the call
  std::ptrdiff_t floats = 0;
};

constexpr winograd_buffers winograd_memory(const conv2d_shape& of, const winograd_tiling& tiling) noexcept {
  winograd_buffers made;
  made.blocks = tiling.blocks;
  made.chunks = of.groups * ceil_div(of.group_inputs(), block_width);
  made.chunk = static_cast<std::ptrdiff_t>(tiling.together) * block_width;
  made.input_point = made.chunks * made.chunk + block_width;
  made.output_point = made.blocks * made.chunk + block_width;
  made.outputs = tiling.points() * made.input_point;
  made.weights = made.outputs + tiling.points() * made.output_point;
  made.weight_point = tiling.inputs == 0 ? 0 : (tiling.inputs * made.blocks + 1) * block_width;
  // One part is multiplied while the next one is made.
  made.floats = made.weights + 2 * tiling.points() * made.weight_point;
  return made;
}

/// Floats of transformed inputs that a second level cache holds beside other things.
inline constexpr int winograd_input_floats = 320000;

/// Floats of transformed weights that no second level cache holds: every round reads them from farther away.
inline constexpr std::int64_t winograd_large_floats = 2000000;

/// Floats of transformed weights that are better not read: they come from memory, or from a third level cache that is
/// little faster. Where all tiles are computed together, each weight is transformed once a call, and fewer are too many
/// (AlexNet's last three convolutions: 3.2 to 2.8 ms, and 32 MB less).
inline constexpr std::int64_t winograd_far_floats = 4000000;
inline constexpr std::int64_t winograd_far_floats_used_once = 1500000;

/// Floats of transformed inputs, and of outputs, from which on a store would wait for its line. The lines of one tile
/// lie far apart, which no core foresees, so those of the next tile are asked for: a third less time to write outputs
/// of 1 MB and more, 3 % of the time of VGG-16.
inline constexpr std::ptrdiff_t winograd_far_inputs = 400000;
inline constexpr std::size_t winograd_far_outputs = 65536;

constexpr std::int64_t winograd_weights(const conv2d_shape& of, const winograd_tiling& tiling) noexcept {
  return static_cast<std::int64_t>(tiling.points()) * of.group_inputs() * of.out.channels;
}

}  // namespace detail

/// The tiling with a given edge. Weights are read once for all tiles that are computed together, so these are as many
/// as the cache has room for, but not more than make weights' time negligible; all rounds have about the same number.
///
/// Two blocks of outputs are computed at once, and four where that is better: where tiles are few, for enough chains
/// of multiply-adds that do not wait for each other; where four are all, so that inputs are read once (8 % less time
/// for 64 -> 64 channels @224x224); and where rounds of many tiles read large weights (12 % for 256 -> 256 @56x56).
constexpr winograd_tiling winograd_tiles(const conv2d_shape& of, int edge) noexcept {
  winograd_tiling tiling{edge, ceil_div(of.out.height, edge), ceil_div(of.out.width, edge), 0};
  // Where weights are many, two register tiles: inputs, weights and products then fit together, for 7 to 14 % less
  // time.
  const int enough = of.in.channels >= 128 ? 28 : 56;
  const bool large = detail::winograd_weights(of, tiling) > detail::winograd_large_floats && tiling.tiles() > 56;
  const int most =
      large ? 98 : std::clamp(detail::winograd_input_floats / (tiling.points() * of.in.channels), 16, enough);
  tiling.together = ceil_div(tiling.tiles(), ceil_div(tiling.tiles(), most));
  const int blocks = ceil_div(of.group_outputs(), block_width);
  tiling.blocks = std::min(large || tiling.together <= 6 || blocks <= 4 ? 4 : 2, blocks);
  return tiling;
}

/// The same with weights that each call transforms, for some inputs at a time. Requires: `may_transform_in_call`.
constexpr winograd_tiling winograd_tiles_in_call(const conv2d_shape& of, int edge) noexcept {
  winograd_tiling tiling = winograd_tiles(of, edge);
  // To transform weights again costs more than to read inputs from farther away.
  tiling.together = ceil_div(tiling.tiles(), ceil_div(tiling.tiles(), 56));
  tiling.inputs = 32;
  tiling.blocks = std::min(4, ceil_div(of.group_outputs(), block_width));
  return tiling;
}

/// True where all blocks of outputs that are computed together are as many, and full.
constexpr bool may_transform_in_call(const conv2d_shape& of, const winograd_tiling& tiling) noexcept {
  return of.group_outputs() % (tiling.blocks * block_width) == 0;
}

/// True for the convolutions that have a Winograd form here.
constexpr bool has_winograd(const conv2d_shape& of) noexcept {
  return of.kernel == extent(3) && of.stride == extent(1) && of.dilation == extent(1) && !is_depthwise(of) &&
         of.group_inputs() >= 8 && of.group_outputs() >= 8;
}

namespace detail {

/// Multiply-adds that take as long as a convolution in Winograd's form.
constexpr std::int64_t winograd_cost(const conv2d_shape& of, const winograd_tiling& tiling) noexcept {
  const std::int64_t weights = static_cast<std::int64_t>(of.group_inputs()) * of.out.channels;
  // What an input and an output channel of a tile cost to transform, in loads, sums and stores.
  const std::int64_t transforms = tiling.points() * (6 * of.in.channels + 4 * of.out.channels);
  // Weights are loaded anew for every few tiles.
  const std::int64_t rounds = ceil_div(tiling.tiles(), tiling.together);
  return tiling.tiles() * (tiling.points() * weights + transforms) + rounds * 2 * tiling.points() * weights;
}

}  // namespace detail

/// How a network that permits Winograd computes a convolution: the edge that costs least, or 0 where the direct form
/// does. Edge 2 has the smaller error, but is never cheaper where it matters; it is there for those who ask for it.
constexpr winograd_tiling choose_winograd(const conv2d_shape& of) noexcept {
  if (!has_winograd(of)) return {};
  const winograd_tiling tiling = winograd_tiles(of, 4);
  const std::int64_t weights = static_cast<std::int64_t>(of.group_inputs()) * of.out.channels;
  const std::int64_t direct = static_cast<std::int64_t>(of.out.height) * of.out.width * 9 * weights + 2 * 9 * weights;
  if (10 * detail::winograd_cost(of, tiling) >= 9 * direct) return {};
  const winograd_tiling in_call = winograd_tiles_in_call(of, 4);
  const bool used_once = in_call.together == in_call.tiles();
  const std::int64_t most = used_once ? detail::winograd_far_floats_used_once : detail::winograd_far_floats;
  return detail::winograd_weights(of, tiling) > most && may_transform_in_call(of, in_call) ? in_call : tiling;
}

/// Where a transformed weight lies, in floats: for each group, for all blocks of 16 output channels that are computed
/// together, [point][input][channel]: the order in which they are read. All blocks are of full width.
constexpr std::size_t winograd_weight(const conv2d_shape& of, const winograd_tiling& tiling, int point, int output,
                                      int input) noexcept {
  const int all = ceil_div(of.group_outputs(), block_width);
  const int own = output % of.group_outputs();
  const int together = tiling.blocks;
  const int first = own / block_width / together * together;
  const int width = std::min(together, all - first) * block_width;
  const auto inputs = static_cast<std::size_t>(of.group_inputs());
  const std::size_t before = static_cast<std::size_t>(output / of.group_outputs() * all + first) *
                             static_cast<std::size_t>(tiling.points()) * inputs * block_width;
  return before +
         (static_cast<std::size_t>(point) * inputs + static_cast<std::size_t>(input)) *
             static_cast<std::size_t>(width) +
         static_cast<std::size_t>(own - first * block_width);
}

/// Floats of prepared weights.
constexpr std::size_t winograd_weight_floats(const conv2d_shape& of, const winograd_tiling& tiling) noexcept {
  return static_cast<std::size_t>(of.groups) * static_cast<std::size_t>(ceil_div(of.group_outputs(), block_width)) *
         static_cast<std::size_t>(tiling.points()) * static_cast<std::size_t>(of.group_inputs()) * block_width;
}

/// Floats of memory that a call needs for tiles on their way.
constexpr std::size_t winograd_scratch_floats(const conv2d_shape& of, const winograd_tiling& tiling) noexcept {
  return static_cast<std::size_t>(detail::winograd_memory(of, tiling).floats);
}

}  // namespace cleave::kernels
#endif
// ---- cleave/network/numeric_policy.hpp ------------------------------------------------------------------------------
#ifndef CLEAVE_NETWORK_NUMERIC_POLICY_HPP
#define CLEAVE_NETWORK_NUMERIC_POLICY_HPP

/// @file
/// What a network may do to its arithmetic for speed, and which layers that concerns.

namespace cleave {

/// How sums may be formed. Two ends of a link must have the same policy: a hello that says otherwise is refused.
enum class numeric_policy : std::uint8_t {
  in_order,  ///< every output is one chain of multiply-adds in the order of the definition
  winograd,  ///< 3x3 convolutions may be computed in tiles: up to 4 times fewer multiply-adds, other roundings
};

/// How a node is computed under a policy; edge 0 where the policy changes nothing. Depends on the shape alone, so all
/// targets choose alike.
constexpr kernels::winograd_tiling winograd_of(const node& of, numeric_policy policy) noexcept {
  if (policy != numeric_policy::winograd || of.what.kind != op::conv2d) return {};
  return kernels::choose_winograd(conv2d_shape_of(of, {}));
}

/// Bytes of memory that a node's kernel needs beside its tensors.
constexpr std::size_t scratch_bytes_of(const node& of, numeric_policy policy) noexcept {
  const kernels::winograd_tiling tiling = winograd_of(of, policy);
  return tiling.edge == 0 ? 0 : kernels::winograd_scratch_floats(conv2d_shape_of(of, {}), tiling) * sizeof(float);
}

/// Bytes that a node's weights take when they are prepared for the policy; 0 where they are used as they are stored.
constexpr std::size_t prepared_bytes_of(const node& of, numeric_policy policy) noexcept {
  const kernels::winograd_tiling tiling = winograd_of(of, policy);
  const bool as_stored = tiling.edge == 0 || tiling.inputs > 0;
  return as_stored ? 0 : kernels::winograd_weight_floats(conv2d_shape_of(of, {}), tiling) * sizeof(float);
}

}  // namespace cleave
#endif
// ---- cleave/simd/native.hpp -----------------------------------------------------------------------------------------
#ifndef CLEAVE_SIMD_NATIVE_HPP
#define CLEAVE_SIMD_NATIVE_HPP

/// @file
/// The pack that fits the target this unit is compiled for: SSE2 to AVX-512 and NEON through xsimd, MVE
/// (Cortex-M55), a single float elsewhere (Cortex-M0 to M7) and where xsimd is not installed. Define CLEAVE_SCALAR to
/// get the single float everywhere.

#if !defined(CLEAVE_SCALAR) && (defined(__SSE2__) || (defined(__ARM_NEON) && __ARM_ARCH >= 7))
#if __has_include(<xsimd/xsimd.hpp>)
#define CLEAVE_HAS_XSIMD 1
#endif
#endif

#if defined(CLEAVE_HAS_XSIMD)
// ---- cleave/core/static_for.hpp -------------------------------------------------------------------------------------
#ifndef CLEAVE_CORE_STATIC_FOR_HPP
#define CLEAVE_CORE_STATIC_FOR_HPP

/// @file
/// A loop that is unrolled for certain. Register arrays are indexed only through it: a plain `for`
/// made g++ 12 keep the accumulators of a 4x2 tile in memory (33 against 107 GFLOP/s, AVX2).

#include <cstddef>
#include <utility>

namespace cleave {

/// Calls `body.template operator()<I>()` for I = 0 .. Count-1, inlined, in that order.
/// The body is a lambda of the form `[&]<std::size_t I>() { ... }`.
template <std::size_t Count, class Body>
[[gnu::always_inline]] constexpr void static_for(Body&& body) {
  [&]<std::size_t... I>(std::index_sequence<I...>) __attribute__((always_inline)) {
    (body.template operator()<I>(), ...);
  }
  (std::make_index_sequence<Count>{});
}

}  // namespace cleave
#endif
// ---- cleave/simd/xsimd_pack.hpp -------------------------------------------------------------------------------------
#ifndef CLEAVE_SIMD_XSIMD_PACK_HPP
#define CLEAVE_SIMD_XSIMD_PACK_HPP

/// @file
/// A pack over an xsimd batch. The only header that includes xsimd. Include it only where
/// simd/native.hpp would: xsimd 8.1 does not compile for targets without a vector unit it knows.

#include <cstddef>
#include <cstdint>

#include <xsimd/xsimd.hpp>

#if defined(__SSE2__)
// ---- cleave/simd/x86_registers.hpp ----------------------------------------------------------------------------------
#ifndef CLEAVE_SIMD_X86_REGISTERS_HPP
#define CLEAVE_SIMD_X86_REGISTERS_HPP

/// @file
/// What the pack needs of SSE, AVX and AVX-512 registers and xsimd 8.1 does not have: parts of a
/// register to and from memory, and a multiply-add that is fused on AVX-512 too (xsimd's is two roundings).

#include <immintrin.h>

#include <cstddef>

namespace cleave::detail {

#if defined(__FMA__)
inline constexpr bool registers_fuse = true;
#else
inline constexpr bool registers_fuse = false;
#endif

/// AVX-512 doubles the number of registers, for the narrow ones too; kernels count on it for the wide ones.
constexpr int register_count(std::size_t lanes) noexcept { return lanes == 16 ? 32 : 16; }

template <int Count>
[[gnu::always_inline]] inline __m128 load_part(const float* from, __m128) noexcept {
  if constexpr (Count == 1) {
    return _mm_load_ss(from);
  } else {
    const __m128 two = _mm_loadl_pi(_mm_setzero_ps(), reinterpret_cast<const __m64*>(from));
    if constexpr (Count == 2) return two;
    else return _mm_movelh_ps(two, _mm_load_ss(from + 2));
  }
}

template <int Count>
[[gnu::always_inline]] inline void store_part(float* to, __m128 value) noexcept {
  if constexpr (Count == 1) {
    _mm_store_ss(to, value);
  } else {
    _mm_storel_pi(reinterpret_cast<__m64*>(to), value);
    if constexpr (Count == 3) _mm_store_ss(to + 2, _mm_movehl_ps(value, value));
  }
}

[[gnu::always_inline]] inline __m128 multiply_add(__m128 a, __m128 b, __m128 c) noexcept {
#if defined(__FMA__)
  return _mm_fmadd_ps(a, b, c);
#else
  return _mm_add_ps(_mm_mul_ps(a, b), c);
#endif
}
[[gnu::always_inline]] inline __m128 exact_divide(__m128 a, __m128 b) noexcept { return _mm_div_ps(a, b); }
[[gnu::always_inline]] inline __m128 exact_sqrt(__m128 a) noexcept { return _mm_sqrt_ps(a); }
[[gnu::always_inline]] inline __m128 maximum(__m128 a, __m128 b) noexcept { return _mm_max_ps(a, b); }
[[gnu::always_inline]] inline __m128 minimum(__m128 a, __m128 b) noexcept { return _mm_min_ps(a, b); }

#if defined(__AVX__)
// Halves, not maskload and maskstore: a masked store takes a dozen cycles on AMD's cores.
template <int Count>
[[gnu::always_inline]] inline __m256 load_part(const float* from, __m256) noexcept {
  if constexpr (Count < 4) {
    return _mm256_zextps128_ps256(load_part<Count>(from, __m128{}));
  } else if constexpr (Count == 4) {
    return _mm256_zextps128_ps256(_mm_loadu_ps(from));
  } else {
    return _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(from)), load_part<Count - 4>(from + 4, __m128{}),
                                1);
  }
}

template <int Count>
[[gnu::always_inline]] inline void store_part(float* to, __m256 value) noexcept {
  const __m128 low = _mm256_castps256_ps128(value);
  if constexpr (Count < 4) {
    store_part<Count>(to, low);
  } else {
    _mm_storeu_ps(to, low);
    if constexpr (Count > 4) store_part<Count - 4>(to + 4, _mm256_extractf128_ps(value, 1));
  }
}

[[gnu::always_inline]] inline __m256 multiply_add(__m256 a, __m256 b, __m256 c) noexcept {
#if defined(__FMA__)
  return _mm256_fmadd_ps(a, b, c);
#else
  return _mm256_add_ps(_mm256_mul_ps(a, b), c);
#endif
}
[[gnu::always_inline]] inline __m256 exact_divide(__m256 a, __m256 b) noexcept { return _mm256_div_ps(a, b); }
[[gnu::always_inline]] inline __m256 exact_sqrt(__m256 a) noexcept { return _mm256_sqrt_ps(a); }
[[gnu::always_inline]] inline __m256 maximum(__m256 a, __m256 b) noexcept { return _mm256_max_ps(a, b); }
[[gnu::always_inline]] inline __m256 minimum(__m256 a, __m256 b) noexcept { return _mm256_min_ps(a, b); }
#endif

#if defined(__AVX512F__)
template <int Count>
[[gnu::always_inline]] inline __m512 load_part(const float* from, __m512) noexcept {
  return _mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << Count) - 1), from);
}

template <int Count>
[[gnu::always_inline]] inline void store_part(float* to, __m512 value) noexcept {
  _mm512_mask_storeu_ps(to, static_cast<__mmask16>((1u << Count) - 1), value);
}

[[gnu::always_inline]] inline __m512 multiply_add(__m512 a, __m512 b, __m512 c) noexcept {
  return _mm512_fmadd_ps(a, b, c);
}
[[gnu::always_inline]] inline __m512 exact_divide(__m512 a, __m512 b) noexcept { return _mm512_div_ps(a, b); }
// The zero-masked forms become the plain instructions, without g++ 12's false warning about the
// undefined register that the plain intrinsics start from (GCC bug 105593).
[[gnu::always_inline]] inline __m512 exact_sqrt(__m512 a) noexcept { return _mm512_maskz_sqrt_ps(0xffff, a); }
[[gnu::always_inline]] inline __m512 maximum(__m512 a, __m512 b) noexcept { return _mm512_maskz_max_ps(0xffff, a, b); }
[[gnu::always_inline]] inline __m512 minimum(__m512 a, __m512 b) noexcept { return _mm512_maskz_min_ps(0xffff, a, b); }

// A register as two halves of eight floats, for what is too narrow for sixteen.
[[gnu::always_inline]] inline __m512 load_twice(const float* from) noexcept {
  return _mm512_castpd_ps(_mm512_maskz_broadcast_f64x4(0xff, _mm256_castps_pd(_mm256_loadu_ps(from))));
}
[[gnu::always_inline]] inline __m512 load_halves(unsigned lanes, const float* low, const float* high) noexcept {
  const __m512 lower = _mm512_maskz_loadu_ps(static_cast<__mmask16>(lanes & 0x00ffU), low);
  return _mm512_mask_loadu_ps(lower, static_cast<__mmask16>(lanes & 0xff00U), high - 8);
}
template <int Lane>
[[gnu::always_inline]] inline __m512 spread_halves(__m512 a) noexcept {
  constexpr int high = Lane + 8;
  const __m512i lanes =
      _mm512_setr_epi32(Lane, Lane, Lane, Lane, Lane, Lane, Lane, Lane, high, high, high, high, high, high, high, high);
  return _mm512_maskz_permutexvar_ps(0xffff, lanes, a);
}
template <bool Low, bool High>
[[gnu::always_inline]] inline __m512 multiply_add_halves(__m512 a, __m512 b, __m512 c) noexcept {
  if constexpr (Low && High) return _mm512_fmadd_ps(a, b, c);
  else return _mm512_mask3_fmadd_ps(a, b, c, static_cast<__mmask16>(Low ? 0x00ff : 0xff00));
}
template <int Count>
[[gnu::always_inline]] inline void store_high(float* to, __m512 a) noexcept {
  const __m256 half = _mm256_castpd_ps(_mm512_maskz_extractf64x4_pd(0xff, _mm512_castps_pd(a), 1));
  if constexpr (Count == 8) _mm256_storeu_ps(to, half);
  else store_part<Count>(to, half);
}
#endif

}  // namespace cleave::detail
#endif
#else
// ---- cleave/simd/neon_registers.hpp ---------------------------------------------------------------------------------
#ifndef CLEAVE_SIMD_NEON_REGISTERS_HPP
#define CLEAVE_SIMD_NEON_REGISTERS_HPP

/// @file
/// What the pack needs of NEON registers and xsimd 8.1 does not have: parts of a register to and from
/// memory, and a division and square root that are rounded as IEEE 754 demands (32-bit NEON only
/// estimates them: 40 % of xsimd's quotients differ in the last bit).

#include <arm_neon.h>

#include <cstddef>

namespace cleave::detail {

#if defined(__ARM_FEATURE_FMA)
inline constexpr bool registers_fuse = true;
#else
inline constexpr bool registers_fuse = false;
#endif

#if defined(__aarch64__)
constexpr int register_count(std::size_t) noexcept { return 32; }
#else
constexpr int register_count(std::size_t) noexcept { return 16; }
#endif

template <int Count>
[[gnu::always_inline]] inline float32x4_t load_part(const float* from, float32x4_t) noexcept {
  if constexpr (Count == 1) return vld1q_lane_f32(from, vdupq_n_f32(0), 0);
  else if constexpr (Count == 2) return vcombine_f32(vld1_f32(from), vdup_n_f32(0));
  else return vld1q_lane_f32(from + 2, vcombine_f32(vld1_f32(from), vdup_n_f32(0)), 2);
}

template <int Count>
[[gnu::always_inline]] inline void store_part(float* to, float32x4_t value) noexcept {
  if constexpr (Count == 1) {
    vst1q_lane_f32(to, value, 0);
  } else {
    vst1_f32(to, vget_low_f32(value));
    if constexpr (Count == 3) vst1q_lane_f32(to + 2, value, 2);
  }
}

[[gnu::always_inline]] inline float32x4_t multiply_add(float32x4_t a, float32x4_t b, float32x4_t c) noexcept {
#if defined(__ARM_FEATURE_FMA)
  return vfmaq_f32(c, a, b);
#else
  return vaddq_f32(vmulq_f32(a, b), c);
#endif
}

[[gnu::always_inline]] inline float32x4_t maximum(float32x4_t a, float32x4_t b) noexcept { return vmaxq_f32(a, b); }
[[gnu::always_inline]] inline float32x4_t minimum(float32x4_t a, float32x4_t b) noexcept { return vminq_f32(a, b); }

/// a > b ? yes : no. g++ 12 compares lane by lane where single floats are to follow IEEE 754 in 32-bit code, also
/// behind the intrinsic: 38 instructions for one selection. The registers compare as the rest of this pack computes,
/// with subnormal numbers taken for 0.
[[gnu::always_inline]] inline float32x4_t select_greater(float32x4_t a, float32x4_t b, float32x4_t yes,
                                                         float32x4_t no) noexcept {
#if defined(__aarch64__) || defined(__clang__)
  return vbslq_f32(vcgtq_f32(a, b), yes, no);
#else
  uint32x4_t greater;
  asm("vcgt.f32 %q0, %q1, %q2" : "=w"(greater) : "w"(a), "w"(b));
  return vbslq_f32(greater, yes, no);
#endif
}

#if defined(__aarch64__)
template <int Lane>
[[gnu::always_inline]] inline float32x4_t multiply_add_lane(float32x4_t a, float32x4_t b, float32x4_t c) noexcept {
  return vfmaq_laneq_f32(c, b, a, Lane);
}
#elif defined(__ARM_FEATURE_FMA)
// For loops that use all sixteen registers. g++ 12 gives these loads an addition or a move more in many places, and
// lets the next loads pass the last products, for which it then has no register; so all of it stays in the order
// written.
[[gnu::always_inline]] inline float32x4_t load_next(const float*& from) noexcept {
  float32x4_t value;
  asm volatile("vld1.32 {%e0-%f0}, [%1]!" : "=w"(value), "+r"(from) : "m"(*reinterpret_cast<const float(*)[4]>(from)));
  return value;
}
[[gnu::always_inline]] inline float32x4_t fill_next(const float*& from) noexcept {
  float32x4_t value;
  asm volatile("vld1.32 {%e0[], %f0[]}, [%1]!" : "=w"(value), "+r"(from) : "m"(*from));
  return value;
}
[[gnu::always_inline]] inline void store_next(float*& to, float32x4_t value) noexcept {
  asm volatile("vst1.32 {%e2-%f2}, [%0]!" : "+r"(to), "=m"(*reinterpret_cast<float(*)[4]>(to)) : "w"(value));
}
[[gnu::always_inline]] inline float32x4_t multiply_add_next(float32x4_t a, float32x4_t b, float32x4_t c) noexcept {
  asm volatile("vfma.f32 %q0, %q1, %q2" : "+w"(c) : "w"(a), "w"(b));
  return c;
}
#endif

#if defined(__aarch64__)
[[gnu::always_inline]] inline float32x4_t exact_divide(float32x4_t a, float32x4_t b) noexcept {
  return vdivq_f32(a, b);
}
[[gnu::always_inline]] inline float32x4_t exact_sqrt(float32x4_t a) noexcept { return vsqrtq_f32(a); }
#else
[[gnu::always_inline]] inline float32x4_t exact_divide(float32x4_t a, float32x4_t b) noexcept {
  return float32x4_t{a[0] / b[0], a[1] / b[1], a[2] / b[2], a[3] / b[3]};
}
[[gnu::always_inline]] inline float32x4_t exact_sqrt(float32x4_t a) noexcept {
  return float32x4_t{__builtin_sqrtf(a[0]), __builtin_sqrtf(a[1]), __builtin_sqrtf(a[2]), __builtin_sqrtf(a[3])};
}
#endif

}  // namespace cleave::detail
#endif
#endif

namespace cleave {

namespace detail {
// Some machines' registers have a faster form of it than xsimd; a name that is looked for must be declared.
void select_greater();

// Integer operators on a register, on g++ and clang alike. Written out, because g++ 12 loses a
// vector_size that depends on a template parameter.
template <std::size_t Lanes>
struct integer_register;
template <>
struct integer_register<4> {
  using type [[gnu::vector_size(16)]] = std::uint32_t;
};
template <>
struct integer_register<8> {
  using type [[gnu::vector_size(32)]] = std::uint32_t;
};
template <>
struct integer_register<16> {
  using type [[gnu::vector_size(64)]] = std::uint32_t;
};

// Registers that have a selection of their own overload this; the others find the name, and that it does not fit.
struct no_selection {};
inline void select_greater(no_selection) noexcept {}
}  // namespace detail

// A namespace of its own, as scalar_pack.hpp says.
namespace simd {

/// The floats of one vector register of `Arch`, an xsimd architecture such as `xsimd::avx2`.
/// What xsimd lacks, or does with other roundings than IEEE 754 has, comes from {x86,neon}_registers.hpp.
template <class Arch>
struct xsimd_pack {
  using batch = xsimd::batch<float, Arch>;

  static constexpr std::size_t lanes = batch::size;
  static constexpr bool fused = detail::registers_fuse;
  static constexpr int registers = detail::register_count(lanes);

  batch value{};

  [[gnu::always_inline]] static xsimd_pack load(const float* from) noexcept { return {batch::load_unaligned(from)}; }
  template <int Count>
  [[gnu::always_inline]] static xsimd_pack load_first(const float* from) noexcept {
    static_assert(Count >= 1 && Count <= static_cast<int>(lanes));
    if constexpr (Count == static_cast<int>(lanes)) return load(from);
    else return {batch(detail::load_part<Count>(from, raw{}))};
  }
  [[gnu::always_inline]] static xsimd_pack fill(float value) noexcept { return {batch(value)}; }
  [[gnu::always_inline]] void store(float* to) const noexcept { value.store_unaligned(to); }
  template <int Count>
  [[gnu::always_inline]] void store_first(float* to) const noexcept {
    static_assert(Count >= 1 && Count <= static_cast<int>(lanes));
    if constexpr (Count == static_cast<int>(lanes)) store(to);
    else detail::store_part<Count>(to, value.data);
  }

  [[gnu::always_inline]] friend xsimd_pack operator+(xsimd_pack a, xsimd_pack b) noexcept {
    return {a.value + b.value};
  }
  [[gnu::always_inline]] friend xsimd_pack operator-(xsimd_pack a, xsimd_pack b) noexcept {
    return {a.value - b.value};
  }
  [[gnu::always_inline]] friend xsimd_pack operator*(xsimd_pack a, xsimd_pack b) noexcept {
    return {a.value * b.value};
  }
  [[gnu::always_inline]] friend xsimd_pack fma(xsimd_pack a, xsimd_pack b, xsimd_pack c) noexcept {
    return {batch(detail::multiply_add(a.value.data, b.value.data, c.value.data))};
  }
  [[gnu::always_inline]] friend xsimd_pack divide(xsimd_pack a, xsimd_pack b) noexcept {
    return {batch(detail::exact_divide(a.value.data, b.value.data))};
  }
  [[gnu::always_inline]] friend xsimd_pack sqrt(xsimd_pack a) noexcept {
    return {batch(detail::exact_sqrt(a.value.data))};
  }
  [[gnu::always_inline]] friend xsimd_pack max(xsimd_pack a, xsimd_pack b) noexcept {
    return {batch(detail::maximum(a.value.data, b.value.data))};
  }
  [[gnu::always_inline]] friend xsimd_pack min(xsimd_pack a, xsimd_pack b) noexcept {
    return {batch(detail::minimum(a.value.data, b.value.data))};
  }
  [[gnu::always_inline]] friend xsimd_pack abs(xsimd_pack a) noexcept { return {xsimd::abs(a.value)}; }
  [[gnu::always_inline]] friend xsimd_pack select_greater(xsimd_pack a, xsimd_pack b, xsimd_pack yes,
                                                          xsimd_pack no) noexcept {
    if constexpr (requires { detail::select_greater(a.value.data, b.value.data, yes.value.data, no.value.data); }) {
      return {batch(detail::select_greater(a.value.data, b.value.data, yes.value.data, no.value.data))};
    } else {
      return {xsimd::select(a.value > b.value, yes.value, no.value)};
    }
  }
  [[gnu::always_inline]] friend xsimd_pack round_even(xsimd_pack a) noexcept {
    const batch magic(12582912.0f);  // 1.5 * 2^23: its unit in the last place is 1
    return {(a.value + magic) - magic};
  }
  [[gnu::always_inline]] friend xsimd_pack power_of_two(xsimd_pack n) noexcept {
    const auto biased = (bits)(n.value + batch(8388608.0f + 127.0f)).data;
    return {batch((raw)(biased << 23))};
  }
  [[gnu::always_inline]] friend xsimd_pack split_exponent(xsimd_pack a, xsimd_pack& mantissa) noexcept {
    const auto all = (bits)a.value.data;
    mantissa.value = batch((raw)((all & 0x007fffffu) | 0x3f800000u));
    return {batch((raw)((all >> 23) | 0x4b000000u)) - batch(8388608.0f + 127.0f)};
  }
  [[gnu::always_inline]] friend float reduce_max(xsimd_pack a) noexcept {
    float lane[lanes];
    a.store(lane);
    static_for<lanes - 1>(
        [&]<std::size_t Index>() { lane[Index + 1] = lane[Index] > lane[Index + 1] ? lane[Index] : lane[Index + 1]; });
    return lane[lanes - 1];
  }

#if defined(__AVX512F__)
  // What `pair_pack` asks for.
  [[gnu::always_inline]] static xsimd_pack load_twice(const float* from) noexcept
    requires(lanes == 16)
  {
    return {batch(detail::load_twice(from))};
  }
  template <unsigned Lanes>
  [[gnu::always_inline]] static xsimd_pack load_halves(const float* low, const float* high) noexcept
    requires(lanes == 16)
  {
    return {batch(detail::load_halves(Lanes, low, high))};
  }
  template <int Lane>
  [[gnu::always_inline]] xsimd_pack spread() const noexcept
    requires(lanes == 16)
  {
    return {batch(detail::spread_halves<Lane>(value.data))};
  }
  template <bool Low, bool High>
  [[gnu::always_inline]] static xsimd_pack fma_halves(xsimd_pack a, xsimd_pack b, xsimd_pack c) noexcept
    requires(lanes == 16)
  {
    return {batch(detail::multiply_add_halves<Low, High>(a.value.data, b.value.data, c.value.data))};
  }
  template <int Count>
  [[gnu::always_inline]] void store_high(float* to) const noexcept
    requires(lanes == 16)
  {
    detail::store_high<Count>(to, value.data);
  }
#endif

#if defined(__aarch64__)
  // What `lane_pack` asks for.
  template <std::size_t Lane>
  [[gnu::always_inline]] xsimd_pack fma_lane(xsimd_pack b, xsimd_pack c) const noexcept {
    return {batch(detail::multiply_add_lane<static_cast<int>(Lane)>(value.data, b.value.data, c.value.data))};
  }
#elif defined(__ARM_NEON) && defined(__ARM_FEATURE_FMA)
  // What `stream_pack` asks for.
  [[gnu::always_inline]] static xsimd_pack load_next(const float*& from) noexcept {
    return {batch(detail::load_next(from))};
  }
  [[gnu::always_inline]] static xsimd_pack fill_next(const float*& from) noexcept {
    return {batch(detail::fill_next(from))};
  }
  [[gnu::always_inline]] void store_next(float*& to) const noexcept { detail::store_next(to, value.data); }
  [[gnu::always_inline]] static xsimd_pack fma_next(xsimd_pack a, xsimd_pack b, xsimd_pack c) noexcept {
    return {batch(detail::multiply_add_next(a.value.data, b.value.data, c.value.data))};
  }
#endif

 private:
  using raw = typename batch::register_type;
  using bits = typename detail::integer_register<lanes>::type;
};

}  // namespace simd

using simd::xsimd_pack;

static_assert(pack<xsimd_pack<xsimd::default_arch>>);

}  // namespace cleave
#endif

namespace cleave {
using native_pack = xsimd_pack<xsimd::default_arch>;
}
#elif !defined(CLEAVE_SCALAR) && defined(__ARM_FEATURE_MVE) && (__ARM_FEATURE_MVE & 2)
// ---- cleave/simd/mve_pack.hpp ---------------------------------------------------------------------------------------
#ifndef CLEAVE_SIMD_MVE_PACK_HPP
#define CLEAVE_SIMD_MVE_PACK_HPP

/// @file
/// A pack of four floats for Arm's M-profile vector extension (Helium: Cortex-M55, M85). Include it only where
/// simd/native.hpp would. Like 32-bit NEON, its arithmetic is fused, rounds to nearest and takes subnormal numbers
/// for 0.

#include <cstddef>
#include <cstdint>

#include <arm_mve.h>

namespace cleave {

// A namespace of its own, as scalar_pack.hpp says.
namespace simd {

/// The floats of one vector register.
struct mve_pack {
  static constexpr std::size_t lanes = 4;
  static constexpr bool fused = true;
  static constexpr int registers = 8;
  static constexpr bool single_issue = true;

  float32x4_t value{};

  // Floats in memory, with no more alignment than they have. Not by intrinsics: g++ 12 moves their loads ahead of
  // stores to the same floats.
  using in_memory [[gnu::aligned(4), gnu::may_alias]] = float32x4_t;

  [[gnu::always_inline]] static mve_pack load(const float* from) noexcept {
    return {*reinterpret_cast<const in_memory*>(from)};
  }
  // For parts of a register vctp sets the predicate for the first lanes. In one piece with operands that name the
  // floats, for g++ 12 takes vstrwq_p for a store of all four lanes: it deletes what was stored just before to the
  // floats behind the part, and to other objects that lie there.
  template <int Count>
  [[gnu::always_inline]] static mve_pack load_first(const float* from) noexcept {
    static_assert(Count >= 1 && Count <= 4);
    if constexpr (Count == 4) {
      return load(from);
    } else {
#if defined(__clang__)
      return {vldrwq_z_f32(from, vctp32q(Count))};
#else
      float32x4_t result;
      asm("vctp.32 %[count]\n\tvpst\n\tvldrwt.u32 %q[result], [%[from]]"
          : [result] "=w"(result)
          : [from] "r"(from), [count] "r"(Count), "m"(*reinterpret_cast<const float(*)[Count]>(from))
          : "p0");
      return {result};
#endif
    }
  }
  [[gnu::always_inline]] static mve_pack fill(float value) noexcept { return {vdupq_n_f32(value)}; }
  [[gnu::always_inline]] void store(float* to) const noexcept { *reinterpret_cast<in_memory*>(to) = value; }
  template <int Count>
  [[gnu::always_inline]] void store_first(float* to) const noexcept {
    static_assert(Count >= 1 && Count <= 4);
    if constexpr (Count == 4) {
      store(to);
    } else {
#if defined(__clang__)
      vstrwq_p_f32(to, value, vctp32q(Count));
#else
      asm("vctp.32 %[count]\n\tvpst\n\tvstrwt.32 %q[value], [%[to]]"
          : "=m"(*reinterpret_cast<float(*)[Count]>(to))
          : [value] "w"(value), [to] "r"(to), [count] "r"(Count)
          : "p0");
#endif
    }
  }

  [[gnu::always_inline]] friend mve_pack operator+(mve_pack a, mve_pack b) noexcept {
    return {vaddq_f32(a.value, b.value)};
  }
  [[gnu::always_inline]] friend mve_pack operator-(mve_pack a, mve_pack b) noexcept {
    return {vsubq_f32(a.value, b.value)};
  }
  [[gnu::always_inline]] friend mve_pack operator*(mve_pack a, mve_pack b) noexcept {
    return {vmulq_f32(a.value, b.value)};
  }
  [[gnu::always_inline]] friend mve_pack fma(mve_pack a, mve_pack b, mve_pack c) noexcept {
    return {vfmaq_f32(c.value, a.value, b.value)};
  }
  [[gnu::always_inline]] static mve_pack fma_scalar(float x, mve_pack b, mve_pack c) noexcept {
    return {vfmaq_n_f32(c.value, b.value, x)};
  }
  // There are no vector instructions for these two.
  [[gnu::always_inline]] friend mve_pack divide(mve_pack a, mve_pack b) noexcept {
    return {float32x4_t{a.value[0] / b.value[0], a.value[1] / b.value[1], a.value[2] / b.value[2],
                        a.value[3] / b.value[3]}};
  }
  [[gnu::always_inline]] friend mve_pack sqrt(mve_pack a) noexcept {
    return {float32x4_t{square_root(a.value[0]), square_root(a.value[1]), square_root(a.value[2]),
                        square_root(a.value[3])}};
  }
  // vmaxnm would return the number where the other is a NaN.
  [[gnu::always_inline]] friend mve_pack max(mve_pack a, mve_pack b) noexcept { return select_greater(a, b, a, b); }
  [[gnu::always_inline]] friend mve_pack min(mve_pack a, mve_pack b) noexcept { return select_greater(b, a, a, b); }
  [[gnu::always_inline]] friend mve_pack abs(mve_pack a) noexcept { return {vabsq_f32(a.value)}; }
  [[gnu::always_inline]] friend mve_pack select_greater(mve_pack a, mve_pack b, mve_pack yes, mve_pack no) noexcept {
#if defined(__clang__)
    return {vpselq_f32(yes.value, no.value, vcmpgtq_f32(a.value, b.value))};
#else
    // In one piece: there is a single predicate register, and g++ 12 compares several packs before it selects, with
    // three moves for each predicate.
    float32x4_t result;
    asm("vcmp.f32 gt, %q1, %q2\n\tvpsel %q0, %q3, %q4"
        : "=&w"(result)
        : "w"(a.value), "w"(b.value), "w"(yes.value), "w"(no.value)
        : "p0");
    return {result};
#endif
  }
  [[gnu::always_inline]] friend mve_pack round_even(mve_pack a) noexcept {
    const float32x4_t magic = vdupq_n_f32(12582912.0f);  // 1.5 * 2^23: its unit in the last place is 1
    return {vsubq_f32(vaddq_f32(a.value, magic), magic)};
  }
  [[gnu::always_inline]] friend mve_pack power_of_two(mve_pack n) noexcept {
    const float32x4_t biased = vaddq_n_f32(n.value, 8388608.0f + 127.0f);
    return {vreinterpretq_f32_u32(vshlq_n_u32(vreinterpretq_u32_f32(biased), 23))};
  }
  [[gnu::always_inline]] friend mve_pack split_exponent(mve_pack a, mve_pack& mantissa) noexcept {
    const uint32x4_t bits = vreinterpretq_u32_f32(a.value);
    const uint32x4_t fraction = vandq_u32(bits, vdupq_n_u32(0x007fffffu));
    mantissa.value = vreinterpretq_f32_u32(vorrq_u32(fraction, vdupq_n_u32(0x3f800000u)));
    const uint32x4_t exponent = vorrq_u32(vshrq_n_u32(bits, 23), vdupq_n_u32(0x4b000000u));
    return {vsubq_n_f32(vreinterpretq_f32_u32(exponent), 8388608.0f + 127.0f)};
  }
  [[gnu::always_inline]] friend float reduce_max(mve_pack a) noexcept {
    const auto greater = [](float x, float y) { return x > y ? x : y; };
    return greater(greater(a.value[0], a.value[1]), greater(a.value[2], a.value[3]));
  }
};

}  // namespace simd

using simd::mve_pack;

static_assert(pack<mve_pack>);

}  // namespace cleave
#endif

namespace cleave {
using native_pack = mve_pack;
}
#else
namespace cleave {
using native_pack = scalar_pack;
}
#endif

#endif
// ---- cleave/network/options.hpp -------------------------------------------------------------------------------------
#ifndef CLEAVE_NETWORK_OPTIONS_HPP
#define CLEAVE_NETWORK_OPTIONS_HPP

/// @file
/// How a network computes, apart from what it computes.

namespace cleave {

/// The options of a network that computes with `Pack` and says nothing else.
template <pack Pack>
struct options_with {
  /// What kernels compute with.
  using pack = Pack;
  /// The workspace lies inside the network object; false: it is given to the constructor.
  static constexpr bool owns_workspace = true;
  /// Bytes that every tensor in the workspace is aligned to.
  static constexpr std::size_t alignment = Pack::lanes > 1 ? 64 : 8;
  /// How sums may be formed.
  static constexpr numeric_policy numerics = numeric_policy::in_order;
  /// Layers with weights share one function for all shapes: less code, more time.
  static constexpr bool small_code = false;
  /// Who computes a step's parts. With any other than `sequential` a network is given one to view.
  using executor = sequential;
};

/// What a network takes where nothing is said. Derive from it and hide what shall differ:
/// `struct on_scalars : cleave::default_options { using pack = cleave::scalar_pack; };`. The native pack is in its
/// type, so that units compiled for different processors can be linked together: each has networks of its own.
using default_options = options_with<native_pack>;

/// Options that permit what changes bits for speed: see `numeric_policy::winograd`. A network with these takes weights
/// that were prepared for it, see `prepared_weights`.
template <pack Pack>
struct fast_options_with : options_with<Pack> {
  static constexpr numeric_policy numerics = numeric_policy::winograd;
};
using fast_options = fast_options_with<native_pack>;

/// Options for where flash is scarcer than time; to be compiled with -Os. Bits are those of `default_options`.
template <pack Pack>
struct small_options_with : options_with<Pack> {
  static constexpr bool small_code = true;
};
using small_options = small_options_with<native_pack>;

/// What two ends must share for equal bits: 1 where products and sums are rounded once (one order of summation,
/// fused), 0 where they are rounded apart; and twice the number of the numeric policy.
template <class Options>
inline constexpr std::uint32_t numeric_id =
    (Options::pack::fused ? 1U : 0U) + 2U * static_cast<std::uint32_t>(Options::numerics);

}  // namespace cleave
#endif
// ---- cleave/core/static_for.hpp -------------------------------------------------------------------------------------
#ifndef CLEAVE_CORE_STATIC_FOR_HPP
#define CLEAVE_CORE_STATIC_FOR_HPP

/// @file
/// A loop that is unrolled for certain. Register arrays are indexed only through it: a plain `for`
/// made g++ 12 keep the accumulators of a 4x2 tile in memory (33 against 107 GFLOP/s, AVX2).

namespace cleave {

/// Calls `body.template operator()<I>()` for I = 0 .. Count-1, inlined, in that order.
/// The body is a lambda of the form `[&]<std::size_t I>() { ... }`.
template <std::size_t Count, class Body>
[[gnu::always_inline]] constexpr void static_for(Body&& body) {
  [&]<std::size_t... I>(std::index_sequence<I...>) __attribute__((always_inline)) {
    (body.template operator()<I>(), ...);
  }
  (std::make_index_sequence<Count>{});
}

}  // namespace cleave
#endif
// ---- cleave/kernels/winograd_transform.hpp --------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_WINOGRAD_TRANSFORM_HPP
#define CLEAVE_KERNELS_WINOGRAD_TRANSFORM_HPP

/// @file
/// The transforms of Winograd's filtering along one direction, F(4, 3) with the points 0, 1, -1, 2, -2 and infinity,
/// F(2, 3) with 0, 1, -1 and infinity. Products are powers of two or feed an `fma`, so the bits are the same on all
/// packs that fuse.

namespace cleave::kernels {

/// From the inputs of a window to its points: B^T d.
template <pack Pack>
[[gnu::always_inline]] inline std::array<Pack, 6> winograd_input(const std::array<Pack, 6>& d) noexcept {
  const auto times = [](float factor, Pack x, Pack y) __attribute__((always_inline)) {
    return fma(Pack::fill(factor), x, y);
  };
  const Pack even = times(-4, d[2], d[4]);
  const Pack odd = times(-4, d[1], d[3]);
  const Pack far_even = d[4] - d[2];
  const Pack far_odd = d[3] - d[1];
  return {times(4, d[0], times(-5, d[2], d[4])),
          even + odd,
          even - odd,
          times(2, far_odd, far_even),
          times(-2, far_odd, far_even),
          times(4, d[1], times(-5, d[3], d[5]))};
}
template <pack Pack>
[[gnu::always_inline]] inline std::array<Pack, 4> winograd_input(const std::array<Pack, 4>& d) noexcept {
  return {d[0] - d[2], d[1] + d[2], d[2] - d[1], d[1] - d[3]};
}

/// From three weights to one of their points: G g with the rows for other points than 0 and infinity times -6, -6, 24,
/// 24 (edge 4) or 2, 2 (edge 2). The outputs' transform makes up for that, so that no weight is rounded for a factor's
/// sake; factors here are powers of two, so that fused or not the sums are the same.
template <int Edge, std::size_t Point, pack Pack>
[[gnu::always_inline]] inline Pack winograd_weight(Pack g0, Pack g1, Pack g2) noexcept {
  const auto times = [](float factor, Pack x, Pack y) __attribute__((always_inline)) {
    return fma(Pack::fill(factor), x, y);
  };
  if constexpr (Point == 0) return g0;
  else if constexpr (Point == 1) return (g0 + g2) + g1;
  else if constexpr (Point == 2) return (g0 + g2) - g1;
  else if constexpr (Edge == 2 || Point == 5) return g2;
  else return times(Point == 3 ? 2 : -2, g1, times(4, g2, g0));
}

/// The points of a 3x3 kernel. `load(y, x)` gives its weights; `store(y, x, number)` takes the points, row by row, so
/// that few registers wait.
template <int Edge, pack Pack, class Load, class Store>
[[gnu::always_inline]] inline void winograd_kernel(Load&& load, Store&& store) noexcept {
  Pack g[9];
  static_for<9>([&]<std::size_t I>() __attribute__((always_inline)) { g[I] = load(I / 3, I % 3); });
  static_for<Edge + 2>([&]<std::size_t Y>() __attribute__((always_inline)) {
    const Pack left = winograd_weight<Edge, Y>(g[0], g[3], g[6]);
    const Pack middle = winograd_weight<Edge, Y>(g[1], g[4], g[7]);
    const Pack right = winograd_weight<Edge, Y>(g[2], g[5], g[8]);
    static_for<Edge + 2>([&]<std::size_t X>() __attribute__((always_inline)) {
      store(Y, X, winograd_weight<Edge, X>(left, middle, right));
    });
  });
}

/// From the points to the outputs: A^T m, each output divided by its `winograd_scale`.
template <pack Pack>
[[gnu::always_inline]] inline std::array<Pack, 4> winograd_output(const std::array<Pack, 6>& m) noexcept {
  const auto times = [](float factor, Pack x, Pack y) __attribute__((always_inline)) {
    return fma(Pack::fill(factor), x, y);
  };
  const Pack near_even = m[1] + m[2];
  const Pack near_odd = m[1] - m[2];
  const Pack far_even = m[3] + m[4];
  const Pack far_odd = m[3] - m[4];
  return {times(6, m[0], times(-4, near_even, far_even)), times(-2, near_odd, far_odd), far_even - near_even,
          times(6, m[5], times(2, far_odd, m[2] - m[1]))};
}
template <pack Pack>
[[gnu::always_inline]] inline std::array<Pack, 2> winograd_output(const std::array<Pack, 4>& m) noexcept {
  const auto times = [](float factor, Pack x, Pack y) __attribute__((always_inline)) {
    return fma(Pack::fill(factor), x, y);
  };
  return {times(2, m[0], m[1] + m[2]), times(-2, m[3], m[1] - m[2])};
}

/// What output (y, x) of a tile is multiplied with in the end.
constexpr float winograd_scale(int edge, std::size_t y, std::size_t x) noexcept {
  constexpr float line[]{24, 12, 6, 6};
  return edge == 2 ? 0.25F : 1.0F / (line[y] * line[x]);
}

/// Calls `body.template operator()<Lanes>(channel)` for vectors of channels, the last with the lanes that are left.
template <int Channels, pack Pack, class Body>
[[gnu::always_inline]] inline void for_each_vector(Body&& body) noexcept {
  constexpr int lanes = static_cast<int>(Pack::lanes);
  constexpr int whole = Channels / lanes * lanes;
  for (int channel = 0; channel < whole; channel += lanes) body.template operator()<lanes>(channel);
  if constexpr (whole < Channels) body.template operator()<Channels - whole>(whole);
}

/// A square of `Side` x `Side` numbers, transformed in both directions. `load(y, x)` gives the numbers, column by
/// column; `store(y, x, number)` takes the results, row by row.
template <int Side, int Result, class Load, class Transform, class Store>
[[gnu::always_inline]] inline void winograd_square(Load&& load, Transform&& transform, Store&& store) noexcept {
  using number = decltype(load(std::size_t{}, std::size_t{}));
  constexpr auto side = static_cast<std::size_t>(Side);
  constexpr auto result = static_cast<std::size_t>(Result);
  number half[result][side];
  static_for<side>([&]<std::size_t X>() __attribute__((always_inline)) {
    std::array<number, side> column;
    static_for<side>([&]<std::size_t Y>() __attribute__((always_inline)) { column[Y] = load(Y, X); });
    const std::array<number, result> done = transform(column);
    static_for<result>([&]<std::size_t Y>() __attribute__((always_inline)) { half[Y][X] = done[Y]; });
  });
  static_for<result>([&]<std::size_t Y>() __attribute__((always_inline)) {
    std::array<number, side> row;
    static_for<side>([&]<std::size_t X>() __attribute__((always_inline)) { row[X] = half[Y][X]; });
    const std::array<number, result> done = transform(row);
    static_for<result>([&]<std::size_t X>() __attribute__((always_inline)) { store(Y, X, done[X]); });
  });
}

}  // namespace cleave::kernels
#endif
// ---- cleave/kernels/winograd_weights.hpp ----------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_WINOGRAD_WEIGHTS_HPP
#define CLEAVE_KERNELS_WINOGRAD_WEIGHTS_HPP

/// @file
/// Weights of a 3x3 convolution, transformed once for many runs: G g G^T. Sums of floats alone, so the results are the
/// same bits on every target, and in a call that transforms them itself.

namespace cleave::kernels {

namespace detail {

template <int Edge>
void winograd_prepare(const conv2d_shape& of, const winograd_tiling& tiling, const float* weights,
                      float* prepared) noexcept {
  using scalar = basic_scalar_pack<false>;
  const blocked_layout from = blocked(of);
  for (int output = 0; output < of.out.channels; ++output) {
    for (int input = 0; input < of.group_inputs(); ++input) {
      const auto load = [&](std::size_t y, std::size_t x) {
        return scalar::load(weights + from.weight(output, static_cast<int>(y), static_cast<int>(x), input));
      };
      const auto store = [&](std::size_t y, std::size_t x, scalar value) {
        const int point = static_cast<int>(y) * (Edge + 2) + static_cast<int>(x);
        prepared[winograd_weight(of, tiling, point, output, input)] = value.value;
      };
      winograd_kernel<Edge, scalar>(load, store);
    }
  }
}

}  // namespace detail

/// Transforms the weights of a convolution, in the layout `blocked(of)`, into `winograd_weight_floats` floats.
inline void winograd_prepare(const conv2d_shape& of, const winograd_tiling& tiling, const float* weights,
                             float* prepared) noexcept {
  std::fill_n(prepared, winograd_weight_floats(of, tiling), 0.0F);
  if (tiling.edge == 4) detail::winograd_prepare<4>(of, tiling, weights, prepared);
  else detail::winograd_prepare<2>(of, tiling, weights, prepared);
}

}  // namespace cleave::kernels
#endif
// ---- cleave/core/crc32c.hpp -----------------------------------------------------------------------------------------
#ifndef CLEAVE_CORE_CRC32C_HPP
#define CLEAVE_CORE_CRC32C_HPP

/// @file
/// CRC-32C (Castagnoli, RFC 3720 appendix B.4): guards weight blobs and frames. It finds every
/// error of up to 5 bits in a frame header and every burst of up to 32 bits anywhere.

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
// ---- cleave/weights/format.hpp --------------------------------------------------------------------------------------
#ifndef CLEAVE_WEIGHTS_FORMAT_HPP
#define CLEAVE_WEIGHTS_FORMAT_HPP

/// @file
/// The bytes of a weight blob: a header, a table with a line a layer, and the data. docs/weights.md has the table of
/// offsets. Nothing here knows a graph, so any blob can be shown, checked and sliced.

namespace cleave {

/// Sizes of the format, in bytes.
namespace blob_format {
inline constexpr std::uint32_t magic = 0x57564C43;  // "CLVW"
inline constexpr std::uint16_t version = 1;
inline constexpr std::size_t header_bytes = 64;
inline constexpr std::size_t line_bytes = 24;
inline constexpr std::size_t alignment = 64;  // of the data, and of each layer in it

constexpr std::size_t data_offset(std::size_t layers) noexcept {
  return round_up(header_bytes + layers * line_bytes, alignment);
}
/// What a layer of `bytes` takes of the data.
constexpr std::uint64_t padded(std::uint64_t bytes) noexcept { return (bytes + alignment - 1) / alignment * alignment; }
}  // namespace blob_format

/// One line of the table: a layer's weights.
struct blob_line {
  std::uint64_t offset = 0;  ///< from the start of the data of a blob with all layers
  std::uint64_t bytes = 0;
  std::uint32_t crc = 0;  ///< CRC-32C of those bytes
  weight_layout_kind layout = weight_layout_kind::none;
  dtype type = dtype::float32;

  constexpr bool operator==(const blob_line&) const = default;
};

/// What the header of a blob says.
struct blob_header {
  std::uint64_t graph_fingerprint = 0;
  std::uint64_t weights_fingerprint = 0;  ///< hash of the table, the same in every slice
  std::uint32_t layers = 0;               ///< lines in the table: all layers of the graph
  std::uint32_t first_layer = 1;          ///< of those whose data follows; an empty slice has first_layer > last_layer
  std::uint32_t last_layer = 0;
  std::uint64_t data_bytes = 0;

  constexpr std::size_t data_offset() const noexcept { return blob_format::data_offset(layers); }
  constexpr std::uint64_t total_bytes() const noexcept { return data_offset() + data_bytes; }
};

constexpr void write_line(std::byte* to, const blob_line& line) noexcept {
  store_little(to, line.offset);
  store_little(to + 8, line.bytes);
  store_little(to + 16, line.crc);
  to[20] = static_cast<std::byte>(line.layout);
  to[21] = static_cast<std::byte>(line.type);
  store_little(to + 22, std::uint16_t{0});
}

constexpr blob_line read_line(const std::byte* from) noexcept {
  blob_line line;
  line.offset = load_little<std::uint64_t>(from);
  line.bytes = load_little<std::uint64_t>(from + 8);
  line.crc = load_little<std::uint32_t>(from + 16);
  line.layout = static_cast<weight_layout_kind>(from[20]);
  line.type = static_cast<dtype>(from[21]);
  return line;
}

/// The hash of a table of `layers` lines.
constexpr std::uint64_t table_fingerprint(const std::byte* table, std::size_t layers) noexcept {
  structural_hash hash;
  for (std::size_t i = 0; i < layers * blob_format::line_bytes / 8; ++i) {
    hash.add(load_little<std::uint64_t>(table + 8 * i));
  }
  return hash.value();
}

/// Writes the header in front of a table that is already in place behind it.
constexpr void write_header(std::byte* to, const blob_header& header) noexcept {
  using blob_format::header_bytes, blob_format::line_bytes, blob_format::magic, blob_format::version;
  store_little(to, magic);
  store_little(to + 4, version);
  store_little(to + 6, static_cast<std::uint16_t>(header_bytes));
  store_little(to + 8, header.graph_fingerprint);
  store_little(to + 16, header.weights_fingerprint);
  store_little(to + 24, header.layers);
  store_little(to + 28, header.first_layer);
  store_little(to + 32, header.last_layer);
  store_little(to + 36, std::uint32_t{0});
  store_little(to + 40, header.data_bytes);
  store_little(to + 48, std::uint64_t{0});
  store_little(to + 56, std::uint32_t{0});
  const std::uint32_t head = crc32c({to, header_bytes - 4});
  store_little(to + 60, crc32c({to + header_bytes, header.layers * line_bytes}, head));
}

/// The line of layer `number`, from 1. Requires: the bytes hold the table.
constexpr blob_line line_of(std::span<const std::byte> blob, std::size_t number) noexcept {
  return read_line(blob.data() + blob_format::header_bytes + (number - 1) * blob_format::line_bytes);
}

/// A piece of the data of a blob with all layers.
struct blob_extent {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;

  constexpr std::uint64_t bytes() const noexcept { return end - begin; }
};

/// What the layers first..final take of the data; empty for first > final.
constexpr blob_extent extent_of(std::span<const std::byte> blob, std::size_t first, std::size_t final) noexcept {
  if (first > final) return {};
  const blob_line end = line_of(blob, final);
  return {line_of(blob, first).offset, end.offset + blob_format::padded(end.bytes)};
}

/// True when the layers of a table follow one another in the data, each at the first multiple of the alignment.
constexpr bool lies_in_order(const std::byte* table, std::size_t layers) noexcept {
  std::uint64_t next = 0;
  for (std::size_t i = 0; i < layers; ++i) {
    const blob_line line = read_line(table + i * blob_format::line_bytes);
    // Far above what any machine holds, far below where the sum would wrap.
    if (line.offset != next || line.bytes > std::uint64_t{1} << 48 || next > std::uint64_t{1} << 48) return false;
    next += blob_format::padded(line.bytes);
  }
  return true;
}

/// True when bytes that fill a gap are 0, as they must be: no checksum covers them.
constexpr bool is_filling(std::span<const std::byte> bytes) noexcept {
  for (const std::byte each : bytes) {
    if (each != std::byte{0}) return false;
  }
  return true;
}

/// Reads and checks header and table; the data is checked by `check_data`. Never reads behind `bytes`.
constexpr result<blob_header> read_header(std::span<const std::byte> bytes) noexcept {
  using blob_format::header_bytes, blob_format::line_bytes, blob_format::magic, blob_format::version;
  for (std::size_t i = 0; i < 4 && i < bytes.size(); ++i) {
    if (bytes[i] != static_cast<std::byte>(magic >> (8 * i) & 0xFFU)) return errc::not_a_weight_blob;
  }
  if (bytes.size() < 6) return errc::truncated_blob;
  if (load_little<std::uint16_t>(bytes.data() + 4) != version) return errc::unsupported_version;
  if (bytes.size() < header_bytes) return errc::truncated_blob;
  blob_header header;
  header.graph_fingerprint = load_little<std::uint64_t>(bytes.data() + 8);
  header.weights_fingerprint = load_little<std::uint64_t>(bytes.data() + 16);
  header.layers = load_little<std::uint32_t>(bytes.data() + 24);
  header.first_layer = load_little<std::uint32_t>(bytes.data() + 28);
  header.last_layer = load_little<std::uint32_t>(bytes.data() + 32);
  header.data_bytes = load_little<std::uint64_t>(bytes.data() + 40);
  // A damaged count must not make the table reach behind the bytes.
  if (header.layers > (bytes.size() - header_bytes) / line_bytes) return errc::truncated_blob;
  const std::uint32_t head = crc32c(bytes.first(header_bytes - 4));
  const std::uint32_t all = crc32c(bytes.subspan(header_bytes, header.layers * line_bytes), head);
  if (all != load_little<std::uint32_t>(bytes.data() + 60)) return errc::corrupt_blob;
  if (header.weights_fingerprint != table_fingerprint(bytes.data() + header_bytes, header.layers)) {
    return errc::corrupt_blob;
  }
  // Behind right checksums only a faulty writer leaves what follows; slices rely on it.
  if (header.first_layer == 0 || header.last_layer > header.layers || header.first_layer > header.last_layer + 1 ||
      !lies_in_order(bytes.data() + header_bytes, header.layers) ||
      header.data_bytes != extent_of(bytes, header.first_layer, header.last_layer).bytes()) {
    return errc::corrupt_blob;
  }
  if (header.data_bytes > bytes.size() || header.total_bytes() > bytes.size()) return errc::truncated_blob;
  const std::size_t table_end = header_bytes + header.layers * line_bytes;
  if (!is_filling(bytes.subspan(table_end, header.data_offset() - table_end))) return errc::corrupt_blob;
  return header;
}

/// Compares the data of the layers first..final with the table. Requires: `read_header` made `header` of these bytes.
constexpr status check_data(std::span<const std::byte> blob, const blob_header& header, std::size_t first,
                            std::size_t final) noexcept {
  if (first > final) return {};
  if (first < header.first_layer || final > header.last_layer) return errc::missing_layers;
  const std::uint64_t held = line_of(blob, header.first_layer).offset;
  for (std::size_t number = first; number <= final; ++number) {
    const blob_line line = line_of(blob, number);
    const std::size_t at = header.data_offset() + static_cast<std::size_t>(line.offset - held);
    const auto bytes = static_cast<std::size_t>(line.bytes);
    if (crc32c(blob.subspan(at, bytes)) != line.crc ||
        !is_filling(blob.subspan(at + bytes, static_cast<std::size_t>(blob_format::padded(line.bytes)) - bytes))) {
      return errc::corrupt_blob;
    }
  }
  return {};
}

}  // namespace cleave
#endif
// ---- cleave/network/prepared_layout.hpp -----------------------------------------------------------------------------
#ifndef CLEAVE_NETWORK_PREPARED_LAYOUT_HPP
#define CLEAVE_NETWORK_PREPARED_LAYOUT_HPP

/// @file
/// Where each layer's prepared weights lie.

namespace cleave {

/// The place of each node's prepared weights, in bytes from the first of all; behind the last node the size of all.
template <const auto& Graph, numeric_policy Policy>
inline constexpr auto prepared_offsets = [] {
  std::array<std::size_t, Graph.node_count + 1> offsets{};
  for (std::size_t i = 0; i < Graph.node_count; ++i) {
    offsets[i + 1] = offsets[i] + round_up(prepared_bytes_of(Graph.nodes[i], Policy), blob_format::alignment);
  }
  return offsets;
}();

}  // namespace cleave
#endif
// ---- cleave/weights/view.hpp ----------------------------------------------------------------------------------------
#ifndef CLEAVE_WEIGHTS_VIEW_HPP
#define CLEAVE_WEIGHTS_VIEW_HPP

/// @file
/// Weights where they lie: in flash, in a mapped file, in an array. A view checks them once and copies nothing.

namespace cleave {

/// A blob's data in memory.
struct weight_source {
  const std::byte* data = nullptr;  ///< the first byte held
  std::size_t first_offset = 0;     ///< the offset of that byte in a blob with all layers
  /// Weights in the form that a numeric policy wants, and the offset of their first byte among those of all layers.
  const std::byte* prepared = nullptr;
  std::size_t first_prepared = 0;

  const float* at(std::size_t offset) const noexcept {
    return reinterpret_cast<const float*>(data + (offset - first_offset));
  }
  const float* prepared_at(std::size_t offset) const noexcept {
    return prepared == nullptr ? nullptr : reinterpret_cast<const float*>(prepared + (offset - first_prepared));
  }
};

/// Some layers of a graph, as a template argument: `all_layers`, `up_to("pool2")`, `behind(6)`.
struct layer_part {
  enum class side : std::uint8_t { all, before, after };
  cut_point cut = 0;
  side which = side::all;

  template <class Graph>
  constexpr std::size_t first(const Graph& graph) const noexcept {
    return which == side::after ? cut.in(graph) + 1 : 1;
  }
  template <class Graph>
  constexpr std::size_t last(const Graph& graph) const noexcept {
    return which == side::before ? cut.in(graph) : graph.last;
  }
};

inline constexpr layer_part all_layers{};
/// The layers of the device half of a cut.
consteval layer_part up_to(cut_point cut) { return {cut, layer_part::side::before}; }
/// The layers of the remote half of a cut.
consteval layer_part behind(cut_point cut) { return {cut, layer_part::side::after}; }

/// Weights of the layers First..Last of a graph, checked. Does not own them.
template <const auto& Graph, std::size_t First = 1, std::size_t Last = Graph.last>
class weights_view {
 public:
  static constexpr const auto& graph = Graph;
  static constexpr std::size_t first_layer = First;
  static constexpr std::size_t last_layer = Last;

  /// For those who have checked: `view_weights`, `load_weights` and networks that hand on theirs.
  constexpr weights_view(weight_source source, std::uint64_t fingerprint) noexcept
      : source_(source), fingerprint_(fingerprint) {}

  constexpr weight_source source() const noexcept { return source_; }
  /// The hash of the table of all layers' weights: equal for all slices of one blob.
  constexpr std::uint64_t fingerprint() const noexcept { return fingerprint_; }

 private:
  weight_source source_;
  std::uint64_t fingerprint_;
};

/// True for types that give the weights of at least the layers First..Last of this graph.
template <class Weights, const auto& Graph, std::size_t First, std::size_t Last>
concept holds_layers = requires(const Weights& weights) {
  { weights.source() } -> std::same_as<weight_source>;
  { weights.fingerprint() } -> std::same_as<std::uint64_t>;
  requires& Weights::graph == &Graph;
  requires First > Last || (Weights::first_layer <= First && Last <= Weights::last_layer);
};

namespace detail {

/// The table that a blob of this graph must have, but for the checksums. By itself, so that the graph need not be in
/// the program.
template <const auto& Graph>
inline constexpr auto expected_lines = [] {
  std::array<blob_line, Graph.last> lines{};
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const weight_place& place = Graph.nodes[Graph.end_of(i + 1) - 1].weights;
    lines[place.line - 1] = {place.offset, place.floats * 4, 0, place.layout, dtype::float32};
  }
  return lines;
}();

/// Compares a blob with what the graph expects of the layers first..final, and finds their data.
template <const auto& Graph>
constexpr result<weight_source> find_weights(std::span<const std::byte> blob, std::size_t first,
                                             std::size_t final) noexcept {
  const result<blob_header> header = read_header(blob);
  if (!header) return header.error();
  constexpr std::uint64_t print = weight_graph_fingerprint(Graph);
  constexpr const auto& expected = expected_lines<Graph>;
  if (header->graph_fingerprint != print || header->layers != expected.size()) return errc::wrong_graph;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    blob_line line = line_of(blob, i + 1);
    line.crc = 0;
    if (line != expected[i]) return errc::wrong_graph;
  }
  if constexpr (Graph.stored_fingerprint == 0) {
    if (const status checked = check_data(blob, *header, first, final); !checked) return checked.error();
  } else {
    for (std::size_t layer = first; layer <= final; ++layer) {
      // Of layers without weights a slice need not know.
      const weight_place& place = Graph.nodes[Graph.end_of(layer) - 1].weights;
      if (place.floats == 0) continue;
      if (const status checked = check_data(blob, *header, place.line, place.line); !checked) return checked.error();
    }
  }
  const std::size_t held = header->first_layer > header->last_layer
                               ? 0
                               : static_cast<std::size_t>(line_of(blob, header->first_layer).offset);
  return weight_source{blob.data() + header->data_offset(), held};
}

}  // namespace detail

/// Views the weights in `blob`, a whole blob or a slice that holds the part asked for. Refuses, each with its own code:
/// bytes that are no blob, another version, a blob of another graph, a slice that lacks layers, one that is cut short,
/// a wrong checksum, and bytes that do not start at a multiple of 4 (64 is best: see docs/weights.md).
template <const auto& Graph, layer_part Part = all_layers>
auto view_weights(std::span<const std::byte> blob) noexcept
    -> result<weights_view<Graph, Part.first(Graph), Part.last(Graph)>> {
  [[maybe_unused]] const checked_graph<Graph> graph_is_sound;
  [[maybe_unused]] const checked_cut<Graph, Part.cut> cut_is_sound;
  if (reinterpret_cast<std::uintptr_t>(blob.data()) % 4 != 0) return errc::misaligned_blob;
  constexpr std::size_t first = Part.first(Graph);  // while compiling: the graph need not be in the program
  constexpr std::size_t final = Part.last(Graph);
  const result<weight_source> found = detail::find_weights<Graph>(blob, first, final);
  if (!found) return found.error();
  return weights_view<Graph, first, final>{*found, load_little<std::uint64_t>(blob.data() + 16)};
}

}  // namespace cleave
#endif
// ---- cleave/network/prepared_weights.hpp ----------------------------------------------------------------------------
#ifndef CLEAVE_NETWORK_PREPARED_WEIGHTS_HPP
#define CLEAVE_NETWORK_PREPARED_WEIGHTS_HPP

/// @file
/// Weights in the form that the numeric policy of some options wants, made once and shared by all networks with those
/// options. What has no other form is used where it lies.

namespace cleave {

/// Views weights, and their other form in memory of the caller's; both must outlive it.
template <const auto& Graph, class Options = default_options, std::size_t First = 1, std::size_t Last = Graph.last>
class prepared_weights {
  static constexpr std::size_t begin = First <= 1 ? 0 : Graph.end_of(First - 1);
  static constexpr std::size_t end = Graph.end_of(Last);
  static constexpr const auto& offsets = prepared_offsets<Graph, Options::numerics>;

 public:
  static constexpr const auto& graph = Graph;
  static constexpr std::size_t first_layer = First;
  static constexpr std::size_t last_layer = Last;
  static constexpr numeric_policy numerics = Options::numerics;
  /// Memory that the other form takes.
  static constexpr std::size_t bytes = First > Last ? 0 : offsets[end] - offsets[begin];

  /// Transforms what the policy wants transformed. `memory` starts at a multiple of 64.
  template <class Weights>
    requires holds_layers<Weights, Graph, First, Last>
  prepared_weights(const Weights& weights, std::span<std::byte, bytes> memory) noexcept
      : prepared_weights(weights.source(), weights.fingerprint(), memory.data()) {
    for (std::size_t i = begin; i < end; ++i) {
      const node& of = Graph.nodes[i];
      const kernels::winograd_tiling tiling = winograd_of(of, numerics);
      if (tiling.edge == 0 || tiling.inputs > 0) continue;
      kernels::winograd_prepare(conv2d_shape_of(of, {}), tiling, source_.at(of.weights.offset),
                                reinterpret_cast<float*>(memory.data() + (offsets[i] - offsets[begin])));
    }
  }
  template <class Weights>
    requires(!std::is_lvalue_reference_v<Weights> && holds_layers<Weights, Graph, First, Last>)
  prepared_weights(const Weights&& weights, std::span<std::byte, bytes> memory) = delete;

  /// For networks that hand on theirs: `source` is prepared already.
  prepared_weights(weight_source source, std::uint64_t fingerprint) noexcept
      : source_(source), fingerprint_(fingerprint) {}

  weight_source source() const noexcept { return source_; }
  std::uint64_t fingerprint() const noexcept { return fingerprint_; }

 private:
  prepared_weights(weight_source source, std::uint64_t fingerprint, const std::byte* memory) noexcept
      : source_(source), fingerprint_(fingerprint) {
    source_.prepared = memory;
    source_.first_prepared = offsets[begin];
  }

  weight_source source_;
  std::uint64_t fingerprint_;
};

namespace detail {

/// True where a network with these options can use such weights as they are.
template <class Weights, const auto& Graph, class Options, std::size_t First, std::size_t Last>
consteval bool is_prepared() {
  if constexpr (prepared_weights<Graph, Options, First, Last>::bytes == 0) {
    return true;
  } else if constexpr (requires { Weights::numerics; }) {
    return Weights::numerics == Options::numerics;
  } else {
    return false;
  }
}

/// Says so where they are not.
template <class Weights, const auto& Graph, class Options, std::size_t First, std::size_t Last>
consteval bool check_prepared() {
  static_assert(is_prepared<Weights, Graph, Options, First, Last>(),
                "cleave: the numeric policy of these options wants prepared weights: "
                "auto prepared = cleave::prepare_weights<graph, Options>(weights);");
  return true;
}

}  // namespace detail

}  // namespace cleave
#endif
// ---- cleave/kernels/flat.hpp ----------------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_FLAT_HPP
#define CLEAVE_KERNELS_FLAT_HPP

/// @file
/// Loops over elements that all get the same treatment. Rows of a tensor lie behind each other, so these run over them
/// as one line; only numbers a channel need to know where a pixel begins.

namespace cleave::kernels {

/// A run of elements of a tensor.
struct flat_run {
  std::size_t first;
  std::size_t count;
};

/// The elements of one row.
constexpr std::size_t row_size(shape of) noexcept {
  return static_cast<std::size_t>(of.width) * static_cast<std::size_t>(of.channels);
}

/// Where the elements of `rows` lie.
constexpr flat_run elements_of(shape of, range rows) noexcept {
  return {static_cast<std::size_t>(rows.begin) * row_size(of), static_cast<std::size_t>(rows.size()) * row_size(of)};
}

namespace detail {

/// The last few elements, fewer than a pack: `function` sees them padded with zeros.
template <pack Pack, class Function, class... In>
[[gnu::always_inline]] inline void map_rest(float* out, std::size_t count, Function function,
                                            const In*... in) noexcept {
  const auto padded = [&](const float* from) __attribute__((always_inline)) {
    float rest[Pack::lanes] = {};
    for (std::size_t i = 0; i < count; ++i) rest[i] = from[i];
    return Pack::load(rest);
  };
  float results[Pack::lanes];
  function(padded(in)...).store(results);
  for (std::size_t i = 0; i < count; ++i) out[i] = results[i];
}

/// `numbers` over and over, long enough to load a pack from wherever a pixel stands.
template <int Channels, pack Pack>
struct repeated_numbers {
  float number[Pack::lanes + static_cast<std::size_t>(Channels)];

  [[gnu::always_inline]] explicit repeated_numbers(const float* numbers) noexcept {
    constexpr auto channels = static_cast<std::size_t>(Channels);
    for (std::size_t i = 0; i < channels; ++i) number[i] = numbers[i];
    for (std::size_t i = channels; i < Pack::lanes + channels; ++i) number[i] = number[i - channels];
  }
};

}  // namespace detail

/// out[i] = function(in[i]...) for `count` elements. `out` may be any of `in`; they must not overlap otherwise.
template <pack Pack, class Function, class... In>
[[gnu::always_inline]] inline void map_flat(float* out, std::size_t count, Function function,
                                            const In*... in) noexcept {
  std::size_t i = 0;
  for (; i + Pack::lanes <= count; i += Pack::lanes) function(Pack::load(in + i)...).store(out + i);
  if constexpr (Pack::lanes > 1) {
    if (i < count) detail::map_rest<Pack>(out + i, count - i, function, (in + i)...);
  }
}

/// out[i] = function(in[i], numbers[i mod Channels]...). `count` is a multiple of Channels; `out` may be `in`.
template <int Channels, pack Pack, class Function, class... Numbers>
[[gnu::always_inline]] inline void map_channels(float* out, std::size_t count, Function function, const float* in,
                                                const Numbers*... numbers) noexcept {
  constexpr auto channels = static_cast<std::size_t>(Channels);
  constexpr std::size_t tail = channels % Pack::lanes;
  if constexpr (channels < Pack::lanes && sizeof...(Numbers) > 0) {
    // Several pixels a pack.
    const auto run = [&](const auto&... repeated) __attribute__((always_inline)) {
      std::size_t phase = 0;
      std::size_t i = 0;
      for (; i + Pack::lanes <= count; i += Pack::lanes) {
        function(Pack::load(in + i), Pack::load(repeated.number + phase)...).store(out + i);
        phase += Pack::lanes % channels;
        if (phase >= channels) phase -= channels;
      }
      if (i < count) detail::map_rest<Pack>(out + i, count - i, function, in + i, (repeated.number + phase)...);
    };
    run(detail::repeated_numbers<Channels, Pack>(numbers)...);
  } else {
    for (std::size_t pixel = 0; pixel < count; pixel += channels) {
      std::size_t c = 0;
      for (; c + Pack::lanes <= channels; c += Pack::lanes) {
        function(Pack::load(in + pixel + c), Pack::load(numbers + c)...).store(out + pixel + c);
      }
      if constexpr (tail > 0) {
        constexpr auto rest = static_cast<int>(tail);
        function(Pack::template load_first<rest>(in + pixel + c), Pack::template load_first<rest>(numbers + c)...)
            .template store_first<rest>(out + pixel + c);
      }
    }
  }
}

}  // namespace cleave::kernels
#endif
// ---- cleave/kernels/largest.hpp -------------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_LARGEST_HPP
#define CLEAVE_KERNELS_LARGEST_HPP

/// @file
/// The largest of a row of numbers.

namespace cleave::kernels {

/// The first `Count` floats (-0 becoming +0); the other lanes are -inf.
template <int Count, pack Pack>
[[gnu::always_inline]] inline Pack load_lowest(const float* from) noexcept {
  if constexpr (static_cast<std::size_t>(Count) == Pack::lanes) return Pack::load(from);
  static constexpr auto beyond = [] {
    std::array<float, Pack::lanes> made{};
    for (std::size_t i = static_cast<std::size_t>(Count); i < Pack::lanes; ++i) {
      made[i] = -std::numeric_limits<float>::infinity();
    }
    return made;
  }();
  return Pack::template load_first<Count>(from) + Pack::load(beyond.data());
}

/// The largest of `Count` floats; which of +0 and -0 is open, and so is everything where one is a NaN.
template <int Count, pack Pack>
[[gnu::always_inline]] inline float largest(const float* from) noexcept {
  constexpr std::size_t lanes = Pack::lanes;
  constexpr auto count = static_cast<std::size_t>(Count);
  if constexpr (count < lanes) {
    return reduce_max(load_lowest<Count, Pack>(from));
  } else {
    Pack best = Pack::load(from);
    for (std::size_t i = lanes; i + lanes <= count; i += lanes) best = max(best, Pack::load(from + i));
    // The last pack overlaps the one before.
    if constexpr (count % lanes != 0) best = max(best, Pack::load(from + (count - lanes)));
    return reduce_max(best);
  }
}

}  // namespace cleave::kernels
#endif
// ---- cleave/kernels/fold_channels.hpp -------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_FOLD_CHANNELS_HPP
#define CLEAVE_KERNELS_FOLD_CHANNELS_HPP

/// @file
/// One number of the channels of a pixel, in one order for every pack: channel c goes into part c mod 16, in order of
/// c; then parts 8 apart are joined, 4 apart, 2 apart, and the last two. Sums of softmax.hpp have that order too.

namespace cleave::kernels {

namespace detail {

inline constexpr std::size_t fold_parts = 16;

/// Joins the parts of a fold.
template <std::size_t Apart = fold_parts / 2, class Join>
[[gnu::always_inline]] inline float join_parts(float* part, Join join) noexcept {
  static_for<Apart>([&]<std::size_t Index>()
                        __attribute__((always_inline)) { part[Index] = join(part[Index], part[Index + Apart]); });
  if constexpr (Apart > 1) return join_parts<Apart / 2>(part, join);
  return part[0];
}

}  // namespace detail

/// Folds `Channels` floats with `fold(part, element)` over packs, from parts that are `initial`, and the parts with
/// `join(part, part)` over floats.
template <int Channels, pack Pack, class Fold, class Join>
[[gnu::always_inline]] inline float fold_channels(const float* pixel, float initial, Fold fold, Join join) noexcept {
  using detail::fold_parts;
  static_assert(fold_parts % Pack::lanes == 0);
  constexpr auto channels = static_cast<std::size_t>(Channels);
  constexpr std::size_t even = channels / fold_parts * fold_parts;
  constexpr std::size_t packs = fold_parts / Pack::lanes;
  constexpr std::size_t rest = channels - even;
  constexpr std::size_t tail = rest % Pack::lanes;
  Pack part[packs];
  static_for<packs>([&]<std::size_t Index>() __attribute__((always_inline)) { part[Index] = Pack::fill(initial); });
  for (std::size_t c = 0; c < even; c += fold_parts) {
    static_for<packs>([&]<std::size_t Index>() __attribute__((always_inline)) {
      part[Index] = fold(part[Index], Pack::load(pixel + c + Index * Pack::lanes));
    });
  }
  static_for<rest / Pack::lanes>([&]<std::size_t Index>() __attribute__((always_inline)) {
    part[Index] = fold(part[Index], Pack::load(pixel + even + Index * Pack::lanes));
  });
  float parts[fold_parts];
  static_for<packs>([&]<std::size_t Index>()
                        __attribute__((always_inline)) { part[Index].store(parts + Index * Pack::lanes); });
  if constexpr (tail > 0) {
    // Exactly the last channels; the other lanes' parts have nothing to take.
    constexpr auto count = static_cast<int>(tail);
    float* const slot = parts + rest - tail;
    fold(Pack::template load_first<count>(slot), Pack::template load_first<count>(pixel + channels - tail))
        .template store_first<count>(slot);
  }
  return detail::join_parts(parts, join);
}

/// The sum of term(part, element), each part beginning at +0: `term` adds what an element gives to a part.
template <int Channels, pack Pack, class Term>
[[gnu::always_inline]] inline float sum_channels(const float* pixel, Term term) noexcept {
  return fold_channels<Channels, Pack>(
      pixel, 0.0F, term, [](float a, float b) __attribute__((always_inline)) { return a + b; });
}

/// What a function of packs gives for one float.
template <pack Pack, class Function>
[[gnu::always_inline]] inline float of_one(Function function, float x) noexcept {
  float result;
  function(Pack::fill(x)).template store_first<1>(&result);
  return result;
}

}  // namespace cleave::kernels
#endif
// ---- cleave/kernels/math.hpp ----------------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_MATH_HPP
#define CLEAVE_KERNELS_MATH_HPP

/// @file
/// exp, log and their kin over packs, as the library's own polynomials: one sequence of correctly rounded operations
/// for every pack, so the same bits wherever the pack's fma rounds once. (C libraries differ from system to system,
/// vector libraries from one instruction set to the next.)
///
/// Nothing here makes a subnormal number, and nothing but log compares: a comparison costs 40 instructions a pack with
/// g++ 12 on 32-bit NEON. Bounds stand first in max and min, so that a NaN stays a NaN on x86 too. Every product that a
/// sum takes is an fma, or exact, so that a compiler's contractions change nothing.
///
/// The largest errors, over all normal arguments, in units in the last place of a float, with fused packs:
/// exp 1.58, expm1_negative 1.0, log 0.87, log1p_unit 1.98, sigmoid 2.75, tanh 2.50, softplus 2.91.

namespace cleave::kernels {

namespace detail {

/// ln 2 as a sum: `high` ends in zeros, so that its product with any exponent is exact.
inline constexpr float ln2_high = 0x1.62e4p-1F;
inline constexpr float ln2_low = 0x1.7f7d1cp-20F;
/// 1 / ln 2 rounded up; see exp for why not to nearest.
inline constexpr float log2_e = 0x1.715478p+0F;

/// The polynomial with these coefficients, the highest first, by Horner's rule.
template <pack Pack, class... Lower>
[[gnu::always_inline]] inline Pack polynomial(Pack x, float highest, Lower... lower) noexcept {
  Pack sum = Pack::fill(highest);
  ((sum = fma(sum, x, Pack::fill(lower))), ...);
  return sum;
}

/// x - n ln 2.
template <pack Pack>
[[gnu::always_inline]] inline Pack minus_exponent(Pack x, Pack n) noexcept {
  return fma(n, Pack::fill(-ln2_low), fma(n, Pack::fill(-ln2_high), x));
}

/// log(m) for m in [sqrt 1/2, sqrt 2], less f = m - 1.
template <pack Pack>
[[gnu::always_inline]] inline Pack log_less_linear(Pack f) noexcept {
  const Pack q = polynomial(f, -0x1.38b598p-4F, 0x1.055b7ep-3F, -0x1.0d8546p-3F, 0x1.22da1ap-3F, -0x1.547244p-3F,
                            0x1.99a008p-3F, -0x1.000226p-2F, 0x1.555554p-2F);
  const Pack square = f * f;
  return fma(square * f, q, square * Pack::fill(-0.5F));
}

}  // namespace detail

/// e^x. Exactly 1 at 0; 0 where the result would be less than the least normal number; inf above the largest.
template <pack Pack>
[[gnu::always_inline]] inline Pack exp(Pack x) noexcept {
  // e^x = 2^n e^r with n = floor(x / ln 2), not the nearest integer: then e^r is in [1, 2), the result falls below the
  // least normal number where n is -127 and overflows where n is 128, and those powers are made as 0 and inf. So
  // neither end has to be told apart. With 1 / ln 2 rounded to nearest one argument has n too large by 1 at the lower
  // end, and a subnormal result; rounded up, one at the upper end has, and the result is inf, for 3.4028e38.
  const Pack bounded = min(Pack::fill(89.0F), max(Pack::fill(-88.0F), x));
  const Pack n = round_even(fma(bounded, Pack::fill(detail::log2_e), Pack::fill(-0.5F)));
  const Pack r = detail::minus_exponent(bounded, n);
  const Pack q = detail::polynomial(r, 0x1.f5595cp-10F, 0x1.01d508p-7F, 0x1.56e046p-5F, 0x1.55431cp-3F, 0x1.00004cp-1F);
  return (fma(r * r, q, r) + Pack::fill(1.0F)) * power_of_two(n);
}

/// e^x - 1 for x <= 0, without the loss of digits near 0. Exactly 0 at 0.
template <pack Pack>
[[gnu::always_inline]] inline Pack expm1_negative(Pack x) noexcept {
  const Pack bounded = max(Pack::fill(-20.0F), x);
  const Pack n = round_even(fma(bounded, Pack::fill(detail::log2_e), Pack::fill(0.0F)));
  const Pack r = detail::minus_exponent(bounded, n);
  const Pack q = detail::polynomial(r, 0x1.6c08bcp-10F, 0x1.122652p-7F, 0x1.555640p-5F, 0x1.5554b2p-3F, 0x1.fffffep-2F);
  const Pack scale = power_of_two(n);
  return fma(scale, fma(r * r, q, r), scale - Pack::fill(1.0F));
}

/// log(x). Requires: x is normal and positive.
template <pack Pack>
[[gnu::always_inline]] inline Pack log(Pack x) noexcept {
  Pack mantissa;
  const Pack power = split_exponent(x, mantissa);
  // From [1, 2) to [sqrt 1/2, sqrt 2], so that the two terms never cancel. All exact.
  const Pack half = select_greater(mantissa, Pack::fill(0x1.6a09e6p+0F), Pack::fill(0.5F), Pack::fill(1.0F));
  const Pack exponent = fma(half, Pack::fill(-2.0F), power + Pack::fill(2.0F));
  const Pack f = fma(mantissa, half, Pack::fill(-1.0F));
  const Pack low = fma(exponent, Pack::fill(detail::ln2_low), detail::log_less_linear(f));
  return fma(exponent, Pack::fill(detail::ln2_high), low + f);
}

/// log(1 + x) for x in [0, 1], without the loss of digits near 0. Exactly 0 at 0.
template <pack Pack>
[[gnu::always_inline]] inline Pack log1p_unit(Pack x) noexcept {
  // log(1 + x) = 2 artanh(x / (2 + x)), as a series in twice that: x itself where x is small, and so never subnormal.
  const Pack twice = divide(x + x, x + Pack::fill(2.0F));
  const Pack square = twice * twice;
  const Pack q = detail::polynomial(square, 0x1.1ef89ap-11F, 0x1.1eb60ap-9F, 0x1.99d27cp-7F, 0x1.555500p-4F);
  return fma(twice * square, q, twice);
}

/// 1 / (1 + e^-x). 0 where the result would be less than the least normal number.
template <pack Pack>
[[gnu::always_inline]] inline Pack sigmoid(Pack x) noexcept {
  // Not 1 / (1 + e^-x), which makes subnormal numbers where x < -87.
  const Pack power = exp(min(Pack::fill(20.0F), x));
  return divide(power, power + Pack::fill(1.0F));
}

/// The hyperbolic tangent, also near 0, where it is x.
template <pack Pack>
[[gnu::always_inline]] inline Pack tanh(Pack x) noexcept {
  // With t = e^(-2|x|) - 1, tanh |x| is -t / (2 + t).
  const Pack t = expm1_negative(abs(x) * Pack::fill(-2.0F));
  const Pack minus_sign = max(Pack::fill(-1.0F), min(Pack::fill(1.0F), x * Pack::fill(-0x1p127F)));
  return fma(divide(t, t + Pack::fill(2.0F)), minus_sign, Pack::fill(0.0F));
}

/// log(1 + e^x).
template <pack Pack>
[[gnu::always_inline]] inline Pack softplus(Pack x) noexcept {
  return max(Pack::fill(0.0F), x) + log1p_unit(exp(abs(x) * Pack::fill(-1.0F)));
}

}  // namespace cleave::kernels
#endif
// ---- cleave/kernels/error_function.hpp ------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_ERROR_FUNCTION_HPP
#define CLEAVE_KERNELS_ERROR_FUNCTION_HPP

/// @file
/// The error function over packs, as the library's own polynomials, by the rules of math.hpp.

namespace cleave::kernels {

/// 2 / sqrt(pi) times the integral of e^(-t^2) from 0 to x.
template <pack Pack>
[[gnu::always_inline]] inline Pack erf(Pack x) noexcept {
  // Near 0 as x + x P(x^2), elsewhere as 1 - e^(-x Q(x)); from 4 on it is 1.
  const Pack square = x * x;
  const Pack p = detail::polynomial(square, -0x1.3ba9cep-11F, 0x1.479c9ep-8F, -0x1.b69b96p-6F, 0x1.ce1b86p-4F,
                                    -0x1.8126ecp-2F, 0x1.06eba6p-3F);
  const Pack inner = fma(x, p, x);
  const Pack size = abs(x);
  const Pack bounded = min(Pack::fill(4.0F), size);
  const Pack q = detail::polynomial(bounded, -0x1.c2076ep-13F, 0x1.a60b08p-9F, -0x1.774a38p-6F, 0x1.af41p-4F,
                                    0x1.457a6ap-1F, 0x1.20e6aep+0F);
  const Pack rest = kernels::exp(fma(bounded * Pack::fill(-1.0F), q, Pack::fill(0.0F)));
  const Pack outer = Pack::fill(1.0F) - rest;
  const Pack sign = max(Pack::fill(-1.0F), min(Pack::fill(1.0F), x * Pack::fill(0x1p127F)));
  return select_greater(Pack::fill(0.9F), size, inner, fma(outer, sign, Pack::fill(0.0F)));
}

}  // namespace cleave::kernels
#endif
// ---- cleave/kernels/rounding.hpp ------------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_ROUNDING_HPP
#define CLEAVE_KERNELS_ROUNDING_HPP

/// @file
/// Whole numbers near an element, exact for every float, and its sign. A NaN stays a NaN; a result of 0 is +0.

namespace cleave::kernels {

/// The nearest whole number, the even one where two are as near.
template <pack Pack>
[[gnu::always_inline]] inline Pack round(Pack x) noexcept {
  // From 2^23 on all floats are whole, and between 2^23 and 2^24 they are 1 apart.
  const Pack whole = Pack::fill(0x1p23F);
  const Pack size = abs(x);
  const Pack rounded = (size + whole) - whole;
  const Pack zero = Pack::fill(0.0F);
  const Pack near = select_greater(zero, x, zero - rounded, rounded);
  return select_greater(whole, size, near, x);
}

/// The largest whole number that is not above x.
template <pack Pack>
[[gnu::always_inline]] inline Pack floor(Pack x) noexcept {
  const Pack near = kernels::round(x);
  return select_greater(near, x, near - Pack::fill(1.0F), near);
}

/// The smallest whole number that is not below x.
template <pack Pack>
[[gnu::always_inline]] inline Pack ceil(Pack x) noexcept {
  const Pack near = kernels::round(x);
  return select_greater(x, near, near + Pack::fill(1.0F), near);
}

/// -1, 0 or 1.
template <pack Pack>
[[gnu::always_inline]] inline Pack sign(Pack x) noexcept {
  // The least normal number times this is 2.
  return max(Pack::fill(-1.0F), min(Pack::fill(1.0F), x * Pack::fill(0x1p127F)));
}

}  // namespace cleave::kernels
#endif
// ---- cleave/kernels/power.hpp ---------------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_POWER_HPP
#define CLEAVE_KERNELS_POWER_HPP

/// @file
/// x^y over packs, by the rules of math.hpp. The logarithm is made as the sum of two floats: one alone would leave
/// x^y with an error of y log x units in the last place.

namespace cleave::kernels {

namespace detail {

/// A number as the sum of two floats, the second much smaller.
template <pack Pack>
struct two_floats {
  Pack high;
  Pack low;
};

/// log(x), with about 30 bits. Requires: x is normal and positive.
template <pack Pack>
[[gnu::always_inline]] inline two_floats<Pack> long_log(Pack x) noexcept {
  Pack mantissa;
  const Pack exponent_of_x = split_exponent(x, mantissa);
  // As in log: f = m - 1 for m in [sqrt 1/2, sqrt 2].
  const Pack half = select_greater(mantissa, Pack::fill(0x1.6a09e6p+0F), Pack::fill(0.5F), Pack::fill(1.0F));
  const Pack exponent = fma(half, Pack::fill(-2.0F), exponent_of_x + Pack::fill(2.0F));
  const Pack f = fma(mantissa, half, Pack::fill(-1.0F));
  // log(1 + f) = 2 artanh t for t = f / (2 + f), which is t + t_low.
  const Pack d = f + Pack::fill(2.0F);
  const Pack d_low = f - (d - Pack::fill(2.0F));
  const Pack t = divide(f, d);
  const Pack minus_t = t * Pack::fill(-1.0F);
  const Pack t_low = divide(fma(minus_t, d_low, fma(minus_t, d, f)), d);
  const Pack square = t * t;
  const Pack series = polynomial(square, 0x1.f13b22p-3F, 0x1.23d3ep-2F, 0x1.999c26p-2F, 0x1.555554p-1F);
  const Pack main = t + t;
  const Pack main_low = fma(square * t, series, t_low + t_low);
  // Plus exponent ln 2, whose high part times any exponent is exact.
  const Pack whole = exponent * Pack::fill(ln2_high);
  const Pack sum = whole + main;
  const Pack taken = sum - whole;
  const Pack lost = (whole - (sum - taken)) + (main - taken);
  const Pack rest = fma(exponent, Pack::fill(ln2_low), lost + main_low);
  const Pack high = sum + rest;
  return {high, rest - (high - sum)};
}

/// x^y for a normal positive x.
template <pack Pack>
[[gnu::always_inline]] inline Pack positive_power(Pack x, Pack y) noexcept {
  const two_floats<Pack> logarithm = long_log(x);
  const Pack zero = Pack::fill(0.0F);
  const Pack z = fma(y, logarithm.high, zero);
  const Pack rest = fma(y, logarithm.low, fma(y, logarithm.high, zero - z));
  // As in exp; beyond its bounds the rest is of no account.
  const Pack small = max(Pack::fill(-0.001F), min(Pack::fill(0.001F), rest));
  const Pack bounded = min(Pack::fill(89.0F), max(Pack::fill(-88.0F), z));
  const Pack n = round_even(fma(bounded, Pack::fill(log2_e), Pack::fill(-0.5F)));
  const Pack r = minus_exponent(bounded, n) + small;
  const Pack q = polynomial(r, 0x1.f5595cp-10F, 0x1.01d508p-7F, 0x1.56e046p-5F, 0x1.55431cp-3F, 0x1.00004cp-1F);
  return (fma(r * r, q, r) + Pack::fill(1.0F)) * power_of_two(n);
}

}  // namespace detail

/// x^y. A negative x wants a whole y, else the result is a NaN. Subnormal numbers count as 0, and 0^0 is 1.
template <pack Pack>
[[gnu::always_inline]] inline Pack power(Pack x, Pack y) noexcept {
  constexpr float least = std::numeric_limits<float>::min();
  constexpr float most = std::numeric_limits<float>::max();
  const auto constant = [](float value) __attribute__((always_inline)) { return Pack::fill(value); };
  const Pack zero = constant(0.0F);
  const Pack size = abs(x);
  // Larger exponents all give 0, 1 or inf.
  const Pack exponent = max(constant(-0x1p40F), min(constant(0x1p40F), y));
  const Pack base = min(constant(most), max(constant(least), size));
  // A base that is a NaN has lost that on the way.
  Pack result = detail::positive_power(base, exponent) + (base - base);
  // inf^y and 0^y.
  const auto by_sign = [&](float positive, float negative) __attribute__((always_inline)) {
    return select_greater(y, zero, constant(positive), select_greater(zero, y, constant(negative), constant(1.0F)));
  };
  constexpr float inf = std::numeric_limits<float>::infinity();
  result = select_greater(size, constant(most), by_sign(inf, 0.0F), result);
  result = select_greater(constant(least), size, by_sign(0.0F, inf), result);
  // (-x)^y. An odd y is no whole number when halved.
  const Pack half = exponent * constant(0.5F);
  const Pack is_odd = abs(half - kernels::round(half));
  const Pack is_broken = abs(exponent - kernels::round(exponent));
  const Pack odd = select_greater(is_odd, constant(0.25F), zero - result, result);
  const Pack whole = select_greater(is_broken, zero, constant(std::numeric_limits<float>::quiet_NaN()), odd);
  return select_greater(zero, x, whole, result);
}

/// x^alpha for an exponent that is known: powers that need no logarithm are made without.
template <activation Act, pack Pack>
[[gnu::always_inline]] inline Pack known_power(Pack x) noexcept {
  constexpr float exponent = Act.alpha;
  const Pack zero = Pack::fill(0.0F);
  const Pack one = Pack::fill(1.0F);
  if constexpr (exponent == 0.0F) {
    return one;
  } else if constexpr (exponent == 1.0F) {
    return x;
  } else if constexpr (exponent == 2.0F) {
    return fma(x, x, zero);
  } else if constexpr (exponent == 3.0F) {
    return fma(x * x, x, zero);
  } else if constexpr (exponent == 4.0F) {
    const Pack square = x * x;
    return fma(square, square, zero);
  } else if constexpr (exponent == 0.5F) {
    return sqrt(x);
  } else if constexpr (exponent == -0.5F) {
    return divide(one, sqrt(x));
  } else if constexpr (exponent == -1.0F) {
    return divide(one, x);
  } else if constexpr (exponent == -2.0F) {
    return divide(one, x * x);
  } else {
    return kernels::power(x, Pack::fill(exponent));
  }
}

}  // namespace cleave::kernels
#endif
// ---- cleave/kernels/trigonometry.hpp --------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_TRIGONOMETRY_HPP
#define CLEAVE_KERNELS_TRIGONOMETRY_HPP

/// @file
/// Sine and cosine over packs, as the library's own polynomials, by the rules of math.hpp.

namespace cleave::kernels {

namespace detail {

/// x - n pi / 2.
template <pack Pack>
[[gnu::always_inline]] inline Pack minus_quarters(Pack x, Pack n) noexcept {
  Pack r = x;
  const auto less = [&](float part) __attribute__((always_inline)) { r = fma(n, Pack::fill(-part), r); };
  if constexpr (Pack::fused) {
    less(0x1.921fb6p+0F);
    less(-0x1.777a5cp-25F);
    less(-0x1.ee59dap-50F);
  } else {
    // Parts of nine bits, so that products with n are exact up to 2^15.
    less(0x1.92p+0F);
    less(0x1.fbp-12F);
    less(0x1.51p-22F);
    less(0x1.0b4612p-34F);
  }
  return r;
}

/// The sine of x + quarters pi / 2, for quarters of 0 or 1.
template <pack Pack>
[[gnu::always_inline]] inline Pack sine_after(Pack x, float quarters) noexcept {
  const Pack half = Pack::fill(0.5F);
  const Pack n = round_even(fma(x, Pack::fill(0x1.45f306p-1F), Pack::fill(0.0F)));
  const Pack r = minus_quarters(x, n);
  const Pack square = r * r;
  const Pack sine = fma(square * r, polynomial(square, -0x1.9952fap-13F, 0x1.110776p-7F, -0x1.555546p-3F), r);
  const Pack q = polynomial(square, 0x1.99e80cp-16F, -0x1.6c0c28p-10F, 0x1.55554ap-5F);
  const Pack cosine = fma(square * square, q, fma(square, Pack::fill(-0.5F), Pack::fill(1.0F)));
  // Which of four quarters: the last two bits of n + quarters, without comparing. All exact.
  const Pack turned = n + Pack::fill(quarters);
  const Pack halves = round_even(fma(turned, half, Pack::fill(-0.25F)));
  const Pack odd = fma(halves, Pack::fill(-2.0F), turned);
  const Pack turns = round_even(fma(halves, half, Pack::fill(-0.25F)));
  const Pack negative = fma(turns, Pack::fill(-2.0F), halves);
  const Pack value = select_greater(odd, half, cosine, sine);
  return fma(value, fma(negative, Pack::fill(-2.0F), Pack::fill(1.0F)), Pack::fill(0.0F));
}

}  // namespace detail

/// The sine of x. Requires: |x| < 2^21; where packs do not fuse multiply-add, digits are lost from 2^15 on.
template <pack Pack>
[[gnu::always_inline]] inline Pack sine(Pack x) noexcept {
  return detail::sine_after(x, 0.0F);
}

/// The cosine of x. Requires: as `sine`.
template <pack Pack>
[[gnu::always_inline]] inline Pack cosine(Pack x) noexcept {
  return detail::sine_after(x, 1.0F);
}

}  // namespace cleave::kernels
#endif
// ---- cleave/kernels/function.hpp ------------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_FUNCTION_HPP
#define CLEAVE_KERNELS_FUNCTION_HPP

/// @file
/// Functions of one element that no epilogue of another kernel takes: those of mathematics, and activations that cost
/// more than a few instructions. Written once over packs; activation.hpp applies them.

namespace cleave::kernels {

/// log(x) for any x: -inf where it is 0 or subnormal, a NaN where it is negative.
template <pack Pack>
[[gnu::always_inline]] inline Pack any_log(Pack x) noexcept {
  using limits = std::numeric_limits<float>;
  const auto constant = [](float value) __attribute__((always_inline)) { return Pack::fill(value); };
  const Pack bounded = min(constant(limits::max()), max(constant(limits::min()), x));
  // What was a NaN has lost that in log.
  Pack result = kernels::log(bounded) + (bounded - bounded);
  result = select_greater(x, constant(limits::max()), x, result);
  result = select_greater(constant(limits::min()), x, constant(-limits::infinity()), result);
  return select_greater(constant(0.0F), x, constant(limits::quiet_NaN()), result);
}

/// The functions behind `softplus` in `activation_kind`. Requires: no element is -0.
template <activation Act, pack Pack>
[[gnu::always_inline]] inline Pack apply_function(Pack x) noexcept {
  using kind = activation_kind;
  const auto constant = [](float value) __attribute__((always_inline)) { return Pack::fill(value + 0.0F); };
  const Pack zero = Pack::fill(0.0F);
  const Pack one = Pack::fill(1.0F);
  if constexpr (Act.kind == kind::exp) {
    return kernels::exp(x);
  } else if constexpr (Act.kind == kind::log) {
    return any_log(x);
  } else if constexpr (Act.kind == kind::sqrt) {
    return sqrt(x);
  } else if constexpr (Act.kind == kind::negate) {
    return zero - x;
  } else if constexpr (Act.kind == kind::absolute) {
    return abs(x);
  } else if constexpr (Act.kind == kind::reciprocal) {
    return divide(one, x);
  } else if constexpr (Act.kind == kind::floor) {
    return kernels::floor(x);
  } else if constexpr (Act.kind == kind::ceil) {
    return kernels::ceil(x);
  } else if constexpr (Act.kind == kind::round) {
    return kernels::round(x);
  } else if constexpr (Act.kind == kind::sign) {
    return kernels::sign(x);
  } else if constexpr (Act.kind == kind::sine) {
    return kernels::sine(x);
  } else if constexpr (Act.kind == kind::cosine) {
    return kernels::cosine(x);
  } else if constexpr (Act.kind == kind::erf) {
    return kernels::erf(x);
  } else if constexpr (Act.kind == kind::gelu) {
    const Pack half = x * constant(0.5F);
    return fma(half, kernels::erf(x * constant(0x1.6a09e6p-1F)), half);
  } else if constexpr (Act.kind == kind::gelu_tanh) {
    // (1 + tanh u) / 2 is sigmoid(2 u), which loses no digits where it is near 0.
    const Pack twice = x * fma(x * x, constant(0x1.2444f2p-4F), constant(0x1.988454p+0F));
    return fma(x, kernels::sigmoid(twice), zero);
  } else if constexpr (Act.kind == kind::mish) {
    // tanh(log(1 + e)) = n / (n + 2) for n = e (e + 2).
    const Pack e = kernels::exp(min(constant(20.0F), x));
    const Pack n = fma(e, e, e + e);
    return fma(x, divide(n, n + constant(2.0F)), zero);
  } else if constexpr (Act.kind == kind::softsign) {
    return divide(x, abs(x) + one);
  } else if constexpr (Act.kind == kind::thresholded_relu) {
    return select_greater(x, constant(Act.alpha), x, zero);
  } else if constexpr (Act.kind == kind::celu) {
    const Pack below = expm1_negative(min(zero, x) * constant(1.0F / Act.alpha));
    return fma(constant(Act.alpha), below, max(zero, x));
  } else if constexpr (Act.kind == kind::swish) {
    return fma(x, kernels::sigmoid(x * constant(Act.alpha)), zero);
  } else {
    static_assert(Act.kind == kind::power_of);
    return known_power<Act>(x);
  }
}

}  // namespace cleave::kernels
#endif
// ---- cleave/kernels/reduce.hpp --------------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_REDUCE_HPP
#define CLEAVE_KERNELS_REDUCE_HPP

/// @file
/// One number of all channels, for each pixel: their sum, mean, largest and so on. Sums and products are made in the
/// order of fold_channels.hpp.

namespace cleave::kernels {

/// What `reduce` is keyed by.
struct reduce_shape {
  shape in;
  reduction what;

  constexpr bool operator==(const reduce_shape&) const = default;
};

/// The largest of the channels; a zero is +0, and with a NaN anything may be the answer.
template <int Channels, pack Pack>
[[gnu::always_inline]] inline float largest_channel(const float* pixel) noexcept {
  const float found = fold_channels<Channels, Pack>(
      pixel, -std::numeric_limits<float>::infinity(),
      [](Pack part, Pack x) __attribute__((always_inline)) { return max(part, x); },
      [](float a, float b) __attribute__((always_inline)) { return a > b ? a : b; });
  return found + 0.0F;
}

/// The smallest, likewise.
template <int Channels, pack Pack>
[[gnu::always_inline]] inline float smallest_channel(const float* pixel) noexcept {
  const float found = fold_channels<Channels, Pack>(
      pixel, std::numeric_limits<float>::infinity(),
      [](Pack part, Pack x) __attribute__((always_inline)) { return min(part, x); },
      [](float a, float b) __attribute__((always_inline)) { return a < b ? a : b; });
  return found + 0.0F;
}

namespace detail {

/// A finite number near the largest channel, which may be subtracted from any of them.
template <int Channels, pack Pack>
[[gnu::always_inline]] inline float finite_largest(const float* pixel) noexcept {
  constexpr float limit = std::numeric_limits<float>::max();
  const float greatest = largest_channel<Channels, Pack>(pixel);
  return greatest > limit ? limit : greatest < -limit ? -limit : greatest;
}

template <reduce_shape Shape, pack Pack>
[[gnu::always_inline]] inline float reduce_pixel(const float* pixel) noexcept {
  constexpr int channels = Shape.in.channels;
  constexpr reduction what = Shape.what;
  const auto plain = [](Pack part, Pack x) __attribute__((always_inline)) { return part + x; };
  const auto size = [](Pack part, Pack x) __attribute__((always_inline)) { return part + abs(x); };
  const auto square = [](Pack part, Pack x) __attribute__((always_inline)) { return fma(x, x, part); };
  if constexpr (what == reduction::mean) {
    return sum_channels<channels, Pack>(pixel, plain) / static_cast<float>(channels);
  } else if constexpr (what == reduction::sum) {
    return sum_channels<channels, Pack>(pixel, plain);
  } else if constexpr (what == reduction::max) {
    return largest_channel<channels, Pack>(pixel);
  } else if constexpr (what == reduction::min) {
    return smallest_channel<channels, Pack>(pixel);
  } else if constexpr (what == reduction::product) {
    return fold_channels<channels, Pack>(
        pixel, 1.0F, [](Pack part, Pack x) __attribute__((always_inline)) { return part * x; },
        [](float a, float b) __attribute__((always_inline)) { return a * b; });
  } else if constexpr (what == reduction::l1) {
    return sum_channels<channels, Pack>(pixel, size);
  } else if constexpr (what == reduction::l2) {
    return of_one<Pack>(
        [](Pack x) __attribute__((always_inline)) { return sqrt(x); }, sum_channels<channels, Pack>(pixel, square));
  } else if constexpr (what == reduction::sum_square) {
    return sum_channels<channels, Pack>(pixel, square);
  } else if constexpr (what == reduction::log_sum) {
    return of_one<Pack>(
        [](Pack x) __attribute__((always_inline)) { return any_log(x); }, sum_channels<channels, Pack>(pixel, plain));
  } else {
    static_assert(what == reduction::log_sum_exp);
    const float greatest = finite_largest<channels, Pack>(pixel);
    const Pack all = Pack::fill(greatest);
    const float sum = sum_channels<channels, Pack>(
        pixel, [&](Pack part, Pack x) __attribute__((always_inline)) { return part + kernels::exp(x - all); });
    return greatest + of_one<Pack>(
                          [](Pack x) __attribute__((always_inline)) { return any_log(x); }, sum);
  }
}

}  // namespace detail

/// One number a pixel. The tensors must not overlap.
template <reduce_shape Shape, pack Pack>
void reduce(const float* in, float* out, range rows) noexcept {
  constexpr auto channels = static_cast<std::size_t>(Shape.in.channels);
  const flat_run run = elements_of({Shape.in.height, Shape.in.width, 1}, rows);
  for (std::size_t i = run.first; i < run.first + run.count; ++i) {
    out[i] = detail::reduce_pixel<Shape, Pack>(in + i * channels);
  }
}

}  // namespace cleave::kernels
#endif
// ---- cleave/kernels/argmax.hpp --------------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_ARGMAX_HPP
#define CLEAVE_KERNELS_ARGMAX_HPP

/// @file
/// The channel of the largest or smallest element of each pixel, as its number or as a 1 among zeros.

namespace cleave::kernels {

/// What `argmax` is keyed by.
struct argmax_shape {
  shape in;
  bool smallest = false;
  bool last_index = false;  ///< of several equal ones

  constexpr bool operator==(const argmax_shape&) const = default;
};

namespace detail {

/// The first or last channel that holds the element; 0 where none does, because there are NaNs.
template <int Channels, bool LastIndex>
[[gnu::always_inline]] inline std::int32_t index_of(const float* pixel, float element) noexcept {
  if constexpr (LastIndex) {
    std::int32_t index = Channels - 1;
    while (index > 0 && pixel[index] != element) --index;
    return index;
  } else {
    std::int32_t index = 0;
    while (index < Channels && pixel[index] != element) ++index;
    return index < Channels ? index : 0;
  }
}

}  // namespace detail

/// The first or last channel that holds the largest or smallest element of each pixel; with a NaN, any of its channels.
template <argmax_shape Shape, pack Pack>
void argmax(const float* in, std::int32_t* out, range rows) noexcept {
  constexpr int channels = Shape.in.channels;
  const flat_run run = elements_of({Shape.in.height, Shape.in.width, 1}, rows);
  for (std::size_t i = run.first; i < run.first + run.count; ++i) {
    const float* const pixel = in + i * static_cast<std::size_t>(channels);
    float best;
    if constexpr (Shape.smallest) best = smallest_channel<channels, Pack>(pixel);
    else best = largest<channels, Pack>(pixel);
    out[i] = detail::index_of<channels, Shape.last_index>(pixel, best);
  }
}

/// What `hardmax` is keyed by.
struct hardmax_shape {
  shape out;

  constexpr bool operator==(const hardmax_shape&) const = default;
};

/// 1 in the first channel that holds the largest element of each pixel, 0 in all others; `in` may be `out`.
template <hardmax_shape Shape, pack Pack>
void hardmax(const float* in, float* out, range rows) noexcept {
  constexpr int channels = Shape.out.channels;
  constexpr auto pixel_size = static_cast<std::size_t>(channels);
  const flat_run run = elements_of(Shape.out, rows);
  for (std::size_t i = run.first; i < run.first + run.count; i += pixel_size) {
    const float best = largest<channels, Pack>(in + i);
    const std::int32_t index = detail::index_of<channels, false>(in + i, best);
    std::fill_n(out + i, pixel_size, 0.0F);
    out[i + static_cast<std::size_t>(index)] = 1.0F;
  }
}

}  // namespace cleave::kernels
#endif
// ---- cleave/kernels/activation.hpp ----------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_ACTIVATION_HPP
#define CLEAVE_KERNELS_ACTIVATION_HPP

/// @file
/// Activations over packs: `apply` for the epilogues of other kernels, `activate` for a whole tensor.
///
/// Nothing compares where max and min will do. In them the bound stands first, so that a NaN stays a NaN on x86 too;
/// the sign of a zero then depends on the machine where x is -0, which callers therefore rule out (sums that begin with
/// +0 or a bias are never -0, and `x + 0` makes +0 of -0).

namespace cleave::kernels {

/// The activation of each element. Requires: no element is -0.
template <activation Act, pack Pack>
[[gnu::always_inline]] inline Pack apply(Pack x) noexcept {
  using enum activation_kind;
  // Adding +0 makes a bound of -0 a +0.
  const auto constant = [](float value) __attribute__((always_inline)) { return Pack::fill(value + 0.0F); };
  const auto unit = [&](Pack value) __attribute__((always_inline)) {
    return max(constant(0.0F), min(constant(1.0F), value));
  };
  if constexpr (Act.kind == relu) {
    return max(constant(0.0F), x);
  } else if constexpr (Act.kind == clip) {
    return min(constant(Act.beta), max(constant(Act.alpha), x));
  } else if constexpr (Act.kind == leaky_relu) {
    return fma(constant(Act.alpha), min(constant(0.0F), x), max(constant(0.0F), x));
  } else if constexpr (Act.kind == elu) {
    return fma(constant(Act.alpha), expm1_negative(min(constant(0.0F), x)), max(constant(0.0F), x));
  } else if constexpr (Act.kind == selu) {
    return constant(Act.gamma) *
           fma(constant(Act.alpha), expm1_negative(min(constant(0.0F), x)), max(constant(0.0F), x));
  } else if constexpr (Act.kind == activation_kind::sigmoid) {
    return kernels::sigmoid(x);
  } else if constexpr (Act.kind == activation_kind::tanh) {
    return kernels::tanh(x);
  } else if constexpr (Act.kind == hard_sigmoid) {
    return unit(fma(constant(Act.alpha), x, constant(Act.beta)));
  } else if constexpr (Act.kind == hard_swish) {
    return fma(x, unit(fma(constant(1.0F / 6.0F), x, constant(0.5F))), constant(0.0F));
  } else if constexpr (Act.kind == activation_kind::softplus) {
    return kernels::softplus(x);
  } else if constexpr (Act.kind > activation_kind::softplus) {
    return apply_function<Act>(x);
  } else {
    return x;
  }
}

/// `apply` for any element: one that is -0 counts as +0.
template <activation Act, pack Pack>
[[gnu::always_inline]] inline Pack apply_any(Pack x) noexcept {
  if constexpr (Act.kind == activation_kind::none) {
    return x;
  } else {
    return apply<Act>(x + Pack::fill(0.0F));
  }
}

/// What `activate` is keyed by.
struct activation_shape {
  shape out;
  activation what;

  constexpr bool operator==(const activation_shape&) const = default;
};

/// Applies an activation to rows of a tensor; `in` may be `out`.
template <activation_shape Shape, pack Pack>
void activate(const float* in, float* out, range rows) noexcept {
  const flat_run run = elements_of(Shape.out, rows);
  map_flat<Pack>(
      out + run.first, run.count, [](Pack x) __attribute__((always_inline)) { return apply_any<Shape.what>(x); },
      in + run.first);
}

/// What `prelu` is keyed by.
struct prelu_shape {
  shape out;
  bool shared = false;  ///< one slope for all channels

  constexpr bool operator==(const prelu_shape&) const = default;
};

/// x where positive, slope x elsewhere, with slope[channels] or slope[1]; `in` may be `out`.
template <prelu_shape Shape, pack Pack>
void prelu(const float* in, const float* slope, float* out, range rows) noexcept {
  const flat_run run = elements_of(Shape.out, rows);
  const auto one = [](Pack x, Pack factor) __attribute__((always_inline)) {
    const Pack zero = Pack::fill(0.0F);
    const Pack value = x + zero;
    return fma(factor, min(zero, value), max(zero, value));
  };
  if constexpr (Shape.shared) {
    const Pack factor = Pack::fill(*slope);
    map_flat<Pack>(
        out + run.first, run.count, [&](Pack x) __attribute__((always_inline)) { return one(x, factor); },
        in + run.first);
  } else {
    map_channels<Shape.out.channels, Pack>(out + run.first, run.count, one, in + run.first, slope);
  }
}

}  // namespace cleave::kernels
#endif
// ---- cleave/kernels/elementwise.hpp ---------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_ELEMENTWISE_HPP
#define CLEAVE_KERNELS_ELEMENTWISE_HPP

/// @file
/// Arithmetic of two tensors, element by element.

namespace cleave::kernels {

enum class arithmetic_kind : std::uint8_t { add, subtract, multiply, divide, maximum, minimum, power };

/// What the second operand has: every element, one a channel, a single one, or one a pixel.
enum class operand_kind : std::uint8_t { full, per_channel, single, per_pixel };

/// What `elementwise` is keyed by.
struct elementwise_shape {
  shape out;
  arithmetic_kind what;
  operand_kind second = operand_kind::full;
  activation post{};

  constexpr bool operator==(const elementwise_shape&) const = default;
};

/// The operand of shape `second` beside a tensor of shape `first`.
constexpr operand_kind operand_of(shape first, shape second) noexcept {
  if (second == first) return operand_kind::full;
  if (second.size() == 1) return operand_kind::single;
  return second == shape{1, 1, first.channels} ? operand_kind::per_channel : operand_kind::per_pixel;
}

/// post(first + second) or another operation in place of the sum. `out` may be either full operand.
/// Guarantees: a product, a maximum and a minimum are never -0.
template <elementwise_shape Shape, pack Pack>
void elementwise(const float* first, const float* second, float* out, range rows) noexcept {
  const auto one = [](Pack a, Pack b) __attribute__((always_inline)) {
    if constexpr (Shape.what == arithmetic_kind::add) {
      return apply_any<Shape.post>(a + b);
    } else if constexpr (Shape.what == arithmetic_kind::subtract) {
      return apply_any<Shape.post>(a - b);
    } else if constexpr (Shape.what == arithmetic_kind::divide) {
      return apply_any<Shape.post>(divide(a, b));
    } else if constexpr (Shape.what == arithmetic_kind::maximum) {
      // Which of +0 and -0 is larger depends on the machine.
      return apply<Shape.post>(max(a, b) + Pack::fill(0.0F));
    } else if constexpr (Shape.what == arithmetic_kind::minimum) {
      return apply<Shape.post>(min(a, b) + Pack::fill(0.0F));
    } else if constexpr (Shape.what == arithmetic_kind::power) {
      return apply_any<Shape.post>(kernels::power(a, b));
    } else {
      // A plain product could be contracted with a sum in the activation.
      return apply<Shape.post>(fma(a, b, Pack::fill(0.0F)));
    }
  };
  const flat_run run = elements_of(Shape.out, rows);
  if constexpr (Shape.second == operand_kind::full) {
    map_flat<Pack>(out + run.first, run.count, one, first + run.first, second + run.first);
  } else if constexpr (Shape.second == operand_kind::per_channel) {
    map_channels<Shape.out.channels, Pack>(out + run.first, run.count, one, first + run.first, second);
  } else if constexpr (Shape.second == operand_kind::per_pixel) {
    constexpr auto channels = static_cast<std::size_t>(Shape.out.channels);
    const float* number = second + run.first / channels;
    for (std::size_t i = run.first; i < run.first + run.count; i += channels, ++number) {
      const Pack same = Pack::fill(*number);
      map_channels<Shape.out.channels, Pack>(
          out + i, channels, [&](Pack a) __attribute__((always_inline)) { return one(a, same); }, first + i);
    }
  } else {
    const Pack same = Pack::fill(*second);
    map_flat<Pack>(
        out + run.first, run.count, [&](Pack a) __attribute__((always_inline)) { return one(a, same); },
        first + run.first);
  }
}

}  // namespace cleave::kernels
#endif
// ---- cleave/kernels/normalize.hpp -----------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_NORMALIZE_HPP
#define CLEAVE_KERNELS_NORMALIZE_HPP

/// @file
/// Normalisation over all channels of each pixel. Sums are made in the order of fold_channels.hpp.

namespace cleave::kernels {

/// What `normalize` is keyed by.
struct normalize_shape {
  shape out;
  float epsilon;
  bool center;

  constexpr bool operator==(const normalize_shape&) const = default;
};

/// (x - mean) (1 / sqrt(variance + epsilon)), where without `center` the mean counts as 0; `in` may be `out`.
template <normalize_shape Shape, pack Pack>
void normalize(const float* in, float* out, range rows) noexcept {
  constexpr int channels = Shape.out.channels;
  constexpr auto pixel_size = static_cast<std::size_t>(channels);
  constexpr auto count = static_cast<float>(channels);
  const flat_run run = elements_of(Shape.out, rows);
  for (std::size_t i = run.first; i < run.first + run.count; i += pixel_size) {
    float mean = 0;
    if constexpr (Shape.center) {
      mean = sum_channels<channels, Pack>(
                 in + i, [](Pack part, Pack x) __attribute__((always_inline)) { return part + x; }) /
             count;
    }
    const Pack middle = Pack::fill(mean);
    const float variance = sum_channels<channels, Pack>(
                               in + i,
                               [&](Pack part, Pack x) __attribute__((always_inline)) {
                                 const Pack apart = x - middle;
                                 return fma(apart, apart, part);
                               }) /
                           count;
    const Pack factor = divide(Pack::fill(1.0F), sqrt(Pack::fill(variance + Shape.epsilon)));
    map_channels<channels, Pack>(
        out + i,
        pixel_size, [&](Pack x) __attribute__((always_inline)) { return fma(x - middle, factor, Pack::fill(0.0F)); },
        in + i);
  }
}

}  // namespace cleave::kernels
#endif
// ---- cleave/kernels/pad.hpp -----------------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_PAD_HPP
#define CLEAVE_KERNELS_PAD_HPP

/// @file
/// Rows and columns of one value around a tensor, and between its own.

namespace cleave::kernels {

/// What `pad` is keyed by: rows and columns around, and between any two of `in`.
struct pad_shape {
  shape in;
  padding border;
  float value = 0;
  extent interior = 0;

  constexpr shape out() const noexcept {
    return {(in.height - 1) * (interior.height + 1) + 1 + border.top + border.bottom,
            (in.width - 1) * (interior.width + 1) + 1 + border.left + border.right, in.channels};
  }
  constexpr bool operator==(const pad_shape&) const = default;
};

/// Copies the tensor into a larger one that is `value` elsewhere. The tensors must not overlap.
template <pad_shape Shape, pack Pack>
void pad(const float* in, float* out, range rows) noexcept {
  constexpr std::size_t line = row_size(Shape.in);
  constexpr std::size_t left = row_size({1, Shape.border.left, Shape.in.channels});
  constexpr std::size_t right = row_size({1, Shape.border.right, Shape.in.channels});
  constexpr std::size_t out_line = row_size(Shape.out());
  constexpr int apart = Shape.interior.height + 1;
  float* to = out + static_cast<std::size_t>(rows.begin) * out_line;
  for (int y = rows.begin; y < rows.end; ++y) {
    const int row = y - Shape.border.top;
    if (row < 0 || row > (Shape.in.height - 1) * apart || row % apart != 0) {
      to = std::fill_n(to, out_line, Shape.value);
      continue;
    }
    const float* from = in + static_cast<std::size_t>(row / apart) * line;
    to = std::fill_n(to, left, Shape.value);
    if constexpr (Shape.interior.width == 0) {
      to = std::copy_n(from, line, to);
    } else {
      constexpr auto pixel = static_cast<std::size_t>(Shape.in.channels);
      constexpr std::size_t gap = row_size({1, Shape.interior.width, Shape.in.channels});
      for (int x = 0; x < Shape.in.width; ++x, from += pixel) {
        if (x > 0) to = std::fill_n(to, gap, Shape.value);
        to = std::copy_n(from, pixel, to);
      }
    }
    to = std::fill_n(to, right, Shape.value);
  }
}

}  // namespace cleave::kernels
#endif
// ---- cleave/kernels/strip.hpp ---------------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_STRIP_HPP
#define CLEAVE_KERNELS_STRIP_HPP

/// @file
/// Runs of channels that are held in registers while a kernel walks over the pixels of a window.

namespace cleave::kernels {

/// `Count` floats in as many packs as they take. Lanes beyond them are 0 after a load and never stored.
template <pack Pack, int Count>
struct strip {
  static constexpr std::size_t packs = (static_cast<std::size_t>(Count) + Pack::lanes - 1) / Pack::lanes;

  Pack part[packs];

  [[gnu::always_inline]] static strip fill(float value) noexcept {
    strip result;
    static_for<packs>([&]<std::size_t Index>()
                          __attribute__((always_inline)) { result.part[Index] = Pack::fill(value); });
    return result;
  }

  [[gnu::always_inline]] static strip load(const float* from) noexcept {
    strip result;
    static_for<packs>([&]<std::size_t Index>() __attribute__((always_inline)) {
      result.part[Index] = Pack::template load_first<used<Index>>(from + Index * Pack::lanes);
    });
    return result;
  }

  [[gnu::always_inline]] void store(float* to) const noexcept {
    static_for<packs>([&]<std::size_t Index>() __attribute__((always_inline)) {
      part[Index].template store_first<used<Index>>(to + Index * Pack::lanes);
    });
  }

  /// Every part becomes function(part), or function(part, other's part).
  template <class Function, class... Other>
  [[gnu::always_inline]] void update(Function function, const Other&... other) noexcept {
    static_for<packs>([&]<std::size_t Index>() __attribute__((always_inline)) {
      part[Index] = function(part[Index], other.part[Index]...);
    });
  }

 private:
  static constexpr int width = static_cast<int>(Pack::lanes);
  template <std::size_t Index>
  static constexpr int used = Index + 1 < packs ? width : Count - static_cast<int>(Index) * width;
};

/// Calls `body.template operator()<Count>(channel)` for runs of `Group` packs and what is left, in order.
template <int Channels, int Group, pack Pack, class Body>
[[gnu::always_inline]] inline void for_each_strip(Body body) noexcept {
  constexpr int wide = Group * static_cast<int>(Pack::lanes);
  constexpr int even = Channels / wide * wide;
  for (int channel = 0; channel < even; channel += wide) body.template operator()<wide>(channel);
  if constexpr (even < Channels) body.template operator()<Channels - even>(even);
}

}  // namespace cleave::kernels
#endif
// ---- cleave/kernels/taps.hpp ----------------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_TAPS_HPP
#define CLEAVE_KERNELS_TAPS_HPP

/// @file
/// Which taps of a window lie on the input, along one axis. Taps on padding are skipped, never added as zeros.

namespace cleave::kernels {

/// The taps k of 0 .. kernel-1 for which 0 <= origin + k * dilation < size; begin == end where there is none.
constexpr range taps_inside(int origin, int kernel, int dilation, int size) noexcept {
  const int begin = origin >= 0 ? 0 : ceil_div(-origin, dilation);
  const int end = origin >= size ? 0 : std::min(kernel, ceil_div(size - origin, dilation));
  return {begin, std::max(begin, end)};
}

}  // namespace cleave::kernels
#endif
// ---- cleave/kernels/pool.hpp ----------------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_POOL_HPP
#define CLEAVE_KERNELS_POOL_HPP

/// @file
/// Maximum and mean over a sliding window, channel by channel.

namespace cleave::kernels {

/// What the pooling kernels are keyed by. `pad` is resolved; `out` decides on ceil mode: its last windows may reach
/// beyond the padding.
struct pool_shape {
  shape in;
  shape out;
  extent kernel;
  extent stride;
  extent dilation{};
  padding pad{};
  bool count_include_pad = false;  ///< the mean counts padding as zeros, but nothing beyond the padding

  constexpr bool operator==(const pool_shape&) const = default;
};

/// By what the sum of the window at one row (or column) of the output is divided, along that axis: the taps on the
/// input, or with `padded` those that lie on the padding too.
constexpr int pool_count(int origin, int kernel, int dilation, int size, int before, int after, bool padded) noexcept {
  return padded ? taps_inside(origin + before, kernel, dilation, size + before + after).size()
                : taps_inside(origin, kernel, dilation, size).size();
}

namespace detail {

/// Runs over windows: folds the taps on the input, in order of rows and then columns, into strips that begin as
/// `initial`, and stores finish(strip, row, column).
template <pool_shape Shape, pack Pack, class Fold, class Finish>
[[gnu::always_inline]] inline void pool(const float* in, float* out, range rows, float initial, Fold fold,
                                        Finish finish) noexcept {
  constexpr auto channels = static_cast<std::ptrdiff_t>(Shape.in.channels);
  constexpr std::ptrdiff_t line = Shape.in.width * channels;
  constexpr std::ptrdiff_t next_row = Shape.dilation.height * line;
  constexpr std::ptrdiff_t next_column = Shape.dilation.width * channels;
  float* to = out + rows.begin * (Shape.out.width * channels);
  for (int y = rows.begin; y < rows.end; ++y) {
    const int top = y * Shape.stride.height - Shape.pad.top;
    const range down = taps_inside(top, Shape.kernel.height, Shape.dilation.height, Shape.in.height);
    for (int x = 0; x < Shape.out.width; ++x) {
      const int left = x * Shape.stride.width - Shape.pad.left;
      const range across = taps_inside(left, Shape.kernel.width, Shape.dilation.width, Shape.in.width);
      const std::ptrdiff_t first =
          (top + down.begin * Shape.dilation.height) * line + (left + across.begin * Shape.dilation.width) * channels;
      const auto divisor = finish(y, x);
      for_each_strip<Shape.in.channels, 4, Pack>([&]<int Count>(int channel) __attribute__((always_inline)) {
        auto sum = strip<Pack, Count>::fill(initial);
        std::ptrdiff_t row = first + channel;
        for (int ky = down.begin; ky < down.end; ++ky, row += next_row) {
          std::ptrdiff_t tap = row;
          for (int kx = across.begin; kx < across.end; ++kx, tap += next_column) {
            sum.update(fold, strip<Pack, Count>::load(in + tap));
          }
        }
        sum.update(divisor);
        sum.store(to + channel);
      });
      to += channels;
    }
  }
}

}  // namespace detail

/// The largest element of each window. A window without any is -inf; one with a NaN is unspecified.
template <pool_shape Shape, pack Pack>
void max_pool(const float* in, float* out, range rows) noexcept {
  detail::pool<Shape, Pack>(
      in, out, rows, -std::numeric_limits<float>::infinity(),
      [](Pack sum, Pack x) __attribute__((always_inline)) { return max(sum, x); },
      // Which of +0 and -0 is larger depends on the machine; + 0 makes both +0.
      [](int, int) __attribute__((always_inline)) {
        return [](Pack sum) __attribute__((always_inline)) { return sum + Pack::fill(0.0F); };
      });
}

/// The mean of each window: its elements are added from +0 in order of rows, then columns, and divided by their count.
template <pool_shape Shape, pack Pack>
void average_pool(const float* in, float* out, range rows) noexcept {
  detail::pool<Shape, Pack>(
      in, out, rows, 0.0F, [](Pack sum, Pack x) __attribute__((always_inline)) { return sum + x; },
      [](int y, int x) __attribute__((always_inline)) {
        const int height =
            pool_count(y * Shape.stride.height - Shape.pad.top, Shape.kernel.height, Shape.dilation.height,
                       Shape.in.height, Shape.pad.top, Shape.pad.bottom, Shape.count_include_pad);
        const int width = pool_count(x * Shape.stride.width - Shape.pad.left, Shape.kernel.width, Shape.dilation.width,
                                     Shape.in.width, Shape.pad.left, Shape.pad.right, Shape.count_include_pad);
        const Pack count = Pack::fill(static_cast<float>(std::max(1, height * width)));
        return [count](Pack sum) __attribute__((always_inline)) { return divide(sum, count); };
      });
}

}  // namespace cleave::kernels
#endif
// ---- cleave/kernels/rearrange.hpp -----------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_REARRANGE_HPP
#define CLEAVE_KERNELS_REARRANGE_HPP

/// @file
/// Elements in another order: transposed, sliced, repeated, reversed.

namespace cleave::kernels {

/// What `rearrange` is keyed by.
struct rearrange_shape {
  shape out;
  element_order order;  ///< of the input's elements, merged

  constexpr bool operator==(const rearrange_shape&) const = default;
};

namespace detail {

/// `count` elements that lie `Step` apart.
template <int Step>
[[gnu::always_inline]] inline void copy_steps(const float* in, float* out, std::ptrdiff_t count) noexcept {
  if constexpr (Step == 1) {
    std::copy_n(in, count, out);
  } else if constexpr (Step == 0) {
    std::fill_n(out, count, *in);
  } else {
    for (std::ptrdiff_t i = 0; i < count; ++i) out[i] = in[i * Step];
  }
}

/// The innermost two directions of an order, where the outer one is contiguous in the input: a matrix read across.
/// Squares of it stay in the first cache, however far apart its rows lie.
template <element_order Order>
inline void transpose_matrix(const float* in, float* out) noexcept {
  constexpr std::size_t rank = Order.rank();
  constexpr std::ptrdiff_t rows = Order.sizes[rank - 2];
  constexpr std::ptrdiff_t columns = Order.sizes[rank - 1];
  constexpr std::ptrdiff_t step = Order.steps[rank - 1];
  constexpr std::ptrdiff_t side = 16;
  for (std::ptrdiff_t y = 0; y < rows; y += side) {
    const std::ptrdiff_t end = std::min(y + side, rows);
    for (std::ptrdiff_t x = 0; x < columns; x += side) {
      const std::ptrdiff_t width = std::min(side, columns - x);
      for (std::ptrdiff_t row = y; row < end; ++row) {
        copy_steps<step>(in + row + x * step, out + row * columns + x, width);
      }
    }
  }
}

}  // namespace detail

/// out[i] = the i-th element of `in` in the order of the shape. The tensors must not overlap.
template <rearrange_shape Shape, pack Pack>
void rearrange(const float* in, float* out, range rows) noexcept {
  constexpr element_order order = Shape.order;
  constexpr std::size_t rank = order.rank();
  constexpr std::size_t inner = rank - 1;
  constexpr int step = order.steps[inner];
  // A matrix that is read across goes square by square, where all of it is asked for.
  constexpr bool is_matrix = rank > 1 && step != 1 && order.steps[rank > 1 ? rank - 2 : 0] == 1;
  constexpr std::size_t outer = is_matrix ? rank - 2 : inner;
  constexpr std::size_t piece =
      static_cast<std::size_t>(order.sizes[inner]) * static_cast<std::size_t>(is_matrix ? order.sizes[outer] : 1);

  const flat_run run = elements_of(Shape.out, rows);
  float* to = out + run.first;
  float* const end = to + run.count;
  // Where in each direction the first element stands.
  std::array<int, rank> at{};
  std::ptrdiff_t from = order.offset;
  std::size_t rest = run.first;
  for (std::size_t i = rank; i-- > 0;) {
    const auto size = static_cast<std::size_t>(order.sizes[i]);
    at[i] = static_cast<int>(rest % size);
    rest /= size;
    from += static_cast<std::ptrdiff_t>(at[i]) * order.steps[i];
  }
  while (to != end) {
    std::size_t direction = inner;
    if (is_matrix && at[inner] == 0 && at[outer] == 0 && static_cast<std::size_t>(end - to) >= piece) {
      if constexpr (is_matrix) detail::transpose_matrix<order>(in + from, to);
      to += piece;
      direction = outer;
    } else {
      const std::ptrdiff_t count = std::min<std::ptrdiff_t>(order.sizes[inner] - at[inner], end - to);
      detail::copy_steps<step>(in + from, to, count);
      to += count;
      from -= static_cast<std::ptrdiff_t>(at[inner]) * step;
      at[inner] = 0;
    }
    // On to the next, with carries.
    while (direction-- > 0) {
      from += order.steps[direction];
      if (++at[direction] < order.sizes[direction]) break;
      from -= static_cast<std::ptrdiff_t>(order.sizes[direction]) * order.steps[direction];
      at[direction] = 0;
    }
  }
}

}  // namespace cleave::kernels
#endif
// ---- cleave/kernels/resize.hpp --------------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_RESIZE_HPP
#define CLEAVE_KERNELS_RESIZE_HPP

/// @file
/// Another height and width: each element is the nearest one, or is interpolated between the two, along each axis, that
/// are around. Where they are is worked out while compiling.

namespace cleave::kernels {

/// What `resize` is keyed by. The scales are output size / input size where they are 0.
struct resize_shape {
  shape in;
  shape out;
  resize_mode mode;
  resize_coordinates coordinates;
  resize_rounding rounding;
  float vertical_scale = 0;
  float horizontal_scale = 0;

  constexpr bool operator==(const resize_shape&) const = default;
};

/// The elements of the input between which an element lies, and how far from the first to the second.
struct resize_tap {
  int first = 0;
  int second = 0;
  float weight = 0;
};

namespace detail {

/// The largest whole number that is not above x.
constexpr int whole_below(double x) noexcept {
  const int towards_zero = static_cast<int>(x);
  return towards_zero > x ? towards_zero - 1 : towards_zero;
}

constexpr double resize_position(resize_coordinates how, int index, int in, int out, float given_scale) noexcept {
  const double scale = given_scale > 0 ? static_cast<double>(given_scale) : static_cast<double>(out) / in;
  switch (how) {
    case resize_coordinates::half_pixel: return (index + 0.5) / scale - 0.5;
    case resize_coordinates::asymmetric: return index / scale;
    case resize_coordinates::align_corners: return out == 1 ? 0 : static_cast<double>(index) * (in - 1) / (out - 1);
    case resize_coordinates::pytorch_half_pixel: return out == 1 ? 0 : (index + 0.5) / scale - 0.5;
    case resize_coordinates::tf_half_pixel_for_nn: return (index + 0.5) / scale;
  }
  return 0;
}

constexpr int nearest(resize_rounding how, double position) noexcept {
  switch (how) {
    case resize_rounding::round_prefer_floor: return -whole_below(0.5 - position);
    case resize_rounding::round_prefer_ceil: return whole_below(position + 0.5);
    case resize_rounding::floor: return whole_below(position);
    case resize_rounding::ceil: return -whole_below(-position);
  }
  return 0;
}

constexpr resize_tap resize_tap_at(const resize_shape& of, int index, int in, int out, float scale) noexcept {
  // Far outside, all places are as good.
  const double position = std::clamp(resize_position(of.coordinates, index, in, out, scale), -2.0, in + 1.0);
  if (of.mode == resize_mode::nearest) {
    const int place = std::clamp(nearest(of.rounding, position), 0, in - 1);
    return {place, place, 0};
  }
  const double inside = std::clamp(position, 0.0, static_cast<double>(in - 1));
  const int first = whole_below(inside);
  return {first, std::min(first + 1, in - 1), static_cast<float>(inside - first)};
}

}  // namespace detail

/// Where output row `y` lies.
constexpr resize_tap resize_row(const resize_shape& of, int y) noexcept {
  return detail::resize_tap_at(of, y, of.in.height, of.out.height, of.vertical_scale);
}

/// Where output column `x` lies.
constexpr resize_tap resize_column(const resize_shape& of, int x) noexcept {
  return detail::resize_tap_at(of, x, of.in.width, of.out.width, of.horizontal_scale);
}

namespace detail {

template <resize_shape Shape>
inline constexpr auto resize_rows = [] {
  std::array<resize_tap, static_cast<std::size_t>(Shape.out.height)> all{};
  for (int y = 0; y < Shape.out.height; ++y) all[static_cast<std::size_t>(y)] = resize_row(Shape, y);
  return all;
}();

template <resize_shape Shape>
inline constexpr auto resize_columns = [] {
  std::array<resize_tap, static_cast<std::size_t>(Shape.out.width)> all{};
  for (int x = 0; x < Shape.out.width; ++x) all[static_cast<std::size_t>(x)] = resize_column(Shape, x);
  return all;
}();

}  // namespace detail

/// Makes rows of the resized tensor. The tensors must not overlap.
template <resize_shape Shape, pack Pack>
void resize(const float* in, float* out, range rows) noexcept {
  constexpr int channels = Shape.in.channels;
  constexpr auto pixel = static_cast<std::ptrdiff_t>(channels);
  constexpr auto line = static_cast<std::ptrdiff_t>(row_size(Shape.in));
  float* to = out + static_cast<std::size_t>(rows.begin) * row_size(Shape.out);
  for (int y = rows.begin; y < rows.end; ++y) {
    const resize_tap row = detail::resize_rows<Shape>[static_cast<std::size_t>(y)];
    const float* const above = in + row.first * line;
    const float* const below = in + row.second * line;
    for (const resize_tap& column : detail::resize_columns<Shape>) {
      for_each_strip<channels, 2, Pack>([&]<int Count>(int channel) __attribute__((always_inline)) {
        using piece = strip<Pack, Count>;
        const auto at = [&](const float* from, int place) __attribute__((always_inline)) {
          return piece::load(from + place * pixel + channel);
        };
        if constexpr (Shape.mode == resize_mode::nearest) {
          at(above, column.first).store(to + channel);
        } else {
          const auto between = [](float weight) __attribute__((always_inline)) {
            return [weight = Pack::fill(weight)](Pack a, Pack b) __attribute__((always_inline)) {
              return fma(weight, b - a, a);
            };
          };
          const auto across = between(column.weight);
          piece upper = at(above, column.first);
          upper.update(across, at(above, column.second));
          piece lower = at(below, column.first);
          lower.update(across, at(below, column.second));
          upper.update(between(row.weight), lower);
          upper.store(to + channel);
        }
      });
      to += pixel;
    }
  }
}

}  // namespace cleave::kernels
#endif
// ---- cleave/graph/kernel_shape.hpp ----------------------------------------------------------------------------------
#ifndef CLEAVE_GRAPH_KERNEL_SHAPE_HPP
#define CLEAVE_GRAPH_KERNEL_SHAPE_HPP

/// @file
/// From a node to what its kernel is keyed by, for layers without weights.

namespace cleave {

constexpr kernels::pool_shape pool_shape_of(const node& of) noexcept {
  return {of.in, of.out, of.what.kernel, of.what.stride, of.what.dilation, of.pad, of.what.count_include_pad};
}

constexpr bool is_arithmetic(op kind) noexcept {
  return kind == op::add || kind == op::subtract || kind == op::multiply || kind == op::divide || kind == op::maximum ||
         kind == op::minimum || kind == op::power;
}

/// The arithmetic of a layer for which `is_arithmetic` holds, whose second input has the shape `second`.
constexpr kernels::elementwise_shape elementwise_shape_of(const node& of, shape second, activation post = {}) noexcept {
  using kernels::arithmetic_kind;
  const op kind = of.what.kind;
  const arithmetic_kind what = kind == op::add        ? arithmetic_kind::add
                               : kind == op::subtract ? arithmetic_kind::subtract
                               : kind == op::multiply ? arithmetic_kind::multiply
                               : kind == op::divide   ? arithmetic_kind::divide
                               : kind == op::maximum  ? arithmetic_kind::maximum
                               : kind == op::minimum  ? arithmetic_kind::minimum
                                                      : arithmetic_kind::power;
  return {of.out, what, kernels::operand_of(of.out, second), post};
}

constexpr kernels::pad_shape pad_shape_of(const node& of) noexcept {
  return {of.in, of.pad, of.what.numbers[0], {of.what.dilation.height - 1, of.what.dilation.width - 1}};
}

constexpr kernels::reduce_shape reduce_shape_of(const node& of) noexcept {
  return {of.in, static_cast<reduction>(of.what.integers[0])};
}

/// Of an argmax or argmin.
constexpr kernels::argmax_shape argmax_shape_of(const node& of) noexcept {
  return {of.in, of.what.kind == op::argmin, of.what.integers[0] != 0};
}

constexpr kernels::normalize_shape normalize_shape_of(const node& of) noexcept {
  return {of.out, of.what.numbers[0], of.what.integers[0] != 0};
}

constexpr kernels::resize_shape resize_shape_of(const node& of) noexcept {
  const auto& choices = of.what.integers;
  return {of.in,
          of.out,
          static_cast<resize_mode>(choices[0]),
          static_cast<resize_coordinates>(choices[1]),
          static_cast<resize_rounding>(choices[2]),
          of.what.numbers[0],
          of.what.numbers[1]};
}

constexpr bool is_rearrangement(op kind) noexcept {
  return kind == op::rearrange || kind == op::transpose || kind == op::slice;
}

/// What a layer for which `is_rearrangement` holds reads.
constexpr kernels::rearrange_shape rearrange_shape_of(const node& of) noexcept {
  const element_order order = of.what.kind == op::rearrange   ? rearrange::order(of.what)
                              : of.what.kind == op::transpose ? transpose::order(of.what, of.in)
                                                              : slice::order(of.what, of.in);
  return {of.out, order.merged()};
}

}  // namespace cleave
#endif
// ---- cleave/kernels/compact.hpp -------------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_COMPACT_HPP
#define CLEAVE_KERNELS_COMPACT_HPP

/// @file
/// Convolution, depthwise convolution and dense layers where flash is scarcer than time: one function for all shapes of
/// a program, which reads them while it runs. It adds up in the order of the fast kernels, so bits are theirs.

namespace cleave::kernels::compact {

/// The numbers of a `conv2d_shape`, in 40 bytes. A dense layer is a convolution of one pixel.
struct window_layer {
  std::uint16_t in_height;
  std::uint16_t in_width;
  std::uint16_t in_channels;
  std::uint16_t out_width;
  std::uint16_t out_pixel;
  std::uint16_t kernel_height;
  std::uint16_t kernel_width;
  std::uint16_t stride_height;
  std::uint16_t stride_width;
  std::uint16_t dilation_height;
  std::uint16_t dilation_width;
  std::uint16_t pad_top;
  std::uint16_t pad_left;
  std::uint16_t inputs;   ///< of a group
  std::uint16_t outputs;  ///< of a group
  std::uint16_t groups;
  float least;
  float greatest;
};

/// A dense layer's shape as a convolution's.
constexpr conv2d_shape as_convolution(const dense_shape& of) noexcept {
  conv2d_shape made{};
  made.in = {1, 1, of.inputs};
  made.out = {1, 1, of.outputs};
  made.kernel = 1;
  made.post = of.post;
  return made;
}

/// True for shapes whose numbers fit a `window_layer`.
constexpr bool fits(const conv2d_shape& of) noexcept {
  const int most = std::max({of.in.height, of.in.width, of.in.channels, of.out.width, of.out_pixel(), of.kernel.height,
                             of.kernel.width, of.stride.height, of.stride.width, of.dilation.height, of.dilation.width,
                             of.pad.top, of.pad.left, of.groups});
  return most <= std::numeric_limits<std::uint16_t>::max() && of.pad.top >= 0 && of.pad.left >= 0;
}

/// Activations that are two bounds, and so need no code of their own.
constexpr bool is_bounds(activation post) noexcept {
  return post.kind == activation_kind::none || post.kind == activation_kind::relu || post.kind == activation_kind::clip;
}
/// What remains to be applied beside bounds.
constexpr activation beside_bounds(activation post) noexcept { return is_bounds(post) ? activation{} : post; }

constexpr window_layer window_layer_of(const conv2d_shape& of) noexcept {
  constexpr auto small = [](int number) { return static_cast<std::uint16_t>(number); };
  constexpr float infinity = std::numeric_limits<float>::infinity();
  const bool clips = of.post.post.kind == activation_kind::clip;
  const bool is_relu = of.post.post.kind == activation_kind::relu;
  return {small(of.in.height),
          small(of.in.width),
          small(of.in.channels),
          small(of.out.width),
          small(of.out_pixel()),
          small(of.kernel.height),
          small(of.kernel.width),
          small(of.stride.height),
          small(of.stride.width),
          small(of.dilation.height),
          small(of.dilation.width),
          small(of.pad.top),
          small(of.pad.left),
          small(of.group_inputs()),
          small(of.group_outputs()),
          small(of.groups),
          clips     ? of.post.post.alpha + 0.0F
          : is_relu ? 0.0F
                    : -infinity,
          clips ? of.post.post.beta + 0.0F : infinity};
}

namespace detail {

/// What an epilogue makes of a sum; the residual is at the output's place, null where there is none.
template <activation Post, pack Pack>
[[gnu::always_inline]] inline void finish(const window_layer& of, Pack sum, const float* residual, float* out,
                                          std::ptrdiff_t at) noexcept {
  if (residual != nullptr) sum = sum + Pack::load(residual + at);
  sum = min(Pack::fill(of.greatest), max(Pack::fill(of.least), sum));
  apply<Post>(sum).store(out + at);
}

/// Taps of a window on the input, and its first tap's place.
struct window {
  range rows;
  range columns;
  std::ptrdiff_t corner;
};

[[gnu::noinline]] inline window window_at(const window_layer& of, int y, int x) noexcept {
  const int top = y * of.stride_height - of.pad_top;
  const int left = x * of.stride_width - of.pad_left;
  return {taps_inside(top, of.kernel_height, of.dilation_height, of.in_height),
          taps_inside(left, of.kernel_width, of.dilation_width, of.in_width),
          (static_cast<std::ptrdiff_t>(top) * of.in_width + left) * of.in_channels};
}

/// Adds the products of `length` inputs that lie behind each other. A function of its own: its loop has all registers.
template <int Together, pack Pack>
[[gnu::noinline]] void add_run(Pack* sums, const float* from, const float* weight, int length, int width) noexcept {
  constexpr auto together = static_cast<std::size_t>(Together);
  Pack sum[together];
  static_for<together>([&]<std::size_t Index>() __attribute__((always_inline)) { sum[Index] = sums[Index]; });
  for (; length > 0; --length, weight += width) {
    const Pack input = Pack::load(from++);
    static_for<together>([&]<std::size_t Index>() __attribute__((always_inline)) {
      sum[Index] = fma(input, Pack::load(weight + Index), sum[Index]);
    });
  }
  static_for<together>([&]<std::size_t Index>() __attribute__((always_inline)) { sums[Index] = sum[Index]; });
}

}  // namespace detail

/// Rows of a convolution, of the channels `outputs` of each group, with weights in the layout `blocked`.
/// Requires: `outputs.begin` is a multiple of 16; `Post` is what remains beside bounds.
template <activation Post, pack Pack>
[[gnu::noinline]] void conv2d(const window_layer& of, const float* in, const float* weights, const float* residual,
                              float* out, range rows, range outputs) noexcept {
  static_assert(Pack::lanes == 1);
  constexpr int least = 4;  // blocks are filled up to multiples of it
  const std::ptrdiff_t steps = of.kernel_height * of.kernel_width * of.inputs;
  const int padded = ceil_div(of.outputs, least) * least;
  const std::ptrdiff_t row = static_cast<std::ptrdiff_t>(of.dilation_height) * of.in_width * of.in_channels;
  const std::ptrdiff_t column = of.dilation_width * of.in_channels;
  for (int group = 0; group < of.groups; ++group) {
    const float* const of_group = weights + group * (padded * steps);
    const float* const biases = weights + of.groups * (padded * steps) + group * padded;
    for (int o = outputs.begin, together = 0; o < outputs.end; o += together) {
      const int in_block = o % block_width;
      const int width = std::min(block_width, padded - (o - in_block));
      together = width == block_width ? block_width : least;
      const int stored = std::min(together, of.outputs - o);
      const float* const panel = of_group + ((o - in_block) * steps + in_block);
      for (int y = rows.begin; y < rows.end; ++y) {
        for (int x = 0; x < of.out_width; ++x) {
          const detail::window at = detail::window_at(of, y, x);
          Pack sum[block_width];
          for (int k = 0; k < together; ++k) sum[k] = Pack::load(biases + o + k);
          for (int ky = at.rows.begin; ky < at.rows.end; ++ky) {
            const float* from = in + (at.corner + ky * row + at.columns.begin * column + group * of.inputs);
            const float* weight =
                panel + (ky * of.kernel_width + at.columns.begin) * static_cast<std::ptrdiff_t>(of.inputs) * width;
            // Where the inputs of neighbouring columns lie behind each other, as their weights do, they are one run.
            const bool one_run = column == of.inputs;
            const int length = one_run ? of.inputs * at.columns.size() : of.inputs;
            for (int runs = one_run ? 1 : at.columns.size(); runs > 0; --runs) {
              if (width == block_width) detail::add_run<block_width>(sum, from, weight, length, width);
              else detail::add_run<least>(sum, from, weight, length, width);
              from += column;
              weight += length * width;
            }
          }
          const std::ptrdiff_t to =
              (static_cast<std::ptrdiff_t>(y) * of.out_width + x) * of.out_pixel + group * of.outputs + o;
          for (int k = 0; k < stored; ++k) detail::finish<Post>(of, sum[k], residual, out, to + k);
        }
      }
    }
  }
}

/// Rows of a depthwise convolution, with weights in the layout `depthwise_weights`. Requires: as `conv2d`.
template <activation Post, pack Pack>
[[gnu::noinline]] void depthwise(const window_layer& of, const float* in, const float* weights, const float* residual,
                                 float* out, range rows) noexcept {
  static_assert(Pack::lanes == 1);
  const std::ptrdiff_t channels = of.groups * of.outputs;
  const std::ptrdiff_t row = static_cast<std::ptrdiff_t>(of.dilation_height) * of.in_width * of.in_channels;
  const std::ptrdiff_t column = of.dilation_width * of.in_channels;
  const float* const biases = weights + of.kernel_height * of.kernel_width * channels;
  for (int y = rows.begin; y < rows.end; ++y) {
    for (int x = 0; x < of.out_width; ++x) {
      const detail::window at = detail::window_at(of, y, x);
      const float* first = in + (at.corner + at.rows.begin * row + at.columns.begin * column);
      const float* first_weight = weights + (at.rows.begin * of.kernel_width + at.columns.begin) * channels;
      for (int channel = 0, left = of.outputs; channel < channels; ++channel, ++first_weight) {
        Pack sum = Pack::load(biases + channel);
        const float* from_row = first;
        const float* weight_row = first_weight;
        for (int ky = at.rows.size(); ky > 0; --ky, from_row += row, weight_row += of.kernel_width * channels) {
          const float* from = from_row;
          const float* weight = weight_row;
          for (int kx = at.columns.size(); kx > 0; --kx, from += column, weight += channels) {
            sum = fma(Pack::load(from), Pack::load(weight), sum);
          }
        }
        if (--left == 0) ++first, left = of.outputs;
        const std::ptrdiff_t to = (static_cast<std::ptrdiff_t>(y) * of.out_width + x) * channels + channel;
        detail::finish<Post>(of, sum, residual, out, to);
      }
    }
  }
}

}  // namespace cleave::kernels::compact
#endif
// ---- cleave/kernels/concat.hpp --------------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_CONCAT_HPP
#define CLEAVE_KERNELS_CONCAT_HPP

/// @file
/// Concatenation along the channels or the rows, one input a call. Columns are joined as channels of tensors that have
/// one column.

namespace cleave::kernels {

/// What `concat` is keyed by.
struct concat_shape {
  shape in;
  int channels;  ///< of the output
  int offset;    ///< the output's channel at which this input begins

  constexpr bool operator==(const concat_shape&) const = default;
};

/// The shape of a piece of a concatenation along the columns.
constexpr concat_shape concat_columns(shape in, int width, int offset) noexcept {
  return {{in.height, 1, in.width * in.channels}, width * in.channels, offset * in.channels};
}

/// Copies one input into its channels of the output. The tensors must not overlap.
template <concat_shape Shape, pack Pack>
void concat(const float* in, float* out, range rows) noexcept {
  constexpr std::ptrdiff_t width = Shape.in.width;
  for (std::ptrdiff_t pixel = rows.begin * width; pixel < rows.end * width; ++pixel) {
    const float* const from = in + pixel * Shape.in.channels;
    float* const to = out + pixel * Shape.channels + Shape.offset;
    for_each_strip<Shape.in.channels, 4, Pack>([&]<int Count>(int channel) __attribute__((always_inline)) {
      strip<Pack, Count>::load(from + channel).store(to + channel);
    });
  }
}

/// What `concat_rows` is keyed by.
struct concat_rows_shape {
  shape in;
  int offset;  ///< the output's row at which this input begins

  constexpr bool operator==(const concat_rows_shape&) const = default;
};

/// Copies one input into its rows of the output, as far as they are among `rows`. The tensors must not overlap.
template <concat_rows_shape Shape, pack Pack>
void concat_rows(const float* in, float* out, range rows) noexcept {
  constexpr std::size_t line = row_size(Shape.in);
  const int begin = std::max(rows.begin, Shape.offset);
  const int end = std::min(rows.end, Shape.offset + Shape.in.height);
  if (begin >= end) return;
  std::copy_n(in + static_cast<std::size_t>(begin - Shape.offset) * line, static_cast<std::size_t>(end - begin) * line,
              out + static_cast<std::size_t>(begin) * line);
}

}  // namespace cleave::kernels
#endif
// ---- cleave/kernels/constant.hpp ------------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_CONSTANT_HPP
#define CLEAVE_KERNELS_CONSTANT_HPP

/// @file
/// A tensor of trained numbers.

namespace cleave::kernels {

/// What `constant` is keyed by.
struct constant_shape {
  shape out;

  constexpr bool operator==(const constant_shape&) const = default;
};

/// Copies `weights`, which lie as the tensor does.
template <constant_shape Shape, pack Pack>
void constant(const float* weights, float* out, range rows) noexcept {
  const flat_run run = elements_of(Shape.out, rows);
  std::copy_n(weights + run.first, run.count, out + run.first);
}

}  // namespace cleave::kernels
#endif
// ---- cleave/kernels/channel_chunk.hpp -------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_CHANNEL_CHUNK_HPP
#define CLEAVE_KERNELS_CHANNEL_CHUNK_HPP

/// @file
/// Output channels in vectors: what kernels over the blocked layout share. A vector is `Pack::lanes` neighbouring
/// output channels of a group; a chunk is the few vectors that one body computes at once.

namespace cleave::kernels {

/// Vectors that lie behind each other, and what their code depends on. Bodies are shared by chunks that differ in their
/// place alone: the caller then says at run time where the chunk begins.
struct channel_chunk {
  static constexpr int anywhere = -1;

  int vectors = 1;
  int width = block_width;  ///< of the blocks that hold them
  int loaded = 1;           ///< lanes of the last vector that have weights
  int stored = 1;           ///< lanes of the last vector that are outputs
  bool together = true;     ///< the vectors have known distances from each other
  int first = anywhere;     ///< the first vector, where the chunk reaches from a block into a narrow one

  constexpr bool operator==(const channel_chunk&) const = default;
};

/// A group's vectors, for one layout and pack.
template <blocked_layout Layout, pack Pack>
struct channel_vectors {
  static constexpr int lanes = static_cast<int>(Pack::lanes);
  static constexpr int count = ceil_div(Layout.outputs, lanes);
  static constexpr auto steps = static_cast<std::ptrdiff_t>(Layout.steps());

  static_assert(block_width % lanes == 0, "a block must be a whole number of packs");

  /// One of many chunks that follow each other from the first channel on, all outputs in blocks of full width.
  static constexpr channel_chunk repeated(int vectors) noexcept {
    const int channels = vectors * lanes;
    const bool together = channels % block_width == 0 || block_width % channels == 0;
    return {vectors, block_width, lanes, lanes, together, channel_chunk::anywhere};
  }
  /// The chunk that begins with the vector `first`.
  static constexpr channel_chunk at(int first, int vectors) noexcept {
    const int begin = first * lanes;
    const int last = begin + (vectors - 1) * lanes;
    const bool one_block = begin / block_width == last / block_width;
    const bool one_width = Layout.width_at(begin) == Layout.width_at(last);
    const bool whole_blocks = begin % block_width == 0 && vectors * lanes % block_width == 0;
    return {vectors,
            Layout.width_at(last),
            std::min(lanes, Layout.padded_outputs() - last),
            std::min(lanes, Layout.outputs - last),
            one_block || (one_width && whole_blocks),
            one_width ? channel_chunk::anywhere : first};
  }

  /// Floats from one step's weights to the next step's.
  static constexpr std::ptrdiff_t stride(channel_chunk chunk, int vector) noexcept {
    return chunk.first == channel_chunk::anywhere ? chunk.width : Layout.width_at((chunk.first + vector) * lanes);
  }
  /// Lanes that have weights.
  static constexpr int loaded(channel_chunk chunk, int vector) noexcept {
    return vector == chunk.vectors - 1 ? chunk.loaded : lanes;
  }
  /// Lanes that are outputs.
  static constexpr int stored(channel_chunk chunk, int vector) noexcept {
    return vector == chunk.vectors - 1 ? chunk.stored : lanes;
  }
  /// Floats from a group's first weight to those of a vector.
  static constexpr std::ptrdiff_t offset(int vector) noexcept {
    const auto channel = static_cast<unsigned>(vector * lanes);  // not signed: its quotient takes more instructions
    const unsigned in_block = channel % block_width;
    return static_cast<std::ptrdiff_t>(channel - in_block) * steps + static_cast<std::ptrdiff_t>(in_block);
  }
};

/// Calls `body.template operator()<Chunk>(first)` for every chunk of a group, of `Vectors` vectors each or what is
/// left.
template <blocked_layout Layout, pack Pack, int Vectors, class Body>
[[gnu::always_inline]] inline void for_each_chunk(Body&& body) {
  using of = channel_vectors<Layout, Pack>;
  constexpr int full_channels = std::min(Layout.outputs, Layout.padded_outputs() / block_width * block_width);
  constexpr int full_vectors = full_channels / (Vectors * of::lanes) * Vectors;
  if constexpr (full_vectors > 0) {
    for (int first = 0; first < full_vectors; first += Vectors) {
      body.template operator()<of::repeated(Vectors)>(first);
    }
  }
  constexpr int rest = of::count - full_vectors;
  static_for<static_cast<std::size_t>(ceil_div(rest, Vectors))>([&]<std::size_t Index>() __attribute__((
      always_inline)) {
    constexpr int first = full_vectors + static_cast<int>(Index) * Vectors;
    body.template operator()<of::at(first, std::min(Vectors, of::count - first))>(first);
  });
}

/// The weights of a chunk's vectors, at step 0.
template <blocked_layout Layout, pack Pack, channel_chunk Chunk>
struct chunk_weights {
  using of = channel_vectors<Layout, Pack>;

  const float* vector[static_cast<std::size_t>(Chunk.vectors)];

  /// `first` is the chunk's first vector.
  [[gnu::always_inline]] chunk_weights(const float* weights, int first) noexcept {
    static_for<static_cast<std::size_t>(Chunk.vectors)>([&]<std::size_t Index>() __attribute__((always_inline)) {
      constexpr int index = static_cast<int>(Index);
      // Distances that the compiler knows cost no registers.
      if constexpr (Chunk.first != channel_chunk::anywhere) {
        vector[Index] = weights + of::offset(Chunk.first + index);
      } else if constexpr (Chunk.together) {
        vector[Index] = weights + of::offset(first) + of::offset(index);
      } else {
        vector[Index] = weights + of::offset(first + index);
      }
    });
  }

  template <std::size_t Index>
  [[gnu::always_inline]] Pack load(std::ptrdiff_t step) const noexcept {
    constexpr int index = static_cast<int>(Index);
    return Pack::template load_first<of::loaded(Chunk, index)>(vector[Index] + step * of::stride(Chunk, index));
  }
};

/// The bias of one of a chunk's vectors; `biases` are those from the chunk's first channel.
template <blocked_layout Layout, channel_chunk Chunk, pack Pack, std::size_t Index>
[[gnu::always_inline]] inline Pack load_bias(const float* biases) noexcept {
  return Pack::template load_first<channel_vectors<Layout, Pack>::loaded(Chunk, static_cast<int>(Index))>(
      biases + Index * Pack::lanes);
}

/// Adds the residual's first `Count` lanes, from `at`, and applies the activation.
template <epilogue Post, int Count, pack Pack>
[[gnu::always_inline]] inline Pack finished(Pack sum, [[maybe_unused]] const float* residual,
                                            [[maybe_unused]] std::ptrdiff_t at) noexcept {
  if constexpr (Post.residual) sum = sum + Pack::template load_first<Count>(residual + at);
  return apply<Post.post>(sum);
}

/// The same, and stores these lanes; `at` is their place from both pointers.
template <epilogue Post, int Count, pack Pack>
[[gnu::always_inline]] inline void finish(Pack sum, [[maybe_unused]] const float* residual, float* out,
                                          std::ptrdiff_t at = 0) noexcept {
  finished<Post, Count>(sum, residual, at).template store_first<Count>(out + at);
}

}  // namespace cleave::kernels
#endif
// ---- cleave/kernels/conv2d_tiling.hpp -------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_CONV2D_TILING_HPP
#define CLEAVE_KERNELS_CONV2D_TILING_HPP

/// @file
/// How a convolution is cut into register tiles, decided while compiling: how many pixels and channel vectors a tile
/// has, where a row's tiles lie, and which taps each of a tile's pixels has.

namespace cleave::kernels {

/// Pixels of an output row by vectors of output channels.
struct tile_size {
  int pixels = 1;
  int vectors = 1;
};

/// How the inputs and weights of a tile come to its multiply-adds.
enum class tile_operands {
  spread,   ///< each input in a register of its own, by a load that spreads it
  lanes,    ///< as many inputs of a pixel in a register as it has lanes
  streams,  ///< as `spread`, by pointers that move on; the tile has all channels of a block of weights
};

/// What bounds a tile.
struct tile_limits {
  int registers = 16;
  tile_operands operands = tile_operands::spread;
  int block = 1;  ///< vectors in a block of weights

  /// Accumulators, the shorter side of the tile kept in registers, the longer side streamed through one. Lanes keep the
  /// inputs, and let two weights come.
  constexpr bool fits(int pixels, int wide) const noexcept {
    const int beside = operands == tile_operands::spread    ? (pixels < wide ? pixels : wide) + 1
                       : operands == tile_operands::streams ? pixels + 1
                                                            : pixels + 2;
    return pixels * wide + beside <= registers;
  }

  /// A step of a tile of T pixels and V vectors takes T * V multiply-adds and T + V loads. Cores of today do as many
  /// loads as multiply-adds in a cycle and need about eight independent chains of them; so the cost of a step is the
  /// largest of the three, with a little for every load, and for weights more, since they may come from the second
  /// level cache. Cores with NEON count by instructions, and by registers loaded: with lanes an input costs a quarter,
  /// and the load of a quad register costs a Cortex-A15 two.
  constexpr int step_cost(int pixels, int wide) const noexcept {
    const int products = pixels * wide;
    if (operands == tile_operands::lanes) return 4 * std::max(products + wide, 8) + pixels;
    if (operands == tile_operands::streams) return 4 * std::max(products + 2 * (pixels + wide), 8);
    return 4 * std::max({products, pixels + wide, 8}) + pixels + 3 * wide;
  }

  constexpr bool allows(int wide, int vectors) const noexcept {
    return operands != tile_operands::streams || wide == std::min(block, vectors);
  }
};

/// The tile for rows of `width` pixels with `vectors` channel vectors that costs least within `limits`.
constexpr tile_size choose_tile(tile_limits limits, int width, int vectors) noexcept {
  tile_size best;
  long best_cost = 0;
  for (int wide = 1; wide <= std::min(vectors, 8); ++wide) {
    if (!limits.allows(wide, vectors)) continue;
    for (int most = 1; most <= std::min(width, limits.registers); ++most) {
      if (!limits.fits(most, wide)) break;
      const int tiles = ceil_div(width, most);
      const int small = width / tiles;
      const int larger = width % tiles;  // this many tiles have one pixel more
      const auto row_cost = [&](int chains_wide) {
        return static_cast<long>(larger) * limits.step_cost(small + 1, chains_wide) +
               static_cast<long>(tiles - larger) * limits.step_cost(small, chains_wide);
      };
      const int rest = vectors % wide;
      const long cost = vectors / wide * row_cost(wide) + (rest > 0 ? row_cost(rest) : 0);
      if (best_cost == 0 || cost < best_cost) {
        best = {small + (larger > 0 ? 1 : 0), wide};
        best_cost = cost;
      }
    }
  }
  return best;
}

/// How the pixels of a row are computed, from left to right: `single_left` one by one, a tile of `left`, `inner_count`
/// tiles of `inner` that touch no padding, a tile of `right`, and `single_right` one by one. Single pixels are for
/// windows so large that tiles would need too many cases at the edges.
struct row_plan {
  int single_left = 0;
  int left = 0;
  int inner = 0;
  int inner_count = 0;
  int right = 0;
  int single_right = 0;
};

/// Pixels of a row whose windows lie within the input: [begin, end).
constexpr range inside_columns(const conv2d_shape& of) noexcept {
  const int reach = (of.kernel.width - 1) * of.dilation.width;
  const int begin = std::min(ceil_div(of.pad.left, of.stride.width), of.out.width);
  const int last = of.in.width - 1 - reach + of.pad.left;  // rightmost first tap, counted from the padding's edge
  const int end = last < 0 ? 0 : std::min(last / of.stride.width + 1, of.out.width);
  return {begin, std::max(begin, end)};
}

/// The pixels t of [0, pixels) from output column `x0` on that have tap `column`, as a range.
constexpr range pixels_with_tap(const conv2d_shape& of, int x0, int pixels, int column) noexcept {
  range with{pixels, 0};
  for (int t = 0; t < pixels; ++t) {
    const int x = (x0 + t) * of.stride.width - of.pad.left + column * of.dilation.width;
    if (x >= 0 && x < of.in.width) with = {std::min(with.begin, t), t + 1};
  }
  return with.begin < with.end ? with : range{0, 0};
}

/// Neighbouring kernel columns that the same pixels of a tile have.
struct tap_run {
  range columns;
  range pixels;
};

/// The runs of a tile. More than `most` are not listed, `count` then tells.
struct tap_runs {
  static constexpr int most = 8;
  std::array<tap_run, static_cast<std::size_t>(most)> run{};
  int count = 0;
};

constexpr tap_runs find_runs(const conv2d_shape& of, int x0, int pixels) noexcept {
  tap_runs runs;
  range last{0, 0};
  bool open = false;
  for (int column = 0; column < of.kernel.width; ++column) {
    const range with = pixels_with_tap(of, x0, pixels, column);
    if (open && with == last) {
      if (runs.count <= tap_runs::most) ++runs.run[static_cast<std::size_t>(runs.count - 1)].columns.end;
      continue;
    }
    open = with.size() > 0;
    last = with;
    if (!open) continue;
    if (runs.count < tap_runs::most) runs.run[static_cast<std::size_t>(runs.count)] = {{column, column + 1}, with};
    ++runs.count;
  }
  return runs;
}

/// The runs of a tile that touches no padding: all taps, all pixels.
constexpr tap_runs whole_run(const conv2d_shape& of, int pixels) noexcept {
  tap_runs runs;
  runs.run[0] = {{0, of.kernel.width}, {0, pixels}};
  runs.count = 1;
  return runs;
}

namespace detail {

/// As many tiles of one size as needed for pixels [begin, end), which touch no padding, the last of what is left.
constexpr row_plan plan_inside(range pixels, int most) noexcept {
  row_plan plan;
  if (pixels.size() == 0) return plan;
  plan.inner = ceil_div(pixels.size(), ceil_div(pixels.size(), most));
  plan.inner_count = pixels.size() / plan.inner;
  plan.right = pixels.size() % plan.inner;
  return plan;
}

/// Tiles over the whole row, those at the edges with what padding it has.
constexpr row_plan plan_edges(int width, int most) noexcept {
  row_plan plan;
  const int tiles = ceil_div(width, most);
  if (tiles <= 2) {
    plan.left = ceil_div(width, tiles);
    plan.right = width - plan.left;
    return plan;
  }
  // As even as it goes: what the inner tiles leave is halved between the edges. Of equals, larger ones at the edges,
  // which lack a pixel for the taps on padding.
  plan.inner_count = tiles - 2;
  for (int inner = ceil_div(width, tiles); inner > 0; --inner) {
    const int edges = width - plan.inner_count * inner;
    if (ceil_div(edges, 2) > most) break;
    if (std::min(inner, edges / 2) < std::min(plan.inner, plan.right)) continue;
    plan.inner = inner;
    plan.left = ceil_div(edges, 2);
    plan.right = edges / 2;
  }
  return plan;
}

}  // namespace detail

/// Cuts a row into tiles of at most `most` pixels.
constexpr row_plan plan_row(const conv2d_shape& of, int most) noexcept {
  const int width = of.out.width;
  const range inside = inside_columns(of);
  if (inside.size() == width) return detail::plan_inside(inside, most);
  const row_plan edges = detail::plan_edges(width, most);
  const bool inner_inside = edges.inner_count == 0 || (edges.left >= inside.begin && width - edges.right <= inside.end);
  const bool few_runs = find_runs(of, 0, edges.left).count <= tap_runs::most &&
                        find_runs(of, width - edges.right, edges.right).count <= tap_runs::most;
  if (inner_inside && few_runs) return edges;
  row_plan plan = detail::plan_inside(inside, most);
  plan.single_left = inside.begin;
  plan.single_right = width - inside.end;
  return plan;
}

}  // namespace cleave::kernels
#endif
// ---- cleave/kernels/conv2d_products.hpp -----------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_CONV2D_PRODUCTS_HPP
#define CLEAVE_KERNELS_CONV2D_PRODUCTS_HPP

/// @file
/// The innermost loops of a convolution: what a row of the kernel adds to the sums of a tile. Three ways to the same
/// sums in the same order, of which the pack's abilities choose: inputs spread over a register each, inputs four to a
/// register and used lane by lane, and operands that come by pointers which move on with every load.

namespace cleave::kernels::detail {

/// Distances in floats, and facts, that follow from a shape.
template <conv2d_shape Shape>
struct conv2d_steps {
  static constexpr std::ptrdiff_t inputs = Shape.group_inputs();
  static constexpr std::ptrdiff_t kernel_width = Shape.kernel.width;
  static constexpr std::ptrdiff_t pixel = static_cast<std::ptrdiff_t>(Shape.stride.width) * Shape.in.channels;
  static constexpr std::ptrdiff_t column = static_cast<std::ptrdiff_t>(Shape.dilation.width) * Shape.in.channels;
  static constexpr std::ptrdiff_t in_row = static_cast<std::ptrdiff_t>(Shape.in.width) * Shape.in.channels;
  static constexpr std::ptrdiff_t row = Shape.dilation.height * in_row;
  static constexpr std::ptrdiff_t out_pixel = Shape.out_pixel();
  /// Products of an output.
  static constexpr auto steps = static_cast<std::ptrdiff_t>(blocked(Shape).steps());
  /// Neighbouring kernel columns' inputs lie behind each other, as their weights do.
  static constexpr bool contiguous = column == inputs;
};

/// Loops over the products of some kernel columns in one row, `By` at a time, which divides a pixel's inputs:
/// `step(in, weights_step)` for each.
template <conv2d_shape Shape, std::ptrdiff_t By = 1, class Step>
[[gnu::always_inline]] inline void for_each_product(const float* in, std::ptrdiff_t first_step, std::ptrdiff_t columns,
                                                    Step&& step) noexcept {
  using at = conv2d_steps<Shape>;
  if constexpr (at::contiguous) {
    for (std::ptrdiff_t i = 0; i < columns * at::inputs; i += By) step(in + i, first_step + i);
  } else {
    for (std::ptrdiff_t column = 0; column < columns; ++column) {
      const float* const from = in + column * at::column;
      const std::ptrdiff_t begin = first_step + column * at::inputs;
      for (std::ptrdiff_t i = 0; i < at::inputs; i += By) step(from + i, begin + i);
    }
  }
}

/// The limits of a convolution's tiles.
template <conv2d_shape Shape, pack Pack>
constexpr tile_limits conv2d_limits() noexcept {
  constexpr int lanes = static_cast<int>(Pack::lanes);
  // Without a fused multiply-add, the product needs a register of its own.
  tile_limits limits{Pack::registers - (Pack::fused ? 0 : 1), tile_operands::spread, block_width / lanes};
  if (lane_pack<Pack> && Shape.group_inputs() % lanes == 0) limits.operands = tile_operands::lanes;
  else if (stream_pack<Pack>) limits.operands = tile_operands::streams;
  return limits;
}

/// True where a call's weights are too many for a second level cache, so that each chunk's come from farther away:
/// tiles then ask for the next chunk's while they compute, a line every 16 products (5 % less time for 512 -> 512
/// channels @14x14, AVX2).
template <conv2d_shape Shape, pack Pack>
inline constexpr bool asks_ahead = conv2d_limits<Shape, Pack>().operands == tile_operands::spread &&
                                   !single_issue<Pack> && Shape.kernel != extent(1) && blocked(Shape).floats() > 500000;

/// What a run of taps is: `Count` pixels by the vectors of a chunk.
template <conv2d_shape Shape, pack Pack, channel_chunk Chunk, std::size_t Count>
struct conv2d_run {
  using at = conv2d_steps<Shape>;
  using weights_type = chunk_weights<blocked(Shape), Pack, Chunk>;
  static constexpr auto vectors = static_cast<std::size_t>(Chunk.vectors);
  static constexpr auto lanes = static_cast<std::ptrdiff_t>(Pack::lanes);

  /// A pixel's inputs fill whole registers, whose lanes can be used.
  static constexpr bool by_lanes = conv2d_limits<Shape, Pack>().operands == tile_operands::lanes;
  /// The weights of a step are all of a block's, so that one pointer goes through all.
  static constexpr bool by_streams = stream_pack<Pack> && Chunk.together && Chunk.first == channel_chunk::anywhere &&
                                     Chunk.width == Chunk.vectors * lanes && Chunk.loaded == lanes &&
                                     Chunk.stored == lanes;

  /// Inputs four to a register.
  [[gnu::always_inline]] static void add_by_lanes(Pack* sum, const float* in, const weights_type& weights,
                                                  std::ptrdiff_t first_step, std::ptrdiff_t columns) noexcept {
    for_each_product<Shape, lanes>(
        in, first_step, columns, [&](const float* x, std::ptrdiff_t step) __attribute__((always_inline)) {
          Pack input[Count];
          static_for<Count>([&]<std::size_t Pixel>() __attribute__((always_inline)) {
            input[Pixel] = Pack::load(x + static_cast<std::ptrdiff_t>(Pixel) * at::pixel);
          });
          static_for<Pack::lanes>([&]<std::size_t Lane>() __attribute__((always_inline)) {
            static_for<vectors>([&]<std::size_t Vector>() __attribute__((always_inline)) {
              const Pack weight = weights.template load<Vector>(step + static_cast<std::ptrdiff_t>(Lane));
              static_for<Count>([&]<std::size_t Pixel>() __attribute__((always_inline)) {
                Pack& to = sum[Pixel * vectors + Vector];
                to = input[Pixel].template fma_lane<Lane>(weight, to);
              });
            });
          });
        });
  }

  /// A pointer for each pixel's inputs and one for all weights.
  [[gnu::always_inline]] static void add_by_streams(Pack* sum, const float* in, const weights_type& weights,
                                                    std::ptrdiff_t first_step, std::ptrdiff_t columns) noexcept {
    constexpr std::ptrdiff_t by = at::inputs % 16 == 0 ? 16 : at::inputs % 8 == 0 ? 8 : at::inputs % 4 == 0 ? 4 : 1;
    const float* weight = weights.vector[0] + first_step * Chunk.width;
    const float* input[Count];
    static_for<Count>([&]<std::size_t Pixel>() __attribute__((always_inline)) {
      input[Pixel] = in + static_cast<std::ptrdiff_t>(Pixel) * at::pixel;
    });
    const auto loop = [&](std::ptrdiff_t steps) __attribute__((always_inline)) {
      const float* const end = weight + steps * Chunk.width;
      while (weight != end) {
        static_for<static_cast<std::size_t>(by)>([&]<std::size_t>() __attribute__((always_inline)) {
          Pack x[Count];
          static_for<Count>([&]<std::size_t Pixel>()
                                __attribute__((always_inline)) { x[Pixel] = Pack::fill_next(input[Pixel]); });
          static_for<vectors>([&]<std::size_t Vector>() __attribute__((always_inline)) {
            const Pack w = Pack::load_next(weight);
            static_for<Count>([&]<std::size_t Pixel>() __attribute__((always_inline)) {
              Pack& to = sum[Pixel * vectors + Vector];
              to = Pack::fma_next(x[Pixel], w, to);
            });
          });
        });
      }
    };
    if constexpr (at::contiguous) {
      loop(columns * at::inputs);
    } else {
      for (std::ptrdiff_t column = 0; column < columns; ++column) {
        loop(at::inputs);
        static_for<Count>([&]<std::size_t Pixel>()
                              __attribute__((always_inline)) { input[Pixel] += at::column - at::inputs; });
      }
    }
  }

  /// What remains to do with the sums, and to store them.
  [[gnu::always_inline]] static void finish_by_streams(const Pack* sum, const float* residual, float* out) noexcept {
    static_for<Count>([&]<std::size_t Pixel>() __attribute__((always_inline)) {
      static_for<vectors>([&]<std::size_t Vector>() __attribute__((always_inline)) {
        Pack result = sum[Pixel * vectors + Vector];
        if constexpr (Shape.post.residual) result = result + Pack::load_next(residual);
        apply<Shape.post.post>(result).store_next(out);
      });
      out += at::out_pixel - Chunk.vectors * lanes;
      if constexpr (Shape.post.residual) residual += at::out_pixel - Chunk.vectors * lanes;
    });
  }

  /// Each input spread over a register.
  [[gnu::always_inline]] static void add_spread(Pack* sum, const float* in, const weights_type& weights,
                                                std::ptrdiff_t first_step, std::ptrdiff_t columns,
                                                [[maybe_unused]] const float* ahead) noexcept {
    for_each_product<Shape>(
        in, first_step, columns, [&](const float* x, std::ptrdiff_t step) __attribute__((always_inline)) {
          if constexpr (asks_ahead<Shape, Pack>) __builtin_prefetch(ahead + step);
          // Where a pixel's input is its neighbour's a few steps later, g++ 12 would carry it over in a register and
          // spill the sums for it (141 in place of 220 GFLOP/s for 3 input channels, AVX-512). Loads are cheaper.
          if constexpr (at::pixel <= 8) asm volatile("" : : : "memory");
          // The shorter side of the tile waits in registers, the longer one comes through.
          if constexpr (vectors <= Count) {
            Pack weight[vectors];
            static_for<vectors>([&]<std::size_t Vector>() __attribute__((always_inline)) {
              weight[Vector] = weights.template load<Vector>(step);
            });
            static_for<Count * vectors>([&]<std::size_t Index>() __attribute__((always_inline)) {
              constexpr std::size_t pixel = Index / vectors;
              constexpr std::size_t vector = Index % vectors;
              const Pack input = Pack::fill(x[static_cast<std::ptrdiff_t>(pixel) * at::pixel]);
              sum[Index] = fma(input, weight[vector], sum[Index]);
            });
          } else {
            Pack input[Count];
            static_for<Count>([&]<std::size_t Pixel>() __attribute__((always_inline)) {
              input[Pixel] = Pack::fill(x[static_cast<std::ptrdiff_t>(Pixel) * at::pixel]);
            });
            static_for<Count * vectors>([&]<std::size_t Index>() __attribute__((always_inline)) {
              constexpr std::size_t pixel = Index % Count;
              constexpr std::size_t vector = Index / Count;
              Pack& to = sum[pixel * vectors + vector];
              to = fma(input[pixel], weights.template load<vector>(step), to);
            });
          }
        });
  }

  /// Adds the products of `columns` kernel columns, of which `in` is the first pixel's first input and `first_step` the
  /// place in the weights, to the sums of a run. Of the weights `ahead` those at the same places are asked for.
  [[gnu::always_inline]] static void add(Pack* sum, const float* in, const weights_type& weights,
                                         std::ptrdiff_t first_step, std::ptrdiff_t columns,
                                         [[maybe_unused]] const float* ahead) noexcept {
    if constexpr (by_lanes) add_by_lanes(sum, in, weights, first_step, columns);
    else if constexpr (by_streams) add_by_streams(sum, in, weights, first_step, columns);
    else add_spread(sum, in, weights, first_step, columns, ahead);
  }
};

}  // namespace cleave::kernels::detail
#endif
// ---- cleave/kernels/conv2d_tile.hpp ---------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_CONV2D_TILE_HPP
#define CLEAVE_KERNELS_CONV2D_TILE_HPP

/// @file
/// The inner loops of a convolution: a tile of neighbouring pixels by a few vectors of output channels, which stays in
/// registers while all its products are added up; and the same for one pixel whose taps are known only at run time.

namespace cleave::kernels {

namespace detail {

/// Which body: how many pixels, where in the row (any place that touches no padding if `inside`), which channels.
struct conv2d_tile {
  int pixels = 1;
  bool inside = true;
  int x0 = 0;
  channel_chunk chunk{};
};

/// A group's operands; `biases`, `residual` and `out` from the chunk's first channel, the last two from the tile's
/// first pixel. `corner` is the place of the tile's first tap in `in`, even if that is padding; `taps` are the kernel
/// rows that are not. `ahead` are weights that are needed next, where `asks_ahead` says so.
struct conv2d_place {
  const float* in;
  const float* weights;
  const float* biases;
  const float* residual;
  float* out;
  std::ptrdiff_t corner;
  range taps;
  int first_vector;
  const float* ahead;
};

/// `count` tiles that follow each other. A function of its own, so that the compiler gives its loops all registers.
template <conv2d_shape Shape, pack Pack, conv2d_tile Tile>
[[gnu::noinline]] void conv2d_tiles(const conv2d_place& place, int count) noexcept {
  using at = conv2d_steps<Shape>;
  constexpr blocked_layout layout = blocked(Shape);
  constexpr channel_chunk chunk = Tile.chunk;
  constexpr auto pixels = static_cast<std::size_t>(Tile.pixels);
  constexpr auto vectors = static_cast<std::size_t>(chunk.vectors);
  constexpr tap_runs runs = Tile.inside ? whole_run(Shape, Tile.pixels) : find_runs(Shape, Tile.x0, Tile.pixels);

  const chunk_weights<layout, Pack, chunk> weights(place.weights, place.first_vector);
  const float* const biases = place.biases;
  const range taps = place.taps;
  const float* in = place.in + (place.corner + taps.begin * at::row);
  const float* residual = place.residual;
  float* out = place.out;
  const float* ahead = place.ahead;
  for (; count > 0; --count) {
    Pack sum[pixels * vectors];
    static_for<vectors>([&]<std::size_t Vector>() __attribute__((always_inline)) {
      const Pack bias = load_bias<layout, chunk, Pack, Vector>(biases);
      static_for<pixels>([&]<std::size_t Pixel>()
                             __attribute__((always_inline)) { sum[Pixel * vectors + Vector] = bias; });
    });
    const float* row = in;
    for (int tap = taps.begin; tap < taps.end; ++tap, row += at::row) {
      static_for<static_cast<std::size_t>(runs.count)>([&]<std::size_t Run>() __attribute__((always_inline)) {
        constexpr tap_run run = runs.run[Run];
        constexpr auto first = static_cast<std::size_t>(run.pixels.begin);
        constexpr auto run_pixels = static_cast<std::size_t>(run.pixels.size());
        const float* const from = row + (run.columns.begin * at::column + run.pixels.begin * at::pixel);
        const std::ptrdiff_t first_step = (tap * at::kernel_width + run.columns.begin) * at::inputs;
        conv2d_run<Shape, Pack, chunk, run_pixels>::add(sum + first * vectors, from, weights, first_step,
                                                        run.columns.size(), ahead);
      });
    }
    using all = conv2d_run<Shape, Pack, chunk, pixels>;
    if constexpr (all::by_streams) {
      all::finish_by_streams(sum, residual, out);
    } else {
      static_for<pixels>([&]<std::size_t Pixel>() __attribute__((always_inline)) {
        static_for<vectors>([&]<std::size_t Vector>() __attribute__((always_inline)) {
          constexpr int stored = channel_vectors<layout, Pack>::stored(chunk, static_cast<int>(Vector));
          constexpr std::ptrdiff_t offset =
              static_cast<std::ptrdiff_t>(Pixel) * at::out_pixel + static_cast<std::ptrdiff_t>(Vector * Pack::lanes);
          // Else its stores would wait for memory.
          if constexpr (has_far_output(Shape)) __builtin_prefetch(out + (offset + Tile.pixels * at::out_pixel), 1);
          finish<Shape.post, stored>(sum[Pixel * vectors + Vector], residual, out, offset);
        });
      });
    }
    in += Tile.pixels * at::pixel;
    if constexpr (asks_ahead<Shape, Pack>) ahead += at::steps;
    out += Tile.pixels * at::out_pixel;
    if constexpr (Shape.post.residual) residual += Tile.pixels * at::out_pixel;
  }
}

/// One pixel, its kernel columns bounded at run time.
template <conv2d_shape Shape, pack Pack, channel_chunk Chunk>
[[gnu::noinline]] void conv2d_pixel_body(const conv2d_place& place, range columns) noexcept {
  using at = conv2d_steps<Shape>;
  constexpr blocked_layout layout = blocked(Shape);
  constexpr auto vectors = static_cast<std::size_t>(Chunk.vectors);
  Pack sum[vectors];
  static_for<vectors>([&]<std::size_t Vector>() __attribute__((always_inline)) {
    sum[Vector] = load_bias<layout, Chunk, Pack, Vector>(place.biases);
  });
  const chunk_weights<layout, Pack, Chunk> weights(place.weights, place.first_vector);
  if (columns.size() > 0) {
    for (int tap = place.taps.begin; tap < place.taps.end; ++tap) {
      for_each_product<Shape>(
          place.in + (place.corner + tap * at::row + columns.begin * at::column),
          (tap * at::kernel_width + columns.begin) * at::inputs,
          columns.size(), [&](const float* x, std::ptrdiff_t step) __attribute__((always_inline)) {
            const Pack input = Pack::fill(*x);
            static_for<vectors>([&]<std::size_t Vector>() __attribute__((always_inline)) {
              sum[Vector] = fma(input, weights.template load<Vector>(step), sum[Vector]);
            });
          });
    }
  }
  static_for<vectors>([&]<std::size_t Vector>() __attribute__((always_inline)) {
    constexpr int stored = channel_vectors<layout, Pack>::stored(Chunk, static_cast<int>(Vector));
    constexpr auto offset = static_cast<std::ptrdiff_t>(Vector * Pack::lanes);
    finish<Shape.post, stored>(sum[Vector], place.residual, place.out, offset);
  });
}

}  // namespace detail

}  // namespace cleave::kernels
#endif
// ---- cleave/kernels/in_order.hpp ------------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_IN_ORDER_HPP
#define CLEAVE_KERNELS_IN_ORDER_HPP

/// @file
/// Inner loops of convolutions and dense layers for cores that issue one instruction at a time (`single_issue` packs).
/// All that is not a multiply-add is lost time there: so few pointers move, once for several steps, an input is loaded
/// where it is used, and nothing is spilled. The order of summation is that of conv2d_tile.hpp, and so are the bits.

namespace cleave::kernels {

/// True for packs of vectors that multiply by a general register: inputs take none of the packs' registers.
template <pack Pack>
inline constexpr bool inputs_apart = Pack::lanes > 1 && requires(Pack a) { Pack::fma_scalar(0.0F, a, a); };

/// The tile that takes the fewest instructions for rows of `width` pixels with `vectors` channel vectors, of which a
/// block has `block_vectors`. A step of T pixels and V vectors takes T * V multiply-adds and T + V loads, so on the 32
/// registers of a Cortex-M4 6 * 4 takes 1.42 instructions for each multiply-add. Tiles stay within a block: then they
/// need one pointer for their weights.
constexpr tile_size choose_in_order_tile(int registers, bool inputs_apart, int width, int vectors,
                                         int block_vectors) noexcept {
  tile_size best;
  long best_cost = 0;
  for (int wide = 1; wide <= std::min(vectors, block_vectors); ++wide) {
    if (wide < vectors && block_vectors % wide != 0) continue;
    for (int most = 1; most <= std::min(width, registers); ++most) {
      // Sums, the shorter side of the tile kept in registers, the longer side streamed through one.
      if (most * wide + (inputs_apart ? 0 : std::min(most, wide)) + 1 > registers) break;
      const int tiles = ceil_div(width, most);
      const auto row_cost = [&](int chains_wide) {
        return static_cast<long>(width) * chains_wide + width + static_cast<long>(tiles) * (chains_wide + 1);
      };
      const int rest = vectors % wide;
      const long cost = vectors / wide * row_cost(wide) + (rest > 0 ? row_cost(rest) : 0);
      if (best_cost == 0 || cost < best_cost) {
        best = {ceil_div(width, tiles), wide};
        best_cost = cost;
      }
    }
  }
  return best;
}

namespace detail {

/// A loop over products: for each of `steps` inputs of each of some neighbouring pixels, a weight of each output.
struct in_order_loop {
  int steps = 1;
  int first = 0;  ///< of the tile's pixels
  int pixels = 1;
  int vectors = 1;
  int loaded = 1;              ///< lanes of the last vector that have weights
  std::ptrdiff_t apart = 1;    ///< floats from a pixel's inputs to the next pixel's
  std::ptrdiff_t weights = 1;  ///< floats from a step's weights to the next step's
  int repeats = 4;             ///< steps that the body of the loop has
};

/// Where the inputs of a loop come from: pointers that reach several pixels each. The offset of a load goes 255 bytes
/// back, and 1020 ahead to a register of the floating-point unit, 4095 to a general one.
template <in_order_loop Loop, pack Pack>
struct in_order_inputs {
  static constexpr std::ptrdiff_t back = 63;
  static constexpr std::ptrdiff_t reach = back + (inputs_apart<Pack> ? 1023 : 255);
  static constexpr auto pixels_each =
      static_cast<std::size_t>(1 + std::max(std::ptrdiff_t{0}, reach + 1 - Loop.repeats) / Loop.apart);
  static constexpr std::size_t pointers = (static_cast<std::size_t>(Loop.pixels) + pixels_each - 1) / pixels_each;

  const float* from[pointers];

  [[gnu::always_inline]] explicit in_order_inputs(const float* in) noexcept {
    static_for<pointers>([&]<std::size_t Index>() __attribute__((always_inline)) {
      from[Index] = in + (static_cast<std::ptrdiff_t>(Index * pixels_each) * Loop.apart + back);
    });
  }
  template <std::size_t Pixel, std::size_t Step>
  [[gnu::always_inline]] float load() const noexcept {
    constexpr auto pixel = static_cast<std::ptrdiff_t>(Pixel % pixels_each);
    return from[Pixel / pixels_each][pixel * Loop.apart + static_cast<std::ptrdiff_t>(Step) - back];
  }
  [[gnu::always_inline]] void advance(std::ptrdiff_t steps) noexcept {
    static_for<pointers>([&]<std::size_t Index>() __attribute__((always_inline)) {
      from[Index] += steps;
      // Compilers would split a pointer that they understand into one for each pixel.
      asm volatile("" : "+r"(from[Index]));
    });
  }
};

/// One step: its products of all pixels and vectors.
template <in_order_loop Loop, pack Pack, std::size_t Step, std::size_t Sums>
[[gnu::always_inline]] inline void in_order_step(const in_order_inputs<Loop, Pack>& inputs, const float* weights,
                                                 Pack (&sum)[Sums]) noexcept {
  constexpr auto pixels = static_cast<std::size_t>(Loop.pixels);
  constexpr auto vectors = static_cast<std::size_t>(Loop.vectors);
  const auto weight = [&]<std::size_t Vector>() __attribute__((always_inline)) {
    constexpr int lanes = Vector + 1 < vectors ? static_cast<int>(Pack::lanes) : Loop.loaded;
    constexpr std::ptrdiff_t at =
        static_cast<std::ptrdiff_t>(Step) * Loop.weights + static_cast<std::ptrdiff_t>(Vector * Pack::lanes);
    return Pack::template load_first<lanes>(weights + at);
  };
  const auto add = [&]<std::size_t Pixel, std::size_t Vector>(float input, Pack factor) __attribute__((always_inline)) {
    Pack& to = sum[(static_cast<std::size_t>(Loop.first) + Pixel) * vectors + Vector];
    to = fma_scalar(input, factor, to);
  };
  // No load is moved ahead of what stands before it: there are no registers for it.
  const auto in_place = []() __attribute__((always_inline)) { asm volatile("" : : : "memory"); };
  in_place();
  if constexpr (vectors <= pixels && !inputs_apart<Pack>) {
    Pack held[vectors];
    static_for<vectors>([&]<std::size_t Vector>()
                            __attribute__((always_inline)) { held[Vector] = weight.template operator()<Vector>(); });
    static_for<pixels>([&]<std::size_t Pixel>() __attribute__((always_inline)) {
      in_place();
      const float input = inputs.template load<Pixel, Step>();
      static_for<vectors>([&]<std::size_t Vector>() __attribute__((always_inline)) {
        add.template operator()<Pixel, Vector>(input, held[Vector]);
      });
    });
  } else {
    float held[pixels];
    static_for<pixels>([&]<std::size_t Pixel>()
                           __attribute__((always_inline)) { held[Pixel] = inputs.template load<Pixel, Step>(); });
    static_for<vectors>([&]<std::size_t Vector>() __attribute__((always_inline)) {
      in_place();
      const Pack factor = weight.template operator()<Vector>();
      static_for<pixels>([&]<std::size_t Pixel>() __attribute__((always_inline)) {
        add.template operator()<Pixel, Vector>(held[Pixel], factor);
      });
    });
  }
}

/// Adds all products of a loop. `in` is the first pixel's first input; `weights` moves behind those that were used.
template <in_order_loop Loop, pack Pack, std::size_t Sums>
[[gnu::always_inline]] inline void add_in_order(const float* in, const float*& weights, Pack (&sum)[Sums]) noexcept {
  constexpr int repeats = std::min(Loop.repeats, Loop.steps);
  in_order_inputs<Loop, Pack> inputs(in);
  const float* panel = weights;
  const auto some_steps = [&]<int Count>() __attribute__((always_inline)) {
    static_for<static_cast<std::size_t>(Count)>([&]<std::size_t Step>() __attribute__((always_inline)) {
      in_order_step<Loop, Pack, Step>(inputs, panel, sum);
    });
    panel += Count * Loop.weights;
    asm volatile("" : "+r"(panel));
    inputs.advance(Count);
  };
  for (int left = Loop.steps / repeats; left > 0; --left) some_steps.template operator()<repeats>();
  if constexpr (Loop.steps % repeats > 0) some_steps.template operator()<Loop.steps % repeats>();
  weights = panel;
}

/// What `conv2d_tiles` does for a tile, for a single-issue pack and outputs of one block.
template <conv2d_shape Shape, pack Pack, conv2d_tile Tile>
[[gnu::always_inline]] inline void conv2d_in_order_tile(const conv2d_place& place) noexcept {
  using at = conv2d_steps<Shape>;
  constexpr blocked_layout layout = blocked(Shape);
  using of = channel_vectors<layout, Pack>;
  constexpr channel_chunk chunk = Tile.chunk;
  static_assert(chunk.first == channel_chunk::anywhere && chunk.together, "a tile's outputs must be in one block");
  constexpr auto pixels = static_cast<std::size_t>(Tile.pixels);
  constexpr auto vectors = static_cast<std::size_t>(chunk.vectors);
  constexpr tap_runs runs = Tile.inside ? whole_run(Shape, Tile.pixels) : find_runs(Shape, Tile.x0, Tile.pixels);
  constexpr std::ptrdiff_t column_weights = at::inputs * chunk.width;
  constexpr std::ptrdiff_t row_weights = at::kernel_width * column_weights;

  Pack sum[pixels * vectors];
  static_for<vectors>([&]<std::size_t Vector>() __attribute__((always_inline)) {
    const Pack bias = load_bias<layout, chunk, Pack, Vector>(place.biases);
    static_for<pixels>([&]<std::size_t Pixel>()
                           __attribute__((always_inline)) { sum[Pixel * vectors + Vector] = bias; });
  });

  const float* in = place.in + (place.corner + place.taps.begin * at::row);
  const float* row = place.weights + (of::offset(place.first_vector) + place.taps.begin * row_weights);
  for (int left = place.taps.size(); left > 0; --left, in += at::row, row += row_weights) {
    static_for<static_cast<std::size_t>(runs.count)>([&]<std::size_t Run>() __attribute__((always_inline)) {
      constexpr tap_run run = runs.run[Run];
      // Tiles at the edges are fewer than the others, and have several loops.
      constexpr in_order_loop loop{.steps = static_cast<int>(at::inputs) * (at::contiguous ? run.columns.size() : 1),
                                   .first = run.pixels.begin,
                                   .pixels = run.pixels.size(),
                                   .vectors = chunk.vectors,
                                   .loaded = chunk.loaded,
                                   .apart = at::pixel,
                                   .weights = chunk.width,
                                   .repeats = Tile.inside ? 4 : 2};
      const float* from = in + (run.columns.begin * at::column + run.pixels.begin * at::pixel);
      const float* weights = row + run.columns.begin * column_weights;
      if constexpr (at::contiguous) {
        add_in_order<loop>(from, weights, sum);
      } else {
        for (int columns = run.columns.size(); columns > 0; --columns, from += at::column) {
          add_in_order<loop>(from, weights, sum);
        }
      }
    });
  }

  static_for<pixels>([&]<std::size_t Pixel>() __attribute__((always_inline)) {
    static_for<vectors>([&]<std::size_t Vector>() __attribute__((always_inline)) {
      constexpr int stored = of::stored(chunk, static_cast<int>(Vector));
      constexpr std::ptrdiff_t offset =
          static_cast<std::ptrdiff_t>(Pixel) * at::out_pixel + static_cast<std::ptrdiff_t>(Vector * Pack::lanes);
      finish<Shape.post, stored>(sum[Pixel * vectors + Vector], place.residual, place.out, offset);
    });
  });
}

}  // namespace detail

}  // namespace cleave::kernels
#endif
// ---- cleave/kernels/conv2d.hpp --------------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_CONV2D_HPP
#define CLEAVE_KERNELS_CONV2D_HPP

/// @file
/// Direct convolution over NHWC tensors: no scratch memory, no padded copy.
///
/// Taps on padding are skipped: kernel rows by bounds for each output row, kernel columns by tiles that know while
/// compiling which of their pixels have which tap. An output is one chain of multiply-adds in the order bias, kernel
/// row, kernel column, channel, whatever the tile; so the bits depend neither on the pack nor on how rows are shared
/// out.

namespace cleave::kernels {

namespace detail {

/// Moves a place along its row.
template <conv2d_shape Shape>
[[gnu::always_inline]] inline void advance(conv2d_place& place, int pixels) noexcept {
  place.corner += pixels * conv2d_steps<Shape>::pixel;
  place.out += pixels * conv2d_steps<Shape>::out_pixel;
  if constexpr (Shape.post.residual) place.residual += pixels * conv2d_steps<Shape>::out_pixel;
}

/// `count` tiles that follow each other; the place moves behind them. Where a call costs as much as a step, they are a
/// part of their row's function.
template <conv2d_shape Shape, pack Pack, conv2d_tile Tile>
[[gnu::always_inline]] inline void compute_tiles(conv2d_place& place, int count) noexcept {
  if constexpr (single_issue<Pack>) {
    for (; count > 0; --count, advance<Shape>(place, Tile.pixels)) conv2d_in_order_tile<Shape, Pack, Tile>(place);
  } else {
    conv2d_tiles<Shape, Pack, Tile>(place, count);
    advance<Shape>(place, count * Tile.pixels);
    if constexpr (asks_ahead<Shape, Pack>) place.ahead += count * conv2d_steps<Shape>::steps;
  }
}

/// A row of output pixels, of one chunk; `place` is at the row's first pixel.
template <conv2d_shape Shape, pack Pack, channel_chunk Chunk, int Most>
void conv2d_row(conv2d_place place) noexcept {
  constexpr row_plan plan = plan_row(Shape, Most);
  const auto singles = [&](range pixels) __attribute__((always_inline)) {
    for (int x = pixels.begin; x < pixels.end; ++x, advance<Shape>(place, 1)) {
      conv2d_pixel_body<Shape, Pack, Chunk>(
          place, taps_inside(x * Shape.stride.width - Shape.pad.left, Shape.kernel.width, Shape.dilation.width,
                             Shape.in.width));
    }
  };
  if constexpr (plan.single_left > 0) singles({0, plan.single_left});
  if constexpr (plan.left > 0) compute_tiles<Shape, Pack, conv2d_tile{plan.left, false, 0, Chunk}>(place, 1);
  if constexpr (plan.inner_count > 0) {
    compute_tiles<Shape, Pack, conv2d_tile{plan.inner, true, 0, Chunk}>(place, plan.inner_count);
  }
  if constexpr (plan.right > 0) {
    constexpr range inside = inside_columns(Shape);
    constexpr int x0 = Shape.out.width - plan.single_right - plan.right;
    constexpr bool whole = x0 >= inside.begin && x0 + plan.right <= inside.end;
    compute_tiles<Shape, Pack, conv2d_tile{plan.right, whole, whole ? 0 : x0, Chunk}>(place, 1);
  }
  if constexpr (plan.single_right > 0) singles({Shape.out.width - plan.single_right, Shape.out.width});
}

/// The weights for which row `row` of a chunk asks ahead: a part of the next chunk's, those of the last rows again the
/// last part. Behind a group's last chunk its first one is next.
template <conv2d_shape Shape, pack Pack, channel_chunk Chunk, int Most>
const float* weights_ahead(const conv2d_place& place, int row) noexcept {
  constexpr row_plan plan = plan_row(Shape, Most);
  constexpr std::ptrdiff_t chunk = Chunk.vectors * static_cast<std::ptrdiff_t>(Pack::lanes);
  constexpr std::ptrdiff_t tiles = plan.inner_count + (plan.left > 0 ? 1 : 0) + (plan.right > 0 ? 1 : 0);
  const std::ptrdiff_t next = place.first_vector * static_cast<std::ptrdiff_t>(Pack::lanes) + chunk;
  const std::ptrdiff_t at = next + chunk <= Shape.group_outputs() ? next : 0;
  return place.weights +
         (at + std::min(row * tiles, std::max<std::ptrdiff_t>(chunk - tiles, 0))) * conv2d_steps<Shape>::steps;
}

/// Pixels of a row that touches no padding: tiles as in the whole row, the rest one by one.
template <conv2d_shape Shape, pack Pack, channel_chunk Chunk, int Most>
void conv2d_part_of_row(conv2d_place place, int pixels) noexcept {
  constexpr row_plan plan = plan_row(Shape, Most);
  compute_tiles<Shape, Pack, conv2d_tile{plan.inner, true, 0, Chunk}>(place, pixels / plan.inner);
  for (pixels %= plan.inner; pixels > 0; --pixels, advance<Shape>(place, 1))
    conv2d_pixel_body<Shape, Pack, Chunk>(place, {0, 1});
}

/// Calls `body.template operator()<Chunk, Most>(place)` for each group's chunks; `place` is at the first pixel of the
/// output, and tiles have at most Most pixels.
template <conv2d_shape Shape, pack Pack, class Body>
[[gnu::always_inline]] inline void for_each_place(const float* in, const float* weights, const float* residual,
                                                  float* out, Body&& body) noexcept {
  constexpr blocked_layout layout = blocked(Shape);
  // Without a fused multiply-add, the product needs a register of its own.
  constexpr int registers = Pack::registers - (Pack::fused ? 0 : 1);
  constexpr int vectors = channel_vectors<layout, Pack>::count;
  constexpr int block_vectors = block_width / static_cast<int>(Pack::lanes);
  constexpr tile_size tile =
      single_issue<Pack> ? choose_in_order_tile(registers, inputs_apart<Pack>, Shape.out.width, vectors, block_vectors)
                         : choose_tile(conv2d_limits<Shape, Pack>(), Shape.out.width, vectors);
  for (int group = 0; group < Shape.groups; ++group) {
    for_each_chunk<layout, Pack, tile.vectors>([&]<channel_chunk Chunk>(int first) __attribute__((always_inline)) {
      const int channel = first * static_cast<int>(Pack::lanes);
      const std::ptrdiff_t output = group * Shape.group_outputs() + channel;
      conv2d_place place{};
      place.in = in + static_cast<std::ptrdiff_t>(group) * Shape.group_inputs();
      place.weights = weights + static_cast<std::ptrdiff_t>(group) * static_cast<std::ptrdiff_t>(layout.group_floats());
      place.biases = weights + static_cast<std::ptrdiff_t>(layout.biases()) + group * layout.padded_outputs() + channel;
      place.residual = Shape.post.residual ? residual + output : nullptr;
      place.out = out + output;
      place.first_vector = first;
      body.template operator()<Chunk, tile.pixels>(place);
    });
  }
}

/// Rows whose chunks of channels are all computed before the next rows begin. An output that fills a second level cache
/// would else be fetched and written back once for each chunk; few weights can be read as often as that.
constexpr int rows_at_once(const conv2d_shape& of) noexcept {
  constexpr std::size_t few_weights = 65536;
  constexpr std::size_t large_output = 262144;
  constexpr int at_once = 32768;
  if (of.out.size() <= large_output || blocked(of).floats() > few_weights) return of.out.height;
  return std::max(1, at_once / (of.out.width * of.out_pixel()));
}

/// True where the pixels of input and output correspond one to one: all rows are one long row.
constexpr bool is_pointwise(const conv2d_shape& of) noexcept {
  return of.kernel == extent(1) && of.stride == extent(1) && of.in.height == of.out.height &&
         of.in.width == of.out.width;
}

/// A pointwise convolution with all its pixels in one row.
constexpr conv2d_shape in_one_row(conv2d_shape of) noexcept {
  of.in = {1, of.in.height * of.in.width, of.in.channels};
  of.out = {1, of.out.height * of.out.width, of.out.channels};
  of.dilation = 1;
  of.pad = 0;
  return of;
}

}  // namespace detail

/// Computes rows of a convolution that is not depthwise, with weights in the layout `blocked(Shape)`.
/// Requires: where the epilogue adds a residual, it has the output's shape; it may be `out`. Otherwise it is not read.
template <conv2d_shape Shape, pack Pack>
void conv2d(const float* in, const float* weights, const float* residual, float* out, range rows) noexcept {
  static_assert(!is_depthwise(Shape), "depthwise computes these, their weights are laid out differently");
  static_assert(!Shape.post.pools, "only Winograd's form pools");
  using detail::conv2d_place;
  if constexpr (detail::is_pointwise(Shape)) {
    constexpr conv2d_shape flat = detail::in_one_row(Shape);
    const bool whole = rows == range{0, Shape.out.height};
    const auto compute = [&]<channel_chunk Chunk, int Most>(conv2d_place place) {
      place.taps = {0, 1};
      if (whole) {
        detail::conv2d_row<flat, Pack, Chunk, Most>(place);
      } else if constexpr (Shape.out.height > 1) {
        detail::advance<flat>(place, rows.begin * Shape.out.width);
        detail::conv2d_part_of_row<flat, Pack, Chunk, Most>(place, rows.size() * Shape.out.width);
      }
    };
    detail::for_each_place<flat, Pack>(in, weights, residual, out, compute);
  } else {
    using at = detail::conv2d_steps<Shape>;
    const auto compute = [&]<channel_chunk Chunk, int Most>(conv2d_place place, range part) {
      constexpr std::ptrdiff_t out_row = Shape.out.width * at::out_pixel;
      float* const first_out = place.out;
      const float* const first_residual = place.residual;
      for (int y = part.begin; y < part.end; ++y) {
        const int top = y * Shape.stride.height - Shape.pad.top;
        if constexpr (detail::asks_ahead<Shape, Pack>) {
          place.ahead = detail::weights_ahead<Shape, Pack, Chunk, Most>(place, y - part.begin);
        }
        place.taps = taps_inside(top, Shape.kernel.height, Shape.dilation.height, Shape.in.height);
        place.corner = top * at::in_row - Shape.pad.left * static_cast<std::ptrdiff_t>(Shape.in.channels);
        place.out = first_out + y * out_row;
        if constexpr (Shape.post.residual) place.residual = first_residual + y * out_row;
        detail::conv2d_row<Shape, Pack, Chunk, Most>(place);
      }
    };
    const auto compute_all = [&](range part) __attribute__((always_inline)) {
      detail::for_each_place<Shape, Pack>(in, weights, residual, out,
                                          [&]<channel_chunk Chunk, int Most>(const conv2d_place& place) {
                                            compute.template operator()<Chunk, Most>(place, part);
                                          });
    };
    constexpr int at_once = detail::rows_at_once(Shape);
    if constexpr (at_once == Shape.out.height) {
      compute_all(rows);
    } else {
      for (int y = rows.begin; y < rows.end; y += at_once) compute_all({y, std::min(y + at_once, rows.end)});
    }
  }
}

}  // namespace cleave::kernels
#endif
// ---- cleave/kernels/conv2d_pairs.hpp --------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_CONV2D_PAIRS_HPP
#define CLEAVE_KERNELS_CONV2D_PAIRS_HPP

/// @file
/// Convolutions from a few channels to five to eight, as networks for images begin: two pixels of the output share a
/// pack of sixteen lanes, half of which would be empty otherwise. They are half a row apart, so that an input, spread
/// over its half once, serves all pixels of a tile that have it. Bits and weights are those of `conv2d`.

namespace cleave::kernels {

namespace detail {

/// How half a row is cut into tiles: one at the left, some that touch no padding, one at the right. The upper half of a
/// pack is the pixel `apart` further.
struct pair_plan {
  int apart = 0;
  int left = 0;
  int inner_count = 0;
  int right = 0;
  int right_begin = 0;
};

constexpr pair_plan plan_pairs(const conv2d_shape& of) noexcept {
  pair_plan plan;
  plan.apart = ceil_div(of.out.width, 2);
  // Beside the sums there are a kernel row's weights, the inputs, and eight patterns that spread them.
  const int most = std::max(1, 20 - of.kernel.width * of.in.channels);
  const int tiles = ceil_div(plan.apart, most);
  plan.left = ceil_div(plan.apart, tiles);
  plan.inner_count = std::max(0, ceil_div(plan.apart, plan.left) - 2);
  plan.right_begin = plan.left * (plan.inner_count + 1);
  plan.right = plan.apart - plan.right_begin;
  return plan;
}

}  // namespace detail

/// True for the convolutions that `conv2d_pairs` computes.
constexpr bool takes_pairs(const conv2d_shape& of) noexcept {
  const detail::pair_plan plan = detail::plan_pairs(of);
  const range inside = inside_columns(of);
  const bool padding_at_edges =
      plan.inner_count == 0 || (plan.left >= inside.begin && plan.right_begin + plan.apart <= inside.end);
  return of.groups == 1 && of.out.channels > 4 && of.out.channels <= 8 && of.in.channels <= 4 &&
         of.kernel.width * of.in.channels <= 12 && of.stride.width <= of.kernel.width && of.dilation == extent(1) &&
         of.out.width >= 4 && !of.post.residual && padding_at_edges;
}

namespace detail {

/// `Pixels` pixels of each half, from the pixel at `X0` of the row on, or anywhere that touches no padding if that is
/// negative. `corner` is the first pixel's first tap in the row `taps.begin`, `out` the first pixel.
template <conv2d_shape Shape, pair_pack Pack, int Pixels, int X0>
[[gnu::noinline]] void conv2d_pairs_tile(const float* corner, const float* weights, float* out, range taps) noexcept {
  constexpr int apart = plan_pairs(Shape).apart;
  constexpr int inputs = Shape.in.channels;
  constexpr int stride = Shape.stride.width;
  constexpr int steps = Shape.kernel.width * inputs;
  constexpr int span = ((Pixels - 1) * stride + Shape.kernel.width) * inputs;  // floats of a row
  constexpr auto pixels = static_cast<std::size_t>(Pixels);
  constexpr auto exists = [](int pixel) { return X0 < 0 || X0 + pixel < Shape.out.width; };
  // Whether the float `at` from the corner, of the lower or upper half, is on the input.
  constexpr auto on_input = [](int at, bool upper) {
    const int x = (X0 + (upper ? apart : 0)) * stride - Shape.pad.left + at / inputs;
    return at < span && (X0 < 0 || (x >= 0 && x < Shape.in.width));
  };
  Pack sum[pixels];
  const Pack bias = Pack::load_twice(weights + blocked(Shape).biases());
  static_for<pixels>([&]<std::size_t Pixel>() __attribute__((always_inline)) { sum[Pixel] = bias; });

  for (int row = taps.begin; row < taps.end; ++row, corner += Shape.in.width * inputs) {
    const float* const weight_row = weights + row * steps * 8;
    Pack weight[static_cast<std::size_t>(steps)];
    static_for<static_cast<std::size_t>(steps)>([&]<std::size_t Step>() __attribute__((always_inline)) {
      weight[Step] = Pack::load_twice(weight_row + Step * 8);
    });
    static_for<static_cast<std::size_t>(ceil_div(span, 8))>([&]<std::size_t Eight>() __attribute__((always_inline)) {
      constexpr int first = static_cast<int>(Eight) * 8;
      constexpr unsigned there = [=] {
        unsigned lanes = 0;
        for (int lane = 0; lane < 16; ++lane) lanes |= on_input(first + lane % 8, lane >= 8) ? 1U << lane : 0U;
        return lanes;
      }();
      const Pack eight = Pack::template load_halves<there>(corner + first, corner + first + apart * stride * inputs);
      static_for<8>([&]<std::size_t Lane>() __attribute__((always_inline)) {
        constexpr int at = first + static_cast<int>(Lane);
        constexpr bool low = on_input(at, false);
        constexpr bool high = on_input(at, true);
        if constexpr (low || high) {
          const Pack input = eight.template spread<static_cast<int>(Lane)>();
          // Every pixel that has this float, as its tap of some column.
          static_for<pixels>([&]<std::size_t Pixel>() __attribute__((always_inline)) {
            constexpr int step = at - static_cast<int>(Pixel) * stride * inputs;
            if constexpr (step >= 0 && step < steps) {
              sum[Pixel] =
                  Pack::template fma_halves<low, high>(input, weight[static_cast<std::size_t>(step)], sum[Pixel]);
            }
          });
        }
      });
    });
  }

  static_for<pixels>([&]<std::size_t Pixel>() __attribute__((always_inline)) {
    constexpr int pixel = static_cast<int>(Pixel);
    const Pack result = apply<Shape.post.post>(sum[Pixel]);
    result.template store_first<Shape.out.channels>(out + pixel * Shape.out_pixel());
    if constexpr (exists(pixel + apart)) {
      result.template store_high<Shape.out.channels>(out + (pixel + apart) * Shape.out_pixel());
    }
  });
}

}  // namespace detail

/// Computes rows of a convolution for which `takes_pairs` holds, with weights in the layout `blocked(Shape)`.
template <conv2d_shape Shape, pair_pack Pack>
void conv2d_pairs(const float* in, const float* weights, float* out, range rows) noexcept {
  static_assert(takes_pairs(Shape));
  constexpr detail::pair_plan plan = detail::plan_pairs(Shape);
  constexpr std::ptrdiff_t inputs = Shape.in.channels;
  constexpr std::ptrdiff_t next_in = Shape.stride.width * inputs;
  constexpr std::ptrdiff_t next_out = Shape.out_pixel();
  for (int y = rows.begin; y < rows.end; ++y) {
    const int top = y * Shape.stride.height - Shape.pad.top;
    const range taps = taps_inside(top, Shape.kernel.height, 1, Shape.in.height);
    const std::ptrdiff_t first_row = top + taps.begin;
    const float* const corner = in + (first_row * Shape.in.width - Shape.pad.left) * inputs;
    float* const to = out + y * (Shape.out.width * next_out);
    detail::conv2d_pairs_tile<Shape, Pack, plan.left, 0>(corner, weights, to, taps);
    if constexpr (plan.inner_count > 0) {
      for (int x = plan.left; x < plan.right_begin; x += plan.left) {
        detail::conv2d_pairs_tile<Shape, Pack, plan.left, -1>(corner + x * next_in, weights, to + x * next_out, taps);
      }
    }
    if constexpr (plan.right > 0) {
      detail::conv2d_pairs_tile<Shape, Pack, plan.right, plan.right_begin>(corner + plan.right_begin * next_in, weights,
                                                                           to + plan.right_begin * next_out, taps);
    }
  }
}

}  // namespace cleave::kernels
#endif
// ---- cleave/kernels/dense.hpp ---------------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_DENSE_HPP
#define CLEAVE_KERNELS_DENSE_HPP

/// @file
/// Dense layers: a matrix by a vector, as fast as the weights arrive. Several blocks of outputs are computed at once,
/// so that their chains of multiply-adds hide each other's latency and several streams are read side by side. Matrices
/// that no second level cache holds are read in fewer streams and asked for ahead of time.

namespace cleave::kernels {

namespace detail {

/// True for weights that come from the third level cache or from memory.
constexpr bool is_far(const dense_shape& of) noexcept { return blocked(of).floats() * sizeof(float) >= 1024 * 1024; }

/// Vectors of outputs at once. Eight chains keep two multiply-add units of latency four busy. Weights from memory come
/// fastest in four streams, a block of outputs each (9216 to 4096 on AVX-512: 2.8 ms, in eight streams 3.2 ms). Cores
/// that issue one instruction at a time take a block, whose weights need one pointer.
template <dense_shape Shape, pack Pack>
inline constexpr int dense_vectors = single_issue<Pack> ? block_width / static_cast<int>(Pack::lanes)
                                     : is_far(Shape)    ? std::min(8, 4 * block_width / static_cast<int>(Pack::lanes))
                                                        : 8;

/// How many inputs ahead far weights are asked for: 2 KiB of each stream.
inline constexpr std::ptrdiff_t dense_ahead = 32;

template <dense_shape Shape, pack Pack, channel_chunk Chunk>
[[gnu::noinline]] void dense_body(const float* in, const float* weights, const float* residual, float* out,
                                  int first) noexcept {
  constexpr blocked_layout layout = blocked(Shape);
  using of = channel_vectors<layout, Pack>;
  constexpr auto vectors = static_cast<std::size_t>(Chunk.vectors);
  const int output = first * of::lanes;
  const float* const biases = weights + layout.biases() + output;
  Pack sum[vectors];
  static_for<vectors>([&]<std::size_t Vector>() __attribute__((always_inline)) {
    sum[Vector] = load_bias<layout, Chunk, Pack, Vector>(biases);
  });
  [[maybe_unused]] const chunk_weights<layout, Pack, Chunk> from(weights, first);
  // Products of some inputs; with `Far`, the weights `distance` floats ahead are asked for.
  [[maybe_unused]] const auto add = [&]<bool Far>(std::ptrdiff_t begin, std::ptrdiff_t end,
                                                  [[maybe_unused]] std::ptrdiff_t distance)
      __attribute__((always_inline)) {
    for (std::ptrdiff_t i = begin; i < end; ++i) {
      const Pack input = Pack::fill(in[i]);
      static_for<vectors>([&]<std::size_t Vector>() __attribute__((always_inline)) {
        if constexpr (Far && Vector * Pack::lanes % block_width == 0) {
          const std::ptrdiff_t at = i * of::stride(Chunk, static_cast<int>(Vector)) + distance;
          __builtin_prefetch(reinterpret_cast<const char*>(from.vector[Vector]) + at * 4);
        }
        sum[Vector] = fma(input, from.template load<Vector>(i), sum[Vector]);
      });
    }
  };
  if constexpr (single_issue<Pack>) {
    const float* panel = weights + of::offset(first);
    add_in_order<in_order_loop{
        .steps = Shape.inputs, .vectors = Chunk.vectors, .loaded = Chunk.loaded, .weights = Chunk.width, .repeats = 4}>(
        in, panel, sum);
  } else if constexpr (is_far(Shape) && Shape.inputs > dense_ahead) {
    // Towards the end of the streams, what is ahead is the beginning of the next chunk's.
    constexpr std::ptrdiff_t near = Shape.inputs - dense_ahead;
    constexpr std::ptrdiff_t streams = std::max(1, Chunk.vectors * of::lanes / block_width);
    add.template operator()<true>(0, near, dense_ahead * block_width);
    add.template operator()<true>(near, Shape.inputs, ((streams - 1) * Shape.inputs + dense_ahead) * block_width);
  } else {
    add.template operator()<false>(0, Shape.inputs, 0);
  }
  static_for<vectors>([&]<std::size_t Vector>() __attribute__((always_inline)) {
    constexpr int stored = of::stored(Chunk, static_cast<int>(Vector));
    const std::ptrdiff_t at = output + static_cast<std::ptrdiff_t>(Vector * Pack::lanes);
    finish<Shape.post, stored>(sum[Vector], residual, out, at);
  });
}

}  // namespace detail

/// Computes outputs of a dense layer, with weights in the layout `blocked(Shape)`.
/// Requires: `outputs.begin` is a multiple of 16, and so is `outputs.end` or it is the number of outputs. Where the
/// epilogue adds a residual, it has as many elements as the output; it may be `out`. Otherwise it is not read.
template <dense_shape Shape, pack Pack>
void dense(const float* in, const float* weights, const float* residual, float* out, range outputs) noexcept {
  constexpr blocked_layout layout = blocked(Shape);
  constexpr int lanes = static_cast<int>(Pack::lanes);
  constexpr int at_once = detail::dense_vectors<Shape, Pack>;
  if (outputs == range{0, Shape.outputs}) {
    for_each_chunk<layout, Pack, at_once>([&]<channel_chunk Chunk>(int first) {
      detail::dense_body<Shape, Pack, Chunk>(in, weights, residual, out, first);
    });
    return;
  }
  if constexpr (Shape.outputs > block_width) {
    // A part of the outputs: what fills no chunk goes block by block.
    using of = channel_vectors<layout, Pack>;
    constexpr int full = Shape.outputs / block_width * block_width;
    constexpr int a_block = std::min(at_once, block_width / lanes);
    int first = outputs.begin / lanes;
    const int end = std::min(outputs.end, full) / lanes;
    if constexpr (full >= at_once * lanes) {
      for (; first + at_once <= end; first += at_once) {
        detail::dense_body<Shape, Pack, of::repeated(at_once)>(in, weights, residual, out, first);
      }
    }
    for (; first < end; first += a_block) {
      detail::dense_body<Shape, Pack, of::repeated(a_block)>(in, weights, residual, out, first);
    }
    if constexpr (full < Shape.outputs) {
      if (outputs.end <= full) return;
      constexpr int done = full / lanes;
      constexpr int rest = of::count - done;
      static_for<static_cast<std::size_t>(ceil_div(rest, a_block))>([&]<std::size_t Index>() {
        constexpr int from = done + static_cast<int>(Index) * a_block;
        detail::dense_body<Shape, Pack, of::at(from, std::min(a_block, of::count - from))>(in, weights, residual, out,
                                                                                           from);
      });
    }
  }
}

}  // namespace cleave::kernels
#endif
// ---- cleave/kernels/depthwise.hpp -----------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_DEPTHWISE_HPP
#define CLEAVE_KERNELS_DEPTHWISE_HPP

/// @file
/// Depthwise convolution: every channel by itself, so a pack holds neighbouring channels of one pixel.
///
/// A tile of neighbouring pixels goes over its input columns from left to right and gives each to all outputs that need
/// it, so that an input is loaded once for a kernel row, and the products of an output still come in the order kernel
/// row, kernel column. Small windows keep all their weights in registers.

namespace cleave::kernels {

namespace detail {

template <conv2d_shape Shape, pack Pack>
struct depthwise_plan {
  static constexpr int taps = Shape.kernel.height * Shape.kernel.width;
  /// Without a fused multiply-add, the product needs a register of its own.
  static constexpr int registers = Pack::registers - (Pack::fused ? 0 : 1);
  /// Room for six pixels beside the window's weights.
  static constexpr bool weights_stay = taps + 1 + 6 <= registers;
  static constexpr int weights = weights_stay ? taps : Shape.kernel.width;
  /// Pixels of a tile: eight chains if registers allow, and not too much code for wide windows.
  static constexpr int pixels = std::max(
      1, std::min({registers - weights - 1, std::max(1, 96 / Shape.kernel.width), Pack::registers > 16 ? 8 : 6}));
  static constexpr row_plan row = plan_row(Shape, pixels);

  static constexpr std::ptrdiff_t in_column = Shape.in.channels;
  static constexpr std::ptrdiff_t in_row = Shape.in.width * in_column;
  static constexpr std::ptrdiff_t out_pixel = Shape.out.channels;
  static constexpr std::ptrdiff_t out_row = Shape.out.width * out_pixel;
  /// Outputs of one input channel.
  static constexpr int multiplier = Shape.out.channels / Shape.in.channels;
  /// Output rows whose inputs stay in the first level cache while the channels are gone through.
  static constexpr int band =
      static_cast<int>(std::max(std::ptrdiff_t{1}, std::ptrdiff_t{24 * 1024 / 4} / (in_row * Shape.stride.height)));
};

/// `Count` neighbouring channels of one window position; `in` is the first channel's element.
struct depthwise_place {
  const float* in;        ///< the tensor, from the input channel of the first lane
  const float* weights;   ///< from the first lane's
  const float* residual;  ///< at the pixel
  float* out;             ///< at the pixel
  std::ptrdiff_t corner;  ///< of the window in `in`
  range taps;             ///< kernel rows that are not padding
  int channel;            ///< output channel of the first lane
};

/// The inputs of `Count` output channels from `channel` on; `at` is the input channel of the first.
template <conv2d_shape Shape, int Count, pack Pack>
[[gnu::always_inline]] inline Pack load_channels(const float* at, [[maybe_unused]] int channel) noexcept {
  constexpr int multiplier = Shape.out.channels / Shape.in.channels;
  if constexpr (multiplier == 1) {
    return Pack::template load_first<Count>(at);
  } else if constexpr (Pack::lanes == 1) {
    return Pack::load(at);
  } else {
    float lane[Pack::lanes] = {};
    for (int k = 0; k < Count; ++k) lane[k] = at[(channel % multiplier + k) / multiplier];
    return Pack::load(lane);
  }
}

/// A tile of pixels; at `X0` of the row, or anywhere that touches no padding if that is negative.
template <conv2d_shape Shape, pack Pack, int Count, int Pixels, int X0>
[[gnu::always_inline]] inline void depthwise_tile(const depthwise_place& place, const Pack* stay,
                                                  const float* bias) noexcept {
  using plan = depthwise_plan<Shape, Pack>;
  constexpr auto pixels = static_cast<std::size_t>(Pixels);
  constexpr auto kernel_width = static_cast<std::size_t>(Shape.kernel.width);
  constexpr auto columns =
      static_cast<std::size_t>((Pixels - 1) * Shape.stride.width + (Shape.kernel.width - 1) * Shape.dilation.width + 1);
  Pack sum[pixels];
  const Pack start = Pack::template load_first<Count>(bias);
  static_for<pixels>([&]<std::size_t Pixel>() __attribute__((always_inline)) { sum[Pixel] = start; });

  const auto kernel_row = [&](std::ptrdiff_t row, const Pack* weight) __attribute__((always_inline)) {
    const std::ptrdiff_t left = place.corner + row * Shape.dilation.height * plan::in_row;
    static_for<columns>([&]<std::size_t Column>() __attribute__((always_inline)) {
      constexpr int column = static_cast<int>(Column);
      constexpr int x = X0 * Shape.stride.width - Shape.pad.left + column;
      constexpr bool inside = X0 < 0 || (x >= 0 && x < Shape.in.width);
      // The pixel that has this column as its tap number `tap`, or -1.
      constexpr auto pixel_of = [](int tap) {
        const int distance = column - tap * Shape.dilation.width;
        return distance >= 0 && distance % Shape.stride.width == 0 && distance / Shape.stride.width < Pixels
                   ? distance / Shape.stride.width
                   : -1;
      };
      constexpr bool needed = [=] {
        for (int tap = 0; tap < Shape.kernel.width; ++tap) {
          if (pixel_of(tap) >= 0) return inside;
        }
        return false;
      }();
      if constexpr (needed) {
        const Pack input =
            load_channels<Shape, Count, Pack>(place.in + (left + column * plan::in_column), place.channel);
        static_for<kernel_width>([&]<std::size_t Tap>() __attribute__((always_inline)) {
          constexpr int pixel = pixel_of(static_cast<int>(Tap));
          if constexpr (pixel >= 0) {
            sum[static_cast<std::size_t>(pixel)] = fma(input, weight[Tap], sum[static_cast<std::size_t>(pixel)]);
          }
        });
      }
    });
  };
  if constexpr (plan::weights_stay) {
    static_for<static_cast<std::size_t>(Shape.kernel.height)>([&]<std::size_t Row>() __attribute__((always_inline)) {
      constexpr int row = static_cast<int>(Row);
      if (row >= place.taps.begin && row < place.taps.end) kernel_row(row, stay + Row * kernel_width);
    });
  } else {
    for (int row = place.taps.begin; row < place.taps.end; ++row) {
      Pack weight[kernel_width];
      static_for<kernel_width>([&]<std::size_t Tap>() __attribute__((always_inline)) {
        weight[Tap] = Pack::template load_first<Count>(
            place.weights + (row * Shape.kernel.width + static_cast<int>(Tap)) * plan::out_pixel);
      });
      kernel_row(row, weight);
    }
  }
  static_for<pixels>([&]<std::size_t Pixel>() __attribute__((always_inline)) {
    constexpr std::ptrdiff_t offset = static_cast<std::ptrdiff_t>(Pixel) * plan::out_pixel;
    finish<Shape.post, Count>(sum[Pixel], place.residual, place.out, offset);
  });
}

/// One pixel, its kernel columns bounded at run time.
template <conv2d_shape Shape, pack Pack, int Count>
[[gnu::noinline]] void depthwise_pixel(const depthwise_place& place, const float* bias, range columns) noexcept {
  using plan = depthwise_plan<Shape, Pack>;
  Pack sum = Pack::template load_first<Count>(bias);
  for (int row = place.taps.begin; row < place.taps.end; ++row) {
    for (int column = columns.begin; column < columns.end; ++column) {
      const std::ptrdiff_t at =
          place.corner + row * Shape.dilation.height * plan::in_row + column * Shape.dilation.width * plan::in_column;
      const float* const weight = place.weights + (row * Shape.kernel.width + column) * plan::out_pixel;
      sum = fma(load_channels<Shape, Count, Pack>(place.in + at, place.channel),
                Pack::template load_first<Count>(weight), sum);
    }
  }
  finish<Shape.post, Count>(sum, place.residual, place.out);
}

/// Rows of output, of `Count` channels from `place.channel` on. `place` is at the tensor's first pixel.
template <conv2d_shape Shape, pack Pack, int Count>
[[gnu::noinline]] void depthwise_rows(depthwise_place place, const float* bias, range rows) noexcept {
  using plan = depthwise_plan<Shape, Pack>;
  constexpr row_plan row = plan::row;
  constexpr auto kept = static_cast<std::size_t>(plan::weights_stay ? plan::taps : 1);
  Pack stay[kept];
  if constexpr (plan::weights_stay) {
    static_for<kept>([&]<std::size_t Tap>() __attribute__((always_inline)) {
      stay[Tap] = Pack::template load_first<Count>(place.weights + static_cast<std::ptrdiff_t>(Tap) * plan::out_pixel);
    });
  }
  const auto advance = [&](int pixels) __attribute__((always_inline)) {
    place.corner += pixels * Shape.stride.width * plan::in_column;
    place.out += pixels * plan::out_pixel;
    if constexpr (Shape.post.residual) place.residual += pixels * plan::out_pixel;
  };
  const auto singles = [&](range pixels) __attribute__((always_inline)) {
    for (int x = pixels.begin; x < pixels.end; ++x, advance(1)) {
      depthwise_pixel<Shape, Pack, Count>(place, bias,
                                          taps_inside(x * Shape.stride.width - Shape.pad.left, Shape.kernel.width,
                                                      Shape.dilation.width, Shape.in.width));
    }
  };
  float* const first_out = place.out;
  const float* const first_residual = place.residual;
  for (int y = rows.begin; y < rows.end; ++y) {
    const int top = y * Shape.stride.height - Shape.pad.top;
    place.taps = taps_inside(top, Shape.kernel.height, Shape.dilation.height, Shape.in.height);
    place.corner = top * plan::in_row - Shape.pad.left * plan::in_column;
    place.out = first_out + y * plan::out_row;
    if constexpr (Shape.post.residual) place.residual = first_residual + y * plan::out_row;
    if constexpr (row.single_left > 0) singles({0, row.single_left});
    if constexpr (row.left > 0) {
      depthwise_tile<Shape, Pack, Count, row.left, 0>(place, stay, bias);
      advance(row.left);
    }
    if constexpr (row.inner_count > 0) {
      for (int count = 0; count < row.inner_count; ++count, advance(row.inner)) {
        depthwise_tile<Shape, Pack, Count, row.inner, -1>(place, stay, bias);
      }
    }
    if constexpr (row.right > 0) {
      depthwise_tile<Shape, Pack, Count, row.right, Shape.out.width - row.single_right - row.right>(place, stay, bias);
      advance(row.right);
    }
    if constexpr (row.single_right > 0) singles({Shape.out.width - row.single_right, Shape.out.width});
  }
}

}  // namespace detail

/// Computes rows of a depthwise convolution, with weights in the layout `depthwise_weights(Shape)`.
/// Requires: where the epilogue adds a residual, it has the output's shape; it may be `out`. Otherwise it is not read.
template <conv2d_shape Shape, pack Pack>
void depthwise(const float* in, const float* weights, const float* residual, float* out, range rows) noexcept {
  static_assert(is_depthwise(Shape), "conv2d computes these, their weights are laid out differently");
  using plan = detail::depthwise_plan<Shape, Pack>;
  constexpr int lanes = static_cast<int>(Pack::lanes);
  constexpr int tail = Shape.out.channels % lanes;
  constexpr auto biases = static_cast<std::ptrdiff_t>(depthwise_weights(Shape).biases());
  for (range band{rows.begin, rows.begin}; band.begin < rows.end; band.begin = band.end) {
    band.end = std::min(band.begin + plan::band, rows.end);
    const auto at = [&](int channel) __attribute__((always_inline)) {
      detail::depthwise_place place{};
      place.in = in + channel / plan::multiplier;
      place.weights = weights + channel;
      place.residual = Shape.post.residual ? residual + channel : nullptr;
      place.out = out + channel;
      place.channel = channel;
      return place;
    };
    int channel = 0;
    for (; channel + lanes <= Shape.out.channels; channel += lanes) {
      detail::depthwise_rows<Shape, Pack, lanes>(at(channel), weights + biases + channel, band);
    }
    if constexpr (tail > 0) detail::depthwise_rows<Shape, Pack, tail>(at(channel), weights + biases + channel, band);
  }
}

}  // namespace cleave::kernels
#endif
// ---- cleave/kernels/global_pool.hpp ---------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_GLOBAL_POOL_HPP
#define CLEAVE_KERNELS_GLOBAL_POOL_HPP

/// @file
/// Mean and maximum of all pixels, channel by channel. The output is one row: `rows` is {0, 1} or empty.

namespace cleave::kernels {

/// What the global pooling kernels are keyed by.
struct global_pool_shape {
  shape in;

  constexpr bool operator==(const global_pool_shape&) const = default;
};

namespace detail {

template <global_pool_shape Shape, pack Pack, class Fold, class Finish>
[[gnu::always_inline]] inline void global_pool(const float* in, float* out, range rows, float initial, Fold fold,
                                               Finish finish) noexcept {
  if (rows.size() == 0) return;
  constexpr auto channels = static_cast<std::size_t>(Shape.in.channels);
  for_each_strip<Shape.in.channels, 8, Pack>([&]<int Count>(int channel) __attribute__((always_inline)) {
    auto sum = strip<Pack, Count>::fill(initial);
    const float* end = in + Shape.in.size();
    for (const float* pixel = in; pixel != end; pixel += channels) {
      sum.update(fold, strip<Pack, Count>::load(pixel + channel));
    }
    sum.update(finish);
    sum.store(out + channel);
  });
}

}  // namespace detail

/// The largest element of each channel; unspecified where one is a NaN.
template <global_pool_shape Shape, pack Pack>
void global_max_pool(const float* in, float* out, range rows) noexcept {
  detail::global_pool<Shape, Pack>(
      in, out, rows, -std::numeric_limits<float>::infinity(),
      [](Pack sum, Pack x) __attribute__((always_inline)) { return max(sum, x); },
      [](Pack sum) __attribute__((always_inline)) { return sum + Pack::fill(0.0F); });
}

/// The mean of each channel: its elements are added from +0, pixel after pixel, and divided by their count.
template <global_pool_shape Shape, pack Pack>
void global_average_pool(const float* in, float* out, range rows) noexcept {
  constexpr auto count = static_cast<float>(Shape.in.height * Shape.in.width);
  detail::global_pool<Shape, Pack>(
      in, out, rows, 0.0F, [](Pack sum, Pack x) __attribute__((always_inline)) { return sum + x; },
      [](Pack sum) __attribute__((always_inline)) { return divide(sum, Pack::fill(count)); });
}

}  // namespace cleave::kernels
#endif
// ---- cleave/kernels/locally_connected.hpp ---------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_LOCALLY_CONNECTED_HPP
#define CLEAVE_KERNELS_LOCALLY_CONNECTED_HPP

/// @file
/// Convolution with untied weights: every output pixel has filters and biases of its own. Each weight is used once, so
/// this is as fast as the weights arrive, pixel by pixel in the order in which they lie.

namespace cleave::kernels {

/// Computes rows of a convolution with untied weights, in the layout `untied_weights(Shape)`.
/// Requires: one group. Where the epilogue adds a residual, it has the output's shape; it may be `out`. Otherwise it is
/// not read.
template <conv2d_shape Shape, pack Pack>
void locally_connected(const float* in, const float* weights, const float* residual, float* out, range rows) noexcept {
  static_assert(Shape.groups == 1, "untied filters see all input channels");
  using at = detail::conv2d_steps<Shape>;
  constexpr locally_connected_layout layout = untied_weights(Shape);
  constexpr auto filters = static_cast<std::ptrdiff_t>(layout.filter.group_floats());
  constexpr int eight_chains = 8;
  for (int y = rows.begin; y < rows.end; ++y) {
    const int top = y * Shape.stride.height - Shape.pad.top;
    for (int x = 0; x < Shape.out.width; ++x) {
      const int left = x * Shape.stride.width - Shape.pad.left;
      const std::ptrdiff_t pixel = y * static_cast<std::ptrdiff_t>(Shape.out.width) + x;
      detail::conv2d_place place{};
      place.in = in;
      place.weights = weights + pixel * filters;
      place.corner = top * at::in_row + left * static_cast<std::ptrdiff_t>(Shape.in.channels);
      place.taps = taps_inside(top, Shape.kernel.height, Shape.dilation.height, Shape.in.height);
      const range columns = taps_inside(left, Shape.kernel.width, Shape.dilation.width, Shape.in.width);
      for_each_chunk<layout.filter, Pack, eight_chains>([&]<channel_chunk Chunk>(int first) {
        const int channel = first * static_cast<int>(Pack::lanes);
        place.biases =
            weights + static_cast<std::ptrdiff_t>(layout.biases()) + pixel * layout.filter.padded_outputs() + channel;
        place.residual = Shape.post.residual ? residual + pixel * at::out_pixel + channel : nullptr;
        place.out = out + pixel * at::out_pixel + channel;
        place.first_vector = first;
        detail::conv2d_pixel_body<Shape, Pack, Chunk>(place, columns);
      });
    }
  }
}

}  // namespace cleave::kernels
#endif
// ---- cleave/kernels/normalization.hpp -------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_NORMALIZATION_HPP
#define CLEAVE_KERNELS_NORMALIZATION_HPP

/// @file
/// Batch normalisation, in inference one factor and one term a channel, and normalisation across channels.

namespace cleave::kernels {

/// What `batch_normalization` is keyed by.
struct batch_normalization_shape {
  shape out;
  activation post{};

  constexpr bool operator==(const batch_normalization_shape&) const = default;
};

/// post(x scale + shift); `weights` is scale[channels], then shift[channels]; `in` may be `out`.
template <batch_normalization_shape Shape, pack Pack>
void batch_normalization(const float* in, const float* weights, float* out, range rows) noexcept {
  const flat_run run = elements_of(Shape.out, rows);
  map_channels<Shape.out.channels, Pack>(
      out + run.first, run.count, [](Pack x, Pack scale, Pack shift) __attribute__((always_inline)) {
        return apply_any<Shape.post>(fma(x, scale, shift));
      },
      in + run.first, weights, weights + Shape.out.channels);
}

/// What `local_response_normalization` is keyed by.
struct local_response_normalization_shape {
  shape out;
  int size;  ///< channels in the window around each
  float alpha;
  float beta;
  float bias;

  constexpr bool operator==(const local_response_normalization_shape&) const = default;
};

namespace detail {

/// A float as a template argument; clang 14 takes none by itself.
struct float_constant {
  float value;
};

/// x / base^beta, for a base that is normal and positive.
template <float_constant Beta, pack Pack>
[[gnu::always_inline]] inline Pack over_power(Pack x, Pack base) noexcept {
  // The exponent of the classic networks needs no logarithm.
  if constexpr (Beta.value == 0.75F) {
    const Pack root = sqrt(base);
    return divide(x, root * sqrt(root));
  } else if constexpr (Beta.value == 0.5F) {
    return divide(x, sqrt(base));
  } else if constexpr (Beta.value == 1.0F) {
    return divide(x, base);
  } else {
    return x * kernels::exp(kernels::log(base) * Pack::fill(-Beta.value));
  }
}

}  // namespace detail

/// x / (bias + alpha / size * s)^beta, where s is the sum of the squares of the channels from (size - 1) / 2 before to
/// size / 2 after, added from +0 in order. `in` and `out` must not overlap.
/// Requires: what is raised to the power is normal and positive, as with bias > 0 it is, short of overflow.
template <local_response_normalization_shape Shape, pack Pack>
void local_response_normalization(const float* in, float* out, range rows) noexcept {
  constexpr int channels = Shape.out.channels;
  constexpr int before = (Shape.size - 1) / 2;
  constexpr int after = Shape.size / 2;
  constexpr int lanes = static_cast<int>(Pack::lanes);
  constexpr detail::float_constant beta{Shape.beta};
  const Pack factor = Pack::fill(Shape.alpha / static_cast<float>(Shape.size));
  const Pack bias = Pack::fill(Shape.bias);

  // `first` points at the first lane's first tap.
  const auto normalized = [&](const float* first, range taps = {0, Shape.size}) __attribute__((always_inline)) {
    Pack sum = Pack::fill(0.0F);
    for (int k = taps.begin; k < taps.end; ++k) {
      const Pack x = Pack::load(first + k);
      sum = fma(x, x, sum);
    }
    return detail::over_power<beta>(Pack::load(first + before), fma(factor, sum, bias));
  };
  // Taps at channels that do not exist are read as 0, which changes no bit of a sum of squares.
  const auto at_edge = [&]<int Channel>(const float* pixel, float* to) __attribute__((always_inline)) {
    constexpr int first = Channel - before;
    constexpr int begin = std::max(0, first);
    constexpr int end = std::min(channels, Channel + lanes + after);
    float part[lanes + Shape.size - 1] = {};
    for (int i = begin; i < end; ++i) part[i - first] = pixel[i];
    normalized(part).template store_first<std::min(lanes, channels - Channel)>(to + Channel);
  };

  const flat_run run = elements_of(Shape.out, rows);
  const float* const end = in + run.first + run.count;
  float* to = out + run.first;
  for (const float* pixel = in + run.first; pixel != end; pixel += channels, to += channels) {
    if constexpr (lanes == 1) {
      for (int c = 0; c < channels; ++c) {
        const range taps{std::max(0, before - c), std::min(Shape.size, channels + before - c)};
        normalized(pixel + c - before, taps).store(to + c);
      }
    } else {
      // Packs [left, right) have all their taps.
      constexpr int packs = ceil_div(channels, lanes);
      constexpr int left = std::min(packs, ceil_div(before, lanes));
      constexpr int right = std::max(left, channels < lanes + after ? 0 : (channels - after) / lanes);
      static_for<static_cast<std::size_t>(left)>([&]<std::size_t Index>() __attribute__((always_inline)) {
        at_edge.template operator()<static_cast<int>(Index) * lanes>(pixel, to);
      });
      for (int c = left * lanes; c < right * lanes; c += lanes) normalized(pixel + c - before).store(to + c);
      static_for<static_cast<std::size_t>(packs - right)>([&]<std::size_t Index>() __attribute__((always_inline)) {
        at_edge.template operator()<(right + static_cast<int>(Index)) * lanes>(pixel, to);
      });
    }
  }
}

}  // namespace cleave::kernels
#endif
// ---- cleave/kernels/recurrent.hpp -----------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_RECURRENT_HPP
#define CLEAVE_KERNELS_RECURRENT_HPP

/// @file
/// LSTM, GRU and plain recurrence. All gates of a few units are added up side by side in registers, so that nothing but
/// the state itself is kept: of an LSTM the cells, of a GRU that resets before the product the units that are reset, as
/// many floats as there are units, on the stack.
///
/// A sum begins with the bias; then come the inputs, then the units of the moment before, in order.

namespace cleave::kernels {

namespace detail {

/// A moment: what it reads and writes. Before the first one there may be no units.
struct recurrent_moment {
  const float* in;
  const float* before;  ///< units of the moment before, or null
  float* kept;          ///< cells, or units that are reset
  float* out;
};

/// `Units` neighbouring units of a block that is `Width` wide, as vectors.
template <recurrent_shape Shape, pack Pack, int Width, int Units>
class recurrent_chunk {
  static constexpr recurrent_layout layout = recurrent_weights(Shape);
  static constexpr int lanes = static_cast<int>(Pack::lanes);
  static constexpr auto vectors = static_cast<std::size_t>(ceil_div(Units, lanes));
  static constexpr auto sums = static_cast<std::size_t>(layout.biases);

  template <std::size_t Vector>
  static constexpr int place = static_cast<int>(Vector) * lanes;
  /// Lanes that have weights, and lanes that are units.
  template <std::size_t Vector>
  static constexpr int loaded = std::min(lanes, ceil_div(Units, 4) * 4 - place<Vector>);
  template <std::size_t Vector>
  static constexpr int stored = std::min(lanes, Units - place<Vector>);

  const float* weights_;  ///< of the chunk's first unit
  const float* biases_;   ///< of the chunk's first unit
  int unit_;
  Pack sum_[sums][vectors];

 public:
  /// The chunk begins at unit `from` of the block that begins at unit `block`.
  [[gnu::always_inline]] recurrent_chunk(const float* weights, int block, int from) noexcept
      : weights_(weights + static_cast<std::ptrdiff_t>(block) * layout.steps() * layout.gates + from),
        biases_(weights + layout.first_bias() + static_cast<std::ptrdiff_t>(block) * layout.biases + from),
        unit_(block + from) {}

  /// The sums begin as biases.
  [[gnu::always_inline]] void begin() noexcept {
    static_for<sums>([&]<std::size_t Sum>() __attribute__((always_inline)) {
      static_for<vectors>([&]<std::size_t Vector>() __attribute__((always_inline)) {
        sum_[Sum][Vector] =
            Pack::template load_first<loaded<Vector>>(biases_ + static_cast<int>(Sum) * Width + place<Vector>);
      });
    });
  }
  /// Adds products for the gates in the bits of `Gates`; with `Apart` those of the last gate to the sum behind it.
  template <unsigned Gates, bool Apart = false>
  [[gnu::always_inline]] void add(const float* from, int first_step, int count) noexcept {
    const float* step = weights_ + static_cast<std::ptrdiff_t>(first_step) * layout.gates * Width;
    for (int i = 0; i < count; ++i, step += layout.gates * Width) {
      const Pack x = Pack::fill(from[i]);
      static_for<static_cast<std::size_t>(layout.gates)>([&]<std::size_t Gate>() __attribute__((always_inline)) {
        if constexpr ((Gates >> Gate & 1U) != 0) {
          constexpr std::size_t into = Apart && Gate + 1 == static_cast<std::size_t>(layout.gates) ? Gate + 1 : Gate;
          static_for<vectors>([&]<std::size_t Vector>() __attribute__((always_inline)) {
            const Pack weight =
                Pack::template load_first<loaded<Vector>>(step + static_cast<int>(Gate) * Width + place<Vector>);
            sum_[into][Vector] = fma(x, weight, sum_[into][Vector]);
          });
        }
      });
    }
  }
  template <unsigned Gates, bool Apart = false>
  [[gnu::always_inline]] void add_before(const float* before) noexcept {
    if (before != nullptr) add<Gates, Apart>(before, layout.inputs, layout.units);
  }

  /// Calls `body.template operator()<Vector, Stored>(unit)` for each vector.
  template <class Body>
  [[gnu::always_inline]] void finish(Body body) noexcept {
    static_for<vectors>([&]<std::size_t Vector>() __attribute__((always_inline)) {
      body.template operator()<Vector, stored<Vector>>(unit_ + place<Vector>);
    });
  }
  template <std::size_t Vector>
  [[gnu::always_inline]] Pack sum(std::size_t gate) const noexcept {
    return sum_[gate][Vector];
  }
};

/// The units before, 0 where there are none.
template <pack Pack, int Count>
[[gnu::always_inline]] inline Pack load_before(const float* before, std::ptrdiff_t unit) noexcept {
  return before == nullptr ? Pack::fill(0.0F) : Pack::template load_first<Count>(before + unit);
}

template <pack Pack, class Chunk>
[[gnu::always_inline]] inline void lstm_chunk(Chunk chunk, const recurrent_moment& now, int inputs) noexcept {
  chunk.begin();
  chunk.template add<0xFU>(now.in, 0, inputs);
  chunk.template add_before<0xFU>(now.before);
  chunk.finish([&]<std::size_t Vector, int Count>(std::ptrdiff_t unit) __attribute__((always_inline)) {
    // Gates: input, output, forget, cell.
    const Pack let_in = kernels::sigmoid(chunk.template sum<Vector>(0));
    const Pack let_out = kernels::sigmoid(chunk.template sum<Vector>(1));
    const Pack keep = kernels::sigmoid(chunk.template sum<Vector>(2));
    const Pack fresh = kernels::tanh(chunk.template sum<Vector>(3));
    const Pack zero = Pack::fill(0.0F);
    const Pack cell = fma(keep, Pack::template load_first<Count>(now.kept + unit), fma(let_in, fresh, zero));
    cell.template store_first<Count>(now.kept + unit);
    fma(let_out, kernels::tanh(cell), zero).template store_first<Count>(now.out + unit);
  });
}

/// z before + (1 - z) n.
template <pack Pack>
[[gnu::always_inline]] inline Pack blend(Pack z, Pack n, Pack before) noexcept {
  return fma(z, before - n, n);
}

template <pack Pack, class Chunk>
[[gnu::always_inline]] inline void gru_linear_chunk(Chunk chunk, const recurrent_moment& now, int inputs) noexcept {
  chunk.begin();
  chunk.template add<7U>(now.in, 0, inputs);
  chunk.template add_before<7U, true>(now.before);
  chunk.finish([&]<std::size_t Vector, int Count>(std::ptrdiff_t unit) __attribute__((always_inline)) {
    // Gates: update, reset, hidden.
    const Pack z = kernels::sigmoid(chunk.template sum<Vector>(0));
    const Pack r = kernels::sigmoid(chunk.template sum<Vector>(1));
    const Pack n = kernels::tanh(fma(r, chunk.template sum<Vector>(3), chunk.template sum<Vector>(2)));
    blend(z, n, load_before<Pack, Count>(now.before, unit)).template store_first<Count>(now.out + unit);
  });
}

/// First all units are reset, for the sums that read them.
template <pack Pack, class Chunk>
[[gnu::always_inline]] inline void gru_reset_chunk(Chunk chunk, const recurrent_moment& now, int inputs) noexcept {
  chunk.begin();
  chunk.template add<2U>(now.in, 0, inputs);
  chunk.template add_before<2U>(now.before);
  chunk.finish([&]<std::size_t Vector, int Count>(std::ptrdiff_t unit) __attribute__((always_inline)) {
    const Pack r = kernels::sigmoid(chunk.template sum<Vector>(1));
    fma(r, load_before<Pack, Count>(now.before, unit), Pack::fill(0.0F)).template store_first<Count>(now.kept + unit);
  });
}

template <pack Pack, class Chunk>
[[gnu::always_inline]] inline void gru_chunk(Chunk chunk, const recurrent_moment& now, int inputs) noexcept {
  chunk.begin();
  chunk.template add<5U>(now.in, 0, inputs);
  if (now.before != nullptr) {
    chunk.template add_before<1U>(now.before);
    chunk.template add_before<4U>(now.kept);
  }
  chunk.finish([&]<std::size_t Vector, int Count>(std::ptrdiff_t unit) __attribute__((always_inline)) {
    const Pack z = kernels::sigmoid(chunk.template sum<Vector>(0));
    const Pack n = kernels::tanh(chunk.template sum<Vector>(2));
    blend(z, n, load_before<Pack, Count>(now.before, unit)).template store_first<Count>(now.out + unit);
  });
}

template <pack Pack, class Chunk>
[[gnu::always_inline]] inline void rnn_chunk(Chunk chunk, const recurrent_moment& now, int inputs) noexcept {
  chunk.begin();
  chunk.template add<1U>(now.in, 0, inputs);
  chunk.template add_before<1U>(now.before);
  chunk.finish([&]<std::size_t Vector, int Count>(std::ptrdiff_t unit) __attribute__((always_inline)) {
    kernels::tanh(chunk.template sum<Vector>(0)).template store_first<Count>(now.out + unit);
  });
}

/// Makes a chunk's units; with `Resets`, what a GRU's second pass reads.
template <recurrent_shape Shape, pack Pack, int Width, int Units, bool Resets>
[[gnu::noinline]] void recurrent_body(const float* weights, int block, int from, const recurrent_moment& now) noexcept {
  constexpr int inputs = Shape.in.channels;
  const recurrent_chunk<Shape, Pack, Width, Units> chunk(weights, block, from);
  if constexpr (Shape.kind == recurrent_kind::lstm) {
    lstm_chunk<Pack>(chunk, now, inputs);
  } else if constexpr (Shape.kind == recurrent_kind::gru_linear) {
    gru_linear_chunk<Pack>(chunk, now, inputs);
  } else if constexpr (Shape.kind == recurrent_kind::rnn) {
    rnn_chunk<Pack>(chunk, now, inputs);
  } else if constexpr (Resets) {
    gru_reset_chunk<Pack>(chunk, now, inputs);
  } else {
    gru_chunk<Pack>(chunk, now, inputs);
  }
}

/// The units of a block.
template <recurrent_shape Shape, pack Pack, int UnitsInBlock, bool Resets>
[[gnu::always_inline]] inline void recurrent_block(const float* weights, int block,
                                                   const recurrent_moment& now) noexcept {
  constexpr int lanes = static_cast<int>(Pack::lanes);
  constexpr int width = ceil_div(UnitsInBlock, 4) * 4;
  // Eight chains hide the latency of the multiply-adds, and leave registers for weights.
  constexpr int most = std::max(1, 8 / recurrent_weights(Shape).biases) * lanes;
  constexpr int at_once = std::min(most, block_width);
  constexpr int even = UnitsInBlock / at_once * at_once;
  if constexpr (even > 0) {
    for (int from = 0; from < even; from += at_once) {
      recurrent_body<Shape, Pack, width, at_once, Resets>(weights, block, from, now);
    }
  }
  if constexpr (even < UnitsInBlock) {
    recurrent_body<Shape, Pack, width, UnitsInBlock - even, Resets>(weights, block, even, now);
  }
}

/// One pass over all units.
template <recurrent_shape Shape, pack Pack, bool Resets>
[[gnu::always_inline]] inline void recurrent_pass(const float* weights, const recurrent_moment& now) noexcept {
  constexpr int even = Shape.units / block_width * block_width;
  if constexpr (even > 0) {
    for (int block = 0; block < even; block += block_width) {
      recurrent_block<Shape, Pack, block_width, Resets>(weights, block, now);
    }
  }
  if constexpr (even < Shape.units) {
    recurrent_block<Shape, Pack, Shape.units - even, Resets>(weights, even, now);
  }
}

}  // namespace detail

/// The units at every moment of the sequences in `rows`, with weights in the layout `recurrent_weights(Shape)`. The
/// tensors must not overlap. Takes as many floats of stack as there are units.
template <recurrent_shape Shape, pack Pack>
void recurrent(const float* in, const float* weights, float* out, range rows) noexcept {
  constexpr recurrent_layout layout = recurrent_weights(Shape);
  constexpr bool keeps_cells = Shape.kind == recurrent_kind::lstm;
  constexpr bool keeps = keeps_cells || Shape.kind == recurrent_kind::gru;
  constexpr auto units = static_cast<std::size_t>(Shape.units);
  float kept[keeps ? units : 1];
  for (int y = rows.begin; y < rows.end; ++y) {
    detail::recurrent_moment now{in + static_cast<std::size_t>(y) * row_size(Shape.in), nullptr, kept,
                                 out + static_cast<std::size_t>(y) * row_size(Shape.out())};
    if constexpr (Shape.initial_state) now.before = weights + layout.state(0, 0);
    if constexpr (keeps_cells && Shape.initial_state) std::copy_n(weights + layout.state(0, 1), units, kept);
    else if constexpr (keeps_cells) std::fill_n(kept, units, 0.0F);
    for (int x = 0; x < Shape.in.width; ++x) {
      if constexpr (Shape.kind == recurrent_kind::gru) detail::recurrent_pass<Shape, Pack, true>(weights, now);
      detail::recurrent_pass<Shape, Pack, false>(weights, now);
      now.before = now.out;
      now.in += Shape.in.channels;
      now.out += units;
    }
  }
}

}  // namespace cleave::kernels
#endif
// ---- cleave/kernels/softmax.hpp -------------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_SOFTMAX_HPP
#define CLEAVE_KERNELS_SOFTMAX_HPP

/// @file
/// softmax and log softmax over the channels of each pixel. The largest element is subtracted first, so that nothing
/// overflows.
///
/// The order of the sum, the same for every pack: element c is added to partial sum c mod 16, in order of c, each
/// beginning at +0; then partial sums 8 apart are added, 4 apart, 2 apart, and the last two.

namespace cleave::kernels {

/// What `softmax` and `log_softmax` are keyed by.
struct softmax_shape {
  shape out;

  constexpr bool operator==(const softmax_shape&) const = default;
};

/// softmax gives 0 where x - max is less than this: the quotient could be a subnormal number.
constexpr float softmax_floor(int channels) noexcept {
  const auto doublings = static_cast<int>(std::bit_width(static_cast<unsigned>(channels - 1)));
  return static_cast<float>(doublings) * 0.75F - 87.0F;  // more than ln 2 each; all exact
}

namespace detail {

inline constexpr std::size_t partial_sums = 16;

/// The partial sums' sum.
template <std::size_t Apart = partial_sums / 2>
[[gnu::always_inline]] inline float combine(float* partial) noexcept {
  static_for<Apart>([&]<std::size_t Index>()
                        __attribute__((always_inline)) { partial[Index] = partial[Index] + partial[Index + Apart]; });
  if constexpr (Apart > 1) return combine<Apart / 2>(partial);
  return partial[0];
}

/// The sum of term(elements of a pixel) in the order above. Each term also goes to
/// `keep.template operator()<Count>(channel, term)`, with `Count` lanes that count.
/// Requires: the term of -inf is +0, and that of +0 does not depend on its sign.
template <int Channels, pack Pack, class Term, class Keep>
[[gnu::always_inline]] inline float ordered_sum(const float* pixel, Term term, Keep keep) noexcept {
  static_assert(partial_sums % Pack::lanes == 0);
  constexpr auto channels = static_cast<std::size_t>(Channels);
  constexpr std::size_t tail = channels % Pack::lanes;
  float partial[partial_sums] = {};
  const auto add = [&]<int Count>(std::size_t c) __attribute__((always_inline)) {
    const Pack value = term(load_lowest<Count, Pack>(pixel + c));
    keep.template operator()<Count>(c, value);
    float* const slot = partial + c % partial_sums;
    (Pack::load(slot) + value).store(slot);
  };
  std::size_t c = 0;
  for (; c + Pack::lanes <= channels; c += Pack::lanes) add.template operator()<static_cast<int>(Pack::lanes)>(c);
  if constexpr (tail > 0) add.template operator()<static_cast<int>(tail)>(c);
  return combine(partial);
}

}  // namespace detail

/// exp(x - max) / sum of exp(x - max) over the channels of each pixel; `in` may be `out`.
template <softmax_shape Shape, pack Pack>
void softmax(const float* in, float* out, range rows) noexcept {
  constexpr int channels = Shape.out.channels;
  constexpr auto pixel_size = static_cast<std::size_t>(channels);
  const flat_run run = elements_of(Shape.out, rows);
  for (std::size_t i = run.first; i < run.first + run.count; i += pixel_size) {
    const Pack greatest = Pack::fill(largest<channels, Pack>(in + i));
    const auto power = [&](Pack x) __attribute__((always_inline)) {
      const Pack y = x - greatest;
      // What lies below the floor is thrown so far down that exp makes 0 of it.
      const Pack below = min(Pack::fill(0.0F), y - Pack::fill(softmax_floor(channels)));
      return kernels::exp(fma(below, Pack::fill(0x1p30F), y));
    };
    const float sum = detail::ordered_sum<channels, Pack>(
        in + i, power, [&]<int Count>(std::size_t c, Pack value) __attribute__((always_inline)) {
          value.template store_first<Count>(out + i + c);
        });
    const Pack divisor = Pack::fill(sum);
    map_channels<channels, Pack>(
        out + i, pixel_size, [&](Pack x) __attribute__((always_inline)) { return divide(x, divisor); }, out + i);
  }
}

/// (x - max) - log(sum of exp(x - max)) over the channels of each pixel; `in` may be `out`.
template <softmax_shape Shape, pack Pack>
void log_softmax(const float* in, float* out, range rows) noexcept {
  constexpr int channels = Shape.out.channels;
  constexpr auto pixel_size = static_cast<std::size_t>(channels);
  const flat_run run = elements_of(Shape.out, rows);
  for (std::size_t i = run.first; i < run.first + run.count; i += pixel_size) {
    const Pack greatest = Pack::fill(largest<channels, Pack>(in + i));
    const float sum = detail::ordered_sum<channels, Pack>(
        in + i, [&](Pack x) __attribute__((always_inline)) { return kernels::exp(x - greatest); },
        []<int Count>(std::size_t, Pack) __attribute__((always_inline)){});
    const Pack logarithm = kernels::log(Pack::fill(sum));
    map_channels<channels, Pack>(
        out + i, pixel_size, [&](Pack x) __attribute__((always_inline)) { return (x - greatest) - logarithm; }, in + i);
  }
}

}  // namespace cleave::kernels
#endif
// ---- cleave/kernels/upsample.hpp ------------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_UPSAMPLE_HPP
#define CLEAVE_KERNELS_UPSAMPLE_HPP

/// @file
/// Enlarging by whole factors, every pixel repeated.

namespace cleave::kernels {

/// What `upsample` is keyed by. The output has the height and width of `in` times `factor`.
struct upsample_shape {
  shape in;
  extent factor;

  constexpr bool operator==(const upsample_shape&) const = default;
};

/// out[y][x] = in[y / factor.height][x / factor.width]. The tensors must not overlap.
template <upsample_shape Shape, pack Pack>
void upsample(const float* in, float* out, range rows) noexcept {
  constexpr std::size_t line = row_size(Shape.in);
  constexpr std::size_t out_line = line * static_cast<std::size_t>(Shape.factor.width);
  float* to = out + static_cast<std::size_t>(rows.begin) * out_line;
  for (int y = rows.begin; y < rows.end; ++y, to += out_line) {
    if (y > rows.begin && y % Shape.factor.height != 0) {
      std::copy_n(to - out_line, out_line, to);
      continue;
    }
    const float* from = in + static_cast<std::size_t>(y / Shape.factor.height) * line;
    float* pixel = to;
    for (int x = 0; x < Shape.in.width; ++x, from += Shape.in.channels) {
      for_each_strip<Shape.in.channels, 4, Pack>([&]<int Count>(int channel) __attribute__((always_inline)) {
        const auto value = strip<Pack, Count>::load(from + channel);
        for (int k = 0; k < Shape.factor.width; ++k) value.store(pixel + k * Shape.in.channels + channel);
      });
      pixel += Shape.factor.width * Shape.in.channels;
    }
  }
}

}  // namespace cleave::kernels
#endif
// ---- cleave/kernels/winograd_products.hpp ---------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_WINOGRAD_PRODUCTS_HPP
#define CLEAVE_KERNELS_WINOGRAD_PRODUCTS_HPP

/// @file
/// The matrix products in the middle of Winograd's form: at each point, the inputs of some tiles by the weights of some
/// output channels. The code depends on no shape, so all layers of a program share it. Outputs are chains of
/// multiply-adds in the order of the inputs.

namespace cleave::kernels::detail {

/// What all points' products have in common.
struct winograd_product {
  std::ptrdiff_t chunk;  ///< floats of `in`, [chunk of 16 inputs][tile][16], from a chunk to the next
  int inputs;
  std::ptrdiff_t ahead_more = 0;  ///< floats from one block's weights that are needed next to another's
  bool more = false;              ///< adds to what the output has, the sums of inputs before these
};

/// Register tiles: neighbouring tiles by vectors of output channels.
template <pack Pack>
struct winograd_register_tile {
  static constexpr int registers = Pack::registers - (Pack::fused ? 0 : 1);
  /// The vectors share each input, which so costs fewer loads than multiply-adds.
  static constexpr int vectors(int blocks) noexcept {
    const int most = registers >= 24 ? 4 : 2;
    return Pack::lanes == block_width ? std::min(most, blocks)
                                      : std::min(most, block_width / static_cast<int>(Pack::lanes));
  }
  static constexpr int most(int blocks) noexcept {
    const int wide = vectors(blocks);
    return std::min(16, (registers - wide - 1) / wide);
  }
  /// Into how many of them some tiles by blocks are divided.
  static constexpr int parts(int tiles, int blocks) noexcept {
    const int channels = vectors(blocks) * static_cast<int>(Pack::lanes);
    return ceil_div(tiles, most(blocks)) * (blocks * block_width / channels);
  }
};

/// `Vectors` vectors of `Width` channels for some tiles at one point: `in` is as above, `weights` are [input][Width],
/// `out` is [tile][Width]; `ahead` are weights that are needed next, a line for each input, and `ahead_more` floats
/// further another. These are no structure: to copy one may have to wait until all stores before it are in the cache.
template <pack Pack, int Width, int Tiles, int Vectors>
[[gnu::noinline]] void winograd_multiply_tile(const winograd_product& of, const float* in, const float* weights,
                                              float* out, const float* ahead, std::ptrdiff_t ahead_more) noexcept {
  constexpr auto tiles = static_cast<std::size_t>(Tiles);
  constexpr auto vectors = static_cast<std::size_t>(Vectors);
  Pack sum[tiles * vectors];
  const auto place = [&]<std::size_t Index>() __attribute__((always_inline)) {
    return out + static_cast<std::ptrdiff_t>(Index / vectors * Width + Index % vectors * Pack::lanes);
  };
  if (of.more) {
    static_for<tiles * vectors>([&]<std::size_t Index>() __attribute__((always_inline)) {
      sum[Index] = Pack::load(place.template operator()<Index>());
    });
  } else {
    static_for<tiles * vectors>([&]<std::size_t Index>()
                                    __attribute__((always_inline)) { sum[Index] = Pack::fill(0); });
  }
  for (int left = of.inputs; left > 0; left -= block_width, in += of.chunk) {
    const float* x = in;
    const float* const end = in + std::min(left, block_width);
    for (; x != end; ++x, weights += Width, ahead += block_width) {
      __builtin_prefetch(ahead, 0, 2);
      __builtin_prefetch(ahead + ahead_more, 0, 2);
      Pack weight[vectors];
      static_for<vectors>([&]<std::size_t Vector>() __attribute__((always_inline)) {
        weight[Vector] = Pack::load(weights + static_cast<std::ptrdiff_t>(Vector * Pack::lanes));
      });
      static_for<tiles>([&]<std::size_t Tile>() __attribute__((always_inline)) {
        const Pack input = Pack::fill(x[static_cast<std::ptrdiff_t>(Tile) * block_width]);
        static_for<vectors>([&]<std::size_t Vector>() __attribute__((always_inline)) {
          Pack& to = sum[Tile * vectors + Vector];
          to = fma(input, weight[Vector], to);
        });
      });
    }
  }
  static_for<tiles * vectors>([&]<std::size_t Index>() __attribute__((always_inline)) {
    sum[Index].store(place.template operator()<Index>());
  });
}

/// The bodies for 1, 2, ... tiles.
template <pack Pack, int Width, int Vectors, int Most>
inline constexpr auto winograd_tile_bodies = []<std::size_t... I>(std::index_sequence<I...>) {
  return std::array<decltype(&winograd_multiply_tile<Pack, Width, 1, Vectors>), sizeof...(I)>{
      winograd_multiply_tile<Pack, Width, static_cast<int>(I) + 1, Vectors>...};
}(std::make_index_sequence<static_cast<std::size_t>(Most)>{});

/// Computes `tiles` tiles of `Blocks` blocks of output channels at one point; calls `between` after each part of them.
template <pack Pack, int Blocks, class Between>
void winograd_multiply(const winograd_product& of, const float* in, const float* weights, float* out,
                       const float* ahead, int tiles, const Between& between) noexcept {
  using tile = winograd_register_tile<Pack>;
  constexpr int width = Blocks * block_width;
  constexpr int vectors = tile::vectors(Blocks);
  constexpr int channels = vectors * static_cast<int>(Pack::lanes);
  constexpr const auto& bodies = winograd_tile_bodies<Pack, width, vectors, tile::most(Blocks)>;
  const int parts = ceil_div(tiles, tile::most(Blocks));
  const int at_least = tiles / parts;
  const int larger = tiles % parts;  // this many parts have one tile more
  // Weights are asked for ahead of time by the first parts, a block each, or by a single part.
  const std::ptrdiff_t share = of.ahead_more;
  const std::ptrdiff_t more = parts * (width / channels) == 1 && Blocks > 1 ? share : 0;
  int called = 0;
  for (int channel = 0; channel < width; channel += channels) {
    const float* from = in;
    float* to = out + channel;
    for (int i = 0; i < parts; ++i, ++called) {
      const int count = at_least + (i < larger ? 1 : 0);
      const float* const next = called < Blocks ? ahead + called * share : weights;
      bodies[static_cast<std::size_t>(count - 1)](of, from, weights + channel, to, next, more);
      between();
      from += count * block_width;
      to += count * width;
    }
  }
}

}  // namespace cleave::kernels::detail
#endif
// ---- cleave/kernels/winograd_operand.hpp ----------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_WINOGRAD_OPERAND_HPP
#define CLEAVE_KERNELS_WINOGRAD_OPERAND_HPP

/// @file
/// The weights of a convolution in Winograd's form, as what tiles are multiplied with: transformed beforehand, or as
/// they are stored and transformed in each call. The transform in the call costs some 64 vector instructions for what
/// would be 36 vectors to read; where transformed weights fill no cache, reading a quarter of them is faster.

namespace cleave::kernels::detail {

/// Weights that `winograd_prepare` made.
template <conv2d_shape Shape, winograd_tiling Tiling, pack Pack>
class winograd_prepared_operand {
 public:
  winograd_prepared_operand(const float* weights, float*) noexcept : weights_(weights) {}

  /// The products at all points of some tiles for `Blocks` blocks of outputs, from `first_block` of all groups' on.
  /// `from` are the tiles' inputs from the group's first chunk.
  template <int Blocks>
  void multiply(const float* from, int first_block, float* to, int tiles, bool) const noexcept {
    constexpr winograd_buffers memory = winograd_memory(Shape, Tiling);
    constexpr std::ptrdiff_t line_of_all = static_cast<std::ptrdiff_t>(Shape.group_inputs()) * block_width;
    constexpr std::ptrdiff_t panel = Blocks * line_of_all;
    constexpr int last = Shape.groups * ceil_div(Shape.group_outputs(), block_width) - Blocks;
    const winograd_product of{memory.chunk, Shape.group_inputs(), line_of_all};
    const float* weights = weights_ + first_block * Tiling.points() * line_of_all;
    for (int point = 0; point < Tiling.points(); ++point) {
      // Behind the last weights the next round begins.
      const float* const ahead = point + 1 == Tiling.points() && first_block == last ? weights_ : weights + panel;
      winograd_multiply<Pack, Blocks>(of, from, weights, to, ahead, tiles, [] {});
      from += memory.input_point;
      weights += panel;
      to += memory.output_point;
    }
  }

 private:
  const float* weights_;
};

/// Weights of some input channels and `Blocks` blocks of outputs to their points, [point][input][channel]. A unit is an
/// input by a block of outputs, blocks first; `weights` are at the first unit's first tap.
template <conv2d_shape Shape, winograd_tiling Tiling, pack Pack, int Blocks>
[[gnu::noinline]] void winograd_transform_weights(const float* weights, int inputs, range units, float* to) noexcept {
  constexpr auto side = static_cast<std::size_t>(Tiling.window());
  constexpr std::ptrdiff_t tap = static_cast<std::ptrdiff_t>(Shape.group_inputs()) * block_width;
  constexpr std::ptrdiff_t point = winograd_memory(Shape, Tiling).weight_point;
  for (int unit = units.begin; unit < units.end; ++unit) {
    const int block = unit / inputs;
    const int input = unit % inputs;
    const float* const kernels = weights + block * 9 * tap + input * block_width;
    float* const line = to + (input * Blocks + block) * block_width;
    for_each_vector<block_width, Pack>([&]<int Lanes>(int channel) __attribute__((always_inline)) {
      const float* const from = kernels + channel;
      float* const points = line + channel;
      const auto load = [&](std::size_t y, std::size_t x) __attribute__((always_inline)) {
        const float* const weight = from + static_cast<std::ptrdiff_t>(y * 3 + x) * tap;
        // The part after this one follows it in memory, in as many short runs as there are taps and blocks.
        __builtin_prefetch(weight + Tiling.inputs * block_width);
        return Pack::load(weight);
      };
      const auto store = [&](std::size_t y, std::size_t x, Pack value) __attribute__((always_inline)) {
        value.store(points + static_cast<std::ptrdiff_t>(y * side + x) * point);
      };
      winograd_kernel<Tiling.edge, Pack>(load, store);
    });
  }
}

/// Weights as they are stored, which a call transforms part by part: those of `Tiling.inputs` input channels and
/// as many blocks of outputs as are computed together. While one part is multiplied the next one is made, in between,
/// so that its stores wait for no cache.
template <conv2d_shape Shape, winograd_tiling Tiling, pack Pack>
class winograd_plain_operand {
  static constexpr winograd_buffers memory = winograd_memory(Shape, Tiling);
  static constexpr int together = memory.blocks;
  static constexpr std::ptrdiff_t block = 9 * static_cast<std::ptrdiff_t>(Shape.group_inputs()) * block_width;
  static constexpr int blocks = Shape.groups * (Shape.group_outputs() / block_width);

 public:
  winograd_plain_operand(const float* weights, float* scratch) noexcept
      : weights_(weights), now_(scratch + memory.weights), next_(now_ + Tiling.points() * memory.weight_point) {
    transform(weights, inputs_from(0), {0, inputs_from(0) * together}, now_);
  }

  /// As of `winograd_prepared_operand`. `ends`: nothing is multiplied after this.
  template <int Blocks>
  void multiply(const float* from, int first_block, float* to, int tiles, bool ends) noexcept {
    static_assert(Blocks == together);
    for (int input = 0; input < Shape.group_inputs(); input += Tiling.inputs) {
      const bool more_inputs = input + Tiling.inputs < Shape.group_inputs();
      const int next_input = more_inputs ? input + Tiling.inputs : 0;
      const int next_block = more_inputs ? first_block : (first_block + Blocks) % blocks;
      const float* const next = weights_ + next_block * block + next_input * block_width;
      const int units = ends && !more_inputs ? 0 : inputs_from(next_input) * Blocks;
      const int inputs = inputs_from(next_input);
      const int share = ceil_div(units, Tiling.points() * winograd_register_tile<Pack>::parts(tiles, Blocks));
      int unit = 0;
      const auto transform_some = [=, &unit, to = next_] {
        const int end = std::min(unit + share, units);
        transform(next, inputs, {unit, end}, to);
        unit = end;
      };
      const winograd_product of{memory.chunk, inputs_from(input), 0, input > 0};
      const float* in = from + input / block_width * memory.chunk;
      const float* weights = now_;
      float* out = to;
      for (int point = 0; point < Tiling.points(); ++point) {
        winograd_multiply<Pack, Blocks>(of, in, weights, out, weights, tiles, transform_some);
        in += memory.input_point;
        weights += memory.weight_point;
        out += memory.output_point;
      }
      std::swap(now_, next_);
    }
  }

 private:
  static constexpr auto transform = winograd_transform_weights<Shape, Tiling, Pack, together>;
  /// Inputs of the part that begins with this one.
  static constexpr int inputs_from(int input) noexcept { return std::min(Tiling.inputs, Shape.group_inputs() - input); }

  const float* weights_;
  float* now_;
  float* next_;
};

}  // namespace cleave::kernels::detail
#endif
// ---- cleave/kernels/winograd.hpp ------------------------------------------------------------------------------------
#ifndef CLEAVE_KERNELS_WINOGRAD_HPP
#define CLEAVE_KERNELS_WINOGRAD_HPP

/// @file
/// 3x3 convolution by Winograd's minimal filtering over NHWC tensors: a quarter (edge 4) or 4/9 (edge 2) of the direct
/// form's multiply-adds. The bits differ from the direct form's, so a network does this only where its options permit
/// it; they depend neither on the pack nor on how rows are shared out.
///
/// Error, for inputs and weights of normal distribution: at most 2e-5 of the largest output for edge 4, 3e-6 for edge
/// 2, to 512 input channels.

namespace cleave::kernels {

namespace detail {

/// The window of one tile to its points. `corner` is the place of its first input, even if that is padding; `rows` and
/// `columns` are those that are not.
template <conv2d_shape Shape, winograd_tiling Tiling, pack Pack, bool Inside>
[[gnu::noinline]] void winograd_gather(const float* in, std::ptrdiff_t corner, range rows, range columns,
                                       float* to) noexcept {
  constexpr auto side = static_cast<std::size_t>(Tiling.window());
  constexpr std::ptrdiff_t pixel = Shape.in.channels;
  constexpr std::ptrdiff_t row = Shape.in.width * pixel;
  constexpr std::ptrdiff_t chunk = winograd_memory(Shape, Tiling).chunk;
  constexpr std::ptrdiff_t point = winograd_memory(Shape, Tiling).input_point;
  constexpr int chunks = ceil_div(Shape.group_inputs(), block_width);
  constexpr bool far = winograd_memory(Shape, Tiling).outputs > winograd_far_inputs;
  for (int group = 0; group < Shape.groups; ++group) {
    const std::ptrdiff_t first = corner + group * Shape.group_inputs();
    float* const group_to = to + group * chunks * chunk;
    for_each_vector<Shape.group_inputs(), Pack>([&]<int Lanes>(int channel) __attribute__((always_inline)) {
      const float* const from = in + (first + channel);
      float* const points = group_to + (channel / block_width * chunk + channel % block_width);
      const auto load = [&](std::size_t y, std::size_t x) __attribute__((always_inline)) {
        const auto sy = static_cast<int>(y);
        const auto sx = static_cast<int>(x);
        if constexpr (!Inside) {
          if (sy < rows.begin || sy >= rows.end || sx < columns.begin || sx >= columns.end) return Pack::fill(0.0F);
        }
        return Pack::template load_first<Lanes>(from + sy * row + sx * pixel);
      };
      const auto transform = [](const std::array<Pack, side>& d) __attribute__((always_inline)) {
        return winograd_input(d);
      };
      const auto store = [&](std::size_t y, std::size_t x, Pack value) __attribute__((always_inline)) {
        float* const place = points + static_cast<std::ptrdiff_t>(y * side + x) * point;
        // The next tile's points lie side by side with these.
        if constexpr (far) __builtin_prefetch(place + block_width, 1);
        value.template store_first<Lanes>(place);
      };
      winograd_square<Tiling.window(), Tiling.window()>(load, transform, store);
    });
  }
}

/// The points of one tile to its outputs, `Channels` of them. `out` and `residual` are at the tile's first pixel;
/// `rows` and `columns` are those to be stored, of the layer before it is pooled.
template <conv2d_shape Shape, winograd_tiling Tiling, pack Pack, int Channels, bool Whole>
[[gnu::noinline]] void winograd_scatter(const float* from, const float* biases, const float* residual, float* out,
                                        range rows, int columns) noexcept {
  constexpr auto side = static_cast<std::size_t>(Tiling.window());
  constexpr std::ptrdiff_t pixel = Shape.out_pixel();
  constexpr std::ptrdiff_t row = Shape.out.width * pixel;
  constexpr std::ptrdiff_t point = winograd_memory(Shape, Tiling).output_point;
  constexpr bool far = Shape.out.size() > winograd_far_outputs;
  constexpr epilogue post = Shape.post;
  for_each_vector<Channels, Pack>([&]<int Lanes>(int channel) __attribute__((always_inline)) {
    const Pack bias = Pack::template load_first<Lanes>(biases + channel);
    [[maybe_unused]] std::array<Pack, static_cast<std::size_t>(Tiling.edge / 2)> largest;
    const auto load = [&](std::size_t y, std::size_t x) __attribute__((always_inline)) {
      return Pack::load(from + channel + static_cast<std::ptrdiff_t>(y * side + x) * point);
    };
    const auto transform = [](const std::array<Pack, side>& points) __attribute__((always_inline)) {
      return winograd_output(points);
    };
    const auto store = [&](std::size_t y, std::size_t x, Pack value) __attribute__((always_inline)) {
      const auto sy = static_cast<int>(y);
      const auto sx = static_cast<int>(x);
      if constexpr (!Whole) {
        if (sy < rows.begin || sy >= rows.end || sx >= columns) return;
      }
      const std::ptrdiff_t at = channel + sy * row + sx * pixel;
      const Pack sum = fma(value, Pack::fill(winograd_scale(Tiling.edge, y, x)), bias);
      if constexpr (post.pools) {
        // Folded in the order of the layer's own kernel, rows first.
        Pack& most = largest[x / 2];
        const Pack one = finished<post, Lanes>(sum, residual, at);
        most = y % 2 == 0 && x % 2 == 0 ? one : max(most, one);
        if (y % 2 == 0 || x % 2 == 0) return;
        const std::ptrdiff_t half = channel + sy / 2 * (row / 2) + sx / 2 * pixel;
        if constexpr (far && Whole) __builtin_prefetch(out + (half + Tiling.edge / 2 * pixel), 1);
        (most + Pack::fill(0.0F)).template store_first<Lanes>(out + half);
      } else {
        if constexpr (far && Whole) __builtin_prefetch(out + (at + Tiling.edge * pixel), 1);
        finish<post, Lanes>(sum, residual, out, at);
      }
    };
    winograd_square<Tiling.window(), Tiling.edge>(load, transform, store);
  });
}

/// What a call computes from and to.
struct winograd_call {
  const float* in;
  const float* biases;
  const float* residual;
  float* out;
  float* scratch;
  range rows;
};

/// The inputs of tiles [tiles.begin, tiles.end) to their points.
template <conv2d_shape Shape, winograd_tiling Tiling, pack Pack>
void winograd_gather_all(const winograd_call& call, range tiles) noexcept {
  for (int tile = tiles.begin; tile < tiles.end; ++tile) {
    const int y = tile / Tiling.wide * Tiling.edge - Shape.pad.top;
    const int x = tile % Tiling.wide * Tiling.edge - Shape.pad.left;
    const range rows{std::max(0, -y), std::min(Tiling.window(), Shape.in.height - y)};
    const range columns{std::max(0, -x), std::min(Tiling.window(), Shape.in.width - x)};
    const std::ptrdiff_t corner = (static_cast<std::ptrdiff_t>(y) * Shape.in.width + x) * Shape.in.channels;
    float* const to = call.scratch + (tile - tiles.begin) * block_width;
    if (rows.size() == Tiling.window() && columns.size() == Tiling.window()) {
      winograd_gather<Shape, Tiling, Pack, true>(call.in, corner, rows, columns, to);
    } else {
      winograd_gather<Shape, Tiling, Pack, false>(call.in, corner, rows, columns, to);
    }
  }
}

/// `Channels` outputs of these tiles from their products, from `channel` of a group on.
template <conv2d_shape Shape, winograd_tiling Tiling, pack Pack, int Channels>
void winograd_scatter_all(const winograd_call& call, range tiles, int group, int channel) noexcept {
  constexpr winograd_buffers memory = winograd_memory(Shape, Tiling);
  const float* const biases = call.biases + group * blocked(Shape).padded_outputs() + channel;
  for (int tile = tiles.begin; tile < tiles.end; ++tile) {
    const int y = tile / Tiling.wide * Tiling.edge;
    const int x = tile % Tiling.wide * Tiling.edge;
    const range rows{std::max(0, call.rows.begin - y), std::min(Tiling.edge, call.rows.end - y)};
    const int columns = std::min(Tiling.edge, Shape.out.width - x);
    const auto place = [&](int row, int column, int width) {
      return (static_cast<std::ptrdiff_t>(row) * width + column) * Shape.out_pixel() +
             group * static_cast<std::ptrdiff_t>(Shape.group_outputs()) + channel;
    };
    const std::ptrdiff_t at = place(y, x, Shape.out.width);
    const float* const points =
        call.scratch + memory.outputs + (tile - tiles.begin) * (ceil_div(Channels, block_width) * block_width);
    float* const out = call.out + (Shape.post.pools ? place(y / 2, x / 2, Shape.out.width / 2) : at);
    const float* const residual = Shape.post.residual ? call.residual + at : nullptr;
    if (rows.size() == Tiling.edge && columns == Tiling.edge) {
      winograd_scatter<Shape, Tiling, Pack, Channels, true>(points, biases, residual, out, rows, columns);
    } else {
      winograd_scatter<Shape, Tiling, Pack, Channels, false>(points, biases, residual, out, rows, columns);
    }
  }
}

/// `Channels` outputs of these tiles, from `channel` of a group on. `ends`: they are the call's last ones.
template <conv2d_shape Shape, winograd_tiling Tiling, pack Pack, int Channels, class Operand>
void winograd_outputs_of(const winograd_call& call, Operand& weights, range tiles, int group, int channel,
                         bool ends) noexcept {
  constexpr winograd_buffers memory = winograd_memory(Shape, Tiling);
  constexpr int blocks = ceil_div(Shape.group_outputs(), block_width);
  const float* const from = call.scratch + group * (memory.chunks / Shape.groups) * memory.chunk;
  weights.template multiply<ceil_div(Channels, block_width)>(from, group * blocks + channel / block_width,
                                                             call.scratch + memory.outputs, tiles.size(), ends);
  winograd_scatter_all<Shape, Tiling, Pack, Channels>(call, tiles, group, channel);
}

}  // namespace detail

/// Computes rows of a 3x3 convolution with stride 1. `weights` are the layer's as they are stored where
/// `Tiling.inputs` says so, else what `winograd_prepare` made; `biases` are those of the layer's blob, `scratch` is
/// room for `winograd_scratch_floats`. Requires: where the epilogue adds a residual, it has the output's shape; it may
/// be `out`. Otherwise it is not read. Where the epilogue pools, height and width are even, and so is `rows.begin`; it
/// counts rows before they are pooled, as `rows.end` does, and a residual may not be `out`.
template <conv2d_shape Shape, winograd_tiling Tiling, pack Pack>
void winograd(const float* in, const float* weights, const float* biases, const float* residual, float* out,
              float* scratch, range rows) noexcept {
  using operand = std::conditional_t<Tiling.inputs == 0, detail::winograd_prepared_operand<Shape, Tiling, Pack>,
                                     detail::winograd_plain_operand<Shape, Tiling, Pack>>;
  constexpr int at_once = Tiling.blocks * block_width;
  constexpr int whole = Shape.group_outputs() / at_once * at_once;
  constexpr int rest = Shape.group_outputs() - whole;
  const detail::winograd_call call{in, biases, residual, out, scratch, rows};
  if (rows.size() == 0) return;
  operand from{weights, scratch};
  const int last = ceil_div(rows.end, Tiling.edge) * Tiling.wide;
  for (int first = rows.begin / Tiling.edge * Tiling.wide; first < last; first += Tiling.together) {
    const range tiles{first, std::min(first + Tiling.together, last)};
    detail::winograd_gather_all<Shape, Tiling, Pack>(call, tiles);
    for (int group = 0; group < Shape.groups; ++group) {
      const bool last_group = tiles.end == last && group + 1 == Shape.groups;
      for (int channel = 0; channel < whole; channel += at_once) {
        const bool ends = last_group && channel + at_once == Shape.group_outputs();
        detail::winograd_outputs_of<Shape, Tiling, Pack, at_once>(call, from, tiles, group, channel, ends);
      }
      if constexpr (rest > 0) {
        detail::winograd_outputs_of<Shape, Tiling, Pack, rest>(call, from, tiles, group, whole, last_group);
      }
    }
  }
}

}  // namespace cleave::kernels
#endif
// ---- cleave/network/step.hpp ----------------------------------------------------------------------------------------
#ifndef CLEAVE_NETWORK_STEP_HPP
#define CLEAVE_NETWORK_STEP_HPP

/// @file
/// A step: one kernel, where its tensors lie and how many rows it has. Steps are rows of a constexpr table, so that
/// networks of any size are run by one small loop.

namespace cleave {

/// What a kernel gets: the tensors of its layers, the weights of its first layer, and the rows to compute.
struct step_arguments {
  std::array<const float*, max_inputs> inputs{};
  float* output = nullptr;
  const float* weights = nullptr;
  const float* prepared = nullptr;  ///< the weights as the numeric policy wants them
  float* scratch = nullptr;
  range rows{};
};

using step_function = void (*)(const step_arguments&) noexcept;

/// Where a tensor lies: source 0 is the workspace, source 1 + i the i-th tensor from outside.
struct tensor_place {
  std::uint32_t offset = 0;
  std::uint16_t source = 0;
};

/// One row of the table. It computes the nodes [first_node, end_node).
struct step {
  step_function run = nullptr;
  std::size_t weights = 0;   ///< bytes from the start of a blob's data
  std::size_t prepared = 0;  ///< bytes from the start of all prepared weights
  std::array<tensor_place, max_inputs> inputs{};
  std::uint32_t output = 0;         ///< bytes from the start of the workspace
  std::uint32_t scratch = 0;        ///< bytes from the start of the workspace
  std::uint32_t scratch_bytes = 0;  ///< of a part
  std::uint32_t work = 0;           ///< multiply-adds, or what takes as long
  std::uint16_t granule = 0;        ///< rows that stay together when the step is divided; 0: it is not divided
  std::uint8_t input_count = 0;
  std::uint16_t first_node = 0;
  std::uint16_t end_node = 0;
  int rows = 0;
};

/// Memory that steps work on.
struct step_memory {
  std::byte* workspace = nullptr;
  const std::byte* const* outside = nullptr;
  weight_source weights{};

  const std::byte* at(tensor_place place) const noexcept {
    return (place.source == 0 ? workspace : outside[place.source - 1]) + place.offset;
  }
};

namespace detail {

/// A step under way, in parts.
struct divided_step {
  const step& what;
  const step_arguments& with;
  int parts;

  /// How many parts are worth making, where one is worth so many multiply-adds.
  static int parts_of(const step& what, int threads, std::uint32_t least_work) noexcept {
    if (threads <= 1 || what.granule == 0) return 1;
    const int units = ceil_div(what.rows, what.granule);
    return std::min({threads, units, static_cast<int>(std::min<std::uint32_t>(what.work / least_work, 1U << 16)) + 1});
  }
  int begin_of(int part) const noexcept {
    const int units = ceil_div(what.rows, what.granule);
    return std::min(what.rows, units * part / parts * what.granule);
  }
  static void run(void* of, int part) noexcept {
    const auto& self = *static_cast<const divided_step*>(of);
    step_arguments arguments = self.with;
    arguments.rows = {self.begin_of(part), self.begin_of(part + 1)};
    arguments.scratch += static_cast<std::size_t>(part) * (self.what.scratch_bytes / sizeof(float));
    self.what.run(arguments);
  }
};

}  // namespace detail

/// Runs the nodes [begin, end); steps are in the order of their first nodes. Where a fused step and the steps of its
/// single layers are both in the table, the fused one stands first and is taken when all its nodes are asked for.
template <executor Executor = sequential>
void run_steps(std::span<const step> steps, std::size_t begin, std::size_t end, const step_memory& memory,
               Executor* executor = nullptr) noexcept {
  for (const step& each : steps) {
    if (each.first_node >= end) return;
    if (each.first_node < begin || each.end_node > end) continue;
    step_arguments arguments;
    for (std::size_t k = 0; k < each.input_count; ++k) {
      arguments.inputs[k] = reinterpret_cast<const float*>(memory.at(each.inputs[k]));
    }
    arguments.output = reinterpret_cast<float*>(memory.workspace + each.output);
    arguments.weights = memory.weights.at(each.weights);
    arguments.prepared = memory.weights.prepared_at(each.prepared);
    arguments.scratch = reinterpret_cast<float*>(memory.workspace + each.scratch);
    arguments.rows = {0, each.rows};
    if constexpr (Executor::most_threads > 1) {
      const int parts = detail::divided_step::parts_of(each, executor->threads(), least_work_of<Executor>);
      if (parts > 1) {
        detail::divided_step divided{each, arguments, parts};
        executor->run(parts, detail::divided_step::run, &divided);
      } else {
        each.run(arguments);
      }
    } else {
      each.run(arguments);
    }
    begin = each.end_node;
  }
}

}  // namespace cleave
#endif
// ---- cleave/network/kernel_of.hpp -----------------------------------------------------------------------------------
#ifndef CLEAVE_NETWORK_KERNEL_OF_HPP
#define CLEAVE_NETWORK_KERNEL_OF_HPP

/// @file
/// From a layer in its graph to the kernel that computes it. The functions below are keyed by shape and pack, never by
/// the graph, so equal layers of one program share their code; only a user's own layers are keyed by their place.

namespace cleave {

/// Kernels behind one signature.
namespace steps {

template <kernels::conv2d_shape Shape, pack Pack>
void conv2d(const step_arguments& with) noexcept {
  if constexpr (kernels::is_depthwise(Shape)) {
    kernels::depthwise<Shape, Pack>(with.inputs[0], with.weights, with.inputs[1], with.output, with.rows);
  } else if constexpr (pair_pack<Pack> && kernels::takes_pairs(Shape)) {
    kernels::conv2d_pairs<Shape, Pack>(with.inputs[0], with.weights, with.output, with.rows);
  } else {
    kernels::conv2d<Shape, Pack>(with.inputs[0], with.weights, with.inputs[1], with.output, with.rows);
  }
}

/// The same in little code; dense layers too, whose rows are outputs.
template <kernels::conv2d_shape Shape, bool IsDense, pack Pack>
void compact(const step_arguments& with) noexcept {
  static constexpr kernels::compact::window_layer of = kernels::compact::window_layer_of(Shape);
  constexpr activation post = kernels::compact::beside_bounds(Shape.post.post);
  const float* const residual = Shape.post.residual ? with.inputs[1] : nullptr;
  if constexpr (kernels::is_depthwise(Shape)) {
    kernels::compact::depthwise<post, Pack>(of, with.inputs[0], with.weights, residual, with.output, with.rows);
  } else if constexpr (IsDense) {
    kernels::compact::conv2d<post, Pack>(of, with.inputs[0], with.weights, residual, with.output, {0, 1}, with.rows);
  } else {
    kernels::compact::conv2d<post, Pack>(of, with.inputs[0], with.weights, residual, with.output, with.rows,
                                         {0, of.outputs});
  }
}

template <kernels::conv2d_shape Shape, kernels::winograd_tiling Tiling, pack Pack>
void winograd(const step_arguments& with) noexcept {
  constexpr std::size_t biases = kernels::blocked(Shape).biases();
  kernels::winograd<Shape, Tiling, Pack>(with.inputs[0], Tiling.inputs > 0 ? with.weights : with.prepared,
                                         with.weights + biases, with.inputs[1], with.output, with.scratch, with.rows);
}

template <kernels::conv2d_shape Shape, pack Pack>
void locally_connected(const step_arguments& with) noexcept {
  kernels::locally_connected<Shape, Pack>(with.inputs[0], with.weights, with.inputs[1], with.output, with.rows);
}

template <kernels::dense_shape Shape, pack Pack>
void dense(const step_arguments& with) noexcept {
  kernels::dense<Shape, Pack>(with.inputs[0], with.weights, with.inputs[1], with.output, with.rows);
}

template <kernels::elementwise_shape Shape, pack Pack>
void elementwise(const step_arguments& with) noexcept {
  kernels::elementwise<Shape, Pack>(with.inputs[0], with.inputs[1], with.output, with.rows);
}

template <kernels::prelu_shape Shape, pack Pack>
void prelu(const step_arguments& with) noexcept {
  kernels::prelu<Shape, Pack>(with.inputs[0], with.weights, with.output, with.rows);
}

template <kernels::batch_normalization_shape Shape, pack Pack>
void batch_normalization(const step_arguments& with) noexcept {
  kernels::batch_normalization<Shape, Pack>(with.inputs[0], with.weights, with.output, with.rows);
}

template <kernels::constant_shape Shape, pack Pack>
void constant(const step_arguments& with) noexcept {
  kernels::constant<Shape, Pack>(with.weights, with.output, with.rows);
}

template <kernels::recurrent_shape Shape, pack Pack>
void recurrent(const step_arguments& with) noexcept {
  kernels::recurrent<Shape, Pack>(with.inputs[0], with.weights, with.output, with.rows);
}

template <kernels::argmax_shape Shape, pack Pack>
void argmax(const step_arguments& with) noexcept {
  kernels::argmax<Shape, Pack>(with.inputs[0], reinterpret_cast<std::int32_t*>(with.output), with.rows);
}

/// Kernels that take one tensor and nothing else.
template <void (*Kernel)(const float*, float*, range) noexcept>
void plain(const step_arguments& with) noexcept {
  Kernel(with.inputs[0], with.output, with.rows);
}

template <const auto& Graph, std::size_t Node, pack Pack>
void custom(const step_arguments& with) noexcept {
  constexpr const node& here = Graph.nodes[Node];
  constexpr auto arity = static_cast<std::size_t>(here.what.arity);
  std::array<tensor_view, arity> inputs;
  for (std::size_t k = 0; k < arity; ++k) {
    inputs[k] = {with.inputs[k], Graph.nodes[static_cast<std::size_t>(here.inputs[k])].out};
  }
  constexpr const auto& own = std::get<static_cast<std::size_t>(here.what.custom)>(Graph.customs);
  own.template run<Pack>({inputs, with.output, here.out, with.weights, with.rows});
}

}  // namespace steps

namespace detail {

template <const auto& Graph>
constexpr const node& input_node(const node& of, int k) noexcept {
  return Graph.nodes[static_cast<std::size_t>(of.inputs[static_cast<std::size_t>(k)])];
}

/// Where input `Piece` of a concatenation begins, along its axis.
template <const auto& Graph>
constexpr int concat_offset(const node& of, int piece) noexcept {
  const auto along = static_cast<axis>(of.what.integers[0]);
  int offset = 0;
  for (int k = 0; k < piece; ++k) {
    const shape before = input_node<Graph>(of, k).out;
    offset += along == axis::height ? before.height : along == axis::width ? before.width : before.channels;
  }
  return offset;
}

/// The kernel that copies input `Piece` of a concatenation to its place.
template <const auto& Graph, std::size_t Index, int Piece, pack Pack>
consteval step_function concat_kernel() {
  constexpr const node& here = Graph.nodes[Index];
  constexpr shape piece = input_node<Graph>(here, Piece).out;
  constexpr int offset = concat_offset<Graph>(here, Piece);
  constexpr auto along = static_cast<axis>(here.what.integers[0]);
  if constexpr (along == axis::height) {
    return steps::plain<kernels::concat_rows<kernels::concat_rows_shape{piece, offset}, Pack>>;
  } else if constexpr (along == axis::width) {
    return steps::plain<kernels::concat<kernels::concat_columns(piece, here.out.width, offset), Pack>>;
  } else {
    return steps::plain<kernels::concat<kernels::concat_shape{piece, here.out.channels, offset}, Pack>>;
  }
}

}  // namespace detail

/// The kernel for node `Index` with what is fused behind it; of a concatenation the one for input `Piece`. A
/// convolution may write into a tensor of `Among` channels. `Small` is for little code.
template <const auto& Graph, std::size_t Index, epilogue Post, int Piece, pack Pack, int Among = 0,
          numeric_policy Numerics = numeric_policy::in_order, bool Small = false>
consteval step_function kernel_of() {
  constexpr const node& here = Graph.nodes[Index];
  constexpr op kind = here.what.kind;
  constexpr shape in = here.in;
  constexpr shape out = here.out;
  if constexpr (kind == op::conv2d || kind == op::depthwise_conv2d) {
    constexpr kernels::conv2d_shape of = conv2d_shape_of(here, Post, Among);
    constexpr kernels::winograd_tiling tiling = winograd_of(here, Numerics);
    if constexpr (tiling.edge > 0) {
      return steps::winograd<of, tiling, Pack>;
    } else if constexpr (Small && kernels::compact::fits(of)) {
      return steps::compact<of, false, basic_scalar_pack<Pack::fused>>;
    } else {
      return steps::conv2d<of, Pack>;
    }
  } else if constexpr (kind == op::locally_connected2d) {
    return steps::locally_connected<conv2d_shape_of(here, Post), Pack>;
  } else if constexpr (kind == op::dense) {
    constexpr kernels::conv2d_shape of = kernels::compact::as_convolution(dense_shape_of(here, Post));
    if constexpr (Small && kernels::compact::fits(of)) {
      return steps::compact<of, true, basic_scalar_pack<Pack::fused>>;
    } else {
      return steps::dense<dense_shape_of(here, Post), Pack>;
    }
  } else if constexpr (kind == op::max_pool) {
    return steps::plain<kernels::max_pool<pool_shape_of(here), Pack>>;
  } else if constexpr (kind == op::average_pool) {
    return steps::plain<kernels::average_pool<pool_shape_of(here), Pack>>;
  } else if constexpr (kind == op::global_max_pool) {
    return steps::plain<kernels::global_max_pool<kernels::global_pool_shape{in}, Pack>>;
  } else if constexpr (kind == op::global_average_pool) {
    return steps::plain<kernels::global_average_pool<kernels::global_pool_shape{in}, Pack>>;
  } else if constexpr (here.what.function.kind != activation_kind::none) {
    return steps::plain<kernels::activate<kernels::activation_shape{out, here.what.function}, Pack>>;
  } else if constexpr (kind == op::prelu) {
    return steps::prelu<kernels::prelu_shape{out}, Pack>;
  } else if constexpr (kind == op::softmax) {
    return steps::plain<kernels::softmax<kernels::softmax_shape{out}, Pack>>;
  } else if constexpr (kind == op::log_softmax) {
    return steps::plain<kernels::log_softmax<kernels::softmax_shape{out}, Pack>>;
  } else if constexpr (kind == op::batch_normalization) {
    return steps::batch_normalization<kernels::batch_normalization_shape{out}, Pack>;
  } else if constexpr (kind == op::local_response_normalization) {
    constexpr auto numbers = here.what.numbers;
    return steps::plain<kernels::local_response_normalization<
        kernels::local_response_normalization_shape{out, here.what.channels, numbers[0], numbers[1], numbers[2]},
        Pack>>;
  } else if constexpr (is_arithmetic(kind)) {
    constexpr shape second = detail::input_node<Graph>(here, 1).out;
    return steps::elementwise<elementwise_shape_of(here, second, Post.post), Pack>;
  } else if constexpr (kind == op::concat) {
    return detail::concat_kernel<Graph, Index, Piece, Pack>();
  } else if constexpr (kind == op::constant) {
    return steps::constant<kernels::constant_shape{out}, Pack>;
  } else if constexpr (kind == op::pad) {
    return steps::plain<kernels::pad<pad_shape_of(here), Pack>>;
  } else if constexpr (kind == op::upsample) {
    return steps::plain<kernels::upsample<kernels::upsample_shape{in, here.what.kernel}, Pack>>;
  } else if constexpr (kind == op::lstm || kind == op::gru || kind == op::rnn) {
    return steps::recurrent<recurrent_shape_of(here), Pack>;
  } else if constexpr (kind == op::resize) {
    return steps::plain<kernels::resize<resize_shape_of(here), Pack>>;
  } else if constexpr (kind == op::argmax || kind == op::argmin) {
    return steps::argmax<argmax_shape_of(here), Pack>;
  } else if constexpr (kind == op::hardmax) {
    return steps::plain<kernels::hardmax<kernels::hardmax_shape{out}, Pack>>;
  } else if constexpr (kind == op::reduce) {
    return steps::plain<kernels::reduce<reduce_shape_of(here), Pack>>;
  } else if constexpr (kind == op::normalize) {
    return steps::plain<kernels::normalize<normalize_shape_of(here), Pack>>;
  } else if constexpr (is_rearrangement(kind)) {
    return steps::plain<kernels::rearrange<rearrange_shape_of(here), Pack>>;
  } else {
    static_assert(kind == op::custom, "every built-in layer has a kernel");
    return steps::custom<Graph, Index, Pack>;
  }
}

}  // namespace cleave
#endif
// ---- cleave/network/fusion.hpp --------------------------------------------------------------------------------------
#ifndef CLEAVE_NETWORK_FUSION_HPP
#define CLEAVE_NETWORK_FUSION_HPP

/// @file
/// Which neighbouring layers one kernel computes together: a convolution, dense layer or sum takes a following sum and
/// activation into its epilogue when nothing else needs the value between, and a convolution in Winograd's form a 2x2
/// max pooling behind them. The bits are those of the layers one by one.

namespace cleave {

/// True for activations cheap enough to be computed on a register tile before it is stored.
constexpr bool fits_epilogue(activation_kind kind) noexcept {
  return kind == activation_kind::relu || kind == activation_kind::clip || kind == activation_kind::leaky_relu ||
         kind == activation_kind::hard_sigmoid || kind == activation_kind::hard_swish;
}

/// True for a pooling that takes the largest of each 2x2 elements, and all of them.
constexpr bool halves_by_maximum(const node& of) noexcept {
  return of.what.kind == op::max_pool && of.what.kernel == extent(2) && of.what.stride == extent(2) &&
         of.what.dilation == extent(1) && of.pad == padding(0) && of.in.height == 2 * of.out.height &&
         of.in.width == 2 * of.out.width;
}

/// Nodes [first, end) that one kernel computes.
struct fused_group {
  std::size_t first = 0;
  std::size_t end = 0;
  int residual = -1;   ///< the input of the group's sum that the group does not make itself, or -1
  activation post{};   ///< of what the layers before make, `none` where they have no activation
  bool pools = false;  ///< a 2x2 max pooling ends the group

  constexpr epilogue post_processing() const noexcept { return {residual >= 0, post, pools}; }
};

/// The group that starts at node `first` and stays before node `end`. With `fuse` false it is the node alone.
template <class Graph>
constexpr fused_group group_at(const Graph& graph, std::size_t first, std::size_t end, bool fuse = true,
                               numeric_policy numerics = numeric_policy::in_order) noexcept {
  fused_group group{first, first + 1, -1, {}};
  const op kind = graph.nodes[first].what.kind;
  const bool multiplies =
      kind == op::conv2d || kind == op::depthwise_conv2d || kind == op::locally_connected2d || kind == op::dense;
  if (!fuse || (!multiplies && kind != op::add)) return group;

  const auto only_next_reads = [&](std::size_t index) {
    const node& made = graph.nodes[index];
    return index + 1 < end && made.last_use == static_cast<int>(index) + 1 && !made.holds_output;
  };
  if (multiplies && only_next_reads(first) && graph.nodes[first + 1].what.kind == op::add) {
    const node& sum = graph.nodes[first + 1];
    const bool is_first = sum.inputs[0] == static_cast<int>(first);
    const int other = is_first ? sum.inputs[1] : sum.inputs[0];
    if (other != static_cast<int>(first) && graph.nodes[static_cast<std::size_t>(other)].out == sum.out &&
        graph.nodes[first].out == sum.out) {
      group.residual = other;
      group.end = first + 2;
    }
  }
  if (only_next_reads(group.end - 1)) {
    const node& next = graph.nodes[group.end];
    if (next.inputs[0] == static_cast<int>(group.end) - 1 && fits_epilogue(next.what.function.kind)) {
      group.post = next.what.function;
      ++group.end;
    }
  }
  if (winograd_of(graph.nodes[first], numerics).edge > 0 && only_next_reads(group.end - 1)) {
    const node& next = graph.nodes[group.end];
    if (next.inputs[0] == static_cast<int>(group.end) - 1 && halves_by_maximum(next)) {
      group.pools = true;
      ++group.end;
    }
  }
  return group;
}

/// Where a group's result is written: into channels of a concatenation's output, or with `node` -1 where it is alone.
struct written_into {
  int node = -1;  ///< the concatenation
  int channel = 0;
};

/// The place among the channels of a concatenation that needs `group`'s result and is the only one to, before node
/// `end`. Convolutions can write there, so that nothing is left to copy.
template <class Graph>
constexpr written_into destination_of(const Graph& graph, const fused_group& group, std::size_t end) noexcept {
  const std::size_t made = group.end - 1;
  const node& result = graph.nodes[made];
  const node& first = graph.nodes[group.first];
  const bool depthwise = first.groups > 1 && first.groups == first.in.channels;
  if (first.what.kind != op::conv2d || depthwise || group.residual >= 0 || result.holds_output) return {};
  if (result.last_use < 0 || result.last_use >= static_cast<int>(end)) return {};
  const auto join_at = static_cast<std::size_t>(result.last_use);
  const node& join = graph.nodes[join_at];
  if (join.what.kind != op::concat || static_cast<axis>(join.what.integers[0]) != axis::channels) return {};
  int readers = 0;
  for (std::size_t index = group.end; index <= join_at; ++index) {
    const node& reader = graph.nodes[index];
    for (int k = 0; k < reader.what.arity; ++k) {
      const int source = reader.inputs[static_cast<std::size_t>(k)];
      readers += graph.nodes[static_cast<std::size_t>(source)].root == static_cast<int>(made) ? 1 : 0;
    }
  }
  written_into into{result.last_use, 0};
  for (int k = 0; readers == 1 && k < join.what.arity; ++k) {
    const int source = join.inputs[static_cast<std::size_t>(k)];
    if (source == static_cast<int>(made)) return into;
    into.channel += graph.nodes[static_cast<std::size_t>(source)].out.channels;
  }
  return {};
}

}  // namespace cleave
#endif
// ---- cleave/network/plan.hpp ----------------------------------------------------------------------------------------
#ifndef CLEAVE_NETWORK_PLAN_HPP
#define CLEAVE_NETWORK_PLAN_HPP

/// @file
/// Where every value lies in the workspace, decided while compiling: values whose lifetimes do not meet share memory,
/// and an element by element layer writes over its input where that input is not needed again.

namespace cleave {

/// Which nodes a plan is for.
struct plan_request {
  std::size_t begin = 0;  ///< values of earlier nodes come from outside
  std::size_t end = 0;
  bool any_cut = false;  ///< room for every value, also those that fusion never makes, so that any cut can be run
  std::size_t alignment = 64;
  numeric_policy numerics = numeric_policy::in_order;
  int threads = 1;          ///< that each have memory beside their tensors
  bool small_code = false;  ///< as the options say
};

/// Offsets of all values that live in the workspace, by node; valid for roots that have one.
template <class Offsets>
struct basic_memory_plan {
  Offsets offset{};
  std::size_t bytes = 0;
  std::size_t scratch = 0;        ///< where kernels have memory beside their tensors; one after the other use the same
  std::size_t scratch_bytes = 0;  ///< of one thread
};
template <std::size_t Nodes>
using memory_plan = basic_memory_plan<std::array<std::uint32_t, Nodes>>;

namespace detail {

/// A piece of workspace and the nodes [from, to] during which it is needed.
struct slot {
  std::size_t bytes = 0;
  int from = 0;
  int to = 0;
  std::size_t offset = 0;
};

constexpr bool works_in_place(op kind) noexcept {
  switch (kind) {
    case op::relu:
    case op::clip:
    case op::leaky_relu:
    case op::prelu:
    case op::elu:
    case op::selu:
    case op::sigmoid:
    case op::tanh:
    case op::hard_tanh:
    case op::hard_sigmoid:
    case op::hard_swish:
    case op::softplus:
    case op::batch_normalization:
    case op::add:
    case op::subtract:
    case op::multiply:
    case op::exp:
    case op::log:
    case op::sqrt:
    case op::negate:
    case op::absolute:
    case op::reciprocal:
    case op::floor:
    case op::ceil:
    case op::round:
    case op::sign:
    case op::sine:
    case op::cosine:
    case op::erf:
    case op::gelu:
    case op::mish:
    case op::softsign:
    case op::thresholded_relu:
    case op::celu:
    case op::swish:
    case op::power_of:
    case op::divide:
    case op::maximum:
    case op::minimum:
    case op::power:
    case op::hardmax:
    case op::normalize: return true;
    default: return false;
  }
}

template <class Graph>
class planner {
 public:
  template <class T>
  using per_node = typename Graph::template per_node<T>;
  using plan_type = basic_memory_plan<per_node<std::uint32_t>>;

  constexpr planner(const Graph& graph, plan_request request) : graph_(graph), request_(request) {
    for (int& slot : slot_of_) slot = -1;
  }

  constexpr plan_type run() {
    for (std::size_t i = request_.begin; i < request_.end;) {
      const fused_group group = group_at(graph_, i, request_.end, true, request_.numerics);
      if (request_.any_cut) {
        for (std::size_t k = group.first; k < group.end; ++k) give_slot(k, group);
      } else {
        give_slot(group.end - 1, group);
      }
      i = group.end;
    }
    place_all();
    plan_type plan{graph_.template make_per_node<std::uint32_t>(), 0, 0, 0};
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
      if (slot_of_[i] < 0) continue;
      const slot& own = slots_[static_cast<std::size_t>(slot_of_[i])];
      plan.offset[i] = static_cast<std::uint32_t>(own.offset) + inside_[i];
      plan.bytes = std::max(plan.bytes, own.offset + own.bytes);
    }
    std::size_t scratch = 0;
    for (std::size_t i = request_.begin; i < request_.end; ++i) {
      scratch = std::max(scratch, scratch_bytes_of(graph_.nodes[i], request_.numerics));
    }
    plan.scratch = scratch > 0 ? round_up(plan.bytes, request_.alignment) : 0;
    plan.scratch_bytes = round_up(scratch, request_.alignment);
    plan.bytes = std::max(plan.bytes, plan.scratch + plan.scratch_bytes * static_cast<std::size_t>(request_.threads));
    return plan;
  }

 private:
  constexpr void give_slot(std::size_t index, const fused_group& group) {
    const node& made = graph_.nodes[index];
    if (renames(made.what.kind) || slot_of_[index] >= 0) return;
    if (!request_.any_cut) {
      const written_into into = destination_of(graph_, group, request_.end);
      if (into.node >= 0) {
        const auto join = static_cast<std::size_t>(into.node);
        if (slot_of_[join] < 0) new_slot(join, static_cast<int>(group.first));
        slot_of_[index] = slot_of_[join];
        inside_[index] = static_cast<std::uint32_t>(into.channel) * sizeof(float);
        return;
      }
    }
    // A fused kernel writes the group's last value while it reads the inputs of the group's first layer.
    const bool is_input = made.what.kind == op::input;
    const int from = is_input ? 0 : static_cast<int>(index + 1 == group.end ? group.first : index);
    const int to = needed_until(made, from);
    const int over = value_to_overwrite(index, group);
    if (over >= 0) {
      slot_of_[index] = slot_of_[static_cast<std::size_t>(over)];
      slot& shared = slots_[static_cast<std::size_t>(slot_of_[index])];
      shared.from = std::min(shared.from, from);
      shared.to = std::max(shared.to, to);
      return;
    }
    new_slot(index, from);
  }

  constexpr int needed_until(const node& made, int from) const {
    const bool kept = made.holds_output || made.last_use >= static_cast<int>(request_.end);
    return kept ? static_cast<int>(request_.end) : std::max(static_cast<int>(made.last_use), from);
  }

  constexpr void new_slot(std::size_t index, int from) {
    const node& made = graph_.nodes[index];
    slot_of_[index] = static_cast<int>(count_);
    slots_[count_++] = {round_up(made.out.bytes(), request_.alignment), from, needed_until(made, from), 0};
  }

  /// The root over whose memory node `index` may write, or -1.
  constexpr int value_to_overwrite(std::size_t index, const fused_group& group) const {
    const node& made = graph_.nodes[index];
    if (!works_in_place(made.what.kind)) return -1;
    if (request_.any_cut && index > group.first) {
      // The value that the layer before made in this group: certainly not read by the group's first layer.
      return graph_.nodes[index - 1].root;
    }
    const node& first = graph_.nodes[group.first];
    const bool all_in_place = works_in_place(first.what.kind);
    if (group.end - group.first > 1 && !all_in_place) {
      if (group.residual < 0) return -1;
      const int root = root_of(group.residual);
      for (int k = 0; k < first.what.arity; ++k) {
        if (root_of(first.inputs[static_cast<std::size_t>(k)]) == root) return -1;
      }
      return dies_within(root, group) ? root : -1;
    }
    for (int k = 0; k < first.what.arity; ++k) {
      const int source = first.inputs[static_cast<std::size_t>(k)];
      const bool same_size = graph_.nodes[static_cast<std::size_t>(source)].out.bytes() == made.out.bytes();
      if (same_size && dies_within(root_of(source), group)) return root_of(source);
    }
    return -1;
  }

  constexpr int root_of(int index) const { return graph_.nodes[static_cast<std::size_t>(index)].root; }

  constexpr bool dies_within(int root, const fused_group& group) const {
    const auto index = static_cast<std::size_t>(root);
    const node& value = graph_.nodes[index];
    // Values from outside have no slot: they belong to the caller.
    return index >= request_.begin && slot_of_[index] >= 0 && !value.holds_output &&
           value.last_use >= static_cast<int>(group.first) && value.last_use < static_cast<int>(group.end);
  }

  /// Largest first packs tighter, but costs the square of the number of values: long graphs take them as they come.
  constexpr void place_all() {
    constexpr std::size_t few = 96;
    auto order = graph_.template make_per_node<std::size_t>();
    for (std::size_t i = 0; i < count_; ++i) order[i] = i;
    if (count_ <= few) {
      for (std::size_t i = 1; i < count_; ++i) {
        for (std::size_t k = i; k > 0 && slots_[order[k]].bytes > slots_[order[k - 1]].bytes; --k) {
          std::swap(order[k], order[k - 1]);
        }
      }
    }
    auto placed = graph_.template make_per_node<std::size_t>();
    std::size_t placed_count = 0;
    for (std::size_t i = 0; i < count_; ++i) {
      slot& own = slots_[order[i]];
      if (count_ > few) {
        std::size_t kept = 0;
        for (std::size_t k = 0; k < placed_count; ++k) {
          if (slots_[placed[k]].to >= own.from) placed[kept++] = placed[k];
        }
        placed_count = kept;
      }
      place(own, placed, placed_count);
      // Placed pieces stay sorted by offset.
      std::size_t k = placed_count++;
      for (; k > 0 && slots_[placed[k - 1]].offset > own.offset; --k) placed[k] = placed[k - 1];
      placed[k] = order[i];
    }
  }

  /// The lowest gap between pieces needed at the same time.
  constexpr void place(slot& own, const per_node<std::size_t>& placed, std::size_t placed_count) const {
    for (std::size_t k = 0; k < placed_count; ++k) {
      const slot& other = slots_[placed[k]];
      if (other.to < own.from || own.to < other.from) continue;
      if (own.offset + own.bytes <= other.offset) return;
      own.offset = std::max(own.offset, other.offset + other.bytes);
    }
  }

  const Graph& graph_;
  plan_request request_;
  /// Bytes from the start of the slot, for values that a larger one is made of.
  per_node<std::uint32_t> inside_ = graph_.template make_per_node<std::uint32_t>();
  per_node<int> slot_of_ = graph_.template make_per_node<int>();
  per_node<slot> slots_ = graph_.template make_per_node<slot>();
  std::size_t count_ = 0;
};

}  // namespace detail

/// The plan for some nodes of a sound graph. Complexity: layers times values alive at once, for long graphs.
template <class Graph>
constexpr auto plan_memory(const Graph& graph, plan_request request) {
  return detail::planner<Graph>{graph, request}.run();
}

}  // namespace cleave
#endif
// ---- cleave/network/step_table.hpp ----------------------------------------------------------------------------------
#ifndef CLEAVE_NETWORK_STEP_TABLE_HPP
#define CLEAVE_NETWORK_STEP_TABLE_HPP

/// @file
/// The steps of a range of nodes, made while compiling. Tables depend on the graph; the functions in them do not.

namespace cleave {

namespace detail {

/// One kernel call: some nodes, and which of a concatenation's inputs.
struct step_request {
  fused_group group{};
  int piece = 0;
  written_into into{};
};

/// Kernel calls for the nodes [begin, end): fused, and with `any_cut` also every layer of a group by itself. Without
/// it, what is concatenated is written in place where that can be.
template <class Graph>
struct step_requests {
  std::array<step_request, 2 * Graph::node_count + max_inputs * Graph::node_count> items{};
  std::size_t count = 0;

  constexpr step_requests(const Graph& graph, plan_request request) {
    for (std::size_t i = request.begin; i < request.end;) {
      const fused_group group = group_at(graph, i, request.end, true, request.numerics);
      add(graph, group, request.any_cut ? written_into{} : destination_of(graph, group, request.end));
      if (request.any_cut && group.end - group.first > 1) {
        // For a cut before the pooling, what is before it.
        if (group.pools && group.end - group.first > 2) add(graph, group_at(graph, i, group.end - 1));
        for (std::size_t k = group.first; k < group.end; ++k) add(graph, group_at(graph, k, k + 1, false));
      }
      i = group.end;
    }
  }

  constexpr void add(const Graph& graph, const fused_group& group, written_into into = {}) {
    const layer_record& what = graph.nodes[group.first].what;
    if (what.kind == op::input || renames(what.kind)) return;
    const int pieces = what.kind == op::concat ? what.arity : 1;
    for (int piece = 0; piece < pieces; ++piece) {
      if (what.kind == op::concat && is_in_place(graph, group.first, piece)) continue;
      items[count++] = {group, piece, into};
    }
  }

  /// An input of a concatenation that is among its channels already.
  constexpr bool is_in_place(const Graph& graph, std::size_t join, int piece) const {
    const int source = graph.nodes[join].inputs[static_cast<std::size_t>(piece)];
    for (std::size_t i = 0; i < count; ++i) {
      if (items[i].into.node == static_cast<int>(join) && static_cast<int>(items[i].group.end) == source + 1)
        return true;
    }
    return false;
  }
};

template <const auto& Graph, plan_request Request>
inline constexpr std::size_t step_count = step_requests{Graph, Request}.count;

template <const auto& Graph, plan_request Request>
inline constexpr auto requested_steps = [] {
  const step_requests all{Graph, Request};
  std::array<step_request, step_count<Graph, Request>> kept{};
  for (std::size_t i = 0; i < kept.size(); ++i) kept[i] = all.items[i];
  return kept;
}();

}  // namespace detail

/// The memory plan of a range of nodes.
template <const auto& Graph, plan_request Request>
inline constexpr auto plan_of = plan_memory(Graph, Request);

/// The steps of a range of nodes. `Outside` lists the nodes whose values come from outside, in the order of their
/// bases.
template <const auto& Graph, plan_request Request, const auto& Outside, class Pack>
class step_table {
 public:
  static constexpr const auto& requests = detail::requested_steps<Graph, Request>;
  static constexpr const auto& memory = plan_of<Graph, Request>;

  static constexpr tensor_place place_of(int index) {
    const auto root = static_cast<std::size_t>(Graph.nodes[static_cast<std::size_t>(index)].root);
    for (std::size_t i = 0; i < Outside.size(); ++i) {
      if (Outside[i] == root) return {0, static_cast<std::uint16_t>(i + 1)};
    }
    return {memory.offset[root], 0};
  }

 private:
  static constexpr step make(const detail::step_request& request, step_function function) {
    const fused_group& group = request.group;
    const node& first = Graph.nodes[group.first];
    step made;
    made.run = function;
    made.weights = first.weights.offset;
    made.output = memory.offset[group.end - 1];
    made.prepared = prepared_offsets<Graph, Request.numerics>[group.first];
    made.scratch = static_cast<std::uint32_t>(memory.scratch);
    made.scratch_bytes = static_cast<std::uint32_t>(memory.scratch_bytes);
    made.work = work_of(first);
    made.granule = granule_of(first);
    made.first_node = static_cast<std::uint16_t>(group.first);
    made.end_node = static_cast<std::uint16_t>(group.end);
    // Dense kernels count single outputs, all others rows.
    made.rows = first.what.kind == op::dense ? first.out.channels : first.out.height;
    if (first.what.kind == op::concat) {
      // Pieces share their node; only the last one ends it.
      if (request.piece + 1 < first.what.arity) made.end_node = made.first_node;
      made.inputs[0] = place_of(first.inputs[static_cast<std::size_t>(request.piece)]);
      made.input_count = 1;
      return made;
    }
    for (int k = 0; k < first.what.arity; ++k) {
      made.inputs[made.input_count++] = place_of(first.inputs[static_cast<std::size_t>(k)]);
    }
    if (group.residual >= 0) made.inputs[made.input_count++] = place_of(group.residual);
    return made;
  }

  /// Multiply-adds, or what takes as long: an element that is computed alone costs a few.
  static constexpr std::uint32_t work_of(const node& of) {
    constexpr std::uint64_t most = 0xFFFFFFFF;
    return static_cast<std::uint32_t>(std::min(most, std::max<std::uint64_t>(of.multiply_adds, 8 * of.out.size())));
  }
  /// Rows that one thread computes at least; 0 for kernels that are not divided.
  static constexpr std::uint16_t granule_of(const node& of) {
    const op kind = of.what.kind;
    if (kind == op::dense) return kernels::block_width;
    if (kind == op::conv2d) {
      // Fewer pixels do not fill a register tile: 3 x 3 in two parts took three times as long as in one.
      constexpr int pixels = 12;
      return static_cast<std::uint16_t>(
          std::max(ceil_div(pixels, of.out.width), winograd_of(of, Request.numerics).edge));
    }
    const bool by_rows = kind == op::depthwise_conv2d || kind == op::locally_connected2d || kind == op::max_pool ||
                         kind == op::average_pool || kind == op::local_response_normalization ||
                         kind == op::batch_normalization || kind == op::prelu || is_arithmetic(kind) ||
                         of.what.function.kind != activation_kind::none;
    return by_rows ? 1 : 0;
  }

  static constexpr int channels_around(written_into into) {
    return into.node < 0 ? 0 : Graph.nodes[static_cast<std::size_t>(into.node)].out.channels;
  }

  template <std::size_t... I>
  static consteval auto make_all(std::index_sequence<I...>) {
    return std::array<step, sizeof...(I)>{make(
        requests[I], kernel_of<Graph, requests[I].group.first, requests[I].group.post_processing(), requests[I].piece,
                               Pack, channels_around(requests[I].into), Request.numerics, Request.small_code>())...};
  }

 public:
  static constexpr auto steps = make_all(std::make_index_sequence<requests.size()>{});
};

}  // namespace cleave
#endif
// ---- cleave/network/network.hpp -------------------------------------------------------------------------------------
#ifndef CLEAVE_NETWORK_NETWORK_HPP
#define CLEAVE_NETWORK_NETWORK_HPP

/// @file
/// A graph that runs: whole, or some of its layers. Layer "network": joins graph, weights and kernels, and knows
/// nothing of bytes on a wire.

namespace cleave {

/// The layers First..Last of a graph, with a workspace of their own. One object a thread; weights are shared and
/// viewed.
///
/// Guarantees: no allocation; equal bits for every division of a graph into halves, for every pack that fuses
/// multiply-add, and for any number of rows computed at a time.
template <const auto& Graph, class Options = default_options, std::size_t First = 1, std::size_t Last = Graph.last>
class network;

/// What `split` gives: two networks that together are the whole.
template <class Device, class Remote>
struct halves {
  Device device;
  Remote remote;
};

namespace detail {

template <const auto& Graph, cut_point Cut, class Options, bool SoundGraph = Graph.ok(),
          bool SoundCut = Cut.is_in(Graph)>
struct halves_of {
  static constexpr std::size_t cut = Cut.in(Graph);
  using device = network<Graph, Options, 1, cut>;
  using remote = network<Graph, Options, cut + 1, Graph.last>;
};

/// A half of a cut that a graph does not have: the base says so, and everything else is accepted.
template <const auto& Graph, cut_point Cut>
class no_half : private checked_cut<Graph, Cut> {
 public:
  template <class... Any>
  explicit no_half(const Any&...) noexcept {}
  template <class... Any>
  std::span<const float, 1> operator()(const Any&...) noexcept;
};
template <const auto& Graph, cut_point Cut, class Options>
struct halves_of<Graph, Cut, Options, true, false> {
  using device = no_half<Graph, Cut>;
  using remote = no_half<Graph, Cut>;
};

/// Of an ill-formed graph: the whole network says what is wrong with it.
template <const auto& Graph, cut_point Cut, class Options, bool SoundCut>
struct halves_of<Graph, Cut, Options, false, SoundCut> {
  using device = network<Graph, Options>;
  using remote = network<Graph, Options>;
};

/// Where a network's tensors are kept.
template <std::size_t Bytes, std::size_t Alignment, bool Owned>
struct workspace {
  alignas(Alignment) std::array<std::byte, Bytes> bytes;
  std::byte* data() noexcept { return bytes.data(); }
};
template <std::size_t Bytes, std::size_t Alignment>
struct workspace<Bytes, Alignment, false> {
  std::byte* start = nullptr;
  std::byte* data() noexcept { return start; }
};

/// The inputs of a graph, as nodes.
template <const auto& Graph>
inline constexpr auto input_nodes = [] {
  std::array<std::size_t, Graph.inputs> all{};
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  return all;
}();

/// What comes from outside into the layers from First on.
template <const auto& Graph, std::size_t First>
consteval const auto& outside_of() {
  if constexpr (First <= 1) {
    return input_nodes<Graph>;
  } else {
    return crossing_at<Graph, First - 1>;
  }
}

}  // namespace detail

/// The layers up to and with a cut, and those behind it: types for programs that hold only one half.
template <const auto& Graph, cut_point Cut, class Options = default_options>
using device_half = typename detail::halves_of<Graph, Cut, Options>::device;
template <const auto& Graph, cut_point Cut, class Options = default_options>
using remote_half = typename detail::halves_of<Graph, Cut, Options>::remote;

template <const auto& Graph, class Options, std::size_t First, std::size_t Last>
class network : private checked_graph<Graph> {
  static constexpr std::size_t begin = First <= 1 ? Graph.inputs : Graph.end_of(First - 1);
  static constexpr std::size_t end = Graph.end_of(Last);
  static constexpr plan_request request{
      begin, end, false, Options::alignment, Options::numerics, Options::executor::most_threads, Options::small_code};
  static constexpr const auto& outside = detail::outside_of<Graph, First>();
  using table = step_table<Graph, request, outside, typename Options::pack>;
  static constexpr bool is_threaded = Options::executor::most_threads > 1;
  struct no_executor {};
  template <std::size_t Input>
  using input_span = tensor_span<Graph, Input>;

  /// One tensor for each input of the graph, of a size that the compiler sees to be right.
  template <class... Inputs>
  static consteval bool takes() {
    if constexpr (First != 1 || sizeof...(Inputs) != Graph.inputs) {
      return false;
    } else {
      return []<std::size_t... Input>(std::index_sequence<Input...>) {
        return (std::is_convertible_v<const Inputs&, input_span<Input>> && ...);
      }(std::index_sequence_for<Inputs...>{});
    }
  }

 public:
  using options = Options;
  using graph_answer = answer_of<Graph>;
  using tensors = cut_tensors<Graph, Last>;
  static constexpr std::size_t first_layer = First;
  static constexpr std::size_t last_layer = Last;
  static constexpr const auto& graph = Graph;
  /// Bytes of RAM for all tensors between layers.
  static constexpr std::size_t workspace_bytes = table::memory.bytes;
  static constexpr std::size_t step_count = table::steps.size();

  /// Views `weights`, which must hold the layers First..Last and outlive the network.
  template <class Weights>
    requires(holds_layers<Weights, Graph, First, Last> && Options::owns_workspace && !is_threaded)
  explicit network(const Weights& weights) noexcept
      : weights_(weights.source()), weights_fingerprint_(weights.fingerprint()) {
    static_assert(detail::check_prepared<Weights, Graph, Options, First, Last>());
  }

  /// The same in memory of the caller's, which must outlive the network and be aligned to `Options::alignment`.
  template <class Weights>
    requires(holds_layers<Weights, Graph, First, Last> && !Options::owns_workspace && !is_threaded)
  network(const Weights& weights, std::span<std::byte, workspace_bytes> memory) noexcept
      : weights_(weights.source()), weights_fingerprint_(weights.fingerprint()) {
    static_assert(detail::check_prepared<Weights, Graph, Options, First, Last>());
    workspace_.start = memory.data();
  }

  /// The same with an executor, which is viewed too: several threads compute each step, the bits stay the same.
  template <class Weights>
    requires(holds_layers<Weights, Graph, First, Last> && Options::owns_workspace && is_threaded)
  network(const Weights& weights, typename Options::executor& executor) noexcept
      : weights_(weights.source()), weights_fingerprint_(weights.fingerprint()), executor_(&executor) {
    static_assert(detail::check_prepared<Weights, Graph, Options, First, Last>());
  }
  template <class Weights>
    requires(holds_layers<Weights, Graph, First, Last> && !Options::owns_workspace && is_threaded)
  network(const Weights& weights, std::span<std::byte, workspace_bytes> memory,
          typename Options::executor& executor) noexcept
      : weights_(weights.source()), weights_fingerprint_(weights.fingerprint()), executor_(&executor) {
    static_assert(detail::check_prepared<Weights, Graph, Options, First, Last>());
    workspace_.start = memory.data();
  }

  /// A temporary would leave the network with nothing to view.
  template <class Weights>
    requires(!std::is_lvalue_reference_v<Weights> && holds_layers<Weights, Graph, First, Last>)
  explicit network(const Weights&& weights) = delete;

  network(const network&) = delete;
  network& operator=(const network&) = delete;

  /// Runs the layers on the inputs of the graph, each an array or a span with its size in the type. The whole network
  /// gives its answer, a device half the tensors that cross its cut; both view this object's workspace and hold until
  /// the next call.
  template <class... Inputs>
    requires(takes<Inputs...>())
  auto operator()(const Inputs&... inputs) noexcept {
    return finish(forward(inputs...));
  }

  /// Runs the layers on what the half before gave.
  template <std::size_t Before>
    requires(First > 1 && Before + 1 == First)
  auto operator()(const cut_tensors<Graph, Before>& before) noexcept {
    return finish(forward(before));
  }

  auto operator()(const cut_tensors<Graph, 0>& inputs) noexcept
    requires(First == 1)
  {
    return finish(forward(inputs));
  }

  /// What a device half that holds every layer gives is the answer already.
  graph_answer operator()(const graph_answer& answer) noexcept
    requires(First > Graph.last)
  {
    return answer;
  }

  /// The tensors behind layer Last, also where Last is the last one and only answers are left.
  template <class... Inputs>
    requires(takes<Inputs...>())
  tensors forward(const Inputs&... inputs) noexcept {
    return forward_spans(std::make_index_sequence<Graph.inputs>{}, inputs...);
  }
  tensors forward(const cut_tensors<Graph, 0>& inputs) noexcept
    requires(First == 1)
  {
    std::array<const std::byte*, Graph.inputs> sources;
    for (std::size_t i = 0; i < inputs.crossing.size(); ++i) sources[inputs.crossing[i]] = inputs.sent_[i];
    for (std::size_t i = 0; i < inputs.made.size(); ++i) {
      sources[static_cast<std::size_t>(Graph.nodes[inputs.made[i]].root)] = inputs.made_[i];
    }
    run(sources.data());
    return gather(sources.data(), inputs.made_);
  }
  template <std::size_t Before>
    requires(First > 1 && Before + 1 == First)
  tensors forward(const cut_tensors<Graph, Before>& before) noexcept {
    run(before.sent_.data());
    return gather(before.sent_.data(), before.made_);
  }

  /// Cuts behind a layer given by number or label. Both halves have workspaces of their own and view the same weights.
  template <cut_point Cut>
    requires(First == 1 && Last == Graph.last)
  auto split() const noexcept {
    using parts = detail::halves_of<Graph, Cut, Options>;
    using device_type = typename parts::device;
    using remote_type = typename parts::remote;
    const prepared_weights<Graph, Options> all{weights_, weights_fingerprint_};
    if constexpr (is_threaded) {
      return halves<device_type, remote_type>{device_type{all, *executor_}, remote_type{all, *executor_}};
    } else {
      return halves<device_type, remote_type>{device_type{all}, remote_type{all}};
    }
  }

  std::uint64_t weights_fingerprint() const noexcept { return weights_fingerprint_; }

 private:
  template <std::size_t... Input, class... Inputs>
  tensors forward_spans(std::index_sequence<Input...>, const Inputs&... inputs) noexcept {
    const std::array<const std::byte*, Graph.inputs> sources{
        reinterpret_cast<const std::byte*>(static_cast<input_span<Input>>(inputs).data())...};
    run(sources.data());
    return gather(sources.data(), std::array<const std::byte*, 0>{});
  }

  void run(const std::byte* const* sources) noexcept {
    if constexpr (is_threaded) {
      run_steps(table::steps, begin, end, {workspace_.data(), sources, weights_}, executor_);
    } else {
      run_steps(table::steps, begin, end, {workspace_.data(), sources, weights_});
    }
  }

  /// Where the value of a node lies after a run.
  const std::byte* value_of(std::size_t index, const std::byte* const* sources) noexcept {
    const tensor_place place = table::place_of(static_cast<int>(index));
    return (place.source == 0 ? workspace_.data() : sources[place.source - 1]) + place.offset;
  }

  template <std::size_t Before>
  tensors gather(const std::byte* const* sources, const std::array<const std::byte*, Before>& made_before) noexcept {
    tensors result;
    for (std::size_t i = 0; i < tensors::crossing.size(); ++i)
      result.sent_[i] = value_of(tensors::crossing[i], sources);
    std::size_t before = 0;
    for (std::size_t i = 0; i < tensors::made.size(); ++i) {
      const auto root = static_cast<std::size_t>(Graph.nodes[tensors::made[i]].root);
      const bool here = First <= 1 || root >= begin;
      result.made_[i] = here ? value_of(tensors::made[i], sources) : made_before[before++];
    }
    return result;
  }

  static auto finish(const tensors& given) noexcept {
    if constexpr (Last == Graph.last) {
      return detail::make_answer<Graph>(given.made_);
    } else {
      return given;
    }
  }

  weight_source weights_;
  std::uint64_t weights_fingerprint_;
  [[no_unique_address]] std::conditional_t<is_threaded, typename Options::executor*, no_executor> executor_{};
  [[no_unique_address]] detail::workspace<workspace_bytes, Options::alignment, Options::owns_workspace> workspace_;
};

/// An ill-formed graph: the base says what is wrong with it, and everything else is accepted, so that nothing else is
/// said.
template <const auto& Graph, class Options, std::size_t First, std::size_t Last>
  requires(!Graph.ok())
class network<Graph, Options, First, Last> : private checked_graph<Graph> {
 public:
  static constexpr std::size_t workspace_bytes = 0;
  template <class... Any>
  explicit network(const Any&...) noexcept {}
  template <class... Any>
  std::span<const float, 1> operator()(const Any&...) noexcept;
  template <cut_point Cut>
  halves<network, network> split() const noexcept;
};

}  // namespace cleave
#endif
// ---- cleave/network/cut_runner.hpp ----------------------------------------------------------------------------------
#ifndef CLEAVE_NETWORK_CUT_RUNNER_HPP
#define CLEAVE_NETWORK_CUT_RUNNER_HPP

/// @file
/// A graph that can start and stop at any layer at run time: what a server and an adaptive device use.

namespace cleave {

/// One plan for the whole graph with room for every tensor, inputs and those between fused layers included. Decode the
/// tensors that cross a cut into their places, run the layers behind it, and read the answers. The workspace lies
/// inside the object. One object a thread. With a `Last` only the layers up to it: for cuts up to there, weights of
/// these layers will do, and the workspace has no room for the others.
template <const auto& Graph, class Options = default_options, std::size_t Last = Graph.last>
class cut_runner : private checked_graph<Graph> {
  static constexpr plan_request request{0, Graph.end_of(Last), true, Options::alignment, Options::numerics,
                                        1, Options::small_code};
  static constexpr std::array<std::size_t, 0> nothing{};
  using table = step_table<Graph, request, nothing, typename Options::pack>;

 public:
  static constexpr const auto& graph = Graph;
  static constexpr std::size_t workspace_bytes = table::memory.bytes;

  /// Views `weights`, which must outlive the runner.
  template <class Weights>
    requires holds_layers<Weights, Graph, 1, Last>
  explicit cut_runner(const Weights& weights) noexcept : weights_(weights.source()) {
    static_assert(detail::check_prepared<Weights, Graph, Options, 1, Last>());
  }
  template <class Weights>
    requires(!std::is_lvalue_reference_v<Weights> && holds_layers<Weights, Graph, 1, Last>)
  explicit cut_runner(const Weights&& weights) = delete;

  cut_runner(const cut_runner&) = delete;
  cut_runner& operator=(const cut_runner&) = delete;

  /// The tensors that cross behind layer `cut` (0..Last), in their order on the wire.
  static constexpr std::span<const tensor_info> crossing(std::size_t cut) noexcept {
    return std::span{infos}.subspan(crossing_begin[cut], crossing_begin[cut + 1] - crossing_begin[cut]);
  }
  /// The answers made behind layer `cut`, in the order of the graph's outputs.
  static constexpr std::span<const tensor_info> outputs_after(std::size_t cut) noexcept {
    return std::span{answers}.subspan(answers_begin[cut], answers_begin[cut + 1] - answers_begin[cut]);
  }

  /// The inputs and the answers of the graph, in their order. Answers that are made behind `Last` lie nowhere.
  static constexpr std::span<const tensor_info> inputs() noexcept { return input_infos; }
  static constexpr std::span<const tensor_info> outputs() noexcept { return output_infos; }

  /// Where a tensor lies.
  std::span<std::byte> tensor(const tensor_info& which) noexcept {
    return {workspace_.data() + which.offset, which.bytes()};
  }

  /// Runs the layers first..last_layer. Requires: all they need has been decoded or computed since the tensors of that
  /// cut were.
  void run(std::size_t first, std::size_t last_layer) noexcept {
    run_steps(table::steps, first <= 1 ? Graph.inputs : Graph.end_of(first - 1), Graph.end_of(last_layer),
              {workspace_.data(), nullptr, weights_});
  }

 private:
  static constexpr tensor_info info_of(std::size_t index) noexcept {
    const auto root = static_cast<std::size_t>(Graph.nodes[index].root);
    return {Graph.nodes[index].out, Graph.nodes[index].type, table::memory.offset[root]};
  }

  template <const auto& Nodes>
  static constexpr auto infos_of = [] {
    std::array<tensor_info, Nodes.size()> all{};
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = info_of(Nodes[i]);
    return all;
  }();
  static constexpr const auto& input_infos = infos_of<detail::input_nodes<Graph>>;
  static constexpr const auto& output_infos = infos_of<detail::all_outputs<Graph>>;

  using marks = std::array<std::size_t, Last + 2>;

  /// Turns counts of cut K at [K + 1] into where the tensors of cut K begin.
  static constexpr marks sum_up(marks counts) noexcept {
    for (std::size_t cut = 0; cut <= Last; ++cut) counts[cut + 1] += counts[cut];
    return counts;
  }
  /// Calls `visit(index, cut)` for every node and every cut that its value crosses: one run of cuts, so that the work
  /// is layers times values alive. Trying every value at every cut took clang over its limit of steps at 290 layers.
  template <class Visit>
  static constexpr void for_each_crossing(Visit visit) {
    for (std::size_t index = 0; index < Graph.node_count; ++index) {
      const node& each = Graph.nodes[index];
      if (each.root != static_cast<int>(index)) continue;
      for (std::size_t cut = Graph.layer_of(index); cut <= Last && static_cast<int>(Graph.end_of(cut)) <= each.last_use;
           ++cut) {
        visit(index, cut);
      }
    }
  }
  static constexpr marks crossing_begin = [] {
    marks counts{};
    for_each_crossing([&](std::size_t, std::size_t cut) { ++counts[cut + 1]; });
    return sum_up(counts);
  }();
  static constexpr auto infos = [] {
    std::array<tensor_info, crossing_begin[Last + 1]> all{};
    marks place = crossing_begin;
    for_each_crossing([&](std::size_t index, std::size_t cut) { all[place[cut]++] = info_of(index); });
    return all;
  }();

  /// The same for the answers that are made behind a cut.
  template <class Visit>
  static constexpr void for_each_answer(Visit visit) {
    for (const std::size_t index : detail::all_outputs<Graph>) {
      const auto root = static_cast<std::size_t>(Graph.nodes[index].root);
      for (std::size_t cut = 0; cut <= Last && Graph.end_of(cut) <= root; ++cut) visit(index, cut);
    }
  }
  static constexpr marks answers_begin = [] {
    marks counts{};
    for_each_answer([&](std::size_t, std::size_t cut) { ++counts[cut + 1]; });
    return sum_up(counts);
  }();
  static constexpr auto answers = [] {
    std::array<tensor_info, answers_begin[Last + 1]> all{};
    marks place = answers_begin;
    for_each_answer([&](std::size_t index, std::size_t cut) { all[place[cut]++] = info_of(index); });
    return all;
  }();

  weight_source weights_;
  detail::workspace<workspace_bytes, Options::alignment, true> workspace_;
};

}  // namespace cleave
#endif
// ---- cleave/network/any_cut.hpp -------------------------------------------------------------------------------------
#ifndef CLEAVE_NETWORK_ANY_CUT_HPP
#define CLEAVE_NETWORK_ANY_CUT_HPP

/// @file
/// A device half whose cut is chosen at run time: one object and one table of steps for all cuts of a graph.

namespace cleave {

/// What `any_cut` gives: views of the tensors that cross its cut and of the answers made already, as `cut_tensors` but
/// for a cut that is a number. Valid until that object runs again.
template <const auto& Graph, class Options, std::size_t Last>
class any_cut_tensors {
  using runner = cut_runner<Graph, Options, Last>;

 public:
  static constexpr std::size_t first_cut = 0;
  static constexpr std::size_t last_cut = Last;
  static constexpr std::span<const tensor_info> sent_at(std::size_t at) noexcept { return runner::crossing(at); }
  static constexpr std::span<const tensor_info> behind_at(std::size_t at) noexcept { return runner::outputs_after(at); }

  any_cut_tensors(runner& from, std::size_t behind_layer) noexcept : cut(behind_layer), runner_(&from) {}

  /// How many tensors cross.
  std::size_t size() const noexcept { return sent_at(cut).size(); }
  std::span<const std::byte> sent(std::size_t index) const noexcept { return runner_->tensor(sent_at(cut)[index]); }

  const std::size_t cut;

  /// For `merge_answers`: where an answer of the graph lies that is made by the cut.
  const std::byte* made(std::size_t answer) const noexcept { return runner_->tensor(runner::outputs()[answer]).data(); }

 private:
  runner* runner_;
};

/// Joins answers made before the cut with those made behind it, which `behind[i]` points to in order.
template <const auto& Graph, class Options, std::size_t Last>
answer_of<Graph> merge_answers(const any_cut_tensors<Graph, Options, Last>& before,
                               const std::byte* const* behind) noexcept {
  std::array<const std::byte*, detail::all_outputs<Graph>.size()> data{};
  for (std::size_t i = 0; i < data.size(); ++i) {
    const auto root = static_cast<std::size_t>(Graph.nodes[detail::all_outputs<Graph>[i]].root);
    data[i] = root < Graph.end_of(before.cut) ? before.made(i) : *behind++;
  }
  return detail::make_answer<Graph>(data);
}

/// The device's side of a session for programs that decide while they run where to cut. With all weights it is its own
/// fallback too:
///
///     const auto device = std::make_unique<cleave::any_cut<alexnet>>(weights);  // or static
///     cleave::session session{*device, link, cleave::codecs::f16{}, *device};
///     device->set_cut(8);
///     const auto answer = session(image);
///
/// Guarantees: as `cut_runner`; each cut gives the bits of `device_half` and `remote_half`. The workspace lies inside
/// the object and has room for every tensor, so that it is larger than that of a half. One thread at a time.
///
/// `Most`, a layer by number or label, bounds the cut: the layers behind it never run here, so that weights up to it (a
/// slice) and a workspace for them will do. Such a device can not finish what the server does not.
template <const auto& Graph, class Options = default_options, cut_point Most = last>
class any_cut : private checked_graph<Graph> {
  static_assert(Most.is_in(Graph), "the graph has no such layer, or its label is not unique");

 public:
  /// The largest cut that can be set.
  static constexpr std::size_t highest_cut = Most.in(Graph);

 private:
  using runner_type = cut_runner<Graph, Options, highest_cut>;
  template <std::size_t Input>
  using input_span = tensor_span<Graph, Input>;

  template <class... Inputs>
  static consteval bool takes() {
    if constexpr (sizeof...(Inputs) != Graph.inputs) {
      return false;
    } else {
      return []<std::size_t... Input>(std::index_sequence<Input...>) {
        return (std::is_convertible_v<const Inputs&, input_span<Input>> && ...);
      }(std::index_sequence_for<Inputs...>{});
    }
  }

 public:
  using options = Options;
  using graph_answer = answer_of<Graph>;
  using tensors = any_cut_tensors<Graph, Options, highest_cut>;
  static constexpr const auto& graph = Graph;
  static constexpr std::size_t workspace_bytes = runner_type::workspace_bytes;

  /// Views `weights`, which must outlive this object. The cut is 0: all layers behind it.
  template <class Weights>
    requires holds_layers<Weights, Graph, 1, highest_cut>
  explicit any_cut(const Weights& weights) noexcept : runner_(weights), weights_fingerprint_(weights.fingerprint()) {}
  template <class Weights>
    requires(!std::is_lvalue_reference_v<Weights> && holds_layers<Weights, Graph, 1, highest_cut>)
  explicit any_cut(const Weights&& weights) = delete;

  /// From the next run on, the layers 1..cut run here. `errc::bad_cut`, and the cut as it was, behind the highest one.
  status set_cut(std::size_t cut) noexcept {
    if (cut > highest_cut) return errc::bad_cut;
    cut_ = cut;
    return {};
  }
  std::size_t cut() const noexcept { return cut_; }

  /// Where an input lies in the workspace: written there, it need not be copied. Holds one run.
  template <std::size_t Input = 0>
  std::span<element_of<Graph, Input>, Graph.nodes[Input].out.size()> input() noexcept {
    static_assert(Input < Graph.inputs);
    return std::span<element_of<Graph, Input>, Graph.nodes[Input].out.size()>{
        reinterpret_cast<element_of<Graph, Input>*>(input_bytes(Input).data()), Graph.nodes[Input].out.size()};
  }

  /// Runs the layers before the cut on the inputs of the graph, each an array or a span with its size in the type.
  template <class... Inputs>
    requires(takes<Inputs...>())
  tensors forward(const Inputs&... inputs) noexcept {
    copy_in(std::make_index_sequence<Graph.inputs>{}, inputs...);
    if (cut_ > 0) runner_.run(1, cut_);
    return {runner_, cut_};
  }

  /// What lies where the tensors of the cut do, without running anything: whatever was computed there last.
  tensors at_cut() noexcept { return {runner_, cut_}; }

  /// Runs the layers behind the cut on what `forward` just gave: what a session does when the server does not.
  graph_answer operator()(const tensors& before) noexcept
    requires(highest_cut == Graph.last)
  {
    if (before.cut < Graph.last) runner_.run(before.cut + 1, Graph.last);
    std::array<const std::byte*, detail::all_outputs<Graph>.size()> data{};
    for (std::size_t i = 0; i < data.size(); ++i) data[i] = before.made(i);
    return detail::make_answer<Graph>(data);
  }

  std::uint64_t weights_fingerprint() const noexcept { return weights_fingerprint_; }

 private:
  std::span<std::byte> input_bytes(std::size_t input) noexcept { return runner_.tensor(runner_type::inputs()[input]); }

  template <std::size_t... Input, class... Inputs>
  void copy_in(std::index_sequence<Input...>, const Inputs&... inputs) noexcept {
    const auto copy = [&](std::size_t input, std::span<const std::byte> from) {
      const std::span<std::byte> to = input_bytes(input);
      if (to.data() != from.data()) std::memcpy(to.data(), from.data(), to.size());
    };
    (copy(Input, std::as_bytes(static_cast<input_span<Input>>(inputs))), ...);
  }

  runner_type runner_;
  std::uint64_t weights_fingerprint_;
  std::size_t cut_ = 0;
};

/// `any_cut` for cuts up to a layer, on a device that holds no more weights: `any_cut_up_to<alexnet, "pool5">`.
template <const auto& Graph, cut_point Most, class Options = default_options>
using any_cut_up_to = any_cut<Graph, Options, Most>;

}  // namespace cleave
#endif
// ---- cleave/plan/link_model.hpp -------------------------------------------------------------------------------------
#ifndef CLEAVE_PLAN_LINK_MODEL_HPP
#define CLEAVE_PLAN_LINK_MODEL_HPP

/// @file
/// What a link between a device and a server costs: time by its latency and rates, energy by what its radio draws.

namespace cleave {

/// A link as the device sees it (`link` alone is a function of POSIX). Rates are bits a second, 0 where nothing gets
/// through; the latency is that of one direction. A radio that sends at `r` Mbit/s draws `up_watts_per_mbps * r +
/// base_watts` (Huang et al., A close examination of performance and power characteristics of 4G LTE networks, MobiSys
/// 2012).
struct link_model {
  double up_bits_per_second = 0;
  double down_bits_per_second = 0;
  double latency_seconds = 0;
  double up_watts_per_mbps = 0;
  double down_watts_per_mbps = 0;
  double base_watts = 0;

  /// Seconds until `bytes` have arrived; nothing takes no time.
  constexpr double up_seconds(double bytes) const noexcept { return seconds(bytes, up_bits_per_second); }
  constexpr double down_seconds(double bytes) const noexcept { return seconds(bytes, down_bits_per_second); }
  /// What the device's radio draws while it sends or receives.
  constexpr double up_watts() const noexcept { return up_watts_per_mbps * (up_bits_per_second / 1e6) + base_watts; }
  constexpr double down_watts() const noexcept {
    return down_watts_per_mbps * (down_bits_per_second / 1e6) + base_watts;
  }

  constexpr bool operator==(const link_model&) const = default;

  /// For a link that is down: longer than any plan, and a number that can be added up.
  static constexpr double never = 1e12;

 private:
  constexpr double seconds(double bytes, double rate) const noexcept {
    if (bytes <= 0) return 0;
    return rate > 0 ? latency_seconds + bytes * 8 / rate : never;
  }
};

/// Links of 2015 as Neurosurgeon's authors measured them (class `wireless` in the folder graph-gen/offloading of
/// claritylab/djinn, branch mobile), with the powers of Huang et al. Their times have no latency, so it is 0 here.
namespace links {
inline constexpr link_model threeg{1.44e6, 3.84e6, 0, 0.86898, 0.12212, 0.81788};
inline constexpr link_model lte{5.5e6, 24.3e6, 0, 0.43839, 0.05197, 1.28804};
inline constexpr link_model wifi{12.44e6, 34.2e6, 0, 0.28317, 0.13701, 0.13286};
}  // namespace links

}  // namespace cleave
#endif
// ---- cleave/plan/cut_table.hpp --------------------------------------------------------------------------------------
#ifndef CLEAVE_PLAN_CUT_TABLE_HPP
#define CLEAVE_PLAN_CUT_TABLE_HPP

/// @file
/// What every cut of a network costs, and the choice between them. The table is made once of the costs of layers;
/// link, load and goal may change with every question. Knows no graph: any table of layers can be planned.

namespace cleave {

/// What one layer costs on one machine.
struct layer_cost {
  double seconds = 0;  ///< as part of a network: next to 0 where another layer's kernel computes it too
  double joules = 0;
  double parted_seconds = 0;  ///< what it takes more where a cut parts it from the layer before
};

/// Bytes that cross at one cut, as they are on the wire.
struct cut_bytes {
  double up = 0;    ///< tensors that the device sends; 0 where it needs no server
  double down = 0;  ///< answers
};

/// What does not depend on link and load: of cut K the layers 1..K on the device, the others on the server.
struct cut_row {
  double device_seconds = 0;
  double device_joules = 0;  ///< for arithmetic alone
  double server_seconds = 0;
  cut_bytes bytes{};
};

/// What changes between two questions.
struct conditions {
  link_model over{};
  double server_slowdown = 1;      ///< service time under the present load, in times of the profile's
  double server_wait_seconds = 0;  ///< in the server's queue
  double device_slowdown = 1;
  double idle_watts = 0;       ///< what the device draws while it waits for link and server, beside the radio
  bool charges_answer = true;  ///< count the way back; Neurosurgeon did not
};

/// One request at one cut.
struct cut_cost {
  double device_seconds = 0;
  double up_seconds = 0;
  double server_seconds = 0;  ///< with the wait in its queue
  double down_seconds = 0;
  double joules = 0;  ///< the device's

  constexpr double seconds() const noexcept { return device_seconds + up_seconds + server_seconds + down_seconds; }
  /// The longest of three stages that work on different requests at the same time: the time between two answers.
  constexpr double period_seconds() const noexcept {
    const double sending = up_seconds + down_seconds;
    const double slower = device_seconds > sending ? device_seconds : sending;
    return slower > server_seconds ? slower : server_seconds;
  }
};

/// A goal: the least weighted sum among the cuts within the limits.
struct objective {
  double per_second = 1;
  double per_joule = 0;
  double per_period_second = 0;  ///< weight of the time between two answers
  double most_seconds = std::numeric_limits<double>::infinity();
  double most_joules = std::numeric_limits<double>::infinity();

  constexpr double value(const cut_cost& of) const noexcept {
    return per_second * of.seconds() + per_joule * of.joules + per_period_second * of.period_seconds();
  }
  /// By how much a cost is above the limits, relative to them; 0 within.
  constexpr double excess(const cut_cost& of) const noexcept {
    double sum = 0;
    if (of.seconds() > most_seconds) sum += (of.seconds() - most_seconds) / (most_seconds > 0 ? most_seconds : 1e-9);
    if (of.joules > most_joules) sum += (of.joules - most_joules) / (most_joules > 0 ? most_joules : 1e-9);
    return sum;
  }
};

namespace objectives {
inline constexpr objective latency{};
inline constexpr objective energy{.per_second = 0, .per_joule = 1};
/// Most answers a second, when requests follow one another through device, link and server.
inline constexpr objective throughput{.per_second = 0, .per_period_second = 1};
/// A second counts as much as so many joules.
constexpr objective weighted(double joules_per_second) noexcept {
  return {.per_second = joules_per_second, .per_joule = 1};
}
constexpr objective energy_within(double seconds) noexcept {
  return {.per_second = 0, .per_joule = 1, .most_seconds = seconds};
}
constexpr objective latency_within(double joules) noexcept { return {.most_joules = joules}; }
}  // namespace objectives

/// The best cut and what it costs.
struct cut_choice {
  std::size_t cut = 0;
  cut_cost cost{};
  bool within_limits = true;  ///< false: no cut is, and this one is the nearest
};

/// The cost of a cut under conditions.
constexpr cut_cost cost_of(const cut_row& row, const conditions& now) noexcept {
  cut_cost cost;
  cost.device_seconds = row.device_seconds * now.device_slowdown;
  const bool served = row.bytes.up > 0;
  if (served) {
    cost.up_seconds = now.over.up_seconds(row.bytes.up);
    cost.server_seconds = row.server_seconds * now.server_slowdown + now.server_wait_seconds;
    if (now.charges_answer) cost.down_seconds = now.over.down_seconds(row.bytes.down);
  }
  cost.joules = row.device_joules * now.device_slowdown + cost.up_seconds * now.over.up_watts() +
                cost.down_seconds * now.over.down_watts() +
                (cost.up_seconds + cost.server_seconds + cost.down_seconds) * now.idle_watts;
  return cost;
}

/// The best of the cuts `rows`, cut 0 first; among equals the one with the most layers on the device, which needs the
/// link least. Requires: a row at least. Complexity: one pass.
constexpr cut_choice best_of(std::span<const cut_row> rows, const conditions& now,
                             const objective& goal = {}) noexcept {
  cut_choice best;
  double best_value = 0;
  double best_excess = 0;
  for (std::size_t cut = 0; cut < rows.size(); ++cut) {
    const cut_cost cost = cost_of(rows[cut], now);
    const double value = goal.value(cost);
    const double excess = goal.excess(cost);
    if (cut == 0 || excess < best_excess || (excess <= best_excess && value <= best_value)) {
      best = {cut, cost, !(excess > 0)};
      best_value = value;
      best_excess = excess;
    }
  }
  return best;
}

/// Fills the rows of all cuts. Entry L of `device` and `server` is layer L, entry 0 the inputs, which cost nothing as a
/// rule; entry K of `bytes` is what crosses behind layer K. Requires: all of the same size. Complexity: one pass.
constexpr void fill_cut_rows(std::span<const layer_cost> device, std::span<const layer_cost> server,
                             std::span<const cut_bytes> bytes, std::span<cut_row> rows) noexcept {
  double seconds = 0;
  double joules = 0;
  for (std::size_t cut = 0; cut < rows.size(); ++cut) {
    seconds += device[cut].seconds;
    joules += device[cut].joules;
    rows[cut].device_seconds = seconds;
    rows[cut].device_joules = joules;
    rows[cut].bytes = bytes[cut];
  }
  double behind = 0;
  for (std::size_t cut = rows.size(); cut-- > 0;) {
    // The first layer behind a cut computes alone what the layer before would have computed with its own.
    const bool ends = cut + 1 == rows.size();
    rows[cut].server_seconds = ends ? 0 : behind + server[cut + 1].parted_seconds;
    behind += server[cut].seconds;
  }
}

}  // namespace cleave
#endif
// ---- cleave/plan/link_estimator.hpp ---------------------------------------------------------------------------------
#ifndef CLEAVE_PLAN_LINK_ESTIMATOR_HPP
#define CLEAVE_PLAN_LINK_ESTIMATOR_HPP

/// @file
/// What a link is like now, from how long exchanges over it took. Freestanding.

namespace cleave {

/// How sure an estimator of links is of what it sees and of what it knows.
struct link_estimator_options {
  double noise = 0.05;          ///< of a measured time, as a share of it
  double noise_seconds = 2e-4;  ///< and in any case
  double wander = 0.1;          ///< share by which rate and latency drift within a second
};

/// Estimates the round trip and the time for a byte with a Kalman filter over both: exchanges of few bytes tell of the
/// latency, exchanges of many of the rate, and what they have told fades as time passes. A time that can not be noise
/// (beyond three deviations) is a change of the link: the filter then forgets as much as it takes to follow at once.
///
/// The way back is as much faster or slower than the way there as in the link it was made with; answers are short, so
/// that little depends on it.
class link_estimator {
 public:
  /// Requires: rates above 0.
  constexpr explicit link_estimator(const link_model& expected, const link_estimator_options& options = {}) noexcept
      : model_(expected),
        options_(options),
        down_share_(expected.up_bits_per_second / expected.down_bits_per_second),
        round_trip_(2 * expected.latency_seconds),
        byte_(8 / expected.up_bits_per_second) {
    doubt();
  }

  /// An exchange took `seconds` beside the server's work, of these `tail` after the link had taken the last byte, and
  /// came to its end at `at`, a time of any clock in seconds. The round trip is no longer than the tail: a link that
  /// takes bytes no faster than it sends them tells its two numbers apart at once.
  constexpr void observe(double bytes_up, double bytes_down, double seconds, double tail, double at) noexcept {
    if (!(seconds > 0)) seconds = 1e-7;
    drift(at);
    const double bytes = bytes_up + bytes_down * down_share_;
    const double noise = options_.noise * seconds + options_.noise_seconds;
    const double error = seconds - (round_trip_ + bytes * byte_);
    if (error * error > 9 * (expected_square(bytes) + noise * noise)) {
      // Where the link took its time to take the bytes, it is they that took another one; else nobody knows.
      const double sending = bytes * byte_;
      const double share = seconds - tail > seconds / 8 ? 1 : sending / (sending + round_trip_ + 1e-12);
      byte_square_ += error * error / (bytes * bytes) * share;
      trip_square_ += error * error * (1 - share);
    }
    // Gains of the two, for one measured sum.
    const double trip_with = trip_square_ + bytes * both_;
    const double byte_with = both_ + bytes * byte_square_;
    const double all = trip_with + bytes * byte_with + noise * noise;
    const double trip_gain = trip_with / all;
    const double byte_gain = byte_with / all;
    round_trip_ += trip_gain * error;
    byte_ += byte_gain * error;
    const double trip_square = trip_square_ - trip_gain * trip_with;
    const double both = both_ - trip_gain * byte_with;
    const double byte_square = byte_square_ - byte_gain * byte_with;
    trip_square_ = trip_square > 0 ? trip_square : 0;
    both_ = both;
    byte_square_ = byte_square > 0 ? byte_square : 0;
    if (!(tail > 0)) tail = 0;
    if (round_trip_ > tail) {
      byte_ += (round_trip_ - tail) / bytes;
      round_trip_ = tail;
    }
    keep_sane();
  }

  /// After `seconds` no answer had come to so many bytes, of which the link had taken `taken`. Less than all: that is
  /// its rate. All: it is slower than was thought.
  constexpr void observe_failure(double bytes, double taken, double seconds, double at) noexcept {
    drift(at);
    const double sending = seconds > round_trip_ ? seconds - round_trip_ : seconds;
    double slower = taken > 0 && taken < bytes ? seconds / taken : 1.5 * sending / bytes;
    if (slower < byte_) slower = byte_;
    if (slower > slowest) slower = slowest;
    byte_ = slower;
    byte_square_ = byte_ * byte_ / 4;
    both_ = 0;
  }

  /// From now on the next exchange counts for more than what was known.
  constexpr void doubt() noexcept {
    trip_square_ = round_trip_ * round_trip_ / 4 + 1e-6;
    byte_square_ = byte_ * byte_ / 4;
    both_ = 0;
  }

  /// The link as it seems to be, with the radio of the one it was made with.
  constexpr link_model now() const noexcept {
    link_model is = model_;
    is.latency_seconds = round_trip_ / 2;
    is.up_bits_per_second = 8 / byte_;
    is.down_bits_per_second = is.up_bits_per_second / down_share_;
    return is;
  }

  constexpr double round_trip_seconds() const noexcept { return round_trip_; }

 private:
  static constexpr double slowest = 8 / 100.0;  // of a byte: 100 bit/s
  static constexpr double fastest = 8 / 400e9;

  constexpr double expected_square(double bytes) const noexcept {
    return trip_square_ + 2 * bytes * both_ + bytes * bytes * byte_square_;
  }

  constexpr void drift(double at) noexcept {
    const double passed = started_ && at > at_ ? at - at_ : 0;
    at_ = at;
    started_ = true;
    const double share = options_.wander * options_.wander * (passed < 100 ? passed : 100);
    trip_square_ += (round_trip_ * round_trip_ + 1e-8) * share;
    byte_square_ += byte_ * byte_ * share;
  }

  constexpr void keep_sane() noexcept {
    if (!(round_trip_ > 0)) round_trip_ = 0;
    if (!(byte_ > fastest)) byte_ = fastest;
    if (byte_ > slowest) byte_ = slowest;
  }

  link_model model_;
  link_estimator_options options_;
  double down_share_;
  double round_trip_;       // seconds
  double byte_;             // seconds
  double trip_square_ = 0;  // variances, and what both share
  double byte_square_ = 0;
  double both_ = 0;
  double at_ = 0;
  bool started_ = false;
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
// ---- cleave/wire/frame.hpp ------------------------------------------------------------------------------------------
#ifndef CLEAVE_WIRE_FRAME_HPP
#define CLEAVE_WIRE_FRAME_HPP

/// @file
/// What a frame is: a header of 48 bytes, and when there is a payload, the payload and 4 bytes of its
/// CRC-32C. docs/wire.md holds the table of offsets. Layer "wire": bytes in, bytes out, no I/O.

namespace cleave {

enum class frame_kind : std::uint8_t {
  hello = 1,        ///< device to server, first of all: who I am
  hello_reply = 2,  ///< server to device: who I am, or `error`: why not
  request = 3,      ///< tensors that cross a cut
  answer = 4,       ///< the outputs that the remote half made of a request's tensors
  error = 5,        ///< instead of an answer; `request` tells which, 0 stands for none
  ping = 6,         ///< asks for a pong with the same `request`
  pong = 7,
  goodbye = 8,  ///< the sender is about to close
};

/// How busy the server is, for the planner on the device. Sent in every answer, error and pong.
struct server_load {
  std::uint32_t queue_length = 0;          ///< requests accepted and waiting
  std::uint32_t service_microseconds = 0;  ///< arithmetic for a request, queueing excluded

  constexpr bool operator==(const server_load&) const = default;
};

/// The fields of a header, in the host's terms.
struct frame_header {
  frame_kind kind = frame_kind::ping;
  std::uint64_t request = 0;        ///< chosen by the device, repeated in the answer
  std::uint32_t payload_bytes = 0;  ///< without the checksum behind it
  std::uint16_t cut = 0;
  std::uint16_t tensors = 0;            ///< in the payload
  codec_id codec = codec_id::identity;  ///< of the payload's tensors
  dtype type = dtype::float32;          ///< of the payload's first tensor
  errc error = errc::ok;                ///< in error and hello_reply frames
  server_load load{};

  constexpr bool operator==(const frame_header&) const = default;
};

inline constexpr std::array<std::byte, 4> frame_magic{std::byte{'c'}, std::byte{'l'}, std::byte{'v'}, std::byte{'e'}};
inline constexpr std::uint8_t frame_version = 1;
inline constexpr std::size_t frame_header_bytes = 48;
inline constexpr std::size_t frame_trailer_bytes = 4;
inline constexpr std::size_t hello_bytes = 32;

/// The bytes of a frame on the wire. A frame without payload is its header alone.
constexpr std::size_t frame_bytes(std::uint32_t payload_bytes) noexcept {
  return frame_header_bytes + (payload_bytes == 0 ? 0 : payload_bytes + frame_trailer_bytes);
}

namespace detail {

/// Where each field lies; see docs/wire.md.
struct header_offset {
  static constexpr std::size_t magic = 0, version = 4, kind = 5, flags = 6, request = 8, payload_bytes = 16, cut = 20,
                               tensors = 22, codec = 24, type = 25, error = 26, reserved = 27, batch = 28,
                               reserved2 = 30, time_limit = 32, queue_length = 36, service = 40, checksum = 44;
};

/// Whether the sizes and fields go with the kind.
constexpr bool belongs(const frame_header& header) noexcept {
  const bool failed = header.error != errc::ok;
  switch (header.kind) {
    case frame_kind::hello: return !failed && header.payload_bytes == hello_bytes;
    case frame_kind::hello_reply: return header.payload_bytes == hello_bytes;
    case frame_kind::request:
    case frame_kind::answer: return !failed;
    case frame_kind::error: return failed && header.payload_bytes == 0;
    case frame_kind::ping:
    case frame_kind::pong:
    case frame_kind::goodbye: return !failed && header.payload_bytes == 0;
  }
  return false;
}

}  // namespace detail

/// Writes a header with its checksum.
constexpr void store_header(const frame_header& header, std::span<std::byte, frame_header_bytes> to) noexcept {
  using at = detail::header_offset;
  for (std::size_t i = 0; i < frame_header_bytes; ++i) to[i] = i < frame_magic.size() ? frame_magic[i] : std::byte{0};
  to[at::version] = std::byte{frame_version};
  to[at::kind] = static_cast<std::byte>(header.kind);
  store_little(&to[at::request], header.request);
  store_little(&to[at::payload_bytes], header.payload_bytes);
  store_little(&to[at::cut], header.cut);
  store_little(&to[at::tensors], header.tensors);
  to[at::codec] = static_cast<std::byte>(header.codec);
  to[at::type] = static_cast<std::byte>(header.type);
  to[at::error] = static_cast<std::byte>(header.error);
  store_little(&to[at::queue_length], header.load.queue_length);
  store_little(&to[at::service], header.load.service_microseconds);
  store_little(&to[at::checksum], crc32c(to.first(at::checksum)));
}

/// Reads a header, or tells what is wrong with it: `bad_magic`, `unsupported_version`, `bad_header` (its
/// checksum, or a reserved field that is not 0), `bad_frame` (fields that do not go with the kind).
constexpr result<frame_header> load_header(std::span<const std::byte, frame_header_bytes> from) noexcept {
  using at = detail::header_offset;
  for (std::size_t i = 0; i < frame_magic.size(); ++i) {
    if (from[i] != frame_magic[i]) return errc::bad_magic;
  }
  if (from[at::version] != std::byte{frame_version}) return errc::unsupported_version;
  if (load_little<std::uint32_t>(&from[at::checksum]) != crc32c(from.first(at::checksum))) return errc::bad_header;
  if (load_little<std::uint16_t>(&from[at::flags]) != 0 || from[at::reserved] != std::byte{0} ||
      load_little<std::uint32_t>(&from[at::batch]) != 0 || load_little<std::uint32_t>(&from[at::time_limit]) != 0) {
    return errc::bad_header;
  }
  if (from[at::type] > static_cast<std::byte>(dtype::int32) ||
      from[at::error] > static_cast<std::byte>(errc::stopping)) {
    return errc::bad_frame;
  }
  const frame_header header{.kind = static_cast<frame_kind>(from[at::kind]),
                            .request = load_little<std::uint64_t>(&from[at::request]),
                            .payload_bytes = load_little<std::uint32_t>(&from[at::payload_bytes]),
                            .cut = load_little<std::uint16_t>(&from[at::cut]),
                            .tensors = load_little<std::uint16_t>(&from[at::tensors]),
                            .codec = static_cast<codec_id>(from[at::codec]),
                            .type = static_cast<dtype>(from[at::type]),
                            .error = static_cast<errc>(from[at::error]),
                            .load = {.queue_length = load_little<std::uint32_t>(&from[at::queue_length]),
                                     .service_microseconds = load_little<std::uint32_t>(&from[at::service])}};
  if (!detail::belongs(header)) return errc::bad_frame;
  return header;
}

}  // namespace cleave
#endif
// ---- cleave/wire/frame_decoder.hpp ----------------------------------------------------------------------------------
#ifndef CLEAVE_WIRE_FRAME_DECODER_HPP
#define CLEAVE_WIRE_FRAME_DECODER_HPP

/// @file
/// Frames on their way in, from a hostile world: a state machine that is fed bytes as they come. No
/// byte of a payload is taken before its length was compared with the room there is for it.

namespace cleave {

enum class decoder_stage : std::uint8_t {
  header,    ///< wants bytes of a header
  decide,    ///< `header()` is there and announces a payload: `accept` or `skip` it
  payload,   ///< wants bytes of the payload or its checksum
  complete,  ///< a whole and sound frame; `restart` for the next
  failed,    ///< `error()` tells why; only behind a `bad_payload` can the stream go on, after `restart`
};

/// Takes one frame after the other from a stream.
///
/// Bytes are pushed with `feed`, or read straight into `room()` and announced with `commit`; both stop
/// at the end of a header and at the end of a frame, so that the caller sees the header, and what the
/// cut and codec in it may need, before it says where the payload goes.
class frame_decoder {
 public:
  /// A header that announces more than `max_payload_bytes` fails with `errc::frame_too_large`.
  constexpr explicit frame_decoder(std::uint32_t max_payload_bytes) noexcept : max_payload_bytes_(max_payload_bytes) {}

  constexpr decoder_stage stage() const noexcept { return stage_; }

  /// Why the stage is `failed`; otherwise `ok`.
  constexpr errc error() const noexcept { return error_; }

  /// Whether the decoder waits for bytes; otherwise it waits for its owner.
  constexpr bool hungry() const noexcept { return stage_ == decoder_stage::header || stage_ == decoder_stage::payload; }

  /// Whether no byte of the current frame has come.
  constexpr bool idle() const noexcept { return stage_ == decoder_stage::header && taken_ == 0; }

  /// Requires: the stage is `decide`, `payload` or `complete`, or the error `bad_payload`.
  constexpr const frame_header& header() const noexcept { return header_; }

  /// The payload in the buffer given to `accept`; empty when it was skipped or there is none.
  /// Requires: the stage is `complete`.
  constexpr std::span<const std::byte> payload() const noexcept {
    return skipping_ ? std::span<const std::byte>{} : buffer_.first(header_.payload_bytes);
  }

  /// Says where the payload goes, or fails with `frame_too_large` when `buffer` is too small. With four bytes
  /// more than the payload the checksum is read along with it, into them: one system call less.
  /// Requires: the stage is `decide`.
  constexpr status accept(std::span<std::byte> buffer) noexcept {
    if (buffer.size() < header_.payload_bytes) return fail(errc::frame_too_large);
    const std::size_t whole = std::size_t{header_.payload_bytes} + frame_trailer_bytes;
    begin_payload(buffer.first(buffer.size() < whole ? header_.payload_bytes : whole), false);
    return {};
  }

  /// Lets the payload pass unseen, so that the stream can go on behind it. What passes is written to
  /// `scratch` again and again when `room()` is used, or to a few bytes in the decoder.
  /// Requires: the stage is `decide`.
  constexpr void skip(std::span<std::byte> scratch = {}) noexcept { begin_payload(scratch, true); }

  /// Takes bytes from the front of `bytes` and gives their number; stops early when no longer hungry.
  constexpr std::size_t feed(std::span<const std::byte> bytes) noexcept {
    std::size_t fed = 0;
    while (fed < bytes.size() && hungry()) {
      const std::span<std::byte> to = room();
      const std::size_t count = std::min(to.size(), bytes.size() - fed);
      std::copy_n(bytes.data() + fed, count, to.data());
      commit(count);
      fed += count;
    }
    return fed;
  }

  /// Where the next bytes of the stream belong: never past the end of this header or frame, never
  /// outside the buffer accepted. Empty when not hungry.
  constexpr std::span<std::byte> room() noexcept {
    if (stage_ == decoder_stage::header) return std::span(staged_).subspan(taken_);
    if (stage_ != decoder_stage::payload) return {};
    const std::size_t payload = header_.payload_bytes;
    if (skipping_ && taken_ < payload) {
      const std::span<std::byte> scratch = buffer_.empty() ? std::span<std::byte>(staged_) : buffer_;
      return scratch.first(std::min(scratch.size(), payload - taken_));
    }
    if (!skipping_ && taken_ < buffer_.size()) return buffer_.subspan(taken_);
    return std::span(staged_).first(frame_trailer_bytes).subspan(taken_ - payload);
  }

  /// Tells that the first `count` bytes of `room()` have been written. Requires: `count <= room().size()`.
  constexpr void commit(std::size_t count) noexcept {
    if (stage_ == decoder_stage::header) return commit_header(count);
    if (stage_ != decoder_stage::payload) return;
    const std::size_t payload = header_.payload_bytes;
    if (taken_ < payload) {
      checksum_ = crc32c(room().first(std::min(count, payload - taken_)), checksum_);
    }
    taken_ += count;
    if (taken_ < payload + frame_trailer_bytes) return;
    const std::byte* trailer = !skipping_ && buffer_.size() > payload ? &buffer_[payload] : staged_.data();
    if (load_little<std::uint32_t>(trailer) != checksum_) return static_cast<void>(fail(errc::bad_payload));
    stage_ = decoder_stage::complete;
  }

  /// Ready for the next frame, or for the first one of a new connection.
  constexpr void restart() noexcept {
    stage_ = decoder_stage::header;
    error_ = errc::ok;
    header_ = {};
    buffer_ = {};
    taken_ = 0;
    skipping_ = false;
  }

 private:
  constexpr status fail(errc why) noexcept {
    stage_ = decoder_stage::failed;
    error_ = why;
    return why;
  }

  constexpr void commit_header(std::size_t count) noexcept {
    // The magic is looked at as it comes: a peer that speaks something else may never send 48 bytes.
    for (std::size_t i = taken_; i < std::min(taken_ + count, frame_magic.size()); ++i) {
      if (staged_[i] != frame_magic[i]) return static_cast<void>(fail(errc::bad_magic));
    }
    taken_ += count;
    if (taken_ < frame_header_bytes) return;
    const result<frame_header> loaded = load_header(staged_);
    if (!loaded) return static_cast<void>(fail(loaded.error()));
    if (loaded->payload_bytes > max_payload_bytes_) return static_cast<void>(fail(errc::frame_too_large));
    header_ = *loaded;
    stage_ = header_.payload_bytes == 0 ? decoder_stage::complete : decoder_stage::decide;
  }

  constexpr void begin_payload(std::span<std::byte> buffer, bool skipping) noexcept {
    stage_ = decoder_stage::payload;
    buffer_ = buffer;
    skipping_ = skipping;
    taken_ = 0;
    checksum_ = 0;
  }

  std::span<std::byte> buffer_;
  std::size_t taken_ = 0;  // bytes of the header, later of payload and checksum
  frame_header header_{};
  std::uint32_t max_payload_bytes_;
  std::uint32_t checksum_ = 0;
  decoder_stage stage_ = decoder_stage::header;
  errc error_ = errc::ok;
  bool skipping_ = false;
  std::array<std::byte, frame_header_bytes> staged_{};  // the header, later the checksum
};

}  // namespace cleave
#endif
// ---- cleave/wire/frame_encoder.hpp ----------------------------------------------------------------------------------
#ifndef CLEAVE_WIRE_FRAME_ENCODER_HPP
#define CLEAVE_WIRE_FRAME_ENCODER_HPP

/// @file
/// Frames on their way out: `frame_encoder` streams a header, pieces of payload where they lie, and
/// the checksum, in one pass; `seal_frame` completes a frame whose payload already is in a buffer.

namespace cleave {

/// Streams one frame. The payload is not copied: `pending()` points into the pieces.
///
///     frame_encoder encoder{header, pieces};
///     while (!encoder.done()) encoder.consume(uart.send(encoder.pending()));
class frame_encoder {
 public:
  /// Requires: the pieces, and the array of them, outlive the encoder and stay as they are until they
  /// are consumed; together they have less than 4 GiB. `header.payload_bytes` is set from them.
  constexpr explicit frame_encoder(frame_header header,
                                   std::span<const std::span<const std::byte>> pieces = {}) noexcept
      : pieces_(pieces) {
    std::uint32_t total = 0;
    for (const std::span<const std::byte> piece : pieces) total += static_cast<std::uint32_t>(piece.size());
    header.payload_bytes = total;
    left_ = total;
    store_header(header, staged_);
    pending_ = staged_;
  }

  // pending_ points into the object.
  frame_encoder(const frame_encoder&) = delete;
  frame_encoder& operator=(const frame_encoder&) = delete;

  constexpr bool done() const noexcept { return pending_.empty(); }

  /// The next bytes to send; more follow when these are consumed. Empty when the frame is complete.
  constexpr std::span<const std::byte> pending() const noexcept { return pending_; }

  /// Tells that the first `count` bytes of `pending()` have gone. Requires: `count <= pending().size()`.
  constexpr void consume(std::size_t count) noexcept {
    if (in_payload_) {
      checksum_ = crc32c(pending_.first(count), checksum_);
      left_ -= static_cast<std::uint32_t>(count);
    }
    pending_ = pending_.subspan(count);
    while (pending_.empty() && !finished_) advance();
  }

  /// Moves the next bytes into `out`, as many as fit: for links that want few, full packets.
  std::size_t copy(std::span<std::byte> out) noexcept {
    std::size_t copied = 0;
    while (!done() && copied < out.size()) {
      const std::size_t count = std::min(pending_.size(), out.size() - copied);
      std::memcpy(out.data() + copied, pending_.data(), count);
      consume(count);
      copied += count;
    }
    return copied;
  }

 private:
  constexpr void advance() noexcept {
    if (left_ != 0) {
      in_payload_ = true;
      pending_ = pieces_.front();
      pieces_ = pieces_.subspan(1);
      return;
    }
    finished_ = true;
    if (in_payload_) {
      in_payload_ = false;
      store_little(staged_.data(), checksum_);
      pending_ = std::span(staged_).first(frame_trailer_bytes);
    }
  }

  std::span<const std::span<const std::byte>> pieces_;
  std::span<const std::byte> pending_;
  std::uint32_t left_ = 0;
  std::uint32_t checksum_ = 0;
  bool in_payload_ = false;
  bool finished_ = false;
  std::array<std::byte, frame_header_bytes> staged_{};  // the header, later the checksum
};

/// Completes the frame whose payload of `payload_bytes` begins at `buffer[frame_header_bytes]`: writes the
/// header before and the checksum behind it, and gives the whole frame, ready for one write.
/// Requires: `buffer.size() >= frame_bytes(payload_bytes)`.
constexpr std::span<const std::byte> seal_frame(frame_header header, std::span<std::byte> buffer,
                                                std::uint32_t payload_bytes) noexcept {
  header.payload_bytes = payload_bytes;
  store_header(header, buffer.first<frame_header_bytes>());
  if (payload_bytes != 0) {
    store_little(&buffer[frame_header_bytes + payload_bytes],
                 crc32c(buffer.subspan(frame_header_bytes, payload_bytes)));
  }
  return buffer.first(frame_bytes(payload_bytes));
}

}  // namespace cleave
#endif
// ---- cleave/transport/frame_io.hpp ----------------------------------------------------------------------------------
#ifndef CLEAVE_TRANSPORT_FRAME_IO_HPP
#define CLEAVE_TRANSPORT_FRAME_IO_HPP

/// @file
/// Frames over any transport, in a blocking way: the few lines between the state machines of wire/
/// and a link.

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
// ---- cleave/wire/hello.hpp ------------------------------------------------------------------------------------------
#ifndef CLEAVE_WIRE_HELLO_HPP
#define CLEAVE_WIRE_HELLO_HPP

/// @file
/// How two ends make sure that they hold the same network before a tensor crosses.

namespace cleave {

/// The payload of hello and hello_reply frames: what an end is and can.
struct hello {
  std::uint64_t graph = 0;              ///< fingerprint of the graph
  std::uint64_t weights = 0;            ///< fingerprint of the weights
  std::uint64_t codecs = 0;             ///< `codec_bit` of each codec it knows
  std::uint32_t numerics = 0;           ///< how it computes; equal numbers give equal bits
  std::uint32_t max_payload_bytes = 0;  ///< the largest payload it takes

  constexpr bool operator==(const hello&) const = default;
};

constexpr void store_hello(const hello& from, std::span<std::byte, hello_bytes> to) noexcept {
  store_little(&to[0], from.graph);
  store_little(&to[8], from.weights);
  store_little(&to[16], from.codecs);
  store_little(&to[24], from.numerics);
  store_little(&to[28], from.max_payload_bytes);
}

/// Any 32 bytes are a hello: whether it suits is for `agree` to say.
constexpr hello load_hello(std::span<const std::byte, hello_bytes> from) noexcept {
  return {.graph = load_little<std::uint64_t>(&from[0]),
          .weights = load_little<std::uint64_t>(&from[8]),
          .codecs = load_little<std::uint64_t>(&from[16]),
          .numerics = load_little<std::uint32_t>(&from[24]),
          .max_payload_bytes = load_little<std::uint32_t>(&from[28])};
}

/// Whether the two ends can work together; otherwise the first reason why not.
constexpr status agree(const hello& ours, const hello& theirs) noexcept {
  if (ours.graph != theirs.graph) return errc::wrong_graph;
  if (ours.weights != theirs.weights) return errc::wrong_weights;
  if (ours.numerics != theirs.numerics) return errc::wrong_numerics;
  if ((ours.codecs & theirs.codecs) == 0) return errc::unknown_codec;
  return {};
}

}  // namespace cleave
#endif
// ---- cleave/runtime/request_channel.hpp -----------------------------------------------------------------------------
#ifndef CLEAVE_RUNTIME_REQUEST_CHANNEL_HPP
#define CLEAVE_RUNTIME_REQUEST_CHANNEL_HPP

/// @file
/// Requests and their answers over a link that may lose, damage or delay them. Knows frames, but
/// no graph: one copy of this code serves every session over the same kind of link.

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
// ---- cleave/wire/tensor_payload.hpp ---------------------------------------------------------------------------------
#ifndef CLEAVE_WIRE_TENSOR_PAYLOAD_HPP
#define CLEAVE_WIRE_TENSOR_PAYLOAD_HPP

/// @file
/// The payload of requests and answers: for each tensor in order, the length of its encoding as a
/// 32-bit number, and the encoding. Tensors are encoded straight out of a workspace and decoded
/// straight into one.

namespace cleave {

inline constexpr std::size_t tensor_prefix_bytes = 4;

/// The most bytes that a tensor takes in a payload.
template <codec Squeezer>
constexpr std::size_t max_tensor_bytes(std::size_t elements, dtype type) noexcept {
  return tensor_prefix_bytes + Squeezer::max_encoded_size(elements, type);
}

/// Fills a payload, tensor by tensor.
class payload_writer {
 public:
  constexpr explicit payload_writer(std::span<std::byte> room) noexcept : room_(room) {}

  /// Appends a tensor; `errc::frame_too_large` and nothing when its largest encoding would not fit.
  template <codec Squeezer>
  constexpr status add(Squeezer& squeezer, std::span<const std::byte> tensor, dtype type) noexcept {
    const std::size_t most = Squeezer::max_encoded_size(tensor.size() / 4, type);
    const std::size_t left = room_.size() - used_;
    if (left < tensor_prefix_bytes || left - tensor_prefix_bytes < most) return errc::frame_too_large;
    const std::size_t written = squeezer.encode(tensor, type, room_.subspan(used_ + tensor_prefix_bytes, most));
    store_little(&room_[used_], static_cast<std::uint32_t>(written));
    used_ += tensor_prefix_bytes + written;
    return {};
  }

  constexpr std::size_t size() const noexcept { return used_; }

 private:
  std::span<std::byte> room_;
  std::size_t used_ = 0;
};

/// Takes a payload apart, tensor by tensor. The payload is not trusted.
class payload_reader {
 public:
  constexpr explicit payload_reader(std::span<const std::byte> payload) noexcept : left_(payload) {}

  /// Decodes the next tensor into all of `tensor`. `errc::bad_encoding` when the payload has no such tensor.
  template <codec Squeezer>
  constexpr status take(Squeezer& squeezer, dtype type, std::span<std::byte> tensor) noexcept {
    if (left_.size() < tensor_prefix_bytes) return errc::bad_encoding;
    const std::size_t length = load_little<std::uint32_t>(left_.data());
    left_ = left_.subspan(tensor_prefix_bytes);
    if (length > left_.size() || length > Squeezer::max_encoded_size(tensor.size() / 4, type))
      return errc::bad_encoding;
    const std::span<const std::byte> encoded = left_.first(length);
    left_ = left_.subspan(length);
    return squeezer.decode(encoded, type, tensor);
  }

  /// `errc::bad_encoding` when bytes are left that belong to no tensor.
  constexpr status finish() const noexcept { return left_.empty() ? status{} : status{errc::bad_encoding}; }

 private:
  std::span<const std::byte> left_;
};

}  // namespace cleave
#endif
// ---- cleave/wire/frame_parts.hpp ------------------------------------------------------------------------------------
#ifndef CLEAVE_WIRE_FRAME_PARTS_HPP
#define CLEAVE_WIRE_FRAME_PARTS_HPP

/// @file
/// A frame of tensors that are sent from where they lie: for links that take several pieces of memory at once, and
/// codecs whose encoding is the tensor itself.

namespace cleave {

/// The bytes of `seal_frame` around a `payload_writer`'s payload of verbatim tensors, without a buffer for them.
/// Guarantees: 1 part, and 2 more for each tensor after which there is another or the checksum.
template <std::size_t MostTensors>
class frame_parts {
 public:
  frame_parts() = default;
  // The parts point into the object.
  frame_parts(const frame_parts&) = delete;
  frame_parts& operator=(const frame_parts&) = delete;

  /// Begins a frame without tensors.
  void clear() noexcept { tensors_ = 0; }

  /// Appends a tensor. Requires: fewer than `MostTensors` so far; the bytes stay as they are while the frame is sent.
  void add(std::span<const std::byte> tensor) noexcept {
    parts_[2 * tensors_ + 1] = tensor;
    store_little(prefix(tensors_).data(), static_cast<std::uint32_t>(tensor.size()));
    ++tensors_;
  }

  /// The whole frame, in parts; `header.payload_bytes` is set from them. Valid until the next `clear` or `add`.
  std::span<const std::span<const std::byte>> seal(frame_header header) noexcept {
    header.payload_bytes = 0;
    std::uint32_t checksum = 0;
    for (std::size_t i = 0; i < tensors_; ++i) {
      const std::span<const std::byte> tensor = parts_[2 * i + 1];
      header.payload_bytes += static_cast<std::uint32_t>(tensor_prefix_bytes + tensor.size());
      checksum = crc32c(tensor, crc32c(prefix(i), checksum));
      parts_[2 * i] = prefix(i);
    }
    const std::span<std::byte> words = words_;
    store_header(header, words.first<frame_header_bytes>());
    if (tensors_ == 0) {
      parts_[0] = words.first(frame_header_bytes);
      return std::span(parts_).first(1);
    }
    parts_[0] = words.first(frame_header_bytes + tensor_prefix_bytes);
    parts_[2 * tensors_] = prefix(tensors_);
    store_little(prefix(tensors_).data(), checksum);
    return std::span(parts_).first(2 * tensors_ + 1);
  }

 private:
  static_assert(tensor_prefix_bytes == frame_trailer_bytes);

  /// Before that tensor; behind the last one, the checksum.
  std::span<std::byte> prefix(std::size_t tensor) noexcept {
    return std::span(words_).subspan(frame_header_bytes + tensor * tensor_prefix_bytes, tensor_prefix_bytes);
  }

  std::size_t tensors_ = 0;
  std::array<std::span<const std::byte>, 2 * MostTensors + 1> parts_;
  std::array<std::byte, frame_header_bytes + (MostTensors + 1) * tensor_prefix_bytes> words_;
};

}  // namespace cleave
#endif
// ---- cleave/runtime/session.hpp -------------------------------------------------------------------------------------
#ifndef CLEAVE_RUNTIME_SESSION_HPP
#define CLEAVE_RUNTIME_SESSION_HPP

/// @file
/// The device's side at run time: runs the layers before the cut, has a server run the rest, and
/// gives the network's answer. Freestanding: any transport will do.

namespace cleave {

/// Stands for the fallback of a session that has none.
struct no_remote {};

namespace detail {

/// Bytes of a tensor in a row of tensors that are each aligned to 8 bytes.
constexpr std::size_t packed_bytes(const tensor_info& info) noexcept { return (info.bytes() + 7) / 8 * 8; }

/// How much memory a session needs: the most that any cut of `Tensors` takes.
template <class Tensors, codec Squeezer>
struct exchange_sizes {
  std::size_t request = 0;  ///< payload
  std::size_t answer = 0;   ///< payload
  std::size_t answers = 0;  ///< decoded
  std::size_t tensors = 0;  ///< in a request
  bool asks = false;        ///< whether there is anything to do for a server

  constexpr exchange_sizes() noexcept {
    for (std::size_t cut = Tensors::first_cut; cut <= Tensors::last_cut; ++cut) {
      const auto sent = Tensors::sent_at(cut);
      const auto behind = Tensors::behind_at(cut);
      std::size_t decoded = 0;
      for (const tensor_info& each : behind) decoded += packed_bytes(each);
      request = std::max(request, payload_of(sent));
      answer = std::max(answer, payload_of(behind));
      answers = std::max(answers, decoded);
      tensors = std::max(tensors, sent.size());
      asks = asks || !behind.empty();
    }
  }

  static constexpr std::size_t payload_of(std::span<const tensor_info> tensors) noexcept {
    std::size_t sum = 0;
    for (const tensor_info& each : tensors) sum += max_tensor_bytes<Squeezer>(each.dims.size(), each.type);
    return sum;
  }
};

}  // namespace detail

/// Answers as the whole network does, with the part of it behind the device half's cut run by the server at the other
/// end of `link`. Where that fails, the answer is the reason, no later than the time-out; with a fallback, `remote`
/// makes the answer here.
///
///     cleave::session session{device, link, cleave::codecs::f16{}};
///     const auto answer = session(image);
///
/// Requires: everything given by reference outlives the session. Guarantees: no allocation. An answer views the
/// session's or a half's memory and holds until the next call. One thread at a time.
template <class Device, transport Link, codec Codec = codecs::identity, class Remote = no_remote>
class session {
  using tensors = typename Device::tensors;
  static constexpr detail::exchange_sizes<tensors, Codec> most{};
  static constexpr std::size_t most_answers = detail::all_outputs<Device::graph>.size();
  static_assert(most.request < std::numeric_limits<std::uint32_t>::max() - frame_trailer_bytes &&
                    most.answer < std::numeric_limits<std::uint32_t>::max() - frame_trailer_bytes,
                "a frame holds less than 4 GiB");

 public:
  using answer_type = typename Device::graph_answer;

  /// Whether there is anything to do for a server: not so behind the last layer.
  static constexpr bool needs_link = most.asks;
  static constexpr bool has_fallback = !std::same_as<Remote, no_remote>;

  explicit session(Device& device, Link& link, Codec codec = {}, session_options options = {}) noexcept
    requires(!has_fallback)
      : device_(device), link_(link), codec_(codec), options_(options), channel_(link, ours(device)) {}
  /// With a fallback: `remote` runs the layers behind the cut when the server does not.
  session(Device& device, Link& link, Codec codec, Remote& remote, session_options options = {}) noexcept
      : device_(device),
        link_(link),
        codec_(codec),
        remote_(&remote),
        options_(options),
        channel_(link, ours(device)) {}
  session(const session&) = delete;
  session& operator=(const session&) = delete;

  /// The network's answer, or why there is none: `timed_out`, `closed`, `refused`, `unreachable` or `io_error` of the
  /// link, `wrong_graph`, `wrong_weights`, `wrong_numerics` or `unknown_codec` of a server that does not match,
  /// `overloaded` or `stopping` of one that can not now.
  template <class... Inputs>
    requires requires(Device& device, const Inputs&... inputs) {
      { device.forward(inputs...) } -> std::same_as<tensors>;
    }
  result<answer_type> operator()(const Inputs&... inputs) noexcept {
    const tensors before = device_.forward(inputs...);
    places behind{};

    local_ = false;
    link_error_ = errc::ok;
    if (needs_link && !tensors::behind_at(before.cut).empty()) {
      if (!(has_fallback && held_off_ && !held_until_.passed(link_.now()))) {
        last_error_ = ask(before, behind);
        held_off_ = last_error_ != errc::ok;
        if (has_fallback && held_off_) held_until_ = after(link_, options_.hold_off_microseconds);
      }
      link_error_ = last_error_;
      if (link_error_ != errc::ok) {
        if constexpr (has_fallback) {
          local_ = true;
          return (*remote_)(before);
        } else {
          return link_error_;
        }
      }
    }
    return merge_answers(before, behind.data());
  }

  /// Has the server answer these tensors and drops what it says: a question about link and server, whose `load` is
  /// known then. Requires: the cut of `before` leaves something to the server.
  status exchange(const tensors& before) noexcept {
    places ignored;
    return ask(before, ignored);
  }

  /// Whether the last answer was finished here because the server could not.
  bool local() const noexcept { return local_; }

  /// What kept the server from giving the last answer; `ok` when it gave it.
  errc link_error() const noexcept { return link_error_; }

  /// How busy the server was when it last answered.
  const server_load& load() const noexcept { return channel_.answer().load; }

  /// May be changed between calls.
  session_options& options() noexcept { return options_; }

 private:
  static hello ours(const Device& device) noexcept {
    constexpr std::uint64_t print = fingerprint(Device::graph);
    return {.graph = print,
            .weights = device.weights_fingerprint(),
            .codecs = codec_bit(Codec::id),
            .numerics = numeric_id<typename Device::options>,
            .max_payload_bytes = most.answer};
  }

  using places = std::array<const std::byte*, most_answers>;

  /// Whether a request is sent from where its tensors lie: then there is no memory for it here.
  static constexpr bool sends_in_place = gathering_transport<Link> && verbatim_codec<Codec>;

  errc ask(const tensors& before, places& behind) noexcept {
    const std::span<const tensor_info> sent = tensors::sent_at(before.cut);
    const frame_header header{.kind = frame_kind::request,
                              .request = ++requests_,
                              .cut = static_cast<std::uint16_t>(before.cut),
                              .tensors = static_cast<std::uint16_t>(sent.size()),
                              .codec = Codec::id,
                              .type = sent.empty() ? dtype::float32 : sent[0].type};
    if (const status asked = send(header, before, sent); !asked) return asked.error();
    return decode(tensors::behind_at(before.cut), behind);
  }

  status send(const frame_header& header, const tensors& before, std::span<const tensor_info> sent) noexcept {
    if constexpr (sends_in_place) {
      request_.clear();
      for (std::size_t i = 0; i < sent.size(); ++i) request_.add(before.sent(i));
      return channel_.ask(request_.seal(header), requests_, answer_, options_);
    } else {
      payload_writer writer{std::span{request_}.template subspan<frame_header_bytes, most.request>()};
      for (std::size_t i = 0; i < sent.size(); ++i) {
        if (const status added = writer.add(codec_, before.sent(i), sent[i].type); !added) return added;
      }
      const auto frame = seal_frame(header, request_, static_cast<std::uint32_t>(writer.size()));
      return channel_.ask(frame, requests_, answer_, options_);
    }
  }

  /// Not into the workspace: where an answer can not be decoded, the fallback needs what lies there.
  errc decode(std::span<const tensor_info> expected, places& behind) noexcept {
    const frame_header& header = channel_.answer();
    if (header.codec != Codec::id || header.tensors != expected.size()) return errc::bad_encoding;
    payload_reader reader(std::span<const std::byte>(answer_).first(header.payload_bytes));
    std::size_t used = 0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      behind[i] = &answers_[used];
      const std::span<std::byte> room = std::span(answers_).subspan(used, expected[i].bytes());
      if (const status taken = reader.take(codec_, expected[i].type, room); !taken) return taken.error();
      used += detail::packed_bytes(expected[i]);
    }
    return reader.finish().error();
  }

  Device& device_;
  Link& link_;
  [[no_unique_address]] Codec codec_;
  Remote* remote_ = nullptr;
  session_options options_;
  request_channel<Link> channel_;
  std::uint64_t requests_ = 0;
  deadline held_until_{};
  errc last_error_ = errc::ok;
  errc link_error_ = errc::ok;
  bool held_off_ = false;
  bool local_ = false;
  alignas(8) std::array<std::byte, most.answers> answers_;
  std::conditional_t<sends_in_place, frame_parts<most.tensors>, std::array<std::byte, frame_bytes(most.request)>>
      request_;
  std::array<std::byte, most.answer + frame_trailer_bytes> answer_;
};

}  // namespace cleave
#endif
// ---- cleave/transport/metered.hpp -----------------------------------------------------------------------------------
#ifndef CLEAVE_TRANSPORT_METERED_HPP
#define CLEAVE_TRANSPORT_METERED_HPP

/// @file
/// Measures what passes over any transport, how many bytes and how long they took, and gives up what takes too long.
/// Freestanding.

namespace cleave {

/// Bytes sent in a row and what came in return, until the direction turned again. Times are those of the link's clock.
struct link_exchange {
  std::uint64_t bytes_sent = 0;
  std::uint64_t bytes_received = 0;
  std::uint64_t began = 0;     ///< before the first byte was given away, in microseconds
  std::uint64_t sent = 0;      ///< when the last byte was taken
  std::uint64_t received = 0;  ///< when the last byte came; 0: none did
};

/// How long an exchange is worth waiting for, for one who can do without.
struct link_patience {
  static constexpr std::uint64_t forever = std::numeric_limits<std::uint64_t>::max();

  std::uint64_t bytes = 0;            ///< to be sent
  std::uint64_t send = forever;       ///< microseconds within which they should have gone
  std::uint64_t answer = forever;     ///< microseconds within which all should be over
  std::uint64_t otherwise = forever;  ///< microseconds that it takes to do without
  std::uint64_t connect = forever;    ///< microseconds within which a new connection must be there
};

/// A transport that behaves as `link`, remembers the last exchange, and ends it with `errc::timed_out` when patience is
/// out: where sending takes longer than it should, as soon as the rest, at the rate so far, takes longer than to do
/// without. Requires: `link` outlives it.
template <transport Link>
class metered {
 public:
  explicit metered(Link& link) noexcept : link_(link) {}

  io_result read_some(std::span<std::byte> in, deadline by) noexcept {
    const std::uint64_t began = last_.began;
    const bool limited = began != 0 && patience_.answer != link_patience::forever;
    const deadline until{limited && began + patience_.answer < by.microseconds ? began + patience_.answer
                                                                               : by.microseconds};
    const io_result moved = link_.read_some(in, until);
    if (moved.bytes > 0) {
      last_.bytes_received += moved.bytes;
      last_.received = link_.now();
    }
    return moved;
  }

  io_result write_some(std::span<const std::byte> out, deadline by) noexcept {
    if (last_.received != 0 || last_.began == 0) last_ = {.began = link_.now()};
    for (;;) {
      const std::uint64_t current = link_.now();
      std::uint64_t until = by.microseconds;
      if (patience_.send != link_patience::forever) {
        const std::uint64_t passed = current - last_.began;
        if (passed >= patience_.send && is_hopeless(passed)) return {0, errc::timed_out};
        const std::uint64_t look =
            passed < patience_.send ? last_.began + patience_.send : current + patience_.otherwise / 8 + 1;
        if (look < until) until = look;
      }
      const io_result moved = link_.write_some(out, deadline{until});
      last_.bytes_sent += moved.bytes;
      if (moved.bytes > 0) last_.sent = link_.now();
      if (moved.error != errc::timed_out || by.passed(link_.now())) return moved;
    }
  }

  std::uint64_t now() noexcept { return link_.now(); }

  status reopen(deadline by) noexcept
    requires reopenable_transport<Link>
  {
    last_ = {};
    const bool limited = patience_.connect != link_patience::forever;
    const deadline until = limited ? after(link_, patience_.connect) : by;
    return link_.reopen(until.microseconds < by.microseconds ? until : by);
  }

  /// Begins anew, with so much patience from the first byte of each exchange on.
  void restart(const link_patience& patience) noexcept {
    last_ = {};
    patience_ = patience;
  }

  const link_exchange& last() const noexcept { return last_; }

 private:
  bool is_hopeless(std::uint64_t passed) const noexcept {
    if (last_.bytes_sent == 0) return true;
    const std::uint64_t left = patience_.bytes > last_.bytes_sent ? patience_.bytes - last_.bytes_sent : 0;
    return static_cast<double>(left) * static_cast<double>(passed) >
           static_cast<double>(patience_.otherwise) * static_cast<double>(last_.bytes_sent);
  }

  Link& link_;
  link_exchange last_{};
  link_patience patience_{};
};

}  // namespace cleave
#endif
// ---- cleave/plan/adaptive_session.hpp -------------------------------------------------------------------------------
#ifndef CLEAVE_PLAN_ADAPTIVE_SESSION_HPP
#define CLEAVE_PLAN_ADAPTIVE_SESSION_HPP

/// @file
/// A session that moves its cut: it learns from its own traffic what link and server are like now, and runs each
/// request at the cut that is best then; all of it here while there is no link. Freestanding.

namespace cleave {

/// What an adaptive session wants and how patient it is.
struct adaptive_options {
  objective goal{};

  /// Another cut must be better by this share of the goal's value: estimates are never so good that less is sure.
  double switch_gain = 0.05;

  /// When an upload has taken so many times what was planned, it goes on only where the rest of it, at the rate so
  /// far, is quicker than to finish here; and an answer is waited for so many times what was planned and half of
  /// what it takes to finish here.
  double patience = 1.5;
  /// Added to both.
  std::uint32_t least_patience_microseconds = 20'000;
  /// Whatever was planned, a request is finished here after this.
  std::uint32_t timeout_microseconds = 2'000'000;

  /// When nothing has been heard of the server for so long, `idle` asks, where it is given the time; after half as
  /// much again a request asks before it begins.
  std::uint32_t probe_interval_microseconds = 1'000'000;
  /// The longest that a request waits for such a question.
  std::uint32_t probe_patience_microseconds = 250'000;

  double idle_watts = 0;  ///< what the device draws while it waits, beside the radio
  link_estimator_options link{};
};

/// What an adaptive session has done, and what it believes.
struct adaptive_statistics {
  std::size_t cut = 0;     ///< of the next request, unless something changes
  conditions estimates{};  ///< rates, latency, load
  bool link_is_down = false;
  std::uint64_t requests = 0;
  std::uint64_t served = 0;     ///< of them by the server
  std::uint64_t local = 0;      ///< by plan, or while the link is down
  std::uint64_t fallbacks = 0;  ///< finished here after the server had been asked
  std::uint64_t switches = 0;   ///< of the cut
  std::uint64_t probes = 0;
  std::uint64_t probes_lost = 0;
};

/// Answers as the whole network does, cut where that is best under what link, server and device are like now.
///
///     const cleave::cut_plan plan{lenet5, device_profile, server_profile};
///     const auto device = std::make_unique<cleave::any_cut<lenet5>>(weights);
///     cleave::adaptive_session session{*device, link, plan.rows(), cleave::links::lte};
///     const auto answer = session(image);
///     session.idle(100'000);                      // where there is time: asks how things are, if nobody knows
///
/// `rows` is what each cut costs by profile, for the codec that is used; `expected` is the link as it probably is. From
/// each answer it learns the link's rate and latency (time and bytes of the exchange without the server's work), how
/// much slower than its profile the server is, how long requests wait there, and how much slower the device is. A
/// request that takes much longer than planned, or that fails, is finished here: there is always an answer.
///
/// Requires: all given by reference or span outlives it; a row for each cut of the graph. Guarantees: no allocation; no
/// traffic but requests while there are any. One thread at a time. `Device` is `any_cut`, or behaves as one.
template <class Device, transport Link, codec Codec = codecs::identity>
class adaptive_session {
  static_assert(std::invocable<Device&, const typename Device::tensors&>,
                "without a link everything is computed here: this needs an any_cut with all layers");

 public:
  using answer_type = typename Device::graph_answer;

  adaptive_session(Device& device, Link& link, std::span<const cut_row> rows, const link_model& expected,
                   Codec codec = {}, const adaptive_options& options = {}) noexcept
      : device_(device),
        meter_(link),
        session_(device, meter_, codec, device),
        rows_(rows),
        options_(options),
        link_(expected, options.link),
        probe_cut_(find_probe_cut(rows)) {
    now_.idle_watts = options.idle_watts;
    now_.over = link_.now();
    statistics_.cut = best_of(rows_, now_, options_.goal).cut;
    heard_ = tried_ = meter_.now();
  }

  /// The network's answer. It never fails for want of a server.
  template <class... Inputs>
  result<answer_type> operator()(const Inputs&... inputs) noexcept {
    if (is_due(3)) probe(probe_patience());
    const bool alone = down_ || rows_[statistics_.cut].bytes.up <= 0;
    const std::size_t cut = alone ? rows_.size() - 1 : statistics_.cut;
    static_cast<void>(device_.set_cut(cut));
    if (!alone) begin_request(cut);
    const std::uint64_t began = meter_.now();
    const auto answer = session_(inputs...);
    ++statistics_.requests;
    if (alone) {
      ++statistics_.local;
      note_device(cut, meter_.now() - began);
    } else if (session_.local()) {
      ++statistics_.fallbacks;
      note_failure(cut);
    } else {
      ++statistics_.served;
      note_device(cut, meter_.last().began - began);
      note_answer(cut);
    }
    replan();
    return answer;
  }

  /// Says that there is nothing to do for so many microseconds. Where nothing has been heard of the server for the
  /// probe interval, and they are enough, they are used to ask it: a request of a few kilobytes whose answer nobody
  /// needs.
  void idle(std::uint32_t microseconds) noexcept {
    if (!is_due(2) || static_cast<double>(microseconds) < probe_seconds() * 1e6) return;
    probe(microseconds);
    replan();
  }

  /// What has been done and is believed.
  adaptive_statistics statistics() const noexcept {
    adaptive_statistics all = statistics_;
    all.estimates = now_;
    all.link_is_down = down_;
    return all;
  }

  /// The cut of the next request, unless something changes.
  std::size_t cut() const noexcept { return down_ ? rows_.size() - 1 : statistics_.cut; }

  /// Whether the server was asked for the last answer and could not give it; then `link_error` tells why.
  bool fell_back() const noexcept { return session_.local(); }
  errc link_error() const noexcept { return session_.link_error(); }

  /// May be changed between calls.
  adaptive_options& options() noexcept { return options_; }

 private:
  /// The cut for questions: some two kilobytes say something of the rate and cost little, and behind it there must be
  /// work enough to be timed.
  static constexpr double probe_bytes = 2000;
  static constexpr double probe_work = 5e-5;
  static std::size_t find_probe_cut(std::span<const cut_row> rows) noexcept {
    double work = 0.05 * rows[0].server_seconds;
    if (work > probe_work) work = probe_work;
    std::size_t best = 0;
    for (std::size_t cut = 1; cut < rows.size(); ++cut) {
      if (rows[cut].bytes.up < probe_bytes || rows[cut].server_seconds < work) continue;
      if (rows[cut].bytes.up <= rows[best].bytes.up || rows[best].bytes.up < probe_bytes) best = cut;
    }
    return best;
  }

  /// Whether nothing has been heard for so many halves of the interval.
  bool is_due(std::uint64_t halves) const noexcept {
    const std::uint64_t interval = halves * options_.probe_interval_microseconds / 2;
    const std::uint64_t current = meter_.now();
    return rows_[probe_cut_].bytes.up > 0 && current - heard_ >= interval && current - tried_ >= interval;
  }

  /// What a question will take, as far as is known.
  double probe_seconds() const noexcept {
    const cut_cost cost = cost_of(rows_[probe_cut_], now_);
    return cost.up_seconds + cost.server_seconds + cost.down_seconds +
           (greeted_ ? 0 : 2 * link_.round_trip_seconds());  // connecting and greeting come on top
  }

  /// Microseconds after which something planned to take so long is late.
  std::uint64_t patient(double seconds) const noexcept {
    const double microseconds = options_.patience * seconds * 1e6 + options_.least_patience_microseconds;
    return static_cast<std::uint64_t>(microseconds < 1e12 ? microseconds : 1e12);
  }
  std::uint32_t probe_patience() const noexcept {
    // A link that comes back may be slower than the one that went.
    const std::uint64_t wanted = patient(probe_seconds()) << (unanswered_ < 4 ? unanswered_ : 4);
    const std::uint32_t most = options_.probe_patience_microseconds;
    return wanted < most ? static_cast<std::uint32_t>(wanted) : most;
  }

  void begin_request(std::size_t cut) noexcept {
    const cut_cost planned = cost_of(rows_[cut], now_);
    const double alone = (rows_.back().device_seconds - rows_[cut].device_seconds) * now_.device_slowdown;
    meter_.restart({.bytes = static_cast<std::uint64_t>(rows_[cut].bytes.up),
                    .send = patient(planned.up_seconds),
                    .answer = patient(planned.seconds() - planned.device_seconds + alone / 2),
                    .otherwise = static_cast<std::uint64_t>(alone * 1e6),
                    .connect = patient(2 * link_.round_trip_seconds())});
    session_.options() = {
        .timeout_microseconds = options_.timeout_microseconds, .retries = 0, .hold_off_microseconds = 0};
  }

  void probe(std::uint32_t most_microseconds) noexcept {
    tried_ = meter_.now();
    ++statistics_.probes;
    static_cast<void>(device_.set_cut(probe_cut_));
    meter_.restart({});
    session_.options() = {.timeout_microseconds = most_microseconds, .retries = 0, .hold_off_microseconds = 0};
    if (session_.exchange(device_.at_cut())) {
      note_answer(probe_cut_);
    } else {
      ++statistics_.probes_lost;
      ++unanswered_;
      greeted_ = false;
      down_ = true;
    }
  }

  static double in_seconds(std::uint64_t microseconds) noexcept { return static_cast<double>(microseconds) * 1e-6; }

  void note_device(std::size_t cut, std::uint64_t microseconds) noexcept {
    const double planned = rows_[cut].device_seconds;
    if (planned < 1e-4) return;
    now_.device_slowdown += 0.25 * (in_seconds(microseconds) / planned - now_.device_slowdown);
  }

  void note_answer(std::size_t cut) noexcept {
    const link_exchange& seen = meter_.last();
    const server_load& load = session_.load();
    heard_ = meter_.now();
    greeted_ = true;
    lost_ = 0;
    unanswered_ = 0;
    if (down_) link_.doubt();
    down_ = false;
    const double service = in_seconds(load.service_microseconds);
    const double planned = rows_[cut].server_seconds;
    // Clocks count microseconds, and every request has its overhead: short work says less of the server's speed.
    if (planned > 1e-5) {
      now_.server_slowdown += 0.5 * planned / (planned + probe_work) * (service / planned - now_.server_slowdown);
    }
    const double beside = in_seconds(seen.received - seen.began) - service;
    const double up = static_cast<double>(seen.bytes_sent);
    const double down = static_cast<double>(seen.bytes_received);
    const link_model is = link_.now();
    const double expected = is.up_seconds(up) + is.down_seconds(down);
    if (load.queue_length == 0 || beside <= expected) {
      now_.server_wait_seconds *= load.queue_length == 0 ? 0 : 0.5;
      link_.observe(up, down, beside, in_seconds(seen.received - seen.sent) - service, in_seconds(heard_));
    } else {
      // Others wait there, so this one has waited too; the link has not become slower for it.
      now_.server_wait_seconds += 0.5 * (beside - expected - now_.server_wait_seconds);
    }
    now_.over = link_.now();
  }

  void note_failure(std::size_t cut) noexcept {
    const link_exchange& seen = meter_.last();
    tried_ = meter_.now();
    greeted_ = false;
    ++lost_;
    const bool late = session_.link_error() == errc::timed_out;
    // One request that came too late tells of the rate; more in a row, an error, or a link that takes no byte of it.
    const bool began = seen.began != 0 && seen.bytes_sent > 0;
    if (!late || !began || lost_ > 1) {
      down_ = true;
      return;
    }
    const double waited = in_seconds(
        seen.sent > seen.began && static_cast<double>(seen.bytes_sent) < rows_[cut].bytes.up ? seen.sent - seen.began
                                                                                             : tried_ - seen.began);
    link_.observe_failure(rows_[cut].bytes.up, static_cast<double>(seen.bytes_sent), waited, in_seconds(tried_));
    now_.over = link_.now();
  }

  void replan() noexcept {
    const cut_choice best = best_of(rows_, now_, options_.goal);
    if (best.cut == statistics_.cut) return;
    const cut_cost stay = cost_of(rows_[statistics_.cut], now_);
    const double gain = options_.goal.value(stay) - options_.goal.value(best.cost);
    const bool breaks_limits = options_.goal.excess(stay) > options_.goal.excess(best.cost);
    if (!breaks_limits && gain <= options_.switch_gain * options_.goal.value(stay)) return;
    statistics_.cut = best.cut;
    ++statistics_.switches;
  }

  Device& device_;
  mutable metered<Link> meter_;  // asking for the time is not const in a transport
  session<Device, metered<Link>, Codec, Device> session_;
  std::span<const cut_row> rows_;
  adaptive_options options_;
  link_estimator link_;
  conditions now_{};
  adaptive_statistics statistics_{};
  std::size_t probe_cut_;
  std::uint64_t heard_ = 0;  // when the server last answered
  std::uint64_t tried_ = 0;  // when it was last asked in vain
  unsigned lost_ = 0;        // requests in a row
  unsigned unanswered_ = 0;  // questions in a row
  bool greeted_ = false;
  bool down_ = false;
};

}  // namespace cleave
#endif
// ---- cleave/plan/layer_work.hpp -------------------------------------------------------------------------------------
#ifndef CLEAVE_PLAN_LAYER_WORK_HPP
#define CLEAVE_PLAN_LAYER_WORK_HPP

/// @file
/// What a layer does, in the numbers that predictions are made of.

namespace cleave {

/// Layers that one predictor serves: their time follows from the same numbers in the same way.
enum class work_kind : std::uint8_t {
  nothing,      ///< gives memory another name
  convolution,  ///< with a window
  pointwise,    ///< convolution with a window of 1
  depthwise,
  locally_connected,
  dense,
  recurrent,
  pool,
  cheap_activation,  ///< comparisons and multiply-adds
  activation,        ///< exponentials and their kin
  normalization,     ///< with powers: local response, across a tensor
  softmax,
  arithmetic,  ///< of two tensors, or a factor and a summand a channel
  movement,    ///< concatenation, padding, transposition, enlarging
  reduction,   ///< argmax and sums along an axis
  fused,       ///< computed by the kernel of the layer before
};
inline constexpr std::size_t work_kinds = 16;

constexpr std::string_view name_of(work_kind kind) noexcept {
  constexpr std::array<std::string_view, work_kinds> names{
      "nothing",    "convolution", "pointwise",        "depthwise",  "locally_connected", "dense",
      "recurrent",  "pool",        "cheap_activation", "activation", "normalization",     "softmax",
      "arithmetic", "movement",    "reduction",        "fused"};
  return names[static_cast<std::size_t>(kind)];
}

/// A layer in numbers.
struct layer_work {
  work_kind kind = work_kind::nothing;
  double operations = 0;    ///< multiply-adds, or steps of what is not a product
  double issued = 0;        ///< without taps on padding, with channels that fill up a block to a multiple of 4
  double wide_issued = 0;   ///< the same with channels that fill up a block of 16
  double tiles = 0;         ///< pixels times blocks of channels that are written
  double rows = 0;          ///< of output, times blocks of channels
  double weight_bytes = 0;  ///< as stored
  double input_values = 0;  ///< of all inputs
  double output_values = 0;
  double filters = 0;  ///< Neurosurgeon's second number: output pixels times filters, or outputs
};

namespace detail {

/// Taps of a window that fall on its input, over all places along one dimension.
constexpr double taps_inside(int out, int in, int kernel, int stride, int dilation, int pad) noexcept {
  double sum = 0;
  for (int tap = 0; tap < kernel; ++tap) {
    // Places p with 0 <= p * stride + tap * dilation - pad < in.
    const int shift = tap * dilation - pad;
    const int begin = shift >= 0 ? 0 : ceil_div(-shift, stride);
    const int end = in <= shift ? 0 : ceil_div(in - shift, stride);
    const int last = end < out ? end : out;
    if (last > begin) sum += last - begin;
  }
  return sum;
}

constexpr work_kind work_kind_of(const node& of) noexcept {
  switch (of.what.kind) {
    case op::input:
    case op::output:
    case op::flatten:
    case op::reshape:
    case op::dropout:
    case op::constant: return work_kind::nothing;
    case op::conv2d:
    case op::depthwise_conv2d:
      if (of.groups > 1 && of.groups == of.in.channels) return work_kind::depthwise;
      return of.what.kernel == extent{1} ? work_kind::pointwise : work_kind::convolution;
    case op::locally_connected2d: return work_kind::locally_connected;
    case op::dense: return work_kind::dense;
    case op::lstm:
    case op::gru:
    case op::rnn: return work_kind::recurrent;
    case op::max_pool:
    case op::average_pool:
    case op::global_max_pool:
    case op::global_average_pool: return work_kind::pool;
    case op::relu:
    case op::clip:
    case op::leaky_relu:
    case op::prelu:
    case op::hard_tanh:
    case op::hard_sigmoid:
    case op::hard_swish:
    case op::thresholded_relu:
    case op::absolute:
    case op::negate:
    case op::floor:
    case op::ceil:
    case op::round:
    case op::sign: return work_kind::cheap_activation;
    case op::local_response_normalization:
    case op::normalize: return work_kind::normalization;
    case op::softmax:
    case op::log_softmax:
    case op::hardmax: return work_kind::softmax;
    case op::batch_normalization:
    case op::add:
    case op::subtract:
    case op::multiply:
    case op::maximum:
    case op::minimum: return work_kind::arithmetic;
    case op::concat:
    case op::pad:
    case op::upsample:
    case op::resize:
    case op::transpose:
    case op::slice:
    case op::rearrange: return work_kind::movement;
    case op::argmax:
    case op::argmin:
    case op::reduce: return work_kind::reduction;
    default: return work_kind::activation;
  }
}

}  // namespace detail

/// The numbers of a node of `graph`. A layer of the user's own counts as an activation, unless it states multiply-adds:
/// then as a dense layer.
template <class Graph>
constexpr layer_work work_of(const Graph& graph, std::size_t index) noexcept {
  const node& of = graph.nodes[index];
  layer_work work;
  work.kind = detail::work_kind_of(of);
  if (of.what.kind == op::custom && of.multiply_adds > 0) work.kind = work_kind::dense;
  if (work.kind == work_kind::nothing) return work;
  work.output_values = static_cast<double>(of.out.size());
  for (int k = 0; k < of.what.arity; ++k) {
    const auto source = static_cast<std::size_t>(of.inputs[static_cast<std::size_t>(k)]);
    work.input_values += static_cast<double>(graph.nodes[source].out.size());
  }
  work.weight_bytes = static_cast<double>(of.weights.floats) * 4;
  const double pixels = static_cast<double>(of.out.height) * static_cast<double>(of.out.width);
  const int group_outputs = of.out.channels / of.groups;
  const bool blocked = work.kind == work_kind::convolution || work.kind == work_kind::pointwise ||
                       work.kind == work_kind::dense || work.kind == work_kind::locally_connected;
  const double blocks = blocked ? static_cast<double>(of.groups) * ceil_div(group_outputs, kernels::block_width)
                                : static_cast<double>(ceil_div(of.out.channels, kernels::block_width));
  work.tiles = pixels * blocks;
  work.rows = static_cast<double>(of.out.height) * blocks;
  work.filters = work.output_values;
  work.operations = static_cast<double>(of.multiply_adds);
  work.issued = work.operations;
  if (work.kind == work_kind::convolution || work.kind == work_kind::depthwise) {
    const layer_record& what = of.what;
    const double inside = detail::taps_inside(of.out.height, of.in.height, what.kernel.height, what.stride.height,
                                              what.dilation.height, of.pad.top) *
                          detail::taps_inside(of.out.width, of.in.width, what.kernel.width, what.stride.width,
                                              what.dilation.width, of.pad.left);
    work.issued *= inside / (pixels * what.kernel.height * what.kernel.width);
  }
  work.wide_issued = work.issued;
  if (blocked && of.multiply_adds > 0) {
    work.issued *= static_cast<double>(ceil_div(group_outputs, 4) * 4) / group_outputs;
    work.wide_issued *=
        static_cast<double>(ceil_div(group_outputs, kernels::block_width) * kernels::block_width) / group_outputs;
  }
  if (work.operations <= 0) {
    double each = 1;
    if (of.what.kind == op::max_pool || of.what.kind == op::average_pool) {
      each = static_cast<double>(of.what.kernel.height) * static_cast<double>(of.what.kernel.width);
    } else if (of.what.kind == op::local_response_normalization) {
      each = static_cast<double>(of.what.channels);
    }
    const bool reads_all = of.what.kind == op::global_max_pool || of.what.kind == op::global_average_pool ||
                           work.kind == work_kind::reduction;
    work.operations = (reads_all ? work.input_values : work.output_values) * each;
    work.issued = work.operations;
    work.wide_issued = work.operations;
  }
  return work;
}

}  // namespace cleave
#endif
// ---- cleave/plan/logarithm.hpp --------------------------------------------------------------------------------------
#ifndef CLEAVE_PLAN_LOGARITHM_HPP
#define CLEAVE_PLAN_LOGARITHM_HPP

/// @file
/// The natural logarithm while compiling, and on devices without a mathematical library. Layer "plan": knows networks,
/// links and bytes; runs nothing.

namespace cleave {

/// The natural logarithm of a normal number above 0, within 4e-15 of it (relative, or absolute around 1). Other numbers
/// give what the logarithm of the least normal number is.
constexpr double natural_logarithm(double of) noexcept {
  constexpr double least = 2.2250738585072014e-308;
  if (!(of >= least)) of = least;
  const auto bits = std::bit_cast<std::uint64_t>(of);
  int exponent = static_cast<int>(bits >> 52 & 0x7FFU) - 1023;
  double mantissa = std::bit_cast<double>((bits & 0xFFFFFFFFFFFFFU) | 0x3FF0000000000000U);
  if (mantissa > 1.4142135623730951) {
    mantissa *= 0.5;
    ++exponent;
  }
  // 2 artanh(s), with |s| below 0.172: the terms behind s^17 are below 1e-16.
  const double s = (mantissa - 1) / (mantissa + 1);
  const double square = s * s;
  double sum = 0;
  for (int odd = 17; odd >= 1; odd -= 2) sum = sum * square + 1.0 / odd;
  return 2 * s * sum + exponent * 0.6931471805599453;
}

}  // namespace cleave
#endif
// ---- cleave/plan/memory_curve.hpp -----------------------------------------------------------------------------------
#ifndef CLEAVE_PLAN_MEMORY_CURVE_HPP
#define CLEAVE_PLAN_MEMORY_CURVE_HPP

/// @file
/// How fast a machine reads memory, by how much of it: caches make small things quick.

namespace cleave {

/// How long reading memory takes over and over, by the size of what is read: points in order of size.
struct memory_curve {
  static constexpr std::size_t most_points = 10;
  std::array<double, most_points> bytes{};
  std::array<double, most_points> seconds_per_byte{};
  std::size_t points = 0;

  /// Straight lines between the points over the logarithm of the size. Without points 0.
  constexpr double at(double size) const noexcept {
    if (points == 0) return 0;
    if (size <= bytes[0]) return seconds_per_byte[0];
    for (std::size_t i = 1; i < points; ++i) {
      if (size >= bytes[i]) continue;
      const double part = natural_logarithm(size / bytes[i - 1]) / natural_logarithm(bytes[i] / bytes[i - 1]);
      return seconds_per_byte[i - 1] + part * (seconds_per_byte[i] - seconds_per_byte[i - 1]);
    }
    return seconds_per_byte[points - 1];
  }
};

}  // namespace cleave
#endif
// ---- cleave/plan/predictor.hpp --------------------------------------------------------------------------------------
#ifndef CLEAVE_PLAN_PREDICTOR_HPP
#define CLEAVE_PLAN_PREDICTOR_HPP

/// @file
/// Seconds and watts of a layer, from a few coefficients: plain values, so that predictions can be made while
/// compiling. predictor_fit.hpp finds the coefficients.

namespace cleave {

enum class predictor_form : std::uint8_t {
  none,      ///< costs nothing
  additive,  ///< seconds are a sum over `additive_terms`, no coefficient below 0
  /// Neurosurgeon (Kang et al., ASPLOS 2017): 1e9 operations a second are a ln x0 + c ln x1 + e, with x0 the values of
  /// the input and x1 `filters`; a product with its sum counts as two operations.
  logarithmic,
  linear,  ///< 1e9 operations a second are a x0 + b; as there for activations, with x0 the values of the output
};
constexpr std::string_view name_of(predictor_form form) noexcept {
  constexpr std::array<std::string_view, 4> names{"none", "additive", "logarithmic", "linear"};
  return names[static_cast<std::size_t>(form)];
}

inline constexpr std::size_t additive_term_count = 9;
using additive_terms = std::array<double, additive_term_count>;

/// The numbers that an additive predictor weighs. Memory counts twice: by its bytes, and by the seconds that reading as
/// much from where it lies takes. `resident` are the bytes of weights that are read for one answer: they tell where
/// weights lie.
constexpr additive_terms terms_of(const layer_work& work, const memory_curve& memory, double resident) noexcept {
  const double moved = work.input_values + work.output_values;
  return {1,  // the call
          work.issued,
          work.wide_issued,
          work.tiles,
          work.rows,
          work.weight_bytes,
          work.weight_bytes > 0 ? work.weight_bytes * memory.at(resident) : 0,
          moved,
          moved * 4 * memory.at(moved * 4)};
}

/// Predicts the time of layers of one kind on one machine.
struct predictor {
  predictor_form form = predictor_form::none;
  std::array<double, additive_term_count> coefficients{};  ///< logarithmic: a, c, e; linear: a, b
  double median_error = 0;                                 ///< relative, of layers left out of the fit
  double worst_error = 0;
  /// The rates between which a logarithmic or linear predictor stays: those of the layers it was fitted on.
  double least_rate = 1e-6;
  double most_rate = 1e12;

  constexpr double seconds(const layer_work& work, const additive_terms& terms) const noexcept {
    const auto& c = coefficients;
    switch (form) {
      case predictor_form::none: return 0;
      case predictor_form::additive: {
        double sum = 0;
        for (std::size_t i = 0; i < terms.size(); ++i) sum += c[i] * terms[i];
        return sum;
      }
      case predictor_form::logarithmic:
        return at_rate(work,
                       c[0] * natural_logarithm(work.input_values) + c[1] * natural_logarithm(work.filters) + c[2]);
      case predictor_form::linear: return at_rate(work, c[0] * work.output_values + c[1]);
    }
    return 0;
  }

 private:
  constexpr double at_rate(const layer_work& work, double rate) const noexcept {
    if (rate < least_rate) rate = least_rate;
    if (rate > most_rate) rate = most_rate;
    return operations_of(work) / (rate * 1e9);
  }

 public:
  /// As Neurosurgeon counts: a product with its sum is two.
  static constexpr double operations_of(const layer_work& work) noexcept {
    const bool multiplies = work.weight_bytes > 0 && work.kind != work_kind::cheap_activation;
    return multiplies ? 2 * work.operations : work.operations;
  }
};

/// Watts that a device draws while it computes a layer: a ln x0 + c ln x1 + e, with x0 the values of the input and x1
/// those of the output (Neurosurgeon's form), or a constant where a and c are 0.
struct power_model {
  double input = 0;
  double output = 0;
  double constant = 0;

  constexpr double watts(const layer_work& work) const noexcept {
    double sum = constant;
    if (input != 0) sum += input * natural_logarithm(work.input_values > 1 ? work.input_values : 1);
    if (output != 0) sum += output * natural_logarithm(work.output_values > 1 ? work.output_values : 1);
    return sum > 0 ? sum : 0;
  }
};

}  // namespace cleave
#endif
// ---- cleave/plan/profile.hpp ----------------------------------------------------------------------------------------
#ifndef CLEAVE_PLAN_PROFILE_HPP
#define CLEAVE_PLAN_PROFILE_HPP

/// @file
/// A machine as its predictors, and what the layers of a graph cost on it.

namespace cleave {

/// What is known of a machine: a predictor of time and of power for every kind of layer. A plain value: cleave-profile
/// writes it as a header, and as JSON.
struct profile {
  std::string_view name{};
  std::array<predictor, work_kinds> times{};
  std::array<power_model, work_kinds> powers{};
  memory_curve memory{};
  double idle_watts = 0;
  bool fuses = true;  ///< one kernel computes a layer with the activation and sum behind it, as cleave does

  constexpr const predictor& time_of(work_kind kind) const noexcept { return times[static_cast<std::size_t>(kind)]; }
  constexpr predictor& time_of(work_kind kind) noexcept { return times[static_cast<std::size_t>(kind)]; }
  constexpr const power_model& power_of(work_kind kind) const noexcept {
    return powers[static_cast<std::size_t>(kind)];
  }
  constexpr power_model& power_of(work_kind kind) noexcept { return powers[static_cast<std::size_t>(kind)]; }

  /// Seconds that a layer takes alone in a network that reads `resident` bytes of weights for every request.
  constexpr double seconds(const layer_work& work, double resident) const noexcept {
    return time_of(work.kind).seconds(work, terms_of(work, memory, resident));
  }
  constexpr double watts(const layer_work& work) const noexcept { return power_of(work.kind).watts(work); }
};

namespace detail {

/// How much of a concatenation has been written in place by the layers before it.
template <class Graph>
constexpr void take_out_places(const Graph& graph, const fused_group& group, std::span<double> in_place) noexcept {
  const written_into into = destination_of(graph, group, graph.nodes.size());
  if (into.node >= 0) {
    in_place[static_cast<std::size_t>(into.node)] += static_cast<double>(graph.nodes[group.end - 1].out.size());
  }
}

}  // namespace detail

/// Fills what each layer costs on a machine; entry 0 are the inputs. Requires: one entry a layer and one for layer 0.
/// `scratch` holds a number for every node.
template <class Graph>
constexpr void fill_layer_costs(const Graph& graph, const profile& on, std::span<layer_cost> costs,
                                std::span<double> scratch) noexcept {
  for (layer_cost& each : costs) each = {};
  for (double& each : scratch) each = 0;
  const double resident = static_cast<double>(graph.weight_bytes);
  const std::size_t end = graph.nodes.size();
  for (std::size_t i = graph.inputs; i < end;) {
    const fused_group group = on.fuses ? group_at(graph, i, end) : fused_group{i, i + 1, -1, {}};
    if (on.fuses) detail::take_out_places(graph, group, scratch);
    for (std::size_t k = group.first; k < group.end; ++k) {
      layer_work work = work_of(graph, k);
      layer_cost& cost = costs[graph.layer_of(k)];
      const double alone = on.seconds(work, resident);
      cost.seconds = alone;
      if (k > group.first) {
        const bool is_sum = work.kind == work_kind::arithmetic;
        work.kind = work_kind::fused;
        // An activation in the epilogue is free; a sum reads its other input.
        cost.seconds = is_sum ? on.seconds(work, resident) : 0;
        cost.parted_seconds = alone > cost.seconds ? alone - cost.seconds : 0;
      } else if (scratch[k] > 0) {
        const double copied = 1 - scratch[k] / work.output_values;
        cost.seconds = alone * copied;
        cost.parted_seconds = alone - cost.seconds;
      }
      cost.joules = cost.seconds * on.watts(work.kind == work_kind::fused ? work_of(graph, group.first) : work);
    }
    i = group.end;
  }
}

}  // namespace cleave
#endif
// ---- cleave/plan/planner.hpp ----------------------------------------------------------------------------------------
#ifndef CLEAVE_PLAN_PLANNER_HPP
#define CLEAVE_PLAN_PLANNER_HPP

/// @file
/// The plan of a graph on two machines: what every cut costs, while compiling or while running.

namespace cleave {

/// How tensors are on the wire. The defaults are cleave's frames with the identity codec.
struct wire_cost {
  double bytes_per_element = 4;        ///< of a tensor that crosses
  double bytes_per_input_element = 4;  ///< of an input that crosses, which may be bytes of a picture
  double bytes_per_tensor = tensor_prefix_bytes;
  double bytes_per_frame = frame_header_bytes + frame_trailer_bytes;

  /// Bytes of a node's value where it crosses.
  constexpr double bytes_of(const node& value) const noexcept {
    const bool is_input = value.what.kind == op::input;
    return static_cast<double>(value.out.size()) * (is_input ? bytes_per_input_element : bytes_per_element) +
           bytes_per_tensor;
  }

  /// What sessions with this codec send, at most.
  template <codec Squeezer>
  static constexpr wire_cost of() noexcept {
    constexpr std::size_t many = 1 << 16;
    const double each = static_cast<double>(Squeezer::max_encoded_size(many, dtype::float32)) / many;
    return {.bytes_per_element = each, .bytes_per_input_element = each};
  }
};

/// What crosses behind every layer. Entry 0 are the inputs. Requires: an entry a layer and one for layer 0, all 0.
/// Complexity: one pass.
template <class Graph>
constexpr void fill_cut_bytes(const Graph& graph, const wire_cost& wire, std::span<cut_bytes> bytes) noexcept {
  // Every value crosses a run of cuts: added where it begins, taken off where it ends, summed up at last. Numbers are
  // whole and below 2^53 unless a codec has a ratio that is not.
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const node& each = graph.nodes[i];
    if (each.root == static_cast<int>(i) && each.last_use >= 0) {
      const std::size_t begin = graph.layer_of(i);
      const std::size_t end = graph.layer_of(static_cast<std::size_t>(each.last_use));
      const double size = wire.bytes_of(each);
      if (begin < end) {
        bytes[begin].up += size;
        bytes[end].up -= size;
      }
    }
    if (each.is_output) {
      // Answers made behind a cut come back: those of cut 0 up to the one before the layer that makes the value.
      const std::size_t made = graph.layer_of(static_cast<std::size_t>(each.root));
      if (made > 0) {
        const double size = static_cast<double>(each.out.size()) * wire.bytes_per_element + wire.bytes_per_tensor;
        bytes[0].down += size;
        bytes[made].down -= size;
      }
    }
  }
  cut_bytes sum{};
  for (cut_bytes& each : bytes) {
    sum.up += each.up;
    sum.down += each.down;
    // Rounding must not leave a crumb where nothing crosses.
    each.up = sum.up < 0.5 ? 0 : sum.up + wire.bytes_per_frame;
    each.down = sum.down < 0.5 ? 0 : sum.down + wire.bytes_per_frame;
  }
}

/// What every cut of a graph costs on two machines. Made once; questions may change link, load and goal.
///
/// `cut_plan plan{graph, tk1, server}; plan.best({.over = links::wifi}).cut`
template <class Graph>
class cut_plan {
 public:
  constexpr cut_plan(const Graph& graph, const profile& device, const profile& server, const wire_cost& wire = {})
      : count_(graph.last + 1),
        device_(graph.template make_per_node<layer_cost>()),
        server_(graph.template make_per_node<layer_cost>()),
        rows_(graph.template make_per_node<cut_row>()) {
    auto scratch = graph.template make_per_node<double>();
    const std::span<double> numbers{scratch.data(), scratch.size()};
    fill_layer_costs(graph, device, std::span{device_.data(), count_}, numbers);
    fill_layer_costs(graph, server, std::span{server_.data(), count_}, numbers);
    fill(graph, wire);
  }

  /// The same with layers whose costs are known, as measured ones; entry 0 are the inputs.
  constexpr cut_plan(const Graph& graph, std::span<const layer_cost> device, std::span<const layer_cost> server,
                     const wire_cost& wire = {})
      : count_(graph.last + 1),
        device_(graph.template make_per_node<layer_cost>()),
        server_(graph.template make_per_node<layer_cost>()),
        rows_(graph.template make_per_node<cut_row>()) {
    for (std::size_t i = 0; i < count_; ++i) {
      device_[i] = device[i];
      server_[i] = server[i];
    }
    fill(graph, wire);
  }

  /// Cuts, from 0 to the last layer.
  constexpr std::size_t size() const noexcept { return count_; }
  constexpr std::span<const cut_row> rows() const noexcept { return {rows_.data(), count_}; }
  constexpr std::span<const layer_cost> device_layers() const noexcept { return {device_.data(), count_}; }
  constexpr std::span<const layer_cost> server_layers() const noexcept { return {server_.data(), count_}; }

  constexpr cut_cost cost(std::size_t cut, const conditions& now) const noexcept { return cost_of(rows_[cut], now); }
  constexpr cut_choice best(const conditions& now, const objective& goal = {}) const noexcept {
    return best_of(rows(), now, goal);
  }

 private:
  constexpr void fill(const Graph& graph, const wire_cost& wire) {
    auto bytes = graph.template make_per_node<cut_bytes>();
    const std::span<cut_bytes> crossing{bytes.data(), count_};
    fill_cut_bytes(graph, wire, crossing);
    fill_cut_rows({device_.data(), count_}, {server_.data(), count_}, crossing, {rows_.data(), count_});
  }

  std::size_t count_;
  typename Graph::template per_node<layer_cost> device_;
  typename Graph::template per_node<layer_cost> server_;
  typename Graph::template per_node<cut_row> rows_;
};

/// The best cut as a constant: `net.split<cleave::best_cut<lenet5>(tk1, server, cleave::links::wifi)>()`.
template <const auto& Graph>
consteval std::size_t best_cut(const profile& device, const profile& server, const link_model& over,
                               const objective& goal = {}, const wire_cost& wire = {}) {
  const cut_plan plan{Graph, device, server, wire};
  return plan.best({.over = over, .idle_watts = device.idle_watts}, goal).cut;
}
template <const auto& Graph>
consteval std::size_t best_cut(const profile& device, const profile& server, const conditions& now,
                               const objective& goal = {}, const wire_cost& wire = {}) {
  const cut_plan plan{Graph, device, server, wire};
  return plan.best(now, goal).cut;
}

}  // namespace cleave
#endif
// ---- cleave/transport/byte_ring.hpp ---------------------------------------------------------------------------------
#ifndef CLEAVE_TRANSPORT_BYTE_RING_HPP
#define CLEAVE_TRANSPORT_BYTE_RING_HPP

/// @file
/// A queue of bytes in a fixed piece of memory: the buffer behind loopbacks.

namespace cleave {

/// A ring over memory that the owner provides. Not synchronised.
/// Requires: the memory is not empty and outlives the ring.
class byte_ring {
 public:
  constexpr explicit byte_ring(std::span<std::byte> memory) noexcept : memory_(memory) {}

  constexpr std::size_t size() const noexcept { return size_; }
  constexpr std::size_t room() const noexcept { return memory_.size() - size_; }
  constexpr bool empty() const noexcept { return size_ == 0; }
  constexpr void clear() noexcept { begin_ = size_ = 0; }

  /// Appends from the front of `bytes` what there is room for, and gives its number.
  constexpr std::size_t push(std::span<const std::byte> bytes) noexcept {
    const std::size_t count = std::min(bytes.size(), room());
    const std::size_t end = wrapped(begin_ + size_);
    const std::size_t straight = std::min(count, memory_.size() - end);
    std::copy_n(bytes.data(), straight, memory_.data() + end);
    std::copy_n(bytes.data() + straight, count - straight, memory_.data());
    size_ += count;
    return count;
  }

  /// Moves the oldest bytes to the front of `bytes`, as many as there are and fit, and gives their number.
  constexpr std::size_t pop(std::span<std::byte> bytes) noexcept {
    const std::size_t count = std::min(bytes.size(), size_);
    const std::size_t straight = std::min(count, memory_.size() - begin_);
    std::copy_n(memory_.data() + begin_, straight, bytes.data());
    std::copy_n(memory_.data(), count - straight, bytes.data() + straight);
    begin_ = wrapped(begin_ + count);
    size_ -= count;
    return count;
  }

 private:
  constexpr std::size_t wrapped(std::size_t at) const noexcept {
    return at < memory_.size() ? at : at - memory_.size();
  }

  std::span<std::byte> memory_;
  std::size_t begin_ = 0;
  std::size_t size_ = 0;
};

}  // namespace cleave
#endif
// ---- cleave/transport/loopback.hpp ----------------------------------------------------------------------------------
#ifndef CLEAVE_TRANSPORT_LOOPBACK_HPP
#define CLEAVE_TRANSPORT_LOOPBACK_HPP

/// @file
/// Two ends of a pipe in memory, for one thread: both halves of a network in one program, in tests,
/// and in firmware that has no link yet. No heap, no clock of the machine's.

namespace cleave {

/// One end of a loopback.
///
/// Time is virtual: it moves when a wait ends at its deadline, or by `advance`. While an end waits, the
/// work given to `when_waiting` is called, once: it is where the other end gets its turn. When that
/// brought nothing, nobody else can, so the wait ends at once with `errc::timed_out`, also without a deadline.
class loopback_end {
 public:
  loopback_end(const loopback_end&) = delete;
  loopback_end& operator=(const loopback_end&) = delete;

  io_result read_some(std::span<std::byte> in, deadline by) noexcept {
    if (!*open_ && incoming_.empty()) return {0, errc::closed};
    if (incoming_.empty()) wait();
    if (const std::size_t count = incoming_.pop(in); count != 0) return {count, errc::ok};
    return {0, *open_ ? give_up(by) : errc::closed};
  }

  io_result write_some(std::span<const std::byte> out, deadline by) noexcept {
    if (*open_ && outgoing_.room() == 0) wait();
    if (!*open_) return {0, errc::closed};
    if (const std::size_t count = outgoing_.push(out); count != 0) return {count, errc::ok};
    return {0, give_up(by)};
  }

  std::uint64_t now() const noexcept { return *now_; }

  /// Connects both ends again; what was under way is lost.
  status reopen(deadline) noexcept {
    incoming_.clear();
    outgoing_.clear();
    *open_ = true;
    return {};
  }

  /// Disconnects both ends; what was sent before can still be read.
  void close() noexcept { *open_ = false; }

  /// Lets `work()` run whenever this end waits. Requires: `work` outlives the waiting.
  template <class Work>
  void when_waiting(Work& work) noexcept {
    work_ = &work;
    call_ = [](void* what) { (*static_cast<Work*>(what))(); };
  }

 private:
  template <std::size_t>
  friend class loopback;

  loopback_end(byte_ring& incoming, byte_ring& outgoing, std::uint64_t& now, bool& open) noexcept
      : incoming_(incoming), outgoing_(outgoing), now_(&now), open_(&open) {}

  void wait() noexcept {
    if (call_ != nullptr) call_(work_);
  }

  errc give_up(deadline by) noexcept {
    if (!by.is_never() && by.microseconds > *now_) *now_ = by.microseconds;
    return errc::timed_out;
  }

  byte_ring& incoming_;
  byte_ring& outgoing_;
  std::uint64_t* now_;
  bool* open_;
  void* work_ = nullptr;
  void (*call_)(void*) = nullptr;
};

static_assert(reopenable_transport<loopback_end>);

/// A pipe with room for `Capacity` bytes under way in each direction.
template <std::size_t Capacity>
class loopback {
  static_assert(Capacity > 0, "a loopback needs room for at least one byte");

 public:
  loopback() noexcept = default;
  loopback(const loopback&) = delete;
  loopback& operator=(const loopback&) = delete;

  loopback_end& first() noexcept { return first_; }
  loopback_end& second() noexcept { return second_; }

  /// Lets virtual time pass.
  void advance(std::uint64_t microseconds) noexcept { now_ += microseconds; }

 private:
  std::array<std::byte, Capacity> there_memory_{};
  std::array<std::byte, Capacity> back_memory_{};
  byte_ring there_{there_memory_};
  byte_ring back_{back_memory_};
  std::uint64_t now_ = 0;
  bool open_ = true;
  loopback_end first_{back_, there_, now_, open_};
  loopback_end second_{there_, back_, now_, open_};
};

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
// ---- cleave/device.hpp ----------------------------------------------------------------------------------------------
#ifndef CLEAVE_DEVICE_HPP
#define CLEAVE_DEVICE_HPP

/// @file
/// All of cleave that is freestanding: no heap, exceptions, RTTI or operating system. What firmware includes.

#endif
// ---- cleave/graph/parameter_count.hpp -------------------------------------------------------------------------------
#ifndef CLEAVE_GRAPH_PARAMETER_COUNT_HPP
#define CLEAVE_GRAPH_PARAMETER_COUNT_HPP

/// @file
/// How many trained numbers a layer has, without those that only fill up its blocks in a blob.

namespace cleave {

namespace detail {

/// Weights and biases apart: what `pack_layer` expects.
struct parameter_count {
  std::size_t weights = 0;
  std::size_t bias = 0;
};

constexpr parameter_count parameters_of(const node& of) noexcept {
  const auto outputs = static_cast<std::size_t>(of.out.channels);
  const auto window = static_cast<std::size_t>(of.what.kernel.height) * static_cast<std::size_t>(of.what.kernel.width);
  const auto group_inputs = static_cast<std::size_t>(of.in.channels / of.groups);
  switch (of.what.kind) {
    case op::conv2d:
    case op::depthwise_conv2d: return {outputs * group_inputs * window, outputs};
    case op::locally_connected2d: return {of.out.size() * group_inputs * window, of.out.size()};
    case op::dense: return {outputs * of.in.size(), outputs};
    case op::batch_normalization: return {outputs, outputs};
    case op::prelu: return {outputs, 0};
    case op::lstm:
    case op::gru:
    case op::rnn: {
      const kernels::recurrent_layout layout = kernels::recurrent_weights(recurrent_shape_of(of));
      const std::size_t sums = outputs * static_cast<std::size_t>(layout.gates);
      return {sums * static_cast<std::size_t>(layout.steps()) + outputs * static_cast<std::size_t>(layout.states),
              2 * sums};
    }
    default: return {of.weights.floats, 0};
  }
}

}  // namespace detail

/// Trained numbers of a layer.
constexpr std::size_t parameter_count(const node& of) noexcept {
  const detail::parameter_count count = detail::parameters_of(of);
  return count.weights + count.bias;
}

}  // namespace cleave
#endif
// ---- cleave/layers/names.hpp ----------------------------------------------------------------------------------------
#ifndef CLEAVE_LAYERS_NAMES_HPP
#define CLEAVE_LAYERS_NAMES_HPP

/// @file
/// Kinds of layers and what they need, in words: for tables and messages.

namespace cleave {

/// The name of the type that a user writes; "custom" for a user's own, which has a `kind` of its own.
constexpr std::string_view name_of(op kind) noexcept {
  switch (kind) {
    case op::input: return "input";
    case op::conv2d: return "conv2d";
    case op::depthwise_conv2d: return "depthwise_conv2d";
    case op::locally_connected2d: return "locally_connected2d";
    case op::dense: return "dense";
    case op::max_pool: return "max_pool";
    case op::average_pool: return "average_pool";
    case op::global_max_pool: return "global_max_pool";
    case op::global_average_pool: return "global_average_pool";
    case op::relu: return "relu";
    case op::clip: return "clip";
    case op::leaky_relu: return "leaky_relu";
    case op::prelu: return "prelu";
    case op::elu: return "elu";
    case op::selu: return "selu";
    case op::sigmoid: return "sigmoid";
    case op::tanh: return "tanh";
    case op::hard_tanh: return "hard_tanh";
    case op::hard_sigmoid: return "hard_sigmoid";
    case op::hard_swish: return "hard_swish";
    case op::softplus: return "softplus";
    case op::softmax: return "softmax";
    case op::log_softmax: return "log_softmax";
    case op::batch_normalization: return "batch_normalization";
    case op::local_response_normalization: return "local_response_normalization";
    case op::add: return "add";
    case op::subtract: return "subtract";
    case op::multiply: return "multiply";
    case op::concat: return "concat";
    case op::flatten: return "flatten";
    case op::reshape: return "reshape";
    case op::pad: return "pad";
    case op::upsample: return "upsample";
    case op::argmax: return "argmax";
    case op::dropout: return "dropout";
    case op::output: return "output";
    case op::custom: return "custom";
    case op::exp: return "exp";
    case op::log: return "log";
    case op::sqrt: return "sqrt";
    case op::negate: return "negate";
    case op::absolute: return "absolute";
    case op::reciprocal: return "reciprocal";
    case op::floor: return "floor";
    case op::ceil: return "ceil";
    case op::round: return "round";
    case op::sign: return "sign";
    case op::sine: return "sine";
    case op::cosine: return "cosine";
    case op::erf: return "erf";
    case op::gelu: return "gelu";
    case op::mish: return "mish";
    case op::softsign: return "softsign";
    case op::thresholded_relu: return "thresholded_relu";
    case op::celu: return "celu";
    case op::swish: return "swish";
    case op::power_of: return "power_of";
    case op::hardmax: return "hardmax";
    case op::divide: return "divide";
    case op::maximum: return "maximum";
    case op::minimum: return "minimum";
    case op::power: return "power";
    case op::constant: return "constant";
    case op::rearrange: return "rearrange";
    case op::transpose: return "transpose";
    case op::slice: return "slice";
    case op::resize: return "resize";
    case op::reduce: return "reduce";
    case op::argmin: return "argmin";
    case op::normalize: return "normalize";
    case op::lstm: return "lstm";
    case op::gru: return "gru";
    case op::rnn: return "rnn";
  }
  return "unknown";
}

/// What a layer needs, as the end of the sentence "it needs ...".
constexpr std::string_view name_of(need what) noexcept {
  switch (what) {
    case need::nothing: return "nothing";
    case need::an_input_as_the_first_layer: return "an input as the first layer";
    case need::all_inputs_before_other_layers: return "all inputs before other layers";
    case need::an_earlier_layer_with_that_label: return "an earlier layer with that label";
    case need::positive_sizes: return "positive sizes";
    case need::a_window_within_the_padded_input: return "a window within the padded input";
    case need::padding_smaller_than_the_window: return "padding smaller than the window";
    case need::channels_that_are_a_multiple_of_groups: return "channels that are a multiple of the groups";
    case need::inputs_of_equal_shape: return "inputs of equal shape";
    case need::inputs_of_equal_shape_or_one_per_channel: return "inputs of equal shape or one per channel";
    case need::inputs_of_equal_height_and_width: return "inputs of equal height and width";
    case need::as_many_elements_as_it_receives: return "as many elements as it receives";
    case need::float_elements: return "float elements";
    case need::a_use_for_every_input: return "a use for every input";
    case need::at_least_one_layer: return "at least one layer";
    case need::what_the_layer_itself_demands: return "what the layer itself demands";
    case need::inputs_that_differ_along_the_axis_only: return "inputs that differ along the axis only";
    case need::elements_within_its_input: return "elements within its input";
    case need::a_permutation_of_its_dimensions: return "a permutation of its dimensions";
  }
  return "unknown";
}

}  // namespace cleave
#endif
// ---- cleave/graph/summary.hpp ---------------------------------------------------------------------------------------
#ifndef CLEAVE_GRAPH_SUMMARY_HPP
#define CLEAVE_GRAPH_SUMMARY_HPP

/// @file
/// A graph as a table for people: what each layer gives and costs, and what would cross behind it. Hosted: allocates.

namespace cleave {

namespace detail {

/// 105415200 as "105,415,200".
inline std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t end = digits.size(); end > 3; end -= 3) digits.insert(end - 3, 1, ',');
  return digits;
}

inline std::string spelled(shape of, dtype type = dtype::float32) {
  std::string text = std::to_string(of.height) + " x " + std::to_string(of.width) + " x " + std::to_string(of.channels);
  if (type == dtype::int32) text += " int32";
  return text;
}

/// The kind of a layer; of a user's own the one that it gives itself.
template <class Graph>
std::string kind_in(const Graph& graph, op kind, int custom) {
  std::string name{name_of(kind)};
  std::apply(
      [&](const auto&... own) {
        [[maybe_unused]] int number = 0;
        ((number++ == custom ? void(name = std::string{std::string_view{own.kind}}) : void()), ...);
      },
      graph.customs);
  return name;
}

/// Rows of cells, written with columns as wide as they need; the first `left` of them start at the left.
template <std::size_t Columns>
class text_table {
 public:
  using row = std::array<std::string, Columns>;

  explicit text_table(std::array<bool, Columns> to_the_left) : to_the_left_(to_the_left) {}

  void add(row cells) { rows_.push_back(std::move(cells)); }

  std::string text() const {
    std::array<std::size_t, Columns> widths{};
    for (const row& each : rows_) {
      for (std::size_t i = 0; i < Columns; ++i) widths[i] = std::max(widths[i], each[i].size());
    }
    std::string all;
    for (const row& each : rows_) {
      std::string line;
      for (std::size_t i = 0; i < Columns; ++i) {
        const std::string fill(widths[i] - each[i].size(), ' ');
        if (i > 0) line += "  ";
        line += to_the_left_[i] ? each[i] + fill : fill + each[i];
      }
      line.erase(line.find_last_not_of(' ') + 1);
      all += line + '\n';
    }
    return all;
  }

 private:
  std::array<bool, Columns> to_the_left_;
  std::vector<row> rows_;
};

}  // namespace detail

/// What is wrong with a graph, as a sentence: "layer 2, conv2d, receives 2 x 2 x 8 and needs a window within the padded
/// input". Empty for a sound graph.
template <class Graph>
std::string explain_defect(const Graph& graph) {
  const defect& found = graph.first_defect;
  if (found.layer < 0) return {};
  std::string text =
      "layer " + std::to_string(found.layer) + ", " + detail::kind_in(graph, found.kind, found.custom) + ", receives ";
  if (found.arity == 0) text += "nothing";
  if (found.arity > 0) text += detail::spelled(found.received[0]);
  if (found.arity > 1) text += " and " + detail::spelled(found.received[1]);
  return text + " and needs " + std::string{name_of(found.needs)};
}

/// A graph as a table: a line a layer, and a line of totals. `bytes` are those of what the layer gives, 0 where it
/// gives its input's memory another name; `crossing` those of all tensors that cross a cut behind it, before any codec.
/// An ill-formed graph ends at its defect, which is the last line.
template <class Graph>
std::string summary(const Graph& graph) {
  detail::text_table<9> table{{false, true, true, true, true, false, false, false, false}};
  table.add({"layer", "kind", "label", "reads", "gives", "multiply-adds", "parameters", "bytes", "crossing"});
  const auto defective = static_cast<std::size_t>(std::max(graph.first_defect.layer, 0));
  const std::size_t sound = graph.ok() ? graph.nodes.size() : defective == 0 ? 0 : graph.end_of(defective) - 1;
  std::uint64_t parameters = 0;
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < sound; ++i) {
    const node& of = graph.nodes[i];
    std::string reads;
    for (int k = 0; k < of.what.arity; ++k) {
      const auto source = static_cast<std::size_t>(of.inputs[static_cast<std::size_t>(k)]);
      if (k > 0) reads += ", ";
      // Inputs are layer 0 together: only their labels tell them apart.
      const bool by_label = source < graph.inputs && graph.inputs > 1 && !graph.nodes[source].what.name.empty();
      reads += by_label ? std::string{graph.nodes[source].what.name} : std::to_string(graph.layer_of(source));
    }
    const std::size_t own_bytes = renames(of.what.kind) ? 0 : of.out.bytes();
    const std::size_t cut = graph.layer_of(i);
    const bool ends_layer = i + 1 == graph.end_of(cut);
    table.add({std::to_string(cut), detail::kind_in(graph, of.what.kind, of.what.custom), std::string{of.what.name},
               reads, detail::spelled(of.out, of.type), detail::grouped(of.multiply_adds),
               detail::grouped(parameter_count(of)), detail::grouped(own_bytes),
               graph.ok() && ends_layer ? detail::grouped(crossing_bytes(graph, cut)) : ""});
    parameters += parameter_count(of);
    bytes += own_bytes;
  }
  if (!graph.ok()) return table.text() + explain_defect(graph) + '\n';
  table.add({"", "total", "", "", "", detail::grouped(graph.multiply_adds()), detail::grouped(parameters),
             detail::grouped(bytes), ""});
  return table.text();
}

}  // namespace cleave
#endif
// ---- cleave/core/large_pages.hpp ------------------------------------------------------------------------------------
#ifndef CLEAVE_CORE_LARGE_PAGES_HPP
#define CLEAVE_CORE_LARGE_PAGES_HPP

/// @file
/// Large pages for memory that kernels read from end to end: a core remembers where a few thousand pages lie, which of
/// 4 KiB are some MiB. Hosted: asks Linux, which as a rule gives large pages only to those that ask (`madvise` in
/// /sys/kernel/mm/transparent_hugepage/enabled); does nothing elsewhere.

#if __has_include(<sys/mman.h>)
#include <sys/mman.h>
#endif

namespace cleave {

/// A large page of x86-64 and AArch64.
inline constexpr std::size_t large_page_bytes = std::size_t{2} << 20;

/// Memory from this size on starts at a large page. Less would waste what fills up the last page.
inline constexpr std::size_t large_bytes = 2 * large_page_bytes;

/// Asks for large pages for what lies within the memory [begin, begin + bytes) and was not written to yet.
inline void ask_for_large_pages([[maybe_unused]] void* begin, [[maybe_unused]] std::size_t bytes) noexcept {
#if defined(MADV_HUGEPAGE)
  void* page = begin;
  std::size_t room = bytes;
  if (std::align(large_page_bytes, large_page_bytes, page, room) == nullptr) return;
  // Without them all is as it was, only slower.
  (void)::madvise(page, room / large_page_bytes * large_page_bytes, MADV_HUGEPAGE);
#endif
}

/// Memory on the heap at a multiple of `alignment`, uninitialised; of `large_bytes` or more on large pages.
inline void* allocate_large(std::size_t size, std::size_t alignment) {
  if (size < large_bytes) return ::operator new(size, std::align_val_t{alignment});
  // The last page is large too.
  const std::size_t whole = (size + large_page_bytes - 1) / large_page_bytes * large_page_bytes;
  void* const memory = ::operator new(whole, std::align_val_t{large_page_bytes});
  ask_for_large_pages(memory, whole);
  return memory;
}

/// Frees what `allocate_large` gave for the same size and alignment.
inline void release_large(void* memory, std::size_t size, std::size_t alignment) noexcept {
  ::operator delete(memory, std::align_val_t{size < large_bytes ? alignment : large_page_bytes});
}

/// An allocator for containers of numbers that kernels read: on cache lines and, when large, on large pages.
template <class Element>
struct large_page_allocator {
  using value_type = Element;
  static constexpr std::size_t alignment = 64;

  large_page_allocator() = default;
  template <class Other>
  large_page_allocator(const large_page_allocator<Other>&) noexcept {}
  Element* allocate(std::size_t count) {
    return static_cast<Element*>(allocate_large(count * sizeof(Element), alignment));
  }
  void deallocate(Element* memory, std::size_t count) noexcept {
    release_large(memory, count * sizeof(Element), alignment);
  }
  bool operator==(const large_page_allocator&) const noexcept { return true; }
};

}  // namespace cleave
#endif
// ---- cleave/weights/owned.hpp ---------------------------------------------------------------------------------------
#ifndef CLEAVE_WEIGHTS_OWNED_HPP
#define CLEAVE_WEIGHTS_OWNED_HPP

/// @file
/// A weight blob in memory of its own. Hosted: allocates.

namespace cleave {

/// Bytes on the heap that start at a multiple of 64; many of them are on large pages. Movable.
class aligned_bytes {
 public:
  aligned_bytes() = default;
  explicit aligned_bytes(std::size_t size)
      : bytes_(static_cast<std::byte*>(allocate_large(size, blob_format::alignment)), release{size}), size_(size) {
    std::fill_n(bytes_.get(), size, std::byte{0});
  }

  std::span<std::byte> all() noexcept { return {bytes_.get(), size_}; }
  std::span<const std::byte> all() const noexcept { return {bytes_.get(), size_}; }

 private:
  struct release {
    std::size_t size;  // 0 from unique_ptr. With an initialiser clang 14 would have no default constructor above
    void operator()(std::byte* bytes) const noexcept { release_large(bytes, size, blob_format::alignment); }
  };
  std::unique_ptr<std::byte, release> bytes_;
  std::size_t size_ = 0;
};

/// The weights of all layers of a graph, as a complete blob.
template <const auto& Graph>
class owned_weights {
 public:
  static constexpr const auto& graph = Graph;
  static constexpr std::size_t first_layer = 1;
  static constexpr std::size_t last_layer = Graph.last;

  /// All zeros and not sealed: for those that fill them.
  owned_weights() : blob_(blob_format::data_offset(Graph.last) + Graph.weight_bytes) {}

  weight_source source() const noexcept { return {blob_.all().data() + blob_format::data_offset(Graph.last), 0}; }
  std::uint64_t fingerprint() const noexcept { return fingerprint_; }
  operator weights_view<Graph>() const noexcept { return {source(), fingerprint_}; }

  /// The blob: what a file of these weights holds.
  std::span<const std::byte> bytes() const noexcept { return blob_.all(); }

  /// Copies a layer's floats, in their stored order, to their place.
  void write(std::size_t layer, std::span<const float> floats) noexcept {
    const std::span<std::byte> place = data_of(layer);
    const std::span<const std::byte> from = std::as_bytes(floats);
    std::copy_n(from.begin(), std::min(from.size(), place.size()), place.begin());
  }

  /// Makes table, checksums and header after the last change.
  void seal() noexcept {
    std::byte* const blob = blob_.all().data();
    for (std::size_t layer = 1; layer <= Graph.last; ++layer) {
      const weight_place& place = Graph.nodes[Graph.end_of(layer) - 1].weights;
      write_line(blob + blob_format::header_bytes + (place.line - 1) * blob_format::line_bytes,
                 {place.offset, place.floats * 4, crc32c(data_of(layer)), place.layout, dtype::float32});
    }
    blob_header header;
    header.graph_fingerprint = weight_graph_fingerprint(Graph);
    header.weights_fingerprint = fingerprint_ = table_fingerprint(blob + blob_format::header_bytes, Graph.last);
    header.layers = header.last_layer = static_cast<std::uint32_t>(Graph.last);
    header.first_layer = 1;
    header.data_bytes = Graph.weight_bytes;
    write_header(blob, header);
  }

 private:
  std::span<std::byte> data_of(std::size_t layer) noexcept {
    const weight_place& place = Graph.nodes[Graph.end_of(layer) - 1].weights;
    return blob_.all().subspan(blob_format::data_offset(Graph.last) + place.offset, place.floats * 4);
  }

  aligned_bytes blob_;
  std::uint64_t fingerprint_ = 0;
};

}  // namespace cleave
#endif
// ---- cleave/network/make_network.hpp --------------------------------------------------------------------------------
#ifndef CLEAVE_NETWORK_MAKE_NETWORK_HPP
#define CLEAVE_NETWORK_MAKE_NETWORK_HPP

/// @file
/// Networks on the heap, for workspaces too large for a stack. Hosted: allocates.

namespace cleave {

namespace detail {

template <class Network, class... Arguments>
std::unique_ptr<Network> make_on_large_pages(Arguments&... arguments) {
  auto made = std::make_unique<Network>(arguments...);
  // The workspace was not written to yet.
  ask_for_large_pages(made.get(), sizeof(Network));
  return made;
}

}  // namespace detail

/// A network on the heap: `auto whole = cleave::make_network<vgg16>(weights);`.
template <const auto& Graph, class Options = default_options, class Weights>
std::unique_ptr<network<Graph, Options>> make_network(const Weights& weights) {
  return detail::make_on_large_pages<network<Graph, Options>>(weights);
}
template <const auto& Graph, class Options = default_options, class Weights>
std::unique_ptr<network<Graph, Options>> make_network(const Weights&& weights) = delete;

/// The same for options with an executor: `cleave::make_network<vgg16, threaded>(weights, pool)`.
template <const auto& Graph, class Options, class Weights>
std::unique_ptr<network<Graph, Options>> make_network(const Weights& weights, typename Options::executor& executor) {
  return detail::make_on_large_pages<network<Graph, Options>>(weights, executor);
}

/// Prepared weights with memory of their own, on the heap; `weights` must outlive them. Movable.
template <const auto& Graph, class Options, std::size_t First = 1, std::size_t Last = Graph.last>
class owned_prepared_weights {
  using view = prepared_weights<Graph, Options, First, Last>;

 public:
  static constexpr const auto& graph = Graph;
  static constexpr std::size_t first_layer = First;
  static constexpr std::size_t last_layer = Last;
  static constexpr numeric_policy numerics = Options::numerics;

  template <class Weights>
  explicit owned_prepared_weights(const Weights& weights)
      : memory_(view::bytes), view_(weights, std::span<std::byte, view::bytes>{memory_.all()}) {}

  weight_source source() const noexcept { return view_.source(); }
  std::uint64_t fingerprint() const noexcept { return view_.fingerprint(); }

 private:
  aligned_bytes memory_;
  view view_;
};

/// Weights in the form that the numeric policy of `Options` wants, for all networks with these options:
/// `auto prepared = cleave::prepare_weights<vgg16, cleave::fast_options>(weights);`. Weights of a slice are prepared by
/// `owned_prepared_weights` with its layers.
template <const auto& Graph, class Options, class Weights>
owned_prepared_weights<Graph, Options> prepare_weights(const Weights& weights) {
  return owned_prepared_weights<Graph, Options>{weights};
}
template <const auto& Graph, class Options, class Weights>
owned_prepared_weights<Graph, Options> prepare_weights(const Weights&& weights) = delete;

}  // namespace cleave
#endif
// ---- cleave/plan/minimum_cut.hpp ------------------------------------------------------------------------------------
#ifndef CLEAVE_PLAN_MINIMUM_CUT_HPP
#define CLEAVE_PLAN_MINIMUM_CUT_HPP

/// @file
/// Minimum cuts of a network of capacities, by augmenting paths along shortest ways (Dinic, 1970). Hosted: allocates.

namespace cleave {

/// Points and directed edges with whole capacities; finds the cheapest set of edges whose absence parts two points.
class flow_network {
 public:
  static constexpr std::int64_t unlimited = std::numeric_limits<std::int64_t>::max() / 4;

  explicit flow_network(std::size_t points) : first_(points, none) {}

  void connect(std::size_t from, std::size_t to, std::int64_t capacity) {
    if (capacity <= 0) return;
    edges_.push_back({to, first_[from], capacity});
    first_[from] = edges_.size() - 1;
    edges_.push_back({from, first_[to], 0});
    first_[to] = edges_.size() - 1;
  }

  /// The capacity of the minimum cut. Once only: what is left of the capacities then tells the sides.
  std::int64_t separate(std::size_t source, std::size_t sink) {
    std::int64_t flow = 0;
    while (measure_levels(source, sink)) {
      next_ = first_;
      while (const std::int64_t pushed = push(source, sink, unlimited)) flow += pushed;
    }
    return flow;
  }

  /// After `separate`: the point is on the source's side in the cut nearest to the source.
  bool is_with_source(std::size_t point) const { return level_[point] != none; }

  /// After `separate`: in the cut nearest to the sink, the points on the source's side.
  std::vector<bool> all_but_sink(std::size_t sink) const {
    std::vector<bool> reaches(first_.size(), false);
    std::vector<std::size_t> queue{sink};
    reaches[sink] = true;
    for (std::size_t at = 0; at < queue.size(); ++at) {
      for (std::size_t i = first_[queue[at]]; i != none; i = edges_[i].next) {
        // The edge back: what may still flow along it comes to this point.
        const std::size_t from = edges_[i].to;
        if (edges_[i ^ 1U].left > 0 && !reaches[from]) {
          reaches[from] = true;
          queue.push_back(from);
        }
      }
    }
    reaches.flip();
    return reaches;
  }

 private:
  static constexpr std::size_t none = std::numeric_limits<std::size_t>::max();
  struct edge {
    std::size_t to;
    std::size_t next;  ///< edge of the same point
    std::int64_t left;
  };

  bool measure_levels(std::size_t source, std::size_t sink) {
    level_.assign(first_.size(), none);
    level_[source] = 0;
    std::vector<std::size_t> queue{source};
    for (std::size_t at = 0; at < queue.size(); ++at) {
      for (std::size_t i = first_[queue[at]]; i != none; i = edges_[i].next) {
        if (edges_[i].left <= 0 || level_[edges_[i].to] != none) continue;
        level_[edges_[i].to] = level_[queue[at]] + 1;
        queue.push_back(edges_[i].to);
      }
    }
    return level_[sink] != none;
  }

  std::int64_t push(std::size_t from, std::size_t sink, std::int64_t most) {
    if (from == sink) return most;
    for (std::size_t& i = next_[from]; i != none; i = edges_[i].next) {
      edge& along = edges_[i];
      if (along.left <= 0 || level_[along.to] != level_[from] + 1) continue;
      const std::int64_t pushed = push(along.to, sink, std::min(most, along.left));
      if (pushed == 0) continue;
      along.left -= pushed;
      edges_[i ^ 1U].left += pushed;
      return pushed;
    }
    return 0;
  }

  std::vector<std::size_t> first_;
  std::vector<std::size_t> next_;
  std::vector<std::size_t> level_;
  std::vector<edge> edges_;
};

}  // namespace cleave
#endif
// ---- cleave/plan/device_set.hpp -------------------------------------------------------------------------------------
#ifndef CLEAVE_PLAN_DEVICE_SET_HPP
#define CLEAVE_PLAN_DEVICE_SET_HPP

/// @file
/// The best layers for a device in a graph with branches, which need not be the first ones: a minimum cut, as in DADS
/// (Hu et al., Dynamic adaptive DNN surgery for inference acceleration on the edge, INFOCOM 2019). `reorder` makes of
/// the set a cut. Hosted: allocates.

namespace cleave {

/// Layers for the device, and what a request then costs, layers that a cut parts not counted apart.
struct device_set {
  std::vector<bool> on_device;  ///< an entry a node, inputs included
  std::size_t layers = 0;       ///< the cut behind them in the reordered graph
  cut_cost cost{};
};

/// What a request costs with these layers on the device. Requires: `set` holds what its members need.
template <class Graph>
cut_cost cost_of_set(const Graph& graph, std::span<const layer_cost> device, std::span<const layer_cost> server,
                     const std::vector<bool>& set, const conditions& now, const wire_cost& wire = {}) {
  cut_row row;
  std::vector<bool> sent(graph.nodes.size());
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const node& of = graph.nodes[i];
    const std::size_t layer = graph.layer_of(i);
    if (i >= graph.inputs) {
      if (set[i]) row.device_seconds += device[layer].seconds;
      if (set[i]) row.device_joules += device[layer].joules;
      if (!set[i]) row.server_seconds += server[layer].seconds;
    }
    const auto root = static_cast<std::size_t>(of.root);
    if (of.is_output && !set[root]) {
      row.bytes.down += static_cast<double>(of.out.size()) * wire.bytes_per_element + wire.bytes_per_tensor;
    }
    for (int k = 0; !set[i] && !renames(of.what.kind) && k < of.what.arity; ++k) {
      const auto source = static_cast<std::size_t>(of.inputs[static_cast<std::size_t>(k)]);
      const auto value = static_cast<std::size_t>(graph.nodes[source].root);
      if (!set[value] || sent[value]) continue;
      sent[value] = true;
      row.bytes.up += wire.bytes_of(graph.nodes[value]);
    }
  }
  if (row.bytes.up > 0) row.bytes.up += wire.bytes_per_frame;
  if (row.bytes.down > 0) row.bytes.down += wire.bytes_per_frame;
  return cost_of(row, now);
}

/// The set of least value under a goal's weights; limits and the time between answers (`per_period_second`) are not
/// weighed. Entry L of `device` and `server` is layer L. Complexity: a minimum cut of three points a layer.
template <class Graph>
device_set best_device_set(const Graph& graph, std::span<const layer_cost> device, std::span<const layer_cost> server,
                           const conditions& now, const objective& goal = {}, const wire_cost& wire = {}) {
  const std::size_t count = graph.nodes.size();
  device_set all;
  all.on_device.assign(count, true);
  all.layers = graph.last;
  all.cost = cost_of_set(graph, device, server, all.on_device, now, wire);
  const link_model& over = now.over;
  if (!(over.up_bits_per_second > 0) || (now.charges_answer && !(over.down_bits_per_second > 0))) return all;

  // What a second of each kind is worth. The latency of the link, the queue and the frames are paid once by every set
  // that uses the link: they are left to the comparison with the set of all layers.
  const double waiting = goal.per_second + goal.per_joule * now.idle_watts;
  const double up = (waiting + goal.per_joule * over.up_watts()) * 8 / over.up_bits_per_second;
  const double down =
      now.charges_answer ? (waiting + goal.per_joule * over.down_watts()) * 8 / over.down_bits_per_second : 0;
  std::vector<double> here(count);
  std::vector<double> there(count);
  std::vector<double> crossing(count);
  double sum = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t layer = graph.layer_of(i);
    const node& of = graph.nodes[i];
    if (i >= graph.inputs) {
      here[i] +=
          (goal.per_second * device[layer].seconds + goal.per_joule * device[layer].joules) * now.device_slowdown;
      there[i] += waiting * server[layer].seconds * now.server_slowdown;
    }
    const auto root = static_cast<std::size_t>(of.root);
    if (of.is_output) {
      const double bytes = static_cast<double>(of.out.size()) * wire.bytes_per_element + wire.bytes_per_tensor;
      there[root] += down * bytes;
      sum += down * bytes;
    }
    crossing[i] = of.root == static_cast<int>(i) ? up * wire.bytes_of(of) : 0;
    sum += here[i] + there[i] + crossing[i];
  }
  if (!(sum > 0)) return all;

  // Point 2 + 2i is node i, with the source on the device; point 3 + 2i stands for its value at the server.
  const double scale = std::ldexp(1.0, 55) / sum;
  const auto whole = [&](double value) { return static_cast<std::int64_t>(std::llround(value * scale)); };
  constexpr std::size_t source = 0;
  constexpr std::size_t sink = 1;
  flow_network flow{2 + 2 * count};
  for (std::size_t i = 0; i < count; ++i) {
    const node& of = graph.nodes[i];
    const std::size_t point = 2 + 2 * i;
    flow.connect(source, point, i < graph.inputs ? flow_network::unlimited : whole(there[i]));
    flow.connect(point, sink, whole(here[i]));
    flow.connect(point, point + 1, whole(crossing[i]));
    for (int k = 0; k < of.what.arity; ++k) {
      const auto read = static_cast<std::size_t>(of.inputs[static_cast<std::size_t>(k)]);
      // Nothing comes back: what a layer on the device reads is on the device.
      flow.connect(point, 2 + 2 * read, flow_network::unlimited);
      const auto value = static_cast<std::size_t>(graph.nodes[read].root);
      if (!renames(of.what.kind)) flow.connect(3 + 2 * value, point, flow_network::unlimited);
    }
  }
  flow.separate(source, sink);
  // Among equal cuts the one with the most layers on the device, as of prefixes.
  const std::vector<bool> with_source = flow.all_but_sink(sink);
  device_set best;
  best.on_device.resize(count);
  for (std::size_t i = 0; i < count; ++i) best.on_device[i] = with_source[2 + 2 * i];
  best.layers = layers_in(graph, best.on_device);
  best.cost = cost_of_set(graph, device, server, best.on_device, now, wire);
  return goal.value(best.cost) < goal.value(all.cost) ? best : all;
}

/// The same with predicted layers.
template <class Graph>
device_set best_device_set(const Graph& graph, const profile& device, const profile& server, const conditions& now,
                           const objective& goal = {}, const wire_cost& wire = {}) {
  const cut_plan plan{graph, device, server, wire};
  return best_device_set(graph, plan.device_layers(), plan.server_layers(), now, goal, wire);
}

}  // namespace cleave
#endif
// ---- cleave/plan/least_squares.hpp ----------------------------------------------------------------------------------
#ifndef CLEAVE_PLAN_LEAST_SQUARES_HPP
#define CLEAVE_PLAN_LEAST_SQUARES_HPP

/// @file
/// Least squares of a few unknowns, free or not negative: what predictors are fitted with. Hosted in purpose, though it
/// allocates nothing.

namespace cleave {

/// Equations `row * unknowns = right` summed up to their normal equations.
template <std::size_t Unknowns>
class least_squares {
 public:
  using vector = std::array<double, Unknowns>;
  static constexpr std::uint32_t all = (1U << Unknowns) - 1;

  void add(const vector& row, double right) noexcept {
    for (std::size_t i = 0; i < Unknowns; ++i) {
      for (std::size_t j = 0; j < Unknowns; ++j) gram_[i][j] += row[i] * row[j];
      projection_[i] += row[i] * right;
    }
    square_ += right * right;
  }

  /// The solution with the unknowns of `mask` alone, others 0. False where they are not independent.
  bool solve(std::uint32_t mask, vector& out) const noexcept {
    out = {};
    std::array<std::size_t, Unknowns> place{};
    std::size_t count = 0;
    for (std::size_t i = 0; i < Unknowns; ++i) {
      if (mask >> i & 1U) place[count++] = i;
    }
    // Cholesky of the matrix with ones on its diagonal: columns differ by many powers of ten.
    std::array<std::array<double, Unknowns>, Unknowns> lower{};
    vector scale{};
    vector right{};
    for (std::size_t i = 0; i < count; ++i) {
      const double diagonal = gram_[place[i]][place[i]];
      if (!(diagonal > 0)) return false;
      scale[i] = 1 / std::sqrt(diagonal);
    }
    for (std::size_t i = 0; i < count; ++i) {
      for (std::size_t j = 0; j <= i; ++j) {
        double sum = gram_[place[i]][place[j]] * scale[i] * scale[j];
        for (std::size_t k = 0; k < j; ++k) sum -= lower[i][k] * lower[j][k];
        if (i != j) {
          lower[i][j] = sum / lower[j][j];
        } else {
          if (!(sum > 1e-10)) return false;
          lower[i][i] = std::sqrt(sum);
        }
      }
    }
    for (std::size_t i = 0; i < count; ++i) {
      right[i] = projection_[place[i]] * scale[i];
      for (std::size_t k = 0; k < i; ++k) right[i] -= lower[i][k] * right[k];
      right[i] /= lower[i][i];
    }
    for (std::size_t i = count; i-- > 0;) {
      for (std::size_t k = i + 1; k < count; ++k) right[i] -= lower[k][i] * right[k];
      right[i] /= lower[i][i];
    }
    for (std::size_t i = 0; i < count; ++i) out[place[i]] = right[i] * scale[i];
    return true;
  }

  /// The best solution with unknowns of `mask` that are not negative. Every set of unknowns is tried, so it is exact;
  /// with eight of them there are 256.
  vector solve_non_negative(std::uint32_t mask = all) const noexcept {
    vector best{};
    double best_error = square_;
    for (std::uint32_t part = mask; part != 0; part = (part - 1) & mask) {
      vector found;
      if (!solve(part, found)) continue;
      bool negative = false;
      for (const double each : found) negative = negative || each < 0;
      if (negative) continue;
      const double error = error_of(found);
      if (error < best_error) {
        best = found;
        best_error = error;
      }
    }
    return best;
  }

  /// The sum of squared differences.
  double error_of(const vector& unknowns) const noexcept {
    double error = square_;
    for (std::size_t i = 0; i < Unknowns; ++i) {
      error -= 2 * unknowns[i] * projection_[i];
      for (std::size_t j = 0; j < Unknowns; ++j) error += unknowns[i] * unknowns[j] * gram_[i][j];
    }
    return error;
  }

 private:
  std::array<std::array<double, Unknowns>, Unknowns> gram_{};
  vector projection_{};
  double square_ = 0;
};

}  // namespace cleave
#endif
// ---- cleave/plan/predictor_fit.hpp ----------------------------------------------------------------------------------
#ifndef CLEAVE_PLAN_PREDICTOR_FIT_HPP
#define CLEAVE_PLAN_PREDICTOR_FIT_HPP

/// @file
/// Makes predictors of measured layers: all forms are fitted, and the one that predicts layers best which were left out
/// of its fit is kept. Hosted: allocates.

namespace cleave {

/// A layer that has been measured.
struct layer_sample {
  layer_work work{};
  double seconds = 0;
  double resident = 0;  ///< bytes of weights that were read between two runs of it: its own, or its network's
  int group = -1;       ///< samples of one group are left out together; -1: each by itself
};

struct fit_options {
  int folds = 8;  ///< how many parts of the samples are left out in turn
  bool additive = true;
  bool logarithmic = true;
  bool linear = true;
  /// How much a layer counts falls with its time to this power: 1, errors count relative to each layer's time; 0, in
  /// seconds, so that long layers decide.
  double relative = 1;
  std::uint32_t terms = least_squares<additive_term_count>::all;  ///< of an additive predictor, as a mask
};

namespace detail {

inline predictor fit_additive(std::span<const layer_sample> samples, const memory_curve& memory, std::uint32_t mask,
                              double relative) {
  least_squares<additive_term_count> sum;
  for (const layer_sample& each : samples) {
    additive_terms row = terms_of(each.work, memory, each.resident);
    const double weight = std::pow(std::max(each.seconds, 1e-9), -relative);
    for (double& term : row) term *= weight;
    sum.add(row, each.seconds * weight);
  }
  predictor made;
  made.form = predictor_form::additive;
  made.coefficients = sum.solve_non_negative(mask);
  return made;
}

/// Neurosurgeon's forms, fitted as there: least squares of the rate.
inline predictor fit_rate(std::span<const layer_sample> samples, predictor_form form) {
  least_squares<3> sum;
  predictor made;
  made.form = form;
  made.least_rate = 1e12;
  made.most_rate = 1e-6;
  const bool logarithmic = form == predictor_form::logarithmic;
  for (const layer_sample& each : samples) {
    const double rate = predictor::operations_of(each.work) / std::max(each.seconds, 1e-12) * 1e-9;
    made.least_rate = std::min(made.least_rate, rate);
    made.most_rate = std::max(made.most_rate, rate);
    if (logarithmic) {
      sum.add({natural_logarithm(each.work.input_values), natural_logarithm(each.work.filters), 1}, rate);
    } else {
      sum.add({each.work.output_values, 1, 0}, rate);
    }
  }
  std::array<double, 3> found{};
  if (!sum.solve(logarithmic ? 7U : 3U, found)) {
    // Too few different layers: their mean rate.
    double mean = 0;
    for (const layer_sample& each : samples) {
      mean += predictor::operations_of(each.work) / std::max(each.seconds, 1e-12) * 1e-9;
    }
    found = {};
    found[logarithmic ? 2 : 1] = mean / static_cast<double>(std::max<std::size_t>(samples.size(), 1));
  }
  std::copy(found.begin(), found.end(), made.coefficients.begin());
  return made;
}

struct left_out_error {
  double relative = 0;
  double seconds = 0;  ///< of the layer
};

/// The errors of all samples, each predicted without its fold.
template <class Fit>
std::vector<left_out_error> left_out_errors(std::span<const layer_sample> samples, const memory_curve& memory,
                                            int folds, Fit fit) {
  std::vector<int> fold(samples.size());
  bool one_group = true;
  for (const layer_sample& each : samples) one_group = one_group && each.group == samples[0].group;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    fold[i] = (samples[i].group >= 0 && !one_group ? samples[i].group : static_cast<int>(i)) % folds;
  }
  std::vector<left_out_error> errors;
  std::vector<layer_sample> kept;
  for (int out = 0; out < folds; ++out) {
    kept.clear();
    for (std::size_t i = 0; i < samples.size(); ++i) {
      if (fold[i] != out) kept.push_back(samples[i]);
    }
    if (kept.empty() || kept.size() == samples.size()) continue;
    const predictor made = fit(std::span<const layer_sample>{kept});
    for (std::size_t i = 0; i < samples.size(); ++i) {
      if (fold[i] != out) continue;
      const layer_sample& each = samples[i];
      const double seconds = made.seconds(each.work, terms_of(each.work, memory, each.resident));
      const double measured = std::max(each.seconds, 1e-9);
      errors.push_back({std::abs(seconds - each.seconds) / measured, measured});
    }
  }
  return errors;
}

inline double median(std::vector<double> of) {
  if (of.empty()) return 0;
  const std::size_t middle = of.size() / 2;
  std::nth_element(of.begin(), of.begin() + static_cast<std::ptrdiff_t>(middle), of.end());
  return of[middle];
}

/// What forms are compared by: the mean error, where one far off counts as three times as wrong at most, and layers
/// count as in the fit.
inline double score_of(std::span<const left_out_error> errors, double relative) {
  double sum = 0;
  double weights = 0;
  for (const left_out_error& each : errors) {
    const double weight = std::pow(each.seconds, 1 - relative);
    sum += weight * std::min(each.relative, 3.0);
    weights += weight;
  }
  return weights > 0 ? sum / weights : 0;
}

}  // namespace detail

/// The predictor that does best on layers which it has not seen. Without samples it predicts 0, and with fewer than
/// three it is the additive one of a single term.
inline predictor fit_predictor(std::span<const layer_sample> samples, const memory_curve& memory = {},
                               const fit_options& options = {}) {
  if (samples.empty()) return {};
  struct candidate {
    predictor_form form;
    std::uint32_t mask;
  };
  std::vector<candidate> candidates;
  if (options.additive) {
    // Sets of terms, all with products: the few that make sense, not all 256.
    constexpr std::array<std::uint32_t, 10> masks{0b111111111, 0b111011111, 0b110011111, 0b111100111, 0b111101111,
                                                  0b001111111, 0b110000111, 0b001100111, 0b010000011, 0b000000010};
    for (const std::uint32_t mask : masks) candidates.push_back({predictor_form::additive, mask & options.terms});
  }
  if (options.logarithmic && samples.size() >= 4) candidates.push_back({predictor_form::logarithmic, 0});
  if (options.linear && samples.size() >= 3) candidates.push_back({predictor_form::linear, 0});

  const auto fit = [&](const candidate& how, std::span<const layer_sample> of) {
    return how.form == predictor_form::additive ? detail::fit_additive(of, memory, how.mask, options.relative)
                                                : detail::fit_rate(of, how.form);
  };
  candidate best =
      candidates.empty() || samples.size() < 3 ? candidate{predictor_form::additive, 0b10} : candidates.front();
  std::vector<detail::left_out_error> best_errors;
  double best_score = 0;
  for (const candidate& each : candidates) {
    if (samples.size() < 3) break;
    const auto errors = detail::left_out_errors(samples, memory, std::max(2, options.folds),
                                                [&](std::span<const layer_sample> of) { return fit(each, of); });
    const double score = detail::score_of(errors, options.relative);
    // A form with other terms must be better by more than chance.
    if (!errors.empty() && (best_errors.empty() || score < 0.98 * best_score)) {
      best = each;
      best_errors = errors;
      best_score = score;
    }
  }
  predictor made = fit(best, samples);
  std::vector<double> relative;
  for (const detail::left_out_error& each : best_errors) relative.push_back(each.relative);
  made.worst_error = relative.empty() ? 0 : *std::max_element(relative.begin(), relative.end());
  made.median_error = detail::median(std::move(relative));
  return made;
}

/// The same with constants alone: watts as Neurosurgeon's power models have them, a logarithm of input and output.
struct power_sample {
  layer_work work{};
  double watts = 0;
};
inline power_model fit_power(std::span<const power_sample> samples) {
  if (samples.empty()) return {};
  least_squares<3> sum;
  double mean = 0;
  for (const power_sample& each : samples) {
    sum.add({natural_logarithm(std::max(each.work.input_values, 1.0)),
             natural_logarithm(std::max(each.work.output_values, 1.0)), 1},
            each.watts);
    mean += each.watts / static_cast<double>(samples.size());
  }
  std::array<double, 3> found{};
  if (samples.size() < 4 || !sum.solve(7, found)) return {0, 0, mean};
  return {found[0], found[1], found[2]};
}

}  // namespace cleave
#endif
// ---- cleave/plan/stopwatch.hpp --------------------------------------------------------------------------------------
#ifndef CLEAVE_PLAN_STOPWATCH_HPP
#define CLEAVE_PLAN_STOPWATCH_HPP

/// @file
/// How long something takes on a machine that does other things too. No files, no heap: boards measure with it.

namespace cleave {

/// Gives the seconds since some moment.
template <class Type>
concept second_clock = requires(Type& clock) {
  { clock() } -> std::convertible_to<double>;
};

/// What was measured of something that was run over and over.
struct timing {
  double seconds = 0;  ///< the median of what is left when interruptions are taken out
  double least = 0;
  std::size_t runs = 0;
  std::size_t batches = 0;
  std::size_t interrupted = 0;  ///< batches that were left out
};

struct stopwatch_options {
  double least_batch_seconds = 50e-6;  ///< of so many runs in a row that the clock's own time does not count
  double least_seconds = 4e-3;         ///< in all, without the first run
  double most_seconds = 0.5;
  std::size_t least_batches = 7;
  /// A batch that takes so many times as long as the shortest was interrupted.
  double interrupted_above = 1.25;
};

namespace detail {

/// Batches that are kept.
inline constexpr std::size_t most_batches = 96;

template <std::size_t Size>
constexpr void sort_first(std::array<double, Size>& numbers, std::size_t count) noexcept {
  for (std::size_t i = 1; i < count; ++i) {
    const double moved = numbers[i];
    std::size_t place = i;
    for (; place > 0 && numbers[place - 1] > moved; --place) numbers[place] = numbers[place - 1];
    numbers[place] = moved;
  }
}

}  // namespace detail

/// Seconds of one `run(number)`, the first of which, which warms up, does not count.
template <second_clock Clock, class Run>
timing time_of_run(Clock& clock, Run&& run, const stopwatch_options& options = {}) {
  std::size_t number = 0;
  double before = clock();
  run(number++);
  double once = clock() - before;
  // The first run waits for memory that the others find: measured again before it says how many make a batch.
  before = clock();
  run(number++);
  const double again = clock() - before;
  once = again < once ? again : once;
  std::size_t in_batch = 1;
  if (once < options.least_batch_seconds) {
    // Far too short to be trusted alone: as many as it takes.
    for (double took = once; took < options.least_batch_seconds && in_batch < (std::size_t{1} << 24);) {
      in_batch *= 2;
      before = clock();
      for (std::size_t i = 0; i < in_batch; ++i) run(number++);
      took = clock() - before;
    }
  }
  std::array<double, detail::most_batches> times{};
  timing found;
  double all = 0;
  // One batch at least, whatever the options leave time for.
  while (found.batches == 0 ||
         (found.batches < times.size() && (found.batches < options.least_batches || all < options.least_seconds) &&
          all < options.most_seconds)) {
    before = clock();
    for (std::size_t i = 0; i < in_batch; ++i) run(number++);
    const double took = clock() - before;
    times[found.batches++] = took / static_cast<double>(in_batch);
    all += took;
  }
  found.runs = number;
  detail::sort_first(times, found.batches);
  found.least = times[0];
  std::size_t kept = found.batches;
  while (kept > 1 && times[kept - 1] > options.interrupted_above * found.least) --kept;
  found.interrupted = found.batches - kept;
  found.seconds = kept % 2 == 1 ? times[kept / 2] : (times[kept / 2 - 1] + times[kept / 2]) / 2;
  return found;
}

}  // namespace cleave
#endif
// ---- cleave/core/random_bits.hpp ------------------------------------------------------------------------------------
#ifndef CLEAVE_CORE_RANDOM_BITS_HPP
#define CLEAVE_CORE_RANDOM_BITS_HPP

/// @file
/// Reproducible random numbers for tests, faults and jitter: the same on every machine, which the
/// distributions of <random> are not. Not for secrets.

namespace cleave {

/// SplitMix64 (Steele, Lea, Flood 2014): 64 bits of state, any seed will do.
class random_bits {
 public:
  constexpr explicit random_bits(std::uint64_t seed) noexcept : state_(seed) {}

  constexpr std::uint64_t next() noexcept {
    std::uint64_t mixed = state_ += 0x9E3779B97F4A7C15u;
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9u;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBu;
    return mixed ^ (mixed >> 31);
  }

  /// 0 to `limit` - 1; even enough for limits far below 2^64. Requires: `limit` is not 0.
  constexpr std::uint64_t below(std::uint64_t limit) noexcept { return next() % limit; }

 private:
  std::uint64_t state_;
};

}  // namespace cleave
#endif
// ---- cleave/weights/pack.hpp ----------------------------------------------------------------------------------------
#ifndef CLEAVE_WEIGHTS_PACK_HPP
#define CLEAVE_WEIGHTS_PACK_HPP

/// @file
/// Trained numbers in the order that other tools write them (ONNX), turned into a blob. Hosted: allocates.

namespace cleave {

/// The trained numbers of one layer in ONNX order. Spans that a layer does not have stay empty; an empty `bias` means
/// 0.
///
/// | layer                 | weights                                                    | bias      | more           |
/// |-----------------------|------------------------------------------------------------|-----------|----------------|
/// | conv2d, depthwise     | [out channels][in channels / groups][kernel rows][columns] | [out]     |                |
/// | locally_connected2d   | [rows][columns][out channels][in][kernel rows][columns]    | [r][c][o] |                |
/// | dense                 | [units][inputs]; inputs in the order of `input_order`      | [units]   |                |
/// | batch_normalization   | gamma [channels]                                           | beta      | mean, variance |
/// | prelu                 | slope [channels], or one for all                           |           |                |
/// | lstm, gru, rnn        | W [gates][units][in], then R [gates][units][units], then   | B         |                |
/// |                       | the initial state, if it has one: h, then c of an lstm     |           |                |
/// | constant              | [rows][columns][channels]                                  |           |                |
/// | a layer of the user's | as the layer reads them                                    |           |                |
struct layer_parameters {
  std::span<const float> weights{};
  std::span<const float> bias{};
  std::span<const float> mean{};
  std::span<const float> variance{};
};

/// In which order a dense layer's inputs were when it was trained.
enum class input_order : std::uint8_t {
  hwc,  ///< as cleave has them in memory
  chw,  ///< flattened from channels, height, width, as PyTorch and ONNX do, at the dense layer or before
};

namespace detail {

/// +0 for -0: no bias is -0, so that skipping taps on padding changes no bit.
inline float positive_zero(float value) noexcept { return value + 0.0F; }

inline float bias_at(const layer_parameters& from, std::size_t index) noexcept {
  return from.bias.empty() ? 0.0F : positive_zero(from.bias[index]);
}

/// Writes a convolution, dense or locally connected layer: `weight(o, y, x, i)` and `bias(o)` say the numbers.
template <class Layout, class Weight, class Bias>
void pack_blocked(const Layout& layout, int outputs, float* to, Weight weight, Bias bias) {
  for (int output = 0; output < outputs; ++output) {
    for (int row = 0; row < layout.kernel.height; ++row) {
      for (int column = 0; column < layout.kernel.width; ++column) {
        for (int in = 0; in < layout.inputs; ++in) {
          to[layout.weight(output, row, column, in)] = weight(output, row, column, in);
        }
      }
    }
    to[layout.bias(output)] = bias(output);
  }
}

/// Writes a recurrent layer. ONNX has two biases for each sum, one beside the inputs and one beside the units before.
inline void pack_recurrent(const node& of, const layer_parameters& from, float* to) {
  const kernels::recurrent_shape shape = recurrent_shape_of(of);
  const kernels::recurrent_layout layout = kernels::recurrent_weights(shape);
  const auto at = [](int index) { return static_cast<std::size_t>(index); };
  const std::size_t before = at(layout.gates * layout.units) * at(layout.inputs);
  const std::size_t states = before + at(layout.gates * layout.units) * at(layout.units);
  for (int unit = 0; unit < layout.units; ++unit) {
    for (int gate = 0; gate < layout.gates; ++gate) {
      const std::size_t row = at(gate * layout.units + unit);
      for (int in = 0; in < layout.inputs; ++in) {
        to[layout.weight(unit, gate, in)] = from.weights[row * at(layout.inputs) + at(in)];
      }
      for (int in = 0; in < layout.units; ++in) {
        to[layout.weight(unit, gate, layout.inputs + in)] = from.weights[before + row * at(layout.units) + at(in)];
      }
      const float beside_inputs = bias_at(from, row);
      const float beside_units = bias_at(from, at(layout.gates * layout.units) + row);
      const bool apart = gate + 1 < layout.biases && gate + 1 == layout.gates;
      to[layout.bias(unit, gate)] = positive_zero(apart ? beside_inputs : beside_inputs + beside_units);
      if (apart) to[layout.bias(unit, gate + 1)] = beside_units;
    }
    for (int state = 0; state < layout.states; ++state) {
      to[layout.state(unit, state)] = from.weights[states + at(state * layout.units + unit)];
    }
  }
}

}  // namespace detail

/// The shape that a dense layer's input had before it was flattened, which may lie some layers back: what
/// `input_order::chw` puts in order.
template <class Graph>
constexpr shape shape_before_flattening(const Graph& graph, const node& of) noexcept {
  const auto input_of = [&](const node& reader) -> const node& {
    return graph.nodes[static_cast<std::size_t>(reader.inputs[0])];
  };
  const auto keeps_order = [](const node& each) {
    return (renames(each.what.kind) && each.what.kind != op::reshape) ||
           each.what.function.kind != activation_kind::none || each.what.kind == op::prelu ||
           each.what.kind == op::batch_normalization;
  };
  const node* source = &input_of(of);
  while (keeps_order(*source)) source = &input_of(*source);
  return source->out;
}

/// Writes one layer's numbers to its `of.weights.floats` floats at `to`, which are 0 before. Sizes that do not fit the
/// layer give `errc::wrong_graph`. `flattened` is the shape that `order` is about, where that is not the layer's input.
inline status pack_layer(const node& of, const layer_parameters& from, float* to, input_order order = input_order::hwc,
                         shape flattened = {0, 0, 0}) {
  const detail::parameter_count count = detail::parameters_of(of);
  const bool single_slope = of.what.kind == op::prelu && from.weights.size() == 1;
  if ((from.weights.size() != count.weights && !single_slope) ||
      (!from.bias.empty() && from.bias.size() != count.bias)) {
    return errc::wrong_graph;
  }
  const int outputs = of.out.channels;
  const extent kernel = of.what.kernel;
  const auto at = [](int index) { return static_cast<std::size_t>(index); };
  const int group_inputs = of.in.channels / of.groups;
  const auto filter_weight = [&](std::size_t filter, int row, int column, int in) {
    return from
        .weights[((filter * at(group_inputs) + at(in)) * at(kernel.height) + at(row)) * at(kernel.width) + at(column)];
  };

  switch (of.what.kind) {
    case op::conv2d:
    case op::depthwise_conv2d: {
      const kernels::conv2d_shape shape = conv2d_shape_of(of);
      if (!kernels::is_depthwise(shape)) {
        detail::pack_blocked(
            kernels::blocked(shape), outputs, to,
            [&](int out, int row, int column, int in) { return filter_weight(at(out), row, column, in); },
            [&](int out) { return detail::bias_at(from, at(out)); });
        return {};
      }
      const kernels::depthwise_layout layout = kernels::depthwise_weights(shape);
      for (int out = 0; out < outputs; ++out) {
        for (int row = 0; row < kernel.height; ++row) {
          for (int column = 0; column < kernel.width; ++column) {
            to[layout.weight(out, row, column)] = filter_weight(at(out), row, column, 0);
          }
        }
        to[layout.bias(out)] = detail::bias_at(from, at(out));
      }
      return {};
    }
    case op::locally_connected2d: {
      const kernels::locally_connected_layout layout = kernels::untied_weights(conv2d_shape_of(of));
      for (int pixel = 0; pixel < layout.pixels; ++pixel) {
        for (int out = 0; out < outputs; ++out) {
          const std::size_t filter = at(pixel) * at(outputs) + at(out);
          for (int row = 0; row < kernel.height; ++row) {
            for (int column = 0; column < kernel.width; ++column) {
              for (int in = 0; in < of.in.channels; ++in) {
                to[layout.weight(pixel, out, row, column, in)] = filter_weight(filter, row, column, in);
              }
            }
          }
          to[layout.bias(pixel, out)] = detail::bias_at(from, filter);
        }
      }
      return {};
    }
    case op::dense: {
      const shape in_shape = flattened.size() == of.in.size() ? flattened : of.in;
      const auto source = [&](int in) {
        if (order == input_order::hwc) return at(in);
        const int channel = in % in_shape.channels;
        const int pixel = in / in_shape.channels;
        return at(channel) * at(in_shape.height * in_shape.width) + at(pixel);
      };
      detail::pack_blocked(
          kernels::blocked(dense_shape_of(of)), outputs, to,
          [&](int out, int, int, int in) { return from.weights[at(out) * in_shape.size() + source(in)]; },
          [&](int out) { return detail::bias_at(from, at(out)); });
      return {};
    }
    case op::batch_normalization: {
      if (from.mean.size() != count.weights || from.variance.size() != count.weights) return errc::wrong_graph;
      for (std::size_t c = 0; c < count.weights; ++c) {
        // Folded in double, so that the one rounding is the storing.
        const double scale = double{from.weights[c]} / std::sqrt(double{from.variance[c]} + double{of.what.numbers[0]});
        const double shift = (from.bias.empty() ? 0.0 : double{from.bias[c]}) - double{from.mean[c]} * scale;
        to[c] = static_cast<float>(scale);
        to[count.weights + c] = detail::positive_zero(static_cast<float>(shift));
      }
      return {};
    }
    case op::lstm:
    case op::gru:
    case op::rnn: detail::pack_recurrent(of, from, to); return {};
    case op::prelu:
      for (std::size_t c = 0; c < count.weights; ++c) to[c] = from.weights[single_slope ? 0 : c];
      return {};
    default:
      for (std::size_t i = 0; i < from.weights.size(); ++i) to[i] = from.weights[i];
      return {};
  }
}

/// Collects the trained numbers of a graph, layer by layer, and seals them into a blob.
///
/// `cleave::weight_packer<digits> packer; packer.set(1, {kernel, bias}); ... auto weights = packer.seal();`
template <const auto& Graph>
class weight_packer {
 public:
  /// Numbers of layer `layer`, from 1; `errc::bad_cut` where there is no such layer, `errc::wrong_graph` where sizes
  /// differ.
  status set(std::size_t layer, const layer_parameters& parameters, input_order order = input_order::hwc) {
    if (layer < 1 || layer > Graph.last) return errc::bad_cut;
    const node& of = Graph.nodes[Graph.end_of(layer) - 1];
    std::vector<float> floats(of.weights.floats);
    const status packed = pack_layer(of, parameters, floats.data(), order, shape_before_flattening(Graph, of));
    if (!packed) return packed;
    weights_.write(layer, floats);
    given_[layer - 1] = true;
    return {};
  }

  /// The same by label, which one layer must bear.
  status set(label name, const layer_parameters& parameters, input_order order = input_order::hwc) {
    const int index = Graph.find(name);
    if (index < 0 || Graph.find(name, static_cast<std::size_t>(index)) >= 0) return errc::bad_cut;
    return set(Graph.layer_of(static_cast<std::size_t>(index)), parameters, order);
  }

  /// The finished blob; `errc::missing_layers` while a layer with weights has none.
  result<owned_weights<Graph>> seal() && {
    for (std::size_t layer = 1; layer <= Graph.last; ++layer) {
      if (Graph.nodes[Graph.end_of(layer) - 1].weights.floats > 0 && !given_[layer - 1]) return errc::missing_layers;
    }
    weights_.seal();
    return std::move(weights_);
  }

 private:
  owned_weights<Graph> weights_;
  std::vector<bool> given_ = std::vector<bool>(Graph.last);
};

}  // namespace cleave
#endif
// ---- cleave/weights/random.hpp --------------------------------------------------------------------------------------
#ifndef CLEAVE_WEIGHTS_RANDOM_HPP
#define CLEAVE_WEIGHTS_RANDOM_HPP

/// @file
/// Seeded weights for tests and benchmarks, the same on every target. Hosted: allocates.

namespace cleave {

/// From -1 to below 1 in steps of 2^-23: exact as a float.
constexpr float random_unit(random_bits& random) noexcept {
  const auto steps = static_cast<std::int32_t>(random.next() >> 40) - (1 << 23);
  return static_cast<float>(steps) * (1.0F / static_cast<float>(1 << 23));
}

/// Weights drawn uniformly, scaled so that activations keep their size from layer to layer (He et al., 2015), with
/// small biases. Equal seeds give equal bits on every target.
template <const auto& Graph>
owned_weights<Graph> random_weights(std::uint64_t seed) {
  [[maybe_unused]] const checked_graph<Graph> graph_is_sound;
  owned_weights<Graph> weights;
  random_bits random{seed};
  // In the order in which they are stored, so that a reordered graph has the same.
  std::vector<std::size_t> layer_at(Graph.last + 1);
  for (std::size_t layer = 1; layer <= Graph.last; ++layer) {
    layer_at[Graph.nodes[Graph.end_of(layer) - 1].weights.line] = layer;
  }
  for (std::size_t line = 1; line <= Graph.last; ++line) {
    const std::size_t layer = layer_at[line];
    const node& of = Graph.nodes[Graph.end_of(layer) - 1];
    if (of.weights.floats == 0) continue;
    const detail::parameter_count count = detail::parameters_of(of);
    const bool multiplies = of.multiply_adds > 0;
    const std::uint64_t products = std::max<std::uint64_t>(1, of.multiply_adds / of.out.size());
    // The variance of a uniform number in [-a, a) is a^2 / 3.
    const float spread = multiplies ? std::sqrt(6.0F / static_cast<float>(products)) : 0.25F;
    std::vector<float> numbers(count.weights);
    std::vector<float> bias(count.bias);
    for (float& each : numbers) each = random_unit(random) * spread;
    for (float& each : bias) each = random_unit(random) * 0.0625F;
    layer_parameters parameters{numbers, bias};
    std::vector<float> mean;
    std::vector<float> variance;
    if (of.what.kind == op::batch_normalization) {
      for (float& each : numbers) each += 1.0F;
      mean.assign(count.weights, 0.125F);
      variance.assign(count.weights, 1.0F);
      parameters = {numbers, bias, mean, variance};
    }
    std::vector<float> floats(of.weights.floats);
    // Sizes are right by construction.
    (void)pack_layer(of, parameters, floats.data());
    weights.write(layer, floats);
  }
  weights.seal();
  return weights;
}

}  // namespace cleave
#endif
// ---- cleave/plan/profile_network.hpp --------------------------------------------------------------------------------
#ifndef CLEAVE_PLAN_PROFILE_NETWORK_HPP
#define CLEAVE_PLAN_PROFILE_NETWORK_HPP

/// @file
/// Measures the layers of one network where it runs: what predictions are held against, and what plans are made of
/// where nothing is to be predicted. Hosted: clock and heap.

namespace cleave {

/// A network that has been measured.
struct network_timing {
  std::vector<layer_cost> layers;  ///< entry 0 are the inputs; of fused layers the first has the time of all
  timing whole{};                  ///< of all layers in one call
};

struct network_timing_options {
  double least_seconds = 0.2;  ///< for the layers, and again for the whole
  int least_rounds = 5;
  double watts = 0;  ///< what the machine draws while it computes: fills in joules
};

/// The median time of every step of a network, taken while the network runs through: caches hold what they hold then.
/// Layers that a cut can part from others are measured alone as well.
template <const auto& Graph, class Options = default_options, class Weights>
network_timing profile_network(const Weights& weights, const network_timing_options& how = {}) {
  using runner_type = cut_runner<Graph, Options>;
  const auto now = [] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
  };
  const auto runner = std::make_unique<runner_type>(weights);
  for (const tensor_info& each : runner_type::crossing(0)) {
    const std::span<std::byte> bytes = runner->tensor(each);
    std::vector<float> picture(bytes.size() / sizeof(float));
    for (std::size_t i = 0; i < picture.size(); ++i) picture[i] = static_cast<float>(i % 29) / 29;
    std::copy_n(reinterpret_cast<const std::byte*>(picture.data()), bytes.size(), bytes.data());
  }

  struct piece {
    std::size_t first = 0;  ///< layers
    std::size_t last = 0;
    bool alone = false;
    std::vector<double> seconds;
  };
  std::vector<piece> pieces;
  for (std::size_t index = Graph.inputs; index < Graph.node_count;) {
    const fused_group group = group_at(Graph, index, Graph.node_count);
    pieces.push_back({Graph.layer_of(group.first), Graph.layer_of(group.end - 1), false, {}});
    for (std::size_t k = group.first; group.end - group.first > 1 && k < group.end; ++k) {
      pieces.push_back({Graph.layer_of(k), Graph.layer_of(k), true, {}});
    }
    index = group.end;
  }
  runner->run(1, Graph.last);
  double spent = 0;
  for (int round = 0; round < how.least_rounds || (spent < how.least_seconds && round < 2000); ++round) {
    for (const bool alone : {false, true}) {
      for (piece& each : pieces) {
        if (each.alone != alone) continue;
        // A layer with weights alone costs what it costs with its activation.
        const double before = now();
        runner->run(each.first, each.last);
        const double took = now() - before;
        each.seconds.push_back(took);
        spent += took;
      }
    }
  }
  network_timing found;
  found.layers.resize(Graph.last + 1);
  // What reading the clock takes is in every piece.
  std::array<double, 64> empty{};
  for (double& each : empty) {
    const double before = now();
    each = now() - before;
  }
  std::nth_element(empty.begin(), empty.begin() + 32, empty.end());
  const auto median = [&](std::vector<double> of) {
    const auto middle = of.begin() + static_cast<std::ptrdiff_t>(of.size() / 2);
    std::nth_element(of.begin(), middle, of.end());
    return std::max(*middle - empty[32], 0.0);
  };
  for (const piece& each : pieces) {
    const double seconds = median(each.seconds);
    layer_cost& cost = found.layers[each.first];
    if (!each.alone) {
      cost.seconds = seconds;
      cost.joules = seconds * how.watts;
    } else if (each.first > 1 && cost.seconds == 0) {
      cost.parted_seconds = seconds;
    }
  }
  auto clock = now;
  found.whole = time_of_run(
      clock, [&](std::size_t) { runner->run(1, Graph.last); },
      {.least_batch_seconds = 50e-6, .least_seconds = how.least_seconds, .most_seconds = 10 * how.least_seconds});
  return found;
}

/// The same with weights that are drawn.
template <const auto& Graph, class Options = default_options>
network_timing profile_network(const network_timing_options& how = {}) {
  const auto weights = random_weights<Graph>(1);
  return profile_network<Graph, Options>(weights, how);
}

}  // namespace cleave
#endif
// ---- cleave/plan/sweep.hpp ------------------------------------------------------------------------------------------
#ifndef CLEAVE_PLAN_SWEEP_HPP
#define CLEAVE_PLAN_SWEEP_HPP

/// @file
/// Single layers to be measured, and the measuring. Kernels are keyed by their sizes, so a layer of a sweep is an
/// instantiation like any other. No files, no heap: boards sweep too, over what their memory holds.

namespace cleave {

/// A layer of a sweep: what it does, and how it is run.
struct sweep_layer {
  layer_work work{};
  std::array<step_function, max_inputs> run{};  ///< one after another
  std::size_t runs = 0;
  std::array<std::uint32_t, max_inputs> inputs{};  ///< floats of each; 0: none
  std::uint32_t output = 0;                        ///< floats
  std::uint32_t weights = 0;                       ///< floats
  int rows = 0;
  bool joins = false;  ///< each run has an input of its own, as those of a concatenation
  /// This many layers before it in the sweep is the same without the sum in its epilogue: the difference is measured.
  std::size_t without_sum = 0;

  /// Floats of all, each from a multiple of 16 on.
  constexpr std::size_t floats() const noexcept {
    std::size_t sum = round_up(output, 16) + round_up(weights, 16);
    for (const std::uint32_t each : inputs) sum += round_up(each, 16);
    return sum;
  }
};

namespace detail {

template <const auto& Graph, std::size_t First, epilogue Post, class Pack, std::size_t... Piece>
consteval void add_pieces(sweep_layer& to, std::index_sequence<Piece...>) {
  ((to.run[Piece] = kernel_of<Graph, First, Post, static_cast<int>(Piece), Pack>()), ...);
  to.runs = sizeof...(Piece);
}

}  // namespace detail

/// The first layer of a graph behind its inputs, with what is fused into it. Where that is a sum, the layer before it
/// in the sweep must be the same without: what is measured is the sum alone.
template <const auto& Graph, class Pack = native_pack>
consteval sweep_layer sweep_layer_of() {
  static_assert(Graph.ok());
  constexpr std::size_t first = Graph.inputs;
  constexpr fused_group group = group_at(Graph, first, Graph.node_count);
  constexpr const node& here = Graph.nodes[first];
  constexpr std::size_t pieces = here.what.kind == op::concat ? static_cast<std::size_t>(here.what.arity) : 1;
  sweep_layer made;
  made.work = work_of(Graph, group.residual >= 0 ? first + 1 : first);
  detail::add_pieces<Graph, first, group.post_processing(), Pack>(made, std::make_index_sequence<pieces>{});
  for (int k = 0; k < here.what.arity; ++k) {
    const auto source = static_cast<std::size_t>(here.inputs[static_cast<std::size_t>(k)]);
    made.inputs[static_cast<std::size_t>(k)] = static_cast<std::uint32_t>(Graph.nodes[source].out.size());
  }
  if (group.residual >= 0) {
    made.inputs[1] = static_cast<std::uint32_t>(here.out.size());
    made.work.kind = work_kind::fused;
    made.without_sum = 1;
  }
  made.output = static_cast<std::uint32_t>(here.out.size());
  made.weights = static_cast<std::uint32_t>(here.weights.floats);
  made.rows = here.what.kind == op::dense ? here.out.channels : here.out.height;
  made.joins = pieces > 1;
  return made;
}

/// A measured layer: seconds of one run when the weights lie in `resident` bytes of memory.
struct swept_layer {
  timing time{};
  double resident = 0;
};

/// Fills memory with numbers that are normal, so that no kernel meets a slow one.
inline void fill_for_sweep(std::span<float> memory) noexcept {
  for (std::size_t i = 0; i < memory.size(); ++i) memory[i] = 0.25F + static_cast<float>(i % 7) * 0.03125F;
}

/// Runs a layer over and over in `memory`. With `spread` every run reads other weights, until they take that many
/// bytes; 0: always the same. False where memory does not hold that. Requires: `memory` was filled, and starts at a
/// multiple of 64 bytes.
template <second_clock Clock>
bool measure_layer(const sweep_layer& layer, std::span<float> memory, Clock& clock, swept_layer& found,
                   std::size_t spread = 0, const stopwatch_options& options = {}) {
  const std::size_t stride = round_up(layer.weights, 16);
  const std::size_t copies = spread == 0 || stride == 0 ? 1 : (spread / 4 + stride - 1) / stride;
  if (layer.floats() + (copies - 1) * stride > memory.size()) return false;
  float* place = memory.data();
  step_arguments arguments;
  for (std::size_t k = 0; k < layer.inputs.size(); ++k) {
    arguments.inputs[k] = place;
    place += round_up(layer.inputs[k], 16);
  }
  arguments.output = place;
  place += round_up(layer.output, 16);
  arguments.rows = {0, layer.rows};
  const float* const weights = place;
  std::size_t copy = 0;
  found.time = time_of_run(
      clock,
      [&](std::size_t) {
        arguments.weights = weights + copy * stride;
        copy = copy + 1 < copies ? copy + 1 : 0;
        for (std::size_t piece = 0; piece < layer.runs; ++piece) {
          step_arguments own = arguments;
          if (layer.joins) {
            own.inputs[0] = arguments.inputs[piece];
            // A piece has the rows of its own input; those of a concatenation along channels are alike.
          }
          layer.run[piece](own);
        }
      },
      options);
  found.resident = static_cast<double>(copies * stride * 4);
  return true;
}

/// Measures how long reading takes by the size of what is read, in sizes that quadruple, as far as `memory` goes.
template <second_clock Clock, class Pack = native_pack>
memory_curve measure_memory(std::span<const float> memory, Clock& clock, const stopwatch_options& options = {}) {
  memory_curve curve;
  volatile float seen = 0;
  for (std::size_t floats = 4096; floats <= memory.size() && curve.points < memory_curve::most_points; floats *= 4) {
    const timing found = time_of_run(
        clock,
        [&](std::size_t) {
          constexpr std::size_t step = 8 * Pack::lanes;
          std::array<Pack, 8> sums{};
          static_for<8>([&]<std::size_t I>() { sums[I] = Pack::fill(0.0F); });
          for (std::size_t i = 0; i + step <= floats; i += step) {
            static_for<8>(
                [&]<std::size_t I>() { sums[I] = sums[I] + Pack::load(memory.data() + i + I * Pack::lanes); });
          }
          static_for<7>([&]<std::size_t I>() { sums[0] = max(sums[0], sums[I + 1]); });
          seen = reduce_max(sums[0]);
        },
        options);
    curve.bytes[curve.points] = static_cast<double>(floats * 4);
    curve.seconds_per_byte[curve.points] = found.seconds / static_cast<double>(floats * 4);
    ++curve.points;
  }
  static_cast<void>(seen);
  return curve;
}

}  // namespace cleave
#endif
// ---- cleave/plan/table_profiles.hpp ---------------------------------------------------------------------------------
#ifndef CLEAVE_PLAN_TABLE_PROFILES_HPP
#define CLEAVE_PLAN_TABLE_PROFILES_HPP

/// @file
/// The machines of Neurosurgeon (Kang et al., ASPLOS 2017): a Jetson TK1's CPU and GPU, a server with a Tesla K40 and
/// its CPU, all with Caffe. Written by tools/plan/fit_tables.cpp from the authors' measured layers
/// (claritylab/djinn, branch mobile, graph-gen/offloading); powers of the TK1 are means of what whole networks drew.
/// Predictors were chosen by leaving out one of their eight networks at a time. Times of single layers on GPUs are
/// estimates: the tables book the time of convolutions on the next layer that waits, which is undone by multiply-adds.

namespace cleave::profiles {

inline constexpr profile tk1_cpu = [] {
  profile made;
  made.name = "tk1-cpu";
  made.fuses = false;
  made.time_of(work_kind::convolution) = {
      predictor_form::logarithmic, {2.24903, -1.03886, -1.18754}, 0.233054, 0.75146, 2.22308, 16.3256};
  made.power_of(work_kind::convolution) = {0, 0, 6.4};
  made.time_of(work_kind::pointwise) = {
      predictor_form::additive, {5.03183e-06, 1.2687e-10, 0, 0, 0, 8.54166e-10}, 0.165091, 19.4094};
  made.power_of(work_kind::pointwise) = {0, 0, 6.4};
  made.time_of(work_kind::depthwise) = {predictor_form::additive, {0, 1.12022e-08}, 0.380351, 0.85669};
  made.power_of(work_kind::depthwise) = {0, 0, 6.4};
  made.time_of(work_kind::locally_connected) = {predictor_form::additive, {0, 6.38566e-09}, 0.0445507, 0.0713602};
  made.power_of(work_kind::locally_connected) = {0, 0, 6.4};
  made.time_of(work_kind::dense) = {
      predictor_form::additive, {0, 1.03521e-10, 0, 0, 0, 8.64014e-10, 0, 7.43937e-09}, 0.114331, 13.2725};
  made.power_of(work_kind::dense) = {0, 0, 6.8};
  made.time_of(work_kind::recurrent) = {
      predictor_form::additive, {0, 1.03521e-10, 0, 0, 0, 8.64014e-10, 0, 7.43937e-09}, 0.114331, 13.2725};
  made.power_of(work_kind::recurrent) = {0, 0, 6.8};
  made.time_of(work_kind::pool) = {predictor_form::additive, {0, 1.12022e-08}, 0.380351, 0.85669};
  made.power_of(work_kind::pool) = {0, 0, 6.4};
  made.time_of(work_kind::cheap_activation) = {
      predictor_form::linear, {3.46856e-09, 0.135665}, 0.0181567, 0.285015, 0.0983607, 0.142788};
  made.power_of(work_kind::cheap_activation) = {0, 0, 4.5};
  made.time_of(work_kind::activation) = {predictor_form::additive, {0.215783}, 0.00046322, 0.00120378};
  made.power_of(work_kind::activation) = {0, 0, 4.5};
  made.time_of(work_kind::normalization) = {predictor_form::additive, {0, 8.28525e-08}, 0, 0};
  made.power_of(work_kind::normalization) = {0, 0, 4.5};
  made.time_of(work_kind::softmax) = {
      predictor_form::linear, {1.14387e-06, 0.00292441}, 0.370911, 0.573961, 0.00229282, 0.00411015};
  made.power_of(work_kind::softmax) = {0, 0, 4.5};
  made.time_of(work_kind::arithmetic) = {
      predictor_form::linear, {3.46856e-09, 0.135665}, 0.0181567, 0.285015, 0.0983607, 0.142788};
  made.power_of(work_kind::arithmetic) = {0, 0, 4.5};
  made.time_of(work_kind::movement) = {
      predictor_form::linear, {3.46856e-09, 0.135665}, 0.0181567, 0.285015, 0.0983607, 0.142788};
  made.power_of(work_kind::movement) = {0, 0, 4.5};
  made.time_of(work_kind::reduction) = {predictor_form::additive, {0, 2.57856e-08}, 0.857815, 0.915097};
  made.power_of(work_kind::reduction) = {0, 0, 4.5};
  made.power_of(work_kind::fused) = {0, 0, 4.5};
  return made;
}();

inline constexpr profile tk1_gpu = [] {
  profile made;
  made.name = "tk1-gpu";
  made.fuses = false;
  made.time_of(work_kind::convolution) = {
      predictor_form::additive, {0.00262405, 3.25674e-11, 0, 0, 0, 4.37566e-11}, 1.08922, 1.63385};
  made.power_of(work_kind::convolution) = {0, 0, 8.6};
  made.time_of(work_kind::pointwise) = {
      predictor_form::additive, {0.000206058, 2.62582e-11, 0, 0, 0, 1.60829e-10}, 0.369152, 0.900483};
  made.power_of(work_kind::pointwise) = {0, 0, 8.6};
  made.time_of(work_kind::depthwise) = {
      predictor_form::additive, {3.65273e-05, 0, 0, 0, 0, 0, 0, 1.7848e-12}, 0.0206733, 0.112626};
  made.power_of(work_kind::depthwise) = {0, 0, 8.6};
  made.time_of(work_kind::locally_connected) = {
      predictor_form::linear, {4.87027e-05, 0.571279}, 0.0729111, 1.88666, 0.954642, 2.93153};
  made.power_of(work_kind::locally_connected) = {0, 0, 8.6};
  made.time_of(work_kind::dense) = {
      predictor_form::additive, {0.000186304, 1.90431e-11, 0, 0, 0, 1.6398e-10}, 0.0214534, 0.163892};
  made.power_of(work_kind::dense) = {0, 0, 6.6};
  made.time_of(work_kind::recurrent) = {
      predictor_form::additive, {0.000186304, 1.90431e-11, 0, 0, 0, 1.6398e-10}, 0.0214534, 0.163892};
  made.power_of(work_kind::recurrent) = {0, 0, 6.6};
  made.time_of(work_kind::pool) = {
      predictor_form::additive, {3.65273e-05, 0, 0, 0, 0, 0, 0, 1.7848e-12}, 0.0206733, 0.112626};
  made.power_of(work_kind::pool) = {0, 0, 8.6};
  made.time_of(work_kind::cheap_activation) = {
      predictor_form::additive, {4.01408e-05, 0, 0, 0, 0, 0, 0, 5.64719e-13}, 0.0867981, 0.626735};
  made.power_of(work_kind::cheap_activation) = {0, 0, 4.61};
  made.time_of(work_kind::activation) = {predictor_form::additive, {5.58163e-05}, 0.154375, 0.425526};
  made.power_of(work_kind::activation) = {0, 0, 4.61};
  made.time_of(work_kind::normalization) = {predictor_form::additive, {0, 2.22542e-10}, 0, 0};
  made.power_of(work_kind::normalization) = {0, 0, 4.61};
  made.time_of(work_kind::softmax) = {predictor_form::additive, {4.82589e-05}, 0.0209825, 0.918369};
  made.power_of(work_kind::softmax) = {0, 0, 4.61};
  made.time_of(work_kind::arithmetic) = {
      predictor_form::additive, {4.01408e-05, 0, 0, 0, 0, 0, 0, 5.64719e-13}, 0.0867981, 0.626735};
  made.power_of(work_kind::arithmetic) = {0, 0, 4.61};
  made.time_of(work_kind::movement) = {
      predictor_form::additive, {4.01408e-05, 0, 0, 0, 0, 0, 0, 5.64719e-13}, 0.0867981, 0.626735};
  made.power_of(work_kind::movement) = {0, 0, 4.61};
  made.time_of(work_kind::reduction) = {
      predictor_form::additive, {0.000183352, 0, 0, 0, 0, 0, 0, 1.72329e-08}, 0.0753743, 0.909903};
  made.power_of(work_kind::reduction) = {0, 0, 4.61};
  made.power_of(work_kind::fused) = {0, 0, 4.61};
  return made;
}();

inline constexpr profile k40 = [] {
  profile made;
  made.name = "k40";
  made.fuses = false;
  made.time_of(work_kind::convolution) = {predictor_form::additive, {0.000294396, 1.34517e-12}, 2.55815, 3.53938};
  made.time_of(work_kind::pointwise) = {
      predictor_form::additive, {8.25033e-05, 1.19156e-12, 0, 0, 0, 6.41649e-12}, 0.334709, 0.929079};
  made.time_of(work_kind::depthwise) = {predictor_form::additive, {7.83277e-06, 7.73111e-13}, 0.243717, 0.957737};
  made.time_of(work_kind::locally_connected) = {predictor_form::additive, {0.00217069}, 0.349728, 1.27959};
  made.time_of(work_kind::dense) = {
      predictor_form::additive, {6.76224e-05, 8.81267e-13, 0, 0, 0, 6.70065e-12, 0, 1.59964e-11}, 0.199445, 0.918526};
  made.time_of(work_kind::recurrent) = {
      predictor_form::additive, {6.76224e-05, 8.81267e-13, 0, 0, 0, 6.70065e-12, 0, 1.59964e-11}, 0.199445, 0.918526};
  made.time_of(work_kind::pool) = {predictor_form::additive, {7.83277e-06, 7.73111e-13}, 0.243717, 0.957737};
  made.time_of(work_kind::cheap_activation) = {
      predictor_form::additive, {8.51308e-06, 0, 0, 0, 0, 0, 0, 1.42759e-13}, 0.198933, 2.39121};
  made.time_of(work_kind::activation) = {
      predictor_form::additive, {0, 0, 0, 0, 0, 0, 0, 4.01289e-12}, 0.139743, 0.44909};
  made.time_of(work_kind::normalization) = {predictor_form::additive, {0, 5.5031e-11}, 0, 0};
  made.time_of(work_kind::softmax) = {
      predictor_form::linear, {0.000112651, -0.00206933}, 0.0568182, 0.93416, 0.0072807, 0.113636};
  made.time_of(work_kind::arithmetic) = {
      predictor_form::additive, {8.51308e-06, 0, 0, 0, 0, 0, 0, 1.42759e-13}, 0.198933, 2.39121};
  made.time_of(work_kind::movement) = {
      predictor_form::additive, {8.51308e-06, 0, 0, 0, 0, 0, 0, 1.42759e-13}, 0.198933, 2.39121};
  made.time_of(work_kind::reduction) = {predictor_form::additive, {2.15486e-05, 2.11008e-08}, 0.0578313, 0.830448};
  return made;
}();

inline constexpr profile server_cpu = [] {
  profile made;
  made.name = "server-cpu";
  made.fuses = false;
  made.time_of(work_kind::convolution) = {
      predictor_form::logarithmic, {20.5521, -10.8786, -35.0821}, 0.942121, 2.08511, 5.89128, 140.714};
  made.time_of(work_kind::pointwise) = {
      predictor_form::additive, {1.70165e-06, 1.40982e-11, 0, 0, 0, 3.6491e-10}, 0.472427, 21.7036};
  made.time_of(work_kind::depthwise) = {
      predictor_form::additive, {7.28022e-06, 2.97938e-09, 0, 0, 0, 0, 0, 2.19734e-09}, 0.223668, 0.417997};
  made.time_of(work_kind::locally_connected) = {
      predictor_form::linear, {-6.08102e-06, 0.969271}, 0.0243823, 0.267416, 0.674115, 0.920188};
  made.time_of(work_kind::dense) = {
      predictor_form::additive, {3.25124e-07, 8.38458e-12, 0, 0, 0, 3.80909e-10, 0, 1.7556e-09}, 0.296404, 11.49};
  made.time_of(work_kind::recurrent) = {
      predictor_form::additive, {3.25124e-07, 8.38458e-12, 0, 0, 0, 3.80909e-10, 0, 1.7556e-09}, 0.296404, 11.49};
  made.time_of(work_kind::pool) = {
      predictor_form::additive, {7.28022e-06, 2.97938e-09, 0, 0, 0, 0, 0, 2.19734e-09}, 0.223668, 0.417997};
  made.time_of(work_kind::cheap_activation) = {predictor_form::additive, {0, 1.51548e-09}, 0.127484, 0.750452};
  made.time_of(work_kind::activation) = {
      predictor_form::additive, {0, 0, 0, 0, 0, 0, 0, 1.61825e-08}, 0.000438986, 0.00219891};
  made.time_of(work_kind::normalization) = {predictor_form::additive, {0, 3.99121e-08}, 0, 0};
  made.time_of(work_kind::softmax) = {predictor_form::additive, {0, 6.7625e-08}, 0.123535, 0.686007};
  made.time_of(work_kind::arithmetic) = {predictor_form::additive, {0, 1.51548e-09}, 0.127484, 0.750452};
  made.time_of(work_kind::movement) = {predictor_form::additive, {0, 1.51548e-09}, 0.127484, 0.750452};
  made.time_of(work_kind::reduction) = {predictor_form::additive, {0, 3.25913e-08}, 0.701178, 0.789203};
  return made;
}();

}  // namespace cleave::profiles
#endif
// ---- cleave/runtime/thread_pool.hpp ---------------------------------------------------------------------------------
#ifndef CLEAVE_RUNTIME_THREAD_POOL_HPP
#define CLEAVE_RUNTIME_THREAD_POOL_HPP

/// @file
/// An executor of several threads. Steps of small networks take a few microseconds, and the queues of general pools
/// take longer than that to hand work over: so threads here look for work in a short loop before they sleep.
/// Hosted: starts threads and allocates.

namespace cleave {

/// A pool for networks whose options say `using executor = cleave::thread_pool;`. One network at a time has its
/// threads: another that comes meanwhile computes in its own thread alone.
class thread_pool {
 public:
  static constexpr int most_threads = 16;

  /// `threads` counts the caller's thread too; 0: as many as the machine has. At most `most_threads` are used.
  /// Throws what std::thread throws.
  explicit thread_pool(int threads = 0) {
    const int wanted = threads > 0 ? threads : static_cast<int>(std::thread::hardware_concurrency());
    crew_.start(std::clamp(wanted, 1, most_threads) - 1);
  }

  int threads() const noexcept { return static_cast<int>(crew_.threads.size()) + 1; }

  void run(int parts, part_function part, void* step) noexcept {
    if (parts <= 1 || parts > threads() || busy_.test_and_set(std::memory_order_acquire)) {
      return sequential::run(parts, part, step);
    }
    crew_.part = part;
    crew_.step = step;
    crew_.unfinished.store(parts - 1, std::memory_order_relaxed);
    for (int i = 0; i < parts - 1; ++i) crew_.wake(i);
    part(step, 0);
    for (int rounds = 0; crew_.unfinished.load(std::memory_order_acquire) != 0; ++rounds) relax(rounds);
    busy_.clear(std::memory_order_release);
  }

 private:
  /// Waiting in a loop: first the processor is told, later other threads are let in.
  static void relax(int rounds) noexcept {
    if (rounds > 10000) {
      std::this_thread::yield();
    } else {
#if defined(__x86_64__) || defined(__i386__)
      __builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__ARM_ARCH_7A__)
      asm volatile("yield");
#endif
    }
  }

  /// A thread's own line: how often it was called.
  struct alignas(64) bell {
    std::atomic<std::uint32_t> rung{0};
  };

  struct crew {
    std::unique_ptr<bell[]> bells;
    std::vector<std::thread> threads;
    part_function part = nullptr;
    void* step = nullptr;
    std::atomic<bool> stopping{false};
    alignas(64) std::atomic<int> unfinished{0};

    void start(int count) {
      bells = std::make_unique<bell[]>(static_cast<std::size_t>(count));
      threads.reserve(static_cast<std::size_t>(count));
      for (int i = 0; i < count; ++i) threads.emplace_back([this, i] { work(i); });
    }
    void wake(int which) noexcept {
      std::atomic<std::uint32_t>& rung = bells[static_cast<std::size_t>(which)].rung;
      rung.fetch_add(1, std::memory_order_release);
      rung.notify_one();
    }
    void work(int which) noexcept {
      std::atomic<std::uint32_t>& rung = bells[static_cast<std::size_t>(which)].rung;
      for (std::uint32_t seen = 0;; ++seen) {
        // About the time between two steps of a network that runs again and again; then sleep.
        for (int rounds = 0; rounds < 10000 && rung.load(std::memory_order_relaxed) == seen; ++rounds) relax(rounds);
        rung.wait(seen, std::memory_order_acquire);
        if (stopping.load(std::memory_order_relaxed)) return;
        part(step, which + 1);
        unfinished.fetch_sub(1, std::memory_order_release);
      }
    }
    ~crew() {
      stopping.store(true, std::memory_order_relaxed);
      for (std::size_t i = 0; i < threads.size(); ++i) wake(static_cast<int>(i));
      for (std::thread& each : threads) each.join();
    }
  };

  crew crew_;
  std::atomic_flag busy_ = ATOMIC_FLAG_INIT;
};

}  // namespace cleave
#endif
// ---- cleave/testing/conformance_report.hpp --------------------------------------------------------------------------
#ifndef CLEAVE_TESTING_CONFORMANCE_REPORT_HPP
#define CLEAVE_TESTING_CONFORMANCE_REPORT_HPP

/// @file
/// What the conformance checks of this folder give: no test framework, no heap.

namespace cleave::testing {

/// The promises of a concept that were checked, and what came of each.
class conformance_report {
 public:
  enum class outcome : std::uint8_t { passed, failed, skipped };
  struct entry {
    const char* what = "";
    outcome came = outcome::skipped;
  };

  /// Whether nothing failed.
  constexpr explicit operator bool() const noexcept { return first_failure() == nullptr; }

  /// The promise that was broken first, as a sentence; null when none was.
  constexpr const char* first_failure() const noexcept {
    for (const entry& each : entries()) {
      if (each.came == outcome::failed) return each.what;
    }
    return nullptr;
  }

  constexpr std::span<const entry> entries() const noexcept { return std::span(entries_).first(count_); }

  constexpr void add(const char* what, outcome came) noexcept {
    if (count_ < entries_.size()) entries_[count_++] = {what, came};
  }
  constexpr void add(const char* what, bool passed) noexcept { add(what, passed ? outcome::passed : outcome::failed); }

 private:
  std::array<entry, 16> entries_{};
  std::size_t count_ = 0;
};

}  // namespace cleave::testing
#endif
// ---- cleave/testing/check_codec.hpp ---------------------------------------------------------------------------------
#ifndef CLEAVE_TESTING_CHECK_CODEC_HPP
#define CLEAVE_TESTING_CHECK_CODEC_HPP

/// @file
/// For authors of codecs: does yours keep the promises of the concept? How near to the original a lossy
/// codec stays is its own promise and not checked here. No test framework, no heap.

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
// ---- cleave/testing/check_layer.hpp ---------------------------------------------------------------------------------
#ifndef CLEAVE_TESTING_CHECK_LAYER_HPP
#define CLEAVE_TESTING_CHECK_LAYER_HPP

/// @file
/// For authors of layers: does yours keep the promises of the concept? Whether it computes the right thing is not
/// checked here. No test framework. Hosted: allocates.

namespace cleave::detail {

/// Floats between two guards, at an address that need not be a multiple of more than 4.
class guarded_floats {
 public:
  static constexpr std::size_t guard_size = 64;

  guarded_floats(std::size_t size, float guard, std::size_t shift = 0)
      : memory_(size + 2 * guard_size + shift, guard), shift_(shift), size_(size) {}

  float* data() noexcept { return memory_.data() + guard_size + shift_; }
  const float* data() const noexcept { return memory_.data() + guard_size + shift_; }
  std::size_t size() const noexcept { return size_; }
  bool same(const guarded_floats& other, std::size_t begin, std::size_t end) const noexcept {
    return std::memcmp(data() + begin, other.data() + begin, (end - begin) * sizeof(float)) == 0;
  }
  bool same_memory(const guarded_floats& other) const noexcept {
    return memory_.size() == other.memory_.size() &&
           std::memcmp(memory_.data(), other.memory_.data(), memory_.size() * sizeof(float)) == 0;
  }
  bool guards_hold(float guard) const noexcept {
    const auto is_guard = [guard](const float& each) { return std::memcmp(&each, &guard, sizeof each) == 0; };
    return std::all_of(memory_.data(), data(), is_guard) &&
           std::all_of(data() + size_, memory_.data() + memory_.size(), is_guard);
  }

 private:
  std::vector<float> memory_;
  std::size_t shift_;
  std::size_t size_;
};

/// The checks for one layer and the shapes of its inputs.
template <layer Layer>
class layer_check {
 public:
  layer_check(const Layer& own, std::span<const shape> in) : own_(own), in_(in.begin(), in.end()) {
    found_ = own.infer(in_);
    if (!fits()) return;
    random_bits random{1};
    for (const shape each : in_) inputs_.push_back(some_floats(each.size(), random));
    weights_.push_back(some_floats(own.weight_count(in_), random));
    const std::vector<guarded_floats> inputs = inputs_;
    const std::vector<guarded_floats> weights = weights_;
    expected_.push_back(compute<scalar_pack>(all_rows(), 0.0F));
    for (std::size_t i = 0; i < inputs.size(); ++i) reads_only_ &= inputs_[i].same_memory(inputs[i]);
    reads_only_ &= weights_[0].same_memory(weights[0]);
  }

  /// Whether the layer takes these shapes.
  bool fits() const noexcept { return found_.needs == need::nothing; }

  bool infers_alike() const noexcept {
    const inference again = own_.infer(in_);
    return again.out == found_.out && again.needs == need::nothing && own_.weight_count(in_) == weights_[0].size() &&
           found_.out.height > 0 && found_.out.width > 0 && found_.out.channels > 0;
  }

  bool reads_only() const noexcept { return reads_only_; }

  /// Fills the output with different numbers before: an element that is left out shows.
  bool writes_all() const { return compute<scalar_pack>(all_rows(), 1.0F).same(expected_[0], 0, found_.out.size()); }

  template <pack Pack>
  bool writes_nothing_else() const {
    return every_division([&](range rows) {
      const guarded_floats out = compute<Pack>(rows, 2.0F);
      const auto is_2 = [](float each) { return each == 2.0F; };
      return out.guards_hold(2.0F) && std::all_of(out.data(), out.data() + row_begin(rows.begin), is_2) &&
             std::all_of(out.data() + row_begin(rows.end), out.data() + out.size(), is_2);
    });
  }

  template <pack Pack>
  bool same_bits() const {
    return every_division([&](range rows) {
      return compute<Pack>(rows, 3.0F).same(expected_[0], row_begin(rows.begin), row_begin(rows.end));
    });
  }

  /// What lies around inputs and weights, and where they lie, must not matter.
  template <pack Pack>
  bool reads_nothing_else() const {
    const float nan = std::numeric_limits<float>::quiet_NaN();
    for (const std::size_t shift : {0U, 1U, 3U}) {
      std::vector<guarded_floats> inputs;
      std::vector<guarded_floats> weights;
      for (const guarded_floats& each : inputs_) inputs.push_back(copied(each, nan, shift));
      for (const guarded_floats& each : weights_) weights.push_back(copied(each, nan, shift));
      const guarded_floats out = compute<Pack>(all_rows(), 4.0F, inputs, weights);
      if (!out.same(expected_[0], 0, out.size())) return false;
    }
    return true;
  }

 private:
  range all_rows() const noexcept { return {0, found_.out.height}; }

  std::size_t row_begin(int row) const noexcept {
    return static_cast<std::size_t>(row) * static_cast<std::size_t>(found_.out.width) *
           static_cast<std::size_t>(found_.out.channels);
  }

  /// Every row by itself, the first and the last rows of every division in two, and all.
  template <class Check>
  bool every_division(Check check) const {
    const int height = found_.out.height;
    for (int row = 0; row < height; ++row) {
      if (!check(range{row, row + 1}) || !check(range{0, row + 1}) || !check(range{row, height})) return false;
    }
    return check(range{height, height});
  }

  static guarded_floats some_floats(std::size_t size, random_bits& random) {
    guarded_floats made(size, 0.0F);
    for (std::size_t i = 0; i < size; ++i) {
      made.data()[i] = (static_cast<float>(random.below(4001)) - 2000.0F) / 1024.0F;
    }
    return made;
  }

  static guarded_floats copied(const guarded_floats& from, float guard, std::size_t shift) {
    guarded_floats made(from.size(), guard, shift);
    std::copy_n(from.data(), from.size(), made.data());
    return made;
  }

  template <pack Pack>
  guarded_floats compute(range rows, float fill) const {
    return compute<Pack>(rows, fill, inputs_, weights_);
  }

  template <pack Pack>
  guarded_floats compute(range rows, float fill, const std::vector<guarded_floats>& inputs,
                         const std::vector<guarded_floats>& weights) const {
    guarded_floats out(found_.out.size(), fill);
    std::vector<tensor_view> views;
    for (std::size_t i = 0; i < inputs.size(); ++i) views.push_back({inputs[i].data(), in_[i]});
    own_.template run<Pack>(layer_arguments{views, out.data(), found_.out, weights[0].data(), rows});
    return out;
  }

  const Layer& own_;
  std::vector<shape> in_;
  inference found_;
  std::vector<guarded_floats> inputs_;
  std::vector<guarded_floats> weights_;   // one
  std::vector<guarded_floats> expected_;  // one: all rows, on scalars
  bool reads_only_ = true;
};

}  // namespace cleave::detail

namespace cleave::testing {

/// Runs a layer on inputs of these shapes, on `scalar_pack` and on `native_pack`, whole and row by row, and compares.
///
/// `const auto report = cleave::testing::check_layer(my_layer{.factor = 2}, {{8, 8, 16}});`
/// `if (!report) std::puts(report.first_failure());`
template <layer Layer>
conformance_report check_layer(const Layer& own, std::span<const shape> inputs) {
  using outcome = conformance_report::outcome;
  conformance_report report;
  const auto arity = static_cast<std::size_t>(custom_record(own, 0).arity);
  const bool counts = inputs.size() == arity;
  report.add("as many shapes are given as the layer has inputs", counts);
  if (!counts) return report;
  const detail::layer_check<Layer> check{own, inputs};
  report.add("infer takes the shapes given", check.fits());
  if (!check.fits()) return report;
  report.add("infer and weight_count say the same when asked again, and sizes are positive", check.infers_alike());
  report.add("inputs and weights are not changed", check.reads_only());
  report.add("every element of the rows asked for is written", check.writes_all());
  report.add("nothing is written beside the rows asked for",
             check.template writes_nothing_else<scalar_pack>() && check.template writes_nothing_else<native_pack>());
  report.add("rows have the same bits however they are divided", check.template same_bits<scalar_pack>());
  if constexpr (std::same_as<native_pack, scalar_pack>) {
    report.add("every pack gives the same bits: there is no other pack here", outcome::skipped);
  } else {
    report.add("every pack gives the same bits", check.template same_bits<native_pack>());
  }
  report.add("nothing beside inputs and weights is used, wherever they lie",
             check.template reads_nothing_else<scalar_pack>() && check.template reads_nothing_else<native_pack>());
  return report;
}

template <layer Layer>
conformance_report check_layer(const Layer& own, std::initializer_list<shape> inputs) {
  return check_layer(own, std::span<const shape>{inputs.begin(), inputs.size()});
}

/// The same over shapes around the edges of vectors, all inputs alike. Gives the first report with a failure, or the
/// last one; a layer that takes none of the shapes fails, and wants the form above.
template <layer Layer>
conformance_report check_layer(const Layer& own = Layer{}) {
  constexpr std::array<shape, 10> shapes{{{1, 1, 1},
                                          {1, 1, 3},
                                          {4, 4, 4},
                                          {5, 3, 7},
                                          {3, 6, 8},
                                          {2, 5, 15},
                                          {6, 4, 16},
                                          {3, 3, 17},
                                          {1, 40, 5},
                                          {7, 2, 33}}};
  conformance_report report;
  report.add("infer takes one of the shapes tried: give others if it can not", false);
  for (const shape each : shapes) {
    const std::vector<shape> inputs(static_cast<std::size_t>(custom_record(own, 0).arity), each);
    if (own.infer(inputs).needs != need::nothing) continue;
    report = check_layer(own, inputs);
    if (!report) return report;
  }
  return report;
}

}  // namespace cleave::testing
#endif
// ---- cleave/testing/check_transport.hpp -----------------------------------------------------------------------------
#ifndef CLEAVE_TESTING_CHECK_TRANSPORT_HPP
#define CLEAVE_TESTING_CHECK_TRANSPORT_HPP

/// @file
/// For authors of transports: does yours keep the promises of the concept? No test framework, no heap:
/// it also runs on a board whose two UARTs are wired together.

namespace cleave::detail {

/// The checks, each on a fresh pair of ends.
template <class MakeEnds>
class transport_check {
  using ends_type = std::invoke_result_t<MakeEnds&>;
  using outcome = testing::conformance_report::outcome;

 public:
  transport_check(MakeEnds& make, std::uint64_t patience) noexcept : make_(make), patience_(patience) {}

  testing::conformance_report run() {
    testing::conformance_report report;
    const auto check = [&](const char* what, auto&& body) {
      report.add(what, body() ? outcome::passed : outcome::failed);
    };
    check("blocks of 1 to 20000 bytes arrive whole and in order, both ways", [&] { return blocks(); });
    check("the two directions do not touch each other", [&] { return both_ways(); });
    check("an odd number of bytes at a time arrives as well", [&] { return odd_counts(); });
    check("a read without data ends at its deadline, not before, with errc::timed_out",
          [&] { return read_deadline(); });
    check("a deadline that has passed polls", [&] { return polls(); });
    check("a write that nobody reads ends at its deadline, and loses nothing", [&] { return write_deadline(); });
    check("a read that timed out leaves the stream as it was", [&] { return after_time_out(); });
    if constexpr (closable) {
      check("what was sent before the other end closed is read, then errc::closed, again and again",
            [&] { return close_is_seen(); });
      check("writes to an end that is gone come to errc::closed", [&] { return write_to_gone(); });
    } else {
      report.add("closing: these ends can not be closed", outcome::skipped);
    }
    if constexpr (closable && reopens) {
      check("after reopen bytes pass again, and none from before", [&] { return reopen_works(); });
    } else {
      report.add("reopen: these ends do not offer it", outcome::skipped);
    }
    return report;
  }

 private:
  using first_type = std::remove_cvref_t<decltype(std::declval<ends_type&>().first)>;
  using second_type = std::remove_cvref_t<decltype(std::declval<ends_type&>().second)>;
  static_assert(transport<first_type> && transport<second_type>, "first and second have to be transports");

  /// A transport that works only inside of its calls needs one to bring on what was written before.
  template <class Link>
  static constexpr bool flushes = requires(Link& link, deadline by) {
    { link.flush(by) } -> std::same_as<status>;
  };

  static constexpr bool closes = requires(second_type& end) { end.close(); };
  static constexpr bool closable = closes || std::move_constructible<second_type>;
  static constexpr bool reconnects = requires(ends_type& ends, deadline by) {
    { ends.reconnect(by) } -> std::same_as<status>;
  };
  static constexpr bool reopens = reconnects || (reopenable_transport<first_type> && reopenable_transport<second_type>);

  /// Byte number `at` of a stream: neighbours differ, and no short shift of the stream looks the same.
  static constexpr std::byte pattern(std::uint64_t at, unsigned stream) noexcept {
    return static_cast<std::byte>(((at * 0x9E3779B97F4A7C15u) >> 56) ^ (stream * 0x5bu));
  }

  /// One direction of a transfer: what has been written and read so far.
  template <class From, class To>
  struct flow {
    From& from;
    To& to;
    unsigned stream = 0;
    std::uint64_t written = 0;
    std::uint64_t read = 0;
    bool in_pieces = false;

    static constexpr bool sane(const io_result& moved, std::size_t most) noexcept {
      return moved.error == errc::ok ? moved.bytes >= 1 && moved.bytes <= most : moved.bytes == 0;
    }

    /// `ok` when bytes moved.
    errc write(std::size_t most, deadline by) noexcept {
      std::array<std::byte, 512> buffer;
      const std::size_t count = std::min(most, buffer.size());
      for (std::size_t i = 0; i < count; ++i) buffer[i] = pattern(written + i, stream);
      const io_result moved = put(std::span(buffer).first(count), by);
      if (!sane(moved, count)) return errc::io_error;
      written += moved.bytes;
      return moved.error;
    }

    /// Every other time in pieces, one of them empty, where the transport takes such.
    io_result put(std::span<const std::byte> bytes, deadline by) noexcept {
      if constexpr (gathering_transport<From>) {
        in_pieces = !in_pieces;
        const std::size_t third = bytes.size() / 3;
        const std::array pieces{bytes.first(third), bytes.first(0), bytes.subspan(third)};
        if (in_pieces) return from.write_parts(pieces, by);
      }
      return from.write_some(bytes, by);
    }

    errc take(std::size_t most, deadline by) noexcept {
      std::array<std::byte, 512 + 2> buffer;
      const std::size_t count = std::min(most, buffer.size() - 2);
      buffer.fill(std::byte{0xa5});
      const io_result moved = to.read_some(std::span(buffer).subspan(1, count), by);
      if (!sane(moved, count)) return errc::io_error;
      for (std::size_t i = 0; i < moved.bytes; ++i) {
        if (buffer[1 + i] != pattern(read + i, stream)) return errc::bad_payload;
      }
      for (std::size_t i = 1 + count; i < buffer.size(); ++i) {
        if (buffer[i] != std::byte{0xa5}) return errc::bad_payload;  // wrote past the span
      }
      if (buffer[0] != std::byte{0xa5}) return errc::bad_payload;
      read += moved.bytes;
      return moved.error;
    }

    bool healthy(errc code) const noexcept { return code == errc::ok || code == errc::timed_out; }
  };

  /// Moves the flow on until so many bytes were read; false on an error, or when it takes too long.
  template <class Flow>
  bool pump(Flow& way, std::uint64_t total, std::size_t step) noexcept {
    std::uint64_t quiet_since = way.to.now();
    while (way.read < total) {
      const std::uint64_t before = way.read + way.written;
      if (way.written < total) {
        const auto left = std::min<std::uint64_t>(step, total - way.written);
        if (!way.healthy(way.write(static_cast<std::size_t>(left), after(way.from, moment)))) return false;
      }
      if constexpr (flushes<decltype(way.from)>) static_cast<void>(way.from.flush(after(way.from, moment)));
      if (!way.healthy(way.take(step, after(way.to, moment)))) return false;
      const std::uint64_t current = way.to.now();
      if (way.read + way.written != before) quiet_since = current;
      if (current - quiet_since > patience_) return false;
    }
    return way.read == total;
  }

  bool blocks() {
    ends_type ends = make_();
    flow<first_type, second_type> there{ends.first, ends.second, 1};
    flow<second_type, first_type> back{ends.second, ends.first, 2};
    std::uint64_t total = 0;
    for (const std::uint64_t size : {1u, 2u, 3u, 7u, 48u, 63u, 64u, 65u, 1000u, 20000u}) {
      total += size;
      if (!pump(there, total, 512) || !pump(back, total, 512)) return false;
    }
    return true;
  }

  bool both_ways() {
    ends_type ends = make_();
    flow<first_type, second_type> there{ends.first, ends.second, 3};
    flow<second_type, first_type> back{ends.second, ends.first, 4};
    for (std::uint64_t i = 1; i <= 40; ++i) {
      if (!there.healthy(there.write(37, after(ends.first, moment)))) return false;
      if (!back.healthy(back.write(11, after(ends.second, moment)))) return false;
      if (!there.healthy(there.take(23, after(ends.second, moment)))) return false;
      if (!back.healthy(back.take(29, after(ends.first, moment)))) return false;
    }
    return pump(there, there.written, 64) && pump(back, back.written, 64);
  }

  bool odd_counts() {
    ends_type ends = make_();
    flow<first_type, second_type> there{ends.first, ends.second, 5};
    std::uint64_t total = 0;
    for (const std::size_t step : {std::size_t{1}, std::size_t{3}, std::size_t{7}, std::size_t{101}}) {
      total += step * 20 + 1;
      if (!pump(there, total, step)) return false;
    }
    return true;
  }

  bool read_deadline() {
    ends_type ends = make_();
    std::array<std::byte, 4> buffer{};
    const std::uint64_t start = ends.first.now();
    const io_result moved = ends.first.read_some(buffer, deadline{start + 10 * moment});
    const std::uint64_t end = ends.first.now();
    return moved.error == errc::timed_out && moved.bytes == 0 && end >= start + 10 * moment &&
           end <= start + 10 * moment + patience_;
  }

  bool polls() {
    ends_type ends = make_();
    std::array<std::byte, 4> buffer{};
    const std::uint64_t start = ends.first.now();
    const io_result nothing = ends.first.read_some(buffer, deadline{start});
    if (nothing.error != errc::timed_out || nothing.bytes != 0 || ends.first.now() > start + patience_) return false;
    flow<second_type, first_type> back{ends.second, ends.first, 6};
    if (back.write(4, after(ends.second, patience_)) != errc::ok) return false;
    while (back.read < back.written) {
      if (!back.healthy(back.take(4, deadline{ends.first.now()}))) return false;
      if (back.read == back.written) break;
      if (ends.first.now() - start > 2 * patience_) return false;
      // Lets real or virtual time pass without touching this direction.
      static_cast<void>(ends.second.read_some(buffer, after(ends.second, moment)));
    }
    return true;
  }

  bool write_deadline() {
    constexpr std::uint64_t plenty = std::uint64_t{64} << 20;  // a transport that buffers more is taken to be endless
    ends_type ends = make_();
    flow<first_type, second_type> there{ends.first, ends.second, 7};
    errc came = errc::ok;
    while (came == errc::ok && there.written < plenty) {
      const std::uint64_t start = ends.first.now();
      came = there.write(512, deadline{start + 10 * moment});
      const std::uint64_t end = ends.first.now();
      if (came == errc::timed_out && (end < start + 10 * moment || end > start + 10 * moment + patience_)) return false;
    }
    if (came != errc::timed_out && came != errc::ok) return false;
    return pump(there, there.written, 512) && pump(there, there.written + 100, 512);
  }

  bool after_time_out() {
    ends_type ends = make_();
    flow<first_type, second_type> there{ends.first, ends.second, 8};
    for (int i = 0; i < 3; ++i) {
      if (there.take(100, after(ends.second, moment)) != errc::timed_out) return false;
      if (!pump(there, there.read + 50, 64)) return false;
    }
    return true;
  }

  static void close_second(ends_type& ends) noexcept {
    if constexpr (closes) {
      ends.second.close();
    } else if constexpr (closable) {
      [[maybe_unused]] const second_type gone = std::move(ends.second);
    }
  }

  bool close_is_seen() {
    ends_type ends = make_();
    flow<second_type, first_type> back{ends.second, ends.first, 9};
    if (back.write(5, after(ends.second, patience_)) != errc::ok) return false;
    close_second(ends);
    const std::uint64_t start = ends.first.now();
    errc came = errc::ok;
    while (came == errc::ok || came == errc::timed_out) {
      came = back.take(2, after(ends.first, moment));
      if (ends.first.now() - start > patience_) return false;
    }
    return came == errc::closed && back.read == back.written &&
           back.take(2, after(ends.first, moment)) == errc::closed &&
           back.take(2, after(ends.first, moment)) == errc::closed;
  }

  bool write_to_gone() {
    ends_type ends = make_();
    close_second(ends);
    flow<first_type, second_type> there{ends.first, ends.second, 10};
    const std::uint64_t start = ends.first.now();
    for (;;) {
      const errc came = there.write(512, after(ends.first, moment));
      if (came == errc::closed) return true;
      if (!there.healthy(came) || ends.first.now() - start > patience_) return false;
    }
  }

  bool reopen_works() {
    ends_type ends = make_();
    flow<first_type, second_type> lost{ends.first, ends.second, 11};
    if (lost.write(9, after(ends.first, patience_)) != errc::ok) return false;
    close_second(ends);
    if constexpr (reconnects) {
      if (!ends.reconnect(after(ends.first, patience_))) return false;
    } else if constexpr (reopens) {
      if (!ends.first.reopen(after(ends.first, patience_))) return false;
      if (!ends.second.reopen(after(ends.second, patience_))) return false;
    }
    flow<first_type, second_type> there{ends.first, ends.second, 12};
    flow<second_type, first_type> back{ends.second, ends.first, 13};
    return pump(there, 100, 64) && pump(back, 100, 64);
  }

  static constexpr std::uint64_t moment = 1000;  // microseconds

  MakeEnds& make_;
  std::uint64_t patience_;
};

}  // namespace cleave::detail

namespace cleave::testing {

using transport_report = conformance_report;

/// Runs the conformance check of the `transport` concept, in one thread.
///
/// `make()` gives connected ends: an object with members `first` and `second` that are transports, or
/// references to transports. It is called for every check. An end is closed by its `close()`, or by its
/// destruction when it has none. `reopen` is checked when both ends have one, or when the object has a
/// member `status reconnect(deadline)` that connects both again. `patience` is how long, in microseconds
/// on the ends' own clocks, bytes may be under way and deadlines may be overrun. A transport that works on what was
/// written only while it is called has a member `status flush(deadline)`, which is called for that.
///
///     const auto report = cleave::testing::check_transport([] { return std::pair{...}; });
///     if (!report) std::puts(report.first_failure());
///
/// Requires: a write of a byte does not wait for the other end to read it.
template <class MakeEnds>
transport_report check_transport(MakeEnds&& make, std::uint64_t patience = 1'000'000) {
  return detail::transport_check<std::remove_reference_t<MakeEnds>>(make, patience).run();
}

}  // namespace cleave::testing
#endif
// ---- cleave/transport/sleep.hpp -------------------------------------------------------------------------------------
#ifndef CLEAVE_TRANSPORT_SLEEP_HPP
#define CLEAVE_TRANSPORT_SLEEP_HPP

/// @file
/// How `throttled` and `faulty` let time pass. Hosted.

namespace cleave {

/// Lets the calling thread sleep. With a link on a virtual clock, give a callable that moves that clock.
struct thread_sleep {
  void operator()(std::uint64_t microseconds) const noexcept {
    std::this_thread::sleep_for(std::chrono::microseconds(static_cast<std::int64_t>(microseconds)));
  }
};

}  // namespace cleave
#endif
// ---- cleave/transport/faulty.hpp ------------------------------------------------------------------------------------
#ifndef CLEAVE_TRANSPORT_FAULTY_HPP
#define CLEAVE_TRANSPORT_FAULTY_HPP

/// @file
/// Makes any transport as bad as the world: short counts, lost and damaged bytes, stalls, a
/// connection that breaks. Every run with the same seed fails in the same way. Hosted.

namespace cleave {

/// What goes wrong, in both directions; rates are in parts per million. By default nothing does.
struct faults {
  static constexpr std::uint64_t never = std::numeric_limits<std::uint64_t>::max();

  std::uint64_t seed = 1;
  std::uint32_t drop_rate = 0;              ///< of bytes: lost
  std::uint32_t corrupt_rate = 0;           ///< of bytes: one bit is flipped
  std::uint32_t stall_rate = 0;             ///< of calls: nothing moves for a while
  std::uint64_t stall_microseconds = 1000;  ///< or until the call's deadline
  std::size_t short_moves = 0;              ///< not 0: every call moves 1 to so many bytes
  std::uint64_t close_after = never;        ///< bytes moved, both directions together; once
};

/// How often what went wrong.
struct fault_counts {
  std::uint64_t moved = 0;  ///< bytes, the dropped ones included
  std::uint64_t dropped = 0;
  std::uint64_t corrupted = 0;
  std::uint64_t stalled = 0;
  std::uint64_t closed = 0;

  constexpr bool operator==(const fault_counts&) const = default;
};

/// Passes bytes on to `link`, with faults. `sleep` is called with microseconds.
template <transport Link, class Sleep = thread_sleep>
class faulty {
 public:
  /// Requires: `link` outlives this.
  faulty(Link& link, const faults& plan, Sleep sleep = {}) noexcept
      : link_(link), plan_(plan), sleep_(sleep), random_(plan.seed) {}

  io_result read_some(std::span<std::byte> in, deadline by) noexcept {
    for (;;) {
      if (const errc trouble = before(by); trouble != errc::ok) return {0, trouble};
      const io_result moved = link_.read_some(in.first(pick(in.size())), by);
      if (moved.error != errc::ok) return moved;
      const std::size_t kept = damage(in.first(moved.bytes)).kept;
      if (kept != 0) return {kept, errc::ok};
    }
  }

  io_result write_some(std::span<const std::byte> out, deadline by) noexcept {
    if (const errc trouble = before(by); trouble != errc::ok) return {0, trouble};
    const std::size_t count = pick(out.size());
    std::copy_n(out.data(), count, packet_.data());
    const fault_counts so_far = counts_;
    const fate what = damage(std::span(packet_).first(count));
    if (what.kept == 0) return {count, errc::ok};
    const io_result moved = link_.write_some(std::span(packet_).first(what.kept), by);
    if (moved.error == errc::ok && moved.bytes == what.kept) return {count, errc::ok};
    // Not all of them went: the fate of the rest is decided anew when they are written again.
    counts_ = so_far;
    if (moved.error != errc::ok) return moved;
    const std::size_t gone = what.origin[moved.bytes - 1] + std::size_t{1};
    counts_.moved += gone;
    counts_.dropped += gone - moved.bytes;
    for (std::size_t i = 0; i < moved.bytes; ++i) counts_.corrupted += packet_[i] != out[what.origin[i]] ? 1u : 0u;
    return {gone, errc::ok};
  }

  std::uint64_t now() noexcept { return link_.now(); }

  status reopen(deadline by) noexcept
    requires reopenable_transport<Link>
  {
    const status done = link_.reopen(by);
    if (done) broken_ = false;
    return done;
  }

  const fault_counts& counts() const noexcept { return counts_; }

  /// From now on; `close_after` counts all bytes since construction.
  void set_faults(const faults& plan) noexcept { plan_ = plan; }

 private:
  static constexpr std::size_t largest = 256;  // bytes in one call; `origin` counts them

  struct fate {
    std::size_t kept = 0;
    std::array<std::uint8_t, largest> origin{};  // of each byte kept
  };

  bool happens(std::uint32_t rate) noexcept { return rate != 0 && random_.below(1'000'000) < rate; }

  errc before(deadline by) noexcept {
    if (!broken_ && counts_.moved >= plan_.close_after) {
      broken_ = true;
      plan_.close_after = faults::never;
      ++counts_.closed;
      if constexpr (requires { link_.close(); }) link_.close();
    }
    if (broken_) return errc::closed;
    if (!happens(plan_.stall_rate)) return errc::ok;
    ++counts_.stalled;
    const std::uint64_t start = link_.now();
    const bool in_time = by.microseconds - std::min(by.microseconds, start) > plan_.stall_microseconds;
    const std::uint64_t end = in_time ? start + plan_.stall_microseconds : by.microseconds;
    for (std::uint64_t current = start; current < end; current = link_.now()) sleep_(end - current);
    return in_time ? errc::ok : errc::timed_out;
  }

  std::size_t pick(std::size_t size) noexcept {
    const std::uint64_t most =
        std::min({std::uint64_t{size}, std::uint64_t{largest}, plan_.close_after - counts_.moved});
    if (plan_.short_moves == 0) return static_cast<std::size_t>(most);
    return static_cast<std::size_t>(1 + random_.below(std::min(most, std::uint64_t{plan_.short_moves})));
  }

  /// Drops and damages in place; the bytes kept move to the front.
  fate damage(std::span<std::byte> bytes) noexcept {
    fate what;
    counts_.moved += bytes.size();
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      if (happens(plan_.drop_rate)) {
        ++counts_.dropped;
        continue;
      }
      std::byte each = bytes[i];
      if (happens(plan_.corrupt_rate)) {
        ++counts_.corrupted;
        each ^= std::byte{1} << static_cast<int>(random_.below(8));
      }
      what.origin[what.kept] = static_cast<std::uint8_t>(i);
      bytes[what.kept++] = each;
    }
    return what;
  }

  Link& link_;
  faults plan_;
  Sleep sleep_;
  random_bits random_;
  fault_counts counts_{};
  std::array<std::byte, largest> packet_{};
  bool broken_ = false;
};

}  // namespace cleave
#endif
// ---- cleave/transport/memory_pipe.hpp -------------------------------------------------------------------------------
#ifndef CLEAVE_TRANSPORT_MEMORY_PIPE_HPP
#define CLEAVE_TRANSPORT_MEMORY_PIPE_HPP

/// @file
/// Two ends of a pipe in memory, for two threads. Hosted.

namespace cleave {

/// One end of a pipe; each end may be used by another thread. Closes when it goes.
class memory_pipe {
 public:
  memory_pipe(memory_pipe&&) noexcept = default;
  memory_pipe& operator=(memory_pipe&& other) noexcept {
    if (this != &other) {
      close();
      shared_ = std::move(other.shared_);
      side_ = other.side_;
    }
    return *this;
  }
  ~memory_pipe() { close(); }

  /// Two ends with room for `capacity` bytes under way in each direction. May throw `std::bad_alloc`.
  static std::pair<memory_pipe, memory_pipe> make(std::size_t capacity = 65536) {
    const auto shared = std::make_shared<state>(capacity);
    return {memory_pipe(shared, 0), memory_pipe(shared, 1)};
  }

  io_result read_some(std::span<std::byte> in, deadline by) noexcept {
    byte_ring& ring = shared_->rings[1 - side_];
    std::unique_lock hold(shared_->mutex);
    const bool in_time = wait(hold, by, [&] { return !ring.empty() || !shared_->open; });
    if (!in_time) return {0, errc::timed_out};
    if (ring.empty()) return {0, errc::closed};
    const std::size_t count = ring.pop(in);
    shared_->changed.notify_all();
    return {count, errc::ok};
  }

  io_result write_some(std::span<const std::byte> out, deadline by) noexcept {
    byte_ring& ring = shared_->rings[side_];
    std::unique_lock hold(shared_->mutex);
    const bool in_time = wait(hold, by, [&] { return ring.room() != 0 || !shared_->open; });
    if (!in_time) return {0, errc::timed_out};
    if (!shared_->open) return {0, errc::closed};
    const std::size_t count = ring.push(out);
    shared_->changed.notify_all();
    return {count, errc::ok};
  }

  /// Microseconds of the steady clock.
  std::uint64_t now() const noexcept {
    const auto since = std::chrono::steady_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(since).count());
  }

  /// Disconnects both ends; what was sent before can still be read. Any thread may call it.
  void close() noexcept {
    if (shared_ == nullptr) return;
    const std::lock_guard hold(shared_->mutex);
    shared_->open = false;
    shared_->changed.notify_all();
  }

 private:
  struct state {
    explicit state(std::size_t capacity) : there(capacity), back(capacity), rings{byte_ring(there), byte_ring(back)} {}

    std::mutex mutex;
    std::condition_variable changed;
    bool open = true;
    std::vector<std::byte> there;
    std::vector<std::byte> back;
    std::array<byte_ring, 2> rings;  // by the side that writes
  };

  memory_pipe(std::shared_ptr<state> shared, std::size_t side) noexcept : shared_(std::move(shared)), side_(side) {}

  template <class Ready>
  bool wait(std::unique_lock<std::mutex>& hold, deadline by, Ready ready) noexcept {
    using clock = std::chrono::steady_clock;
    constexpr auto end =
        std::chrono::duration_cast<std::chrono::microseconds>(clock::time_point::max().time_since_epoch());
    if (by.microseconds >= static_cast<std::uint64_t>(end.count())) {
      shared_->changed.wait(hold, ready);
      return true;
    }
    const clock::time_point until{std::chrono::microseconds(static_cast<std::int64_t>(by.microseconds))};
    return shared_->changed.wait_until(hold, until, ready);
  }

  std::shared_ptr<state> shared_;
  std::size_t side_;
};

static_assert(transport<memory_pipe>);

}  // namespace cleave
#endif
// ---- cleave/transport/throttled.hpp ---------------------------------------------------------------------------------
#ifndef CLEAVE_TRANSPORT_THROTTLED_HPP
#define CLEAVE_TRANSPORT_THROTTLED_HPP

/// @file
/// Makes any transport as slow as a radio: bandwidth, latency and jitter around one end. Hosted.

namespace cleave {

/// What a link is like, the same in both directions.
struct link_profile {
  std::uint64_t bytes_per_second = 0;      ///< 0: no limit
  std::uint64_t latency_microseconds = 0;  ///< one way
  std::uint64_t jitter_microseconds = 0;   ///< up to so much more, evenly spread, for each change of direction
  std::uint64_t seed = 1;                  ///< of the jitter
};

/// Delays what passes through `link` as a half-duplex link of that profile does, which is what request and
/// answer are: each time the direction turns one latency passes, then bytes pass at the bandwidth, in packets
/// of at most 1460 bytes. Wrap one end only. `sleep` is called with microseconds.
template <transport Link, class Sleep = thread_sleep>
class throttled {
 public:
  /// Requires: `link` outlives this.
  throttled(Link& link, const link_profile& profile, Sleep sleep = {}) noexcept
      : link_(link), profile_(profile), sleep_(sleep), random_(profile.seed) {}

  io_result read_some(std::span<std::byte> in, deadline by) noexcept {
    if (held_ == taken_) {
      const io_result moved = link_.read_some(packet_, by);
      if (moved.error != errc::ok) return moved;
      held_ = moved.bytes;
      taken_ = 0;
      readable_at_ = free_at_ = start(direction::in) + duration(held_);
    }
    if (!wait(readable_at_, by)) return {0, errc::timed_out};
    const std::size_t count = std::min(in.size(), held_ - taken_);
    std::copy_n(packet_.data() + taken_, count, in.data());
    taken_ += count;
    return {count, errc::ok};
  }

  io_result write_some(std::span<const std::byte> out, deadline by) noexcept {
    // What was waited for and did not go, by a time-out or a short count, is not waited for again.
    if (paid_ == 0) {
      paid_ = std::min(out.size(), packet_.size());
      writable_at_ = free_at_ = start(direction::out) + duration(paid_);
    }
    const std::size_t count = std::min(paid_, out.size());
    if (!wait(writable_at_, by)) return {0, errc::timed_out};
    const io_result moved = link_.write_some(out.first(count), by);
    paid_ -= moved.bytes;
    return moved;
  }

  std::uint64_t now() noexcept { return link_.now(); }

  status reopen(deadline by) noexcept
    requires reopenable_transport<Link>
  {
    held_ = taken_ = paid_ = 0;
    last_ = direction::none;
    return link_.reopen(by);
  }

  /// From now on.
  void set_profile(const link_profile& profile) noexcept { profile_ = profile; }

 private:
  enum class direction : std::uint8_t { none, in, out };

  // Times are kept in nanoseconds: a byte at a gigabit takes eight.
  static constexpr std::uint64_t microsecond = 1000;

  /// A pause up to this long between two packets counts as none: the operating system sleeps too long,
  /// and what it oversleeps must not lower the bandwidth.
  static constexpr std::uint64_t oversleep = 1000 * microsecond;

  std::uint64_t start(direction to) noexcept {
    const std::uint64_t current = link_.now() * microsecond;
    if (to == last_) return current > free_at_ + oversleep ? current : free_at_;
    last_ = to;
    const std::uint64_t jitter = profile_.jitter_microseconds;
    return std::max(current, free_at_) +
           (profile_.latency_microseconds + (jitter == 0 ? 0 : random_.below(jitter + 1))) * microsecond;
  }

  std::uint64_t duration(std::size_t bytes) const noexcept {
    return profile_.bytes_per_second == 0 ? 0 : bytes * std::uint64_t{1'000'000'000} / profile_.bytes_per_second;
  }

  bool wait(std::uint64_t moment, deadline by) noexcept {
    const std::uint64_t until = (moment + microsecond - 1) / microsecond;
    const bool in_time = until <= by.microseconds;
    const std::uint64_t end = in_time ? until : by.microseconds;
    for (std::uint64_t current = link_.now(); current < end; current = link_.now()) sleep_(end - current);
    return in_time;
  }

  Link& link_;
  link_profile profile_;
  Sleep sleep_;
  random_bits random_;
  std::array<std::byte, 1460> packet_{};
  std::size_t held_ = 0;   // bytes in packet_
  std::size_t taken_ = 0;  // of them
  std::size_t paid_ = 0;   // bytes that a write waits for, or has waited for and not sent
  std::uint64_t readable_at_ = 0;
  std::uint64_t writable_at_ = 0;
  std::uint64_t free_at_ = 0;
  direction last_ = direction::none;
};

}  // namespace cleave
#endif
// ---- cleave/weights/file.hpp ----------------------------------------------------------------------------------------
#ifndef CLEAVE_WEIGHTS_FILE_HPP
#define CLEAVE_WEIGHTS_FILE_HPP

/// @file
/// Weights in files, mapped rather than read: pages come in as layers run. Hosted: POSIX.

namespace cleave {

/// A file in memory, read only. Movable.
class mapped_file {
 public:
  mapped_file() = default;
  mapped_file(mapped_file&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  mapped_file& operator=(mapped_file&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~mapped_file() {
    if (data_ != nullptr) ::munmap(data_, size_);
  }

  /// Maps the file at `path`.
  static result<mapped_file> open(const char* path) noexcept {
    const int file = ::open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return errno == ENOENT ? errc::file_not_found : errc::file_not_readable;
    struct stat facts {};
    mapped_file mapped;
    const bool known = ::fstat(file, &facts) == 0 && S_ISREG(facts.st_mode);
    if (known && facts.st_size > 0) {
      mapped.size_ = static_cast<std::size_t>(facts.st_size);
      void* const data = ::mmap(nullptr, mapped.size_, PROT_READ, MAP_PRIVATE, file, 0);
      if (data != MAP_FAILED) mapped.data_ = data;
    }
    ::close(file);
    if (!known || (facts.st_size > 0 && mapped.data_ == nullptr)) {
      mapped.size_ = 0;
      return errc::file_not_readable;
    }
    return mapped;
  }

  std::span<const std::byte> bytes() const noexcept { return {static_cast<const std::byte*>(data_), size_}; }

 private:
  void* data_ = nullptr;
  std::size_t size_ = 0;
};

/// A mapped weight file and the view of it. Movable; outlives the networks that view it.
template <const auto& Graph, std::size_t First = 1, std::size_t Last = Graph.last>
class mapped_weights : public weights_view<Graph, First, Last> {
 public:
  mapped_weights(mapped_file file, const weights_view<Graph, First, Last>& view) noexcept
      : weights_view<Graph, First, Last>(view), file_(std::move(file)) {}

  std::span<const std::byte> bytes() const noexcept { return file_.bytes(); }

 private:
  mapped_file file_;
};

/// Maps and checks a weight file; see `view_weights` for what is refused.
template <const auto& Graph, layer_part Part = all_layers>
auto load_weights(const char* path) noexcept -> result<mapped_weights<Graph, Part.first(Graph), Part.last(Graph)>> {
  result<mapped_file> file = mapped_file::open(path);
  if (!file) return file.error();
  const auto view = view_weights<Graph, Part>(file->bytes());
  if (!view) return view.error();
  return mapped_weights<Graph, Part.first(Graph), Part.last(Graph)>{std::move(*file), *view};
}

namespace detail {

/// Writes everything and closes `file`, which may be -1.
inline bool write_and_close(int file, std::span<const std::byte> bytes) noexcept {
  if (file < 0) return false;
  while (!bytes.empty()) {
    const ::ssize_t written = ::write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) break;
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return ::close(file) == 0 && bytes.empty();
}

}  // namespace detail

/// Writes bytes to a file, all or none: they go into a file beside it, which takes its place once it is complete. What
/// is not a regular file, such as /dev/stdout, is written to as it is.
inline status save_bytes(const char* path, std::span<const std::byte> bytes) noexcept {
  struct stat facts {};
  const bool exists = ::stat(path, &facts) == 0;
  if (exists && !S_ISREG(facts.st_mode)) {
    return detail::write_and_close(::open(path, O_WRONLY | O_CLOEXEC), bytes) ? errc::ok : errc::file_not_writable;
  }
  // Behind a symbolic link it is the file that is replaced, not the link.
  char* const real = exists ? ::realpath(path, nullptr) : nullptr;
  const std::string target = real != nullptr ? real : path;
  std::free(real);
  const std::string part = target + ".part" + std::to_string(::getpid());
  const ::mode_t mode = exists ? facts.st_mode & 0777U : 0666U;
  const int file = ::open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (file < 0) return errc::file_not_writable;
  if (detail::write_and_close(file, bytes) && std::rename(part.c_str(), target.c_str()) == 0) return {};
  ::unlink(part.c_str());
  return errc::file_not_writable;
}

}  // namespace cleave
#endif
// ---- cleave/weights/slice.hpp ---------------------------------------------------------------------------------------
#ifndef CLEAVE_WEIGHTS_SLICE_HPP
#define CLEAVE_WEIGHTS_SLICE_HPP

/// @file
/// Cutting a blob: the table stays, so that both ends still prove that they match; the data of other layers goes.
/// Hosted: allocates. Needs no graph.

namespace cleave {

/// The blob of the layers first..final of `blob`, itself whole or a slice that holds them. first > final gives a slice
/// without data. Refuses what `read_header` and `check_data` refuse, and layers that the graph does not have
/// (`errc::bad_cut`).
inline result<aligned_bytes> slice_weights(std::span<const std::byte> blob, std::size_t first, std::size_t final) {
  const result<blob_header> whole = read_header(blob);
  if (!whole) return whole.error();
  if (first < 1 || final > whole->layers || first > final + 1) return errc::bad_cut;
  if (const status checked = check_data(blob, *whole, first, final); !checked) return checked.error();

  const blob_extent kept = extent_of(blob, first, final);
  const std::uint64_t held = extent_of(blob, whole->first_layer, whole->last_layer).begin;
  blob_header header = *whole;
  header.first_layer = static_cast<std::uint32_t>(first);
  header.last_layer = static_cast<std::uint32_t>(final);
  header.data_bytes = kept.bytes();

  aligned_bytes slice{static_cast<std::size_t>(header.total_bytes())};
  std::byte* const to = slice.all().data();
  std::copy_n(blob.data(), blob_format::header_bytes + header.layers * blob_format::line_bytes, to);
  if (first <= final) {
    std::copy_n(blob.data() + whole->data_offset() + static_cast<std::size_t>(kept.begin - held),
                static_cast<std::size_t>(kept.bytes()), to + header.data_offset());
  }
  write_header(to, header);
  return slice;
}

}  // namespace cleave
#endif
// ---- cleave/cleave.hpp ----------------------------------------------------------------------------------------------
#ifndef CLEAVE_CLEAVE_HPP
#define CLEAVE_CLEAVE_HPP

/// @file
/// device.hpp and the hosted parts that need no other library: weights in files and on the heap, links for tests. For
/// TCP and the server include <cleave/tcp.hpp> too.

#endif
