// SPDX-License-Identifier: BSL-1.0
#ifndef TOOLS_WEIGHTS_BLOB_HPP
#define TOOLS_WEIGHTS_BLOB_HPP

/// @file
/// A weight file as cleave-weights sees it: without its graph.

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include <cleave/core/result.hpp>
#include <cleave/weights/file.hpp>
#include <cleave/weights/format.hpp>

namespace tool {

/// Why a file was refused, in words for people; the code becomes the exit status.
class refusal : public std::runtime_error {
 public:
  refusal(cleave::errc code, const std::string& words) : std::runtime_error(words), code_(code) {}
  cleave::errc code() const noexcept { return code_; }

 private:
  cleave::errc code_;
};

/// The exit status for an error: 0 for none, 2 is left to a wrong command line.
int exit_status(cleave::errc code) noexcept;

/// An opened file whose header and table are sound.
class blob {
 public:
  /// Throws `refusal`.
  explicit blob(const std::string& path);

  const cleave::blob_header& header() const noexcept { return header_; }
  std::span<const std::byte> bytes() const noexcept { return file_.bytes(); }
  cleave::blob_line line(std::size_t layer) const noexcept { return cleave::line_of(bytes(), layer); }
  bool holds(std::size_t layer) const noexcept { return header_.first_layer <= layer && layer <= header_.last_layer; }
  /// "layers 1..6", "layer 3" or "no layer".
  std::string held_layers() const;

  /// The layers held whose data does not have the checksum that the table says.
  std::vector<std::size_t> damaged_layers() const;

 private:
  cleave::mapped_file file_;
  cleave::blob_header header_;
};

/// "layers 1..6", "layer 3" or "no layer".
std::string layer_range(std::size_t first, std::size_t final);
std::string layout_name(cleave::weight_layout_kind layout);
std::string type_name(cleave::dtype type);
/// Lower-case hexadecimal digits, `digits` of them.
std::string hexadecimal(std::uint64_t number, int digits);

}  // namespace tool
#endif
