/* Parameters as the loop reads them: matrices packed for products, vectors padded to whole panels, biases summed. */
#ifndef WEIGHTS_H
#define WEIGHTS_H

#include <stdlib.h>
#include <string.h>
#ifdef __linux__
#include <sys/mman.h>
#endif

#include "cell.h"
#include "digits.h"

static long panels_of(long size) { return (size + LANES - 1) / LANES; }
static long padded(long size) { return panels_of(size) * LANES; }

/* Zeroed memory on a boundary of 64 bytes, or in huge pages, of which the processor knows more by heart; NULL if there
 * is none. */
static void *zeroed(size_t bytes)
{
    void *p = NULL;
    size_t huge = 2 << 20, unit = bytes < huge ? 64 : huge;
    bytes = bytes ? (bytes + unit - 1) / unit * unit : unit;
    if (posix_memalign(&p, unit, bytes))
        return NULL;
#ifdef MADV_HUGEPAGE
    if (unit == huge)
        (void)madvise(p, bytes, MADV_HUGEPAGE);
#endif
    return memset(p, 0, bytes);
}

static real *reals(long count) { return zeroed(sizeof(real) * (size_t)count); }

/* Matrices in parts of bfloat16 (parted.h), those that passes forwards read and those that passes backwards do, which are
 * transposed: each kind is made at the first pass that wants it. pack: NULL of a matrix that is not worth it; fit:
 * whether it is the sum of its parts, which few matrices are not. In digits of int8 likewise: the third kind. */
enum kind_of_parts { FORWARDS, BACKWARDS, IN_DIGITS, KINDS };
enum stage_of_parts { MISSING, MADE, NO_ROOM }; /* or, while it is made, the process that does, with a minus */
typedef struct {
    int stage[KINDS];
    void *memory[KINDS];
    half **pack;
    base256 **digits;
    real **scale;
    int *fit, *uneven; /* in hundredths, of digits */
} InParts;

/* Everything of a layer and direction that its parameters alone decide. prepared: the caller gives V - transpose of V
 * where it is wanted. narrow: whether matrices are of bfloat16, which no backward pass reads. memory: one piece, cut
 * into the others. parts: the matrices in parts of bfloat16 too, once a pass has wanted them. */
typedef struct {
    const Cell *cell;
    int prepared, narrow;
    long size[AXES];
    real *memory;
    real **pack, **fixed, **bias;
    InParts *parts;
} Weights;

static int blocks_of(const Pack *p) { return p->transposed ? 1 : p->blocks; }
static int segments_of(const Pack *p) { return p->transposed ? p->blocks : 1; }

static long pack_length(const Weights *w, const Pack *p)
{
    return packed_size(w->size[p->axis], blocks_of(p), w->size[p->inner]) * segments_of(p);
}

/* Cuts the pieces from memory; with NULL it is only measured. */
static long lay_out(Weights *w, real *memory)
{
    const Cell *cell = w->cell;
    long used = 0;
    for (int i = 0; i < cell->packs; i++, used = padded(used))
        w->pack[i] = memory + used, used += pack_length(w, &cell->pack[i]);
    for (int i = 0; i < cell->fixed; i++)
        w->fixed[i] = memory + used, used += padded(w->size[cell->source[i].axis]);
    for (int i = 0; i < cell->biases; i++)
        w->bias[i] = memory + used,
        used += packed_size(w->size[cell->bias[i].axis], cell->bias[i].blocks, 1);
    return used;
}

static void weights_free(Weights *w)
{
    if (!w)
        return;
    if (w->parts)
        for (int kind = 0; kind < KINDS; kind++)
            free(w->parts->memory[kind]);
    free(w->parts);
    free(w->memory);
    free(w->pack);
    free(w);
}

static Weights *weights_new(const Cell *cell, const long *sizes, int prepared, int narrow)
{
    Weights *w = zeroed(sizeof *w);
    if (!w)
        return NULL;
    w->cell = cell, w->prepared = prepared, w->narrow = narrow;
    memcpy(w->size, sizes, sizeof w->size);
    w->pack = zeroed(sizeof(real *) * (size_t)(cell->packs + cell->fixed + cell->biases));
    if (w->pack) {
        w->fixed = w->pack + cell->packs;
        w->bias = w->fixed + cell->fixed;
        static real measured[1];
        w->memory = reals(lay_out(w, measured));
        w->parts = zeroed(sizeof *w->parts + (3 * sizeof(void *) + 2 * sizeof(int)) * (size_t)cell->packs);
    }
    if (!w->pack || !w->memory || !w->parts) {
        weights_free(w);
        return NULL;
    }
    lay_out(w, w->memory);
    InParts *parts = w->parts;
    parts->pack = (half **)(parts + 1), parts->digits = (base256 **)(parts->pack + cell->packs);
    parts->scale = (real **)(parts->digits + cell->packs);
    parts->fit = (int *)(parts->scale + cell->packs), parts->uneven = parts->fit + cell->packs;
    return w;
}

/* The columns of a tensor as it is given. */
static long columns_of(const Tensor *t, const long *size) { return size[t->cols] / size[t->heads]; }

