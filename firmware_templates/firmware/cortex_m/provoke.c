/* SPDX-License-Identifier: 0BSD */
/*
 * Faults on demand, for the tests of what reports them.
 */
#include "provoke.h"

#include "protocol.h"
#include "registers.h"
#include "stack.h"

/* External memory that no board here has. */
#define ABSENT_ADDRESS 0x9ffffff0U

/* Never reached; volatile, so that the compiler does not see that. */
static volatile uint32_t deepest = 0xffffffffU;

/* NOLINTNEXTLINE(misc-no-recursion) */
static uint32_t recurse(uint32_t depth)
{
    volatile uint32_t frame[16];
    uint32_t i;

    for (i = 0; i < 16U; i++) {
        frame[i] = depth + i;
    }
    return depth == deepest ? 0 : recurse(depth + 1U) + frame[depth % 16U];
}

void provoke_fault(uint8_t what)
{
    switch (what) {
    case PROVOKE_UNDEFINED_INSTRUCTION:
        __asm__ volatile("udf #0");
        break;
    case PROVOKE_ABSENT_ADDRESS:
        (void)REGISTER(ABSENT_ADDRESS);
        break;
    case PROVOKE_RECURSION:
        (void)recurse(what);
        break;
    case PROVOKE_STACK_GUARD:
    default:
        stack_break_guard();
        break;
    }
}
