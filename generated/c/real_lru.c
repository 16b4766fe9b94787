/* Of real_lru.py as it was written, SHA-256 70855266d2ac8ee34d5ac48b58823978c0c26e99c440b5c024a61429fac7ab29 */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * Linear recurrent unit with real eigenvalues. One time step:
 *
 *      a = exp(−exp(ν))
 *     hₜ = a ⊙ hₜ₋₁ + sqrt(1 − a²) ⊙ (W_ih xₜ)
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_a_h_,
    Q_x,
    Q_h_prev,
    Q_h,
    Q_a_h,
    Q_nu,
    Q_exp_nu,
    Q_a,
    Q_root_h,
    Q_d_h_later,
    Q_d_y,
    Q_d_x_,
    Q_d_h_prev,
    Q_d_x,
    Q_d_a_h,
    Q_d_nu
};

static const Quantity quantities[] = {
    [Q_a_h_] = {EARLY, HIDDEN_SIZE, 0, 0, 0, Q_a_h_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_h_prev] = {BEFORE, HIDDEN_SIZE, 0, 0, 0, Q_h_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_a_h] = {PANEL, HIDDEN_SIZE, 1, 0, 0, Q_a_h},
    [Q_nu] = {FIXED, HIDDEN_SIZE, 0, 0, 0, Q_nu},
    [Q_exp_nu] = {FIXED, HIDDEN_SIZE, 0, 1, 0, Q_exp_nu},
    [Q_a] = {FIXED, HIDDEN_SIZE, 0, 2, 0, Q_a},
    [Q_root_h] = {FIXED, HIDDEN_SIZE, 0, 3, 0, Q_root_h},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_d_x_] = {LOCAL, INPUT_SIZE, 0, 1, 0, Q_d_x_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_a_h] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_a_h},
    [Q_d_nu] = {SUM, HIDDEN_SIZE, 0, 0, 0, Q_d_nu},
};

/* Of the parameters alone */
static void parameters_0(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec nu = fixed(Q_nu);
        for (long row = 0; row < rows; row++) {
            const vec exp_nu = vrate(nu);
            const vec a = vexp(-exp_nu);
            const vec root_h = square_root(-vexpm1(-R(2) * exp_nu));
            put(Q_exp_nu, exp_nu);
            put(Q_a, a);
            put(Q_root_h, root_h);
        }
    }
    (void)keep;
}

/* Stage 1 of a time step, panels of units. */
static void step_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec a = fixed(Q_a);
        const vec root_h = fixed(Q_root_h);
        for (long row = 0; row < rows; row++) {
            const vec h_prev = get(Q_h_prev);
            const vec a_h = get(Q_a_h_);
            const vec h = a * h_prev + root_h * a_h;
            put(Q_h, h);
            if (keep) {
                put(Q_a_h, a_h);
            }
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of units. */
static void back_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec root_h = fixed(Q_root_h);
        const vec exp_nu = fixed(Q_exp_nu);
        const vec a = fixed(Q_a);
        vec d_nu = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_h_later = get(Q_d_h_later);
            const vec d_y = get(Q_d_y);
            const vec a_h = get(Q_a_h);
            const vec h_prev = get(Q_h_prev);
            const vec d_h = d_h_later + d_y;
            const vec d_a_h = d_h * root_h;
            const vec d_exp_nu = where(root_h != splat(R(0)), vexp(-R(2) * exp_nu) * d_h * a_h / root_h, splat(R(0))) - (a * d_h * h_prev);
            const vec d_h_prev = d_h * a;
            d_nu += d_exp_nu * exp_nu;
            put(Q_d_a_h, d_a_h);
            put(Q_d_h_prev, d_h_prev);
        }
        add(Q_d_nu, d_nu);
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
    {"nu", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
};

static const char *const constants[] = {
    0,
};

static const Pack packs[] = {
    {0, 0, 1, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {0, 0, 1, 1, 0, INPUT_SIZE, HIDDEN_SIZE},
};

static const Buffer buffers[] = {
    {HIDDEN_SIZE, 1, 1},
    {INPUT_SIZE, 0, 1},
};

static const Fixed sources[] = {
    {OF_TENSOR, HIDDEN_SIZE, 1, 0},
    {COMPUTED, HIDDEN_SIZE, 0, 0},
    {COMPUTED, HIDDEN_SIZE, 0, 0},
    {COMPUTED, HIDDEN_SIZE, 0, 0},
};

static const Bias biases[] = {
    {0},
};

static const Product input_products[] = {
    {0, 0, -1, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 1, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_a_h, Q_x}}},
};

static const Total totals[] = {
    {1, 0, 0, HIDDEN_SIZE, 0, 0},
};

static const Group parameter_groups[] = {
    {HIDDEN_SIZE, 0, 0, 0, 0, 0, parameters_0},
};

static const Stage forward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 1, 0, (const short[]){Q_a_h_}, step_1}}},
};

static const Stage backward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}}},
    {0, 1, 0, (const Group[]){{INPUT_SIZE, 1, 1, 1, (const Product[]){{1, 1, -1, 0, 1, (const short[]){Q_d_a_h}}}, (const short[]){Q_d_x_}, back_2_inputs}}},
};

static const char *const sizes[] = {
    0,
};

const Cell derive_cell = {
    .name = "real_lru",
    .quantities = 16,
    .forward_quantities = 9,
    .states = 1,
    .inputs = 1,
    .axes = 4,
    .tensors = 2,
    .constants = 0,
    .packs = 2,
    .buffers = 2,
    .fixed = 4,
    .biases = 0,
    .early = 1,
    .outers = 1,
    .totals = 1,
    .sums = 1,
    .reads_input = 0,
    .waits = 0,
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
