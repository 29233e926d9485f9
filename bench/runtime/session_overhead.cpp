// SPDX-License-Identifier: BSL-1.0
//
// What a session and a server add to a split request: over loopback TCP, the time from picture to answer, less a bare
// exchange of the same bytes over the same kind of sockets, less both halves' own time. The session's client stays
// awake for answers that come soon, as every client does unless told otherwise. All are measured in turns, and so is a
// session whose client sleeps, as both ends of the bare exchange do, and, to put beside that, a bare exchange with the
// halves around it, for what that takes more than its parts alone is not the session's doing.
//     bench_session [--json FILE]
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdio>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cleave/cleave.hpp>
#include <cleave/models/lenet5.hpp>
#include <cleave/models/resnet8.hpp>
#include <cleave/tcp.hpp>

#include "../kernels/peak.hpp"
#include "../numbers.hpp"
#include "../report.hpp"

namespace {

using namespace cleave_bench;

/// A TCP connection on this machine without anything around it: blocking, nothing held back.
class bare_socket {
 public:
  explicit bare_socket(int number) : number_(number) {
    const int yes = 1;
    setsockopt(number_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  }
  ~bare_socket() { close(number_); }
  bare_socket(const bare_socket&) = delete;
  bare_socket& operator=(const bare_socket&) = delete;

  bool send(const std::vector<std::byte>& bytes) const {
    return write(number_, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size());
  }
  bool receive(std::vector<std::byte>& bytes) const {
    for (std::size_t got = 0; got < bytes.size();) {
      const ssize_t more = read(number_, bytes.data() + got, bytes.size() - got);
      if (more <= 0) return false;
      got += static_cast<std::size_t>(more);
    }
    return true;
  }

 private:
  int number_;
};

/// Answers `request` bytes with `answer` bytes, again and again, with `work` in between.
class bare_echo {
 public:
  bare_echo(std::size_t request, std::size_t answer, std::function<void()> work)
      : request_(request), answer_(answer), work_(std::move(work)) {
    const int listening = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    if (bind(listening, generic, size) != 0 || listen(listening, 1) != 0) return;
    getsockname(listening, generic, &size);
    const int near = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(near, generic, size) == 0) {
      near_.emplace(near);
      far_.emplace(accept(listening, nullptr, nullptr));
      serving_ = std::thread{[this] {
        std::vector<std::byte> in(request_.size());
        while (far_->receive(in)) {
          work_();
          if (!far_->send(answer_)) return;
        }
      }};
    }
    close(listening);
  }
  ~bare_echo() {
    near_.reset();
    if (serving_.joinable()) serving_.join();
  }

  bool exchange() {
    std::vector<std::byte>& in = received_;
    in.resize(answer_.size());
    return near_ && near_->send(request_) && near_->receive(in);
  }

 private:
  std::vector<std::byte> request_;
  std::vector<std::byte> answer_;
  std::vector<std::byte> received_;
  std::function<void()> work_;
  std::optional<bare_socket> near_;
  std::optional<bare_socket> far_;
  std::thread serving_;
};

/// One core for the device and one for the servers, so that threads that wake each other find the same ways in all that
/// is compared. Threads inherit what their maker has.
class cores {
 public:
  cores() {
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
    for (int core = 0; core < CPU_SETSIZE; ++core) {
      if (CPU_ISSET(core, &allowed)) numbers_.push_back(core);
    }
  }
  bool are_two() const { return numbers_.size() >= 2; }
  void here_is_the_device() const { stay(numbers_.empty() ? 0 : numbers_.back()); }
  void here_is_a_server() const {
    stay(numbers_.empty() ? 0 : numbers_[numbers_.size() > 1 ? numbers_.size() - 2 : 0]);
  }

 private:
  static void stay(int core) {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(core, &one);
    sched_setaffinity(0, sizeof one, &one);
  }
  std::vector<int> numbers_;
};

struct times {
  std::vector<double> all;
  double least() const { return *std::min_element(all.begin(), all.end()); }
  double median() const {
    std::vector<double> sorted = all;
    std::nth_element(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2), sorted.end());
    return sorted[sorted.size() / 2];
  }
};

/// The most that a session and a server may add, in microseconds.
constexpr double limit = 15;

/// What is timed.
enum timed_thing : std::size_t {
  whole_session,  ///< with the options that a client has unless told otherwise
  asleep,         ///< the same, but it sleeps while it waits
  exchange_alone,
  device_half,
  remote_half,
  exchange_with_halves,
  timed_things
};

