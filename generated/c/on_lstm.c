/* Of on_lstm.py as it was written, SHA-256 24c80dc100a0e1b2287ded3a898822d445be8794c5e4a7d29e6fc4caa4b8a07a */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * Ordered-neurons LSTM. One time step:
 *
 *     f̃ₜ = cumsum(softmax(W_if_tilde xₜ + b_if_tilde + W_hf_tilde hₜ₋₁ + b_hf_tilde))
 *     ĩₜ = 1 − cumsum(softmax(W_ii_tilde xₜ + b_ii_tilde + W_hi_tilde hₜ₋₁ + b_hi_tilde))
 *     iₜ = σ(W_ii xₜ + b_ii + W_hi hₜ₋₁ + b_hi)
 *     fₜ = σ(W_if xₜ + b_if + W_hf hₜ₋₁ + b_hf)
 *     gₜ = tanh(W_ig xₜ + b_ig + W_hg hₜ₋₁ + b_hg)
 *     oₜ = σ(W_io xₜ + b_io + W_ho hₜ₋₁ + b_ho)
 *     ωₜ = f̃ₜ ⊙ ĩₜ
 *     f̂ₜ = fₜ ⊙ ωₜ + f̃ₜ − ωₜ
 *     îₜ = iₜ ⊙ ωₜ + ĩₜ − ωₜ
 *     cₜ = f̂ₜ ⊙ cₜ₋₁ + îₜ ⊙ gₜ
 *     hₜ = oₜ ⊙ tanh(cₜ)
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_a_x_0_,
    Q_a_x_1_,
    Q_a_x_2_,
    Q_a_x_3_,
    Q_a_x_4_,
    Q_a_x_5_,
    Q_x,
    Q_h_prev,
    Q_c_prev,
    Q_h,
    Q_c,
    Q_a_f_tilde,
    Q_a_i_tilde,
    Q_i,
    Q_f,
    Q_g,
    Q_o,
    Q_softmax_a_f_tilde,
    Q_softmax_a_i_tilde,
    Q_f_tilde,
    Q_cumsum_softmax_a_i_tilde,
    Q_i_tilde,
    Q_omega,
    Q_f_hat,
    Q_i_hat,
    Q_tanh_c,
    Q_d_h_later,
    Q_d_y,
    Q_d_c_later,
    Q_d_h_prev_,
    Q_d_x_,
    Q_d_h_prev,
    Q_d_c_prev,
    Q_d_x,
    Q_d_a_f_tilde,
    Q_d_a_i_tilde,
    Q_d_a_i,
    Q_d_a_f,
    Q_d_a_g,
    Q_d_a_o,
    Q_d_cumsum_softmax_a_i_tilde,
    Q_d_f_tilde,
    Q_d_softmax_a_i_tilde,
    Q_d_softmax_a_f_tilde,
    Q_a_72,
    Q_a_76,
    Q_a_73,
    Q_a_77,
    Q_d_bias_ih_2,
    Q_d_bias_ih_3,
    Q_d_bias_ih_4,
    Q_d_bias_ih_5,
    Q_d_bias_ih_0,
    Q_d_bias_ih_1
};

