/* Of lipschitz_rnn.py as it was written, SHA-256 1b5522a7f19fcd0037f60611fb95c5752da962582aaff8cb66c68d4329e481cf */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * Lipschitz recurrent network. One time step:
 *
 *     aₜ = (1 − β) (M hₜ₋₁ + Mᵀ hₜ₋₁) + β (M hₜ₋₁ − Mᵀ hₜ₋₁) − γ hₜ₋₁
 *     wₜ = (1 − β) (C hₜ₋₁ + Cᵀ hₜ₋₁) + β (C hₜ₋₁ − Cᵀ hₜ₋₁) − γ hₜ₋₁
 *     hₜ = hₜ₋₁ + ε (aₜ + tanh(wₜ + W_ih xₜ + b_ih))
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_a_h_,
    Q_x,
    Q_h_prev,
    Q_h,
    Q_read_M_h,
    Q_readback_M_h,
    Q_read_C_h,
    Q_readback_C_h,
    Q_tanh_h,
    Q_M,
    Q_C,
    Q_beta,
    Q_gamma,
    Q_epsilon,
    Q_d_h_later,
    Q_d_y,
    Q_d_x_,
    Q_d_h_prev,
    Q_d_x,
    Q_d_a_h,
    Q_d_h,
    Q_d_w,
    Q_d_readback_C_h,
    Q_d_read_C_h,
    Q_d_a,
    Q_d_readback_M_h,
    Q_d_read_M_h,
    Q_a_33,
    Q_a_34,
    Q_a_35,
    Q_a_36,
    Q_a_38,
    Q_a_39,
    Q_a_40,
    Q_a_41,
    Q_d_bias_ih,
    Q_d_M,
    Q_d_C
};

enum { SIZE_hidden_size_hidden_size = NAMED };

static const Quantity quantities[] = {
    [Q_a_h_] = {EARLY, HIDDEN_SIZE, 0, 0, 0, Q_a_h_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_h_prev] = {BEFORE, HIDDEN_SIZE, 0, 0, 0, Q_h_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_read_M_h] = {ROW, HIDDEN_SIZE, 0, 0, 0, Q_read_M_h},
    [Q_readback_M_h] = {ROW, HIDDEN_SIZE, 0, 1, 0, Q_readback_M_h},
    [Q_read_C_h] = {ROW, HIDDEN_SIZE, 0, 2, 0, Q_read_C_h},
    [Q_readback_C_h] = {ROW, HIDDEN_SIZE, 0, 3, 0, Q_readback_C_h},
    [Q_tanh_h] = {PANEL, HIDDEN_SIZE, 1, 0, 0, Q_tanh_h},
    [Q_M] = {FIXED, SIZE_hidden_size_hidden_size, 0, 0, 0, Q_M},
    [Q_C] = {FIXED, SIZE_hidden_size_hidden_size, 0, 1, 0, Q_C},
    [Q_beta] = {FIXED, ONE, 0, 2, 0, Q_beta},
    [Q_gamma] = {FIXED, ONE, 0, 3, 0, Q_gamma},
    [Q_epsilon] = {FIXED, ONE, 0, 4, 0, Q_epsilon},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_d_x_] = {LOCAL, INPUT_SIZE, 0, 1, 0, Q_d_x_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_a_h] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_a_h},
    [Q_d_h] = {PANEL, HIDDEN_SIZE, 0, 0, 0, Q_d_h},
    [Q_d_w] = {PANEL, HIDDEN_SIZE, 0, 1, 0, Q_d_h},
    [Q_d_readback_C_h] = {ROW, HIDDEN_SIZE, 0, 4, 0, Q_d_readback_C_h},
    [Q_d_read_C_h] = {ROW, HIDDEN_SIZE, 0, 5, 0, Q_d_read_C_h},
    [Q_d_a] = {PANEL, HIDDEN_SIZE, 0, 2, 0, Q_d_h},
    [Q_d_readback_M_h] = {ROW, HIDDEN_SIZE, 0, 6, 0, Q_d_readback_M_h},
    [Q_d_read_M_h] = {ROW, HIDDEN_SIZE, 0, 7, 0, Q_d_read_M_h},
    [Q_a_33] = {ROW, HIDDEN_SIZE, 0, 8, 0, Q_a_33},
    [Q_a_34] = {ROW, HIDDEN_SIZE, 0, 9, 0, Q_a_34},
    [Q_a_35] = {ROW, HIDDEN_SIZE, 0, 10, 0, Q_a_35},
    [Q_a_36] = {ROW, HIDDEN_SIZE, 0, 11, 0, Q_a_36},
    [Q_a_38] = {ROW, SIZE_hidden_size_hidden_size, 0, 0, 0, Q_a_38},
    [Q_a_39] = {ROW, SIZE_hidden_size_hidden_size, 0, 1, 0, Q_a_39},
    [Q_a_40] = {ROW, SIZE_hidden_size_hidden_size, 0, 2, 0, Q_a_40},
    [Q_a_41] = {ROW, SIZE_hidden_size_hidden_size, 0, 3, 0, Q_a_41},
    [Q_d_bias_ih] = {SUM, HIDDEN_SIZE, 0, 0, 0, Q_d_bias_ih},
    [Q_d_M] = {SUM, SIZE_hidden_size_hidden_size, 0, 1, 0, Q_d_M},
    [Q_d_C] = {SUM, SIZE_hidden_size_hidden_size, 0, 2, 0, Q_d_C},
};

