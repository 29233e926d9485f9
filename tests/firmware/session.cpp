// SPDX-License-Identifier: BSL-1.0
// A session over a loopback with the other end in the same program: asks, hears the answer, is refused, and finishes by
// itself when the line goes dead.
#include "lenet5.hpp"

#include <array>
#include <bit>
#include <span>

#include "lenet5_case.hpp"

namespace {

constinit std::array<float, 28 * 28> image{};
constinit std::array<std::byte, 4096> buffer{};
cleave::loopback<4096> pipe;

/// The server of one device, as small as can be.
struct bench_server {
  cleave::cut_runner<lenet5>& runner;
  std::uint64_t weights;
  bool dead = false;
  int answered = 0;
  cleave::frame_decoder decoder{sizeof buffer - cleave::frame_trailer_bytes};

  void operator()() {
    std::array<std::byte, 1> each{};
    while (!dead && pipe.second().read_some(each, cleave::deadline{0}).bytes == 1) {
      decoder.feed(each);
      if (decoder.stage() == cleave::decoder_stage::decide) static_cast<void>(decoder.accept(buffer));
      if (decoder.stage() != cleave::decoder_stage::complete) continue;
      const cleave::frame_header header = decoder.header();
      const auto payload = decoder.payload();
      decoder.restart();
      if (header.kind == cleave::frame_kind::hello) greet();
      if (header.kind == cleave::frame_kind::request) answer(header, payload);
    }
  }

  void greet() {
    const cleave::hello ours{.graph = cleave::fingerprint(lenet5),
                             .weights = weights,
                             .codecs = 1,
                             .numerics = cleave::numeric_id<cleave::default_options>,
                             .max_payload_bytes = 4096};
    std::array<std::byte, cleave::hello_bytes> words{};
    cleave::store_hello(ours, words);
    reply({.kind = cleave::frame_kind::hello_reply}, words);
  }

  void answer(cleave::frame_header header, std::span<const std::byte> payload) {
    cleave::codecs::identity codec;
    cleave::payload_reader reader(payload);
    for (const cleave::tensor_info& each : runner.crossing(header.cut)) {
      if (!reader.take(codec, each.type, runner.tensor(each))) return;
    }
    runner.run(header.cut + std::size_t{1}, lenet5.last);
    std::array<std::byte, 64> room{};
    cleave::payload_writer writer(room);
    for (const cleave::tensor_info& each : runner.outputs_after(header.cut)) {
      if (!writer.add(codec, runner.tensor(each), each.type)) return;
    }
    header.kind = cleave::frame_kind::answer;
    reply(header, std::span<const std::byte>(room).first(writer.size()));
    ++answered;
  }

  void reply(const cleave::frame_header& header, std::span<const std::byte> payload) {
    cleave::frame_encoder frame(header, {&payload, 1});
    static_cast<void>(cleave::send(pipe.second(), frame, cleave::deadline{0}));
  }
};

bool same(std::span<const float, 10> left, std::span<const float, 10> right) {
  for (std::size_t i = 0; i < left.size(); ++i) {
    if (std::bit_cast<std::uint32_t>(left[i]) != std::bit_cast<std::uint32_t>(right[i])) return false;
  }
  return true;
}

}  // namespace

int main() {
  for (std::size_t i = 0; i < image.size(); ++i) image[i] = std::bit_cast<float>(image_words[i]);
  const auto weights = cleave::view_weights<lenet5>(std::as_bytes(std::span{blob}));
  if (!weights) return static_cast<int>(weights.error());

  static cleave::network<lenet5> whole{*weights};
  static cleave::cut_runner<lenet5> runner{*weights};
  static cleave::device_half<lenet5, "pool2"> device{*weights};
  static cleave::remote_half<lenet5, "pool2"> remote{*weights};
  static bench_server server{runner, weights->fingerprint()};
  pipe.first().when_waiting(server);
  const auto expected = whole(image);

  static cleave::session session{device, pipe.first(), cleave::codecs::identity{}, remote};
  for (int i = 1; i <= 3; ++i) {
    const auto answer = session(image);
    if (!answer || session.local() || server.answered != i || !same(*answer, expected)) return 200 + i;
  }

  server.dead = true;
  const auto alone = session(image);
  if (!alone || !session.local() || session.link_error() != cleave::errc::timed_out || !same(*alone, expected))
    return 210;

  static cleave::session without{device, pipe.first()};
  if (without(image).error() != cleave::errc::timed_out) return 211;
  server.dead = false;
  ++server.weights;
  if (without(image).error() != cleave::errc::wrong_weights) return 212;
  return 0;
}
