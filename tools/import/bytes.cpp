// SPDX-License-Identifier: BSL-1.0
#include "bytes.hpp"

#include <filesystem>
#include <fstream>
#include <limits>
#include <vector>

#include "refusal.hpp"

namespace importer {

std::string bytes_of(const std::string& path) {
  constexpr auto most = static_cast<std::size_t>(std::numeric_limits<int>::max());
  const auto unreadable = [&](const char* why) { return refusal(trouble::unreadable, path + ": " + why); };
  std::error_code unknown;
  if (std::filesystem::is_directory(path, unknown)) throw unreadable("this is a folder, not a file");
  std::ifstream file(path, std::ios::binary);
  if (!file) throw unreadable("the file can not be opened");
  // Piece by piece: pipes and devices do not say how long they are.
  std::string bytes;
  std::vector<char> piece(std::size_t{1} << 20);
  do {
    file.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    bytes.append(piece.data(), static_cast<std::size_t>(file.gcount()));
    if (bytes.size() > most) throw unreadable("the file is larger than 2 GB, which no ONNX file can be");
  } while (file);
  if (file.bad()) throw unreadable("the file can not be read");
  return bytes;
}

}  // namespace importer
