/* A pass forwards or backwards over tensors, while other threads of Python run. */
#ifndef PASSES_H
#define PASSES_H

#include "callers.h"

uint64_t derive_digest(const Cell *, const long *, const void *const *);
int derive_pack(Weights *, const real *const *, const double *, int, long);
int derive_forward(Memory *, const Weights *, const Call *);
int derive_backward(Memory *, const Weights *, const Call *);

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

/* y and the last states of what is given, as a tuple; None where this is no call for machines. */
static PyObject *go_forward(Caller *c, Pass *p, PyObject *const *given)
{
    const void *tensor[TENSORS] = {NULL};
    Call call = {0};
    int states = c->cell->states, done = 0, packed = 1;
    if (p->busy || !enter_call(c, given, &call, tensor)) {
        PyErr_Clear();
        Py_RETURN_NONE;
    }
    PyObject *found = PyTuple_New(1 + states);
    if (!found)
        return NULL;
    for (int i = 0; i <= states; i++) {
        const Form *form = &c->form[i ? i : TENSORS + STATES];
        void *at = made(c, given[0], PyTuple_GET_ITEM(c->found, i), form, &PyTuple_GET_ITEM(found, i));
        if (!at) {
            Py_DECREF(found);
            return NULL;
        }
        *(i ? (void **)&call.final[i - 1] : (void **)&call.y) = at;
    }
    p->busy = 1, p->call = call;
    Py_BEGIN_ALLOW_THREADS
    uint64_t digest = derive_digest(c->cell, c->size, tensor);
    if (!p->packed || digest != p->digest)
        packed = derive_pack(p->weights, (const real *const *)tensor, c->constant, p->keep, c->threads);
    p->digest = digest, p->packed = packed;
    done = packed && derive_forward(p->memory, p->weights, &p->call);
    Py_END_ALLOW_THREADS
    p->busy = 0;
    if (done)
        return found;
    Py_DECREF(found);
    if (!packed)
        return PyErr_NoMemory();
    Py_RETURN_NONE;
}

/* The gradients of what was given, None of those that are not wanted; None where something is not as it was. */
static PyObject *go_backward(Caller *c, Pass *p, PyObject *const *given, PyObject *const *d, PyObject *wanted)
{
    const void *tensor[TENSORS] = {NULL};
    real *d_tensor[TENSORS] = {NULL};
    int states = c->cell->states, count = c->kept + c->parameter_count, done = 0;
    Call call = {0};
    PyObject *y = given[count];
    if (p->busy || !enter_call(c, given, &call, tensor) || !(call.y = address(c, y, &c->form[TENSORS + STATES])))
        goto other;
    for (int k = 0; k <= states; k++) {
        void *at = d[k] == Py_None ? NULL : address(c, d[k], &c->form[k ? k : TENSORS + STATES]);
        if (!at && d[k] != Py_None)
            goto other;
        *(k ? (const void **)&call.d_final[k - 1] : (const void **)&call.d_y) = at;
    }
    PyObject *found = PyTuple_New(count);
    if (!found)
        return NULL;
    for (int i = 0; i < count; i++) {
        int j = i < c->kept ? 0 : c->place[i - c->kept];
        PyObject **to = &PyTuple_GET_ITEM(found, i);
        if (PyTuple_GET_ITEM(wanted, i) != Py_True || given[i] == Py_None || j < 0) {
            *to = Py_NewRef(Py_None);
            continue;
        }
        void *at = made(c, given[0], PyTuple_GET_ITEM(c->given, i), &c->form[i], to);
        if (!at) {
            Py_DECREF(found);
            return NULL;
        }
        *(i == 0 ? &call.d_x : i < c->kept ? &call.d_initial[i - 1] : &d_tensor[j]) = at;
    }
    call.d_tensor = d_tensor;
    p->busy = 1, p->call = call;
    Py_BEGIN_ALLOW_THREADS
    done = derive_backward(p->memory, p->weights, &p->call);
    Py_END_ALLOW_THREADS
    p->busy = 0;
    if (done)
        return found;
    Py_DECREF(found);
other:
    PyErr_Clear();
    Py_RETURN_NONE;
}

#endif
