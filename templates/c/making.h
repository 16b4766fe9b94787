/* How callers and passes are made and freed. */
#ifndef MAKING_H
#define MAKING_H

#include "passes.h"

static PyTypeObject *pass_type;

/* The objects that a caller holds. */
enum { HELD = 12 };

static void held(Caller *c, PyObject **at[HELD])
{
    PyObject **of[HELD] = {&c->snapshot, &c->guards, &c->reader.types, &c->parameters,
                           &c->names, &c->given, &c->found, &c->reader.questions,
                           &c->reader.new_empty, &c->grad_enabled, &c->pass, (PyObject **)&c->layer};
    memcpy(at, of, sizeof of);
}

static int caller_traverse(PyObject *self, visitproc visit, void *arg)
{
    PyObject **of[HELD];
    held((Caller *)self, of);
    for (int i = 0; i < HELD; i++)
        Py_VISIT(*of[i]);
    Py_VISIT(Py_TYPE(self));
    return 0;
}

static int caller_clear(PyObject *self)
{
    PyObject **of[HELD];
    held((Caller *)self, of);
    for (int i = 0; i < HELD; i++)
        Py_CLEAR(*of[i]);
    return 0;
}

static void caller_free(PyObject *self)
{
    Caller *c = (Caller *)self;
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    caller_clear(self);
    for (int set = 0; set < c->sets; set++)
        let_go(&c->packed[0][set]), let_go(&c->packed[1][set]);
    type->tp_free(self);
    Py_DECREF(type);
}

/* Takes numbers from a tuple of so many; whether they were there. */
static int take_longs(PyObject *from, long *to, Py_ssize_t count)
{
    if (!PyTuple_Check(from) || PyTuple_GET_SIZE(from) != count)
        return 0;
    for (Py_ssize_t i = 0; i < count; i++)
        to[i] = PyLong_AsLong(PyTuple_GET_ITEM(from, i));
    return 1;
}

/* What the caller is told of the cell and of the tensors; whether it is what it can be. */
static int describe(Caller *c, PyObject *sizes, PyObject *constants, PyObject *places)
{
    long place[GIVEN];
    c->kept = 1 + c->cell->states, c->own = (int)PyTuple_GET_SIZE(places), c->sets = (int)PyTuple_GET_SIZE(sizes);
    c->parameter_count = (int)PyTuple_GET_SIZE(c->names);
    c->apart = (int)PyTuple_GET_SIZE(c->found) - c->cell->states;
    int total = c->kept + c->parameter_count;
    if (c->sets < 1 || c->sets > SETS || total > GIVEN || c->sets * c->cell->tensors > GIVEN ||
        c->parameter_count != c->sets * c->own || PyTuple_GET_SIZE(constants) > GIVEN || c->apart < 0 || c->apart > 1 ||
        PyTuple_GET_SIZE(c->given) != total || PyTuple_GET_SIZE(c->reader.types) != 2 ||
        !take_longs(places, place, c->own))
        return 0;
    for (int i = 0; i < c->own; i++)
        if ((c->place[i] = (int)place[i]) >= c->cell->tensors)
            return 0;
    for (int set = 0; set < c->sets; set++) {
        c->size[set][ONE] = 1;
        if (!take_longs(PyTuple_GET_ITEM(sizes, set), c->size[set] + 1, c->cell->axes - 1))
            return 0;
    }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(constants); i++)
        c->constant[i] = PyFloat_AsDouble(PyTuple_GET_ITEM(constants, i));
    for (int i = 0; i < total; i++)
        if (PyTuple_GET_ITEM(c->given, i) != Py_None && !form_of(PyTuple_GET_ITEM(c->given, i), &c->form[i]))
            return 0;
    for (int i = c->apart + c->cell->states; i-- > 0;) /* the last is that of y */
        if (!form_of(PyTuple_GET_ITEM(c->found, i), &c->form[GIVEN]))
            return 0;
    return !PyErr_Occurred();
}

/* Caller(layer, snapshot, guards, types, parameters, names, given, found, questions, new_empty, grad_enabled, exchange,
 * address of the cell, sizes of each set, constants, places, batch, threads, narrow) */
