// SPDX-License-Identifier: BSL-1.0
#include "../../examples/common/progress_bar.hpp"
#include "../../examples/common/statistics.hpp"
#include "../../examples/common/table.hpp"

#include <doctest/doctest.h>

#include <sstream>

TEST_CASE("a table is as wide as its cells and aligns numbers to the right") {
  demo::table table;
  table.column("cut");
  table.column("after", demo::table::align::left);
  table.row({"7", "relu"});
  table.row({"12", "softmax"});
  std::ostringstream out;
  table.print(out, false);
  CHECK(out.str() ==
        "  cut  after\n"
        "  ---  -------\n"
        "    7  relu\n"
        "   12  softmax\n");
}

TEST_CASE("columns of a group share a heading") {
  demo::table table;
  table.column("cut");
  table.column("p50", demo::table::align::right, "device us");
  table.column("p95", demo::table::align::right, "device us");
  table.row({"1", "1.5", "2.5"});
  std::ostringstream out;
  table.print(out, false);
  CHECK(out.str() ==
        "       device us\n"
        "  cut   p50  p95\n"
        "  ---  ----  ---\n"
        "    1   1.5  2.5\n");
}

TEST_CASE("colours and characters beyond ASCII do not count as width") {
  CHECK(demo::width_of("\x1b[31mred\x1b[0m") == 3);
  CHECK(demo::width_of("\u00b5s \u2500") == 4);
}

TEST_CASE("a percentile is a value that was measured") {
  demo::samples samples;
  for (int value = 1; value <= 20; ++value) samples.add(21 - value);
  CHECK(samples.percentile(50) == 10);
  CHECK(samples.percentile(95) == 19);
  CHECK(samples.percentile(100) == 20);
  CHECK(samples.percentile(0) == 1);
  samples.add(0.5);
  CHECK(samples.percentile(0) == 0.5);
  CHECK(demo::samples{}.percentile(50) == 0);
}

TEST_CASE("a progress bar shows its share") {
  demo::progress_bar bar(4, -1);
  bar.title("pool1");
  bar.advance();
  CHECK(bar.line() == "  ########------------------------  25 %  pool1");
  bar.advance(7);
  CHECK(bar.line() == "  ################################ 100 %  pool1");
}
