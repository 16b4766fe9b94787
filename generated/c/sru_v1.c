/* Of sru_v1.py as it was written, SHA-256 ceb66d9a3111c2afe4c6a114ee61c50ac04300e91b6bb50a6f332526b276c2cb */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * Simple recurrent unit, first version. One time step:
 *
 *     fₜ = σ(W_if xₜ + b_if)
 *     rₜ = σ(W_ir xₜ + b_ir)
 *     cₜ = fₜ ⊙ cₜ₋₁ + (1 − fₜ) ⊙ (W_ic xₜ)
 *     hₜ = rₜ ⊙ tanh(cₜ) + (1 − rₜ) ⊙ (W_ih xₜ)
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_a_f_,
    Q_a_r_,
    Q_a_c_,
    Q_a_h_,
    Q_x,
    Q_c_prev,
    Q_h,
    Q_c,
    Q_f,
    Q_r,
    Q_a_c,
    Q_a_h,
    Q_tanh_c,
    Q_d_h_later,
    Q_d_y,
    Q_d_c_later,
    Q_d_x_,
    Q_d_h_prev,
    Q_d_c_prev,
    Q_d_x,
    Q_d_a_f,
    Q_d_a_r,
    Q_d_a_c,
    Q_d_a_h,
    Q_d_bias_ih_0,
    Q_d_bias_ih_1
};

static const Quantity quantities[] = {
    [Q_a_f_] = {EARLY, HIDDEN_SIZE, 0, 0, 0, Q_a_f_},
    [Q_a_r_] = {EARLY, HIDDEN_SIZE, 0, 0, 1, Q_a_f_},
    [Q_a_c_] = {EARLY, HIDDEN_SIZE, 0, 1, 0, Q_a_c_},
    [Q_a_h_] = {EARLY, HIDDEN_SIZE, 0, 1, 1, Q_a_c_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_c_prev] = {BEFORE, HIDDEN_SIZE, 0, 1, 0, Q_c_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_c] = {AFTER, HIDDEN_SIZE, 0, 1, 0, Q_c},
    [Q_f] = {PANEL, HIDDEN_SIZE, 1, 0, 0, Q_f},
    [Q_r] = {PANEL, HIDDEN_SIZE, 1, 1, 0, Q_f},
    [Q_a_c] = {PANEL, HIDDEN_SIZE, 1, 2, 0, Q_f},
    [Q_a_h] = {PANEL, HIDDEN_SIZE, 1, 3, 0, Q_f},
    [Q_tanh_c] = {PANEL, HIDDEN_SIZE, 1, 4, 0, Q_f},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_d_c_later] = {LATER, HIDDEN_SIZE, 0, 1, 0, Q_d_c_later},
    [Q_d_x_] = {LOCAL, INPUT_SIZE, 0, 2, 0, Q_d_x_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_c_prev] = {EARLIER, HIDDEN_SIZE, 0, 1, 0, Q_d_c_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_a_f] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_a_f},
    [Q_d_a_r] = {ROW, HIDDEN_SIZE, 1, 1, 0, Q_d_a_r},
    [Q_d_a_c] = {ROW, HIDDEN_SIZE, 1, 2, 0, Q_d_a_c},
    [Q_d_a_h] = {ROW, HIDDEN_SIZE, 1, 3, 0, Q_d_a_h},
    [Q_d_bias_ih_0] = {SUM, HIDDEN_SIZE, 0, 0, 0, Q_d_bias_ih_0},
    [Q_d_bias_ih_1] = {SUM, HIDDEN_SIZE, 0, 1, 0, Q_d_bias_ih_1},
};

