/* SPDX-License-Identifier: 0BSD */
#include "steps.h"

#include "registers.h"

/* An oscillator needs milliseconds at most; this is 20 ms at 216 MHz and 1 s at 4 MHz. */
#define LONGEST_WAIT 400000U

static bool wait_for(const TABLE struct step *step)
{
    uint32_t tries;

    for (tries = 0; tries < LONGEST_WAIT; tries++) {
        if ((REGISTER(step->address) & step->mask) == step->value) {
            return true;
        }
    }
    return false;
}

bool steps_run(const TABLE struct steps *steps)
{
    uint32_t i;

    for (i = 0; i < steps->count; i++) {
        const TABLE struct step *const step = &steps->first[i];

        switch (step->kind) {
        case STEP_SET:
            REGISTER(step->address) |= step->value;
            break;
        case STEP_FIELD:
            REGISTER(step->address) = (REGISTER(step->address) & ~step->mask) | step->value;
            break;
        case STEP_WRITE:
            REGISTER(step->address) = step->value;
            break;
        case STEP_WAIT:
        default:
            if (!wait_for(step)) {
                return false;
            }
            break;
        }
    }
    return true;
}
