/* SPDX-License-Identifier: 0BSD */
#include "crc32.h"

#include "tables.h"

/* Entry i is what four steps of the shift register make of i: a step shifts right and, if a 1 fell
 * out, applies the polynomial. Half a byte at a time needs 64 bytes of flash instead of 1,024. */
static const TABLE uint32_t four_steps[16] = {
    0x00000000U,
    0x1db71064U,
    0x3b6e20c8U,
    0x26d930acU,
    0x76dc4190U,
    0x6b6b51f4U,
    0x4db26158U,
    0x5005713cU,
    0xedb88320U,
    0xf00f9344U,
    0xd6d6a3e8U,
    0xcb61b38cU,
    0x9b64c2b0U,
    0x86d3d2d4U,
    0xa00ae278U,
    0xbdbdf21cU,
};

uint32_t crc32_continue(uint32_t crc, const void *data, size_t bytes)
{
    const uint8_t *const from = (const uint8_t *)data;
    size_t i;

    crc = ~crc;
    for (i = 0; i < bytes; i++) {
        crc ^= from[i];
        crc = crc >> 4 ^ four_steps[crc & 15U];
        crc = crc >> 4 ^ four_steps[crc & 15U];
    }
    return ~crc;
}
