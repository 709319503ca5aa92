/* SPDX-License-Identifier: 0BSD */
/*
 * The commands of the link protocol, docs/protocol.md of cbcnn.
 */
#ifndef CBCNN_COMMANDS_H
#define CBCNN_COMMANDS_H

#include <stdint.h>

/* A request that arrived whole. Its payload is gone as soon as the model runs or the line is read:
 * a command takes what it needs first. */
struct request {
    uint8_t command;
    uint16_t id;
    const uint8_t *payload;
    uint16_t bytes;
};

/* Room for LINK_MAX_PAYLOAD bytes, and how many of them are the answer. */
struct answer {
    uint8_t *data;
    uint16_t bytes;
};

/* Returns a status; see enum status. */
uint8_t commands_execute(const struct request *request, struct answer *answer);

/* What can only be done when the answer is sent. */
void commands_after_answer(const struct request *request, uint8_t status);

#endif
