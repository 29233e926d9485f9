// SPDX-License-Identifier: BSL-1.0

// Many devices, one server, and what happens when it freezes, dies and comes back.
//
//     server_load [--connections 200] [--requests 20000] [--timeout 500] [--calm] [--strict]
//
// One process is the server, one the devices, and a third starts and stops them. Devices cut LeNet-5 behind every
// layer, every fourth of them sends half floats, and every second can finish by itself. A fifth of the way through, the
// server is frozen for longer than the devices wait; two fifths of the way it is killed, and started again half a
// second later; in the end it is asked to stop. With --calm nothing happens to it. Every answer is compared with that
// of the whole network. With --strict a reply that comes 100 ms after the time-out, or later, is a failure: for
// machines with nothing else to do.

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cleave/core/random_bits.hpp>
#include <cleave/core/static_for.hpp>
#include <cleave/models/lenet5.hpp>
#include <cleave/network/network.hpp>
#include <cleave/runtime/server.hpp>
#include <cleave/runtime/session.hpp>
#include <cleave/transport/tcp_client.hpp>
#include <cleave/transport/tcp_listener.hpp>
#include <cleave/weights/random.hpp>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string_view>
#include <thread>
#include <vector>

#include "child_process.hpp"

namespace {

using archetypes::child_process;

using cleave::errc;
using cleave::models::lenet5;
using std::chrono::milliseconds;
using clock_type = std::chrono::steady_clock;
using answer_type = std::array<float, 10>;

struct settings {
  int connections = 200;
  int requests = 20000;
  int timeout = 500;  // milliseconds
  bool calm = false;
  bool strict = false;
};

// ---- the server's process

cleave::server<lenet5>* running = nullptr;

/// Serves on `port` (0: any) and tells through `tell` which; returns when SIGTERM comes.
[[noreturn]] void serve(std::uint16_t port, int tell) {
  const auto weights = cleave::random_weights<lenet5>(42);
  cleave::server<lenet5> server{weights};
  cleave::tcp::listener listener{port};
  running = &server;
  std::signal(SIGTERM, [](int) { running->stop(); });
  const std::uint16_t taken = listener.port();
  if (write(tell, &taken, sizeof taken) != sizeof taken) std::_Exit(1);
  const errc end = server.run(listener);
  const auto done = server.statistics();
  const auto number = [](std::uint64_t value) { return static_cast<unsigned long long>(value); };
  std::printf("server: %s; %llu connections, %llu requests, %llu answers, %llu errors; %u us for one\n",
              cleave::message(end), number(done.connections_accepted), number(done.requests), number(done.answers),
              number(done.errors), done.service_microseconds);
  std::fflush(stdout);
  std::_Exit(end == errc::ok && done.requests == done.answers ? 0 : 1);
}

// ---- the devices' process

struct tally {
  std::atomic<int> answered{0};
  std::atomic<int> local{0};
  std::atomic<int> wrong{0};
  std::atomic<int> lost{0};  // with a fallback, and no answer
  std::atomic<int> late{0};  // later than the time-out
  std::array<std::atomic<int>, 64> failed{};
  std::atomic<int> recovered{0};
  std::atomic<bool> restarted{false};
  std::mutex times_mutex;
  std::vector<double> times;   // microseconds of requests that the server answered
  double longest_failure = 0;  // microseconds
};

struct picture {
  std::array<float, 784> pixels;
  answer_type expected;
};

std::vector<picture> draw() {
  static const auto weights = cleave::random_weights<lenet5>(42);
  static cleave::network<lenet5> whole{weights};
  cleave::random_bits random(5);
  std::vector<picture> all(64);
  for (picture& each : all) {
    for (float& pixel : each.pixels) pixel = static_cast<float>(random.below(256)) / 255.0F;
    const auto answer = whole(each.pixels);
    std::copy(answer.begin(), answer.end(), each.expected.begin());
  }
  return all;
}

/// One device's life with a session of any kind.
template <class Session>
void live(Session& session, int who, bool exact, const settings& how, const std::vector<picture>& pictures,
          tally& sum) {
  cleave::random_bits random(static_cast<std::uint64_t>(who) + 100);
  const int share = how.requests / how.connections;
  std::vector<double> times;
  double longest = 0;
  bool came_back = how.calm;
  for (int done = 0; done < share || !came_back;) {
    const picture& shown = pictures[random.below(pictures.size())];
    const auto start = clock_type::now();
    const auto answer = session(shown.pixels);
    const auto spent = std::chrono::duration<double, std::micro>(clock_type::now() - start).count();
    const bool in_time = spent <= how.timeout * 1000.0 + 100'000;  // and what a busy machine adds
    if (!in_time) ++sum.late;
    if (!answer) {
      ++sum.failed[static_cast<std::size_t>(answer.error())];
      if (Session::has_fallback) ++sum.lost;
      longest = std::max(longest, spent);
      std::this_thread::sleep_for(milliseconds(5));
      continue;
    }
    bool right = true;
    for (std::size_t i = 0; i < shown.expected.size(); ++i) {
      const bool bits = std::memcmp(&(*answer)[i], &shown.expected[i], 4) == 0;
      right = right && (exact || session.local() ? bits : std::abs((*answer)[i] - shown.expected[i]) < 0.01F);
    }
    if (!right) ++sum.wrong;
    ++sum.answered;
    ++done;
    if (session.local()) {
      ++sum.local;
      std::this_thread::sleep_for(milliseconds(2));
    } else {
      times.push_back(spent);
      if (sum.restarted && !came_back) {
        came_back = true;
        ++sum.recovered;
      }
    }
  }
  const std::lock_guard hold(sum.times_mutex);
  sum.times.insert(sum.times.end(), times.begin(), times.end());
  sum.longest_failure = std::max(sum.longest_failure, longest);
}

template <std::size_t Cut>
void device(int who, std::uint16_t port, const settings& how, const std::vector<picture>& pictures, tally& sum) {
  static const auto weights = cleave::random_weights<lenet5>(42);
  using half = cleave::device_half<lenet5, Cut>;
  using rest = cleave::remote_half<lenet5, Cut>;
  const auto first = std::make_unique<half>(weights);
  const auto second = std::make_unique<rest>(weights);
  cleave::tcp::client link{who % 3 == 0 ? "localhost" : "127.0.0.1", port};
  const cleave::session_options options{.timeout_microseconds = static_cast<std::uint32_t>(how.timeout) * 1000,
                                        .hold_off_microseconds = 100'000};
  if (who % 2 == 0) {
    cleave::session session{*first, link, cleave::codecs::identity{}, *second, options};
    live(session, who, true, how, pictures, sum);
  } else if (who % 4 == 1) {
    cleave::session session{*first, link, cleave::codecs::f16{}, options};
    live(session, who, false, how, pictures, sum);
  } else {
    cleave::session session{*first, link, cleave::codecs::identity{}, options};
    live(session, who, true, how, pictures, sum);
  }
}

/// Runs all devices. Tells through `tell` when it is time to freeze ('f') and to kill ('k') the server and hears
/// through `hear` when it is back.
[[noreturn]] void run_devices(std::uint16_t port, const settings& how, int tell, int hear) {
  const auto pictures = draw();
  tally sum;
  using device_function = void (*)(int, std::uint16_t, const settings&, const std::vector<picture>&, tally&);
  std::vector<device_function> by_cut;
  cleave::static_for<lenet5.last>([&]<std::size_t Cut>() { by_cut.push_back(&device<Cut>); });

  const auto start = clock_type::now();
  std::vector<std::thread> devices;
  for (int who = 0; who < how.connections; ++who) {
    const auto run = by_cut[static_cast<std::size_t>(who) % by_cut.size()];
    devices.emplace_back([=, &how, &pictures, &sum] { run(who, port, how, pictures, sum); });
  }
  if (!how.calm) {
    char back = 0;
    int fifths = 0;
    for (const char what : {'f', 'k'}) {
      ++fifths;
      while (sum.answered < how.requests * fifths / 5) std::this_thread::sleep_for(milliseconds(1));
      if (write(tell, &what, 1) != 1 || read(hear, &back, 1) != 1) std::_Exit(1);
    }
    sum.restarted = true;
  }
  for (std::thread& each : devices) each.join();
  const double seconds = std::chrono::duration<double>(clock_type::now() - start).count();

  std::sort(sum.times.begin(), sum.times.end());
  const auto at = [&](double part) {
    return sum.times.empty() ? 0
                             : sum.times[static_cast<std::size_t>(static_cast<double>(sum.times.size() - 1) * part)];
  };
  std::printf("devices: %d, %d answers (%d made locally) in %.2f s, %d wrong\n", how.connections, sum.answered.load(),
              sum.local.load(), seconds, sum.wrong.load());
  std::printf("answered by the server: p50 %.0f us, p95 %.0f us, p99 %.0f us\n", at(0.5), at(0.95), at(0.99));
  std::printf("with fallback: %d lost. Without: errors", sum.lost.load());
  for (std::size_t i = 0; i < sum.failed.size(); ++i) {
    if (sum.failed[i] > 0) std::printf(" '%s' x %d", cleave::message(static_cast<errc>(i)), sum.failed[i].load());
  }
  std::printf("; the latest after %.1f ms (time-out %d ms); %d replies late\n", sum.longest_failure / 1000, how.timeout,
              sum.late.load());
  if (!how.calm) std::printf("recovered after the restart: %d of %d\n", sum.recovered.load(), how.connections);
  std::fflush(stdout);
  const bool good = sum.wrong == 0 && sum.lost == 0 && (sum.late == 0 || !how.strict) &&
                    sum.answered >= how.requests / how.connections * how.connections &&
                    (how.calm || sum.recovered == how.connections);
  std::_Exit(good ? 0 : 1);
}

// ---- the process that starts and stops the others

settings parse(int count, char** words) {
  settings how;
  for (int i = 1; i < count; ++i) {
    const std::string_view word = words[i];
    const int value = i + 1 < count ? std::atoi(words[i + 1]) : 0;
    if (word == "--calm") how.calm = true;
    if (word == "--strict") how.strict = true;
    if (word == "--connections") how.connections = value;
    if (word == "--requests") how.requests = value;
    if (word == "--timeout") how.timeout = value;
  }
  return how;
}

}  // namespace

int main(int count, char** words) {
  const settings how = parse(count, words);
  auto server = std::make_unique<child_process>([](int tell, int) { serve(0, tell); });
  const auto port = server->hear<std::uint16_t>();
  if (port == 0) return 2;
  const child_process devices([&](int tell, int hear) { run_devices(port, how, tell, hear); });
  const auto back = [&] { return write(devices.to, "b", 1) == 1; };
  for (char what = devices.hear<char>(); what != 0; what = devices.hear<char>()) {
    if (what == 'f') {
      kill(server->pid, SIGSTOP);
      std::this_thread::sleep_for(milliseconds(2 * how.timeout));
      kill(server->pid, SIGCONT);
    } else {
      kill(server->pid, SIGKILL);
      server->wait();
      std::this_thread::sleep_for(milliseconds(500));
      server = std::make_unique<child_process>([&](int tell, int) { serve(port, tell); });
      if (server->hear<std::uint16_t>() != port) return 2;
    }
    if (!back()) return 2;
  }
  const int devices_end = devices.wait();
  kill(server->pid, SIGTERM);
  const int server_end = server->wait();
  std::printf("devices %s, server %s\n", devices_end == 0 ? "passed" : "FAILED", server_end == 0 ? "passed" : "FAILED");
  return devices_end == 0 && server_end == 0 ? 0 : 1;
}
