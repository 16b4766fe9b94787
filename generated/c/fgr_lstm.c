/* Of fgr_lstm.py as it was written, SHA-256 dfac2ad0bda243ddf2e6add9ccaee4a2b35baafdc474035bf5f5c5f6348a7d79 */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * LSTM with full gate recurrence (FGR). One time step:
 *
 *     u_jₜ = W_ju_j jₜ₋₁ + W_fu_j fₜ₋₁ + W_ou_j oₜ₋₁
 *     u_fₜ = W_ju_f jₜ₋₁ + W_fu_f fₜ₋₁ + W_ou_f oₜ₋₁
 *     u_oₜ = W_ju_o jₜ₋₁ + W_fu_o fₜ₋₁ + W_ou_o oₜ₋₁
 *       jₜ = σ(W_ij xₜ + b_ij + W_hj hₜ₋₁ + b_hj + u_jₜ + p_j ⊙ cₜ₋₁)
 *       fₜ = σ(W_if xₜ + b_if + W_hf hₜ₋₁ + b_hf + u_fₜ + p_f ⊙ cₜ₋₁)
 *       gₜ = tanh(W_ig xₜ + b_ig + W_hg hₜ₋₁ + b_hg)
 *       cₜ = fₜ ⊙ cₜ₋₁ + jₜ ⊙ gₜ
 *       oₜ = σ(W_io xₜ + b_io + W_ho hₜ₋₁ + b_ho + u_oₜ + p_o ⊙ cₜ)
 *       hₜ = oₜ ⊙ tanh(cₜ)
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_a_x_0_,
    Q_a_x_1_,
    Q_a_x_2_,
    Q_a_x_3_,
    Q_a_125_0_,
    Q_a_125_1_,
    Q_a_125_2_,
    Q_x,
    Q_h_prev,
    Q_c_prev,
    Q_j_prev,
    Q_f_prev,
    Q_o_prev,
    Q_h,
    Q_c,
    Q_j,
    Q_f,
    Q_o,
    Q_g,
    Q_tanh_c,
    Q_p_j,
    Q_p_f,
    Q_p_o,
    Q_d_h_later,
    Q_d_y,
    Q_d_c_later,
    Q_d_j_later,
    Q_d_f_later,
    Q_d_o_later,
    Q_d_h_prev_,
    Q_d_j_prev_,
    Q_d_f_prev_,
    Q_d_o_prev_,
    Q_d_x_,
    Q_d_h_prev,
    Q_d_c_prev,
    Q_d_j_prev,
    Q_d_f_prev,
    Q_d_o_prev,
    Q_d_x,
    Q_d_u_j,
    Q_d_u_f,
    Q_d_u_o,
    Q_d_a_j,
    Q_d_a_f,
    Q_d_a_g,
    Q_d_a_o,
    Q_d_bias_ih_0,
    Q_d_bias_ih_1,
    Q_d_bias_ih_2,
    Q_d_bias_ih_3,
    Q_d_p_j,
    Q_d_p_f,
    Q_d_p_o
};

