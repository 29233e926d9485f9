// SPDX-License-Identifier: BSL-1.0
#ifndef TOOLS_IMPORT_LOWERING_HPP
#define TOOLS_IMPORT_LOWERING_HPP

/// @file
/// From a model's operators to cleave's layers. One function an operator, in the files lower_*.cpp; what they share is
/// here: values of the model, known or computed, and bringing computed ones into the layout that a layer needs.

#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include <cleave/layers/layers.hpp>

#include "layout.hpp"
#include "model.hpp"
#include "network.hpp"
#include "refusal.hpp"

namespace importer {

/// A value of the model: numbers that are known, or what a layer computes.
struct value {
  sizes dims;
  bool known = false;
  tensor data;       ///< where it is known
  std::string name;  ///< of known numbers, for a label
  int layer = -1;    ///< otherwise
  layout memory;
  bool integer = false;  ///< computed integers, of argmax

  std::size_t rank() const { return dims.size(); }
  std::int64_t count() const { return count_of(dims); }
};

/// Elements that one tensor may have: what fits an offset in a workspace.
inline constexpr std::int64_t most_elements = std::int64_t{1} << 28;

/// What the user says about a model beside its file.
struct import_options {
  std::map<std::string, std::int64_t> symbols;  ///< sizes of symbolic dimensions, by name
};

class lowering {
 public:
  lowering(const model& source, const import_options& options) : source_(source), options_(options) {}

  /// Lowers everything. Throws `refusal` at the first operator that can not be.
  network run();

  // --- for the operators ---

  std::int64_t opset() const { return source_.opset; }
  [[noreturn]] static void refuse(const operation& of, const std::string& why);
  [[noreturn]] static void damaged(const operation& of, const std::string& why);

  const value& input(const operation& of, std::size_t index) const;
  /// The input as a layer's value: known numbers become a constant layer.
  value computed(const operation& of, std::size_t index);
  /// The numbers of an input that must be known.
  const tensor& known(const operation& of, std::size_t index, const char* what) const;
  bool is_known(const operation& of, std::size_t index) const { return input(of, index).known; }
  void give(const operation& of, std::size_t index, value made);
  /// The value under other sizes: nothing moves.
  static value reshaped(value of, sizes dims);

  cleave::shape shape_of(int layer) const { return network_.layers[static_cast<std::size_t>(layer)].out; }

  /// Adds a layer. Throws where it does not take what it gets.
  int add(const cleave::layer_record& what, std::vector<int> inputs, parameters trained = {});
  /// The layer's value under another shape.
  int shaped(int layer, cleave::shape shape);
  /// A layer whose value is known. The numbers are in the order of memory.
  int constant(cleave::shape shape, std::vector<float> numbers, const std::string& name);
  /// A layer that picks elements.
  int copied(int layer, copy elements, std::int64_t offset, cleave::shape shape);

  /// The same value in this layout.
  value arranged(const value& of, const layout& memory, cleave::shape shape);
  /// The value as directions of memory, moved into the plain order where they straddle axes.
  std::pair<value, axis_digits> along_axes(const value& of);
  /// Rows, columns and channels; of several pictures, their channels side by side: [spatial axes][N][C].
  value image(const operation& of, const value& from);
  static std::vector<std::size_t> image_order(std::size_t rank);
  /// The value with these axes innermost in memory and as the channels of its shape.
  value innermost(const value& of, const std::vector<std::size_t>& axes);
  /// The directions of memory of a value that `innermost` or `along_axes` gave.
  static axis_digits digits_of(const value& of) { return axes_of(of.memory, of.dims).value(); }
  /// For a value whose `axes` are innermost: the row-major number within the axes of each element in memory.
  static std::vector<std::int64_t> inner_numbers(const value& of, const std::vector<std::size_t>& axes);

  const operation* current = nullptr;

 private:
  void check_known(const operation& of) const;
  void take_inputs();
  bool wants_image(const std::string& name) const;
  void lower(const operation& of);
  void give_answers();

  const model& source_;
  const import_options& options_;
  network network_;
  std::map<std::string, value> values_;
  std::map<std::tuple<int, int, int, int>, int> reshapes_;
};

using lower_function = void (*)(lowering&, const operation&);
using lower_table = std::map<std::string_view, lower_function>;

void add_convolutions(lower_table& table);
void add_pools(lower_table& table);
void add_matrices(lower_table& table);
void add_elementwise(lower_table& table);
void add_activations(lower_table& table);
void add_normalizations(lower_table& table);
void add_reductions(lower_table& table);
void add_shapes(lower_table& table);
void add_pieces(lower_table& table);
void add_pads(lower_table& table);
void add_resizes(lower_table& table);
void add_recurrent(lower_table& table);

/// Element by element arithmetic with broadcasting, for operators that are made of others.
value arithmetic(lowering& to, cleave::op kind, const value& first, const value& second);
/// Scales and shifts by numbers along `axes` (row-major within them).
value scaled(lowering& to, const value& of, const std::vector<std::size_t>& axes, std::vector<float> scale,
             std::vector<float> shift);
/// The same function of every element.
value activated(lowering& to, const value& of, const cleave::layer_record& what);
/// Repeated along axes of size 1 until it has these sizes, in a layout of them.
value spread(lowering& to, const value& of, const sizes& dims, const axis_digits& target, cleave::shape shape);
/// What is left of `from` when `axes` have one element each, or are gone: sizes and layout.
value without(const value& from, const std::vector<std::size_t>& axes, bool keep);
/// A piece of an axis.
value sliced(lowering& to, const value& of, std::size_t axis, std::int64_t begin, std::int64_t size, std::int64_t step);
/// The value with two of its axes exchanged: its elements stay where they are.
value exchanged(lowering& to, const value& of, std::size_t first, std::size_t second);
/// A matrix [rows][columns] of weights.
struct matrix {
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::vector<float> numbers;
};
/// from (..., rows) times a matrix, plus a bias for each of its columns.
value product(lowering& to, const value& from, const matrix& with, const std::vector<float>& bias);
/// Values one after the other along an axis.
value joined(lowering& to, std::vector<value> pieces, std::size_t axis);
/// Repeated along axes of size 1 until it has these sizes.
value expanded(lowering& to, const value& of, const sizes& dims);

}  // namespace importer
#endif
