// SPDX-License-Identifier: BSL-1.0
/// @file
/// Gemm with a known second matrix, and MatMul with either known. One row is a dense layer, several are a convolution
/// of 1 x 1. The columns of the weights follow the order in which the first matrix lies in memory, so a flatten before
/// costs nothing.

#include <algorithm>

#include "fold.hpp"
#include "lowering.hpp"

namespace importer {

value product(lowering& to, const value& given, const matrix& with, const std::vector<float>& bias) {
  const std::size_t last = given.rank() - 1;
  const bool one_row = given.count() == with.rows;
  const value from = one_row ? to.along_axes(given).first : to.innermost(given, {last});
  const std::vector<std::int64_t> order = one_row ? numbers_in(from.memory) : lowering::inner_numbers(from, {last});
  parameters trained;
  trained.weights.reserve(with.numbers.size());
  for (std::int64_t n = 0; n < with.columns; ++n) {
    for (const std::int64_t k : order)
      trained.weights.push_back(with.numbers[static_cast<std::size_t>(k * with.columns + n)]);
  }
  trained.bias = bias;
  value made;
  made.dims = from.dims;
  made.dims[last] = with.columns;
  const int units = static_cast<int>(with.columns);
  if (one_row) {
    made.layer = to.add(cleave::dense{.units = units}, {from.layer}, std::move(trained));
    made.memory = plain(with.columns);
    return made;
  }
  made.layer = to.add(cleave::conv2d{.channels = units, .kernel = 1}, {from.layer}, std::move(trained));
  axis_digits digits = lowering::digits_of(from);
  std::erase_if(digits, [&](const axis_digit& each) { return each.axis == last; });
  digits.push_back({last, with.columns, 1});
  made.memory = layout_of(digits, made.dims);
  return made;
}

value exchanged(lowering& to, const value& of, std::size_t first, std::size_t second) {
  auto [made, digits] = to.along_axes(of);
  for (axis_digit& each : digits) {
    if (each.axis == first) each.axis = second;
    else if (each.axis == second) each.axis = first;
  }
  std::swap(made.dims[first], made.dims[second]);
  made.memory = layout_of(digits, made.dims);
  return made;
}

namespace {

matrix transposed(const matrix& from) {
  matrix result{from.columns, from.rows, {}};
  for (std::int64_t c = 0; c < from.columns; ++c) {
    for (std::int64_t r = 0; r < from.rows; ++r) {
      result.numbers.push_back(from.numbers[static_cast<std::size_t>(r * from.columns + c)]);
    }
  }
  return result;
}

value turned(lowering& to, const value& of) { return exchanged(to, of, of.rank() - 2, of.rank() - 1); }

tensor turned(const tensor& from) {
  const std::size_t last = from.dims.size() - 1;
  sizes dims = from.dims;
  sizes steps = strides_of(dims);
  std::swap(dims[last - 1], dims[last]);
  std::swap(steps[last - 1], steps[last]);
  return picked(from, dims, steps, 0);
}

void gemm(lowering& to, const operation& of) {
  value from = to.computed(of, 0);
  const tensor& second = to.known(of, 1, "the second matrix");
  if (from.rank() != 2 || second.dims.size() != 2) lowering::damaged(of, "a matrix that does not have two axes");
  if (of.integer("transA", 0) != 0) from = turned(to, from);
  matrix with{second.dims[0], second.dims[1], second.floats()};
  if (of.integer("transB", 0) != 0) with = transposed(with);
  if (with.rows != from.dims[1] || with.columns <= 0) {
    lowering::damaged(of, "a matrix of " + text_of(from.dims) + " can not be multiplied by one of " +
                              std::to_string(with.rows) + "x" + std::to_string(with.columns));
  }
  const float alpha = of.real("alpha", 1);
  for (float& each : with.numbers) each *= alpha;

  std::vector<float> bias(static_cast<std::size_t>(with.columns), 0.0F);
  const float beta = of.real("beta", 1);
  const bool has_bias = of.has_input(2);
  const value* term = has_bias ? &to.input(of, 2) : nullptr;
  const bool in_layer = has_bias && term->known && term->count() == (term->dims.empty() ? 1 : term->dims.back()) &&
                        (term->count() == 1 || term->count() == with.columns);
  if (in_layer) {
    for (std::size_t i = 0; i < bias.size(); ++i) {
      bias[i] = beta * static_cast<float>(term->data.number(term->count() == 1 ? 0 : i));
    }
  }
  value made = product(to, from, with, bias);
  if (has_bias && !in_layer) {
    value other = *term;
    if (other.known) {
      other.data = tensor::of(other.dims, other.data.floats());
      for (float& each : other.data.reals) each *= beta;
    } else if (beta != 1) {
      other = scaled(to, other, {}, {beta}, {0.0F});
    }
    made = arithmetic(to, cleave::op::add, made, other);
  }
  to.give(of, 0, made);
}

/// Several matrices by several others: a convolution of 1 x 1 in as many groups.
value grouped(lowering& to, const value& given, const tensor& second) {
  const std::size_t rank = given.rank();
  std::vector<std::size_t> order{rank - 2};
  for (std::size_t axis = 0; axis + 2 < rank; ++axis) order.push_back(axis);
  order.push_back(rank - 1);
  const std::int64_t rows = given.dims[rank - 2];
  const std::int64_t depth = given.dims[rank - 1];
  const std::int64_t columns = second.dims[rank - 1];
  const std::int64_t groups = given.count() / (rows * depth);
  const value from =
      to.arranged(given, in_order(order, given.dims), {1, static_cast<int>(rows), static_cast<int>(groups * depth)});
  const std::vector<float> numbers = second.floats();
  parameters trained;
  for (std::int64_t g = 0; g < groups; ++g) {
    for (std::int64_t n = 0; n < columns; ++n) {
      for (std::int64_t k = 0; k < depth; ++k) {
        trained.weights.push_back(numbers[static_cast<std::size_t>((g * depth + k) * columns + n)]);
      }
    }
  }
  trained.bias.assign(static_cast<std::size_t>(groups * columns), 0.0F);
  value made;
  made.dims = given.dims;
  made.dims[rank - 1] = columns;
  made.layer = to.add(
      cleave::conv2d{.channels = static_cast<int>(groups * columns), .kernel = 1, .groups = static_cast<int>(groups)},
      {from.layer}, std::move(trained));
  made.memory = in_order(order, made.dims);
  return made;
}

/// Both with the same axes before the last two.
void spread_both(lowering& to, value& first, tensor& second) {
  const std::size_t rank = std::max(first.rank(), second.dims.size());
  const auto with_rank = [&](sizes dims) {
    dims.insert(dims.begin(), rank - dims.size(), 1);
    return dims;
  };
  first = lowering::reshaped(first, with_rank(first.dims));
  second.dims = with_rank(second.dims);
  sizes all =
      broadcast(sizes(first.dims.begin(), first.dims.end() - 2), sizes(second.dims.begin(), second.dims.end() - 2));
  sizes dims = all;
  dims.insert(dims.end(), first.dims.end() - 2, first.dims.end());
  if (dims != first.dims) first = expanded(to, first, dims);
  dims = all;
  dims.insert(dims.end(), second.dims.end() - 2, second.dims.end());
  if (static_cast<double>(count_of(all)) * static_cast<double>(second.size()) > double{1 << 24}) {
    lowering::refuse(*to.current, "a constant repeated for " + std::to_string(count_of(all)) + " matrices");
  }
  sizes steps = strides_of(second.dims);
  for (std::size_t axis = 0; axis < rank; ++axis) {
    if (second.dims[axis] == 1) steps[axis] = 0;
  }
  second = picked(second, dims, steps, 0);
}

/// first (..., M, K) times second (..., K, N); each has two axes at least.
value multiplied(lowering& to, const operation& of, value first, tensor second) {
  const std::size_t rank = second.dims.size();
  const std::int64_t depth = second.dims[rank - 2];
  const std::int64_t columns = second.dims[rank - 1];
  if (depth != first.dims.back() || columns <= 0) {
    lowering::damaged(
        of, "a matrix of " + text_of(first.dims) + " can not be multiplied by one of " + text_of(second.dims));
  }
  if (count_of(second.dims) == depth * columns) {
    value made = product(to, first, {depth, columns, second.floats()},
                         std::vector<float>(static_cast<std::size_t>(columns), 0.0F));
    // Axes of 1 before the second matrix become axes of the result.
    while (made.rank() < rank) made.dims.insert(made.dims.begin(), 1);
    return made;
  }
  spread_both(to, first, second);
  return grouped(to, first, second);
}

void matmul(lowering& to, const operation& of) {
  // A constant first matrix: the product is that of both turned, turned back.
  const bool backwards = to.is_known(of, 0) && !to.is_known(of, 1);
  value from = to.computed(of, backwards ? 1 : 0);
  tensor with = to.known(of, backwards ? 0 : 1, backwards ? "the first matrix" : "the second matrix");
  if (from.rank() < 1 || with.dims.empty()) lowering::damaged(of, "a matrix without axes");
  if (with.size() == 0) lowering::refuse(of, "a matrix without elements");
  // A vector is a matrix of one row as the first, of one column as the second; the result does not have that axis.
  const bool row = (backwards ? with.dims.size() : from.rank()) == 1;
  const bool column = (backwards ? from.rank() : with.dims.size()) == 1;
  const auto as_matrix = [](sizes dims, bool first) {
    if (dims.size() == 1) dims.insert(first ? dims.begin() : dims.end(), 1);
    return dims;
  };
  from = lowering::reshaped(from, as_matrix(from.dims, !backwards));
  with.dims = as_matrix(with.dims, backwards);
  value made =
      backwards ? turned(to, multiplied(to, of, turned(to, from), turned(with))) : multiplied(to, of, from, with);
  if (column) made.dims.erase(made.dims.end() - 1);
  if (row) made.dims.erase(made.dims.end() - (column ? 1 : 2));
  to.give(of, 0, made);
}

}  // namespace

void add_matrices(lower_table& table) {
  table["Gemm"] = gemm;
  table["MatMul"] = matmul;
}

}  // namespace importer
