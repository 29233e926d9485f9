// SPDX-License-Identifier: BSL-1.0
// A plugin for QEMU that counts the instructions which calls of chosen functions execute, callees included, and beside
// them the registers that loads and stores of several registers move over and above the first. tools/count builds,
// loads and explains it.
//
//   -plugin counter.so,out=<file>,at=<hexadecimal address>[,at=...]
//
// What is declared here is the part of QEMU's plugin interface, version 1, that is used (QEMU 4.2 to 8; the manual's
// chapter "QEMU TCG Plugins"): Debian packs no header for it.
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint64_t qemu_plugin_id_t;
typedef void (*executed_t)(unsigned int vcpu, void* data);
struct qemu_plugin_tb;
struct qemu_plugin_insn;
enum { READS_NO_REGISTERS = 0, ADD_U64 = 0 };

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t, void (*)(qemu_plugin_id_t, struct qemu_plugin_tb*));
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb*, executed_t, int flags, void* data);
void qemu_plugin_register_vcpu_insn_exec_inline(struct qemu_plugin_insn*, int operation, void* to, uint64_t value);
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t, void (*)(qemu_plugin_id_t, void*), void* data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb*);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb*);
struct qemu_plugin_insn* qemu_plugin_tb_get_insn(const struct qemu_plugin_tb*, size_t);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn*);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn*);
char* qemu_plugin_insn_disas(const struct qemu_plugin_insn*);

__attribute__((visibility("default"))) int qemu_plugin_version = 1;

enum { MOST_FUNCTIONS = 64, MOST_OPEN = 1024 };

/// What was counted for one function.
struct function {
  uint64_t address;
  uint64_t calls;
  uint64_t instructions;
  uint64_t extra;
};

/// A call that has not returned.
struct call {
  struct function* of;
  uint64_t back;  ///< where it returns to
  uint64_t instructions;
  uint64_t extra;
};

/// A translated block. Few and small; they live as long as QEMU does.
struct block {
  uint64_t begin;
  uint64_t end;
  bool ends_in_call;
  struct function* entered;  ///< the function that begins here
};

static struct function functions[MOST_FUNCTIONS];
static size_t function_count;
static struct call open_calls[MOST_OPEN];
static size_t open_count;
static const struct block* last;
static uint64_t instructions;  // executed so far
static uint64_t extra;
static const char* out_path;
static const char* trouble;

/// The registers of a list such as "r4, r5, lr", "d16[], d17[]", "d16-d19" or "v0.4s - v3.4s", up to its brace.
static unsigned listed_registers(const char* list) {
  unsigned count = 0;
  int first = -1;  // of a range
  while (*list != 0 && *list != '}') {
    list += strspn(list, " ");
    const char* const name = list;
    list += strcspn(list, ",-}");
    const int number = atoi(name + strcspn(name, "0123456789,-}"));
    count += first >= 0 && number > first ? (unsigned)(number - first) : 1;
    first = *list == '-' ? number : -1;
    if (*list == ',' || *list == '-') ++list;
  }
  return count;
}

static bool begins(const char* text, const char* with) { return strncmp(text, with, strlen(with)) == 0; }

/// Registers that a load or store of several registers moves; 1 for any other instruction.
static unsigned moved_registers(const char* text) {
  static const char* const pairs[] = {"ldp", "stp", "ldnp", "stnp", "ldrd", "strd", "ldxp", "stxp", "ldaxp", "stlxp",
                                      "ldrexd", "strexd", "ldaexd", "stlexd"};
  static const char* const lists[] = {"ldm", "stm", "push", "pop", "vldm", "vstm", "vpush", "vpop", "fldm", "fstm",
                                      "ld1", "ld2", "ld3", "ld4", "st1", "st2", "st3", "st4", "vld1", "vld2", "vld3",
                                      "vld4", "vst1", "vst2", "vst3", "vst4"};
  for (size_t i = 0; i < sizeof pairs / sizeof *pairs; ++i) {
    if (begins(text, pairs[i])) return 2;
  }
  const char* const brace = strchr(text, '{');
  for (size_t i = 0; brace != NULL && i < sizeof lists / sizeof *lists; ++i) {
    if (begins(text, lists[i])) return listed_registers(brace + 1);
  }
  return 1;
}

