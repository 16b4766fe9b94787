/* Elementary functions of vectors, right to two units in the last place over all of float and double: a zero keeps its
 * sign where the function is odd, NaN stays NaN, and numbers below the normal range are neither lost nor flushed.
 *
 * Polynomials stand in coefficients.h. Nothing here relies on a*b + c being rounded once, or twice.
 */
#ifndef FUNCTIONS_H
#define FUNCTIONS_H

#include <math.h> /* INFINITY and NAN alone */

#include "vectors.h"

#include "coefficients.h"

#ifdef DOUBLE
#define FRACTION_BITS 52
#define BIAS 1023
#define SMALLEST_NORMAL R(2.2250738585072014e-308)
#define LARGEST R(1.7976931348623157e308)
#else
#define FRACTION_BITS 23
#define BIAS 127
#define SMALLEST_NORMAL R(1.17549435e-38f)
#define LARGEST R(3.40282347e38f)
#endif
#define TWO_TO_FRACTION_BITS ((real)((word)1 << FRACTION_BITS))

/* A number up to a quarter of this, added to it, is rounded to an integer, which then stands in the lowest bits. */
#define ROUNDER (R(1.5) * TWO_TO_FRACTION_BITS)

INLINE vec nearest(vec x) { return (x + ROUNDER) - ROUNDER; }

/* Two terms at a time, which wait for each other half as long; a few are sooner added one by one. */
#define POLYNOMIAL(x, coefficients) polynomial(x, coefficients, (int)(sizeof(coefficients) / sizeof(real)))
INLINE vec polynomial(vec x, const real *coefficients, int terms) {
    int step = terms < 5 ? 1 : 2, left = terms % step;
    vec square = x * x, sum = splat(0);
    if (left) sum = splat(coefficients[terms - 1]);
    UNROLL for (int i = terms - left - step; i >= 0; i -= step) {
        vec next = step == 1 ? splat(coefficients[i]) : coefficients[i + 1] * x + coefficients[i];
        sum = i == terms - step ? next : sum * (step == 1 ? x : square) + next;
    }
    return sum;
}

/* 2^n for an integer n within the exponents of normal numbers: its lowest bits are shifted to where exponents stand. */
INLINE vec power_of_two(vec n) { return vec_of(bits_of(n + (ROUNDER + BIAS)) << FRACTION_BITS); }

/* x 2^n, rounded once where it is below the normal range. */
INLINE vec scaled(vec x, vec n) {
#if VECTOR_BYTES == 64
    return (vec)X86(scalef)(x, n);
#else
    vec half = nearest(n * R(0.5));
    return x * power_of_two(half) * power_of_two(n - half);
#endif
}

/* From 2^FRACTION_BITS on every number is an integer; below, adding that leaves no bits behind the point. */
INLINE vec nearest_of_size(vec size) {
    vec rounded = (size + TWO_TO_FRACTION_BITS) - TWO_TO_FRACTION_BITS;
    return where(size < TWO_TO_FRACTION_BITS, rounded, size);
}
#if VECTOR_BYTES >= 32 /* AVX2 or later: an instruction of its own */
INLINE vec vfloor(vec x) { return (vec)X86(floor)(x); }
#else
INLINE vec vfloor(vec x) {
    vec n = with_sign_of(x, nearest_of_size(magnitude(x)));
    return n - where(n > x, splat(1), splat(0));
}
#endif

/* Of each lane the entry of a table at a whole number, which is not negative; NaN of NaN. */
INLINE vec entry(const real *entries, vec k) {
    mask known = k == k;
    bits lowest = bits_of(where(known, k, splat(0)) + TWO_TO_FRACTION_BITS) & (((word)1 << (FRACTION_BITS - 1)) - 1);
    word place[LANES];
    real found[LANES];
    memcpy(place, &lowest, sizeof lowest);
    UNROLL for (int i = 0; i < LANES; i++) found[i] = entries[place[i]];
    return where(known, load(found), k);
}

/* 0 of NaN, as torch.sign. */
INLINE vec vsign(vec x) { return where(x > R(0), splat(1), where(x < R(0), splat(-1), splat(0))); }

/* x to a small whole power. */
INLINE vec power(vec x, int n) {
    vec result = n & 1 ? x : splat(1);
    while (n >>= 1) {
        x = x * x;
        if (n & 1) result = result * x;
    }
    return result;
}

/* ------------------------------------------------------------------------------------------ pairs of numbers */

/* The number high + low, of twice the precision. */
typedef struct {
    vec high, low;
} Pair;

INLINE Pair exact_sum(vec a, vec b) {
    vec high = a + b, from_b = high - a;
    return (Pair){high, (a - (high - from_b)) + (b - from_b)};
}

