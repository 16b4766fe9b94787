/* Of zoneout_lstm.py as it was written, SHA-256 fa6fa4004895848bc343a4ad1d01c80bee51bba435b088984b1fbace59012054 */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * LSTM with zoneout. One time step:
 *
 *     iₜ = σ(W_ii xₜ + b_ii + W_hi hₜ₋₁ + b_hi)
 *     fₜ = σ(W_if xₜ + b_if + W_hf hₜ₋₁ + b_hf)
 *     gₜ = tanh(W_ig xₜ + b_ig + W_hg hₜ₋₁ + b_hg)
 *     oₜ = σ(W_io xₜ + b_io + W_ho hₜ₋₁ + b_ho)
 *     ĉₜ = fₜ ⊙ cₜ₋₁ + iₜ ⊙ gₜ
 *     cₜ = k_cₜ ⊙ cₜ₋₁ + (1 − k_cₜ) ⊙ ĉₜ
 *     ĥₜ = oₜ ⊙ tanh(ĉₜ)
 *     hₜ = k_hₜ ⊙ hₜ₋₁ + (1 − k_hₜ) ⊙ ĥₜ
 *     k_cₜ ~ Bernoulli(z_c) at each step
 *     k_hₜ ~ Bernoulli(z_h) at each step
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_a_x_0_,
    Q_a_x_1_,
    Q_a_x_2_,
    Q_a_x_3_,
    Q_x,
    Q_k_c,
    Q_k_h,
    Q_h_prev,
    Q_c_prev,
    Q_h,
    Q_c,
    Q_i,
    Q_f,
    Q_g,
    Q_o,
    Q_tanh_c_hat,
    Q_d_h_later,
    Q_d_y,
    Q_d_c_later,
    Q_a_90_,
    Q_d_x_,
    Q_d_h_prev,
    Q_d_c_prev,
    Q_d_x,
    Q_d_k_c,
    Q_d_k_h,
    Q_d_a_i,
    Q_d_a_f,
    Q_d_a_g,
    Q_d_a_o,
    Q_d_h,
    Q_d_bias_ih_0,
    Q_d_bias_ih_1,
    Q_d_bias_ih_2,
    Q_d_bias_ih_3
};

static const Quantity quantities[] = {
    [Q_a_x_0_] = {EARLY, HIDDEN_SIZE, 0, 0, 0, Q_a_x_0_},
    [Q_a_x_1_] = {EARLY, HIDDEN_SIZE, 0, 0, 1, Q_a_x_0_},
    [Q_a_x_2_] = {EARLY, HIDDEN_SIZE, 0, 0, 2, Q_a_x_0_},
    [Q_a_x_3_] = {EARLY, HIDDEN_SIZE, 0, 0, 3, Q_a_x_0_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_k_c] = {INPUT, HIDDEN_SIZE, 0, 1, 0, Q_k_c},
    [Q_k_h] = {INPUT, HIDDEN_SIZE, 0, 2, 0, Q_k_h},
    [Q_h_prev] = {BEFORE, HIDDEN_SIZE, 0, 0, 0, Q_h_prev},
    [Q_c_prev] = {BEFORE, HIDDEN_SIZE, 0, 1, 0, Q_c_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_c] = {AFTER, HIDDEN_SIZE, 0, 1, 0, Q_c},
    [Q_i] = {PANEL, HIDDEN_SIZE, 1, 0, 0, Q_i},
    [Q_f] = {PANEL, HIDDEN_SIZE, 1, 1, 0, Q_i},
    [Q_g] = {PANEL, HIDDEN_SIZE, 1, 2, 0, Q_i},
    [Q_o] = {PANEL, HIDDEN_SIZE, 1, 3, 0, Q_i},
    [Q_tanh_c_hat] = {PANEL, HIDDEN_SIZE, 1, 4, 0, Q_i},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_d_c_later] = {LATER, HIDDEN_SIZE, 0, 1, 0, Q_d_c_later},
    [Q_a_90_] = {LOCAL, HIDDEN_SIZE, 0, 1, 0, Q_a_90_},
    [Q_d_x_] = {LOCAL, INPUT_SIZE, 0, 2, 0, Q_d_x_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_c_prev] = {EARLIER, HIDDEN_SIZE, 0, 1, 0, Q_d_c_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_k_c] = {D_INPUT, HIDDEN_SIZE, 0, 1, 0, Q_d_k_c},
    [Q_d_k_h] = {D_INPUT, HIDDEN_SIZE, 0, 2, 0, Q_d_k_h},
    [Q_d_a_i] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_a_i},
    [Q_d_a_f] = {ROW, HIDDEN_SIZE, 1, 1, 0, Q_d_a_f},
    [Q_d_a_g] = {ROW, HIDDEN_SIZE, 1, 2, 0, Q_d_a_g},
    [Q_d_a_o] = {ROW, HIDDEN_SIZE, 1, 3, 0, Q_d_a_o},
    [Q_d_h] = {PANEL, HIDDEN_SIZE, 0, 0, 0, Q_d_h},
    [Q_d_bias_ih_0] = {SUM, HIDDEN_SIZE, 0, 0, 0, Q_d_bias_ih_0},
    [Q_d_bias_ih_1] = {SUM, HIDDEN_SIZE, 0, 1, 0, Q_d_bias_ih_1},
    [Q_d_bias_ih_2] = {SUM, HIDDEN_SIZE, 0, 2, 0, Q_d_bias_ih_2},
    [Q_d_bias_ih_3] = {SUM, HIDDEN_SIZE, 0, 3, 0, Q_d_bias_ih_3},
};

