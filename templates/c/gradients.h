/* The gradients of parameters, of all time steps together, by one thread of a team. */
#ifndef GRADIENTS_H
#define GRADIENTS_H

#include "steps.h"

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

#endif