/* Where a is the larger, or zero. */
INLINE Pair ordered_sum(vec a, vec b) {
    vec high = a + b;
    return (Pair){high, b - (high - a)};
}

/* Numbers with half of the bits have exact products. */
INLINE vec upper_half(vec x) { return vec_of(bits_of(x) & ~(((word)1 << (FRACTION_BITS + 2) / 2) - 1)); }
INLINE Pair exact_product(vec a, vec b) {
    vec high = a * b, a1 = upper_half(a), a2 = a - a1, b1 = upper_half(b), b2 = b - b1;
    return (Pair){high, ((a1 * b1 - high) + a1 * b2 + a2 * b1) + a2 * b2};
}
INLINE Pair product_of_pairs(Pair a, Pair b) {
    Pair p = exact_product(a.high, b.high);
    return ordered_sum(p.high, p.low + (a.high * b.low + a.low * b.high));
}
INLINE Pair quotient(Pair a, Pair b) {
    vec high = a.high / b.high;
    Pair p = exact_product(high, b.high);
    return ordered_sum(high, (((a.high - p.high) - p.low) + (a.low - high * b.low)) / b.high);
}

/* ------------------------------------------------------------------------------------------- the exponential */

/* e^(x + tail) = 2^power (1 + excess). */
typedef struct {
    vec power, excess;
} Exponential;

INLINE Exponential exponential(vec x, vec tail) {
    vec n = nearest(x * LOG2_E);
    vec r = (x - n * LN2_HIGH) - (n * LN2_LOW - tail);
    return (Exponential){n, POLYNOMIAL(r, EXP) * (r * r) + r};
}

/* Where e^x and everything made of it has long been 0 or infinite; 2^power stays a product of two normal numbers. */
#ifdef DOUBLE
#define EXP_LOWEST R(-750)
#define EXP_HIGHEST R(711)
#define ERFC_HIGHEST R(27.3)
#define EXPONENT_MOST R(512)
#else
#define EXP_LOWEST R(-105)
#define EXP_HIGHEST R(90)
#define ERFC_HIGHEST R(10.2)
#define EXPONENT_MOST R(64)
#endif

INLINE vec vexp(vec x) {
    x = at_most(at_least(x, EXP_LOWEST), EXP_HIGHEST);
    Exponential e = exponential(x, splat(0));
    return scaled(e.excess + R(1), e.power);
}

/* e^x, where it overflows the largest number. */
INLINE vec vrate(vec x) { return at_most(vexp(x), LARGEST); }

/* 2^n excess + (2^n - 1), in two factors: 2^n overflows before its product with 1 + excess does. */
INLINE vec vexpm1(vec x) {
    x = at_most(at_least(x, -R(2 * FRACTION_BITS)), EXP_HIGHEST);
    Exponential e = exponential(x, splat(0));
    vec half = nearest(e.power * R(0.5)), most = power_of_two(half), rest = power_of_two(e.power - half);
    vec result = (most * e.excess + (most - power_of_two(half - e.power))) * rest;
    return with_sign_of(x, result);
}

/* 1 / (1 + 2^n (1 + excess)); both above and below the line times 2^(most - n) where n is so large that 1 is nothing
 * beside it, as 2^n would overflow. The only roundings are those of the sum below the line and of the division. */
INLINE vec vsigmoid(vec x) {
    Exponential e = exponential(-at_least(at_most(x, R(2 * FRACTION_BITS)), EXP_LOWEST), splat(0));
    vec most = at_most(e.power, EXPONENT_MOST), power = power_of_two(most);
    vec one_more = power + R(1), lost = R(1) - (one_more - power);
    vec below = one_more + (power * e.excess + lost);
    return power_of_two(most - e.power) / below;
}

/* 1 - 2 / (1 + e^(2 |x|)), from tanh = 1/2 on. */
INLINE vec vtanh(vec x) {
    vec size = magnitude(x), z = x * x;
    Exponential e = exponential(at_most(size * R(2), R(FRACTION_BITS)), splat(0));
    vec power = power_of_two(e.power);
    vec large = R(1) - R(2) / (power * e.excess + (power + R(1)));
    return with_sign_of(x, where(size < R(0.5493), size * z * POLYNOMIAL(z, TANH) + size, large));
}

/* e^|x| / 2 does not overflow before the result does. */
INLINE vec half_of_exp(vec size) {
    Exponential e = exponential(at_most(size, EXP_HIGHEST), splat(0));
    return scaled(e.excess + R(1), e.power - R(1));
}
INLINE vec vcosh(vec x) {
    vec half = half_of_exp(magnitude(x));
    return half + R(0.25) / half;
}
INLINE vec vsinh(vec x) {
    vec half = half_of_exp(magnitude(x)), z = x * x;
    return where(magnitude(x) < R(1), x * z * POLYNOMIAL(z, SINH) + x, with_sign_of(x, half - R(0.25) / half));
}

