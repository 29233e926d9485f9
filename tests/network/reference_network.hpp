// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_TESTS_NETWORK_REFERENCE_NETWORK_HPP
#define CLEAVE_TESTS_NETWORK_REFERENCE_NETWORK_HPP

/// @file
/// The oracle of networks: walks over the nodes of a graph and computes every value by kernels/reference*.hpp into
/// memory of its own. Knows nothing of fusion, plans, steps and cuts.

#include <cleave/graph/graph.hpp>
#include <cleave/graph/weight_layout.hpp>
#include <cleave/kernels/reference_activation.hpp>
#include <cleave/kernels/reference_arrange.hpp>
#include <cleave/kernels/reference_conv2d.hpp>
#include <cleave/kernels/reference_normalization.hpp>
#include <cleave/kernels/reference_pool.hpp>
#include <cleave/simd/scalar_pack.hpp>
#include <cleave/weights/view.hpp>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <stdexcept>
#include <tuple>
#include <vector>

namespace reference_network {

/// The elements of a tensor; those of int32 lie in the same four bytes.
using values = std::vector<float>;

/// Computes one built-in layer.
inline values compute(const cleave::node& of, std::span<const values* const> in, const cleave::node* second,
                      const float* weights) {
  using namespace cleave;
  namespace reference = kernels::reference;
  const values& x = *in[0];
  values out(of.out.size());
  const range rows{0, of.out.height};
  const kernels::pool_shape window{
      of.in, of.out, of.what.kernel, of.what.stride, of.what.dilation, of.pad, of.what.count_include_pad};
  switch (of.what.kind) {
    case op::conv2d:
    case op::depthwise_conv2d:
      if (of.groups > 1 && of.groups == of.in.channels) {
        reference::depthwise(conv2d_shape_of(of), x.data(), weights, nullptr, out.data(), rows);
      } else {
        reference::conv2d(conv2d_shape_of(of), x.data(), weights, nullptr, out.data(), rows);
      }
      break;
    case op::locally_connected2d:
      reference::locally_connected(conv2d_shape_of(of), x.data(), weights, nullptr, out.data(), rows);
      break;
    case op::dense:
      reference::dense(dense_shape_of(of), x.data(), weights, nullptr, out.data(), {0, of.out.channels});
      break;
    case op::max_pool: reference::max_pool(window, x.data(), out.data(), rows); break;
    case op::average_pool: reference::average_pool(window, x.data(), out.data(), rows); break;
    case op::global_max_pool: reference::global_max_pool({of.in}, x.data(), out.data()); break;
    case op::global_average_pool: reference::global_average_pool({of.in}, x.data(), out.data()); break;
    case op::prelu: reference::prelu({of.out}, x.data(), weights, out.data(), rows); break;
    case op::softmax: reference::softmax({of.out}, false, x.data(), out.data(), rows); break;
    case op::log_softmax: reference::softmax({of.out}, true, x.data(), out.data(), rows); break;
    case op::batch_normalization: reference::batch_normalization({of.out}, x.data(), weights, out.data(), rows); break;
    case op::local_response_normalization:
      reference::local_response_normalization(
          {of.out, of.what.channels, of.what.numbers[0], of.what.numbers[1], of.what.numbers[2]}, x.data(), out.data(),
          rows);
      break;
    case op::add:
    case op::subtract:
    case op::multiply: {
      const kernels::arithmetic_kind what = of.what.kind == op::add        ? kernels::arithmetic_kind::add
                                            : of.what.kind == op::subtract ? kernels::arithmetic_kind::subtract
                                                                           : kernels::arithmetic_kind::multiply;
      reference::elementwise({of.out, what, kernels::operand_of(of.out, second->out)}, x.data(), in[1]->data(),
                             out.data(), rows);
      break;
    }
    case op::pad: reference::pad({of.in, of.pad, of.what.numbers[0]}, x.data(), out.data(), rows); break;
    case op::upsample: reference::upsample({of.in, of.what.kernel}, x.data(), out.data(), rows); break;
    case op::argmax: {
      std::vector<std::int32_t> places(out.size());
      reference::argmax({of.in}, x.data(), places.data(), rows);
      std::memcpy(out.data(), places.data(), out.size() * 4);
      break;
    }
    case op::flatten:
    case op::reshape:
    case op::dropout:
    case op::output: out = x; break;
    default:
      if (of.what.function.kind == activation_kind::none) throw std::logic_error("a layer that the oracle lacks");
      reference::activate({of.out, of.what.function}, x.data(), out.data(), rows);
  }
  return out;
}

/// The values of all nodes of `graph` for these inputs, one span an input.
template <class Graph>
std::vector<values> run(const Graph& graph, const cleave::weight_source& weights, const std::vector<values>& inputs) {
  std::vector<values> all;
  for (std::size_t index = 0; index < graph.nodes.size(); ++index) {
    const cleave::node& of = graph.nodes[index];
    if (of.what.kind == cleave::op::input) {
      all.push_back(inputs.at(index));
      continue;
    }
    std::vector<const values*> in;
    std::vector<cleave::tensor_view> views;
    for (int k = 0; k < of.what.arity; ++k) {
      const auto source = static_cast<std::size_t>(of.inputs[static_cast<std::size_t>(k)]);
      in.push_back(&all[source]);
      views.push_back({all[source].data(), graph.nodes[source].out});
    }
    const float* const own_weights = of.weights.floats > 0 ? weights.at(of.weights.offset) : nullptr;
    values out(of.out.size());
    if (of.what.kind == cleave::op::custom) {
      std::apply(
          [&](const auto&... own) {
            [[maybe_unused]] int number = 0;
            ((number++ == of.what.custom ? own.template run<cleave::scalar_pack>(cleave::layer_arguments{
                                               views, out.data(), of.out, own_weights, {0, of.out.height}})
                                         : void()),
             ...);
          },
          graph.customs);
    } else if (of.what.kind == cleave::op::concat) {
      int channel = 0;
      for (std::size_t k = 0; k < in.size(); ++k) {
        cleave::kernels::reference::concat({views[k].dims, of.out.channels, channel}, in[k]->data(), out.data(),
                                           {0, of.out.height});
        channel += views[k].dims.channels;
      }
    } else {
      const cleave::node* const second =
          of.what.arity > 1 ? &graph.nodes[static_cast<std::size_t>(of.inputs[1])] : nullptr;
      out = compute(of, in, second, own_weights);
    }
    all.push_back(out);
  }
  return all;
}

}  // namespace reference_network
#endif
