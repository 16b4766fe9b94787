/* Of phased_lstm.py as it was written, SHA-256 81f9faf4baf2e16161d1a75a06ad7d6aaa6697d1e8d61f32f68f30d960dd4728 */
/* Written by `python -m derive code` from templates/c/cell.c.j2. Do not edit: change the cell, and run it again.
 *
 * Phased LSTM. One time step:
 *
 *     iₜ = σ(W_ii xₜ + W_hi hₜ₋₁ + b_i + p_i ⊙ cₜ₋₁)
 *     fₜ = σ(W_if xₜ + W_hf hₜ₋₁ + b_f + p_f ⊙ cₜ₋₁)
 *     gₜ = tanh(W_ig xₜ + W_hg hₜ₋₁ + b_g)
 *     c̃ₜ = fₜ ⊙ cₜ₋₁ + iₜ ⊙ gₜ
 *     oₜ = σ(W_io xₜ + W_ho hₜ₋₁ + b_o + p_o ⊙ c̃ₜ)
 *     φₜ = (timeₜ − s)/τ − floor((timeₜ − s)/τ)
 *     kₜ = {2 φₜ/r if φₜ < r/2; 2 − 2 φₜ/r if φₜ < r; α φₜ otherwise}
 *     cₜ = kₜ ⊙ c̃ₜ + (1 − kₜ) ⊙ cₜ₋₁
 *     hₜ = kₜ ⊙ oₜ ⊙ tanh(c̃ₜ) + (1 − kₜ) ⊙ hₜ₋₁
 */
#include "cell.h"
#include "functions.h"

enum {
    Q_a_x_0_,
    Q_a_x_1_,
    Q_a_x_2_,
    Q_a_x_3_,
    Q_x,
    Q_time,
    Q_h_prev,
    Q_c_prev,
    Q_h,
    Q_c,
    Q_phi,
    Q_k,
    Q_i,
    Q_f,
    Q_g,
    Q_c_tilde,
    Q_o,
    Q_tanh_c_tilde,
    Q_p_i,
    Q_p_f,
    Q_p_o,
    Q_tau,
    Q_s,
    Q_r,
    Q_alpha,
    Q_d_h_later,
    Q_d_y,
    Q_d_c_later,
    Q_a_107_,
    Q_d_x_,
    Q_d_h_prev,
    Q_d_c_prev,
    Q_d_x,
    Q_d_time,
    Q_d_a_i,
    Q_d_a_f,
    Q_d_a_g,
    Q_d_a_o,
    Q_d_h,
    Q_dh_dh_prev,
    Q_a_74,
    Q_d_bias_0,
    Q_d_bias_1,
    Q_d_bias_2,
    Q_d_bias_3,
    Q_d_p_i,
    Q_d_p_f,
    Q_d_p_o,
    Q_d_tau,
    Q_d_s,
    Q_d_r
};

