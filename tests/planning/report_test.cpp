// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <cleave/plan/table_profiles.hpp>
#include <networks.hpp>
#include <nlohmann/json.hpp>
#include <report.hpp>
#include <stdexcept>
#include <string>

namespace {

/// AlexNet as the paper divides it: a picture of bytes.
std::string made(std::string (*make)(const planning::planned&), cleave::conditions now) {
  const planning::planned_network network = planning::find_network("djinn_alexnet");
  const cleave::cut_plan plan{
      network.graph, cleave::profiles::tk1_gpu, cleave::profiles::k40, {.bytes_per_input_element = 1}};
  planning::planned of{.model = network.name,
                       .device = "tk1-gpu",
                       .server = "k40",
                       .link = "wifi",
                       .goal = "latency",
                       .wanted = {},
                       .command = "cleave-plan",
                       .graph = &network.graph,
                       .plan = &plan,
                       .now = now,
                       .best = plan.best(now),
                       .set = {}};
  return make(of);
}

TEST_CASE("the table marks the paper's cut of AlexNet on a phone's GPU over Wi-Fi: behind pool5") {
  const std::string text = made(planning::plan_table, {.over = cleave::links::wifi});
  CHECK(text.find("\n*   15  max_pool pool5") != std::string::npos);
  CHECK(text.find("best for latency: cut 15, behind max_pool pool5") != std::string::npos);
  CHECK(text.find("36,920") != std::string::npos);
}

TEST_CASE("a link that is down is told as such") {
  const std::string text = made(planning::plan_table, {});
  CHECK(text.find("never") != std::string::npos);
  CHECK(text.find("all on the server: no link") != std::string::npos);
  CHECK(text.find("cut 24, behind argmax") != std::string::npos);
}

TEST_CASE("layers that are no cut are named where they are better than any") {
  const planning::planned_network network = planning::find_network("lenet5");
  const cleave::cut_plan plan{network.graph, cleave::profiles::tk1_cpu, cleave::profiles::k40};
  planning::planned of{.model = network.name,
                       .device = "tk1-cpu",
                       .server = "k40",
                       .link = "lte",
                       .goal = "latency",
                       .wanted = {},
                       .command = "cleave-plan",
                       .graph = &network.graph,
                       .plan = &plan,
                       .now = {.over = cleave::links::lte},
                       .best = plan.best({.over = cleave::links::lte}),
                       .set = {}};
  CHECK(planning::plan_table(of).find("better than any cut") == std::string::npos);
  of.set.on_device.assign(network.graph.nodes.size(), false);
  for (const std::size_t layer : {1U, 2U, 3U, 7U}) of.set.on_device[network.graph.end_of(layer) - 1] = true;
  of.set.layers = 4;
  of.set_is_better = true;
  const std::string text = planning::plan_table(of);
  CHECK(text.find("better than any cut: layers 1-3, 7 on the device") != std::string::npos);
  CHECK(text.find("makes them the first 4") != std::string::npos);
}

/// The rows of AlexNet's plan as JSON, asked with limits.
nlohmann::json rows_of(cleave::conditions now, const cleave::objective& wanted) {
  const planning::planned_network network = planning::find_network("djinn_alexnet");
  const cleave::cut_plan plan{
      network.graph, cleave::profiles::tk1_gpu, cleave::profiles::k40, {.bytes_per_input_element = 1}};
  const planning::planned of{.model = network.name,
                             .device = "tk1-gpu",
                             .server = "k40",
                             .link = "wifi",
                             .goal = "latency",
                             .wanted = wanted,
                             .command = "cleave-plan djinn_alexnet",
                             .graph = &network.graph,
                             .plan = &plan,
                             .now = now,
                             .best = plan.best(now, wanted),
                             .set = {}};
  return nlohmann::json::parse(planning::plan_json(of));
}

TEST_CASE("the JSON is rows with a name, a value, a limit, whether it passes and a command") {
  const nlohmann::json rows = rows_of({.over = cleave::links::wifi}, {});
  REQUIRE(rows.size() == 2 + 25);
  for (const nlohmann::json& row : rows) {
    CHECK(row.at("name").is_string());
    CHECK(row.at("value").is_number());
    CHECK(row.at("limit").is_null());
    CHECK(row.at("pass") == true);
    CHECK(row.at("command") == "cleave-plan djinn_alexnet");
  }
  CHECK(rows[0].at("best") == 15);
  CHECK(rows[0].at("server") == "k40");
  CHECK(rows[0].at("value") == rows[2 + 15].at("value"));
  const nlohmann::json& cut = rows[2 + 15];
  CHECK(cut.at("name") == "djinn_alexnet: cut 15, ms");
  CHECK(cut.at("cut") == 15);
  CHECK(cut.at("behind") == "max_pool pool5");
  const double parts = cut.at("device_ms").get<double>() + cut.at("upload_ms").get<double>() +
                       cut.at("server_ms").get<double>() + cut.at("download_ms").get<double>();
  CHECK(parts == doctest::Approx(cut.at("value").get<double>()));
}

TEST_CASE("a limit that no cut keeps is a row that does not pass") {
  const nlohmann::json rows = rows_of({.over = cleave::links::wifi}, {.most_seconds = 1e-3, .most_joules = 1e3});
  CHECK(rows[0].at("limit") == 1);
  CHECK(rows[0].at("pass") == false);
  CHECK(rows[0].at("within_limits") == false);
  CHECK(rows[1].at("limit") == 1e6);
  CHECK(rows[1].at("pass") == true);
}

TEST_CASE("where there is no link, cuts that need one have no time in the JSON") {
  const nlohmann::json rows = rows_of({}, {});
  CHECK(rows[2].at("value").is_null());
  CHECK(rows[2].at("upload_ms").is_null());
  CHECK(rows[2 + 24].at("value").is_number());
  CHECK(rows[0].at("best") == 24);
}

TEST_CASE("the picture has a row for every cut, and the best one stands out") {
  const std::string text = made(planning::plan_picture, {.over = cleave::links::wifi});
  CHECK(text.find("<svg") != std::string::npos);
  CHECK(text.find("15 max_pool pool5") != std::string::npos);
  CHECK(text.find("best cut") != std::string::npos);
  CHECK(text.find("upload") != std::string::npos);
}

TEST_CASE("every network of the zoo has a plan, and other names are refused") {
  for (const std::string& name : planning::network_names()) {
    CAPTURE(name);
    CHECK(planning::find_network(name).graph.ok());
  }
  CHECK_THROWS_AS(planning::find_network("alexnot"), std::runtime_error);
  CHECK_THROWS_AS(planning::find_network("/nowhere/net.onnx"), std::runtime_error);
}

}  // namespace
