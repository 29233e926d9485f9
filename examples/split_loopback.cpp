// SPDX-License-Identifier: BSL-1.0
/// @file
/// The two halves of a network at the two ends of a link, the tensor between them squeezed by a codec. What a session
/// and a server do with frames, time-outs and retries around it is here done by hand, to see the walk of the data.

#include <cleave/cleave.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

// clang-format off
inline constexpr auto tiny = cleave::graph{
    cleave::input{.height = 16, .width = 16, .channels = 1},
    cleave::conv2d{.channels = 8, .kernel = 3, .stride = 2, .padding = cleave::same}, cleave::relu{},
    cleave::conv2d{.channels = 4, .kernel = 1}, cleave::relu{.name = "narrow"},
    cleave::dense{.units = 10}, cleave::softmax{},
};
// clang-format on

using device_half = cleave::device_half<tiny, "narrow">;
using remote_half = cleave::remote_half<tiny, "narrow">;
using crossing = cleave::cut_tensors<tiny, device_half::last_layer>;
using image = std::array<float, 16 * 16>;

/// On the device: run the first layers, encode what crosses, send it.
template <cleave::codec Codec>
std::size_t send(device_half& half, const image& picture, cleave::transport auto& link, Codec codec) {
  const crossing tensors = half(picture);
  std::array<std::byte, Codec::max_encoded_size(tensors.sent_info[0].dims.size(), cleave::dtype::float32)> encoded;
  const std::size_t size = codec.encode(tensors.sent(0), cleave::dtype::float32, encoded);
  if (!write_all(link, std::span(encoded).first(size), cleave::deadline::never())) return 0;
  return size;
}

/// At the other end: receive, decode, run the other layers.
template <cleave::codec Codec>
auto receive(remote_half& half, std::size_t size, cleave::transport auto& link, Codec codec) {
  static std::array<std::byte, 1024> encoded;
  alignas(float) static std::array<std::byte, crossing::sent_info[0].bytes()> tensor;
  crossing tensors;
  tensors.sent_[0] = tensor.data();
  const auto bytes = std::span(encoded).first(size);
  if (!read_exactly(link, bytes, cleave::deadline::never()) || !codec.decode(bytes, cleave::dtype::float32, tensor)) {
    std::puts("nothing arrived");
  }
  return half(tensors);
}

int main() {
  const auto weights = cleave::random_weights<tiny>(7);
  cleave::network<tiny> whole{weights};
  device_half device{weights};
  remote_half remote{weights};
  cleave::loopback<2048> wire;

  image picture{};
  for (std::size_t at = 0; at < picture.size(); ++at) picture[at] = static_cast<float>(at % 17) / 17;
  const auto expected = whole(picture);

  std::size_t size = send(device, picture, wire.first(), cleave::codecs::identity{});
  const auto exact = receive(remote, size, wire.second(), cleave::codecs::identity{});
  std::printf("identity: %4zu bytes, the same bits: %s\n", size,
              std::equal(exact.begin(), exact.end(), expected.begin()) ? "yes" : "no");

  size = send(device, picture, wire.first(), cleave::codecs::f16{});
  const auto close = receive(remote, size, wire.second(), cleave::codecs::f16{});
  float difference = 0;
  for (std::size_t at = 0; at < close.size(); ++at)
    difference = std::max(difference, std::abs(close[at] - expected[at]));
  std::printf("f16:      %4zu bytes, within 0.001: %s\n", size, difference < 1e-3f ? "yes" : "no");
}
