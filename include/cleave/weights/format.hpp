// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_WEIGHTS_FORMAT_HPP
#define CLEAVE_WEIGHTS_FORMAT_HPP

/// @file
/// The bytes of a weight blob: a header, a table with a line a layer, and the data. docs/weights.md has the table of
/// offsets. Nothing here knows a graph, so any blob can be shown, checked and sliced.

#include <cstddef>
#include <cstdint>
#include <span>

#include <cleave/core/bytes.hpp>
#include <cleave/core/crc32c.hpp>
#include <cleave/core/result.hpp>
#include <cleave/core/shape.hpp>
#include <cleave/graph/fingerprint.hpp>
#include <cleave/layers/record.hpp>

namespace cleave {

/// Sizes of the format, in bytes.
namespace blob_format {
inline constexpr std::uint32_t magic = 0x57564C43;  // "CLVW"
inline constexpr std::uint16_t version = 1;
inline constexpr std::size_t header_bytes = 64;
inline constexpr std::size_t line_bytes = 24;
inline constexpr std::size_t alignment = 64;  // of the data, and of each layer in it

constexpr std::size_t data_offset(std::size_t layers) noexcept {
  return round_up(header_bytes + layers * line_bytes, alignment);
}
/// What a layer of `bytes` takes of the data.
constexpr std::uint64_t padded(std::uint64_t bytes) noexcept { return (bytes + alignment - 1) / alignment * alignment; }
}  // namespace blob_format

/// One line of the table: a layer's weights.
struct blob_line {
  std::uint64_t offset = 0;  ///< from the start of the data of a blob with all layers
  std::uint64_t bytes = 0;
  std::uint32_t crc = 0;  ///< CRC-32C of those bytes
  weight_layout_kind layout = weight_layout_kind::none;
  dtype type = dtype::float32;

  constexpr bool operator==(const blob_line&) const = default;
};

/// What the header of a blob says.
struct blob_header {
  std::uint64_t graph_fingerprint = 0;
  std::uint64_t weights_fingerprint = 0;  ///< hash of the table, the same in every slice
  std::uint32_t layers = 0;               ///< lines in the table: all layers of the graph
  std::uint32_t first_layer = 1;          ///< of those whose data follows; an empty slice has first_layer > last_layer
  std::uint32_t last_layer = 0;
  std::uint64_t data_bytes = 0;

  constexpr std::size_t data_offset() const noexcept { return blob_format::data_offset(layers); }
  constexpr std::uint64_t total_bytes() const noexcept { return data_offset() + data_bytes; }
};

constexpr void write_line(std::byte* to, const blob_line& line) noexcept {
  store_little(to, line.offset);
  store_little(to + 8, line.bytes);
  store_little(to + 16, line.crc);
  to[20] = static_cast<std::byte>(line.layout);
  to[21] = static_cast<std::byte>(line.type);
  store_little(to + 22, std::uint16_t{0});
}

constexpr blob_line read_line(const std::byte* from) noexcept {
  blob_line line;
  line.offset = load_little<std::uint64_t>(from);
  line.bytes = load_little<std::uint64_t>(from + 8);
  line.crc = load_little<std::uint32_t>(from + 16);
  line.layout = static_cast<weight_layout_kind>(from[20]);
  line.type = static_cast<dtype>(from[21]);
  return line;
}

/// The hash of a table of `layers` lines.
constexpr std::uint64_t table_fingerprint(const std::byte* table, std::size_t layers) noexcept {
  structural_hash hash;
  for (std::size_t i = 0; i < layers * blob_format::line_bytes / 8; ++i) {
    hash.add(load_little<std::uint64_t>(table + 8 * i));
  }
  return hash.value();
}

/// Writes the header in front of a table that is already in place behind it.
constexpr void write_header(std::byte* to, const blob_header& header) noexcept {
  using blob_format::header_bytes, blob_format::line_bytes, blob_format::magic, blob_format::version;
  store_little(to, magic);
  store_little(to + 4, version);
  store_little(to + 6, static_cast<std::uint16_t>(header_bytes));
  store_little(to + 8, header.graph_fingerprint);
  store_little(to + 16, header.weights_fingerprint);
  store_little(to + 24, header.layers);
  store_little(to + 28, header.first_layer);
  store_little(to + 32, header.last_layer);
  store_little(to + 36, std::uint32_t{0});
  store_little(to + 40, header.data_bytes);
  store_little(to + 48, std::uint64_t{0});
  store_little(to + 56, std::uint32_t{0});
  const std::uint32_t head = crc32c({to, header_bytes - 4});
  store_little(to + 60, crc32c({to + header_bytes, header.layers * line_bytes}, head));
}

/// The line of layer `number`, from 1. Requires: the bytes hold the table.
constexpr blob_line line_of(std::span<const std::byte> blob, std::size_t number) noexcept {
  return read_line(blob.data() + blob_format::header_bytes + (number - 1) * blob_format::line_bytes);
}

/// A piece of the data of a blob with all layers.
struct blob_extent {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;

