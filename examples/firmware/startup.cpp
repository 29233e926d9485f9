// SPDX-License-Identifier: BSL-1.0
/// @file
/// What runs before main on a Cortex-M, and the table of interrupts. A program that ends, or fails, ends the emulator
/// with its status by semihosting, so that neither can hang a test; on a board there is a debugger in its place. All
/// programs for boards in this project start with it.

#include <cstdint>

#pragma GCC diagnostic ignored "-Wpedantic"  // a start-up file is what calls main

extern "C" {
extern std::uint32_t stack_top, data_begin, data_end, data_load, bss_begin, bss_end;
extern void (*const init_begin[])();
extern void (*const init_end[])();
void reset();
[[gnu::weak]] void clock_interrupt();  // of SysTick; a program without one leaves its place in the table empty
[[gnu::weak]] void link_interrupt();   // of UART 1, a byte has come
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

[[maybe_unused]] void set(std::uint32_t address, std::uint32_t bits) {
  volatile std::uint32_t& at = *reinterpret_cast<volatile std::uint32_t*>(address);
  at = at | bits;
}

using handler = void (*)();
struct vector_table {
  std::uint32_t* stack;
  handler system[15];
  handler board[3];  // as many as are used
};
[[gnu::section(".vectors"), gnu::used]] const vector_table vectors{
    &stack_top,
    {reset, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, clock_interrupt},
    {fault, fault, link_interrupt}};

}  // namespace

extern "C" void reset() {
#if defined(__ARM_FP)
  set(0xE000ED88, 0xFu << 20);  // CPACR: let the program use the FPU
  asm volatile("dsb\n isb" ::: "memory");
#endif
#if defined(__ARM_FEATURE_MVE)
  set(0xE000ED14, 1u << 19);  // CCR.LOB: low-overhead loops
#endif
  const std::uint32_t* from = &data_load;
  for (std::uint32_t* to = &data_begin; to < &data_end;) *to++ = *from++;
  for (std::uint32_t* to = &bss_begin; to < &bss_end;) *to++ = 0;
  for (auto init = init_begin; init < init_end; ++init) (*init)();
  leave(static_cast<std::uint32_t>(main()));
}

// What the standard library calls where it would throw: to end here keeps its unwinder out of the program.
extern "C" [[noreturn]] void abort() { leave(134); }
