// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <algorithm>
#include <cleave/testing/check_transport.hpp>
#include <cleave/transport/loopback.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include "archetypes/chunked_transport.hpp"

namespace {

using cleave::deadline;
using cleave::errc;
using cleave::io_result;
using cleave::loopback_end;
using cleave::testing::transport_report;

/// What a broken transport does wrong; otherwise it is a loopback.
enum class fault {
  none,
  loses_a_byte,
  swaps_neighbours,
  repeats_a_byte,
  writes_past_the_span,
  claims_no_bytes,
  claims_too_many,
  bytes_and_an_error,
  ignores_deadlines,
  oversleeps,
  wrong_code_at_the_deadline,
  loses_bytes_after_a_time_out,
  drops_when_full,
  never_polls,
  close_looks_like_an_error,
  close_loses_what_was_sent,
  close_is_forgotten,
  writes_vanish_after_close,
  reopen_keeps_old_bytes,
  reopen_does_nothing,
};

using pipe_type = cleave::loopback<600>;

class broken_end {
 public:
  broken_end(fault what, pipe_type& pipe, bool first, bool* gone)
      : what_(what),
        pipe_(pipe),
        link_(first ? pipe.first() : pipe.second()),
        other_(first ? pipe.second() : pipe.first()),
        gone_(gone) {}

  io_result read_some(std::span<std::byte> in, deadline by) noexcept {
    if (what_ == fault::never_polls && by.passed(link_.now())) return {0, errc::timed_out};
    if (what_ == fault::close_loses_what_was_sent && *gone_) return {0, errc::closed};
    const io_result moved = link_.read_some(in, what_ == fault::ignores_deadlines ? deadline{0} : by);
    if (moved.error == errc::timed_out) return late();
    if (moved.error == errc::closed) return closed();
    return spoilt(in, moved.bytes);
  }

  io_result write_some(std::span<const std::byte> out, deadline by) noexcept {
    const io_result moved = link_.write_some(out, by);
    if (what_ == fault::drops_when_full && moved.error == errc::timed_out) return {out.size(), errc::ok};
    if (what_ == fault::writes_vanish_after_close && moved.error == errc::closed) {
      pipe_.advance(1000);
      return {out.size(), errc::ok};
    }
    return moved;
  }

  std::uint64_t now() noexcept { return link_.now(); }

  cleave::status reopen(deadline by) noexcept {
    if (what_ == fault::reopen_does_nothing) return {};
    const cleave::status done = link_.reopen(by);
    if (what_ == fault::reopen_keeps_old_bytes) {
      const std::byte old{};
      static_cast<void>(other_.write_some(std::span(&old, 1), by));
    }
    return done;
  }

  void close() noexcept {
    *gone_ = true;
    link_.close();
  }

 private:
  io_result late() noexcept {
    timed_out_ = true;
    if (what_ == fault::oversleeps) pipe_.advance(20'000'000);
    return {0, what_ == fault::wrong_code_at_the_deadline ? errc::io_error : errc::timed_out};
  }

  io_result closed() noexcept {
    if (what_ == fault::close_looks_like_an_error) return {0, errc::io_error};
    if (what_ == fault::close_is_forgotten && ++closed_ == 2) return {0, errc::timed_out};
    return {0, errc::closed};
  }

  io_result spoilt(std::span<std::byte> in, std::size_t bytes) noexcept {
    count_ += bytes;
    const bool once = count_ > 1000 && bytes > 1 && !std::exchange(done_, count_ > 1000 && bytes > 1);
    switch (what_) {
      case fault::loses_a_byte: return {once ? bytes - 1 : bytes, errc::ok};
      case fault::swaps_neighbours:
        if (once) std::swap(in[0], in[1]);
        break;
      case fault::repeats_a_byte:
        if (once) in[1] = in[0];
        break;
      case fault::writes_past_the_span: in.data()[in.size()] = std::byte{0}; break;
      case fault::claims_no_bytes: return {0, errc::ok};
      case fault::claims_too_many: return {in.size() + 1, errc::ok};
      case fault::bytes_and_an_error: return {bytes, errc::io_error};
      case fault::loses_bytes_after_a_time_out:
        if (count_ > 20 && std::exchange(timed_out_, false)) return {bytes - 1, errc::ok};
        break;
      default: break;
    }
    return {bytes, errc::ok};
  }

  fault what_;
  pipe_type& pipe_;
  loopback_end& link_;
  loopback_end& other_;
  bool* gone_;
  std::size_t count_ = 0;
  int closed_ = 0;
  bool timed_out_ = false;
  bool done_ = false;
};

struct broken_ends {
  explicit broken_ends(fault what) : first(what, pipe, true, &gone), second(what, pipe, false, &gone) {}

