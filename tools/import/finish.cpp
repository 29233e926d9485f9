// SPDX-License-Identifier: BSL-1.0
#include "finish.hpp"

#include <algorithm>
#include <cctype>
#include <set>

#include <cleave/layers/layers.hpp>
#include <cleave/weights/pack.hpp>

#include "refusal.hpp"

namespace importer {

namespace {

using cleave::op;

/// A name of the model as a label: without what exporters add.
std::string label_from(std::string name) {
  for (const std::string ending : {":0", "_output_0", "_Output_0"}) {
    if (name.size() > ending.size() && name.ends_with(ending)) name.resize(name.size() - ending.size());
  }
  std::string label;
  for (const char each : name) {
    const bool plain =
        std::isalnum(static_cast<unsigned char>(each)) != 0 || each == '_' || each == '/' || each == '.' || each == '-';
    label += plain ? each : '_';
  }
  while (label.starts_with('/')) label.erase(0, 1);
  constexpr std::size_t longest = 40;
  if (label.size() > longest) {
    const std::size_t slash = label.find('/', label.size() - longest);
    label = slash == std::string::npos ? label.substr(label.size() - longest) : label.substr(slash + 1);
  }
  return label;
}

class finisher {
 public:
  explicit finisher(network of) : from_(std::move(of)) {}

  finished run() {
    mark_answers();
    keep_living();
    spell_well();
    find_labels();
    make_records();
    made_.graph = cleave::runtime_graph{made_.records};
    check();
    return std::move(made_);
  }

 private:
  /// An answer that is read by a layer too, or is an input, or given twice, is marked by a layer of its own.
  void mark_answers() {
    std::set<int> marked;
    for (terminal& each : from_.answers) {
      const layer& source = from_.layers[static_cast<std::size_t>(each.layer)];
      const bool twice = !marked.insert(each.layer).second;
      if (from_.uses_of(each.layer) == 1 && source.what.kind != op::input && !twice) continue;
      layer mark;
      mark.what = cleave::output{};
      mark.inputs = {each.layer};
      mark.out = source.out;
      mark.type = source.type;
      mark.value = each.name;
      mark.dims = each.dims;
      mark.memory = each.memory;
      from_.layers.push_back(std::move(mark));
      each.layer = static_cast<int>(from_.layers.size()) - 1;
    }
  }

  void keep_living() {
    std::vector<int> place(from_.layers.size(), -1);
    for (std::size_t i = 0; i < from_.layers.size(); ++i) {
      if (from_.layers[i].dead) continue;
      place[i] = static_cast<int>(made_.layers.size());
      made_.layers.push_back(std::move(from_.layers[i]));
      for (int& input : made_.layers.back().inputs) input = place[static_cast<std::size_t>(input)];
    }
    made_.inputs = std::move(from_.inputs);
    made_.answers = std::move(from_.answers);
    for (terminal& each : made_.inputs) each.layer = place[static_cast<std::size_t>(each.layer)];
    for (terminal& each : made_.answers) each.layer = place[static_cast<std::size_t>(each.layer)];
  }

  /// What a person would write: sums read the layer before first, and padding that `same` gives is called that.
  void spell_well() {
    for (std::size_t i = 0; i < made_.layers.size(); ++i) {
      layer& each = made_.layers[i];
      const bool commutes = each.what.kind == op::add || each.what.kind == op::multiply ||
                            each.what.kind == op::maximum || each.what.kind == op::minimum;
      if (commutes && each.inputs[1] == static_cast<int>(i) - 1 &&
          made_.layers[static_cast<std::size_t>(each.inputs[0])].out == made_.layers[i - 1].out) {
        std::swap(each.inputs[0], each.inputs[1]);
      }
      const cleave::padding& pad = each.what.pad;
      const bool windowed = each.what.kind == op::conv2d || each.what.kind == op::depthwise_conv2d ||
                            each.what.kind == op::max_pool || each.what.kind == op::average_pool;
      if (!windowed || (pad.top == pad.bottom && pad.left == pad.right)) continue;
      cleave::layer_record automatic = each.what;
      automatic.pad = cleave::same;
      automatic.ceil_mode = false;
      const cleave::shape in = made_.layers[static_cast<std::size_t>(each.inputs[0])].out;
      if (cleave::infer_window(automatic, in, each.out.channels).pad == pad) {
        each.what.pad = cleave::same;
        each.what.ceil_mode = false;
      }
    }
  }

