/* SPDX-License-Identifier: Apache-2.0
 *
 * The harness on a bare machine with semihosting: the emulator or debugger reads `input.bin` and
 * writes `output.bin` in its working directory. Also the start of the program, up to main.
 *
 * Sources: Arm, "Semihosting for AArch32 and AArch64"; RISC-V, "RISC-V Semihosting", which gives the
 * same operations another trap.
 */
#include "harness.h"

#include <string.h>

#define GUARD_BYTES 16U
#define GUARD 0x5a
#define MAX_BUFFERS 8U
#define STACK_MARK 0xdeadbeefU
#define LARGEST_MARKED_STACK 32768U
/* Bytes directly below the stack pointer that harness_mark_stack itself may be using. */
#define OWN_STACK 64U

enum { SYS_OPEN = 0x01, SYS_WRITE = 0x05, SYS_READ = 0x06, SYS_EXIT_EXTENDED = 0x20 };
enum { OPEN_READ_BINARY = 1, OPEN_WRITE_BINARY = 5 };
#define APPLICATION_EXIT 0x20026U

/* From the linker script; only their addresses mean something. */
extern uint32_t __bss_start[], __bss_end[], __heap_start[], __stack_top[];

int main(void);
void harness_start(void);

static uint32_t semihosting(uint32_t operation, const void *arguments)
{
#if defined(__riscv)
    register uint32_t result __asm__("a0") = operation;
    register const void *block __asm__("a1") = arguments;

    /* The trap is these three instructions, none of them compressed, in one page. */
    __asm__ volatile(".balign 16\n"
                     ".option push\n"
                     ".option norvc\n"
                     "slli zero, zero, 0x1f\n"
                     "ebreak\n"
                     "srai zero, zero, 0x7\n"
                     ".option pop\n"
                     : "+r"(result)
                     : "r"(block)
                     : "memory");
#else
    register uint32_t result __asm__("r0") = operation;
    register const void *block __asm__("r1") = arguments;

    __asm__ volatile("bkpt 0xab" : "+r"(result) : "r"(block) : "memory");
#endif
    return result;
}

static void stop(uint32_t code)
{
    const uint32_t block[2] = {APPLICATION_EXIT, code};

    for (;;) {
        (void)semihosting(SYS_EXIT_EXTENDED, block);
    }
}

static uint32_t open_file(const char *name, uint32_t mode)
{
    const uint32_t block[3] = {(uint32_t)(uintptr_t)name, mode, (uint32_t)strlen(name)};
    const uint32_t handle = semihosting(SYS_OPEN, block);

    if (handle == UINT32_MAX) {
        stop(7);
    }
    return handle;
}

static uint32_t input, output;

int harness_read(void *data, size_t bytes)
{
    const uint32_t block[3] = {input, (uint32_t)(uintptr_t)data, (uint32_t)bytes};

    return semihosting(SYS_READ, block) == 0;
}

void harness_write(const void *data, size_t bytes)
{
    const uint32_t block[3] = {output, (uint32_t)(uintptr_t)data, (uint32_t)bytes};

    if (bytes != 0 && semihosting(SYS_WRITE, block) != 0) {
        stop(5);
    }
}

static uint8_t *heap_end;
static struct {
    uint8_t *start;
    size_t bytes;
} buffers[MAX_BUFFERS];
static size_t buffer_count;

uint8_t *harness_allocate(size_t bytes, size_t offset)
{
    const uintptr_t free_from = (uintptr_t)heap_end + GUARD_BYTES;
    uint8_t *start = (uint8_t *)((free_from + 15U) / 16U * 16U + offset);

    if (buffer_count == MAX_BUFFERS || start + bytes + GUARD_BYTES > (uint8_t *)__stack_top) {
        return NULL;
    }
    memset(start - GUARD_BYTES, GUARD, GUARD_BYTES);
    memset(start + bytes, GUARD, GUARD_BYTES);
    buffers[buffer_count].start = start;
    buffers[buffer_count].bytes = bytes;
    buffer_count++;
    heap_end = start + bytes + GUARD_BYTES;
    return start;
}

