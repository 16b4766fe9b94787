/* Of qrnn2.py as it was written, SHA-256 1def825b14ed369629aa0a5abd18bec9b8ad7801c42ba9708962144326ee3d74 */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * Quasi-recurrent network, fo-pooling, window 2. One time step:
 *
 *       zₜ = tanh(W_iz xₜ + b_iz + v_zₜ₋₁)
 *       fₜ = σ(W_if xₜ + b_if + v_fₜ₋₁)
 *       oₜ = σ(W_io xₜ + b_io + v_oₜ₋₁)
 *       cₜ = fₜ ⊙ cₜ₋₁ + (1 − fₜ) ⊙ zₜ
 *       hₜ = oₜ ⊙ cₜ
 *     v_zₜ = W_iv_z xₜ
 *     v_fₜ = W_iv_f xₜ
 *     v_oₜ = W_iv_o xₜ
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_a_z_,
    Q_a_f_,
    Q_a_o_,
    Q_v_z_,
    Q_v_f_,
    Q_v_o_,
    Q_x,
    Q_c_prev,
    Q_v_z_prev,
    Q_v_f_prev,
    Q_v_o_prev,
    Q_h,
    Q_c,
    Q_v_z,
    Q_v_f,
    Q_v_o,
    Q_z,
    Q_f,
    Q_o,
    Q_d_h_later,
    Q_d_y,
    Q_d_c_later,
    Q_d_v_z_later,
    Q_d_v_f_later,
    Q_d_v_o_later,
    Q_d_x_,
    Q_d_h_prev,
    Q_d_c_prev,
    Q_d_v_z_prev,
    Q_d_v_f_prev,
    Q_d_v_o_prev,
    Q_d_x,
    Q_d_a_z,
    Q_d_a_f,
    Q_d_a_o,
    Q_d_v_z,
    Q_d_v_f,
    Q_d_v_o,
    Q_d_bias_ih_0,
    Q_d_bias_ih_1,
    Q_d_bias_ih_2
};

