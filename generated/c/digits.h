/* Products on a matrix unit of int8 (tiles.h): each number is three signed digits of base 256, times a scale.
 *
 * A row of A has the scale of its largest number, a column of W that of its own; x = scale * (65536 a + 256 b + c), to the
 * nearest. Of the nine products of two such sums all but that of the last digits are added, exactly, in int32, in four
 * sums by the weight that they have, which are put together in float32.
 *
 * All numbers of a row are off by the same, whatever their size: in the root of the mean square by 3.5e-8 of the largest;
 * so are columns. A sum of float32 of 128 terms and more is off by 2.1e-7 of the result. So digits are nearer where rows
 * and columns are even: where the largest number is not many times as large as their mean. Of even and of normal
 * distributions it is 2 to 5 times, and of states that a cell's equations bound 2 to 7. The squares of both together,
 * of the most uneven row and of the most uneven column, are UNEVEN at most, where digits are off by as much as float32.
 * Beyond it, and where numbers of rows are larger than 1, whoever asks is told that they do not fit.
 *
 * A block is 64 terms. Rows in digits are [16 rows][block][digit][row][64], weights [wide panel][16 columns][block]
 * [digit][four terms' 16 columns]; terms, rows and columns beyond the last are zero, but for rows, whose sums nobody
 * reads. */
#ifndef DIGITS_H
#define DIGITS_H

#include "parts.h"

typedef signed char base256;
enum { DIGITS = 3, DIGIT_BLOCK = 64, DIGIT_TILE = 1024, BLOCK_DIGITS = DIGITS * DIGIT_TILE };
enum { LEAST_TERMS = 128, MOST_TERMS = 16384 }; /* of fewer nothing is gained, and more might overflow */
#define UNEVEN 44

static inline long digit_blocks(long K) { return pieces(K, DIGIT_BLOCK); }
static inline long rows_in_digits(long rows, long K) { return pieces(rows, TILE_ROWS) * digit_blocks(K) * BLOCK_DIGITS; }
static inline long panel_in_digits(long N, int G, long K) { return tiles_of(N, G, 0) * digit_blocks(K) * BLOCK_DIGITS; }
static inline long panel_scales(long N, int G) { return tiles_of(N, G, 0) * TILE_COLUMNS; }

#ifndef MATRIX_UNIT

static inline double pack_digits(const real *packed, long N, int G, long K, base256 *out, real *scale, int me, int team) {
    (void)packed, (void)N, (void)G, (void)K, (void)out, (void)scale, (void)me, (void)team;
    return UNEVEN + 1;
}
static inline int digits_of_rows(long rows, const real *A, long lda, long K, double uneven, base256 *out, real *scale) {
    (void)rows, (void)A, (void)lda, (void)K, (void)uneven, (void)out, (void)scale;
    return 0;
}
static inline void product_of_digits(long rows, const base256 *A, const real *a_scale, long K, const base256 *W,
                                     const real *w_scale, long columns, const real *C, long ldc, real *O, long ldo) {
    (void)rows, (void)A, (void)a_scale, (void)K, (void)W, (void)w_scale, (void)columns, (void)C, (void)ldc, (void)O;
    (void)ldo;
}

#else

#define LARGEST_DIGITS 8355500.0f /* 127 * (65536 + 256 + 1), but for what rounding may add */

typedef int32_t whole __attribute__((vector_size(VECTOR_BYTES)));
typedef base256 digit_lanes __attribute__((vector_size(VECTOR_BYTES / 4)));

INLINE whole to_whole(vec x) {
#if VECTOR_BYTES == 64
    return (whole)_mm512_cvtps_epi32((__m512)x);
#else
    return __builtin_convertvector(x + with_sign_of(x, splat(0.5f)), whole);
#endif
}

/* The three digits of x, the first one first. */
INLINE void in_digits(vec x, digit_lanes digit[DIGITS]) {
    whole q = to_whole(x);
    for (int i = DIGITS - 1; i >= 0; i--) {
        digit[i] = __builtin_convertvector(q, digit_lanes);
        q = (q + 128) >> 8;
    }
}

/* The numbers of a row from k on, zero beyond the last. */
INLINE vec terms_from(const real *row, long k, long K) {
    return k + LANES <= K ? load(row + k) : k < K ? load_some(row + k, (int)(K - k)) : splat(0);
}

