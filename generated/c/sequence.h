/* A sequence forwards and backwards, by one thread of a team. */
#ifndef SEQUENCE_H
#define SEQUENCE_H

#include "gradients.h"

/* ------------------------------------------------------------------------------------------------ rows and panels */

/* Rows of a caller to places, or back. */
static void copy_rows(real *to, long to_row, const real *from, long from_row, long rows, long width)
{
    for (long r = 0; r < rows; r++)
        memcpy(to + r * to_row, from + r * from_row, sizeof(real) * (size_t)width);
}

static void add_rows(real *to, long to_row, const real *from, long from_row, long rows, long width)
{
    for (long r = 0; r < rows; r++)
        for (long i = 0; i < width; i++)
            to[r * to_row + i] += from[r * from_row + i];
}

/* A state's rows, which the caller has one after the other, to their place; NULL is zero. */
static void enter(const At *to, const real *from, long size, long row, long rows)
{
    for (long r = 0; r < rows; r++)
        for (long p = 0; p * LANES < size; p++) {
            long n = size - p * LANES < LANES ? size - p * LANES : LANES;
            vec v = from ? load_some(from + (row + r) * size + p * LANES, (int)n) : splat(0);
            store(to->base + p * to->panel + r * to->row, v);
        }
}

static void leave(const At *from, real *to, long size, long row, long rows)
{
    if (!to)
        return;
    for (long r = 0; r < rows; r++)
        for (long p = 0; p * LANES < size; p++) {
            long n = size - p * LANES < LANES ? size - p * LANES : LANES;
            store_some(to + (row + r) * size + p * LANES, load(from->base + p * from->panel + r * from->row), (int)n);
        }
}

/* The caller's numbers of an input, of x or its cotangent. */
static real *callers_input(const Memory *m, const real *x, int input, long t, long row)
{
    return (real *)x + t * m->layout.x_time + row * m->layout.x_row + input_start(m, input, 0);
}

/* Of n rows those that are a thread's. */
static void own_rows(const Hand *h, long n, long *from, long *count)
{
    *from = n * h->me / h->size;
    *count = n * (h->me + 1) / h->size - *from;
}

/* The rows of the batch that a thread enters and leaves: its own, or its share of all. */
static void own_batch(const Hand *h, long *from, long *count)
{
    *from = h->first, *count = h->rows;
    if (!h->m->split)
        own_rows(h, h->m->batch, from, count);
}

/* ------------------------------------------------------------------------------------------------ forwards */

static void begin_forward(const Hand *h)
{
    const Memory *m = h->m;
    long from, count;
    own_batch(h, &from, &count);
    for (int k = 0; k < m->cell->states; k++) {
        At to = in_series(m, k, 0, from);
        enter(&to, m->call->initial[k], size_of(m, m->cell->state[k].axis), from, count);
    }
    for (long t = 0; t < m->steps && m->x; t++)
        for (int i = 0; i < m->cell->inputs; i++) {
            At to = in_inputs(m, m->x, NULL, i, t, from);
            const real *x = callers_input(m, m->call->x, i, t, from);
            copy_rows(to.base, to.row, x, m->layout.x_row, count, size_of(m, m->cell->input[i]));
            for (long r = 0; r < count && m->cell->input[i] == ONE; r++) /* one number is the same in all lanes */
                store(to.base + r * to.row, splat(to.base[r * to.row]));
        }
}

static void end_forward(const Hand *h)
{
    const Memory *m = h->m;
    long from, count, outputs = size_of(m, m->cell->state[0].axis);
    own_batch(h, &from, &count);
    for (int k = 0; k < m->cell->states; k++) {
        At last = in_series(m, k, m->steps, from);
        leave(&last, m->call->final[k], size_of(m, m->cell->state[k].axis), from, count);
    }
    if (!in_place(m))
        for (long t = 0; t < m->steps; t++)
            copy_rows(m->call->y + t * m->layout.y_time + from * m->layout.y_row, m->layout.y_row,
                      m->series[0] + ((t + 1) * m->batch + from) * padded(outputs), padded(outputs), count, outputs);
}

static void forward_share(void *with, int me, int size)
{
    const Memory *m = with;
    const Cell *cell = m->cell;
    Hand h = hand(m, 0, me, size);
    if (m->in_parts)
        tiles_begin();
    begin_forward(&h);
    if (!m->split)
        barrier(m->flag, me, size);
    for (long t = 0; t < m->steps; t++) {
        if (t % m->chunk == 0) {
            h.t0 = t;
            multiply_input(&h, m->steps - t < m->chunk ? m->steps - t : m->chunk);
        }
        At *at = places_at(&h, t);
        for (int s = 0; s < cell->forward_stages; s++) {
            do_stage(&h, &cell->forward[s], at, t, 1);
            if (!m->split)
                barrier(m->flag, me, size);
        }
    }
    end_forward(&h);
    if (m->in_parts)
        tiles_end();
}