static const Quantity quantities[] = {
    [Q_a_x_0_] = {EARLY, HIDDEN_SIZE, 0, 0, 0, Q_a_x_0_},
    [Q_a_x_1_] = {EARLY, HIDDEN_SIZE, 0, 0, 1, Q_a_x_0_},
    [Q_a_x_2_] = {EARLY, HIDDEN_SIZE, 0, 0, 2, Q_a_x_0_},
    [Q_a_x_3_] = {EARLY, HIDDEN_SIZE, 0, 0, 3, Q_a_x_0_},
    [Q_a_x_4_] = {EARLY, HIDDEN_SIZE, 0, 0, 4, Q_a_x_0_},
    [Q_a_x_5_] = {EARLY, HIDDEN_SIZE, 0, 0, 5, Q_a_x_0_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_h_prev] = {BEFORE, HIDDEN_SIZE, 0, 0, 0, Q_h_prev},
    [Q_c_prev] = {BEFORE, HIDDEN_SIZE, 0, 1, 0, Q_c_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_c] = {AFTER, HIDDEN_SIZE, 0, 1, 0, Q_c},
    [Q_a_f_tilde] = {PANEL, HIDDEN_SIZE, 0, 0, 0, Q_a_f_tilde},
    [Q_a_i_tilde] = {PANEL, HIDDEN_SIZE, 0, 1, 0, Q_a_f_tilde},
    [Q_i] = {PANEL, HIDDEN_SIZE, 1, 0, 0, Q_i},
    [Q_f] = {PANEL, HIDDEN_SIZE, 1, 1, 0, Q_i},
    [Q_g] = {PANEL, HIDDEN_SIZE, 1, 2, 0, Q_i},
    [Q_o] = {PANEL, HIDDEN_SIZE, 1, 3, 0, Q_i},
    [Q_softmax_a_f_tilde] = {PANEL, HIDDEN_SIZE, 1, 4, 0, Q_i},
    [Q_softmax_a_i_tilde] = {PANEL, HIDDEN_SIZE, 1, 5, 0, Q_i},
    [Q_f_tilde] = {PANEL, HIDDEN_SIZE, 1, 6, 0, Q_i},
    [Q_cumsum_softmax_a_i_tilde] = {PANEL, HIDDEN_SIZE, 0, 2, 0, Q_a_f_tilde},
    [Q_i_tilde] = {PANEL, HIDDEN_SIZE, 1, 7, 0, Q_i},
    [Q_omega] = {PANEL, HIDDEN_SIZE, 1, 8, 0, Q_i},
    [Q_f_hat] = {PANEL, HIDDEN_SIZE, 1, 9, 0, Q_i},
    [Q_i_hat] = {PANEL, HIDDEN_SIZE, 1, 10, 0, Q_i},
    [Q_tanh_c] = {PANEL, HIDDEN_SIZE, 1, 11, 0, Q_i},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_d_c_later] = {LATER, HIDDEN_SIZE, 0, 1, 0, Q_d_c_later},
    [Q_d_h_prev_] = {LOCAL, HIDDEN_SIZE, 0, 1, 0, Q_d_h_prev_},
    [Q_d_x_] = {LOCAL, INPUT_SIZE, 0, 2, 0, Q_d_x_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_c_prev] = {EARLIER, HIDDEN_SIZE, 0, 1, 0, Q_d_c_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_a_f_tilde] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_a_f_tilde},
    [Q_d_a_i_tilde] = {ROW, HIDDEN_SIZE, 1, 1, 0, Q_d_a_i_tilde},
    [Q_d_a_i] = {ROW, HIDDEN_SIZE, 1, 2, 0, Q_d_a_i},
    [Q_d_a_f] = {ROW, HIDDEN_SIZE, 1, 3, 0, Q_d_a_f},
    [Q_d_a_g] = {ROW, HIDDEN_SIZE, 1, 4, 0, Q_d_a_g},
    [Q_d_a_o] = {ROW, HIDDEN_SIZE, 1, 5, 0, Q_d_a_o},
    [Q_d_cumsum_softmax_a_i_tilde] = {PANEL, HIDDEN_SIZE, 0, 3, 0, Q_a_f_tilde},
    [Q_d_f_tilde] = {PANEL, HIDDEN_SIZE, 0, 4, 0, Q_a_f_tilde},
    [Q_d_softmax_a_i_tilde] = {PANEL, HIDDEN_SIZE, 0, 5, 0, Q_a_f_tilde},
    [Q_d_softmax_a_f_tilde] = {PANEL, HIDDEN_SIZE, 0, 6, 0, Q_a_f_tilde},
    [Q_a_72] = {PANEL, HIDDEN_SIZE, 0, 7, 0, Q_a_f_tilde},
    [Q_a_76] = {PANEL, HIDDEN_SIZE, 0, 8, 0, Q_a_f_tilde},
    [Q_a_73] = {PANEL, ONE, 0, 0, 0, Q_a_73},
    [Q_a_77] = {PANEL, ONE, 0, 1, 0, Q_a_73},
    [Q_d_bias_ih_2] = {SUM, HIDDEN_SIZE, 0, 0, 0, Q_d_bias_ih_2},
    [Q_d_bias_ih_3] = {SUM, HIDDEN_SIZE, 0, 1, 0, Q_d_bias_ih_3},
    [Q_d_bias_ih_4] = {SUM, HIDDEN_SIZE, 0, 2, 0, Q_d_bias_ih_4},
    [Q_d_bias_ih_5] = {SUM, HIDDEN_SIZE, 0, 3, 0, Q_d_bias_ih_5},
    [Q_d_bias_ih_0] = {SUM, HIDDEN_SIZE, 0, 4, 0, Q_d_bias_ih_0},
    [Q_d_bias_ih_1] = {SUM, HIDDEN_SIZE, 0, 5, 0, Q_d_bias_ih_1},
};