/// bl, blx, blr, and bl with a condition, which ble, blt, bls and blo are not.
static bool is_call(const char* text) {
  const size_t length = strcspn(text, " \t.");
  return begins(text, "bl") && (length == 2 || length == 4 || text[2] == 'x' || text[2] == 'r');
}

static void entered(unsigned int vcpu, void* data) {
  const struct block* const block = data;
  if (vcpu != 0) trouble = "more than one thread";
  if (open_count > 0 && open_calls[open_count - 1].back == block->begin) {
    const struct call* const call = &open_calls[--open_count];
    call->of->instructions += instructions - call->instructions;
    call->of->extra += extra - call->extra;
  }
  if (block->entered != NULL && last != NULL && last->ends_in_call) {
    if (open_count == MOST_OPEN) {
      trouble = "calls too deep in each other";
    } else {
      open_calls[open_count++] = (struct call){block->entered, last->end, instructions, extra};
      ++block->entered->calls;
    }
  }
  last = block;
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb* tb) {
  (void)id;
  struct block* const block = calloc(1, sizeof *block);
  if (block == NULL) abort();
  block->begin = qemu_plugin_tb_vaddr(tb);
  for (size_t i = 0; i < function_count; ++i) {
    if (functions[i].address == block->begin) block->entered = &functions[i];
  }
  qemu_plugin_register_vcpu_tb_exec_cb(tb, entered, READS_NO_REGISTERS, block);
  const size_t count = qemu_plugin_tb_n_insns(tb);
  for (size_t i = 0; i < count; ++i) {
    struct qemu_plugin_insn* const one = qemu_plugin_tb_get_insn(tb, i);
    char* const text = qemu_plugin_insn_disas(one);
    const unsigned moved = moved_registers(text);
    qemu_plugin_register_vcpu_insn_exec_inline(one, ADD_U64, &instructions, 1);
    if (moved > 1) qemu_plugin_register_vcpu_insn_exec_inline(one, ADD_U64, &extra, moved - 1);
    block->end = qemu_plugin_insn_vaddr(one) + qemu_plugin_insn_size(one);
    block->ends_in_call = is_call(text);
    free(text);
  }
}

static void finished(qemu_plugin_id_t id, void* data) {
  (void)id;
  (void)data;
  FILE* const out = fopen(out_path, "w");
  if (out == NULL) {
    perror(out_path);
    return;
  }
  for (size_t i = 0; i < open_count; ++i) {
    fprintf(out, "open %llx\n", (unsigned long long)open_calls[i].of->address);
  }
  if (trouble != NULL) fprintf(out, "trouble %s\n", trouble);
  for (size_t i = 0; i < function_count; ++i) {
    const struct function* const one = &functions[i];
    fprintf(out, "%llx %llu %llu %llu\n", (unsigned long long)one->address, (unsigned long long)one->calls,
            (unsigned long long)one->instructions, (unsigned long long)one->extra);
  }
  fclose(out);
}

__attribute__((visibility("default"))) int qemu_plugin_install(qemu_plugin_id_t id, const void* info, int argc,
                                                               char** argv) {
  (void)info;
  for (int i = 0; i < argc; ++i) {
    if (begins(argv[i], "out=")) {
      out_path = strdup(argv[i] + 4);
    } else if (begins(argv[i], "at=") && function_count < MOST_FUNCTIONS) {
      functions[function_count++].address = strtoull(argv[i] + 3, NULL, 16);
    } else {
      fprintf(stderr, "counter: %s is not understood, or too much\n", argv[i]);
      return 1;
    }
  }
  if (out_path == NULL) return 1;
  qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
  qemu_plugin_register_atexit_cb(id, finished, NULL);
  return 0;
}
