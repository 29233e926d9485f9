// SPDX-License-Identifier: BSL-1.0
// The little that runs before main on a Cortex-M, and exit by semihosting, so that a crash can not hang a test.
#include <cstdint>

#pragma GCC diagnostic ignored "-Wpedantic"  // a start-up file is what calls main

extern "C" {

extern std::uint32_t stack_top, data_begin, data_end, data_load, bss_begin, bss_end;
extern void (*const init_begin[])();
extern void (*const init_end[])();
void reset();
}

int main();

namespace {

[[noreturn]] void leave(std::uint32_t status) {
  const std::uint32_t block[2] = {0x20026, status};   // ADP_Stopped_ApplicationExit
  register std::uint32_t operation asm("r0") = 0x20;  // SYS_EXIT_EXTENDED
  register const void* argument asm("r1") = block;
  asm volatile("bkpt 0xab" : : "r"(operation), "r"(argument) : "memory");
  for (;;) {
  }
}

void fault() {
  std::uint32_t exception;
  asm volatile("mrs %0, ipsr" : "=r"(exception));
  leave(100 + exception);
}

using handler = void (*)();
[[gnu::section(".vectors"), gnu::used]] const handler vectors[16] = {reinterpret_cast<handler>(&stack_top),
                                                                     reset,
                                                                     fault,
                                                                     fault,
                                                                     fault,
                                                                     fault,
                                                                     fault,
                                                                     fault,
                                                                     fault,
                                                                     fault,
                                                                     fault,
                                                                     fault,
                                                                     fault,
                                                                     fault,
                                                                     fault,
                                                                     fault};

[[maybe_unused]] void write_register(std::uint32_t address, std::uint32_t bits) {
  volatile std::uint32_t& at = *reinterpret_cast<volatile std::uint32_t*>(address);
  at = at | bits;
}

}  // namespace

extern "C" void reset() {
#if defined(__ARM_FP)
  write_register(0xE000ED88, 0xFu << 20);  // CPACR: let the program use the FPU
  asm volatile("dsb\n isb" ::: "memory");
#endif
#if defined(__ARM_FEATURE_MVE)
  write_register(0xE000ED14, 1u << 19);  // CCR.LOB: low-overhead loops
#endif
  const std::uint32_t* from = &data_load;
  for (std::uint32_t* to = &data_begin; to < &data_end;) *to++ = *from++;
  for (std::uint32_t* to = &bss_begin; to < &bss_end;) *to++ = 0;
  for (auto init = init_begin; init < init_end; ++init) (*init)();
  leave(static_cast<std::uint32_t>(main()));
}

// What libstdc++ calls where it would throw: to end here keeps its unwinder out of the program.
extern "C" [[noreturn]] void abort() { leave(134); }
