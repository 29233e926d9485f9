// SPDX-License-Identifier: BSL-1.0
/// @file
/// Two topics of an MQTT broker as a transport: checked, then used.
///
///     example_mqtt <host> <port>

#include "check_and_run.hpp"
#include "mqtt_link.hpp"

#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

struct ends {
  links::mqtt_link first;
  links::mqtt_link second;

  ends(const std::string& broker, int port)
      : first(broker, port, "cleave/camera", links::mqtt_link::end::device),
        second(broker, port, "cleave/camera", links::mqtt_link::end::host) {
    if (!reconnect(cleave::after(first, 5'000'000))) std::puts("no broker");
  }

  /// The host's end first: messages do not wait for it.
  cleave::status reconnect(cleave::deadline by) noexcept {
    if (const cleave::status listening = second.reopen(by); !listening) return listening;
    const cleave::status begun = first.reopen(by);
    return begun ? second.accept(by) : begun;
  }
};

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) return 2;
  const std::string broker = arguments[1];
  const int port = std::atoi(arguments[2]);
  mosquitto_lib_init();
  bool good = links::check([&] { return ends(broker, port); });
  {
    ends both(broker, port);
    good = links::run(both.first, both.second) && good;
  }
  mosquitto_lib_cleanup();
  return good ? 0 : 1;
}
