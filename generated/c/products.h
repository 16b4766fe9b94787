/* Products of matrices with packed weights (packing.h).
 *
 * All are sums of a microkernel: a few rows times a tile of vectors, the sums in registers. The sum over k is cut into
 * blocks of DEPTH: the weights of one, 32 KB at most, stay in the first cache while all rows pass over them. A block's
 * sum starts from zero, so that rounding errors do not grow with the whole length.
 */
#ifndef PRODUCTS_H
#define PRODUCTS_H

#include "packing.h"

#define DEPTH 128

#ifdef __GNUC__
#define PREFETCH(address) __builtin_prefetch(address, 0, 2) /* into the second cache */
#define NOINLINE __attribute__((noinline))
#else
#define PREFETCH(address) ((void)(address))
#define NOINLINE
#endif

/* ------------------------------------------------------------------------------------------------ microkernels */

/* Two units with a latency of four cycles are busy with eight sums; a small tile has several for each entry. */
#define SUMS 8
#define FETCHING 4
typedef vec Sums[ROWS][TILE];

INLINE void add_products(const int rows, const int vectors, Sums sums, const real *A, long lda, const real *W) {
    vec w[TILE];
    UNROLL for (int z = 0; z < vectors; z++) w[z] = load(W + z * LANES);
    UNROLL for (int m = 0; m < rows; m++) {
        const vec a = splat(A[m * lda]);
        UNROLL for (int z = 0; z < vectors; z++) sums[m][z] += a * w[z];
    }
}

/* O = C + A W, of `rows` rows and `vectors` vectors: entry (m, k) of A is A[m*lda + k*step], W is [k][vector][LANES].
 * With FETCHING rows there is time to fetch a line at `next`, which is wanted soon, for each k; fewer rows wait for
 * memory anyway. */
INLINE void multiply(const int rows, const int vectors, long depth, const real *A, long lda, long step, const real *W,
                     const real *C, long ldc, real *O, long ldo, const real *next) {
    const int chains = (SUMS + rows * vectors - 1) / (rows * vectors);
    Sums sums[SUMS];
    UNROLL for (int c = 0; c < chains; c++)
        UNROLL for (int m = 0; m < rows; m++)
            UNROLL for (int z = 0; z < vectors; z++) sums[c][m][z] = splat(0);

    long left = depth;
    for (; left >= chains; left -= chains)
        UNROLL for (int c = 0; c < chains; c++) {
            if (rows >= FETCHING) PREFETCH(next);
            add_products(rows, vectors, sums[c], A, lda, W);
            A += step, W += vectors * LANES, next += LANES;
        }
    for (; left > 0; left--) {
        add_products(rows, vectors, sums[0], A, lda, W);
        A += step, W += vectors * LANES;
    }

    UNROLL for (int m = 0; m < rows; m++)
        UNROLL for (int z = 0; z < vectors; z++) {
            UNROLL for (int c = 1; c < chains; c++) sums[0][m][z] += sums[c][m][z];
            store(O + m * ldo + z * LANES, load(C + m * ldc + z * LANES) + sums[0][m][z]);
        }
}

typedef void Microkernel(long depth, const real *A, long lda, long step, const real *W, const real *C, long ldc,
                         real *O, long ldo, const real *next);

/* Functions of their own and not inlined: one copy of each keeps compilation short. */
#define MICROKERNEL(rows, vectors)                                                                                   \
    static NOINLINE void multiply_##rows##x##vectors(long depth, const real *A, long lda, long step, const real *W,  \
                                                     const real *C, long ldc, real *O, long ldo, const real *next) { \
        multiply(rows, vectors, depth, A, lda, step, W, C, ldc, O, ldo, next);                                       \
    }
#if TILE == 4
#define EACH_WIDTH(make, rows) make(rows, 1) make(rows, 2) make(rows, 3) make(rows, 4)
#else
#define EACH_WIDTH(make, rows) make(rows, 1) make(rows, 2)
#endif
EACH_WIDTH(MICROKERNEL, 1)
EACH_WIDTH(MICROKERNEL, 2)
EACH_WIDTH(MICROKERNEL, 3)
EACH_WIDTH(MICROKERNEL, 4)
EACH_WIDTH(MICROKERNEL, 5)
EACH_WIDTH(MICROKERNEL, 6)

#define ADDRESS(rows, vectors) multiply_##rows##x##vectors,
static Microkernel *const MICROKERNELS[ROWS][TILE] = {
    {EACH_WIDTH(ADDRESS, 1)}, {EACH_WIDTH(ADDRESS, 2)}, {EACH_WIDTH(ADDRESS, 3)},
    {EACH_WIDTH(ADDRESS, 4)}, {EACH_WIDTH(ADDRESS, 5)}, {EACH_WIDTH(ADDRESS, 6)},
};

/* ---------------------------------------------------------------------------------------------------- product */

/* One tile of vectors, and as many rows at once that no tile has much fewer than another. While they pass over a block
 * of weights, the first ones fetch the block that follows it. */
static void product_of_tile(long rows, long vectors, const real *A, long lda, long K, const real *W, const real *C,
                            long ldc, real *O, long ldo) {
    const long blocks = K > 0 ? pieces(K, DEPTH) : 1, tiles = pieces(rows, ROWS);
    for (long b = 0; b < blocks; b++) {
        const long k = share(K, b, blocks), depth = share(K, b + 1, blocks) - k, size = depth * LANES;
        const real *block = W + k * vectors * LANES, *next = block + vectors * size;
        for (long t = 0, r = 0, end; t < tiles; t++, r = end) {
            end = share(rows, t + 1, tiles);
            MICROKERNELS[end - r - 1][vectors - 1](depth, A + r * lda + k, lda, 1, block, C + r * ldc, ldc, O + r * ldo,
                                                   ldo, next + least(t, vectors - 1) * size);
        }
        C = O, ldc = ldo;
    }
}

