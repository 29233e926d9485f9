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

/// Divides whatever can be divided.
struct eager_pool : cleave::thread_pool {
  using thread_pool::thread_pool;
  static constexpr std::uint32_t least_work = 1;
};
static_assert(cleave::executor<eager_pool>);
static_assert(cleave::least_work_of<eager_pool> == 1);
static_assert(cleave::least_work_of<cleave::thread_pool> == 1U << 20);

struct threaded : cleave::default_options {
  using executor = eager_pool;
};
struct fast_threaded : cleave::fast_options {
  using executor = eager_pool;
};

// Every kind of step that is divided.
inline constexpr auto net = cleave::graph{
    cleave::input{.height = 33, .width = 32, .channels = 3},
    cleave::conv2d{.channels = 16, .kernel = 3, .padding = cleave::same},
    cleave::relu{.name = "first"},
    cleave::conv2d{.channels = 16, .kernel = 3, .padding = cleave::same},
    cleave::add{.with = "first"},
    cleave::relu{},
    cleave::local_response_normalization{.size = 5},
    cleave::max_pool{.kernel = 2},
    cleave::conv2d{.channels = 16, .kernel = 3, .padding = cleave::same},
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

static_assert(cleave::network<net, fast_threaded>::step_count + 1 == cleave::network<net, threaded>::step_count,
              "Winograd's form pools too");

TEST_CASE("any number of threads gives the same bits") {
  const auto weights = cleave::random_weights<net>(3);
  const auto prepared = cleave::prepare_weights<net, cleave::fast_options>(weights);
  const input numbers = an_input();
  const auto expected = kept((*cleave::make_network<net>(weights))(numbers));
  const auto expected_fast = kept((*cleave::make_network<net, cleave::fast_options>(prepared))(numbers));
  for (const int threads : {1, 2, 3, 4, 7}) {
    CAPTURE(threads);
    eager_pool pool{threads};
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
  eager_pool pool{3};
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

TEST_CASE("a step has as many parts as its work is worth, its rows allow and there are threads") {
  cleave::step what;
  what.rows = 12;
  what.granule = 4;
  what.work = 1000;
  const auto parts = [&](int threads, std::uint32_t least_work) {
    return cleave::detail::divided_step::parts_of(what, threads, least_work);
  };
  CHECK(parts(4, 1001) == 1);
  CHECK(parts(4, 1000) == 2);
  CHECK(parts(4, 500) == 3);
  CHECK(parts(4, 1) == 3);
  CHECK(parts(2, 1) == 2);
  CHECK(parts(1, 1) == 1);
  what.work = 0xFFFFFFFF;
  CHECK(parts(2, 1) == 2);
  what.granule = 0;
  CHECK(parts(4, 1) == 1);
}
