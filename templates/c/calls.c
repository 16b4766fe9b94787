/* A layer of one scan as one call from Python: what does not change from call to call is looked at once, and the
 * tensors are read where they lie, by DLPack's table of functions. Compiled with kernels.c where Python.h is. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "places.h"

#if PY_VERSION_HEX != PYTHON
#error "these are the headers of another Python"
#endif

uint64_t derive_digest(const Cell *, const long *, const void *const *);
int derive_pack(Weights *, const real *const *, const double *, int, long);
int derive_forward(Memory *, const Weights *, const Call *);
int derive_backward(Memory *, const Weights *, const Call *);

/* ------------------------------------------------------------------------------------------------ tensors */

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

/* layer, tag: the class and its version. snapshot: names and values of the layer's attributes, Ellipsis
 * for any value. guards: functions of no
 * or one argument, and what they have to answer; names: of the parameters, None for those that are missing.
 * questions: methods of a tensor that answer False
 * for an ordinary one. given, found: the sizes of x, the states and the parameters; of y and the states. form: the same of given.
 * place: of a parameter among the cell's tensors. kept: how many of the arguments are no parameters. */
typedef struct {
    PyObject_HEAD
    PyObject *snapshot, *guards, *types, *parameters, *names, *given, *found, *pass;
    PyObject *questions, *new_empty, *grad_enabled;
    PyTypeObject *layer;
    unsigned tag;
    const Exchange *exchange;
    const Cell *cell;
    long size[AXES], threads;
    int kept, parameter_count;
    int place[TENSORS];
    Form form[TENSORS + STATES + 1];
    double constant[TENSORS];
} Caller;

