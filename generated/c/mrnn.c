/* Of mrnn.py as it was written, SHA-256 c618eda6881152341d96398cf032f5c8274daba813068f402ef407b98bbf49b1 */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * Multiplicative recurrent network. One time step:
 *
 *     fₜ = (W_if xₜ) ⊙ (W_hf hₜ₋₁)
 *     hₜ = tanh(W_fh fₜ + W_ih xₜ + b_h)
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_a_if_,
    Q_a_ih_,
    Q_a_hf_,
    Q_a_fh_,
    Q_x,
    Q_h_prev,
    Q_h,
    Q_a_if,
    Q_a_ih,
    Q_a_hf,
    Q_f,
    Q_d_h_later,
    Q_d_y,
    Q_d_f_,
    Q_d_h_prev_,
    Q_d_x_,
    Q_d_h_prev,
    Q_d_x,
    Q_d_a_if,
    Q_d_a_h,
    Q_d_a_hf,
    Q_d_bias
};

static const Quantity quantities[] = {
    [Q_a_if_] = {EARLY, HIDDEN_SIZE, 0, 0, 0, Q_a_if_},
    [Q_a_ih_] = {EARLY, HIDDEN_SIZE, 0, 0, 1, Q_a_if_},
    [Q_a_hf_] = {LOCAL, HIDDEN_SIZE, 0, 1, 0, Q_a_hf_},
    [Q_a_fh_] = {LOCAL, HIDDEN_SIZE, 0, 2, 0, Q_a_fh_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_h_prev] = {BEFORE, HIDDEN_SIZE, 0, 0, 0, Q_h_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_a_if] = {PANEL, HIDDEN_SIZE, 1, 0, 0, Q_a_if},
    [Q_a_ih] = {PANEL, HIDDEN_SIZE, 0, 0, 0, Q_a_ih},
    [Q_a_hf] = {PANEL, HIDDEN_SIZE, 1, 1, 0, Q_a_if},
    [Q_f] = {ROW, HIDDEN_SIZE, 1, 3, 0, Q_f},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_d_f_] = {LOCAL, HIDDEN_SIZE, 0, 3, 0, Q_d_f_},
    [Q_d_h_prev_] = {LOCAL, HIDDEN_SIZE, 0, 4, 0, Q_d_h_prev_},
    [Q_d_x_] = {LOCAL, INPUT_SIZE, 0, 5, 0, Q_d_x_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_a_if] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_a_if},
    [Q_d_a_h] = {ROW, HIDDEN_SIZE, 1, 1, 0, Q_d_a_h},
    [Q_d_a_hf] = {ROW, HIDDEN_SIZE, 1, 2, 0, Q_d_a_hf},
    [Q_d_bias] = {SUM, HIDDEN_SIZE, 0, 0, 0, Q_d_bias},
};

/* Stage 1 of a time step, panels of units. */
static void step_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_if = get(Q_a_if_);
            const vec a_ih = get(Q_a_ih_);
            const vec a_hf = get(Q_a_hf_);
            const vec f = a_if * a_hf;
            put(Q_a_ih, a_ih);
            put(Q_f, f);
            if (keep) {
                put(Q_a_if, a_if);
                put(Q_a_hf, a_hf);
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
            const vec a_ih = get(Q_a_ih);
            const vec a_fh = get(Q_a_fh_);
            const vec h = vtanh(a_ih + a_fh);
            put(Q_h, h);
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of units. */
static void back_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        vec d_bias = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_h_later = get(Q_d_h_later);
            const vec d_y = get(Q_d_y);
            const vec h = get(Q_h);
            const vec d_h = d_h_later + d_y;
            const vec d_a_h = d_h * (R(1) - power(h, 2));
            d_bias += d_a_h;
            put(Q_d_a_h, d_a_h);
        }
        add(Q_d_bias, d_bias);
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of units. */
static void back_2(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_if = get(Q_a_if);
            const vec a_hf = get(Q_a_hf);
            const vec d_f = get(Q_d_f_);
            const vec d_a_hf = d_f * a_if;
            const vec d_a_if = d_f * a_hf;
            put(Q_d_a_hf, d_a_hf);
            put(Q_d_a_if, d_a_if);
        }
    }
    (void)keep;
}

/* Stage 3 of a time step backwards, panels of units. */
static void back_3(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_h_prev = get(Q_d_h_prev_);
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
    {"weight_ih", HIDDEN_SIZE, INPUT_SIZE, ONE, 2, 0, 0},
    {"weight_hh", HIDDEN_SIZE, HIDDEN_SIZE, ONE, 1, 0, 0},
    {"weight_fh", HIDDEN_SIZE, HIDDEN_SIZE, ONE, 1, 0, 0},
    {"bias", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
};

static const char *const constants[] = {
    0,
};

static const Pack packs[] = {
    {0, 0, 2, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {1, 0, 1, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {2, 0, 1, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {2, 0, 1, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {1, 0, 1, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {0, 0, 2, 1, 0, INPUT_SIZE, HIDDEN_SIZE},
};

static const Buffer buffers[] = {
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
    {HIDDEN_SIZE, 1, 1, (const Summand[]){{3, 0}}},
};

static const Product input_products[] = {
    {0, 0, -1, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 2, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_a_if, Q_x}}},
    {1, 0, 1, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_hf, Q_h_prev}}},
    {2, 0, 1, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_h, Q_f}}},
};

static const Total totals[] = {
    {3, 0, 0, HIDDEN_SIZE, 0, 0},
};

static const Group parameter_groups[] = {
    {0},
};

static const Stage forward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 2, (const Product[]){{1, 1, -1, 0, 1, (const short[]){Q_h_prev}}}, (const short[]){Q_a_if_, Q_a_hf_}, step_1}}},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{2, 2, 0, 0, 1, (const short[]){Q_f}}}, (const short[]){Q_a_fh_}, step_2}}},
};

static const Stage backward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}}},
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{3, 3, -1, 0, 1, (const short[]){Q_d_a_h}}}, (const short[]){Q_d_f_}, back_2}}},
    {0, 2, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{4, 4, -1, 0, 1, (const short[]){Q_d_a_hf}}}, (const short[]){Q_d_h_prev_}, back_3}, {INPUT_SIZE, 1, 1, 1, (const Product[]){{5, 5, -1, 0, 2, (const short[]){Q_d_a_if, Q_d_a_h}}}, (const short[]){Q_d_x_}, back_3_inputs}}},
};

static const char *const sizes[] = {
    0,
};

const Cell derive_cell = {
    .name = "mrnn",
    .quantities = 22,
    .forward_quantities = 11,
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
    .totals = 1,
    .sums = 1,
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
