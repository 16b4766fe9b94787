/* Of ran.py as it was written, SHA-256 c5b28a0128105cc9f8c209566e22103863da4b04d1aad54238f252d4b588446a */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * Recurrent additive network. One time step:
 *
 *     c̃ₜ = W_ic_tilde xₜ
 *     iₜ = σ(W_ii xₜ + W_hi hₜ₋₁ + b_i)
 *     fₜ = σ(W_if xₜ + W_hf hₜ₋₁ + b_f)
 *     cₜ = iₜ ⊙ c̃ₜ + fₜ ⊙ cₜ₋₁
 *     hₜ = tanh(cₜ)
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_c_tilde_,
    Q_a_ii_,
    Q_a_if_,
    Q_a_hi_,
    Q_a_hf_,
    Q_x,
    Q_h_prev,
    Q_c_prev,
    Q_h,
    Q_c,
    Q_c_tilde,
    Q_i,
    Q_f,
    Q_d_h_later,
    Q_d_y,
    Q_d_c_later,
    Q_d_h_prev_,
    Q_d_x_,
    Q_d_h_prev,
    Q_d_c_prev,
    Q_d_x,
    Q_d_c_tilde,
    Q_d_a_i,
    Q_d_a_f,
    Q_d_bias_0,
    Q_d_bias_1
};

static const Quantity quantities[] = {
    [Q_c_tilde_] = {EARLY, HIDDEN_SIZE, 0, 0, 0, Q_c_tilde_},
    [Q_a_ii_] = {EARLY, HIDDEN_SIZE, 0, 0, 1, Q_c_tilde_},
    [Q_a_if_] = {EARLY, HIDDEN_SIZE, 0, 0, 2, Q_c_tilde_},
    [Q_a_hi_] = {LOCAL, HIDDEN_SIZE, 0, 1, 0, Q_a_hi_},
    [Q_a_hf_] = {LOCAL, HIDDEN_SIZE, 0, 1, 1, Q_a_hi_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_h_prev] = {BEFORE, HIDDEN_SIZE, 0, 0, 0, Q_h_prev},
    [Q_c_prev] = {BEFORE, HIDDEN_SIZE, 0, 1, 0, Q_c_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_c] = {AFTER, HIDDEN_SIZE, 0, 1, 0, Q_c},
    [Q_c_tilde] = {PANEL, HIDDEN_SIZE, 1, 0, 0, Q_c_tilde},
    [Q_i] = {PANEL, HIDDEN_SIZE, 1, 1, 0, Q_c_tilde},
    [Q_f] = {PANEL, HIDDEN_SIZE, 1, 2, 0, Q_c_tilde},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_d_c_later] = {LATER, HIDDEN_SIZE, 0, 1, 0, Q_d_c_later},
    [Q_d_h_prev_] = {LOCAL, HIDDEN_SIZE, 0, 2, 0, Q_d_h_prev_},
    [Q_d_x_] = {LOCAL, INPUT_SIZE, 0, 3, 0, Q_d_x_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_c_prev] = {EARLIER, HIDDEN_SIZE, 0, 1, 0, Q_d_c_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_c_tilde] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_c_tilde},
    [Q_d_a_i] = {ROW, HIDDEN_SIZE, 1, 1, 0, Q_d_a_i},
    [Q_d_a_f] = {ROW, HIDDEN_SIZE, 1, 2, 0, Q_d_a_f},
    [Q_d_bias_0] = {SUM, HIDDEN_SIZE, 0, 0, 0, Q_d_bias_0},
    [Q_d_bias_1] = {SUM, HIDDEN_SIZE, 0, 1, 0, Q_d_bias_1},
};

