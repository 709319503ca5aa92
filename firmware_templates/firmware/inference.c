/* SPDX-License-Identifier: 0BSD */
/*
 * The commands that have to do with images and the network.
 */
#include "inference.h"

#include "config.h"
#include "crc32.h"
#include "golden.h"
#include "image.h"
#include "network.h"
#include "result.h"
#include "stack.h"

#include <stdbool.h>

#define NETWORK_TAG_BYTES 4U

static const TABLE uint8_t model_sha256[NETWORK_SHA256_LENGTH] = NETWORK_SHA256_BYTES;

static struct result last;

const struct result *last_result(void)
{
    return &last;
}

const TABLE uint8_t *inference_model(void)
{
    return model_sha256;
}

static uint8_t wrong_image(struct answer *answer)
{
    add_u32(answer, image_received());
    add_u32(answer, image_crc());
    return STATUS_WRONG_IMAGE;
}

/* The request's first field is the beginning of the model's hash, so that nothing is computed with
 * another model than the computer means. */
static bool is_own_model(const struct request *request, struct answer *answer)
{
    uint8_t i;

    for (i = 0; i < NETWORK_TAG_BYTES; i++) {
        if (request->fields[i] != model_sha256[i]) {
            add_table(answer, model_sha256, sizeof(model_sha256));
            return false;
        }
    }
    return true;
}

uint8_t inference_image(const struct request *request, const uint8_t *pixels, struct answer *answer)
{
    uint16_t wrong_field;
    uint8_t status;

    if (request->bytes <= IMAGE_FIELD_BYTES) {
        return wrong_size(request, answer);
    }
    last.valid = false;
    status = image_take(
        request->fields[0],
        get_u32(request->fields + 4),
        pixels,
        (uint16_t)(request->bytes - IMAGE_FIELD_BYTES),
        &wrong_field);
    if (status == STATUS_BAD_VALUE) {
        return bad_value(answer, wrong_field);
    }
    add_u32(answer, image_received());
    if (status == STATUS_OK) {
        add_u32(answer, image_crc());
    }
    return status;
}

/* Where the network works on the plane, a run ends what was there. */
static void after_run(void)
{
#ifdef NETWORK_SPENDS_IMAGE
    image_forget();
    last.valid = false;
#endif
}

static uint16_t decide(uint16_t class_index)
{
#ifdef NETWORK_HAS_REJECTION
    return network_rejects(class_index) ? DECISION_REJECTED : DECISION_ANSWERED;
#else
    (void)class_index;
    return DECISION_ALWAYS;
#endif
}

uint8_t inference_classify(const struct request *request, struct answer *answer)
{
    uint32_t crc;

    if (request->bytes != 8U) {
        return wrong_size(request, answer);
    }
    if (!is_own_model(request, answer)) {
        return STATUS_WRONG_MODEL;
    }
    crc = get_u32(request->fields + 4);
    if (!image_is(crc)) {
        return wrong_image(answer);
    }
    last.class_index = network_run(&last.ticks);
    after_run();
    last.decision = decide(last.class_index);
    last.image_crc = crc;
    last.valid = true;
    last.count++;
    add_u16(answer, last.class_index);
    add_u16(answer, last.decision);
    add_u32(answer, last.ticks);
    add_u32(answer, crc);
    add_u32(answer, crc32_continue(0, network_scores(), network_score_bytes()));
    return STATUS_OK;
}

/* Scores are there after a run. The plane is, too, unless the run has ended it: then before. */
static bool has_result(uint8_t what, uint32_t crc)
{
#ifdef NETWORK_SPENDS_IMAGE
    if (what == READ_PLANE) {
        return image_is(crc);
    }
#else
    (void)what;
#endif
    return last.valid && last.image_crc == crc;
}

