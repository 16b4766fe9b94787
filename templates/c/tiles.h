/* Tiles: the matrix unit that some processors have (AMX), and the one place that knows its instructions.
 *
 * MATRIX_UNIT is defined where there are tiles: for float, if the compiler's target has AMX. Whether the processor that
 * runs has them too, and the system lets this process use them, tiles_ready says.
 *
 * A tile is a register of 16 rows of 64 bytes, of which there are eight. A tile of A has 16 rows of 32 numbers of
 * bfloat16, or 64 of int8; a tile of B has the rows of a matrix two by two, or four by four: 16 columns, and of each the
 * numbers of two rows that follow each other; a sum has 16 x 16 numbers of float32, or int32. The numbers of tiles are
 * constants in the code.
 *
 * -DEMULATE_TILES: the same by plain C, for tests on other machines. It is slow, and nothing but this flag chooses it. */
#ifndef TILES_H
#define TILES_H

#include "vectors.h"

#if !defined(DOUBLE) && !defined(PLAIN)
#if defined(EMULATE_TILES)
#define MATRIX_UNIT
#elif defined(__linux__) && defined(__x86_64__)
#if defined(__AMX_TILE__) && defined(__AMX_BF16__) && defined(__AMX_INT8__)
#define MATRIX_UNIT
#elif defined(__AMXTILE__) && defined(__AMXBF16__) && defined(__AMXINT8__) /* Clang's names before 15 */
#define MATRIX_UNIT
#endif
#endif
#endif

enum { TILE_ROWS = 16, TILE_BYTES = 64 };
typedef uint16_t half; /* a number of bfloat16 */

#ifndef MATRIX_UNIT

static inline int tiles_ready(void) { return 0; }
static inline void tiles_begin(void) {}
static inline void tiles_end(void) {}

#elif defined(EMULATE_TILES) /* ----------------------------------------------------------------------- emulated */

static __thread _Alignas(64) unsigned char tile[8][TILE_ROWS][TILE_BYTES];

static inline int tiles_ready(void) { return 1; }
static __thread int begun; /* an instruction without a beginning is none on the unit either */
static inline void tiles_begin(void) { begun = 1, memset(tile, 0, sizeof tile); }
static inline void tiles_end(void) { begun = 0, memset(tile, 0xff, sizeof tile); }
static inline void check_begun(void) {
    if (!begun) __builtin_trap();
}

static inline void tile_zero(int t) {
    check_begun();
    memset(tile[t], 0, sizeof tile[t]);
}
static inline void tile_load(int t, const void *from, long stride) {
    check_begun();
    for (int r = 0; r < TILE_ROWS; r++) memcpy(tile[t][r], (const char *)from + r * stride, TILE_BYTES);
}
static inline void tile_store(int t, void *to, long stride) {
    check_begun();
    for (int r = 0; r < TILE_ROWS; r++) memcpy((char *)to + r * stride, tile[t][r], TILE_BYTES);
}

/* Zero in the place of a denormal number. */
INLINE float flushed(float x) { return __builtin_fabsf(x) < 0x1p-126f ? x * 0 : x; }
INLINE float widened(half h) {
    const uint32_t b = (uint32_t)h << 16;
    float x;
    memcpy(&x, &b, sizeof x);
    return flushed(x);
}

/* Sum += A B as the unit has it: of even and of odd k sums of their own from zero, each product and addition rounded
 * once, to the nearest and ties to even; then both together, and that to the sum. Denormal numbers are zero. */
static void tile_multiply(int sum, int a, int b) {
    check_begun();
    half A[TILE_ROWS][TILE_BYTES / 2], B[TILE_ROWS][TILE_BYTES / 2];
    float wide[2][TILE_ROWS][16], total[16];
    memcpy(A, tile[a], sizeof A);
    memcpy(B, tile[b], sizeof B);
    for (int k = 0; k < TILE_ROWS; k++)
        for (int odd = 0; odd < 2; odd++)
            for (int n = 0; n < 16; n++) wide[odd][k][n] = widened(B[k][2 * n + odd]);
    for (int m = 0; m < TILE_ROWS; m++) {
        float apart[2][16] = {{0}};
        for (int k = 0; k < TILE_ROWS; k++)
            for (int odd = 0; odd < 2; odd++) {
                const float left = widened(A[m][2 * k + odd]);
                for (int n = 0; n < 16; n++)
                    apart[odd][n] = flushed(__builtin_fmaf(left, wide[odd][k][n], apart[odd][n]));
            }
        memcpy(total, tile[sum][m], sizeof total);
        for (int n = 0; n < 16; n++) total[n] = flushed(flushed(total[n]) + flushed(apart[0][n] + apart[1][n]));
        memcpy(tile[sum][m], total, sizeof total);
    }
}

