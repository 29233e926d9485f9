// SPDX-License-Identifier: BSL-1.0
// Runs the suites of kernels and codecs on a board, with doctest/doctest.h beside this file. Ends with status 0 when
// all checks held.
#include <doctest/doctest.h>

namespace {

void call_debugger(std::uint32_t operation, const void* argument) {
  register std::uint32_t what asm("r0") = operation;
  register const void* with asm("r1") = argument;
  asm volatile("bkpt 0xab" : "+r"(what) : "r"(with) : "memory");
}

void print(const char* text) { call_debugger(4, text); }  // SYS_WRITE0

void print(std::uint32_t number) {
  char text[11];
  char* at = text + 10;
  *at = 0;
  do *--at = static_cast<char>('0' + number % 10);
  while ((number /= 10) != 0);
  print(at);
}

const char* running = "";

}  // namespace

extern "C" {
[[noreturn]] void abort();
// Static objects of the suites need not be destroyed.
void* __dso_handle = nullptr;
int __aeabi_atexit(void*, void (*)(void*), void*) { return 0; }
}

void doctest::failed(const char* file, int line, const char* expression, bool fatal) {
  if (test_case::failures() > 20 && !fatal) return;
  print(running);
  print("\n  ");
  print(file);
  print(":");
  print(static_cast<std::uint32_t>(line));
  print(": ");
  print(expression);
  print("\n");
  if (fatal) abort();
}

int main() {
  std::uint32_t cases = 0;
  for (const doctest::test_case* each = doctest::test_case::first(); each != nullptr; each = each->next) {
    running = each->title;
    each->body();
    ++cases;
  }
  print(cases);
  print(" cases, ");
  print(doctest::test_case::checks());
  print(" checks, ");
  print(doctest::test_case::failures());
  print(" failed\n");
  return cases != 0 && doctest::test_case::failures() == 0 ? 0 : 1;
}