  pipe_type pipe;
  bool gone = false;
  broken_end first;
  broken_end second;
};

transport_report check(fault what) {
  return cleave::testing::check_transport([what] { return broken_ends(what); });
}

/// The promise that the check says is broken.
std::string_view verdict(fault what) {
  const transport_report report = check(what);
  CHECK_FALSE(report);
  return report ? "" : report.first_failure();
}

bool mentions(std::string_view sentence, std::string_view words) { return sentence.find(words) != sentence.npos; }

}  // namespace

TEST_CASE("a transport that keeps its promises passes every check, none is skipped") {
  const transport_report report = check(fault::none);
  CHECK(report);
  CHECK(report.first_failure() == nullptr);
  CHECK(report.entries().size() == 10);
  for (const auto& entry : report.entries()) {
    CAPTURE(entry.what);
    CHECK(entry.came == transport_report::outcome::passed);
  }
}

TEST_CASE("bytes that are lost, moved, changed or made up are found") {
  CHECK(mentions(verdict(fault::loses_a_byte), "whole and in order"));
  CHECK(mentions(verdict(fault::swaps_neighbours), "whole and in order"));
  CHECK(mentions(verdict(fault::repeats_a_byte), "whole and in order"));
  CHECK(mentions(verdict(fault::writes_past_the_span), "whole and in order"));
  CHECK(mentions(verdict(fault::loses_bytes_after_a_time_out), "a read that timed out"));
}

TEST_CASE("counts that a read can not have are found") {
  CHECK(mentions(verdict(fault::claims_no_bytes), "whole and in order"));
  CHECK(mentions(verdict(fault::claims_too_many), "whole and in order"));
  CHECK(mentions(verdict(fault::bytes_and_an_error), "whole and in order"));
}

TEST_CASE("deadlines that are missed, overrun or told wrongly are found") {
  CHECK(mentions(verdict(fault::ignores_deadlines), "ends at its deadline"));
  CHECK(mentions(verdict(fault::oversleeps), "ends at its deadline"));
  CHECK(mentions(verdict(fault::wrong_code_at_the_deadline), "ends at its deadline"));
  CHECK(mentions(verdict(fault::never_polls), "polls"));
  CHECK(mentions(verdict(fault::drops_when_full), "a write that nobody reads"));
}

TEST_CASE("a close that is not seen as one is found") {
  CHECK(mentions(verdict(fault::close_looks_like_an_error), "what was sent before the other end closed"));
  CHECK(mentions(verdict(fault::close_loses_what_was_sent), "what was sent before the other end closed"));
  CHECK(mentions(verdict(fault::close_is_forgotten), "what was sent before the other end closed"));
  CHECK(mentions(verdict(fault::writes_vanish_after_close), "writes to an end that is gone"));
}

TEST_CASE("a reopen that does not bring back a clean stream is found") {
  CHECK(mentions(verdict(fault::reopen_keeps_old_bytes), "after reopen"));
  CHECK(mentions(verdict(fault::reopen_does_nothing), "after reopen"));
}

TEST_CASE("what the ends do not offer is skipped and said so") {
  struct plain_end {  // can neither close nor be moved nor reopen
    loopback_end& link;
    plain_end(loopback_end& end) : link(end) {}
    plain_end(const plain_end&) = delete;
    io_result read_some(std::span<std::byte> in, deadline by) noexcept { return link.read_some(in, by); }
    io_result write_some(std::span<const std::byte> out, deadline by) noexcept { return link.write_some(out, by); }
    std::uint64_t now() noexcept { return link.now(); }
  };
  struct plain_ends {
    cleave::loopback<50> pipe;
    plain_end first{pipe.first()};
    plain_end second{pipe.second()};
  };
  const auto report = cleave::testing::check_transport([] { return plain_ends(); });
  CHECK(report);
  const auto skipped = [](const auto& entry) { return entry.came == transport_report::outcome::skipped; };
  CHECK(std::count_if(report.entries().begin(), report.entries().end(), skipped) == 2);
}

TEST_CASE("transports that move few bytes a call pass") {
  struct chunked_ends {
    cleave::loopback<100> pipe;
    archetypes::chunked_transport<loopback_end> first;
    archetypes::chunked_transport<loopback_end> second;
    explicit chunked_ends(std::size_t most) : first(pipe.first(), most), second(pipe.second(), most) {}
  };
  for (const std::size_t most : {1u, 2u, 3u, 7u}) {
    const auto report = cleave::testing::check_transport([&] { return chunked_ends(most); });
    CHECK(report.first_failure() == nullptr);
  }
}