/* Rows of K numbers in digits, and their scales; whether they fit beside columns whose largest number is so many times
 * their mean, squared. */
static int digits_of_rows(long rows, const real *A, long lda, long K, double uneven, base256 *out, real *scale) {
    const real even = (real)(uneven < UNEVEN ? __builtin_sqrt(UNEVEN - uneven) : 0);
    const long blocks = digit_blocks(K);
    int fit = 1;
    for (long r = 0; r < rows && fit; r++, A += lda) {
        base256 *to = out + r / TILE_ROWS * blocks * BLOCK_DIGITS + r % TILE_ROWS * DIGIT_BLOCK;
        real lanes[LANES], largest = 0;
        vec most = splat(0), sum = splat(0);
        for (long k = 0; k < K; k += LANES) {
            const vec x = magnitude(terms_from(A, k, K));
            most = maximum(most, x), sum += x;
        }
        store(lanes, most);
        UNROLL for (int i = 0; i < LANES; i++) largest = lanes[i] > largest ? lanes[i] : largest;
        fit = !any(most != most) && (largest == 0 || (largest <= 1 && largest >= LEAST_PART &&
                                                      largest * (real)K <= even * sum_of(sum)));
        scale[r] = largest > 0 ? largest / LARGEST_DIGITS : 0;
        const vec times = splat(largest > 0 ? LARGEST_DIGITS / largest : 0);
        for (long k = 0; k < blocks * DIGIT_BLOCK && fit; k += LANES) {
            digit_lanes digit[DIGITS];
            in_digits(terms_from(A, k, K) * times, digit);
            for (int i = 0; i < DIGITS; i++)
                memcpy(to + k / DIGIT_BLOCK * BLOCK_DIGITS + i * DIGIT_TILE + k % DIGIT_BLOCK, &digit[i], sizeof *digit);
        }
    }
    return fit;
}

/* One vector of packed weights, `stride` apart, in digits from `to` on; of its columns the most uneven one's largest
 * number, as a multiple of the mean, squared; more than UNEVEN where one does not fit anything. */
static double pack_digits_of_vector(const real *from, long stride, long K, base256 *to, real *scale) {
    vec most = splat(0), sum = splat(0);
    for (long k = 0; k < K; k++) {
        const vec x = magnitude(load(from + k * stride));
        most = maximum(most, x), sum += x;
    }
    const mask some = most != splat(0);
    const vec safe = where(some, most, splat(1));
    store(scale, most / LARGEST_DIGITS);
    for (long k = 0; k < digit_blocks(K) * DIGIT_BLOCK; k++) {
        digit_lanes digit[DIGITS];
        in_digits(k < K ? load(from + k * stride) / safe * LARGEST_DIGITS : splat(0), digit);
        base256 *at = to + k / DIGIT_BLOCK * BLOCK_DIGITS + k % DIGIT_BLOCK / 4 * 64 + k % 4;
        for (int i = 0; i < DIGITS; i++)
            for (int lane = 0; lane < LANES; lane++) at[i * DIGIT_TILE + 4 * lane] = digit[i][lane];
    }
    const vec times = most * (real)K / where(some, sum, splat(1));
    if (any(both(some, opposite(both(both(most <= splat(MOST_PART), most >= splat(LEAST_PART)), times <= splat(UNEVEN))))))
        return UNEVEN + 1;
    real lanes[LANES], largest = 0;
    store(lanes, times);
    for (int lane = 0; lane < LANES; lane++) largest = lanes[lane] > largest ? lanes[lane] : largest;
    return (double)largest * (double)largest;
}

/* The share of `me` of packed weights in digits, and their columns' scales; how uneven they are, as above. */
static double pack_digits(const real *packed, long N, int G, long K, base256 *out, real *scale, int me, int team) {
    const long panels = wide_panels(N, G), blocks = digit_blocks(K);
    double uneven = 0;
    for (long p = share(panels, me, team); p < share(panels, me + 1, team); p++)
        for (long z = 0; z < vectors_of(N, G, p); z++) {
            const Column c = column(N, G, K, p, z);
            const long t = z * LANES / TILE_COLUMNS, lane = z * LANES % TILE_COLUMNS;
            const double found = pack_digits_of_vector(
                packed + c.offset, c.stride, K, out + p * panel_in_digits(N, G, K) + t * blocks * BLOCK_DIGITS + 4 * lane,
                scale + p * panel_scales(N, G) + z * LANES);
            uneven = found > uneven ? found : uneven;
        }
    return uneven;
}