/* Stage 1 of a time step, panels of units. */
static void step_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec c_prev = get(Q_c_prev);
            const vec c_tilde = get(Q_c_tilde_);
            const vec a_ii = get(Q_a_ii_);
            const vec a_if = get(Q_a_if_);
            const vec a_hi = get(Q_a_hi_);
            const vec a_hf = get(Q_a_hf_);
            const vec i = vsigmoid(a_ii + a_hi);
            const vec f = vsigmoid(a_if + a_hf);
            const vec c = i * c_tilde + f * c_prev;
            const vec h = vtanh(c);
            put(Q_c, c);
            put(Q_h, h);
            if (keep) {
                put(Q_c_tilde, c_tilde);
                put(Q_i, i);
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
        vec d_bias_0 = splat(0);
        vec d_bias_1 = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_h_later = get(Q_d_h_later);
            const vec d_y = get(Q_d_y);
            const vec h = get(Q_h);
            const vec f = get(Q_f);
            const vec c_prev = get(Q_c_prev);
            const vec i = get(Q_i);
            const vec c_tilde = get(Q_c_tilde);
            const vec d_h = d_h_later + d_y;
            const vec d_c_next = get(Q_d_c_later);
            const vec d_c = d_c_next + d_h * (R(1) - power(h, 2));
            const vec d_a_f = f * (R(1) - f) * d_c * c_prev;
            const vec d_a_i = i * (R(1) - i) * d_c * c_tilde;
            const vec d_c_tilde = d_c * i;
            const vec d_c_prev = d_c * f;
            d_bias_0 += d_a_i;
            d_bias_1 += d_a_f;
            put(Q_d_a_f, d_a_f);
            put(Q_d_a_i, d_a_i);
            put(Q_d_c_tilde, d_c_tilde);
            put(Q_d_c_prev, d_c_prev);
        }
        add(Q_d_bias_0, d_bias_0);
        add(Q_d_bias_1, d_bias_1);
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of units. */
static void back_2(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_h_prev = get(Q_d_h_prev_);
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
    {HIDDEN_SIZE, 1, 1},
    {HIDDEN_SIZE, 0},
};

static const unsigned char inputs[] = {
    INPUT_SIZE,
};

static const Tensor tensors[] = {
    {"weight_ih", HIDDEN_SIZE, INPUT_SIZE, ONE, 3, 0, 0},
    {"weight_hh", HIDDEN_SIZE, HIDDEN_SIZE, ONE, 2, 0, 0},
    {"bias", HIDDEN_SIZE, ONE, ONE, 2, 0, 0},
};

static const char *const constants[] = {
    0,
};

static const Pack packs[] = {
    {0, 0, 3, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {1, 0, 2, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {1, 0, 2, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {0, 0, 3, 1, 0, INPUT_SIZE, HIDDEN_SIZE},
};

static const Buffer buffers[] = {
    {HIDDEN_SIZE, 1, 3},
    {HIDDEN_SIZE, 0, 2},
    {HIDDEN_SIZE, 0, 1},
    {INPUT_SIZE, 0, 1},
};

static const Fixed sources[] = {
    {0},
};

static const Bias biases[] = {
    {HIDDEN_SIZE, 2, 1, (const Summand[]){{2, 0}}},
};

static const Product input_products[] = {
    {0, 0, -1, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 3, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_c_tilde, Q_x}}},
    {1, 0, 2, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_i, Q_h_prev}}},
};

static const Total totals[] = {
    {2, 0, 0, HIDDEN_SIZE, 0, 0},
    {2, 1, 1, HIDDEN_SIZE, 0, 0},
};

static const Group parameter_groups[] = {
    {0},
};

static const Stage forward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 2, (const Product[]){{1, 1, 0, 0, 1, (const short[]){Q_h_prev}}}, (const short[]){Q_c_tilde_, Q_a_hi_}, step_1}}},
};

static const Stage backward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}}},
    {0, 2, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{2, 2, -1, 0, 2, (const short[]){Q_d_a_i, Q_d_a_f}}}, (const short[]){Q_d_h_prev_}, back_2}, {INPUT_SIZE, 1, 1, 1, (const Product[]){{3, 3, -1, 0, 3, (const short[]){Q_d_c_tilde, Q_d_a_i, Q_d_a_f}}}, (const short[]){Q_d_x_}, back_2_inputs}}},
};

static const char *const sizes[] = {
    0,
};

const Cell derive_cell = {
    .name = "ran",
    .quantities = 26,
    .forward_quantities = 13,
    .states = 2,
    .inputs = 1,
    .axes = 4,
    .tensors = 3,
    .constants = 0,
    .packs = 4,
    .buffers = 4,
    .fixed = 0,
    .biases = 1,
    .early = 1,
    .outers = 2,
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
