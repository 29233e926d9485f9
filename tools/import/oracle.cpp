// SPDX-License-Identifier: BSL-1.0
#include "oracle.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include "fold.hpp"
#include "window.hpp"

namespace importer {

namespace {

using arguments = const std::vector<const tensor*>&;

bool has(arguments in, std::size_t index) { return index < in.size() && in[index] != nullptr; }

/// Calls `visit(output, input, filter tap)` for every tap of a window that lies on the input, in ONNX's order.
template <class Visit>
void each_tap(const window& with, const sizes& in, const sizes& out, Visit visit) {
  const bool signal = in.size() == 3;
  const std::int64_t rows = signal ? 1 : in[2];
  const std::int64_t columns = in.back();
  const std::int64_t out_rows = signal ? 1 : out[2];
  for (std::int64_t y = 0; y < out_rows; ++y) {
    for (std::int64_t x = 0; x < out.back(); ++x) {
      for (int ky = 0; ky < with.kernel.height; ++ky) {
        for (int kx = 0; kx < with.kernel.width; ++kx) {
          const std::int64_t row = y * with.stride.height - with.pad.top + ky * with.dilation.height;
          const std::int64_t column = x * with.stride.width - with.pad.left + kx * with.dilation.width;
          if (row < 0 || row >= rows || column < 0 || column >= columns) continue;
          visit(y * out.back() + x, row * columns + column, ky * with.kernel.width + kx);
        }
      }
    }
  }
}

sizes pooled(const operation& of, const window& with, const sizes& in, std::int64_t channels) {
  sizes out{in[0], channels};
  for (const std::int64_t size : positions_of(with, in)) out.push_back(size);
  if (count_of(out) <= 0) lowering::damaged(of, "an empty window");
  return out;
}

tensor from_doubles(sizes dims, const std::vector<double>& numbers) {
  return tensor::of(std::move(dims), {numbers.begin(), numbers.end()});
}

tensor conv(const operation& of, arguments in) {
  const tensor& x = *in[0];
  const tensor& w = *in[1];
  const window with = window_of(of, x.dims, sizes(w.dims.begin() + 2, w.dims.end()));
  const sizes out = pooled(of, with, x.dims, w.dims[0]);
  const std::int64_t plane_in = count_of(x.dims) / (x.dims[0] * x.dims[1]);
  const std::int64_t plane_out = count_of(out) / (out[0] * out[1]);
  const std::int64_t taps = std::int64_t{with.kernel.height} * with.kernel.width;
  const std::int64_t depth = w.dims[1];
  const std::int64_t each_group = w.dims[0] / of.integer("group", 1);
  std::vector<double> sums(static_cast<std::size_t>(count_of(out)), 0.0);
  for (std::int64_t n = 0; n < out[0]; ++n) {
    for (std::int64_t o = 0; o < out[1]; ++o) {
      double* const plane = sums.data() + (n * out[1] + o) * plane_out;
      if (has(in, 2)) std::fill_n(plane, plane_out, in[2]->number(static_cast<std::size_t>(o)));
      for (std::int64_t c = 0; c < depth; ++c) {
        const float* const from = x.reals.data() + (n * x.dims[1] + o / each_group * depth + c) * plane_in;
        const float* const filter = w.reals.data() + (o * depth + c) * taps;
        each_tap(with, x.dims, out, [&](std::int64_t to, std::int64_t at, std::int64_t tap) {
          plane[to] += double{from[at]} * double{filter[tap]};
        });
      }
    }
  }
  return from_doubles(out, sums);
}

tensor pool(const operation& of, arguments in, bool mean) {
  const tensor& x = *in[0];
  const window with = window_of(of, x.dims);
  const sizes out = pooled(of, with, x.dims, x.dims[1]);
  const std::int64_t plane_in = count_of(x.dims) / (x.dims[0] * x.dims[1]);
  const std::int64_t plane_out = count_of(out) / (out[0] * out[1]);
  std::vector<double> result(static_cast<std::size_t>(count_of(out)), mean ? 0.0 : -HUGE_VAL);
  std::vector<double> counts(result.size(), 0.0);
  const double all = double(with.kernel.height) * with.kernel.width;
  for (std::int64_t plane = 0; plane < out[0] * out[1]; ++plane) {
    each_tap(with, x.dims, out, [&](std::int64_t to, std::int64_t at, std::int64_t) {
      double& sum = result[static_cast<std::size_t>(plane * plane_out + to)];
      const double tap = x.number(static_cast<std::size_t>(plane * plane_in + at));
      sum = mean ? sum + tap : std::max(sum, tap);
      counts[static_cast<std::size_t>(plane * plane_out + to)] += 1;
    });
  }
  const bool full = of.integer("count_include_pad", 0) != 0;
  for (std::size_t i = 0; mean && i < result.size(); ++i) result[i] /= full ? all : std::max(counts[i], 1.0);
  return from_doubles(out, result);
}

tensor product(const tensor& a, const tensor& b, bool turn_a, bool turn_b) {
  const std::int64_t rows = turn_a ? a.dims[1] : count_of(a.dims) / a.dims.back();
  const std::int64_t depth = turn_a ? a.dims[0] : a.dims.back();
  const std::int64_t columns = turn_b ? b.dims[0] : b.dims.back();
  std::vector<double> sums(static_cast<std::size_t>(rows * columns), 0.0);
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t c = 0; c < columns; ++c) {
      for (std::int64_t k = 0; k < depth; ++k) {
        sums[static_cast<std::size_t>(r * columns + c)] +=
            a.number(static_cast<std::size_t>(turn_a ? k * rows + r : r * depth + k)) *
            b.number(static_cast<std::size_t>(turn_b ? c * depth + k : k * columns + c));
      }
    }
  }
  sizes dims = a.dims;
  dims.back() = columns;
  if (turn_a) dims = {rows, columns};
  return from_doubles(dims, sums);
}

