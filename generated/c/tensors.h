/* Tensors of Python read where they lie, by DLPack's table of functions. */
#ifndef TENSORS_H
#define TENSORS_H

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

typedef struct {
    int dims;
    int64_t size[3], stride[3];
} Form;

/* What is asked of tensors. types: of ordinary ones; questions: methods that answer False for them; new_empty: makes
 * one like another. */
typedef struct {
    PyObject *types, *questions, *new_empty;
    const Exchange *exchange;
} Reader;

static int has_form(const Array *a, const Form *form)
{
    if (a->dims != form->dims)
        return 0;
    for (int i = 0; i < form->dims; i++)
        if (a->size[i] != form->size[i] || (a->size[i] > 1 && a->stride[i] != form->stride[i]))
            return 0;
    return 1;
}

/* both: sizes and strides. */
static int form_of(PyObject *both, Form *form)
{
    PyObject *sizes, *strides;
    if (!PyTuple_Check(both) || !PyArg_ParseTuple(both, "O!O!", &PyTuple_Type, &sizes, &PyTuple_Type, &strides))
        return 0;
    form->dims = (int)PyTuple_GET_SIZE(sizes);
    if (form->dims > 3 || PyTuple_GET_SIZE(strides) != form->dims)
        return 0;
    for (int i = 0; i < form->dims; i++) {
        form->size[i] = PyLong_AsLongLong(PyTuple_GET_ITEM(sizes, i));
        form->stride[i] = PyLong_AsLongLong(PyTuple_GET_ITEM(strides, i));
        if (form->size[i] < 1)
            return 0;
    }
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

/* The address of numbers of these sizes and strides; NULL of anything else. */
static void *numbers(const Reader *r, PyObject *tensor, const Form *form)
{
    Array a;
    if (r->exchange->look(tensor, &a) || a.device.type != CPU || a.dtype.code != FLOAT || a.dtype.lanes != 1 ||
        a.dtype.bits != 8 * sizeof(real) || !has_form(&a, form))
        return NULL;
    return a.data ? (char *)a.data + a.offset : NULL;
}

/* The same of an ordinary tensor, which is all that its memory says. */
static void *address(const Reader *r, PyObject *tensor, const Form *form)
{
    PyObject *type = (PyObject *)Py_TYPE(tensor);
    if (type != PyTuple_GET_ITEM(r->types, 0) && type != PyTuple_GET_ITEM(r->types, 1))
        return NULL;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(r->questions); i++)
        if (!answers(PyTuple_GET_ITEM(r->questions, i), tensor, Py_False))
            return NULL;
    return numbers(r, tensor, form);
}

/* Makes a tensor like another, of these sizes and strides: its address, NULL with an exception. */
static void *made(const Reader *r, PyObject *like, PyObject *both, const Form *form, PyObject **to)
{
    PyObject *arguments[] = {like, PyTuple_GET_ITEM(both, 0), PyTuple_GET_ITEM(both, 1)};
    *to = PyObject_Vectorcall(r->new_empty, arguments, 3, NULL);
    void *at = *to ? numbers(r, *to, form) : NULL;
    if (!at && !PyErr_Occurred())
        PyErr_SetString(PyExc_RuntimeError, "new_empty_strided gave no ordinary tensor");
    return at;
}

/* The numbers of one of what was given, as bytes. */
static PyObject *copied(const Reader *r, PyObject *tensor, const Form *form)
{
    if (tensor == Py_None)
        return Py_NewRef(Py_None);
    size_t count = sizeof(real);
    for (int i = 0; i < form->dims; i++)
        count *= (size_t)form->size[i];
    void *at = numbers(r, tensor, form);
    if (!at && !PyErr_Occurred())
        PyErr_SetString(PyExc_ValueError, "a parameter is not as it was");
    return at ? PyBytes_FromStringAndSize(at, (Py_ssize_t)count) : NULL;
}

#endif
