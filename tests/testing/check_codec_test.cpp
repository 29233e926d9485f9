// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <algorithm>
#include <cleave/codec/f16.hpp>
#include <cleave/codec/identity.hpp>
#include <cleave/testing/check_codec.hpp>
#include <cstddef>
#include <span>
#include <string_view>

#include "archetypes/minimal_codec.hpp"

namespace {

using cleave::dtype;
using cleave::status;
using cleave::testing::conformance_report;

/// What a broken codec does wrong; otherwise it is the identity.
enum class fault {
  none,
  encodes_too_much,
  writes_beside_the_encoding,
  claims_too_much,
  decodes_too_much,
  remembers,
  rounds_integers,
  trusts_the_length,
  overruns_on_cut_off_input,
  overruns_on_odd_bytes,
};

class broken_codec {
 public:
  explicit broken_codec(fault what) : what_(what) {}

  static constexpr cleave::codec_id id{50};
  static constexpr std::size_t max_encoded_size(std::size_t elements, dtype) noexcept { return elements * 4; }

  std::size_t encode(std::span<const std::byte> tensor, dtype type, std::span<std::byte> out) noexcept {
    std::copy(tensor.begin(), tensor.end(), out.begin());
    if (tensor.empty()) return what_ == fault::claims_too_much ? 1 : 0;
    if (what_ == fault::encodes_too_much) out.data()[out.size()] = std::byte{0};
    if (what_ == fault::writes_beside_the_encoding) out.data()[-1] = std::byte{0};
    if (what_ == fault::remembers) out[0] ^= static_cast<std::byte>(count_++);
    for (std::size_t i = 0; what_ == fault::rounds_integers && type == dtype::int32 && i < tensor.size(); i += 4) {
      out[i] &= std::byte{0xfe};
    }
    return tensor.size();
  }

  status decode(std::span<const std::byte> in, dtype, std::span<std::byte> tensor) noexcept {
    if (what_ == fault::overruns_on_cut_off_input && in.size() + 1 == tensor.size()) tensor.data()[tensor.size()] = {};
    if (what_ == fault::overruns_on_odd_bytes && !in.empty() && in[0] == std::byte{0x77}) {
      tensor.data()[tensor.size()] = {};
    }
    if (what_ == fault::trusts_the_length) {
      std::copy_n(in.begin(), std::min(in.size(), tensor.size()), tensor.begin());
      return {};
    }
    if (in.size() != tensor.size()) return cleave::errc::bad_encoding;
    std::copy(in.begin(), in.end(), tensor.begin());
    if (what_ == fault::decodes_too_much) tensor.data()[tensor.size()] = std::byte{0};
    return {};
  }

 private:
  fault what_;
  unsigned count_ = 0;
};

/// Leaves the last byte as it was.
class short_codec : public cleave::codecs::identity {
 public:
  status decode(std::span<const std::byte> in, dtype type, std::span<std::byte> tensor) noexcept {
    if (in.size() != tensor.size()) return cleave::errc::bad_encoding;
    if (in.empty()) return {};
    return identity::decode(in.first(in.size() - 1), type, tensor.first(tensor.size() - 1));
  }
};

std::string_view verdict(fault what) {
  broken_codec codec(what);
  const conformance_report report = cleave::testing::check_codec(codec);
  return report ? "" : report.first_failure();
}

bool mentions(std::string_view sentence, std::string_view words) { return sentence.find(words) != sentence.npos; }

}  // namespace

TEST_CASE("the codecs of the library keep every promise, and so does the smallest") {
  cleave::codecs::identity identity;
  cleave::codecs::f16 f16;
  archetypes::minimal_codec minimal(7);
  CHECK(cleave::testing::check_codec(identity).first_failure() == nullptr);
  CHECK(cleave::testing::check_codec(f16).first_failure() == nullptr);
  CHECK(cleave::testing::check_codec(minimal).first_failure() == nullptr);
  CHECK(cleave::testing::check_codec(minimal).entries().size() == 7);
  CHECK(verdict(fault::none) == "");
}

TEST_CASE("an encoding that does not stay in its room is found") {
  CHECK(mentions(verdict(fault::encodes_too_much), "no more than max_encoded_size"));
  CHECK(mentions(verdict(fault::writes_beside_the_encoding), "no more than max_encoded_size"));
  CHECK(mentions(verdict(fault::claims_too_much), "no more than max_encoded_size"));
}

TEST_CASE("a decoding that writes too little or too much is found") {
  short_codec codec;
  CHECK(mentions(cleave::testing::check_codec(codec).first_failure(), "to every byte of the tensor"));
  CHECK(mentions(verdict(fault::decodes_too_much), "none beside it"));
  CHECK(mentions(verdict(fault::overruns_on_cut_off_input), "cut-off encoding"));
  CHECK(mentions(verdict(fault::overruns_on_odd_bytes), "of any bytes"));
}

TEST_CASE("a codec that remembers, rounds integers or guesses sizes is found") {
  CHECK(mentions(verdict(fault::remembers), "the same tensor"));
  CHECK(mentions(verdict(fault::rounds_integers), "int32"));
  CHECK(mentions(verdict(fault::trusts_the_length), "another size"));
}
