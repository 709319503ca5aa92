/* SPDX-License-Identifier: 0BSD */
#include "frame.h"

#include "bytes.h"
#include "crc32.h"
#include "protocol.h"

/* Most bytes of a block without a zero; its code byte is 0xff. */
#define LONGEST_RUN 254U
#define FULL_BLOCK 0xffU

static void begin(struct frame_receiver *receiver)
{
    receiver->length = 0;
    receiver->left = 0;
    receiver->zero_follows = false;
    receiver->started = false;
    receiver->too_long = false;
    receiver->skipping = false;
    receiver->ended = false;
}

static void store(struct frame_receiver *receiver, uint8_t byte)
{
    if (receiver->length < receiver->capacity) {
        receiver->packet[receiver->length] = byte;
        receiver->length++;
    } else {
        receiver->too_long = true;
    }
}

static enum frame_outcome end(struct frame_receiver *receiver)
{
    receiver->ended = true;
    if (receiver->skipping || !receiver->started) {
        return FRAME_NOTHING;
    }
    if (receiver->too_long) {
        return FRAME_TOO_LONG;
    }
    return receiver->left == 0 ? FRAME_COMPLETE : FRAME_BAD;
}

enum frame_outcome frame_receive(struct frame_receiver *receiver, uint8_t byte)
{
    if (receiver->ended) {
        begin(receiver);
    }
    if (byte == 0) {
        return end(receiver);
    }
    receiver->started = true;
    if (receiver->left != 0) {
        receiver->left--;
        store(receiver, byte);
        return FRAME_NOTHING;
    }
    if (receiver->zero_follows) {
        store(receiver, 0);
    }
    receiver->left = (uint8_t)(byte - 1U);
    receiver->zero_follows = byte != FULL_BLOCK;
    return FRAME_NOTHING;
}

void frame_skip(struct frame_receiver *receiver)
{
    begin(receiver);
    receiver->skipping = true;
}

/* A packet whose parts lie in different places. */
struct packet {
    const uint8_t *header;
    const uint8_t *payload;
    uint32_t payload_end;
    uint8_t crc[CRC_BYTES];
};

static uint8_t byte_at(const struct packet *packet, uint32_t at)
{
    if (at < HEADER_BYTES) {
        return packet->header[at];
    }
    if (at < packet->payload_end) {
        return packet->payload[at - HEADER_BYTES];
    }
    return packet->crc[at - packet->payload_end];
}

/* Length of the block at `from`: up to the next zero, the end, or the longest that there is. */
static uint32_t run_length(const struct packet *packet, uint32_t from, uint32_t total)
{
    uint32_t run = 0;

    while (run < LONGEST_RUN && from + run < total && byte_at(packet, from + run) != 0) {
        run++;
    }
    return run;
}

static void send_stuffed(const struct packet *packet, void (*put)(uint8_t))
{
    const uint32_t total = packet->payload_end + CRC_BYTES;
    uint32_t at = 0;

    for (;;) {
        const uint32_t run = run_length(packet, at, total);
        const uint32_t run_end = at + run;

        put((uint8_t)(run + 1U));
        for (; at < run_end; at++) {
            put(byte_at(packet, at));
        }
        if (at == total) {
            return;
        }
        at += run < LONGEST_RUN ? 1U : 0U;
    }
}

void frame_send(
    const uint8_t *header,
    const uint8_t *payload,
    uint16_t payload_bytes,
    void (*put)(uint8_t))
{
    struct packet packet;
    uint32_t crc = crc32_continue(0, header, HEADER_BYTES);

    crc = crc32_continue(crc, payload, payload_bytes);
    packet.header = header;
    packet.payload = payload;
    packet.payload_end = HEADER_BYTES + payload_bytes;
    put_u32(packet.crc, crc);
    put(0);
    send_stuffed(&packet, put);
    put(0);
}
