// SPDX-License-Identifier: BSL-1.0
#include "emit.hpp"

#include <algorithm>
#include <cctype>
#include <vector>

namespace importer {

namespace {

std::string text(cleave::shape of) {
  return std::to_string(of.height) + " x " + std::to_string(of.width) + " x " + std::to_string(of.channels);
}

/// How a tensor's elements lie, in words: ONNX's own order needs none.
std::string order_note(const terminal& of) {
  if (of.memory == plain(count_of(of.dims))) return "";
  return ", rows, columns, channels";
}

std::string terminal_note(const finished& of, const terminal& each, const std::string& what) {
  const cleave::shape shape = of.graph.nodes[static_cast<std::size_t>(each.layer)].out;
  return "///   " + what + " '" + each.name + "', " + text_of(each.dims) + ": " + text(shape) +
         (each.integer ? " integers" : "") + order_note(each) + "\n";
}

/// Layers that a reader sees as part of the one before: they share its line.
bool shares_line(const cleave::layer_record& of) {
  return of.function.kind != cleave::activation_kind::none && of.from[0].empty();
}

}  // namespace

std::string header_text(const finished& of, const std::string& name, const std::string& model) {
  std::string guard = name + "_HPP";
  for (char& letter : guard) letter = static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
  std::string text = "// Made by cleave-import of " + model + ".\n#ifndef " + guard + "\n#define " + guard + "\n\n";
  text += "/// @file\n/// The network of " + model + "; its weights are in " + name + ".weights.\n";
  for (const terminal& each : of.inputs) text += terminal_note(of, each, "input");
  // In the order of the graph, which may not be that of the model.
  std::vector<terminal> answers = of.answers;
  std::sort(answers.begin(), answers.end(), [](const terminal& a, const terminal& b) { return a.layer < b.layer; });
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const std::string what = answers.size() == 1 ? "output" : "output get<" + std::to_string(i) + ">()";
    text += terminal_note(of, answers[i], what);
  }
  std::string graph;

  // Compilers limit how many arguments a call has: long networks come in runs.
  constexpr std::size_t run = 100;
  const bool runs = of.records.size() > 200;
  const std::string indent = runs ? "        " : "    ";
  constexpr std::size_t width = 118;
  std::string line;
  for (std::size_t i = 0; i < of.records.size(); ++i) {
    const bool first = runs && i % run == 0;
    const std::string layer = layer_text(of.records[i]) + ",";
    const bool behind_input = i > 0 && of.records[i - 1].kind == cleave::op::input;
    if (!line.empty() && !first && !behind_input && shares_line(of.records[i]) &&
        line.size() + 1 + layer.size() <= width) {
      line += " " + layer;
      continue;
    }
    if (!line.empty()) graph += line + "\n";
    if (first) graph += std::string{i > 0 ? "    },\n" : ""} + "    cleave::layers{\n";
    line = indent + layer;
  }
  graph += line + "\n" + (runs ? "    },\n" : "") + "};\n";
  if (graph.find("std::numeric_limits") != std::string::npos) text += "\n#include <limits>\n";
  return text + "\n#include <cleave/device.hpp>\n\n// clang-format off\ninline constexpr auto " + name +
         " = cleave::graph{\n" + graph + "// clang-format on\n\n#endif\n";
}

}  // namespace importer
