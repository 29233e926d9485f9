// SPDX-License-Identifier: BSL-1.0
#include "frames.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace board {

bool test_picture::next(frame& into) {
  into.width = width_;
  into.height = height_;
  into.rgb.resize(into.bytes());
  // Around a square, a 16th of its sides at a time.
  const int step = number_++ * 4 % 256;
  const int along = step % 64;
  const int side = step / 64;
  const int right = side == 0 ? along : side == 1 ? 64 : side == 2 ? 64 - along : 0;
  const int down = side == 0 ? 0 : side == 1 ? along : side == 2 ? 64 : 64 - along;
  const int centre_x = width_ / 4 + width_ / 2 * right / 64;
  const int centre_y = height_ / 4 + height_ / 2 * down / 64;
  const int radius = std::min(width_, height_) / 6;
  std::uint8_t* out = into.rgb.data();
  for (int y = 0; y < height_; ++y) {
    for (int x = 0; x < width_; ++x, out += 3) {
      const int bar = 7 - 8 * x / width_;
      const int light = 96 + 128 * y / height_;
      const int dx = x - centre_x;
      const int dy = y - centre_y;
      const bool disc = dx * dx + dy * dy < radius * radius;
      for (int colour = 0; colour < 3; ++colour) {
        const int level = (bar >> (2 - colour)) % 2 != 0 ? light : 16;
        out[colour] = static_cast<std::uint8_t>(disc ? 255 - 24 * colour : level);
      }
    }
  }
  return true;
}

frame_stream::frame_stream(const std::string& path, int width, int height)
    : name_(path), file_(path == "-" ? stdin : std::fopen(path.c_str(), "rb")), width_(width), height_(height) {
  if (file_ == nullptr) throw std::runtime_error(path + ": " + std::strerror(errno));
}

bool frame_stream::next(frame& into) {
  into.width = width_;
  into.height = height_;
  if (width_ == 0) {
    const int first = std::getc(file_.get());
    if (first == EOF) return false;
    const int second = std::getc(file_.get());
    into.width = first == 'P' && second == '6' ? header_number() : 0;
    into.height = header_number();
    // The one blank behind the last number has been read with it.
    constexpr int largest = 1 << 13;
    if (into.width < 1 || into.height < 1 || into.width > largest || into.height > largest || header_number() != 255) {
      throw std::runtime_error(name_ + ": not a binary PPM picture; for raw frames say --size WIDTHxHEIGHT");
    }
  }
  into.rgb.resize(into.bytes());
  const std::size_t came = std::fread(into.rgb.data(), 1, into.bytes(), file_.get());
  if (came == into.bytes()) return true;
  if (came == 0 && width_ != 0) return false;
  throw std::runtime_error(name_ + ": the last frame is cut short");
}

int frame_stream::header_number() {
  int next = std::getc(file_.get());
  while (next == ' ' || next == '\n' || next == '\r' || next == '\t' || next == '#') {
    if (next == '#') {
      while (next != '\n' && next != EOF) next = std::getc(file_.get());
    }
    next = std::getc(file_.get());
  }
  int number = -1;
  for (; next >= '0' && next <= '9' && number < 100'000; next = std::getc(file_.get())) {
    number = std::max(number, 0) * 10 + (next - '0');
  }
  return number;
}

void fit(const frame& from, int width, int height, const colour_range& range, std::span<float> to) {
  int kept_width = from.width;
  int kept_height = from.height;
  if (kept_width * height > kept_height * width) {
    kept_width = std::max(1, kept_height * width / height);
  } else {
    kept_height = std::max(1, kept_width * height / width);
  }
  const int left = (from.width - kept_width) / 2;
  const int top = (from.height - kept_height) / 2;
  float* out = to.data();
  for (int y = 0; y < height; ++y) {
    const int first_row = top + y * kept_height / height;
    const int end_row = std::max(first_row + 1, top + (y + 1) * kept_height / height);
    for (int x = 0; x < width; ++x) {
      const int first_column = left + x * kept_width / width;
      const int end_column = std::max(first_column + 1, left + (x + 1) * kept_width / width);
      std::array<int, 3> sum{};
      for (int row = first_row; row < end_row; ++row) {
        const std::uint8_t* pixel = &from.rgb[3 * static_cast<std::size_t>(row * from.width + first_column)];
        for (int column = first_column; column < end_column; ++column, pixel += 3) {
          for (std::size_t colour = 0; colour < 3; ++colour) sum[colour] += pixel[colour];
        }
      }
      const int pixels = (end_row - first_row) * (end_column - first_column);
      for (std::size_t colour = 0; colour < 3; ++colour) {
        const int level = (sum[colour] + pixels / 2) / pixels;
        *out++ = (static_cast<float>(level) - range.mean[colour]) * range.scale;
      }
    }
  }
}

}  // namespace board
