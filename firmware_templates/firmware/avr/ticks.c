/* SPDX-License-Identifier: 0BSD */
/*
 * Timer 1 counts every cycle in 16 bits; its overflows are the upper half.
 */
#include "ticks.h"

#include "protocol.h"

#include <avr/interrupt.h>
#include <avr/io.h>

static uint32_t hz;
static volatile uint16_t overflows;

void ticks_wrap(void)
{
    overflows++;
}

void ticks_start(uint32_t core_hz, uint32_t timer_hz)
{
    (void)timer_hz;
    hz = core_hz;
    TCCR1A = 0;
    TCNT1 = 0;
    TIFR1 = 1U << TOV1;
    TIMSK1 = 1U << TOIE1;
    TCCR1B = 1U << CS10;
}

uint8_t ticks_counter(void)
{
    return COUNTER_TIMER;
}

uint32_t ticks_hz(void)
{
    return hz;
}

uint32_t ticks_now(void)
{
    const uint8_t flags = SREG;
    uint16_t high;
    uint16_t low;

    cli();
    low = TCNT1;
    high = overflows;
    if ((TIFR1 & 1U << TOV1) != 0 && low < 0x8000U) {
        high++; /* the overflow's interrupt is still to come */
    }
    SREG = flags;
    return (uint32_t)high << 16 | low;
}
