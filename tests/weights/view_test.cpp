// SPDX-License-Identifier: BSL-1.0
#include <cleave/weights/view.hpp>

#include <doctest/doctest.h>

#include <cleave/weights/random.hpp>
#include <cleave/weights/slice.hpp>
#include <vector>

namespace cleave::cases {

inline constexpr auto net = graph{
    input{.height = 5, .width = 4, .channels = 3},
    conv2d{.channels = 5, .kernel = 2, .name = "conv"},
    relu{.name = "relu"},
    prelu{},
    dense{.units = 7},
    softmax{},
};
/// Other layers; the same numbers in the same layouts; another order of the same.
inline constexpr auto wider = graph{
    input{.height = 5, .width = 4, .channels = 3},
    conv2d{.channels = 6, .kernel = 2},
    relu{},
    prelu{},
    dense{.units = 7},
    softmax{},
};
inline constexpr auto sigmoid_net = graph{
    input{.height = 5, .width = 4, .channels = 3},
    conv2d{.channels = 5, .kernel = 2},
    sigmoid{},
    prelu{},
    dense{.units = 7},
    softmax{},
};
inline constexpr auto other_labels = graph{
    input{.height = 5, .width = 4, .channels = 3, .name = "x"},
    conv2d{.channels = 5, .kernel = 2, .from = "x"},
    relu{},
    prelu{},
    dense{.units = 7},
    softmax{},
};

}  // namespace cleave::cases

namespace {

using cleave::errc;
namespace cases = cleave::cases;

/// A blob that can be damaged, at an address that is a multiple of 64, plus `shift`.
class damaged {
 public:
  explicit damaged(std::span<const std::byte> blob, std::size_t shift = 0)
      : memory_(blob.size() + shift), size_(blob.size()), shift_(shift) {
    std::copy(blob.begin(), blob.end(), memory_.all().begin() + static_cast<std::ptrdiff_t>(shift));
  }
  std::span<std::byte> bytes() { return memory_.all().subspan(shift_, size_); }

 private:
  cleave::aligned_bytes memory_;
  std::size_t size_;
  std::size_t shift_;
};

template <const auto& Graph = cases::net, cleave::layer_part Part = cleave::all_layers>
errc refusal(std::span<const std::byte> blob) {
  return cleave::view_weights<Graph, Part>(blob).error();
}

}  // namespace

TEST_CASE("a view finds each layer's floats where they lie") {
  const auto weights = cleave::random_weights<cases::net>(42);
  const auto view = cleave::view_weights<cases::net>(weights.bytes());
  REQUIRE(view);
  CHECK(view->fingerprint() == weights.fingerprint());
  for (const cleave::node& each : cases::net.nodes) {
    if (each.weights.floats > 0)
      CHECK(view->source().at(each.weights.offset) == weights.source().at(each.weights.offset));
  }
}

TEST_CASE("labels do not keep weights from fitting") {
  const auto weights = cleave::random_weights<cases::net>(42);
  CHECK(refusal<cases::other_labels>(weights.bytes()) == errc::ok);
}

TEST_CASE("a blob of another graph is refused as such") {
  const auto weights = cleave::random_weights<cases::net>(42);
  CHECK(refusal<cases::wider>(weights.bytes()) == errc::wrong_graph);
  CHECK(refusal<cases::sigmoid_net>(weights.bytes()) == errc::wrong_graph);
}

TEST_CASE("a table that is not the graph's is refused, whatever fingerprint stands over it") {
  const auto weights = cleave::random_weights<cases::wider>(42);
  damaged blob{weights.bytes()};
  cleave::blob_header header = *cleave::read_header(weights.bytes());
  header.graph_fingerprint = cleave::fingerprint(cases::net);
  cleave::write_header(blob.bytes().data(), header);
  REQUIRE(cleave::read_header(blob.bytes()));
  CHECK(refusal<cases::net>(blob.bytes()) == errc::wrong_graph);
}

TEST_CASE("a blob cut short at any length is refused as such") {
  const auto weights = cleave::random_weights<cases::net>(42);
  for (std::size_t length = 0; length < weights.bytes().size(); ++length) {
    damaged blob{weights.bytes().first(length)};
    CAPTURE(length);
    REQUIRE(refusal(blob.bytes()) == errc::truncated_blob);
  }
  CHECK(refusal(weights.bytes()) == errc::ok);
}

TEST_CASE("bytes behind a blob do not matter: it may lie in a larger array") {
  const auto weights = cleave::random_weights<cases::net>(42);
  std::vector<std::byte> larger(weights.bytes().begin(), weights.bytes().end());
  larger.resize(larger.size() + 100, std::byte{0x55});
  damaged blob{larger};
  CHECK(refusal(blob.bytes()) == errc::ok);
}

