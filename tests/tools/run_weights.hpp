// SPDX-License-Identifier: BSL-1.0
#ifndef TESTS_TOOLS_RUN_WEIGHTS_HPP
#define TESTS_TOOLS_RUN_WEIGHTS_HPP

/// @file
/// Runs cleave-weights in a folder of its own, over the weights of a small graph.

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <vector>

#include <stdlib.h>
#include <sys/wait.h>

#include <cleave/graph/graph.hpp>
#include <cleave/weights/file.hpp>
#include <cleave/weights/format.hpp>
#include <cleave/weights/owned.hpp>
#include <cleave/weights/random.hpp>

namespace tests {

/// Five layers, three of them with weights: of 144, 12 and 624 bytes.
inline constexpr auto five_layers = cleave::graph{
    cleave::input{.height = 5, .width = 5, .channels = 2},
    cleave::conv2d{.channels = 3, .kernel = 2},
    cleave::relu{},
    cleave::prelu{.name = "cut"},
    cleave::max_pool{.kernel = 2},
    cleave::dense{.units = 9},
};

using bytes = std::vector<std::byte>;

struct outcome {
  int status = -1;
  std::string out;
  std::string error;
};

inline std::string text_of(const std::filesystem::path& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

/// A folder that goes when the test ends.
class weights_folder {
 public:
  weights_folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "cleave_weights_XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~weights_folder() { std::filesystem::remove_all(path_); }
  weights_folder(const weights_folder&) = delete;
  weights_folder& operator=(const weights_folder&) = delete;

  std::filesystem::path at(const std::string& name) const { return path_ / name; }

  void write(const std::string& name, std::span<const std::byte> content) const {
    std::ofstream file{at(name), std::ios::binary};
    std::transform(content.begin(), content.end(), std::ostreambuf_iterator<char>{file},
                   [](std::byte each) { return static_cast<char>(each); });
  }
  bytes read(const std::string& name) const {
    const std::string text = text_of(at(name));
    const auto content = std::as_bytes(std::span{text});
    return {content.begin(), content.end()};
  }
  std::size_t files() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator{path_}, {}));
  }

  /// Runs `cleave-weights <arguments>` here; `before` is put in front, as the shell takes it.
  outcome run(const std::string& arguments, const std::string& before = "") const {
    const std::filesystem::path logs = path_.string() + ".log";
    std::filesystem::create_directory(logs);
    const std::string command = "cd '" + path_.string() + "' && " + before + "'" CLEAVE_WEIGHTS_PROGRAM "' " +
                                arguments + " >'" + (logs / "out").string() + "' 2>'" + (logs / "error").string() + "'";
    const int raw = std::system(command.c_str());
    outcome result{WIFEXITED(raw) ? WEXITSTATUS(raw) : -1, text_of(logs / "out"), text_of(logs / "error")};
    std::filesystem::remove_all(logs);
    return result;
  }

 private:
  std::filesystem::path path_;
};

/// The weights of `five_layers`, as a file has them.
inline bytes sound_blob() {
  const auto weights = cleave::random_weights<five_layers>(3);
  return {weights.bytes().begin(), weights.bytes().end()};
}

/// Where the data of a layer begins in a blob with all layers.
inline std::size_t data_of(const bytes& blob, std::size_t layer) {
  return cleave::read_header(blob)->data_offset() + static_cast<std::size_t>(cleave::line_of(blob, layer).offset);
}

inline bytes damaged_at(bytes blob, std::size_t place) {
  blob.at(place) ^= std::byte{1};
  return blob;
}

inline bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace tests
#endif
