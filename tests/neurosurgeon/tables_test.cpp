// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <neurosurgeon/datacenter.hpp>
#include <neurosurgeon/rules.hpp>
#include <neurosurgeon/tables.hpp>
#include <numeric>
#include <string>

#include "support/shared_data.hpp"

namespace {

using namespace neurosurgeon;

/// Two layers of a network that takes pictures, on one link.
struct small_tables {
  table_network network{.name = "imc",
                        .layers = {{"conv", 1000, 500, 10, {4, 2, 0.5, 1}}, {"fc", 500, 10, 1, {6, 3, 0.25, 1}}},
                        .phone_cpu_watts = 5,
                        .phone_gpu_watts = 8};
  table_link link{.name = "link", .uplink_mbps = 8, .alpha_up_mw_per_mbps = 100, .beta_mw = 200};  // a byte a us

  std::vector<cut_cost> costs(const rules& by) const {
    return cost_of_cuts(network, measured(network, processor::phone_cpu), link, 5, by);
  }
};

}  // namespace

TEST_CASE("the cost of a cut is the phone's layers, the upload and the server's layers") {
  const small_tables of;
  const auto costs = of.costs({.picture_bytes = 1, .value_bytes = 4, .last_blob_is_charged = true});
  REQUIRE(costs.size() == 3);
  CHECK(costs[0].milliseconds() == doctest::Approx(0 + 1 + 0.75));
  CHECK(costs[1].milliseconds() == doctest::Approx(4 + 2 + 0.25));
  CHECK(costs[2].milliseconds() == doctest::Approx(10 + 0.04));
  CHECK(costs[0].millijoules == doctest::Approx(1));  // 1 ms at (100 * 8 + 200) mW
  CHECK(costs[1].millijoules == doctest::Approx(4 * 5 + 2));
  CHECK(fastest(costs) == 0);
  CHECK(thriftiest(costs) == 0);
  CHECK(of.costs({.picture_bytes = 4})[0].upload_ms == doctest::Approx(4));
  CHECK(of.costs({.value_bytes = 1})[1].upload_ms == doctest::Approx(0.5));
  CHECK(of.costs({.last_blob_is_charged = false})[2].upload_ms == 0);
}

TEST_CASE("means are those of their names") {
  const means of = means_of({1, 4, 16});
  CHECK(of.geometric == doctest::Approx(4));
  CHECK(of.arithmetic == doctest::Approx(7));
  CHECK(of.most == 16);
  CHECK(of.least == 1);
}

TEST_CASE("a file that is not a table is refused with its line") {
  const auto folder = std::filesystem::temp_directory_path() / "cleave_tables_test";
  std::filesystem::create_directories(folder);
  CHECK_THROWS_WITH(read_tables(folder / "nowhere"), doctest::Contains("cannot read"));
  std::ofstream(folder / "layers.csv") << "one,two\n";
  CHECK_THROWS_WITH(read_tables(folder), doctest::Contains("layers.csv:1"));
  std::ofstream(folder / "layers.csv") << "application,index,layer,input_values,output_values,mflop,tk1_cpu_ms,"
                                          "tk1_gpu_ms,server_gpu_ms,server_cpu_ms\nimc,1,conv\n";
  CHECK_THROWS_WITH(read_tables(folder), doctest::Contains("layers.csv:2"));
  std::filesystem::remove_all(folder);
}

TEST_CASE("the measured tables have the totals that their authors printed") {
  const auto folder = test_support::shared_data("neurosurgeon");
  if (!folder) return;
  const tables all = read_tables(*folder);
  CHECK(all.networks.size() == 8);
  CHECK(all.links.size() == 3);
  const auto total = [](const table_network& network, processor on) {
    double sum = 0;
    for (const table_layer& each : network.layers) sum += each.time(on);
    return sum;
  };
  const table_network& alexnet = network_named(all, "imc");
  CHECK(alexnet.layers.size() == 24);
  CHECK(total(alexnet, processor::phone_cpu) == doctest::Approx(380.4).epsilon(0.001));
  CHECK(total(alexnet, processor::phone_gpu) == doctest::Approx(81.8).epsilon(0.001));
  CHECK(total(alexnet, processor::server_gpu) == doctest::Approx(5.39).epsilon(0.002));
  CHECK(total(network_named(all, "vgg"), processor::phone_cpu) == doctest::Approx(3228).epsilon(0.001));

  // Re-attribution moves time between layers and keeps every sum.
  const tables moved = reattributed(all);
  for (std::size_t i = 0; i < all.networks.size(); ++i) {
    CAPTURE(all.networks[i].name);
    for (const processor on : {processor::phone_cpu, processor::phone_gpu, processor::server_gpu}) {
      CHECK(total(moved.networks[i], on) == doctest::Approx(total(all.networks[i], on)));
      for (const table_layer& each : moved.networks[i].layers) CHECK(each.time(on) >= 0);
    }
  }
  const table_layer& conv1 = network_named(moved, "imc").layers.front();
  CHECK(conv1.mflop / conv1.time(processor::phone_gpu) < 326);  // no longer above a TK1's peak, in GFLOP/s
}

