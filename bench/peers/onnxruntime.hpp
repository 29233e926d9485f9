// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_BENCH_PEERS_ONNXRUNTIME_HPP
#define CLEAVE_BENCH_PEERS_ONNXRUNTIME_HPP

/// @file
/// ONNX Runtime, as npm has it, in a process of its own: it gets a network as a file and lines that say how often to
/// run it. It stands still while it is not its turn, so that its threads take nobody's time.

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "onnx_file.hpp"

namespace cleave_bench {

/// Where it is. Empty: there is none.
struct onnxruntime_place {
  std::string modules{};  ///< the node_modules folder that has onnxruntime-node
  std::string scratch{};  ///< a folder for networks and answers
  std::string script{};
};
inline onnxruntime_place& onnxruntime() {
  static onnxruntime_place place;
  return place;
}

class onnxruntime_network {
 public:
  /// Null where the network can not be written or the process does not start.
  static std::unique_ptr<onnxruntime_network> make(const network_value& of, const floats& input_nchw, int threads) {
    auto made = std::make_unique<onnxruntime_network>();
    return made->start(of, input_nchw, threads) ? std::move(made) : nullptr;
  }
  onnxruntime_network() = default;
  onnxruntime_network(const onnxruntime_network&) = delete;
  onnxruntime_network& operator=(const onnxruntime_network&) = delete;
  ~onnxruntime_network() {
    if (to_ != nullptr) std::fclose(to_);
    if (from_ != nullptr) std::fclose(from_);
    if (process_ > 0) {
      kill(process_, SIGCONT);
      kill(process_, SIGTERM);
      waitpid(process_, nullptr, 0);
    }
  }

  /// Seconds that so many runs take, without what calling it from there costs by itself.
  double batch(int times) {
    kill(process_, SIGCONT);
    std::fprintf(to_, "%d\n", times);
    std::fflush(to_);
    const double taken = number();
    kill(process_, SIGSTOP);
    return std::max(1e-9, taken - times * call_);
  }
  const std::vector<float>& answer() const { return answer_; }

 private:
  bool start(const network_value& of, const floats& input, int threads) {
    const onnxruntime_place& place = onnxruntime();
    const std::string model = place.scratch + "/model.onnx";
    const std::string empty = place.scratch + "/empty.onnx";
    const std::string numbers = place.scratch + "/input.bin";
    const std::string result = place.scratch + "/answer.bin";
    if (!write_onnx(of, model) || !write_empty_onnx(empty)) return false;
    std::ofstream(numbers, std::ios::binary)
        .write(reinterpret_cast<const char*>(input.data()), static_cast<std::streamsize>(input.size() * sizeof(float)));
    std::array<int, 2> there{};
    std::array<int, 2> back{};
    if (pipe(there.data()) != 0 || pipe(back.data()) != 0) return false;
    const std::string count = std::to_string(threads);
    process_ = fork();
    if (process_ == 0) {
      dup2(there[0], STDIN_FILENO);
      dup2(back[1], STDOUT_FILENO);
      for (const int each : {there[0], there[1], back[0], back[1]}) close(each);
      execlp("node", "node", place.script.c_str(), place.modules.c_str(), model.c_str(), empty.c_str(), numbers.c_str(),
             result.c_str(), count.c_str(), static_cast<char*>(nullptr));
      _exit(127);
    }
    close(there[0]);
    close(back[1]);
    to_ = fdopen(there[1], "w");
    from_ = fdopen(back[0], "r");
    std::array<char, 16> word{};
    if (process_ < 0 || std::fscanf(from_, "%15s", word.data()) != 1 || std::string(word.data()) != "ready")
      return false;
    call_ = number();
    answer_.resize(of.output().out.size());
    std::ifstream(result, std::ios::binary)
        .read(reinterpret_cast<char*>(answer_.data()), static_cast<std::streamsize>(answer_.size() * sizeof(float)));
    std::remove(model.c_str());  // large ones have half a gigabyte
    kill(process_, SIGSTOP);
    return true;
  }
  double number() {
    double value = 0;
    return std::fscanf(from_, "%lf", &value) == 1 ? value : 1e9;
  }

  pid_t process_ = -1;
  std::FILE* to_ = nullptr;
  std::FILE* from_ = nullptr;
  double call_ = 0;
  std::vector<float> answer_;
};

}  // namespace cleave_bench
#endif
