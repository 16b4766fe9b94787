/* Of gru_reset_before.py as it was written, SHA-256 9c5633a6652aebaf59796b9bb559cff112eb5b220986bd6ef8894e8ef3c41039 */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * Gated recurrent unit, reset before. One time step:
 *
 *      rₜ = σ(W_ir xₜ + b_ir + W_hr hₜ₋₁ + b_hr)
 *      zₜ = σ(W_iz xₜ + b_iz + W_hz hₜ₋₁ + b_hz)
 *     rhₜ = rₜ ⊙ hₜ₋₁
 *      nₜ = tanh(W_in xₜ + b_in + W_hn rhₜ + b_hn)
 *      hₜ = (1 − zₜ) ⊙ nₜ + zₜ ⊙ hₜ₋₁
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
    Q_h_prev,
    Q_h,
    Q_a_in,
    Q_r,
    Q_z,
    Q_rh,
    Q_n,
    Q_d_h_later,
    Q_d_y,
    Q_d_rh_,
    Q_a_56_,
    Q_d_x_,
    Q_d_h_prev,
    Q_d_x,
    Q_d_a_r,
    Q_d_a_z,
    Q_d_a_n,
    Q_d_h,
    Q_d_rh,
    Q_d_bias_ih_1,
    Q_d_bias_ih_2,
    Q_d_bias_ih_0
};

static const Quantity quantities[] = {
    [Q_a_ir_] = {EARLY, HIDDEN_SIZE, 0, 0, 0, Q_a_ir_},
    [Q_a_iz_] = {EARLY, HIDDEN_SIZE, 0, 0, 1, Q_a_ir_},
    [Q_a_in_] = {EARLY, HIDDEN_SIZE, 0, 0, 2, Q_a_ir_},
    [Q_a_hr_] = {LOCAL, HIDDEN_SIZE, 0, 1, 0, Q_a_hr_},
    [Q_a_hz_] = {LOCAL, HIDDEN_SIZE, 0, 1, 1, Q_a_hr_},
    [Q_a_hn_] = {LOCAL, HIDDEN_SIZE, 0, 2, 0, Q_a_hn_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_h_prev] = {BEFORE, HIDDEN_SIZE, 0, 0, 0, Q_h_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_a_in] = {PANEL, HIDDEN_SIZE, 0, 0, 0, Q_a_in},
    [Q_r] = {PANEL, HIDDEN_SIZE, 1, 0, 0, Q_r},
    [Q_z] = {PANEL, HIDDEN_SIZE, 1, 1, 0, Q_r},
    [Q_rh] = {ROW, HIDDEN_SIZE, 1, 3, 0, Q_rh},
    [Q_n] = {PANEL, HIDDEN_SIZE, 1, 2, 0, Q_r},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_d_rh_] = {LOCAL, HIDDEN_SIZE, 0, 3, 0, Q_d_rh_},
    [Q_a_56_] = {LOCAL, HIDDEN_SIZE, 0, 4, 0, Q_a_56_},
    [Q_d_x_] = {LOCAL, INPUT_SIZE, 0, 5, 0, Q_d_x_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_a_r] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_a_r},
    [Q_d_a_z] = {ROW, HIDDEN_SIZE, 1, 1, 0, Q_d_a_z},
    [Q_d_a_n] = {ROW, HIDDEN_SIZE, 1, 2, 0, Q_d_a_n},
    [Q_d_h] = {PANEL, HIDDEN_SIZE, 0, 1, 0, Q_a_in},
    [Q_d_rh] = {PANEL, HIDDEN_SIZE, 0, 2, 0, Q_a_in},
    [Q_d_bias_ih_1] = {SUM, HIDDEN_SIZE, 0, 0, 0, Q_d_bias_ih_1},
    [Q_d_bias_ih_2] = {SUM, HIDDEN_SIZE, 0, 1, 0, Q_d_bias_ih_2},
    [Q_d_bias_ih_0] = {SUM, HIDDEN_SIZE, 0, 2, 0, Q_d_bias_ih_0},
};

/* Stage 1 of a time step, panels of units. */
static void step_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec h_prev = get(Q_h_prev);
            const vec a_ir = get(Q_a_ir_);
            const vec a_iz = get(Q_a_iz_);
            const vec a_in = get(Q_a_in_);
            const vec a_hr = get(Q_a_hr_);
            const vec a_hz = get(Q_a_hz_);
            const vec r = vsigmoid(a_ir + a_hr);
            const vec z = vsigmoid(a_iz + a_hz);
            const vec rh = r * h_prev;
            put(Q_a_in, a_in);
            put(Q_z, z);
            put(Q_rh, rh);
            if (keep) {
                put(Q_r, r);
            }
        }
    }
    (void)keep;
}

