/* Weights in the order in which the products read them, and back.
 *
 * LANES units of one block of W (a gate, say) are a vector, and a panel is such a vector of each of the G blocks: all
 * that one step needs for these units. Panels side by side, panels_together(G) of them, are a wide panel, so that few
 * blocks fill the registers too. Its vectors are ordered [panel][block] and cut into tiles of at most TILE vectors,
 * the number that a microkernel keeps in registers: packed weights are [wide panel][tile][k][vector of the
 * tile][LANES], and a product reads them from the first to the last without a gap. The last wide panel has the panels
 * that are left. Units beyond the last one are zero.
 */
#ifndef PACKING_H
#define PACKING_H

#include "vectors.h"

/* A microkernel's sums are ROWS x TILE registers; TILE more hold weights, and one an entry of A. */
#if VECTOR_BYTES == 64 || defined(__aarch64__) /* 32 registers */
#define ROWS 6
#define TILE 4
#else /* 16 */
#define ROWS 6
#define TILE 2
#endif

static inline long least(long a, long b) { return a < b ? a : b; }

/* How many pieces of at most `size` make n. */
static inline long pieces(long n, long size) { return (n + size - 1) / size; }

/* Where the share of `me` begins when `team` divide n evenly; it ends where the next one begins. */
static inline long share(long n, long me, long team) { return team == 1 ? n * me : n * me / team; }

static inline int panels_together(int G) { return 4 * G <= TILE ? 4 : 2 * G <= TILE ? 2 : 1; }

static inline long wide_panels(long N, int G) { return pieces(N, panels_together(G) * LANES); }

/* The vectors of wide panel p. */
static inline long vectors_of(long N, int G, long p) {
    const long Q = panels_together(G);
    return least(Q, pieces(N, LANES) - p * Q) * G;
}

static inline long packed_size(long N, int G, long K) { return pieces(N, LANES) * G * LANES * K; }

/* Vector z of wide panel p: the rows of W that it has, and where it stands in the packed weights. */
typedef struct {
    long block, unit, units; /* the units of one block from `unit` on */
    long offset, stride;     /* of k = 0, and from one k to the next */
} Column;

static inline Column column(long N, int G, long K, long p, long z) {
    const long Q = panels_together(G), Z = vectors_of(N, G, p), tiles = pieces(Z, TILE);
    const long tile = (tiles * (z + 1) - 1) / Z, first = share(Z, tile, tiles);
    const long vectors = share(Z, tile + 1, tiles) - first;
    Column c = {.block = z % G, .unit = (p * Q + z / G) * LANES, .stride = vectors * LANES};
    c.units = least(N - c.unit, LANES);
    c.offset = ((p * Q * G + first) * K + z - first) * LANES;
    return c;
}

/* ---------------------------------------------------------------------------------------------- transposition */

#ifdef PLAIN
INLINE void transpose(vec *rows) { (void)rows; }
#else

#ifdef __clang__
#define SHUFFLE(a, b, ...) ((vec)__builtin_shufflevector(a, b, __VA_ARGS__))
#else
#define SHUFFLE(a, b, ...) __builtin_shuffle(a, b, (bits){__VA_ARGS__})
#endif

/* a0 b0 a1 b1 ..., of the lower and of the upper halves of a and b. */
#if VECTOR_BYTES / (1 + defined(DOUBLE)) == 64
#define LOWER(a, b) SHUFFLE(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define UPPER(a, b) SHUFFLE(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
#elif VECTOR_BYTES / (1 + defined(DOUBLE)) == 32
#define LOWER(a, b) SHUFFLE(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define UPPER(a, b) SHUFFLE(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
#elif VECTOR_BYTES / (1 + defined(DOUBLE)) == 16
#define LOWER(a, b) SHUFFLE(a, b, 0, 4, 1, 5)
#define UPPER(a, b) SHUFFLE(a, b, 2, 6, 3, 7)
#else
#define LOWER(a, b) SHUFFLE(a, b, 0, 2)
#define UPPER(a, b) SHUFFLE(a, b, 1, 3)
#endif

/* Row i is merged with row i + LANES/2: that rotates the bits of (row, lane) by one; log2(LANES) rounds swap both. */
INLINE void transpose(vec *rows) {
    UNROLL for (int round = 1; round < LANES; round *= 2) {
        vec merged[LANES];
        UNROLL for (int i = 0; i < LANES / 2; i++) {
            merged[2 * i] = LOWER(rows[i], rows[i + LANES / 2]);
            merged[2 * i + 1] = UPPER(rows[i], rows[i + LANES / 2]);
        }
        UNROLL for (int i = 0; i < LANES; i++) rows[i] = merged[i];
    }
}
#endif

