/* Of mut1.py as it was written, SHA-256 0528623a1a4ec2a973756f5064104487ae23fcf126d3ea029d9315ce8ff99288 */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * MUT1. One time step:
 *
 *      zₜ = σ(W_iz xₜ + b_iz)
 *      rₜ = σ(W_ir xₜ + W_hr hₜ₋₁ + b_r)
 *     rhₜ = rₜ ⊙ hₜ₋₁
 *      nₜ = tanh(W_hn rhₜ + b_hn + tanh(W_in xₜ))
 *      hₜ = nₜ ⊙ zₜ + hₜ₋₁ ⊙ (1 − zₜ)
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_a_z_,
    Q_a_ir_,
    Q_a_in_,
    Q_a_hr_,
    Q_a_hn_,
    Q_x,
    Q_h_prev,
    Q_h,
    Q_z,
    Q_tanh_a_in,
    Q_r,
    Q_rh,
    Q_n,
    Q_d_h_later,
    Q_d_y,
    Q_d_rh_,
    Q_a_50_,
    Q_d_x_,
    Q_d_h_prev,
    Q_d_x,
    Q_d_a_z,
    Q_d_a_r,
    Q_d_a_in,
    Q_d_a_hn,
    Q_d_h,
    Q_d_rh,
    Q_d_bias_ih,
    Q_d_bias_hh,
    Q_d_bias
};

static const Quantity quantities[] = {
    [Q_a_z_] = {EARLY, HIDDEN_SIZE, 0, 0, 0, Q_a_z_},
    [Q_a_ir_] = {EARLY, HIDDEN_SIZE, 0, 1, 0, Q_a_ir_},
    [Q_a_in_] = {EARLY, HIDDEN_SIZE, 0, 1, 1, Q_a_ir_},
    [Q_a_hr_] = {LOCAL, HIDDEN_SIZE, 0, 2, 0, Q_a_hr_},
    [Q_a_hn_] = {LOCAL, HIDDEN_SIZE, 0, 3, 0, Q_a_hn_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_h_prev] = {BEFORE, HIDDEN_SIZE, 0, 0, 0, Q_h_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_z] = {PANEL, HIDDEN_SIZE, 1, 0, 0, Q_z},
    [Q_tanh_a_in] = {PANEL, HIDDEN_SIZE, 1, 1, 0, Q_z},
    [Q_r] = {PANEL, HIDDEN_SIZE, 1, 2, 0, Q_z},
    [Q_rh] = {ROW, HIDDEN_SIZE, 1, 4, 0, Q_rh},
    [Q_n] = {PANEL, HIDDEN_SIZE, 1, 3, 0, Q_z},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_d_rh_] = {LOCAL, HIDDEN_SIZE, 0, 4, 0, Q_d_rh_},
    [Q_a_50_] = {LOCAL, HIDDEN_SIZE, 0, 5, 0, Q_a_50_},
    [Q_d_x_] = {LOCAL, INPUT_SIZE, 0, 6, 0, Q_d_x_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_a_z] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_a_z},
    [Q_d_a_r] = {ROW, HIDDEN_SIZE, 1, 1, 0, Q_d_a_r},
    [Q_d_a_in] = {ROW, HIDDEN_SIZE, 1, 2, 0, Q_d_a_in},
    [Q_d_a_hn] = {ROW, HIDDEN_SIZE, 1, 3, 0, Q_d_a_hn},
    [Q_d_h] = {PANEL, HIDDEN_SIZE, 0, 0, 0, Q_d_h},
    [Q_d_rh] = {PANEL, HIDDEN_SIZE, 0, 1, 0, Q_d_h},
    [Q_d_bias_ih] = {SUM, HIDDEN_SIZE, 0, 0, 0, Q_d_bias_ih},
    [Q_d_bias_hh] = {SUM, HIDDEN_SIZE, 0, 1, 0, Q_d_bias_hh},
    [Q_d_bias] = {SUM, HIDDEN_SIZE, 0, 2, 0, Q_d_bias},
};

