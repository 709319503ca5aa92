/* SPDX-License-Identifier: 0BSD */
/*
 * Golden images in flash are classified at every start: the board finds by itself whether it still
 * computes what Python computed. The LED is on if so, and a line of text tells the result. Then the
 * link is served as ever.
 */
#include "golden.h"
#include "link.h"
#include "machine.h"
#include "network.h"
#include "text.h"

#include <stdbool.h>

static bool test(void)
{
    const struct golden_result result = golden_run(0, UINT8_MAX);
    const bool passed = golden_count != 0 && result.passed == golden_count;
    struct text line = {{0}, 0};

    text_add(&line, passed ? "self-test passed: " : "self-test FAILED: ");
    text_add_decimal(&line, result.passed);
    text_add(&line, " of ");
    text_add_decimal(&line, golden_count);
    text_add(&line, " golden images, class and scores");
    if (result.first_failing != GOLDEN_NONE_FAILED) {
        text_add(&line, "; image ");
        text_add_decimal(&line, result.first_failing);
        text_add(&line, ": class ");
        text_add_decimal(&line, result.computed);
        text_add(&line, ", not ");
        text_add_decimal(&line, result.expected);
    }
    link_text(line.characters);
    return passed;
}

int main(void)
{
    machine_start();
    network_between_layers(link_answer_busy);
    link_start();
    machine_led(test());
    for (;;) {
        if (!link_poll()) {
            machine_idle();
        }
    }
}
