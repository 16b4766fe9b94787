/* One time step, forwards or backwards: stage by stage, group by group, panel by panel. */
#ifndef STEPS_H
#define STEPS_H

#include "reductions.h"

/* A thread's part of a call: its rows of the batch, or all of them and its panels. t0: the first step whose products of
 * the input are there; moving: how many quantities change their places; back: whether it goes backwards. */
typedef struct {
    const Memory *m;
    int me, size, moving, back;
    long first, rows, t0;
} Hand;

static Hand hand(const Memory *m, int back, int me, int size)
{
    int quantities = back ? m->cell->quantities : m->cell->forward_quantities;
    long first = first_row(m, me), rows = m->split ? first_row(m, me + 1) - first : m->batch;
    find_tracks(m, quantities, 1, first, me);
    return (Hand){m, me, size, find_moving(m, quantities, me), back, first, rows, 0};
}

/* The panels of a size that are a thread's, several together as the narrowest products take them. */
static void own_panels(const Hand *h, int axis, long *from, long *to)
{
    long n = panels(h->m, axis), together = panels_together(1), wide = (n + together - 1) / together;
    *from = 0, *to = n;
    if (h->m->split)
        return;
    *from = wide * h->me / h->size * together;
    *to = wide * (h->me + 1) / h->size * together;
    if (*to > n)
        *to = n;
}

/* -------------------------------------------------------------------------------- places that move with time */

/* The places of all quantities at time step t. */
static At *places_at(const Hand *h, long t)
{
    const Memory *m = h->m;
    At *at = m->at + 2 * h->me * m->cell->quantities;
    const Track *track = m->track + h->me * m->cell->quantities;
    const short *moving = m->moving + h->me * m->cell->quantities;
    for (int i = 0; i < h->moving; i++)
        at[moving[i]].base = track[moving[i]].from[t & 1] + t * track[moving[i]].step;
    for (int i = 0; i < h->moving && t == 0; i++)
        if (m->cell->quantity[moving[i]].home == BEFORE)
            at[moving[i]] = place(m, &m->cell->quantity[moving[i]], 0, h->first, h->me);
    return at;
}

/* Where a product puts a wide panel: `local` counts from the first that is at hand. */
static real *result(const Hand *h, int buffer, long t, long wide, long local, long rows)
{
    const Memory *m = h->m;
    const Room *b = &m->buffer[buffer];
    if (!m->cell->buffer[buffer].early)
        return m->local + h->me * m->local_share + b->start + local * rows * b->width;
    return m->early + h->me * m->early_share + b->start + ((t - h->t0) * b->wide + wide) * h->rows * b->width;
}

/* ------------------------------------------------------------------------------------------------ products */

enum { SEGMENTS = 32 };

/* How many segments from the first on follow each other in memory: together they are one. */
static int adjacent(const At *operand, int segments, long K)
{
    int n = 1;
    while (n < segments && operand[n].base == operand[0].base + n * K && operand[n].row == operand[0].row)
        n++;
    return n;
}

/* Rows in parts, or in digits with their scales, or NULL. */
typedef struct {
    const half *parts;
    const base256 *digits;
    const real *scale;
} Cut;

enum { PARTED = 16 }; /* products of a group that are cut at most; behind them stands one that is not */
static const Cut UNCUT[PARTED + 1];

/* The memory of a thread for rows in parts. */
static half *own_parts(const Hand *h) { return h->m->parts + h->me * h->m->parts_share; }

/* The operand of a product in digits or in parts; neither where nothing goes so, or one of the factors is none of these.
 * Digits and their scales have room where parts would: they are half as large. */
static Cut cut_operand(const Hand *h, const Product *p, const At *operand, long rows, half *to)
{
    const Memory *m = h->m;
    long K = size_of(m, m->cell->pack[p->pack].inner), blocks = blocks_of_product(m, p);
    int fit = m->in_parts && has_parts(m->weights, p->pack, h->back);
    if (m->in_parts == DIGITS_OF_STATES && is_of_bounded(m->cell, p) && has_digits(m->weights, p->pack)) {
        base256 *digits = (base256 *)to;
        real *scale = (real *)(digits + rows_in_digits(rows, K));
        if (digits_of_rows(rows, operand->base, operand->row, K, uneven_digits(m->weights, p->pack), digits, scale))
            return (Cut){NULL, digits, scale};
    }
    for (int s = 0; s < p->segments && fit; s++)
        fit = split_rows(rows, operand[s].base, operand[s].row, K, to + s * blocks_of_terms(K) * BLOCK_HALVES, blocks);
    return (Cut){fit ? to : NULL, NULL, NULL};
}