/* Stage 1 of a time step, panels of units. */
static void step_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec c_prev = get(Q_c_prev);
            const vec k_c = get(Q_k_c);
            const vec k_h = get(Q_k_h);
            const vec h_prev = get(Q_h_prev);
            const vec a_i = get(Q_a_x_0_);
            const vec a_f = get(Q_a_x_1_);
            const vec a_g = get(Q_a_x_2_);
            const vec a_o = get(Q_a_x_3_);
            const vec i = vsigmoid(a_i);
            const vec f = vsigmoid(a_f);
            const vec g = vtanh(a_g);
            const vec o = vsigmoid(a_o);
            const vec c_hat = f * c_prev + i * g;
            const vec c = k_c * c_prev + (R(1) - k_c) * c_hat;
            const vec tanh_c_hat = vtanh(c_hat);
            const vec h_hat = o * tanh_c_hat;
            const vec h = k_h * h_prev + (R(1) - k_h) * h_hat;
            put(Q_c, c);
            put(Q_h, h);
            if (keep) {
                put(Q_i, i);
                put(Q_f, f);
                put(Q_g, g);
                put(Q_o, o);
                put(Q_tanh_c_hat, tanh_c_hat);
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
        vec d_bias_ih_3 = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_h_later = get(Q_d_h_later);
            const vec d_y = get(Q_d_y);
            const vec o = get(Q_o);
            const vec k_h = get(Q_k_h);
            const vec k_c = get(Q_k_c);
            const vec tanh_c_hat = get(Q_tanh_c_hat);
            const vec i = get(Q_i);
            const vec g = get(Q_g);
            const vec f = get(Q_f);
            const vec c_prev = get(Q_c_prev);
            const vec d_h = d_h_later + d_y;
            const vec d_c = get(Q_d_c_later);
            const vec scaled_d_h_hat = o * d_h * (R(1) - k_h);
            const vec d_c_hat = d_c * (R(1) - k_c) + scaled_d_h_hat * (R(1) - power(tanh_c_hat, 2));
            const vec d_a_o = scaled_d_h_hat * tanh_c_hat * (R(1) - o);
            const vec d_a_g = d_c_hat * i * (R(1) - power(g, 2));
            const vec d_a_f = f * (R(1) - f) * d_c_hat * c_prev;
            const vec d_a_i = d_c_hat * g * i * (R(1) - i);
            const vec d_c_prev = d_c_hat * f + d_c * k_c;
            const vec d_k_c = splat(R(0));
            const vec d_k_h = splat(R(0));
            d_bias_ih_0 += d_a_i;
            d_bias_ih_1 += d_a_f;
            d_bias_ih_2 += d_a_g;
            d_bias_ih_3 += d_a_o;
            put(Q_d_h, d_h);
            put(Q_d_a_o, d_a_o);
            put(Q_d_a_g, d_a_g);
            put(Q_d_a_f, d_a_f);
            put(Q_d_a_i, d_a_i);
            put(Q_d_c_prev, d_c_prev);
            put(Q_d_k_c, d_k_c);
            put(Q_d_k_h, d_k_h);
        }
        add(Q_d_bias_ih_0, d_bias_ih_0);
        add(Q_d_bias_ih_1, d_bias_ih_1);
        add(Q_d_bias_ih_2, d_bias_ih_2);
        add(Q_d_bias_ih_3, d_bias_ih_3);
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of units. */
static void back_2(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_h = get(Q_d_h);
            const vec k_h = get(Q_k_h);
            const vec a_90_ = get(Q_a_90_);
            const vec d_h_prev = d_h * k_h + a_90_;
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
    {HIDDEN_SIZE, 0},
};

