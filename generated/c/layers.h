/* The scans of a call one after the other, forwards and backwards, without Python. */
#ifndef LAYERS_H
#define LAYERS_H

#include "callers.h"

int derive_forward(Memory *, const Weights *, const Call *);
int derive_backward(Memory *, const Weights *, const Call *);

/* What a call is given and what it gives; parameters and their gradients set by set, as the cell has them. */
typedef struct {
    Call outer;
    const void *tensor[GIVEN];
    real *d_tensor[GIVEN];
} Arrays;

static long state_length(const Caller *c, long set, int k) { return c->batch * c->size[set][c->cell->state[k].axis]; }

static long tensor_length(const Caller *c, long set, int i)
{
    const Tensor *t = &c->cell->tensor[i];
    return t->blocks * c->size[set][t->rows] * c->size[set][t->cols];
}

static real *between(const Pass *p, long layer) { return p->between + (p->keep ? layer : layer & 1) * p->length; }
static real *d_between(const Pass *p, long layer) { return p->d_between + (layer & 1) * p->length; }

/* The arrays of a scan that goes forwards: its states stand where they are left. */
static Call forward_call(const Caller *c, const Pass *p, const Scan *s, const Call *outer)
{
    int last = s->layer + 1 == p->layers;
    Call call = {.x = (s->layer ? between(p, s->layer - 1) : outer->x) + s->x,
                 .y = (last ? outer->y : between(p, s->layer)) + s->y};
    for (int k = 0; k < c->cell->states; k++)
        call.initial[k] = call.final[k] = outer->final[k] ? outer->final[k] + s->set * state_length(c, s->set, k) : NULL;
    return call;
}

static void copy_or_zero(real *to, const real *from, long count)
{
    if (from)
        memcpy(to, from, sizeof(real) * (size_t)count);
    else
        memset(to, 0, sizeof(real) * (size_t)count);
}

static int go_through(const Caller *c, const Pass *p, const Call *outer)
{
    for (int k = 0; k < c->cell->states; k++)
        copy_or_zero(outer->final[k], outer->initial[k], c->sets * state_length(c, 0, k));
    for (const Scan *s = p->scan; s < p->scan + p->scans; s++) {
        Call call = forward_call(c, p, s, outer);
        if (!derive_forward(s->memory, p->packed[s->set]->weights, &call))
            return 0;
    }
    return 1;
}

static void add_gradients(const Caller *c, const Pass *p, long set, real *const *to)
{
    const real *from = p->d_tensor;
    for (int i = 0; i < c->cell->tensors; from += tensor_length(c, set, i++))
        for (long n = 0; to[i] && n < tensor_length(c, set, i); n++)
            to[i][n] += from[n];
}

/* Of the scans of one set all but the first to come put the gradients of its parameters aside, to be added. */
static int go_back(const Caller *c, const Pass *p, const Arrays *a)
{
    const Call *outer = &a->outer;
    for (const Scan *s = p->scan + p->scans - 1; s >= p->scan; s--) {
        int first = s + 1 == p->scan + p->scans || s[1].set != s->set, last = s->layer + 1 == p->layers;
        Call call = forward_call(c, p, s, outer);
        real *apart[GIVEN], *const *to = a->d_tensor + s->set * c->cell->tensors, *free = p->d_tensor;
        call.d_y = !last ? d_between(p, s->layer) + s->y : outer->d_y ? outer->d_y + s->y : NULL;
        call.d_x = s->layer ? d_between(p, s->layer - 1) + s->x : outer->d_x ? outer->d_x + s->x : NULL;
        real *here = p->d_state;
        for (int k = 0; k < c->cell->states; k++) {
            long n = state_length(c, s->set, k);
            real *d = outer->d_initial[k] ? outer->d_initial[k] + s->set * n : here;
            if (first)
                copy_or_zero(d, outer->d_final[k] ? outer->d_final[k] + s->set * n : NULL, n);
            call.d_final[k] = call.d_initial[k] = d;
            here += n;
        }
        for (int i = 0; i < c->cell->tensors && !first; free += tensor_length(c, s->set, i++))
            apart[i] = to[i] ? free : NULL;
        call.d_tensor = first ? to : apart;
        if (!derive_backward(s->memory, p->packed[s->set]->weights, &call))
            return 0;
        if (!first)
            add_gradients(c, p, s->set, to);
    }
    return 1;
}

/* Memory for what is between scans; whether there was enough. */
static int make_room(const Caller *c, Pass *p, int pieces)
{
    long states = 0, tensors = 0, outputs = p->layers > 1 ? p->length : 0;
    for (int k = 0; k < c->cell->states; k++)
        states += state_length(c, 0, k);
    for (long set = 0; set < c->sets && pieces; set++) {
        long of_set = 0;
        for (int i = 0; i < c->cell->tensors; i++)
            of_set += tensor_length(c, set, i);
        tensors = of_set > tensors ? of_set : tensors;
    }
    long turns = p->keep ? p->layers - 1 : 2;
    p->between = reals(outputs * (turns + 2 * p->keep) + p->keep * (states + tensors));
    if (!p->between)
        return 0;
    p->d_between = p->between + outputs * turns;
    p->d_state = p->d_between + outputs * 2 * p->keep;
    p->d_tensor = p->d_state + states;
    return 1;
}

#endif
