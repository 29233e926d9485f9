// SPDX-License-Identifier: BSL-1.0
#ifndef TOOLS_IMPORT_IMPORT_MODEL_HPP
#define TOOLS_IMPORT_IMPORT_MODEL_HPP

/// @file
/// The whole way from a model to a network that can be written.

#include <stdexcept>
#include <utility>

#include "finish.hpp"
#include "lowering.hpp"
#include "rewrite.hpp"

namespace importer {

/// Throws `refusal`.
inline finished import_model(const model& source, const import_options& options = {}, bool with_rewrites = true) {
  try {
    network made = lowering{source, options}.run();
    if (with_rewrites) rewrite(made);
    else drop_dead(made);
    return finish(std::move(made));
  } catch (const std::logic_error&) {
    // Tensors that are shorter than an operator reads.
    throw refusal(trouble::damaged, "the model contradicts itself");
  }
}

}  // namespace importer
#endif
