/* A pass forwards or backwards over tensors, while other threads of Python run. */
#ifndef PASSES_H
#define PASSES_H

#include "layers.h"

uint64_t derive_digest(const Cell *, const long *, const void *const *, long);
Weights *derive_weights(const Cell *, const long *, int, int);
void derive_weights_free(Weights *);
int derive_pack(Weights *, const real *const *, const double *, int, long);

static void let_go(Packed **p)
{
    if (*p && --(*p)->users == 0) {
        derive_weights_free((*p)->weights);
        free(*p);
    }
    *p = NULL;
}

/* Packed parameters for one user, NULL if memory is short. */
static Packed *packed_new(const Caller *c, int set)
{
    Packed *made = calloc(1, sizeof *made);
    if (made && !(made->weights = derive_weights(c->cell, c->size[set], 0, c->narrow))) {
        free(made);
        return NULL;
    }
    if (made)
        made->users = 1;
    return made;
}

/* Packs a set of parameters for a pass as they are now, or shares what the last one packed if no number has changed
 * since; 0 if memory is short. What others still go back through stays as it is. */
static int packed_now(Caller *c, Pass *p, int set, const void *const *tensor)
{
    Packed **last = &c->packed[p->keep][set];
    uint64_t digest;
    int done = 1;
    Py_BEGIN_ALLOW_THREADS
    digest = derive_digest(c->cell, c->size[set], tensor, c->threads);
    Py_END_ALLOW_THREADS
    let_go(&p->packed[set]);
    int same = *last && (*last)->ready && (*last)->digest == digest;
    if (!same && *last && (*last)->users > 1)
        let_go(last);
    if (!*last && !(*last = packed_new(c, set)))
        return 0;
    Packed *now = p->packed[set] = *last;
    now->users++;
    if (same)
        return 1;
    now->digest = digest, now->ready = 0;
    Py_BEGIN_ALLOW_THREADS
    done = derive_pack(now->weights, (const real *const *)tensor, c->constant, p->keep, c->threads);
    Py_END_ALLOW_THREADS
    now->ready = done;
    return done;
}

/* Where a parameter is among the tensors of all sets, -1 of one that the cell does not read. */
static int place_of(const Caller *c, int i)
{
    int place = c->place[i % c->own];
    return place < 0 ? -1 : i / c->own * c->cell->tensors + place;
}

/* The addresses of what is given: x, the states (None for zero), the parameters; whether all have one. */
static int enter_call(const Caller *c, PyObject *const *given, Arrays *a)
{
    for (int i = 0; i < c->kept + c->parameter_count; i++) {
        void *at = given[i] == Py_None ? NULL : address(&c->reader, given[i], &c->form[i]);
        if (!at && given[i] != Py_None)
            return 0;
        if (i == 0)
            a->outer.x = at;
        else if (i < c->kept)
            a->outer.initial[i - 1] = at;
        else if (place_of(c, i - c->kept) >= 0)
            a->tensor[place_of(c, i - c->kept)] = at;
    }
    return a->outer.x != NULL;
}

/* y and the last states, as a tuple, of what was entered; x: an input like which tensors are made. None where there are
 * fewer threads than there were, False where another thread of Python is at work with the pass: it may come in whenever
 * a tensor is made. */
static PyObject *go_forward(Caller *c, Pass *p, PyObject *x, Arrays *a)
{
    int states = c->cell->states, apart = c->apart, done = 0, packed = 1;
    PyObject *found = p->busy ? NULL : PyTuple_New(apart + states);
    if (p->busy)
        Py_RETURN_FALSE;
    p->busy = 1;
    for (int i = 0; found && i < apart + states; i++) {
        const Form *form = &c->form[i ? 1 + i - apart : GIVEN];
        void *at = made(&c->reader, x, PyTuple_GET_ITEM(c->found, i), form, &PyTuple_GET_ITEM(found, i));
        if (i == 0)
            a->outer.y = at;
        if (i >= apart)
            a->outer.final[i - apart] = at;
        if (!at)
            Py_CLEAR(found);
    }
    for (int set = 0; found && packed && set < c->sets; set++)
        packed = packed_now(c, p, set, a->tensor + set * c->cell->tensors);
    if (found && packed) {
        Py_BEGIN_ALLOW_THREADS
        done = go_through(c, p, &a->outer);
        Py_END_ALLOW_THREADS
    }
    p->busy = 0;
    if (done || !found)
        return found;
    Py_DECREF(found);
    if (!packed)
        return PyErr_NoMemory();
    Py_RETURN_NONE;
}

/* The tensors of the gradients that are wanted, None for the others. */
static PyObject *made_gradients(const Caller *c, PyObject *const *given, PyObject *wanted, Arrays *a)
{
    int count = c->kept + c->parameter_count;
    PyObject *found = PyTuple_New(count);
    for (int i = 0; found && i < count; i++) {
        int j = i < c->kept ? 0 : place_of(c, i - c->kept);
        PyObject **to = &PyTuple_GET_ITEM(found, i);
        if (PyTuple_GET_ITEM(wanted, i) != Py_True || j < 0) {
            *to = Py_NewRef(Py_None);
            continue;
        }
        void *at = made(&c->reader, given[0], PyTuple_GET_ITEM(c->given, i), &c->form[i], to);
        *(i == 0 ? &a->outer.d_x : i < c->kept ? &a->outer.d_initial[i - 1] : &a->d_tensor[j]) = at;
        if (!at)
            Py_CLEAR(found);
    }
    return found;
}

/* The gradients of what was given, None of those that are not wanted; None where something is not as it was. */
static PyObject *go_backward(Caller *c, Pass *p, PyObject *const *given, PyObject *const *d, PyObject *wanted)
{
    Arrays a = {.outer = {0}};
    int count = c->kept + c->parameter_count, done = 0;
    int fine = !p->busy && p->packed[0] && enter_call(c, given, &a) &&
               (a.outer.y = address(&c->reader, given[count], &c->form[GIVEN]));
    for (int k = 0; fine && k < c->apart + c->cell->states; k++) {
        const Form *form = &c->form[k ? 1 + k - c->apart : GIVEN];
        void *at = d[k] == Py_None ? NULL : address(&c->reader, d[k], form);
        fine = at || d[k] == Py_None;
        *(k < c->apart ? &a.outer.d_y : &a.outer.d_final[k - c->apart]) = at;
    }
    if (!fine) {
        PyErr_Clear();
        Py_RETURN_NONE;
    }
    p->busy = 1;
    PyObject *found = made_gradients(c, given, wanted, &a);
    if (found) {
        Py_BEGIN_ALLOW_THREADS
        done = go_back(c, p, &a);
        Py_END_ALLOW_THREADS
    }
    p->busy = 0;
    if (done || !found)
        return found;
    Py_DECREF(found);
    Py_RETURN_NONE;
}

#endif
