// SPDX-License-Identifier: BSL-1.0
//
// cleave beside other libraries, in one run on the same numbers: see tools/bench and docs/performance.md.
//     OMP_NUM_THREADS=1 bench_peers [--only layers|models|threads] [--name TEXT] [--json FILE] [--svg FILE]
//                                   [--onnxruntime NODE_MODULES --scratch FOLDER]
#include <sched.h>

#include <cstdio>
#include <string>
#include <vector>

#include "../kernels/bandwidth.hpp"
#include "../report.hpp"
#include "layers.hpp"
#include "models.hpp"
#ifdef CLEAVE_BENCH_ONNX
#include "onnxruntime.hpp"
#endif
#include "report.hpp"

namespace {

using namespace cleave_bench;

struct request {
  std::string only{};
  std::string name{};
  std::string json{};
  std::string svg{};
  std::string onnxruntime{};
  std::string scratch{};

  bool wants(const std::string& part) const { return only.empty() || only == part; }
  bool wants_row(const std::string& row_name) const { return name.empty() || row_name.find(name) != std::string::npos; }
};

bool read_arguments(int count, char** arguments, request& into) {
  for (int i = 1; i + 1 < count; i += 2) {
    const std::string option = arguments[i];
    std::string* const value = option == "--only"          ? &into.only
                               : option == "--name"        ? &into.name
                               : option == "--json"        ? &into.json
                               : option == "--svg"         ? &into.svg
                               : option == "--onnxruntime" ? &into.onnxruntime
                               : option == "--scratch"     ? &into.scratch
                                                           : nullptr;
    if (value == nullptr) return false;
    *value = arguments[i + 1];
  }
  const std::string& only = into.only;
  return count % 2 == 1 && (only.empty() || only == "layers" || only == "models" || only == "threads");
}

/// The cores that this process may use. One core is the last of them: the first ones have the most interrupts.
class cores {
 public:
  cores() {
    CPU_ZERO(&allowed_);
    sched_getaffinity(0, sizeof allowed_, &allowed_);
  }
  int count() const { return CPU_COUNT(&allowed_); }
  void use_all() const { sched_setaffinity(0, sizeof allowed_, &allowed_); }
  void use_one() const {
    int last = CPU_SETSIZE - 1;
    while (last > 0 && !CPU_ISSET(last, &allowed_)) --last;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(last, &one);
    sched_setaffinity(0, sizeof one, &one);
  }

 private:
  cpu_set_t allowed_;
};

class run {
 public:
  explicit run(request wanted) : wanted_(std::move(wanted)) {}

  int all() {
#ifdef CLEAVE_BENCH_ONNX
    onnxruntime() = {wanted_.onnxruntime, wanted_.scratch, CLEAVE_BENCH_ONNXRUNTIME_SCRIPT};
#endif
    cores_.use_one();
    machine();
    if (wanted_.wants("models")) models();
    if (wanted_.wants("layers")) layers();
    cores_.use_all();
    if (wanted_.wants("threads")) threads();
    bool written = true;
    if (!wanted_.json.empty()) written = write_json(wanted_.json, results_, "tools/bench");
    if (!wanted_.svg.empty()) {
      const std::string subtitle = "one core at " + cleave_chart::number_text(std::round(peak_ / 1e8) / 10) +
                                   " GFLOP/s unless threads are named, single precision, one picture at a time";
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

  void finish(row each, const table& in, const race_rules& rules, const std::string& part) {
    race(each, rules);
    in.print(each, peak_);
    for (contestant& one : each.contestants) one.batch = nullptr;
    each.keeps.reset();
    results_.push_back({each.name + ", time beside " + each.yardstick, each.ratio(), each.limit_with_noise(),
                        each.reached(), "tools/bench --only " + part});
    rows_.push_back(std::move(each));
  }

  void models() {
    const table in("model", {"cleave", "cleave, fast", "oneDNN", "oneDNN, Winograd", "XNNPACK", "ONNX Runtime"});
    for (const model& each : all_models()) {
      if (wanted_.wants_row(each.name))
        finish(each.one_core(each), in, {.length = each.of_medians ? 5.0 : 2.5}, "models");
    }
  }
  void layers() {
    const table in("layer", {"cleave", "cleave, fast", "oneDNN", "oneDNN, Winograd", "XNNPACK", "OpenBLAS"});
    for (const auto& make : all_layers()) {
      row each = make();
      if (wanted_.wants_row(each.name)) finish(std::move(each), in, {.length = 1.0}, "layers");
    }
  }

  void threads() {
    if (wanted_.onnxruntime.empty()) {
      std::printf("\nskipped: several threads beside ONNX Runtime, which is not here\n");
      return;
    }
    std::printf("\n%d threads each; ratio to ONNX Runtime\n", cores_.count());
    const table in("model", {"cleave", "one thread", "ONNX Runtime"});
    for (const model& each : all_models()) {
      if (!each.all_cores || !wanted_.wants_row(each.name)) continue;
      row many = each.all_cores(each);
      if (many.find(many.yardstick) == nullptr) {
        std::printf("%-32s skipped: %s did not start\n", each.name.c_str(), many.yardstick.c_str());
        continue;
      }
      many.name += ", " + std::to_string(cores_.count()) + " threads";
      finish(std::move(many), in, {.length = 5.0, .sample = 10e-3, .pause = 2e-3}, "threads");
    }
  }

  cores cores_;
  request wanted_;
  double peak_ = 0;
  std::vector<row> rows_;
  std::vector<result> results_;
};

}  // namespace

int main(int count, char** arguments) {
  request wanted;
  if (!read_arguments(count, arguments, wanted)) {
    std::fprintf(stderr, "see the first lines of bench/peers/main.cpp\n");
    return 2;
  }
  return run(std::move(wanted)).all();
}