INLINE vec load_at_most(const real *from, long n) { return n < LANES ? load_some(from, (int)n) : load(from); }

INLINE void store_at_most(real *to, vec x, long n) {
    if (n < LANES)
        store_some(to, x, (int)n);
    else
        store(to, x);
}

/* `units` rows of K numbers become K vectors, `stride` apart. */
static void rows_to_vectors(const real *rows, long units, long K, real *vectors, long stride) {
    for (long k = 0; k < K; k += LANES) {
        vec block[LANES];
        UNROLL for (int u = 0; u < LANES; u++) block[u] = u < units ? load_at_most(rows + u * K + k, K - k) : splat(0);
        transpose(block);
        if (K - k >= LANES)
            UNROLL for (int i = 0; i < LANES; i++) store(vectors + (k + i) * stride, block[i]);
        else
            for (int i = 0; i < K - k; i++) store(vectors + (k + i) * stride, block[i]);
    }
}

static void vectors_to_rows(const real *vectors, long stride, long units, long K, real *rows) {
    for (long k = 0; k < K; k += LANES) {
        vec block[LANES];
        UNROLL for (int i = 0; i < LANES; i++) block[i] = k + i < K ? load(vectors + (k + i) * stride) : splat(0);
        transpose(block);
        UNROLL for (int u = 0; u < LANES; u++)
            if (u < units) store_at_most(rows + u * K + k, block[u], K - k);
    }
}

/* ---------------------------------------------------------------------------------------------------- packing */

/* The share of `me` of W, which is (G*N, K): unit u of block g is row g*N + u. */
static void pack(const real *W, long N, int G, long K, real *out, int me, int team) {
    const long panels = wide_panels(N, G);
    for (long p = share(panels, me, team); p < share(panels, me + 1, team); p++)
        for (long z = 0; z < vectors_of(N, G, p); z++) {
            const Column c = column(N, G, K, p, z);
            rows_to_vectors(W + (c.block * N + c.unit) * K, c.units, K, out + c.offset, c.stride);
        }
}

#ifdef DOUBLE
static void narrow(real *packed, long N, int G, long K, int me, int team) {
    (void)packed, (void)N, (void)G, (void)K, (void)me, (void)team;
}
#else
/* Packed weights, the share of `me`, as bfloat16: two k of a vector in one, in the first half of each tile's place. */
static void narrow(real *packed, long N, int G, long K, int me, int team) {
    const long panels = wide_panels(N, G), full = panels_together(G) * G;
    for (long p = share(panels, me, team); p < share(panels, me + 1, team); p++) {
        const long Z = vectors_of(N, G, p), tiles = pieces(Z, TILE);
        for (long t = 0; t < tiles; t++) {
            const long z = share(Z, t, tiles), width = (share(Z, t + 1, tiles) - z) * LANES;
            real *from = packed + (p * full + z) * K * LANES, *to = from;
            for (long k = 0; k < K; k += 2, from += 2 * width, to += width)
                for (long i = 0; i < width; i += LANES)
                    store(to + i, two_in_one(load(from + i), k + 1 < K ? load(from + width + i) : splat(0)));
        }
    }
}
#endif

/* The inverse of pack for the wide panels first to last - 1, the only ones that `packed` has. */
static void unpack(const real *packed, long N, int G, long K, real *W, long first, long last) {
    const long full = panels_together(G) * G;
    for (long p = first; p < last; p++)
        for (long z = 0; z < vectors_of(N, G, p); z++) {
            const Column c = column(N, G, K, p, z);
            const real *from = packed + c.offset - first * full * K * LANES;
            vectors_to_rows(from, c.stride, c.units, K, W + (c.block * N + c.unit) * K);
        }
}

/* The share of `me` of the transpose of W, which is (S*N, M): a product of S segments of N entries each with the
 * blocks of W, whose result has M units. The S segments of a wide panel follow each other. Rows of W are copied as
 * they are. */
static void pack_transposed(const real *W, long N, int S, long M, real *out, int me, int team) {
    const long panels = wide_panels(M, 1), full = panels_together(1) * LANES;
    for (long p = share(panels, me, team); p < share(panels, me + 1, team); p++) {
        const long end = least((p + 1) * full, M);
        real *to = out + p * S * N * full;
        for (long row = 0; row < S * N; row++)
            for (long m = p * full; m < end; m += LANES, to += LANES)
                store(to, load_at_most(W + row * M + m, M - m));
    }
}

#endif
