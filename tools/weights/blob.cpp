// SPDX-License-Identifier: BSL-1.0
#include "blob.hpp"

#include <filesystem>
#include <system_error>
#include <utility>

#include <cleave/core/bytes.hpp>

namespace tool {

namespace {

/// What the error code alone does not tell.
std::string details(cleave::errc code, std::span<const std::byte> bytes) {
  using namespace cleave::blob_format;
  if (code == cleave::errc::unsupported_version) {
    return ": version " + std::to_string(cleave::load_little<std::uint16_t>(bytes.data() + 4)) +
           ", and this program knows version " + std::to_string(version);
  }
  if (code == cleave::errc::truncated_blob) {
    const std::string has = ": it has " + std::to_string(bytes.size()) + " bytes";
    if (bytes.size() < header_bytes) return has + ", and the header alone takes " + std::to_string(header_bytes);
    const std::uint64_t layers = cleave::load_little<std::uint32_t>(bytes.data() + 24);
    const std::uint64_t table_end = header_bytes + layers * line_bytes;
    if (bytes.size() < table_end) {
      return has + ", and header and table of " + std::to_string(layers) + " layers take " + std::to_string(table_end);
    }
    const std::uint64_t data = cleave::load_little<std::uint64_t>(bytes.data() + 40);
    return has + " of " + std::to_string(data_offset(static_cast<std::size_t>(layers)) + data);
  }
  return "";
}

}  // namespace

int exit_status(cleave::errc code) noexcept {
  switch (code) {
    case cleave::errc::ok: return 0;
    case cleave::errc::not_a_weight_blob: return 3;
    case cleave::errc::unsupported_version: return 4;
    case cleave::errc::truncated_blob: return 5;
    case cleave::errc::corrupt_blob: return 6;
    case cleave::errc::missing_layers: return 7;
    case cleave::errc::bad_cut: return 8;
    case cleave::errc::file_not_found: return 9;
    case cleave::errc::file_not_readable: return 10;
    case cleave::errc::file_not_writable: return 11;
    default: return 1;
  }
}

blob::blob(const std::string& path) {
  auto file = cleave::mapped_file::open(path.c_str());
  if (!file) {
    std::error_code ignored;
    const bool folder = std::filesystem::is_directory(path, ignored);
    throw refusal(file.error(), path + ": " + cleave::message(file.error()) + (folder ? ": it is a directory" : ""));
  }
  file_ = std::move(*file);
  const auto header = cleave::read_header(bytes());
  if (!header) {
    throw refusal(header.error(), path + ": " + cleave::message(header.error()) + details(header.error(), bytes()));
  }
  header_ = *header;
}

std::string blob::held_layers() const { return layer_range(header_.first_layer, header_.last_layer); }

std::vector<std::size_t> blob::damaged_layers() const {
  std::vector<std::size_t> damaged;
  for (std::size_t layer = header_.first_layer; layer <= header_.last_layer; ++layer) {
    if (!cleave::check_data(bytes(), header_, layer, layer)) damaged.push_back(layer);
  }
  return damaged;
}

std::string layer_range(std::size_t first, std::size_t final) {
  if (first > final) return "no layer";
  if (first == final) return "layer " + std::to_string(first);
  return "layers " + std::to_string(first) + ".." + std::to_string(final);
}

std::string layout_name(cleave::weight_layout_kind layout) {
  switch (layout) {
    case cleave::weight_layout_kind::none: return "none";
    case cleave::weight_layout_kind::blocked: return "blocked";
    case cleave::weight_layout_kind::depthwise: return "depthwise";
    case cleave::weight_layout_kind::locally_connected: return "locally_connected";
    case cleave::weight_layout_kind::per_channel: return "per_channel";
    case cleave::weight_layout_kind::custom: return "custom";
    case cleave::weight_layout_kind::plain: return "plain";
    case cleave::weight_layout_kind::recurrent: return "recurrent";
  }
  return "layout " + std::to_string(static_cast<unsigned>(layout));
}

std::string type_name(cleave::dtype type) {
  switch (type) {
    case cleave::dtype::float32: return "float32";
    case cleave::dtype::int32: return "int32";
  }
  return "type " + std::to_string(static_cast<unsigned>(type));
}

std::string hexadecimal(std::uint64_t number, int digits) {
  std::string text(static_cast<std::size_t>(digits), '0');
  for (auto place = text.rbegin(); place != text.rend(); ++place, number >>= 4)
    *place = "0123456789abcdef"[number & 15U];
  return text;
}

}  // namespace tool
