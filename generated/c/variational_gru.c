/* Of variational_gru.py as it was written, SHA-256 adb1d26371b558a3e0e8c735594fd07ffd7755c50cebcf709f5f5eac1fe1b978 */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * GRU with variational dropout. One time step:
 *
 *     x_mₜ = m_x ⊙ xₜ/keep_x
 *     h_mₜ = m_h ⊙ hₜ₋₁/keep_h
 *       rₜ = σ(W_ir x_mₜ + b_ir + W_hr h_mₜ + b_hr)
 *       zₜ = σ(W_iz x_mₜ + b_iz + W_hz h_mₜ + b_hz)
 *       nₜ = tanh(W_in x_mₜ + b_in + rₜ ⊙ (W_hn h_mₜ + b_hn))
 *       hₜ = (1 − zₜ) ⊙ nₜ + zₜ ⊙ hₜ₋₁
 *     m_x ~ Bernoulli(keep_x) for each sequence
 *     m_h ~ Bernoulli(keep_h) for each sequence
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_a_ir_,
    Q_a_iz_,
    Q_a_in_,
    Q_a_hr_,
    Q_a_hz_,
    Q_a_hn_,
    Q_x,
    Q_m_x,
    Q_m_h,
    Q_h_prev,
    Q_h,
    Q_x_m,
    Q_h_m,
    Q_a_hn,
    Q_r,
    Q_z,
    Q_n,
    Q_keep_x,
    Q_keep_h,
    Q_d_h_later,
    Q_d_y,
    Q_d_h_m_,
    Q_d_x_m_,
    Q_d_h_prev,
    Q_d_x,
    Q_d_m_x,
    Q_d_m_h,
    Q_d_a_r,
    Q_d_a_z,
    Q_d_a_in,
    Q_d_a_hn,
    Q_d_h,
    Q_d_bias_ih_0,
    Q_d_bias_ih_1,
    Q_d_bias_ih_2,
    Q_d_bias_hh_2
};

static const Quantity quantities[] = {
    [Q_a_ir_] = {LOCAL, HIDDEN_SIZE, 0, 0, 0, Q_a_ir_},
    [Q_a_iz_] = {LOCAL, HIDDEN_SIZE, 0, 0, 1, Q_a_ir_},
    [Q_a_in_] = {LOCAL, HIDDEN_SIZE, 0, 0, 2, Q_a_ir_},
    [Q_a_hr_] = {LOCAL, HIDDEN_SIZE, 0, 1, 0, Q_a_hr_},
    [Q_a_hz_] = {LOCAL, HIDDEN_SIZE, 0, 1, 1, Q_a_hr_},
    [Q_a_hn_] = {LOCAL, HIDDEN_SIZE, 0, 1, 2, Q_a_hr_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_m_x] = {INPUT, INPUT_SIZE, 0, 1, 0, Q_m_x},
    [Q_m_h] = {INPUT, HIDDEN_SIZE, 0, 2, 0, Q_m_h},
    [Q_h_prev] = {BEFORE, HIDDEN_SIZE, 0, 0, 0, Q_h_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_x_m] = {ROW, INPUT_SIZE, 1, 0, 0, Q_x_m},
    [Q_h_m] = {ROW, HIDDEN_SIZE, 1, 4, 0, Q_h_m},
    [Q_a_hn] = {PANEL, HIDDEN_SIZE, 1, 0, 0, Q_a_hn},
    [Q_r] = {PANEL, HIDDEN_SIZE, 1, 1, 0, Q_a_hn},
    [Q_z] = {PANEL, HIDDEN_SIZE, 1, 2, 0, Q_a_hn},
    [Q_n] = {PANEL, HIDDEN_SIZE, 1, 3, 0, Q_a_hn},
    [Q_keep_x] = {FIXED, ONE, 0, 0, 0, Q_keep_x},
    [Q_keep_h] = {FIXED, ONE, 0, 1, 0, Q_keep_h},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_d_h_m_] = {LOCAL, HIDDEN_SIZE, 0, 2, 0, Q_d_h_m_},
    [Q_d_x_m_] = {LOCAL, INPUT_SIZE, 0, 3, 0, Q_d_x_m_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_m_x] = {D_INPUT, INPUT_SIZE, 0, 1, 0, Q_d_m_x},
    [Q_d_m_h] = {D_INPUT, HIDDEN_SIZE, 0, 2, 0, Q_d_m_h},
    [Q_d_a_r] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_a_r},
    [Q_d_a_z] = {ROW, HIDDEN_SIZE, 1, 1, 0, Q_d_a_z},
    [Q_d_a_in] = {ROW, HIDDEN_SIZE, 1, 2, 0, Q_d_a_in},
    [Q_d_a_hn] = {ROW, HIDDEN_SIZE, 1, 3, 0, Q_d_a_hn},
    [Q_d_h] = {PANEL, HIDDEN_SIZE, 0, 0, 0, Q_d_h},
    [Q_d_bias_ih_0] = {SUM, HIDDEN_SIZE, 0, 0, 0, Q_d_bias_ih_0},
    [Q_d_bias_ih_1] = {SUM, HIDDEN_SIZE, 0, 1, 0, Q_d_bias_ih_1},
    [Q_d_bias_ih_2] = {SUM, HIDDEN_SIZE, 0, 2, 0, Q_d_bias_ih_2},
    [Q_d_bias_hh_2] = {SUM, HIDDEN_SIZE, 0, 3, 0, Q_d_bias_hh_2},
};

