// SPDX-License-Identifier: BSL-1.0
// The code that docs/weights.md shows, and what it says about bytes.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include <unistd.h>

#include <cleave/models/lenet5.hpp>
#include <cleave/weights/file.hpp>
#include <cleave/weights/pack.hpp>
#include <cleave/weights/random.hpp>
#include <cleave/weights/slice.hpp>

namespace {

// [graph]
inline constexpr auto net = cleave::graph{
    cleave::input{.height = 6, .width = 6, .channels = 2},
    cleave::conv2d{.channels = 5, .kernel = 3, .name = "conv"},
    cleave::relu{},
    cleave::max_pool{.kernel = 2, .name = "pool"},
    cleave::dense{.units = 3, .name = "classes"},
    cleave::softmax{},
};
// [/graph]

/// A folder that goes when the test ends.
struct folder {
  folder() { std::filesystem::create_directories(path); }
  ~folder() { std::filesystem::remove_all(path); }
  folder(const folder&) = delete;
  folder& operator=(const folder&) = delete;
  std::string at(const char* name) const { return (path / name).string(); }

  std::filesystem::path path = std::filesystem::temp_directory_path() / ("cleave_docs_" + std::to_string(::getpid()));
};

std::vector<float> counted(std::size_t count) {
  std::vector<float> numbers(count);
  std::iota(numbers.begin(), numbers.end(), 1.0F);
  return numbers;
}

// [make]
cleave::status make(const std::vector<float>& kernel, const std::vector<float>& kernel_bias,
                    const std::vector<float>& matrix, const std::vector<float>& matrix_bias, const char* path) {
  cleave::weight_packer<net> packer;
  // As PyTorch and ONNX have them: [out channels][in channels][rows][columns], and [units][inputs]. What feeds the
  // dense layer was flattened from channels, rows, columns there; here it lies in rows, columns, channels.
  if (const auto set = packer.set("conv", {kernel, kernel_bias}); !set) return set;
  if (const auto set = packer.set("classes", {matrix, matrix_bias}, cleave::input_order::chw); !set) return set;
  const auto weights = std::move(packer).seal();  // errc::missing_layers when one was forgotten
  if (!weights) return weights.error();
  return cleave::save_bytes(path, weights->bytes());
}
// [/make]

cleave::status make(const char* path) {
  return make(counted(5 * 2 * 3 * 3), counted(5), counted(3 * 20), counted(3), path);
}

}  // namespace

TEST_CASE("docs/weights.md: trained numbers are packed, saved and loaded") {
  const folder here;
  const std::string path = here.at("net.weights");
  REQUIRE(make(path.c_str()) == cleave::status{});

  const auto load = [&]() -> cleave::errc {
    // [load]
    const auto weights = cleave::load_weights<net>(path.c_str());  // maps the file; pages come in as layers run
    if (!weights) return weights.error();                          // cleave::message(...) says it in words
    // [/load]
    CHECK(weights->source().at(0)[0] == 1.0F);
    return cleave::errc::ok;
  };
  CHECK(load() == cleave::errc::ok);
}

TEST_CASE("docs/weights.md: a device carries a slice in its flash") {
  const auto whole = cleave::random_weights<net>(1);
  const auto sliced = cleave::slice_weights(whole.bytes(), 1, 3);
  REQUIRE(sliced);
  alignas(64) std::array<std::byte, 1024> flash{};
  std::ranges::copy(sliced->all(), flash.begin());

  const auto view = [&]() -> cleave::errc {
    // [view]
    const auto weights = cleave::view_weights<net, cleave::up_to("pool")>(flash);  // checks, copies nothing
    if (!weights) return weights.error();
    // [/view]
    CHECK(weights->fingerprint() == whole.fingerprint());
    return cleave::errc::ok;
  };
  CHECK(view() == cleave::errc::ok);
  CHECK(cleave::view_weights<net>(flash).error() == cleave::errc::missing_layers);
}

TEST_CASE("docs/weights.md: the numbers of a layer lie in the order of its layout") {
  const auto weights = cleave::random_weights<net>(1);
  // A 3x3 convolution of 2 channels to 5: one block, 8 wide.
  const cleave::node& conv = net.nodes[1];
  CHECK(conv.weights.layout == cleave::weight_layout_kind::blocked);
  CHECK(conv.weights.floats == 3 * 3 * 2 * 8 + 8);
  const auto layout = cleave::kernels::blocked(cleave::conv2d_shape_of(conv));
  for (int row = 0; row < 3; ++row) {
    for (int column = 0; column < 3; ++column) {
      for (int in = 0; in < 2; ++in) {
        for (int out = 0; out < 5; ++out) {
          CHECK(layout.weight(out, row, column, in) ==
                static_cast<std::size_t>(((row * 3 + column) * 2 + in) * 8 + out));
        }
      }
    }
  }
  CHECK(layout.bias(4) == 3 * 3 * 2 * 8 + 4);
}

TEST_CASE("docs/weights.md: a reader of a few lines of Python, made from the tables, agrees") {
  const folder here;
  const auto weights = cleave::random_weights<cleave::models::lenet5>(42);
  REQUIRE(cleave::save_bytes(here.at("lenet5").c_str(), weights.bytes()) == cleave::status{});
  const auto remote = cleave::slice_weights(weights.bytes(), 7, 12);
  REQUIRE(cleave::save_bytes(here.at("remote").c_str(), remote->all()) == cleave::status{});

  const auto read = [&](const std::string& name) {
    const std::string command = "python3 '" CLEAVE_TEST_SOURCE_DIR "/tests/docs/read_weights.py' '" +
                                here.at(name.c_str()) + "' >'" + here.at("out") + "'";
    if (std::system(command.c_str()) != 0) return std::string{"failed"};
    std::ifstream out{here.at("out")};
    return std::string{std::istreambuf_iterator<char>{out}, {}};
  };
  const std::string whole = read("lenet5");
  CHECK(whole ==
        "1 blocked 208\n2 none 0\n3 none 0\n4 blocked 2416\n5 none 0\n6 none 0\n7 blocked 48120\n8 none 0\n"
        "9 blocked 10164\n10 none 0\n11 blocked 1020\n12 none 0\n");
  CHECK(read("remote") == whole.substr(whole.find("7 blocked")));
  auto damaged = std::vector<std::byte>(weights.bytes().begin(), weights.bytes().end());
  damaged[500] ^= std::byte{8};
  REQUIRE(cleave::save_bytes(here.at("damaged").c_str(), damaged) == cleave::status{});
  CHECK(read("damaged") == "failed");
}
