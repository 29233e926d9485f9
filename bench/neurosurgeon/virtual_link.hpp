// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_BENCH_NEUROSURGEON_VIRTUAL_LINK_HPP
#define CLEAVE_BENCH_NEUROSURGEON_VIRTUAL_LINK_HPP

/// @file
/// A radio link and a server behind it on a clock of their own, for the library's sessions: what a run of minutes would
/// do, in seconds and the same every time. The server's frames, checks and arithmetic are the library's; only its time
/// is made up.

#include <algorithm>
#include <cleave/runtime/server_workers.hpp>
#include <cleave/transport/transport.hpp>
#include <cleave/wire/frame_decoder.hpp>
#include <cleave/wire/hello.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "link_trace.hpp"

namespace neurosurgeon {

/// How busy the server is from `begin_microseconds` on.
struct load_piece {
  std::uint64_t begin_microseconds = 0;
  double slowdown = 1;                  ///< of its arithmetic
  std::uint64_t wait_microseconds = 0;  ///< of every request, behind others
  std::uint32_t queue_length = 0;       ///< that it reports
  bool stalled = false;                 ///< does nothing until the next piece begins
};

/// What the device's world is like, and its clock.
struct virtual_world {
  link_trace trace;
  std::uint64_t latency_microseconds = 10'000;  ///< one way
  double downlink = 4;                          ///< times the rate of the way up
  std::vector<load_piece> load{{}};
  std::vector<std::uint64_t> service_microseconds{};  ///< of the layers behind each cut, when nobody else asks

  std::uint64_t now = 0;  ///< microseconds

  const load_piece& load_at(std::uint64_t microseconds) const {
    std::size_t found = 0;
    while (found + 1 < load.size() && load[found + 1].begin_microseconds <= microseconds) ++found;
    return load[found];
  }

  /// When the server begins to work on what it has at that moment.
  std::uint64_t awake(std::uint64_t microseconds) const {
    for (std::size_t i = 0; i + 1 < load.size(); ++i) {
      if (load[i].stalled && load[i].begin_microseconds <= microseconds) {
        microseconds = std::max(microseconds, load[i + 1].begin_microseconds);
      }
    }
    return microseconds;
  }

  /// When a request behind `cut` that has arrived at that moment is answered.
  std::uint64_t answered(std::uint64_t arrived, std::size_t cut) const {
    const std::uint64_t begins = awake(arrived);
    return begins + load_at(begins).wait_microseconds + service(begins, cut);
  }
  std::uint64_t service(std::uint64_t at, std::size_t cut) const {
    return static_cast<std::uint64_t>(static_cast<double>(service_microseconds[cut]) * load_at(at).slowdown);
  }

  std::uint64_t sent_up(std::uint64_t from, std::uint64_t bytes) const { return trace.arrival(from, bytes); }
  std::uint64_t sent_down(std::uint64_t from, std::uint64_t bytes) const {
    return trace.arrival(from, static_cast<std::uint64_t>(static_cast<double>(bytes) / downlink) + 1);
  }
};

/// The device's end. A write returns when its bytes have left the radio, a read when the answer is there.
class virtual_link {
 public:
  /// Requires: both outlive it.
  virtual_link(virtual_world& world, const cleave::served_graph& graph) : world_(world), graph_(graph) {}
  ~virtual_link() { graph_.destroy(runner_); }
  virtual_link(const virtual_link&) = delete;
  virtual_link& operator=(const virtual_link&) = delete;

  cleave::io_result read_some(std::span<std::byte> in, cleave::deadline by) noexcept {
    if (replies_.empty() || replies_.front().at > by.microseconds) return give_up(by);
    reply& first = replies_.front();
    world_.now = std::max(world_.now, first.at);
    const std::size_t count = std::min(in.size(), first.bytes.size() - first.taken);
    std::copy_n(first.bytes.begin() + static_cast<std::ptrdiff_t>(first.taken), count, in.begin());
    first.taken += count;
    if (first.taken == first.bytes.size()) replies_.pop_front();
    return {count, cleave::errc::ok};
  }

