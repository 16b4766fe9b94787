/* Of fast_grnn.py as it was written, SHA-256 526136d59b7b2abb9fe4d2196fce6506e2ad95bf44d57ac2018b117039359439 */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * FastGRNN. One time step:
 *
 *     aₜ = W_ia xₜ + W_ha hₜ₋₁
 *     zₜ = σ(aₜ + b_z)
 *     h̃ₜ = tanh(aₜ + b_h)
 *     hₜ = (σ(ζ) (1 − zₜ) + σ(ν)) ⊙ h̃ₜ + zₜ ⊙ hₜ₋₁
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_a_x_,
    Q_x,
    Q_h_prev,
    Q_h,
    Q_z,
    Q_h_tilde,
    Q_b_z,
    Q_b_h,
    Q_zeta,
    Q_nu,
    Q_sigmoid_zeta,
    Q_sigmoid_nu,
    Q_d_h_later,
    Q_d_y,
    Q_a_43_,
    Q_d_x_,
    Q_d_h_prev,
    Q_d_x,
    Q_d_a,
    Q_d_h,
    Q_a_28,
    Q_a_31,
    Q_d_sigmoid_nu,
    Q_d_sigmoid_zeta,
    Q_d_b_z,
    Q_d_b_h,
    Q_d_zeta,
    Q_d_nu
};

static const Quantity quantities[] = {
    [Q_a_x_] = {EARLY, HIDDEN_SIZE, 0, 0, 0, Q_a_x_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_h_prev] = {BEFORE, HIDDEN_SIZE, 0, 0, 0, Q_h_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_z] = {PANEL, HIDDEN_SIZE, 1, 0, 0, Q_z},
    [Q_h_tilde] = {PANEL, HIDDEN_SIZE, 1, 1, 0, Q_z},
    [Q_b_z] = {FIXED, HIDDEN_SIZE, 0, 0, 0, Q_b_z},
    [Q_b_h] = {FIXED, HIDDEN_SIZE, 0, 1, 0, Q_b_h},
    [Q_zeta] = {FIXED, ONE, 0, 2, 0, Q_zeta},
    [Q_nu] = {FIXED, ONE, 0, 3, 0, Q_nu},
    [Q_sigmoid_zeta] = {FIXED, ONE, 0, 4, 0, Q_sigmoid_zeta},
    [Q_sigmoid_nu] = {FIXED, ONE, 0, 5, 0, Q_sigmoid_nu},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_a_43_] = {LOCAL, HIDDEN_SIZE, 0, 1, 0, Q_a_43_},
    [Q_d_x_] = {LOCAL, INPUT_SIZE, 0, 2, 0, Q_d_x_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_a] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_a},
    [Q_d_h] = {PANEL, HIDDEN_SIZE, 0, 0, 0, Q_d_h},
    [Q_a_28] = {PANEL, HIDDEN_SIZE, 0, 1, 0, Q_d_h},
    [Q_a_31] = {PANEL, HIDDEN_SIZE, 0, 2, 0, Q_d_h},
    [Q_d_sigmoid_nu] = {PANEL, ONE, 0, 0, 0, Q_d_sigmoid_nu},
    [Q_d_sigmoid_zeta] = {PANEL, ONE, 0, 1, 0, Q_d_sigmoid_nu},
    [Q_d_b_z] = {SUM, HIDDEN_SIZE, 0, 0, 0, Q_d_b_z},
    [Q_d_b_h] = {SUM, HIDDEN_SIZE, 0, 1, 0, Q_d_b_h},
    [Q_d_zeta] = {SUM, ONE, 0, 2, 0, Q_d_zeta},
    [Q_d_nu] = {SUM, ONE, 0, 3, 0, Q_d_nu},
};

/* Of the parameters alone */
static void parameters_0(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec zeta = fixed(Q_zeta);
        const vec nu = fixed(Q_nu);
        for (long row = 0; row < rows; row++) {
            const vec sigmoid_zeta = vsigmoid(zeta);
            const vec sigmoid_nu = vsigmoid(nu);
            put(Q_sigmoid_zeta, sigmoid_zeta);
            put(Q_sigmoid_nu, sigmoid_nu);
        }
    }
    (void)keep;
}