/* Stage 1 of a time step, panels of units. */
static void step_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec a_f_tilde = get(Q_a_x_0_);
            const vec a_i_tilde = get(Q_a_x_1_);
            const vec a_i = get(Q_a_x_2_);
            const vec a_f = get(Q_a_x_3_);
            const vec a_g = get(Q_a_x_4_);
            const vec a_o = get(Q_a_x_5_);
            const vec i = vsigmoid(a_i);
            const vec f = vsigmoid(a_f);
            const vec g = vtanh(a_g);
            const vec o = vsigmoid(a_o);
            put(Q_a_f_tilde, a_f_tilde);
            put(Q_a_i_tilde, a_i_tilde);
            put(Q_i, i);
            put(Q_f, f);
            put(Q_g, g);
            put(Q_o, o);
        }
    }
    (void)keep;
}

/* Stage 3 of a time step, panels of units. */
static void step_3(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec cumsum_softmax_a_i_tilde = get(Q_cumsum_softmax_a_i_tilde);
            const vec f_tilde = get(Q_f_tilde);
            const vec f = get(Q_f);
            const vec i = get(Q_i);
            const vec c_prev = get(Q_c_prev);
            const vec g = get(Q_g);
            const vec o = get(Q_o);
            const vec i_tilde = R(1) - cumsum_softmax_a_i_tilde;
            const vec omega = f_tilde * i_tilde;
            const vec f_hat = f * omega + f_tilde - omega;
            const vec i_hat = i * omega + i_tilde - omega;
            const vec c = f_hat * c_prev + i_hat * g;
            const vec tanh_c = vtanh(c);
            const vec h = o * tanh_c;
            put(Q_c, c);
            put(Q_h, h);
            if (keep) {
                put(Q_i_tilde, i_tilde);
                put(Q_omega, omega);
                put(Q_f_hat, f_hat);
                put(Q_i_hat, i_hat);
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
        vec d_bias_ih_2 = splat(0);
        vec d_bias_ih_3 = splat(0);
        vec d_bias_ih_4 = splat(0);
        vec d_bias_ih_5 = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_h_later = get(Q_d_h_later);
            const vec d_y = get(Q_d_y);
            const vec o = get(Q_o);
            const vec tanh_c = get(Q_tanh_c);
            const vec g = get(Q_g);
            const vec c_prev = get(Q_c_prev);
            const vec f = get(Q_f);
            const vec i = get(Q_i);
            const vec i_hat = get(Q_i_hat);
            const vec omega = get(Q_omega);
            const vec f_tilde = get(Q_f_tilde);
            const vec i_tilde = get(Q_i_tilde);
            const vec f_hat = get(Q_f_hat);
            const vec d_h = d_h_later + d_y;
            const vec d_c_next = get(Q_d_c_later);
            const vec d_c = d_c_next + d_h * o * (R(1) - power(tanh_c, 2));
            const vec d_i_hat = d_c * g;
            const vec d_f_hat = d_c * c_prev;
            const vec d_omega = d_f_hat * (f - R(1)) + d_i_hat * (i - R(1));
            const vec d_a_o = d_h * tanh_c * o * (R(1) - o);
            const vec d_a_g = (R(1) - power(g, 2)) * d_c * i_hat;
            const vec d_a_f = f * (R(1) - f) * d_f_hat * omega;
            const vec d_a_i = i * (R(1) - i) * d_i_hat * omega;
            const vec d_i_tilde = d_omega * f_tilde + d_i_hat;
            const vec d_cumsum_softmax_a_i_tilde = -d_i_tilde;
            const vec d_f_tilde = d_omega * i_tilde + d_f_hat;
            const vec d_c_prev = d_c * f_hat;
            d_bias_ih_2 += d_a_i;
            d_bias_ih_3 += d_a_f;
            d_bias_ih_4 += d_a_g;
            d_bias_ih_5 += d_a_o;
            put(Q_d_a_o, d_a_o);
            put(Q_d_a_g, d_a_g);
            put(Q_d_a_f, d_a_f);
            put(Q_d_a_i, d_a_i);
            put(Q_d_cumsum_softmax_a_i_tilde, d_cumsum_softmax_a_i_tilde);
            put(Q_d_f_tilde, d_f_tilde);
            put(Q_d_c_prev, d_c_prev);
        }
        add(Q_d_bias_ih_2, d_bias_ih_2);
        add(Q_d_bias_ih_3, d_bias_ih_3);
        add(Q_d_bias_ih_4, d_bias_ih_4);
        add(Q_d_bias_ih_5, d_bias_ih_5);
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of units. */
static void back_2(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_softmax_a_i_tilde = get(Q_d_softmax_a_i_tilde);
            const vec softmax_a_i_tilde = get(Q_softmax_a_i_tilde);
            const vec d_softmax_a_f_tilde = get(Q_d_softmax_a_f_tilde);
            const vec softmax_a_f_tilde = get(Q_softmax_a_f_tilde);
            const vec a_72 = d_softmax_a_i_tilde * softmax_a_i_tilde;
            const vec a_76 = d_softmax_a_f_tilde * softmax_a_f_tilde;
            put(Q_a_72, a_72);
            put(Q_a_76, a_76);
        }
    }
    (void)keep;
}

