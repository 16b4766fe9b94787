/* A sequence forwards and backwards, by one thread of a team. */
#ifndef SEQUENCE_H
#define SEQUENCE_H

#include "steps.h"

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
    Hand h = hand(m, me, size);
    find_tracks(m, cell->forward_quantities, 1, h.first, me);
    begin_forward(&h);
    if (!m->split)
        barrier(m->flag, me, size);
    for (long t = 0; t < m->steps; t++) {
        if (t % m->chunk == 0) {
            h.t0 = t;
            multiply_input(&h, m->steps - t < m->chunk ? m->steps - t : m->chunk);
        }
        At *at = places_at(&h, t, cell->forward_quantities);
        for (int s = 0; s < cell->forward_stages; s++) {
            do_stage(&h, &cell->forward[s], at, t, 1);
            if (!m->split)
                barrier(m->flag, me, size);
        }
    }
    end_forward(&h);
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

/* The rows of a pair of factors: those of the first time step apart, where the operand's are not the caller's. */
static void rows_of_pair(const Hand *h, const Factors *pair, Rows rows[2], const real *A[2], long lda[2])
{
    const Memory *m = h->m;
    const Quantity *left = &m->cell->quantity[pair->left], *right = &m->cell->quantity[pair->right];
    for (int later = 0; later < 2; later++) {
        At d = place(m, left, later, 0, h->me), a = place(m, right, later, 0, h->me);
        rows[later] = (Rows){d.base, d.row, later ? m->batch * (m->steps - 1) : m->batch};
        A[later] = a.base, lda[later] = a.row;
    }
}

/* Of each head its own rows and columns. */
static void gradient_of_heads(const Hand *h, const Outer *o, const Rows *rows, int n, const Operand *all, long heads)
{
    const Memory *m = h->m;
    long units = size_of(m, o->axis), of_head = units / heads;
    Rows own[RANGES];
    const real *A[RANGES];
    Operand one = {A, all->lda, all->K / heads, all->dW};
    for (long i = 0; i < o->blocks * heads; i++, one.dW += of_head * one.K) {
        long block = i / heads, head = i % heads;
        for (int j = 0; j < n; j++) {
            own[j] = rows[j];
            own[j].D += block * padded(units) + head * of_head;
            A[j] = all->A[j] + head * one.K;
        }
        accumulate(own, n, &one, 1, of_head, 1, 0, m->scratch + h->me * m->scratch_share, h->me, h->size);
    }
}

/* The gradients of `count` matrices of which the left factors are the same. */
static void gradient_of_matrices(const Hand *h, const Outer *o, int count)
{
    const Memory *m = h->m;
    long n = size_of(m, o->axis), lda[OPERANDS][RANGES];
    const real *A[OPERANDS][RANGES];
    Rows rows[RANGES];
    Operand operand[OPERANDS];
    int operands = 0;
    const Tensor *t = &m->cell->tensor[o->tensor];
    for (const Outer *one = o; one < o + count; one++) {
        real *to = m->call->d_tensor[one->tensor];
        if (!to)
            continue;
        t = &m->cell->tensor[one->tensor];
        for (int i = 0; i < o->pairs; i++)
            rows_of_pair(h, &one->pair[i], rows + 2 * i, A[operands] + 2 * i, lda[operands] + 2 * i);
        to += one->first * n * columns_of(t, m->weights->size);
        operand[operands] = (Operand){A[operands], lda[operands], size_of(m, one->inner), to};
        operands++;
    }
    if (t->heads != ONE && operands)
        gradient_of_heads(h, o, rows, 2 * o->pairs, operand, size_of(m, t->heads));
    else if (operands)
        accumulate(rows, 2 * o->pairs, operand, operands, n, o->blocks, padded(n),
                   m->scratch + h->me * m->scratch_share, h->me, h->size);
}

/* The sums of all threads, in their order; of a number that all units share, the sum over the units too. */
static void gradient_of_vector(const Memory *m, const Total *total, int team)
{
    long n = size_of(m, total->axis);
    real *to = m->call->d_tensor[total->tensor] + total->block * (total->of_units ? 1 : n), all = 0;
    for (long u = 0; u < n; u++) {
        real sum = 0;
        for (int i = 0; i < team; i++)
            sum += m->sums[i * m->sums_share + total->sum * m->width + u];
        all += sum;
        if (!total->of_units)
            to[u] = total->onto ? to[u] + sum : sum;
    }
    if (total->of_units)
        *to = total->onto ? *to + all : all;
}

/* The transpose of V - transpose of V is taken in the gradient too. */
static void gradients(const Hand *h)
{
    const Memory *m = h->m;
    const Cell *cell = m->cell;
    for (int i = 0; i < cell->tensors && h->me == 0; i++) {
        const Tensor *t = &cell->tensor[i];
        if (t->partial && m->call->d_tensor[i])
            memset(m->call->d_tensor[i], 0,
                   sizeof(real) * (size_t)(t->blocks * size_of(m, t->rows) * columns_of(t, m->weights->size)));
    }
    barrier(m->flag, h->me, h->size);
    for (int i = 0, n; i < cell->outers; i += n) {
        n = of_same_left(cell, i);
        gradient_of_matrices(h, &cell->outer[i], n);
    }
    for (int i = 0; i < cell->totals && h->me == 0; i++)
        if (m->call->d_tensor[cell->total[i].tensor])
            gradient_of_vector(m, &cell->total[i], h->size);
    barrier(m->flag, h->me, h->size);
    for (int i = 0; i < cell->tensors && h->me == 0; i++)
        if (cell->tensor[i].skew && !m->weights->prepared && m->call->d_tensor[i])
            make_skew(m->call->d_tensor[i], size_of(m, cell->tensor[i].rows), cell->tensor[i].blocks);
}

static void backward_share(void *with, int me, int size)
{
    const Memory *m = with;
    const Cell *cell = m->cell;
    Hand h = hand(m, me, size);
    int together = m->split && h.rows >= 4; /* the input's cotangent is worth a product at each step */
    find_tracks(m, cell->quantities, 1, h.first, me);
    begin_backward(&h);
    if (!m->split)
        barrier(m->flag, me, size);
    for (long t = m->steps - 1; t >= 0; t--) {
        At *at = places_at(&h, t, cell->quantities);
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
    gradients(&h);
}

#endif
