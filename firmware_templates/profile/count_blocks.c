/* SPDX-License-Identifier: 0BSD
 *
 * A plugin for QEMU that counts how often control goes from one block of instructions to another
 * while one function runs, with everything it calls. The program that is counted is not changed.
 *
 * Arguments, all addresses hexadecimal, ends excluded:
 *   entry=ADDRESS     the function's first instruction; counting starts there
 *   outside=LOW-HIGH  code that the function returns to; counting stops there. Several.
 *   top=LOW-HIGH      code that names the context of what it calls. Several.
 *   output=FILE       gets one line for each context, source and block:
 *                     address and number of instructions of the three, times
 * The context is the last block of `top` code that ran, the block itself included. Where counting
 * starts the source is all 0, where it stops the block is.
 */
#include "qemu_plugin.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef PLUGIN_VERSION
#define PLUGIN_VERSION 1
#endif

#define MAX_RANGES 256U
#define SLOTS 262144U /* a power of two */
#define MOST_EDGES (SLOTS / 4U * 3U)

int qemu_plugin_version = PLUGIN_VERSION;

struct range {
    uint64_t low, high;
};

struct ranges {
    struct range items[MAX_RANGES];
    size_t count;
};

struct block {
    uint64_t address, instructions;
    int is_entry, is_top, is_outside;
};

struct edge {
    const struct block *context, *source, *block;
    uint64_t times;
};

static uint64_t entry;
static struct ranges outside, top;
static const char *output;

static const struct block nowhere;
static struct edge edges[SLOTS];
static size_t edge_count;
static const struct block *context, *source;

static void fail(const char *message, const char *detail)
{
    (void)fprintf(stderr, "count_blocks: %s %s\n", message, detail);
    exit(1);
}

static int contains(const struct ranges *ranges, uint64_t address)
{
    size_t i;

    for (i = 0; i < ranges->count; i++) {
        if (address >= ranges->items[i].low && address < ranges->items[i].high) {
            return 1;
        }
    }
    return 0;
}

static size_t hash(const struct block *from, const struct block *to, const struct block *within)
{
    uint64_t value = (uint64_t)(uintptr_t)from * UINT64_C(0x9e3779b97f4a7c15);

    value = (value ^ (uint64_t)(uintptr_t)to) * UINT64_C(0x9e3779b97f4a7c15);
    value = (value ^ (uint64_t)(uintptr_t)within) * UINT64_C(0x9e3779b97f4a7c15);
    return (size_t)(value >> 32) & (SLOTS - 1U);
}

static void count_edge(const struct block *block)
{
    size_t slot = hash(source, block, context);

    while (edges[slot].context != NULL &&
           (edges[slot].context != context || edges[slot].source != source ||
            edges[slot].block != block)) {
        slot = (slot + 1U) & (SLOTS - 1U);
    }
    if (edges[slot].context == NULL) {
        if (++edge_count > MOST_EDGES) {
            fail("too many blocks for", "one table");
        }
        edges[slot].context = context;
        edges[slot].source = source;
        edges[slot].block = block;
    }
    edges[slot].times++;
}

static void executed(unsigned int cpu, void *data)
{
    const struct block *block = data;

    (void)cpu;
    if (source == NULL) {
        if (!block->is_entry) {
            return;
        }
        source = &nowhere;
    } else if (block->is_outside) {
        count_edge(&nowhere);
        source = NULL;
        return;
    }
    if (block->is_top) {
        context = block;
    }
    count_edge(block);
    source = block;
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *translation)
{
    struct block *block = calloc(1, sizeof *block);

    (void)id;
    if (block == NULL) {
        fail("not enough memory for", "a block");
        return;
    }
    block->address = qemu_plugin_tb_vaddr(translation);
    block->instructions = qemu_plugin_tb_n_insns(translation);
    block->is_entry = block->address == entry;
    block->is_top = contains(&top, block->address);
    block->is_outside = contains(&outside, block->address);
    qemu_plugin_register_vcpu_tb_exec_cb(translation, executed, QEMU_PLUGIN_CB_NO_REGS, block);
}

static void print_block(FILE *file, const struct block *block)
{
    (void)fprintf(file, "%" PRIu64 " %" PRIu64 " ", block->address, block->instructions);
}

static void ended(qemu_plugin_id_t id, void *data)
{
    FILE *file = fopen(output, "w");
    size_t i;

    (void)id;
    (void)data;
    if (file == NULL) {
        fail("cannot write", output);
        return;
    }
    for (i = 0; i < SLOTS; i++) {
        if (edges[i].context != NULL) {
            print_block(file, edges[i].context);
            print_block(file, edges[i].source);
            print_block(file, edges[i].block);
            (void)fprintf(file, "%" PRIu64 "\n", edges[i].times);
        }
    }
    if (fclose(file) != 0) {
        fail("cannot write", output);
    }
}

static void add_range(struct ranges *ranges, const char *text)
{
    struct range *range = &ranges->items[ranges->count];
    char *end;

    if (ranges->count == MAX_RANGES) {
        fail("too many ranges at", text);
    }
    range->low = strtoull(text, &end, 16);
    if (*end != '-') {
        fail("not a range:", text);
    }
    range->high = strtoull(end + 1, NULL, 16);
    ranges->count++;
}

int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv)
{
    int i;

    (void)info;
    for (i = 0; i < argc; i++) {
        if (strncmp(argv[i], "entry=", 6) == 0) {
            entry = strtoull(argv[i] + 6, NULL, 16);
        } else if (strncmp(argv[i], "outside=", 8) == 0) {
            add_range(&outside, argv[i] + 8);
        } else if (strncmp(argv[i], "top=", 4) == 0) {
            add_range(&top, argv[i] + 4);
        } else if (strncmp(argv[i], "output=", 7) == 0) {
            output = argv[i] + 7;
        } else {
            fail("unknown argument", argv[i]);
        }
    }
    if (output == NULL) {
        fail("no", "output=FILE");
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    qemu_plugin_register_atexit_cb(id, ended, NULL);
    return 0;
}
