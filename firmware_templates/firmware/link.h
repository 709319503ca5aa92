/* SPDX-License-Identifier: 0BSD */
/*
 * The link to the computer, docs/protocol.md of cbcnn: requests in, answers and events out.
 */
#ifndef CBCNN_LINK_H
#define CBCNN_LINK_H

#include <stdbool.h>
#include <stdint.h>

/* Says hello. */
void link_start(void);

/* Takes what was received and answers at most one request; returns whether there was one. */
bool link_poll(void);

/* Answers "busy" to requests that arrived while a command takes long; for network_between_layers. */
void link_answer_busy(void);

/* Sends an event. */
void link_event(uint8_t event, uint8_t status, const uint8_t *payload, uint16_t bytes);

/* Sends a line of text for a person. */
void link_text(const char *text);

#endif