/* Stage 1 of a time step, panels of units. */
static void step_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec b_z = fixed(Q_b_z);
        const vec b_h = fixed(Q_b_h);
        const vec sigmoid_zeta = fixed(Q_sigmoid_zeta);
        const vec sigmoid_nu = fixed(Q_sigmoid_nu);
        for (long row = 0; row < rows; row++) {
            const vec h_prev = get(Q_h_prev);
            const vec a = get(Q_a_x_);
            const vec z = vsigmoid(a + b_z);
            const vec h_tilde = vtanh(a + b_h);
            const vec h = (sigmoid_zeta * (R(1) - z) + sigmoid_nu) * h_tilde + z * h_prev;
            put(Q_h, h);
            if (keep) {
                put(Q_z, z);
                put(Q_h_tilde, h_tilde);
            }
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of units. */
static void back_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec sigmoid_zeta = fixed(Q_sigmoid_zeta);
        const vec sigmoid_nu = fixed(Q_sigmoid_nu);
        vec d_b_z = splat(0);
        vec d_b_h = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_h_later = get(Q_d_h_later);
            const vec d_y = get(Q_d_y);
            const vec h_tilde = get(Q_h_tilde);
            const vec z = get(Q_z);
            const vec h_prev = get(Q_h_prev);
            const vec d_h = d_h_later + d_y;
            const vec a_28 = d_h * h_tilde;
            const vec a_31 = d_h * (R(1) - z) * h_tilde;
            const vec d_a_h_tilde = d_h * (sigmoid_zeta * (R(1) - z) + sigmoid_nu) * (R(1) - power(h_tilde, 2));
            const vec d_a_z = z * (R(1) - z) * d_h * (h_prev - sigmoid_zeta * h_tilde);
            const vec d_a = d_a_z + d_a_h_tilde;
            d_b_z += d_a_z;
            d_b_h += d_a_h_tilde;
            put(Q_d_h, d_h);
            put(Q_a_28, a_28);
            put(Q_a_31, a_31);
            put(Q_d_a, d_a);
        }
        add(Q_d_b_z, d_b_z);
        add(Q_d_b_h, d_b_h);
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of numbers. */
static void back_2_numbers(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec sigmoid_zeta = fixed(Q_sigmoid_zeta);
        const vec sigmoid_nu = fixed(Q_sigmoid_nu);
        vec d_zeta = splat(0);
        vec d_nu = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_sigmoid_zeta = get(Q_d_sigmoid_zeta);
            const vec d_sigmoid_nu = get(Q_d_sigmoid_nu);
            d_zeta += d_sigmoid_zeta * sigmoid_zeta * (R(1) - sigmoid_zeta);
            d_nu += d_sigmoid_nu * sigmoid_nu * (R(1) - sigmoid_nu);
        }
        add(Q_d_zeta, d_zeta);
        add(Q_d_nu, d_nu);
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of units. */
static void back_2(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_h = get(Q_d_h);
            const vec z = get(Q_z);
            const vec a_43_ = get(Q_a_43_);
            const vec d_h_prev = d_h * z + a_43_;
            put(Q_d_h_prev, d_h_prev);
        }
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of inputs. */
static void back_2_inputs(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_x = get(Q_d_x_);
            put(Q_d_x, d_x);
        }
    }
    (void)keep;
}

static const State states[] = {
    {HIDDEN_SIZE, 1},
};

static const unsigned char inputs[] = {
    INPUT_SIZE,
};

static const Tensor tensors[] = {
    {"weight_ih", HIDDEN_SIZE, INPUT_SIZE, ONE, 1, 0, 0},
    {"weight_hh", HIDDEN_SIZE, HIDDEN_SIZE, ONE, 1, 0, 0},
    {"b_z", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
    {"b_h", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
    {"zeta", ONE, ONE, ONE, 1, 0, 0},
    {"nu", ONE, ONE, ONE, 1, 0, 0},
};

static const char *const constants[] = {
    0,
};

static const Pack packs[] = {
    {0, 0, 1, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {1, 0, 1, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {1, 0, 1, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {0, 0, 1, 1, 0, INPUT_SIZE, HIDDEN_SIZE},
};

static const Buffer buffers[] = {
    {HIDDEN_SIZE, 1, 1},
    {HIDDEN_SIZE, 0, 1},
    {INPUT_SIZE, 0, 1},
};

static const Fixed sources[] = {
    {OF_TENSOR, HIDDEN_SIZE, 2, 0},
    {OF_TENSOR, HIDDEN_SIZE, 3, 0},
    {OF_TENSOR, ONE, 4, 0},
    {OF_TENSOR, ONE, 5, 0},
    {COMPUTED, ONE, 0, 0},
    {COMPUTED, ONE, 0, 0},
};

static const Bias biases[] = {
    {0},
};

static const Product input_products[] = {
    {0, 0, -1, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 1, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_a, Q_x}}},
    {1, 0, 1, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a, Q_h_prev}}},
};

static const Total totals[] = {
    {2, 0, 0, HIDDEN_SIZE, 0, 0},
    {3, 0, 1, HIDDEN_SIZE, 0, 0},
    {4, 0, 2, ONE, 1, 0},
    {5, 0, 3, ONE, 1, 0},
};

static const Group parameter_groups[] = {
    {ONE, 0, 0, 0, 0, 0, parameters_0},
};

static const Stage forward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{0, 1, -1, 1, 1, (const short[]){Q_h_prev}}}, (const short[]){Q_a_x_}, step_1}}},
};

static const Stage backward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}}},
    {2, 3, (const Reduction[]){{SUM_OF, Q_d_sigmoid_nu, 1, (const short[]){Q_a_28}, 0, 0}, {SUM_OF, Q_d_sigmoid_zeta, 1, (const short[]){Q_a_31}, 0, 0}}, (const Group[]){{ONE, 0, 0, 0, 0, 0, back_2_numbers}, {HIDDEN_SIZE, 0, 1, 1, (const Product[]){{1, 2, -1, 0, 1, (const short[]){Q_d_a}}}, (const short[]){Q_a_43_}, back_2}, {INPUT_SIZE, 1, 1, 1, (const Product[]){{2, 3, -1, 0, 1, (const short[]){Q_d_a}}}, (const short[]){Q_d_x_}, back_2_inputs}}},
};

static const char *const sizes[] = {
    0,
};

const Cell derive_cell = {
    .name = "fast_grnn",
    .quantities = 28,
    .forward_quantities = 12,
    .states = 1,
    .inputs = 1,
    .axes = 4,
    .tensors = 6,
    .constants = 0,
    .packs = 4,
    .buffers = 3,
    .fixed = 6,
    .biases = 0,
    .early = 1,
    .outers = 2,
    .totals = 4,
    .sums = 4,
    .reads_input = 0,
    .waits = 1,
    .parameter_groups = 1,
    .forward_stages = 1,
    .backward_stages = 2,
    .quantity = quantities,
    .state = states,
    .input = inputs,
    .size = sizes,
    .tensor = tensors,
    .constant = constants,
    .pack = packs,
    .buffer = buffers,
    .source = sources,
    .bias = biases,
    .product = input_products,
    .outer = outers,
    .total = totals,
    .parameters = parameter_groups,
    .forward = forward,
    .backward = backward,
};
