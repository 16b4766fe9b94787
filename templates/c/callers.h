/* What a call from Python needs: tensors read where they lie, by DLPack's table of functions, and what is known of a
 * layer for inputs of one size. */
#ifndef CALLERS_H
#define CALLERS_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "places.h"

/* DLPack 1: an array, and the functions of the library that it is of. */
typedef struct {
    void *data;
    struct { int32_t type, id; } device;
    int32_t dims;
    struct { uint8_t code, bits; uint16_t lanes; } dtype;
    int64_t *size, *stride;
    uint64_t offset;
} Array;
typedef struct {
    uint32_t major, minor;
    void *older, *allocate, *own, *give;
    int (*look)(void *tensor, Array *to);
} Exchange;
enum { DLPACK = 1, CPU = 1, FLOAT = 2 };

enum { TENSORS = 64 }; /* parameters, at most */
typedef struct {
    int dims;
    int64_t size[3];
} Form;

/* Packed parameters, those whom they serve, and the digest of what they were packed from, once that is done. */
typedef struct {
    long users;
    uint64_t digest;
    int ready;
    Weights *weights;
} Packed;

/* layer, tag: the class and its version. snapshot: names and values of the layer's attributes, Ellipsis for any value.
 * guards: functions of no or one argument, and what they have to answer; names: of the parameters, None for those that
 * are missing. questions: methods of a tensor that answer False for an ordinary one. given, found: the sizes and the
 * strides of x, the states and the parameters; of y, where it is apart
 * from the first state, and the states. form: the same of given, that of y last. threads: that pack. place: of a parameter
 * among the cell's tensors. kept: how many of the arguments are no parameters. packed: the last ones, of passes that are kept and of
 * others. */
typedef struct {
    PyObject_HEAD
    PyObject *snapshot, *guards, *types, *parameters, *names, *given, *found, *pass;
    PyObject *questions, *new_empty, *grad_enabled;
    PyTypeObject *layer;
    unsigned tag;
    const Exchange *exchange;
    const Cell *cell;
    long size[AXES], threads;
    int kept, parameter_count, apart;
    int place[TENSORS];
    Form form[TENSORS + STATES + 1];
    double constant[TENSORS];
    Packed *packed[2];
} Caller;

/* What one pass works in: memory with its owner, and packed parameters while it is under way. */
typedef struct {
    PyObject_HEAD
    PyObject *owner;
    Packed *packed;
    Memory *memory;
    int keep, busy;
    Call call;
} Pass;

static int has_form(const Array *a, const Form *form)
{
    int64_t next = 1;
    if (a->dims != form->dims)
        return 0;
    for (int i = form->dims - 1; i >= 0; next *= form->size[i--])
        if (a->size[i] != form->size[i] || (a->size[i] > 1 && a->stride[i] != next))
            return 0;
    return 1;
}

/* Whether a call, with an argument or NULL, answers this. */
static int answers(PyObject *function, PyObject *argument, PyObject *expected)
{
    PyObject *said = PyObject_Vectorcall(function, &argument, argument != NULL, NULL);
    int same = said && PyObject_RichCompareBool(said, expected, Py_EQ) > 0;
    Py_XDECREF(said);
    return same;
}

/* The address of numbers of these sizes, one after the other; NULL of anything else. */
static void *numbers(const Caller *c, PyObject *tensor, const Form *form)
{
    Array a;
    if (c->exchange->look(tensor, &a) || a.device.type != CPU || a.dtype.code != FLOAT || a.dtype.lanes != 1 ||
        a.dtype.bits != 8 * sizeof(real) || !has_form(&a, form))
        return NULL;
    return a.data ? (char *)a.data + a.offset : NULL;
}

/* The same of an ordinary tensor, which is all that its memory says. */
static void *address(const Caller *c, PyObject *tensor, const Form *form)
{
    PyObject *type = (PyObject *)Py_TYPE(tensor);
    if (type != PyTuple_GET_ITEM(c->types, 0) && type != PyTuple_GET_ITEM(c->types, 1))
        return NULL;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(c->questions); i++)
        if (!answers(PyTuple_GET_ITEM(c->questions, i), tensor, Py_False))
            return NULL;
    return numbers(c, tensor, form);
}

/* Makes a tensor like another, of these sizes and strides: its address, NULL with an exception. */
static void *made(const Caller *c, PyObject *like, PyObject *both, const Form *form, PyObject **to)
{
    PyObject *arguments[] = {like, PyTuple_GET_ITEM(both, 0), PyTuple_GET_ITEM(both, 1)};
    *to = PyObject_Vectorcall(c->new_empty, arguments, 3, NULL);
    void *at = *to ? numbers(c, *to, form) : NULL;
    if (!at && !PyErr_Occurred())
        PyErr_SetString(PyExc_RuntimeError, "new_empty_strided gave no ordinary tensor");
    return at;
}

#endif