template <const auto& Graph, cleave::cut_point Cut>
bool measure(const char* name, const cores& where, std::vector<result>& results) {
  constexpr std::size_t cut = Cut.in(Graph);
  const auto weights = cleave::random_weights<Graph>(42);
  const floats picture = numbers(Graph.nodes[0].out.size(), 1);
  const std::span<const float, Graph.nodes[0].out.size()> input{picture};
  const auto whole = cleave::make_network<Graph>(weights);
  auto here = whole->template split<Cut>();
  auto& device = here.device;
  auto& remote = here.remote;

  where.here_is_a_server();
  cleave::server<Graph> server{weights};
  cleave::tcp::listener listener{0};
  std::thread serving{[&] { server.run(listener); }};
  cleave::tcp::client link{"127.0.0.1", listener.port()};
  cleave::session session{device, link};
  cleave::tcp::client sleepy{"127.0.0.1", listener.port(), {.spin_microseconds = 0}};
  cleave::session sleeping{device, sleepy};

  using tensors = typename decltype(here.device)::tensors;
  using sizes = cleave::detail::exchange_sizes<tensors, cleave::codecs::identity>;
  constexpr std::size_t request = cleave::frame_bytes(sizes{}.request);
  constexpr std::size_t answer = cleave::frame_bytes(sizes{}.answer);
  bare_echo bare(request, answer, [] {});
  auto distant = whole->template split<Cut>();
  const auto there = distant.device(input);
  bare_echo around(request, answer, [&] { (void)distant.remote(there); });
  where.here_is_the_device();

  bool sound = bare.exchange() && around.exchange();
  const auto wanted = cleave::make_network<Graph>(weights);
  const auto expected = (*wanted)(input);
  {
    const auto got = session(input);
    sound = sound && got && std::equal(expected.begin(), expected.end(), got->begin());
    const auto again = sleeping(input);
    sound = sound && again && std::equal(expected.begin(), expected.end(), again->begin());
  }
  std::array<times, timed_things> spent;
  const auto timed = [&](times& into, auto work) {
    const double begin = seconds();
    work();
    into.all.push_back(seconds() - begin);
  };
  const auto crossing = device(input);
  const auto between_halves = [&] {
    (void)device(input);
    sound = sound && around.exchange();
  };
  for (int round = 0; sound && round < 400; ++round) {
    // Several of a kind behind each other: what is asked for now and then wakes up sleeping cores, which is not ours.
    // What is compared comes behind the same.
    for (int i = 0; i < 10; ++i) timed(spent[exchange_alone], [&] { sound = sound && bare.exchange(); });
    for (int i = 0; i < 20; ++i) timed(spent[asleep], [&] { sound = sound && sleeping(input); });
    for (int i = 0; i < 10; ++i) timed(spent[exchange_alone], [&] { sound = sound && bare.exchange(); });
    for (int i = 0; i < 20; ++i) timed(spent[exchange_with_halves], between_halves);
    for (int i = 0; i < 20; ++i) timed(spent[whole_session], [&] { sound = sound && session(input); });
    for (int i = 0; i < 20; ++i) timed(spent[device_half], [&] { (void)device(input); });
    for (int i = 0; i < 20; ++i) timed(spent[remote_half], [&] { (void)remote(crossing); });
  }
  server.stop();
  serving.join();
  if (!sound) {
    std::fprintf(stderr, "%s: no answer, or not the network's\n", name);
    return false;
  }
  const auto least_of = [&](std::size_t which) { return 1e6 * spent[which].least(); };
  const auto median_of = [&](std::size_t which) { return 1e6 * spent[which].median(); };
  const auto parts = [](auto of) { return of(exchange_alone) + of(device_half) + of(remote_half); };
  const double least = least_of(whole_session) - parts(least_of);
  const double median = median_of(whole_session) - parts(median_of);
  const double when_asleep = median_of(asleep) - parts(median_of);
  const double beside = median_of(asleep) - median_of(exchange_with_halves);
  std::printf("%-22s %6zu %4zu", name, request, answer);
  for (const times& each : spent) std::printf("%9.2f /%7.2f", each.least() * 1e6, each.median() * 1e6);
  std::printf("%9.2f /%7.2f%9.2f%9.2f\n", least, median, when_asleep, beside);
  std::fflush(stdout);
  results.push_back({std::string("session overhead, least, us: ") + name, least, limit, least <= limit});
  results.push_back({std::string("session overhead, median, us: ") + name, median, limit, median <= limit});
  results.push_back({std::string("session overhead with spin_microseconds = 0, median, us: ") + name, when_asleep});
  results.push_back({std::string("the same beside its halves around a bare exchange, median, us: ") + name, beside,
                     limit, beside <= limit});
  static_assert(cut > 0);
  return true;
}

}  // namespace

int main(int count, char** arguments) {
  const bool has_file = count == 3 && std::string(arguments[1]) == "--json";
  if (count != 1 && !has_file) {
    std::fprintf(stderr, "bench_session [--json FILE]\n");
    return 2;
  }
  std::printf("microseconds, least / median of 8000 requests over loopback TCP, one at a time\n");
  std::printf("%-22s %6s %4s%18s%18s%18s%18s%18s%18s%18s%9s%9s\n", "network and cut", "bytes", "back", "session",
              "asleep", "bare exchange", "device half", "remote half", "bare with halves", "added", "asleep", "beside");
  const cores where;
  if (!where.are_two()) std::printf("device and server share the only core\n");
  std::vector<result> results;
  bool sound = measure<cleave::models::lenet5, "pool2">("LeNet-5 behind pool2", where, results);
  sound = measure<cleave::models::resnet8, "stack2">("ResNet-8 behind stack2", where, results) && sound;
  if (has_file) sound = write_json(arguments[2], results, "tools/bench --only session") && sound;
  return sound ? 0 : 1;
}
