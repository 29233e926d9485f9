// SPDX-License-Identifier: BSL-1.0
#include "server_process.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <stdexcept>
#include <system_error>
#include <utility>

extern char** environ;

namespace demo {
namespace {

/// One end of a pipe, closed when it goes out of scope.
class descriptor {
 public:
  explicit descriptor(int number = -1) : number_(number) {}
  descriptor(descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  descriptor& operator=(descriptor&&) = delete;
  ~descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int get() const { return number_; }
  int release() { return std::exchange(number_, -1); }

 private:
  int number_;
};

[[noreturn]] void fail(int code, const char* what) { throw std::system_error(code, std::generic_category(), what); }

std::pair<descriptor, descriptor> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) fail(errno, "pipe");
  return {descriptor(ends[0]), descriptor(ends[1])};
}

/// The first line that comes, without its end; what came so far when there is no more.
std::string read_line(int from) {
  std::string line;
  for (char character = 0;;) {
    const auto count = ::read(from, &character, 1);
    if (count < 0 && errno == EINTR) continue;
    if (count != 1 || character == '\n') return line;
    line += character;
  }
}

}  // namespace

server_process::server_process(std::vector<std::string> arguments) {
  auto [its_input, our_end] = make_pipe();
  auto [what_it_says, its_output] = make_pipe();

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, its_input.get(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, its_output.get(), STDOUT_FILENO);
  std::string self = "/proc/self/exe";
  std::vector<char*> words{self.data()};
  for (std::string& word : arguments) words.push_back(word.data());
  words.push_back(nullptr);
  const int spawned = ::posix_spawn(&id_, self.c_str(), &actions, nullptr, words.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (spawned != 0) fail(spawned, "starting the server");
  its_input_ = our_end.release();

  { const descriptor no_longer_ours = std::move(its_output); }
  const std::string line = read_line(what_it_says.get());
  const auto digits = line.find_last_not_of("0123456789") + 1;
  const auto parsed = std::from_chars(line.data() + digits, line.data() + line.size(), port_);
  if (parsed.ec != std::errc() || port_ == 0) {
    ::close(its_input_);
    ::waitpid(id_, nullptr, 0);
    throw std::runtime_error("the server did not start");
  }
}

server_process::~server_process() {
  ::close(its_input_);
  while (::waitpid(id_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace demo
