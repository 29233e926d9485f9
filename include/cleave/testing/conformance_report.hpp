// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_TESTING_CONFORMANCE_REPORT_HPP
#define CLEAVE_TESTING_CONFORMANCE_REPORT_HPP

/// @file
/// What the conformance checks of this folder give: no test framework, no heap.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace cleave::testing {

/// The promises of a concept that were checked, and what came of each.
class conformance_report {
 public:
  enum class outcome : std::uint8_t { passed, failed, skipped };
  struct entry {
    const char* what = "";
    outcome came = outcome::skipped;
  };

  /// Whether nothing failed.
  constexpr explicit operator bool() const noexcept { return first_failure() == nullptr; }

  /// The promise that was broken first, as a sentence; null when none was.
  constexpr const char* first_failure() const noexcept {
    for (const entry& each : entries()) {
      if (each.came == outcome::failed) return each.what;
    }
    return nullptr;
  }

  constexpr std::span<const entry> entries() const noexcept { return std::span(entries_).first(count_); }

  constexpr void add(const char* what, outcome came) noexcept {
    if (count_ < entries_.size()) entries_[count_++] = {what, came};
  }
  constexpr void add(const char* what, bool passed) noexcept { add(what, passed ? outcome::passed : outcome::failed); }

 private:
  std::array<entry, 16> entries_{};
  std::size_t count_ = 0;
};

}  // namespace cleave::testing
#endif
