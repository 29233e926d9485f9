// SPDX-License-Identifier: BSL-1.0
/// @file
/// Conv and ConvTranspose. Several pictures become groups of one: their channels lie side by side, and each group has
/// the same filters.

#include <cstdlib>

#include "lowering.hpp"
#include "window.hpp"

namespace importer {

namespace {

/// `times` copies, one after the other.
std::vector<float> repeated(const std::vector<float>& numbers, std::int64_t times) {
  std::vector<float> result;
  result.reserve(numbers.size() * static_cast<std::size_t>(times));
  for (std::int64_t i = 0; i < times; ++i) result.insert(result.end(), numbers.begin(), numbers.end());
  return result;
}

/// Adds the layer for `from`, an image, and gives the value of `of`.
void convolve(lowering& to, const operation& of, const value& from, const window& with, std::int64_t filters,
              std::int64_t groups, std::vector<float> weights, std::vector<float> bias) {
  const std::int64_t pictures = from.dims[0];
  const std::int64_t channels = from.dims[1];
  if (static_cast<double>(weights.size()) * static_cast<double>(pictures) > double{1 << 26}) {
    lowering::refuse(of, "a batch of " + std::to_string(pictures) + " pictures; import the model for fewer");
  }
  parameters trained;
  trained.weights = repeated(weights, pictures);
  trained.bias = repeated(bias, pictures);
  const int all_groups = static_cast<int>(groups * pictures);
  const int inputs = static_cast<int>(channels * pictures);
  value made;
  made.dims = {pictures, filters};
  for (const std::int64_t size : positions_of(with, from.dims)) made.dims.push_back(size);
  if (all_groups == inputs && inputs > 1) {
    made.layer = to.add(cleave::depthwise_conv2d{.kernel = with.kernel,
                                                 .stride = with.stride,
                                                 .padding = with.pad,
                                                 .dilation = with.dilation,
                                                 .multiplier = static_cast<int>(filters / groups)},
                        {from.layer}, std::move(trained));
  } else {
    made.layer = to.add(cleave::conv2d{.channels = static_cast<int>(filters * pictures),
                                       .kernel = with.kernel,
                                       .stride = with.stride,
                                       .padding = with.pad,
                                       .dilation = with.dilation,
                                       .groups = all_groups},
                        {from.layer}, std::move(trained));
  }
  made.memory = in_order(lowering::image_order(made.rank()), made.dims);
  to.give(of, 0, made);
}

std::vector<float> bias_of(const lowering& to, const operation& of, std::int64_t filters) {
  if (!of.has_input(2)) return std::vector<float>(static_cast<std::size_t>(filters), 0.0F);
  const tensor& bias = to.known(of, 2, "the bias");
  if (static_cast<std::int64_t>(bias.size()) != filters) {
    lowering::damaged(
        of, "the bias has " + std::to_string(bias.size()) + " numbers for " + std::to_string(filters) + " channels");
  }
  return bias.floats();
}

void conv(lowering& to, const operation& of) {
  const value given = to.computed(of, 0);
  const tensor& weights = to.known(of, 1, "the weight");
  const window with =
      window_of(of, given.dims,
                weights.dims.size() == given.rank() ? sizes(weights.dims.begin() + 2, weights.dims.end()) : sizes{});
  const std::int64_t groups = of.integer("group", 1);
  if (weights.dims.size() != given.rank() || groups <= 0 || groups > given.dims[1] ||
      weights.dims[1] * groups != given.dims[1] || weights.dims[0] % groups != 0 || weights.dims[0] <= 0) {
    lowering::damaged(of, "weights of " + text_of(weights.dims) + " in " + std::to_string(groups) +
                              " groups do not fit an input of " + text_of(given.dims));
  }
  convolve(to, of, to.image(of, given), with, weights.dims[0], groups, weights.floats(),
           bias_of(to, of, weights.dims[0]));
}

/// Weights [C][M/g][kh][kw] of a transposed convolution as those of a plain one, [M][C/g][kh][kw], turned by half.
std::vector<float> turned(const tensor& weights, std::int64_t groups) {
  const std::vector<float> from = weights.floats();
  const std::int64_t in = weights.dims[0] / groups;
  const std::int64_t out = weights.dims[1];
  const std::int64_t taps = count_of(weights.dims) / (weights.dims[0] * out);
  std::vector<float> result;
  result.reserve(from.size());
  for (std::int64_t g = 0; g < groups; ++g) {
    for (std::int64_t o = 0; o < out; ++o) {
      for (std::int64_t i = 0; i < in; ++i) {
        for (std::int64_t tap = taps; tap-- > 0;) {
          result.push_back(from[static_cast<std::size_t>(((g * in + i) * out + o) * taps + tap)]);
        }
      }
    }
  }
  return result;
}

/// A transposed convolution is a plain one over its input spread apart, with its filters turned.
void conv_transpose(lowering& to, const operation& of) {
  const value given = to.computed(of, 0);
  const tensor& weights = to.known(of, 1, "the weight");
  const std::int64_t groups = of.integer("group", 1);
  if (weights.dims.size() != given.rank() || given.rank() < 3 || groups <= 0 || groups > given.dims[1] ||
      weights.dims[0] != given.dims[1] || weights.dims[0] % groups != 0 || weights.dims[1] <= 0 ||
      weights.dims[1] > 1 << 20) {
    lowering::damaged(of, "weights of " + text_of(weights.dims) + " in " + std::to_string(groups) +
                              " groups do not fit an input of " + text_of(given.dims));
  }
  operation plain_window = of;
  plain_window.attributes.erase("auto_pad");
  plain_window.attributes.erase("pads");
  const window with = window_of(plain_window, given.dims, sizes(weights.dims.begin() + 2, weights.dims.end()));

  // Sizes along rows and columns: what is asked for, and the padding that follows.
  const std::size_t spatial = given.rank() - 2;
  const auto extra = of.integers("output_padding", sizes(spatial, 0));
  const auto asked = of.integers("output_shape");
  auto pads = of.integers("pads", sizes(2 * spatial, 0));
  if (extra.size() != spatial || pads.size() != 2 * spatial) lowering::damaged(of, "padding of another rank");
  const std::string automatic = of.text("auto_pad", "NOTSET");
  std::array<int, 2> before{0, 0};
  std::array<int, 2> after{0, 0};
  for (std::size_t axis = 0; axis < spatial; ++axis) {
    const std::size_t place = axis + 2 - spatial;
    const int kernel = place == 0 ? with.kernel.height : with.kernel.width;
    const int dilation = place == 0 ? with.dilation.height : with.dilation.width;
    const int stride = place == 0 ? with.stride.height : with.stride.width;
    const std::int64_t reach = std::int64_t{kernel - 1} * dilation;
    if ((given.dims[axis + 2] - 1) * stride > 1 << 24 || extra[axis] < 0 || extra[axis] > 1 << 20) {
      lowering::refuse(of, "its output is larger than cleave's workspaces can hold");
    }
    const std::int64_t full = (given.dims[axis + 2] - 1) * stride + extra[axis] + reach + 1;
    if (!asked.empty() || automatic == "SAME_UPPER" || automatic == "SAME_LOWER") {
      const std::int64_t target = !asked.empty() && asked.size() >= spatial ? asked[asked.size() - spatial + axis]
                                                                            : given.dims[axis + 2] * stride;
      const std::int64_t cut = full - target;
      const std::int64_t half = cut / 2;
      pads[axis] = cut < 0 ? 0 : automatic == "SAME_UPPER" ? half : cut - half;  // what is missing follows at the end
      pads[axis + spatial] = cut - pads[axis];
    }
    if (std::abs(pads[axis]) > 1 << 30 || std::abs(pads[axis + spatial]) > 1 << 30)
      lowering::damaged(of, "its padding");
    before[place] = static_cast<int>(reach - pads[axis]);
    after[place] = static_cast<int>(reach - pads[axis + spatial] + extra[axis]);
  }
  if (before[0] < 0 || before[1] < 0 || after[0] < 0 || after[1] < 0) {
    lowering::refuse(of, "its padding cuts off more than its window reaches");
  }

  value from = to.image(of, given);
  const window slid{with.kernel, 1, with.dilation, {before[0], before[1], after[0], after[1]}, false};
  if (with.stride != cleave::extent{1, 1}) {
    from.layer =
        to.add(cleave::pad{.padding = 0, .interior = {with.stride.height - 1, with.stride.width - 1}}, {from.layer});
    for (std::size_t axis = 0; axis < spatial; ++axis) {
      const int stride = axis + 2 - spatial == 0 ? with.stride.height : with.stride.width;
      from.dims[axis + 2] = (from.dims[axis + 2] - 1) * stride + 1;
    }
    from.memory = in_order(lowering::image_order(from.rank()), from.dims);
  }
  const std::int64_t filters = weights.dims[1] * groups;
  convolve(to, of, from, slid, filters, groups, turned(weights, groups), bias_of(to, of, filters));
}

}  // namespace

void add_convolutions(lower_table& table) {
  table["Conv"] = conv;
  table["ConvTranspose"] = conv_transpose;
}

}  // namespace importer
