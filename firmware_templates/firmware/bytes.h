/* SPDX-License-Identifier: 0BSD */
/*
 * Little-endian numbers at any address.
 */
#ifndef CBCNN_BYTES_H
#define CBCNN_BYTES_H

#include <stdint.h>

static inline uint16_t get_u16(const uint8_t *from)
{
    return (uint16_t)(from[0] | (uint32_t)from[1] << 8);
}

static inline uint32_t get_u32(const uint8_t *from)
{
    return get_u16(from) | (uint32_t)get_u16(from + 2) << 16;
}

static inline void put_u16(uint8_t *to, uint32_t value)
{
    to[0] = (uint8_t)value;
    to[1] = (uint8_t)(value >> 8);
}

static inline void put_u32(uint8_t *to, uint32_t value)
{
    put_u16(to, value);
    put_u16(to + 2, value >> 16);
}

#endif
