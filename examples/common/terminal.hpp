// SPDX-License-Identifier: BSL-1.0
#ifndef EXAMPLES_COMMON_TERMINAL_HPP
#define EXAMPLES_COMMON_TERMINAL_HPP

/// @file
/// What an output can show: lines over lines, colours, characters beyond ASCII.

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <string_view>

namespace demo {

struct terminal {
  bool interactive = false;  ///< a person looks at it: lines may be overwritten
  bool colour = false;
  bool unicode = false;
  int columns = 100;

  std::string bold(std::string_view text) const { return dressed("1", text); }
  std::string dim(std::string_view text) const { return dressed("2", text); }
  std::string red(std::string_view text) const { return dressed("31", text); }
  std::string green(std::string_view text) const { return dressed("32", text); }

 private:
  std::string dressed(std::string_view code, std::string_view text) const {
    if (!colour) return std::string(text);
    return "\x1b[" + std::string(code) + "m" + std::string(text) + "\x1b[0m";
  }
};

/// Looks at a file descriptor and at the environment: NO_COLOR, TERM and the locale.
inline terminal look_at(int descriptor) {
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);
    return std::string_view(value ? value : "");
  };
  terminal result;
  result.interactive = isatty(descriptor) == 1 && variable("TERM") != "dumb";
  result.colour = result.interactive && variable("NO_COLOR").empty();
  std::string_view locale;
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    if (locale.empty()) locale = variable(name);
  }
  result.unicode = result.interactive && (locale.find("UTF-8") != locale.npos || locale.find("utf8") != locale.npos);
  winsize size{};
  if (ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) result.columns = size.ws_col;
  return result;
}

}  // namespace demo
#endif
