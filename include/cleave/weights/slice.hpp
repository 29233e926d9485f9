// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_WEIGHTS_SLICE_HPP
#define CLEAVE_WEIGHTS_SLICE_HPP

/// @file
/// Cutting a blob: the table stays, so that both ends still prove that they match; the data of other layers goes.
/// Hosted: allocates. Needs no graph.

#include <algorithm>
#include <cstddef>
#include <span>

#include <cleave/weights/owned.hpp>

namespace cleave {

/// The blob of the layers first..final of `blob`, itself whole or a slice that holds them. first > final gives a slice
/// without data. Refuses what `read_header` and `check_data` refuse, and layers that the graph does not have
/// (`errc::bad_cut`).
inline result<aligned_bytes> slice_weights(std::span<const std::byte> blob, std::size_t first, std::size_t final) {
  const result<blob_header> whole = read_header(blob);
  if (!whole) return whole.error();
  if (first < 1 || final > whole->layers || first > final + 1) return errc::bad_cut;
  if (const status checked = check_data(blob, *whole, first, final); !checked) return checked.error();

  const blob_extent kept = extent_of(blob, first, final);
  const std::uint64_t held = extent_of(blob, whole->first_layer, whole->last_layer).begin;
  blob_header header = *whole;
  header.first_layer = static_cast<std::uint32_t>(first);
  header.last_layer = static_cast<std::uint32_t>(final);
  header.data_bytes = kept.bytes();

  aligned_bytes slice{static_cast<std::size_t>(header.total_bytes())};
  std::byte* const to = slice.all().data();
  std::copy_n(blob.data(), blob_format::header_bytes + header.layers * blob_format::line_bytes, to);
  if (first <= final) {
    std::copy_n(blob.data() + whole->data_offset() + static_cast<std::size_t>(kept.begin - held),
                static_cast<std::size_t>(kept.bytes()), to + header.data_offset());
  }
  write_header(to, header);
  return slice;
}

}  // namespace cleave
#endif
