// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_PLAN_LINK_MODEL_HPP
#define CLEAVE_PLAN_LINK_MODEL_HPP

/// @file
/// What a link between a device and a server costs: time by its latency and rates, energy by what its radio draws.

namespace cleave {

/// A link as the device sees it (`link` alone is a function of POSIX). Rates are bits a second, 0 where nothing gets
/// through; the latency is that of one direction. A radio that sends at `r` Mbit/s draws `up_watts_per_mbps * r +
/// base_watts` (Huang et al., A close examination of performance and power characteristics of 4G LTE networks, MobiSys
/// 2012).
struct link_model {
  double up_bits_per_second = 0;
  double down_bits_per_second = 0;
  double latency_seconds = 0;
  double up_watts_per_mbps = 0;
  double down_watts_per_mbps = 0;
  double base_watts = 0;

  /// Seconds until `bytes` have arrived; nothing takes no time.
  constexpr double up_seconds(double bytes) const noexcept { return seconds(bytes, up_bits_per_second); }
  constexpr double down_seconds(double bytes) const noexcept { return seconds(bytes, down_bits_per_second); }
  /// What the device's radio draws while it sends or receives.
  constexpr double up_watts() const noexcept { return up_watts_per_mbps * (up_bits_per_second / 1e6) + base_watts; }
  constexpr double down_watts() const noexcept {
    return down_watts_per_mbps * (down_bits_per_second / 1e6) + base_watts;
  }

  constexpr bool operator==(const link_model&) const = default;

  /// For a link that is down: longer than any plan, and a number that can be added up.
  static constexpr double never = 1e12;

 private:
  constexpr double seconds(double bytes, double rate) const noexcept {
    if (bytes <= 0) return 0;
    return rate > 0 ? latency_seconds + bytes * 8 / rate : never;
  }
};

/// Links of 2015 as Neurosurgeon's authors measured them (class `wireless` in the folder graph-gen/offloading of
/// claritylab/djinn, branch mobile), with the powers of Huang et al. Their times have no latency, so it is 0 here.
namespace links {
inline constexpr link_model threeg{1.44e6, 3.84e6, 0, 0.86898, 0.12212, 0.81788};
inline constexpr link_model lte{5.5e6, 24.3e6, 0, 0.43839, 0.05197, 1.28804};
inline constexpr link_model wifi{12.44e6, 34.2e6, 0, 0.28317, 0.13701, 0.13286};
}  // namespace links

}  // namespace cleave
#endif