/* --------------------------------------------------------------------------------------------- the logarithm */

/* x = 2^exponent (1 + fraction) with 1 + fraction between the roots of 1/2 and of 2; x is positive and normal. */
typedef struct {
    vec exponent, fraction;
} Parts;

INLINE Parts parts_of(vec x) {
    const bits root = bits_of(splat(R(0.70710678118654752)));
    bits b = bits_of(x) + (bits_of(splat(1)) - root);
    vec exponent = vec_of((b >> FRACTION_BITS) | bits_of(splat(TWO_TO_FRACTION_BITS)));
    vec significand = vec_of((b & (((word)1 << FRACTION_BITS) - 1)) + root);
    return (Parts){exponent - (TWO_TO_FRACTION_BITS + BIAS), significand - R(1)};
}

/* Of positive numbers below the normal range as well. */
INLINE Parts parts_of_any(vec x) {
    mask below = x < SMALLEST_NORMAL;
    Parts p = parts_of(where(below, x * TWO_TO_FRACTION_BITS, x));
    p.exponent -= where(below, splat(FRACTION_BITS), splat(0));
    return p;
}

/* ln(1 + f) = f - f^2/2 + s (f^2/2 + s^2 P(s^2)) with s = f / (2 + f): the first terms carry no error of a division. */
INLINE vec logarithm(Parts x) {
    vec f = x.fraction, s = f / (f + R(2)), z = s * s, square = R(0.5) * f * f;
    vec small = s * (square + z * POLYNOMIAL(z, LOG)) + x.exponent * LN2_LOW;
    return x.exponent * LN2_HIGH - ((square - small) - f);
}

INLINE vec vlog(vec x) {
    vec outside = where(x == R(0), splat(-(real)INFINITY), where(x > R(0), x, splat((real)NAN)));
    return where(both(x > R(0), x < (real)INFINITY), logarithm(parts_of_any(x)), outside);
}

/* The rounding error of 1 + x goes into the fraction. */
INLINE vec vlog1p(vec x) {
    Pair u = exact_sum(x, splat(1));
    Parts p = parts_of(u.high);
    p.fraction += u.low * power_of_two(-at_most(p.exponent, R(2 * FRACTION_BITS)));
    vec outside = where(x == R(-1), splat(-(real)INFINITY), where(x > R(-1), x, splat((real)NAN)));
    return where(both(x > R(-1), x < (real)INFINITY), with_sign_of(x, logarithm(p)), outside);
}

/* max(x, 0) + ln(1 + 2^n (1 + excess)) with n <= 0. What is lost as 1 is added goes into the fraction, half of it where 1
 * is the exponent of the sum. */
INLINE vec vsoftplus(vec x) {
    Exponential e = exponential(-at_most(magnitude(x), -EXP_LOWEST), splat(0));
    Pair one_more = ordered_sum(splat(1), e.excess), sum = ordered_sum(splat(1), scaled(one_more.high, e.power));
    vec lost = one_more.low * power_of_two(at_least(e.power, R(1 - BIAS))) + sum.low;
    Parts p = parts_of(sum.high);
    p.fraction += lost - lost * (p.exponent * R(0.5));
    return at_least(x, 0) + logarithm(p);
}

/* ---------------------------------------------------------------------------------------- the error function */

INLINE vec small_erf(vec x) { return x + x * POLYNOMIAL(x * x, ERF); }

/* (1 + 2 x) e^(x^2) erfc(x), for x >= 0.47: it hardly varies. */
INLINE Pair slow_erfc(vec x) {
    return ordered_sum(splat(R(1.1875)), POLYNOMIAL((x - R(2)) / (x + R(2)), ERFC));
}

/* Where erf is near 1, erfc need not be as precise. */
INLINE vec verf(vec x) {
    vec size = at_most(magnitude(x), ERFC_HIGHEST), slow = slow_erfc(size).high / (R(2) * size + R(1));
    Exponential e = exponential(-size * size, splat(0));
    vec large = R(1) - scaled(slow * e.excess + slow, e.power);
    return where(magnitude(x) < R(1), small_erf(x), with_sign_of(x, large));
}

INLINE vec verfc(vec x) {
    vec size = at_most(magnitude(x), ERFC_HIGHEST);
    Pair slow = quotient(slow_erfc(size), exact_sum(R(2) * size, splat(1))), square = exact_product(size, size);
    Exponential e = exponential(-square.high, -square.low);
    vec large = scaled(slow.high + (slow.high * e.excess + slow.low), e.power);
    return where(magnitude(x) < R(0.47), R(1) - small_erf(x), where(x < R(0), R(2) - large, large));
}

#include "power.h"
#include "trigonometric.h"

#endif
