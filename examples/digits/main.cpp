// SPDX-License-Identifier: BSL-1.0
/// @file
/// Handwritten digits, recognised by a network in two processes. `cleave_digits` alone shows everything;
/// `cleave_digits server` is one of the two, for a machine of its own.

#include "../common/picture.hpp"
#include "../common/progress_bar.hpp"
#include "../common/terminal.hpp"
#include "fit.hpp"
#include "measure.hpp"
#include "pictures.hpp"
#include "report.hpp"
#include "server_mode.hpp"
#include "server_process.hpp"

#include <cleave/weights/file.hpp>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <exception>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

struct choices {
  std::string folder = CLEAVE_DIGITS_FOLDER;
  std::string weights;
  std::string cut;
  std::string codec = "identity";
  std::string connect;
  std::vector<std::string> pictures;
  std::size_t count = 0;
  int rounds = 20;
  std::uint64_t bandwidth = 0;
  std::uint64_t latency = 0;
  bool json = false;

  std::string weight_file() const { return weights.empty() ? folder + "/digits.weights" : weights; }
};

template <class Number>
bool parse(const std::string& text, Number& number) {
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  return parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
}

/// A cut by number or by label. Throws std::runtime_error, which tells the cuts that there are.
std::size_t find_cut(const std::string& text) {
  std::size_t number = 0;
  if (parse(text, number) && number <= digits.last) return number;
  const int named = text.empty() ? -1 : digits.find(text);
  if (named >= 0) return digits.layer_of(static_cast<std::size_t>(named));
  std::string labels;
  for (std::size_t cut = 0; cut <= digits.last; ++cut) {
    const auto label = digits.nodes[digits.end_of(cut) - 1].what.name;
    if (!label.empty()) labels += (labels.empty() ? "" : ", ") + std::string(label) + " (" + std::to_string(cut) + ')';
  }
  throw std::runtime_error("no cut '" + text + "': cuts are 0 to " + std::to_string(digits.last) + ", or by label " +
                           labels);
}

void split_address(const std::string& text, demo::connection& to) {
  const auto colon = text.rfind(':');
  if (colon == text.npos || colon == 0 || !parse(text.substr(colon + 1), to.port) || to.port == 0) {
    throw std::runtime_error("'" + text + "' is not of the form host:port");
  }
  to.host = text.substr(0, colon);
  if (to.host.front() == '[' && to.host.back() == ']') to.host = to.host.substr(1, to.host.size() - 2);
}

/// The user's pictures, each through one cut.
void show_pictures(const choices& chosen, const demo::connection& to, const cleave::weights_view<digits>& weights,
                   const demo::terminal& screen) {
  std::vector<demo::digit_counts> counts;
  std::vector<demo::digit_input> inputs;
  for (const std::string& file : chosen.pictures) {
    try {
      counts.push_back(demo::fit_digit(demo::read_picture(file)));
    } catch (const std::runtime_error& error) {
      const std::string what = error.what();
      throw std::runtime_error(what.starts_with(file) ? what : file + ": " + what);
    }
    inputs.push_back(demo::as_input(counts.back()));
  }
  const std::size_t cut = find_cut(chosen.cut.empty() ? "pool2" : chosen.cut);
  const auto whole = demo::answer_whole(weights, inputs);
  const auto network = demo::split_at(cut, weights, to);
  network->run(inputs, whole, [] {});
  const demo::cut_report& report = network->report;
  const bool same = std::find(report.same_bits.begin(), report.same_bits.end(), false) == report.same_bits.end();
  for (std::size_t at = 0; at < counts.size(); ++at) {
    demo::print_picture(std::cout, chosen.pictures[at], counts[at], report.answers[at], screen);
  }
  std::cout << "  Cut behind layer " << cut << ", " << demo::name_of_cut(cut) << ": "
            << (same ? "the same bits as" : "not the same bits as") << " in one piece.\n";
}

