/* Of nfg_lstm.py as it was written, SHA-256 832cfc6cbb73c3bb42d6fc25372d24e98dd7f8c8e12b3e420d4c3e4584b5bf10 */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * LSTM without forget gate (NFG). One time step:
 *
 *     iₜ = σ(W_ii xₜ + b_ii + W_hi hₜ₋₁ + b_hi + p_i ⊙ cₜ₋₁)
 *     gₜ = tanh(W_ig xₜ + b_ig + W_hg hₜ₋₁ + b_hg)
 *     cₜ = cₜ₋₁ + iₜ ⊙ gₜ
 *     oₜ = σ(W_io xₜ + b_io + W_ho hₜ₋₁ + b_ho + p_o ⊙ cₜ)
 *     hₜ = oₜ ⊙ tanh(cₜ)
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_a_x_0_,
    Q_a_x_1_,
    Q_a_x_2_,
    Q_x,
    Q_h_prev,
    Q_c_prev,
    Q_h,
    Q_c,
    Q_i,
    Q_g,
    Q_o,
    Q_tanh_c,
    Q_p_i,
    Q_p_o,
    Q_d_h_later,
    Q_d_y,
    Q_d_c_later,
    Q_d_h_prev_,
    Q_d_x_,
    Q_d_h_prev,
    Q_d_c_prev,
    Q_d_x,
    Q_d_a_i,
    Q_d_a_g,
    Q_d_a_o,
    Q_d_bias_ih_0,
    Q_d_bias_ih_1,
    Q_d_bias_ih_2,
    Q_d_p_i,
    Q_d_p_o
};

static const Quantity quantities[] = {
    [Q_a_x_0_] = {EARLY, HIDDEN_SIZE, 0, 0, 0, Q_a_x_0_},
    [Q_a_x_1_] = {EARLY, HIDDEN_SIZE, 0, 0, 1, Q_a_x_0_},
    [Q_a_x_2_] = {EARLY, HIDDEN_SIZE, 0, 0, 2, Q_a_x_0_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_h_prev] = {BEFORE, HIDDEN_SIZE, 0, 0, 0, Q_h_prev},
    [Q_c_prev] = {BEFORE, HIDDEN_SIZE, 0, 1, 0, Q_c_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_c] = {AFTER, HIDDEN_SIZE, 0, 1, 0, Q_c},
    [Q_i] = {PANEL, HIDDEN_SIZE, 1, 0, 0, Q_i},
    [Q_g] = {PANEL, HIDDEN_SIZE, 1, 1, 0, Q_i},
    [Q_o] = {PANEL, HIDDEN_SIZE, 1, 2, 0, Q_i},
    [Q_tanh_c] = {PANEL, HIDDEN_SIZE, 1, 3, 0, Q_i},
    [Q_p_i] = {FIXED, HIDDEN_SIZE, 0, 0, 0, Q_p_i},
    [Q_p_o] = {FIXED, HIDDEN_SIZE, 0, 1, 0, Q_p_o},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_d_c_later] = {LATER, HIDDEN_SIZE, 0, 1, 0, Q_d_c_later},
    [Q_d_h_prev_] = {LOCAL, HIDDEN_SIZE, 0, 1, 0, Q_d_h_prev_},
    [Q_d_x_] = {LOCAL, INPUT_SIZE, 0, 2, 0, Q_d_x_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_c_prev] = {EARLIER, HIDDEN_SIZE, 0, 1, 0, Q_d_c_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_a_i] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_a_i},
    [Q_d_a_g] = {ROW, HIDDEN_SIZE, 1, 1, 0, Q_d_a_g},
    [Q_d_a_o] = {ROW, HIDDEN_SIZE, 1, 2, 0, Q_d_a_o},
    [Q_d_bias_ih_0] = {SUM, HIDDEN_SIZE, 0, 0, 0, Q_d_bias_ih_0},
    [Q_d_bias_ih_1] = {SUM, HIDDEN_SIZE, 0, 1, 0, Q_d_bias_ih_1},
    [Q_d_bias_ih_2] = {SUM, HIDDEN_SIZE, 0, 2, 0, Q_d_bias_ih_2},
    [Q_d_p_i] = {SUM, HIDDEN_SIZE, 0, 3, 0, Q_d_p_i},
    [Q_d_p_o] = {SUM, HIDDEN_SIZE, 0, 4, 0, Q_d_p_o},
};

