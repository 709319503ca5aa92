/* SPDX-License-Identifier: 0BSD */
/*
 * The commands of docs/protocol.md that have to do with images and the network. Each takes a request,
 * fills in the answer and returns a status.
 */
#ifndef CBCNN_INFERENCE_H
#define CBCNN_INFERENCE_H

#include "request.h"
#include "tables.h"

#include <stdint.h>

/* SHA-256 of the model file. */
#define NETWORK_SHA256_LENGTH 32U
const TABLE uint8_t *inference_model(void);

uint8_t inference_image(
    const struct request *request,
    const uint8_t *pixels,
    struct answer *answer);
uint8_t inference_classify(const struct request *request, struct answer *answer);
uint8_t inference_read(const struct request *request, struct answer *answer);
uint8_t inference_layer(const struct request *request, struct answer *answer);
uint8_t inference_self_test(const struct request *request, struct answer *answer);
uint8_t inference_bench(const struct request *request, struct answer *answer);
uint8_t inference_stack(const struct request *request, struct answer *answer);

#endif