/* O = [bias, or O] + operand times weights, of wide panels first to end - 1, where the operand is cut. */
static void multiply_wide_cut(const Memory *m, const Product *p, const Cut *cut, long first, long end, long rows, real *O,
                              long ldo)
{
    const Pack *pack = &m->cell->pack[p->pack];
    const Room *b = &m->buffer[p->buffer];
    const InParts *W = m->weights->parts;
    long N = size_of(m, pack->axis), K = size_of(m, pack->inner), bias_width = p->bias < 0 ? 0 : b->width;
    int G = blocks_of(pack);
    const real *bias = p->bias < 0 ? m->zero : m->weights->bias[p->bias] + first * b->width;
    for (long w = first; w < end; w++, O += rows * b->width, bias += bias_width) {
        const real *C = p->onto ? O : bias;
        long ldc = p->onto ? ldo : 0, width = w + 1 < b->wide ? b->width : b->last;
        if (cut->digits)
            product_of_digits(rows, cut->digits, cut->scale, K, W->digits[p->pack] + w * panel_in_digits(N, G, K),
                              W->scale[p->pack] + w * panel_scales(N, G), width, C, ldc, O, ldo);
        else
            product_of_parts(rows, cut->parts, blocks_of_product(m, p),
                             W->pack[p->pack] + w * panel_in_parts(N, G, K, segments_of(pack)), width, C, ldc, O, ldo);
    }
}

/* The same of an operand that is cut, or of one in float32. */
static void multiply_wide(const Memory *m, const Product *p, const At *operand, const Cut *cut, long first, long end,
                          long rows, real *O, long ldo)
{
    if (cut->parts || cut->digits) {
        multiply_wide_cut(m, p, cut, first, end, rows, O, ldo);
        return;
    }
    const Pack *pack = &m->cell->pack[p->pack];
    const Room *b = &m->buffer[p->buffer];
    long K = size_of(m, pack->inner), bias_width = p->bias < 0 ? 0 : b->width;
    const real *W = m->weights->pack[p->pack] + first * p->segments * K * b->width;
    const real *bias = p->bias < 0 ? m->zero : m->weights->bias[p->bias] + first * b->width;
    for (long w = first; w < end; w++, O += rows * b->width, bias += bias_width) {
        const real *C = p->onto ? O : bias;
        long ldc = p->onto ? ldo : 0, width = w + 1 < b->wide ? b->width : b->last;
        for (int s = 0, n; s < p->segments; s += n, C = O, ldc = ldo) {
            n = adjacent(operand + s, p->segments - s, K);
            (m->weights->narrow ? narrow_product : product)(rows, operand[s].base, operand[s].row, n * K, W,
                                                            width / LANES, C, ldc, O, ldo);
            W += n * K * width;
        }
    }
}

/* The products of the input for some time steps; of few sequences, of all these steps of one together. */
static void multiply_input(const Hand *h, long steps)
{
    const Memory *m = h->m;
    for (int i = 0; i < m->cell->early; i++) {
        const Product *p = &m->cell->product[i];
        const Room *b = &m->buffer[p->buffer];
        long from, to, width = b->width, next = b->wide * h->rows * width;
        own_panels(h, m->cell->buffer[p->buffer].axis, &from, &to);
        const Quantity *x = &m->cell->quantity[p->operand[0]];
        long parted = rows_in_parts(h->rows, blocks_of_product(m, p)), fit = m->in_parts ? steps : 0;
        for (long t = 0; t < fit; t++) {
            At now = place(m, x, h->t0 + t, h->first, h->me);
            if (!cut_operand(h, p, &now, h->rows, own_parts(h) + t * parted).parts)
                fit = 0;
        }
        for (long w = from >> b->together; w << b->together < to; w++)
            if (h->rows >= 4)
                for (long t = 0; t < steps; t++) {
                    At now = place(m, x, h->t0 + t, h->first, h->me);
                    Cut cut = {fit ? own_parts(h) + t * parted : NULL, NULL, NULL};
                    multiply_wide(m, p, &now, &cut, w, w + 1, h->rows,
                                  result(h, p->buffer, h->t0 + t, w, 0, 0), width);
                }
            else
                for (long r = 0; r < h->rows; r++) {
                    At now = place(m, x, h->t0, h->first + r, h->me);
                    now.row *= m->batch;
                    multiply_wide(m, p, &now, UNCUT, w, w + 1, steps, result(h, p->buffer, h->t0, w, 0, 0) + r * width,
                                  next);
                }
    }
}

