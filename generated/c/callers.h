/* A layer and inputs of one size: what does not change from call to call, and what a call works in. */
#ifndef CALLERS_H
#define CALLERS_H

#include "tensors.h"

enum { GIVEN = 128, SETS = 32 }; /* tensors of a call and sets of parameters, at most */

/* Packed parameters, those whom they serve, and the digest of what they were packed from, once that is done. */
typedef struct {
    long users;
    uint64_t digest;
    int ready;
    Weights *weights;
} Packed;

/* A layer's call is scans one after the other: each of one layer and direction, which has a set of parameters, over all
 * steps or a stretch of them. A layer reads what the one before wrote.
 *
 * layer, tag: the class and its version. snapshot: names and values of the layer's attributes, Ellipsis for any value.
 * guards: functions of no or one argument, and what they have to answer. names: of the parameters, None for those that
 * are missing. given, found: the sizes and the strides of x, the states and the parameters; of y, where it is apart
 * from the first state, and the states. form: the same of given, that of y last. threads: that pack. kept: how many of
 * what is given are no parameters; own: how many parameters a set has. place: of a parameter of a set among the cell's
 * tensors. sizes: of each set. batch: sequences. narrow: whether weights are of bfloat16. packed: the last ones, of passes that are kept and of others. */
typedef struct {
    PyObject_HEAD
    PyObject *snapshot, *guards, *parameters, *names, *given, *found, *pass, *grad_enabled;
    PyTypeObject *layer;
    unsigned tag;
    Reader reader;
    const Cell *cell;
    long size[SETS][AXES], threads, batch;
    int kept, parameter_count, own, sets, apart, narrow;
    int place[GIVEN];
    Form form[GIVEN + 1];
    double constant[GIVEN];
    Packed *packed[2][SETS];
} Caller;

/* x, y: where in the rows of the layer's input and output it begins. */
typedef struct {
    Memory *memory;
    long set, layer, x, y;
} Scan;

/* What one pass works in: memories with their owners, and packed parameters while it is under way.
 * between: the outputs of the layers but the last, `length` apart; of passes that are not kept, two that take turns.
 * d_between: what comes back to them; d_state: what comes back to states, of one set; d_tensor: gradients of one set
 * that are added to others. */
typedef struct {
    PyObject_HEAD
    PyObject *owner;
    Packed *packed[SETS];
    Scan *scan;
    long scans, layers, length;
    int keep, busy;
    real *between, *d_between, *d_state, *d_tensor;
} Pass;

/* Whether the layer and what PyTorch is about are as they were when the caller was made. */
static int is_as_it_was(const Caller *c, PyObject *attributes)
{
#if PY_VERSION_HEX < 0x030d0000
    if (!PyType_HasFeature(c->layer, Py_TPFLAGS_VALID_VERSION_TAG))
        return 0;
#endif
    if (c->layer->tp_version_tag != c->tag || PyDict_GET_SIZE(attributes) != PyTuple_GET_SIZE(c->snapshot) / 2 + 1)
        return 0;
    PyObject *name, *value;
    Py_ssize_t at = 0, i = 0;
    while (PyDict_Next(attributes, &at, &name, &value)) {
        if (i == PyTuple_GET_SIZE(c->snapshot))
            break; /* the last one is where the caller stands */
        PyObject *then = PyTuple_GET_ITEM(c->snapshot, i + 1);
        if (PyTuple_GET_ITEM(c->snapshot, i) != name || (then != value && then != Py_Ellipsis))
            return 0;
        i += 2;
    }
    for (i = 0; i < PyTuple_GET_SIZE(c->guards); i++) {
        PyObject *guard = PyTuple_GET_ITEM(c->guards, i), *argument = PyTuple_GET_ITEM(guard, 1);
        PyObject *function = PyTuple_GET_ITEM(guard, 0), *expected = PyTuple_GET_ITEM(guard, 2);
        if (PyDict_Check(function)) {
            PyObject *found = PyDict_GetItemWithError(function, argument);
            if (!found || PyObject_RichCompareBool(found, expected, Py_EQ) <= 0)
                return 0;
        } else if (!answers(function, argument == Py_None ? NULL : argument, expected)) {
            return 0;
        }
    }
    const char *off = getenv("DERIVE_KERNELS");
    return !off || strcmp(off, "0") != 0;
}

/* Takes x, the states and the parameters that the layer has now, with references; whether they are there. */
static int gather(const Caller *c, PyObject *x, PyObject *hx, PyObject **given)
{
    int states = c->cell->states;
    for (int k = 0; k < states; k++)
        given[1 + k] = Py_None;
    if (hx != Py_None && states == 1)
        given[1] = hx;
    else if ((PyTuple_CheckExact(hx) || PyList_CheckExact(hx)) && PySequence_Fast_GET_SIZE(hx) == states)
        memcpy(given + 1, PySequence_Fast_ITEMS(hx), sizeof(PyObject *) * (size_t)states);
    else if (hx != Py_None)
        return 0;
    for (int k = 0; hx != Py_None && k < states; k++)
        if (given[1 + k] == Py_None)
            return 0;
    given[0] = x;
    for (int i = 0; i < c->parameter_count; i++) {
        PyObject *name = PyTuple_GET_ITEM(c->names, i);
        given[c->kept + i] = name == Py_None ? name : PyDict_GetItemWithError(c->parameters, name);
        if (!given[c->kept + i] || (name != Py_None && given[c->kept + i] == Py_None))
            return 0;
    }
    for (int i = 0; i < c->kept + c->parameter_count; i++)
        Py_INCREF(given[i]);
    return 1;
}

/* 1 if autograd follows one of the tensors, -1 with an exception. */
static int wants_gradient(const Caller *c, PyObject *const *given)
{
    static PyObject *name;
    if (!name && !(name = PyUnicode_InternFromString("requires_grad")))
        return -1;
    if (!answers(c->grad_enabled, NULL, Py_True))
        return PyErr_Occurred() ? -1 : 0;
    for (int i = 0; i < c->kept + c->parameter_count; i++) {
        PyObject *said = given[i] == Py_None ? Py_NewRef(Py_False) : PyObject_GetAttr(given[i], name);
        Py_XDECREF(said);
        if (!said || said == Py_True)
            return said ? 1 : -1;
    }
    return 0;
}

#endif
