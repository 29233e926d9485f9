// SPDX-License-Identifier: BSL-1.0
#include "networks.hpp"

#include <algorithm>
#include <cleave/graph/summary.hpp>
#include <cleave/models/alexnet.hpp>
#include <cleave/models/autoencoder.hpp>
#include <cleave/models/deepface.hpp>
#include <cleave/models/djinn_lenet.hpp>
#include <cleave/models/dscnn.hpp>
#include <cleave/models/inception_v3.hpp>
#include <cleave/models/kaldi_asr.hpp>
#include <cleave/models/lenet5.hpp>
#include <cleave/models/mobilenet_v1_025.hpp>
#include <cleave/models/mobilenet_v2.hpp>
#include <cleave/models/resnet50.hpp>
#include <cleave/models/resnet56.hpp>
#include <cleave/models/resnet8.hpp>
#include <cleave/models/senna.hpp>
#include <cleave/models/squeezenet1_1.hpp>
#include <cleave/models/vgg16.hpp>
#include <cleave/models/vgg19.hpp>
#include <map>
#include <span>
#include <stdexcept>

#include "onnx_network.hpp"

namespace planning {

namespace {

using records = std::vector<cleave::layer_record>;

template <class Graph>
records records_of(const Graph& graph) {
  records all;
  for (const cleave::node& each : graph.nodes) all.push_back(each.what);
  return all;
}

const std::map<std::string, records (*)()>& zoo() {
  namespace models = cleave::models;
  static const std::map<std::string, records (*)()> all{
      {"alexnet", [] { return records_of(models::alexnet); }},
      {"autoencoder", [] { return records_of(models::autoencoder); }},
      {"deepface", [] { return records_of(models::deepface); }},
      {"djinn_alexnet", [] { return records_of(models::djinn_alexnet); }},
      {"djinn_lenet", [] { return records_of(models::djinn_lenet); }},
      {"dscnn", [] { return records_of(models::dscnn); }},
      {"inception_v3", [] { return records_of(models::inception_v3); }},
      {"kaldi_asr", [] { return records_of(models::kaldi_asr); }},
      {"lenet5", [] { return records_of(models::lenet5); }},
      {"mobilenet_v1_025", [] { return records_of(models::mobilenet_v1_025); }},
      {"mobilenet_v2", [] { return records_of(models::mobilenet_v2); }},
      {"resnet50", [] { return records_of(models::resnet50); }},
      {"resnet50_v1_5", [] { return records_of(models::resnet50_v1_5); }},
      {"resnet56", [] { return records_of(models::resnet56); }},
      {"resnet8", [] { return records_of(models::resnet8); }},
      {"senna_chk", [] { return records_of(models::senna_chk); }},
      {"senna_ner", [] { return records_of(models::senna_ner); }},
      {"senna_pos", [] { return records_of(models::senna_pos); }},
      {"squeezenet1_1", [] { return records_of(models::squeezenet1_1); }},
      {"vgg16", [] { return records_of(models::vgg16); }},
      {"vgg19", [] { return records_of(models::vgg19); }},
  };
  return all;
}

}  // namespace

std::vector<std::string> network_names() {
  std::vector<std::string> names;
  for (const auto& [name, make] : zoo()) names.push_back(name);
  return names;
}

planned_network find_network(const std::string& model) {
  planned_network found;
  if (const auto at = zoo().find(model); at != zoo().end()) {
    found.name = model;
    found.graph = cleave::runtime_graph{at->second()};
    return found;
  }
  if (model.size() > 5 && model.substr(model.size() - 5) == ".onnx") {
    try {
      found = read_onnx(model);
    } catch (const std::exception& problem) {
      const std::string said = problem.what();
      throw std::runtime_error(said.starts_with(model) ? said : model + ": " + said);
    }
    if (!found.graph.ok()) throw std::runtime_error(model + ": " + cleave::explain_defect(found.graph));
    return found;
  }
  std::string names;
  for (const std::string& each : network_names()) names += (names.empty() ? "" : ", ") + each;
  throw std::runtime_error(model + ": neither an .onnx file nor one of " + names);
}

}  // namespace planning
