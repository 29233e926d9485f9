// SPDX-License-Identifier: BSL-1.0
#include "demo.hpp"

#include <CLI/CLI.hpp>

#include <stdexcept>

namespace demo {
namespace {

void split_address(const std::string& text, connection& to) {
  const auto colon = text.rfind(':');
  if (colon == text.npos || colon == 0 || !parse(text.substr(colon + 1), to.port) || to.port == 0) {
    throw std::runtime_error("'" + text + "' is not of the form host:port");
  }
  to.host = text.substr(0, colon);
  if (to.host.front() == '[' && to.host.back() == ']') to.host = to.host.substr(1, to.host.size() - 2);
}

}  // namespace

CLI::App* add_options(CLI::App& app, choices& chosen, server_choices& server, const wording& words,
                      const std::string& labels) {
  app.add_option("--cut", chosen.cut, "only this cut: a layer's number or label, such as " + labels);
  app.add_option("--codec", chosen.codec, "how tensors travel")
      ->check(CLI::IsMember({"identity", "f16"}))
      ->capture_default_str();
  app.add_option("--connect", chosen.connect, "use the server at host:port instead of starting one");
  app.add_option("--bandwidth", chosen.bandwidth,
                 "slow the link down to so many bytes a second (11520: a UART of 115200 baud)");
  app.add_option("--latency", chosen.latency, "delay the link by so many microseconds each way");
  app.add_option("--count", chosen.count, "only the first so many held-out " + words.things);
  app.add_option("--rounds", chosen.rounds, "how often the " + words.things + " are sent through each cut")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  app.add_option("--weights", chosen.weights, "the weight blob, where it is not that of the build or the data");
  app.add_flag("--json", chosen.json, "figures as JSON instead of tables");

  CLI::App* serve = app.add_subcommand("server", "only the server, for devices on other machines");
  serve->add_option("--port", server.port, "the port to listen on; 0 takes any free one")->default_val(7070);
  serve->add_option("--address", server.address, "listen on this interface only");
  serve->add_option("--weights", server.weights, "the weight blob");
  serve->add_flag("--until-input-ends", server.until_input_ends, "stop when the standard input ends");
  return serve;
}

std::unique_ptr<server_process> connect(const choices& chosen, findings& found) {
  found.rounds = chosen.rounds;
  found.to.half_floats = chosen.codec == "f16";
  found.to.profile.bytes_per_second = chosen.bandwidth;
  found.to.profile.latency_microseconds = chosen.latency;
  if (!chosen.connect.empty()) {
    split_address(chosen.connect, found.to);
    return nullptr;
  }
  auto server = std::make_unique<server_process>(std::vector<std::string>{
      "server", "--port", "0", "--address", "127.0.0.1", "--until-input-ends", "--weights", chosen.weights});
  found.server_process = server->id();
  found.to.host = "127.0.0.1";
  found.to.port = server->port();
  return server;
}

}  // namespace demo
