// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_PLAN_LINK_ESTIMATOR_HPP
#define CLEAVE_PLAN_LINK_ESTIMATOR_HPP

/// @file
/// What a link is like now, from how long exchanges over it took. Freestanding.

#include <cleave/plan/link_model.hpp>

namespace cleave {

/// How sure an estimator of links is of what it sees and of what it knows.
struct link_estimator_options {
  double noise = 0.05;          ///< of a measured time, as a share of it
  double noise_seconds = 2e-4;  ///< and in any case
  double wander = 0.1;          ///< share by which rate and latency drift within a second
};

/// Estimates the round trip and the time for a byte with a Kalman filter over both: exchanges of few bytes tell of the
/// latency, exchanges of many of the rate, and what they have told fades as time passes. A time that can not be noise
/// (beyond three deviations) is a change of the link: the filter then forgets as much as it takes to follow at once.
///
/// The way back is as much faster or slower than the way there as in the link it was made with; answers are short, so
/// that little depends on it.
class link_estimator {
 public:
  /// Requires: rates above 0.
  constexpr explicit link_estimator(const link_model& expected, const link_estimator_options& options = {}) noexcept
      : model_(expected),
        options_(options),
        down_share_(expected.up_bits_per_second / expected.down_bits_per_second),
        round_trip_(2 * expected.latency_seconds),
        byte_(8 / expected.up_bits_per_second) {
    doubt();
  }

  /// An exchange took `seconds` beside the server's work, of these `tail` after the link had taken the last byte, and
  /// came to its end at `at`, a time of any clock in seconds. The round trip is no longer than the tail: a link that
  /// takes bytes no faster than it sends them tells its two numbers apart at once.
  constexpr void observe(double bytes_up, double bytes_down, double seconds, double tail, double at) noexcept {
    if (!(seconds > 0)) seconds = 1e-7;
    drift(at);
    const double bytes = bytes_up + bytes_down * down_share_;
    const double noise = options_.noise * seconds + options_.noise_seconds;
    const double error = seconds - (round_trip_ + bytes * byte_);
    if (error * error > 9 * (expected_square(bytes) + noise * noise)) {
      // Where the link took its time to take the bytes, it is they that took another one; else nobody knows.
      const double sending = bytes * byte_;
      const double share = seconds - tail > seconds / 8 ? 1 : sending / (sending + round_trip_ + 1e-12);
      byte_square_ += error * error / (bytes * bytes) * share;
      trip_square_ += error * error * (1 - share);
    }
    // Gains of the two, for one measured sum.
    const double trip_with = trip_square_ + bytes * both_;
    const double byte_with = both_ + bytes * byte_square_;
    const double all = trip_with + bytes * byte_with + noise * noise;
    const double trip_gain = trip_with / all;
    const double byte_gain = byte_with / all;
    round_trip_ += trip_gain * error;
    byte_ += byte_gain * error;
    const double trip_square = trip_square_ - trip_gain * trip_with;
    const double both = both_ - trip_gain * byte_with;
    const double byte_square = byte_square_ - byte_gain * byte_with;
    trip_square_ = trip_square > 0 ? trip_square : 0;
    both_ = both;
    byte_square_ = byte_square > 0 ? byte_square : 0;
    if (!(tail > 0)) tail = 0;
    if (round_trip_ > tail) {
      byte_ += (round_trip_ - tail) / bytes;
      round_trip_ = tail;
    }
    keep_sane();
  }

  /// After `seconds` no answer had come to so many bytes, of which the link had taken `taken`. Less than all: that is
  /// its rate. All: it is slower than was thought.
  constexpr void observe_failure(double bytes, double taken, double seconds, double at) noexcept {
    drift(at);
    const double sending = seconds > round_trip_ ? seconds - round_trip_ : seconds;
    double slower = taken > 0 && taken < bytes ? seconds / taken : 1.5 * sending / bytes;
    if (slower < byte_) slower = byte_;
    if (slower > slowest) slower = slowest;
    byte_ = slower;
    byte_square_ = byte_ * byte_ / 4;
    both_ = 0;
  }

  /// From now on the next exchange counts for more than what was known.
  constexpr void doubt() noexcept {
    trip_square_ = round_trip_ * round_trip_ / 4 + 1e-6;
    byte_square_ = byte_ * byte_ / 4;
    both_ = 0;
  }

  /// The link as it seems to be, with the radio of the one it was made with.
  constexpr link_model now() const noexcept {
    link_model is = model_;
    is.latency_seconds = round_trip_ / 2;
    is.up_bits_per_second = 8 / byte_;
    is.down_bits_per_second = is.up_bits_per_second / down_share_;
    return is;
  }

  constexpr double round_trip_seconds() const noexcept { return round_trip_; }

 private:
  static constexpr double slowest = 8 / 100.0;  // of a byte: 100 bit/s
  static constexpr double fastest = 8 / 400e9;

  constexpr double expected_square(double bytes) const noexcept {
    return trip_square_ + 2 * bytes * both_ + bytes * bytes * byte_square_;
  }

  constexpr void drift(double at) noexcept {
    const double passed = started_ && at > at_ ? at - at_ : 0;
    at_ = at;
    started_ = true;
    const double share = options_.wander * options_.wander * (passed < 100 ? passed : 100);
    trip_square_ += (round_trip_ * round_trip_ + 1e-8) * share;
    byte_square_ += byte_ * byte_ * share;
  }

  constexpr void keep_sane() noexcept {
    if (!(round_trip_ > 0)) round_trip_ = 0;
    if (!(byte_ > fastest)) byte_ = fastest;
    if (byte_ > slowest) byte_ = slowest;
  }

  link_model model_;
  link_estimator_options options_;
  double down_share_;
  double round_trip_;       // seconds
  double byte_;             // seconds
  double trip_square_ = 0;  // variances, and what both share
  double byte_square_ = 0;
  double both_ = 0;
  double at_ = 0;
  bool started_ = false;
};

}  // namespace cleave
#endif