/* Stage 1 of a time step, panels of inputs. */
static void step_1_inputs(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long row = 0; row < rows; row++) {
        for (long panel = first; panel < end; panel++) {
            fetch(Q_m_x);
            fetch(Q_x);
            const vec keep_x = fixed(Q_keep_x);
            const vec m_x = get(Q_m_x);
            const vec x = get(Q_x);
            const vec x_m = m_x / keep_x * x;
            put(Q_x_m, x_m);
        }
    }
    (void)keep;
}

/* Stage 1 of a time step, panels of units. */
static void step_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long row = 0; row < rows; row++) {
        for (long panel = first; panel < end; panel++) {
            fetch(Q_m_h);
            const vec keep_h = fixed(Q_keep_h);
            const vec m_h = get(Q_m_h);
            const vec h_prev = get(Q_h_prev);
            const vec h_m = m_h / keep_h * h_prev;
            put(Q_h_m, h_m);
        }
    }
    (void)keep;
}

/* Stage 2 of a time step, panels of units. */
static void step_2(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec h_prev = get(Q_h_prev);
            const vec a_ir = get(Q_a_ir_);
            const vec a_iz = get(Q_a_iz_);
            const vec a_in = get(Q_a_in_);
            const vec a_hr = get(Q_a_hr_);
            const vec a_hz = get(Q_a_hz_);
            const vec a_hn = get(Q_a_hn_);
            const vec r = vsigmoid(a_ir + a_hr);
            const vec z = vsigmoid(a_iz + a_hz);
            const vec n = vtanh(a_in + r * a_hn);
            const vec h = (R(1) - z) * n + z * h_prev;
            put(Q_h, h);
            if (keep) {
                put(Q_a_hn, a_hn);
                put(Q_r, r);
                put(Q_z, z);
                put(Q_n, n);
            }
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of units. */
static void back_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        vec d_bias_ih_0 = splat(0);
        vec d_bias_ih_1 = splat(0);
        vec d_bias_ih_2 = splat(0);
        vec d_bias_hh_2 = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_h_later = get(Q_d_h_later);
            const vec d_y = get(Q_d_y);
            const vec z = get(Q_z);
            const vec n = get(Q_n);
            const vec r = get(Q_r);
            const vec h_prev = get(Q_h_prev);
            const vec a_hn = get(Q_a_hn);
            const vec d_h = d_h_later + d_y;
            const vec d_a_in = d_h * (R(1) - z) * (R(1) - power(n, 2));
            const vec d_a_hn = d_a_in * r;
            const vec d_a_z = z * (R(1) - z) * d_h * (h_prev - n);
            const vec d_a_r = r * (R(1) - r) * d_a_in * a_hn;
            const vec d_m_h = splat(R(0));
            d_bias_ih_0 += d_a_r;
            d_bias_ih_1 += d_a_z;
            d_bias_ih_2 += d_a_in;
            d_bias_hh_2 += d_a_hn;
            put(Q_d_h, d_h);
            put(Q_d_a_in, d_a_in);
            put(Q_d_a_hn, d_a_hn);
            put(Q_d_a_z, d_a_z);
            put(Q_d_a_r, d_a_r);
            put(Q_d_m_h, d_m_h);
        }
        add(Q_d_bias_ih_0, d_bias_ih_0);
        add(Q_d_bias_ih_1, d_bias_ih_1);
        add(Q_d_bias_ih_2, d_bias_ih_2);
        add(Q_d_bias_hh_2, d_bias_hh_2);
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of inputs. */
static void back_1_inputs(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long row = 0; row < rows; row++) {
        for (long panel = first; panel < end; panel++) {
            const vec d_m_x = splat(R(0));
            put(Q_d_m_x, d_m_x);
        }
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of units. */
static void back_2(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec keep_h = fixed(Q_keep_h);
        for (long row = 0; row < rows; row++) {
            const vec m_h = get(Q_m_h);
            const vec d_h = get(Q_d_h);
            const vec z = get(Q_z);
            const vec d_h_m = get(Q_d_h_m_);
            const vec d_h_prev = d_h_m / keep_h * m_h + d_h * z;
            put(Q_d_h_prev, d_h_prev);
        }
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of inputs. */
static void back_2_inputs(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec keep_x = fixed(Q_keep_x);
        for (long row = 0; row < rows; row++) {
            const vec m_x = get(Q_m_x);
            const vec d_x_m = get(Q_d_x_m_);
            const vec d_x = d_x_m / keep_x * m_x;
            put(Q_d_x, d_x);
        }
    }
    (void)keep;
}

static const State states[] = {
    {HIDDEN_SIZE, 1, 1},
};

static const unsigned char inputs[] = {
    INPUT_SIZE,
    INPUT_SIZE,
    HIDDEN_SIZE,
};

static const Tensor tensors[] = {
    {"weight_ih", HIDDEN_SIZE, INPUT_SIZE, ONE, 3, 0, 0},
    {"bias_ih", HIDDEN_SIZE, ONE, ONE, 3, 0, 0},
    {"weight_hh", HIDDEN_SIZE, HIDDEN_SIZE, ONE, 3, 0, 0},
    {"bias_hh", HIDDEN_SIZE, ONE, ONE, 3, 0, 0},
};

static const char *const constants[] = {
    "keep_x",
    "keep_h",
};

static const Pack packs[] = {
    {0, 0, 3, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {2, 0, 3, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {2, 0, 3, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {0, 0, 3, 1, 0, INPUT_SIZE, HIDDEN_SIZE},
};

static const Buffer buffers[] = {
    {HIDDEN_SIZE, 0, 3},
    {HIDDEN_SIZE, 0, 3},
    {HIDDEN_SIZE, 0, 1},
    {INPUT_SIZE, 0, 1},
};

static const Fixed sources[] = {
    {OF_CONSTANT, ONE, 0, 0},
    {OF_CONSTANT, ONE, 1, 0},
};

static const Bias biases[] = {
    {HIDDEN_SIZE, 3, 1, (const Summand[]){{1, 0}}},
    {HIDDEN_SIZE, 3, 1, (const Summand[]){{3, 0}}},
};

static const Product input_products[] = {
    {0},
};

static const Outer outers[] = {
    {0, 0, 3, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_a_r, Q_x_m}}},
    {2, 0, 2, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_r, Q_h_m}}},
    {2, 2, 1, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_hn, Q_h_m}}},
};

