/* SPDX-License-Identifier: 0BSD */
/*
 * Accesses to registers as data: what a board's file says, carried out.
 */
#ifndef CBCNN_STEPS_H
#define CBCNN_STEPS_H

#include "tables.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * One access to a register:
 *   SET    register |= value
 *   FIELD  register = (register & ~mask) | value
 *   WRITE  register = value
 *   WAIT   until (register & mask) == value, but not for ever
 */
enum step_kind { STEP_SET, STEP_FIELD, STEP_WRITE, STEP_WAIT };

struct step {
    uint32_t kind;
    uint32_t address;
    uint32_t mask;
    uint32_t value;
};

struct steps {
    const TABLE struct step *first;
    uint32_t count;
};

/* Carries the steps out. Returns false where a WAIT had no end; what follows it is left out. */
bool steps_run(const TABLE struct steps *steps);

#endif