/* Stage 1 of a time step, panels of units. */
static void step_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec h_prev = get(Q_h_prev);
            const vec a_z = get(Q_a_z_);
            const vec z = vsigmoid(a_z);
            const vec a_ir = get(Q_a_ir_);
            const vec a_in = get(Q_a_in_);
            const vec tanh_a_in = vtanh(a_in);
            const vec a_hr = get(Q_a_hr_);
            const vec r = vsigmoid(a_ir + a_hr);
            const vec rh = r * h_prev;
            put(Q_z, z);
            put(Q_tanh_a_in, tanh_a_in);
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
            const vec tanh_a_in = get(Q_tanh_a_in);
            const vec z = get(Q_z);
            const vec h_prev = get(Q_h_prev);
            const vec a_hn = get(Q_a_hn_);
            const vec n = vtanh(a_hn + tanh_a_in);
            const vec h = n * z + h_prev * (R(1) - z);
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
        vec d_bias_ih = splat(0);
        vec d_bias_hh = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_h_later = get(Q_d_h_later);
            const vec d_y = get(Q_d_y);
            const vec z = get(Q_z);
            const vec n = get(Q_n);
            const vec tanh_a_in = get(Q_tanh_a_in);
            const vec h_prev = get(Q_h_prev);
            const vec d_h = d_h_later + d_y;
            const vec d_a_hn = d_h * z * (R(1) - power(n, 2));
            const vec d_a_in = d_a_hn * (R(1) - power(tanh_a_in, 2));
            const vec d_a_z = z * (R(1) - z) * d_h * (n - h_prev);
            d_bias_ih += d_a_z;
            d_bias_hh += d_a_hn;
            put(Q_d_h, d_h);
            put(Q_d_a_hn, d_a_hn);
            put(Q_d_a_in, d_a_in);
            put(Q_d_a_z, d_a_z);
        }
        add(Q_d_bias_ih, d_bias_ih);
        add(Q_d_bias_hh, d_bias_hh);
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of units. */
static void back_2(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        vec d_bias = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec r = get(Q_r);
            const vec h_prev = get(Q_h_prev);
            const vec d_rh = get(Q_d_rh_);
            const vec d_a_r = r * (R(1) - r) * d_rh * h_prev;
            d_bias += d_a_r;
            put(Q_d_rh, d_rh);
            put(Q_d_a_r, d_a_r);
        }
        add(Q_d_bias, d_bias);
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
            const vec a_50_ = get(Q_a_50_);
            const vec d_h_prev = d_rh * r + d_h * (R(1) - z) + a_50_;
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
    {"bias_ih", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
    {"weight_hh", HIDDEN_SIZE, HIDDEN_SIZE, ONE, 2, 0, 0},
    {"bias", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
    {"bias_hh", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
};

static const char *const constants[] = {
    0,
};

static const Pack packs[] = {
    {0, 0, 1, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {0, 1, 2, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {2, 0, 1, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {2, 1, 1, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {2, 1, 1, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {2, 0, 1, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {0, 0, 3, 1, 0, INPUT_SIZE, HIDDEN_SIZE},
};

static const Buffer buffers[] = {
    {HIDDEN_SIZE, 1, 1},
    {HIDDEN_SIZE, 1, 2},
    {HIDDEN_SIZE, 0, 1},
    {HIDDEN_SIZE, 0, 1},
    {HIDDEN_SIZE, 0, 1},
    {HIDDEN_SIZE, 0, 1},
    {INPUT_SIZE, 0, 1},
};

static const Fixed sources[] = {
    {0},
};

static const Bias biases[] = {
    {HIDDEN_SIZE, 1, 1, (const Summand[]){{1, 0}}},
    {HIDDEN_SIZE, 1, 1, (const Summand[]){{3, 0}}},
    {HIDDEN_SIZE, 1, 1, (const Summand[]){{4, 0}}},
};

static const Product input_products[] = {
    {0, 0, 0, 0, 1, (const short[]){Q_x}},
    {1, 1, -1, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 3, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_a_z, Q_x}}},
    {2, 0, 1, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_r, Q_h_prev}}},
    {2, 1, 1, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_hn, Q_rh}}},
};

static const Total totals[] = {
    {1, 0, 0, HIDDEN_SIZE, 0, 0},
    {3, 0, 2, HIDDEN_SIZE, 0, 0},
    {4, 0, 1, HIDDEN_SIZE, 0, 0},
};

static const Group parameter_groups[] = {
    {0},
};

static const Stage forward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 3, (const Product[]){{2, 2, 1, 0, 1, (const short[]){Q_h_prev}}}, (const short[]){Q_a_z_, Q_a_ir_, Q_a_hr_}, step_1}}},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{3, 3, 2, 0, 1, (const short[]){Q_rh}}}, (const short[]){Q_a_hn_}, step_2}}},
};

static const Stage backward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}}},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{4, 4, -1, 0, 1, (const short[]){Q_d_a_hn}}}, (const short[]){Q_d_rh_}, back_2}}},
    {0, 2, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{5, 5, -1, 0, 1, (const short[]){Q_d_a_r}}}, (const short[]){Q_a_50_}, back_3}, {INPUT_SIZE, 1, 1, 1, (const Product[]){{6, 6, -1, 0, 3, (const short[]){Q_d_a_z, Q_d_a_r, Q_d_a_in}}}, (const short[]){Q_d_x_}, back_3_inputs}}},
};

static const char *const sizes[] = {
    0,
};

const Cell derive_cell = {
    .name = "mut1",
    .quantities = 29,
    .forward_quantities = 13,
    .states = 1,
    .inputs = 1,
    .axes = 4,
    .tensors = 5,
    .constants = 0,
    .packs = 7,
    .buffers = 7,
    .fixed = 0,
    .biases = 3,
    .early = 2,
    .outers = 3,
    .totals = 3,
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
