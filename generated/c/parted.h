/* The matrices of a layer in parts of bfloat16 or in digits of int8, made when a pass first wants them. */
#ifndef PARTED_H
#define PARTED_H

#include "team.h"
#include "weights.h"

enum { FEW = 32 }; /* units, or terms of a sum, that are too few for a matrix unit */

static int is_worth_parts(const Weights *w, const Pack *p)
{
    return w->size[p->axis] >= FEW && w->size[p->inner] >= FEW;
}

/* Whether a product is of a state that the cell's equations bound by 1. */
static int is_of_bounded(const Cell *cell, const Product *p)
{
    const Quantity *q = &cell->quantity[p->operand[0]];
    return p->segments == 1 && q->home == BEFORE && cell->state[q->slot].bounded && !cell->pack[p->pack].transposed;
}

/* Whether some product of a step has this matrix and such a state, and as many terms as are worth it. */
static int is_worth_digits(const Weights *w, int pack)
{
    const Cell *cell = w->cell;
    long terms = w->size[cell->pack[pack].inner];
    if (!is_worth_parts(w, &cell->pack[pack]) || terms < LEAST_TERMS || terms > MOST_TERMS)
        return 0;
    for (int s = 0; s < cell->forward_stages; s++)
        for (int g = 0; g < cell->forward[s].groups; g++)
            for (int i = 0; i < cell->forward[s].group[g].products; i++) {
                const Product *p = &cell->forward[s].group[g].product[i];
                if (p->pack == pack && is_of_bounded(cell, p))
                    return 1;
            }
    return 0;
}

/* Cuts the pieces of a kind from memory; gives the bytes. */
static long lay_out_parts(const Weights *w, int kind, char *memory)
{
    InParts *parts = w->parts;
    long used = 0;
    for (int i = 0; i < w->cell->packs; i++) {
        const Pack *p = &w->cell->pack[i];
        long N = w->size[p->axis], K = w->size[p->inner];
        int G = blocks_of(p);
        if (kind == IN_DIGITS && is_worth_digits(w, i)) {
            parts->digits[i] = (base256 *)(memory + used), parts->uneven[i] = 0;
            used += wide_panels(N, G) * panel_in_digits(N, G, K);
            parts->scale[i] = (real *)(memory + used);
            used += wide_panels(N, G) * panel_scales(N, G) * (long)sizeof(real);
        } else if (kind == p->transposed && is_worth_parts(w, p)) {
            parts->pack[i] = (half *)(memory + used), parts->fit[i] = 1;
            used += weights_in_parts(N, G, K, segments_of(p)) * (long)sizeof(half);
        }
    }
    return used;
}

typedef struct {
    const Weights *weights;
    int kind;
} Parting;

/* The larger one of what is there, in hundredths, and this, whichever thread comes first. */
static void raise_to(int *at, double uneven)
{
    int there = __atomic_load_n(at, __ATOMIC_RELAXED), mine = (int)(100 * uneven);
    while (there < mine && !__atomic_compare_exchange_n(at, &there, mine, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
        ;
}

static void parts_share(void *with, int me, int size)
{
    const Parting *job = with;
    const Weights *w = job->weights;
    InParts *parts = w->parts;
    for (int i = 0; i < w->cell->packs; i++) {
        const Pack *p = &w->cell->pack[i];
        long N = w->size[p->axis], K = w->size[p->inner];
        int G = blocks_of(p);
        if (job->kind == IN_DIGITS && parts->digits[i])
            raise_to(&parts->uneven[i], pack_digits(w->pack[i], N, G, K, parts->digits[i], parts->scale[i], me, size));
        else if (job->kind == p->transposed && parts->pack[i] &&
                 !pack_parts(w->pack[i], N, G, K, segments_of(p), parts->pack[i], me, size))
            __atomic_store_n(&parts->fit[i], 0, __ATOMIC_RELAXED);
    }
}

/* Makes a kind of matrices, unless they are there; passes at the same time wait. */
static void need_parts(const Weights *w, int kind, int threads)
{
    int *stage = &w->parts->stage[kind], begun = -(int)getpid(), found = MADE, before = MISSING;
    while (!__atomic_compare_exchange_n(stage, &before, begun, 0, __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE)) {
        if (before > MISSING)
            return;
        if (before == begun) /* else it is of a process that this one was forked from, where nobody goes on */
            sched_yield(), before = MISSING;
    }
    static char measured[1];
    void **memory = &w->parts->memory[kind];
    long bytes = lay_out_parts(w, kind, *memory ? *memory : measured);
    if (!*memory)
        *memory = zeroed((size_t)bytes);
    if (*memory) {
        lay_out_parts(w, kind, *memory);
        Parting job = {w, kind};
        if (!in_parallel(parts_share, &job, team_size(threads)))
            parts_share(&job, 0, 1);
    } else {
        found = NO_ROOM;
    }
    __atomic_store_n(stage, found, __ATOMIC_RELEASE);
}

/* Whether a matrix is there in parts for passes of a kind, and in digits; how uneven it is then. */
static int has_parts(const Weights *w, int pack, int kind)
{
    const InParts *parts = w->parts;
    return parts->stage[kind] == MADE && w->cell->pack[pack].transposed == kind && parts->pack[pack] && parts->fit[pack];
}
static int has_digits(const Weights *w, int pack)
{
    const InParts *parts = w->parts;
    return parts->stage[IN_DIGITS] == MADE && parts->digits[pack] && parts->uneven[pack] < 100 * UNEVEN;
}
static double uneven_digits(const Weights *w, int pack) { return w->parts->uneven[pack] / 100.0; }

#endif
