/* SPDX-License-Identifier: 0BSD */
/*
 * Serial in, class out: whatever picture the computer sends is classified, the answer goes back, and
 * the board says it in words too. The LED is on while class 0 is what was seen last.
 *
 * All of it is in the firmware around this file; what a product does with a class goes into show().
 */
#include "link.h"
#include "machine.h"
#include "network.h"
#include "protocol.h"
#include "result.h"
#include "text.h"

#include <stddef.h>

static void show(const struct result *result)
{
    const char *const name = network_class_name(result->class_index);
    struct text line = {{0}, 0};

    machine_led(result->class_index == 0 && result->decision != DECISION_REJECTED);
    text_add(&line, result->decision == DECISION_REJECTED ? "no answer, perhaps class " : "class ");
    text_add_decimal(&line, result->class_index);
    if (name != NULL) {
        text_add(&line, ": ");
        text_add(&line, name);
    }
    link_text(line.characters);
}

int main(void)
{
    uint32_t shown = 0;

    machine_start();
    network_between_layers(link_answer_busy);
    link_start();
    for (;;) {
        if (!link_poll()) {
            machine_idle();
        }
        if (last_result()->count != shown) {
            shown = last_result()->count;
            show(last_result());
        }
    }
}
