// SPDX-License-Identifier: BSL-1.0
#ifndef EXAMPLES_TRANSPORTS_CHECK_AND_RUN_HPP
#define EXAMPLES_TRANSPORTS_CHECK_AND_RUN_HPP

/// @file
/// What the examples of transports do with theirs: the library's conformance check, then a network cut in two, with a
/// server behind a gateway at the other end.

#include <cleave/cleave.hpp>
#include <cleave/serial.hpp>
#include <cleave/tcp.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <thread>

namespace links {

inline constexpr auto net = cleave::graph{
    cleave::input{.channels = 256},
    cleave::dense{.units = 400, .name = "seen"},
    cleave::relu{},
    cleave::dense{.units = 10},
    cleave::softmax{},
};

/// `make()` gives ends called `first` and `second`. True when everything is as it must be.
template <class MakeEnds>
bool check(MakeEnds make) {
  constexpr std::uint64_t patience = 5'000'000;  // microseconds: a machine may be busy with something else
  // [check]
  const auto report = cleave::testing::check_transport(make, patience);
  for (const auto& each : report.entries()) {
    using outcome = cleave::testing::transport_report::outcome;
    const char* came = each.came == outcome::passed ? "passed" : each.came == outcome::failed ? "FAILED" : "skipped";
    std::printf("%s  %s\n", came, each.what);
  }
  // [/check]
  return static_cast<bool>(report);
}

/// A device at `device`, a server behind `host`: true when the answers have the whole network's bits.
template <class Device, class Host>
bool run(Device& device, Host& host) {
  const auto weights = cleave::random_weights<net>(42);
  std::array<float, 256> image{};
  for (std::size_t at = 0; at < image.size(); ++at) image[at] = static_cast<float>(at % 29) / 29;
  cleave::network<net> whole{weights};

  // [host]
  cleave::server<net> server{weights};
  cleave::tcp::listener listener{0};
  std::thread serving([&] { server.run(listener); });
  cleave::tcp::gateway gateway{host, "127.0.0.1", listener.port()};  // from any transport to the server
  std::thread carrying([&] { gateway.run(); });
  // [/host]

  // [device]
  cleave::device_half<net, "seen"> half{weights};
  cleave::session session{half, device};
  const auto answer = session(image);
  // [/device]
  int same = 0;
  const auto compare = [&](const auto& came) {
    if (!came) std::printf("%s\n", cleave::message(came.error()));
    if (came && std::ranges::equal(*came, whole(image))) ++same;
  };
  compare(answer);
  for (int i = 1; i < 20; ++i) compare(session(image));
  gateway.stop();
  carrying.join();
  server.stop();
  serving.join();
  std::printf("%d of 20 answers of a server there have the bits of the whole network\n", same);
  return same == 20;
}

}  // namespace links
#endif