TEST_CASE("a change of any bit of any byte is noticed") {
  const auto weights = cleave::random_weights<cases::net>(42);
  damaged blob{weights.bytes()};
  for (std::size_t i = 0; i < blob.bytes().size(); ++i) {
    for (const unsigned bit : {1U, 16U, 128U}) {
      blob.bytes()[i] ^= static_cast<std::byte>(bit);
      const errc found = refusal(blob.bytes());
      CAPTURE(i);
      CAPTURE(bit);
      if (i < 4) {
        REQUIRE(found == errc::not_a_weight_blob);
      } else if (i < 6) {
        REQUIRE(found == errc::unsupported_version);
      } else if (i >= 24 && i < 28) {
        // The number of layers: the table would reach over the end, or its checksum is that of other bytes.
        REQUIRE((found == errc::truncated_blob || found == errc::corrupt_blob));
      } else {
        REQUIRE(found == errc::corrupt_blob);
      }
      blob.bytes()[i] ^= static_cast<std::byte>(bit);
    }
  }
  CHECK(refusal(blob.bytes()) == errc::ok);
}

TEST_CASE("what starts between two multiples of four bytes is refused, what starts at one is not") {
  const auto weights = cleave::random_weights<cases::net>(42);
  for (std::size_t shift = 0; shift < 8; ++shift) {
    damaged blob{weights.bytes(), shift};
    CAPTURE(shift);
    CHECK(refusal(blob.bytes()) == (shift % 4 == 0 ? errc::ok : errc::misaligned_blob));
  }
}

TEST_CASE("a slice gives the layers that it holds and refuses others") {
  const auto weights = cleave::random_weights<cases::net>(42);
  const auto device = cleave::slice_weights(weights.bytes(), 1, 2);
  const auto remote = cleave::slice_weights(weights.bytes(), 3, 5);
  REQUIRE(device);
  REQUIRE(remote);
  CHECK(refusal<cases::net, cleave::up_to(2)>(device->all()) == errc::ok);
  CHECK(refusal<cases::net, cleave::up_to("relu")>(device->all()) == errc::ok);
  CHECK(refusal<cases::net, cleave::up_to("conv")>(device->all()) == errc::ok);
  CHECK(refusal<cases::net, cleave::up_to(0)>(device->all()) == errc::ok);
  CHECK(refusal<cases::net, cleave::up_to(3)>(device->all()) == errc::missing_layers);
  CHECK(refusal<cases::net>(device->all()) == errc::missing_layers);
  CHECK(refusal<cases::net, cleave::behind(2)>(device->all()) == errc::missing_layers);
  CHECK(refusal<cases::net, cleave::behind(2)>(remote->all()) == errc::ok);
  CHECK(refusal<cases::net, cleave::behind(4)>(remote->all()) == errc::ok);
  CHECK(refusal<cases::net, cleave::behind(1)>(remote->all()) == errc::missing_layers);
  CHECK(refusal<cases::net, cleave::behind(cleave::last)>(device->all()) == errc::ok);
  CHECK(refusal<cases::sigmoid_net, cleave::up_to(2)>(device->all()) == errc::wrong_graph);
}

TEST_CASE("damage in layers that are not asked for is left to those who ask for them") {
  const auto weights = cleave::random_weights<cases::net>(42);
  damaged blob{weights.bytes()};
  const cleave::weight_place& dense = cases::net.nodes[4].weights;
  blob.bytes()[cleave::blob_format::data_offset(cases::net.last) + dense.offset] ^= std::byte{1};
  CHECK(refusal<cases::net, cleave::up_to(3)>(blob.bytes()) == errc::ok);
  CHECK(refusal<cases::net, cleave::behind(3)>(blob.bytes()) == errc::corrupt_blob);
}

TEST_CASE("both slices of a blob have the fingerprint of the whole, and other weights have another") {
  const auto weights = cleave::random_weights<cases::net>(42);
  const auto others = cleave::random_weights<cases::net>(43);
  const auto device = cleave::slice_weights(weights.bytes(), 1, 1);
  const auto empty = cleave::slice_weights(weights.bytes(), 6, 5);
  REQUIRE(device);
  REQUIRE(empty);
  CHECK(cleave::view_weights<cases::net, cleave::up_to(1)>(device->all())->fingerprint() == weights.fingerprint());
  CHECK(cleave::view_weights<cases::net, cleave::behind(5)>(empty->all())->fingerprint() == weights.fingerprint());
  CHECK(others.fingerprint() != weights.fingerprint());
}
