// SPDX-License-Identifier: BSL-1.0
/// @file
/// Handwritten digits, recognised by a network in two processes. `cleave_digits` alone shows everything;
/// `cleave_digits server` is one of the two, for a machine of its own.

#include "../common/demo.hpp"
#include "../common/picture.hpp"
#include "digits.hpp"
#include "fit.hpp"
#include "pictures.hpp"
#include "show.hpp"

#include <cleave/weights/file.hpp>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include <algorithm>
#include <exception>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

const demo::wording words{.title = "Handwritten digits",
                          .things = "pictures",
                          .source = "that training never saw",
                          .thing = "picture",
                          .answer = "digit",
                          .named = "read"};

struct digit_choices : demo::choices {
  std::string folder = CLEAVE_DIGITS_FOLDER;
  std::vector<std::string> pictures;
};

demo::numbers numbers_of(const demo::digit_counts& counts) {
  const auto input = demo::as_input(counts);
  return {input.begin(), input.end()};
}

/// The user's pictures, each through one cut.
void show_pictures(const digit_choices& chosen, const demo::connection& to, const cleave::weights_view<digits>& weights,
                   const demo::terminal& screen) {
  std::vector<demo::digit_counts> counts;
  std::vector<demo::numbers> inputs;
  for (const std::string& file : chosen.pictures) {
    try {
      counts.push_back(demo::fit_digit(demo::read_picture(file)));
    } catch (const std::runtime_error& error) {
      const std::string what = error.what();
      throw std::runtime_error(what.starts_with(file) ? what : file + ": " + what);
    }
    inputs.push_back(numbers_of(counts.back()));
  }
  const std::size_t cut = demo::find_cut(digits, chosen.cut.empty() ? "pool2" : chosen.cut);
  const auto whole = demo::measured<digits>::answer_whole(weights, inputs);
  const auto network = demo::measured<digits>::split_at(cut, weights, to);
  network->run(inputs, whole, [] {});
  const demo::cut_report& report = network->report;
  const bool same = std::find(report.same_bits.begin(), report.same_bits.end(), false) == report.same_bits.end();
  for (std::size_t at = 0; at < counts.size(); ++at) {
    demo::print_picture(std::cout, chosen.pictures[at], counts[at], report.answers[at], screen);
  }
  std::cout << "  Cut behind layer " << cut << ", " << demo::facts_of(digits).cuts[cut] << ": "
            << (same ? "the same bits as" : "not the same bits as") << " in one piece.\n";
}

bool show(const digit_choices& chosen) {
  if (!chosen.cut.empty()) demo::find_cut(digits, chosen.cut);  // a wrong one is told before anything starts
  const auto weights = cleave::load_weights<digits>(chosen.weights.c_str());
  if (!weights) throw std::runtime_error(chosen.weights + ": " + cleave::message(weights.error()));
  demo::findings found;
  found.words = words;
  std::vector<demo::labelled_digit> pictures;
  if (chosen.pictures.empty()) {
    pictures = demo::read_held_out(chosen.folder);
    if (chosen.count != 0) pictures.resize(std::min(chosen.count, pictures.size()));
  }
  for (const auto& picture : pictures) {
    found.inputs.push_back(numbers_of(picture.counts));
    found.labels.push_back(picture.label);
  }
  const auto server = demo::connect(chosen, found);
  const demo::terminal screen = demo::look_at(STDOUT_FILENO);
  if (!chosen.pictures.empty()) {
    show_pictures(chosen, found.to, *weights, screen);
    return true;
  }
  return demo::show_cuts<digits>(chosen, screen, found, *weights,
                                 [&] { demo::print_digits(std::cout, found, pictures, screen); });
}

}  // namespace

int main(int count, char** arguments) {
  CLI::App app{"Handwritten digits, recognised by a network in two processes: this one and a server on loopback TCP."};
  digit_choices chosen;
  demo::server_choices server;
  const CLI::App* serve = demo::add_options(app, chosen, server, words, "5 or pool1");
  app.add_option("--picture", chosen.pictures,
                 "read this PGM or PNG instead of the held-out pictures (may be repeated)")
      ->excludes("--json");
  app.add_option("--data", chosen.folder, "the folder with digits.weights and the held-out pictures");
  CLI11_PARSE(app, count, arguments);

  try {
    if (chosen.weights.empty()) chosen.weights = chosen.folder + "/digits.weights";
    if (serve->parsed()) {
      if (server.weights.empty()) server.weights = chosen.weights;
      demo::serve<digits>(server, "digits");
      return 0;
    }
    return show(chosen) ? 0 : 1;
  } catch (const std::exception& error) {
    std::cerr << "cleave_digits: " << error.what() << '\n';
    return 1;
  }
}
