/* SPDX-License-Identifier: 0BSD */
/*
 * Faults: tell the computer where and why, then restart.
 */
#include "faults.h"

#include "board.h"
#include "bytes.h"
#include "link.h"
#include "machine.h"
#include "protocol.h"
#include "registers.h"

#define FRAME_WORDS 8U /* r0-r3, r12, lr, pc, psr: what the processor saves */
#define FRAME_LR 5U
#define FRAME_PC 6U
#define FRAME_PSR 7U

#define CFSR_MMARVALID (1U << 7)
#define CFSR_BFARVALID (1U << 15)

#define FAULT_STACK_BYTES 384
#define TEXT(macro) TEXT_OF(macro)
#define TEXT_OF(text) #text

/* From the linker script; only their addresses mean something. */
extern uint32_t linker_ram_start[];
extern uint32_t linker_ram_end[];

/* The stack of the program may be what is broken. 8-byte alignment is the procedure call standard's.
 */
extern uint8_t fault_stack[FAULT_STACK_BYTES];
uint8_t fault_stack[FAULT_STACK_BYTES] __attribute__((aligned(8)));

NO_RETURN void fault_report(uint32_t saved_pointer);

static uint8_t active_exception(void)
{
    uint32_t number;

    __asm__ volatile("mrs %0, ipsr" : "=r"(number));
    return (uint8_t)number;
}

static uint32_t faulting_address(uint32_t status)
{
#if BOARD_HAS_FAULT_STATUS
    if ((status & CFSR_BFARVALID) != 0) {
        return SCB_BFAR;
    }
    if ((status & CFSR_MMARVALID) != 0) {
        return SCB_MMFAR;
    }
#else
    (void)status;
#endif
    return 0;
}

NO_RETURN void fault_report(uint32_t saved_pointer)
{
    static const uint32_t unknown[FRAME_WORDS] = {0};
    const uint32_t *frame = unknown;
    uint8_t payload[32] = {0};
    uint32_t status = 0;

    if (saved_pointer >= (uintptr_t)linker_ram_start &&
        saved_pointer <= (uintptr_t)linker_ram_end - sizeof(unknown)) {
        /* NOLINTNEXTLINE(performance-no-int-to-ptr): a register's value, checked above */
        frame = (const uint32_t *)(uintptr_t)saved_pointer;
    }
    payload[0] = active_exception();
    put_u32(payload + 4, frame[FRAME_PC]);
    put_u32(payload + 8, frame[FRAME_LR]);
    put_u32(payload + 12, frame[FRAME_PSR]);
#if BOARD_HAS_FAULT_STATUS
    status = SCB_CFSR;
    put_u32(payload + 20, SCB_HFSR);
#endif
    put_u32(payload + 16, status);
    put_u32(payload + 24, faulting_address(status));
    put_u32(payload + 28, saved_pointer);
    link_event(EVENT_FAULT, STATUS_OK, payload, sizeof(payload));
    machine_restart(START_AFTER_FAULT, payload[0]);
}

/* Interrupts stay off, the stack becomes the one above, what was the stack pointer the argument. */
__attribute__((naked)) void fault_entry(void)
{
    __asm__("cpsid i\n"
            "mov r0, sp\n"
            "ldr r1, =fault_stack + " TEXT(FAULT_STACK_BYTES) "\n"
                                                              "mov sp, r1\n"
                                                              "ldr r1, =fault_report\n"
                                                              "bx r1\n"
                                                              ".ltorg\n");
}
