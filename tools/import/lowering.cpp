// SPDX-License-Identifier: BSL-1.0
#include "lowering.hpp"

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include <cleave/graph/infer.hpp>

#include "fold.hpp"

namespace importer {

namespace {

const lower_table& table() {
  static const lower_table all = [] {
    lower_table made;
    add_convolutions(made);
    add_pools(made);
    add_matrices(made);
    add_elementwise(made);
    add_activations(made);
    add_normalizations(made);
    add_reductions(made);
    add_shapes(made);
    add_pieces(made);
    add_pads(made);
    add_resizes(made);
    add_recurrent(made);
    return made;
  }();
  return all;
}

std::string need_text(cleave::need what) {
  switch (what) {
    case cleave::need::a_window_within_the_padded_input: return "the window is larger than its padded input";
    case cleave::need::padding_smaller_than_the_window: return "the padding is not smaller than the window";
    case cleave::need::channels_that_are_a_multiple_of_groups: return "channels are no multiple of the groups";
    case cleave::need::float_elements: return "it reads integers that were computed";
    default: return "cleave's layer does not take these sizes";
  }
}

constexpr const char* no_such_operator = "cleave has no such operator";

/// What could be done about any refusal that does not know better.
constexpr const char* advice = "; cut the model before it (onnx.utils.extract_model) and compute the rest yourself";

}  // namespace

void lowering::refuse(const operation& of, const std::string& why) {
  throw refusal(trouble::unsupported, of.title() + ": " + why + (why.find(';') == std::string::npos ? advice : ""));
}
void lowering::damaged(const operation& of, const std::string& why) {
  throw refusal(trouble::damaged, of.title() + ": " + why);
}

const value& lowering::input(const operation& of, std::size_t index) const {
  if (!of.has_input(index)) damaged(of, "input " + std::to_string(index + 1) + " is missing");
  return values_.at(of.inputs[index]);
}

const tensor& lowering::known(const operation& of, std::size_t index, const char* what) const {
  const value& found = input(of, index);
  if (!found.known)
    refuse(of,
           std::string{what} + " '" + of.inputs[index] + "' is computed; it must be an initializer or a Constant node");
  return found.data;
}

value lowering::computed(const operation& of, std::size_t index) {
  value found = input(of, index);
  if (!found.known && found.layer < 0) refuse(of, "it reads '" + of.inputs[index] + "', which is not computed");
  if (!found.known) return found;
  if (found.count() == 0) refuse(of, "input '" + of.inputs[index] + "' has no elements");
  const int count = static_cast<int>(found.count());
  const int last = found.dims.empty() ? 1 : static_cast<int>(found.dims.back());
  found.layer = constant({1, count / last, last}, found.data.floats(), of.inputs[index]);
  found.memory = plain(found.count());
  found.known = false;
  return found;
}

void lowering::give(const operation& of, std::size_t index, value made) {
  if (!of.has_output(index)) return;
  if (!made.known) {
    layer& from = network_.layers[static_cast<std::size_t>(made.layer)];
    if (from.value.empty() && from.what.kind != cleave::op::input) {
      from.value = of.outputs[index];
      from.dims = made.dims;
      from.memory = made.memory;
    }
  }
  values_[of.outputs[index]] = std::move(made);
}

value lowering::reshaped(value of, sizes dims) {
  if (of.known) of.data.dims = dims;
  of.dims = std::move(dims);
  return of;
}

int lowering::add(const cleave::layer_record& what, std::vector<int> inputs, parameters trained) {
  std::vector<cleave::shape> shapes;
  cleave::dtype type = cleave::dtype::float32;
  for (const int input : inputs) {
    const layer& from = network_.layers[static_cast<std::size_t>(input)];
    shapes.push_back(from.out);
    if (from.type != cleave::dtype::float32) type = from.type;
  }
  if (shapes.empty()) shapes.emplace_back();
  const cleave::inference found = cleave::infer(what, shapes, type);
  if (found.needs != cleave::need::nothing) {
    if (current != nullptr) refuse(*current, need_text(found.needs));
    throw refusal(trouble::unsupported, need_text(found.needs));
  }
  if (static_cast<std::int64_t>(found.out.size()) > most_elements) {
    throw refusal(trouble::unsupported, (current != nullptr ? current->title() : "the input") +
                                            ": the tensor is larger than cleave's workspaces can hold");
  }
  layer made;
  made.what = what;
  made.what.arity = static_cast<int>(inputs.size());
  made.inputs = std::move(inputs);
  made.trained = std::move(trained);
  made.out = found.out;
  made.type = found.type;
  if (current != nullptr) made.origin = current->title();
  if (network_.layers.size() > 20000) throw refusal(trouble::unsupported, "the model has too many layers");
  network_.layers.push_back(std::move(made));
  return static_cast<int>(network_.layers.size()) - 1;
}

int lowering::shaped(int layer, cleave::shape shape) {
  if (shape_of(layer) == shape) return layer;
  // A reshape of a reshape is one of the first.
  while (network_.layers[static_cast<std::size_t>(layer)].what.kind == cleave::op::reshape) {
    layer = network_.layers[static_cast<std::size_t>(layer)].inputs[0];
    if (shape_of(layer) == shape) return layer;
  }
  const auto key = std::tuple{layer, shape.height, shape.width, shape.channels};
  const auto found = reshapes_.find(key);
  if (found != reshapes_.end()) return found->second;
  const int made =
      add(cleave::reshape{.height = shape.height, .width = shape.width, .channels = shape.channels}, {layer});
  reshapes_.emplace(key, made);
  return made;
}

int lowering::constant(cleave::shape shape, std::vector<float> numbers, const std::string& name) {
  parameters trained;
  trained.weights = std::move(numbers);
  const int made = add(cleave::constant{.height = shape.height, .width = shape.width, .channels = shape.channels}, {},
                       std::move(trained));
  network_.layers.back().value = name;
  return made;
}

int lowering::copied(int layer, copy elements, std::int64_t offset, cleave::shape shape) {
  simplify(elements);
  if (elements.sizes.empty()) elements = {{1}, {1}};
  if (elements.sizes.size() > cleave::max_dimensions) {
    refuse(*current, "its elements move along more than six directions");
  }
  cleave::rearrange moved{.height = shape.height,
                          .width = shape.width,
                          .channels = shape.channels,
                          .dims = {},
                          .strides = {},
                          .offset = static_cast<int>(offset)};
  for (std::size_t i = 0; i < elements.sizes.size(); ++i) {
    moved.dims[i] = static_cast<int>(elements.sizes[i]);
    moved.strides[i] = static_cast<int>(elements.steps[i]);
  }
  return add(moved, {layer});
}

value lowering::arranged(const value& of, const layout& memory, cleave::shape shape) {
  value result = of;
  if (of.memory == memory) {
    result.layer = shaped(of.layer, shape);
    return result;
  }
  std::optional<copy> moved = copy_between(of.memory, memory);
  if (!moved) {
    // Directions that do not fit together: by way of the plain order.
    const layout rows = plain(of.count());
    const std::optional<copy> first = copy_between(of.memory, rows);
    if (!first || of.memory == rows) refuse(*current, "its elements would have to move in a way that cleave can not");
    result.layer = copied(of.layer, *first, 0, shape_of(of.layer));
    result.memory = rows;
    return arranged(result, memory, shape);
  }
  result.layer = copied(of.layer, *moved, 0, shape);
  result.memory = memory;
  return result;
}

std::pair<value, axis_digits> lowering::along_axes(const value& of) {
  if (auto digits = axes_of(of.memory, of.dims)) return {of, *digits};
  const value moved = arranged(of, plain(of.count()), shape_of(of.layer));
  const auto digits = axes_of(moved.memory, moved.dims);
  if (!digits) refuse(*current, "its elements would have to move in a way that cleave can not");
  return {moved, *digits};
}

std::vector<std::size_t> lowering::image_order(std::size_t rank) {
  std::vector<std::size_t> order;
  for (std::size_t axis = 2; axis < rank; ++axis) order.push_back(axis);
  order.push_back(0);
  order.push_back(1);
  return order;
}

value lowering::image(const operation& of, const value& from) {
  if (from.rank() != 3 && from.rank() != 4) {
    refuse(of, "its input is " + text_of(from.dims) + "; pictures have 4 axes (N, C, H, W) and signals 3 (N, C, L)");
  }
  const bool signal = from.rank() == 3;
  const auto size = [&](std::size_t axis) { return static_cast<int>(from.dims[axis]); };
  const cleave::shape shape{signal ? 1 : size(2), signal ? size(2) : size(3), size(0) * size(1)};
  return arranged(from, in_order(image_order(from.rank()), from.dims), shape);
}

value lowering::innermost(const value& of, const std::vector<std::size_t>& axes) {
  auto [result, digits] = along_axes(of);
  const auto chosen = [&](const axis_digit& each) {
    return std::find(axes.begin(), axes.end(), each.axis) != axes.end();
  };
  std::int64_t inner = 1;
  for (const std::size_t axis : axes) inner *= of.dims[axis];
  bool ready = true;
  bool behind = false;
  for (const axis_digit& each : digits) {
    if (behind && !chosen(each)) ready = false;
    behind = behind || chosen(each);
  }
  cleave::shape shape = shape_of(result.layer);
  if (shape.channels != static_cast<int>(inner)) {
    shape = {1, static_cast<int>(of.count() / inner), static_cast<int>(inner)};
  }
  if (ready) {
    result.layer = shaped(result.layer, shape);
    return result;
  }
  axis_digits order;
  for (const axis_digit& each : digits) {
    if (!chosen(each)) order.push_back(each);
  }
  for (const std::size_t axis : axes) order.push_back({axis, of.dims[axis], 1});
  return arranged(result, layout_of(order, of.dims),
                  {1, static_cast<int>(of.count() / inner), static_cast<int>(inner)});
}

std::vector<std::int64_t> lowering::inner_numbers(const value& of, const std::vector<std::size_t>& axes) {
  sizes inner_dims;
  for (const std::size_t axis : axes) inner_dims.push_back(of.dims[axis]);
  const sizes steps = strides_of(inner_dims);
  layout inner;
  const axis_digits digits = digits_of(of);
  for (const axis_digit& each : digits) {
    for (std::size_t i = 0; i < axes.size(); ++i) {
      if (axes[i] == each.axis) inner.push_back({each.size, each.step * steps[i]});
    }
  }
  return numbers_in(inner);
}

void lowering::lower(const operation& of) {
  current = &of;
  bool all_known = true;
  for (const std::string& name : of.inputs) all_known = all_known && (name.empty() || values_.at(name).known);
  if (of.kind == "Shape" || of.kind == "Size") all_known = true;
  if (all_known) {
    std::vector<const tensor*> given;
    std::vector<tensor> held(of.inputs.size());
    for (std::size_t i = 0; i < of.inputs.size(); ++i) {
      if (of.inputs[i].empty()) {
        given.push_back(nullptr);
        continue;
      }
      const value& from = values_.at(of.inputs[i]);
      held[i] = from.known ? from.data : tensor{from.dims, false, {}, {}};
      given.push_back(&held[i]);
    }
    if (auto folded = fold(of, given, opset())) {
      for (std::size_t i = 0; i < folded->size(); ++i) {
        value made;
        made.dims = (*folded)[i].dims;
        made.known = true;
        made.data = std::move((*folded)[i]);
        if (i < of.outputs.size()) made.name = of.outputs[i];
        give(of, i, std::move(made));
      }
      return;
    }
  }
  const auto found = table().find(of.kind);
  if (found == table().end()) refuse(of, no_such_operator);
  found->second(*this, of);
  for (const std::string& name : of.outputs) {
    if (!name.empty() && values_.count(name) == 0) values_[name] = value{};
  }
}

void lowering::give_answers() {
  for (const port& each : source_.outputs) {
    const auto found = values_.find(each.name);
    if (found == values_.end()) throw refusal(trouble::damaged, "nothing makes the output '" + each.name + "'");
    value made = found->second;
    if (made.known) {
      throw refusal(trouble::unsupported, "the output '" + each.name + "' does not depend on any input");
    }
    if (made.layer < 0) {
      for (const operation& node : source_.nodes) {
        if (std::find(node.outputs.begin(), node.outputs.end(), each.name) != node.outputs.end()) {
          refuse(node, "its output '" + each.name + "' is not supported");
        }
      }
    }
    // A picture stays rows, columns, channels; anything else is handed out in the order of ONNX.
    const bool picture = made.rank() == 4 && made.dims[0] == 1 && made.memory == in_order(image_order(4), made.dims);
    const layout rows = plain(made.count());
    if (!picture && made.memory != rows) {
      operation leaving;
      leaving.kind = "the output";
      leaving.name = each.name;
      current = &leaving;
      made = arranged(made, rows, shape_of(made.layer));
      current = nullptr;
    }
    network_.answers.push_back({each.name, made.dims, made.memory, made.layer, made.integer});
  }
}

/// What can be told of an operator before anything is known of its inputs.
void lowering::check_known(const operation& of) const {
  if (of.outputs.empty()) damaged(of, "it has no outputs");
  if (!of.domain.empty()) {
    refuse(of, "operators of the domain '" + of.domain + "' are not known; export the model with those of ONNX alone");
  }
  for (const auto& [name, each] : of.attributes) {
    if (each.is_graph) {
      refuse(of,
             "it holds a graph of its own, and what runs would be decided while it runs; export the model with this "
             "choice made");
    }
  }
  static const std::set<std::string, std::less<>> folded_only{"Constant", "Shape", "Size", "ConstantOfShape", "Range",
                                                              "Where",    "Equal", "Less", "Greater",         "And",
                                                              "Or",       "Not",   "Mod"};
  if (table().count(of.kind) == 0 && folded_only.count(of.kind) == 0) refuse(of, no_such_operator);
}

network lowering::run() {
  if (opset() < 6) {
    const std::string why = "the model is of operator set " + std::to_string(opset()) +
                            "; 6 is the oldest that is known: convert it with onnx.version_converter";
    if (source_.nodes.empty()) throw refusal(trouble::unsupported, why);
    refuse(source_.nodes[0], why);
  }
  for (const auto& [name, each] : source_.constants) {
    value made;
    made.dims = each.dims;
    made.known = true;
    made.data = each;
    made.name = name;
    values_[name] = std::move(made);
  }
  for (const operation& each : source_.nodes) check_known(each);
  take_inputs();
  for (const operation& each : source_.nodes) lower(each);
  current = nullptr;
  if (source_.outputs.empty()) throw refusal(trouble::damaged, "the model has no outputs");
  if (network_.inputs.empty()) throw refusal(trouble::unsupported, "the model has no inputs");
  give_answers();
  return std::move(network_);
}

}  // namespace importer
