// SPDX-License-Identifier: BSL-1.0
#include <cleave/weights/file.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cleave/network/network.hpp>
#include <cleave/weights/random.hpp>
#include <cleave/weights/slice.hpp>
#include <filesystem>
#include <fstream>
#include <string>

namespace cleave::file_cases {

inline constexpr auto net = graph{input{.channels = 8}, dense{.units = 5, .name = "d"}, relu{}, dense{.units = 3}};

}  // namespace cleave::file_cases

namespace {

using cleave::errc;
namespace cases = cleave::file_cases;

/// A folder of its own for each test, gone afterwards.
class scratch_folder {
 public:
  scratch_folder() {
    std::string name = (std::filesystem::temp_directory_path() / "cleave-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~scratch_folder() { std::filesystem::remove_all(path_); }
  scratch_folder(const scratch_folder&) = delete;
  std::string operator/(const char* name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

}  // namespace

TEST_CASE("weights that were saved are loaded, and keep their place when they are moved") {
  const scratch_folder folder;
  const auto weights = cleave::random_weights<cases::net>(42);
  const std::string path = folder / "net.weights";
  REQUIRE(cleave::save_bytes(path.c_str(), weights.bytes()));
  auto loaded = cleave::load_weights<cases::net>(path.c_str());
  REQUIRE(loaded);
  const auto kept = std::move(*loaded);
  CHECK(kept.fingerprint() == weights.fingerprint());
  CHECK(std::ranges::equal(kept.bytes(), weights.bytes()));

  const std::array<float, 8> x{1, 2, 3};
  cleave::network<cases::net> from_file{kept};
  cleave::network<cases::net> from_memory{weights};
  CHECK(std::ranges::equal(from_file(x), from_memory(x)));
}

TEST_CASE("a file of a slice gives its half and no more") {
  const scratch_folder folder;
  const auto weights = cleave::random_weights<cases::net>(42);
  const std::string path = folder / "device.weights";
  const auto slice = cleave::slice_weights(weights.bytes(), 1, 1);
  REQUIRE(slice);
  REQUIRE(cleave::save_bytes(path.c_str(), slice->all()));
  const auto half = cleave::load_weights<cases::net, cleave::up_to("d")>(path.c_str());
  REQUIRE(half);
  const cleave::device_half<cases::net, "d"> sensor{*half};
  CHECK(sensor.weights_fingerprint() == weights.fingerprint());
  CHECK(cleave::load_weights<cases::net>(path.c_str()).error() == errc::missing_layers);
}

TEST_CASE("what can not be loaded says why") {
  const scratch_folder folder;
  CHECK(cleave::load_weights<cases::net>((folder / "missing").c_str()).error() == errc::file_not_found);
  CHECK(cleave::load_weights<cases::net>((folder / "").c_str()).error() == errc::file_not_readable);
  const std::string empty = folder / "empty";
  std::ofstream{empty};
  CHECK(cleave::load_weights<cases::net>(empty.c_str()).error() == errc::truncated_blob);
  const std::string text = folder / "text";
  std::ofstream{text} << "weights: none";
  CHECK(cleave::load_weights<cases::net>(text.c_str()).error() == errc::not_a_weight_blob);
}

TEST_CASE("what can not be saved says so, and leaves nothing behind") {
  const scratch_folder folder;
  const std::array<std::byte, 3> bytes{};
  CHECK(cleave::save_bytes((folder / "no/such/folder").c_str(), bytes) == errc::file_not_writable);
  CHECK(cleave::save_bytes((folder / "").c_str(), bytes) == errc::file_not_writable);
  CHECK(std::filesystem::is_empty(std::filesystem::path{folder / ""}));
  CHECK(cleave::save_bytes((folder / "there").c_str(), bytes) == errc::ok);
  CHECK(cleave::save_bytes((folder / "there").c_str(), std::span{bytes}.first(1)) == errc::ok);
  CHECK(std::filesystem::file_size(folder / "there") == 1);
}
