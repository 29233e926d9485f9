// SPDX-License-Identifier: BSL-1.0
// Codecs over tensors as they cross cuts: small, medium and large, in bytes of the tensor.
#include <benchmark/benchmark.h>

#include <cleave/codec/f16.hpp>
#include <cleave/codec/identity.hpp>
#include <cleave/core/random_bits.hpp>
#include <cstddef>
#include <cstring>
#include <vector>

namespace {

using cleave::dtype;

struct tensor_case {
  explicit tensor_case(const benchmark::State& state) : tensor(static_cast<std::size_t>(state.range(0))) {
    cleave::random_bits random(1);
    for (std::size_t i = 0; i + 4 <= tensor.size(); i += 4) {
      const float value = static_cast<float>(random.below(1 << 20)) / 1024.0F - 512.0F;
      std::memcpy(&tensor[i], &value, 4);
    }
    encoded.resize(tensor.size());
  }

  std::vector<std::byte> tensor;
  std::vector<std::byte> encoded;
};

template <class Codec>
void encode(benchmark::State& state) {
  tensor_case on(state);
  Codec codec;
  for (auto _ : state) {
    benchmark::DoNotOptimize(codec.encode(on.tensor, dtype::float32, on.encoded));
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}

template <class Codec>
void decode(benchmark::State& state) {
  tensor_case on(state);
  Codec codec;
  on.encoded.resize(codec.encode(on.tensor, dtype::float32, on.encoded));
  if (!codec.decode(on.encoded, dtype::float32, on.tensor)) return state.SkipWithError("does not decode");
  for (auto _ : state) {
    benchmark::DoNotOptimize(codec.decode(on.encoded, dtype::float32, on.tensor));
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}

}  // namespace

BENCHMARK(encode<cleave::codecs::f16>)->Name("f16/encode")->Arg(400)->Arg(65536)->Arg(1 << 20);
BENCHMARK(decode<cleave::codecs::f16>)->Name("f16/decode")->Arg(400)->Arg(65536)->Arg(1 << 20);
BENCHMARK(encode<cleave::codecs::identity>)->Name("identity/encode")->Arg(400)->Arg(65536)->Arg(1 << 20);
