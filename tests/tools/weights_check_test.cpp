// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>

#include <cleave/weights/slice.hpp>

#include "run_weights.hpp"

using tests::contains;
using tests::sound_blob;

TEST_CASE("check accepts whole files and slices") {
  const tests::weights_folder folder;
  folder.write("whole", sound_blob());
  folder.write("device", cleave::slice_weights(sound_blob(), 1, 3)->all());
  folder.write("empty", cleave::slice_weights(sound_blob(), 1, 0)->all());

  CHECK(folder.run("check whole").status == 0);
  CHECK(contains(folder.run("check whole").out, "layers 1..5 are sound"));
  CHECK(contains(folder.run("check device").out, "layers 1..3 are sound"));
  CHECK(folder.run("check empty").status == 0);
  CHECK(nlohmann::json::parse(folder.run("check --json whole").out)["ok"] == true);
}

TEST_CASE("check names every layer whose data is damaged") {
  const tests::weights_folder folder;
  const tests::bytes blob = sound_blob();
  folder.write("one", tests::damaged_at(blob, tests::data_of(blob, 5) + 623));
  folder.write("two", tests::damaged_at(tests::damaged_at(blob, tests::data_of(blob, 3)), tests::data_of(blob, 1)));

  const tests::outcome one = folder.run("check one");
  CHECK(one.status == 6);
  CHECK(contains(one.error, "one: a checksum of the weight blob does not match: data of layer 5\n"));
  const tests::outcome two = folder.run("check --json two");
  CHECK(two.status == 6);
  const auto json = nlohmann::json::parse(two.out);
  CHECK(json["ok"] == false);
  CHECK(json["status"] == 6);
  CHECK(json["damaged_layers"] == nlohmann::json{1, 3});
}

TEST_CASE("check finds a flipped bit at any byte of header and table") {
  const tests::weights_folder folder;
  const tests::bytes blob = sound_blob();
  const std::size_t end = cleave::blob_format::header_bytes + 5 * cleave::blob_format::line_bytes;
  for (std::size_t place = 0; place < end; ++place) {
    folder.write("damaged", tests::damaged_at(blob, place));
    CAPTURE(place);
    const int status = folder.run("check damaged").status;
    const int expected = place < 4 ? 3 : place < 6 ? 4 : 6;
    // A layer count that is too large makes the table longer than the file.
    CHECK((status == expected || (place >= 24 && place < 28 && status == 5)));
  }
}

TEST_CASE("check tells how much of a file is there") {
  const tests::weights_folder folder;
  const tests::bytes blob = sound_blob();
  const std::string size = std::to_string(blob.size());
  for (const std::size_t kept : {std::size_t{0}, std::size_t{3}, std::size_t{5}, std::size_t{63}, std::size_t{64},
                                 std::size_t{183}, std::size_t{184}, std::size_t{300}, blob.size() - 1}) {
    folder.write("short", std::span{blob}.first(kept));
    const tests::outcome checked = folder.run("check short");
    CAPTURE(kept);
    CHECK(checked.status == 5);
    CHECK(contains(checked.error, "it has " + std::to_string(kept) + " bytes"));
    if (kept >= 184) CHECK(contains(checked.error, " of " + size));
  }
}

TEST_CASE("every other refusal has a status and a sentence of its own") {
  const tests::weights_folder folder;
  const std::string text = "weights?\n";
  folder.write("text", std::as_bytes(std::span{text}));
  tests::bytes later = sound_blob();
  later[4] = std::byte{2};
  folder.write("later", later);

  const auto refused = [&](const std::string& name, int status, const std::string& sentence) {
    for (const std::string command : {"show ", "check ", "slice --layers 1..1 -o out "}) {
      const tests::outcome result = folder.run(command + name);
      CAPTURE(command);
      CHECK(result.status == status);
      CHECK(result.error == "cleave-weights: " + name + ": " + sentence + "\n");
      CHECK(result.out.empty());
    }
  };
  refused("missing", 9, "no such file");
  refused(".", 10, "the file can not be read: it is a directory");
  refused("text", 3, "these bytes are not a weight blob");
  refused("later", 4, "made by another version of the format: version 2, and this program knows version 1");
  CHECK(folder.files() == 2);
}

TEST_CASE("check --json reports what can not be opened") {
  const tests::weights_folder folder;
  const tests::outcome checked = folder.run("check --json missing");
  CHECK(checked.status == 9);
  const auto json = nlohmann::json::parse(checked.out);
  CHECK(json["ok"] == false);
  CHECK(json["message"] == "missing: no such file");
}
