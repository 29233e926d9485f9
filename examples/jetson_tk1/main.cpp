// SPDX-License-Identifier: BSL-1.0
/// @file
/// A camera on a Jetson TK1 with a network behind it, cut where the command line says: `jetson_tk1 device` on the
/// board, `jetson_tk1 server` on a larger machine. docs/jetson_tk1.md tells the rest.

#include "frames.hpp"
#include "recogniser.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

struct device_choices : board::choices {
  std::string model;
  std::string server;
  std::string frames = "pattern";
  std::string size;
  std::vector<float> mean;
  float scale = 1.0F / 255;
  std::size_t count = 0;
  bool each = false;
  double rate_kilobytes = 0;
  double latency_milliseconds = 0;
  double timeout_milliseconds = 2000;
};

/// What has come of some frames.
struct tally {
  std::size_t frames = 0;
  std::size_t local = 0;
  double picture_seconds = 0;
  board::outcome sums;  // and the last one's class and reason

  void add(const board::outcome& one, double picture) {
    ++frames;
    picture_seconds += picture;
    local += one.local ? 1U : 0U;
    board::outcome next = one;
    next.device_microseconds += sums.device_microseconds;
    next.link_microseconds += sums.link_microseconds;
    next.server_microseconds += sums.server_microseconds;
    next.sent += sums.sent;
    next.received += sums.received;
    sums = next;
  }

  void print(double seconds) const {
    const auto milliseconds = [&](std::uint64_t sum) {
      return static_cast<double>(sum) / 1000 / static_cast<double>(frames);
    };
    const auto each = static_cast<double>(frames);
    std::printf("%6.1f frames/s  picture %.2f ms  device %.2f ms  wire+server %.2f ms (server %.2f ms)", each / seconds,
                1000 * picture_seconds / each, milliseconds(sums.device_microseconds),
                milliseconds(sums.link_microseconds), milliseconds(sums.server_microseconds));
    std::printf("  %llu bytes up  %llu down  class %zu (%.0f %%)", static_cast<unsigned long long>(sums.sent / frames),
                static_cast<unsigned long long>(sums.received / frames), sums.best,
                100 * static_cast<double>(sums.share));
    if (local > 0) std::printf("  finished here: %zu of %zu, %s", local, frames, cleave::message(sums.why));
    std::printf("\n");
    std::fflush(stdout);
  }
};

/// "640x480" as two numbers.
void read_size(const std::string& text, int& width, int& height) {
  char rest = 0;
  if (std::sscanf(text.c_str(), "%dx%d%c", &width, &height, &rest) != 2 || width < 1 || height < 1 || width > 8192 ||
      height > 8192) {
    throw std::runtime_error("--size is WIDTHxHEIGHT, at most 8192 each: '" + text + "'");
  }
}

std::unique_ptr<board::frame_source> open_frames(const device_choices& chosen) {
  int width = 0;
  int height = 0;
  if (!chosen.size.empty()) read_size(chosen.size, width, height);
  if (chosen.frames != "pattern") return std::make_unique<board::frame_stream>(chosen.frames, width, height);
  if (width == 0) return std::make_unique<board::test_picture>(640, 480);
  return std::make_unique<board::test_picture>(width, height);
}

/// HOST:PORT; the host may have colons of its own.
void read_server(device_choices& chosen) {
  if (chosen.server.empty()) return;
  const std::size_t colon = chosen.server.rfind(':');
  int port = 0;
  char rest = 0;
  if (colon == std::string::npos || colon == 0 ||
      std::sscanf(chosen.server.c_str() + colon + 1, "%d%c", &port, &rest) != 1 || port < 1 || port > 65535) {
    throw std::runtime_error("--server is HOST:PORT: '" + chosen.server + "'");
  }
  chosen.host = chosen.server.substr(0, colon);
  chosen.port = static_cast<std::uint16_t>(port);
}

