// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <cleave/weights/file.hpp>
#include <cleave/weights/format.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <stdlib.h>
#include <sys/wait.h>

namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

/// A folder that goes when the test ends, and cleave-import run in it.
class import_folder {
 public:
  import_folder() {
    std::string pattern = (fs::temp_directory_path() / "cleave_import_XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~import_folder() { fs::remove_all(path_); }
  import_folder(const import_folder&) = delete;
  import_folder& operator=(const import_folder&) = delete;

  /// The exit status; what was said is in `out` and `error`.
  int run(const std::string& arguments) {
    const std::string command =
        "cd '" + path_.string() + "' && '" + CLEAVE_IMPORT_PROGRAM + "' " + arguments + " >out 2>error";
    const int status = std::system(command.c_str());
    out = text_of(path_ / "out");
    error = text_of(path_ / "error");
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  fs::path operator/(const std::string& name) const { return path_ / name; }

  std::string out;
  std::string error;

 private:
  fs::path path_;
};

const std::string digits = "'" CLEAVE_TEST_SOURCE_DIR "/examples/digits/digits.onnx'";

}  // namespace

TEST_CASE("cleave-import writes a header and weights, and prints what each cut costs") {
  import_folder folder;
  CHECK(folder.run(digits + " --name net --out made") == 0);
  CHECK(text_of(folder / "made/net.hpp").find("inline constexpr auto net = cleave::graph{") != std::string::npos);
  CHECK(fs::file_size(folder / "made/net.weights") ==
        fs::file_size(fs::path{CLEAVE_TEST_SOURCE_DIR} / "examples/digits/digits.weights"));
  CHECK(folder.out.find("device workspace") != std::string::npos);
  CHECK(folder.out.find("234,816") != std::string::npos);
  CHECK(folder.error.empty());
}

TEST_CASE("cleave-import writes nothing without --out, and only tables then") {
  import_folder folder;
  CHECK(folder.run(digits) == 0);
  CHECK(folder.out.find("weights: 46,592 bytes") != std::string::npos);
  CHECK(!fs::exists(folder / "digits.hpp"));
}

TEST_CASE("cleave-import writes the weights of one half of a cut") {
  import_folder folder;
  REQUIRE(folder.run(digits + " --name net --out . --quiet --cut 5 --half device") == 0);
  const auto file = cleave::mapped_file::open((folder / "net.weights").c_str());
  REQUIRE(file);
  const auto header = cleave::read_header(file->bytes());
  REQUIRE(header);
  CHECK(header->first_layer == 1);
  CHECK(header->last_layer == 5);
  CHECK(folder.run(digits + " --name net --out . --quiet --cut 13 --half device") == 2);
  CHECK(folder.error.find("there is no cut 13: the last layer is 12") != std::string::npos);
  CHECK(folder.run(digits + " --name net --out . --quiet --cut nowhere --half remote") == 2);
  CHECK(folder.error.find("no layer bears the label 'nowhere'") != std::string::npos);
}

TEST_CASE("cleave-import writes what puts the weights into a program") {
  import_folder folder;
  REQUIRE(folder.run(digits + " --name net --out . --quiet --embed") == 0);
  CHECK(text_of(folder / "net_weights.S").find(".incbin \"net.weights\"") != std::string::npos);
  CHECK(text_of(folder / "net_weights.hpp").find("net_weights_begin[]") != std::string::npos);
}

TEST_CASE("cleave-import refuses files that are not there and files that are no models, and writes nothing") {
  import_folder folder;
  CHECK(folder.run("nowhere.onnx --out made") == 3);
  CHECK(folder.error == "cleave-import: nowhere.onnx: the file can not be opened\n");
  std::ofstream{folder / "text.onnx"} << "not a model";
  CHECK(folder.run("text.onnx --out made") == 4);
  CHECK(folder.error.find("cleave-import: text.onnx: this is not an ONNX model") == 0);
  CHECK(folder.run(". --out made") == 3);
  CHECK(folder.error == "cleave-import: .: this is a folder, not a file\n");
  std::ofstream{folder / "empty.onnx"};
  CHECK(folder.run("empty.onnx --out made") == 4);
  CHECK(folder.error == "cleave-import: empty.onnx: the file is empty\n");
  CHECK(!fs::exists(folder / "made"));
}

TEST_CASE("cleave-import refuses a model that it can not import, and writes nothing") {
  import_folder folder;
  // The digits with another operator in place of their MaxPool.
  std::string model = text_of(fs::path{CLEAVE_TEST_SOURCE_DIR} / "examples/digits/digits.onnx");
  const std::string kind =
      "\"\x07"
      "MaxPool";
  REQUIRE(model.find(kind) != std::string::npos);
  model.replace(model.find(kind) + 2, 7, "MaxRoll");
  std::ofstream{folder / "digits.onnx", std::ios::binary} << model;
  CHECK(folder.run("digits.onnx --name net --out made --embed") == 5);
  INFO(folder.error);
  CHECK(folder.error.find("cleave-import: digits.onnx: MaxRoll '/4/MaxPool' (node 5): cleave has no such operator; cut "
                          "the model before it") == 0);
  CHECK(!fs::exists(folder / "made"));
}

TEST_CASE("cleave-import says where a network that is wrong begins to differ") {
  import_folder folder;
  // A .npy file of one picture, and one of probabilities that no picture has.
  const auto npy = [&](const std::string& name, const std::string& shape, std::size_t count) {
    std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': " + shape + ", }";
    header.resize(117, ' ');
    std::ofstream file{folder / name, std::ios::binary};
    file << "\x93NUMPY" << '\1' << '\0' << '\x76' << '\0' << header << '\n' << std::string(count * 4, '\0');
  };
  npy("x.npy", "(1, 1, 8, 8)", 64);
  npy("y.npy", "(1, 10)", 10);
  CHECK(folder.run(digits + " --name net --out made --check x.npy y.npy") == 6);
  CHECK(folder.error.find("output 'probabilities' is off by") != std::string::npos);
  CHECK(folder.error.find("the expected outputs are not those of this model") != std::string::npos);
  CHECK(!fs::exists(folder / "made"));
  CHECK(folder.run(digits + " --name net --check x.npy") == 2);
}

TEST_CASE("cleave-import refuses arguments that make no sense") {
  import_folder folder;
  CHECK(folder.run("") == 2);
  CHECK(folder.run(digits + " --bogus") == 2);
  CHECK(folder.run(digits + " --shape N") == 2);
  CHECK(folder.run(digits + " --shape N=2") == 2);
  CHECK(folder.error.find("the inputs have no open dimension 'N'") != std::string::npos);
  CHECK(folder.run(digits + " --name 3d --out .") == 2);
  CHECK(folder.run(digits + " --name double --out .") == 2);
  CHECK(folder.run(digits + " --cut 3 --out .") == 2);
  CHECK(folder.run(digits + " --tolerance -1") == 2);
  for (const std::string lost : {"--embed", "--cut 3 --half device"}) {
    CHECK(folder.run(digits + " " + lost) == 2);
    CHECK(folder.error.find("without --out nothing is written") != std::string::npos);
  }
  CHECK(folder.run("--version") == 0);
}

TEST_CASE("cleave-import says which file it can not write") {
  import_folder folder;
  std::ofstream{folder / "file"};
  CHECK(folder.run(digits + " --name net --out file") == 7);
  CHECK(folder.error == "cleave-import: file/net.weights: the file can not be written\n");
}
