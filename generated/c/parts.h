/* Products of float32 on a matrix unit of bfloat16 (tiles.h): each number is the sum of three of bfloat16.
 *
 * x = high + middle + low, each the nearest number of bfloat16 to what is left, is x but for 2^-27 of it. Of the nine
 * products of two such sums the six that count are added, in float32: what is left out is 2^-26 of a term at most. The
 * unit sums 32 terms from zero before it adds them to what is there, so that the result is nearer to the true one than a
 * sum of float32 in its order.
 *
 * It holds, as a part of a row's or a column's largest number, where this is 0 or between LEAST_PART and MOST_PART: no
 * part of it overflows or is rounded as a denormal. So infinity and NaN are out too. Whoever asks for parts is told whether they fit,
 * and multiplies in float32 where they do not.
 *
 * A block is 32 terms, the depth of a tile. Rows in parts are [16 rows][block][part][row][32]. Weights in parts are
 * [wide panel][two tiles of 16 columns][block][part][tile][two terms' 16 columns]: a product reads them from the first
 * to the last, as it does packed weights (packing.h), of which they are made. Segments follow each other, each from a
 * block on; terms, rows and columns beyond the last are zero, but for rows, whose sums nobody reads. */
#ifndef PARTS_H
#define PARTS_H

#include "products.h"
#include "tiles.h"

enum { PARTS = 3, BLOCK = 32, ONE_TILE = 512, TILE_COLUMNS = 16, BLOCK_HALVES = PARTS * ONE_TILE,
       SUMS_WIDTH = 2 * TILE_COLUMNS };
enum { BLOCKS_AT_ONCE = 8 }; /* their weights for two tiles of columns, 48 KB, stay near while all rows pass */

/* The blocks of a segment, and the tiles of a wide panel. */
static inline long blocks_of_terms(long K) { return pieces(K, BLOCK); }
static inline long tiles_of(long N, int G, long p) { return pieces(vectors_of(N, G, p) * LANES, TILE_COLUMNS); }

/* How many halves rows of `blocks` blocks in parts are, and weights of S segments of K. */
static inline long rows_in_parts(long rows, long blocks) { return pieces(rows, TILE_ROWS) * blocks * BLOCK_HALVES; }
static inline long panel_in_parts(long N, int G, long K, int S) {
    return tiles_of(N, G, 0) * S * blocks_of_terms(K) * BLOCK_HALVES;
}
static inline long weights_in_parts(long N, int G, long K, int S) {
    return wide_panels(N, G) * panel_in_parts(N, G, K, S);
}

#ifndef MATRIX_UNIT

static inline int pack_parts(const real *packed, long N, int G, long K, int S, half *out, int me, int team) {
    (void)packed, (void)N, (void)G, (void)K, (void)S, (void)out, (void)me, (void)team;
    return 0;
}
static inline int split_rows(long rows, const real *A, long lda, long K, half *out, long blocks) {
    (void)rows, (void)A, (void)lda, (void)K, (void)out, (void)blocks;
    return 0;
}
static inline void product_of_parts(long rows, const half *A, long blocks, const half *W, long columns, const real *C,
                                    long ldc, real *O, long ldo) {
    (void)rows, (void)A, (void)blocks, (void)W, (void)columns, (void)C, (void)ldc, (void)O, (void)ldo;
}

#else

#define LEAST_PART 0x1p-45f
#define MOST_PART 0x1p56f

/* x in parts. */
INLINE void in_parts(vec x, halves part[PARTS]) {
    UNROLL for (int i = 0; i < PARTS; i++) {
        part[i] = to_halves(x);
        x -= of_halves(part[i]);
    }
}

/* The larger magnitudes of two vectors, as bits: they are in the order of the numbers, infinity and NaN last. */
INLINE bits larger(bits most, vec x) {
    const bits b = bits_of(magnitude(x));
    return bits_of(where((mask)(b > most), vec_of(b), vec_of(most)));
}

/* Whether all numbers, of which these are the largest of each lane, are small enough, and each lane's is large enough. */
INLINE int fit_above(bits most) { return !any((mask)(most > bits_of(splat(MOST_PART)))); }
INLINE int each_fits_below(bits most) {
    return !any(both((mask)(most < bits_of(splat(LEAST_PART))), (mask)(most != (bits){0})));
}
/* The same of one row. */
INLINE int one_fits_below(bits most) {
    return any((mask)(most >= bits_of(splat(LEAST_PART)))) || !any((mask)(most != (bits){0}));
}

