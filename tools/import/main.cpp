// SPDX-License-Identifier: BSL-1.0
/// @file
/// cleave-import: from an ONNX model to a graph in a header and a weight blob.

#include <CLI/CLI.hpp>

#include <cstdio>
#include <exception>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "check.hpp"
#include "import_model.hpp"
#include "output.hpp"
#include "report.hpp"

namespace {

struct request {
  std::string model;
  importer::output_request output;
  std::vector<std::string> shapes;
  std::vector<std::string> check;
  std::vector<std::string> samples;
  double tolerance = 1e-5;
  bool quiet = false;
  bool rewrites = true;
};

std::map<std::string, std::int64_t> sizes_of(const std::vector<std::string>& given) {
  std::map<std::string, std::int64_t> result;
  for (const std::string& each : given) {
    const std::size_t equals = each.find('=');
    std::size_t used = 0;
    long long size = 0;
    try {
      size = std::stoll(each.substr(equals + 1), &used);
    } catch (const std::exception&) {
    }
    if (equals == std::string::npos || equals == 0 || size <= 0 || used + equals + 1 != each.size()) {
      throw importer::refusal(importer::trouble::usage,
                              "--shape takes a name and a size, such as N=1, not '" + each + "'");
    }
    result[each.substr(0, equals)] = size;
  }
  return result;
}

/// Whether every name that got a size is one of the model.
void check_symbols(const std::map<std::string, std::int64_t>& given, const importer::model& source) {
  std::set<std::string> there;
  for (const importer::port& each : source.inputs) {
    for (std::size_t axis = 0; axis < each.dims.size(); ++axis) {
      if (each.dims[axis] < 0) there.insert(each.symbols[axis].empty() ? each.name : each.symbols[axis]);
    }
  }
  for (const auto& [name, size] : given) {
    if (there.count(name) != 0) continue;
    std::string words;
    for (const std::string& each : there) words += (words.empty() ? "; there are '" : "', '") + each;
    throw importer::refusal(importer::trouble::usage, "--shape: the inputs have no open dimension '" + name + "'" +
                                                          (words.empty() ? "" : words + "'"));
  }
}

void run(request& asked) {
  const std::map<std::string, std::int64_t> symbols = sizes_of(asked.shapes);
  const importer::model source = importer::read_model(asked.model);
  check_symbols(symbols, source);
  importer::finished made;
  try {
    made = importer::import_model(source, {symbols}, asked.rewrites);
  } catch (const importer::refusal& refused) {
    if (refused.kind() == importer::trouble::usage) throw;
    throw importer::refusal(refused.kind(), asked.model + ": " + refused.what());
  }
  std::vector<importer::sample> samples;
  std::string checked;
  if (!asked.check.empty()) {
    samples = importer::read_samples(asked.check, made);
    checked = importer::check(made, source, samples, asked.tolerance);
  }
  if (!asked.samples.empty()) {
    samples = importer::read_samples(asked.samples, made);
    asked.output.samples = true;
  }
  asked.output.model = asked.model;
  importer::write(made, asked.output, samples);
  if (!asked.quiet) std::printf("%s\n", importer::report_text(made).c_str());
  std::printf("%s", checked.c_str());
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Makes a cleave graph and its weights of an ONNX model"};
  request asked;
  app.set_version_flag("--version", CLEAVE_IMPORT_VERSION);
  app.add_option("model", asked.model, "the ONNX file")->required();
  app.add_option("--name", asked.output.name, "what the graph, and the files made, are called");
  app.add_option("--out", asked.output.folder, "where the files go (nothing is written without)");
  app.add_option("--shape", asked.shapes, "a size for a symbolic dimension: N=1");
  app.add_option("--check", asked.check,
                 "run with these inputs and compare with these outputs: .npy or .pb files, or folders of test data");
  app.add_option("--samples", asked.samples,
                 "write these inputs and outputs, as --check takes them, in the order of cleave's memory");
  app.add_option("--tolerance", asked.tolerance, "of the output's range, for --check")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  app.add_flag("--embed", asked.output.embed,
               "also write an assembler file and a header that put the weights into a program");
  app.add_flag("--vector", asked.output.vector,
               "also write the first sample of --check, for a self-test on the target");
  app.add_option("--cut", asked.output.cut, "only the weights of one half of a cut: a layer's number or label");
  app.add_option("--half", asked.output.half, "which half: device or remote")
      ->check(CLI::IsMember({"device", "remote"}));
  app.add_flag("--quiet", asked.quiet, "print no tables");
  app.add_flag("!--no-rewrites", asked.rewrites, "keep every layer that the model's nodes become");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : static_cast<int>(importer::trouble::usage);
  }
  try {
    run(asked);
    return 0;
  } catch (const importer::refusal& refused) {
    std::fprintf(stderr, "cleave-import: %s\n", refused.what());
    return static_cast<int>(refused.kind());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "cleave-import: %s: %s\n", asked.model.c_str(), error.what());
    return 1;
  }
}
