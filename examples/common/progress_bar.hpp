// SPDX-License-Identifier: BSL-1.0
#ifndef EXAMPLES_COMMON_PROGRESS_BAR_HPP
#define EXAMPLES_COMMON_PROGRESS_BAR_HPP

/// @file
/// A bar that fills while work goes on, and leaves nothing behind. Silent where nobody looks.

#include "terminal.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <string>
#include <utility>

namespace demo {

class progress_bar {
 public:
  explicit progress_bar(std::size_t total, int descriptor = STDERR_FILENO)
      : total_(std::max<std::size_t>(total, 1)), descriptor_(descriptor), terminal_(look_at(descriptor)) {}
  progress_bar(const progress_bar&) = delete;
  progress_bar& operator=(const progress_bar&) = delete;
  ~progress_bar() {
    if (drawn_) write_out("\r\x1b[K");
  }

  void title(std::string text) { title_ = std::move(text); }

  /// `done` things of `total` are finished. Redraws at most 20 times a second, so that timing what goes on
  /// around it is hardly disturbed.
  void advance(std::size_t by = 1) {
    done_ += by;
    if (!terminal_.interactive) return;
    const auto now = std::chrono::steady_clock::now();
    if (drawn_ && now - last_ < std::chrono::milliseconds(50)) return;
    last_ = now;
    drawn_ = true;
    write_out("\r" + line() + "\x1b[K");
  }

  /// The bar as it stands, for example `##########----------  50 %  cut 6`.
  std::string line() const {
    constexpr std::size_t cells = 32;
    const std::size_t done = std::min(done_, total_);
    const std::size_t full = done * cells / total_;
    std::string text = "  ";
    for (std::size_t cell = 0; cell < cells; ++cell) {
      if (terminal_.unicode) {
        text += cell < full ? "\u2501" : "\u2500";
      } else {
        text += cell < full ? '#' : '-';
      }
    }
    const std::string percent = std::to_string(done * 100 / total_);
    return text + std::string(4 - percent.size(), ' ') + percent + " %  " + title_;
  }

 private:
  void write_out(const std::string& text) const {
    // A bar that can not be drawn is no reason to stop.
    [[maybe_unused]] const auto written = ::write(descriptor_, text.data(), text.size());
  }

  std::size_t total_;
  std::size_t done_ = 0;
  int descriptor_;
  terminal terminal_;
  std::string title_;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point last_{};
};

}  // namespace demo
#endif
