/* Of atr.py as it was written, SHA-256 2e0815dbc6af68827c9851619cae53ef9e55e4a8bf2b0e40ed525dc789feffbe */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * Addition-subtraction twin-gated recurrent network. One time step:
 *
 *     pₜ = W_ip xₜ
 *     qₜ = W_hq hₜ₋₁
 *     iₜ = σ(pₜ + qₜ)
 *     fₜ = σ(pₜ − qₜ)
 *     hₜ = iₜ ⊙ pₜ + fₜ ⊙ hₜ₋₁
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_p_,
    Q_q_,
    Q_x,
    Q_h_prev,
    Q_h,
    Q_p,
    Q_i,
    Q_f,
    Q_d_h_later,
    Q_d_y,
    Q_a_24_,
    Q_d_x_,
    Q_d_h_prev,
    Q_d_x,
    Q_d_p,
    Q_d_q,
    Q_d_h
};

static const Quantity quantities[] = {
    [Q_p_] = {EARLY, HIDDEN_SIZE, 0, 0, 0, Q_p_},
    [Q_q_] = {LOCAL, HIDDEN_SIZE, 0, 1, 0, Q_q_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_h_prev] = {BEFORE, HIDDEN_SIZE, 0, 0, 0, Q_h_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_p] = {PANEL, HIDDEN_SIZE, 1, 0, 0, Q_p},
    [Q_i] = {PANEL, HIDDEN_SIZE, 1, 1, 0, Q_p},
    [Q_f] = {PANEL, HIDDEN_SIZE, 1, 2, 0, Q_p},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_a_24_] = {LOCAL, HIDDEN_SIZE, 0, 2, 0, Q_a_24_},
    [Q_d_x_] = {LOCAL, INPUT_SIZE, 0, 3, 0, Q_d_x_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_p] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_p},
    [Q_d_q] = {ROW, HIDDEN_SIZE, 1, 1, 0, Q_d_q},
    [Q_d_h] = {PANEL, HIDDEN_SIZE, 0, 0, 0, Q_d_h},
};

/* Stage 1 of a time step, panels of units. */
static void step_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec h_prev = get(Q_h_prev);
            const vec p = get(Q_p_);
            const vec q = get(Q_q_);
            const vec i = vsigmoid(p + q);
            const vec f = vsigmoid(p - q);
            const vec h = i * p + f * h_prev;
            put(Q_h, h);
            if (keep) {
                put(Q_p, p);
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
        for (long row = 0; row < rows; row++) {
            const vec d_h_later = get(Q_d_h_later);
            const vec d_y = get(Q_d_y);
            const vec f = get(Q_f);
            const vec h_prev = get(Q_h_prev);
            const vec i = get(Q_i);
            const vec p = get(Q_p);
            const vec d_h = d_h_later + d_y;
            const vec d_a_f = f * (R(1) - f) * d_h * h_prev;
            const vec d_a_i = i * (R(1) - i) * d_h * p;
            const vec d_q = d_a_i - d_a_f;
            const vec d_p = d_a_i + d_a_f + d_h * i;
            put(Q_d_h, d_h);
            put(Q_d_q, d_q);
            put(Q_d_p, d_p);
        }
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of units. */
static void back_2(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_h = get(Q_d_h);
            const vec f = get(Q_f);
            const vec a_24_ = get(Q_a_24_);
            const vec d_h_prev = d_h * f + a_24_;
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
};

static const unsigned char inputs[] = {
    INPUT_SIZE,
};

static const Tensor tensors[] = {
    {"weight_ih", HIDDEN_SIZE, INPUT_SIZE, ONE, 1, 0, 0},
    {"weight_hh", HIDDEN_SIZE, HIDDEN_SIZE, ONE, 1, 0, 0},
};

static const char *const constants[] = {
    0,
};

static const Pack packs[] = {
    {0, 0, 1, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {1, 0, 1, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {1, 0, 1, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {0, 0, 1, 1, 0, INPUT_SIZE, HIDDEN_SIZE},
};

static const Buffer buffers[] = {
    {HIDDEN_SIZE, 1, 1},
    {HIDDEN_SIZE, 0, 1},
    {HIDDEN_SIZE, 0, 1},
    {INPUT_SIZE, 0, 1},
};

static const Fixed sources[] = {
    {0},
};

static const Bias biases[] = {
    {0},
};

static const Product input_products[] = {
    {0, 0, -1, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 1, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_p, Q_x}}},
    {1, 0, 1, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_q, Q_h_prev}}},
};

static const Total totals[] = {
    {0},
};

static const Group parameter_groups[] = {
    {0},
};

static const Stage forward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 2, (const Product[]){{1, 1, -1, 0, 1, (const short[]){Q_h_prev}}}, (const short[]){Q_p_, Q_q_}, step_1}}},
};

static const Stage backward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}}},
    {0, 2, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{2, 2, -1, 0, 1, (const short[]){Q_d_q}}}, (const short[]){Q_a_24_}, back_2}, {INPUT_SIZE, 1, 1, 1, (const Product[]){{3, 3, -1, 0, 1, (const short[]){Q_d_p}}}, (const short[]){Q_d_x_}, back_2_inputs}}},
};

static const char *const sizes[] = {
    0,
};

const Cell derive_cell = {
    .name = "atr",
    .quantities = 17,
    .forward_quantities = 8,
    .states = 1,
    .inputs = 1,
    .axes = 4,
    .tensors = 2,
    .constants = 0,
    .packs = 4,
    .buffers = 4,
    .fixed = 0,
    .biases = 0,
    .early = 1,
    .outers = 2,
    .totals = 0,
    .sums = 0,
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
