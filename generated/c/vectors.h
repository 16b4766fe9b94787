/* Vectors of real numbers as wide as the registers of this machine: the one place that knows the instruction set.
 *
 * -DDOUBLE: double, else float. -DPLAIN: C99 without extensions, one lane. -DVECTOR_BYTES=n: narrower registers than
 * the machine has. Wider ones must not be asked for: the compiler then keeps vectors in memory, ten times slower.
 *
 * Operators of C act on a vec lane by lane and mix with a real; a comparison gives a mask. Everything else goes through
 * the functions below. Never compile this with -ffast-math: it cancels (x + c) - c, which rounds on purpose.
 */
#ifndef VECTORS_H
#define VECTORS_H

#include <stdint.h>
#include <string.h>

#ifndef __GNUC__
#define PLAIN
#endif

#ifdef DOUBLE
typedef double real;
typedef uint64_t word; /* as many bits as a real has */
typedef int64_t truth; /* what a comparison of two vectors gives in one lane */
#else
typedef float real;
typedef uint32_t word;
typedef int32_t truth;
#endif

#if !defined(PLAIN) && !defined(VECTOR_BYTES)
#if defined(__AVX512F__)
#define VECTOR_BYTES 64
#elif defined(__AVX2__)
#define VECTOR_BYTES 32
#elif defined(__SSE2__) || defined(__aarch64__)
#define VECTOR_BYTES 16
#else
#define PLAIN
#endif
#endif

#ifdef PLAIN
#undef VECTOR_BYTES
#ifdef DOUBLE
#define VECTOR_BYTES 8
#else
#define VECTOR_BYTES 4
#endif
#endif

#ifdef __GNUC__
#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("GCC unroll 32")
#else
#define INLINE static inline
#define UNROLL
#endif

#if !defined(PLAIN) && defined(__SSE2__)
#include <immintrin.h>
#endif

#define LANES (VECTOR_BYTES / (int)sizeof(real))
#define R(x) ((real)(x))

#ifdef PLAIN /* ------------------------------------------------------------------------------------- one lane */

#include <math.h>

typedef real vec;
typedef int mask;
typedef word bits;

INLINE vec splat(real x) { return x; }
INLINE vec load(const real *from) { return *from; }
INLINE void store(real *to, vec x) { *to = x; }

INLINE bits bits_of(vec x) {
    bits b;
    memcpy(&b, &x, sizeof b);
    return b;
}
INLINE vec vec_of(bits b) {
    vec x;
    memcpy(&x, &b, sizeof x);
    return x;
}

INLINE mask both(mask a, mask b) { return a & b; }
INLINE mask either(mask a, mask b) { return a | b; }
INLINE mask opposite(mask a) { return !a; }
INLINE int any(mask a) { return a; }
INLINE vec where(mask a, vec yes, vec no) { return a ? yes : no; }

#ifdef DOUBLE
INLINE vec square_root(vec x) { return sqrt(x); }
#else
INLINE vec square_root(vec x) { return sqrtf(x); }
#endif

#else /* ---------------------------------------------------------------------------------- several lanes */

typedef real vec __attribute__((vector_size(VECTOR_BYTES)));
typedef truth mask __attribute__((vector_size(VECTOR_BYTES)));
typedef word bits __attribute__((vector_size(VECTOR_BYTES)));
typedef vec unaligned __attribute__((aligned(sizeof(real)), may_alias));

/* Not x + (vec){0}: that is no identity, as -0 + 0 is 0, and would stay an addition. */
INLINE vec splat(real x) { return x - (vec){0}; }
INLINE vec load(const real *from) { return *(const unaligned *)from; }
INLINE void store(real *to, vec x) { *(unaligned *)to = x; }

INLINE bits bits_of(vec x) { return (bits)x; }
INLINE vec vec_of(bits b) { return (vec)b; }

INLINE mask both(mask a, mask b) { return a & b; }
INLINE mask either(mask a, mask b) { return a | b; }
INLINE mask opposite(mask a) { return ~a; }
INLINE vec where(mask a, vec yes, vec no) { return (vec)((a & (mask)yes) | (~a & (mask)no)); }
INLINE int any(mask a) {
    uint64_t words[VECTOR_BYTES / 8], found = 0;
    memcpy(words, &a, sizeof words);
    UNROLL for (int i = 0; i < VECTOR_BYTES / 8; i++) found |= words[i];
    return found != 0;
}

