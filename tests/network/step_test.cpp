// SPDX-License-Identifier: BSL-1.0
#include <cleave/network/step.hpp>

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <vector>

namespace {

using cleave::step;
using cleave::step_arguments;

/// Steps write their name down in place of computing.
std::string calls;
std::vector<step_arguments> given;

template <char Name>
void note(const step_arguments& with) noexcept {
  calls += Name;
  given.push_back(with);
}

constexpr step nodes(cleave::step_function run, std::uint16_t first, std::uint16_t end) {
  step made;
  made.run = run;
  made.first_node = first;
  made.end_node = end;
  return made;
}

/// Nodes 1 to 3 fused (F) and one by one (a, b, c), 4 a concatenation of three (x, y, z), 5 renames, 6 alone (d).
constexpr std::array table{
    nodes(note<'F'>, 1, 4), nodes(note<'a'>, 1, 2), nodes(note<'b'>, 2, 3), nodes(note<'c'>, 3, 4),
    nodes(note<'x'>, 4, 4), nodes(note<'y'>, 4, 4), nodes(note<'z'>, 4, 5), nodes(note<'d'>, 6, 7),
};

std::string run(std::size_t begin, std::size_t end) {
  calls.clear();
  cleave::run_steps(table, begin, end, {});
  return calls;
}

}  // namespace

TEST_CASE("a fused step is taken when all its nodes are asked for, otherwise its layers one by one") {
  CHECK(run(1, 7) == "Fxyzd");
  CHECK(run(1, 4) == "F");
  CHECK(run(1, 2) == "a");
  CHECK(run(1, 3) == "ab");
  CHECK(run(2, 4) == "bc");
  CHECK(run(3, 7) == "cxyzd");
}

TEST_CASE("every two halves of a table run every node once") {
  const std::string all[] = {"", "", "a", "ab", "F", "Fxyz", "Fxyz", "Fxyzd"};
  const std::string rest[] = {"", "Fxyzd", "bcxyzd", "cxyzd", "xyzd", "d", "d", ""};
  for (std::size_t cut = 1; cut <= 7; ++cut) {
    CAPTURE(cut);
    CHECK(run(1, cut) == all[cut]);
    CHECK(run(cut, 7) == rest[cut]);
    CHECK(run(cut, cut) == "");
  }
}

TEST_CASE("a step gets its tensors from the workspace or from outside, its weights and its rows") {
  std::array<std::byte, 64> workspace{};
  const std::array<std::byte, 64> first{};
  const std::array<std::byte, 64> second{};
  const std::array<std::byte, 64> data{};
  const std::array<const std::byte*, 2> outside{first.data(), second.data()};
  step one = nodes(note<'s'>, 1, 2);
  one.inputs[0] = {8, 2};
  one.inputs[1] = {16, 0};
  one.input_count = 2;
  one.output = 32;
  one.weights = 68;
  one.rows = 5;
  given.clear();
  cleave::run_steps({&one, 1}, 1, 2, {workspace.data(), outside.data(), {data.data(), 64}});
  REQUIRE(given.size() == 1);
  const auto at = [](const auto* pointer) { return reinterpret_cast<const std::byte*>(pointer); };
  CHECK(at(given[0].inputs[0]) == second.data() + 8);
  CHECK(at(given[0].inputs[1]) == workspace.data() + 16);
  CHECK(given[0].inputs[2] == nullptr);
  CHECK(at(given[0].output) == workspace.data() + 32);
  CHECK(at(given[0].weights) == data.data() + 4);
  CHECK(given[0].rows == cleave::range{0, 5});
}
