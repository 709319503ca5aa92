/* SPDX-License-Identifier: 0BSD */
/*
 * Numbers of the link protocol, version 1; docs/protocol.md of cbcnn says what they mean.
 */
#ifndef CBCNN_PROTOCOL_H
#define CBCNN_PROTOCOL_H

#define PROTOCOL_VERSION 1U

#define HEADER_BYTES 8U
#define CRC_BYTES 4U
#define FRAMING_BYTES (HEADER_BYTES + CRC_BYTES)

/* An answer has the command of its request with this bit turned over. */
#define ANSWER_BIT 0x80U

enum command {
    COMMAND_INFO = 0x01,
    COMMAND_IMAGE = 0x02,
    COMMAND_CLASSIFY = 0x03,
    COMMAND_READ = 0x04,
    COMMAND_LAYER = 0x05,
    COMMAND_SELF_TEST = 0x06,
    COMMAND_BENCH = 0x07,
    COMMAND_STACK = 0x08,
    COMMAND_RESET = 0x09,
    COMMAND_CLASS_NAME = 0x0a,
    COMMAND_PROVOKE = 0x70
};

/* Bits of the capabilities that are no command. */
#define CAPABILITY_SPENDS_IMAGE 0x40000000UL
#define CAPABILITY_PROVOKES 0x80000000UL

enum event { EVENT_TEXT = 0xfc, EVENT_FAULT = 0xfd, EVENT_HELLO = 0xfe, EVENT_NOTICE = 0xff };

enum status {
    STATUS_OK = 0,
    STATUS_BAD_FRAME = 1,
    STATUS_BAD_CRC = 2,
    STATUS_TOO_LONG = 3,
    STATUS_WRONG_VERSION = 4,
    STATUS_UNKNOWN_COMMAND = 5,
    STATUS_WRONG_SIZE = 6,
    STATUS_BAD_VALUE = 7,
    STATUS_BUSY = 8,
    STATUS_WRONG_MODEL = 9,
    STATUS_WRONG_IMAGE = 10,
    STATUS_WRONG_OFFSET = 11,
    STATUS_NOT_SUPPORTED = 12,
    STATUS_OVERRUN = 13,
    STATUS_STACK_DAMAGED = 14
};

/* Of a part of an image, before its pixels. */
#define IMAGE_FIELD_BYTES 8U

enum format { FORMAT_PLANE = 0, FORMAT_RGB888 = 1, FORMAT_RGB565 = 2, FORMAT_GREY = 3 };

/* What a model says of its class: it always answers; it is sure enough; it is not. */
enum decision { DECISION_ALWAYS = 0, DECISION_ANSWERED = 1, DECISION_REJECTED = 2 };

enum score_type { SCORE_INT32 = 0, SCORE_INT64 = 1, SCORE_FLOAT32 = 2 };

enum readable { READ_PLANE = 0, READ_SCORES = 1 };

enum start { START_POWER = 0, START_REQUESTED = 1, START_AFTER_FAULT = 2 };

enum counter { COUNTER_NONE = 0, COUNTER_DWT = 1, COUNTER_TIMER = 2, COUNTER_SYSTICK = 3 };

/* A kind of fault that is no exception: the guard below the stack was overwritten. */
#define FAULT_STACK_GUARD 0x80U

enum provocation {
    PROVOKE_UNDEFINED_INSTRUCTION = 1,
    PROVOKE_ABSENT_ADDRESS = 2,
    PROVOKE_RECURSION = 3,
    PROVOKE_STACK_GUARD = 4
};

#endif
