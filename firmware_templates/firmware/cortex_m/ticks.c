/* SPDX-License-Identifier: 0BSD */
/*
 * The cycle counter of the debug unit, where there is one and it counts; else the board's timer,
 * else SysTick. Emulators have no cycle counter, and some chips keep it off without a debugger.
 */
#include "ticks.h"

#include "board.h"
#include "board_data.h"
#include "protocol.h"
#include "registers.h"

#define DEMCR_TRCENA (1U << 24)
#define DWT_UNLOCK 0xc5acce55U
#define DWT_CYCCNTENA 1U

#define SYSTICK_PERIOD 0x01000000U
#define SYSTICK_ON 7U /* counting, with its interrupt, the processor's clock */

static uint8_t counter;
static uint32_t hz;
static volatile uint32_t systick_wraps;

#if BOARD_HAS_DWT
static uint32_t read_dwt(void)
{
    return DWT_CYCCNT;
}

static void start_dwt(void)
{
    DEMCR |= DEMCR_TRCENA;
    DWT_LAR = DWT_UNLOCK; /* Cortex-M7; others ignore it */
    DWT_CYCCNT = 0;
    DWT_CTRL |= DWT_CYCCNTENA;
}
#endif

#if defined(BOARD_TIMER_STM32)

/* A general-purpose timer of 32 bits: TIM2 of F2, F3, F4, F7, G0, G4, H7, L4. */
static uint32_t read_timer(void)
{
    return REGISTER(BOARD_TIMER + 0x24U);
}

static void start_timer(void)
{
    REGISTER(BOARD_TIMER + 0x28U) = 0;           /* no prescaler */
    REGISTER(BOARD_TIMER + 0x2cU) = 0xffffffffU; /* counts to the end */
    REGISTER(BOARD_TIMER + 0x14U) = 1;           /* take both over */
    REGISTER(BOARD_TIMER + 0x00U) = 1;           /* go */
}

#elif defined(BOARD_TIMER_NRF51)

/* TIMER0 of nRF51 has 32 bits; a count is read by capturing it. */
static uint32_t read_timer(void)
{
    REGISTER(BOARD_TIMER + 0x040U) = 1;
    return REGISTER(BOARD_TIMER + 0x540U);
}

static void start_timer(void)
{
    REGISTER(BOARD_TIMER + 0x504U) = 0; /* timer */
    REGISTER(BOARD_TIMER + 0x508U) = 3; /* 32 bits */
    REGISTER(BOARD_TIMER + 0x510U) = 0; /* 16 MHz */
    REGISTER(BOARD_TIMER + 0x000U) = 1; /* go */
}

#else

#define BOARD_HAS_NO_TIMER

#endif

static uint32_t read_systick(void)
{
    uint32_t wraps;
    uint32_t value;

    do {
        wraps = systick_wraps;
        value = SYSTICK_VAL;
    } while (wraps != systick_wraps);
    return wraps * SYSTICK_PERIOD + (SYSTICK_PERIOD - 1U - value);
}

void ticks_wrap(void)
{
    systick_wraps++;
}

#if BOARD_HAS_DWT || !defined(BOARD_HAS_NO_TIMER)
static bool counts(uint32_t (*read)(void))
{
    const uint32_t before = read();
    volatile uint32_t spin;

    for (spin = 0; spin < 100U; spin++) {
    }
    return read() != before;
}
#endif

void ticks_start(uint32_t core_hz, uint32_t timer_hz)
{
    hz = core_hz;
#if BOARD_HAS_DWT
    start_dwt();
    if (counts(read_dwt)) {
        counter = COUNTER_DWT;
        return;
    }
#endif
#ifndef BOARD_HAS_NO_TIMER
    (void)steps_run(&board_timer);
    start_timer();
    if (counts(read_timer)) {
        counter = COUNTER_TIMER;
        hz = timer_hz;
        return;
    }
#endif
    (void)timer_hz;
    SYSTICK_LOAD = SYSTICK_PERIOD - 1U;
    SYSTICK_VAL = 0;
    SYSTICK_CTRL = SYSTICK_ON;
    counter = COUNTER_SYSTICK;
}

uint8_t ticks_counter(void)
{
    return counter;
}

uint32_t ticks_hz(void)
{
    return hz;
}

uint32_t ticks_now(void)
{
#if BOARD_HAS_DWT
    if (counter == COUNTER_DWT) {
        return read_dwt();
    }
#endif
#ifndef BOARD_HAS_NO_TIMER
    if (counter == COUNTER_TIMER) {
        return read_timer();
    }
#endif
    return read_systick();
}
