// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_RUNTIME_THREAD_POOL_HPP
#define CLEAVE_RUNTIME_THREAD_POOL_HPP

/// @file
/// An executor of several threads. Steps of small networks take a few microseconds, and the queues of general pools
/// take longer than that to hand work over: so threads here look for work in a short loop before they sleep.
/// Hosted: starts threads and allocates.

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include <cleave/network/executor.hpp>

namespace cleave {

/// A pool for networks whose options say `using executor = cleave::thread_pool;`. One network at a time has its
/// threads: another that comes meanwhile computes in its own thread alone.
class thread_pool {
 public:
  static constexpr int most_threads = 16;

  /// `threads` counts the caller's thread too; 0: as many as the machine has. At most `most_threads` are used.
  /// Throws what std::thread throws.
  explicit thread_pool(int threads = 0) {
    const int wanted = threads > 0 ? threads : static_cast<int>(std::thread::hardware_concurrency());
    crew_.start(std::clamp(wanted, 1, most_threads) - 1);
  }

  int threads() const noexcept { return static_cast<int>(crew_.threads.size()) + 1; }

  void run(int parts, part_function part, void* step) noexcept {
    if (parts <= 1 || parts > threads() || busy_.test_and_set(std::memory_order_acquire)) {
      return sequential::run(parts, part, step);
    }
    crew_.part = part;
    crew_.step = step;
    crew_.unfinished.store(parts - 1, std::memory_order_relaxed);
    for (int i = 0; i < parts - 1; ++i) crew_.wake(i);
    part(step, 0);
    for (int rounds = 0; crew_.unfinished.load(std::memory_order_acquire) != 0; ++rounds) relax(rounds);
    busy_.clear(std::memory_order_release);
  }

 private:
  /// Waiting in a loop: first the processor is told, later other threads are let in.
  static void relax(int rounds) noexcept {
    if (rounds > 10000) {
      std::this_thread::yield();
    } else {
#if defined(__x86_64__) || defined(__i386__)
      __builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__ARM_ARCH_7A__)
      asm volatile("yield");
#endif
    }
  }

  /// A thread's own line: how often it was called.
  struct alignas(64) bell {
    std::atomic<std::uint32_t> rung{0};
  };

  struct crew {
    std::unique_ptr<bell[]> bells;
    std::vector<std::thread> threads;
    part_function part = nullptr;
    void* step = nullptr;
    std::atomic<bool> stopping{false};
    alignas(64) std::atomic<int> unfinished{0};

    void start(int count) {
      bells = std::make_unique<bell[]>(static_cast<std::size_t>(count));
      threads.reserve(static_cast<std::size_t>(count));
      for (int i = 0; i < count; ++i) threads.emplace_back([this, i] { work(i); });
    }
    void wake(int which) noexcept {
      std::atomic<std::uint32_t>& rung = bells[static_cast<std::size_t>(which)].rung;
      rung.fetch_add(1, std::memory_order_release);
      rung.notify_one();
    }
    void work(int which) noexcept {
      std::atomic<std::uint32_t>& rung = bells[static_cast<std::size_t>(which)].rung;
      for (std::uint32_t seen = 0;; ++seen) {
        // About the time between two steps of a network that runs again and again; then sleep.
        for (int rounds = 0; rounds < 10000 && rung.load(std::memory_order_relaxed) == seen; ++rounds) relax(rounds);
        rung.wait(seen, std::memory_order_acquire);
        if (stopping.load(std::memory_order_relaxed)) return;
        part(step, which + 1);
        unfinished.fetch_sub(1, std::memory_order_release);
      }
    }
    ~crew() {
      stopping.store(true, std::memory_order_relaxed);
      for (std::size_t i = 0; i < threads.size(); ++i) wake(static_cast<int>(i));
      for (std::thread& each : threads) each.join();
    }
  };

  crew crew_;
  std::atomic_flag busy_ = ATOMIC_FLAG_INIT;
};

}  // namespace cleave
#endif
