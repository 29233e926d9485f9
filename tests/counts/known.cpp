// SPDX-License-Identifier: BSL-1.0
// Functions of which one knows how many instructions they execute and how many registers they move, to hold tools/count
// against. check_known.py has the figures.

extern "C" {
void known_loop(int times);   // 3 * times + 1 instructions
void known_calls(int times);  // calls known_loop twice
void known_lists(float* memory);
#if defined(__arm__) && __ARM_ARCH_PROFILE == 'A'
#define KNOWN_LISTS_ARM 1
void known_lists_arm(float* memory);
#endif
}

#if defined(__aarch64__)
asm(R"(
    .text
    .type known_loop, %function
    .global known_loop
known_loop:
    subs w0, w0, #1
    nop
    b.ne known_loop
    ret
    .size known_loop, . - known_loop

    .type known_calls, %function
    .global known_calls
known_calls:
    stp x29, x30, [sp, #-32]!
    str x0, [sp, #16]
    bl known_loop
    ldr x0, [sp, #16]
    bl known_loop
    ldp x29, x30, [sp], #32
    ret
    .size known_calls, . - known_calls

    .type known_lists, %function
    .global known_lists
known_lists:
    ldp x1, x2, [x0]
    ldpsw x1, x2, [x0]
    ldnp q0, q1, [x0]
    ldp s0, s1, [x0]
    stp q0, q1, [x0]
    ldr q0, [x0]
    ld1 {v0.4s}, [x0]
    ld1 {v0.4s-v1.4s}, [x0]
    ld1 {v0.4s-v3.4s}, [x0]
    ld1 {v0.s}[1], [x0]
    ld1r {v0.4s}, [x0]
    ld2 {v0.s, v1.s}[1], [x0]
    ld4r {v0.4s-v3.4s}, [x0]
    ld4 {v0.4s-v3.4s}, [x0]
    st3 {v0.4s-v2.4s}, [x0]
    tbl v0.16b, {v1.16b, v2.16b}, v3.16b
    ret
    .size known_lists, . - known_lists
)");
#else
asm(R"(
    .syntax unified
    .text
    .thumb
    .type known_loop, %function
    .global known_loop
    .thumb_func
known_loop:
    subs r0, r0, #1
    nop
    bne known_loop
    bx lr
    .size known_loop, . - known_loop

    .type known_calls, %function
    .global known_calls
    .thumb_func
known_calls:
    push {r4, lr}
    mov r4, r0
    bl known_loop
    mov r0, r4
    bl known_loop
    pop {r4, pc}
    .size known_calls, . - known_calls

    .type known_lists, %function
    .global known_lists
    .thumb_func
known_lists:
    push {r4-r7, r9, lr}
    ldm r0, {r1, r2, r4}
    ldmdb sp, {r1, r9}
    ldrd r2, r3, [r0]
    strd r2, r3, [r0]
    vldr s0, [r0]
    vldmia r0, {s1-s4}
    vpush {d8-d9}
    vpop {d8-d9}
    pop {r4-r7, r9, pc}
    .size known_lists, . - known_lists
)");
#endif

#if defined(KNOWN_LISTS_ARM)
asm(R"(
    .arm
    .type known_lists_arm, %function
    .global known_lists_arm
known_lists_arm:
    push {r4-r7, lr}
    ldm r0, {r1, r2, r4}
    ldrd r2, r3, [r0]
    vldmia r0, {d0-d3}
    vld1.32 {d0}, [r0]
    vld1.32 {d0-d1}, [r0]
    vld1.32 {d0-d3}, [r0]
    vld1.32 {d0[1]}, [r0]
    vld1.32 {d0[]}, [r0]
    vld1.32 {d16[], d17[]}, [r0]
    vld2.32 {d0[0], d2[0]}, [r0]
    vld4.32 {d0, d2, d4, d6}, [r0]
    vst1.32 {d30-d31}, [r0]
    vtbl.8 d0, {d1, d2}, d3
    pop {r4-r7, pc}
    .size known_lists_arm, . - known_lists_arm
    .thumb
)");
#endif

int main() {
  static float memory[16];
  known_loop(100);
  known_loop(1000);
  known_calls(10);
  known_lists(memory);
#if defined(KNOWN_LISTS_ARM)
  known_lists_arm(memory);
#endif
  return 0;
}
