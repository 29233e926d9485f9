// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <string>

#include <cleave/weights/slice.hpp>

#include "run_weights.hpp"

using tests::contains;
using tests::sound_blob;

namespace {

bool same(const tests::bytes& one, std::span<const std::byte> other) { return std::ranges::equal(one, other); }

}  // namespace

TEST_CASE("slice writes what slice_weights gives, for every cut and half") {
  const tests::weights_folder folder;
  const tests::bytes blob = sound_blob();
  folder.write("net", blob);
  for (std::size_t cut = 0; cut <= 5; ++cut) {
    CAPTURE(cut);
    const std::string number = std::to_string(cut);
    CHECK(folder.run("slice net --cut " + number + " --half device -o device").status == 0);
    CHECK(same(folder.read("device"), cleave::slice_weights(blob, 1, cut)->all()));
    CHECK(folder.run("slice net --cut " + number + " --half remote -o remote").status == 0);
    CHECK(same(folder.read("remote"), cleave::slice_weights(blob, cut + 1, 5)->all()));
  }
}

TEST_CASE("slice --layers keeps just these layers") {
  const tests::weights_folder folder;
  const tests::bytes blob = sound_blob();
  folder.write("net", blob);
  const tests::outcome sliced = folder.run("slice net --layers 2..4 --output middle");
  CHECK(sliced.status == 0);
  CHECK(contains(sliced.error, "middle: layers 2..4, "));
  CHECK(same(folder.read("middle"), cleave::slice_weights(blob, 2, 4)->all()));
}

TEST_CASE("a slice loads for the half it was made for, and proves that both ends match") {
  const tests::weights_folder folder;
  folder.write("net", sound_blob());
  REQUIRE(folder.run("slice net --cut 3 --half device -o device").status == 0);

  const auto whole = cleave::load_weights<tests::five_layers>(folder.at("net").c_str());
  const auto device = cleave::load_weights<tests::five_layers, cleave::up_to("cut")>(folder.at("device").c_str());
  REQUIRE(device);
  CHECK(device->fingerprint() == whole->fingerprint());
  const auto remote = cleave::load_weights<tests::five_layers, cleave::behind("cut")>(folder.at("device").c_str());
  CHECK(remote.error() == cleave::errc::missing_layers);
}

TEST_CASE("a slice can be sliced again") {
  const tests::weights_folder folder;
  const tests::bytes blob = sound_blob();
  folder.write("net", blob);
  REQUIRE(folder.run("slice net --layers 3..5 -o remote").status == 0);
  REQUIRE(folder.run("slice remote --layers 5..5 -o last").status == 0);
  CHECK(same(folder.read("last"), cleave::slice_weights(blob, 5, 5)->all()));
}

TEST_CASE("slice refuses layers that the file does not hold, and writes nothing") {
  const tests::weights_folder folder;
  folder.write("device", cleave::slice_weights(sound_blob(), 1, 3)->all());
  const tests::outcome sliced = folder.run("slice device --cut 3 --half remote -o remote");
  CHECK(sliced.status == 7);
  CHECK(sliced.error == "cleave-weights: device: holds layers 1..3, and layers 4..5 were asked for\n");
  CHECK(folder.files() == 1);
}

TEST_CASE("slice refuses cuts and layers that the graph does not have") {
  const tests::weights_folder folder;
  folder.write("net", sound_blob());
  const auto refused = [&](const std::string& arguments, const std::string& sentence) {
    const tests::outcome sliced = folder.run("slice net -o out " + arguments);
    CHECK(sliced.status == 8);
    CHECK(sliced.error == "cleave-weights: net: " + sentence + "; the blob has layers 1..5\n");
    CHECK(folder.files() == 1);
  };
  refused("--cut 6 --half device", "there is no cut 6");
  refused("--cut 6 --half remote", "there is no cut 6");
  refused("--layers 0..2", "there are no layers 0..2");
  refused("--layers 2..6", "there are no layers 2..6");
}

TEST_CASE("slice refuses a command line that does not say what to keep") {
  const tests::weights_folder folder;
  folder.write("net", sound_blob());
  for (const std::string wrong :
       {"", "--cut 2", "--half device", "--cut 2 --half left", "--cut two --half device", "--cut -1 --half device",
        "--cut 2 --half device --layers 1..2", "--layers 3", "--layers 3..", "--layers ..3", "--layers 3..1",
        "--layers 1..2x", "--layers 1...2", "--layers 1..99999999999999999999"}) {
    const tests::outcome sliced = folder.run("slice net -o out " + wrong);
    CAPTURE(wrong);
    CHECK(sliced.status == 2);
    CHECK(!sliced.error.empty());
  }
  CHECK(folder.run("slice net --cut 2 --half device").status == 2);
  CHECK(folder.files() == 1);
}

TEST_CASE("slice refuses damaged data, but only of the layers it keeps") {
  const tests::weights_folder folder;
  const tests::bytes blob = sound_blob();
  folder.write("net", tests::damaged_at(blob, tests::data_of(blob, 5)));
  CHECK(folder.run("slice net --cut 3 --half device -o device").status == 0);
  const tests::outcome sliced = folder.run("slice net --cut 3 --half remote -o remote");
  CHECK(sliced.status == 6);
  CHECK(!std::filesystem::exists(folder.at("remote")));
}

TEST_CASE("slice does not write over the file it reads") {
  const tests::weights_folder folder;
  folder.write("net", sound_blob());
  std::filesystem::create_symlink("net", folder.at("link"));
  CHECK(folder.run("slice net --cut 2 --half device -o ./net").status == 2);
  CHECK(folder.run("slice net --cut 2 --half device -o link").status == 2);
  CHECK(same(folder.read("net"), sound_blob()));
}

TEST_CASE("a slice that does not fit on the disk leaves the old file as it was") {
  const tests::weights_folder folder;
  folder.write("net", sound_blob());
  const std::string old = "old";
  folder.write("out", std::as_bytes(std::span{old}));
  // Files of at most 512 bytes; the slice has more.
  const tests::outcome sliced = folder.run("slice net --layers 5..5 -o out", "trap '' XFSZ; ulimit -f 1; ");
  CHECK(sliced.status == 11);
  CHECK(sliced.error == "cleave-weights: out: the file can not be written\n");
  CHECK(tests::text_of(folder.at("out")) == old);
  CHECK(folder.files() == 2);
}

TEST_CASE("slice says when the file can not be written") {
  const tests::weights_folder folder;
  folder.write("net", sound_blob());
  for (const std::string out : {"nowhere/out", ".", "/dev/full"}) {
    const tests::outcome sliced = folder.run("slice net --cut 2 --half device -o " + out);
    CAPTURE(out);
    CHECK(sliced.status == 11);
  }
  CHECK(folder.files() == 1);
}

TEST_CASE("slice keeps the permissions of a file that it replaces, and follows links") {
  namespace fs = std::filesystem;
  const tests::weights_folder folder;
  folder.write("net", sound_blob());
  folder.write("out", {});
  fs::permissions(folder.at("out"), fs::perms::owner_read | fs::perms::owner_write);
  fs::create_symlink("out", folder.at("link"));
  CHECK(folder.run("slice net --cut 5 --half device -o link").status == 0);
  CHECK(fs::is_symlink(folder.at("link")));
  CHECK(same(folder.read("out"), sound_blob()));
  CHECK(fs::status(folder.at("out")).permissions() == (fs::perms::owner_read | fs::perms::owner_write));
}
