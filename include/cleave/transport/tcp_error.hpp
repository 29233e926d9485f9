// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_TRANSPORT_TCP_ERROR_HPP
#define CLEAVE_TRANSPORT_TCP_ERROR_HPP

/// @file
/// What an operating system's network errors mean to cleave. Hosted; stands on Asio.

#include <asio/error.hpp>
#include <cleave/core/result.hpp>
#include <system_error>

namespace cleave::tcp {

/// The code of cleave nearest to `code`. A connection that was lost in any way is `closed`.
inline errc to_errc(const std::error_code& code) noexcept {
  if (!code) return errc::ok;
  if (code == asio::error::eof || code == asio::error::connection_reset || code == asio::error::broken_pipe ||
      code == asio::error::connection_aborted || code == asio::error::not_connected ||
      code == asio::error::bad_descriptor || code == asio::error::shut_down) {
    return errc::closed;
  }
  if (code == asio::error::connection_refused) return errc::refused;
  if (code == asio::error::address_in_use) return errc::address_in_use;
  if (code == asio::error::timed_out || code == asio::error::operation_aborted) return errc::timed_out;
  if (code == asio::error::host_not_found || code == asio::error::host_not_found_try_again ||
      code == asio::error::no_data || code == asio::error::service_not_found || code == asio::error::host_unreachable ||
      code == asio::error::network_unreachable || code == asio::error::network_down) {
    return errc::unreachable;
  }
  return errc::io_error;
}

}  // namespace cleave::tcp
#endif