static int is_guard(const uint8_t *bytes)
{
    size_t i;

    for (i = 0; i < GUARD_BYTES; i++) {
        if (bytes[i] != GUARD) {
            return 0;
        }
    }
    return 1;
}

int harness_guards_intact(void)
{
    size_t i;

    for (i = 0; i < buffer_count; i++) {
        if (!is_guard(buffers[i].start - GUARD_BYTES) ||
            !is_guard(buffers[i].start + buffers[i].bytes)) {
            return 0;
        }
    }
    return 1;
}

static uint32_t *marked_from, *caller_stack;

/* The first free word above the buffers, but not further down than is worth searching. */
static uint32_t *lowest_stack_word(const uint32_t *top)
{
    const uintptr_t above_buffers = ((uintptr_t)heap_end + 3U) / 4U * 4U;
    const uintptr_t limit = (uintptr_t)top - LARGEST_MARKED_STACK;

    return (uint32_t *)(above_buffers > limit ? above_buffers : limit);
}

__attribute__((noinline)) void harness_mark_stack(void)
{
    volatile uint32_t *word;
    uint32_t *end;

    /* The canonical frame address is the stack pointer of the caller at the call. */
    caller_stack = (uint32_t *)__builtin_dwarf_cfa();
    marked_from = lowest_stack_word(caller_stack);
    end = caller_stack - OWN_STACK / sizeof *end;
    for (word = marked_from; word < end; word++) {
        *word = STACK_MARK;
    }
}

/* Less than OWN_STACK bytes cannot be told apart from nothing and read as OWN_STACK. */
uint32_t harness_used_stack(void)
{
    const volatile uint32_t *word = marked_from;

    while (word < caller_stack - OWN_STACK / sizeof *word && *word == STACK_MARK) {
        word++;
    }
    return (uint32_t)((uintptr_t)caller_stack - (uintptr_t)word);
}

void harness_start(void)
{
    memset(__bss_start, 0, (size_t)((uintptr_t)__bss_end - (uintptr_t)__bss_start));
    heap_end = (uint8_t *)__heap_start;
    input = open_file("input.bin", OPEN_READ_BINARY);
    output = open_file("output.bin", OPEN_WRITE_BINARY);
    stop((uint32_t)main());
}

#if defined(__riscv)

void harness_entry(void);
static void fault(void);

__attribute__((aligned(4))) static void fault(void)
{
    stop(6);
}

__attribute__((naked, section(".entry"))) void harness_entry(void)
{
    __asm__ volatile(".option push\n"
                     ".option norelax\n"
                     "la gp, __global_pointer$\n"
                     ".option pop\n"
                     "la sp, __stack_top\n"
                     "la t0, %0\n"
                     ".option push\n"
                     ".option arch, +zicsr\n"
                     "csrw mtvec, t0\n"
                     ".option pop\n"
                     "j harness_start\n"
                     :
                     : "i"(fault));
}

#else

#define CPACR ((volatile uint32_t *)0xe000ed88U)
#define FULL_ACCESS_TO_FPU (0xfU << 20)

void harness_entry(void);
static void fault(void);

static void fault(void)
{
    stop(6);
}

void harness_entry(void)
{
#if defined(__ARM_FP) || defined(__ARM_FEATURE_MVE)
    *CPACR |= FULL_ACCESS_TO_FPU;
    __asm__ volatile("dsb\nisb" ::: "memory");
#endif
    harness_start();
}

typedef void (*handler)(void);

/* Every other fault escalates to the last of these, the hard fault. */
static const struct {
    uint32_t *stack;
    handler reset, nmi, hard_fault;
} vectors __attribute__((used, section(".entry"))) = {__stack_top, harness_entry, fault, fault};

#endif
