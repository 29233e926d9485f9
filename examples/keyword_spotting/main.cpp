// SPDX-License-Identifier: BSL-1.0
/// @file
/// Spoken words, recognised by a network in two processes. The network is what cleave-import made of keywords.onnx when
/// this was built: the graph `keywords` and the file of its weights. Where the reference models are, the same graph has
/// the weights of MLPerf Tiny too.

#include "../common/demo.hpp"
#include "../common/table.hpp"
#include "sounds.hpp"

#include <cleave/weights/file.hpp>

#include <keywords.hpp>
#ifdef KEYWORDS_MLPERF_WEIGHTS_FILE
#include <keywords_mlperf.hpp>
#endif

#include <CLI/CLI.hpp>
#include <unistd.h>

#include <algorithm>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

static_assert(keywords.nodes[0].out.size() == demo::features, "the network takes 49 frames of 10 features");
static_assert(keywords.nodes[keywords.nodes.size() - 1].out.size() == demo::words.size());

#ifdef KEYWORDS_MLPERF_WEIGHTS_FILE
static_assert(cleave::fingerprint(keywords) == cleave::fingerprint(keywords_mlperf), "one program for both");
#endif

const demo::wording wording{.title = "Spoken words",
                            .things = "sounds",
                            .source = "that training never heard",
                            .thing = "sound",
                            .answer = "word",
                            .named = "heard"};

struct keyword_choices : demo::choices {
  std::string sounds = CLEAVE_KEYWORDS_FOLDER "/heldout-features.npy";
  std::string labels = CLEAVE_KEYWORDS_FOLDER "/heldout-words.npy";
};

/// How many of each word were understood, and what was most often heard instead.
void print_words(const demo::findings& found, const demo::terminal& screen) {
  demo::table lines;
  lines.column("word", demo::table::align::left);
  lines.column("sounds");
  lines.column("right");
  lines.column("mistaken for", demo::table::align::left);
  for (std::size_t word = 0; word < demo::words.size(); ++word) {
    std::vector<std::size_t> heard(demo::words.size());
    for (std::size_t at = 0; at < found.labels.size(); ++at) {
      if (found.labels[at] == static_cast<int>(word)) ++heard[static_cast<std::size_t>(demo::best_of(found.whole[at]))];
    }
    std::size_t sounds = 0;
    for (const std::size_t times : heard) sounds += times;
    const std::size_t right = std::exchange(heard[word], 0);
    std::string mistaken;
    for (std::size_t other = 0; other < heard.size(); ++other) {
      if (heard[other] == 0) continue;
      mistaken += (mistaken.empty() ? "" : ", ") + std::string(demo::words[other]);
      if (heard[other] > 1) mistaken += " (" + std::to_string(heard[other]) + ')';
    }
    lines.row({std::string(demo::words[word]), std::to_string(sounds), std::to_string(right), mistaken});
  }
  lines.print(std::cout, screen.unicode);
  std::cout << '\n';
}

bool show(const keyword_choices& chosen) {
  if (!chosen.cut.empty()) demo::find_cut(keywords, chosen.cut);  // a wrong one is told before anything starts
  const auto weights = cleave::load_weights<keywords>(chosen.weights.c_str());
  if (!weights) throw std::runtime_error(chosen.weights + ": " + cleave::message(weights.error()));
  demo::findings found;
  found.words = wording;
  demo::labelled_sounds sounds = demo::read_sounds(chosen.sounds, chosen.labels);
  const std::size_t count = chosen.count == 0 ? sounds.inputs.size() : std::min(chosen.count, sounds.inputs.size());
  sounds.inputs.resize(count);
  sounds.labels.resize(count);
  found.inputs = std::move(sounds.inputs);
  found.labels = std::move(sounds.labels);
  const auto server = demo::connect(chosen, found);
  const demo::terminal screen = demo::look_at(STDOUT_FILENO);
  return demo::show_cuts<keywords>(chosen, screen, found, *weights, [&] { print_words(found, screen); });
}

}  // namespace

int main(int count, char** arguments) {
  CLI::App app{"Spoken words, recognised by a network in two processes: this one and a server on loopback TCP."};
  keyword_choices chosen;
  chosen.weights = KEYWORDS_WEIGHTS_FILE;
  chosen.rounds = 5;
  demo::server_choices server;
  const CLI::App* serve = demo::add_options(app, chosen, server, wording, "0 or 19");
  app.add_option("--sounds", chosen.sounds, "features of sounds, an array of numpy: sounds x 1 x 49 x 10");
  app.add_option("--labels", chosen.labels, "which of the 12 words is in each, an array of numpy");
#ifdef KEYWORDS_MLPERF_WEIGHTS_FILE
  app.add_flag_callback(
      "--recorded",
      [&] {
        chosen.weights = KEYWORDS_MLPERF_WEIGHTS_FILE;
        chosen.sounds = CLEAVE_KEYWORDS_MLPERF_FOLDER "/samples_x.npy";
        chosen.labels = CLEAVE_KEYWORDS_MLPERF_FOLDER "/samples_y.npy";
      },
      "the network of MLPerf Tiny and 1,000 recorded words");
#endif
  CLI11_PARSE(app, count, arguments);

  try {
    if (serve->parsed()) {
      if (server.weights.empty()) server.weights = chosen.weights;
      demo::serve<keywords>(server, "keywords");
      return 0;
    }
    return show(chosen) ? 0 : 1;
  } catch (const std::exception& error) {
    std::cerr << "cleave_keywords: " << error.what() << '\n';
    return 1;
  }
}