static const Quantity quantities[] = {
    [Q_a_x_0_] = {EARLY, HIDDEN_SIZE, 0, 0, 0, Q_a_x_0_},
    [Q_a_x_1_] = {EARLY, HIDDEN_SIZE, 0, 0, 1, Q_a_x_0_},
    [Q_a_x_2_] = {EARLY, HIDDEN_SIZE, 0, 0, 2, Q_a_x_0_},
    [Q_a_x_3_] = {EARLY, HIDDEN_SIZE, 0, 0, 3, Q_a_x_0_},
    [Q_x] = {INPUT, INPUT_SIZE, 0, 0, 0, Q_x},
    [Q_time] = {INPUT, ONE, 0, 1, 0, Q_time},
    [Q_h_prev] = {BEFORE, HIDDEN_SIZE, 0, 0, 0, Q_h_prev},
    [Q_c_prev] = {BEFORE, HIDDEN_SIZE, 0, 1, 0, Q_c_prev},
    [Q_h] = {AFTER, HIDDEN_SIZE, 0, 0, 0, Q_h},
    [Q_c] = {AFTER, HIDDEN_SIZE, 0, 1, 0, Q_c},
    [Q_phi] = {PANEL, HIDDEN_SIZE, 1, 0, 0, Q_phi},
    [Q_k] = {PANEL, HIDDEN_SIZE, 1, 1, 0, Q_phi},
    [Q_i] = {PANEL, HIDDEN_SIZE, 1, 2, 0, Q_phi},
    [Q_f] = {PANEL, HIDDEN_SIZE, 1, 3, 0, Q_phi},
    [Q_g] = {PANEL, HIDDEN_SIZE, 1, 4, 0, Q_phi},
    [Q_c_tilde] = {PANEL, HIDDEN_SIZE, 1, 5, 0, Q_phi},
    [Q_o] = {PANEL, HIDDEN_SIZE, 1, 6, 0, Q_phi},
    [Q_tanh_c_tilde] = {PANEL, HIDDEN_SIZE, 1, 7, 0, Q_phi},
    [Q_p_i] = {FIXED, HIDDEN_SIZE, 0, 0, 0, Q_p_i},
    [Q_p_f] = {FIXED, HIDDEN_SIZE, 0, 1, 0, Q_p_f},
    [Q_p_o] = {FIXED, HIDDEN_SIZE, 0, 2, 0, Q_p_o},
    [Q_tau] = {FIXED, HIDDEN_SIZE, 0, 3, 0, Q_tau},
    [Q_s] = {FIXED, HIDDEN_SIZE, 0, 4, 0, Q_s},
    [Q_r] = {FIXED, HIDDEN_SIZE, 0, 5, 0, Q_r},
    [Q_alpha] = {FIXED, ONE, 0, 6, 0, Q_alpha},
    [Q_d_h_later] = {LATER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_later},
    [Q_d_y] = {D_OUTPUT, HIDDEN_SIZE, 0, 0, 0, Q_d_y},
    [Q_d_c_later] = {LATER, HIDDEN_SIZE, 0, 1, 0, Q_d_c_later},
    [Q_a_107_] = {LOCAL, HIDDEN_SIZE, 0, 1, 0, Q_a_107_},
    [Q_d_x_] = {LOCAL, INPUT_SIZE, 0, 2, 0, Q_d_x_},
    [Q_d_h_prev] = {EARLIER, HIDDEN_SIZE, 0, 0, 0, Q_d_h_prev},
    [Q_d_c_prev] = {EARLIER, HIDDEN_SIZE, 0, 1, 0, Q_d_c_prev},
    [Q_d_x] = {D_INPUT, INPUT_SIZE, 0, 0, 0, Q_d_x},
    [Q_d_time] = {D_INPUT, ONE, 0, 1, 0, Q_d_time},
    [Q_d_a_i] = {ROW, HIDDEN_SIZE, 1, 0, 0, Q_d_a_i},
    [Q_d_a_f] = {ROW, HIDDEN_SIZE, 1, 1, 0, Q_d_a_f},
    [Q_d_a_g] = {ROW, HIDDEN_SIZE, 1, 2, 0, Q_d_a_g},
    [Q_d_a_o] = {ROW, HIDDEN_SIZE, 1, 3, 0, Q_d_a_o},
    [Q_d_h] = {PANEL, HIDDEN_SIZE, 0, 0, 0, Q_d_h},
    [Q_dh_dh_prev] = {PANEL, HIDDEN_SIZE, 0, 1, 0, Q_d_h},
    [Q_a_74] = {PANEL, HIDDEN_SIZE, 0, 2, 0, Q_d_h},
    [Q_d_bias_0] = {SUM, HIDDEN_SIZE, 0, 0, 0, Q_d_bias_0},
    [Q_d_bias_1] = {SUM, HIDDEN_SIZE, 0, 1, 0, Q_d_bias_1},
    [Q_d_bias_2] = {SUM, HIDDEN_SIZE, 0, 2, 0, Q_d_bias_2},
    [Q_d_bias_3] = {SUM, HIDDEN_SIZE, 0, 3, 0, Q_d_bias_3},
    [Q_d_p_i] = {SUM, HIDDEN_SIZE, 0, 4, 0, Q_d_p_i},
    [Q_d_p_f] = {SUM, HIDDEN_SIZE, 0, 5, 0, Q_d_p_f},
    [Q_d_p_o] = {SUM, HIDDEN_SIZE, 0, 6, 0, Q_d_p_o},
    [Q_d_tau] = {SUM, HIDDEN_SIZE, 0, 7, 0, Q_d_tau},
    [Q_d_s] = {SUM, HIDDEN_SIZE, 0, 8, 0, Q_d_s},
    [Q_d_r] = {SUM, HIDDEN_SIZE, 0, 9, 0, Q_d_r},
};

