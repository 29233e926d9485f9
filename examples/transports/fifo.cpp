// SPDX-License-Identifier: BSL-1.0
/// @file
/// Two named pipes as a transport: checked, then used.

#include "check_and_run.hpp"
#include "fifo_link.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

struct ends {
  links::fifo_link first;
  links::fifo_link second;

  cleave::status reconnect(cleave::deadline by) noexcept {
    for (links::fifo_link* each : {&first, &second}) {
      if (const cleave::status opened = each->reopen(by); !opened) return opened;
    }
    const cleave::status connected = first.connect(by);
    return connected ? second.connect(by) : connected;
  }
};

}  // namespace

int main() {
  std::signal(SIGPIPE, SIG_IGN);
  char folder[] = "/tmp/cleave_fifo_XXXXXX";
  if (::mkdtemp(folder) == nullptr) return 1;
  const std::string up = std::string(folder) + "/up";
  const std::string down = std::string(folder) + "/down";
  if (::mkfifo(up.c_str(), 0600) != 0 || ::mkfifo(down.c_str(), 0600) != 0) return 1;

  bool good = links::check([&] {
    struct connected : ends {
      connected(const std::string& there, const std::string& back) : ends{{back, there}, {there, back}} {
        static_cast<void>(reconnect(cleave::after(first, 1'000'000)));
      }
    };
    return connected(up, down);
  });
  {
    links::fifo_link device{down, up};
    links::fifo_link host{up, down};
    good = links::run(device, host) && good;
  }
  ::unlink(up.c_str());
  ::unlink(down.c_str());
  ::rmdir(folder);
  return good ? 0 : 1;
}
