/* SPDX-License-Identifier: 0BSD */
/*
 * From reset to main.
 */
#include "startup.h"

#include "stack.h"

#include <stdint.h>

/* From the linker script; only their addresses mean something. */
extern uint32_t linker_vectors[];
extern uint32_t linker_data_load[];
extern uint32_t linker_data_start[];
extern uint32_t linker_data_end[];
extern uint32_t linker_bss_start[];
extern uint32_t linker_bss_end[];

int main(void);
void startup_run(void);

#define BY_NUMBER 3U /* mtvec: a table of addresses */

__attribute__((naked, used, section(".start"))) void startup_reset(void)
{
    __asm__ volatile(".option push\n"
                     ".option norelax\n"
                     "la gp, __global_pointer$\n"
                     ".option pop\n"
                     "la sp, linker_stack_top\n"
                     "j startup_run\n");
}

/* Volatile, so that the compiler does not turn the loops into calls of memcpy and memset. */
static void copy_words(volatile uint32_t *to, const volatile uint32_t *end, const uint32_t *from)
{
    while (to < end) {
        *to++ = *from++;
    }
}

static void clear_words(volatile uint32_t *to, const volatile uint32_t *end)
{
    while (to < end) {
        *to++ = 0;
    }
}

__attribute__((used)) void startup_run(void)
{
    __asm__ volatile(".option push\n.option arch, +zicsr\n"
                     "csrw mtvec, %0\n"
                     ".option pop" ::"r"((uintptr_t)linker_vectors | BY_NUMBER));
    copy_words(linker_data_start, linker_data_end, linker_data_load);
    clear_words(linker_bss_start, linker_bss_end);
    stack_start();
    (void)main();
    for (;;) {
    }
}
