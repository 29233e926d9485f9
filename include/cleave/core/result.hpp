// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_CORE_RESULT_HPP
#define CLEAVE_CORE_RESULT_HPP

/// @file
/// Errors are values: a small enumeration, `status` for "done or why not", `result<T>` for
/// "a T or why not". Nothing here allocates or throws.

#include <cstdint>
#include <optional>
#include <utility>

namespace cleave {

/// Why something was refused or did not happen. Each cause has a code of its own.
enum class errc : std::uint8_t {
  ok = 0,

  // weights
  not_a_weight_blob,    ///< the bytes do not begin like a weight blob
  unsupported_version,  ///< a blob or frame of another version of the format
  truncated_blob,       ///< fewer bytes than the header announces
  corrupt_blob,         ///< a checksum does not match
  misaligned_blob,      ///< the bytes do not start at a multiple of 4
  wrong_graph,          ///< made for another graph
  missing_layers,       ///< a slice that lacks the layers needed here

  // files
  file_not_found,
  file_not_readable,
  file_not_writable,

  // frames
  bad_magic,        ///< the bytes are not a frame
  bad_header,       ///< the header's checksum or a reserved field is wrong
  bad_payload,      ///< the payload's checksum is wrong
  bad_frame,        ///< well formed, but of a kind or size that does not belong here
  frame_too_large,  ///< longer than the limit agreed on
  wrong_weights,    ///< the other end holds other weights
  wrong_numerics,   ///< the other end computes in another order or precision
  unknown_codec,    ///< a codec that this end does not have
  bad_cut,          ///< a cut that the graph does not have
  bad_encoding,     ///< the codec can not decode the payload

  // transport
  closed,       ///< the other end closed the connection, or it was lost
  timed_out,    ///< the deadline passed
  refused,      ///< nobody listens there
  unreachable,  ///< no such host, or no way to it
  io_error,     ///< the operating system reported another failure

  // server
  overloaded,  ///< the server's queue or connection limit is reached
  stopping,    ///< the server is shutting down; the last code that frames carry

  // this end only
  address_in_use,  ///< another program listens on that port
};

/// A short sentence for people, for example "the weight blob was made for another graph".
constexpr const char* message(errc code) noexcept {
  switch (code) {
    case errc::ok: return "no error";
    case errc::not_a_weight_blob: return "these bytes are not a weight blob";
    case errc::unsupported_version: return "made by another version of the format";
    case errc::truncated_blob: return "the weight blob is shorter than its header says";
    case errc::corrupt_blob: return "a checksum of the weight blob does not match";
    case errc::misaligned_blob: return "the weight blob does not start at a multiple of 4 bytes";
    case errc::wrong_graph: return "the weight blob was made for another graph";
    case errc::missing_layers: return "the weight slice lacks layers that are needed here";
    case errc::file_not_found: return "no such file";
    case errc::file_not_readable: return "the file can not be read";
    case errc::file_not_writable: return "the file can not be written";
    case errc::bad_magic: return "these bytes are not a frame";
    case errc::bad_header: return "the frame's header is damaged";
    case errc::bad_payload: return "the frame's payload is damaged";
    case errc::bad_frame: return "a frame of this kind or size does not belong here";
    case errc::frame_too_large: return "the frame is longer than the limit";
    case errc::wrong_weights: return "the other end holds other weights";
    case errc::wrong_numerics: return "the other end computes in another order or precision";
    case errc::unknown_codec: return "the other end does not have this codec";
    case errc::bad_cut: return "the graph has no such cut";
    case errc::bad_encoding: return "the payload can not be decoded";
    case errc::closed: return "the connection was closed";
    case errc::timed_out: return "no answer in time";
    case errc::refused: return "nobody listens there";
    case errc::unreachable: return "the host can not be reached";
    case errc::io_error: return "input or output failed";
    case errc::overloaded: return "the server is overloaded";
    case errc::stopping: return "the server is stopping";
    case errc::address_in_use: return "another program listens on that port";
  }
  return "unknown error";
}

/// Done, or the reason why not.
class [[nodiscard]] status {
 public:
  constexpr status() noexcept = default;
  constexpr status(errc code) noexcept : code_(code) {}

  constexpr explicit operator bool() const noexcept { return code_ == errc::ok; }
  constexpr errc error() const noexcept { return code_; }
  constexpr bool operator==(const status&) const = default;

 private:
  errc code_ = errc::ok;
};

/// A value, or the reason why there is none. Reading the value of a failed result is undefined.
template <class T>
class [[nodiscard]] result {
 public:
  using value_type = T;

  constexpr result(T value) noexcept : value_(std::move(value)) {}
  /// Requires: `code != errc::ok`.
  constexpr result(errc code) noexcept : code_(code) {}

  constexpr explicit operator bool() const noexcept { return value_.has_value(); }
  constexpr errc error() const noexcept { return code_; }

  constexpr T& operator*() & noexcept { return *value_; }
  constexpr const T& operator*() const& noexcept { return *value_; }
  constexpr T&& operator*() && noexcept { return *std::move(value_); }
  constexpr T* operator->() noexcept { return &*value_; }
  constexpr const T* operator->() const noexcept { return &*value_; }

 private:
  std::optional<T> value_;
  errc code_ = errc::ok;
};

}  // namespace cleave
#endif