/* Stage 1 of a time step, panels of units. */
static void step_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec s = fixed(Q_s);
        const vec tau = fixed(Q_tau);
        const vec r = fixed(Q_r);
        const vec alpha = fixed(Q_alpha);
        const vec p_i = fixed(Q_p_i);
        const vec p_f = fixed(Q_p_f);
        const vec p_o = fixed(Q_p_o);
        for (long row = 0; row < rows; row++) {
            const vec time = get(Q_time);
            const vec c_prev = get(Q_c_prev);
            const vec h_prev = get(Q_h_prev);
            const vec phi = (time - s) / tau - vfloor((time - s) / tau);
            const vec k = where(phi < R(0.5) * r, R(2) * phi / r, where(phi < r, R(2) - R(2) * phi / r, alpha * phi));
            const vec a_i = get(Q_a_x_0_);
            const vec a_f = get(Q_a_x_1_);
            const vec a_g = get(Q_a_x_2_);
            const vec a_o = get(Q_a_x_3_);
            const vec i = vsigmoid(a_i + p_i * c_prev);
            const vec f = vsigmoid(a_f + p_f * c_prev);
            const vec g = vtanh(a_g);
            const vec c_tilde = f * c_prev + i * g;
            const vec o = vsigmoid(a_o + p_o * c_tilde);
            const vec c = k * c_tilde + (R(1) - k) * c_prev;
            const vec tanh_c_tilde = vtanh(c_tilde);
            const vec h = k * o * tanh_c_tilde + (R(1) - k) * h_prev;
            put(Q_c, c);
            put(Q_h, h);
            if (keep) {
                put(Q_phi, phi);
                put(Q_k, k);
                put(Q_i, i);
                put(Q_f, f);
                put(Q_g, g);
                put(Q_c_tilde, c_tilde);
                put(Q_o, o);
                put(Q_tanh_c_tilde, tanh_c_tilde);
            }
        }
    }
    (void)keep;
}