  /// Layers that others can not mean by "the layer before" need a label; so do inputs and answers that have companions.
  void find_labels() {
    named_.assign(made_.layers.size(), false);
    for (std::size_t i = 0; i < made_.layers.size(); ++i) {
      const layer& each = made_.layers[i];
      for (std::size_t k = 0; k < each.inputs.size(); ++k) {
        if (k > 0 || each.inputs[k] != static_cast<int>(i) - 1) named_[static_cast<std::size_t>(each.inputs[k])] = true;
      }
      // Natural places to cut at.
      if (each.what.kind == op::max_pool || each.what.kind == op::average_pool) named_[i] = !each.value.empty();
    }
    if (made_.inputs.size() > 1) {
      for (const terminal& each : made_.inputs) named_[static_cast<std::size_t>(each.layer)] = true;
    }
    if (made_.answers.size() > 1) {
      for (const terminal& each : made_.answers) named_[static_cast<std::size_t>(each.layer)] = true;
    }
  }

  const std::string& label_of(std::size_t index) {
    const layer& each = made_.layers[index];
    std::string label = label_from(each.value);
    if (label.empty()) label = "value" + std::to_string(index);
    if (!taken_.insert(label).second) {
      int number = 2;
      while (!taken_.insert(label + "_" + std::to_string(number)).second) ++number;
      label += "_" + std::to_string(number);
    }
    made_.labels.push_back(std::move(label));
    return made_.labels.back();
  }

  void make_records() {
    for (std::size_t i = 0; i < made_.layers.size(); ++i) {
      layer& each = made_.layers[i];
      if (named_[i]) each.what.name = label_of(i);
      for (std::size_t k = 0; k < each.inputs.size(); ++k) {
        const auto source = static_cast<std::size_t>(each.inputs[k]);
        if (k > 0 || source + 1 != i) each.what.from[k] = made_.layers[source].what.name;
      }
      made_.records.push_back(each.what);
    }
  }

  void check() const {
    const cleave::defect& found = made_.graph.first_defect;
    if (made_.graph.ok()) return;
    if (found.needs == cleave::need::a_use_for_every_input) {
      for (const terminal& each : made_.inputs) {
        const bool used = std::any_of(made_.layers.begin(), made_.layers.end(), [&](const layer& reader) {
          return std::find(reader.inputs.begin(), reader.inputs.end(), each.layer) != reader.inputs.end();
        });
        if (!used) throw refusal(trouble::unsupported, "no output depends on the input '" + each.name + "'");
      }
    }
    const std::size_t node = found.layer <= 0 ? 0 : made_.graph.end_of(static_cast<std::size_t>(found.layer)) - 1;
    throw refusal(trouble::unsupported, made_.layers[node].origin + ": cleave's layer does not take these sizes");
  }

  network from_;
  finished made_;
  std::vector<bool> named_;
  std::set<std::string> taken_;
};

}  // namespace

finished finish(network of) { return finisher{std::move(of)}.run(); }

cleave::aligned_bytes pack(const finished& of) {
  using namespace cleave::blob_format;
  const cleave::runtime_graph& graph = of.graph;
  cleave::aligned_bytes blob(data_offset(graph.last) + graph.weight_bytes);
  std::byte* const start = blob.all().data();
  for (std::size_t number = 1; number <= graph.last; ++number) {
    const std::size_t index = graph.end_of(number) - 1;
    const cleave::node& node = graph.nodes[index];
    const parameters& trained = of.layers[index].trained;
    std::vector<float> floats(node.weights.floats);
    if (!floats.empty()) {
      const cleave::layer_parameters given{trained.weights, trained.bias, trained.mean, trained.variance};
      if (!cleave::pack_layer(node, given, floats.data())) {
        throw refusal(trouble::damaged, of.layers[index].origin + ": its weights do not have the sizes of its layer");
      }
    }
    const auto bytes = std::as_bytes(std::span{floats});
    std::copy(bytes.begin(), bytes.end(),
              start + data_offset(graph.last) + static_cast<std::ptrdiff_t>(node.weights.offset));
    cleave::write_line(
        start + header_bytes + (number - 1) * line_bytes,
        {node.weights.offset, floats.size() * 4, cleave::crc32c(bytes), node.weights.layout, cleave::dtype::float32});
  }
  cleave::blob_header header;
  header.graph_fingerprint = cleave::fingerprint(graph);
  header.weights_fingerprint = cleave::table_fingerprint(start + header_bytes, graph.last);
  header.layers = header.last_layer = static_cast<std::uint32_t>(graph.last);
  header.first_layer = 1;
  header.data_bytes = graph.weight_bytes;
  cleave::write_header(start, header);
  return blob;
}

}  // namespace importer