static const Quantity quantities[] = {
    [Q_a_x_0_] = {EARLY, HIDDEN_SIZE, 0, 0, 0, Q_a_x_0_},
    [Q_a_x_1_] = {EARLY, HIDDEN_SIZE, 0, 0, 1, Q_a_x_0_},
    [Q_a_x_2_] = {EARLY, HIDDEN_SIZE, 0, 0, 2, Q_a_x_0_},
    [Q_a_x_3_] = {EARLY, HIDDEN_SIZE, 0, 0, 3, Q_a_x_0_},
    [Q_a_125_0_] = {LOCAL, HIDDEN_SIZE, 0, 1, 0, Q_a_125_0_},
    [Q_a_125_1_] = {LOCAL, HIDDEN_SIZE, 0, 1, 1, Q_a_125_0_},
    [Q_a_125_2_] = {LOCAL, HIDDEN_SIZE, 0, 1, 2, Q_a_125_0_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_h_prev] = {BEFORE, HIDDEN_SIZE, 0, 0, 0, Q_h_prev},
    [Q_c_prev] = {BEFORE, HIDDEN_SIZE, 0, 1, 0, Q_c_prev},
    [Q_j_prev] = {BEFORE, HIDDEN_SIZE, 0, 2, 0, Q_j_prev},
    [Q_f_prev] = {BEFORE, HIDDEN_SIZE, 0, 3, 0, Q_f_prev},
    [Q_o_prev] = {BEFORE, HIDDEN_SIZE, 0, 4, 0, Q_o_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_c] = {AFTER, HIDDEN_SIZE, 0, 1, 0, Q_c},
    [Q_j] = {AFTER, HIDDEN_SIZE, 0, 2, 0, Q_j},
    [Q_f] = {AFTER, HIDDEN_SIZE, 0, 3, 0, Q_f},
    [Q_o] = {AFTER, HIDDEN_SIZE, 0, 4, 0, Q_o},
    [Q_g] = {PANEL, HIDDEN_SIZE, 1, 0, 0, Q_g},
    [Q_tanh_c] = {PANEL, HIDDEN_SIZE, 1, 1, 0, Q_g},
    [Q_p_j] = {FIXED, HIDDEN_SIZE, 0, 0, 0, Q_p_j},
    [Q_p_f] = {FIXED, HIDDEN_SIZE, 0, 1, 0, Q_p_f},
    [Q_p_o] = {FIXED, HIDDEN_SIZE, 0, 2, 0, Q_p_o},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_d_c_later] = {LATER, HIDDEN_SIZE, 0, 1, 0, Q_d_c_later},
    [Q_d_j_later] = {LATER, HIDDEN_SIZE, 0, 2, 0, Q_d_j_later},
    [Q_d_f_later] = {LATER, HIDDEN_SIZE, 0, 3, 0, Q_d_f_later},
    [Q_d_o_later] = {LATER, HIDDEN_SIZE, 0, 4, 0, Q_d_o_later},
    [Q_d_h_prev_] = {LOCAL, HIDDEN_SIZE, 0, 2, 0, Q_d_h_prev_},
    [Q_d_j_prev_] = {LOCAL, HIDDEN_SIZE, 0, 3, 0, Q_d_j_prev_},
    [Q_d_f_prev_] = {LOCAL, HIDDEN_SIZE, 0, 4, 0, Q_d_f_prev_},
    [Q_d_o_prev_] = {LOCAL, HIDDEN_SIZE, 0, 5, 0, Q_d_o_prev_},
    [Q_d_x_] = {LOCAL, INPUT_SIZE, 0, 6, 0, Q_d_x_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_c_prev] = {EARLIER, HIDDEN_SIZE, 0, 1, 0, Q_d_c_prev},
    [Q_d_j_prev] = {EARLIER, HIDDEN_SIZE, 0, 2, 0, Q_d_j_prev},
    [Q_d_f_prev] = {EARLIER, HIDDEN_SIZE, 0, 3, 0, Q_d_f_prev},
    [Q_d_o_prev] = {EARLIER, HIDDEN_SIZE, 0, 4, 0, Q_d_o_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_u_j] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_u_j},
    [Q_d_u_f] = {ROW, HIDDEN_SIZE, 1, 1, 0, Q_d_u_f},
    [Q_d_u_o] = {ROW, HIDDEN_SIZE, 1, 2, 0, Q_d_u_o},
    [Q_d_a_j] = {ROW, HIDDEN_SIZE, 1, 3, 0, Q_d_a_j},
    [Q_d_a_f] = {ROW, HIDDEN_SIZE, 1, 4, 0, Q_d_a_f},
    [Q_d_a_g] = {ROW, HIDDEN_SIZE, 1, 5, 0, Q_d_a_g},
    [Q_d_a_o] = {ROW, HIDDEN_SIZE, 1, 6, 0, Q_d_a_o},
    [Q_d_bias_ih_0] = {SUM, HIDDEN_SIZE, 0, 0, 0, Q_d_bias_ih_0},
    [Q_d_bias_ih_1] = {SUM, HIDDEN_SIZE, 0, 1, 0, Q_d_bias_ih_1},
    [Q_d_bias_ih_2] = {SUM, HIDDEN_SIZE, 0, 2, 0, Q_d_bias_ih_2},
    [Q_d_bias_ih_3] = {SUM, HIDDEN_SIZE, 0, 3, 0, Q_d_bias_ih_3},
    [Q_d_p_j] = {SUM, HIDDEN_SIZE, 0, 4, 0, Q_d_p_j},
    [Q_d_p_f] = {SUM, HIDDEN_SIZE, 0, 5, 0, Q_d_p_f},
    [Q_d_p_o] = {SUM, HIDDEN_SIZE, 0, 6, 0, Q_d_p_o},
};

