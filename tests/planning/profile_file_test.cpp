// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <cleave/plan/table_profiles.hpp>
#include <profile_file.hpp>
#include <stdexcept>
#include <string>

namespace {

std::string trouble_of(const std::string& json) {
  try {
    planning::parse_profile(json, "p.json");
  } catch (const std::runtime_error& problem) {
    return problem.what();
  }
  return {};
}

TEST_CASE("a profile comes back from JSON as it went") {
  planning::named_profile made{"some-board", cleave::profiles::tk1_cpu};
  made.what.memory = {{16384, 65536}, {1e-11, 3.5e-11}, 2};
  made.what.idle_watts = 1.5;
  made.what.powers[2] = {0.5, -0.25, 3};
  const std::string json = planning::profile_json(made);
  const planning::named_profile back = planning::parse_profile(json, "p.json");
  CHECK(back.name == "some-board");
  CHECK(planning::profile_json(back) == json);
  CHECK(back.what.memory.points == 2);
  CHECK(back.what.fuses == made.what.fuses);
  for (std::size_t i = 0; i < cleave::work_kinds; ++i) {
    CHECK(back.what.times[i].form == made.what.times[i].form);
    CHECK(back.what.times[i].coefficients == made.what.times[i].coefficients);
    CHECK(back.what.powers[i].constant == made.what.powers[i].constant);
  }
}

TEST_CASE("files that are no profiles say what is wrong") {
  CHECK(trouble_of("{").find("p.json: ") == 0);
  CHECK(trouble_of("{}").find("it is no profile") != std::string::npos);
  CHECK(trouble_of("[1]").find("it is no profile") != std::string::npos);
  CHECK(trouble_of(R"({"format": "cleave-profile", "version": 7})").find("version") != std::string::npos);
  std::string json = planning::profile_json({"x", cleave::profiles::tk1_cpu});
  json.replace(json.find("\"dense\""), 7, "\"tense\"");
  CHECK(trouble_of(json).find("no kind of layers 'tense'") != std::string::npos);
  CHECK_THROWS_WITH(planning::read_profile("/nowhere/p.json"), "/nowhere/p.json: can not be read");
}

TEST_CASE("profiles that would plan nonsense are refused") {
  planning::named_profile made{"x", cleave::profiles::tk1_cpu};
  made.what.memory = {{16384, 65536}, {1e-11, 3.5e-11}, 2};
  const auto trouble_with = [&](auto spoil) {
    planning::named_profile spoilt = made;
    spoil(spoilt.what);
    return trouble_of(planning::profile_json(spoilt));
  };
  CHECK(trouble_with([](auto&) {}).empty());
  CHECK(trouble_with([](auto& of) { of.times = {}; }) == "p.json: it has no times of any kind of layers");
  CHECK(trouble_with([](auto& of) { of.idle_watts = -1; }) == "p.json: idle_watts can not be negative");
  CHECK(trouble_with([](auto& of) { of.memory.seconds_per_byte[1] = -1; }) ==
        "p.json: times of memory can not be negative");
  CHECK(trouble_with([](auto& of) { of.powers[1].constant = -1; }).find("can not be negative") != std::string::npos);
  CHECK(trouble_with([](auto& of) {
          auto& dense = of.time_of(cleave::work_kind::dense);
          dense.form = cleave::predictor_form::additive;
          dense.coefficients[0] = -1;
        }) == "p.json: coefficients of dense can not be negative");
  std::string json = planning::profile_json(made);
  json.replace(json.find("65536"), 5, "65536, 70000");
  CHECK(trouble_of(json).find("memory") != std::string::npos);
  CHECK(trouble_of(R"({"format": "cleave-profile", "version": 1, "name": 5})") ==
        "p.json: type must be string, but is number");
  CHECK(trouble_of("{\"format\": ").find("p.json: it is no JSON from byte") == 0);
  CHECK_THROWS_WITH(planning::read_profile("/"), "/: can not be read");
}

TEST_CASE("names become those of constants, or nothing") {
  CHECK(planning::identifier_of("tk1-cpu") == "tk1_cpu");
  CHECK(planning::identifier_of("9lives").empty());
  CHECK(planning::identifier_of("a b").empty());
  CHECK(planning::identifier_of("").empty());
}

TEST_CASE("the header of a profile holds a constant of its name") {
  const std::string text = planning::profile_header({"tk1-cpu", cleave::profiles::tk1_cpu});
  CHECK(text.find("inline constexpr cleave::profile tk1_cpu = [] {") != std::string::npos);
  CHECK(text.find("#ifndef CLEAVE_PROFILE_TK1_CPU_HPP") == 0);
}

}  // namespace
