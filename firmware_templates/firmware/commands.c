/* SPDX-License-Identifier: 0BSD */
#include "commands.h"

#include "config.h"
#include "golden.h"
#include "inference.h"
#include "machine.h"
#include "network.h"
#include "provoke.h"
#include "stack.h"
#include "ticks.h"

/* The letters RSET. */
#define RESET_WORD 0x54455352UL

#define BIT(command) (1UL << (command))
#define CAPABILITIES \
    (BIT(COMMAND_INFO) | BIT(COMMAND_IMAGE) | BIT(COMMAND_CLASSIFY) | BIT(COMMAND_READ) | \
     BIT(COMMAND_LAYER) | BIT(COMMAND_SELF_TEST) | BIT(COMMAND_BENCH) | BIT(COMMAND_STACK) | \
     BIT(COMMAND_RESET))
#ifdef NETWORK_SPENDS_IMAGE
#define SPENDS_CAPABILITY CAPABILITY_SPENDS_IMAGE
#else
#define SPENDS_CAPABILITY 0U
#endif
#ifdef NETWORK_HAS_CLASS_NAMES
#define NAMES_CAPABILITY BIT(COMMAND_CLASS_NAME)
#else
#define NAMES_CAPABILITY 0U
#endif
#ifdef NETWORK_PROVOKES
#define PROVOKE_CAPABILITY CAPABILITY_PROVOKES
#else
#define PROVOKE_CAPABILITY 0U
#endif

static const TABLE uint8_t board_name[] = BOARD_NAME;
static const TABLE uint8_t network_name[] = NETWORK_NAME;
static const TABLE uint8_t tool_version[] = NETWORK_TOOL_VERSION;

/* A text of C with its length in front, its end left out. */
static void add_text(struct answer *answer, const TABLE uint8_t *text, uint16_t size)
{
    add_u8(answer, (uint8_t)(size - 1U));
    add_table(answer, text, (uint16_t)(size - 1U));
}

static void add_model_info(struct answer *answer)
{
    add_table(answer, inference_model(), NETWORK_SHA256_LENGTH);
    add_u16(answer, NETWORK_HEIGHT);
    add_u16(answer, NETWORK_WIDTH);
    add_u16(answer, NETWORK_CHANNELS);
    add_u16(answer, NETWORK_SCORES);
    add_u32(answer, NETWORK_IMAGE_BYTES);
    add_u8(answer, NETWORK_PIXEL_TYPE);
    add_u8(answer, NETWORK_SCORE_TYPE);
    add_u8(answer, NETWORK_FRACTION_BITS);
    add_u8(answer, NETWORK_LAYERS);
    add_u32(answer, NETWORK_FORMATS);
}

static uint8_t info(const struct request *request, struct answer *answer)
{
    if (request->bytes != 0) {
        return wrong_size(request, answer);
    }
    add_u8(answer, PROTOCOL_VERSION);
    add_u8(answer, PROTOCOL_VERSION);
    add_u16(answer, LINK_MAX_PAYLOAD);
    add_u32(answer, CAPABILITIES | NAMES_CAPABILITY | SPENDS_CAPABILITY | PROVOKE_CAPABILITY);
    add_model_info(answer);
    add_u32(answer, machine_clock_hz());
    add_u32(answer, ticks_hz());
    add_u8(answer, ticks_counter());
    add_u8(answer, golden_count);
    add_u8(answer, machine_start_reason());
    add_u8(answer, machine_last_fault());
    add_u32(answer, NETWORK_ARENA_BYTES);
    add_u32(answer, stack_bytes());
    add_u32(answer, NETWORK_STACK_BYTES);
    add_text(answer, board_name, sizeof(board_name));
    add_text(answer, network_name, sizeof(network_name));
    add_text(answer, tool_version, sizeof(tool_version));
    return STATUS_OK;
}

static uint8_t reset(const struct request *request, struct answer *answer)
{
    if (request->bytes != sizeof(uint32_t)) {
        return wrong_size(request, answer);
    }
    if (get_u32(request->fields) != RESET_WORD) {
        return bad_value(answer, 0);
    }
    return STATUS_OK;
}

static uint8_t class_name(const struct request *request, struct answer *answer)
{
    const char *name;
    size_t bytes;

    if (request->bytes != 2U) {
        return wrong_size(request, answer);
    }
    if (get_u16(request->fields) >= NETWORK_CLASSES) {
        return bad_value(answer, 0);
    }
    name = network_class_name(get_u16(request->fields));
    if (name == NULL) {
        return STATUS_NOT_SUPPORTED;
    }
    bytes = strlen(name);
    add_bytes(answer, name, (uint32_t)(bytes < LINK_MAX_PAYLOAD ? bytes : LINK_MAX_PAYLOAD));
    return STATUS_OK;
}

static uint8_t provoke(const struct request *request, struct answer *answer)
{
#ifdef NETWORK_PROVOKES
    if (request->bytes != 1U) {
        return wrong_size(request, answer);
    }
    if (request->fields[0] == 0 || request->fields[0] > PROVOKE_STACK_GUARD) {
        return bad_value(answer, 0);
    }
    provoke_fault(request->fields[0]);
    return STATUS_OK;
#else
    (void)request;
    (void)answer;
    return STATUS_NOT_SUPPORTED;
#endif
}

uint8_t commands_execute(
    const struct request *request,
    const uint8_t *pixels,
    struct answer *answer)
{
    switch (request->command) {
    case COMMAND_INFO:
        return info(request, answer);
    case COMMAND_IMAGE:
        return inference_image(request, pixels, answer);
    case COMMAND_CLASSIFY:
        return inference_classify(request, answer);
    case COMMAND_READ:
        return inference_read(request, answer);
    case COMMAND_LAYER:
        return inference_layer(request, answer);
    case COMMAND_SELF_TEST:
        return inference_self_test(request, answer);
    case COMMAND_BENCH:
        return inference_bench(request, answer);
    case COMMAND_STACK:
        return inference_stack(request, answer);
    case COMMAND_RESET:
        return reset(request, answer);
    case COMMAND_CLASS_NAME:
        return class_name(request, answer);
    case COMMAND_PROVOKE:
        return provoke(request, answer);
    default:
        return STATUS_UNKNOWN_COMMAND;
    }
}

void commands_after_answer(const struct request *request, uint8_t status)
{
    if (request->command == COMMAND_RESET && status == STATUS_OK) {
        machine_restart(START_REQUESTED, 0);
    }
}