/* Stage 1 of a time step, panels of units. */
static void step_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec p_j = fixed(Q_p_j);
        const vec p_f = fixed(Q_p_f);
        const vec p_o = fixed(Q_p_o);
        for (long row = 0; row < rows; row++) {
            const vec c_prev = get(Q_c_prev);
            const vec u_j = get(Q_a_125_0_);
            const vec u_f = get(Q_a_125_1_);
            const vec u_o = get(Q_a_125_2_);
            const vec a_j = get(Q_a_x_0_);
            const vec a_f = get(Q_a_x_1_);
            const vec a_g = get(Q_a_x_2_);
            const vec a_o = get(Q_a_x_3_);
            const vec j = vsigmoid(a_j + u_j + p_j * c_prev);
            const vec f = vsigmoid(a_f + u_f + p_f * c_prev);
            const vec g = vtanh(a_g);
            const vec c = f * c_prev + j * g;
            const vec o = vsigmoid(a_o + u_o + p_o * c);
            const vec tanh_c = vtanh(c);
            const vec h = o * tanh_c;
            put(Q_j, j);
            put(Q_f, f);
            put(Q_c, c);
            put(Q_o, o);
            put(Q_h, h);
            if (keep) {
                put(Q_g, g);
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
        const vec p_j = fixed(Q_p_j);
        const vec p_f = fixed(Q_p_f);
        vec d_bias_ih_0 = splat(0);
        vec d_bias_ih_1 = splat(0);
        vec d_bias_ih_2 = splat(0);
        vec d_bias_ih_3 = splat(0);
        vec d_p_j = splat(0);
        vec d_p_f = splat(0);
        vec d_p_o = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_h_later = get(Q_d_h_later);
            const vec d_y = get(Q_d_y);
            const vec tanh_c = get(Q_tanh_c);
            const vec o = get(Q_o);
            const vec j = get(Q_j);
            const vec g = get(Q_g);
            const vec c_prev = get(Q_c_prev);
            const vec f = get(Q_f);
            const vec c = get(Q_c);
            const vec d_h = d_h_later + d_y;
            const vec d_c_next = get(Q_d_c_later);
            const vec d_j_next = get(Q_d_j_later);
            const vec d_f_next = get(Q_d_f_later);
            const vec d_o_next = get(Q_d_o_later);
            const vec d_o = d_o_next + d_h * tanh_c;
            const vec d_a_o = d_o * o * (R(1) - o);
            const vec d_c = d_c_next + d_a_o * p_o + d_h * o * (R(1) - power(tanh_c, 2));
            const vec d_a_g = d_c * j * (R(1) - power(g, 2));
            const vec d_f = d_f_next + d_c * c_prev;
            const vec d_a_f = d_f * f * (R(1) - f);
            const vec d_j = d_j_next + d_c * g;
            const vec d_a_j = d_j * j * (R(1) - j);
            const vec d_u_o = d_a_o;
            const vec d_u_f = d_a_f;
            const vec d_u_j = d_a_j;
            const vec d_c_prev = d_a_j * p_j + d_a_f * p_f + d_c * f;
            d_bias_ih_0 += d_a_j;
            d_bias_ih_1 += d_a_f;
            d_bias_ih_2 += d_a_g;
            d_bias_ih_3 += d_a_o;
            d_p_j += d_a_j * c_prev;
            d_p_f += d_a_f * c_prev;
            d_p_o += d_a_o * c;
            put(Q_d_a_o, d_a_o);
            put(Q_d_a_g, d_a_g);
            put(Q_d_a_f, d_a_f);
            put(Q_d_a_j, d_a_j);
            put(Q_d_u_o, d_u_o);
            put(Q_d_u_f, d_u_f);
            put(Q_d_u_j, d_u_j);
            put(Q_d_c_prev, d_c_prev);
        }
        add(Q_d_bias_ih_0, d_bias_ih_0);
        add(Q_d_bias_ih_1, d_bias_ih_1);
        add(Q_d_bias_ih_2, d_bias_ih_2);
        add(Q_d_bias_ih_3, d_bias_ih_3);
        add(Q_d_p_j, d_p_j);
        add(Q_d_p_f, d_p_f);
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
            const vec d_j_prev = get(Q_d_j_prev_);
            const vec d_f_prev = get(Q_d_f_prev_);
            const vec d_o_prev = get(Q_d_o_prev_);
            put(Q_d_h_prev, d_h_prev);
            put(Q_d_j_prev, d_j_prev);
            put(Q_d_f_prev, d_f_prev);
            put(Q_d_o_prev, d_o_prev);
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
    {HIDDEN_SIZE, 1, 1},
    {HIDDEN_SIZE, 1, 1},
    {HIDDEN_SIZE, 1, 1},
};

static const unsigned char inputs[] = {
    INPUT_SIZE,
};