/* Stage 3 of a time step backwards, panels of units. */
static void back_3(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        vec d_bias_ih_0 = splat(0);
        vec d_bias_ih_1 = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_softmax_a_i_tilde = get(Q_d_softmax_a_i_tilde);
            const vec softmax_a_i_tilde = get(Q_softmax_a_i_tilde);
            const vec a_73 = get(Q_a_73);
            const vec d_softmax_a_f_tilde = get(Q_d_softmax_a_f_tilde);
            const vec softmax_a_f_tilde = get(Q_softmax_a_f_tilde);
            const vec a_77 = get(Q_a_77);
            const vec d_a_i_tilde = d_softmax_a_i_tilde * softmax_a_i_tilde - a_73 * softmax_a_i_tilde;
            const vec d_a_f_tilde = d_softmax_a_f_tilde * softmax_a_f_tilde - a_77 * softmax_a_f_tilde;
            d_bias_ih_0 += d_a_f_tilde;
            d_bias_ih_1 += d_a_i_tilde;
            put(Q_d_a_i_tilde, d_a_i_tilde);
            put(Q_d_a_f_tilde, d_a_f_tilde);
        }
        add(Q_d_bias_ih_0, d_bias_ih_0);
        add(Q_d_bias_ih_1, d_bias_ih_1);
    }
    (void)keep;
}

/* Stage 4 of a time step backwards, panels of units. */
static void back_4(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_h_prev = get(Q_d_h_prev_);
            put(Q_d_h_prev, d_h_prev);
        }
    }
    (void)keep;
}

/* Stage 4 of a time step backwards, panels of inputs. */
static void back_4_inputs(const At *restrict at, long first, long end, long rows, int keep)
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
    {"weight_ih", HIDDEN_SIZE, INPUT_SIZE, ONE, 6, 0, 0},
    {"bias_ih", HIDDEN_SIZE, ONE, ONE, 6, 0, 0},
    {"weight_hh", HIDDEN_SIZE, HIDDEN_SIZE, ONE, 6, 0, 0},
    {"bias_hh", HIDDEN_SIZE, ONE, ONE, 6, 0, 0},
};

static const char *const constants[] = {
    0,
};