static const Quantity quantities[] = {
    [Q_a_z_] = {EARLY, HIDDEN_SIZE, 0, 0, 0, Q_a_z_},
    [Q_a_f_] = {EARLY, HIDDEN_SIZE, 0, 0, 1, Q_a_z_},
    [Q_a_o_] = {EARLY, HIDDEN_SIZE, 0, 0, 2, Q_a_z_},
    [Q_v_z_] = {EARLY, HIDDEN_SIZE, 0, 1, 0, Q_v_z_},
    [Q_v_f_] = {EARLY, HIDDEN_SIZE, 0, 1, 1, Q_v_z_},
    [Q_v_o_] = {EARLY, HIDDEN_SIZE, 0, 1, 2, Q_v_z_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_c_prev] = {BEFORE, HIDDEN_SIZE, 0, 1, 0, Q_c_prev},
    [Q_v_z_prev] = {BEFORE, HIDDEN_SIZE, 0, 2, 0, Q_v_z_prev},
    [Q_v_f_prev] = {BEFORE, HIDDEN_SIZE, 0, 3, 0, Q_v_f_prev},
    [Q_v_o_prev] = {BEFORE, HIDDEN_SIZE, 0, 4, 0, Q_v_o_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_c] = {AFTER, HIDDEN_SIZE, 0, 1, 0, Q_c},
    [Q_v_z] = {AFTER, HIDDEN_SIZE, 0, 2, 0, Q_v_z},
    [Q_v_f] = {AFTER, HIDDEN_SIZE, 0, 3, 0, Q_v_f},
    [Q_v_o] = {AFTER, HIDDEN_SIZE, 0, 4, 0, Q_v_o},
    [Q_z] = {PANEL, HIDDEN_SIZE, 1, 0, 0, Q_z},
    [Q_f] = {PANEL, HIDDEN_SIZE, 1, 1, 0, Q_z},
    [Q_o] = {PANEL, HIDDEN_SIZE, 1, 2, 0, Q_z},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_d_c_later] = {LATER, HIDDEN_SIZE, 0, 1, 0, Q_d_c_later},
    [Q_d_v_z_later] = {LATER, HIDDEN_SIZE, 0, 2, 0, Q_d_v_z_later},
    [Q_d_v_f_later] = {LATER, HIDDEN_SIZE, 0, 3, 0, Q_d_v_f_later},
    [Q_d_v_o_later] = {LATER, HIDDEN_SIZE, 0, 4, 0, Q_d_v_o_later},
    [Q_d_x_] = {LOCAL, INPUT_SIZE, 0, 2, 0, Q_d_x_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_c_prev] = {EARLIER, HIDDEN_SIZE, 0, 1, 0, Q_d_c_prev},
    [Q_d_v_z_prev] = {EARLIER, HIDDEN_SIZE, 0, 2, 0, Q_d_v_z_prev},
    [Q_d_v_f_prev] = {EARLIER, HIDDEN_SIZE, 0, 3, 0, Q_d_v_f_prev},
    [Q_d_v_o_prev] = {EARLIER, HIDDEN_SIZE, 0, 4, 0, Q_d_v_o_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_a_z] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_a_z},
    [Q_d_a_f] = {ROW, HIDDEN_SIZE, 1, 1, 0, Q_d_a_f},
    [Q_d_a_o] = {ROW, HIDDEN_SIZE, 1, 2, 0, Q_d_a_o},
    [Q_d_v_z] = {ROW, HIDDEN_SIZE, 1, 3, 0, Q_d_v_z},
    [Q_d_v_f] = {ROW, HIDDEN_SIZE, 1, 4, 0, Q_d_v_f},
    [Q_d_v_o] = {ROW, HIDDEN_SIZE, 1, 5, 0, Q_d_v_o},
    [Q_d_bias_ih_0] = {SUM, HIDDEN_SIZE, 0, 0, 0, Q_d_bias_ih_0},
    [Q_d_bias_ih_1] = {SUM, HIDDEN_SIZE, 0, 1, 0, Q_d_bias_ih_1},
    [Q_d_bias_ih_2] = {SUM, HIDDEN_SIZE, 0, 2, 0, Q_d_bias_ih_2},
};

