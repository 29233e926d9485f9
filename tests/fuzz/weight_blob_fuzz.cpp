// SPDX-License-Identifier: BSL-1.0
// Weight blobs from foreign hands: whatever the bytes are, reading, viewing and slicing them stays within them, and a
// slice of what was accepted is accepted. Three in four mutations get their checksums mended, so that fuzzing reaches
// what lies behind them.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>

#include <cleave/graph/graph.hpp>
#include <cleave/weights/format.hpp>
#include <cleave/weights/owned.hpp>
#include <cleave/weights/random.hpp>
#include <cleave/weights/slice.hpp>
#include <cleave/weights/view.hpp>

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace {

constexpr auto net = cleave::graph{
    cleave::input{.height = 5, .width = 4, .channels = 2},
    cleave::conv2d{.channels = 3, .kernel = 2, .name = "conv"},
    cleave::relu{},
    cleave::prelu{},
    cleave::dense{.units = 5},
};

/// A failed promise stops the fuzzer, which then keeps the input.
void require(bool holds) {
  if (!holds) std::abort();
}

std::span<const std::byte> layer_data(std::span<const std::byte> blob, std::size_t layer) {
  const cleave::blob_header header = *cleave::read_header(blob);
  const cleave::blob_line line = cleave::line_of(blob, layer);
  const std::uint64_t held = cleave::line_of(blob, header.first_layer).offset;
  return blob.subspan(header.data_offset() + static_cast<std::size_t>(line.offset - held),
                      static_cast<std::size_t>(line.bytes));
}

/// Slices every run of the first few layers.
void slice(std::span<const std::byte> blob) {
  for (std::size_t first = 0; first <= 7; ++first) {
    for (std::size_t final = 0; final <= 7; ++final) {
      const auto sliced = cleave::slice_weights(blob, first, final);
      if (!sliced) continue;
      const std::span<const std::byte> bytes = sliced->all();
      const auto header = cleave::read_header(bytes);
      require(header && header->total_bytes() == bytes.size());
      require(header->weights_fingerprint == cleave::read_header(blob)->weights_fingerprint);
      require(cleave::check_data(bytes, *header, first, final) == cleave::status{});
      for (std::size_t layer = first; layer <= final; ++layer) {
        require(std::ranges::equal(layer_data(bytes, layer), layer_data(blob, layer)));
      }
      const auto again = cleave::slice_weights(bytes, first, final);
      require(again && std::ranges::equal(again->all(), bytes));
    }
  }
}

/// Reads every float that a view promises; the sanitizer sees those that are not there.
template <class View>
void read_all(const View& view) {
  for (std::size_t layer = View::first_layer; layer <= View::last_layer; ++layer) {
    const cleave::weight_place& place = net.nodes[net.end_of(layer) - 1].weights;
    const float* const floats = view.source().at(place.offset);
    for (std::size_t i = 0; i < place.floats; ++i) (void)*static_cast<const volatile float*>(floats + i);
  }
}

void view(std::span<const std::byte> blob) {
  if (const auto all = cleave::view_weights<net>(blob)) {
    read_all(*all);
    require(static_cast<bool>(cleave::slice_weights(blob, 1, net.last)));
  }
  if (const auto device = cleave::view_weights<net, cleave::up_to("conv")>(blob)) read_all(*device);
  if (const auto remote = cleave::view_weights<net, cleave::behind(2)>(blob)) read_all(*remote);
}

/// Gives a blob the checksums that its bytes ask for: of layers, where the table leads to bytes, of the header and, if
/// asked, the fingerprint of the table.
void mend(std::span<std::byte> blob, bool fingerprint) {
  using namespace cleave::blob_format;
  if (blob.size() < header_bytes) return;
  cleave::store_little(blob.data(), magic);
  cleave::store_little(blob.data() + 4, version);
  const auto layers = std::min<std::size_t>(cleave::load_little<std::uint32_t>(blob.data() + 24),
                                            (blob.size() - header_bytes) / line_bytes);
  cleave::store_little(blob.data() + 24, static_cast<std::uint32_t>(layers));
  const std::size_t data = data_offset(layers);
  const std::size_t first = cleave::load_little<std::uint32_t>(blob.data() + 28);
  const std::uint64_t held = first >= 1 && first <= layers ? cleave::line_of(blob, first).offset : 0;
  for (std::size_t i = 0; i < layers; ++i) {
    std::byte* const at = blob.data() + header_bytes + i * line_bytes;
    const cleave::blob_line line = cleave::read_line(at);
    const std::uint64_t offset = line.offset - held;
    if (data > blob.size() || offset > blob.size() - data || line.bytes > blob.size() - data - offset) continue;
    cleave::store_little(at + 16, cleave::crc32c(blob.subspan(data + offset, line.bytes)));
  }
  if (fingerprint)
    cleave::store_little(blob.data() + 16, cleave::table_fingerprint(blob.data() + header_bytes, layers));
  const std::uint32_t head = cleave::crc32c(blob.first(header_bytes - 4));
  cleave::store_little(blob.data() + 60, cleave::crc32c(blob.subspan(header_bytes, layers * line_bytes), head));
}

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned seed) {
  static const auto whole = cleave::random_weights<net>(1);
  if (seed % 64 == 0) {
    // Begin again with a slice of a sound blob.
    const std::size_t final = seed / 64 % (net.last + 1);
    const auto sound = cleave::slice_weights(whole.bytes(), 1 + seed / 512 % (final + 1), final);
    require(static_cast<bool>(sound));
    size = std::min(sound->all().size(), max_size);
    std::memcpy(data, sound->all().data(), size);
  }
  size = LLVMFuzzerMutate(data, size, max_size);
  if (seed % 4 != 0) mend({reinterpret_cast<std::byte*>(data), size}, seed % 32 != 1);
  return size;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // A block of exactly this size, so that a byte too far is seen.
  cleave::aligned_bytes copy{size};
  if (size > 0) std::memcpy(copy.all().data(), data, size);
  const std::span<const std::byte> blob = copy.all();

  if (const auto header = cleave::read_header(blob)) {
    require(header->total_bytes() <= blob.size());
    for (std::size_t layer = 1; layer <= header->layers; ++layer) (void)cleave::line_of(blob, layer);
    (void)cleave::check_data(blob, *header, header->first_layer, header->last_layer);
  }
  view(blob);
  slice(blob);
  // Not at a multiple of four: refused, whatever it is.
  if (size > 1) require(cleave::view_weights<net>(blob.subspan(1)).error() == cleave::errc::misaligned_blob);
  return 0;
}
