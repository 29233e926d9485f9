// SPDX-License-Identifier: BSL-1.0
// The device's side of part b: runs one network at every cut over a slowed link, and prints a line for each:
//     cuts_device HOST PORT NETWORK LINK PLANNED SECONDS SLOWDOWN
// Every cut is timed once. Those that may be the best, and the planned one, are then timed again and again for so many
// seconds, all of them equally often and in turns. A slowdown above 1 makes this machine a slower device: it computes
// everything so many times.

#include <algorithm>
#include <chrono>
#include <cleave/runtime/session.hpp>
#include <cleave/transport/tcp_client.hpp>
#include <cleave/transport/throttled.hpp>
#include <cleave/weights/random.hpp>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "cut_networks.hpp"
#include "paced_cut.hpp"

namespace {

using seconds = std::chrono::duration<double>;

double now() { return seconds(std::chrono::steady_clock::now().time_since_epoch()).count(); }

/// Seconds for which this thread could have run while other programs had the processor, as Linux counts them; 0 where
/// it does not.
double waited() {
  std::FILE* file = std::fopen("/proc/thread-self/schedstat", "r");
  if (file == nullptr) return 0;
  unsigned long long ran = 0;
  unsigned long long waited = 0;
  const int found = std::fscanf(file, "%llu %llu", &ran, &waited);
  std::fclose(file);
  return found == 2 ? static_cast<double>(waited) * 1e-9 : 0;
}

/// What other programs took of the current request: of the device's arithmetic, and of the end of a pause of the link.
/// Both would make it another device and another link than those that are compared.
double taken_by_others = 0;

/// Adds what others take of its scope.
class undisturbed {
 public:
  undisturbed() = default;
  ~undisturbed() { taken_by_others += waited() - before_; }
  undisturbed(const undisturbed&) = delete;
  undisturbed& operator=(const undisturbed&) = delete;

 private:
  double before_ = waited();
};

/// A machine so many times as slow. To wait after the arithmetic would also multiply what cold caches cost after a
/// pause.
struct repeated {
  int times;

  template <class Compute>
  auto operator()(std::size_t, std::size_t, Compute compute) const {
    const undisturbed arithmetic;
    for (int i = 1; i < times; ++i) static_cast<void>(compute());
    return compute();
  }
};

/// A sleep that does not oversleep: the last part of it is spent awake. Where it ends late all the same, something else
/// ran. `throttled` makes up for less than a millisecond itself.
struct exact_sleep {
  void operator()(std::uint64_t microseconds) const {
    const double end = now() + static_cast<double>(microseconds) * 1e-6;
    if (microseconds > 400) cleave::thread_sleep{}(microseconds - 300);
    double woken = now();
    while (woken < end) woken = now();
    if (woken - end > 1e-3) taken_by_others += woken - end;
  }
};

/// The cuts that a first look leaves as the best, and the planned one.
std::vector<std::size_t> finalists(const std::vector<std::vector<double>>& found, std::size_t planned) {
  double best = found[0][0];
  for (const std::vector<double>& each : found) best = std::min(best, each[0]);
  std::vector<std::size_t> chosen;
  for (std::size_t cut = 0; cut < found.size(); ++cut) {
    if (cut == planned || found[cut][0] < 1.25 * best + 1e-3) chosen.push_back(cut);
  }
  return chosen;
}

struct asked {
  const char* host;
  std::uint16_t port;
  std::size_t planned;
  double seconds;  ///< for the finalists
  int slowdown;
};

template <const auto& Graph>
int time_cuts(const char* name, const neurosurgeon::cut_link& over, const asked& of) {
  using device_type = neurosurgeon::paced_cut<Graph, repeated>;
  const auto weights = cleave::random_weights<Graph>(1);
  device_type device{weights, {of.slowdown}};
  cleave::tcp::client client{of.host, of.port};
  cleave::throttled<cleave::tcp::client, exact_sleep> link{
      client,
      {.bytes_per_second = static_cast<std::uint64_t>(over.bits_per_second / 8),
       .latency_microseconds = static_cast<std::uint64_t>(over.latency_seconds * 1e6)}};
  using session_type = cleave::session<device_type, decltype(link)>;
  const auto session = std::make_unique<session_type>(device, link, cleave::codecs::identity{},
                                                      cleave::session_options{.timeout_microseconds = 60'000'000});
  std::vector<float> pixels(Graph.nodes[0].out.size());
  for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<float>(i % 251) / 251.0F;
  const std::span<const float, Graph.nodes[0].out.size()> input{pixels.data(), Graph.nodes[0].out.size()};

  std::vector<std::vector<double>> found(Graph.last + 1);
  const auto time = [&](std::size_t cut) {
    static_cast<void>(device.set_cut(cut));
    taken_by_others = 0;
    const double begin = now();
    const auto answer = (*session)(input);
    found[cut].push_back(now() - begin - taken_by_others);
    if (!answer) std::fprintf(stderr, "cut %zu: %s\n", cut, cleave::message(answer.error()));
    return static_cast<bool>(answer);
  };
  for (const std::size_t cut : {std::size_t{0}, Graph.last}) {  // connects and warms up
    if (!time(cut)) return 1;
    found[cut].clear();
  }
  for (std::size_t cut = 0; cut <= Graph.last; ++cut) {
    if (!time(cut)) return 1;
  }
  constexpr int least_rounds = 5;
  constexpr int most_rounds = 60;
  std::vector<std::size_t> chosen = finalists(found, of.planned);
  const double end = now() + of.seconds;
  for (int round = 0; round < most_rounds && (round < least_rounds || now() < end); ++round) {
    for (const std::size_t cut : chosen) {
      if (!time(cut)) return 1;
    }
    std::reverse(chosen.begin(), chosen.end());  // what changes slowly shall not meet the same ones first
  }
  for (std::size_t cut = 0; cut <= Graph.last; ++cut) {
    std::sort(found[cut].begin(), found[cut].end());
    std::printf("%s,%s,%zu,%.9f,%.9f,%zu\n", name, over.name, cut, found[cut].front(),
                found[cut][found[cut].size() / 2], found[cut].size());
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 8) {
    std::fprintf(stderr, "cuts_device HOST PORT NETWORK LINK PLANNED SECONDS SLOWDOWN\n");
    return 2;
  }
  const std::string network = argv[3];
  const std::string link = argv[4];
  const asked of{argv[1], static_cast<std::uint16_t>(std::atoi(argv[2])), std::strtoul(argv[5], nullptr, 10),
                 std::atof(argv[6]), std::atoi(argv[7])};
  int result = 2;
  neurosurgeon::for_each_cut_network([&]<const auto & Graph>(const char* name) {
    for (const neurosurgeon::cut_link& over : neurosurgeon::cut_links) {
      if (name == network && over.name == link) result = time_cuts<Graph>(name, over, of);
    }
  });
  return result;
}
