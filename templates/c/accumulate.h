/* The gradient of weights: the sum over rows of their cotangents times what the weights were multiplied with. */
#ifndef ACCUMULATE_H
#define ACCUMULATE_H

#include "products.h"

/* Rows of D, G blocks of N numbers each. */
typedef struct {
    const real *D;
    long ldd;
    long rows;
} Rows;

/* What is multiplied with them: of each range of rows as many of K numbers, and where the gradient goes. */
typedef struct {
    const real *const *A;
    const long *lda;
    long K;
    real *dW;
} Operand;

enum { OPERANDS = 4 };

/* The next rows of all ranges, DEPTH at most. */
typedef struct {
    const Rows *range;
    int n, at;
    long row;
    long count;
    const real *D[DEPTH], *A[OPERANDS][DEPTH];
} Block;

static int next_block(Block *block, const Operand *of, int operands) {
    for (block->count = 0; block->count < DEPTH && block->at < block->n; block->row++) {
        const Rows *range = &block->range[block->at];
        if (block->row == range->rows) {
            block->at++, block->row = -1;
            continue;
        }
        for (int o = 0; o < operands; o++)
            block->A[o][block->count] = of[o].A[block->at] + block->row * of[o].lda[block->at];
        block->D[block->count++] = range->D + block->row * range->ldd;
    }
    return block->count > 0;
}

/* A is read by columns here, ROWS of them at once, which are put side by side: [columns / ROWS][row][ROWS]. In place,
 * rows that are a power of two apart would fall into the same sets of the cache. */
static void pack_columns(const real *const *A, long rows, long K, real *out) {
    for (long k = 0; k < K; k += ROWS) {
        const long columns = least(K - k, ROWS);
        for (long r = 0; r < rows; r++, out += columns)
            if (columns == ROWS) /* of constant size: two moves instead of a call */
                memcpy(out, A[r] + k, ROWS * sizeof(real));
            else
                for (long i = 0; i < columns; i++) out[i] = A[r][k + i];
    }
}

/* The entries of D for wide panel p, as packed weights are. Units beyond N are arbitrary: no other unit meets them, and
 * unpack leaves them out. */
static void pack_deltas(const Block *block, long N, int G, long gap, long p, real *out) {
    const long Q = panels_together(G), Z = vectors_of(N, G, p), tiles = pieces(Z, TILE);
    for (long t = 0; t < tiles; t++) {
        const long first = share(Z, t, tiles), vectors = share(Z, t + 1, tiles) - first;
        long from[TILE];
        for (long z = 0; z < vectors; z++) from[z] = (first + z) % G * gap + (p * Q + (first + z) / G) * LANES;
        for (long r = 0; r < block->count; r++)
            for (long z = 0; z < vectors; z++, out += LANES) {
                PREFETCH(block->D[r] + from[z] + Q * LANES); /* for the next wide panel: rows are far apart */
                store(out, load(block->D[r] + from[z]));
            }
    }
}

/* In numbers, for each thread: of one operand, and beside those of all. */
static inline long operand_scratch(long N, int G, long K) { return DEPTH * K + packed_size(N, G, K); }
static inline long delta_scratch(int G) { return DEPTH * panels_together(G) * G * LANES; }

/* Adds the products of a block with wide panel p of D to the sums of this panel. */
static void add_block(long rows, const real *columns, long K, const real *deltas, long Z, real *sums) {
    const long tiles = pieces(Z, TILE);
    for (long t = 0; t < tiles; t++) {
        const long z = share(Z, t, tiles), vectors = share(Z, t + 1, tiles) - z, width = vectors * LANES;
        real *to = sums + z * K * LANES;
        for (long k = 0; k < K; k += ROWS, to += ROWS * width)
            MICROKERNELS[least(K - k, ROWS) - 1][vectors - 1](rows, columns + k * rows, 1, least(K - k, ROWS),
                                                              deltas + z * rows * LANES, to, width, to, width,
                                                              to + ROWS * width);
    }
}

/* dW[(g*N + u)*K + k] = sum over all rows of all ranges of D[g*gap + u] A[k], of each operand: the share of `me`.
 * Blocks of D are read once for all operands, and up to a multiple of LANES. */
static void accumulate(const Rows *ranges, int n, const Operand *of, int operands, long N, int G, long gap,
                       real *scratch, int me, int team) {
    const long panels = wide_panels(N, G), first = share(panels, me, team), last = share(panels, me + 1, team);
    const long wide = panels_together(G) * G * LANES;
    real *sums[OPERANDS], *columns[OPERANDS], *deltas = scratch;
    scratch += delta_scratch(G);
    for (int o = 0; o < operands; o++) {
        columns[o] = scratch, sums[o] = scratch + DEPTH * of[o].K;
        scratch += operand_scratch(N, G, of[o].K);
        if (first < last)
            memset(sums[o], 0,
                   (size_t)(((last - 1 - first) * wide + vectors_of(N, G, last - 1) * LANES) * of[o].K) * sizeof(real));
    }

    Block block = {.range = ranges, .n = n};
    while (first < last && next_block(&block, of, operands)) {
        for (int o = 0; o < operands; o++) pack_columns(block.A[o], block.count, of[o].K, columns[o]);
        for (long p = first; p < last; p++) {
            pack_deltas(&block, N, G, gap, p, deltas);
            for (int o = 0; o < operands; o++)
                add_block(block.count, columns[o], of[o].K, deltas, vectors_of(N, G, p),
                          sums[o] + (p - first) * wide * of[o].K);
        }
    }
    for (int o = 0; o < operands; o++) unpack(sums[o], N, G, of[o].K, of[o].dW, first, last);
}

#endif
