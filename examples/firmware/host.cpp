// SPDX-License-Identifier: BSL-1.0
/// @file
/// The other end of the firmware: the ordinary server, a serial port, and the way between. Serves until its input ends,
/// then compares what the device printed with what the whole network answers here, bit for bit.
///
///     firmware_host digits|keywords <folder of the example> <serial port> <what the device prints> [<faults>]
///
/// `faults` are bytes lost and bytes damaged, of a million each, in both directions.

#include "networks.hpp"

#include <cleave/cleave.hpp>
#include <cleave/serial.hpp>
#include <cleave/tcp.hpp>
#include <cleave/transport/faulty.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace {

struct report {
  cleave::reliable_statistics line;
  cleave::fault_counts faults;
  std::uint64_t requests = 0;
};

/// Serves the device until the input ends.
template <class Network, class Weights>
report serve(const Weights& weights, const std::string& device, const cleave::faults& plan) {
  // [host]
  cleave::server<Network::graph> server{weights};
  cleave::tcp::listener listener{0, "127.0.0.1"};
  std::thread serving{[&] { server.run(listener); }};

  cleave::serial::port port{device};
  cleave::faulty bad{port, plan};  // only here, to try what a bad line does
  cleave::reliable_link line{bad, {.timeout_microseconds = 30'000}};
  cleave::tcp::gateway gateway{line, "127.0.0.1", listener.port()};
  std::thread carrying{[&] { gateway.run(); }};
  // [/host]

  std::string ignored;
  while (std::getline(std::cin, ignored)) {
  }
  gateway.stop();
  carrying.join();
  server.stop();
  serving.join();
  return {line.statistics(), bad.counts(), server.statistics().requests};
}

/// The words in each line that the device printed.
std::vector<std::vector<std::uint32_t>> read_words(const std::string& path) {
  std::ifstream file(path);
  std::vector<std::vector<std::uint32_t>> lines;
  for (std::string line; std::getline(file, line);) {
    std::istringstream text(line);
    lines.emplace_back();
    for (std::string word; text >> word;) {
      std::size_t end = 0;
      lines.back().push_back(static_cast<std::uint32_t>(std::stoul(word, &end, 16)));
      if (end != 8) throw std::runtime_error("the device says: " + line);
    }
  }
  return lines;
}

template <class Network>
int run(const std::string& folder, const std::string& device, const std::string& printed, const cleave::faults& plan) {
  const auto weights = demo::firmware_weights<Network>(folder);
  const report seen = serve<Network>(weights, device, plan);

  const auto whole = cleave::make_network<Network::graph>(weights);
  const auto inputs = Network::inputs(folder);
  const auto lines = read_words(printed);
  std::size_t equal = 0;
  for (std::size_t i = 0; i < std::min(inputs.size(), lines.size()); ++i) {
    auto input = inputs[i];
    std::transform(input.begin(), input.end(), input.begin(), Network::as_input);
    const auto expected = (*whole)(std::span<const float, Network::inputs_size>{input.data(), input.size()});
    equal += std::ranges::equal(expected, lines[i], {}, [](float each) { return std::bit_cast<std::uint32_t>(each); });
  }
  std::cout << equal << " of " << inputs.size() << " answers are those of the whole network, bit for bit; "
            << seen.requests << " requests served\n"
            << "line: " << seen.faults.moved << " bytes, " << seen.faults.dropped << " lost, " << seen.faults.corrupted
            << " damaged; host: " << seen.line.sent << " packets sent, " << seen.line.repeated << " times repeated, "
            << seen.line.received << " received, " << seen.line.damaged << " damaged\n";
  if (lines.size() != inputs.size() + 1 || lines.back().size() != 2) {
    std::cout << "the device did not come to its end\n";
    return 1;
  }
  const std::uint32_t device_sent = lines.back()[0];
  const std::uint32_t device_repeated = lines.back()[1];
  std::cout << "device: " << device_sent << " packets sent, " << device_repeated << " times repeated\n";
  const bool bad = plan.drop_rate != 0 || plan.corrupt_rate != 0;
  if (bad && (seen.line.damaged == 0 || seen.line.repeated == 0 || device_repeated == 0)) {
    std::cout << "nothing had to be repeated: the faults were not tried\n";
    return 1;
  }
  return equal == inputs.size() ? 0 : 1;
}

}  // namespace

int main(int count, char** words) {
  if (count != 5 && count != 7) {
    std::cerr << "usage: firmware_host digits|keywords <folder> <serial port> <printed> [<lost> <damaged>]\n";
    return 2;
  }
  try {
    cleave::faults plan;
    if (count == 7) {
      plan.drop_rate = static_cast<std::uint32_t>(std::stoul(words[5]));
      plan.corrupt_rate = static_cast<std::uint32_t>(std::stoul(words[6]));
    }
    const std::string name = words[1];
    if (name == "digits") return run<demo::firmware_digits>(words[2], words[3], words[4], plan);
#ifdef KEYWORDS_WEIGHTS_FILE
    if (name == "keywords") return run<demo::firmware_keywords>(words[2], words[3], words[4], plan);
#endif
    std::cerr << name << ": no such network here\n";
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
  }
  return 1;
}
