// SPDX-License-Identifier: BSL-1.0
#ifndef TOOLS_IMPORT_DATA_HPP
#define TOOLS_IMPORT_DATA_HPP

/// @file
/// Inputs and expected outputs for checks: .npy files, the .pb files of ONNX's test data sets, and folders of these.

#include <string>
#include <vector>

#include "finish.hpp"
#include "tensor.hpp"

namespace importer {

/// Reads a .npy or .pb file. Throws `refusal`.
tensor read_data(const std::string& path);

/// One run: a tensor for each input and each output of the model.
struct sample {
  std::vector<tensor> inputs;
  std::vector<tensor> outputs;
};

/// The samples in `paths`: folders with input_0.pb, output_0.pb and so on, or files, those of the inputs before those
/// of the outputs. Files whose first axis is longer than the model's hold several samples.
std::vector<sample> read_samples(const std::vector<std::string>& paths, const finished& of);

}  // namespace importer
#endif