bool show_cuts(const choices& chosen, const demo::terminal& screen, demo::findings& found,
               const cleave::weights_view<digits>& weights) {
  std::vector<std::size_t> cuts;
  if (!chosen.cut.empty()) cuts.push_back(find_cut(chosen.cut));
  for (std::size_t cut = 0; chosen.cut.empty() && cut <= digits.last; ++cut) cuts.push_back(cut);

  std::vector<demo::digit_input> inputs;
  for (const auto& picture : found.pictures) inputs.push_back(demo::as_input(picture.counts));
  if (!chosen.json) demo::print_beginning(std::cout, found, screen);
  std::cout.flush();

  found.whole = demo::answer_whole(weights, inputs);
  found.whole_time = demo::time_whole(weights, inputs, found.rounds);
  std::vector<std::unique_ptr<demo::split_network>> networks;
  for (const std::size_t cut : cuts) networks.push_back(demo::split_at(cut, weights, found.to));
  {
    demo::progress_bar bar(cuts.size() * inputs.size() * static_cast<std::size_t>(found.rounds));
    // Round by round over all cuts: what else the machine does in the meantime touches them alike.
    for (int round = 1; round <= found.rounds; ++round) {
      for (const auto& network : networks) {
        bar.title("round " + std::to_string(round) + " of " + std::to_string(found.rounds) + ", cut behind " +
                  demo::name_of_cut(network->report.cut));
        network->run(inputs, found.whole, [&] { bar.advance(); });
      }
    }
  }
  for (const auto& network : networks) {
    network->report.same_bits_here = demo::count_same_bits_here(network->report.cut, weights, inputs, found.whole);
    found.cuts.push_back(std::move(network->report));
  }
  if (chosen.json) {
    demo::print_json(std::cout, found);
    return std::all_of(found.cuts.begin(), found.cuts.end(),
                       [&](const auto& cut) { return cut.same_bits_here == found.pictures.size(); });
  }
  demo::print_digits(std::cout, found, screen);
  demo::print_table(std::cout, found, screen);
  return demo::print_verdict(std::cout, found, screen);
}

bool show(const choices& chosen) {
  if (!chosen.cut.empty()) find_cut(chosen.cut);  // a wrong one is told before anything starts
  const auto weights = cleave::load_weights<digits>(chosen.weight_file().c_str());
  if (!weights) throw std::runtime_error(chosen.weight_file() + ": " + cleave::message(weights.error()));
  demo::findings found;
  found.rounds = chosen.rounds;
  if (chosen.pictures.empty()) {
    found.pictures = demo::read_held_out(chosen.folder);
    if (chosen.count != 0) found.pictures.resize(std::min(chosen.count, found.pictures.size()));
  }

  found.to.half_floats = chosen.codec == "f16";
  found.to.profile.bytes_per_second = chosen.bandwidth;
  found.to.profile.latency_microseconds = chosen.latency;
  std::unique_ptr<demo::server_process> server;
  if (chosen.connect.empty()) {
    server = std::make_unique<demo::server_process>(std::vector<std::string>{
        "server", "--port", "0", "--address", "127.0.0.1", "--until-input-ends", "--weights", chosen.weight_file()});
    found.server_process = server->id();
    found.to.host = "127.0.0.1";
    found.to.port = server->port();
  } else {
    split_address(chosen.connect, found.to);
  }

  const demo::terminal screen = demo::look_at(STDOUT_FILENO);
  if (!chosen.pictures.empty()) {
    show_pictures(chosen, found.to, *weights, screen);
    return true;
  }
  return show_cuts(chosen, screen, found, *weights);
}

}  // namespace

int main(int count, char** words) {
  choices chosen;
  demo::server_choices server;
  CLI::App app{"Handwritten digits, recognised by a network in two processes: this one and a server on loopback TCP."};
  app.add_option("--cut", chosen.cut, "only this cut: a layer's number or label, such as 5 or pool1");
  app.add_option("--picture", chosen.pictures,
                 "read this PGM or PNG instead of the held-out pictures (may be repeated)");
  app.add_option("--codec", chosen.codec, "how tensors travel")
      ->check(CLI::IsMember({"identity", "f16"}))
      ->capture_default_str();
  app.add_option("--connect", chosen.connect, "use the server at host:port instead of starting one");
  app.add_option("--bandwidth", chosen.bandwidth,
                 "slow the link down to so many bytes a second (11520: a UART of 115200 baud)");
  app.add_option("--latency", chosen.latency, "delay the link by so many microseconds each way");
  app.add_option("--count", chosen.count, "only the first so many held-out pictures");
  app.add_option("--rounds", chosen.rounds, "how often the pictures are sent through each cut")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  app.add_option("--data", chosen.folder, "the folder with digits.weights and the held-out pictures");
  app.add_option("--weights", chosen.weights, "the weight blob, where it is not in that folder");
  app.add_flag("--json", chosen.json, "figures as JSON instead of tables and pictures")->excludes("--picture");

  CLI::App* serve = app.add_subcommand("server", "only the server, for devices on other machines");
  serve->add_option("--port", server.port, "the port to listen on; 0 takes any free one")->default_val(7070);
  serve->add_option("--address", server.address, "listen on this interface only");
  serve->add_option("--weights", server.weights, "the weight blob");
  serve->add_flag("--until-input-ends", server.until_input_ends, "stop when the standard input ends");
  CLI11_PARSE(app, count, words);

  try {
    if (serve->parsed()) {
      if (server.weights.empty()) server.weights = chosen.weight_file();
      demo::serve(server);
      return 0;
    }
    return show(chosen) ? 0 : 1;
  } catch (const std::exception& error) {
    std::cerr << "cleave_digits: " << error.what() << '\n';
    return 1;
  }
}
