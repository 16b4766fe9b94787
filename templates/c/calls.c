/* A layer called at once from Python: what does not change from call to call is looked at once. Compiled with kernels.c
 * where the headers of Python are. */
#include "making.h"

#if PY_VERSION_HEX != PYTHON
#error "these are the headers of another Python"
#endif

/* run(attributes of the layer, x, hx): y and the last states; the list of what autograd has to follow; None where this
 * is no call for machines, False where only another thread is in the way, True where only room is missing. */
static PyObject *caller_run(PyObject *self, PyObject *const *arguments, Py_ssize_t count)
{
    Caller *c = (Caller *)self;
    Arrays a = {.outer = {0}};
    PyObject *given[GIVEN], *result = NULL;
    if (count != 3 || !PyDict_Check(arguments[0]))
        return PyErr_Format(PyExc_TypeError, "expected attributes, input and states");
    if (!is_as_it_was(c, arguments[0]) || !gather(c, arguments[1], arguments[2], given)) {
        PyErr_Clear();
        Py_RETURN_NONE;
    }
    int total = c->kept + c->parameter_count;
    int followed = enter_call(c, given, &a) ? wants_gradient(c, given) : -1;
    if (followed < 0) {
        PyErr_Clear();
        result = Py_NewRef(Py_None);
    } else if (followed) {
        result = PyList_New(total);
        for (int i = 0; result && i < total; i++)
            PyList_SET_ITEM(result, i, Py_NewRef(given[i]));
    } else if (!c->pass) {
        result = Py_NewRef(Py_True);
    } else {
        result = go_forward(c, (Pass *)c->pass, given[0], &a);
    }
    for (int i = 0; i < total; i++)
        Py_DECREF(given[i]);
    return result;
}

static int counted(PyObject *of, Py_ssize_t count)
{
    if (PyTuple_CheckExact(of) && PyTuple_GET_SIZE(of) == count)
        return 1;
    PyErr_Format(PyExc_TypeError, "expected a tuple of %zd", count);
    return 0;
}

/* forward(pass, given): as run, of tensors that autograd follows. */
static PyObject *caller_forward(PyObject *self, PyObject *const *arguments, Py_ssize_t count)
{
    Caller *c = (Caller *)self;
    Arrays a = {.outer = {0}};
    if (count != 2 || Py_TYPE(arguments[0]) != pass_type || !counted(arguments[1], c->kept + c->parameter_count))
        return PyErr_Occurred() ? NULL : PyErr_Format(PyExc_TypeError, "expected a pass and tensors");
    if (enter_call(c, &PyTuple_GET_ITEM(arguments[1], 0), &a))
        return go_forward(c, (Pass *)arguments[0], PyTuple_GET_ITEM(arguments[1], 0), &a);
    PyErr_Clear();
    Py_RETURN_NONE;
}

/* backward(pass, given and y, cotangents, wanted): the gradients, or None. */
static PyObject *caller_backward(PyObject *self, PyObject *const *arguments, Py_ssize_t count)
{
    Caller *c = (Caller *)self;
    int total = c->kept + c->parameter_count;
    if (count != 4 || Py_TYPE(arguments[0]) != pass_type || !counted(arguments[1], total + 1) ||
        !counted(arguments[2], c->apart + c->cell->states) || !counted(arguments[3], total))
        return PyErr_Occurred() ? NULL : PyErr_Format(PyExc_TypeError, "expected a pass and three tuples");
    return go_backward(c, (Pass *)arguments[0], &PyTuple_GET_ITEM(arguments[1], 0), &PyTuple_GET_ITEM(arguments[2], 0),
                       arguments[3]);
}

/* copies(given, which): the numbers of these as bytes, None for what is missing. */
static PyObject *caller_copies(PyObject *self, PyObject *const *arguments, Py_ssize_t count)
{
    Caller *c = (Caller *)self;
    if (count != 2 || !counted(arguments[0], c->kept + c->parameter_count) || !PyTuple_Check(arguments[1]))
        return PyErr_Occurred() ? NULL : PyErr_Format(PyExc_TypeError, "expected tensors and their places");
    PyObject *found = PyTuple_New(PyTuple_GET_SIZE(arguments[1]));
    for (Py_ssize_t i = 0; found && i < PyTuple_GET_SIZE(found); i++) {
        Py_ssize_t which = PyLong_AsSsize_t(PyTuple_GET_ITEM(arguments[1], i));
        PyObject *copy = NULL;
        if (which >= 0 && which < PyTuple_GET_SIZE(arguments[0]))
            copy = copied(&c->reader, PyTuple_GET_ITEM(arguments[0], which), &c->form[which]);
        else if (!PyErr_Occurred())
            PyErr_Format(PyExc_IndexError, "%zd of %zd", which, PyTuple_GET_SIZE(arguments[0]));
        PyTuple_SET_ITEM(found, i, copy);
        if (!copy)
            Py_CLEAR(found);
    }
    return found;
}

/* ------------------------------------------------------------------------------------------------ the types */

static PyMethodDef caller_methods[] = {
    {"room", caller_room, METH_VARARGS, NULL},
    {"run", (PyCFunction)(void (*)(void))caller_run, METH_FASTCALL, NULL},
    {"forward", (PyCFunction)(void (*)(void))caller_forward, METH_FASTCALL, NULL},
    {"copies", (PyCFunction)(void (*)(void))caller_copies, METH_FASTCALL, NULL},
    {"backward", (PyCFunction)(void (*)(void))caller_backward, METH_FASTCALL, NULL},
    {NULL, NULL, 0, NULL},
};
static PyMethodDef pass_methods[] = {{"end", pass_end, METH_NOARGS, NULL}, {NULL, NULL, 0, NULL}};
static PyType_Slot caller_slots[] = {
    {Py_tp_new, caller_new}, {Py_tp_dealloc, caller_free}, {Py_tp_traverse, caller_traverse},
    {Py_tp_clear, caller_clear}, {Py_tp_methods, caller_methods}, {0, NULL},
};
static PyType_Slot pass_slots[] = {{Py_tp_dealloc, pass_free}, {Py_tp_methods, pass_methods}, {0, NULL}};
static PyType_Spec caller_spec = {"derive.Caller", sizeof(Caller), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
                                  caller_slots};
static PyType_Spec pass_spec = {"derive.Pass", sizeof(Pass), 0,
                                Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION, pass_slots};

/* The type of callers. */
__attribute__((visibility("default"))) PyObject *derive_caller(void)
{
    static PyObject *caller;
    if (!caller && (pass_type = (PyTypeObject *)PyType_FromSpec(&pass_spec)))
        caller = PyType_FromSpec(&caller_spec);
    return Py_XNewRef(caller);
}