/* Stage 1 of a time step, panels of units. */
static void step_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec v_z_prev = get(Q_v_z_prev);
            const vec v_f_prev = get(Q_v_f_prev);
            const vec v_o_prev = get(Q_v_o_prev);
            const vec c_prev = get(Q_c_prev);
            const vec a_z = get(Q_a_z_);
            const vec a_f = get(Q_a_f_);
            const vec a_o = get(Q_a_o_);
            const vec v_z = get(Q_v_z_);
            const vec v_f = get(Q_v_f_);
            const vec v_o = get(Q_v_o_);
            const vec z = vtanh(a_z + v_z_prev);
            const vec f = vsigmoid(a_f + v_f_prev);
            const vec o = vsigmoid(a_o + v_o_prev);
            const vec c = f * c_prev + (R(1) - f) * z;
            const vec h = o * c;
            put(Q_v_z, v_z);
            put(Q_v_f, v_f);
            put(Q_v_o, v_o);
            put(Q_c, c);
            put(Q_h, h);
            if (keep) {
                put(Q_z, z);
                put(Q_f, f);
                put(Q_o, o);
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
        for (long row = 0; row < rows; row++) {
            const vec d_h_later = get(Q_d_h_later);
            const vec d_y = get(Q_d_y);
            const vec o = get(Q_o);
            const vec c = get(Q_c);
            const vec f = get(Q_f);
            const vec c_prev = get(Q_c_prev);
            const vec z = get(Q_z);
            const vec d_h = d_h_later + d_y;
            const vec d_c_next = get(Q_d_c_later);
            const vec d_v_z = get(Q_d_v_z_later);
            const vec d_v_f = get(Q_d_v_f_later);
            const vec d_v_o = get(Q_d_v_o_later);
            const vec d_c = d_c_next + d_h * o;
            const vec d_a_o = o * (R(1) - o) * d_h * c;
            const vec d_a_f = f * (R(1) - f) * d_c * (c_prev - z);
            const vec d_a_z = d_c * (R(1) - f) * (R(1) - power(z, 2));
            const vec d_h_prev = splat(R(0));
            const vec d_c_prev = d_c * f;
            const vec d_v_z_prev = d_a_z;
            const vec d_v_f_prev = d_a_f;
            const vec d_v_o_prev = d_a_o;
            d_bias_ih_0 += d_a_z;
            d_bias_ih_1 += d_a_f;
            d_bias_ih_2 += d_a_o;
            put(Q_d_v_z, d_v_z);
            put(Q_d_v_f, d_v_f);
            put(Q_d_v_o, d_v_o);
            put(Q_d_a_o, d_a_o);
            put(Q_d_a_f, d_a_f);
            put(Q_d_a_z, d_a_z);
            put(Q_d_h_prev, d_h_prev);
            put(Q_d_c_prev, d_c_prev);
            put(Q_d_v_z_prev, d_v_z_prev);
            put(Q_d_v_f_prev, d_v_f_prev);
            put(Q_d_v_o_prev, d_v_o_prev);
        }
        add(Q_d_bias_ih_0, d_bias_ih_0);
        add(Q_d_bias_ih_1, d_bias_ih_1);
        add(Q_d_bias_ih_2, d_bias_ih_2);
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
    {HIDDEN_SIZE, 0, 1},
    {HIDDEN_SIZE, 0},
    {HIDDEN_SIZE, 0},
    {HIDDEN_SIZE, 0},
};

static const unsigned char inputs[] = {
    INPUT_SIZE,
};

static const Tensor tensors[] = {
    {"weight_ih", HIDDEN_SIZE, INPUT_SIZE, ONE, 6, 0, 0},
    {"bias_ih", HIDDEN_SIZE, ONE, ONE, 3, 0, 0},
};

static const char *const constants[] = {
    0,
};

static const Pack packs[] = {
    {0, 0, 3, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {0, 3, 3, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {0, 0, 6, 1, 0, INPUT_SIZE, HIDDEN_SIZE},
};

static const Buffer buffers[] = {
    {HIDDEN_SIZE, 1, 3},
    {HIDDEN_SIZE, 1, 3},
    {INPUT_SIZE, 0, 1},
};

static const Fixed sources[] = {
    {0},
};

static const Bias biases[] = {
    {HIDDEN_SIZE, 3, 1, (const Summand[]){{1, 0}}},
};

static const Product input_products[] = {
    {0, 0, 0, 0, 1, (const short[]){Q_x}},
    {1, 1, -1, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 6, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_a_z, Q_x}}},
};

static const Total totals[] = {
    {1, 0, 0, HIDDEN_SIZE, 0, 0},
    {1, 1, 1, HIDDEN_SIZE, 0, 0},
    {1, 2, 2, HIDDEN_SIZE, 0, 0},
};

static const Group parameter_groups[] = {
    {0},
};

static const Stage forward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 2, 0, (const short[]){Q_a_z_, Q_v_z_}, step_1}}},
};

static const Stage backward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}}},
    {0, 1, 0, (const Group[]){{INPUT_SIZE, 1, 1, 1, (const Product[]){{2, 2, -1, 0, 6, (const short[]){Q_d_a_z, Q_d_a_f, Q_d_a_o, Q_d_v_z, Q_d_v_f, Q_d_v_o}}}, (const short[]){Q_d_x_}, back_2_inputs}}},
};

static const char *const sizes[] = {
    0,
};

const Cell derive_cell = {
    .name = "qrnn2",
    .quantities = 41,
    .forward_quantities = 19,
    .states = 5,
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