/* The same of int8, exactly. */
static void tile_multiply_digits(int sum, int a, int b) {
    check_begun();
    int8_t A[TILE_ROWS][TILE_BYTES], B[TILE_ROWS][TILE_BYTES];
    int32_t total[16];
    memcpy(A, tile[a], sizeof A);
    memcpy(B, tile[b], sizeof B);
    for (int m = 0; m < TILE_ROWS; m++) {
        memcpy(total, tile[sum][m], sizeof total);
        for (int k = 0; k < TILE_BYTES; k++)
            for (int n = 0; n < 16; n++) total[n] += A[m][k] * B[k / 4][4 * n + k % 4];
        memcpy(tile[sum][m], total, sizeof total);
    }
}

#define TILE_ZERO(t) tile_zero(t)
#define TILE_LOAD(t, from, stride) tile_load(t, from, stride)
#define TILE_STORE(t, to, stride) tile_store(t, to, stride)
#define TILE_MULTIPLY(sum, a, b) tile_multiply(sum, a, b)
#define TILE_MULTIPLY_DIGITS(sum, a, b) tile_multiply_digits(sum, a, b)

#else /* -------------------------------------------------------------------------------------- the unit itself */

#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What a tile register is: palette 1, of all eight 16 rows of 64 bytes. */
typedef struct {
    uint8_t palette, start, reserved[14];
    uint16_t bytes[16];
    uint8_t rows[16];
} TileShapes;

/* Of each thread, as it is the thread's state. */
static inline void tiles_begin(void) {
    static const _Alignas(64) TileShapes shapes = {
        .palette = 1, .bytes = {64, 64, 64, 64, 64, 64, 64, 64}, .rows = {16, 16, 16, 16, 16, 16, 16, 16}};
    _tile_loadconfig(&shapes);
}
static inline void tiles_end(void) { _tile_release(); }

/* Whether the processor has the unit, and Linux, which is asked once for all threads, gives this process its state. */
static inline int tiles_ready(void) {
    enum { REQUEST = 0x1023, TILE_DATA = 18, HAS_BF16 = 1 << 22, HAS_TILES = 1 << 24, HAS_INT8 = 1 << 25 };
    static int known; /* 1 no, 2 yes; a thread that asks again hears the same */
    unsigned a, b, c, d = 0;
    int found = __atomic_load_n(&known, __ATOMIC_RELAXED);
    if (!found) {
        const unsigned all = HAS_BF16 | HAS_TILES | HAS_INT8;
        const int has = __get_cpuid_count(7, 0, &a, &b, &c, &d) && (d & all) == all;
        found = has && syscall(SYS_arch_prctl, REQUEST, TILE_DATA) == 0 ? 2 : 1;
        __atomic_store_n(&known, found, __ATOMIC_RELAXED);
    }
    return found == 2;
}

/* The intrinsics do not say that they read memory: what was written before must be there. */
#define TILE_LOAD(t, from, stride) _tile_loadd(t, from, stride)
#define TILE_ZERO(t) _tile_zero(t)
#define TILE_STORE(t, to, stride) _tile_stored(t, to, stride)
#define TILE_MULTIPLY(sum, a, b) _tile_dpbf16ps(sum, a, b)
#define TILE_MULTIPLY_DIGITS(sum, a, b) _tile_dpbssd(sum, a, b)

#endif

#ifdef MATRIX_UNIT
/* What tiles load after this was written before it. */
INLINE void tiles_see_memory(void) { __asm__ volatile("" ::: "memory"); }

/* Vectors as bfloat16, to the nearest, ties to even, and back. */
typedef half halves __attribute__((vector_size(VECTOR_BYTES / 2)));
typedef halves unaligned_halves __attribute__((aligned(sizeof(half)), may_alias));

INLINE halves to_halves(vec x) {
#if VECTOR_BYTES == 64 && defined(__AVX512BF16__)
    return (halves)_mm512_cvtneps_pbh((__m512)x);
#else
    return __builtin_convertvector(to_half_a_word(x), halves);
#endif
}
INLINE vec of_halves(halves h) { return vec_of(__builtin_convertvector(h, bits) << 16); }
INLINE void store_halves(half *to, halves h) { *(unaligned_halves *)to = h; }
#endif

#endif
