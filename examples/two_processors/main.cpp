// SPDX-License-Identifier: BSL-1.0
//
// One program for all x86-64 processors: the same network in three units, of which the fastest is chosen at the start.
// AVX2 and AVX-512 give the same bits, since both fuse products and sums and all packs add in one order; SSE2 rounds
// twice, which its numeric id tells.
#include <array>
#include <cleave/cleave.hpp>
#include <cstdio>
#include <cstring>
#include <string_view>

#include "classifier.hpp"

// [choose]
struct choice {
  const char* name;
  bool here;  ///< the processor has it, and the system saves its registers
  std::unique_ptr<classifier> (*make)(const weights_type&);
};

std::array<choice, 3> choices() {
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  return {{{"AVX-512", avx512, classifier_for_avx512},
           {"AVX2", avx2, classifier_for_avx2},
           {"SSE2", true, classifier_for_sse2}}};
}

std::unique_ptr<classifier> fastest(const weights_type& weights) {
  for (const choice& each : choices()) {
    if (each.here) return each.make(weights);
  }
  return nullptr;
}
// [/choose]

int main(int argc, char** argv) {
  const auto weights = cleave::random_weights<cleave::models::lenet5>(7);
  std::array<float, 28 * 28> picture;
  for (std::size_t i = 0; i < picture.size(); ++i) picture[i] = static_cast<float>(i * i % 29) / 29.0F;

  const auto chosen = fastest(weights);
  const auto answer = (*chosen)(picture);
  std::size_t best = 0;
  for (std::size_t i = 1; i < answer.size(); ++i) best = answer[i] > answer[best] ? i : best;
  std::printf("the greatest of ten: %zu\n", best);

  // Not for use: what the others of this processor make of it.
  bool same = true;
  bool near = true;
  for (const choice& each : choices()) {
    if (argc > 1 && std::string_view{argv[1]} == "--processor") {
      std::printf("%s: %s\n", each.name, each.here ? "runs here" : "does not run here");
    }
    if (!each.here) continue;
    const auto other = each.make(weights);
    const auto result = (*other)(picture);
    if (other->numeric_id() == chosen->numeric_id()) {
      same = same && std::memcmp(result.data(), answer.data(), answer.size_bytes()) == 0;
    }
    for (std::size_t i = 0; i < answer.size(); ++i) {
      const float apart = result[i] - answer[i];
      near = near && apart < 1e-5F && apart > -1e-5F;
    }
  }
  std::printf("equal numeric ids give equal bits: %s\n", same ? "yes" : "no");
  std::printf("others are within 1e-5: %s\n", near ? "yes" : "no");
}