  constexpr std::uint64_t bytes() const noexcept { return end - begin; }
};

/// What the layers first..final take of the data; empty for first > final.
constexpr blob_extent extent_of(std::span<const std::byte> blob, std::size_t first, std::size_t final) noexcept {
  if (first > final) return {};
  const blob_line end = line_of(blob, final);
  return {line_of(blob, first).offset, end.offset + blob_format::padded(end.bytes)};
}

/// True when the layers of a table follow one another in the data, each at the first multiple of the alignment.
constexpr bool lies_in_order(const std::byte* table, std::size_t layers) noexcept {
  std::uint64_t next = 0;
  for (std::size_t i = 0; i < layers; ++i) {
    const blob_line line = read_line(table + i * blob_format::line_bytes);
    // Far above what any machine holds, far below where the sum would wrap.
    if (line.offset != next || line.bytes > std::uint64_t{1} << 48 || next > std::uint64_t{1} << 48) return false;
    next += blob_format::padded(line.bytes);
  }
  return true;
}

/// True when bytes that fill a gap are 0, as they must be: no checksum covers them.
constexpr bool is_filling(std::span<const std::byte> bytes) noexcept {
  for (const std::byte each : bytes) {
    if (each != std::byte{0}) return false;
  }
  return true;
}

/// Reads and checks header and table; the data is checked by `check_data`. Never reads behind `bytes`.
constexpr result<blob_header> read_header(std::span<const std::byte> bytes) noexcept {
  using blob_format::header_bytes, blob_format::line_bytes, blob_format::magic, blob_format::version;
  for (std::size_t i = 0; i < 4 && i < bytes.size(); ++i) {
    if (bytes[i] != static_cast<std::byte>(magic >> (8 * i) & 0xFFU)) return errc::not_a_weight_blob;
  }
  if (bytes.size() < 6) return errc::truncated_blob;
  if (load_little<std::uint16_t>(bytes.data() + 4) != version) return errc::unsupported_version;
  if (bytes.size() < header_bytes) return errc::truncated_blob;
  blob_header header;
  header.graph_fingerprint = load_little<std::uint64_t>(bytes.data() + 8);
  header.weights_fingerprint = load_little<std::uint64_t>(bytes.data() + 16);
  header.layers = load_little<std::uint32_t>(bytes.data() + 24);
  header.first_layer = load_little<std::uint32_t>(bytes.data() + 28);
  header.last_layer = load_little<std::uint32_t>(bytes.data() + 32);
  header.data_bytes = load_little<std::uint64_t>(bytes.data() + 40);
  // A damaged count must not make the table reach behind the bytes.
  if (header.layers > (bytes.size() - header_bytes) / line_bytes) return errc::truncated_blob;
  const std::uint32_t head = crc32c(bytes.first(header_bytes - 4));
  const std::uint32_t all = crc32c(bytes.subspan(header_bytes, header.layers * line_bytes), head);
  if (all != load_little<std::uint32_t>(bytes.data() + 60)) return errc::corrupt_blob;
  if (header.weights_fingerprint != table_fingerprint(bytes.data() + header_bytes, header.layers)) {
    return errc::corrupt_blob;
  }
  // Behind right checksums only a faulty writer leaves what follows; slices rely on it.
  if (header.first_layer == 0 || header.last_layer > header.layers || header.first_layer > header.last_layer + 1 ||
      !lies_in_order(bytes.data() + header_bytes, header.layers) ||
      header.data_bytes != extent_of(bytes, header.first_layer, header.last_layer).bytes()) {
    return errc::corrupt_blob;
  }
  if (header.data_bytes > bytes.size() || header.total_bytes() > bytes.size()) return errc::truncated_blob;
  const std::size_t table_end = header_bytes + header.layers * line_bytes;
  if (!is_filling(bytes.subspan(table_end, header.data_offset() - table_end))) return errc::corrupt_blob;
  return header;
}

/// Compares the data of the layers first..final with the table. Requires: `read_header` made `header` of these bytes.
constexpr status check_data(std::span<const std::byte> blob, const blob_header& header, std::size_t first,
                            std::size_t final) noexcept {
  if (first > final) return {};
  if (first < header.first_layer || final > header.last_layer) return errc::missing_layers;
  const std::uint64_t held = line_of(blob, header.first_layer).offset;
  for (std::size_t number = first; number <= final; ++number) {
    const blob_line line = line_of(blob, number);
    const std::size_t at = header.data_offset() + static_cast<std::size_t>(line.offset - held);
    const auto bytes = static_cast<std::size_t>(line.bytes);
    if (crc32c(blob.subspan(at, bytes)) != line.crc ||
        !is_filling(blob.subspan(at + bytes, static_cast<std::size_t>(blob_format::padded(line.bytes)) - bytes))) {
      return errc::corrupt_blob;
    }
  }
  return {};
}

}  // namespace cleave
#endif
