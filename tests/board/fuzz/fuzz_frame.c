/* SPDX-License-Identifier: Apache-2.0
 *
 * The frame parser of the firmware, fed with anything, and what it sends, read back.
 *
 * The first byte of an input is the size of the packet buffer. The rest is what the line brings, and
 * also a payload that is sent and must come back.
 */
#include "crc32.h"
#include "frame.h"
#include "protocol.h"

#include <stdlib.h>
#include <string.h>

#define DEMAND(condition) ((condition) ? (void)0 : abort())

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

/* A receiver with a packet buffer of exactly this size, so that a sanitizer sees its ends. */
static struct frame_receiver make_receiver(uint16_t capacity)
{
    struct frame_receiver receiver;

    memset(&receiver, 0, sizeof receiver);
    receiver.packet = (uint8_t *)malloc(capacity);
    receiver.capacity = capacity;
    DEMAND(receiver.packet != NULL);
    return receiver;
}

/* Whatever comes, a frame decodes to fewer bytes than it has. */
static void receive_anything(const uint8_t *data, size_t bytes, uint16_t capacity)
{
    struct frame_receiver receiver = make_receiver(capacity);
    size_t since_zero = 0;

    for (size_t i = 0; i < bytes; i++) {
        const enum frame_outcome outcome = frame_receive(&receiver, data[i]);

        DEMAND(receiver.length <= capacity);
        DEMAND(outcome == FRAME_NOTHING || data[i] == 0);
        if (outcome == FRAME_COMPLETE) {
            DEMAND(since_zero != 0 && receiver.length < since_zero);
        }
        since_zero = data[i] == 0 ? 0 : since_zero + 1;
        if (data[i] == 0xfe && i % 5 == 0) {
            frame_skip(&receiver);
        }
    }
    free(receiver.packet);
}

static uint8_t *sent;
static size_t sent_bytes;

static void put(uint8_t byte)
{
    sent[sent_bytes] = byte;
    sent_bytes++;
}

/* What is sent comes back as it was, with a right CRC, at the second zero byte and not before. */
static void send_and_receive(const uint8_t *payload, uint16_t bytes)
{
    const uint8_t header[HEADER_BYTES] =
        {1, 0x81, 0, 7, (uint8_t)bytes, (uint8_t)(bytes >> 8), 0, 0};
    const uint16_t packet_bytes = (uint16_t)(bytes + FRAMING_BYTES);
    struct frame_receiver receiver = make_receiver(packet_bytes);
    enum frame_outcome outcome = FRAME_NOTHING;

    sent_bytes = 0;
    sent = (uint8_t *)malloc(packet_bytes + packet_bytes / 254U + 4U);
    DEMAND(sent != NULL);
    frame_send(header, payload, bytes, put);
    for (size_t i = 0; i < sent_bytes; i++) {
        DEMAND(outcome == FRAME_NOTHING);
        outcome = frame_receive(&receiver, sent[i]);
    }
    DEMAND(outcome == FRAME_COMPLETE && receiver.length == packet_bytes);
    DEMAND(memcmp(receiver.packet, header, sizeof header) == 0);
    DEMAND(bytes == 0 || memcmp(receiver.packet + HEADER_BYTES, payload, bytes) == 0);
    /* The CRC of a message and its CRC is always the same number. */
    DEMAND(crc32_continue(0, receiver.packet, packet_bytes) == 0x2144df1cU);
    free(receiver.packet);
    free(sent);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    if (bytes == 0 || bytes > 4096) {
        return 0;
    }
    receive_anything(data + 1, bytes - 1, (uint16_t)(data[0] + 1U));
    send_and_receive(data + 1, (uint16_t)(bytes - 1));
    return 0;
}