/* ------------------------------------------------------------------------------------------------ products */

enum { SUMS_OF_DIGITS = 4, ONE_SUM = TILE_ROWS * TILE_COLUMNS };

/* The four sums of a tile of rows with one of columns, those of 65536^2 first. Tiles 0 to 3 are sums, 4 to 6 have the
 * digits of the rows, 7 one of the columns. */
static NOINLINE void multiply_digits(long blocks, const base256 *A, const base256 *W, int32_t *sums) {
    enum { SECOND = DIGIT_TILE, THIRD = 2 * DIGIT_TILE };
    tiles_see_memory();
    TILE_ZERO(0);
    TILE_ZERO(1);
    TILE_ZERO(2);
    TILE_ZERO(3);
    for (long b = 0; b < blocks; b++, A += BLOCK_DIGITS, W += BLOCK_DIGITS) {
        TILE_LOAD(4, A, TILE_BYTES);
        TILE_LOAD(5, A + SECOND, TILE_BYTES);
        TILE_LOAD(6, A + THIRD, TILE_BYTES);
        TILE_LOAD(7, W, TILE_BYTES);
        TILE_MULTIPLY_DIGITS(0, 4, 7);
        TILE_MULTIPLY_DIGITS(1, 5, 7);
        TILE_MULTIPLY_DIGITS(2, 6, 7);
        TILE_LOAD(7, W + SECOND, TILE_BYTES);
        TILE_MULTIPLY_DIGITS(1, 4, 7);
        TILE_MULTIPLY_DIGITS(2, 5, 7);
        TILE_MULTIPLY_DIGITS(3, 6, 7);
        TILE_LOAD(7, W + THIRD, TILE_BYTES);
        TILE_MULTIPLY_DIGITS(2, 4, 7);
        TILE_MULTIPLY_DIGITS(3, 5, 7);
    }
    TILE_STORE(0, sums, TILE_BYTES);
    TILE_STORE(1, sums + ONE_SUM, TILE_BYTES);
    TILE_STORE(2, sums + 2 * ONE_SUM, TILE_BYTES);
    TILE_STORE(3, sums + 3 * ONE_SUM, TILE_BYTES);
}

/* Sums of all weights put together, but for 65536^2. */
INLINE vec put_together(const int32_t *sums) {
    vec found = splat(0);
    for (int i = SUMS_OF_DIGITS - 1; i >= 0; i--) {
        whole sum;
        memcpy(&sum, sums + i * ONE_SUM, sizeof sum);
        found = found * (1 / 256.0f) + __builtin_convertvector(sum, vec);
    }
    return found;
}

/* O[r*ldo + j] = C[r*ldc + j] + sum over K terms, of one wide panel where W points, of so many columns. ldc = 0 repeats
 * one row; C may be O. */
static void product_of_digits(long rows, const base256 *A, const real *a_scale, long K, const base256 *W,
                              const real *w_scale, long columns, const real *C, long ldc, real *O, long ldo) {
    const long blocks = digit_blocks(K), next = blocks * BLOCK_DIGITS;
    _Alignas(64) int32_t sums[SUMS_OF_DIGITS * ONE_SUM];
    for (long j = 0, width; j < columns; j += width, W += next) {
        width = least(columns - j, TILE_COLUMNS);
        for (long r = 0, height; r < rows; r += height) {
            height = least(rows - r, TILE_ROWS);
            multiply_digits(blocks, A + r / TILE_ROWS * next, W, sums);
            for (long i = 0; i < height; i++)
                for (long z = 0; z < width; z += LANES)
                    store(O + (r + i) * ldo + j + z,
                          load(C + (r + i) * ldc + j + z) + put_together(sums + i * TILE_COLUMNS + z) *
                                                                (load(w_scale + j + z) * (a_scale[r + i] * 0x1p32f)));
        }
    }
}

#endif
#endif
