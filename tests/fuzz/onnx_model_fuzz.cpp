// SPDX-License-Identifier: BSL-1.0
// ONNX models from foreign hands: whatever the bytes are, they become a network whose header and weights can be
// written, or are refused in words.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "emit.hpp"
#include "import_model.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const importer::model source = importer::parse_model({reinterpret_cast<const char*>(data), size});
    const importer::finished made = importer::import_model(source, {{{"T", 3}}});
    if (!made.graph.ok() || importer::header_text(made, "net", "net.onnx").empty()) std::abort();
    // Groups of one channel are stored as four, so even a small file may ask for many bytes.
    if (made.graph.weight_bytes < (1U << 26U)) (void)importer::pack(made);
  } catch (const importer::refusal& refused) {
    if (refused.what()[0] == '\0') std::abort();
  }
  return 0;
}