/* O[r*ldo + j] = C[r*ldc + j] + sum over k of A[r*lda + k] W[k][j], for one segment of one wide panel of Z vectors,
 * where W points. ldc = 0 repeats one row; C may be O. */
static void product(long rows, const real *A, long lda, long K, const real *W, long Z, const real *C, long ldc, real *O,
                    long ldo) {
    if (rows == 1 && Z <= TILE && K <= DEPTH) { /* so short that what is around it counts */
        MICROKERNELS[0][Z - 1](K, A, lda, 1, W, C, ldc, O, ldo, W);
        return;
    }
    const long tiles = pieces(Z, TILE);
    for (long t = 0; t < tiles; t++) {
        const long z = share(Z, t, tiles), vectors = share(Z, t + 1, tiles) - z;
        product_of_tile(rows, vectors, A, lda, K, W + z * K * LANES, C + z * LANES, ldc, O + z * LANES, ldo);
    }
}

#ifdef DOUBLE
enum { NARROW = 0 };
#define narrow_product product
#else
enum { NARROW = 1 }; /* whether there are weights of bfloat16 */

/* The same with weights of bfloat16. One row takes them as they come, as it waits for memory. */
INLINE void multiply_narrow(const int vectors, long depth, const real *A, const real *W, const real *C, real *O) {
    const int chains = (SUMS + vectors - 1) / vectors;
    vec sums[SUMS][TILE];
    UNROLL for (int c = 0; c < chains; c++)
        UNROLL for (int z = 0; z < vectors; z++) sums[c][z] = splat(0);
    for (; depth >= 2 * chains; depth -= 2 * chains)
        UNROLL for (int c = 0; c < chains; c++, A += 2, W += vectors * LANES)
            UNROLL for (int z = 0; z < vectors; z++) {
                const vec both = load(W + z * LANES);
                sums[c][z] += splat(A[0]) * first_of(both);
                sums[c][z] += splat(A[1]) * second_of(both);
            }
    for (; depth > 0; depth -= 2, A += 2, W += vectors * LANES)
        UNROLL for (int z = 0; z < vectors; z++) {
            const vec both = load(W + z * LANES);
            sums[0][z] += splat(A[0]) * first_of(both);
            if (depth > 1) sums[0][z] += splat(A[1]) * second_of(both);
        }
    UNROLL for (int z = 0; z < vectors; z++) {
        UNROLL for (int c = 1; c < chains; c++) sums[0][z] += sums[c][z];
        store(O + z * LANES, load(C + z * LANES) + sums[0][z]);
    }
}

typedef void NarrowKernel(long depth, const real *A, const real *W, const real *C, real *O);
#define NARROW_KERNEL(rows, vectors)                                                                              \
    static NOINLINE void multiply_narrow_##vectors(long depth, const real *A, const real *W, const real *C, real *O) { \
        multiply_narrow(vectors, depth, A, W, C, O);                                                              \
    }
EACH_WIDTH(NARROW_KERNEL, 1)
#define NARROW_ADDRESS(rows, vectors) multiply_narrow_##vectors,
static NarrowKernel *const NARROW_KERNELS[TILE] = {EACH_WIDTH(NARROW_ADDRESS, 1)};

/* For several rows a block is made wide again, which stays in the first cache while they pass. */
static void product_of_narrow_tile(long rows, long vectors, const real *A, long lda, long K, const real *W,
                                   const real *C, long ldc, real *O, long ldo) {
    const long blocks = K > 0 ? pieces(K, DEPTH) : 1, pairs = pieces(K, 2), width = vectors * LANES;
    vec wide[DEPTH * TILE];
    for (long b = 0; b < blocks; b++) {
        const long k = 2 * share(pairs, b, blocks), depth = least(2 * share(pairs, b + 1, blocks), K) - k;
        const real *block = W + k / 2 * width;
        vec *to = wide;
        if (rows == 1)
            NARROW_KERNELS[vectors - 1](depth, A + k, block, C, O);
        else
            for (long i = 0; i < depth; i += 2, to += 2 * vectors)
                for (long z = 0; z < vectors; z++, block += LANES)
                    to[z] = first_of(load(block)), to[vectors + z] = second_of(load(block));
        for (long r = 0; r < rows && rows > 1; r += ROWS)
            MICROKERNELS[least(rows - r, ROWS) - 1][vectors - 1](depth, A + r * lda + k, lda, 1, (const real *)wide,
                                                                 C + r * ldc, ldc, O + r * ldo, ldo,
                                                                 (const real *)wide);
        C = O, ldc = ldo;
    }
}

static void narrow_product(long rows, const real *A, long lda, long K, const real *W, long Z, const real *C, long ldc,
                           real *O, long ldo) {
    const long tiles = pieces(Z, TILE);
    for (long t = 0; t < tiles; t++) {
        const long z = share(Z, t, tiles), vectors = share(Z, t + 1, tiles) - z;
        product_of_narrow_tile(rows, vectors, A, lda, K, W + z * K * LANES, C + z * LANES, ldc, O + z * LANES, ldo);
    }
}
#endif

#endif
