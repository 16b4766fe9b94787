/* Of nbrc.py as it was written, SHA-256 ed892c9e79e21ef0cdec5834048307c9b78b6c941f56d61830b08685c8e35dee */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * Neuromodulated bistable recurrent cell. One time step:
 *
 *     aₜ = 1 + tanh(W_ia xₜ + W_ha hₜ₋₁ + b_a)
 *     cₜ = σ(W_ic xₜ + W_hc hₜ₋₁ + b_c)
 *     hₜ = cₜ ⊙ hₜ₋₁ + (1 − cₜ) ⊙ tanh(W_ih xₜ + b_ih + aₜ ⊙ hₜ₋₁)
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_a_x_0_,
    Q_a_x_1_,
    Q_a_h_,
    Q_x,
    Q_h_prev,
    Q_h,
    Q_tanh_a_a,
    Q_a,
    Q_c,
    Q_tanh_h,
    Q_d_h_later,
    Q_d_y,
    Q_a_50_,
    Q_d_x_,
    Q_d_h_prev,
    Q_d_x,
    Q_d_a_a,
    Q_d_a_c,
    Q_d_a_h,
    Q_d_h,
    Q_d_bias_0,
    Q_d_bias_1,
    Q_d_bias_ih
};

static const Quantity quantities[] = {
    [Q_a_x_0_] = {EARLY, HIDDEN_SIZE, 0, 0, 0, Q_a_x_0_},
    [Q_a_x_1_] = {EARLY, HIDDEN_SIZE, 0, 0, 1, Q_a_x_0_},
    [Q_a_h_] = {EARLY, HIDDEN_SIZE, 0, 1, 0, Q_a_h_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_h_prev] = {BEFORE, HIDDEN_SIZE, 0, 0, 0, Q_h_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_tanh_a_a] = {PANEL, HIDDEN_SIZE, 1, 0, 0, Q_tanh_a_a},
    [Q_a] = {PANEL, HIDDEN_SIZE, 1, 1, 0, Q_tanh_a_a},
    [Q_c] = {PANEL, HIDDEN_SIZE, 1, 2, 0, Q_tanh_a_a},
    [Q_tanh_h] = {PANEL, HIDDEN_SIZE, 1, 3, 0, Q_tanh_a_a},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_a_50_] = {LOCAL, HIDDEN_SIZE, 0, 2, 0, Q_a_50_},
    [Q_d_x_] = {LOCAL, INPUT_SIZE, 0, 3, 0, Q_d_x_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_a_a] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_a_a},
    [Q_d_a_c] = {ROW, HIDDEN_SIZE, 1, 1, 0, Q_d_a_c},
    [Q_d_a_h] = {ROW, HIDDEN_SIZE, 1, 2, 0, Q_d_a_h},
    [Q_d_h] = {PANEL, HIDDEN_SIZE, 0, 0, 0, Q_d_h},
    [Q_d_bias_0] = {SUM, HIDDEN_SIZE, 0, 0, 0, Q_d_bias_0},
    [Q_d_bias_1] = {SUM, HIDDEN_SIZE, 0, 1, 0, Q_d_bias_1},
    [Q_d_bias_ih] = {SUM, HIDDEN_SIZE, 0, 2, 0, Q_d_bias_ih},
};

