/* A pass forwards or backwards over tensors, while other threads of Python run. */
#ifndef PASSES_H
#define PASSES_H

#include "callers.h"

uint64_t derive_digest(const Cell *, const long *, const void *const *);
Weights *derive_weights(const Cell *, const long *, int);
void derive_weights_free(Weights *);
int derive_pack(Weights *, const real *const *, const double *, int, long);
int derive_forward(Memory *, const Weights *, const Call *);
int derive_backward(Memory *, const Weights *, const Call *);

static void let_go(Packed **p)
{
    if (*p && --(*p)->users == 0) {
        derive_weights_free((*p)->weights);
        free(*p);
    }
    *p = NULL;
}

/* Packed parameters for one user, NULL if memory is short. */
static Packed *packed_new(const Caller *c)
{
    Packed *made = calloc(1, sizeof *made);
    if (made && !(made->weights = derive_weights(c->cell, c->size, 0))) {
        free(made);
        return NULL;
    }
    if (made)
        made->users = 1;
    return made;
}

/* Packs the parameters for a pass as they are now, or shares what the last one packed if no number has changed since;
 * 0 if memory is short. What others still go back through stays as it is. */
static int packed_now(Caller *c, Pass *p, const void *const *tensor)
{
    Packed **last = &c->packed[p->keep];
    uint64_t digest;
    int done = 1;
    Py_BEGIN_ALLOW_THREADS
    digest = derive_digest(c->cell, c->size, tensor);
    Py_END_ALLOW_THREADS
    let_go(&p->packed);
    int same = *last && (*last)->ready && (*last)->digest == digest;
    if (!same && *last && (*last)->users > 1)
        let_go(last);
    if (!*last && !(*last = packed_new(c)))
        return 0;
    Packed *now = p->packed = *last;
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

/* The addresses of what is given: x, the states (None for zero), the parameters; whether all have one. */
static int enter_call(const Caller *c, PyObject *const *given, Call *call, const void **tensor)
{
    for (int i = 0; i < c->kept + c->parameter_count; i++) {
        void *at = given[i] == Py_None ? NULL : address(c, given[i], &c->form[i]);
        if (!at && given[i] != Py_None)
            return 0;
        if (i == 0)
            call->x = at;
        else if (i < c->kept)
            call->initial[i - 1] = at;
        else if (c->place[i - c->kept] >= 0)
            tensor[c->place[i - c->kept]] = at;
    }
    return call->x != NULL;
}

/* y and the last states, as a tuple, of what was entered; x: an input like which tensors are made. None where there are
 * fewer threads than there were, False where another thread of Python is at work with the pass: it may come in whenever
 * a tensor is made. */
static PyObject *go_forward(Caller *c, Pass *p, PyObject *x, Call call, const void *const *tensor)
{
    int states = c->cell->states, apart = c->apart, done = 0, packed = 1;
    PyObject *found = p->busy ? NULL : PyTuple_New(apart + states);
    if (p->busy)
        Py_RETURN_FALSE;
    p->busy = 1;
    for (int i = 0; found && i < apart + states; i++) {
        const Form *form = &c->form[i ? 1 + i - apart : TENSORS + STATES];
        void *at = made(c, x, PyTuple_GET_ITEM(c->found, i), form, &PyTuple_GET_ITEM(found, i));
        if (i == 0)
            call.y = at;
        if (i >= apart)
            call.final[i - apart] = at;
        if (!at)
            Py_CLEAR(found);
    }
    if (found && (packed = packed_now(c, p, tensor))) {
        p->call = call;
        Py_BEGIN_ALLOW_THREADS
        done = derive_forward(p->memory, p->packed->weights, &p->call);
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
static PyObject *made_gradients(const Caller *c, PyObject *const *given, PyObject *wanted, Call *call, real **d_tensor)
{
    int count = c->kept + c->parameter_count;
    PyObject *found = PyTuple_New(count);
    for (int i = 0; found && i < count; i++) {
        int j = i < c->kept ? 0 : c->place[i - c->kept];
        PyObject **to = &PyTuple_GET_ITEM(found, i);
        if (PyTuple_GET_ITEM(wanted, i) != Py_True || j < 0) {
            *to = Py_NewRef(Py_None);
            continue;
        }
        void *at = made(c, given[0], PyTuple_GET_ITEM(c->given, i), &c->form[i], to);
        *(i == 0 ? &call->d_x : i < c->kept ? &call->d_initial[i - 1] : &d_tensor[j]) = at;
        if (!at)
            Py_CLEAR(found);
    }
    return found;
}

/* The numbers of one of what was given, as bytes. */
static PyObject *copied(const Caller *c, PyObject *given, Py_ssize_t which)
{
    if (which < 0 || which >= PyTuple_GET_SIZE(given))
        return PyErr_Occurred() ? NULL : PyErr_Format(PyExc_IndexError, "%zd of %zd", which, PyTuple_GET_SIZE(given));
    PyObject *tensor = PyTuple_GET_ITEM(given, which);
    if (tensor == Py_None)
        return Py_NewRef(Py_None);
    const Form *form = &c->form[which];
    size_t count = sizeof(real);
    for (int i = 0; i < form->dims; i++)
        count *= (size_t)form->size[i];
    void *at = numbers(c, tensor, form);
    if (!at && !PyErr_Occurred())
        PyErr_SetString(PyExc_ValueError, "a parameter is not as it was");
    return at ? PyBytes_FromStringAndSize(at, (Py_ssize_t)count) : NULL;
}

/* The gradients of what was given, None of those that are not wanted; None where something is not as it was. */
static PyObject *go_backward(Caller *c, Pass *p, PyObject *const *given, PyObject *const *d, PyObject *wanted)
{
    const void *tensor[TENSORS] = {NULL};
    real *d_tensor[TENSORS] = {NULL};
    int count = c->kept + c->parameter_count, fine, done = 0;
    Call call = {.d_tensor = d_tensor};
    fine = !p->busy && p->packed && enter_call(c, given, &call, tensor) &&
           (call.y = address(c, given[count], &c->form[TENSORS + STATES]));
    for (int k = 0; fine && k < c->apart + c->cell->states; k++) {
        void *at = d[k] == Py_None ? NULL : address(c, d[k], &c->form[k ? 1 + k - c->apart : TENSORS + STATES]);
        fine = at || d[k] == Py_None;
        *(k < c->apart ? (const void **)&call.d_y : (const void **)&call.d_final[k - c->apart]) = at;
    }
    if (!fine) {
        PyErr_Clear();
        Py_RETURN_NONE;
    }
    p->busy = 1;
    PyObject *found = made_gradients(c, given, wanted, &call, d_tensor);
    if (found) {
        p->call = call;
        Py_BEGIN_ALLOW_THREADS
        done = derive_backward(p->memory, p->packed->weights, &p->call);
        Py_END_ALLOW_THREADS
    }
    p->busy = 0;
    if (done || !found)
        return found;
    Py_DECREF(found);
    Py_RETURN_NONE;
}

#endif
