// SPDX-License-Identifier: BSL-1.0
#include <cleave/testing/check_layer.hpp>

#include <doctest/doctest.h>

#include <string_view>

#include "archetypes/minimal_layer.hpp"

namespace {

using cleave::layer_arguments;
using cleave::shape;
using cleave::testing::check_layer;

/// What a broken layer does wrong; otherwise it adds a weight a channel.
enum class fault {
  none,
  writes_all_rows,
  writes_behind_the_output,
  writes_before_the_output,
  starts_at_row_0,
  remembers_rows,
  rounds_by_pack,
  changes_its_input,
  reads_behind_its_input,
  reads_before_its_weights,
  infers_differently,
  takes_nothing,
};

int asked = 0;

template <fault Fault>
struct broken_layer {
  static constexpr std::string_view kind = "broken";
  cleave::label name{};
  cleave::label from{};

  cleave::inference infer(std::span<const shape> in) const noexcept {
    if (Fault == fault::takes_nothing) return cleave::refused(cleave::need::what_the_layer_itself_demands);
    cleave::inference found = cleave::infer_unchanged(in[0]);
    if (Fault == fault::infers_differently) found.out.width += ++asked % 2;
    return found;
  }
  std::size_t weight_count(std::span<const shape> in) const noexcept {
    return static_cast<std::size_t>(in[0].channels);
  }

  template <cleave::pack Pack>
  void run(const layer_arguments& with) const noexcept {
    const int channels = with.dims.channels;
    const int row = with.dims.width * channels;
    const int first = Fault == fault::writes_all_rows || Fault == fault::starts_at_row_0 ? 0 : with.rows.begin * row;
    const int end = Fault == fault::writes_all_rows ? with.dims.height * row : with.rows.end * row;
    const float* const in = with.inputs[0].data;
    for (int i = first; i < end; ++i) with.output[i] = in[i] + with.weights[i % channels];
    if (first == end) return;
    if (Fault == fault::writes_behind_the_output) with.output[with.dims.height * row] = 0;
    if (Fault == fault::writes_before_the_output) with.output[-1] = 0;
    if (Fault == fault::remembers_rows) with.output[first] += static_cast<float>(with.rows.size());
    if (Fault == fault::rounds_by_pack && Pack::lanes > 1) with.output[first] *= 1.0F + 0x1p-20F;
    if (Fault == fault::changes_its_input) const_cast<float*>(in)[0] = 1;
    if (Fault == fault::reads_behind_its_input) with.output[end - 1] += in[with.dims.height * row];
    if (Fault == fault::reads_before_its_weights) with.output[first] += with.weights[-1];
  }
};

template <fault Fault>
std::string_view failure(shape in = {4, 3, 5}) {
  asked = 0;
  const auto report = check_layer(broken_layer<Fault>{}, {in});
  return report ? "" : report.first_failure();
}

/// Leaves elements as they are: the last row's last one.
struct leaves_one_out {
  static constexpr std::string_view kind = "leaves_one_out";
  cleave::label name{};
  cleave::label from{};
  constexpr cleave::inference infer(std::span<const shape> in) const noexcept { return cleave::infer_unchanged(in[0]); }
  constexpr std::size_t weight_count(std::span<const shape>) const noexcept { return 0; }
  template <cleave::pack Pack>
  void run(const layer_arguments& with) const noexcept {
    const int row = with.dims.width * with.dims.channels;
    for (int i = with.rows.begin * row; i + 1 < with.rows.end * row; ++i) with.output[i] = with.inputs[0].data[i];
  }
};

}  // namespace

TEST_CASE("layers that keep their promises pass") {
  CHECK(check_layer(archetypes::minimal_layer{""}));
  CHECK(check_layer(archetypes::mixing_layer{.step = 2, .with = ""}));
  CHECK(check_layer<broken_layer<fault::none>>());
  CHECK(check_layer(archetypes::mixing_layer{.with = ""}, {{3, 5, 19}, {3, 5, 19}}));
  CHECK(failure<fault::none>() == "");
}

TEST_CASE("a layer that writes too little or too much fails") {
  const auto report = check_layer(leaves_one_out{}, {{3, 3, 3}});
  CHECK(std::string_view{report.first_failure()} == "every element of the rows asked for is written");
  constexpr std::string_view beside = "nothing is written beside the rows asked for";
  CHECK(failure<fault::writes_all_rows>() == beside);
  CHECK(failure<fault::starts_at_row_0>() == beside);
  CHECK(failure<fault::writes_behind_the_output>() == beside);
  CHECK(failure<fault::writes_before_the_output>() == beside);
}

TEST_CASE("a layer whose bits depend on the rows asked for or on the pack fails") {
  CHECK(failure<fault::remembers_rows>() == "rows have the same bits however they are divided");
  if (cleave::native_pack::lanes > 1) CHECK(failure<fault::rounds_by_pack>() == "every pack gives the same bits");
}

TEST_CASE("a layer that touches what is not its own fails") {
  constexpr std::string_view beside = "nothing beside inputs and weights is used, wherever they lie";
  CHECK(failure<fault::changes_its_input>() == "inputs and weights are not changed");
  CHECK(failure<fault::reads_behind_its_input>() == beside);
  CHECK(failure<fault::reads_before_its_weights>() == beside);
}

TEST_CASE("a layer that contradicts itself or takes no shape fails") {
  CHECK(failure<fault::infers_differently>() ==
        "infer and weight_count say the same when asked again, and sizes are positive");
  CHECK(failure<fault::takes_nothing>() == "infer takes the shapes given");
  CHECK_FALSE(check_layer<broken_layer<fault::takes_nothing>>());
  CHECK_FALSE(check_layer(archetypes::mixing_layer{.with = ""}, {{3, 3, 3}}));
  CHECK_FALSE(check_layer(archetypes::mixing_layer{.step = 0, .with = ""}));
}
