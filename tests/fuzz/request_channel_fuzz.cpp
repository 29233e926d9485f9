// SPDX-License-Identifier: BSL-1.0
// A device whose server, or whose line, sends whatever it likes: every call comes back in time, with an answer to the
// request that was asked or with a reason, and writes to the answer's room alone.
#include <algorithm>
#include <cleave/runtime/request_channel.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "mend_frames.hpp"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace {

using cleave::deadline;
using cleave::errc;
using cleave::io_result;

constexpr std::size_t control_bytes = 2;
constexpr std::size_t answer_bytes = 40;
constexpr std::byte guard{0xa5};

/// A failed promise stops the fuzzer, which then keeps the input.
void require(bool holds) {
  if (!holds) std::abort();
}

/// Gives the fuzzer's bytes, a few a call, and takes everything. When they are used up, time passes or the line is
/// dead.
class scripted_link {
 public:
  scripted_link(std::span<const std::byte> script, std::size_t most, bool hangs_up) noexcept
      : script_(script), most_(most), hangs_up_(hangs_up) {}

  io_result read_some(std::span<std::byte> in, deadline by) noexcept {
    require(!in.empty());
    if (script_.empty()) {
      if (hangs_up_) return {0, errc::closed};
      now_ = std::max(now_, by.microseconds);
      return {0, errc::timed_out};
    }
    const std::size_t count = std::min({in.size(), script_.size(), most_});
    std::copy_n(script_.begin(), count, in.begin());
    script_ = script_.subspan(count);
    return {count, errc::ok};
  }
  io_result write_some(std::span<const std::byte> out, deadline) noexcept {
    require(!out.empty());
    return {out.size(), errc::ok};
  }
  std::uint64_t now() const noexcept { return now_; }
  cleave::status reopen(deadline) noexcept { return {}; }

 private:
  std::span<const std::byte> script_;
  std::size_t most_;
  bool hangs_up_;
  std::uint64_t now_ = 0;
};

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned seed) {
  size = LLVMFuzzerMutate(data, size, max_size);
  if (seed % 4 != 0 && size > control_bytes) {
    fuzz::mend_frames(std::span(reinterpret_cast<std::byte*>(data), size).subspan(control_bytes));
  }
  return size;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < control_bytes) return 0;
  const std::span script(reinterpret_cast<const std::byte*>(data) + control_bytes, size - control_bytes);
  scripted_link link(script, data[0] % 64 + std::size_t{1}, data[1] % 2 == 1);
  cleave::request_channel<scripted_link> channel(
      link, {.graph = 1, .weights = 2, .codecs = 3, .numerics = 1, .max_payload_bytes = answer_bytes});

  const cleave::session_options options{.timeout_microseconds = 1000,
                                        .retries = static_cast<std::uint8_t>(data[1] / 2 % 4)};
  const std::vector<std::byte> frame(100);
  const std::size_t room_bytes = answer_bytes + cleave::frame_trailer_bytes;
  for (std::uint64_t request = 1; request <= 3; ++request) {
    std::vector<std::byte> memory(room_bytes + 16, guard);
    const std::uint64_t start = link.now();
    const cleave::status done = channel.ask(frame, request, std::span(memory).first(room_bytes), options);
    require(link.now() <= start + options.timeout_microseconds);
    require(std::all_of(memory.end() - 16, memory.end(), [](std::byte each) { return each == guard; }));
    if (!done) continue;
    const cleave::frame_header& answer = channel.answer();
    require(answer.kind == cleave::frame_kind::answer && answer.request == request);
    require(answer.payload_bytes <= answer_bytes);
  }
  return 0;
}
