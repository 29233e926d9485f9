// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_RUNTIME_SERVER_WORKERS_HPP
#define CLEAVE_RUNTIME_SERVER_WORKERS_HPP

/// @file
/// The arithmetic of a server: a bounded queue of requests and the threads that answer them. Short requests can be
/// answered in the caller's thread instead.
/// Hosted; knows nothing of networks of computers.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <thread>
#include <utility>
#include <vector>

#include <cleave/core/result.hpp>
#include <cleave/runtime/served_graph.hpp>
#include <cleave/runtime/server_buffer.hpp>
#include <cleave/runtime/server_options.hpp>
#include <cleave/runtime/work_queue.hpp>
#include <cleave/wire/frame_encoder.hpp>

namespace cleave {

struct server_job;

/// Who asked, and takes the answer: in practice a connection. Called from a worker's thread.
class job_owner {
 public:
  virtual void finished(server_job&& job) noexcept = 0;

 protected:
  ~job_owner() = default;
};

/// A request on its way through the server and, in the same memory, its answer on the way back.
struct server_job {
  std::shared_ptr<job_owner> owner;
  frame_header header{};  ///< of the request, then of the answer
  server_buffer bytes;    ///< the request's payload at the front, then the whole answer frame
};

/// The bytes that a request with this header and its answer need, one after the other in the same place.
inline std::size_t job_bytes(const served_graph& graph, const frame_header& header) noexcept {
  const std::size_t answer = graph.max_payload(graph.outputs_after(header.cut), header.codec);
  return std::max(std::size_t{header.payload_bytes} + frame_trailer_bytes,
                  frame_bytes(static_cast<std::uint32_t>(answer)));
}

/// Answers one job in a runner's memory: gives an answer frame, or an error frame that says why there is none.
/// Requires: `job.bytes` has the capacity for both (`job_bytes`): nothing is allocated here.
inline void answer_job(const served_graph& graph, void* runner, server_job& job) noexcept {
  frame_header& header = job.header;
  errc why = errc::overloaded;
  if (runner != nullptr) {
    why = graph.compute(runner, header.cut, header.codec, job.bytes.bytes().first(header.payload_bytes)).error();
  }
  const std::span<const tensor_info> outputs = graph.outputs_after(header.cut);
  const std::size_t room = why == errc::ok ? graph.max_payload(outputs, header.codec) : 0;
  job.bytes.resize(frame_bytes(static_cast<std::uint32_t>(room)));
  if (why == errc::ok) {
    const std::span<std::byte> payload = job.bytes.bytes().subspan(frame_header_bytes, room);
    const auto collected = graph.collect(runner, header.cut, header.codec, payload);
    why = collected.error();
    header.payload_bytes = collected ? static_cast<std::uint32_t>(*collected) : 0;
    header.tensors = static_cast<std::uint16_t>(outputs.size());
    header.type = outputs.empty() ? dtype::float32 : outputs.front().type;
  }
  header.kind = why == errc::ok ? frame_kind::answer : frame_kind::error;
  header.error = why;
  if (why != errc::ok) header.payload_bytes = 0;
}

/// How long a request with each cut takes. They do the same work every time, so one that took far longer was kept from
/// it: each moves the estimate by an eighth at most. From any thread.
class service_times {
 public:
  explicit service_times(std::size_t cuts) : cuts_(cuts) {}

  void add(std::size_t cut, std::uint32_t microseconds) noexcept {
    entry& of = cuts_[cut];
    microseconds = std::min(microseconds, std::numeric_limits<std::uint32_t>::max() / 2);  // room for a step
    const std::uint32_t before = of.typical.load(std::memory_order_relaxed);
    const std::uint32_t step = before / 8 + 1;
    const bool first = of.count.fetch_add(1, std::memory_order_relaxed) == 0;
    of.typical.store(first ? microseconds : std::clamp(microseconds, before - std::min(step, before), before + step),
                     std::memory_order_relaxed);
  }
  /// Whether this cut has been asked for several times, and takes no longer.
  bool is_within(std::size_t cut, std::uint32_t microseconds) const noexcept {
    const entry& of = cuts_[cut];
    return of.count.load(std::memory_order_relaxed) >= 8 && of.typical.load(std::memory_order_relaxed) <= microseconds;
  }

