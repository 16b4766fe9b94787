/* Of ltc.py as it was written, SHA-256 1e38d8dfffdd6a5e180c7d487e795cf3f41c8561926a2972dc476b4b4bb3c1c1 */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * Liquid time-constant network, one fused step. One time step:
 *
 *     fₜ = σ(W_if xₜ + W_hf hₜ₋₁ + b_f)
 *     hₜ = (hₜ₋₁ + dt fₜ ⊙ a)/(1 + dt (softplus(ρ) + fₜ))
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_a_x_,
    Q_x,
    Q_h_prev,
    Q_h,
    Q_f,
    Q_a,
    Q_rho,
    Q_dt,
    Q_softplus_rho,
    Q_d_h_later,
    Q_d_y,
    Q_a_34_,
    Q_d_x_,
    Q_d_h_prev,
    Q_d_x,
    Q_d_a_f,
    Q_d_h,
    Q_d_bias,
    Q_d_a,
    Q_d_rho
};

static const Quantity quantities[] = {
    [Q_a_x_] = {EARLY, HIDDEN_SIZE, 0, 0, 0, Q_a_x_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_h_prev] = {BEFORE, HIDDEN_SIZE, 0, 0, 0, Q_h_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_f] = {PANEL, HIDDEN_SIZE, 1, 0, 0, Q_f},
    [Q_a] = {FIXED, HIDDEN_SIZE, 0, 0, 0, Q_a},
    [Q_rho] = {FIXED, HIDDEN_SIZE, 0, 1, 0, Q_rho},
    [Q_dt] = {FIXED, ONE, 0, 2, 0, Q_dt},
    [Q_softplus_rho] = {FIXED, HIDDEN_SIZE, 0, 3, 0, Q_softplus_rho},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_a_34_] = {LOCAL, HIDDEN_SIZE, 0, 1, 0, Q_a_34_},
    [Q_d_x_] = {LOCAL, INPUT_SIZE, 0, 2, 0, Q_d_x_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_a_f] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_a_f},
    [Q_d_h] = {PANEL, HIDDEN_SIZE, 0, 0, 0, Q_d_h},
    [Q_d_bias] = {SUM, HIDDEN_SIZE, 0, 0, 0, Q_d_bias},
    [Q_d_a] = {SUM, HIDDEN_SIZE, 0, 1, 0, Q_d_a},
    [Q_d_rho] = {SUM, HIDDEN_SIZE, 0, 2, 0, Q_d_rho},
};

/* Of the parameters alone */
static void parameters_0(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec rho = fixed(Q_rho);
        for (long row = 0; row < rows; row++) {
            const vec softplus_rho = vsoftplus(rho);
            put(Q_softplus_rho, softplus_rho);
        }
    }
    (void)keep;
}

/* Stage 1 of a time step, panels of units. */
static void step_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec dt = fixed(Q_dt);
        const vec a = fixed(Q_a);
        const vec softplus_rho = fixed(Q_softplus_rho);
        for (long row = 0; row < rows; row++) {
            const vec h_prev = get(Q_h_prev);
            const vec a_f = get(Q_a_x_);
            const vec f = vsigmoid(a_f);
            const vec h = (h_prev + dt * f * a) / (R(1) + dt * (softplus_rho + f));
            put(Q_h, h);
            if (keep) {
                put(Q_f, f);
            }
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of units. */
static void back_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec dt = fixed(Q_dt);
        const vec softplus_rho = fixed(Q_softplus_rho);
        const vec a = fixed(Q_a);
        const vec rho = fixed(Q_rho);
        vec d_bias = splat(0);
        vec d_a = splat(0);
        vec d_rho = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_h_later = get(Q_d_h_later);
            const vec d_y = get(Q_d_y);
            const vec h = get(Q_h);
            const vec f = get(Q_f);
            const vec d_h = d_h_later + d_y;
            const vec d_softplus_rho = -dt * d_h * h / (R(1) + dt * (softplus_rho + f));
            const vec d_a_f = f * (R(1) - f) * d_h * (dt * a - h * dt) / (R(1) + dt * (softplus_rho + f));
            d_bias += d_a_f;
            d_a += d_h * dt * f / (R(1) + dt * (softplus_rho + f));
            d_rho += d_softplus_rho * vsigmoid(rho);
            put(Q_d_h, d_h);
            put(Q_d_a_f, d_a_f);
        }
        add(Q_d_bias, d_bias);
        add(Q_d_a, d_a);
        add(Q_d_rho, d_rho);
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of units. */
static void back_2(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec dt = fixed(Q_dt);
        const vec softplus_rho = fixed(Q_softplus_rho);
        for (long row = 0; row < rows; row++) {
            const vec d_h = get(Q_d_h);
            const vec f = get(Q_f);
            const vec a_34_ = get(Q_a_34_);
            const vec d_h_prev = d_h / (R(1) + dt * (softplus_rho + f)) + a_34_;
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
    {"bias", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
    {"a", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
    {"rho", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
};

static const char *const constants[] = {
    "dt",
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
    {OF_TENSOR, HIDDEN_SIZE, 3, 0},
    {OF_TENSOR, HIDDEN_SIZE, 4, 0},
    {OF_CONSTANT, ONE, 0, 0},
    {COMPUTED, HIDDEN_SIZE, 0, 0},
};

static const Bias biases[] = {
    {HIDDEN_SIZE, 1, 1, (const Summand[]){{2, 0}}},
};

static const Product input_products[] = {
    {0, 0, 0, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 1, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_a_f, Q_x}}},
    {1, 0, 1, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_f, Q_h_prev}}},
};

static const Total totals[] = {
    {2, 0, 0, HIDDEN_SIZE, 0, 0},
    {3, 0, 1, HIDDEN_SIZE, 0, 0},
    {4, 0, 2, HIDDEN_SIZE, 0, 0},
};

static const Group parameter_groups[] = {
    {HIDDEN_SIZE, 0, 0, 0, 0, 0, parameters_0},
};

static const Stage forward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{0, 1, -1, 1, 1, (const short[]){Q_h_prev}}}, (const short[]){Q_a_x_}, step_1}}},
};

static const Stage backward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}}},
    {0, 2, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{1, 2, -1, 0, 1, (const short[]){Q_d_a_f}}}, (const short[]){Q_a_34_}, back_2}, {INPUT_SIZE, 1, 1, 1, (const Product[]){{2, 3, -1, 0, 1, (const short[]){Q_d_a_f}}}, (const short[]){Q_d_x_}, back_2_inputs}}},
};

static const char *const sizes[] = {
    0,
};

const Cell derive_cell = {
    .name = "ltc",
    .quantities = 20,
    .forward_quantities = 9,
    .states = 1,
    .inputs = 1,
    .axes = 4,
    .tensors = 5,
    .constants = 1,
    .packs = 4,
    .buffers = 3,
    .fixed = 4,
    .biases = 1,
    .early = 1,
    .outers = 2,
    .totals = 3,
    .sums = 3,
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
