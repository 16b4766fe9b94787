/* What needs all units of what it reads: sums and means, running sums, softmax, and products of quantities by axes. */
#ifndef REDUCTIONS_H
#define REDUCTIONS_H

#include "functions.h"
#include "memory.h"

enum { FACTORS = PARTS_OF_LOOPS - 1, LOOPS = 5 };

/* The number of one unit. */
static real *unit_of(const At *a, long row, long u)
{
    return a->base + u / LANES * a->panel + row * a->row + u % LANES;
}

static real sum_of_units(const At *a, long row, long units)
{
    vec sum = splat(0);
    long p = 0;
    for (; (p + 1) * LANES <= units; p++)
        sum += load(a->base + p * a->panel + row * a->row);
    if (p * LANES < units)
        sum += load_some(a->base + p * a->panel + row * a->row, (int)(units - p * LANES));
    return sum_of(sum);
}

/* NaN if one of them is. */
static real largest_of_units(const At *a, long row, long units, real largest)
{
    for (long u = 0; u < units; u++) {
        real x = *unit_of(a, row, u);
        if (x > largest || x != x)
            largest = x;
        if (x != x)
            return x;
    }
    return largest;
}

/* Of each of so many heads. */
static void running_sum(const At *from, const At *to, long row, long units, long heads, int back)
{
    const long n = units / heads;
    real sum = 0;
    for (long i = 0; i < units; i++) {
        long u = back ? units - 1 - i : i;
        sum = *unit_of(from, row, u) + (i % n ? sum : 0);
        *unit_of(to, row, u) = sum;
    }
}

static void softmax(const At *from, const At *to, long row, long units)
{
    real largest = largest_of_units(from, row, units, -(real)INFINITY);
    for (long p = 0; p * LANES < units; p++) {
        long n = units - p * LANES < LANES ? units - p * LANES : LANES;
        vec x = load_some(from->base + p * from->panel + row * from->row, (int)n);
        store(to->base + p * to->panel + row * to->row, vexp(x - largest));
    }
    real all = sum_of_units(to, row, units);
    for (long p = 0; p * LANES < units; p++) {
        real *at = to->base + p * to->panel + row * to->row;
        store(at, load(at) / all);
    }
}

/* The sum, the mean or the largest over n units. */
static real of_head(enum how how, const At *from, long row, long first, long n)
{
    real found = how == LARGEST_OF ? -(real)INFINITY : 0;
    for (long u = first; u < first + n; u++) {
        real x = *unit_of(from, row, u);
        if (how != LARGEST_OF)
            found += x;
        else if (x > found || x != x || found != found) /* NaN if one of them is */
            found = found != found ? found : x;
    }
    return how == MEAN_OF ? found / (real)n : found;
}

static void reduce_heads(enum how how, const At *from, const At *to, long row, long units, long heads)
{
    const long n = units / heads;
    for (long first = 0; first < units; first += n) {
        real found = of_head(how, from, row, first, n);
        for (long u = first; u < first + n; u++)
            *unit_of(to, row, u) = found;
    }
}

static void softmax_of_heads(const At *from, const At *to, long row, long units, long heads)
{
    const long n = units / heads;
    for (long first = 0; first < units; first += n) {
        real largest = of_head(LARGEST_OF, from, row, first, n);
        for (long u = first; u < first + n; u++)
            *unit_of(to, row, u) = *unit_of(from, row, u) - largest;
    }
    for (long p = 0; p * LANES < units; p++) {
        real *at = to->base + p * to->panel + row * to->row;
        store(at, vexp(load_some(at, (int)(units - p * LANES < LANES ? units - p * LANES : LANES))));
    }
    for (long first = 0; first < units; first += n) {
        real all = of_head(SUM_OF, to, row, first, n);
        for (long u = first; u < first + n; u++)
            *unit_of(to, row, u) /= all;
    }
}

/* ------------------------------------------------------------------------------------------------ contractions */

/* A row of the target and of the factors as numbers one after the other, and how far the next along each axis is: 0
 * where they have none. Along the innermost axis numbers follow each other in everything that has it. */
typedef struct {
    int factors, loops, sums, vectors, numbers;
    int vector[FACTORS], number[FACTORS]; /* the factors that have the innermost axis, and the others */
    long length[LOOPS], step[1 + FACTORS][LOOPS];
} Contraction;

static Contraction contraction(const Memory *m, const Reduction *r)
{
    Contraction c = {.factors = r->parts, .loops = r->loops};
    for (int k = 0; k < r->loops; k++) {
        c.length[k] = size_of(m, r->loop[k].axis);
        c.sums |= !r->loop[k].place[0];
    }
    for (int q = 0; q <= r->parts; q++)
        for (int k = 0; k < r->loops; k++) {
            c.step[q][k] = r->loop[k].place[q] > 0;
            for (int other = 0; other < r->loops; other++)
                if (r->loop[other].place[q] && r->loop[other].place[q] < r->loop[k].place[q])
                    c.step[q][k] *= c.length[other];
        }
    for (int f = 0; f < r->parts; f++)
        if (c.step[1 + f][r->loops - 1])
            c.vector[c.vectors++] = f;
        else
            c.number[c.numbers++] = f;
    return c;
}

