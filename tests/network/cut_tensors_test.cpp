// SPDX-License-Identifier: BSL-1.0
#include <cleave/network/cut_tensors.hpp>

#include <doctest/doctest.h>

#include "check_network.hpp"
#include "graphs.hpp"

namespace {

using at_2 = cleave::cut_tensors<graphs::two_inputs, 2>;
static_assert(at_2::size() == 3 && at_2::cut == 2, "both inputs and the first branch");
static_assert(at_2::sent_info[0].dims == cleave::shape{6, 5, 3} && at_2::sent_info[2].bytes() == 6 * 5 * 4 * 4);
static_assert(std::is_same_v<decltype(std::declval<at_2>().get<2>()), std::span<const float, 120>>);

using at_9 = cleave::cut_tensors<graphs::many_outputs, 9>;
static_assert(at_9::made.size() == 4, "the input, the early one, the classes and the places are answers by then");
static_assert(std::is_same_v<cleave::answer_of<graphs::many_outputs>, cleave::outputs<graphs::many_outputs>>);
static_assert(std::is_same_v<cleave::answer_of<graphs::two_inputs>, std::span<const float, 7>>);

}  // namespace

TEST_CASE("what crosses a cut can be read by number, as floats and as bytes") {
  const auto weights = cleave::random_weights<graphs::two_inputs>(42);
  const auto inputs = check_network::some_inputs<graphs::two_inputs>();
  const auto expected = reference_network::run(graphs::two_inputs, weights.source(), inputs);
  cleave::device_half<graphs::two_inputs, "seen"> device{weights};
  const auto sent =
      check_network::with_inputs<graphs::two_inputs>(inputs, [&](auto... each) { return device(each...); });
  CHECK(sent.get<0>().data() == inputs[0].data());
  CHECK(sent.get<1>().data() == inputs[1].data());
  CHECK(std::ranges::equal(sent.get<2>(), expected[3]));
  CHECK(check_network::same_bytes(sent.sent(2), check_network::bytes_of(expected[3])));
  CHECK(sent.sent(0).size() == 360);
}

namespace {

/// What a device and a server do at a cut: the server answers only with what is made behind it.
template <std::size_t Cut>
bool merges(const cleave::weights_view<graphs::many_outputs>& weights, const std::vector<check_network::values>& inputs,
            const std::vector<check_network::values>& expected) {
  cleave::device_half<graphs::many_outputs, Cut> device{weights};
  const auto sent = check_network::with_inputs<graphs::many_outputs>(inputs, [&](auto x) { return device.forward(x); });
  cleave::cut_runner<graphs::many_outputs> runner{weights};
  const auto crossing = decltype(runner)::crossing(Cut);
  if (crossing.size() != sent.size()) return false;
  for (std::size_t i = 0; i < crossing.size(); ++i) std::ranges::copy(sent.sent(i), runner.tensor(crossing[i]).begin());
  runner.run(Cut + 1, graphs::many_outputs.last);
  std::vector<const std::byte*> behind;
  for (const auto& each : decltype(runner)::outputs_after(Cut)) behind.push_back(runner.tensor(each).data());
  if (behind.size() + sent.made.size() != 6) return false;
  return check_network::is_reference<graphs::many_outputs>(
      cleave::merge_answers<graphs::many_outputs, Cut>(sent, behind.data()), expected);
}

}  // namespace

TEST_CASE("answers made on both sides are merged in the order of their layers") {
  const auto weights = cleave::random_weights<graphs::many_outputs>(42);
  const auto inputs = check_network::some_inputs<graphs::many_outputs>();
  const auto expected = reference_network::run(graphs::many_outputs, weights.source(), inputs);
  CHECK(merges<0>(weights, inputs, expected));
  CHECK(merges<3>(weights, inputs, expected));
  CHECK(merges<8>(weights, inputs, expected));
  CHECK(merges<9>(weights, inputs, expected));
  CHECK(merges<12>(weights, inputs, expected));
  CHECK(merges<graphs::many_outputs.last>(weights, inputs, expected));
}
