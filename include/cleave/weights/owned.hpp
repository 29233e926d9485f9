// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_WEIGHTS_OWNED_HPP
#define CLEAVE_WEIGHTS_OWNED_HPP

/// @file
/// A weight blob in memory of its own. Hosted: allocates.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include <cleave/core/large_pages.hpp>
#include <cleave/weights/view.hpp>

namespace cleave {

/// Bytes on the heap that start at a multiple of 64; many of them are on large pages. Movable.
class aligned_bytes {
 public:
  aligned_bytes() = default;
  explicit aligned_bytes(std::size_t size)
      : bytes_(static_cast<std::byte*>(allocate_large(size, blob_format::alignment)), release{size}), size_(size) {
    std::fill_n(bytes_.get(), size, std::byte{0});
  }

  std::span<std::byte> all() noexcept { return {bytes_.get(), size_}; }
  std::span<const std::byte> all() const noexcept { return {bytes_.get(), size_}; }

 private:
  struct release {
    std::size_t size;  // 0 from unique_ptr. With an initialiser clang 14 would have no default constructor above
    void operator()(std::byte* bytes) const noexcept { release_large(bytes, size, blob_format::alignment); }
  };
  std::unique_ptr<std::byte, release> bytes_;
  std::size_t size_ = 0;
};

/// The weights of all layers of a graph, as a complete blob.
template <const auto& Graph>
class owned_weights {
 public:
  static constexpr const auto& graph = Graph;
  static constexpr std::size_t first_layer = 1;
  static constexpr std::size_t last_layer = Graph.last;

  /// All zeros and not sealed: for those that fill them.
  owned_weights() : blob_(blob_format::data_offset(Graph.last) + Graph.weight_bytes) {}

  weight_source source() const noexcept { return {blob_.all().data() + blob_format::data_offset(Graph.last), 0}; }
  std::uint64_t fingerprint() const noexcept { return fingerprint_; }
  operator weights_view<Graph>() const noexcept { return {source(), fingerprint_}; }

  /// The blob: what a file of these weights holds.
  std::span<const std::byte> bytes() const noexcept { return blob_.all(); }

  /// Copies a layer's floats, in their stored order, to their place.
  void write(std::size_t layer, std::span<const float> floats) noexcept {
    const std::span<std::byte> place = data_of(layer);
    const std::span<const std::byte> from = std::as_bytes(floats);
    std::copy_n(from.begin(), std::min(from.size(), place.size()), place.begin());
  }

  /// Makes table, checksums and header after the last change.
  void seal() noexcept {
    std::byte* const blob = blob_.all().data();
    for (std::size_t layer = 1; layer <= Graph.last; ++layer) {
      const weight_place& place = Graph.nodes[Graph.end_of(layer) - 1].weights;
      write_line(blob + blob_format::header_bytes + (place.line - 1) * blob_format::line_bytes,
                 {place.offset, place.floats * 4, crc32c(data_of(layer)), place.layout, dtype::float32});
    }
    blob_header header;
    header.graph_fingerprint = weight_graph_fingerprint(Graph);
    header.weights_fingerprint = fingerprint_ = table_fingerprint(blob + blob_format::header_bytes, Graph.last);
    header.layers = header.last_layer = static_cast<std::uint32_t>(Graph.last);
    header.first_layer = 1;
    header.data_bytes = Graph.weight_bytes;
    write_header(blob, header);
  }

 private:
  std::span<std::byte> data_of(std::size_t layer) noexcept {
    const weight_place& place = Graph.nodes[Graph.end_of(layer) - 1].weights;
    return blob_.all().subspan(blob_format::data_offset(Graph.last) + place.offset, place.floats * 4);
  }

  aligned_bytes blob_;
  std::uint64_t fingerprint_ = 0;
};

}  // namespace cleave
#endif