/* Stage 1 of a time step backwards, panels of units. */
static void back_1(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        const vec r = fixed(Q_r);
        const vec alpha = fixed(Q_alpha);
        const vec p_o = fixed(Q_p_o);
        const vec p_i = fixed(Q_p_i);
        const vec p_f = fixed(Q_p_f);
        const vec tau = fixed(Q_tau);
        const vec s = fixed(Q_s);
        vec d_bias_0 = splat(0);
        vec d_bias_1 = splat(0);
        vec d_bias_2 = splat(0);
        vec d_bias_3 = splat(0);
        vec d_p_i = splat(0);
        vec d_p_f = splat(0);
        vec d_p_o = splat(0);
        vec d_tau = splat(0);
        vec d_s = splat(0);
        vec d_r = splat(0);
        for (long row = 0; row < rows; row++) {
            const vec d_h_later = get(Q_d_h_later);
            const vec d_y = get(Q_d_y);
            const vec c_tilde = get(Q_c_tilde);
            const vec c_prev = get(Q_c_prev);
            const vec o = get(Q_o);
            const vec tanh_c_tilde = get(Q_tanh_c_tilde);
            const vec h_prev = get(Q_h_prev);
            const vec phi = get(Q_phi);
            const vec k = get(Q_k);
            const vec i = get(Q_i);
            const vec g = get(Q_g);
            const vec f = get(Q_f);
            const vec time = get(Q_time);
            const vec d_h = d_h_later + d_y;
            const vec d_c = get(Q_d_c_later);
            const vec d_k = d_c * (c_tilde - c_prev) + d_h * (o * tanh_c_tilde - h_prev);
            const vec d_phi = where(phi < R(0.5) * r, R(2) * d_k / r, where(phi < r, -R(2) * d_k / r, d_k * alpha));
            const vec d_a_o = tanh_c_tilde * o * (R(1) - o) * d_h * k;
            const vec d_c_tilde = d_a_o * p_o + d_c * k + o * (R(1) - power(tanh_c_tilde, 2)) * d_h * k;
            const vec d_a_g = d_c_tilde * i * (R(1) - power(g, 2));
            const vec d_a_f = f * (R(1) - f) * d_c_tilde * c_prev;
            const vec d_a_i = d_c_tilde * g * i * (R(1) - i);
            const vec dh_dh_prev = R(1) - k;
            const vec d_c_prev = d_a_i * p_i + d_a_f * p_f + d_c_tilde * f + d_c * dh_dh_prev;
            const vec a_74 = d_phi / tau;
            d_bias_0 += d_a_i;
            d_bias_1 += d_a_f;
            d_bias_2 += d_a_g;
            d_bias_3 += d_a_o;
            d_p_i += d_a_i * c_prev;
            d_p_f += d_a_f * c_prev;
            d_p_o += d_a_o * c_tilde;
            d_tau += -d_phi * (time - s) / power(tau, 2);
            d_s += -d_phi / tau;
            d_r += where(phi < R(0.5) * r, -R(2) * d_k * phi / power(r, 2), where(phi < r, R(2) * d_k * phi / power(r, 2), splat(R(0))));
            put(Q_d_h, d_h);
            put(Q_d_a_o, d_a_o);
            put(Q_d_a_g, d_a_g);
            put(Q_d_a_f, d_a_f);
            put(Q_d_a_i, d_a_i);
            put(Q_dh_dh_prev, dh_dh_prev);
            put(Q_d_c_prev, d_c_prev);
            put(Q_a_74, a_74);
        }
        add(Q_d_bias_0, d_bias_0);
        add(Q_d_bias_1, d_bias_1);
        add(Q_d_bias_2, d_bias_2);
        add(Q_d_bias_3, d_bias_3);
        add(Q_d_p_i, d_p_i);
        add(Q_d_p_f, d_p_f);
        add(Q_d_p_o, d_p_o);
        add(Q_d_tau, d_tau);
        add(Q_d_s, d_s);
        add(Q_d_r, d_r);
    }
    (void)keep;
}

