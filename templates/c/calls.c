/* A layer of one scan as one call from Python: what does not change from call to call is looked at once. Compiled with
 * kernels.c where the headers of Python are. */
#include "passes.h"

#if PY_VERSION_HEX != PYTHON
#error "these are the headers of another Python"
#endif

/* ------------------------------------------------------------------------------------------------ a layer */

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

/* run(attributes of the layer, x, hx): y and the last states; the list of what autograd has to follow; None where this
 * is no call for machines, False where only another thread is in the way. */
static PyObject *caller_run(PyObject *self, PyObject *const *arguments, Py_ssize_t count)
{
    Caller *c = (Caller *)self;
    const void *tensor[TENSORS] = {NULL};
    Call call = {0};
    PyObject *given[TENSORS + STATES + 1], *result = NULL;
    if (count != 3 || !PyDict_Check(arguments[0]))
        return PyErr_Format(PyExc_TypeError, "expected attributes, input and states");
    if (!is_as_it_was(c, arguments[0]) || !gather(c, arguments[1], arguments[2], given)) {
        PyErr_Clear();
        Py_RETURN_NONE;
    }
    int total = c->kept + c->parameter_count;
    int followed = enter_call(c, given, &call, tensor) ? wants_gradient(c, given) : -1;
    if (followed < 0) {
        PyErr_Clear();
        result = Py_NewRef(Py_None);
    } else if (followed) {
        result = PyList_New(total);
        for (int i = 0; result && i < total; i++)
            PyList_SET_ITEM(result, i, Py_NewRef(given[i]));
    } else {
        result = go_forward(c, (Pass *)c->pass, given[0], call, tensor);
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

static PyTypeObject *pass_type;

/* forward(pass, given): as run, of tensors that autograd follows. */
static PyObject *caller_forward(PyObject *self, PyObject *const *arguments, Py_ssize_t count)
{
    Caller *c = (Caller *)self;
    const void *tensor[TENSORS] = {NULL};
    Call call = {0};
    if (count != 2 || Py_TYPE(arguments[0]) != pass_type || !counted(arguments[1], c->kept + c->parameter_count))
        return PyErr_Occurred() ? NULL : PyErr_Format(PyExc_TypeError, "expected a pass and tensors");
    if (enter_call(c, &PyTuple_GET_ITEM(arguments[1], 0), &call, tensor))
        return go_forward(c, (Pass *)arguments[0], PyTuple_GET_ITEM(arguments[1], 0), call, tensor);
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
        PyObject *copy = copied(c, arguments[0], PyLong_AsSsize_t(PyTuple_GET_ITEM(arguments[1], i)));
        PyTuple_SET_ITEM(found, i, copy);
        if (!copy)
            Py_CLEAR(found);
    }
    return found;
}

/* ------------------------------------------------------------------------------------------------ the types */

/* both: sizes and strides. */
static int form_of(PyObject *both, Form *form)
{
    PyObject *sizes = PyTuple_CheckExact(both) && PyTuple_GET_SIZE(both) == 2 ? PyTuple_GET_ITEM(both, 0) : both;
    if (sizes == both || !PyTuple_Check(sizes) || PyTuple_GET_SIZE(sizes) > 3)
        return 0;
    form->dims = (int)PyTuple_GET_SIZE(sizes);
    for (int i = 0; i < form->dims; i++)
        if ((form->size[i] = PyLong_AsLongLong(PyTuple_GET_ITEM(sizes, i))) < 1)
            return 0;
    return 1;
}

static int caller_traverse(PyObject *self, visitproc visit, void *arg)
{
    Caller *c = (Caller *)self;
    PyObject *of[] = {c->snapshot, c->guards, c->types, c->parameters, c->names, c->given,
                      c->found, c->pass, c->questions, c->new_empty, c->grad_enabled, (PyObject *)c->layer};
    for (size_t i = 0; i < sizeof of / sizeof *of; i++)
        Py_VISIT(of[i]);
    Py_VISIT(Py_TYPE(self));
    return 0;
}

static int caller_clear(PyObject *self)
{
    Caller *c = (Caller *)self;
    PyObject **of[] = {&c->snapshot, &c->guards, &c->types, &c->parameters, &c->names, &c->given,
                       &c->found, &c->pass, &c->questions, &c->new_empty, &c->grad_enabled, (PyObject **)&c->layer};
    for (size_t i = 0; i < sizeof of / sizeof *of; i++)
        Py_CLEAR(*of[i]);
    return 0;
}

static void caller_free(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    caller_clear(self);
    let_go(&((Caller *)self)->packed[0]);
    let_go(&((Caller *)self)->packed[1]);
    type->tp_free(self);
    Py_DECREF(type);
}

/* Caller(layer, snapshot, guards, types, parameters, names, given, found, questions, new_empty, grad_enabled, exchange,
 * address of the cell, sizes, constants, places, threads, pass) */
static PyObject *caller_new(PyTypeObject *type, PyObject *arguments, PyObject *unused)
{
    PyObject *layer, *of[10], *exchange, *sizes, *constants, *places, *pass;
    unsigned long long cell;
    long threads;
    (void)unused;
    if (!PyArg_ParseTuple(arguments, "O!O!O!O!O!O!O!O!O!OOOKO!O!O!lO", &PyType_Type, &layer, &PyTuple_Type, &of[0],
                          &PyTuple_Type, &of[1], &PyTuple_Type, &of[2], &PyDict_Type, &of[3], &PyTuple_Type, &of[4],
                          &PyTuple_Type, &of[5], &PyTuple_Type, &of[6], &PyTuple_Type, &of[7], &of[8], &of[9],
                          &exchange, &cell, &PyTuple_Type, &sizes, &PyTuple_Type, &constants, &PyTuple_Type, &places,
                          &threads, &pass))
        return NULL;
    const Exchange *table = PyCapsule_GetPointer(exchange, "dlpack_exchange_api");
    if (!table)
        return NULL;
    Caller *c = (Caller *)type->tp_alloc(type, 0);
    if (!c)
        return NULL;
    PyObject **to[] = {&c->snapshot, &c->guards, &c->types, &c->parameters, &c->names,
                       &c->given, &c->found, &c->questions, &c->new_empty, &c->grad_enabled};
    for (int i = 0; i < 10; i++)
        *to[i] = Py_NewRef(of[i]);
    c->layer = (PyTypeObject *)Py_NewRef(layer);
    c->pass = Py_NewRef(pass);
    c->exchange = table, c->cell = (const Cell *)(uintptr_t)cell, c->threads = threads;
    c->tag = c->layer->tp_version_tag;
    c->kept = 1 + c->cell->states, c->parameter_count = (int)PyTuple_GET_SIZE(c->names);
    c->apart = (int)PyTuple_GET_SIZE(c->found) - c->cell->states;
    c->size[ONE] = 1;
    int fine = table->major == DLPACK && c->tag && c->parameter_count < TENSORS && c->cell->tensors <= TENSORS &&
               Py_TYPE(pass) == pass_type && PyTuple_GET_SIZE(c->types) == 2 && PyTuple_GET_SIZE(sizes) == AXES - 1 &&
               PyTuple_GET_SIZE(constants) <= TENSORS && PyTuple_GET_SIZE(places) == c->parameter_count &&
               PyTuple_GET_SIZE(c->given) == c->kept + c->parameter_count &&
               (c->apart == 0 || c->apart == 1);
    for (int i = 1; fine && i < AXES; i++)
        c->size[i] = PyLong_AsLong(PyTuple_GET_ITEM(sizes, i - 1));
    for (Py_ssize_t i = 0; fine && i < PyTuple_GET_SIZE(constants); i++)
        c->constant[i] = PyFloat_AsDouble(PyTuple_GET_ITEM(constants, i));
    for (int i = 0; fine && i < c->parameter_count; i++)
        fine = (c->place[i] = (int)PyLong_AsLong(PyTuple_GET_ITEM(places, i))) < c->cell->tensors;
    for (int i = 0; fine && i < c->kept + c->parameter_count; i++)
        fine = PyTuple_GET_ITEM(c->given, i) == Py_None || form_of(PyTuple_GET_ITEM(c->given, i), &c->form[i]);
    for (int i = c->apart + c->cell->states; fine && i-- > 0;) /* the last is that of y */
        fine = form_of(PyTuple_GET_ITEM(c->found, i), &c->form[TENSORS + STATES]);
    if (fine && !PyErr_Occurred())
        return (PyObject *)c;
    if (!PyErr_Occurred())
        PyErr_SetString(PyExc_ValueError, "no layer that can be called at once");
    Py_DECREF(c);
    return NULL;
}

/* Pass(memory, its address, whether it is kept) */
static PyObject *pass_new(PyTypeObject *type, PyObject *arguments, PyObject *unused)
{
    PyObject *memory;
    unsigned long long m;
    int keep;
    (void)unused;
    if (!PyArg_ParseTuple(arguments, "OKp", &memory, &m, &keep))
        return NULL;
    Pass *p = (Pass *)type->tp_alloc(type, 0);
    if (p)
        p->owner = Py_NewRef(memory), p->memory = (Memory *)(uintptr_t)m, p->keep = keep;
    return (PyObject *)p;
}

/* end(): nobody goes back through it any more. */
static PyObject *pass_end(PyObject *self, PyObject *unused)
{
    (void)unused;
    let_go(&((Pass *)self)->packed);
    Py_RETURN_NONE;
}

static void pass_free(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    let_go(&((Pass *)self)->packed);
    Py_XDECREF(((Pass *)self)->owner);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyMethodDef caller_methods[] = {
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
static PyType_Slot pass_slots[] = {
    {Py_tp_new, pass_new}, {Py_tp_dealloc, pass_free}, {Py_tp_methods, pass_methods}, {0, NULL}};
static PyType_Spec caller_spec = {"derive.Caller", sizeof(Caller), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
                                  caller_slots};
static PyType_Spec pass_spec = {"derive.Pass", sizeof(Pass), 0, Py_TPFLAGS_DEFAULT, pass_slots};

/* The types of callers and of passes. */
__attribute__((visibility("default"))) PyObject *derive_types(void)
{
    static PyObject *both;
    if (!both) {
        PyObject *caller = PyType_FromSpec(&caller_spec), *pass = caller ? PyType_FromSpec(&pass_spec) : NULL;
        pass_type = (PyTypeObject *)pass;
        both = pass ? PyTuple_Pack(2, caller, pass) : NULL;
    }
    return Py_XNewRef(both);
}