/* Stage 1 of a time step, panels of units. */
static void step_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec beta = fixed(Q_beta);
        const vec gamma = fixed(Q_gamma);
        const vec epsilon = fixed(Q_epsilon);
        for (long row = 0; row < rows; row++) {
            const vec read_M_h = get(Q_read_M_h);
            const vec readback_M_h = get(Q_readback_M_h);
            const vec h_prev = get(Q_h_prev);
            const vec read_C_h = get(Q_read_C_h);
            const vec readback_C_h = get(Q_readback_C_h);
            const vec a_h = get(Q_a_h_);
            const vec a = (R(1) - beta) * (read_M_h + readback_M_h) + beta * (read_M_h - readback_M_h) - gamma * h_prev;
            const vec w = (R(1) - beta) * (read_C_h + readback_C_h) + beta * (read_C_h - readback_C_h) - gamma * h_prev;
            const vec tanh_h = vtanh(w + a_h);
            const vec h = h_prev + epsilon * (a + tanh_h);
            put(Q_h, h);
            if (keep) {
                put(Q_tanh_h, tanh_h);
            }
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of units. */
static void back_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec epsilon = fixed(Q_epsilon);
        const vec beta = fixed(Q_beta);
        vec d_bias_ih = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_h_later = get(Q_d_h_later);
            const vec d_y = get(Q_d_y);
            const vec tanh_h = get(Q_tanh_h);
            const vec d_h = d_h_later + d_y;
            const vec d_a_h = d_h * epsilon * (R(1) - power(tanh_h, 2));
            const vec d_w = d_a_h;
            const vec d_readback_C_h = d_w * (R(1) - beta - beta);
            const vec d_read_C_h = d_w * (R(1) - beta + beta);
            const vec d_a = d_h * epsilon;
            const vec d_readback_M_h = d_a * (R(1) - beta - beta);
            const vec d_read_M_h = d_a * (R(1) - beta + beta);
            d_bias_ih += d_a_h;
            put(Q_d_h, d_h);
            put(Q_d_a_h, d_a_h);
            put(Q_d_w, d_w);
            put(Q_d_readback_C_h, d_readback_C_h);
            put(Q_d_read_C_h, d_read_C_h);
            put(Q_d_a, d_a);
            put(Q_d_readback_M_h, d_readback_M_h);
            put(Q_d_read_M_h, d_read_M_h);
        }
        add(Q_d_bias_ih, d_bias_ih);
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of units. */
static void back_2(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec gamma = fixed(Q_gamma);
        for (long row = 0; row < rows; row++) {
            const vec d_h = get(Q_d_h);
            const vec d_a = get(Q_d_a);
            const vec d_w = get(Q_d_w);
            const vec a_33 = get(Q_a_33);
            const vec a_34 = get(Q_a_34);
            const vec a_35 = get(Q_a_35);
            const vec a_36 = get(Q_a_36);
            const vec d_h_prev = d_h - d_a * gamma - d_w * gamma + a_33 + a_34 + a_35 + a_36;
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

/* Stage 2 of a time step backwards, panels of hidden_size by hidden_size. */
static void back_2_hidden_size_hidden_size(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        vec d_M = splat(0);
        vec d_C = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec a_38 = get(Q_a_38);
            const vec a_39 = get(Q_a_39);
            const vec a_40 = get(Q_a_40);
            const vec a_41 = get(Q_a_41);
            d_M += a_38 + a_39;
            d_C += a_40 + a_41;
        }
        add(Q_d_M, d_M);
        add(Q_d_C, d_C);
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
    {"bias_ih", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
    {"M", SIZE_hidden_size_hidden_size, ONE, ONE, 1, 0, 0},
    {"C", SIZE_hidden_size_hidden_size, ONE, ONE, 1, 0, 0},
};

static const char *const constants[] = {
    "beta",
    "gamma",
    "epsilon",
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
    {OF_TENSOR, SIZE_hidden_size_hidden_size, 2, 0},
    {OF_TENSOR, SIZE_hidden_size_hidden_size, 3, 0},
    {OF_CONSTANT, ONE, 0, 0},
    {OF_CONSTANT, ONE, 1, 0},
    {OF_CONSTANT, ONE, 2, 0},
};

static const Bias biases[] = {
    {HIDDEN_SIZE, 1, 1, (const Summand[]){{1, 0}}},
};

static const Product input_products[] = {
    {0, 0, 0, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 1, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_a_h, Q_x}}},
};