#if VECTOR_BYTES == 64 && defined(DOUBLE)
#define X86(name) _mm512_##name##_pd
#elif VECTOR_BYTES == 64
#define X86(name) _mm512_##name##_ps
#elif VECTOR_BYTES == 32 && defined(DOUBLE)
#define X86(name) _mm256_##name##_pd
#elif VECTOR_BYTES == 32
#define X86(name) _mm256_##name##_ps
#elif defined(__SSE2__) && defined(DOUBLE)
#define X86(name) _mm_##name##_pd
#elif defined(__SSE2__)
#define X86(name) _mm_##name##_ps
#endif

#ifdef X86
INLINE vec square_root(vec x) { return (vec)X86(sqrt)(x); }
#else
INLINE vec square_root(vec x) {
    UNROLL for (int i = 0; i < LANES; i++) x[i] = (real)__builtin_sqrt((double)x[i]); /* right for float as well */
    return x;
}
#endif
#endif /* ------------------------------------------------------------------------------- any number of lanes */

/* The first n lanes; nothing is read or written beyond them. */
#if VECTOR_BYTES == 64
#ifdef DOUBLE
#define FIRST(n) ((__mmask8)((1u << (n)) - 1))
#else
#define FIRST(n) ((__mmask16)((1u << (n)) - 1))
#endif
INLINE vec load_some(const real *from, int n) { return (vec)X86(maskz_loadu)(FIRST(n), from); }
INLINE void store_some(real *to, vec x, int n) { X86(mask_storeu)(to, FIRST(n), x); }
#else
INLINE vec load_some(const real *from, int n) {
    real lanes[LANES] = {0};
    for (int i = 0; i < n && i < LANES; i++) lanes[i] = from[i];
    return load(lanes);
}
INLINE void store_some(real *to, vec x, int n) {
    real lanes[LANES];
    store(lanes, x);
    for (int i = 0; i < n && i < LANES; i++) to[i] = lanes[i];
}
#endif

/* x, or the bound that it passes; NaN stays. The machine's instruction gives its second operand when either is NaN. */
#ifdef X86
INLINE vec at_most(vec x, real bound) { return (vec)X86(min)(splat(bound), x); }
INLINE vec at_least(vec x, real bound) { return (vec)X86(max)(splat(bound), x); }
#else
INLINE vec at_most(vec x, real bound) { return where(x > bound, splat(bound), x); }
INLINE vec at_least(vec x, real bound) { return where(x < bound, splat(bound), x); }
#endif

/* Of two numbers; NaN if either is NaN. */
#ifdef X86
INLINE vec minimum(vec a, vec b) { return where(a != a, a, (vec)X86(min)(a, b)); }
INLINE vec maximum(vec a, vec b) { return where(a != a, a, (vec)X86(max)(a, b)); }
#else
INLINE vec minimum(vec a, vec b) { return where(either(a < b, a != a), a, b); }
INLINE vec maximum(vec a, vec b) { return where(either(a > b, a != a), a, b); }
#endif

#ifndef DOUBLE
/* Two numbers of bfloat16 in a lane, the first in the lower half; to the nearest, ties to even, and NaN stays NaN. */
INLINE vec first_of(vec both) { return vec_of(bits_of(both) << 16); }
INLINE vec second_of(vec both) { return vec_of(bits_of(both) & 0xffff0000u); }
INLINE bits to_half_a_word(vec x) {
    const bits b = bits_of(x), nearest = b + 0x7fffu + (b >> 16 & 1u), quiet = b | 0x400000u;
    return bits_of(where(x == x, vec_of(nearest), vec_of(quiet))) >> 16;
}
INLINE vec two_in_one(vec first, vec second) { return vec_of(to_half_a_word(first) | to_half_a_word(second) << 16); }
#endif

INLINE vec magnitude(vec x) { return vec_of(bits_of(x) & ~bits_of(splat(-R(0)))); }
INLINE vec with_sign_of(vec sign, vec x) {
    bits top = bits_of(splat(-R(0)));
    return vec_of((bits_of(x) & ~top) | (bits_of(sign) & top));
}

/* By halves, as the rounding errors of a sum of pairs grow with the logarithm of its length. */
INLINE real sum_of(vec x) {
#if VECTOR_BYTES == 64
    return X86(reduce_add)(x);
#else
    real lanes[LANES];
    store(lanes, x);
    UNROLL for (int half = LANES / 2; half; half /= 2)
        UNROLL for (int i = 0; i < half; i++) lanes[i] += lanes[i + half];
    return lanes[0];
#endif
}

#endif
