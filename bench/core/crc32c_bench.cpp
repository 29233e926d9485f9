// SPDX-License-Identifier: BSL-1.0
// Checksums of what lies in the caches: a header, a small tensor, a large one.
#include <benchmark/benchmark.h>

#include <cleave/core/crc32c.hpp>
#include <cleave/core/random_bits.hpp>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace {

template <class Engine>
void checksum(benchmark::State& state) {
  cleave::random_bits random(1);
  std::vector<std::byte> bytes(static_cast<std::size_t>(state.range(0)));
  for (std::byte& each : bytes) each = static_cast<std::byte>(random.below(256));
  if (~Engine::run(~std::uint32_t{0}, bytes) != cleave::crc32c(bytes)) return state.SkipWithError("wrong checksum");
  for (auto _ : state) benchmark::DoNotOptimize(Engine::run(0, bytes));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}

}  // namespace

BENCHMARK(checksum<cleave::detail::crc32c_slices>)->Name("crc32c/slices")->Arg(44)->Arg(4096)->Arg(1 << 20);
BENCHMARK(checksum<cleave::detail::crc32c_nibbles>)->Name("crc32c/nibbles")->Arg(44)->Arg(4096);