tensor batch_normalization(const operation& of, arguments in) {
  tensor result = *in[0];
  const std::int64_t plane = count_of(result.dims) / (result.dims[0] * result.dims[1]);
  for (std::size_t i = 0; i < result.reals.size(); ++i) {
    const auto c = i / static_cast<std::size_t>(plane) % static_cast<std::size_t>(result.dims[1]);
    const double scale = in[1]->number(c) / std::sqrt(in[4]->number(c) + double{of.real("epsilon", 1e-5F)});
    result.reals[i] = static_cast<float>((result.number(i) - in[3]->number(c)) * scale + in[2]->number(c));
  }
  return result;
}

tensor softmax(const operation& of, arguments in, bool older) {
  tensor result = *in[0];
  const std::size_t axis = axis_of(of.integer("axis", older ? 1 : -1), result.dims.size());
  const std::int64_t inner = older ? 1 : strides_of(result.dims)[axis];
  const std::int64_t size = older ? strides_of(result.dims)[axis] * result.dims[axis] : result.dims[axis];
  const std::int64_t outer = count_of(result.dims) / (inner * size);
  for (std::int64_t line = 0; line < outer * inner; ++line) {
    const auto at = [&](std::int64_t k) {
      return static_cast<std::size_t>(line / inner * inner * size + k * inner + line % inner);
    };
    double greatest = -HUGE_VAL;
    double sum = 0;
    for (std::int64_t k = 0; k < size; ++k) greatest = std::max(greatest, result.number(at(k)));
    for (std::int64_t k = 0; k < size; ++k) sum += std::exp(result.number(at(k)) - greatest);
    for (std::int64_t k = 0; k < size; ++k) {
      const double below = result.number(at(k)) - greatest;
      result.reals[at(k)] = static_cast<float>(of.kind == "LogSoftmax" ? below - std::log(sum) : std::exp(below) / sum);
    }
  }
  return result;
}

tensor global_pool(const operation& of, arguments in) {
  const tensor& x = *in[0];
  const std::int64_t plane = count_of(x.dims) / (x.dims[0] * x.dims[1]);
  tensor result;
  result.dims = sizes(x.dims.size(), 1);
  result.dims[0] = x.dims[0];
  result.dims[1] = x.dims[1];
  for (std::int64_t p = 0; p < x.dims[0] * x.dims[1]; ++p) {
    double sum = 0;
    double greatest = -HUGE_VAL;
    for (std::int64_t i = 0; i < plane; ++i) {
      const double each = x.number(static_cast<std::size_t>(p * plane + i));
      sum += each;
      greatest = std::max(greatest, each);
    }
    result.reals.push_back(
        static_cast<float>(of.kind == "GlobalMaxPool" ? greatest : sum / static_cast<double>(plane)));
  }
  return result;
}

