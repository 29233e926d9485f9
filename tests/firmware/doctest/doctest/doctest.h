// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_TESTS_FIRMWARE_DOCTEST_H
#define CLEAVE_TESTS_FIRMWARE_DOCTEST_H

/// @file
/// As much of doctest as the suites of kernels and codecs use, for a board: no streams, no exceptions. Put before the
/// real one on the include path; run_suites.cpp has main. A check that fails is printed through the debugger.

#include <cstdint>
#include <initializer_list>  // the real one brings it, and tests loop over lists

namespace doctest {

struct test_case {
  const char* title;
  void (*body)();
  test_case* next = nullptr;

  static test_case*& first() {
    static test_case* list = nullptr;
    return list;
  }
  static std::uint32_t& checks() {
    static std::uint32_t count = 0;
    return count;
  }
  static std::uint32_t& failures() {
    static std::uint32_t count = 0;
    return count;
  }

  test_case(const char* what, void (*how)()) : title(what), body(how), next(first()) { first() = this; }
};

/// Prints the failed check, and counts. `fatal` ends the program.
void failed(const char* file, int line, const char* expression, bool fatal);

inline void check(bool held, const char* file, int line, const char* expression, bool fatal) {
  ++test_case::checks();
  if (held) return;
  ++test_case::failures();
  failed(file, line, expression, fatal);
}

template <class Case, class... Types>
bool add_template(const char* title) {
  ([&] { static test_case each(title, [] { Case{}.template operator()<Types>(); }); }(), ...);
  return true;
}

/// A number that is as good as equal.
class Approx {
 public:
  explicit Approx(double value) : value_(value) {}
  Approx& epsilon(double share) {
    epsilon_ = share;
    return *this;
  }
  Approx& scale(double size) {
    scale_ = size;
    return *this;
  }
  friend bool operator==(double left, const Approx& right) {
    const double size = __builtin_fmax(__builtin_fabs(left), __builtin_fabs(right.value_));
    return __builtin_fabs(left - right.value_) < right.epsilon_ * (right.scale_ + size);
  }

 private:
  double value_;
  double epsilon_ = 1.1920929e-05;  // as doctest's: 100 times that of float
  double scale_ = 1;
};

}  // namespace doctest

#define CLEAVE_JOIN_(a, b) a##b
#define CLEAVE_JOIN(a, b) CLEAVE_JOIN_(a, b)
#define CLEAVE_CASE(name, title)                              \
  static void name();                                         \
  static doctest::test_case CLEAVE_JOIN(name, _)(title, name); \
  static void name()
#define CLEAVE_CASES(name, title, Type, ...)                                                              \
  template <class Type>                                                                                   \
  static void name();                                                                                     \
  static const bool CLEAVE_JOIN(name, _) = doctest::add_template<                                         \
      decltype([]<class Each>() { name<Each>(); }), __VA_ARGS__>(title);                                  \
  template <class Type>                                                                                   \
  static void name()

#define TEST_CASE(title) CLEAVE_CASE(CLEAVE_JOIN(cleave_case_, __COUNTER__), title)
#define TEST_CASE_TEMPLATE(title, Type, ...) \
  CLEAVE_CASES(CLEAVE_JOIN(cleave_case_, __COUNTER__), title, Type, __VA_ARGS__)
#define CHECK(...) doctest::check(static_cast<bool>(__VA_ARGS__), __FILE__, __LINE__, #__VA_ARGS__, false)
#define CHECK_FALSE(...) doctest::check(!static_cast<bool>(__VA_ARGS__), __FILE__, __LINE__, "not " #__VA_ARGS__, false)
#define REQUIRE(...) doctest::check(static_cast<bool>(__VA_ARGS__), __FILE__, __LINE__, #__VA_ARGS__, true)
#define CAPTURE(what) static_cast<void>(what)
#define MESSAGE(...) static_cast<void>(0)

#endif