/* Stage 1 of a time step, panels of units. */
static void step_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec h_prev = get(Q_h_prev);
            const vec a_h = get(Q_a_h_);
            const vec a_a = get(Q_a_x_0_);
            const vec a_c = get(Q_a_x_1_);
            const vec tanh_a_a = vtanh(a_a);
            const vec a = R(1) + tanh_a_a;
            const vec c = vsigmoid(a_c);
            const vec tanh_h = vtanh(a_h + a * h_prev);
            const vec h = c * h_prev + (R(1) - c) * tanh_h;
            put(Q_h, h);
            if (keep) {
                put(Q_tanh_a_a, tanh_a_a);
                put(Q_a, a);
                put(Q_c, c);
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
        vec d_bias_0 = splat(0);
        vec d_bias_1 = splat(0);
        vec d_bias_ih = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_h_later = get(Q_d_h_later);
            const vec d_y = get(Q_d_y);
            const vec c = get(Q_c);
            const vec tanh_h = get(Q_tanh_h);
            const vec h_prev = get(Q_h_prev);
            const vec tanh_a_a = get(Q_tanh_a_a);
            const vec d_h = d_h_later + d_y;
            const vec d_a_h = d_h * (R(1) - c) * (R(1) - power(tanh_h, 2));
            const vec d_a_c = c * (R(1) - c) * d_h * (h_prev - tanh_h);
            const vec d_a_a = (R(1) - power(tanh_a_a, 2)) * d_a_h * h_prev;
            d_bias_0 += d_a_a;
            d_bias_1 += d_a_c;
            d_bias_ih += d_a_h;
            put(Q_d_h, d_h);
            put(Q_d_a_h, d_a_h);
            put(Q_d_a_c, d_a_c);
            put(Q_d_a_a, d_a_a);
        }
        add(Q_d_bias_0, d_bias_0);
        add(Q_d_bias_1, d_bias_1);
        add(Q_d_bias_ih, d_bias_ih);
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of units. */
static void back_2(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_a_h = get(Q_d_a_h);
            const vec a = get(Q_a);
            const vec d_h = get(Q_d_h);
            const vec c = get(Q_c);
            const vec a_50_ = get(Q_a_50_);
            const vec d_h_prev = d_a_h * a + d_h * c + a_50_;
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
};

static const unsigned char inputs[] = {
    INPUT_SIZE,
};

static const Tensor tensors[] = {
    {"weight_ih", HIDDEN_SIZE, INPUT_SIZE, ONE, 3, 0, 0},
    {"weight_hh", HIDDEN_SIZE, HIDDEN_SIZE, ONE, 2, 0, 0},
    {"bias", HIDDEN_SIZE, ONE, ONE, 2, 0, 0},
    {"bias_ih", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
};

static const char *const constants[] = {
    0,
};

static const Pack packs[] = {
    {0, 0, 2, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {0, 2, 1, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {1, 0, 2, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {1, 0, 2, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {0, 0, 3, 1, 0, INPUT_SIZE, HIDDEN_SIZE},
};

static const Buffer buffers[] = {
    {HIDDEN_SIZE, 1, 2},
    {HIDDEN_SIZE, 1, 1},
    {HIDDEN_SIZE, 0, 1},
    {INPUT_SIZE, 0, 1},
};

static const Fixed sources[] = {
    {0},
};

static const Bias biases[] = {
    {HIDDEN_SIZE, 2, 1, (const Summand[]){{2, 0}}},
    {HIDDEN_SIZE, 1, 1, (const Summand[]){{3, 0}}},
};

static const Product input_products[] = {
    {0, 0, 0, 0, 1, (const short[]){Q_x}},
    {1, 1, 1, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 3, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_a_a, Q_x}}},
    {1, 0, 2, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_a, Q_h_prev}}},
};

static const Total totals[] = {
    {2, 0, 0, HIDDEN_SIZE, 0, 0},
    {2, 1, 1, HIDDEN_SIZE, 0, 0},
    {3, 0, 2, HIDDEN_SIZE, 0, 0},
};

static const Group parameter_groups[] = {
    {0},
};

static const Stage forward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 2, (const Product[]){{0, 2, -1, 1, 1, (const short[]){Q_h_prev}}}, (const short[]){Q_a_h_, Q_a_x_0_}, step_1}}},
};

static const Stage backward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}}},
    {0, 2, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{2, 3, -1, 0, 2, (const short[]){Q_d_a_a, Q_d_a_c}}}, (const short[]){Q_a_50_}, back_2}, {INPUT_SIZE, 1, 1, 1, (const Product[]){{3, 4, -1, 0, 3, (const short[]){Q_d_a_a, Q_d_a_c, Q_d_a_h}}}, (const short[]){Q_d_x_}, back_2_inputs}}},
};

static const char *const sizes[] = {
    0,
};

const Cell derive_cell = {
    .name = "nbrc",
    .quantities = 23,
    .forward_quantities = 10,
    .states = 1,
    .inputs = 1,
    .axes = 4,
    .tensors = 4,
    .constants = 0,
    .packs = 5,
    .buffers = 4,
    .fixed = 0,
    .biases = 2,
    .early = 2,
    .outers = 2,
    .totals = 3,
    .sums = 3,
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