/* Stage 1 of a time step, panels of units. */
static void step_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec p_i = fixed(Q_p_i);
        const vec p_o = fixed(Q_p_o);
        for (long row = 0; row < rows; row++) {
            const vec c_prev = get(Q_c_prev);
            const vec a_i = get(Q_a_x_0_);
            const vec a_g = get(Q_a_x_1_);
            const vec a_o = get(Q_a_x_2_);
            const vec i = vsigmoid(a_i + p_i * c_prev);
            const vec g = vtanh(a_g);
            const vec c = c_prev + i * g;
            const vec o = vsigmoid(a_o + p_o * c);
            const vec tanh_c = vtanh(c);
            const vec h = o * tanh_c;
            put(Q_c, c);
            put(Q_h, h);
            if (keep) {
                put(Q_i, i);
                put(Q_g, g);
                put(Q_o, o);
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
        const vec p_o = fixed(Q_p_o);
        const vec p_i = fixed(Q_p_i);
        vec d_bias_ih_0 = splat(0);
        vec d_bias_ih_1 = splat(0);
        vec d_bias_ih_2 = splat(0);
        vec d_p_i = splat(0);
        vec d_p_o = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_h_later = get(Q_d_h_later);
            const vec d_y = get(Q_d_y);
            const vec tanh_c = get(Q_tanh_c);
            const vec o = get(Q_o);
            const vec i = get(Q_i);
            const vec g = get(Q_g);
            const vec c_prev = get(Q_c_prev);
            const vec c = get(Q_c);
            const vec d_h = d_h_later + d_y;
            const vec d_c_next = get(Q_d_c_later);
            const vec d_a_o = d_h * tanh_c * o * (R(1) - o);
            const vec d_c = d_c_next + d_a_o * p_o + d_h * o * (R(1) - power(tanh_c, 2));
            const vec d_a_g = d_c * i * (R(1) - power(g, 2));
            const vec d_a_i = d_c * g * i * (R(1) - i);
            const vec d_c_prev = d_a_i * p_i + d_c;
            d_bias_ih_0 += d_a_i;
            d_bias_ih_1 += d_a_g;
            d_bias_ih_2 += d_a_o;
            d_p_i += d_a_i * c_prev;
            d_p_o += d_a_o * c;
            put(Q_d_a_o, d_a_o);
            put(Q_d_a_g, d_a_g);
            put(Q_d_a_i, d_a_i);
            put(Q_d_c_prev, d_c_prev);
        }
        add(Q_d_bias_ih_0, d_bias_ih_0);
        add(Q_d_bias_ih_1, d_bias_ih_1);
        add(Q_d_bias_ih_2, d_bias_ih_2);
        add(Q_d_p_i, d_p_i);
        add(Q_d_p_o, d_p_o);
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
    {"bias_ih", HIDDEN_SIZE, ONE, ONE, 3, 0, 0},
    {"weight_hh", HIDDEN_SIZE, HIDDEN_SIZE, ONE, 3, 0, 0},
    {"bias_hh", HIDDEN_SIZE, ONE, ONE, 3, 0, 0},
    {"p_i", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
    {"p_o", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
};

static const char *const constants[] = {
    0,
};

static const Pack packs[] = {
    {0, 0, 3, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {2, 0, 3, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {2, 0, 3, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {0, 0, 3, 1, 0, INPUT_SIZE, HIDDEN_SIZE},
};

static const Buffer buffers[] = {
    {HIDDEN_SIZE, 1, 3},
    {HIDDEN_SIZE, 0, 1},
    {INPUT_SIZE, 0, 1},
};

static const Fixed sources[] = {
    {OF_TENSOR, HIDDEN_SIZE, 4, 0},
    {OF_TENSOR, HIDDEN_SIZE, 5, 0},
};

static const Bias biases[] = {
    {HIDDEN_SIZE, 3, 2, (const Summand[]){{1, 0}, {3, 0}}},
};

static const Product input_products[] = {
    {0, 0, 0, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 3, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_a_i, Q_x}}},
    {2, 0, 3, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_i, Q_h_prev}}},
};

static const Total totals[] = {
    {1, 0, 0, HIDDEN_SIZE, 0, 0},
    {1, 1, 1, HIDDEN_SIZE, 0, 0},
    {1, 2, 2, HIDDEN_SIZE, 0, 0},
    {3, 0, 0, HIDDEN_SIZE, 0, 0},
    {3, 1, 1, HIDDEN_SIZE, 0, 0},
    {3, 2, 2, HIDDEN_SIZE, 0, 0},
    {4, 0, 3, HIDDEN_SIZE, 0, 0},
    {5, 0, 4, HIDDEN_SIZE, 0, 0},
};

static const Group parameter_groups[] = {
    {0},
};

static const Stage forward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{0, 1, -1, 1, 1, (const short[]){Q_h_prev}}}, (const short[]){Q_a_x_0_}, step_1}}},
};

static const Stage backward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}}},
    {0, 2, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{1, 2, -1, 0, 3, (const short[]){Q_d_a_i, Q_d_a_g, Q_d_a_o}}}, (const short[]){Q_d_h_prev_}, back_2}, {INPUT_SIZE, 1, 1, 1, (const Product[]){{2, 3, -1, 0, 3, (const short[]){Q_d_a_i, Q_d_a_g, Q_d_a_o}}}, (const short[]){Q_d_x_}, back_2_inputs}}},
};

static const char *const sizes[] = {
    0,
};

const Cell derive_cell = {
    .name = "nfg_lstm",
    .quantities = 30,
    .forward_quantities = 14,
    .states = 2,
    .inputs = 1,
    .axes = 4,
    .tensors = 6,
    .constants = 0,
    .packs = 4,
    .buffers = 3,
    .fixed = 2,
    .biases = 1,
    .early = 1,
    .outers = 2,
    .totals = 8,
    .sums = 5,
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