/* ------------------------------------------------------------------------------------------------ backwards */

static void begin_backward(const Hand *h)
{
    const Memory *m = h->m;
    long from, count, outputs = size_of(m, m->cell->state[0].axis);
    own_batch(h, &from, &count);
    for (int k = 0; k < m->cell->states; k++) {
        At to = in_carried(m, k, m->steps & 1, from);
        enter(&to, m->call->d_final[k], size_of(m, m->cell->state[k].axis), from, count);
    }
    if (m->d_y && m->call->d_y)
        for (long t = 0; t < m->steps; t++)
            copy_rows(m->d_y + (t * m->batch + from) * padded(outputs), padded(outputs),
                      m->call->d_y + t * m->layout.y_time + from * m->layout.y_row, m->layout.y_row, count, outputs);
    memset(m->sums + h->me * m->sums_share, 0, sizeof(real) * (size_t)m->sums_share);
}

static void end_backward(const Hand *h)
{
    const Memory *m = h->m;
    long from, count;
    own_batch(h, &from, &count);
    for (int k = 0; k < m->cell->states; k++) {
        At first = in_carried(m, k, 0, from);
        leave(&first, m->call->d_initial[k], size_of(m, m->cell->state[k].axis), from, count);
    }
    own_rows(h, m->steps, &from, &count);
    for (long t = from; t < from + count && m->d_x && m->call->d_x; t++)
        for (int i = 0; i < m->cell->inputs; i++) {
            At found = in_inputs(m, m->d_x, NULL, i, t, 0);
            (m->layout.onto ? add_rows : copy_rows)(callers_input(m, m->call->d_x, i, t, 0), m->layout.x_row, found.base,
                                                    found.row, m->batch, size_of(m, m->cell->input[i]));
        }
}

/* What can wait until all steps are done, many steps of one sequence together: threads share the steps. */
static void do_late(const Hand *h, const Group *g)
{
    const Memory *m = h->m;
    long from = 0, count = m->steps;
    const At *now = m->at + 2 * h->me * m->cell->quantities;
    At *at = m->at + (2 * h->me + 1) * m->cell->quantities;
    const Track *track = m->track + h->me * m->cell->quantities;
    if (!m->split)
        own_rows(h, m->steps, &from, &count);
    for (long r = 0; r < h->rows; r++)
        for (long t = from; t < from + count; t += LATE_ROWS) {
            long rows = from + count - t < LATE_ROWS ? from + count - t : LATE_ROWS;
            for (int q = 0; q < m->cell->quantities; q++)
                at[q] = (At){track[q].from[0] + t * track[q].step + r * now[q].row, now[q].panel, track[q].step};
            do_group(h, g, at, 0, 0, panels(m, g->axis), rows);
        }
}

static void do_all_late(const Hand *h)
{
    const Cell *cell = h->m->cell;
    for (int s = 0; s < cell->backward_stages; s++)
        for (int i = 0; i < cell->backward[s].groups; i++)
            if (cell->backward[s].group[i].late)
                do_late(h, &cell->backward[s].group[i]);
}

static void backward_share(void *with, int me, int size)
{
    const Memory *m = with;
    const Cell *cell = m->cell;
    Hand h = hand(m, 1, me, size);
    int together = m->split && h.rows >= 4; /* the input's cotangent is worth a product at each step */
    if (m->in_parts)
        tiles_begin();
    begin_backward(&h);
    if (!m->split)
        barrier(m->flag, me, size);
    for (long t = m->steps - 1; t >= 0; t--) {
        At *at = places_at(&h, t);
        for (int s = 0; s < cell->backward_stages; s++) {
            do_stage(&h, &cell->backward[s], at, t, together && m->call->d_x);
            if (!m->split && (cell->waits || s + 1 < cell->backward_stages))
                barrier(m->flag, me, size);
        }
    }
    barrier(m->flag, me, size);
    if (m->call->d_x && !together)
        do_all_late(&h);
    barrier(m->flag, me, size);
    end_backward(&h);
    if (m->in_parts)
        tiles_end();
    gradients(&h);
}

/* A pass; 0 if there are fewer threads now than the memory is made for. */
static int run(Work *share, Memory *m, const Weights *w, const Call *call)
{
    m->weights = w, m->call = call;
    if (m->in_parts)
        need_parts(w, share == backward_share ? BACKWARDS : FORWARDS, m->threads);
    if (m->in_parts == DIGITS_OF_STATES)
        need_parts(w, IN_DIGITS, m->threads);
    memset(m->flag, 0, sizeof(Flag) * (size_t)m->threads);
    return in_parallel(share, m, m->threads);
}

#endif