static const unsigned char inputs[] = {
    INPUT_SIZE,
    HIDDEN_SIZE,
    HIDDEN_SIZE,
};

static const Tensor tensors[] = {
    {"weight_ih", HIDDEN_SIZE, INPUT_SIZE, ONE, 4, 0, 0},
    {"bias_ih", HIDDEN_SIZE, ONE, ONE, 4, 0, 0},
    {"weight_hh", HIDDEN_SIZE, HIDDEN_SIZE, ONE, 4, 0, 0},
    {"bias_hh", HIDDEN_SIZE, ONE, ONE, 4, 0, 0},
};

static const char *const constants[] = {
    "z_c",
    "z_h",
};

static const Pack packs[] = {
    {0, 0, 4, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {2, 0, 4, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {2, 0, 4, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {0, 0, 4, 1, 0, INPUT_SIZE, HIDDEN_SIZE},
};

static const Buffer buffers[] = {
    {HIDDEN_SIZE, 1, 4},
    {HIDDEN_SIZE, 0, 1},
    {INPUT_SIZE, 0, 1},
};

static const Fixed sources[] = {
    {0},
};

static const Bias biases[] = {
    {HIDDEN_SIZE, 4, 2, (const Summand[]){{1, 0}, {3, 0}}},
};

static const Product input_products[] = {
    {0, 0, 0, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 4, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_a_i, Q_x}}},
    {2, 0, 4, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_i, Q_h_prev}}},
};

static const Total totals[] = {
    {1, 0, 0, HIDDEN_SIZE, 0, 0},
    {1, 1, 1, HIDDEN_SIZE, 0, 0},
    {1, 2, 2, HIDDEN_SIZE, 0, 0},
    {1, 3, 3, HIDDEN_SIZE, 0, 0},
    {3, 0, 0, HIDDEN_SIZE, 0, 0},
    {3, 1, 1, HIDDEN_SIZE, 0, 0},
    {3, 2, 2, HIDDEN_SIZE, 0, 0},
    {3, 3, 3, HIDDEN_SIZE, 0, 0},
};

static const Group parameter_groups[] = {
    {0},
};

static const Stage forward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{0, 1, -1, 1, 1, (const short[]){Q_h_prev}}}, (const short[]){Q_a_x_0_}, step_1}}},
};

static const Stage backward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}}},
    {0, 2, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{1, 2, -1, 0, 4, (const short[]){Q_d_a_i, Q_d_a_f, Q_d_a_g, Q_d_a_o}}}, (const short[]){Q_a_90_}, back_2}, {INPUT_SIZE, 1, 1, 1, (const Product[]){{2, 3, -1, 0, 4, (const short[]){Q_d_a_i, Q_d_a_f, Q_d_a_g, Q_d_a_o}}}, (const short[]){Q_d_x_}, back_2_inputs}}},
};

static const char *const sizes[] = {
    0,
};

const Cell derive_cell = {
    .name = "zoneout_lstm",
    .quantities = 35,
    .forward_quantities = 16,
    .states = 2,
    .inputs = 3,
    .axes = 4,
    .tensors = 4,
    .constants = 2,
    .packs = 4,
    .buffers = 3,
    .fixed = 0,
    .biases = 1,
    .early = 1,
    .outers = 2,
    .totals = 8,
    .sums = 4,
    .reads_input = 1,
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
