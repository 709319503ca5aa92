/* SPDX-License-Identifier: 0BSD */
/*
 * The commands of the link protocol, docs/protocol.md of cbcnn.
 */
#ifndef CBCNN_COMMANDS_H
#define CBCNN_COMMANDS_H

#include "request.h"

#include <stdint.h>

/* Carries a request out and returns a status; see enum status. `pixels` are what follows the fields
 * of a part of an image, and NULL for every other command. */
uint8_t commands_execute(
    const struct request *request,
    const uint8_t *pixels,
    struct answer *answer);

/* Does what can only be done when the answer is sent. */
void commands_after_answer(const struct request *request, uint8_t status);

#endif