/* The rows of matrices whose heads have columns of their own, with zeros in those of the others. */
static void spread_heads(const real *from, real *to, long rows, long of_head, long heads, long blocks)
{
    for (long r = 0; r < rows * blocks; r++)
        memcpy(to + (r * heads + r % rows * heads / rows) * of_head, from + r * of_head,
               sizeof(real) * (size_t)of_head);
}

/* V - transpose of V in the place of V, block by block. */
static void make_skew(real *v, long n, int blocks)
{
    for (int b = 0; b < blocks; b++, v += n * n)
        for (long i = 0; i < n; i++) {
            v[i * n + i] = 0;
            for (long j = 0; j < i; j++) {
                v[i * n + j] -= v[j * n + i];
                v[j * n + i] = -v[i * n + j];
            }
        }
}

static int pack_matrix(const Weights *w, int i, const real *const *tensor, int me, int team)
{
    const Pack *p = &w->cell->pack[i];
    const Tensor *t = &w->cell->tensor[p->tensor];
    long rows = w->size[t->rows], cols = w->size[t->cols];
    const real *from = tensor[p->tensor] + p->first * rows * columns_of(t, w->size);
    real *made = NULL;
    if (t->heads != ONE || (p->skew && !w->prepared)) {
        if (!(made = reals(rows * cols * p->blocks)))
            return 0;
        spread_heads(from, made, rows, columns_of(t, w->size), w->size[t->heads], p->blocks);
        if (p->skew && !w->prepared)
            make_skew(made, rows, p->blocks);
        from = made;
    }
    if (p->transposed)
        pack_transposed(from, rows, p->blocks, cols, w->pack[i], me, team);
    else
        pack(from, rows, p->blocks, cols, w->pack[i], me, team);
    if (w->narrow)
        narrow(w->pack[i], rows, p->blocks, cols, me, team);
    free(made);
    return 1;
}

/* A vector of parameters, or one number in all lanes. */
static void take_vector(const Weights *w, int i, const real *const *tensor, const double *constants)
{
    const Fixed *f = &w->cell->source[i];
    long n = w->size[f->axis];
    real number = 0;
    if (f->source == COMPUTED)
        return;
    if (f->source == OF_TENSOR) {
        const real *from = tensor[f->index];
        if (f->axis != ONE)
            from ? memcpy(w->fixed[i], from + f->block * n, sizeof(real) * (size_t)n)
                 : memset(w->fixed[i], 0, sizeof(real) * (size_t)n);
        if (f->axis != ONE)
            return;
        number = from ? from[f->block] : 0;
    } else {
        number = f->source == OF_CONSTANT ? (real)constants[f->index] : (real)w->size[f->index];
    }
    for (int lane = 0; lane < LANES; lane++)
        w->fixed[i][lane] = number;
}

/* The summed biases in the order of a product's columns. */
static void take_bias(const Weights *w, int i, const real *const *tensor)
{
    const Bias *b = &w->cell->bias[i];
    long n = w->size[b->axis];
    memset(w->bias[i], 0, sizeof(real) * (size_t)packed_size(n, b->blocks, 1));
    for (int k = 0; k < b->summands; k++) {
        const real *from = tensor[b->summand[k].tensor];
        if (!from)
            continue;
        from += b->summand[k].first * n;
        for (int g = 0; g < b->blocks; g++)
            for (long u = 0; u < n; u++)
                w->bias[i][(u / LANES * b->blocks + g) * LANES + u % LANES] += from[g * n + u];
    }
}

static void compute_parameters(const Weights *w, At *at)
{
    const Cell *cell = w->cell;
    for (int q = 0; q < cell->quantities; q++)
        if (cell->quantity[q].home == FIXED)
            at[q] = (At){w->fixed[cell->quantity[q].slot], cell->quantity[q].axis == ONE ? 0 : LANES, 0};
    for (int g = 0; g < cell->parameter_groups; g++)
        cell->parameters[g].lines(at, 0, panels_of(w->size[cell->parameters[g].axis]), 1, 0);
}

typedef struct {
    Weights *weights;
    const real *const *tensor;
    const double *constants;
    int backward, failed;
} Packing;

static void pack_share(void *with, int me, int size)
{
    Packing *job = with;
    const Cell *cell = job->weights->cell;
    for (int i = 0; i < cell->packs; i++)
        if (job->backward || !cell->pack[i].transposed)
            if (!pack_matrix(job->weights, i, job->tensor, me, size))
                __atomic_store_n(&job->failed, 1, __ATOMIC_RELAXED);
    if (me)
        return;
    for (int i = 0; i < cell->fixed; i++)
        take_vector(job->weights, i, job->tensor, job->constants);
    for (int i = 0; i < cell->biases; i++)
        take_bias(job->weights, i, job->tensor);
    At *at = zeroed(sizeof(At) * (size_t)cell->quantities);
    if (at)
        compute_parameters(job->weights, at);
    else
        __atomic_store_n(&job->failed, 1, __ATOMIC_RELAXED);
    free(at);
}

#endif
