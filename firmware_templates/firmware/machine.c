/* SPDX-License-Identifier: 0BSD */
#include "machine.h"

#include "board.h"
#include "board_data.h"
#include "line.h"
#include "protocol.h"
#include "ticks.h"

/* What outlives a restart, in RAM that is not cleared. It counts only if both words are right. */
#define KEPT_MARK 0xcb0c4e57U

static struct {
    uint32_t mark;
    uint32_t check;
    uint8_t start;
    uint8_t fault;
} kept __attribute__((section(".noinit")));

static uint32_t clock_hz;
static uint8_t start_reason;
static uint8_t last_fault;

static uint32_t kept_check(void)
{
    return ~(KEPT_MARK ^ ((uint32_t)kept.start << 8U) ^ kept.fault);
}

/* The reason goes for one start, the fault stays until the power goes. */
static void recall(void)
{
    if (kept.mark == KEPT_MARK && kept.check == kept_check()) {
        start_reason = kept.start;
        last_fault = kept.fault;
    }
    kept.mark = KEPT_MARK;
    kept.start = START_POWER;
    kept.fault = last_fault;
    kept.check = kept_check();
}

NO_RETURN void machine_restart(uint8_t start, uint8_t fault)
{
    kept.mark = KEPT_MARK;
    kept.start = start;
    kept.fault = fault != 0 ? fault : last_fault;
    kept.check = kept_check();
    core_restart(&kept, sizeof(kept));
}

void machine_start(void)
{
    uint32_t uart_hz = BOARD_RESET_HZ;
    uint32_t timer_hz = BOARD_RESET_HZ;

    recall();
    clock_hz = BOARD_RESET_HZ;
    if (steps_run(&board_clock)) {
        clock_hz = BOARD_CLOCK_HZ;
        uart_hz = BOARD_UART_HZ;
        timer_hz = BOARD_TIMER_HZ;
    }
    (void)steps_run(&board_pins);
    line_start(uart_hz);
    core_enable_interrupts();
    ticks_start(clock_hz, timer_hz);
}

void machine_idle(void)
{
    /* With interrupts off one that comes between the question and the sleep ends the sleep. */
    core_disable_interrupts();
    if (line_is_empty()) {
        core_sleep();
    }
    core_enable_interrupts();
}

uint8_t machine_start_reason(void)
{
    return start_reason;
}

uint8_t machine_last_fault(void)
{
    return last_fault;
}

uint32_t machine_clock_hz(void)
{
    return clock_hz;
}

void machine_led(bool on)
{
    (void)steps_run(on ? &board_led_on : &board_led_off);
}
