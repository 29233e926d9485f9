// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_BENCH_PEERS_ONNX_FILE_HPP
#define CLEAVE_BENCH_PEERS_ONNX_FILE_HPP

/// @file
/// A network with its weights as an ONNX file, for runtimes that read those.

#include <string>

#include "network_value.hpp"

namespace cleave_bench {

/// Writes `of` with one input t0 and one output, NCHW. False where a layer is none that this writer knows, or the file
/// can not be written.
bool write_onnx(const network_value& of, const std::string& path);

/// A network that gives back the one number that it gets: what a call costs by itself.
bool write_empty_onnx(const std::string& path);

}  // namespace cleave_bench
#endif
