// SPDX-License-Identifier: BSL-1.0
#include "../../examples/jetson_tk1/frames.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>

namespace {

/// A file that goes when this does.
class temporary_file {
 public:
  explicit temporary_file(const std::string& bytes) {
    const int file = ::mkstemp(path_);
    REQUIRE(file >= 0);
    REQUIRE(::write(file, bytes.data(), bytes.size()) == static_cast<::ssize_t>(bytes.size()));
    ::close(file);
  }
  temporary_file(const temporary_file&) = delete;
  temporary_file& operator=(const temporary_file&) = delete;
  ~temporary_file() { std::remove(path_); }

  std::string path() const { return path_; }

 private:
  char path_[32] = "/tmp/cleave_frames_XXXXXX";
};

std::vector<float> fitted(const board::frame& from, int width, int height, const board::colour_range& range) {
  std::vector<float> to(static_cast<std::size_t>(3 * width * height), -1);
  board::fit(from, width, height, range, to);
  return to;
}

/// 8 wide, 4 high: columns of red 0, 10, 20, ..., green their row, blue 7.
board::frame columns() {
  board::frame made{.width = 8, .height = 4, .rgb = {}};
  for (int y = 0; y < 4; ++y) {
    for (int x = 0; x < 8; ++x) {
      for (const int level : {10 * x, y, 7}) made.rgb.push_back(static_cast<std::uint8_t>(level));
    }
  }
  return made;
}

const board::colour_range as_they_are{.scale = 1};

}  // namespace

TEST_CASE("a frame is made smaller by averaging, its middle kept where the shapes differ") {
  // Columns 2 to 5 are the middle; two by two pixels become one.
  CHECK(fitted(columns(), 2, 2, as_they_are) == std::vector<float>{25, 1, 7, 45, 1, 7, 25, 3, 7, 45, 3, 7});
  CHECK(fitted(columns(), 4, 4, as_they_are)[3] == 30);
  CHECK(fitted(columns(), 1, 1, as_they_are) == std::vector<float>{35, 2, 7});
}

TEST_CASE("a frame smaller than the input is repeated") {
  const board::frame one{.width = 1, .height = 1, .rgb = {9, 8, 7}};
  CHECK(fitted(one, 2, 1, as_they_are) == std::vector<float>{9, 8, 7, 9, 8, 7});
}

TEST_CASE("colours are shifted, then scaled") {
  const board::frame one{.width = 1, .height = 1, .rgb = {9, 8, 7}};
  CHECK(fitted(one, 1, 1, {.mean = {1, 2, 3}, .scale = 0.5F}) == std::vector<float>{4, 3, 2});
}

TEST_CASE("the test picture moves") {
  board::test_picture source(64, 48);
  board::frame first;
  board::frame second;
  REQUIRE(source.next(first));
  REQUIRE(source.next(second));
  CHECK(first.rgb.size() == 64 * 48 * 3);
  CHECK(first.rgb != second.rgb);
}

TEST_CASE("raw frames follow one another, and a part of one is an error") {
  const temporary_file file("abcdefABCDEFxy");
  board::frame_stream source(file.path(), 2, 1);
  board::frame frame;
  REQUIRE(source.next(frame));
  CHECK(std::string(frame.rgb.begin(), frame.rgb.end()) == "abcdef");
  REQUIRE(source.next(frame));
  CHECK(std::string(frame.rgb.begin(), frame.rgb.end()) == "ABCDEF");
  CHECK_THROWS_AS(source.next(frame), std::runtime_error);
}

TEST_CASE("PPM pictures have a header each, with comments") {
  const temporary_file file("P6 1 2\n255\nabcdefP6\n# two\n# lines\n2\n1 255 ABCDEF");
  board::frame_stream source(file.path(), 0, 0);
  board::frame frame;
  REQUIRE(source.next(frame));
  CHECK(frame.height == 2);
  REQUIRE(source.next(frame));
  CHECK(frame.width == 2);
  CHECK(std::string(frame.rgb.begin(), frame.rgb.end()) == "ABCDEF");
  CHECK_FALSE(source.next(frame));
}

TEST_CASE("what is no picture is refused") {
  board::frame frame;
  for (const std::string bytes :
       {"P5 1 1 255 abc", "P6 0 1 255 abc", "P6 1 1 65535 abc", "P6 1 1 255 ab", "P6 99999 1 255 a"}) {
    CAPTURE(bytes);
    const temporary_file file(bytes);
    board::frame_stream source(file.path(), 0, 0);
    CHECK_THROWS_AS(source.next(frame), std::runtime_error);
  }
  CHECK_THROWS_AS(board::frame_stream("/nowhere", 0, 0), std::runtime_error);
}