/* ------------------------------------------------------------------------------------------------ groups */

/* Where the lines find the results of products from a panel on; `first` is the first panel that is at hand. Gives how
 * many panels follow each other evenly: one alone where several rows of a wide panel have its panels side by side. */
static long take(const Hand *h, const Group *g, At *at, long t, long first, long panel, long end, long rows)
{
    real *base = NULL;
    long next = 0, even = end - panel;
    for (int i = 0, last = -1; i < g->taken; i++) {
        const Quantity *q = &h->m->cell->quantity[g->take[i]];
        const Room *b = &h->m->buffer[q->slot];
        if (q->slot != last) { /* most follow each other in one buffer */
            long wide = panel >> b->together, within = panel - (wide << b->together);
            next = rows * b->width >> b->together;
            base = result(h, q->slot, t, wide, wide - (first >> b->together), rows) + within * (b->width >> b->together);
            base -= panel * next;
            last = q->slot;
            if (rows > 1 && b->together)
                even = 1;
        }
        at[g->take[i]] = (At){base + q->block * LANES, next, b->width};
    }
    return even;
}

/* Where the operands of a group's products are at a time step. */
static void operands_of(const Product *p, const At *at, At operand[SEGMENTS])
{
    for (int s = 0; s < p->segments; s++)
        operand[s] = at[p->operand[s]];
}

static void cut_operands(const Hand *h, const Group *g, const At *at, long rows, Cut cut[PARTED + 1])
{
    half *to = own_parts(h);
    cut[PARTED] = *UNCUT;
    for (int i = 0; i < g->products && i < PARTED; i++) {
        At operand[SEGMENTS];
        operands_of(&g->product[i], at, operand);
        cut[i] = cut_operand(h, &g->product[i], operand, rows, to);
        to += rows_in_parts(rows, blocks_of_product(h->m, &g->product[i]));
    }
}

static void do_panels(const Hand *h, const Group *g, At *at, const Cut *cut, long t, long first, long end, long rows)
{
    const Memory *m = h->m;
    for (int i = 0; i < g->products; i++) {
        const Product *p = &g->product[i];
        const Room *b = &m->buffer[p->buffer];
        long from = first >> b->together, to = ((end - 1) >> b->together) + 1;
        At operand[SEGMENTS];
        operands_of(p, at, operand);
        multiply_wide(m, p, operand, cut + least(i, PARTED), from, to, rows, result(h, p->buffer, t, from, 0, rows),
                      b->width);
    }
    for (long p = first, even; p < end; p += even) {
        even = take(h, g, at, t, first, p, end, rows);
        g->lines(at, p, p + even, rows, m->keep);
    }
}

/* A group over panels, those of a narrow product at a time. With few rows the weights of all are read each time: there
 * and back, so that the second cache still has the last ones. */
static void do_group(const Hand *h, const Group *g, At *at, long t, long from, long to, long rows)
{
    if (from == to) /* a thread may have none */
        return;
    long together = g->products ? panels_together(1) : to - from;
    int back = rows <= 2 && (t & 1);
    long n = (to - from + together - 1) / together;
    Cut own[PARTED + 1];
    if (h->m->in_parts)
        cut_operands(h, g, at, rows, own);
    for (long i = 0; i < n; i++) {
        long first = from + (back ? n - 1 - i : i) * together;
        do_panels(h, g, at, h->m->in_parts ? own : UNCUT, t, first, first + together < to ? first + together : to, rows);
    }
}

/* ------------------------------------------------------------------------------------------------ stages */

/* What is one for all units is the first thread's, where threads share the panels. */
static void do_stage(const Hand *h, const Stage *s, At *at, long t, int late_too)
{
    const Memory *m = h->m;
    int mine = m->split || h->me == 0, wait = 0;
    if (mine)
        for (int i = 0; i < s->reductions; i++)
            reduce(m, &s->reduction[i], at, h->rows);
    wait = s->reductions > 0;
    for (int i = 0; i < s->groups; i++) {
        const Group *g = &s->group[i];
        long from, to;
        if (g->late && !late_too)
            continue;
        if (g->axis == ONE) {
            if (mine)
                do_group(h, g, at, t, 0, 1, h->rows);
            wait = 1;
            continue;
        }
        if (wait && !m->split)
            barrier(m->flag, h->me, h->size);
        wait = 0;
        own_panels(h, g->axis, &from, &to);
        do_group(h, g, at, t, from, to, h->rows);
    }
}

#endif