uint8_t inference_read(const struct request *request, struct answer *answer)
{
    const uint8_t *from = (const uint8_t *)network_plane();
    uint32_t total = NETWORK_IMAGE_BYTES;
    uint32_t offset;
    uint32_t bytes;

    if (request->bytes != 12U) {
        return wrong_size(request, answer);
    }
    if (!has_result(request->fields[4], get_u32(request->fields))) {
        return wrong_image(answer);
    }
    if (request->fields[4] > READ_SCORES) {
        return bad_value(answer, 4);
    }
    bytes = get_u16(request->fields + 6);
    if (bytes > LINK_MAX_PAYLOAD - 4U) {
        return bad_value(answer, 6);
    }
    if (request->fields[4] == READ_SCORES) {
        from = network_scores();
        total = network_score_bytes();
    }
    offset = get_u32(request->fields + 8);
    if (offset > total) {
        return bad_value(answer, 8);
    }
    add_u32(answer, total);
    bytes = bytes < total - offset ? bytes : total - offset;
    add_bytes(answer, from + offset, bytes);
    return STATUS_OK;
}

uint8_t inference_layer(const struct request *request, struct answer *answer)
{
    uint32_t total;
    uint32_t offset;
    uint16_t bytes;
    uint16_t copied;
    uint8_t layer;

    if (request->bytes != 16U) {
        return wrong_size(request, answer);
    }
    if (!is_own_model(request, answer)) {
        return STATUS_WRONG_MODEL;
    }
    if (!image_is(get_u32(request->fields + 4))) {
        return wrong_image(answer);
    }
    layer = request->fields[8];
    if (layer >= NETWORK_LAYERS) {
        return bad_value(answer, 8);
    }
    bytes = get_u16(request->fields + 10);
    if (bytes > LINK_MAX_PAYLOAD - 4U) {
        return bad_value(answer, 10);
    }
    offset = get_u32(request->fields + 12);
    copied = network_run_copying(layer, offset, bytes, answer->data + 4, &total);
    after_run();
    if (offset > total) {
        return bad_value(answer, 12);
    }
    add_u32(answer, total);
    answer->bytes = (uint16_t)(answer->bytes + copied);
    return STATUS_OK;
}

uint8_t inference_self_test(const struct request *request, struct answer *answer)
{
    struct golden_result result;

    if (request->bytes != 2U) {
        return wrong_size(request, answer);
    }
    if (golden_count == 0) {
        return STATUS_NOT_SUPPORTED;
    }
    if (request->fields[0] >= golden_count) {
        return bad_value(answer, 0);
    }
    last.valid = false;
    image_forget();
    result = golden_run(request->fields[0], request->fields[1]);
    add_u8(answer, result.run);
    add_u8(answer, result.passed);
    add_u8(answer, result.first_failing);
    add_u8(answer, 0);
    add_u16(answer, result.expected);
    add_u16(answer, result.computed);
    return STATUS_OK;
}

/* What bench and stack run on: speed and stack hardly depend on it, but an image is better than
 * nothing. A plane that never got an image is all zeros. */
static void demand_image(void)
{
    if (!image_is(image_crc()) && golden_count != 0) {
        image_forget();
        last.valid = false;
        golden_load(0);
    }
}

uint8_t inference_bench(const struct request *request, struct answer *answer)
{
    const uint32_t values = NETWORK_LAYERS + 1U;
    uint32_t runs;
    uint32_t i;

    if (request->bytes != 8U) {
        return wrong_size(request, answer);
    }
    if (!is_own_model(request, answer)) {
        return STATUS_WRONG_MODEL;
    }
    runs = get_u16(request->fields + 4);
    if (runs == 0 || runs > (LINK_MAX_PAYLOAD - 4U) / (4U * values)) {
        return bad_value(answer, 4);
    }
    add_u16(answer, runs);
    add_u16(answer, values);
    for (i = 0; i < runs; i++) {
        demand_image();
        network_run_timed(answer->data + answer->bytes);
        after_run();
        answer->bytes = (uint16_t)(answer->bytes + 4U * values);
    }
    return STATUS_OK;
}

uint8_t inference_stack(const struct request *request, struct answer *answer)
{
    uint32_t used = 0;

    if (request->bytes != 1U) {
        return wrong_size(request, answer);
    }
    if (request->fields[0] > 1U) {
        return bad_value(answer, 0);
    }
    if (request->fields[0] == 1U) {
        demand_image();
        used = network_run_measuring_stack();
        after_run();
    }
    add_u32(answer, stack_bytes());
    add_u32(answer, stack_deepest());
    add_u32(answer, used);
    add_u8(answer, stack_guard_is_intact() ? 1 : 0);
    add_u8(answer, 0);
    add_u16(answer, 0);
    return STATUS_OK;
}