/* Stage 2 of a time step, panels of units. */
static void step_2(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_in = get(Q_a_in);
            const vec z = get(Q_z);
            const vec h_prev = get(Q_h_prev);
            const vec a_hn = get(Q_a_hn_);
            const vec n = vtanh(a_in + a_hn);
            const vec h = (R(1) - z) * n + z * h_prev;
            put(Q_h, h);
            if (keep) {
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
        vec d_bias_ih_1 = splat(0);
        vec d_bias_ih_2 = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_h_later = get(Q_d_h_later);
            const vec d_y = get(Q_d_y);
            const vec z = get(Q_z);
            const vec n = get(Q_n);
            const vec h_prev = get(Q_h_prev);
            const vec d_h = d_h_later + d_y;
            const vec d_a_n = d_h * (R(1) - z) * (R(1) - power(n, 2));
            const vec d_a_z = z * (R(1) - z) * d_h * (h_prev - n);
            d_bias_ih_1 += d_a_z;
            d_bias_ih_2 += d_a_n;
            put(Q_d_h, d_h);
            put(Q_d_a_n, d_a_n);
            put(Q_d_a_z, d_a_z);
        }
        add(Q_d_bias_ih_1, d_bias_ih_1);
        add(Q_d_bias_ih_2, d_bias_ih_2);
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of units. */
static void back_2(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        vec d_bias_ih_0 = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec r = get(Q_r);
            const vec h_prev = get(Q_h_prev);
            const vec d_rh = get(Q_d_rh_);
            const vec d_a_r = r * (R(1) - r) * d_rh * h_prev;
            d_bias_ih_0 += d_a_r;
            put(Q_d_rh, d_rh);
            put(Q_d_a_r, d_a_r);
        }
        add(Q_d_bias_ih_0, d_bias_ih_0);
    }
    (void)keep;
}

/* Stage 3 of a time step backwards, panels of units. */
static void back_3(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_rh = get(Q_d_rh);
            const vec r = get(Q_r);
            const vec d_h = get(Q_d_h);
            const vec z = get(Q_z);
            const vec a_56_ = get(Q_a_56_);
            const vec d_h_prev = d_rh * r + d_h * z + a_56_;
            put(Q_d_h_prev, d_h_prev);
        }
    }
    (void)keep;
}

/* Stage 3 of a time step backwards, panels of inputs. */
static void back_3_inputs(const At *restrict at, long first, long end, long rows, int keep)
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
    {HIDDEN_SIZE, 1, 1},
};

static const unsigned char inputs[] = {
    INPUT_SIZE,
};

static const Tensor tensors[] = {
    {"weight_ih", HIDDEN_SIZE, INPUT_SIZE, ONE, 3, 0, 0},
    {"bias_ih", HIDDEN_SIZE, ONE, ONE, 3, 0, 0},
    {"weight_hh", HIDDEN_SIZE, HIDDEN_SIZE, ONE, 3, 0, 0},
    {"bias_hh", HIDDEN_SIZE, ONE, ONE, 3, 0, 0},
};

static const char *const constants[] = {
    0,
};

static const Pack packs[] = {
    {0, 0, 3, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {2, 0, 2, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {2, 2, 1, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {2, 2, 1, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {2, 0, 2, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {0, 0, 3, 1, 0, INPUT_SIZE, HIDDEN_SIZE},
};

static const Buffer buffers[] = {
    {HIDDEN_SIZE, 1, 3},
    {HIDDEN_SIZE, 0, 2},
    {HIDDEN_SIZE, 0, 1},
    {HIDDEN_SIZE, 0, 1},
    {HIDDEN_SIZE, 0, 1},
    {INPUT_SIZE, 0, 1},
};

static const Fixed sources[] = {
    {0},
};

static const Bias biases[] = {
    {HIDDEN_SIZE, 3, 2, (const Summand[]){{1, 0}, {3, 0}}},
};

static const Product input_products[] = {
    {0, 0, 0, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 3, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_a_r, Q_x}}},
    {2, 0, 2, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_r, Q_h_prev}}},
    {2, 2, 1, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_n, Q_rh}}},
};

static const Total totals[] = {
    {1, 0, 2, HIDDEN_SIZE, 0, 0},
    {1, 1, 0, HIDDEN_SIZE, 0, 0},
    {1, 2, 1, HIDDEN_SIZE, 0, 0},
    {3, 0, 2, HIDDEN_SIZE, 0, 0},
    {3, 1, 0, HIDDEN_SIZE, 0, 0},
    {3, 2, 1, HIDDEN_SIZE, 0, 0},
};

static const Group parameter_groups[] = {
    {0},
};

static const Stage forward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 2, (const Product[]){{1, 1, -1, 0, 1, (const short[]){Q_h_prev}}}, (const short[]){Q_a_ir_, Q_a_hr_}, step_1}}},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{2, 2, -1, 0, 1, (const short[]){Q_rh}}}, (const short[]){Q_a_hn_}, step_2}}},
};

static const Stage backward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}}},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{3, 3, -1, 0, 1, (const short[]){Q_d_a_n}}}, (const short[]){Q_d_rh_}, back_2}}},
    {0, 2, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{4, 4, -1, 0, 2, (const short[]){Q_d_a_r, Q_d_a_z}}}, (const short[]){Q_a_56_}, back_3}, {INPUT_SIZE, 1, 1, 1, (const Product[]){{5, 5, -1, 0, 3, (const short[]){Q_d_a_r, Q_d_a_z, Q_d_a_n}}}, (const short[]){Q_d_x_}, back_3_inputs}}},
};

static const char *const sizes[] = {
    0,
};

const Cell derive_cell = {
    .name = "gru_reset_before",
    .quantities = 29,
    .forward_quantities = 14,
    .states = 1,
    .inputs = 1,
    .axes = 4,
    .tensors = 4,
    .constants = 0,
    .packs = 6,
    .buffers = 6,
    .fixed = 0,
    .biases = 1,
    .early = 1,
    .outers = 3,
    .totals = 6,
    .sums = 3,
    .reads_input = 0,
    .waits = 0,
    .parameter_groups = 0,
    .forward_stages = 2,
    .backward_stages = 3,
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