void run_device(device_choices chosen) {
  using clock = std::chrono::steady_clock;
  read_server(chosen);
  chosen.bytes_per_second = static_cast<std::uint64_t>(chosen.rate_kilobytes * 1000);
  chosen.latency_microseconds = static_cast<std::uint64_t>(chosen.latency_milliseconds * 1000);
  chosen.timeout_microseconds = static_cast<std::uint32_t>(chosen.timeout_milliseconds * 1000);
  board::colour_range range{.scale = chosen.scale};
  if (!chosen.mean.empty()) std::copy_n(chosen.mean.begin(), 3, range.mean.begin());

  const auto source = open_frames(chosen);
  const auto network = chosen.model == "alexnet" ? board::make_alexnet(chosen) : board::make_mobilenet(chosen);
  std::printf("%s, %d x %d, cut behind layer %zu of %zu%s\n", chosen.model.c_str(), network->width(), network->height(),
              network->cut(), network->last(),
              network->cut() == network->last() ? ": all here" : (", codec " + chosen.codec).c_str());

  tally all;
  tally recent;
  const auto start = clock::now();
  auto shown = start;
  const auto seconds = [](auto from, auto to) { return std::chrono::duration<double>(to - from).count(); };
  for (board::frame frame; chosen.count == 0 || all.frames < chosen.count;) {
    const auto begun = clock::now();
    if (!source->next(frame)) break;
    board::fit(frame, network->width(), network->height(), range, network->input());
    const double picture = seconds(begun, clock::now());
    const board::outcome one = network->run();
    all.add(one, picture);
    recent.add(one, picture);
    const auto now = clock::now();
    if (chosen.each || seconds(shown, now) >= 1) {
      recent.print(seconds(shown, now));
      recent = {};
      shown = now;
    }
  }
  if (all.frames == 0) throw std::runtime_error("no frames");
  std::printf("\n%zu frames\n", all.frames);
  all.print(seconds(start, clock::now()));
  std::printf("%zu finished here\nchecksum of the answers %08x\n", all.local, network->checksum());
}

}  // namespace

int main(int count, char** arguments) {
  CLI::App app{"A network on a Jetson TK1, cut between the board and a server."};
  app.require_subcommand(1);
  device_choices chosen;
  demo::server_choices served;
  const auto add_network = [&](CLI::App& to) {
    to.add_option("network", chosen.model, "alexnet (227 x 227) or mobilenet (MobileNet 0.25, 96 x 96)")
        ->required()
        ->check(CLI::IsMember({"alexnet", "mobilenet"}));
    to.add_option("--weights", chosen.weights, "weight file; without one, numbers drawn at random");
    to.add_option("--seed", chosen.seed, "of the random numbers, the same at both ends")->capture_default_str();
  };

  CLI::App& device = *app.add_subcommand("device", "recognises frames, with a server's help");
  add_network(device);
  device.add_option("--server", chosen.server, "HOST:PORT; without one, everything runs here");
  device.add_option("--cut", chosen.cut, "behind which layer to cut, by number or name; 0: the frame is sent");
  device.add_option("--codec", chosen.codec, "how tensors are sent: identity or f16")
      ->check(CLI::IsMember({"identity", "f16"}))
      ->capture_default_str();
  device
      .add_option("--frames", chosen.frames, "pattern (a test picture that moves), a file, or - for the standard input")
      ->capture_default_str();
  device.add_option("--size", chosen.size, "WIDTHxHEIGHT of raw RGB24 frames; without it, files are PPM pictures");
  device.add_option("--mean", chosen.mean, "of red, green and blue, 0 to 255, taken off")->expected(3)->delimiter(',');
  device.add_option("--scale", chosen.scale, "what colours are multiplied by then; 1/255 unless said");
  device.add_option("--count", chosen.count, "frames, then stop; 0: until there are no more")->capture_default_str();
  device.add_flag("--each", chosen.each, "a line for every frame, not one a second");
  device.add_option("--rate", chosen.rate_kilobytes, "slow the link to so many kB/s")->check(CLI::NonNegativeNumber);
  device.add_option("--latency", chosen.latency_milliseconds, "and delay it by so many ms each way")
      ->check(CLI::NonNegativeNumber);
  device.add_option("--timeout", chosen.timeout_milliseconds, "ms until a frame is finished here")
      ->check(CLI::Range(1.0, 60'000.0))
      ->capture_default_str();

  CLI::App& server = *app.add_subcommand("server", "runs the layers behind any cut, for any number of boards");
  add_network(server);
  server.add_option("--port", served.port, "0: any that is free")->capture_default_str();
  server.add_option("--address", served.address, "of one interface; all unless said");
  server.add_flag("--until-input-ends", served.until_input_ends, "stop when the standard input does");
  CLI11_PARSE(app, count, arguments);

  try {
    if (device.parsed()) {
      run_device(chosen);
    } else if (chosen.model == "alexnet") {
      board::serve_alexnet(chosen, served);
    } else {
      board::serve_mobilenet(chosen, served);
    }
  } catch (const std::exception& problem) {
    std::cerr << "jetson_tk1: " << problem.what() << '\n';
    return 1;
  }
  return 0;
}