/* What one pass works in: the owners of weights and memory, and what was packed. */
typedef struct {
    PyObject_HEAD
    PyObject *owners;
    Weights *weights;
    Memory *memory;
    uint64_t digest;
    int packed, keep, busy;
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

/* Makes a tensor like another, of these sizes: its address, NULL with an exception. */
static void *made(const Caller *c, PyObject *like, PyObject *sizes, const Form *form, PyObject **to)
{
    PyObject *arguments[] = {like, sizes};
    *to = PyObject_Vectorcall(c->new_empty, arguments, 2, NULL);
    void *at = *to ? numbers(c, *to, form) : NULL;
    if (!at && !PyErr_Occurred())
        PyErr_SetString(PyExc_RuntimeError, "new_empty gave no ordinary tensor");
    return at;
}

/* ------------------------------------------------------------------------------------------------ a pass */

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
    else if (hx != Py_None && PyTuple_CheckExact(hx) && PyTuple_GET_SIZE(hx) == states)
        memcpy(given + 1, &PyTuple_GET_ITEM(hx, 0), sizeof(PyObject *) * (size_t)states);
    else if (hx != Py_None)
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

/* run(attributes of the layer, x, hx): y and the last states; the list of what autograd has to follow; or None. */
static PyObject *caller_run(PyObject *self, PyObject *const *arguments, Py_ssize_t count)
{
    Caller *c = (Caller *)self;
    PyObject *given[TENSORS + STATES + 1], *result = NULL;
    if (count != 3 || !PyDict_Check(arguments[0]))
        return PyErr_Format(PyExc_TypeError, "expected attributes, input and states");
    if (!is_as_it_was(c, arguments[0]) || !gather(c, arguments[1], arguments[2], given)) {
        PyErr_Clear();
        Py_RETURN_NONE;
    }
    int total = c->kept + c->parameter_count, followed = wants_gradient(c, given);
    if (followed < 0) {
        PyErr_Clear();
        result = Py_NewRef(Py_None);
    } else if (followed) {
        const void *tensor[TENSORS];
        Call call;
        result = enter_call(c, given, &call, tensor) ? PyList_New(total) : NULL;
        if (!result) {
            PyErr_Clear();
            result = Py_NewRef(Py_None);
            followed = 0;
        }
        for (int i = 0; followed && i < total; i++)
            PyList_SET_ITEM(result, i, Py_NewRef(given[i]));
    } else {
        result = go_forward(c, (Pass *)c->pass, given);
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
    if (count != 2 || Py_TYPE(arguments[0]) != pass_type || !counted(arguments[1], c->kept + c->parameter_count))
        return PyErr_Occurred() ? NULL : PyErr_Format(PyExc_TypeError, "expected a pass and tensors");
    return go_forward(c, (Pass *)arguments[0], &PyTuple_GET_ITEM(arguments[1], 0));
}

/* backward(pass, given and y, cotangents, wanted): the gradients, or None. */
static PyObject *caller_backward(PyObject *self, PyObject *const *arguments, Py_ssize_t count)
{
    Caller *c = (Caller *)self;
    int total = c->kept + c->parameter_count;
    if (count != 4 || Py_TYPE(arguments[0]) != pass_type || !counted(arguments[1], total + 1) ||
        !counted(arguments[2], c->kept) || !counted(arguments[3], total))
        return PyErr_Occurred() ? NULL : PyErr_Format(PyExc_TypeError, "expected a pass and three tuples");
    return go_backward(c, (Pass *)arguments[0], &PyTuple_GET_ITEM(arguments[1], 0), &PyTuple_GET_ITEM(arguments[2], 0),
                       arguments[3]);
}

/* ------------------------------------------------------------------------------------------------ the types */

static int form_of(PyObject *sizes, Form *form)
{
    if (!PyTuple_Check(sizes) || PyTuple_GET_SIZE(sizes) > 3)
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
    c->size[ONE] = 1;
    int fine = table->major == DLPACK && c->tag && c->parameter_count <= TENSORS && c->cell->tensors <= TENSORS &&
               Py_TYPE(pass) == pass_type && PyTuple_GET_SIZE(c->types) == 2 && PyTuple_GET_SIZE(sizes) == AXES - 1 &&
               PyTuple_GET_SIZE(constants) <= TENSORS && PyTuple_GET_SIZE(places) == c->parameter_count &&
               PyTuple_GET_SIZE(c->given) == c->kept + c->parameter_count && PyTuple_GET_SIZE(c->found) == c->kept;
    for (int i = 1; fine && i < AXES; i++)
        c->size[i] = PyLong_AsLong(PyTuple_GET_ITEM(sizes, i - 1));
    for (Py_ssize_t i = 0; fine && i < PyTuple_GET_SIZE(constants); i++)
        c->constant[i] = PyFloat_AsDouble(PyTuple_GET_ITEM(constants, i));
    for (int i = 0; fine && i < c->parameter_count; i++)
        fine = (c->place[i] = (int)PyLong_AsLong(PyTuple_GET_ITEM(places, i))) < c->cell->tensors;
    for (int i = 0; fine && i < c->kept + c->parameter_count; i++)
        fine = PyTuple_GET_ITEM(c->given, i) == Py_None || form_of(PyTuple_GET_ITEM(c->given, i), &c->form[i]);
    fine = fine && form_of(PyTuple_GET_ITEM(c->found, 0), &c->form[TENSORS + STATES]) && !PyErr_Occurred();
    if (fine)
        return (PyObject *)c;
    if (!PyErr_Occurred())
        PyErr_SetString(PyExc_ValueError, "no layer that can be called at once");
    Py_DECREF(c);
    return NULL;
}

/* Pass(weights, their address, memory, its address, whether it is kept) */
static PyObject *pass_new(PyTypeObject *type, PyObject *arguments, PyObject *unused)
{
    PyObject *weights, *memory;
    unsigned long long w, m;
    int keep;
    (void)unused;
    if (!PyArg_ParseTuple(arguments, "OKOKp", &weights, &w, &memory, &m, &keep))
        return NULL;
    Pass *p = (Pass *)type->tp_alloc(type, 0);
    if (p && !(p->owners = PyTuple_Pack(2, weights, memory)))
        Py_CLEAR(p);
    if (p)
        p->weights = (Weights *)(uintptr_t)w, p->memory = (Memory *)(uintptr_t)m, p->keep = keep;
    return (PyObject *)p;
}

static void pass_free(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    Py_XDECREF(((Pass *)self)->owners);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyMethodDef caller_methods[] = {
    {"run", (PyCFunction)(void (*)(void))caller_run, METH_FASTCALL, NULL},
    {"forward", (PyCFunction)(void (*)(void))caller_forward, METH_FASTCALL, NULL},
    {"backward", (PyCFunction)(void (*)(void))caller_backward, METH_FASTCALL, NULL},
    {NULL, NULL, 0, NULL},
};
static PyType_Slot caller_slots[] = {
    {Py_tp_new, caller_new}, {Py_tp_dealloc, caller_free}, {Py_tp_traverse, caller_traverse},
    {Py_tp_clear, caller_clear}, {Py_tp_methods, caller_methods}, {0, NULL},
};
static PyType_Slot pass_slots[] = {{Py_tp_new, pass_new}, {Py_tp_dealloc, pass_free}, {0, NULL}};
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