static PyObject *caller_new(PyTypeObject *type, PyObject *arguments, PyObject *unused)
{
    PyObject *layer, *of[10], *exchange, *sizes, *constants, *places;
    unsigned long long cell;
    long batch, threads;
    int narrow;
    (void)unused;
    if (!PyArg_ParseTuple(arguments, "O!O!O!O!O!O!O!O!O!OOOKO!O!O!llp", &PyType_Type, &layer, &PyTuple_Type, &of[0],
                          &PyTuple_Type, &of[1], &PyTuple_Type, &of[2], &PyDict_Type, &of[3], &PyTuple_Type, &of[4],
                          &PyTuple_Type, &of[5], &PyTuple_Type, &of[6], &PyTuple_Type, &of[7], &of[8], &of[9],
                          &exchange, &cell, &PyTuple_Type, &sizes, &PyTuple_Type, &constants, &PyTuple_Type, &places,
                          &batch, &threads, &narrow))
        return NULL;
    const Exchange *table = PyCapsule_GetPointer(exchange, "dlpack_exchange_api");
    if (!table)
        return NULL;
    Caller *c = (Caller *)type->tp_alloc(type, 0);
    if (!c)
        return NULL;
    PyObject **to[HELD];
    held(c, to);
    for (int i = 0; i < 10; i++)
        *to[i] = Py_NewRef(of[i]);
    c->layer = (PyTypeObject *)Py_NewRef(layer);
    c->reader.exchange = table, c->cell = (const Cell *)(uintptr_t)cell, c->batch = batch, c->threads = threads;
    c->narrow = narrow;
    c->tag = c->layer->tp_version_tag;
    if (table->major == DLPACK && c->tag && describe(c, sizes, constants, places))
        return (PyObject *)c;
    if (!PyErr_Occurred())
        PyErr_SetString(PyExc_ValueError, "no layer that can be called at once");
    Py_DECREF(c);
    return NULL;
}

/* A pass of a caller: its memories, which stay as long as it does, and of each scan the memory's address, set, layer,
 * and where in the rows of the layer's input and output it begins. length: of a layer's output. */
static Pass *pass_of(const Caller *c, PyObject *memories, PyObject *scans, long layers, long length, int keep)
{
    Pass *p = (Pass *)pass_type->tp_alloc(pass_type, 0);
    if (!p)
        return NULL;
    p->owner = Py_NewRef(memories), p->keep = keep, p->layers = layers, p->length = length;
    p->scans = PyTuple_GET_SIZE(scans);
    p->scan = calloc((size_t)p->scans + 1, sizeof *p->scan);
    int fine = p->scan && make_room(c, p, p->scans > c->sets);
    for (Py_ssize_t i = 0; fine && i < p->scans; i++) {
        long of[5];
        fine = take_longs(PyTuple_GET_ITEM(scans, i), of, 5) && of[1] >= 0 && of[1] < c->sets && of[2] < layers;
        if (fine)
            p->scan[i] = (Scan){(Memory *)of[0], of[1], of[2], of[3], of[4]};
    }
    if (fine && !PyErr_Occurred())
        return p;
    if (!PyErr_Occurred())
        p->scan && p->between ? PyErr_SetString(PyExc_ValueError, "no scans of the layer") : (void)PyErr_NoMemory();
    Py_DECREF(p);
    return NULL;
}

/* room(memories, scans, layers, length, whether it is kept): a pass to go through, of which the first that is not kept
 * is that of run. */
static PyObject *caller_room(PyObject *self, PyObject *arguments)
{
    Caller *c = (Caller *)self;
    PyObject *memories, *scans;
    long layers, length;
    int keep;
    if (!PyArg_ParseTuple(arguments, "O!O!llp", &PyTuple_Type, &memories, &PyTuple_Type, &scans, &layers, &length,
                          &keep))
        return NULL;
    PyObject *p = (PyObject *)pass_of(c, memories, scans, layers, length, keep);
    if (p && !keep && !c->pass)
        c->pass = Py_NewRef(p);
    return p;
}

/* end(): nobody goes back through it any more. */
static PyObject *pass_end(PyObject *self, PyObject *unused)
{
    (void)unused;
    for (int set = 0; set < SETS; set++)
        let_go(&((Pass *)self)->packed[set]);
    Py_RETURN_NONE;
}

static void pass_free(PyObject *self)
{
    Pass *p = (Pass *)self;
    PyTypeObject *type = Py_TYPE(self);
    for (int set = 0; set < SETS; set++)
        let_go(&p->packed[set]);
    free(p->scan);
    free(p->between);
    Py_XDECREF(p->owner);
    type->tp_free(self);
    Py_DECREF(type);
}

#endif