static const Total totals[] = {
    {1, 0, 0, HIDDEN_SIZE, 0, 0},
    {2, 0, 1, SIZE_hidden_size_hidden_size, 0, 0},
    {3, 0, 2, SIZE_hidden_size_hidden_size, 0, 0},
};

static const Group parameter_groups[] = {
    {0},
};

static const Stage forward[] = {
    {4, 1, (const Reduction[]){{CONTRACTION, Q_read_M_h, 2, (const short[]){Q_M, Q_h_prev}, 2, (const Loop[]){{HIDDEN_SIZE, {1, 2, 0}}, {HIDDEN_SIZE, {0, 1, 1}}}}, {CONTRACTION, Q_readback_M_h, 2, (const short[]){Q_M, Q_h_prev}, 2, (const Loop[]){{HIDDEN_SIZE, {0, 2, 1}}, {HIDDEN_SIZE, {1, 1, 0}}}}, {CONTRACTION, Q_read_C_h, 2, (const short[]){Q_C, Q_h_prev}, 2, (const Loop[]){{HIDDEN_SIZE, {1, 2, 0}}, {HIDDEN_SIZE, {0, 1, 1}}}}, {CONTRACTION, Q_readback_C_h, 2, (const short[]){Q_C, Q_h_prev}, 2, (const Loop[]){{HIDDEN_SIZE, {0, 2, 1}}, {HIDDEN_SIZE, {1, 1, 0}}}}}, (const Group[]){{HIDDEN_SIZE, 0, 0, 1, 0, (const short[]){Q_a_h_}, step_1}}},
};

static const Stage backward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}}},
    {8, 3, (const Reduction[]){{CONTRACTION, Q_a_33, 2, (const short[]){Q_d_read_M_h, Q_M}, 2, (const Loop[]){{HIDDEN_SIZE, {0, 1, 2}}, {HIDDEN_SIZE, {1, 0, 1}}}}, {CONTRACTION, Q_a_34, 2, (const short[]){Q_d_readback_M_h, Q_M}, 2, (const Loop[]){{HIDDEN_SIZE, {1, 0, 2}}, {HIDDEN_SIZE, {0, 1, 1}}}}, {CONTRACTION, Q_a_35, 2, (const short[]){Q_d_read_C_h, Q_C}, 2, (const Loop[]){{HIDDEN_SIZE, {0, 1, 2}}, {HIDDEN_SIZE, {1, 0, 1}}}}, {CONTRACTION, Q_a_36, 2, (const short[]){Q_d_readback_C_h, Q_C}, 2, (const Loop[]){{HIDDEN_SIZE, {1, 0, 2}}, {HIDDEN_SIZE, {0, 1, 1}}}}, {CONTRACTION, Q_a_38, 2, (const short[]){Q_d_read_M_h, Q_h_prev}, 2, (const Loop[]){{HIDDEN_SIZE, {2, 1, 0}}, {HIDDEN_SIZE, {1, 0, 1}}}}, {CONTRACTION, Q_a_39, 2, (const short[]){Q_d_readback_M_h, Q_h_prev}, 2, (const Loop[]){{HIDDEN_SIZE, {2, 0, 1}}, {HIDDEN_SIZE, {1, 1, 0}}}}, {CONTRACTION, Q_a_40, 2, (const short[]){Q_d_read_C_h, Q_h_prev}, 2, (const Loop[]){{HIDDEN_SIZE, {2, 1, 0}}, {HIDDEN_SIZE, {1, 0, 1}}}}, {CONTRACTION, Q_a_41, 2, (const short[]){Q_d_readback_C_h, Q_h_prev}, 2, (const Loop[]){{HIDDEN_SIZE, {2, 0, 1}}, {HIDDEN_SIZE, {1, 1, 0}}}}}, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_2}, {INPUT_SIZE, 1, 1, 1, (const Product[]){{1, 1, -1, 0, 1, (const short[]){Q_d_a_h}}}, (const short[]){Q_d_x_}, back_2_inputs}, {SIZE_hidden_size_hidden_size, 0, 0, 0, 0, 0, back_2_hidden_size_hidden_size}}},
};

static const char *const sizes[] = {
    "hidden_size*hidden_size",
};

const Cell derive_cell = {
    .name = "lipschitz_rnn",
    .quantities = 38,
    .forward_quantities = 14,
    .states = 1,
    .inputs = 1,
    .axes = 5,
    .tensors = 4,
    .constants = 3,
    .packs = 2,
    .buffers = 2,
    .fixed = 5,
    .biases = 1,
    .early = 1,
    .outers = 1,
    .totals = 3,
    .sums = 3,
    .reads_input = 0,
    .waits = 1,
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