/* Stage 1 of a time step, panels of units. */
static void step_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec c_prev = get(Q_c_prev);
            const vec a_f = get(Q_a_f_);
            const vec a_r = get(Q_a_r_);
            const vec f = vsigmoid(a_f);
            const vec r = vsigmoid(a_r);
            const vec a_c = get(Q_a_c_);
            const vec a_h = get(Q_a_h_);
            const vec c = f * c_prev + (R(1) - f) * a_c;
            const vec tanh_c = vtanh(c);
            const vec h = r * tanh_c + (R(1) - r) * a_h;
            put(Q_c, c);
            put(Q_h, h);
            if (keep) {
                put(Q_f, f);
                put(Q_r, r);
                put(Q_a_c, a_c);
                put(Q_a_h, a_h);
                put(Q_tanh_c, tanh_c);
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
        for (long row = 0; row < rows; row++) {
            const vec d_h_later = get(Q_d_h_later);
            const vec d_y = get(Q_d_y);
            const vec r = get(Q_r);
            const vec tanh_c = get(Q_tanh_c);
            const vec f = get(Q_f);
            const vec a_h = get(Q_a_h);
            const vec c_prev = get(Q_c_prev);
            const vec a_c = get(Q_a_c);
            const vec d_h = d_h_later + d_y;
            const vec d_c_next = get(Q_d_c_later);
            const vec d_a_h = d_h * (R(1) - r);
            const vec d_c = d_c_next + d_h * r * (R(1) - power(tanh_c, 2));
            const vec d_a_c = d_c * (R(1) - f);
            const vec d_a_r = r * (R(1) - r) * d_h * (tanh_c - a_h);
            const vec d_a_f = f * (R(1) - f) * d_c * (c_prev - a_c);
            const vec d_h_prev = splat(R(0));
            const vec d_c_prev = d_c * f;
            d_bias_ih_0 += d_a_f;
            d_bias_ih_1 += d_a_r;
            put(Q_d_a_h, d_a_h);
            put(Q_d_a_c, d_a_c);
            put(Q_d_a_r, d_a_r);
            put(Q_d_a_f, d_a_f);
            put(Q_d_h_prev, d_h_prev);
            put(Q_d_c_prev, d_c_prev);
        }
        add(Q_d_bias_ih_0, d_bias_ih_0);
        add(Q_d_bias_ih_1, d_bias_ih_1);
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
    {HIDDEN_SIZE, 0},
};

static const unsigned char inputs[] = {
    INPUT_SIZE,
};

static const Tensor tensors[] = {
    {"weight_ih", HIDDEN_SIZE, INPUT_SIZE, ONE, 4, 0, 0},
    {"bias_ih", HIDDEN_SIZE, ONE, ONE, 2, 0, 0},
};

static const char *const constants[] = {
    0,
};

static const Pack packs[] = {
    {0, 0, 2, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {0, 2, 2, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {0, 0, 4, 1, 0, INPUT_SIZE, HIDDEN_SIZE},
};

static const Buffer buffers[] = {
    {HIDDEN_SIZE, 1, 2},
    {HIDDEN_SIZE, 1, 2},
    {INPUT_SIZE, 0, 1},
};

static const Fixed sources[] = {
    {0},
};

static const Bias biases[] = {
    {HIDDEN_SIZE, 2, 1, (const Summand[]){{1, 0}}},
};

static const Product input_products[] = {
    {0, 0, 0, 0, 1, (const short[]){Q_x}},
    {1, 1, -1, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 4, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_a_f, Q_x}}},
};

static const Total totals[] = {
    {1, 0, 0, HIDDEN_SIZE, 0, 0},
    {1, 1, 1, HIDDEN_SIZE, 0, 0},
};

static const Group parameter_groups[] = {
    {0},
};

static const Stage forward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 2, 0, (const short[]){Q_a_f_, Q_a_c_}, step_1}}},
};

static const Stage backward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}}},
    {0, 1, 0, (const Group[]){{INPUT_SIZE, 1, 1, 1, (const Product[]){{2, 2, -1, 0, 4, (const short[]){Q_d_a_f, Q_d_a_r, Q_d_a_c, Q_d_a_h}}}, (const short[]){Q_d_x_}, back_2_inputs}}},
};

static const char *const sizes[] = {
    0,
};

const Cell derive_cell = {
    .name = "sru_v1",
    .quantities = 26,
    .forward_quantities = 13,
    .states = 2,
    .inputs = 1,
    .axes = 4,
    .tensors = 2,
    .constants = 0,
    .packs = 3,
    .buffers = 3,
    .fixed = 0,
    .biases = 1,
    .early = 2,
    .outers = 1,
    .totals = 2,
    .sums = 2,
    .reads_input = 0,
    .waits = 0,
    .parameter_groups = 0,
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
