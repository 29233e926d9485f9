// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_TESTS_ARCHETYPES_MINIMAL_TRANSPORT_HPP
#define CLEAVE_TESTS_ARCHETYPES_MINIMAL_TRANSPORT_HPP

#include <algorithm>
#include <cleave/transport/transport.hpp>
#include <cstddef>
#include <cstdint>
#include <span>

namespace archetypes {

/// A transport and nothing more: can not be copied, compared or made without arguments. Reads from one
/// piece of memory and writes to another; at the end of each it is closed.
class minimal_transport {
 public:
  minimal_transport(std::span<const std::byte> to_read, std::span<std::byte> to_write) noexcept
      : to_read_(to_read), to_write_(to_write) {}
  minimal_transport(minimal_transport&&) noexcept = default;
  minimal_transport& operator=(minimal_transport&&) = delete;

  cleave::io_result read_some(std::span<std::byte> in, cleave::deadline) noexcept {
    if (to_read_.empty()) return {0, cleave::errc::closed};
    const std::size_t count = std::min(in.size(), to_read_.size());
    std::copy_n(to_read_.data(), count, in.data());
    to_read_ = to_read_.subspan(count);
    return {count, cleave::errc::ok};
  }

  cleave::io_result write_some(std::span<const std::byte> out, cleave::deadline) noexcept {
    if (to_write_.empty()) return {0, cleave::errc::closed};
    const std::size_t count = std::min(out.size(), to_write_.size());
    std::copy_n(out.data(), count, to_write_.data());
    to_write_ = to_write_.subspan(count);
    return {count, cleave::errc::ok};
  }

  std::uint64_t now() noexcept { return 0; }

  void operator&() const = delete;

 private:
  std::span<const std::byte> to_read_;
  std::span<std::byte> to_write_;
};

static_assert(cleave::transport<minimal_transport>);
static_assert(!cleave::reopenable_transport<minimal_transport>);

}  // namespace archetypes
#endif
