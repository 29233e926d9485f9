// SPDX-License-Identifier: BSL-1.0
#ifndef EXAMPLES_JETSON_TK1_FRAMES_HPP
#define EXAMPLES_JETSON_TK1_FRAMES_HPP

/// @file
/// Pictures as a camera gives them: made here, or read from a file or a pipe.

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace board {

/// Rows of red, green, blue, a byte each.
struct frame {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> rgb;

  std::size_t bytes() const noexcept { return std::size_t{3} * static_cast<std::size_t>(width * height); }
};

/// Where frames come from.
class frame_source {
 public:
  frame_source() = default;
  frame_source(const frame_source&) = delete;
  frame_source& operator=(const frame_source&) = delete;
  virtual ~frame_source() = default;

  /// False when there are no more. Throws std::runtime_error when what comes is no frame.
  virtual bool next(frame& into) = 0;
};

/// A test picture that moves: colour bars, and a bright disc that goes round. The same on every machine.
class test_picture final : public frame_source {
 public:
  test_picture(int width, int height) : width_(width), height_(height) {}
  bool next(frame& into) override;

 private:
  int width_;
  int height_;
  int number_ = 0;
};

/// A file, "-" for the standard input: frames of RGB24 (V4L2's RGB3) one behind the other where a size is given, binary
/// PPM pictures where it is 0 x 0.
class frame_stream final : public frame_source {
 public:
  /// Throws std::runtime_error when the file can not be opened.
  frame_stream(const std::string& path, int width, int height);
  bool next(frame& into) override;

 private:
  struct close_file {
    void operator()(std::FILE* file) const noexcept {
      if (file != stdin) std::fclose(file);
    }
  };

  /// A number of a PPM header, behind spaces and comments; -1 at the end of the file.
  int header_number();

  std::string name_;
  std::unique_ptr<std::FILE, close_file> file_;
  int width_;
  int height_;
};

/// How bytes of colour become numbers for a network: (byte - mean) * scale.
struct colour_range {
  std::array<float, 3> mean{0, 0, 0};
  float scale = 1.0F / 255;
};

/// The middle of `from`, as large as fits the shape of `to`, made as small as `to` by averaging. Whole numbers until
/// the last step: the same bits on every machine.
void fit(const frame& from, int width, int height, const colour_range& range, std::span<float> to);

}  // namespace board
#endif