TEST_CASE("the rule variants give the means that were computed independently") {
  const auto folder = test_support::shared_data("neurosurgeon");
  if (!folder) return;
  const tables raw = read_tables(*folder);
  const tables moved = reattributed(raw);
  struct expected {
    const tables* of;
    double picture_bytes;
    bool charged;
    double latency_geometric, latency_arithmetic, latency_most;
    double saving_geometric, saving_arithmetic, saving_most;
  };
  // Computed once with another program (Python) from the same tables.
  for (const expected& row : {
           expected{&raw, 1, true, 3.10, 5.57, 28.7, 61.9, 43.4, 94.9},
           expected{&raw, 1, false, 8.29, 51.95, 428.6, 80.9, 50.0, 99.4},
           expected{&raw, 4, true, 4.89, 10.11, 114.5, 74.5, 58.0, 97.1},
           expected{&raw, 4, false, 13.08, 56.83, 428.6, 87.3, 64.6, 99.4},
           expected{&moved, 1, true, 2.99, 5.49, 28.7, 59.3, 39.7, 94.9},
           expected{&moved, 1, false, 8.00, 51.88, 428.6, 79.7, 46.3, 99.4},
           expected{&moved, 4, true, 4.51, 9.74, 114.5, 70.2, 52.2, 97.1},
           expected{&moved, 4, false, 12.06, 56.47, 428.6, 85.1, 58.8, 99.4},
       }) {
    CAPTURE(row.picture_bytes);
    CAPTURE(row.charged);
    const auto all = configurations(*row.of, {.picture_bytes = row.picture_bytes, .last_blob_is_charged = row.charged});
    CHECK(all.size() == 48);
    const gains found = best_gains(all);
    CHECK(std::abs(found.latency.geometric - row.latency_geometric) < 0.011);
    CHECK(std::abs(found.latency.arithmetic - row.latency_arithmetic) < 0.011);
    CHECK(std::abs(found.latency.most - row.latency_most) < 0.06);
    CHECK(std::abs(100 - 100 * found.energy_left.geometric - row.saving_geometric) < 0.11);
    CHECK(std::abs(100 - 100 * found.energy_left.arithmetic - row.saving_arithmetic) < 0.11);
    CHECK(std::abs(100 - 100 * found.energy_left.least - row.saving_most) < 0.06);
  }
}

TEST_CASE("cuts cost the milliseconds that the tables' digest names") {
  const auto folder = test_support::shared_data("neurosurgeon");
  if (!folder) return;
  const tables all = read_tables(*folder);
  const auto costs = [&](std::string_view network, std::string_view link, processor phone) {
    for (const table_link& each : all.links) {
      const table_network& of = network_named(all, network);
      if (each.name == link) return cost_of_cuts(of, measured(of, phone), each, of.watts(phone), {});
    }
    return std::vector<cut_cost>{};
  };
  CHECK(std::round(costs("imc", "3g", processor::phone_cpu)[0].milliseconds()) == 864);
  CHECK(std::round(costs("imc", "lte", processor::phone_cpu)[0].milliseconds()) == 230);
  CHECK(std::round(costs("imc", "wifi", processor::phone_cpu)[0].milliseconds()) == 105);
  CHECK(fastest(costs("imc", "3g", processor::phone_cpu)) == 15);  // behind pool5
  CHECK(fastest(costs("vgg", "3g", processor::phone_cpu)) == 0);
}

TEST_CASE("throughput grows most where links are slow and phones have a GPU") {
  const auto folder = test_support::shared_data("neurosurgeon");
  if (!folder) return;
  const tables all = reattributed(read_tables(*folder));
  const auto cells = throughput(all, {}, {.queries = 20'000}, 0.2, local_queries::pass_through);
  REQUIRE(cells.size() == 12);
  for (std::size_t i = 0; i < cells.size(); ++i) {
    CAPTURE(i);
    CHECK(cells[i].gain() >= 1);
    if (i % 4 != 0) CHECK(cells[i].gain() <= cells[i - 1].gain());
  }
  CHECK(cells[8].gain() > 3);  // 3G, all with a GPU
}
