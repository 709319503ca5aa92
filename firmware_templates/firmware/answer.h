/* SPDX-License-Identifier: 0BSD */
/*
 * Putting an answer together, and the refusals that several commands share.
 */
#ifndef CBCNN_ANSWER_H
#define CBCNN_ANSWER_H

#include "bytes.h"
#include "commands.h"
#include "protocol.h"

#include <string.h>

static inline void add_u16(struct answer *answer, uint32_t value)
{
    put_u16(answer->data + answer->bytes, value);
    answer->bytes += 2U;
}

static inline void add_u32(struct answer *answer, uint32_t value)
{
    put_u32(answer->data + answer->bytes, value);
    answer->bytes += 4U;
}

static inline void add_u8(struct answer *answer, uint8_t value)
{
    answer->data[answer->bytes] = value;
    answer->bytes++;
}

static inline void add_bytes(struct answer *answer, const void *from, uint32_t bytes)
{
    memcpy(answer->data + answer->bytes, from, bytes);
    answer->bytes = (uint16_t)(answer->bytes + bytes);
}

static inline uint8_t wrong_size(const struct request *request, struct answer *answer)
{
    add_u16(answer, request->bytes);
    return STATUS_WRONG_SIZE;
}

static inline uint8_t bad_value(struct answer *answer, uint16_t field)
{
    add_u16(answer, field);
    return STATUS_BAD_VALUE;
}

#endif
