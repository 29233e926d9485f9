// SPDX-License-Identifier: BSL-1.0
//
// cleave beside other libraries, in one run on the same numbers: see tools/bench and docs/performance.md.
//     OMP_NUM_THREADS=1 bench_peers [--only layers|models] [--name PART] [--json FILE] [--svg FILE]
#include <sched.h>

#include <cstdio>
#include <string>
#include <vector>

#include "../kernels/bandwidth.hpp"
#include "layers.hpp"
#include "models.hpp"
#include "report.hpp"

namespace {

using namespace cleave_bench;

struct request {
  std::string only{};
  std::string name{};
  std::string json{};
  std::string svg{};

  bool wants(const std::string& part) const { return only.empty() || only == part; }
  bool wants_row(const std::string& row_name) const { return name.empty() || row_name.find(name) != std::string::npos; }
};

bool read_arguments(int count, char** arguments, request& into) {
  for (int i = 1; i + 1 < count; i += 2) {
    const std::string option = arguments[i];
    std::string* const value = option == "--only"   ? &into.only
                               : option == "--name" ? &into.name
                               : option == "--json" ? &into.json
                               : option == "--svg"  ? &into.svg
                                                    : nullptr;
    if (value == nullptr) return false;
    *value = arguments[i + 1];
  }
  return count % 2 == 1 && (into.only.empty() || into.only == "layers" || into.only == "models");
}

/// To the last core that is allowed: the first ones have the most interrupts.
void stay_on_one_core() {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
  for (int core = CPU_SETSIZE - 1; core >= 0; --core) {
    if (!CPU_ISSET(core, &allowed)) continue;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(core, &one);
    sched_setaffinity(0, sizeof one, &one);
    return;
  }
}

class run {
 public:
  explicit run(request wanted) : wanted_(std::move(wanted)) {}

  int all() {
    stay_on_one_core();
    machine();
    if (wanted_.wants("models")) models();
    if (wanted_.wants("layers")) layers();
    for (const row& each : rows_) {
      results_.push_back({each.name, each.ratio(), each.limit_with_noise(), each.reached()});
    }
    bool written = true;
    if (!wanted_.json.empty()) written = write_json(wanted_.json, results_, "tools/bench");
    if (!wanted_.svg.empty()) {
      const std::string subtitle = "one core at " + cleave_chart::number_text(std::round(peak_ / 1e8) / 10) +
                                   " GFLOP/s, single precision, one picture at a time";
      written =
          cleave_chart::write_file(wanted_.svg, draw(ratios_chart(rows_, "cleave beside other libraries", subtitle))) &&
          written;
    }
    if (!written) std::fprintf(stderr, "a file could not be written\n");
    return written ? 0 : 1;
  }

 private:
  void machine() {
    peak_ = measured_peak<cleave::native_pack>();
    std::printf("peak of one core: %.1f GFLOP/s with %zu lanes; reads ", peak_ / 1e9, cleave::native_pack::lanes);
    results_.push_back({"peak of one core, GFLOP/s", peak_ / 1e9});
    const char* separator = "";
    for (const memory_level& each : memory_levels()) {
      std::printf("%s%.1f GB/s from %s", separator, each.bandwidth / 1e9, each.name.c_str());
      separator = ", ";
      results_.push_back({"reads from " + each.name + ", GB/s", each.bandwidth / 1e9});
    }
    std::printf("\nmicroseconds, least / median; ratio of the faster of our two forms to oneDNN's direct form\n");
  }

  void finish(row each, const table& in, double length) {
    race(each, length);
    in.print(each, peak_);
    for (contestant& one : each.contestants) one.batch = nullptr;
    each.keeps.reset();
    rows_.push_back(std::move(each));
  }

  void models() {
    const table in("model", {"cleave", "cleave, fast", "oneDNN", "oneDNN, Winograd", "XNNPACK"});
    for (const model& each : all_models()) {
      if (wanted_.wants_row(each.name)) finish(each.one_core(each), in, each.of_medians ? 4.0 : 2.0);
    }
  }
  void layers() {
    const table in("layer", {"cleave", "cleave, fast", "oneDNN", "oneDNN, Winograd", "XNNPACK", "OpenBLAS"});
    for (const auto& make : all_layers()) {
      row each = make();
      if (wanted_.wants_row(each.name)) finish(std::move(each), in, 1.0);
    }
  }

  request wanted_;
  double peak_ = 0;
  std::vector<row> rows_;
  std::vector<result> results_;
};

}  // namespace

int main(int count, char** arguments) {
  request wanted;
  if (!read_arguments(count, arguments, wanted)) {
    std::fprintf(stderr, "bench_peers [--only layers|models] [--name PART] [--json FILE] [--svg FILE]\n");
    return 2;
  }
  return run(std::move(wanted)).all();
}