static const Tensor tensors[] = {
    {"weight_jh", HIDDEN_SIZE, HIDDEN_SIZE, ONE, 3, 0, 0},
    {"weight_fh", HIDDEN_SIZE, HIDDEN_SIZE, ONE, 3, 0, 0},
    {"weight_oh", HIDDEN_SIZE, HIDDEN_SIZE, ONE, 3, 0, 0},
    {"weight_ih", HIDDEN_SIZE, INPUT_SIZE, ONE, 4, 0, 0},
    {"bias_ih", HIDDEN_SIZE, ONE, ONE, 4, 0, 0},
    {"weight_hh", HIDDEN_SIZE, HIDDEN_SIZE, ONE, 4, 0, 0},
    {"bias_hh", HIDDEN_SIZE, ONE, ONE, 4, 0, 0},
    {"p_j", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
    {"p_f", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
    {"p_o", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
};

static const char *const constants[] = {
    0,
};

static const Pack packs[] = {
    {3, 0, 4, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {0, 0, 3, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {1, 0, 3, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {2, 0, 3, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {5, 0, 4, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {5, 0, 4, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {0, 0, 3, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {1, 0, 3, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {2, 0, 3, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {3, 0, 4, 1, 0, INPUT_SIZE, HIDDEN_SIZE},
};

static const Buffer buffers[] = {
    {HIDDEN_SIZE, 1, 4},
    {HIDDEN_SIZE, 0, 3},
    {HIDDEN_SIZE, 0, 1},
    {HIDDEN_SIZE, 0, 1},
    {HIDDEN_SIZE, 0, 1},
    {HIDDEN_SIZE, 0, 1},
    {INPUT_SIZE, 0, 1},
};

static const Fixed sources[] = {
    {OF_TENSOR, HIDDEN_SIZE, 7, 0},
    {OF_TENSOR, HIDDEN_SIZE, 8, 0},
    {OF_TENSOR, HIDDEN_SIZE, 9, 0},
};

static const Bias biases[] = {
    {HIDDEN_SIZE, 4, 2, (const Summand[]){{4, 0}, {6, 0}}},
};

static const Product input_products[] = {
    {0, 0, 0, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 3, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_u_j, Q_j_prev}}},
    {1, 0, 3, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_u_j, Q_f_prev}}},
    {2, 0, 3, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_u_j, Q_o_prev}}},
    {3, 0, 4, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_a_j, Q_x}}},
    {5, 0, 4, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_j, Q_h_prev}}},
};

static const Total totals[] = {
    {4, 0, 0, HIDDEN_SIZE, 0, 0},
    {4, 1, 1, HIDDEN_SIZE, 0, 0},
    {4, 2, 2, HIDDEN_SIZE, 0, 0},
    {4, 3, 3, HIDDEN_SIZE, 0, 0},
    {6, 0, 0, HIDDEN_SIZE, 0, 0},
    {6, 1, 1, HIDDEN_SIZE, 0, 0},
    {6, 2, 2, HIDDEN_SIZE, 0, 0},
    {6, 3, 3, HIDDEN_SIZE, 0, 0},
    {7, 0, 4, HIDDEN_SIZE, 0, 0},
    {8, 0, 5, HIDDEN_SIZE, 0, 0},
    {9, 0, 6, HIDDEN_SIZE, 0, 0},
};

static const Group parameter_groups[] = {
    {0},
};

static const Stage forward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 4, 2, (const Product[]){{1, 1, -1, 0, 1, (const short[]){Q_j_prev}}, {1, 2, -1, 1, 1, (const short[]){Q_f_prev}}, {1, 3, -1, 1, 1, (const short[]){Q_o_prev}}, {0, 4, -1, 1, 1, (const short[]){Q_h_prev}}}, (const short[]){Q_a_125_0_, Q_a_x_0_}, step_1}}},
};

static const Stage backward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}}},
    {0, 2, 0, (const Group[]){{HIDDEN_SIZE, 0, 4, 4, (const Product[]){{2, 5, -1, 0, 4, (const short[]){Q_d_a_j, Q_d_a_f, Q_d_a_g, Q_d_a_o}}, {3, 6, -1, 0, 3, (const short[]){Q_d_u_j, Q_d_u_f, Q_d_u_o}}, {4, 7, -1, 0, 3, (const short[]){Q_d_u_j, Q_d_u_f, Q_d_u_o}}, {5, 8, -1, 0, 3, (const short[]){Q_d_u_j, Q_d_u_f, Q_d_u_o}}}, (const short[]){Q_d_h_prev_, Q_d_j_prev_, Q_d_f_prev_, Q_d_o_prev_}, back_2}, {INPUT_SIZE, 1, 1, 1, (const Product[]){{6, 9, -1, 0, 4, (const short[]){Q_d_a_j, Q_d_a_f, Q_d_a_g, Q_d_a_o}}}, (const short[]){Q_d_x_}, back_2_inputs}}},
};

static const char *const sizes[] = {
    0,
};

const Cell derive_cell = {
    .name = "fgr_lstm",
    .quantities = 54,
    .forward_quantities = 23,
    .states = 5,
    .inputs = 1,
    .axes = 4,
    .tensors = 10,
    .constants = 0,
    .packs = 10,
    .buffers = 7,
    .fixed = 3,
    .biases = 1,
    .early = 1,
    .outers = 5,
    .totals = 11,
    .sums = 7,
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