/* Two terms of a vector's columns side by side, as tiles of B have them. */
INLINE void store_pair(half *to, halves first, halves second) {
    const bits pair = __builtin_convertvector(first, bits) | __builtin_convertvector(second, bits) << 16;
    memcpy(to, &pair, sizeof pair);
}

/* The share of `me` of packed weights, of S segments of K terms, in parts; whether they fit. */
static int pack_parts(const real *packed, long N, int G, long K, int S, half *out, int me, int team) {
    const long panels = wide_panels(N, G), blocks = blocks_of_terms(K);
    int fit = 1;
    for (long p = share(panels, me, team); p < share(panels, me + 1, team); p++)
        for (long z = 0; z < vectors_of(N, G, p); z++) {
            const Column c = column(N, G, K * S, p, z);
            const long t = z * LANES / TILE_COLUMNS, lane = z * LANES % TILE_COLUMNS;
            const long together = least(tiles_of(N, G, p) - t / 2 * 2, 2);
            half *of_tile = out + p * panel_in_parts(N, G, K, S) + t / 2 * 2 * S * blocks * BLOCK_HALVES +
                            t % 2 * ONE_TILE + 2 * lane;
            bits most = {0};
            for (long s = 0; s < S; s++)
                for (long k = 0; k < blocks * BLOCK; k += 2) {
                    const real *from = packed + c.offset + (s * K + k) * c.stride;
                    const vec first = k < K ? load(from) : splat(0), second = k + 1 < K ? load(from + c.stride) : splat(0);
                    half *to = of_tile + (s * blocks + k / BLOCK) * BLOCK_HALVES * together + k % BLOCK / 2 * 32;
                    halves a[PARTS], b[PARTS];
                    in_parts(first, a), in_parts(second, b);
                    for (int i = 0; i < PARTS; i++) store_pair(to + i * together * ONE_TILE, a[i], b[i]);
                    most = larger(larger(most, first), second);
                }
            fit &= fit_above(most) && each_fits_below(most);
        }
    return fit;
}

/* Rows of K numbers in parts, a segment of rows that have `blocks` blocks; whether they fit. */
static int split_rows(long rows, const real *A, long lda, long K, half *out, long blocks) {
    int fit = 1;
    for (long r = 0; r < rows; r++, A += lda) {
        half *to = out + r / TILE_ROWS * blocks * BLOCK_HALVES + r % TILE_ROWS * BLOCK;
        bits most = {0};
        for (long k = 0; k < blocks_of_terms(K) * BLOCK; k += LANES) {
            const vec x = k + LANES <= K ? load(A + k) : k < K ? load_some(A + k, (int)(K - k)) : splat(0);
            halves part[PARTS];
            in_parts(x, part);
            for (int i = 0; i < PARTS; i++)
                store_halves(to + k / BLOCK * BLOCK_HALVES + i * ONE_TILE + k % BLOCK, part[i]);
            most = larger(most, x);
        }
        fit &= fit_above(most) && one_fits_below(most);
    }
    return fit;
}

/* ------------------------------------------------------------------------------------------------ microkernels */

/* Tiles 0 to 3 are sums, 4 and 5 have rows, 6 and 7 columns. */
INLINE void load_rows(const int rows, const half *A, long next) {
    TILE_LOAD(4, A, TILE_BYTES);
    if (rows > 1) TILE_LOAD(5, A + next, TILE_BYTES);
}
INLINE void load_columns(const int columns, const half *W) {
    TILE_LOAD(6, W, TILE_BYTES);
    if (columns > 1) TILE_LOAD(7, W + ONE_TILE, TILE_BYTES);
}
INLINE void multiply_tiles(const int rows, const int columns) {
    TILE_MULTIPLY(0, 4, 6);
    if (columns > 1) TILE_MULTIPLY(1, 4, 7);
    if (rows > 1) TILE_MULTIPLY(2, 5, 6);
    if (rows > 1 && columns > 1) TILE_MULTIPLY(3, 5, 7);
}
INLINE void zero_sums(void) {
    TILE_ZERO(0);
    TILE_ZERO(1);
    TILE_ZERO(2);
    TILE_ZERO(3);
}
INLINE void store_sums(const int rows, const int columns, real *to) {
    enum { ROW = SUMS_WIDTH * (int)sizeof(real), BELOW = TILE_ROWS * SUMS_WIDTH };
    TILE_STORE(0, to, ROW);
    if (columns > 1) TILE_STORE(1, to + TILE_COLUMNS, ROW);
    if (rows > 1) TILE_STORE(2, to + BELOW, ROW);
    if (rows > 1 && columns > 1) TILE_STORE(3, to + BELOW + TILE_COLUMNS, ROW);
}

