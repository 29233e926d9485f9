// SPDX-License-Identifier: BSL-1.0
/// @file
/// Pools. They look at each channel by itself, so several pictures are just more channels.

#include <cmath>

#include "lowering.hpp"
#include "window.hpp"

namespace importer {

namespace {

void give_pooled(lowering& to, const operation& of, const value& from, const window& with, int layer) {
  value made;
  made.dims = {from.dims[0], from.dims[1]};
  for (const std::int64_t size : positions_of(with, from.dims)) made.dims.push_back(size);
  made.layer = layer;
  made.memory = in_order(lowering::image_order(made.rank()), made.dims);
  to.give(of, 0, made);
}

void max_pool(lowering& to, const operation& of) {
  const value given = to.computed(of, 0);
  const window with = window_of(of, given.dims);
  const value from = to.image(of, given);
  give_pooled(to, of, from, with,
              to.add(cleave::max_pool{.kernel = with.kernel,
                                      .stride = with.stride,
                                      .padding = with.pad,
                                      .dilation = with.dilation,
                                      .ceil_mode = with.ceil_mode},
                     {from.layer}));
}

/// A mean with gaps: a convolution of each channel with equal weights, where no window lies on padding.
int spread_mean(lowering& to, const operation& of, const value& from, window with, bool count_padding) {
  const sizes full = positions_of(with, from.dims);
  with.ceil_mode = false;
  const bool padded = with.pad != cleave::padding{};
  if ((padded && !count_padding) || positions_of(with, from.dims) != full) {
    lowering::refuse(of, "an average over a dilated window with padding; only a window without either is supported");
  }
  const int channels = to.shape_of(from.layer).channels;
  const int taps = with.kernel.height * with.kernel.width;
  if (double{static_cast<float>(channels)} * taps > double{1 << 24})
    lowering::refuse(of, "a dilated average of so many channels");
  parameters trained;
  trained.weights.assign(static_cast<std::size_t>(channels * taps), 1.0F / static_cast<float>(taps));
  trained.bias.assign(static_cast<std::size_t>(channels), 0.0F);
  return to.add(
      cleave::depthwise_conv2d{
          .kernel = with.kernel, .stride = with.stride, .padding = with.pad, .dilation = with.dilation},
      {from.layer}, std::move(trained));
}

int mean(lowering& to, const operation& of, const value& from, const window& with, bool count_padding) {
  if (with.dilation != cleave::extent{1, 1}) return spread_mean(to, of, from, with, count_padding);
  return to.add(cleave::average_pool{.kernel = with.kernel,
                                     .stride = with.stride,
                                     .padding = with.pad,
                                     .ceil_mode = with.ceil_mode,
                                     .count_include_pad = count_padding && with.pad != cleave::padding{}},
                {from.layer});
}

void average_pool(lowering& to, const operation& of) {
  const value given = to.computed(of, 0);
  const window with = window_of(of, given.dims);
  const value from = to.image(of, given);
  give_pooled(to, of, from, with, mean(to, of, from, with, of.integer("count_include_pad", 0) != 0));
}

/// The p-norm of each window: powers, their mean times their count, and the root.
void lp_pool(lowering& to, const operation& of) {
  const value given = to.computed(of, 0);
  const window with = window_of(of, given.dims);
  const std::int64_t p = of.integer("p", 2);
  if (p < 1) lowering::damaged(of, "a norm below 1");
  const auto exponent = static_cast<float>(p);
  value from = to.image(of, given);
  if (p % 2 != 0) from = activated(to, from, cleave::absolute{});
  if (p > 1) from = activated(to, from, cleave::power_of{.exponent = exponent});
  value made;
  made.dims = {from.dims[0], from.dims[1]};
  for (const std::int64_t size : positions_of(with, from.dims)) made.dims.push_back(size);
  if (with.ceil_mode) lowering::refuse(of, "ceil_mode is not supported here");
  made.layer = mean(to, of, from, with, true);
  made.memory = in_order(lowering::image_order(made.rank()), made.dims);
  const auto taps = static_cast<float>(with.kernel.height * with.kernel.width);
  made = scaled(to, made, {}, {taps}, {0.0F});
  if (p == 2) made = activated(to, made, cleave::sqrt{});
  else if (p > 2) made = activated(to, made, cleave::power_of{.exponent = 1 / exponent});
  to.give(of, 0, made);
}

template <class Layer>
void global_pool(lowering& to, const operation& of) {
  const value from = to.image(of, to.computed(of, 0));
  value made;
  made.dims = sizes(from.rank(), 1);
  made.dims[0] = from.dims[0];
  made.dims[1] = from.dims[1];
  made.layer = to.add(Layer{}, {from.layer});
  made.memory = plain(made.count());
  to.give(of, 0, made);
}

}  // namespace

void add_pools(lower_table& table) {
  table["MaxPool"] = max_pool;
  table["AveragePool"] = average_pool;
  table["LpPool"] = lp_pool;
  table["GlobalMaxPool"] = global_pool<cleave::global_max_pool>;
  table["GlobalAveragePool"] = global_pool<cleave::global_average_pool>;
}

}  // namespace importer
