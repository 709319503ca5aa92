/* SPDX-License-Identifier: 0BSD */
#include "core.h"

#include "registers.h"

#define KEY3 0xbeef0000U
#define RESETSYS (1U << 7)

void core_disable_interrupts(void)
{
    __asm__ volatile(".option push\n.option arch, +zicsr\n"
                     "csrci mstatus, 8\n"
                     ".option pop" ::
                         : "memory");
}

void core_enable_interrupts(void)
{
    __asm__ volatile(".option push\n.option arch, +zicsr\n"
                     "csrsi mstatus, 8\n"
                     ".option pop" ::
                         : "memory");
}

/* Returns at once, and the program asks again: the manual does not promise that an interrupt ends WFI
 * while interrupts are off, and with them on one may come before it. The fence is PAUSE where a core
 * knows that hint, such as an emulator's. */
void core_sleep(void)
{
    core_enable_interrupts();
    __asm__ volatile(".4byte 0x0100000f" ::: "memory");
}

/* Nothing is cached. */
NO_RETURN void core_restart(const void *kept, uint32_t bytes)
{
    (void)kept;
    (void)bytes;
    for (;;) {
        PFIC_CFGR = KEY3 | RESETSYS;
    }
}