/* sums = A W, of 1 or 2 tiles of rows and of columns; `next` halves lie between the rows' tiles. The order of the six
 * products loads each part as seldom as eight registers allow. Weights are fetched six tiles ahead if `fetch`. */
INLINE void multiply_parts(const int rows, const int columns, long blocks, const half *A, long next, const half *W,
                           real *sums, int fetch) {
    enum { HIGH, MIDDLE = ONE_TILE, LOW = 2 * ONE_TILE, AHEAD = 6 * ONE_TILE };
    const long part = columns * ONE_TILE;
    tiles_see_memory();
    zero_sums();
    for (long b = 0; b < blocks; b++, A += BLOCK_HALVES, W += PARTS * part) {
        for (long line = 0; fetch && line < PARTS * part; line += TILE_BYTES / 2) PREFETCH(W + AHEAD + line);
        load_rows(rows, A + LOW, next), load_columns(columns, W);
        multiply_tiles(rows, columns);
        load_rows(rows, A + HIGH, next);
        multiply_tiles(rows, columns);
        load_columns(columns, W + 2 * part);
        multiply_tiles(rows, columns);
        load_columns(columns, W + part);
        multiply_tiles(rows, columns);
        load_rows(rows, A + MIDDLE, next);
        multiply_tiles(rows, columns);
        load_columns(columns, W);
        multiply_tiles(rows, columns);
    }
    store_sums(rows, columns, sums);
}

typedef void PartsKernel(long blocks, const half *A, long next, const half *W, real *sums, int fetch);
#define PARTS_KERNEL(rows, columns)                                                                                 \
    static NOINLINE void multiply_parts_##rows##x##columns(long blocks, const half *A, long next, const half *W,    \
                                                           real *sums, int fetch) {                                 \
        multiply_parts(rows, columns, blocks, A, next, W, sums, fetch);                                             \
    }
PARTS_KERNEL(1, 1)
PARTS_KERNEL(1, 2)
PARTS_KERNEL(2, 1)
PARTS_KERNEL(2, 2)
static PartsKernel *const PARTS_KERNELS[2][2] = {{multiply_parts_1x1, multiply_parts_1x2},
                                                 {multiply_parts_2x1, multiply_parts_2x2}};

/* O[r*ldo + j] = C[r*ldc + j] + sum over all terms, of one wide panel where W points, of so many columns. ldc = 0
 * repeats one row; C may be O. As in products.h a sum starts from zero in every BLOCKS_AT_ONCE. */
static void product_of_parts(long rows, const half *A, long blocks, const half *W, long columns, const real *C,
                             long ldc, real *O, long ldo) {
    const long cuts = pieces(blocks, BLOCKS_AT_ONCE), next = blocks * BLOCK_HALVES;
    _Alignas(64) real sums[2 * TILE_ROWS * SUMS_WIDTH];
    for (long j = 0, width, tiles; j < columns; j += width, W += tiles * next) {
        width = least(columns - j, SUMS_WIDTH), tiles = pieces(width, TILE_COLUMNS);
        for (long cut = 0; cut < cuts; cut++) {
            const long b = share(blocks, cut, cuts), depth = share(blocks, cut + 1, cuts) - b;
            const real *from = cut ? O : C;
            const long ldf = cut ? ldo : ldc;
            for (long r = 0, height; r < rows; r += height) {
                height = least(rows - r, 2 * TILE_ROWS);
                PARTS_KERNELS[height > TILE_ROWS][tiles - 1](depth, A + r / TILE_ROWS * next + b * BLOCK_HALVES, next,
                                                             W + b * tiles * BLOCK_HALVES, sums, r == 0);
                for (long i = 0; i < height; i++)
                    for (long z = 0; z < width; z += LANES)
                        store(O + (r + i) * ldo + j + z,
                              load(from + (r + i) * ldf + j + z) + load(sums + i * SUMS_WIDTH + z));
            }
        }
    }
}

#endif
#endif
