/* SPDX-License-Identifier: 0BSD */
/*
 * A request that a command carries out, and its answer.
 */
#ifndef CBCNN_REQUEST_H
#define CBCNN_REQUEST_H

#include "bytes.h"
#include "protocol.h"
#include "tables.h"

#include <string.h>

/* As many as the longest request has, pixels aside. */
#define REQUEST_FIELD_BYTES 16U

/*
 * `fields` is a copy of how the payload begins; its `bytes` say how many of them mean something. The
 * memory that the request arrived in takes the next one while the network runs, which is told that
 * the board is busy. A command sees the copy alone and cannot read what is no longer there.
 */
struct request {
    uint8_t command;
    uint16_t id;
    uint16_t bytes;
    uint8_t fields[REQUEST_FIELD_BYTES];
};

/* Room for LINK_MAX_PAYLOAD bytes, and how many of them are the answer. */
struct answer {
    uint8_t *data;
    uint16_t bytes;
};

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

static inline void add_table(struct answer *answer, const TABLE uint8_t *from, uint16_t bytes)
{
    uint16_t i;

    for (i = 0; i < bytes; i++) {
        add_u8(answer, from[i]);
    }
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