static const Total totals[] = {
    {1, 0, 0, HIDDEN_SIZE, 0, 0},
    {1, 1, 1, HIDDEN_SIZE, 0, 0},
    {1, 2, 2, HIDDEN_SIZE, 0, 0},
    {3, 0, 0, HIDDEN_SIZE, 0, 0},
    {3, 1, 1, HIDDEN_SIZE, 0, 0},
    {3, 2, 3, HIDDEN_SIZE, 0, 0},
};

static const Group parameter_groups[] = {
    {0},
};

static const Stage forward[] = {
    {0, 2, 0, (const Group[]){{INPUT_SIZE, 0, 0, 0, 0, 0, step_1_inputs}, {HIDDEN_SIZE, 0, 0, 0, 0, 0, step_1}}},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 2, 2, (const Product[]){{0, 0, 0, 0, 1, (const short[]){Q_x_m}}, {1, 1, 1, 0, 1, (const short[]){Q_h_m}}}, (const short[]){Q_a_ir_, Q_a_hr_}, step_2}}},
};

static const Stage backward[] = {
    {0, 2, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}, {INPUT_SIZE, 0, 0, 0, 0, 0, back_1_inputs}}},
    {0, 2, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{2, 2, -1, 0, 3, (const short[]){Q_d_a_r, Q_d_a_z, Q_d_a_hn}}}, (const short[]){Q_d_h_m_}, back_2}, {INPUT_SIZE, 0, 1, 1, (const Product[]){{3, 3, -1, 0, 3, (const short[]){Q_d_a_r, Q_d_a_z, Q_d_a_in}}}, (const short[]){Q_d_x_m_}, back_2_inputs}}},
};

static const char *const sizes[] = {
    0,
};

const Cell derive_cell = {
    .name = "variational_gru",
    .quantities = 36,
    .forward_quantities = 19,
    .states = 1,
    .inputs = 3,
    .axes = 4,
    .tensors = 4,
    .constants = 2,
    .packs = 4,
    .buffers = 4,
    .fixed = 2,
    .biases = 2,
    .early = 0,
    .outers = 3,
    .totals = 6,
    .sums = 4,
    .reads_input = 1,
    .waits = 0,
    .parameter_groups = 0,
    .forward_stages = 2,
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