/* Stage 2 of a time step backwards, panels of units. */
static void back_2(const At *restrict at, long first, long end, long rows, int keep)
{
    for (long panel = first; panel < end; panel++) {
        for (long row = 0; row < rows; row++) {
            const vec d_h = get(Q_d_h);
            const vec dh_dh_prev = get(Q_dh_dh_prev);
            const vec a_107_ = get(Q_a_107_);
            const vec d_h_prev = d_h * dh_dh_prev + a_107_;
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
    ONE,
};

static const Tensor tensors[] = {
    {"weight_ih", HIDDEN_SIZE, INPUT_SIZE, ONE, 4, 0, 0},
    {"weight_hh", HIDDEN_SIZE, HIDDEN_SIZE, ONE, 4, 0, 0},
    {"bias", HIDDEN_SIZE, ONE, ONE, 4, 0, 0},
    {"p_i", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
    {"p_f", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
    {"p_o", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
    {"tau", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
    {"s", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
    {"r", HIDDEN_SIZE, ONE, ONE, 1, 0, 0},
};

static const char *const constants[] = {
    "alpha",
};

static const Pack packs[] = {
    {0, 0, 4, 0, 0, HIDDEN_SIZE, INPUT_SIZE},
    {1, 0, 4, 0, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {1, 0, 4, 1, 0, HIDDEN_SIZE, HIDDEN_SIZE},
    {0, 0, 4, 1, 0, INPUT_SIZE, HIDDEN_SIZE},
};

static const Buffer buffers[] = {
    {HIDDEN_SIZE, 1, 4},
    {HIDDEN_SIZE, 0, 1},
    {INPUT_SIZE, 0, 1},
};

static const Fixed sources[] = {
    {OF_TENSOR, HIDDEN_SIZE, 3, 0},
    {OF_TENSOR, HIDDEN_SIZE, 4, 0},
    {OF_TENSOR, HIDDEN_SIZE, 5, 0},
    {OF_TENSOR, HIDDEN_SIZE, 6, 0},
    {OF_TENSOR, HIDDEN_SIZE, 7, 0},
    {OF_TENSOR, HIDDEN_SIZE, 8, 0},
    {OF_CONSTANT, ONE, 0, 0},
};

static const Bias biases[] = {
    {HIDDEN_SIZE, 4, 1, (const Summand[]){{2, 0}}},
};

static const Product input_products[] = {
    {0, 0, 0, 0, 1, (const short[]){Q_x}},
};

static const Outer outers[] = {
    {0, 0, 4, 1, HIDDEN_SIZE, INPUT_SIZE, (const Factors[]){{Q_d_a_i, Q_x}}},
    {1, 0, 4, 1, HIDDEN_SIZE, HIDDEN_SIZE, (const Factors[]){{Q_d_a_i, Q_h_prev}}},
};

static const Total totals[] = {
    {2, 0, 0, HIDDEN_SIZE, 0, 0},
    {2, 1, 1, HIDDEN_SIZE, 0, 0},
    {2, 2, 2, HIDDEN_SIZE, 0, 0},
    {2, 3, 3, HIDDEN_SIZE, 0, 0},
    {3, 0, 4, HIDDEN_SIZE, 0, 0},
    {4, 0, 5, HIDDEN_SIZE, 0, 0},
    {5, 0, 6, HIDDEN_SIZE, 0, 0},
    {6, 0, 7, HIDDEN_SIZE, 0, 0},
    {7, 0, 8, HIDDEN_SIZE, 0, 0},
    {8, 0, 9, HIDDEN_SIZE, 0, 0},
};

static const Group parameter_groups[] = {
    {0},
};

static const Stage forward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{0, 1, -1, 1, 1, (const short[]){Q_h_prev}}}, (const short[]){Q_a_x_0_}, step_1}}},
};

static const Stage backward[] = {
    {0, 1, 0, (const Group[]){{HIDDEN_SIZE, 0, 0, 0, 0, 0, back_1}}},
    {1, 2, (const Reduction[]){{SUM_OF, Q_d_time, 1, (const short[]){Q_a_74}, 0, 0}}, (const Group[]){{HIDDEN_SIZE, 0, 1, 1, (const Product[]){{1, 2, -1, 0, 4, (const short[]){Q_d_a_i, Q_d_a_f, Q_d_a_g, Q_d_a_o}}}, (const short[]){Q_a_107_}, back_2}, {INPUT_SIZE, 1, 1, 1, (const Product[]){{2, 3, -1, 0, 4, (const short[]){Q_d_a_i, Q_d_a_f, Q_d_a_g, Q_d_a_o}}}, (const short[]){Q_d_x_}, back_2_inputs}}},
};

static const char *const sizes[] = {
    0,
};

const Cell derive_cell = {
    .name = "phased_lstm",
    .quantities = 51,
    .forward_quantities = 25,
    .states = 2,
    .inputs = 2,
    .axes = 4,
    .tensors = 9,
    .constants = 1,
    .packs = 4,
    .buffers = 3,
    .fixed = 7,
    .biases = 1,
    .early = 1,
    .outers = 2,
    .totals = 10,
    .sums = 10,
    .reads_input = 1,
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
