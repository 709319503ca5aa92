/* SPDX-License-Identifier: 0BSD */
/*
 * Packets on a byte stream: Consistent Overhead Byte Stuffing with a zero byte behind each packet.
 *
 * Source: S. Cheshire and M. Baker, "Consistent Overhead Byte Stuffing", IEEE/ACM Transactions on
 * Networking 7 (1999).
 */
#ifndef CBCNN_FRAME_H
#define CBCNN_FRAME_H

#include <stdbool.h>
#include <stdint.h>

/* What a byte did. BAD and TOO_LONG come at the end of a frame, as COMPLETE does. */
enum frame_outcome { FRAME_NOTHING, FRAME_COMPLETE, FRAME_BAD, FRAME_TOO_LONG };

/*
 * Set `packet` and `capacity`, the rest to 0. After COMPLETE the packet is the first `length` bytes
 * at `packet`, until the next byte is received. Nothing is ever written outside `capacity` bytes.
 */
struct frame_receiver {
    uint8_t *packet;
    uint16_t capacity;
    uint16_t length;
    uint8_t left;      /* bytes of the present block that are still to come */
    bool zero_follows; /* the present block stands for a zero behind it, unless the frame ends */
    bool started;      /* the frame has a byte */
    bool too_long;
    bool skipping; /* the rest of this frame is dropped */
    bool ended;    /* the next byte begins a frame */
};

enum frame_outcome frame_receive(struct frame_receiver *receiver, uint8_t byte);

/* Drops what there is of a frame and all up to its end, and says nothing more about it. */
void frame_skip(struct frame_receiver *receiver);

/*
 * Sends a header, a payload and their CRC-32 as one frame. A zero byte goes before it, so that
 * noise on the line costs an empty or a bad frame and not this one.
 */
void frame_send(
    const uint8_t *header,
    const uint8_t *payload,
    uint16_t payload_bytes,
    void (*put)(uint8_t));

#endif