static const Pack packs[] = {
    {0, 0, 6, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {2, 0, 6, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {2, 0, 6, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {0, 0, 6, 1, 0, INPUT_SIZE, HIDDEN_SIZE},
};

static const Buffer buffers[] = {
    {HIDDEN_SIZE, 1, 6},
    {HIDDEN_SIZE, 0, 1},
    {INPUT_SIZE, 0, 1},
};

static const Fixed sources[] = {
    {0},
};

static const Bias biases[] = {
    {HIDDEN_SIZE, 6, 2, (const Summand[]){{1, 0}, {3, 0}}},
};

static const Product input_products[] = {
    {0, 0, 0, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 6, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_a_f_tilde, Q_x}}},
    {2, 0, 6, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_f_tilde, Q_h_prev}}},
};

static const Total totals[] = {
    {1, 0, 4, HIDDEN_SIZE, 0, 0},
    {1, 1, 5, HIDDEN_SIZE, 0, 0},
    {1, 2, 0, HIDDEN_SIZE, 0, 0},
    {1, 3, 1, HIDDEN_SIZE, 0, 0},
    {1, 4, 2, HIDDEN_SIZE, 0, 0},
    {1, 5, 3, HIDDEN_SIZE, 0, 0},
    {3, 0, 4, HIDDEN_SIZE, 0, 0},
    {3, 1, 5, HIDDEN_SIZE, 0, 0},
    {3, 2, 0, HIDDEN_SIZE, 0, 0},
    {3, 3, 1, HIDDEN_SIZE, 0, 0},
    {3, 4, 2, HIDDEN_SIZE, 0, 0},
    {3, 5, 3, HIDDEN_SIZE, 0, 0},
};

static const Group parameter_groups[] = {
    {0},
};

static const Stage forward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{0, 1, -1, 1, 1, (const short[]){Q_h_prev}}}, (const short[]){Q_a_x_0_}, step_1}}},
    {2, 0, (const Reduction[]){{SOFTMAX, Q_softmax_a_f_tilde, 1, (const short[]){Q_a_f_tilde}, 0, 0}, {SOFTMAX, Q_softmax_a_i_tilde, 1, (const short[]){Q_a_i_tilde}, 0, 0}}, 0},
    {2, 1, (const Reduction[]){{RUNNING, Q_f_tilde, 1, (const short[]){Q_softmax_a_f_tilde}, 0, 0}, {RUNNING, Q_cumsum_softmax_a_i_tilde, 1, (const short[]){Q_softmax_a_i_tilde}, 0, 0}}, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, step_3}}},
};

static const Stage backward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}}},
    {2, 1, (const Reduction[]){{RUNNING_BACK, Q_d_softmax_a_i_tilde, 1, (const short[]){Q_d_cumsum_softmax_a_i_tilde}, 0, 0}, {RUNNING_BACK, Q_d_softmax_a_f_tilde, 1, (const short[]){Q_d_f_tilde}, 0, 0}}, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_2}}},
    {2, 1, (const Reduction[]){{SUM_OF, Q_a_73, 1, (const short[]){Q_a_72}, 0, 0}, {SUM_OF, Q_a_77, 1, (const short[]){Q_a_76}, 0, 0}}, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_3}}},
    {0, 2, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{1, 2, -1, 0, 6, (const short[]){Q_d_a_f_tilde, Q_d_a_i_tilde, Q_d_a_i, Q_d_a_f, Q_d_a_g, Q_d_a_o}}}, (const short[]){Q_d_h_prev_}, back_4}, {INPUT_SIZE, 1, 1, 1, (const Product[]){{2, 3, -1, 0, 6, (const short[]){Q_d_a_f_tilde, Q_d_a_i_tilde, Q_d_a_i, Q_d_a_f, Q_d_a_g, Q_d_a_o}}}, (const short[]){Q_d_x_}, back_4_inputs}}},
};

static const char *const sizes[] = {
    0,
};

const Cell derive_cell = {
    .name = "on_lstm",
    .quantities = 54,
    .forward_quantities = 26,
    .states = 2,
    .inputs = 1,
    .axes = 4,
    .tensors = 4,
    .constants = 0,
    .packs = 4,
    .buffers = 3,
    .fixed = 0,
    .biases = 1,
    .early = 1,
    .outers = 2,
    .totals = 12,
    .sums = 6,
    .reads_input = 0,
    .waits = 1,
    .parameter_groups = 0,
    .forward_stages = 3,
    .backward_stages = 4,
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