 private:
  struct entry {
    std::atomic<std::uint32_t> typical{0};
    std::atomic<std::uint64_t> count{0};
  };
  std::vector<entry> cuts_;
};

/// The threads. Requires: `graph` and `meters` outlive it.
class server_workers {
 public:
  server_workers(const served_graph& graph, server_meters& meters, const server_options& options)
      : graph_(graph),
        meters_(meters),
        queue_(options.max_queue),
        times_(graph.last + 1),
        inline_microseconds_(options.inline_microseconds),
        count_(options.workers) {
    if (count_ == 0) count_ = std::max(1U, std::thread::hardware_concurrency());
  }
  ~server_workers() { finish(); }
  server_workers(const server_workers&) = delete;
  server_workers& operator=(const server_workers&) = delete;

  /// May throw what a new thread may.
  void start() {
    if (inline_microseconds_ > 0) here_.reset(graph_.make(graph_.data));
    threads_.reserve(count_);
    while (threads_.size() < count_) threads_.emplace_back([this] { work(); });
  }

  /// Hands a request to the workers; false, and `job` as it was, when there is no room for it.
  bool take(server_job& job) { return queue_.try_push(job); }

  /// Answers a request in the caller's thread, if that is a short affair: the answer is in `job` then. A request that
  /// had to wait for the one before is not answered so: there is work for more than one thread. One thread at a time.
  bool answer_here(server_job& job) noexcept {
    constexpr std::chrono::microseconds at_once{5};
    if (here_ == nullptr || !times_.is_within(job.header.cut, inline_microseconds_)) return false;
    if (clock::now() - answered_here_ < at_once) return false;
    answer(here_.get(), job);
    answered_here_ = clock::now();
    return true;
  }

  std::size_t queue_length() const { return queue_.size(); }

  /// Drops requests that no worker has begun.
  void abandon() { queue_.clear(); }

  /// Waits until everything taken has been answered, and ends the threads.
  void finish() {
    queue_.close();
    for (std::thread& each : threads_) each.join();
    threads_.clear();
  }

 private:
  using clock = std::chrono::steady_clock;

  struct destroy {
    void (*runner)(void*) noexcept;
    void operator()(void* which) const noexcept { runner(which); }
  };
  using owned_runner = std::unique_ptr<void, destroy>;

  void work() noexcept {
    const owned_runner runner(graph_.make(graph_.data), {graph_.destroy});
    while (std::optional<server_job> job = queue_.pop()) {
      answer(runner.get(), *job);
      const std::shared_ptr<job_owner> owner = std::move(job->owner);
      owner->finished(std::move(*job));
    }
  }

  /// The answer as a whole frame, with what it took.
  void answer(void* runner, server_job& job) noexcept {
    const auto start = clock::now();
    const std::size_t cut = job.header.cut;
    answer_job(graph_, runner, job);
    const auto spent = std::chrono::duration_cast<std::chrono::microseconds>(clock::now() - start).count();
    const auto microseconds =
        static_cast<std::uint32_t>(std::min<std::int64_t>(spent, std::numeric_limits<std::uint32_t>::max()));
    frame_header& header = job.header;
    if (header.error == errc::ok) {
      meters_.served(microseconds);
      times_.add(cut, microseconds);
      server_meters::count(meters_.answers);
    } else {
      server_meters::count(meters_.errors);
    }
    header.load = {static_cast<std::uint32_t>(queue_.size()), microseconds};
    job.bytes.resize(seal_frame(header, job.bytes.bytes(), header.payload_bytes).size());
  }

  const served_graph& graph_;
  server_meters& meters_;
  work_queue<server_job> queue_;
  service_times times_;
  std::uint32_t inline_microseconds_;
  owned_runner here_{nullptr, {graph_.destroy}};
  clock::time_point answered_here_{};
  std::size_t count_;
  std::vector<std::thread> threads_;
};

}  // namespace cleave
#endif
