// SPDX-License-Identifier: BSL-1.0
#include "../../examples/digits/draw.hpp"
#include "../../examples/digits/pictures.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace {

const std::filesystem::path committed = std::filesystem::path(CLEAVE_TEST_SOURCE_DIR) / "examples" / "digits";

/// A folder of its own with a held-out set of one picture, which a test then spoils.
class folder {
 public:
  explicit folder(const std::string& name)
      : path_(std::filesystem::temp_directory_path() / ("cleave_" + name + std::to_string(getpid()))) {
    std::filesystem::create_directories(path_);
    write("heldout-images.idx3-ubyte",
          std::string("\0\0\x08\x03\0\0\0\1\0\0\0\x08\0\0\0\x08", 16) + std::string(64, 5));
    write("heldout-labels.idx1-ubyte", std::string("\0\0\x08\x01\0\0\0\1\x07", 9));
  }
  folder(const folder&) = delete;
  folder& operator=(const folder&) = delete;
  ~folder() { std::filesystem::remove_all(path_); }

  void write(const std::string& name, const std::string& bytes) const {
    std::ofstream(path_ / name, std::ios::binary) << bytes;
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace

TEST_CASE("the committed held-out set has 400 pictures, every digit among them") {
  const auto pictures = demo::read_held_out(committed);
  CHECK(pictures.size() == 400);
  for (int digit = 0; digit < 10; ++digit) {
    const auto same = std::count_if(pictures.begin(), pictures.end(), [&](const auto& p) { return p.label == digit; });
    CAPTURE(digit);
    CHECK(same >= 36);
  }
}

TEST_CASE("the network's input is the share of ink") {
  demo::digit_counts counts{};
  counts[0] = 16;
  counts[1] = 4;
  const auto input = demo::as_input(counts);
  CHECK(input[0] == 1.0f);
  CHECK(input[1] == 0.25f);
  CHECK(input[2] == 0.0f);
}

TEST_CASE("a held-out set of one picture is read") {
  const folder files("one_picture");
  const auto pictures = demo::read_held_out(files.path());
  REQUIRE(pictures.size() == 1);
  CHECK(pictures[0].label == 7);
  CHECK(pictures[0].counts[63] == 5);
}

TEST_CASE("a count above 16 is refused") {
  const folder files("count_above_16");
  files.write("heldout-images.idx3-ubyte",
              std::string("\0\0\x08\x03\0\0\0\1\0\0\0\x08\0\0\0\x08", 16) + std::string(63, 5) + '\x11');
  CHECK_THROWS_WITH(demo::read_held_out(files.path()), doctest::Contains("a count of ink above 16"));
}

TEST_CASE("a label above 9 is refused") {
  const folder files("label_above_9");
  files.write("heldout-labels.idx1-ubyte", std::string("\0\0\x08\x01\0\0\0\1\x0a", 9));
  CHECK_THROWS_WITH(demo::read_held_out(files.path()), doctest::Contains("a label above 9"));
}

TEST_CASE("more labels than pictures are refused") {
  const folder files("more_labels");
  files.write("heldout-labels.idx1-ubyte", std::string("\0\0\x08\x01\0\0\0\2\x07\x07", 10));
  CHECK_THROWS_WITH(demo::read_held_out(files.path()), doctest::Contains("not as many labels"));
}

TEST_CASE("pictures of another size are refused") {
  const folder files("other_size");
  files.write("heldout-images.idx3-ubyte",
              std::string("\0\0\x08\x03\0\0\0\1\0\0\0\x04\0\0\0\x10", 16) + std::string(64, 5));
  CHECK_THROWS_WITH(demo::read_held_out(files.path()), doctest::Contains("not of 8x8"));
}

TEST_CASE("digits are drawn side by side with their captions") {
  demo::digit_counts full{};
  full.fill(16);
  demo::terminal plain;
  plain.columns = 40;
  std::ostringstream out;
  demo::print_gallery(out, {{full, "8"}, {demo::digit_counts{}, "?"}}, plain);
  std::string expected;
  for (int row = 0; row < 8; ++row) expected += "  @@@@@@@@@@@@@@@@\n";
  CHECK(out.str() == expected + "         8                  ?\n\n");
}

TEST_CASE("a terminal with greys gets two pixels in a character") {
  demo::digit_counts counts{};
  counts[0] = 16;
  const auto lines = demo::draw_in_grey(counts);
  REQUIRE(lines.size() == 4);
  CHECK(lines[0].starts_with("\x1b[38;5;255;48;5;232m\u2580"));
  for (const auto& line : lines) CHECK(demo::width_of(line) == 8);
}