/* The product of the factors at n numbers from i on, of those that have the innermost axis. */
INLINE vec product_at(const Contraction *c, real *const *factor, long i, int n)
{
    vec product = n < LANES ? load_some(factor[c->vector[0]] + i, n) : load(factor[c->vector[0]] + i);
    for (int v = 1; v < c->vectors; v++)
        product *= n < LANES ? load_some(factor[c->vector[v]] + i, n) : load(factor[c->vector[v]] + i);
    return product;
}

/* Along the innermost axis: what lacks it is one number for all. */
INLINE void innermost(const Contraction *c, real *to, real *const *factor)
{
    const long n = c->length[c->loops - 1], whole = n / LANES * LANES;
    const int some = (int)(n - whole);
    real number = 1;
    for (int k = 0; k < c->numbers; k++)
        number *= *factor[c->number[k]];
    if (!c->step[0][c->loops - 1]) {
        vec sum = splat(0);
        for (long i = 0; i < whole; i += LANES)
            sum += product_at(c, factor, i, LANES);
        if (some)
            sum += product_at(c, factor, whole, some);
        *to += number * sum_of(sum);
    } else if (c->sums) {
        for (long i = 0; i < whole; i += LANES)
            store(to + i, load(to + i) + number * product_at(c, factor, i, LANES));
        if (some)
            store_some(to + whole, load_some(to + whole, some) + number * product_at(c, factor, whole, some), some);
    } else {
        for (long i = 0; i < whole; i += LANES)
            store(to + i, number * product_at(c, factor, i, LANES));
        if (some)
            store_some(to + whole, number * product_at(c, factor, whole, some), some);
    }
}

static void along(const Contraction *c, int loop, real *to, real *const *factor)
{
    if (loop == c->loops - 1) {
        innermost(c, to, factor);
        return;
    }
    real *at[FACTORS];
    for (int f = 0; f < c->factors; f++)
        at[f] = factor[f];
    for (long i = 0; i < c->length[loop]; i++, to += c->step[0][loop]) {
        along(c, loop + 1, to, at);
        for (int f = 0; f < c->factors; f++)
            at[f] += c->step[1 + f][loop];
    }
}

static void contract(const Memory *m, const Reduction *r, const At *at, long rows)
{
    const Contraction c = contraction(m, r);
    const At *target = &at[r->target];
    const int axis = m->cell->quantity[r->target].axis;
    const size_t bytes = sizeof(real) * (size_t)size_of(m, axis);
    for (long row = 0; row < rows; row++) {
        real *factor[FACTORS], *to = target->base + row * target->row;
        for (int f = 0; f < c.factors; f++)
            factor[f] = at[r->part[f]].base + row * at[r->part[f]].row;
        if (c.sums)
            memset(to, 0, bytes);
        along(&c, 0, to, factor);
        if (axis == ONE) /* one number is the same in all lanes */
            store(to, splat(*to));
    }
}

/* ------------------------------------------------------------------------------------------------ all of them */

static void reduce_row(const Memory *m, const Reduction *r, const At *at, long row)
{
    const At *to = &at[r->target], *first = &at[r->part[0]];
    long units = size_of(m, m->cell->quantity[r->target].axis), count = 0;
    const long heads = r->loops ? size_of(m, r->loop[0].axis) : 1;
    real found = r->how == LARGEST_OF ? -(real)INFINITY : 0;
    switch (r->how) {
    case RUNNING:
    case RUNNING_BACK: running_sum(first, to, row, units, heads, r->how == RUNNING_BACK); return;
    case SOFTMAX:
        if (r->loops)
            softmax_of_heads(first, to, row, units, heads);
        else
            softmax(first, to, row, units);
        return;
    default: break;
    }
    if (r->loops) {
        reduce_heads(r->how, first, to, row, units, heads);
        return;
    }
    for (int i = 0; i < r->parts; i++) {
        long n = size_of(m, m->cell->quantity[r->part[i]].axis);
        if (r->how == LARGEST_OF)
            found = largest_of_units(&at[r->part[i]], row, n, found);
        else
            found += sum_of_units(&at[r->part[i]], row, n);
        count += n;
    }
    store(to->base + row * to->row, splat(r->how == MEAN_OF ? found / (real)count : found));
}

static void reduce(const Memory *m, const Reduction *r, const At *at, long rows)
{
    if (r->how == CONTRACTION)
        contract(m, r, at, rows);
    else
        for (long row = 0; row < rows; row++)
            reduce_row(m, r, at, row);
}

#endif
