// SPDX-License-Identifier: BSL-1.0
// What frames cost: a header alone, and a payload sealed at one end and checked at the other.
#include <benchmark/benchmark.h>

#include <cleave/wire/frame_decoder.hpp>
#include <cleave/wire/frame_encoder.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace {

constexpr cleave::frame_header request{.kind = cleave::frame_kind::request, .request = 1, .cut = 2, .tensors = 1};

void seal(benchmark::State& state) {
  const auto payload = static_cast<std::uint32_t>(state.range(0));
  std::vector<std::byte> buffer(cleave::frame_bytes(payload));
  for (auto _ : state) benchmark::DoNotOptimize(cleave::seal_frame(request, buffer, payload).data());
  state.SetBytesProcessed(state.iterations() * state.range(0));
}

void receive(benchmark::State& state) {
  const auto payload = static_cast<std::uint32_t>(state.range(0));
  std::vector<std::byte> buffer(cleave::frame_bytes(payload));
  const auto frame = cleave::seal_frame(request, buffer, payload);
  std::vector<std::byte> room(payload + cleave::frame_trailer_bytes);
  cleave::frame_decoder decoder(payload);
  for (auto _ : state) {
    std::size_t fed = decoder.feed(frame);
    if (payload != 0) {
      benchmark::DoNotOptimize(decoder.accept(room));
      fed += decoder.feed(frame.subspan(fed));
    }
    if (decoder.stage() != cleave::decoder_stage::complete) return state.SkipWithError("not a frame");
    decoder.restart();
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}

}  // namespace

BENCHMARK(seal)->Name("frame/seal")->Arg(0)->Arg(400)->Arg(65536);
BENCHMARK(receive)->Name("frame/receive")->Arg(0)->Arg(400)->Arg(65536);
