/* SPDX-License-Identifier: 0BSD */
#ifndef CBCNN_MULTIPLY_ADD_H
#define CBCNN_MULTIPLY_ADD_H

#include <stdint.h>
#include <string.h>

/*
 * Fused multiply-add: x * y + z, rounded once, half to even; x, y and z are finite. A processor that
 * has an instruction for it takes that. On others integers do it: the product of two significands
 * has 48 bits, so both terms fit 64 with room to spare, and what is shifted out of the smaller one
 * is remembered in its last bit. The functions of C libraries are not taken: some round twice.
 */
#if defined(__GNUC__) && (defined(__FP_FAST_FMAF) || defined(__ARM_FEATURE_FMA))

static inline float cbcnn_fused_add(float x, float y, float z)
{
    return __builtin_fmaf(x, y, z);
}

#else

#if defined(__GNUC__)
#define CBCNN_APART __attribute__((noinline))
#else
#define CBCNN_APART
#endif

/* A number: significand * 2^exponent. */
typedef struct {
    uint64_t significand;
    int32_t exponent;
    uint32_t sign;
} cbcnn_term_t;

static inline int32_t cbcnn_leading_zeros(uint64_t value)
{
    int32_t count = 0;
    for (int32_t step = 32; step > 0; step /= 2) {
        if (value >> (64 - step) == 0) {
            value <<= step;
            count += step;
        }
    }
    return count;
}

/* The significand's highest bit is bit 23; that of zero is 0. */
static inline cbcnn_term_t cbcnn_take_apart(float x)
{
    cbcnn_term_t term;
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    term.sign = bits >> 31;
    term.exponent = (int32_t)(bits >> 23 & 0xffU) - 150;
    term.significand = bits & 0x7fffffU;
    if (term.exponent != -150) {
        term.significand |= 0x800000U;
    } else if (term.significand != 0) {
        const int32_t shift = cbcnn_leading_zeros(term.significand) - 40;
        term.significand <<= shift;
        term.exponent = -149 - shift;
    }
    return term;
}

/* Bits that are lost leave a mark in the last one. */
static inline uint64_t cbcnn_shift_right(uint64_t value, int32_t shift)
{
    if (shift > 63) {
        return value != 0;
    }
    return value >> shift | (uint64_t)((value & (((uint64_t)1 << shift) - 1)) != 0);
}

/* The nearest float to a term that is not 0. */
static inline float cbcnn_round_term(cbcnn_term_t term)
{
    float result;
    uint32_t bits;
    uint64_t rest;
    int32_t shift = 40 - cbcnn_leading_zeros(term.significand);
    if (term.exponent + shift < -149) {
        shift = -149 - term.exponent;
    }
    if (shift <= 0) {
        rest = 0;
        term.significand <<= -shift;
    } else {
        /* Two more bits: half a unit, and whatever is below it. */
        const uint64_t kept = cbcnn_shift_right(term.significand, shift > 2 ? shift - 2 : 0)
                              << (shift < 2 ? 2 - shift : 0);
        rest = kept & 3;
        term.significand = kept >> 2;
    }
    bits = (uint32_t)term.significand;
    if (bits & 0x800000U) {
        bits = (bits & 0x7fffffU) | (uint32_t)(term.exponent + shift + 150) << 23;
    }
    if (rest > 2 || (rest == 2 && (bits & 1))) {
        bits++;
    }
    if (term.exponent + shift > 104 || bits > 0x7f800000U) {
        bits = 0x7f800000U;
    }
    bits |= term.sign << 31;
    memcpy(&result, &bits, sizeof result);
    return result;
}

static CBCNN_APART float cbcnn_fused_add(float x, float y, float z)
{
    cbcnn_term_t sum = cbcnn_take_apart(x);
    cbcnn_term_t term = cbcnn_take_apart(y);
    if (sum.significand == 0 || term.significand == 0) {
        return x * y + z; /* the product is a zero with a sign */
    }
    sum.significand = sum.significand * term.significand << 14;
    sum.exponent += term.exponent - 14;
    sum.sign ^= term.sign;
    term = cbcnn_take_apart(z);
    term.significand <<= 37;
    term.exponent -= 37;
    if (term.significand != 0) {
        const int32_t shift = sum.exponent - term.exponent;
        if (shift > 0) {
            term.significand = cbcnn_shift_right(term.significand, shift);
        } else {
            sum.significand = cbcnn_shift_right(sum.significand, -shift);
            sum.exponent = term.exponent;
        }
        if (sum.sign == term.sign) {
            sum.significand += term.significand;
        } else if (sum.significand >= term.significand) {
            sum.significand -= term.significand;
        } else {
            sum.significand = term.significand - sum.significand;
            sum.sign = term.sign;
        }
    }
    if (sum.significand == 0) {
        return 0;
    }
    return cbcnn_round_term(sum);
}

#endif

#endif
