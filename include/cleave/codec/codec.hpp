// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_CODEC_CODEC_HPP
#define CLEAVE_CODEC_CODEC_HPP

/// @file
/// A codec squeezes one tensor into fewer bytes for the wire and gives it back. This header holds
/// the concept and `codec_set`, with which a server finds the codec that a frame names.

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <tuple>
#include <type_traits>

#include <cleave/core/result.hpp>
#include <cleave/core/shape.hpp>

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
