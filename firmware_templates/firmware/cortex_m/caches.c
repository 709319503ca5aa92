/* SPDX-License-Identifier: 0BSD */
/*
 * The caches of a Cortex-M7, off after a reset and with anything in them.
 *
 * Source: Arm, DDI 0489, "Cortex-M7 Technical Reference Manual", and the ARMv7-M Architecture
 * Reference Manual, section B2.2. Nothing here is needed for coherence: no DMA is used.
 */
#include "caches.h"

#include "board.h"
#include "registers.h"

#if BOARD_HAS_CACHES

#define CCR REGISTER(0xe000ed14U)
#define CCSIDR REGISTER(0xe000ed80U)
#define CSSELR REGISTER(0xe000ed84U)
#define ICIALLU REGISTER(0xe000ef50U)
#define DCISW REGISTER(0xe000ef60U)
#define DCCMVAC REGISTER(0xe000ef68U)

#define CCR_DC (1U << 16)
#define CCR_IC (1U << 17)
#define LINE_BYTES 32U
#define SET_SHIFT 5U
#define WAY_SHIFT 30U

static void barrier(void)
{
    __asm__ volatile("dsb\nisb" ::: "memory");
}

void caches_start(void)
{
    uint32_t geometry;
    uint32_t sets;
    uint32_t ways;
    uint32_t set;
    uint32_t way;

    ICIALLU = 0;
    CSSELR = 0; /* the data cache */
    barrier();
    geometry = CCSIDR;
    sets = (geometry >> 13 & 0x7fffU) + 1U;
    ways = (geometry >> 3 & 0x3ffU) + 1U;
    for (set = 0; set < sets; set++) {
        for (way = 0; way < ways; way++) {
            DCISW = set << SET_SHIFT | way << WAY_SHIFT;
        }
    }
    barrier();
    CCR |= CCR_IC | CCR_DC;
    barrier();
}

void caches_write_back(const void *data, uint32_t bytes)
{
    const uint32_t end = (uint32_t)(uintptr_t)data + bytes;
    uint32_t line = (uint32_t)(uintptr_t)data / LINE_BYTES * LINE_BYTES;

    barrier();
    for (; line < end; line += LINE_BYTES) {
        DCCMVAC = line;
    }
    barrier();
}

#else

void caches_start(void)
{
}

void caches_write_back(const void *data, uint32_t bytes)
{
    (void)data;
    (void)bytes;
}

#endif
