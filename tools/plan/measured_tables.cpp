// SPDX-License-Identifier: BSL-1.0
#include "measured_tables.hpp"

#include <algorithm>
#include <cleave/models/alexnet.hpp>
#include <cleave/models/deepface.hpp>
#include <cleave/models/djinn_lenet.hpp>
#include <cleave/models/kaldi_asr.hpp>
#include <cleave/models/senna.hpp>
#include <cleave/models/vgg19.hpp>
#include <map>
#include <stdexcept>

#include "layer_tables.hpp"

namespace planning {

namespace {

using cleave::layer_work;
using cleave::work_kind;

/// The layers of a graph as work. Of a batch each picture is a sample: Caffe computes convolutions picture by picture,
/// and all of them share what a dense layer reads of its weights.
template <class Graph>
std::vector<layer_work> works_of(const Graph& graph, double batch = 1) {
  std::vector<layer_work> works;
  for (std::size_t layer = 1; layer <= graph.last; ++layer) {
    layer_work work = cleave::work_of(graph, graph.end_of(layer) - 1);
    if (work.kind == work_kind::dense) work.weight_bytes /= batch;
    works.push_back(work);
  }
  return works;
}

std::map<std::string, std::vector<layer_work>> networks() {
  namespace models = cleave::models;
  const auto alexnet = works_of(models::djinn_alexnet);
  auto vgg = works_of(models::vgg19);
  vgg.push_back(alexnet.back());  // the number of the class, which the graph does without
  return {{"imc", alexnet},
          {"vgg", vgg},
          {"face", works_of(models::deepface)},
          {"dig", works_of(models::djinn_lenet, static_cast<double>(models::djinn_lenet_pictures))},
          {"asr", works_of(models::kaldi_asr)},
          {"pos", works_of(models::senna_pos)},
          {"ner", works_of(models::senna_ner)},
          {"chk", works_of(models::senna_chk)}};
}

bool multiplies(work_kind kind) {
  return kind == work_kind::convolution || kind == work_kind::pointwise || kind == work_kind::dense ||
         kind == work_kind::locally_connected;
}

/// Fully connected, also on many frames.
bool is_connected(const table_layer& layer) {
  return layer.work.kind == work_kind::dense || layer.work.kind == work_kind::pointwise;
}

}  // namespace

std::vector<table_layer> read_table(const std::string& folder) {
  const auto all = networks();
  std::vector<table_layer> layers;
  for (const neurosurgeon::table_network& network : neurosurgeon::read_layers(folder)) {
    const auto works = all.find(network.name);
    if (works == all.end() || works->second.size() != network.layers.size()) {
      throw std::runtime_error(folder + "/layers.csv: " + network.name + " is no network of " +
                               std::to_string(network.layers.size()) + " layers that is known");
    }
    const double batch = network.name == "dig" ? static_cast<double>(cleave::models::djinn_lenet_pictures) : 1;
    for (std::size_t i = 0; i < network.layers.size(); ++i) {
      table_layer made{
          .work = works->second[i], .network = network.name, .milliseconds = network.layers[i].milliseconds};
      for (double& each : made.milliseconds) each /= batch;
      layers.push_back(made);
    }
  }
  for (const auto& known : all) {
    const auto is_of = [&](const table_layer& each) { return each.network == known.first; };
    if (std::none_of(layers.begin(), layers.end(), is_of)) {
      throw std::runtime_error(folder + "/layers.csv: has no network " + known.first);
    }
  }
  return layers;
}

void spread_waits(std::vector<table_layer>& layers) {
  for (const std::size_t machine : {1U, 2U}) {
    // Seconds a byte of the large connected layers that nothing waits on, and seconds a product of those on many
    // frames.
    double byte = 0;
    double product = 0;
    for (const table_layer& each : layers) {
      if (each.network == "vgg" && each.work.kind == work_kind::dense && each.work.weight_bytes > 6e7 &&
          each.work.weight_bytes < 7e7) {
        byte = each.milliseconds[machine] / each.work.weight_bytes;
      }
      if (each.network == "asr" && each.work.operations > 2e9) {
        product = each.milliseconds[machine] / each.work.operations;
      }
    }
    for (const char* const network : {"imc", "vgg", "face"}) {
      std::size_t first = 0;
      while (layers[first].network != network) ++first;
      // The first layer behind the convolutions that has weights of its own for every product.
      std::size_t waiting = first;
      while (layers[waiting].work.kind != work_kind::dense &&
             layers[waiting].work.kind != work_kind::locally_connected) {
        ++waiting;
      }
      const layer_work& work = layers[waiting].work;
      const double own = std::max(byte * work.weight_bytes, product * work.operations);
      const double excess = layers[waiting].milliseconds[machine] - own;
      if (excess <= 0) continue;
      layers[waiting].milliseconds[machine] = own;
      double products = 0;
      for (std::size_t i = first; i < waiting; ++i) {
        if (multiplies(layers[i].work.kind)) products += layers[i].work.operations;
      }
      for (std::size_t i = first; i < waiting; ++i) {
        if (multiplies(layers[i].work.kind)) {
          layers[i].milliseconds[machine] += excess * layers[i].work.operations / products;
        }
      }
    }
  }
}

named_profile fit_table(const std::vector<table_layer>& layers, std::size_t machine) {
  std::map<std::string, int> group;
  for (const table_layer& each : layers) group.emplace(each.network, static_cast<int>(group.size()));
  const auto samples_of = [&](auto wanted) {
    std::vector<cleave::layer_sample> samples;
    for (const table_layer& each : layers) {
      if (each.work.kind == work_kind::nothing || !wanted(each)) continue;
      // A hundred pictures one after another: on a GPU no layer's time is its own.
      if (each.network == "dig" && (machine == 1 || machine == 2)) continue;
      samples.push_back({each.work, each.milliseconds[machine] / 1000, 0, group[each.network]});
    }
    return samples;
  };
  named_profile made;
  made.name = table_machines[machine];
  made.what.fuses = false;  // Caffe runs layer by layer
  // A few layers of eight networks carry no more than a call, products, bytes of weights and values that move.
  const cleave::fit_options by_network{.folds = 8, .relative = 0.75, .terms = 0b010100011};
  const auto fit = [&](work_kind kind, auto wanted) {
    made.what.time_of(kind) = cleave::fit_predictor(samples_of(wanted), {}, by_network);
  };
  const auto is = [](auto... kinds) {
    return [=](const table_layer& each) { return ((each.work.kind == kinds) || ...); };
  };
  fit(work_kind::convolution, is(work_kind::convolution));
  fit(work_kind::dense, is_connected);
  // The tables have no convolution with a window of 1 on pictures: as many frames are like it.
  fit(work_kind::pointwise,
      [](const table_layer& each) { return each.work.kind == work_kind::convolution || is_connected(each); });
  fit(work_kind::locally_connected, is(work_kind::locally_connected));
  fit(work_kind::pool, is(work_kind::pool));
  fit(work_kind::cheap_activation, is(work_kind::cheap_activation));
  fit(work_kind::activation, is(work_kind::activation));
  fit(work_kind::normalization, is(work_kind::normalization));
  fit(work_kind::softmax, is(work_kind::softmax));
  fit(work_kind::reduction, is(work_kind::reduction));
  // What the eight networks do not have takes as long as what is most like it.
  made.what.time_of(work_kind::depthwise) = made.what.time_of(work_kind::pool);
  made.what.time_of(work_kind::arithmetic) = made.what.time_of(work_kind::cheap_activation);
  made.what.time_of(work_kind::movement) = made.what.time_of(work_kind::cheap_activation);
  made.what.time_of(work_kind::recurrent) = made.what.time_of(work_kind::dense);

  // Whole networks as the authors measured them (power.csv): the means of those with convolutions and of those without.
  // Their models of single layers (neurosurgeon.py) give 20 W for AlexNet's first layer on a CPU that draws 6.4 W.
  if (machine < 2) {
    const bool cpu = machine == 0;
    for (std::size_t i = 1; i < cleave::work_kinds; ++i) made.what.powers[i].constant = cpu ? 4.5 : 4.61;
    for (const work_kind kind : {work_kind::convolution, work_kind::pointwise, work_kind::depthwise,
                                 work_kind::locally_connected, work_kind::pool}) {
      made.what.power_of(kind).constant = cpu ? 6.4 : 8.6;
    }
    for (const work_kind kind : {work_kind::dense, work_kind::recurrent}) {
      made.what.power_of(kind).constant = cpu ? 6.8 : 6.6;
    }
  }
  return made;
}

}  // namespace planning
