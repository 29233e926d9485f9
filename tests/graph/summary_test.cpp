// SPDX-License-Identifier: BSL-1.0
#include <cleave/graph/summary.hpp>

#include <doctest/doctest.h>

#include <cleave/graph/graph.hpp>
#include <cleave/models/lenet5.hpp>
#include <string>

#include "archetypes/minimal_layer.hpp"

namespace cleave::cases {

inline constexpr auto branches = graph{
    input{.height = 4, .width = 4, .channels = 2, .name = "left"},
    input{.height = 4, .width = 4, .channels = 2},
    add{.with = "left", .name = "sum"},
    archetypes::minimal_layer{"turned", "left"},
    argmax{},
    flatten{},
    batch_normalization{.from = "sum"},
};

}  // namespace cleave::cases

namespace {

/// The lines of a text, with no line break at the first one's start.
std::string text(const char* lines) { return lines + 1; }

}  // namespace

TEST_CASE("the summary of a chain has a line a layer and the totals") {
  CHECK(cleave::summary(cleave::models::lenet5) == text(R"(
layer  kind      label  reads  gives         multiply-adds  parameters   bytes  crossing
    0  input                   28 x 28 x 1               0           0   3,136     3,136
    1  conv2d           0      28 x 28 x 6         117,600         156  18,816    18,816
    2  relu             1      28 x 28 x 6               0           0  18,816    18,816
    3  max_pool  pool1  2      14 x 14 x 6               0           0   4,704     4,704
    4  conv2d           3      10 x 10 x 16        240,000       2,416   6,400     6,400
    5  relu             4      10 x 10 x 16              0           0   6,400     6,400
    6  max_pool  pool2  5      5 x 5 x 16                0           0   1,600     1,600
    7  dense            6      1 x 1 x 120          48,000      48,120     480       480
    8  relu             7      1 x 1 x 120               0           0     480       480
    9  dense            8      1 x 1 x 84           10,080      10,164     336       336
   10  relu             9      1 x 1 x 84                0           0     336       336
   11  dense            10     1 x 1 x 10              840         850      40        40
   12  softmax          11     1 x 1 x 10                0           0      40         0
       total                                       416,520      61,706  61,584
)"));
}

TEST_CASE("the summary of a graph with branches tells what each layer reads and what waits at a cut") {
  CHECK(cleave::summary(cleave::cases::branches) == text(R"(
layer  kind                 label   reads    gives             multiply-adds  parameters  bytes  crossing
    0  input                left             4 x 4 x 2                     0           0    128
    0  input                                 4 x 4 x 2                     0           0    128       256
    1  add                  sum     0, left  4 x 4 x 2                     0           0    128       256
    2  minimal              turned  left     4 x 4 x 2                     0           0    128       256
    3  argmax                       2        4 x 4 x 1 int32               0           0     64       128
    4  flatten                      3        1 x 1 x 16 int32              0           0      0       128
    5  batch_normalization          1        4 x 4 x 2                     0           4    128         0
       total                                                               0           4    704
)"));
}

TEST_CASE("the summary of an ill-formed graph ends with its defect") {
  using namespace cleave;
  const auto eight = input{.height = 4, .width = 4, .channels = 8, .name = "x"};
  CHECK(summary(graph{eight, max_pool{.kernel = 2}, conv2d{.channels = 3, .kernel = 3}, relu{}}) == text(R"(
layer  kind      label  reads  gives      multiply-adds  parameters  bytes  crossing
    0  input     x             4 x 4 x 8              0           0    512
    1  max_pool         0      2 x 2 x 8              0           0    128
layer 2, conv2d, receives 2 x 2 x 8 and needs a window within the padded input
)"));
  CHECK(explain_defect(graph{eight, relu{}}).empty());
  CHECK(explain_defect(graph{eight, max_pool{.kernel = 2}, add{.with = "x"}}) ==
        "layer 2, add, receives 2 x 2 x 8 and 4 x 4 x 8 and needs inputs of equal shape or one per channel");
  CHECK(explain_defect(graph{relu{}}) == "layer 1, relu, receives nothing and needs an input as the first layer");
  CHECK(explain_defect(graph{eight}) == "layer 0, input, receives nothing and needs at least one layer");
  CHECK(explain_defect(graph{eight, archetypes::mixing_layer{.step = 0, .with = "x"}}) ==
        "layer 1, mixing, receives 4 x 4 x 8 and 4 x 4 x 8 and needs positive sizes");
}

TEST_CASE("large numbers are grouped by three digits") {
  CHECK(cleave::detail::grouped(0) == "0");
  CHECK(cleave::detail::grouped(999) == "999");
  CHECK(cleave::detail::grouped(1000) == "1,000");
  CHECK(cleave::detail::grouped(724406816) == "724,406,816");
}