  cleave::io_result write_some(std::span<const std::byte> out, cleave::deadline by) noexcept {
    const std::size_t count = std::min<std::size_t>(out.size(), packet);
    const std::uint64_t done = world_.sent_up(world_.now, count);
    if (done > by.microseconds) return give_up(by);
    world_.now = done;
    take(out.first(count));
    return {count, cleave::errc::ok};
  }

  std::uint64_t now() const noexcept { return world_.now; }

  cleave::status reopen(cleave::deadline by) noexcept {
    replies_.clear();
    decoder_.restart();
    // A packet there and one back.
    const std::uint64_t there = world_.sent_up(world_.now, handshake);
    if (there == ~std::uint64_t{0} || there + 2 * world_.latency_microseconds > by.microseconds) {
      return give_up(by).error;
    }
    world_.now = there + 2 * world_.latency_microseconds;
    return {};
  }

 private:
  static constexpr std::size_t packet = 1460;
  static constexpr std::size_t handshake = 60;

  struct reply {
    std::uint64_t at;
    std::vector<std::byte> bytes;
    std::size_t taken = 0;
  };

  cleave::io_result give_up(cleave::deadline by) noexcept {
    if (!by.is_never()) world_.now = std::max(world_.now, by.microseconds);
    return {0, cleave::errc::timed_out};
  }

  void take(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      bytes = bytes.subspan(decoder_.feed(bytes));
      if (decoder_.stage() == cleave::decoder_stage::decide) {
        arriving_ = cleave::server_buffer(most_bytes, budget_);
        arriving_.resize(decoder_.header().payload_bytes + cleave::frame_trailer_bytes);
        static_cast<void>(decoder_.accept(arriving_.bytes()));
      }
      if (decoder_.stage() == cleave::decoder_stage::complete) answer(decoder_.header());
      if (!decoder_.hungry()) decoder_.restart();
    }
  }

  void answer(const cleave::frame_header& header) {
    const std::uint64_t arrived = world_.now + world_.latency_microseconds;
    if (header.kind == cleave::frame_kind::hello) {
      const auto theirs = cleave::load_hello(arriving_.bytes().first<cleave::hello_bytes>());
      std::vector<std::byte> frame(cleave::frame_bytes(cleave::hello_bytes));
      const cleave::hello ours = graph_.introduction();
      store_hello(ours, std::span(frame).subspan(cleave::frame_header_bytes).first<cleave::hello_bytes>());
      send(cleave::seal_frame({.kind = cleave::frame_kind::hello_reply, .error = agree(ours, theirs).error()}, frame,
                              cleave::hello_bytes),
           world_.awake(arrived));
    } else if (header.kind == cleave::frame_kind::request && graph_.check(header, most_bytes)) {
      cleave::server_job job{nullptr, header, std::move(arriving_)};
      answer_job(graph_, runner_, job);
      const std::uint64_t begins = std::max(world_.awake(arrived), busy_until_);
      const load_piece& load = world_.load_at(begins);
      const std::uint64_t service = world_.service(begins, header.cut);
      busy_until_ = begins + load.wait_microseconds + service;
      job.header.load = {load.queue_length, static_cast<std::uint32_t>(service)};
      send(cleave::seal_frame(job.header, job.bytes.bytes(), job.header.payload_bytes), busy_until_);
    }
  }

  void send(std::span<const std::byte> bytes, std::uint64_t at) {
    const std::uint64_t arrives = world_.sent_down(at, bytes.size());
    if (arrives == ~std::uint64_t{0}) return;
    replies_.push_back({arrives + world_.latency_microseconds, {bytes.begin(), bytes.end()}});
  }

  static constexpr std::size_t most_bytes = 1 << 22;

  virtual_world& world_;
  const cleave::served_graph graph_;
  void* runner_ = graph_.make(graph_.data);
  cleave::frame_decoder decoder_{most_bytes};
  cleave::memory_budget budget_{std::size_t{4} * most_bytes};
  cleave::server_buffer arriving_;
  std::deque<reply> replies_;
  std::uint64_t busy_until_ = 0;
};

static_assert(cleave::reopenable_transport<virtual_link>);

}  // namespace neurosurgeon
#endif
