// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include <cleave/models/lenet5.hpp>
#include <cleave/weights/slice.hpp>

#include "run_weights.hpp"

using tests::contains;
using tests::sound_blob;

namespace {

/// The words of each line of the table.
std::vector<std::vector<std::string>> table_of(const std::string& shown) {
  std::vector<std::vector<std::string>> table;
  std::istringstream lines{shown.substr(shown.find("CRC-32C"))};
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line)) {
    std::istringstream words{line};
    table.emplace_back(std::istream_iterator<std::string>{words}, std::istream_iterator<std::string>{});
  }
  return table;
}

}  // namespace

TEST_CASE("show prints a line for each layer, and the total") {
  const tests::weights_folder folder;
  const tests::bytes blob = sound_blob();
  folder.write("net.weights", blob);

  const tests::outcome shown = folder.run("show net.weights");
  CHECK(shown.status == 0);
  CHECK(shown.error.empty());
  CHECK(contains(shown.out, "layers     5, data of layers 1..5"));
  const auto table = table_of(shown.out);
  REQUIRE(table.size() == 6);
  CHECK(table[0][1] == "blocked");
  CHECK(table[1][1] == "-");
  CHECK(table[2][1] == "per_channel");
  std::uint64_t total = 0;
  for (std::size_t layer = 1; layer <= 5; ++layer) {
    const cleave::blob_line line = cleave::line_of(blob, layer);
    const auto& words = table[layer - 1];
    REQUIRE(words.size() == 7);
    CHECK(words[0] == std::to_string(layer));
    CHECK(words[3] == std::to_string(line.offset));
    CHECK(words[4] == std::to_string(line.bytes));
    CHECK(words[6] == (line.bytes > 0 ? "yes" : "-"));
    total += line.bytes;
  }
  CHECK(table[5][1] == std::to_string(total));
  CHECK(table[5][2] == std::to_string(total));
}

TEST_CASE("show marks the layers that a slice does not hold") {
  const tests::weights_folder folder;
  folder.write("device.weights", cleave::slice_weights(sound_blob(), 1, 2)->all());

  const tests::outcome shown = folder.run("show device.weights");
  CHECK(shown.status == 0);
  const auto table = table_of(shown.out);
  REQUIRE(table.size() == 6);
  CHECK(table[0][6] == "yes");
  CHECK(table[2][6] == "no");
  CHECK(table[4][6] == "no");
  CHECK(table[5][2] == std::to_string(cleave::line_of(sound_blob(), 1).bytes));
}

TEST_CASE("show prints what docs/weights.md shows") {
  const tests::weights_folder folder;
  folder.write("lenet5.weights", cleave::random_weights<cleave::models::lenet5>(42).bytes());
  CHECK(folder.run("show lenet5.weights").out == tests::text_of(CLEAVE_TEST_SOURCE_DIR "/tests/docs/lenet5_show.txt"));
}

TEST_CASE("show names a slice without data") {
  const tests::weights_folder folder;
  folder.write("empty.weights", cleave::slice_weights(sound_blob(), 1, 0)->all());
  CHECK(contains(folder.run("show empty.weights").out, "5, data of no layer"));
}

TEST_CASE("show --json holds every number of the file") {
  const tests::weights_folder folder;
  const tests::bytes blob = sound_blob();
  folder.write("remote.weights", cleave::slice_weights(blob, 3, 5)->all());

  const tests::outcome shown = folder.run("show --json remote.weights");
  REQUIRE(shown.status == 0);
  const auto json = nlohmann::json::parse(shown.out);
  const cleave::blob_header header = *cleave::read_header(folder.read("remote.weights"));
  CHECK(json["version"] == 1);
  CHECK(std::stoull(json["graph_fingerprint"].get<std::string>(), nullptr, 16) ==
        cleave::fingerprint(tests::five_layers));
  CHECK(std::stoull(json["weights_fingerprint"].get<std::string>(), nullptr, 16) == header.weights_fingerprint);
  CHECK(json["layers"] == 5);
  CHECK(json["first_layer"] == 3);
  CHECK(json["last_layer"] == 5);
  CHECK(json["data_offset"] == header.data_offset());
  CHECK(json["data_bytes"] == header.data_bytes);
  CHECK(json["total_bytes"] == json["file_bytes"]);
  REQUIRE(json["table"].size() == 5);
  for (std::size_t layer = 1; layer <= 5; ++layer) {
    const auto& line = json["table"][layer - 1];
    CHECK(line["layer"] == layer);
    CHECK(line["offset"] == cleave::line_of(blob, layer).offset);
    CHECK(line["bytes"] == cleave::line_of(blob, layer).bytes);
    CHECK(std::stoul(line["crc32c"].get<std::string>(), nullptr, 16) == cleave::line_of(blob, layer).crc);
    CHECK(line["held"] == (layer >= 3));
  }
}

TEST_CASE("show tells of bytes behind the blob") {
  const tests::weights_folder folder;
  tests::bytes blob = sound_blob();
  CHECK(!contains((folder.write("net.weights", blob), folder.run("show net.weights").out), "behind it"));
  blob.resize(blob.size() + 7);
  folder.write("net.weights", blob);
  CHECK(contains(folder.run("show net.weights").out, "behind it  7 bytes"));
}

TEST_CASE("show does not read the data, so that damaged files can be looked at") {
  const tests::weights_folder folder;
  const tests::bytes blob = sound_blob();
  folder.write("net.weights", tests::damaged_at(blob, tests::data_of(blob, 5)));
  CHECK(folder.run("show net.weights").status == 0);
}

TEST_CASE("a full disk is not taken for success") {
  const tests::weights_folder folder;
  folder.write("net.weights", sound_blob());
  const tests::outcome shown = folder.run("show net.weights >/dev/full #");
  CHECK(shown.status == 11);
}

TEST_CASE("help and version succeed, an unknown command does not") {
  const tests::weights_folder folder;
  CHECK(folder.run("--help").status == 0);
  CHECK(folder.run("slice --help").status == 0);
  CHECK(folder.run("--version").out == CLEAVE_TEST_PACKAGE_VERSION "\n");
  CHECK(folder.run("").status == 2);
  CHECK(folder.run("paint net.weights").status == 2);
  CHECK(folder.run("show").status == 2);
}
