/* SPDX-License-Identifier: 0BSD */
/*
 * From reset to main on a CH32V003: 16 KB of flash at 0, where the chip begins, and 2 KB of RAM.
 */
#include <stdint.h>

/* From the linker script; only their addresses mean something. */
extern uint32_t linker_bss_start[];
extern uint32_t linker_bss_end[];

int main(void);
void start(void);
void start_c(void);

__attribute__((naked, used, section(".start"))) void start(void)
{
    __asm__ volatile(".option push\n"
                     ".option norelax\n"
                     "la gp, linker_global_pointer\n"
                     ".option pop\n"
                     "la sp, linker_stack_top\n"
                     "j start_c\n");
}

/* There are no variables with a value at the start: the linker script refuses them. Volatile, so that
 * no memset is called. */
__attribute__((used)) void start_c(void)
{
    volatile uint32_t *word;

    for (word = linker_bss_start; word < linker_bss_end; word++) {
        *word = 0;
    }
    (void)main();
    for (;;) {
    }
}
