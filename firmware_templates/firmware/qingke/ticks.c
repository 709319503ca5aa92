/* SPDX-License-Identifier: 0BSD */
/*
 * SysTick counts every cycle up, in 32 bits, and goes on at 0.
 */
#include "ticks.h"

#include "protocol.h"
#include "registers.h"

#define STE (1U << 0)   /* counts */
#define STCLK (1U << 2) /* every cycle, instead of every eighth */

static uint32_t hz;

void ticks_start(uint32_t core_hz, uint32_t timer_hz)
{
    (void)timer_hz;
    hz = core_hz;
    STK_CTLR = STE | STCLK;
}

uint8_t ticks_counter(void)
{
    return COUNTER_SYSTICK;
}

uint32_t ticks_hz(void)
{
    return hz;
}

uint32_t ticks_now(void)
{
    return STK_CNT;
}
