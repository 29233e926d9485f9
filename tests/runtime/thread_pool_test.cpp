// SPDX-License-Identifier: BSL-1.0
#include <cleave/runtime/thread_pool.hpp>

#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <cleave/layers/layers.hpp>
#include <cleave/network/make_network.hpp>
#include <cleave/weights/random.hpp>
#include <cstring>
#include <thread>
#include <vector>

namespace threaded_networks {

static_assert(cleave::executor<cleave::thread_pool>);
static_assert(cleave::executor<cleave::sequential>);

struct threaded : cleave::default_options {
  using executor = cleave::thread_pool;
};
struct fast_threaded : cleave::fast_options {
  using executor = cleave::thread_pool;
};

// Large enough for parts: every kind of step that is divided.
inline constexpr auto net = cleave::graph{
    cleave::input{.height = 33, .width = 32, .channels = 3},
    cleave::conv2d{.channels = 16, .kernel = 3, .padding = cleave::same},
    cleave::relu{.name = "first"},
    cleave::conv2d{.channels = 16, .kernel = 3, .padding = cleave::same},
    cleave::add{.with = "first"},
    cleave::relu{},
    cleave::local_response_normalization{.size = 5},
    cleave::max_pool{.kernel = 2},
    cleave::depthwise_conv2d{.kernel = 3, .padding = cleave::same},
    cleave::sigmoid{},
    cleave::dense{.units = 100},
    cleave::softmax{},
};

using input = std::array<float, 33 * 32 * 3>;
input an_input() {
  input numbers;
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<float>(i * 37 % 101) / 50.0F - 1.0F;
  return numbers;
}

template <class Answer>
std::array<float, 100> kept(const Answer& answer) {
  std::array<float, 100> numbers;
  std::copy_n(answer.data(), numbers.size(), numbers.begin());
  return numbers;
}
bool same_bits(const std::array<float, 100>& a, const std::array<float, 100>& b) {
  return std::memcmp(a.data(), b.data(), sizeof a) == 0;
}

struct counters {
  std::array<std::atomic<int>, cleave::thread_pool::most_threads> calls{};
  static void count(void* of, int part) noexcept {
    static_cast<counters*>(of)->calls[static_cast<std::size_t>(part)].fetch_add(1);
  }
};

}  // namespace threaded_networks

using namespace threaded_networks;

TEST_CASE("a pool calls every part once, however many there are") {
  cleave::thread_pool pool{4};
  CHECK(pool.threads() == 4);
  for (int parts = 0; parts <= 6; ++parts) {
    counters counted;
    for (int round = 0; round < 50; ++round) pool.run(parts, counters::count, &counted);
    for (std::size_t i = 0; i < counted.calls.size(); ++i) {
      CAPTURE(parts);
      CHECK(counted.calls[i].load() == (static_cast<int>(i) < parts ? 50 : 0));
    }
  }
}

TEST_CASE("a pool wakes its threads after they have gone to sleep") {
  cleave::thread_pool pool{3};
  counters counted;
  for (int round = 0; round < 3; ++round) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    pool.run(3, counters::count, &counted);
  }
  CHECK(counted.calls[2].load() == 3);
}

TEST_CASE("any number of threads gives the same bits") {
  const auto weights = cleave::random_weights<net>(3);
  const auto prepared = cleave::prepare_weights<net, cleave::fast_options>(weights);
  const input numbers = an_input();
  const auto expected = kept((*cleave::make_network<net>(weights))(numbers));
  const auto expected_fast = kept((*cleave::make_network<net, cleave::fast_options>(prepared))(numbers));
  for (const int threads : {1, 2, 3, 4, 7}) {
    CAPTURE(threads);
    cleave::thread_pool pool{threads};
    const auto whole = cleave::make_network<net, threaded>(weights, pool);
    const auto fast = cleave::make_network<net, fast_threaded>(prepared, pool);
    for (int round = 0; round < 5; ++round) {
      CHECK(same_bits(kept((*whole)(numbers)), expected));
      CHECK(same_bits(kept((*fast)(numbers)), expected_fast));
    }
    auto halves = whole->split<4>();
    CHECK(same_bits(kept(halves.remote(halves.device(numbers))), expected));
  }
}

TEST_CASE("networks that share a pool do not disturb each other") {
  const auto weights = cleave::random_weights<net>(4);
  const input numbers = an_input();
  const auto expected = kept((*cleave::make_network<net>(weights))(numbers));
  cleave::thread_pool pool{3};
  std::atomic<int> wrong{0};
  std::vector<std::thread> users;
  for (int i = 0; i < 3; ++i) {
    users.emplace_back([&] {
      const auto own = cleave::make_network<net, threaded>(weights, pool);
      for (int round = 0; round < 20; ++round) {
        if (!same_bits(kept((*own)(numbers)), expected)) wrong.fetch_add(1);
      }
    });
  }
  for (std::thread& each : users) each.join();
  CHECK(wrong.load() == 0);
}