/// Functions of one element that `fold` does not know.
bool activate(const operation& of, const tensor& x, tensor& result) {
  const double alpha = of.kind == "LeakyRelu"     ? of.real("alpha", 0.01F)
                       : of.kind == "HardSigmoid" ? of.real("alpha", 0.2F)
                                                  : of.real("alpha", 1.0F);
  const double beta = of.real("beta", 0.5F);
  const std::map<std::string, std::function<double(double)>> known{
      {"Sigmoid", [](double v) { return 1 / (1 + std::exp(-v)); }},
      {"Tanh", [](double v) { return std::tanh(v); }},
      {"LeakyRelu", [&](double v) { return v < 0 ? alpha * v : v; }},
      {"Elu", [&](double v) { return v < 0 ? alpha * std::expm1(v) : v; }},
      {"Softplus", [](double v) { return v > 30 ? v : std::log1p(std::exp(v)); }},
      {"HardSigmoid", [&](double v) { return std::clamp(alpha * v + beta, 0.0, 1.0); }},
      {"HardSwish", [](double v) { return v * std::clamp(v / 6 + 0.5, 0.0, 1.0); }},
      {"Erf", [](double v) { return std::erf(v); }},
  };
  const auto found = known.find(of.kind);
  if (found == known.end()) return false;
  result = x;
  for (float& each : result.reals) each = static_cast<float>(found->second(double{each}));
  return true;
}

tensor gemm(const operation& of, arguments in) {
  tensor result = product(*in[0], *in[1], of.integer("transA", 0) != 0, of.integer("transB", 0) != 0);
  for (float& each : result.reals) each *= of.real("alpha", 1);
  if (!has(in, 2)) return result;
  const std::int64_t columns = result.dims.back();
  const tensor& c = *in[2];
  for (std::size_t i = 0; i < result.reals.size(); ++i) {
    const std::size_t at = c.size() == 1 ? 0 : c.size() == result.size() ? i : i % static_cast<std::size_t>(columns);
    result.reals[i] += of.real("beta", 1) * static_cast<float>(c.number(at % c.size()));
  }
  return result;
}

void clip(const operation& of, arguments in, tensor& result) {
  const auto bound = [&](std::size_t index, const char* name, float otherwise) {
    return has(in, index) && in[index]->size() == 1 ? static_cast<float>(in[index]->number(0))
                                                    : of.real(name, otherwise);
  };
  const float low = bound(1, "min", -HUGE_VALF);
  const float high = bound(2, "max", HUGE_VALF);
  for (float& each : result.reals) each = std::min(std::max(each, low), high);
}

}  // namespace

oracle::oracle(const model& source, const std::vector<terminal>& inputs,
               const std::map<std::string, std::vector<float>>& given)
    : source_(source), values_(source.constants) {
  for (const terminal& each : inputs) values_[each.name] = tensor::of(each.dims, given.at(each.name));
}

const tensor* oracle::find(const std::string& name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? nullptr : &found->second;
}

bool oracle::compute(const operation& of) {
  std::vector<const tensor*> in;
  for (const std::string& name : of.inputs) {
    in.push_back(name.empty() ? nullptr : find(name));
    if (!name.empty() && in.back() == nullptr) return false;
  }
  const std::string& kind = of.kind;
  const auto give = [&](tensor made) {
    values_[of.outputs.at(0)] = std::move(made);
    return true;
  };
  if (kind == "Conv") return give(conv(of, in));
  if (kind == "MaxPool" && of.outputs.size() == 1) return give(pool(of, in, false));
  if (kind == "AveragePool") return give(pool(of, in, true));
  if (kind == "GlobalAveragePool" || kind == "GlobalMaxPool") return give(global_pool(of, in));
  if (kind == "Gemm") return give(gemm(of, in));
  if (kind == "MatMul" && in[1]->dims.size() == 2) return give(product(*in[0], *in[1], false, false));
  if (kind == "BatchNormalization") return give(batch_normalization(of, in));
  if (kind == "Softmax" || kind == "LogSoftmax") return give(softmax(of, in, source_.opset < 13));
  if (kind == "Clip") {
    tensor result = *in[0];
    clip(of, in, result);
    return give(std::move(result));
  }
  tensor activated;
  if (!in.empty() && in[0] != nullptr && activate(of, *in[0], activated)) return give(std::move(activated));
  const auto folded = fold(of, in, source_.opset);
  if (!folded) return false;
  for (std::size_t i = 0; i < folded->size(); ++i) values_[of.outputs.at(i)] = (*folded)[i];
  return true;
}

}  // namespace importer
