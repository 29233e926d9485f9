// SPDX-License-Identifier: BSL-1.0
#ifndef EXAMPLES_COMMON_DEMO_HPP
#define EXAMPLES_COMMON_DEMO_HPP

/// @file
/// What the demos on trained networks share: arguments, a server process, and all samples through all cuts.

#include "cuts.hpp"
#include "measure_graph.hpp"
#include "progress_bar.hpp"
#include "report.hpp"
#include "server_mode.hpp"
#include "server_process.hpp"
#include "terminal.hpp"

#include <cleave/weights/view.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace CLI {
class App;
}

namespace demo {

/// What every demo can be asked for.
struct choices {
  std::string weights;
  std::string cut;
  std::string codec = "identity";
  std::string connect;
  std::size_t count = 0;
  int rounds = 20;
  std::uint64_t bandwidth = 0;
  std::uint64_t latency = 0;
  bool json = false;
};

/// The options for all that, and the subcommand `server`, which is returned. `labels` are cuts to name in the help.
CLI::App* add_options(CLI::App& app, choices& chosen, server_choices& server, const wording& words,
                      const std::string& labels);

/// Fills in how the server is reached; starts one, in a process of its own, where none is named.
std::unique_ptr<server_process> connect(const choices& chosen, findings& found);

/// Measures and prints: false when something was not as it must be. `print_samples` may show answers above the table.
template <const auto& Graph>
bool show_cuts(const choices& chosen, const terminal& screen, findings& found,
               const cleave::weights_view<Graph>& weights, const std::function<void()>& print_samples) {
  std::vector<std::size_t> cuts;
  if (!chosen.cut.empty()) cuts.push_back(find_cut(Graph, chosen.cut));
  for (std::size_t cut = 0; chosen.cut.empty() && cut <= Graph.last; ++cut) cuts.push_back(cut);

  found.graph = facts_of(Graph);
  if (!chosen.json) print_beginning(std::cout, found, screen);
  std::cout.flush();

  using graph = measured<Graph>;
  found.whole = graph::answer_whole(weights, found.inputs);
  found.whole_time = graph::time_whole(weights, found.inputs, found.rounds);
  std::vector<std::unique_ptr<split_network>> networks;
  for (const std::size_t cut : cuts) networks.push_back(graph::split_at(cut, weights, found.to));
  {
    progress_bar bar(cuts.size() * found.inputs.size() * static_cast<std::size_t>(found.rounds));
    // Round by round over all cuts: what else the machine does in the meantime touches them alike.
    for (int round = 1; round <= found.rounds; ++round) {
      for (const auto& network : networks) {
        bar.title("round " + std::to_string(round) + " of " + std::to_string(found.rounds) + ", cut behind " +
                  found.graph.cuts[network->report.cut]);
        network->run(found.inputs, found.whole, [&] { bar.advance(); });
      }
    }
  }
  for (const auto& network : networks) {
    network->report.same_bits_here =
        graph::count_same_bits_here(network->report.cut, weights, found.inputs, found.whole);
    found.cuts.push_back(std::move(network->report));
  }
  if (chosen.json) {
    print_json(std::cout, found);
    return std::all_of(found.cuts.begin(), found.cuts.end(),
                       [&](const auto& cut) { return cut.same_bits_here == found.inputs.size(); });
  }
  print_samples();
  print_table(std::cout, found, screen);
  return print_verdict(std::cout, found, screen);
}

}  // namespace demo
#endif
