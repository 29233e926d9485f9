// SPDX-License-Identifier: BSL-1.0
// Payloads of encoded tensors from foreign hands: whatever the bytes are, every codec stays within the tensor and its
// input, and what it has decoded or encoded once does not change any more.
#include <algorithm>
#include <cleave/codec/f16.hpp>
#include <cleave/codec/identity.hpp>
#include <cleave/wire/tensor_payload.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <span>
#include <vector>

namespace {

using cleave::dtype;
using bytes = std::vector<std::byte>;

/// A failed promise stops the fuzzer, which then keeps the input.
void require(bool holds) {
  if (!holds) std::abort();
}

/// A tensor of these bytes, encoded and decoded: exactly its size, within the codec's bound, and settled after once.
template <cleave::codec Codec>
bytes round_trip(Codec& codec, const bytes& tensor, dtype type) {
  bytes encoded(Codec::max_encoded_size(tensor.size() / 4, type));
  const std::size_t size = codec.encode(tensor, type, encoded);
  require(size <= encoded.size());
  encoded.resize(size);
  bytes decoded(tensor.size());
  require(bool(codec.decode(encoded, type, decoded)));
  return decoded;
}

float element(const bytes& tensor, std::size_t index) {
  float value = 0;
  std::memcpy(&value, &tensor[index * 4], 4);
  return value;
}

/// The bound that codec/f16.hpp states.
void require_bound(const bytes& tensor, const bytes& decoded) {
  for (std::size_t i = 0; i < tensor.size() / 4; ++i) {
    const float was = element(tensor, i);
    const float is = element(decoded, i);
    if (std::isnan(was)) {
      require(std::isnan(is));
    } else if (std::abs(was) >= 65520.0f) {
      require(is == std::copysign(std::numeric_limits<float>::infinity(), was));
    } else {
      const double bound = std::abs(was) < 0x1p-14f ? 0x1p-25 : 0x1p-11 * std::abs(double{was});
      require(std::abs(double{is} - double{was}) <= bound && std::signbit(is) == std::signbit(was));
    }
  }
}

template <cleave::codec Codec>
void check(Codec codec, std::span<const std::byte> data, std::size_t elements, dtype type) {
  // As a payload of tensors, until it is no more.
  cleave::payload_reader reader(data);
  bytes tensor(elements * 4);
  for (int i = 0; i < 4; ++i) {
    if (!reader.take(codec, type, tensor)) break;
  }
  static_cast<void>(reader.finish());

  // As one encoding: what decodes gives the same tensor and the same bytes from then on.
  const bytes exact(data.begin(), data.end());  // a block of exactly this size, so that a byte too far is seen
  if (codec.decode(exact, type, tensor)) {
    require(exact.size() <= Codec::max_encoded_size(elements, type));
    const bytes settled = round_trip(codec, tensor, type);
    require(round_trip(codec, settled, type) == settled);
  }

  // As a tensor.
  const bytes original(exact.begin(), exact.begin() + static_cast<long>(exact.size() / 4 * 4));
  const bytes decoded = round_trip(codec, original, type);
  if (Codec::id == cleave::codec_id::identity || type == dtype::int32) require(decoded == original);
  if (Codec::id == cleave::codec_id::f16 && type == dtype::float32) require_bound(original, decoded);

  // As a tensor in a payload, and back.
  bytes room(cleave::max_tensor_bytes<Codec>(original.size() / 4, type));
  cleave::payload_writer writer(room);
  require(bool(writer.add(codec, original, type)));
  room.resize(writer.size());
  cleave::payload_reader back(room);
  bytes again(original.size());
  require(bool(back.take(codec, type, again)) && bool(back.finish()) && again == decoded);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::size_t elements = data[1];
  const dtype type = data[0] % 2 == 0 ? dtype::float32 : dtype::int32;
  const std::span rest(reinterpret_cast<const std::byte*>(data) + 2, size - 2);
  if (data[0] % 4 < 2) {
    check(cleave::codecs::identity{}, rest, elements, type);
  } else {
    check(cleave::codecs::f16{}, rest, elements, type);
  }
  return 0;
}
